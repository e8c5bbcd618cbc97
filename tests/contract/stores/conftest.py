"""The stores that the contract is held against. Another one joins by one more entry in `MAKERS`."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import cast

import pytest

from storage.session import open_database
from storage.unit_of_work import SqlStore
from tests.builders import WARSAW, Company, a_company
from tests.conftest import MigratedDatabase
from tests.fake_store.store import FakeStore, open_books

StoreMaker = Callable[[], AbstractAsyncContextManager[Company]]


def _sql(request: pytest.FixtureRequest, fixture: str) -> StoreMaker:
    database: MigratedDatabase = request.getfixturevalue(fixture)

    @asynccontextmanager
    async def made() -> AsyncIterator[Company]:
        store = SqlStore(open_database(database.url))
        try:
            yield await a_company(store)
        finally:
            await store.dispose()

    return made


def _fake() -> StoreMaker:
    @asynccontextmanager
    async def made() -> AsyncIterator[Company]:
        store = FakeStore()
        tenant, workspace = open_books(store, "Halden Systems", timezone=WARSAW)
        yield Company(store=cast(SqlStore, store), tenant=tenant, workspace=workspace)

    return made


MAKERS: dict[str, Callable[[pytest.FixtureRequest], StoreMaker]] = {
    "sqlite": lambda request: _sql(request, "sqlite_database"),
    "postgresql": lambda request: _sql(request, "postgres_database"),
    "fake": lambda _request: _fake(),
}


@pytest.fixture(params=list(MAKERS))
def store_maker(request: pytest.FixtureRequest) -> StoreMaker:
    return MAKERS[request.param](request)


@pytest.fixture
async def company(store_maker: StoreMaker, anyio_backend: str) -> AsyncIterator[Company]:
    """A company in an otherwise empty store; each test runs once for every store."""
    async with store_maker() as made:
        yield made
