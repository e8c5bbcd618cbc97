"""How long a process takes to start and how much memory it holds, beside what Python and a bare server take.

    python -m tests.benchmarks.process --database sqlite|postgresql

`cx run`: from its start to the first 200 on /readyz, and the resident memory when it has been idle for two seconds;
the floor is Starlette under uvicorn with one route. `cx ask`: the whole process and the most memory it held; the floor
is `python -c pass`. No targets (issue: figures): these are printed to be known. Product and floor take turns.
"""

import argparse
import asyncio
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests import postgres
from tests.benchmarks.figures import Figure, table

IDLE_SECONDS = 2.0
PATIENCE = 60.0
MEBIBYTE = 1024 * 1024

CX = (sys.executable, "-c", "from bot.cli import main; main()")
NOTHING = (sys.executable, "-c", "pass")
BARE_SERVER = """
import sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

async def ready(request):
    return PlainTextResponse("ready")

application = Starlette(routes=[Route("/readyz", ready)])
uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False)
"""

Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`memory` in bytes: resident when idle for what serves, the highest ever for what ends by itself."""

    seconds: float
    memory: int


def serve(command: Callable[[int], Sequence[str]], environment: Environment, folder: str) -> Run:
    """Starts a server, waits until it is ready, lets it rest, and stops it."""
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        command(port), env={**environment, "CX_PORT": str(port)}, cwd=folder, stdout=subprocess.DEVNULL
    )
    try:
        while not is_ready(port):
            assert process.poll() is None, "the server did not start"
            assert time.perf_counter() - began < PATIENCE, "the server was never ready"
            time.sleep(0.005)
        seconds = time.perf_counter() - began
        time.sleep(IDLE_SECONDS)
        return Run(seconds=seconds, memory=psutil.Process(process.pid).memory_info().rss)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def complete(command: Sequence[str], environment: Environment, folder: str) -> Run:
    """A process that ends by itself."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{command[-1]}: exit code {process.returncode}"
    return Run(seconds=time.perf_counter() - began, memory=used.ru_maxrss * 1024)


def environment_of(url: str, owner_url: str = "") -> dict[str, str]:
    """This process's, with the project on the path, one database, and nothing of anybody's own settings."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(("CX_", "SLACK_", "TEAMS_"))}
    own |= {"PYTHONPATH": str(Path(__file__).parents[2]), "CX_DATABASE_URL": url}
    return own | ({"CX_OWNER_DATABASE_URL": owner_url} if owner_url else {})


def measure(kind: str, environment: Environment, folder: str, *, repeats: int) -> list[Figure]:
    complete((*CX, "migrate"), environment, folder)
    runs: dict[str, list[Run]] = {"run": [], "server": [], "ask": [], "python": []}
    for _ in range(repeats):
        runs["server"].append(
            serve(lambda port: (sys.executable, "-c", BARE_SERVER, str(port)), environment, folder)
        )
        runs["run"].append(serve(lambda _: (*CX, "run"), environment, folder))
        runs["python"].append(complete(NOTHING, environment, folder))
        runs["ask"].append(complete((*CX, "ask", "nps last-30d"), environment, folder))
    return [
        *compared(f"{kind}: cx run", runs["run"], "Starlette", runs["server"], ("until ready", "memory when idle")),
        *compared(f"{kind}: cx ask", runs["ask"], "python", runs["python"], ("whole process", "memory at most")),
    ]


def compared(name: str, product: list[Run], of: str, floor: list[Run], what: tuple[str, str]) -> list[Figure]:
    seconds, bare_seconds = (statistics.median(run.seconds for run in runs) for runs in (product, floor))
    memory, bare_memory = (statistics.median(run.memory for run in runs) / MEBIBYTE for runs in (product, floor))
    return [
        Figure(
            name=f"{name}, {what[0]}",
            measured=f"{seconds:.2f} s",
            floor=f"{bare_seconds:.2f} s, {of}",
            ratio=seconds / bare_seconds,
        ),
        Figure(
            name=f"{name}, {what[1]}",
            measured=f"{memory:.0f} MiB",
            floor=f"{bare_memory:.0f} MiB, {of}",
            ratio=memory / bare_memory,
        ),
    ]


def figures(kind: str, cluster: postgres.Cluster | None, *, repeats: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="cx-pulse-process-") as folder:
        if cluster is None:
            return measure(kind, environment_of(f"sqlite:///{folder}/cx.db"), folder, repeats=repeats)
        urls = asyncio.run(cluster.empty())
        try:
            return measure(kind, environment_of(urls.application, urls.owner), folder, repeats=repeats)
        finally:
            asyncio.run(cluster.drop(urls))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    for kind in options.database or ("sqlite", "postgresql"):
        cluster, server = postgres.start() if kind == "postgresql" else (None, None)
        try:
            print(table(figures(kind, cluster, repeats=options.repeats)), flush=True)
        finally:
            if cluster is not None:
                postgres.stop(cluster, server)


if __name__ == "__main__":
    main()
