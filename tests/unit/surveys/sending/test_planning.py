"""Who is asked, and who is not and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from surveys.definitions.loader import shipped
from surveys.people.model import Candidate, Person, PersonKind, Relationship
from surveys.sending.model import SkipReason
from surveys.sending.planning import plan_wave, still_askable

NPS = next(survey for survey in shipped() if survey.key == "nps")
NOW = datetime(2026, 7, 6, 10, 0, tzinfo=UTC)


def candidate(name: str = "Olena Koval", **changes: object) -> Candidate:
    person = Person(
        id=len(name),
        public_id=name,
        kind=PersonKind.CONTACT,
        name=name,
        email=None,
        language="en",
        timezone="Europe/Warsaw",
    )
    askable = Candidate(
        person=person,
        relationship=Relationship.CUSTOMER,
        reachable=True,
        opted_out=False,
        snoozed_until=None,
        last_asked_at=None,
        open_invitation=False,
    )
    return replace(askable, **changes)  # type: ignore[arg-type]


def test_a_reachable_customer_in_business_hours_is_asked_now() -> None:
    plan = plan_wave([candidate()], NPS, now=NOW, timezone="UTC")
    assert [entry.due_at for entry in plan.asked] == [NOW]
    assert plan.skipped == ()


@pytest.mark.parametrize(
    ("changes", "reason", "until"),
    [
        ({"opted_out": True}, SkipReason.OPTED_OUT, None),
        ({"snoozed_until": NOW + timedelta(days=2)}, SkipReason.SNOOZED, NOW + timedelta(days=2)),
        ({"relationship": Relationship.PROSPECT}, SkipReason.PROSPECT, None),
        ({"relationship": Relationship.FORMER}, SkipReason.FORMER, None),
        ({"open_invitation": True}, SkipReason.OPEN_INVITATION, None),
        ({"last_asked_at": NOW - timedelta(days=89)}, SkipReason.ASKED_RECENTLY, NOW + timedelta(days=1)),
        ({"reachable": False}, SkipReason.UNREACHED, None),
    ],
)
def test_a_person_is_skipped_with_the_reason(
    changes: dict[str, Any], reason: SkipReason, until: datetime | None
) -> None:
    plan = plan_wave([candidate(**changes)], NPS, now=NOW, timezone="UTC")
    assert plan.asked == ()
    assert [(entry.reason, entry.until) for entry in plan.skipped] == [(reason, until)]


@pytest.mark.parametrize(
    "changes",
    [{"snoozed_until": NOW}, {"last_asked_at": NOW - timedelta(days=90)}, {"last_asked_at": NOW - timedelta(days=400)}],
)
def test_a_reason_that_has_passed_keeps_nobody_away(changes: dict[str, Any]) -> None:
    assert len(plan_wave([candidate(**changes)], NPS, now=NOW, timezone="UTC").asked) == 1


def test_each_person_is_asked_in_their_own_business_hours() -> None:
    someone = candidate()
    abroad = replace(someone, person=replace(someone.person, timezone="America/New_York", name="Ann Lee"))
    plan = plan_wave([someone, abroad], NPS, now=NOW, timezone="UTC")
    assert [entry.due_at.hour for entry in plan.asked] == [10, 13]


def test_confirming_asks_nobody_who_opted_out_since_the_preview_and_nobody_new() -> None:
    stays, leaves, new = candidate("Stays"), candidate("Leaves now"), candidate("Newcomer")
    plan = plan_wave([stays, leaves], NPS, now=NOW, timezone="UTC")
    kept = still_askable(plan, [stays, replace(leaves, opted_out=True), new], NPS, now=NOW, timezone="UTC")
    assert [entry.person.name for entry in kept.asked] == ["Stays"]
    assert [(entry.person.name, entry.reason) for entry in kept.skipped] == [("Leaves now", SkipReason.OPTED_OUT)]


def test_confirmed_at_night_nobody_is_asked_before_the_next_opening() -> None:
    """Previewed on Friday afternoon, confirmed in the night to Saturday."""
    friday = datetime(2026, 7, 10, 14, 50, tzinfo=UTC)
    plan = plan_wave([candidate("Ann")], NPS, now=friday, timezone="Europe/Warsaw")
    [asked] = still_askable(
        plan, [candidate("Ann")], NPS, now=friday + timedelta(hours=7), timezone="Europe/Warsaw"
    ).asked
    assert asked.due_at == datetime(2026, 7, 13, 7, tzinfo=UTC)
