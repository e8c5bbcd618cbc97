"""Whatever happens on the platform's side, the delivery loop is told in the one way that it understands."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest

from bot.actions import Answer, pack
from bot.events import Address
from bot.messages import Audience, Message, Outcome, Paragraph, Reply
from bot.ports import FindsPosted, NewDelivery, PostsOnce
from surveys.errors import DeliveryError
from tests.contract.adapters.conftest import House, a_card, each_platform_and, news
from tests.contract.adapters.rig import WAIT_SECONDS, Platform, Rig, Tap, Trouble, Typed, Who

pytestmark = pytest.mark.anyio

WORDS = "A message to be sent"
MESSAGE = Message(summary=WORDS, blocks=(Paragraph(text=WORDS),))

Call = Callable[[Rig, Address, str], Awaitable[object]]
CALLS: Mapping[str, Call] = {
    "post": lambda rig, address, card: rig.adapter.post(address, MESSAGE, delivery="d1"),
    "update": lambda rig, address, card: rig.adapter.update(address, card, MESSAGE),
}
QUESTIONS: Mapping[str, Call] = {
    "open": lambda rig, address, card: rig.adapter.open_direct(rig.workspace, rig.user(Who.EMMA)),
    "facts": lambda rig, address, card: rig.adapter.conversation_facts(address),
    "look": lambda rig, address, card: looked_for(rig, address),
}


async def looked_for(rig: Rig, address: Address) -> object:
    return await rig.adapter.find_posted(address, "d1") if isinstance(rig.adapter, FindsPosted) else None


async def met(rig: Rig) -> tuple[Address, str]:
    """Ann's conversation, as she wrote in it, and a card of the bot's there."""
    await rig.does(Typed(who=Who.ANN, text="hi"))
    return rig.ear.events[-1].envelope.address, await a_card(rig, Who.ANN)


async def said(rig: Rig, call: Call, trouble: Trouble, case: str = "") -> DeliveryError | None:
    """What was raised; anything but a DeliveryError comes through, and fails the test."""
    address, card = await met(rig)
    await rig.meets(trouble, case)
    try:
        await call(rig, address, card)
    except DeliveryError as error:
        return error
    return None


@each_platform_and("case", lambda platform: CALLS if platform.can(Trouble.THROTTLED) else ())
async def test_a_platform_that_asks_to_wait_is_waited_for_as_long_as_it_says(rig: Rig, case: str) -> None:
    before = len(await rig.shown())
    error = await said(rig, CALLS[case], Trouble.THROTTLED)
    assert error is not None
    assert (error.retry_after, error.throttled) == (WAIT_SECONDS, True)
    assert (error.permanent, error.uncertain) == (False, False)
    assert len([shown for shown in await news(rig, before) if WORDS in shown.text]) <= 1, "it was repeated at once"


@each_platform_and("case", lambda platform: CALLS)
async def test_a_platform_that_is_away_is_tried_again_later(rig: Rig, case: str) -> None:
    error = await said(rig, CALLS[case], Trouble.AWAY)
    assert error is not None
    assert (error.permanent, error.uncertain, error.throttled) == (False, False, False)


@each_platform_and("case", lambda platform: CALLS)
async def test_a_platform_that_fails_is_never_given_up_for_good(rig: Rig, case: str) -> None:
    error = await said(rig, CALLS[case], Trouble.BROKEN)
    assert error is not None
    assert not error.permanent


@each_platform_and("code", lambda platform: platform.refusals)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_a_refusal_for_good_is_not_tried_again(rig: Rig, code: str, call: Call) -> None:
    error = await said(rig, call, Trouble.REFUSED, code)
    assert error is not None
    assert (error.permanent, error.uncertain) == (True, False)
    assert WORDS not in str(error)


def questions(platform: Platform) -> list[str]:
    return [f"{name}, {trouble.value}" for name in {**CALLS, **QUESTIONS} for trouble in platform.troubles]


@each_platform_and("case", questions)
async def test_an_adapter_raises_a_delivery_error_and_nothing_else(rig: Rig, platform: Platform, case: str) -> None:
    name, trouble = case.split(", ")
    error = await said(rig, {**CALLS, **QUESTIONS}[name], Trouble(trouble), platform.refusals[0])
    assert error is None or WORDS not in str(error)
    if name in CALLS and trouble != Trouble.ANSWER_LOST:
        assert error is not None


async def test_a_message_whose_answer_was_lost_is_uncertain_unless_the_platform_can_tell(rig: Rig) -> None:
    before = len(await rig.shown())
    error = await said(rig, CALLS["post"], Trouble.ANSWER_LOST)
    if error is not None:
        assert not error.permanent
        assert error.uncertain or error.doubtful or isinstance(rig.adapter, PostsOnce)
    assert len([shown for shown in await news(rig, before) if WORDS in shown.text]) <= 1


async def test_a_delivery_whose_answer_was_lost_is_shown_once_in_the_end(house: House) -> None:
    """Through the delivery loop, which knows what each kind of platform allows."""
    rig, asked = house.rig, "would like to talk to a person"
    await rig.does(Typed(who=Who.LEAD, text="hi"))
    before = len(await rig.shown())
    async with house.company.store.write(house.company.id) as unit:
        place = await unit.conversations.lock(house.workspace.id, rig.ear.events[-1].envelope)
        talk = NewDelivery(
            template="talk_request",
            parameters={"invitation": house.belongings.invitation},
            dedupe_key="once",
            due_at=house.clock.now(),
            conversation_id=place.id,
        )
        await unit.deliveries.add([talk])
        await unit.commit()
    await rig.meets(Trouble.ANSWER_LOST)
    for _ in range(4):
        await house.works.clockwork.run_due_now()
        house.clock.move(by=timedelta(hours=1))
    assert len([shown for shown in await news(rig, before) if asked in shown.text]) == 1


async def test_an_answer_is_not_lost_when_the_platform_cannot_be_told(house: House) -> None:
    """It is recorded, or whoever tapped is told that it was not, and the same tap records it later."""
    rig, card = house.rig, await house.card(Who.ANN)
    await rig.meets(Trouble.BROKEN)
    status = await house.taps(Who.ANN, Answer(house.belongings.invitation, "recommend", "9"), card)
    answer = (await house.invitation()).answer("recommend")
    assert answer is not None
    assert status < 300 if answer.score == 9 else status == 503
    rig.recovers()
    await house.taps(Who.ANN, Answer(house.belongings.invitation, "recommend", "9"), card)
    after = (await house.invitation()).answer("recommend")
    assert after is not None
    assert (after.score, after.version) == (9, 2)


async def test_a_request_is_taken_although_the_platform_answers_nothing(rig: Rig, platform: Platform) -> None:
    _, card = await met(rig)
    rig.ear.outcome = Outcome(reply=Reply(message=MESSAGE, audience=Audience.IN_PLACE))
    await rig.meets(Trouble.AWAY)
    status = await rig.does(Tap(who=Who.ANN, packed=pack(Answer("inv", "recommend", "9")), message=card))
    assert status == platform.status_while_away
