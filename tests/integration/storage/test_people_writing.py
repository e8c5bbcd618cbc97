"""Accounts and people as they come in: made, updated, never doubled, with a history of their groups."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from bot.events import Sender
from storage.tables import account, contact, employee, group_assignment, identity
from storage.unit_of_work import SqlStore
from surveys.errors import InvalidInput, Refused
from surveys.people.model import Employment, Priority, Relationship, Role
from surveys.people.records import AccountRecord, ContactRecord, EmployeeRecord, PlatformUser
from tests.builders import NOW, Company, a_company, a_contact, an_employee

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(days=30)


@pytest.fixture
async def company(store: SqlStore) -> Company:
    return await a_company(store)


async def history(company: Company, person_id: int) -> list[tuple[str, str, date, date | None]]:
    async with company.store.read(company.id) as unit:
        rows = await unit.scope.connection.execute(
            select(group_assignment)
            .where(group_assignment.c.person_id == person_id)
            .order_by(group_assignment.c.dimension, group_assignment.c.valid_from)
        )
        return [(row.dimension, row.value, row.valid_from, row.valid_to) for row in rows]


async def test_an_account_is_found_in_any_case_and_spelling_stays(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        first = await unit.accounts.upsert(
            AccountRecord(
                name="Čapek & Sons",
                tier="enterprise",
                revenue=Decimal("1180000.50"),
                owner_email="o@halden.example",
                segment="logistics",
                renewal_on=date(2026, 9, 18),
            ),
            at=NOW,
        )
        again = await unit.accounts.upsert(AccountRecord(name="  čapek &  SONS ", tier="enterprise"), at=NOW)
        assert (first.created, again.created, again.changed, again.id) == (True, False, False, first.id)
        changed = await unit.accounts.upsert(AccountRecord(name="čapek & sons", tier="mid"), at=NOW)
        assert changed.changed
        row = (await unit.scope.connection.execute(select(account))).one()
    assert (row.name, row.tier, row.segment) == ("Čapek & Sons", "mid", "logistics")
    assert (row.revenue, row.renewal_on) == (Decimal("1180000.50"), date(2026, 9, 18))


async def test_a_new_contact_gets_its_account_and_the_defaults(company: Company) -> None:
    person = await company.contact(ContactRecord(email="Ann.Smith@Acme.example", account="Acme"))
    assert (person.name, person.email, person.account) == ("Ann.Smith", "Ann.Smith@Acme.example", "Acme")
    assert (person.language, person.role, person.priority) == ("en", None, Priority.STANDARD)
    async with company.store.read(company.id) as unit:
        row = (await unit.scope.connection.execute(select(contact))).one()
    assert (row.relationship, row.other_roles) == (Relationship.CUSTOMER.value, [])


async def test_the_same_record_again_changes_nothing(company: Company) -> None:
    record = ContactRecord(
        email="ann@acme.example",
        name="Ann",
        account="Acme",
        role=Role.FINANCE,
        other_roles=(Role.PROCUREMENT,),
        priority=Priority.CRITICAL,
        relationship=Relationship.PROSPECT,
        persona="Buyer",
        language="pl",
        timezone="Europe/Warsaw",
        users=(PlatformUser(platform="web", user="U1"),),
    )
    async with company.store.write(company.id) as unit:
        first = await unit.accounts.contact(record, at=NOW)
        second = await unit.accounts.contact(record, at=LATER)
        await unit.commit()
    assert (first.created, second.created, second.changed, second.id) == (True, False, False, first.id)
    assert len(await history(company, first.id)) == 2


async def test_what_is_not_told_stays_as_it_is(company: Company) -> None:
    before = await company.contact(a_contact(user="U1"))
    after = await company.contact(ContactRecord(email="ANN@acme.example", language="uk"))
    assert (after.id, after.role, after.account, after.name) == (before.id, before.role, before.account, before.name)
    assert after.language == "uk"


async def test_a_changed_group_is_kept_with_its_days(company: Company) -> None:
    person = await company.contact(a_contact(role=Role.TECHNICAL), at=NOW)
    # 23:30 in Warsaw on 5 August is still 5 August there.
    await company.contact(a_contact(role=Role.DECISION_MAKER), at=datetime(2026, 8, 5, 21, 30, tzinfo=UTC))
    roles = [row for row in await history(company, person.id) if row[0] == "role"]
    assert roles == [
        ("role", "technical", date(2026, 7, 6), date(2026, 8, 5)),
        ("role", "decision_maker", date(2026, 8, 5), None),
    ]


async def test_an_employee_has_a_team_and_a_level_with_history(company: Company) -> None:
    person = await company.employee(
        EmployeeRecord(email="e@halden.example", team="Support", level="lead", employment=Employment.CONTRACTOR)
    )
    await company.employee(EmployeeRecord(email="e@halden.example", team="Delivery"), at=LATER)
    assert [row[:2] for row in await history(company, person.id)] == [
        ("level", "lead"),
        ("team", "Support"),
        ("team", "Delivery"),
    ]
    async with company.store.read(company.id) as unit:
        row = (await unit.scope.connection.execute(select(employee))).one()
    assert (row.team, row.level, row.employment) == ("Delivery", "lead", "contractor")


async def test_a_contact_does_not_become_an_employee_by_an_import(company: Company) -> None:
    await company.contact(a_contact())
    with pytest.raises(Refused, match="known as a contact"):
        await company.employee(an_employee("ann@acme.example"))


async def test_a_person_needs_an_e_mail_or_another_stable_id(company: Company) -> None:
    assert (await company.contact(ContactRecord(email=None, handle="crm-17", name="Ann"))).email is None
    with pytest.raises(InvalidInput):
        await company.contact(ContactRecord(email=None))
    async with company.store.write(company.id) as unit:
        with pytest.raises(InvalidInput):
            await unit.accounts.upsert(AccountRecord(name="  "), at=NOW)


async def test_a_platform_user_is_bound_to_the_person_told(company: Company) -> None:
    ann = await company.contact(a_contact(user="U1"))
    async with company.store.read(company.id) as unit:
        assert await unit.people.by_sender(company.workspace.id, Sender(user="U1")) == ann
        assert (await unit.scope.connection.execute(select(identity.c.bound_by))).scalar_one() == "import"


async def test_an_import_never_takes_over_another_persons_user(company: Company) -> None:
    await company.contact(a_contact(user="U1"))
    with pytest.raises(Refused, match="belongs to somebody else"):
        await company.contact(a_contact("mallory@acme.example", user="U1"))


async def test_a_user_of_a_workspace_that_is_not_connected_is_reported(company: Company) -> None:
    slack = PlatformUser(platform="slack", user="U9", workspace="T1")
    async with company.store.write(company.id) as unit:
        told = await unit.accounts.contact(ContactRecord(email="a@a.example", users=(slack,)), at=NOW)
    assert told.unbound == (slack,)
