"""Who is in the demo's story: as many of each as it says, plausible and nobody real."""

from collections import Counter

from bot.demo.accounts import MERIDIAN, NORDHAVN, Tier, accounts
from bot.demo.contacts import INGRID, LEFT_THE_COMPANY, MARTA, DemoContact, Standing, by_seat, contacts
from bot.demo.employees import CX_LEAD, TEAMS, DemoEmployee, account_owners, employees
from bot.demo.outcomes import outcomes
from surveys.people.model import Priority, Role

REVENUES = {Tier.ENTERPRISE: (420_000, 1_180_000), Tier.MID: (90_000, 300_000), Tier.SMALL: (12_000, 60_000)}


def test_there_are_forty_accounts_in_three_tiers_with_the_revenues_of_their_tier() -> None:
    assert Counter(account.tier for account in accounts()) == {Tier.ENTERPRISE: 6, Tier.MID: 14, Tier.SMALL: 20}
    for tier, (least, most) in REVENUES.items():
        revenues = [account.revenue for account in accounts() if account.tier is tier]
        assert (min(revenues), max(revenues)) == (least, most)


def test_the_silent_giant_renews_in_september_and_the_invoice_is_a_middling_accounts() -> None:
    by_name = {account.name: account for account in accounts()}

    assert by_name[MERIDIAN].revenue == 1_180_000
    assert str(by_name[MERIDIAN].renewal_on) == "2026-09-18"
    assert by_name[NORDHAVN].revenue == 148_000


def test_the_contacts_have_the_roles_and_languages_that_the_story_says() -> None:
    roles = Counter(contact.role for contact in contacts())
    languages = Counter(contact.language for contact in contacts())

    assert roles == {
        Role.DECISION_MAKER: 66, Role.PROCUREMENT: 26, Role.TECHNICAL: 134,
        Role.OPERATIONS: 48, Role.FINANCE: 20, Role.END_USER: 46,
    }  # fmt: skip
    shares = {language: round(100 * count / 340) for language, count in languages.items()}
    assert shares == {"en": 25, "de": 18, "pl": 15, "uk": 12, "fr": 10, "es": 8, "zh": 5, "id": 4, "ru": 3}
    assert len({contact.timezone for contact in contacts()}) == 9


def test_nobody_is_there_twice_and_no_mail_can_reach_anybody() -> None:
    everybody: list[DemoContact | DemoEmployee] = [*contacts(), *employees()]

    assert len({person.email for person in everybody}) == len(everybody) == 340 + 64
    assert len({person.name for person in everybody}) == len(everybody)
    assert all(person.email.endswith(".example") and person.email.isascii() for person in everybody)


def test_those_who_cannot_or_must_not_be_asked_are_told_apart() -> None:
    standing = Counter(contact.standing for contact in contacts())

    assert standing[Standing.UNREACHED] == 6
    assert standing[Standing.NEVER_ASKED] == 21
    assert sum(contact.opted_out_on is not None for contact in contacts()) == 3
    assert sum(contact.snoozed_until is not None for contact in contacts()) == 2
    assert [contact.name for contact in contacts() if contact.slack_user and contact.teams_user] == ["Eleanor Pike"]


def test_beside_the_silent_giant_are_decision_makers_who_said_no_who_left_and_who_asked_for_later() -> None:
    deciding = [contact for contact in contacts() if contact.role is Role.DECISION_MAKER]

    assert sum(contact.opted_out_on is not None for contact in deciding) == 1
    assert sum(contact.snoozed_until is not None for contact in deciding) == 1
    assert by_seat()[LEFT_THE_COMPANY] in deciding


def test_the_two_whom_the_story_names_are_critical_contacts() -> None:
    ingrid, marta = by_seat()[INGRID], by_seat()[MARTA]

    assert (ingrid.name, ingrid.account, ingrid.priority) == ("Ingrid Voss", MERIDIAN, Priority.CRITICAL)
    assert (marta.name, marta.account, marta.role) == ("Marta Zielińska", NORDHAVN, Role.FINANCE)
    assert (marta.priority, marta.language, marta.timezone) == (Priority.CRITICAL, "pl", "Europe/Warsaw")


def test_sixty_four_work_there_and_every_account_has_an_owner_in_sales() -> None:
    assert Counter(employee.team for employee in employees()) == TEAMS
    assert len(account_owners()) == 9
    assert CX_LEAD in {employee.email for employee in employees()}


def test_the_outcomes_are_as_many_of_each_kind_as_the_story_says() -> None:
    kinds = Counter(outcome.kind for outcome in outcomes())

    assert kinds == {"churn": 3, "renewal": 24, "expansion": 6, "reference": 5, "claim": 4}
    assert {outcome.account for outcome in outcomes() if outcome.kind == "claim"} == {MERIDIAN}
