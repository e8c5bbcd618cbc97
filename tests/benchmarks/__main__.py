"""Every figure of this machine, as ratios within one run: `make bench`, or `python -m tests.benchmarks --help`.

What each figure means is in docs/benchmarks.md. Never part of the tests: a busy machine makes them worse, and nothing
here fails because of it.
"""

import argparse
import asyncio
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tests import postgres
from tests.benchmarks import deliveries, importing, process, queries, slack_queries, slack_taps, taps, teams_endpoint
from tests.benchmarks.figures import Figure, at_most, table

DATABASES = ("sqlite", "postgresql")
RATIO_LIMIT = 1.5
GROUPS_LIMIT = 0.3
"""Seconds for `by role` and `by account` over a year."""

STEADY = ("nps last-30d", "nps all")
GROUPED = ("nps by role last-1y", "nps by account last-1y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    responses: tuple[int, int]
    rows: int
    taps: int
    rounds: int


SMALL = Sizes(responses=(10_000, 1_000_000), rows=100_000, taps=200, rounds=5)
FULL = Sizes(responses=(10_000, 10_000_000), rows=1_000_000, taps=200, rounds=9)

Part = Callable[[str, postgres.Cluster | None, Sizes], list[Figure]]


def tapping(kind: str, cluster: postgres.Cluster | None, sizes: Sizes) -> list[Figure]:
    return taps.figures(kind, cluster, taps=sizes.taps, rounds=sizes.rounds)


def starting(kind: str, cluster: postgres.Cluster | None, sizes: Sizes) -> list[Figure]:
    return process.figures(kind, cluster, repeats=3)


def delivering(kind: str, cluster: postgres.Cluster | None, sizes: Sizes) -> list[Figure]:
    return deliveries.figures(kind, cluster)


def asking(kind: str, cluster: postgres.Cluster | None, sizes: Sizes) -> list[Figure]:
    few, many = sizes.responses
    found = asyncio.run(asked(kind, cluster, sizes))
    return [query_figure(kind, name, found[name][few], found[name][many], few, many) for name in found]


async def asked(kind: str, cluster: postgres.Cluster | None, sizes: Sizes) -> dict[str, dict[int, float]]:
    async with AsyncExitStack() as stack:
        filled = {
            size: await stack.enter_async_context(queries.filled(kind, size, cluster)) for size in sizes.responses
        }
        return await queries.measure(filled)


def query_figure(kind: str, query: str, few: float, many: float, size: int, size_many: int) -> Figure:
    name = f"{kind}: {query}, {size_many:,} responses"
    measured, floor, ratio = f"{many * 1e3:.1f} ms", f"{few * 1e3:.1f} ms with {size:,}", many / few
    if query in STEADY:
        return at_most(name, measured, floor, ratio, RATIO_LIMIT)
    if query in GROUPED:
        target = f"< {GROUPS_LIMIT * 1e3:.0f} ms"
        return Figure(name=name, measured=measured, floor=floor, ratio=ratio, target=target, met=many < GROUPS_LIMIT)
    return Figure(name=name, measured=measured, floor=floor, ratio=ratio)


def importing_rows(kind: str, cluster: postgres.Cluster | None, sizes: Sizes) -> list[Figure]:
    folder = Path(tempfile.mkdtemp(prefix="cx-pulse-importing-"))
    try:
        path = folder / "responses.csv"
        importing.write_file(path, sizes.rows, respondents=sizes.rows // 20, accounts=1_000)
        imported, alone = (fresh(folder / f"{name}.db", cluster) for name in ("imported", "alone"))
        took, tapped = asyncio.run(importing.import_with_taps(imported, path, taps=True))
        driver = (
            importing.driver_sqlite(imported, alone, path)
            if cluster is None
            else asyncio.run(importing.driver_postgresql(imported, alone, path))
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    p95 = sorted(tapped)[int(len(tapped) * 0.95)]
    ratio = took.seconds / driver.seconds
    # Starting a process weighs the more the fewer rows there are; the target is meant for a million.
    enough = sizes.rows >= FULL.rows
    return [
        Figure(
            name=f"{kind}: cx import, {sizes.rows:,} responses",
            measured=f"{took.seconds:.1f} s, {took.cpu:.1f} s of processor",
            floor=f"{driver.seconds:.1f} s, {driver.cpu:.1f} s of processor",
            ratio=ratio,
            target=f"≤ {importing.LIMIT:g} ×" if enough else f"≤ {importing.LIMIT:g} × (--full)",
            met=ratio <= importing.LIMIT if enough else None,
        ),
        Figure(
            name=f"{kind}: p95 of {len(tapped):,} taps meanwhile",
            measured=f"{p95 * 1e3:.0f} ms",
            target=f"< {importing.P95_LIMIT * 1e3:.0f} ms",
            met=p95 < importing.P95_LIMIT,
        ),
    ]


def tapping_in_slack(kind: str, cluster: postgres.Cluster | None, sizes: Sizes) -> list[Figure]:
    return slack_taps.figures(kind, cluster, taps=sizes.taps * 5, rounds=sizes.rounds)


def asking_in_slack(kind: str, cluster: postgres.Cluster | None, sizes: Sizes) -> list[Figure]:
    responses = min(sizes.responses[1], slack_queries.RESPONSES)
    return slack_queries.figures(kind, cluster, responses=responses, queries=sizes.taps * 2, rounds=sizes.rounds)


def writing_in_teams(_kind: str, _cluster: postgres.Cluster | None, sizes: Sizes) -> list[Figure]:
    return teams_endpoint.figures(messages=max(sizes.taps // 4, 1), rounds=sizes.rounds)


def fresh(file: Path, cluster: postgres.Cluster | None) -> importing.Fresh:
    if cluster is None:
        made = importing.Fresh(application=f"sqlite:///{file}", owner=f"sqlite:///{file}", admin=f"sqlite:///{file}")
    else:
        urls = asyncio.run(cluster.empty())
        made = importing.Fresh(application=urls.application, owner=urls.owner, admin=urls.admin)
    asyncio.run(importing.prepare(made))
    return made


PARTS: dict[str, Part] = {
    "taps": tapping,
    "deliveries": delivering,
    "process": starting,
    "queries": asking,
    "importing": importing_rows,
    "slack-taps": tapping_in_slack,
    "slack-queries": asking_in_slack,
    "teams": writing_in_teams,
}


def measure(kind: str, parts: list[str], sizes: Sizes) -> list[Figure]:
    cluster, server = postgres.start() if kind == "postgresql" else (None, None)
    found: list[Figure] = []
    try:
        for name in parts:
            began = time.perf_counter()
            print(f"… {kind}: {name}", file=sys.stderr, flush=True)
            found += attempted(name, kind, cluster, sizes)
            print(f"  {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    finally:
        if cluster is not None:
            postgres.stop(cluster, server)
    return found


def attempted(name: str, kind: str, cluster: postgres.Cluster | None, sizes: Sizes) -> list[Figure]:
    """A part that breaks leaves the figures of the others standing."""
    try:
        return PARTS[name](kind, cluster, sizes)
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        return [Figure(name=f"{kind}: {name}", measured=f"failed: {type(error).__name__}", met=False)]


def machine() -> str:
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors ({processor_name()}), "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def busy() -> str:
    """How busy the machine is, and what that means for the figures."""
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    advice = " More is waiting than can run: expect worse ratios, and repeat." if load > processors else ""
    return f"load {load:.1f}.{advice}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=DATABASES, action="append", help="one of them only")
    parser.add_argument("--only", choices=tuple(PARTS), action="append", help="this part only; may be repeated")
    parser.add_argument("--full", action="store_true", help="10,000,000 responses and an import of 1,000,000: an hour")
    options = parser.parse_args()
    print(machine(), f"Before: {busy()}", sep="\n", flush=True)
    for kind in options.database or DATABASES:
        found = measure(kind, options.only or list(PARTS), FULL if options.full else SMALL)
        print(f"\n{table(found)}", flush=True)
    print(f"\nAfter: {busy()}")


if __name__ == "__main__":
    main()
