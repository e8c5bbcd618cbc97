"""What is meant for one person in a channel is read by that person alone; what is for everybody, only if it may be."""

import pytest

from bot.actions import PostHere, RunCommand, pack
from bot.messages import Audience, Chart, Message, Outcome, Paragraph, Reply
from tests.contract.adapters.conftest import each_platform_and, news
from tests.contract.adapters.rig import SHARED, Commanded, Deed, Mentioned, Platform, Rig, Tap, Who

pytestmark = pytest.mark.anyio

SECRET = "Only for the lead"
TOLD = Message(summary=SECRET, blocks=(Paragraph(text=SECRET),))
DRAWN = Message(summary=SECRET, blocks=(Chart(title=SECRET, alt_text=SECRET, spec="{}"),))
EVERYBODY = frozenset({Who.LEAD, Who.EMMA})
IN_A_CHANNEL = ("a command", "a mention", "a button")


async def in_the_channel(rig: Rig, name: str) -> Deed:
    """Something that the lead does there; a button is on a message that everybody there sees."""
    match name:
        case "a command":
            return Commanded(who=Who.LEAD, text="nps last-30d", channel=True)
        case "a mention":
            return Mentioned(who=Who.LEAD, text="nps last-30d")
        case _:
            return Tap(who=Who.LEAD, packed=pack(RunCommand("nps")), message=await everybodys(rig), channel=True)


async def everybodys(rig: Rig) -> str:
    """A message that everybody in the channel sees; its reference."""
    outcome, rig.ear.outcome = rig.ear.outcome, Outcome()
    await rig.does(Commanded(who=Who.LEAD, text="hello", channel=True))
    rig.ear.outcome = outcome
    address = rig.ear.events[-1].envelope.address
    return await rig.adapter.post(address, Message(summary="For everybody"), delivery="everybodys")


def kinds(platform: Platform) -> tuple[str, ...]:
    return IN_A_CHANNEL


@each_platform_and("name", kinds)
@pytest.mark.parametrize("message", [TOLD, DRAWN], ids=["words", "a picture"])
@pytest.mark.parametrize("audience", [Audience.SENDER, Audience.IN_PLACE])
async def test_an_answer_in_a_channel_is_read_by_whoever_asked_and_nobody_else(
    rig: Rig, name: str, message: Message, audience: Audience
) -> None:
    deed = await in_the_channel(rig, name)
    rig.ear.outcome = Outcome(reply=Reply(message=message, audience=audience))
    before = len(await rig.shown())
    await rig.does(deed)
    told = await news(rig, before)
    assert any(SECRET in shown.text for shown in told)
    for shown in told:
        assert shown.readers == {Who.LEAD} or SECRET not in shown.text
        if shown.conversation == rig.channel and shown.readers == EVERYBODY:
            assert not shown.replaced, "what everybody sees was replaced for one of them"


@each_platform_and("name", kinds)
async def test_an_answer_for_everybody_is_read_by_everybody(rig: Rig, name: str) -> None:
    deed = await in_the_channel(rig, name)
    rig.ear.outcome = Outcome(reply=Reply(message=TOLD, audience=Audience.EVERYONE))
    before = len(await rig.shown())
    await rig.does(deed)
    assert [shown.readers for shown in await news(rig, before) if SECRET in shown.text] == [EVERYBODY]


def shared(platform: Platform) -> tuple[str, ...]:
    return IN_A_CHANNEL if platform.can(SHARED) else ()


@each_platform_and("name", shared)
async def test_an_answer_for_everybody_is_kept_from_a_channel_with_somebody_from_outside(rig: Rig, name: str) -> None:
    deed = await in_the_channel(rig, name)
    rig.shares_the_channel()
    rig.ear.outcome = Outcome(reply=Reply(message=TOLD, audience=Audience.EVERYONE))
    before = len(await rig.shown())
    await rig.does(deed)
    told = await news(rig, before)
    assert all(SECRET not in shown.text for shown in told)
    assert any("outside" in shown.text for shown in told)


@each_platform_and("name", shared)
async def test_a_channel_with_somebody_from_outside_is_known_as_one(rig: Rig, name: str) -> None:
    await rig.does(await in_the_channel(rig, name))
    address = rig.ear.events[-1].envelope.address
    rig.shares_the_channel()
    facts = await rig.adapter.conversation_facts(address)
    assert facts.shared_outside or facts.has_guests


async def test_what_is_answered_in_a_direct_conversation_stays_there(rig: Rig) -> None:
    rig.ear.outcome = Outcome(reply=Reply(message=TOLD, audience=Audience.EVERYONE))
    before = len(await rig.shown())
    await rig.does(Commanded(who=Who.LEAD, text=pack(PostHere("nps"))))
    told = await news(rig, before)
    assert [shown.readers for shown in told] == [{Who.LEAD}]
