"""Tests for what a CX lead reads once a wave was confirmed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import actions
from bot.messages import Buttons, Message, Paragraph, Table
from bot.views import waves
from surveys.definitions.loader import shipped
from surveys.definitions.model import SurveyVersion
from surveys.errors import Undeliverable
from surveys.people.model import Person, PersonKind, Role
from surveys.sending.model import Asked, Wave, WavePlan, WaveState
from surveys.words import ENGLISH

NOW = datetime(2026, 7, 6, 7, 5, tzinfo=UTC)
WARSAW = "Europe/Warsaw"
VERSION = SurveyVersion(
    id=1, public_id="v", number=1, survey=next(survey for survey in shipped() if survey.key == "nps")
)


def wave(state: WaveState, *, delivered: int = 0, leaving: int = 0, answered: int = 0) -> Wave:
    return Wave(
        id=1,
        public_id="w1",
        version=VERSION,
        state=state,
        audience="role:technical",
        created_by=1,
        created_at=NOW,
        confirmed_at=None if state is WaveState.DRAFT else NOW,
        closes_at=NOW + timedelta(days=14),
        members=3,
        delivered=delivered,
        leaving=leaving,
        answered=answered,
    )


def person(number: int) -> Person:
    return Person(
        id=number,
        public_id=f"p{number}",
        kind=PersonKind.CONTACT,
        name=f"Person {number}",
        email=None,
        language="en",
        timezone=WARSAW,
        account="Acme",
        role=Role.TECHNICAL,
    )


def rows(message: Message) -> list[tuple[str, ...]]:
    return [row for block in message.blocks if isinstance(block, Table) for row in block.rows]


def offered(message: Message) -> list[actions.Action]:
    return [button.action for row in message.blocks if isinstance(row, Buttons) for button in row.buttons]


def text(message: Message) -> str:
    return "\n".join(block.text for block in message.blocks if isinstance(block, Paragraph))


@pytest.mark.parametrize("state", [WaveState.OPEN, WaveState.CLOSED])
def test_a_button_pressed_again_says_that_nobody_is_asked_twice(state: WaveState) -> None:
    assert "Nobody is asked twice" in waves.state(wave(state), WARSAW, ENGLISH).summary


def test_a_wave_under_way_can_be_stopped_and_a_closed_one_offers_nothing() -> None:
    assert actions.CancelWave("w1") in offered(waves.state(wave(WaveState.OPEN), WARSAW, ENGLISH))
    assert offered(waves.state(wave(WaveState.CLOSED), WARSAW, ENGLISH)) == []


@pytest.mark.parametrize(
    ("delivered", "leaving", "said"),
    [
        (0, 0, "Nobody was asked."),
        (1, 0, "1 person was asked before and can still answer"),
        (2, 0, "2 people were asked before and can still answer"),
        (0, 1, "It was just leaving for 1 more person"),
        (2, 1, "2 people were asked before"),
    ],
)
def test_a_stopped_wave_says_how_many_were_asked(delivered: int, leaving: int, said: str) -> None:
    shown = text(waves.state(wave(WaveState.CANCELLED, delivered=delivered, leaving=leaving), WARSAW, ENGLISH))
    assert said in shown
    assert ("Nobody was asked" in shown) == (delivered == leaving == 0)


def test_after_sending_it_says_how_many_were_skipped_since_the_preview() -> None:
    plan = WavePlan(asked=tuple(Asked(person=person(number), due_at=NOW) for number in range(2)), skipped=())
    message = waves.sent(wave(WaveState.DRAFT), plan, WARSAW, ENGLISH)
    assert "to 2 people" in message.summary
    assert "Skipped since the preview: 1" in text(message)


def test_the_list_says_how_each_wave_stands() -> None:
    listed = waves.listing([wave(state, delivered=2, answered=1) for state in WaveState], WARSAW, ENGLISH)
    assert [row[3:5] for row in rows(listed)] == [
        ("1 of 2", "preview, not sent"),
        ("1 of 2", "open until 20 Jul 2026"),
        ("1 of 2", "closed"),
        ("1 of 2", "stopped"),
    ]
    assert offered(listed) == [actions.RunCommand("nps wave:w1 all")] * 3  # not of one that was never sent
    assert "Nothing was sent yet" in waves.listing([], WARSAW, ENGLISH).summary


def test_the_list_says_how_many_were_not_reached_and_why() -> None:
    reasons = ((Undeliverable.LEFT, 2), (Undeliverable.NOT_INSTALLED, 1))
    listed = waves.listing([replace(wave(WaveState.OPEN), unreached=reasons), wave(WaveState.OPEN)], WARSAW, ENGLISH)
    assert [row[-1] for row in rows(listed)] == ["3 (2 left the platform, 1 without the app)", "–"]


@pytest.mark.parametrize("reason", list(Undeliverable))
def test_every_reason_has_words(reason: Undeliverable) -> None:
    [row] = rows(waves.listing([replace(wave(WaveState.OPEN), unreached=((reason, 4),))], WARSAW, ENGLISH))
    assert row[-1].startswith("4 (4 ")
    assert "_" not in row[-1]
