"""Both databases, one of each for a whole module: every test, and every example of a property, makes its own tenant."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from storage.session import Database, Kind, open_database

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """One event loop for all examples of a property: a pool of connections belongs to its loop."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="module", params=[kind.value for kind in Kind])
def shared_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, run: Run
) -> Iterator[Database]:
    if request.param == Kind.SQLITE:
        file = tmp_path_factory.mktemp("insight") / "cx.db"
        template: Path = request.getfixturevalue("migrated_file")
        shutil.copy(template, file)
        opened = open_database(f"sqlite:///{file}")
        run(_allow_tenants(opened))
        yield opened
        run(opened.dispose())
        return
    cluster = request.getfixturevalue("postgres")
    urls = run(cluster.copy())
    opened = open_database(urls.application)
    yield opened
    run(opened.dispose())
    run(cluster.drop(urls))


async def _allow_tenants(database: Database) -> None:
    """An SQLite file serves one tenant; here many live in one, as they do in PostgreSQL."""
    async with database.engine.begin() as connection:
        await connection.execute(text("DROP TRIGGER tenant_is_alone"))
