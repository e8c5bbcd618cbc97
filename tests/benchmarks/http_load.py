"""The load of a benchmark over HTTP: as fast as some connections can, or so many a second whatever the server does.

Requests are made and signed before the time runs. The servers are other processes than this one.
"""

import asyncio
import itertools
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import aiohttp

from tests.benchmarks.process import PATIENCE, Environment, is_ready

CONNECTIONS = 32
DRAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One request, ready to be sent as it is."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a round of requests saw. `latencies` in seconds, sorted; `failed`: other answers than 200, and none."""

    seconds: float
    latencies: tuple[float, ...]
    failed: int

    @property
    def throughput(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        return self.latencies[min(int(len(self.latencies) * share), len(self.latencies) - 1)]


async def at_once(url: str, posts: Sequence[Post], *, connections: int = CONNECTIONS) -> Load:
    """Every connection sends its next request as soon as the one before it is answered."""
    waiting, seen = iter(posts), _Seen()

    async def work(session: aiohttp.ClientSession) -> None:
        for post in waiting:
            await seen.answer(session, url, post, time.perf_counter())

    async with _connections(connections) as session:
        began = time.perf_counter()
        await asyncio.gather(*(work(session) for _ in range(connections)))
        return seen.load(time.perf_counter() - began)


async def at_rate(url: str, posts: Sequence[Post], *, per_second: float) -> Load:
    """A request at every beat, however long the others take: a latency counts from its beat."""
    seen = _Seen()
    async with _connections(CONNECTIONS) as session, asyncio.TaskGroup() as under_way:
        began = time.perf_counter()
        for number, post in enumerate(posts):
            beat = began + number / per_second
            await asyncio.sleep(max(beat - time.perf_counter(), 0))
            under_way.create_task(seen.answer(session, url, post, beat))
    return seen.load(time.perf_counter() - began)


def _connections(number: int) -> aiohttp.ClientSession:
    """New ones for each round: a server may close one that rests between rounds just when it is taken again."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=number))


class _Seen:
    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.failed = 0

    async def answer(self, session: aiohttp.ClientSession, url: str, post: Post, since: float) -> None:
        try:
            async with session.post(url, data=post.body, headers=post.headers) as answer:
                await answer.read()
                well = answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            well = False
        self.latencies.append(time.perf_counter() - since)
        self.failed += not well

    def load(self, seconds: float) -> Load:
        return Load(seconds=seconds, latencies=tuple(sorted(self.latencies)), failed=self.failed)


async def told(url: str, *, at_least: int = 0) -> int:
    """How often the fake platform at `url` was told something, once that is `at_least`. Raises TimeoutError."""
    async with (
        asyncio.timeout(DRAIN_SECONDS),
        aiohttp.ClientSession() as session,
        session.get(url, params={"from": at_least}) as answer,
    ):
        return int(await answer.text())


@contextmanager
def served(command: Sequence[str], environment: Environment, folder: str, *, port: int) -> Iterator[int]:
    """A server in a process of its own, from its first 200 on /readyz; its process id."""
    log = Path(folder) / f"server-{port}.log"
    with log.open("wb") as lines:
        process = Popen(command, env={**environment, "CX_PORT": str(port)}, cwd=folder, stdout=lines, stderr=lines)
    try:
        began = time.perf_counter()
        while not is_ready(port):
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.perf_counter() - began < PATIENCE, "the server was never ready"
            time.sleep(0.01)
        yield process.pid
    finally:
        process.terminate()
        process.wait(PATIENCE)


def repeated(posts: Sequence[Post], times: int) -> list[Post]:
    """For a server that does not mind the same request twice: it is so quick that a round would be too short."""
    return list(itertools.chain.from_iterable(itertools.repeat(posts, times)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Medians of rounds that took turns; `ratio` is the median of the rounds' own ratios."""

    product: float
    floor: float
    ratio: float


def compared(product: Sequence[Load], floor: Sequence[Load]) -> Compared:
    """By requests a second. The first round of each warms up and does not count where there are others."""
    mine, bare = ([one.throughput for one in loads] for loads in (product[1:] or product, floor[1:] or floor))
    return Compared(
        product=statistics.median(mine),
        floor=statistics.median(bare),
        ratio=statistics.median(one / its for one, its in zip(mine, bare, strict=True)),
    )
