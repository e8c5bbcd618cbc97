"""What the schema itself refuses, whoever asks: changes of the audit, rows of anonymous surveys, a moved demo mark."""

import pytest
from sqlalchemy import Delete, Table, Update, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.ports import AuditEntry
from storage.addresses import async_url
from storage.session import open_database
from storage.tables import audit, invitation, response, tenant, wave
from storage.unit_of_work import SqlStore
from surveys.definitions.model import Privacy
from tests.builders import NOW, Company, a_company, a_survey
from tests.postgres import Cluster

pytestmark = pytest.mark.anyio

ENTRY = AuditEntry(at=NOW, actor_id=None, actor="test", action="tested", subject="x", detail={"key": "value"})


async def written(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        await unit.audit.append(ENTRY)
        await unit.commit()


async def entries(company: Company) -> list[str]:
    async with company.store.read(company.id) as unit:
        return list((await unit.scope.connection.execute(select(audit.c.subject))).scalars())


@pytest.mark.parametrize("change", [update(audit).values(subject="y"), delete(audit)], ids=["update", "delete"])
async def test_the_application_cannot_change_the_audit(store: SqlStore, change: Update | Delete) -> None:
    company = await a_company(store)
    await written(company)
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"):
        async with store.write(company.id) as unit:
            await unit.scope.connection.execute(change)
    assert await entries(company) == ["x"]


@pytest.mark.parametrize("change", ["UPDATE audit SET subject = 'y'", "DELETE FROM audit", "TRUNCATE audit"])
async def test_not_even_a_superuser_changes_the_audit_by_a_slip(postgres: Cluster, change: str) -> None:
    urls = await postgres.copy()
    store = SqlStore(open_database(urls.application))
    company = await a_company(store)
    await written(company)
    engine: AsyncEngine = create_async_engine(async_url(urls.admin))
    with pytest.raises(DBAPIError, match="append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(change))
    assert await entries(company) == ["x"]
    await engine.dispose()
    await store.dispose()
    await postgres.drop(urls)


@pytest.mark.parametrize("demo", [True, False])
async def test_whether_a_tenant_is_a_demo_never_changes(store: SqlStore, demo: bool) -> None:
    company = await a_company(store, demo=demo)
    with pytest.raises(IntegrityError, match="never changes"):
        async with store.database.system() as transaction:
            await transaction.connection.execute(update(tenant).where(tenant.c.id == company.id).values(demo=not demo))
    async with store.database.system() as transaction:
        await transaction.connection.execute(update(tenant).where(tenant.c.id == company.id).values(name="Renamed"))
        await transaction.commit()


@pytest.mark.parametrize("claimed", ["anonymous", "named"], ids=["said openly", "passed off as named"])
@pytest.mark.parametrize("table", [wave, invitation, response], ids=lambda table: str(table.name))
async def test_a_row_of_an_anonymous_survey_fits_no_named_table(store: SqlStore, table: Table, claimed: str) -> None:
    company = await a_company(store)
    contact = await company.contact()
    version = await company.publish(a_survey("pulse", privacy=Privacy.ANONYMOUS))
    shared = {"tenant_id": company.id, "survey_version_id": version.id, "privacy": claimed}
    rows: dict[str, dict[str, object]] = {
        "wave": {"public_id": "w", "state": "open", "created_at": NOW},
        "invitation": {
            "public_id": "i", "person_id": contact.id, "survey_key": "pulse", "state": "queued", "created_at": NOW,
        },
        "response": {"person_id": contact.id, "submitted_at": NOW},
    }  # fmt: skip
    with pytest.raises(IntegrityError):
        async with store.write(company.id) as unit:
            await unit.scope.connection.execute(insert(table).values(shared | rows[table.name]))


async def test_the_same_rows_of_a_named_survey_do_fit(store: SqlStore) -> None:
    company = await a_company(store)
    contact = await company.contact()
    version = await company.publish(a_survey("open"))
    async with store.write(company.id) as unit:
        await unit.scope.connection.execute(
            insert(response).values(
                tenant_id=company.id, survey_version_id=version.id, person_id=contact.id, submitted_at=NOW
            )
        )
        await unit.commit()
    async with store.read(company.id) as unit:
        assert (await unit.scope.connection.execute(select(response.c.person_id))).scalars().all() == [contact.id]
