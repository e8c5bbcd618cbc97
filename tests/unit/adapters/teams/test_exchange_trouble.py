"""Bad luck between Teams and us: what it asks to wait with is sent later, what it delivers twice is answered once."""

import asyncio

import pytest

from bot.events import ActionChosen, NotShown
from bot.messages import Audience
from tests.unit.adapters.teams.conftest import Scene, card_in, shown, soon
from tests.unit.adapters.teams.payloads import ANN, payload
from tests.unit.adapters.teams.test_exchange import replies
from tests.unit.adapters.teams.test_exchange_channels import WORD

pytestmark = pytest.mark.anyio

# ── Teams asks to wait ─────────────────────────────────────────────────────────────────────────────────────────


async def test_a_card_that_teams_does_not_take_at_once_changes_when_teams_says(scene: Scene) -> None:
    scene.engine.outcome = replies("You answered 9", Audience.IN_PLACE)
    scene.teams.refuse("update", "TooManyRequests", status=429, Retry_After="7")
    await scene.sends(payload("tap_on_a_scale"))
    await scene.settled()
    assert ("You answered 9" in shown(card_in(scene.teams.of("update")[1])), scene.slept.seconds) == (True, [7.0])
    assert [type(event) for event in scene.engine.events] == [ActionChosen]


async def test_a_card_that_teams_does_not_take_at_all_is_left_to_a_delivery(scene: Scene) -> None:
    scene.engine.outcome = replies("You answered 9", Audience.IN_PLACE)
    for _ in range(10):
        scene.teams.refuse("update", "ServiceUnavailable", status=503)
    await scene.sends(payload("tap_on_a_scale"))
    await scene.settled()
    tap, left = scene.engine.events
    assert isinstance(left, NotShown)
    assert (left.invitation, left.envelope.sender.user) == ("inv", ANN)
    assert left.envelope.event_id != tap.envelope.event_id, "it would be taken for a copy"


async def test_an_answer_that_teams_does_not_take_at_once_is_sent_when_teams_says(scene: Scene) -> None:
    scene.engine.outcome = replies("Thank you")
    scene.teams.refuse("send", "TooManyRequests", status=429, Retry_After="1")
    await scene.sends(payload("message_in_the_personal_chat"))
    await scene.settled()
    assert ("Thank you" in shown(card_in(scene.teams.of("send")[1])), scene.slept.seconds) == (True, [1.0])


async def test_an_answer_that_may_have_arrived_is_not_sent_twice(scene: Scene) -> None:
    scene.engine.outcome = replies("Thank you")
    scene.teams.lose_the_answer("send")
    await scene.sends(payload("message_in_the_personal_chat"))
    await scene.settled()
    assert len(scene.teams.of("send")) == 1


async def test_while_teams_takes_no_private_answer_nobody_is_told_to_add_the_app(scene: Scene) -> None:
    scene.engine.outcome = replies(f"NPS +31 {WORD}")
    for _ in range(5):
        scene.teams.refuse("create", "TooManyRequests", status=429)
    await scene.sends(payload("mention_in_a_channel"))
    [told] = await scene.teams.until("send")
    assert "ask me again in a few minutes" in told["text"]
    assert WORD not in str(scene.teams.calls)


# ── the same thing twice ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name", ["command_in_the_personal_chat", "message_in_the_personal_chat", "mention_in_a_channel"]
)
async def test_words_that_teams_delivers_twice_are_answered_once(scene: Scene, name: str) -> None:
    """Also a command that only reads, which no database remembers."""
    scene.engine.outcome = replies("NPS +31")
    for _ in range(3):
        assert (await scene.sends(payload(name))).status_code == 200
    await scene.settled()
    assert len(scene.engine.events) == 1
    assert len([sent for sent in scene.teams.of("send") if "attachments" in sent]) == 1


@soon
async def test_words_that_come_again_while_the_first_are_worked_on_are_answered_once(scene: Scene) -> None:
    scene.engine.outcome, scene.engine.free = replies("NPS +31"), asyncio.Event()
    for _ in range(2):
        await scene.sends(payload("command_in_the_personal_chat"))
    scene.engine.free.set()
    await scene.settled()
    assert len(scene.engine.events) == 1


async def test_the_same_words_of_another_message_are_answered_too(scene: Scene) -> None:
    for number in range(2):
        await scene.sends({**payload("command_in_the_personal_chat"), "id": str(number)})
    assert len(scene.engine.events) == 2


async def test_words_that_could_not_be_taken_are_taken_when_they_come_again(scene: Scene) -> None:
    scene.known.away = True
    response = await scene.sends(payload("command_in_the_personal_chat"))
    assert (response.status_code, response.headers["retry-after"]) == (503, "10")
    scene.known.away = False
    assert (await scene.sends(payload("command_in_the_personal_chat"))).status_code == 200
    assert len(scene.engine.events) == 1
