"""Setting up: one tenant, its surveys and administrators, the demo's clock; each may be done again and again."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.events import Sender
from storage.tables import audit
from storage.tenancy import (
    ensure_administrators,
    ensure_tenant,
    publish_surveys,
    read_demo_clock,
    set_demo_clock,
)
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.errors import InvalidInput, Refused
from surveys.people.model import Permission, PersonKind
from tests.builders import NOW, WARSAW, a_company, a_contact

pytestmark = pytest.mark.anyio


async def test_the_first_start_makes_a_tenant_and_the_next_ones_find_it(store: SqlStore) -> None:
    made = await ensure_tenant(store, name="Halden Systems", timezone=WARSAW, now=NOW)
    assert (made.name, made.timezone, made.demo, made.week_start) == ("Halden Systems", WARSAW, False, 0)
    assert await ensure_tenant(store, name="Halden Systems", timezone=WARSAW, now=NOW) == made


async def test_two_starts_at_once_make_one_tenant(store: SqlStore) -> None:
    made = await asyncio.gather(
        *(ensure_tenant(store, name="Halden Systems", timezone=WARSAW, now=NOW) for _ in range(4))
    )
    assert len({one.id for one in made}) == 1


async def test_a_new_name_is_taken_and_the_time_zone_stays(store: SqlStore) -> None:
    made = await ensure_tenant(store, name="Halden Systems", timezone=WARSAW, now=NOW)
    renamed = await ensure_tenant(store, name="Halden", timezone="Asia/Jakarta", now=NOW)
    assert (renamed.id, renamed.name, renamed.timezone) == (made.id, "Halden", WARSAW)
    async with store.read(made.id) as unit:
        assert unit.tenant.name == "Halden"


async def test_an_unknown_time_zone_is_refused(store: SqlStore) -> None:
    for zone in ("Warsaw", "", "../etc/passwd"):
        with pytest.raises(InvalidInput, match="Europe/Warsaw"):
            await ensure_tenant(store, name="Halden", timezone=zone, now=NOW)


async def test_a_demo_and_real_data_never_share_a_database(store: SqlStore) -> None:
    await ensure_tenant(store, name="Halden", timezone=WARSAW, now=NOW, demo=True)
    with pytest.raises(Refused, match="belongs to a demo"):
        await ensure_tenant(store, name="Halden", timezone=WARSAW, now=NOW)


async def test_real_data_never_become_a_demo(store: SqlStore) -> None:
    await ensure_tenant(store, name="Halden", timezone=WARSAW, now=NOW)
    with pytest.raises(Refused, match="own data"):
        await ensure_tenant(store, name="Halden", timezone=WARSAW, now=NOW, demo=True)


async def test_only_a_demo_gets_the_local_web_workspace(store: SqlStore) -> None:
    tenant = await ensure_tenant(store, name="Halden", timezone=WARSAW, now=NOW, demo=True)
    async with store.system() as system:
        found = await system.workspace("web", "local")
    assert found is not None
    assert found.tenant_id == tenant.id


async def test_real_data_have_no_local_web_workspace(store: SqlStore) -> None:
    await ensure_tenant(store, name="Halden", timezone=WARSAW, now=NOW)
    async with store.system() as system:
        assert await system.workspace("web", "local") is None


async def test_the_shipped_surveys_are_published_once(store: SqlStore) -> None:
    tenant = await ensure_tenant(store, name="Halden", timezone=WARSAW, now=NOW)
    first = await publish_surveys(store, tenant.id, shipped(), at=NOW)
    second = await publish_surveys(store, tenant.id, shipped(), at=NOW)
    assert list(first) == list(second)
    assert {version.number for version in first} == {1}


async def test_the_first_administrators_are_leads_too_granted_once_and_recorded(store: SqlStore) -> None:
    company = await a_company(store)
    assert await ensure_administrators(store, company.id, ["lead@halden.example", " "], at=NOW) == 2
    assert await ensure_administrators(store, company.id, ["LEAD@halden.example"], at=NOW) == 0
    async with store.write(company.id) as unit:
        [lead] = await unit.people.with_permission(Permission.CX_LEAD)
        assert (lead.kind, lead.email) == (PersonKind.EMPLOYEE, "lead@halden.example")
        assert lead.permissions == {Permission.CX_LEAD, Permission.ADMINISTRATOR}
        actions = (await unit.scope.connection.execute(select(audit.c.action))).scalars()
        assert list(actions) == ["role.granted", "role.granted"]
        sender = Sender(user="U1", email="lead@halden.example", full_member=True)
        bound = await unit.people.by_sender(company.workspace.id, sender)
        assert bound is not None
        assert bound.may(Permission.CX_LEAD)


async def test_binding_a_platform_user_is_recorded(store: SqlStore) -> None:
    company = await a_company(store)
    await company.contact(a_contact())
    async with store.write(company.id) as unit:
        await unit.people.by_sender(company.workspace.id, Sender(user="U1", email="ann@acme.example", full_member=True))
        row = (await unit.scope.connection.execute(select(audit))).one()
    assert (row.action, row.detail["user"], row.detail["by"]) == ("identity.bound", "U1", "email")


async def test_a_customers_contact_is_never_made_administrator(store: SqlStore) -> None:
    company = await a_company(store)
    await company.contact(a_contact())
    with pytest.raises(Refused):
        await ensure_administrators(store, company.id, ["ann@acme.example"], at=NOW)


async def test_only_the_demos_clock_can_be_moved(store: SqlStore) -> None:
    company = await a_company(store, demo=True)
    assert await read_demo_clock(store, company.id) is None
    await set_demo_clock(store, company.id, NOW)
    await set_demo_clock(store, company.id, NOW + timedelta(days=3))
    assert await read_demo_clock(store, company.id) == NOW + timedelta(days=3)


async def test_a_real_tenants_clock_cannot_be_moved(store: SqlStore) -> None:
    company = await a_company(store)
    with pytest.raises(Refused):
        await set_demo_clock(store, company.id, NOW)
