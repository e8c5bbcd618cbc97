"""Accounts, contacts and employees that come in by a file: made, changed, never doubled, never taken over unseen."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from storage.imports.job import Ending
from storage.tables import account, audit, group_assignment, identity, import_batch
from storage.tenancy import ensure_workspace
from storage.unit_of_work import SqlStore
from surveys.importing.model import ImportKind
from tests.builders import NOW, Company
from tests.integration.importing.imports import Operator, a_company_with_surveys, bring_in, left_hidden, visible

pytestmark = pytest.mark.anyio

ACCOUNTS = "account,tier,revenue,owner_email,renewal_on\nAcme,mid,1000.5,o@x.com,2026-12-01\nBolt,small,,,\n"
CONTACTS = "email,name,account,role,slack_user\nAnn@x.com,Ann,Acme,technical,T1:U1\nbob@y.com,Bob,Bolt,finance,T1:U2\n"


async def with_slack(company: Company, team: str = "T1") -> Company:
    await ensure_workspace(company.store, company.id, platform="slack", external_id=team, name="Slack", at=NOW)
    return company


async def users(company: Company) -> dict[str, str]:
    """Slack user → e-mail."""
    async with company.store.read(company.id) as unit:
        rows = await unit.scope.connection.execute(
            select(identity.c.external_id, identity.c.person_id).where(identity.c.tenant_id == company.id)
        )
        return {row.external_id: (await unit.people.by_id(row.person_id)).email or "" for row in rows}


async def audited(company: Company) -> list[str]:
    async with company.store.read(company.id) as unit:
        return list(await unit.scope.connection.scalars(select(audit.c.action).order_by(audit.c.id)))


async def test_accounts_come_in_and_a_second_time_nothing_changes(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    first = await bring_in(company, ImportKind.ACCOUNTS, ACCOUNTS)
    again = await bring_in(company, ImportKind.ACCOUNTS, ACCOUNTS)
    assert (first.created, first.updated, first.unchanged) == (2, 0, 0)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    async with store.read(company.id) as unit:
        rows = (await unit.scope.connection.execute(select(account).order_by(account.c.name))).all()
        batches = (await unit.scope.connection.scalars(select(import_batch.c.state))).all()
    assert [(row.name, row.tier, row.revenue, row.renewal_on, row.batch_id) for row in rows] == [
        ("Acme", "mid", Decimal("1000.50"), date(2026, 12, 1), None),
        ("Bolt", "small", None, None, None),
    ]
    assert batches == ["complete"]


async def test_a_change_of_an_account_is_shown_and_made(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.ACCOUNTS, ACCOUNTS)
    operator = Operator()
    outcome = await bring_in(company, ImportKind.ACCOUNTS, "account,tier\nACME,enterprise\n", operator=operator)
    assert (outcome.created, outcome.updated) == (0, 1)
    assert [str(change) for change in operator.shown[0].changes[0].fields] == ["tier: mid → enterprise"]
    assert list(operator.shown[0].to_confirm) == []
    async with store.read(company.id) as unit:
        tier, revenue = (
            await unit.scope.connection.execute(
                select(account.c.tier, account.c.revenue).where(account.c.name == "Acme")
            )
        ).one()
    assert (tier, revenue) == ("enterprise", Decimal("1000.50"))


async def test_contacts_come_in_with_their_account_role_and_platform_user(store: SqlStore) -> None:
    company = await with_slack(await a_company_with_surveys(store))
    outcome = await bring_in(company, ImportKind.CONTACTS, CONTACTS)
    seen = await visible(company)
    assert (outcome.created, outcome.new_accounts) == (2, 2)
    assert seen.contacts == [("Ann@x.com", "Acme", "technical"), ("bob@y.com", "Bolt", "finance")]
    assert await users(company) == {"U1": "Ann@x.com", "U2": "bob@y.com"}
    assert await left_hidden(company) == 0
    again = await bring_in(company, ImportKind.CONTACTS, CONTACTS)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)


async def test_a_swapped_platform_user_is_shown_and_needs_a_confirmation(store: SqlStore) -> None:
    company = await with_slack(await a_company_with_surveys(store))
    await bring_in(company, ImportKind.CONTACTS, CONTACTS)
    swapped = CONTACTS.replace("T1:U1", "T1:Ux").replace("T1:U2", "T1:U1").replace("T1:Ux", "T1:U2")
    doubtful = Operator(confirms=False)
    declined = await bring_in(company, ImportKind.CONTACTS, swapped, operator=doubtful)
    assert declined.ending is Ending.DECLINED
    assert [str(change.fields[0]) for change in doubtful.shown[0].to_confirm] == [
        "slack_user: U1 → U2 (so far of bob@y.com)",
        "slack_user: U2 → U1 (so far of Ann@x.com)",
    ]
    assert await users(company) == {"U1": "Ann@x.com", "U2": "bob@y.com"}
    assert "identity.moved" not in await audited(company)

    confirmed = await bring_in(company, ImportKind.CONTACTS, swapped)
    assert confirmed.ending is Ending.DONE
    assert await users(company) == {"U2": "Ann@x.com", "U1": "bob@y.com"}
    assert (await audited(company)).count("identity.moved") == 2


async def test_a_new_person_cannot_quietly_take_somebodys_platform_user(store: SqlStore) -> None:
    company = await with_slack(await a_company_with_surveys(store))
    await bring_in(company, ImportKind.CONTACTS, CONTACTS)
    operator = Operator(confirms=False)
    await bring_in(company, ImportKind.CONTACTS, "email,slack_user\nmallory@z.com,T1:U1\n", operator=operator)
    (change,) = operator.shown[0].to_confirm
    assert (change.who, str(change.fields[0])) == ("mallory@z.com", "slack_user: nothing → U1 (so far of Ann@x.com)")
    assert (await users(company))["U1"] == "Ann@x.com"


async def test_a_new_group_is_shown_needs_a_confirmation_and_is_kept_with_its_days(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.CONTACTS, CONTACTS)
    operator = Operator()
    text = "email,account,role\nann@x.com,Bolt,operations\n"
    await bring_in(company, ImportKind.CONTACTS, text, operator=operator)
    (change,) = operator.shown[0].to_confirm
    assert {str(field) for field in change.fields} == {"account: Acme → Bolt", "role: technical → operations"}
    assert (await audited(company)).count("group.changed") == 2
    async with store.read(company.id) as unit:
        rows = await unit.scope.connection.execute(
            select(group_assignment.c.value, group_assignment.c.valid_to)
            .where(group_assignment.c.dimension == "role", group_assignment.c.person_id == 1)
            .order_by(group_assignment.c.id)
        )
        assert [tuple(row) for row in rows] == [("technical", date(2026, 7, 6)), ("operations", None)]


async def test_a_first_role_is_no_change_of_group(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.CONTACTS, "email\nann@x.com\n")
    operator = Operator()
    await bring_in(company, ImportKind.CONTACTS, "email,role,account\nann@x.com,finance,Acme\n", operator=operator)
    assert list(operator.shown[0].to_confirm) == []
    assert (await visible(company)).contacts == [("ann@x.com", "Acme", "finance")]


async def test_a_platform_user_waits_until_the_workspace_is_connected(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    outcome = await bring_in(company, ImportKind.CONTACTS, CONTACTS)
    assert outcome.notes == [
        "2 users of a Slack workspace T1 that is not connected left out; import the file again once it is."
    ]
    await with_slack(company)
    again = await bring_in(company, ImportKind.CONTACTS, CONTACTS)
    assert (again.updated, await users(company)) == (2, {"U1": "Ann@x.com", "U2": "bob@y.com"})


async def test_a_user_of_another_companys_workspace_is_bound_as_such_and_named(store: SqlStore) -> None:
    company = await with_slack(await a_company_with_surveys(store))
    outcome = await bring_in(company, ImportKind.CONTACTS, "email,slack_user\neve@other.example,T9:U1\n")
    assert await users(company) == {"T9:U1": "eve@other.example"}
    assert outcome.notes == [
        "1 user of the Slack workspace T9, which is not connected: taken for people of another company, who are "
        "reached over Slack Connect."
    ]
    again = await bring_in(company, ImportKind.CONTACTS, "email,slack_user\neve@other.example,T9:U1\n")
    assert (again.unchanged, again.notes) == (1, [])
    operator = Operator()
    moved = "email,slack_user\nmallory@other.example,T9:U1\n"
    await bring_in(company, ImportKind.CONTACTS, moved, operator=operator)
    [change] = operator.shown[0].to_confirm
    assert str(change.fields[0]) == "slack_user: nothing → T9:U1 (so far of eve@other.example)"


async def test_with_several_workspaces_a_user_needs_its_team(store: SqlStore) -> None:
    company = await with_slack(await with_slack(await a_company_with_surveys(store)), "T2")
    operator = Operator()
    await bring_in(company, ImportKind.CONTACTS, "email,slack_user\na@x.com,U1\n", operator=operator)
    assert operator.lines == ["file.csv:2: slack_user U1 needs its workspace: TEAM:USER, because there are several"]


async def test_an_employee_cannot_become_a_contact_by_a_file(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.EMPLOYEES, "email,team\neve@x.com,Support\n")
    operator = Operator()
    outcome = await bring_in(company, ImportKind.CONTACTS, "email\nann@x.com\nEVE@x.com\n", operator=operator)
    assert outcome.ending is Ending.BAD_ROWS
    assert operator.lines == ["file.csv:3: eve@x.com is known as an employee and cannot become a contact"]
    assert (await visible(company)).contacts == []


async def test_employees_have_a_team_with_its_history(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.EMPLOYEES, "email,name,team,level\neve@x.com,Eve,Support,L1\n")
    operator = Operator()
    await bring_in(company, ImportKind.EMPLOYEES, "email,team\neve@x.com,Delivery\n", operator=operator)
    assert [str(change.fields[0]) for change in operator.shown[0].to_confirm] == ["team: Support → Delivery"]
    async with store.read(company.id) as unit:
        (eve,) = await unit.people.find("eve@x.com")
    assert (eve.name, eve.team) == ("Eve", "Delivery")


async def test_a_dry_run_shows_the_difference_and_writes_nothing(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    operator = Operator()
    outcome = await bring_in(company, ImportKind.CONTACTS, CONTACTS, operator=operator, dry_run=True)
    assert (outcome.ending, operator.shown[0].created) == (Ending.CHECKED, 2)
    assert (await visible(company)).contacts == []


async def test_respondents_of_an_import_become_the_contacts_that_a_later_file_tells_more_about(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    text = "survey,answered_at,score,respondent\nnps,2026-03-01T10:00:00Z,9,ann@x.com\n"
    await bring_in(company, ImportKind.RESPONSES, text)
    outcome = await bring_in(company, ImportKind.CONTACTS, CONTACTS)
    assert (outcome.created, outcome.updated) == (1, 1)
    assert len((await visible(company)).contacts) == 2
