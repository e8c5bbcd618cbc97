"""Threat 5: nothing of one tenant is ever visible to, or changed by, another."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from bot.conversation.state import NOTHING_PENDING
from bot.events import Sender
from bot.ports import DeliveryKind, DueDelivery, Reservation
from storage.ownership import check_application_role
from storage.session import open_database
from storage.tables import conversation, delivery, invitation, metadata, person, tenant
from storage.tenancy import ensure_workspace
from storage.unit_of_work import SqlStore
from surveys.errors import NotFound, Refused, Undeliverable
from surveys.insight.queries import Dimension, Period
from surveys.people.model import Permission
from surveys.sending.buckets import Budget, Need
from tests.builders import (
    NOW,
    TODAY,
    Company,
    a_company,
    a_contact,
    a_delivery,
    a_plan,
    a_tenant,
    an_envelope,
    scored,
)
from tests.conftest import MigratedDatabase
from tests.postgres import Cluster

pytestmark = pytest.mark.anyio

OF_A_TENANT = [table for table in metadata.sorted_tables if "tenant_id" in table.c]


@pytest.fixture
async def two(postgres_store: SqlStore) -> tuple[Company, Company]:
    """Two companies in one database, both with the same e-mail, survey and answer."""
    companies = await a_company(postgres_store), await a_company(postgres_store, "Another company")
    for company in companies:
        contact = await company.contact(a_contact(user="U1"))
        facts = await company.asked(contact, await company.publish())
        async with postgres_store.write(company.id) as unit:
            await unit.invitations.answer(scored(facts, 9))
            await unit.deliveries.add([a_delivery()])
            await unit.conversations.lock(company.workspace.id, an_envelope())
            await unit.commit()
    return companies


async def test_the_other_companys_ids_are_unknown_here(two: tuple[Company, Company]) -> None:
    mine, other = two
    async with other.store.write(other.id) as unit:
        [theirs] = await unit.people.find("ann")
        [asked] = await unit.invitations.open_of(theirs.id)
        version = asked.version
        wave = await unit.waves.draft(version, "all", a_plan(theirs), by=None, at=NOW)
        place = await unit.conversations.lock(other.workspace.id, an_envelope())
        subscription = await unit.subscriptions.add_weekly(
            place.id, weekday=0, hour=9, minute=0, by=None, at=NOW, next_due_at=NOW
        )
        await unit.commit()

    async with mine.store.write(mine.id) as unit:
        assert await unit.invitations.facts(asked.public_id) is None
        assert await unit.invitations.open_of(theirs.id) == []
        assert await unit.waves.by_public_id(wave.public_id) is None
        assert await unit.people.routes(theirs.id) == []
        assert await unit.people.by_sender(other.workspace.id, Sender(user="U1")) is None
        assert await unit.deliveries.message_of(asked.id) is None
        assert await unit.subscriptions.stop(subscription.public_id, NOW) is None
        assert await unit.invitations.cancel_queued(theirs.id, NOW) == 0
        assert (await unit.waves.plan(wave.id)).asked == ()
        for refused in (
            unit.people.by_id(theirs.id),
            unit.people.grant(theirs.id, Permission.CX_LEAD, by=None, at=NOW),
            unit.people.snooze(theirs.id, NOW),
            unit.people.opt_out(theirs.id, NOW),
            unit.invitations.facts_by_id(asked.id),
            unit.invitations.answer(scored(asked, 0)),
            unit.invitations.skip(asked.id, "recommend", NOW),
            unit.invitations.delivered(asked.id, NOW),
            unit.waves.confirm(wave.id, a_plan(theirs), at=NOW),
            unit.waves.cancel(wave.id, at=NOW),
            unit.conversations.by_id(place.id),
            unit.conversations.set_pending(place.id, NOTHING_PENDING),
            unit.conversations.lock(other.workspace.id, an_envelope()),
            unit.surveys.version(version.id + 100),
        ):
            with pytest.raises(NotFound):
                await refused
        await unit.people.opt_in(theirs.id, NOW)
        await unit.invitations.request_talk(asked.id, NOW)
        await unit.invitations.undeliverable(asked.id, NOW)
        await unit.people.shut_route(other.workspace.id, "U1", Undeliverable.LEFT, NOW)
        assert (await unit.people.routes_of([theirs.id]))[theirs.id] == []
        await unit.commit()

    async with other.store.read(other.id) as unit:
        untouched = await unit.invitations.facts_by_id(asked.id)
        assert (untouched.state, untouched.talk_requested_at) == (asked.state, None)
        assert untouched.answers == asked.answers
        assert {route.shut for route in await unit.people.routes(theirs.id)} <= {None}


async def test_one_companys_calls_take_nothing_from_anothers_budget(two: tuple[Company, Company]) -> None:
    mine, other = two
    need = Need(budgets=(Budget(key="teams:T1", rate=1 / 3_600, burst=3),))
    async with mine.store.system() as system:
        turns = await system.reserve(
            [Reservation(tenant_id=company.id, need=need) for company in (mine, other, mine)], horizon=1
        )
        await system.pause(other.id, need.budgets, seconds=60)
        await system.commit()
    assert [turn.granted for turn in turns.turns] == [True, True, False]


async def test_a_delivery_is_recorded_only_under_its_own_tenant(two: tuple[Company, Company]) -> None:
    mine, other = two
    async with mine.store.system() as system:
        due = await system.take_due(now=NOW, limit=10, lease_seconds=60, owner="one")
        await system.commit()
    assert {one.tenant_id for one in due} == {mine.id, other.id}
    theirs = next(one for one in due if one.tenant_id == other.id)
    async with mine.store.write(mine.id) as unit:
        assert not await unit.deliveries.failed(theirs, error="not mine")
        made_up = DueDelivery(
            tenant_id=mine.id, id=theirs.id, public_id=theirs.public_id, fence=theirs.fence, template="", parameters={},
            attempts=1, kind=DeliveryKind.POST, person_id=None, conversation_id=None, invitation_id=None,
        )  # fmt: skip
        assert not await unit.deliveries.dropped(made_up, reason="not mine")


async def test_figures_and_lists_hold_one_companys_rows(two: tuple[Company, Company]) -> None:
    mine, _ = two
    async with mine.store.write(mine.id) as unit:
        assert len(await unit.people.find("ann")) == 1
        assert len(await unit.people.candidates((), "nps")) == 1
        assert await unit.people.known_values(Dimension.ACCOUNT) == ["Acme"]
        assert len(await unit.surveys.all_latest()) == 1
        assert await unit.invitations.close_due(NOW + timedelta(days=30), 100) == 1
        counts = await unit.insight.responses(["nps"], Period(start=TODAY, end=TODAY + timedelta(days=30)), ())
        assert counts.delivered == 1


async def test_a_statement_that_forgets_the_tenant_sees_and_changes_only_one(two: tuple[Company, Company]) -> None:
    mine, other = two
    async with mine.store.write(mine.id) as unit:
        connection = unit.scope.connection
        for table in OF_A_TENANT:
            seen = set((await connection.execute(select(table.c.tenant_id))).scalars())
            assert seen <= {mine.id}, table.name
        assert list((await connection.execute(select(tenant.c.id))).scalars()) == [mine.id]
        assert (await connection.execute(update(person).values(name="Mallory"))).rowcount == 1
        assert (await connection.execute(delete(conversation))).rowcount == 1
        await unit.commit()
    async with other.store.read(other.id) as unit:
        assert [one.name for one in await unit.people.find("ann")] == ["Ann"]
        assert len((await unit.scope.connection.execute(select(conversation.c.id))).all()) == 1


async def test_a_row_cannot_be_written_for_or_moved_to_another_company(two: tuple[Company, Company]) -> None:
    mine, other = two
    for statement in (
        insert(conversation).values(
            tenant_id=other.id, workspace_id=other.workspace.id, external_id="x", direct=True, created_at=NOW
        ),
        update(person).values(tenant_id=other.id),
    ):
        with pytest.raises(DBAPIError, match="row-level security"):
            async with mine.store.write(mine.id) as unit:
                await unit.scope.connection.execute(statement)


async def test_a_row_cannot_point_at_another_companys_row(two: tuple[Company, Company]) -> None:
    mine, other = two
    async with other.store.read(other.id) as unit:
        [theirs] = await unit.people.find("ann")
    with pytest.raises(IntegrityError):
        async with mine.store.write(mine.id) as unit:
            await unit.scope.connection.execute(update(invitation).values(person_id=theirs.id))
    with pytest.raises(IntegrityError):
        async with mine.store.write(mine.id) as unit:
            await unit.deliveries.add([a_delivery("to somebody else's", person_id=theirs.id)])


async def test_a_pooled_connection_keeps_neither_role_nor_tenant(two: tuple[Company, Company]) -> None:
    mine, _ = two
    async with mine.store.write(mine.id) as unit:
        await unit.commit()
    async with mine.store.database.engine.connect() as connection:
        role, of = (await connection.execute(text("SELECT current_user, current_setting('cx.tenant', true)"))).one()
        assert role.startswith("cx_test_login_")
        assert not of
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(select(person.c.id))


async def test_a_unit_cut_short_leaves_no_open_transaction_to_the_next(two: tuple[Company, Company]) -> None:
    mine, other = two
    begun = asyncio.Event()

    async def cut_short() -> None:
        async with mine.store.write(mine.id) as unit:
            await unit.deliveries.add([a_delivery("never")])
            begun.set()
            await unit.scope.connection.execute(text("SELECT pg_sleep(60)"))

    task = asyncio.create_task(cut_short())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with other.store.write(other.id) as unit:
        await unit.commit()
    async with mine.store.write(mine.id) as unit:
        assert await unit.deliveries.add([a_delivery("never")]) == 1


async def test_what_a_unit_leaves_open_is_rolled_back_before_the_next(two: tuple[Company, Company]) -> None:
    mine, other = two
    async with mine.store.write(mine.id) as unit:
        driver = (await unit.scope.connection.get_raw_connection()).driver_connection
        await unit.scope.connection.execute(delete(delivery))
    assert driver is not None
    assert not driver.is_in_transaction()
    async with other.store.write(other.id) as unit:
        assert (await unit.scope.connection.get_raw_connection()).driver_connection is driver
        await unit.commit()
    async with mine.store.read(mine.id) as unit:
        assert (await unit.scope.connection.execute(select(func.count()).select_from(delivery))).scalar_one() == 1


async def test_a_unit_in_which_a_statement_failed_says_that_it_committed_nothing(two: tuple[Company, Company]) -> None:
    mine, _ = two
    async with mine.store.write(mine.id) as unit:
        await unit.deliveries.add([a_delivery("never")])
        with pytest.raises(DBAPIError):
            await unit.scope.connection.execute(text("SELECT 1 / 0"))
        with pytest.raises(Refused, match="nothing was committed"):
            await unit.commit()
    async with mine.store.write(mine.id) as unit:
        assert await unit.deliveries.add([a_delivery("never")]) == 1


async def test_many_units_at_once_on_few_connections_never_mix(two: tuple[Company, Company]) -> None:
    async def look(company: Company) -> bool:
        async with company.store.read(company.id) as unit:
            await asyncio.sleep(0)
            seen = set((await unit.scope.connection.execute(select(person.c.tenant_id))).scalars())
        return seen == {company.id}

    assert all(await asyncio.gather(*(look(two[number % 2]) for number in range(60))))


async def test_the_system_unit_sees_nothing_of_peoples_answers(two: tuple[Company, Company]) -> None:
    allowed = {"budget", "workspace", "delivery", "schedule", "subscription", "conversation"}
    for table in OF_A_TENANT:
        async with two[0].store.database.system() as transaction:
            if table.name in allowed:
                await transaction.connection.execute(select(table).limit(1))
            else:
                with pytest.raises(ProgrammingError, match="permission denied"):
                    await transaction.connection.execute(select(table).limit(1))


async def test_every_table_of_a_tenant_is_under_forced_row_level_security(postgres_store: SqlStore) -> None:
    async with postgres_store.database.engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity")
        )
        assert set(rows.scalars()) >= {table.name for table in OF_A_TENANT} | {"tenant"}


async def test_the_start_is_refused_as_owner_and_as_superuser_with_the_sql_that_helps(postgres: Cluster) -> None:
    urls = await postgres.copy()
    for url, reason in ((urls.owner, "owns the tables"), (urls.admin, "is a superuser")):
        database = open_database(url)
        with pytest.raises(Refused, match=reason) as caught:
            await check_application_role(database)
        assert "CREATE ROLE cx_login LOGIN" in str(caught.value)
        assert "GRANT cx_pulse_app, cx_pulse_system TO cx_login" in str(caught.value)
        await database.dispose()
    database = open_database(urls.application)
    await check_application_role(database)
    await database.dispose()
    await postgres.drop(urls)


async def test_the_owner_is_held_back_too_while_it_works_on_its_own_machine(postgres: Cluster) -> None:
    urls = await postgres.copy()
    store = SqlStore(open_database(urls.owner))
    mine, other = await a_company(store), await a_company(store, "Another company")
    await other.contact()
    async with store.read(mine.id) as unit:
        assert (await unit.scope.connection.execute(select(person.c.id))).all() == []
    async with store.database.engine.connect() as connection:
        assert (await connection.execute(select(person.c.id))).all() == []
    await store.dispose()
    await postgres.drop(urls)


async def test_a_platforms_workspace_belongs_to_one_company(two: tuple[Company, Company]) -> None:
    mine, other = two
    with pytest.raises(Refused):
        await ensure_workspace(
            mine.store, mine.id, platform="web", external_id=other.workspace.external_id, name="x", at=NOW
        )


async def test_sqlite_serves_one_company(sqlite_store: SqlStore, sqlite_database: MigratedDatabase) -> None:
    await a_company(sqlite_store)
    with pytest.raises(IntegrityError, match="one tenant"):
        await a_tenant(sqlite_store, "Another")
    await check_application_role(sqlite_store.database)
