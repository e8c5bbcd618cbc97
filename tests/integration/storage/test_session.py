"""How each database is opened and begun, and what happens when it is away."""

import asyncio
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from storage.addresses import sqlite_file
from storage.migrate import current, head, upgrade
from storage.session import Database, open_database
from storage.unit_of_work import SqlStore
from surveys.errors import Refused, StorageUnavailable
from surveys.people.records import ContactRecord
from tests.builders import NOW, Company, a_company, a_contact, a_delivery
from tests.conftest import MigratedDatabase
from tests.postgres import Cluster, PostgresUrls

pytestmark = pytest.mark.anyio

CANARY = "canary@secret.example"


def another_process(database: MigratedDatabase) -> sqlite3.Connection:
    file = sqlite_file(database.url)
    assert file is not None
    return sqlite3.connect(file, isolation_level=None, timeout=0)


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def pragma(database: Database, statement: str) -> object:
    async with database.engine.connect() as connection:
        return (await connection.execute(text(statement))).scalar()


# ── SQLite ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_writing_unit_holds_the_writers_place_from_its_first_moment(
    sqlite_store: SqlStore, sqlite_database: MigratedDatabase
) -> None:
    company = await a_company(sqlite_store)
    other = another_process(sqlite_database)
    async with sqlite_store.write(company.id):
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


async def test_a_reading_unit_is_in_nobodys_way(sqlite_store: SqlStore, sqlite_database: MigratedDatabase) -> None:
    company = await a_company(sqlite_store)
    other = another_process(sqlite_database)
    async with sqlite_store.read(company.id) as unit:
        assert not await unit.surveys.all_latest()
        other.execute("BEGIN IMMEDIATE")
        other.execute("COMMIT")
    other.close()


async def test_looking_for_work_is_in_nobodys_way(sqlite_store: SqlStore, sqlite_database: MigratedDatabase) -> None:
    await a_company(sqlite_store)
    other = another_process(sqlite_database)
    other.execute("BEGIN IMMEDIATE")
    async with sqlite_store.system() as system:
        assert await system.take_due(now=NOW, limit=10, lease_seconds=60, owner="one") == []
        assert await system.workspace("web", "local") is not None
        assert await system.due_schedules(NOW) == []
        await system.commit()
    other.close()


async def test_an_answer_survives_a_power_cut_and_keys_are_checked(sqlite_store: SqlStore) -> None:
    assert await pragma(sqlite_store.database, "PRAGMA journal_mode") == "wal"
    assert await pragma(sqlite_store.database, "PRAGMA synchronous") == 2
    assert await pragma(sqlite_store.database, "PRAGMA foreign_keys") == 1


async def test_many_that_open_a_new_file_at_once_all_come_in(tmp_path: Path) -> None:
    """SQLite refuses one of two that turn its journal to WAL in the same moment: in about every tenth file here."""
    for number in range(100):
        databases = [open_database(f"sqlite:///{tmp_path}/{number}.db", create=True) for _ in range(4)]
        modes = await asyncio.gather(*(pragma(database, "PRAGMA journal_mode") for database in databases))
        assert modes == ["wal"] * 4
        for database in databases:
            await database.dispose()


async def test_writing_units_of_one_process_wait_for_each_other(sqlite_store: SqlStore) -> None:
    company = await a_company(sqlite_store)
    inside = 0

    async def alone() -> int:
        nonlocal inside
        async with sqlite_store.write(company.id) as unit:
            inside += 1
            most = inside
            await unit.deliveries.add([a_delivery(f"{id(unit)}")])
            await unit.commit()
            inside -= 1
        return most

    assert await asyncio.gather(*(alone() for _ in range(8))) == [1] * 8


async def test_a_look_at_a_missing_file_makes_none(tmp_path: Path) -> None:
    store = SqlStore(open_database(f"sqlite:///{tmp_path}/none.db"))
    with pytest.raises(StorageUnavailable):
        async with store.read(1):
            pass
    assert not await store.ready()
    assert files(tmp_path) == []
    await store.dispose()


async def test_a_path_with_special_characters_is_only_a_path(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a b;c=d#eé/cx.db"
    await upgrade(url)
    assert await current(url) == head()
    assert [file.name for file in files(tmp_path)] == ["a b;c=d#eé"]


async def test_a_database_that_another_process_keeps_is_unavailable_and_then_available_again(
    sqlite_database: MigratedDatabase,
) -> None:
    store = SqlStore(open_database(sqlite_database.url, busy_seconds=0.1))
    company = await a_company(store)
    other = another_process(sqlite_database)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageUnavailable):
        async with store.write(company.id):
            pass
    other.execute("ROLLBACK")
    other.close()
    async with store.write(company.id) as unit:
        await unit.commit()
    await store.dispose()


async def test_a_full_disk_changes_nothing_and_is_survived(sqlite_store: SqlStore) -> None:
    company = await a_company(sqlite_store)
    pages = await pragma(sqlite_store.database, "PRAGMA page_count")
    await pragma(sqlite_store.database, f"PRAGMA max_page_count={pages}")

    async def fill() -> None:
        async with sqlite_store.write(company.id) as unit:
            await unit.accounts.contact(a_contact(), at=NOW)
            await unit.deliveries.add([replace(a_delivery(), parameters={"text": "x" * 2_000_000})])
            await unit.commit()

    with pytest.raises(StorageUnavailable):
        await fill()
    async with sqlite_store.read(company.id) as unit:
        assert await unit.people.candidates((), "nps") == []
    await pragma(sqlite_store.database, "PRAGMA max_page_count=1073741823")
    await fill()
    async with sqlite_store.read(company.id) as unit:
        assert len(await unit.people.candidates((), "nps")) == 1


async def test_a_unit_cut_short_by_a_cancelled_task_leaves_the_writer_usable(sqlite_store: SqlStore) -> None:
    company = await a_company(sqlite_store)
    begun = asyncio.Event()

    async def slow() -> None:
        async with sqlite_store.write(company.id) as unit:
            begun.set()
            while True:
                await unit.deliveries.add([a_delivery("never")])

    task = asyncio.create_task(slow())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with sqlite_store.write(company.id) as unit:
        assert await unit.deliveries.add([a_delivery("never")]) == 1
        await unit.commit()


async def test_more_rows_than_travel_at_once_all_arrive(sqlite_store: SqlStore) -> None:
    company = await a_company(sqlite_store)
    many = text("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000) SELECT x FROM n")
    async with sqlite_store.read(company.id) as unit:
        connection = unit.scope.connection
        assert list((await connection.execute(many)).scalars()) == list(range(1, 1_001))
        streamed = await connection.stream(many.execution_options(yield_per=100))
        assert [row.x async for row in streamed] == list(range(1, 1_001))
        stopped = await connection.stream(many)
        assert (await stopped.fetchmany(3))[-1].x == 3
        await stopped.close()
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1


# ── both ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_reading_unit_cannot_write(store: SqlStore) -> None:
    company = await a_company(store)
    with pytest.raises(StorageUnavailable):
        async with store.read(company.id) as unit:
            await unit.deliveries.add([a_delivery()])


async def test_nothing_runs_after_the_commit_of_a_unit(store: SqlStore) -> None:
    company = await a_company(store)
    async with store.write(company.id) as unit:
        await unit.commit()
        with pytest.raises(Refused):
            await unit.deliveries.add([a_delivery()])
        with pytest.raises(InvalidRequestError):
            await unit.surveys.latest("nps")


async def test_an_error_names_no_persons_data(store: SqlStore) -> None:
    company = await a_company(store)

    async def spoil(values: Mapping[str, object]) -> None:
        async with store.write(company.id) as unit:
            told = await unit.accounts.contact(ContactRecord(email=CANARY, name=CANARY), at=NOW)
            await unit.scope.connection.execute(
                text("UPDATE person SET id = :id, kind = :kind WHERE id = :person"),
                {"person": told.id, "kind": "contact", "id": told.id, **values},
            )

    async def refused(**values: object) -> str:
        with pytest.raises(DBAPIError) as caught:
            await spoil(values)
        said, error = "", cast(BaseException | None, caught.value)
        while error is not None:
            said += f"{error!r} {error}"
            error = error.__cause__ or error.__context__
        return said

    if store.database.kind == "postgresql":
        assert CANARY not in await refused(kind=CANARY)
        assert CANARY not in await refused(id=CANARY)
    assert CANARY not in await refused(kind=None)


# ── PostgreSQL ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def urls(postgres: Cluster) -> PostgresUrls:
    return asyncio.run(postgres.copy())


async def test_a_restarted_server_is_not_even_noticed_between_two_units(postgres: Cluster, urls: PostgresUrls) -> None:
    store = SqlStore(open_database(urls.application))
    company = await a_company(store)
    await postgres.terminate(urls)
    contact = await company.contact()
    async with store.read(company.id) as unit:
        assert (await unit.people.by_id(contact.id)).id == contact.id
    await store.dispose()
    await postgres.drop(urls)


async def test_a_server_lost_within_a_unit_changes_nothing_and_the_next_unit_works(
    postgres: Cluster, urls: PostgresUrls
) -> None:
    store = SqlStore(open_database(urls.application))
    company = await a_company(store)

    async def lose() -> None:
        async with store.write(company.id) as unit:
            await unit.deliveries.add([a_delivery("lost")])
            await postgres.terminate(urls)
            await unit.commit()

    with pytest.raises(StorageUnavailable):
        await lose()
    async with store.write(company.id) as unit:
        assert await unit.deliveries.add([a_delivery("lost")]) == 1
    await store.dispose()
    await postgres.drop(urls)


async def test_a_database_that_is_away_is_unavailable_and_used_again_when_it_is_back(
    postgres: Cluster, urls: PostgresUrls
) -> None:
    store = SqlStore(open_database(urls.application))
    company: Company = await a_company(store)
    await postgres.allow_connections(urls, allowed=False)
    await postgres.terminate(urls)
    with pytest.raises(StorageUnavailable):
        await company.contact()
    assert not await store.ready()
    await postgres.allow_connections(urls, allowed=True)
    await company.contact()
    assert await store.ready()
    await store.dispose()
    await postgres.drop(urls)


async def test_a_server_that_does_not_exist_is_unavailable(tmp_path: Path) -> None:
    store = SqlStore(open_database(f"postgresql://nobody@/cx?host={tmp_path}"))
    with pytest.raises(StorageUnavailable):
        async with store.read(1):
            pass
    assert not await store.ready()
    await store.dispose()
