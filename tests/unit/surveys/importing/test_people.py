"""Rows of accounts, contacts and employees."""

from datetime import date
from decimal import Decimal

import pytest

from surveys.importing.model import ImportKind
from surveys.importing.people import AccountRows, ContactRows, EmployeeRows, Numbered
from surveys.people.model import Employment, Priority, Relationship, Role
from surveys.people.records import AccountRecord, ContactRecord, EmployeeRecord, PlatformUser
from tests.unit.surveys.importing.files import read_people


def accounts(text: str) -> tuple[list[object], list[str]]:
    return read_people(text, AccountRows, ImportKind.ACCOUNTS)


def contacts(text: str) -> tuple[list[object], list[str]]:
    return read_people(text, ContactRows, ImportKind.CONTACTS)


def employees(text: str) -> tuple[list[object], list[str]]:
    return read_people(text, EmployeeRows, ImportKind.EMPLOYEES)


def test_an_account_with_everything() -> None:
    text = "account,tier,revenue,owner_email,segment,renewal_on\nAcme,mid,148000.505,O@x.com,tools,2026-09-18\n"
    assert accounts(text) == (
        [
            Numbered(
                line=2,
                record=AccountRecord(
                    name="Acme", tier="mid", revenue=Decimal("148000.50"), owner_email="O@x.com", segment="tools",
                    renewal_on=date(2026, 9, 18),
                ),
            )
        ],
        [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",1,,", "account is empty"),
        ("A,-1,,", "revenue “-1” is outside 0 to"),
        ("A,NaN,,", "revenue “NaN” is outside 0 to"),
        ('A,"1,000",,', "revenue “1,000” is not a number"),
        ("A,1e30,,", "revenue “1e30” is outside 0 to"),
        ("A,,nobody,", "owner_email “nobody” is not an e-mail address"),
        ("A,,,18.9.2026", "renewal_on “18.9.2026” is not a date"),
        (f"{'x' * 301},,,", "account has 301 characters"),
    ],
)
def test_an_account_that_does_not_fit(row: str, said: str) -> None:
    records, faults = accounts(f"account,revenue,owner_email,renewal_on\n{row}\n")
    assert records == []
    assert faults[0].startswith(f"p.csv:2: {said}")


def test_the_same_account_twice_is_an_error_in_any_case() -> None:
    assert accounts("account\nAcme\nACME\n")[1] == ["p.csv:3: account “acme” is already in line 2"]


def test_a_contact_with_everything() -> None:
    text = (
        "email,name,account,role,priority,language,timezone,slack_user,teams_user,relationship,persona\n"
        "Ann@x.com,Ann,Acme,decision_maker,critical,de,Europe/Berlin,T1:U1,1-2-3,prospect,Buyer\n"
    )
    assert contacts(text) == (
        [
            Numbered(
                line=2,
                record=ContactRecord(
                    email="Ann@x.com", name="Ann", account="Acme", role=Role.DECISION_MAKER, priority=Priority.CRITICAL,
                    language="de", timezone="Europe/Berlin", relationship=Relationship.PROSPECT, persona="Buyer",
                    users=(
                        PlatformUser(platform="slack", workspace="T1", user="U1"),
                        PlatformUser(platform="teams", user="1-2-3"),
                    ),
                ),
            )
        ],
        [],
    )  # fmt: skip


def test_an_empty_cell_tells_nothing() -> None:
    (row,), _ = contacts("email,name,role,slack_user\nann@x.com,,,\n")
    assert isinstance(row, Numbered)
    assert row.record == ContactRecord(email="ann@x.com")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (",other,,", "email is empty"),
        ("ann,,,", "email “ann” is not an e-mail address"),
        ("a@x.com,boss,,", "role “boss” is unknown."),
        ("a@x.com,,Mars/Base,", "timezone “Mars/Base” is unknown"),
        ("a@x.com,,../../etc/passwd,", "timezone “../../etc/passwd” is unknown"),
        ("a@x.com,,,T1:", "slack_user “T1:” is not TEAM:USER"),
        ("a@x.com,,,:U1", "slack_user “:U1” is not TEAM:USER"),
    ],
)
def test_a_contact_that_does_not_fit(cells: str, said: str) -> None:
    records, faults = contacts(f"email,role,timezone,slack_user\n{cells}\n")
    assert records == []
    assert faults[0].startswith(f"p.csv:2: {said}")


def test_one_platform_user_cannot_be_two_people() -> None:
    assert contacts("email,slack_user\na@x.com,U1\nb@x.com,U1\n")[1] == [
        "p.csv:3: slack_user “U1” is already in line 2"
    ]


def test_one_person_cannot_have_two_rows() -> None:
    assert contacts("email\nA@x.com\na@X.com\n")[1] == ["p.csv:3: email “a@x.com” is already in line 2"]


def test_an_employee_has_a_kind_a_team_and_a_level() -> None:
    (row,), faults = employees("email,kind,team,level\ne@x.com,Contractor,Support,L2\n")
    assert faults == []
    assert isinstance(row, Numbered)
    assert row.record == EmployeeRecord(email="e@x.com", employment=Employment.CONTRACTOR, team="Support", level="L2")
