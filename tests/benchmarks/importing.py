"""A large import against the driver alone, and taps meanwhile.

    python -m tests.benchmarks.importing --database sqlite|postgresql --rows 1000000

`cx import responses` runs as a process of its own on a fresh database, while this one taps: answers to invitations,
changed again and again, each a transaction of the product. Then the very rows that the import left (responses,
answers, people, accounts, their contacts and groups) go into the same tables of a second fresh database by the
driver alone: sqlite3 `executemany`, asyncpg `copy_records_to_table`, one transaction, in the order of the file, as a
program without the product would have them. The ratio is of wall clock; the import's time has everything in it: start
of the process, checking, sorting, folding, tidying.
"""

import argparse
import asyncio
import os
import random
import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import make_url

from bot.ports import NewAnswer
from storage.migrate import upgrade
from storage.session import open_database
from storage.tenancy import ensure_tenant, publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.importing.responses import GIVEN
from surveys.people.model import Role
from surveys.people.records import ContactRecord
from tests import postgres

COPIED = ("account", "person", "contact", "group_assignment", "response", "answer")
TAPPERS = 50
TAP_EVERY = 0.05
LIMIT = 3.0
P95_LIMIT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """A migrated, empty database: as the application and as whoever may do anything connect."""

    application: str
    owner: str
    admin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """`cpu`: of the client alone; on SQLite that is all there is, and tells more than the clock on a busy machine."""

    seconds: float
    cpu: float


def write_file(path: Path, rows: int, *, respondents: int, accounts: int) -> None:
    draw = random.Random(7)
    roles = [role.value for role in Role]
    words = ("invoice", "support", "delivery", "price", "terminal", "quick", "slow", "friendly")
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("survey,answered_at,score,respondent,account,role,language,comment,external_id\n")
        for number in range(rows):
            at = begin + timedelta(seconds=draw.randrange(80_000_000))
            person = draw.randrange(respondents)
            comment = " ".join(draw.choices(words, k=8)) if number % 5 == 0 else ""
            file.write(
                f"nps,{at.isoformat()},{draw.randrange(11)},p{person}@example.com,Account {person % accounts},"
                f"{roles[person % len(roles)]},en,{comment},{draw.getrandbits(64):016x}\n"
            )


async def prepare(fresh: Fresh) -> None:
    await upgrade(fresh.owner, application_url=fresh.application)
    store = SqlStore(open_database(fresh.owner))
    now = datetime.now(UTC)
    tenant = await ensure_tenant(store, name="Benchmark", timezone="Europe/Warsaw", now=now)
    await publish_surveys(store, tenant.id, shipped(), at=now)
    await store.dispose()


async def invited(store: SqlStore) -> list[int]:
    """Invitations that can be answered."""
    now = datetime.now(UTC)
    async with store.write(1) as unit:
        version = await unit.surveys.latest("nps")
        assert version is not None
        ids = []
        for number in range(TAPPERS):
            recorded = await unit.accounts.contact(ContactRecord(email=f"tap{number}@example.org"), at=now)
            person = await unit.people.by_id(recorded.id)
            ids.append((await unit.invitations.unprompted(version, person, at=now)).id)
        await unit.commit()
    return ids


async def tap(store: SqlStore, invitations: Sequence[int], until: asyncio.Task[Took]) -> list[float]:
    """Seconds of each tap, one after the other, until the import is done."""
    took: list[float] = []
    number = 0
    while not until.done():
        began = time.perf_counter()
        async with store.write(1) as unit:
            answer = NewAnswer(
                invitation_id=invitations[number % TAPPERS],
                question="recommend",
                at=datetime.now(UTC),
                platform="web",
                score=number // TAPPERS % 11,
            )
            await unit.invitations.answer(answer)
            await unit.commit()
        took.append(time.perf_counter() - began)
        number += 1
        await asyncio.sleep(TAP_EVERY)
    return took


async def import_file(path: Path, url: str) -> Took:
    """The whole process."""
    began, began_cpu = time.perf_counter(), children_cpu()
    code = "from bot.cli import main; main()"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, "import", "responses", str(path), env={**os.environ, "CX_DATABASE_URL": url}
    )
    if await process.wait():
        raise SystemExit("the import failed")
    return Took(seconds=time.perf_counter() - began, cpu=children_cpu() - began_cpu)


def children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def import_with_taps(fresh: Fresh, path: Path, *, taps: bool) -> tuple[Took, list[float]]:
    store = SqlStore(open_database(fresh.application))
    invitations = await invited(store)
    importing = asyncio.create_task(import_file(path, fresh.application))
    took = await tap(store, invitations, importing) if taps else [0.0]
    await store.dispose()
    return await importing, took


# ── the driver alone ───────────────────────────────────────────────────────────────────────────────────────────


def driver_sqlite(imported: Fresh, fresh: Fresh, path: Path) -> Took:
    source = sqlite3.connect(make_url(imported.application).database or "")
    target = sqlite3.connect(make_url(fresh.application).database or "", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        target.execute(f"PRAGMA {pragma}")
    copy_batches_sqlite(source, target)
    lines = lines_of(path, source.execute("SELECT id, external_id FROM response WHERE batch_id IS NOT NULL"))
    seconds = cpu = 0.0
    for table in COPIED:
        cursor = source.execute(f"SELECT * FROM {table} WHERE {only_imported(table)} ORDER BY rowid")
        names = [column[0] for column in cursor.description]
        rows = in_order_of_the_file(table, names, cursor.fetchall(), lines)
        places = ", ".join("?" * len(names))
        began, began_cpu = time.perf_counter(), time.process_time()
        target.execute("BEGIN IMMEDIATE")
        target.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", rows)
        target.execute("COMMIT")
        seconds += time.perf_counter() - began
        cpu += time.process_time() - began_cpu
    return Took(seconds=seconds, cpu=cpu)


def lines_of(path: Path, responses: Iterable[Sequence[Any]]) -> dict[int, int]:
    """The line of each response, by its id; from (id, external_id)."""
    with path.open(encoding="utf-8") as file:
        lines = {line.rstrip("\n").rpartition(",")[2]: number for number, line in enumerate(file)}
    return {response_id: lines[external_id.removeprefix(GIVEN)] for response_id, external_id in responses}


def in_order_of_the_file(
    table: str, names: Sequence[str], rows: Iterable[Sequence[Any]], lines: Mapping[int, int]
) -> list[Sequence[Any]]:
    """Responses and answers as they come in the file, with ids that count up in it: a response's is its line."""
    if table not in ("response", "answer"):
        return list(rows)
    of = names.index("id" if table == "response" else "response_id")
    ordered = sorted(rows, key=lambda row: lines[row[of]])
    numbered: list[Sequence[Any]] = []
    for number, row in enumerate(ordered, start=1):
        cells = list(row)
        cells[of] = lines[row[of]]
        if table == "answer":
            cells[names.index("id")] = number
        numbered.append(tuple(cells))
    return numbered


def copy_batches_sqlite(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    rows = source.execute("SELECT * FROM import_batch").fetchall()
    target.executemany(f"INSERT INTO import_batch VALUES ({', '.join('?' * len(rows[0]))})", rows)


def only_imported(table: str) -> str:
    """Without what the taps left."""
    invited_people = "SELECT person_id FROM invitation"
    return {
        "account": "1 = 1",
        "person": f"id NOT IN ({invited_people})",
        "contact": f"person_id NOT IN ({invited_people})",
        "group_assignment": f"person_id NOT IN ({invited_people})",
    }.get(table, "batch_id IS NOT NULL")


async def driver_postgresql(imported: Fresh, fresh: Fresh, path: Path) -> Took:
    source = await asyncpg.connect(imported.admin)
    target = await asyncpg.connect(fresh.admin)
    of_import = await source.fetch("SELECT id, external_id FROM response WHERE batch_id IS NOT NULL")
    lines = lines_of(path, [tuple(row) for row in of_import])
    seconds = cpu = 0.0
    for table in ("import_batch", *COPIED):
        where = "1 = 1" if table == "import_batch" else only_imported(table)
        found = await source.fetch(f"SELECT * FROM {table} WHERE {where}")
        if not found:
            continue
        names = list(found[0].keys())
        rows = in_order_of_the_file(table, names, [tuple(row) for row in found], lines)
        began, began_cpu = time.perf_counter(), time.process_time()
        async with target.transaction():
            await target.copy_records_to_table(table, records=rows, columns=names)
        seconds += time.perf_counter() - began if table != "import_batch" else 0.0
        cpu += time.process_time() - began_cpu if table != "import_batch" else 0.0
        # So that the checks of the next table's foreign keys are planned with what is there, outside the time.
        await target.execute(f"ANALYZE {table}")
    await source.close()
    await target.close()
    return Took(seconds=seconds, cpu=cpu)


# ── both ───────────────────────────────────────────────────────────────────────────────────────────────────────


def report(rows: int, importing: Took, driver: Took, taps: Sequence[float]) -> bool:
    ordered = sorted(taps)
    p95 = ordered[int(len(ordered) * 0.95)]
    ratio = importing.seconds / driver.seconds
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"rows                 {rows:,}")
    for name, took in (("cx import", importing), ("driver alone", driver)):
        print(
            f"{name:20} {took.seconds:.1f} s, {took.seconds / rows * 1e6:.0f} µs a row, {took.cpu:.1f} s of processor"
        )
    print(f"ratio                {ratio:.2f} (limit {LIMIT}); of processor {importing.cpu / driver.cpu:.2f}")
    print(f"memory               {peak:.0f} MiB at most")
    print(f"taps meanwhile       {len(ordered):,}: median {ordered[len(ordered) // 2] * 1e3:.0f} ms, "
          f"p95 {p95 * 1e3:.0f} ms (limit {P95_LIMIT * 1e3:.0f}), worst {ordered[-1] * 1e3:.0f} ms")  # fmt: skip
    return ratio <= LIMIT and p95 < P95_LIMIT


def run_sqlite(folder: Path, path: Path, rows: int, *, taps: bool) -> bool:
    databases = []
    for name in ("imported", "driver"):
        url = f"sqlite:///{folder / name}.db"
        databases.append(Fresh(application=url, owner=url, admin=url))
        asyncio.run(prepare(databases[-1]))
    importing, tapped = asyncio.run(import_with_taps(databases[0], path, taps=taps))
    return report(rows, importing, driver_sqlite(databases[0], databases[1], path), tapped)


def run_postgresql(path: Path, rows: int, *, taps: bool) -> bool:
    cluster, server = postgres.start()
    try:
        databases = []
        for _ in range(2):
            urls = asyncio.run(cluster.empty())
            databases.append(Fresh(application=urls.application, owner=urls.owner, admin=urls.admin))
            asyncio.run(prepare(databases[-1]))
        importing, tapped = asyncio.run(import_with_taps(databases[0], path, taps=taps))
        return report(rows, importing, asyncio.run(driver_postgresql(databases[0], databases[1], path)), tapped)
    finally:
        postgres.stop(cluster, server)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--taps", action=argparse.BooleanOptionalAction, default=True)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cx-pulse-importing-"))
    try:
        path = folder / "responses.csv"
        write_file(path, arguments.rows, respondents=max(arguments.rows // 20, 10), accounts=1_000)
        print(f"database             {arguments.database}")
        if arguments.database == "sqlite":
            fine = run_sqlite(folder, path, arguments.rows, taps=arguments.taps)
        else:
            fine = run_postgresql(path, arguments.rows, taps=arguments.taps)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    raise SystemExit(0 if fine else 1)


if __name__ == "__main__":
    main()
