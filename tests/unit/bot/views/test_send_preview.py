"""Tests for what a CX lead reads before, while and after sending."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from bot import actions
from bot.commands.advice import Advice
from bot.commands.grammar import parse
from bot.messages import Buttons, Facts, Message, Table
from bot.views import send_preview
from surveys.definitions.loader import shipped
from surveys.definitions.model import SurveyVersion
from surveys.people.model import Person, PersonKind, Role
from surveys.sending.model import Asked, Skipped, SkipReason, Wave, WavePlan, WaveState
from surveys.words import ENGLISH

Kind = TypeVar("Kind")

NOW = datetime(2026, 7, 6, 7, 5, tzinfo=UTC)
WARSAW = "Europe/Warsaw"
SURVEYS = {survey.key: survey for survey in shipped()}
VERSION = SurveyVersion(id=1, public_id="v", number=1, survey=SURVEYS["nps"])
AUDIENCE = "role:technical account:acme"


def person(number: int, account: str = "Acme", role: Role | None = Role.TECHNICAL) -> Person:
    return Person(
        id=number,
        public_id=f"p{number}",
        kind=PersonKind.CONTACT,
        name=f"Person {number}",
        email=None,
        language="en",
        timezone=WARSAW,
        account=account,
        role=role,
    )


def wave(state: WaveState = WaveState.DRAFT, members: int = 3) -> Wave:
    return Wave(
        id=1,
        public_id="w1",
        version=VERSION,
        state=state,
        audience=AUDIENCE,
        created_by=1,
        created_at=NOW,
        confirmed_at=None if state is WaveState.DRAFT else NOW,
        closes_at=NOW + timedelta(days=14),
        members=members,
    )


PLAN = WavePlan(
    asked=(
        Asked(person=person(1), due_at=NOW),
        Asked(person=person(2, "Beta", Role.FINANCE), due_at=NOW),
        Asked(person=person(3), due_at=NOW + timedelta(hours=6)),
    ),
    skipped=(
        Skipped(person=person(4), reason=SkipReason.OPTED_OUT),
        Skipped(person=person(5), reason=SkipReason.ASKED_RECENTLY, until=NOW + timedelta(days=60)),
        Skipped(person=person(6), reason=SkipReason.ASKED_RECENTLY, until=NOW + timedelta(days=30)),
    ),
)


def preview(plan: WavePlan = PLAN, drafted: Wave | None = None) -> Message:
    drafted = drafted or (wave() if plan.asked else None)
    return send_preview.preview(drafted, VERSION, AUDIENCE, plan, NOW, WARSAW, ENGLISH)


def blocks(message: Message, kind: type[Kind]) -> list[Kind]:
    return [block for block in message.blocks if isinstance(block, kind)]


def offered(message: Message) -> list[actions.Action]:
    return [button.action for row in blocks(message, Buttons) for button in row.buttons]


def test_the_preview_says_who_how_many_and_when() -> None:
    message = preview()
    assert message.summary == "3 people would be asked, 3 would not."
    (facts,) = (dict(block.rows) for block in blocks(message, Facts))
    assert facts["To"] == AUDIENCE
    assert facts["Who"] == "Person 1 (Acme), Person 2 (Beta), Person 3 (Acme)"
    assert facts["Roles"] == "technical contacts 2, finance 1"
    assert facts["When"].startswith("2 at once, 1 on Monday 6 Jul 2026, 15:05")
    assert "business hours" in facts["When"]


def test_it_says_who_is_skipped_why_and_from_when_they_may_be_asked() -> None:
    (table,) = blocks(preview(), Table)
    assert [column.title for column in table.columns] == ["Why", "People", "Possible again", "Who"]
    assert [row[:3] for row in table.rows] == [
        ("was asked the same not long ago", "2", "5 Aug 2026, all: 4 Sep 2026"),
        ("asked not to be asked", "1", "–"),
    ]


def test_where_no_reason_ends_there_is_no_column_for_it() -> None:
    (table,) = blocks(preview(replace(PLAN, skipped=PLAN.skipped[:1])), Table)
    assert [column.title for column in table.columns] == ["Why", "People", "Who"]
    assert table.rows == (("asked not to be asked", "1", "Person 4 (Acme)"),)


@pytest.mark.parametrize("reason", list(SkipReason))
def test_every_reason_to_skip_has_its_words(reason: SkipReason) -> None:
    plan = replace(PLAN, skipped=(Skipped(person=person(4), reason=reason),))
    (table,) = blocks(preview(plan), Table)
    assert table.rows[0][0] != reason.value


def test_nothing_leaves_without_the_confirmation_and_it_names_the_number() -> None:
    (row,) = blocks(preview(), Buttons)
    assert [button.action for button in row.buttons] == [actions.ConfirmWave("w1"), actions.CancelWave("w1")]
    assert row.buttons[0].label == "Ask 3 people"


def test_where_nobody_may_be_asked_there_is_nothing_to_confirm() -> None:
    message = preview(replace(PLAN, asked=()))
    assert message.summary == "Nobody may be asked now."
    assert offered(message) == []


def test_a_long_list_of_names_is_cut_and_says_how_many_more() -> None:
    many = WavePlan(asked=tuple(Asked(person=person(n), due_at=NOW) for n in range(30)), skipped=())
    (facts,) = (dict(block.rows) for block in blocks(preview(many), Facts))
    assert facts["Who"].endswith("and 22 more")


def test_an_outdated_preview_offers_a_new_one_that_can_be_read() -> None:
    (action,) = offered(send_preview.outdated(wave(), ENGLISH))
    assert isinstance(action, actions.RunCommand)
    assert not isinstance(parse(action.text), Advice)


def test_an_anonymous_survey_is_refused_with_the_reason() -> None:
    text = send_preview.anonymous_refused(SURVEYS["employee-pulse"], ENGLISH).summary
    assert "anonymous" in text
    assert "not sent" in text


def test_the_list_of_surveys_names_every_one() -> None:
    (table,) = blocks(send_preview.surveys(list(SURVEYS.values()), ENGLISH), Table)
    assert [row[0] for row in table.rows] == sorted(SURVEYS)


def test_without_a_survey_there_is_no_table_of_none() -> None:
    message = send_preview.surveys([], ENGLISH)
    assert message.summary == "No survey is published yet."
    assert blocks(message, Table) == []
