"""What every test may use: a real database of each kind, migrated, empty, and its own."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from storage.migrate import upgrade
from storage.session import Kind, open_database
from storage.unit_of_work import SqlStore
from tests import postgres as postgres_server
from tests.postgres import Cluster

# A busy machine is no fault of the code: how long an example takes is never judged.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigratedDatabase:
    """`url`: as the application connects. `owner_url`: as whoever migrates connects."""

    kind: Kind
    url: str
    owner_url: str


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One server for all tests, started by the first one that needs it."""
    cluster, server = postgres_server.start()
    try:
        yield cluster
    finally:
        postgres_server.stop(cluster, server)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with this version's schema, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(upgrade(f"sqlite:///{file}"))
    return file


@pytest.fixture
def sqlite_database(migrated_file: Path, tmp_path: Path) -> MigratedDatabase:
    file = tmp_path / "cx.db"
    shutil.copy(migrated_file, file)
    return MigratedDatabase(kind=Kind.SQLITE, url=f"sqlite:///{file}", owner_url=f"sqlite:///{file}")


@pytest.fixture
def postgres_database(postgres: Cluster) -> Iterator[MigratedDatabase]:
    urls = asyncio.run(postgres.borrow())
    try:
        yield MigratedDatabase(kind=Kind.POSTGRESQL, url=urls.application, owner_url=urls.owner)
    finally:
        asyncio.run(postgres.give_back(urls))


@pytest.fixture(params=[kind.value for kind in Kind])
def database(request: pytest.FixtureRequest) -> MigratedDatabase:
    """A migrated database without a tenant; the test runs once for each kind."""
    found = request.getfixturevalue(f"{'sqlite' if request.param == Kind.SQLITE else 'postgres'}_database")
    assert isinstance(found, MigratedDatabase)
    return found


@pytest.fixture
async def store(database: MigratedDatabase, anyio_backend: str) -> AsyncIterator[SqlStore]:
    """A store over `database`, once for each kind."""
    opened = SqlStore(open_database(database.url))
    yield opened
    await opened.dispose()


@pytest.fixture
async def sqlite_store(sqlite_database: MigratedDatabase, anyio_backend: str) -> AsyncIterator[SqlStore]:
    """A store over SQLite only, for tests whose subject is not the database."""
    opened = SqlStore(open_database(sqlite_database.url))
    yield opened
    await opened.dispose()


@pytest.fixture
async def postgres_store(postgres_database: MigratedDatabase, anyio_backend: str) -> AsyncIterator[SqlStore]:
    opened = SqlStore(open_database(postgres_database.url))
    yield opened
    await opened.dispose()
