"""How long questions take with few and with many responses, as ratios within one run.

    python -m tests.benchmarks.queries --database sqlite|postgresql --responses 10000 10000000

What is measured is everything that `/cx nps` reads. Targets (issue: figures): a ratio of at most 1.5 for `last-30d`
and `all`; `by role` and `by account` over a year under 300 ms.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from bot.ports import Tenant
from storage.folding.rebuild import rebuild
from storage.insight import StoredInsight
from storage.migrate import upgrade
from storage.session import Database, open_database
from surveys.definitions.model import Metric, Series
from surveys.insight.queries import Dimension, Filter, Period, ScoreRequest
from tests import postgres
from tests.benchmarks.history import TENANT, TIMEZONE, TODAY, fill_postgresql, fill_sqlite

TENANT_VALUE = Tenant(id=TENANT, public_id="bench", name="Bench", timezone=TIMEZONE, week_start=0, demo=False)
COMMENTS = 60
TOMORROW = TODAY + timedelta(days=1)
REPEATS = 25

Query = Callable[[StoredInsight], Awaitable[None]]


def _request(days: int | None, before: int = 0, by: Dimension | None = None) -> ScoreRequest:
    period = None
    if days is not None:
        end = TOMORROW - timedelta(days=before)
        period = Period(start=end - timedelta(days=days), end=end)
    return ScoreRequest(metric=Metric.NPS, series=Series.RELATIONSHIP, period=period, by=by)


def score(days: int | None, by: Dimension | None = None) -> Query:
    """A figure with everything that stands beside it."""

    async def ask(insight: StoredInsight) -> None:
        now = _request(days, by=by)
        counted = await insight.tally(now)
        assert counted.total.n
        assert counted.folded
        start = counted.first_day or date.min
        if days is not None:
            before = _request(days, before=days, by=by)
            await insight.tally(before)
            await insight.panel(now, before)
            start = TOMORROW - timedelta(days=days)
        await insight.responses(["nps"], Period(start=start, end=TOMORROW), ())
        if by is None:
            await insight.comments(now, COMMENTS)
        else:
            await insight.labels(by, [group.key for group in counted.groups if group.key])

    return ask


async def two_dimensions(insight: StoredInsight) -> None:
    request = replace(
        _request(365, by=Dimension.ACCOUNT), filters=(Filter(dimension=Dimension.ROLE, values=("finance",)),)
    )
    assert not (await insight.tally(request)).folded


async def nothing(insight: StoredInsight) -> None:
    """The floor: opening and leaving a unit."""


QUERIES: dict[str, tuple[Query, int]] = {
    "(an empty unit of work)": (nothing, REPEATS),
    "nps last-30d": (score(30), REPEATS),
    "nps all": (score(None), REPEATS),
    "nps by role last-1y": (score(365, Dimension.ROLE), REPEATS),
    "nps by account last-1y": (score(365, Dimension.ACCOUNT), REPEATS),
    "nps by account role:finance last-1y": (two_dimensions, 2),
}


@asynccontextmanager
async def filled(kind: str, responses: int, cluster: postgres.Cluster | None) -> AsyncIterator[Database]:
    with tempfile.TemporaryDirectory(prefix="cx-pulse-bench-") as folder:
        began = time.perf_counter()
        if cluster is None:
            file = str(Path(folder) / "bench.db")
            url = f"sqlite:///{file}"
            await upgrade(url)
            await asyncio.to_thread(fill_sqlite, file, responses)
        else:
            urls = await cluster.copy()
            url = urls.application
            await fill_postgresql(urls.admin, responses)
        database = open_database(url)
        loaded = time.perf_counter()
        cells = await rebuild(database, TENANT)
        print(
            f"{kind}, {responses:,} responses: loaded in {loaded - began:.0f} s, "
            f"rebuilt in {time.perf_counter() - loaded:.0f} s ({cells:,} cells)",
            flush=True,
        )
        try:
            yield database
        finally:
            await database.dispose()
            if cluster is not None:
                await cluster.drop(urls)


async def measure(databases: dict[int, Database]) -> dict[str, dict[int, float]]:
    """Median seconds of each query by size; the sizes take turns, so that a busy machine is busy for all of them."""
    found: dict[str, dict[int, float]] = {}
    for name, (query, repeats) in QUERIES.items():
        times: dict[int, list[float]] = {size: [] for size in databases}
        for _ in range(repeats):
            for size, database in databases.items():
                began = time.perf_counter()
                async with database.reading(TENANT) as transaction:
                    await query(StoredInsight(transaction.connection, TENANT_VALUE))
                times[size].append(time.perf_counter() - began)
        found[name] = {size: statistics.median(taken[len(taken) // 5 :]) for size, taken in times.items()}
    return found


async def run(kind: str, sizes: list[int], cluster: postgres.Cluster | None) -> None:
    async with AsyncExitStack() as stack:
        databases = {size: await stack.enter_async_context(filled(kind, size, cluster)) for size in sizes}
        results = await measure(databases)
    print(f"\n{kind}, median of {REPEATS}, in ms")
    print(f"{'':38}" + "".join(f"{size:>14,}" for size in sizes) + f"{'ratio':>9}")
    for name, by_size in results.items():
        times = [by_size[size] * 1000 for size in sizes]
        print(f"{name:38}" + "".join(f"{ms:14.1f}" for ms in times) + f"{times[-1] / times[0]:9.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--responses", type=int, nargs="+", default=[10_000, 10_000_000])
    options = parser.parse_args()
    for kind in options.database or ("sqlite", "postgresql"):
        if kind == "sqlite":
            asyncio.run(run(kind, options.responses, None))
            continue
        cluster, server = postgres.start()
        try:
            asyncio.run(run(kind, options.responses, cluster))
        finally:
            postgres.stop(cluster, server)


if __name__ == "__main__":
    main()
