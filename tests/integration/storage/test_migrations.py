"""From an empty database to this version's schema, and what a look at an unmigrated one says."""

import asyncio
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Reservation
from storage.migrate import current, head, upgrade
from storage.session import open_database
from storage.tables import metadata
from storage.unit_of_work import SqlStore
from surveys.errors import Refused, StorageUnavailable
from surveys.sending.buckets import Budget, Need
from tests.builders import NOW, a_company, a_delivery
from tests.conftest import MigratedDatabase
from tests.postgres import Cluster

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The owner's address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new/cx.db"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    urls = asyncio.run(cluster.empty())
    yield urls.owner
    asyncio.run(cluster.drop(urls))


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


async def test_the_migrations_make_exactly_the_tables_that_the_code_knows(empty: str) -> None:
    await upgrade(empty)
    database = open_database(empty)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.dispose()


async def test_a_migrated_file_is_word_for_word_what_the_code_would_make(
    tmp_path: Path, sqlite_database: MigratedDatabase
) -> None:
    """Also what the comparison above does not look at: WITHOUT ROWID, conditions of indexes, checks."""
    made, migrated = open_database(f"sqlite:///{tmp_path}/made.db", create=True), open_database(sqlite_database.url)
    async with made.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        expected = await statements(connection)
    async with migrated.engine.connect() as connection:
        assert await statements(connection) == expected
    await made.dispose()
    await migrated.dispose()


async def statements(connection: AsyncConnection) -> dict[str, str | None]:
    rows = await connection.execute(
        text("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND tbl_name <> 'alembic_version'")
    )
    # A column that a later migration added stands on the line of its neighbour.
    return {row.name: " ".join(row.sql.split()) if row.sql else row.sql for row in rows}


async def test_what_the_first_release_stored_is_still_there_and_can_be_sent(empty: str) -> None:
    """From the first release's schema, with its rows, to this one."""
    database = open_database(empty, create=True)
    async with database.engine.begin() as connection:
        await connection.run_sync(to_revision, "0001")
    assert await current(empty) == "0001"
    store = SqlStore(database)
    company = await a_company(store)
    assert not await store.ready()
    async with company.store.write(company.id) as unit:
        await unit.deliveries.add([a_delivery()])
        await unit.commit()
    await upgrade(empty)
    assert await store.ready()
    async with store.system() as system:
        [due] = await system.take_due(now=NOW, limit=10, lease_seconds=60, owner="new")
        turns = await system.reserve(
            [Reservation(tenant_id=company.id, need=Need(budgets=(Budget(key="k", rate=1, burst=3),)))], horizon=1
        )
        await system.commit()
    assert (due.interrupted, turns.turns[0].granted) == (False, True)
    await store.dispose()


def to_revision(connection: Connection, revision: str) -> None:
    from alembic import command

    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def test_migrating_again_changes_nothing(empty: str) -> None:
    assert await current(empty) is None
    await upgrade(empty)
    await upgrade(empty)
    assert await current(empty) == head()


async def test_two_migrations_at_once_make_one_schema(empty: str) -> None:
    await asyncio.gather(upgrade(empty), upgrade(empty))
    assert await current(empty) == head()


async def test_a_migrated_database_can_be_used(empty: str) -> None:
    await upgrade(empty)
    store = SqlStore(open_database(empty))
    company = await a_company(store)
    assert (await company.contact()).name == "Ann"
    await store.dispose()


async def test_an_unmigrated_database_is_not_ready(empty: str) -> None:
    store = SqlStore(open_database(empty, create=True))
    assert not await store.ready()
    await store.dispose()


async def test_a_database_of_another_version_is_not_ready(empty: str) -> None:
    await upgrade(empty)
    database = open_database(empty)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store = SqlStore(database)
    assert not await store.ready()
    await store.dispose()


async def test_the_named_head_is_the_newest_migration_and_there_is_one() -> None:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [head()]


async def test_asking_for_the_version_makes_no_file(tmp_path: Path) -> None:
    assert await current(f"sqlite:///{tmp_path}/none.db") is None
    assert files(tmp_path) == []


async def test_only_the_owner_of_the_process_may_read_a_new_file(tmp_path: Path) -> None:
    await upgrade(f"sqlite:///{tmp_path}/cx.db")
    assert stat.S_IMODE((tmp_path / "cx.db").stat().st_mode) == 0o600


async def test_a_database_out_of_reach_is_unavailable(tmp_path: Path) -> None:
    nowhere = f"postgresql://nobody@/cx?host={tmp_path}"
    with pytest.raises(StorageUnavailable):
        await upgrade(nowhere)
    with pytest.raises(StorageUnavailable):
        await current(nowhere)


async def test_a_login_without_the_roles_is_told_who_can_give_them(postgres: Cluster) -> None:
    urls = await postgres.empty()
    await upgrade(urls.owner)
    database = open_database(urls.admin)
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE ROLE cx_test_stranger LOGIN PASSWORD 'x'"))
    stranger = async_login(urls.owner, "cx_test_stranger")
    store = SqlStore(open_database(stranger))
    with pytest.raises(Refused, match="cx migrate"):
        async with store.read(1):
            pass
    await upgrade(urls.owner, application_url=stranger)
    assert await store.ready()
    await store.dispose()
    await database.dispose()
    await postgres.drop(urls)


def async_login(url: str, name: str) -> str:
    from sqlalchemy import make_url

    return make_url(url).set(username=name, password="x").render_as_string(hide_password=False)


def test_a_command_that_does_not_migrate_imports_no_migration_tool() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, storage.migrate, storage.unit_of_work; print('alembic' in sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert loaded.stdout.strip() == "False"
