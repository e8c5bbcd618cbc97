"""A copy of a request, by whatever way it comes, reaches the engine's de-duplication: real dispatcher, real SQLite."""

import pytest
from sqlalchemy import func, select

from bot.actions import Answer, SendText
from bot.ports import NewAnswer
from storage.tables import wave
from tests.contract.adapters.conftest import House, each_platform_and, news
from tests.contract.adapters.rig import Commanded, Platform, Typed, Who

pytestmark = pytest.mark.anyio


def copied(platform: Platform) -> tuple[str, ...]:
    return platform.copies


def ids(house: House) -> set[str]:
    return {event.envelope.event_id for event in house.rig.ear.events}


@each_platform_and("copy", copied)
async def test_a_copy_of_a_tap_is_the_same_event_and_counts_once(house: House, copy: str) -> None:
    card, invitation = await house.card(Who.ANN), house.belongings.invitation
    before = (await house.invitation()).answer("recommend")
    assert before is not None
    await house.taps(Who.ANN, Answer(invitation, "recommend", "9"), card)
    for _ in range(3):
        assert await house.rig.repeats(copy) < 300
    assert len(ids(house)) == 1
    after = (await house.invitation()).answer("recommend")
    assert after is not None
    assert (after.score, after.version) == (9, before.version + 1)


@each_platform_and("copy", copied)
async def test_a_late_copy_does_not_take_back_what_was_answered_since(house: House, copy: str) -> None:
    card, rig = await house.card(Who.ANN), house.rig
    await house.taps(Who.ANN, Answer(house.belongings.invitation, "recommend", "9"), card)
    async with house.company.store.write(house.company.id) as unit:
        # From another window: the answer was changed after the tap and before its copy.
        facts = await unit.invitations.facts(house.belongings.invitation)
        assert facts is not None
        four = NewAnswer(
            invitation_id=facts.id, question="recommend", at=house.clock.now(), platform="elsewhere", score=4
        )
        await unit.invitations.answer(four)
        await unit.commit()
    shown = len(await rig.shown())
    await rig.repeats(copy)
    answer = (await house.invitation()).answer("recommend")
    assert answer is not None
    assert answer.score == 4
    assert not any("9" in each.text and each.replaced for each in await news(rig, shown))


@each_platform_and("copy", copied)
async def test_a_copy_of_a_comment_is_one_comment(house: House, copy: str) -> None:
    card = await house.card(Who.ANN)
    await house.taps(Who.ANN, SendText(house.belongings.invitation, "reason"), card, reason="Only once")
    first = (await house.invitation()).answer("reason")
    await house.rig.repeats(copy)
    assert (await house.invitation()).answer("reason") == first
    assert first is not None
    assert first.text == "Only once"


@each_platform_and("copy", copied)
async def test_a_copy_of_what_was_typed_is_answered_once(house: House, copy: str) -> None:
    rig = house.rig
    before = len(await rig.shown())
    await rig.does(Typed(who=Who.ANN, text="feedback"))
    once = len(await news(rig, before))
    await rig.repeats(copy)
    assert len(ids(house)) == 1
    assert len(await news(rig, before)) == once
    assert once >= 1


@each_platform_and("copy", copied)
async def test_a_copy_of_a_command_that_sends_makes_one_draft(house: House, copy: str) -> None:
    before = await waves(house)
    await house.rig.does(Commanded(who=Who.LEAD, text="send ces to everyone"))
    await house.rig.repeats(copy)
    assert await waves(house) == before + 1


async def waves(house: House) -> int:
    """Previews too."""
    async with house.company.store.read(house.company.id) as unit:
        return int(await unit.scope.connection.scalar(select(func.count()).select_from(wave)) or 0)
