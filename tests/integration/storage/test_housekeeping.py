"""Buckets by the database's clock, and statements that do not go through everything."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from bot.clockwork import KEPT
from bot.desk.sending import PREVIEW_LASTS
from storage.sqlite_driver import Connection
from storage.tables import budget
from storage.unit_of_work import SqlStore
from tests.builders import NOW, Company, a_company
from tests.integration.storage.test_plans import through_a_tenant

pytestmark = pytest.mark.anyio

LONG_AGO, LATER = timedelta(days=-2), timedelta(minutes=5)


async def a_bucket(company: Company, key: str, **moments: timedelta) -> None:
    now = datetime.now(UTC)
    row = {name: now + since for name, since in moments.items()}
    async with company.store.write(company.id) as unit:
        await unit.scope.connection.execute(insert(budget), {"tenant_id": company.id, "key": key, "tokens": 0.0, **row})
        await unit.commit()


async def test_a_bucket_goes_once_it_is_full_again_and_nobody_waits_for_it(store: SqlStore) -> None:
    company = await a_company(store)
    await a_bucket(company, "full again", counted_at=LONG_AGO)
    await a_bucket(company, "drawn on today", counted_at=timedelta(hours=-23))
    await a_bucket(company, "paused", counted_at=LONG_AGO, paused_until=LATER)
    await a_bucket(company, "promised", counted_at=LONG_AGO, promised_until=LATER)
    await a_bucket(company, "paused once", counted_at=LONG_AGO, paused_until=LONG_AGO, promised_until=LONG_AGO)
    assert await store.tidy(before=NOW, limit=100) == 2
    async with store.read(company.id) as unit:
        left = set(await unit.scope.connection.scalars(select(budget.c.key)))
    assert left == {"drawn on today", "paused", "promised"}


async def test_each_tenant_is_tidied(postgres_store: SqlStore) -> None:
    for name in ("one", "other"):
        await a_bucket(await a_company(postgres_store, name), "full again", counted_at=LONG_AGO)
    assert await postgres_store.tidy(before=NOW, limit=100) == 2


async def test_old_events_are_found_by_their_age_among_all_the_others(sqlite_store: SqlStore) -> None:
    company = await a_company(sqlite_store)
    await a_bucket(company, "full again", counted_at=LONG_AGO)
    statements: list[str] = []
    async with sqlite_store.write(company.id) as unit:
        # The one connection that writes, which the next unit has too.
        connection = (await unit.scope.connection.get_raw_connection()).driver_connection
        assert isinstance(connection, Connection)
        await connection.set_trace_callback(statements.append)
    await sqlite_store.tidy(before=NOW, limit=100)
    deletions = [statement for statement in statements if statement.startswith("DELETE")]
    assert len(deletions) == 4
    for statement in deletions:
        assert not through_a_tenant(str(sqlite_store.database.file), statement), statement


def test_a_preview_is_deleted_long_after_it_could_be_confirmed() -> None:
    assert KEPT > 2 * PREVIEW_LASTS
