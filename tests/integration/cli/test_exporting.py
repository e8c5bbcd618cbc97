"""`cx export` beside a service that runs: in nobody's way, noted in the audit, and a whole file or none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.cli.exporting import export_answers
from storage.session import Database, open_database
from storage.tables import audit
from storage.unit_of_work import SqlStore, SqlUnitOfWork
from surveys.errors import InvalidInput, StorageUnavailable
from surveys.importing.model import ImportKind
from tests.builders import NOW, Company
from tests.conftest import MigratedDatabase
from tests.integration.importing.imports import a_company_with_surveys, bring_in, responses

pytestmark = pytest.mark.anyio


@pytest.fixture
async def company(sqlite_store: SqlStore) -> Company:
    found = await a_company_with_surveys(sqlite_store)
    rows = responses("9,ann@acme.example,Acme,technical,Fine,a1", "2,bob@acme.example,Acme,finance,,a2")
    await bring_in(found, ImportKind.RESPONSES, rows)
    return found


@pytest.fixture
async def other_database(sqlite_database: MigratedDatabase, anyio_backend: str) -> AsyncIterator[Database]:
    """The same file, as another process opens it."""
    opened = open_database(sqlite_database.url)
    yield opened
    await opened.dispose()


class WhileReading(SqlStore):
    """Somebody answers in another process at the moment in which the export reads."""

    def __init__(self, database: Database, company: Company) -> None:
        super().__init__(database)
        self._company = company
        self.answered = 0

    @asynccontextmanager
    async def read(self, tenant_id: int) -> AsyncIterator[SqlUnitOfWork]:
        async with super().read(tenant_id) as unit:
            await self._company.contact()
            self.answered += 1
            yield unit


class AuditAway(SqlStore):
    """A database that can be read and does not take a write."""

    @asynccontextmanager
    async def write(self, tenant_id: int) -> AsyncIterator[SqlUnitOfWork]:
        raise StorageUnavailable
        yield


async def test_people_go_on_answering_while_an_export_reads(
    company: Company, other_database: Database, tmp_path: Path
) -> None:
    store = WhileReading(other_database, company)
    assert await export_answers(store, company.id, "nps all", tmp_path / "out.csv", now=NOW) == 2
    assert store.answered == 1


async def test_an_export_is_noted_in_the_audit(company: Company, tmp_path: Path) -> None:
    await export_answers(company.store, company.id, "nps all", tmp_path / "out.csv", now=NOW)
    async with company.store.read(company.id) as unit:
        noted = await unit.scope.connection.execute(select(audit.c.subject).where(audit.c.action == "export"))
        assert list(noted.scalars()) == ["nps all"]


async def test_an_export_that_cannot_be_noted_leaves_no_file(
    company: Company, other_database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    with pytest.raises(StorageUnavailable):
        await export_answers(AuditAway(other_database), company.id, "nps all", folder / "out.csv", now=NOW)
    assert list(folder.iterdir()) == []


async def test_only_its_owner_may_read_an_export(company: Company, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    await export_answers(company.store, company.id, "nps all", file, now=NOW)
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_folder_that_is_not_there_is_told_before_anything_is_read(company: Company, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No such file or directory"):
        await export_answers(company.store, company.id, "nps all", tmp_path / "none" / "out.csv", now=NOW)
