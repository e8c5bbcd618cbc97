"""`cx demo` as a process of its own, in a temporary folder, on a free port of loopback; stopped by its process id."""

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

CX = os.environ["CX"]
LOADING_SECONDS = 180
STOPPING_SECONDS = 20


class DidNotStart(Exception):
    """The server ended, or was not ready in time; its output is in the message."""


@dataclass(slots=True)
class DemoServer:
    """`folder` is where the demo keeps its data. A server can be stopped and started again on the same port."""

    folder: Path
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "data" / "demo.db"

    def start(self, *options: str) -> None:
        """Returns when the database is there and the clock ticks. Raises DidNotStart."""
        self.begin(*options)
        self.wait()

    def begin(self, *options: str) -> None:
        """Starts the process, and does not wait for it."""
        self.port = self.port or _free_port()
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("CX_", "SLACK_", "TEAMS_"))
        }
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [CX, "demo", "--port", str(self.port), *options],
                cwd=self.folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait(self) -> None:
        """Until it is ready. Raises DidNotStart."""
        assert self._process is not None
        deadline = time.monotonic() + LOADING_SECONDS
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise DidNotStart(self.output())
            time.sleep(0.05)

    def stop(self) -> None:
        """Asks the process to end, as a service manager does; it does so in order, and says that all is well."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        assert process.returncode == 0, self.output()

    def kill(self) -> None:
        """No warning, as when the machine fails."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def output(self) -> str:
        return (self.folder / "output").read_text(encoding="utf-8", errors="replace")

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def loaded(folder: Path) -> Path:
    """A folder with the whole story in its database, at its first minute; made once, to be copied."""
    folder.mkdir(parents=True, exist_ok=True)
    server = DemoServer(folder=folder)
    server.start("--fresh")
    server.stop()
    return folder


def copied(template: Path, folder: Path) -> DemoServer:
    """A server that is not started yet, with a copy of what `loaded` made."""
    shutil.copytree(template / "data", folder / "data")
    return DemoServer(folder=folder)


class Shelf:
    """Servers with the story at its beginning; while one is in use the next one starts, so that no test waits."""

    def __init__(self, template: Path, folder: Path) -> None:
        self._template = template
        self._folder = folder
        self._made = 0
        self._next = self._prepared()

    def take(self) -> DemoServer:
        """A server that is ready; whoever takes it stops it."""
        server = self._next
        server.wait()
        self._next = self._prepared()
        return server

    def clear(self) -> None:
        self._next.kill()

    def _prepared(self) -> DemoServer:
        self._made += 1
        server = copied(self._template, self._folder / str(self._made))
        server.begin()
        return server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
