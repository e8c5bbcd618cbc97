"""A program under test, or one that it talks to: a process on loopback, ready by an address, ended by its id."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STARTING_SECONDS = 120
STOPPING_SECONDS = 20
OURS = ("CX_", "SLACK_", "TEAMS_")


class DidNotStart(Exception):
    """The process ended, or was not ready in time; its output is in the message."""


@dataclass(slots=True)
class Program:
    """`command` runs in `folder`, where its output is kept; `ready` is an address that answers once it serves."""

    command: Sequence[str]
    folder: Path
    name: str
    ready: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Raises DidNotStart."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                list(self.command), cwd=self.folder, env=clean(self.environment), stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + STARTING_SECONDS
        while not answers(self.ready):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise DidNotStart(f"{self.name}\n{self.output()}")
            time.sleep(0.05)

    def stop(self) -> int:
        """Asks it to end, as a service manager does; its exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.terminate()
        try:
            return process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def output(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def _log(self) -> Path:
        return self.folder / f"{self.name}.output"


def clean(more: Mapping[str, str]) -> dict[str, str]:
    """This environment without any setting of the product, and with `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, **more}


def run(command: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> str:
    """A command that ends; its output. Raises DidNotStart where it fails."""
    done = subprocess.run(
        list(command), cwd=folder, env=clean(environment), capture_output=True, text=True, timeout=STARTING_SECONDS
    )
    if done.returncode:
        raise DidNotStart(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def until(holds: Callable[[], bool], what: str) -> None:
    """Waits until something is so; fails after STARTING_SECONDS."""
    deadline = time.monotonic() + STARTING_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
