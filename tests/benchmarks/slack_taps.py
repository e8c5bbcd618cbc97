"""A signed tap in Slack through the whole of `cx run`, against a bolt application that only acknowledges.

    python -m tests.benchmarks.slack_taps --database sqlite|postgresql --taps 1000 --rounds 5

The product is `cx run` in a process of its own; Slack's Web API is another process on this machine; the load is made
here: raw bodies of Slack's real size, signed before the time runs, over 32 connections of the loopback. A tap is on an
invitation of its own, is committed before it is acknowledged (`synchronous=FULL`; `fsync` on), and a round ends when
the Web API was told of every one. The floor is slack-bolt in the same server with a listener that only acknowledges,
given the same bodies, and checking their signatures. Rounds of both take turns. Then taps at a steady beat.

Aims (issue: figures): a tenth of the floor on PostgreSQL, a fifteenth on SQLite; at 100 a second p95 under 50 ms.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from storage.migrate import upgrade
from storage.session import open_database
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from tests import postgres
from tests.benchmarks.figures import Figure, at_least, table
from tests.benchmarks.http_load import (
    CONNECTIONS,
    Compared,
    Load,
    Post,
    at_once,
    at_rate,
    compared,
    repeated,
    told,
)
from tests.benchmarks.slack_world import (
    Ports,
    World,
    administer,
    bare_bolt,
    build_world,
    cx_run,
    environment_for,
    events_url,
    web_api,
)
from tests.benchmarks.taps import durable
from tests.builders import NOW, a_tenant

LIMITS = {"sqlite": 1 / 15, "postgresql": 1 / 10}
P95_LIMIT = 0.05
RATE = 100
STEADY_SECONDS = 10
FLOOR_TIMES = 4
"""How often the floor gets a round's bodies: it is that much quicker at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`steady`: the taps at a beat. `body`: bytes of one tap. `failed`: answers that were none, of all rounds."""

    rounds: Compared
    steady: Load
    body: int
    failed: int


async def measure(cluster: postgres.Cluster | None, *, taps: int, rounds: int) -> Found:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cx-pulse-slack-"))
        ports = Ports()
        opened = await stack.enter_async_context(database(cluster, folder))
        store = SqlStore(open_database(opened.url))
        stack.push_async_callback(store.dispose)
        world = await asked(store, ports)
        await world.taps(taps)  # never answered: PostgreSQL learns from them that an invitation is one of many
        await opened.learn_sizes()
        environment = environment_for(opened.url, ports)
        for server in (web_api, bare_bolt, cx_run):
            stack.enter_context(server(ports, environment, folder))
        mine, bare = [], []
        for _ in range(rounds + 1):
            posts = await world.taps(taps)
            bare.append(await at_once(events_url(ports.floor), repeated(posts, FLOOR_TIMES)))
            mine.append(await tapped(posts, world, ports))
        steady = await at_rate(
            events_url(ports.product), await world.taps(min(RATE * STEADY_SECONDS, taps)), per_second=RATE
        )
    return Found(
        rounds=compared(mine, bare),
        steady=steady,
        body=len(posts[0].body),
        failed=sum(one.failed for one in (*mine, *bare, steady)),
    )


async def tapped(posts: Sequence[Post], world: World, ports: Ports) -> Load:
    """A round that ends when everything that follows its acknowledgements has reached Slack as well."""
    answered, shown = await world.answered(), await told(ports.told_url)
    began = time.perf_counter()
    load = await at_once(events_url(ports.product), posts)
    await told(ports.told_url, at_least=shown + len(posts))
    seconds = time.perf_counter() - began
    assert await world.answered() == answered + len(posts), "a tap was acknowledged and its answer is not there"
    return replace(load, seconds=seconds)


async def asked(store: SqlStore, ports: Ports) -> World:
    tenant = await a_tenant(store, "Bench")
    await publish_surveys(store, tenant.id, shipped(), at=NOW)
    async with store.read(tenant.id) as unit:
        version = await unit.surveys.latest("nps")
    assert version is not None
    return await build_world(store, tenant.id, version, ports.response_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    url: str
    admin: str | None = None

    async def learn_sizes(self) -> None:
        """What PostgreSQL does by itself within a minute; until then it reads a whole tenant to find one row."""
        if self.admin is not None:
            await administer(self.admin, "ANALYZE")


@asynccontextmanager
async def database(cluster: postgres.Cluster | None, folder: str) -> AsyncIterator[Opened]:
    """A migrated database whose commits reach the disk."""
    if cluster is None:
        url = f"sqlite:///{Path(folder) / 'slack.db'}"
        await upgrade(url)
        yield Opened(url=url)
        return
    urls = await cluster.copy()
    try:
        async with durable(urls.admin):
            yield Opened(url=urls.application, admin=urls.admin)
    finally:
        await cluster.drop(urls)


def figures(kind: str, cluster: postgres.Cluster | None, *, taps: int, rounds: int) -> list[Figure]:
    found = asyncio.run(measure(cluster, taps=taps, rounds=rounds))
    p50, p95 = (found.steady.percentile(share) for share in (0.5, 0.95))
    return [
        at_least(
            f"{kind}: Slack taps, {found.body:,} bytes, {CONNECTIONS} connections",
            f"{found.rounds.product:,.0f}/s",
            f"{found.rounds.floor:,.0f}/s, bare bolt",
            found.rounds.ratio,
            LIMITS[kind],
        ),
        Figure(
            name=f"{kind}: p95 of Slack taps at {RATE} a second",
            measured=f"{p95 * 1e3:.0f} ms, p50 {p50 * 1e3:.0f} ms, {found.failed} errors",
            target=f"< {P95_LIMIT * 1e3:.0f} ms, no error",
            met=p95 < P95_LIMIT and not found.failed,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=tuple(LIMITS), action="append")
    parser.add_argument("--taps", type=int, default=1_000, help="in a round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for kind in options.database or LIMITS:
        cluster, server = postgres.start() if kind == "postgresql" else (None, None)
        try:
            print(table(figures(kind, cluster, taps=options.taps, rounds=options.rounds)), flush=True)
        finally:
            if cluster is not None:
                postgres.stop(cluster, server)


if __name__ == "__main__":
    main()
