"""Threat 6 on the wire: another's invitation, wave or summary in a button is refused, whatever the button is."""

import pytest

from bot.actions import Action, StopAsking, pack
from bot.messages import Audience, Message, Outcome, Reply
from tests.contract.adapters.conftest import House, a_card, news
from tests.contract.adapters.reading import seen
from tests.contract.adapters.rig import FormSent, Rig, Tap, Who
from tests.threats.stored import NOT_A_CHANGE, differences, everything_stored
from tests.threats.test_wrong_person import EVERY_KIND, OF_A_PERSON, TYPED, refusals, subject_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("kind", list(EVERY_KIND), ids=lambda kind: kind.__name__)
async def test_a_button_of_somebody_elses_is_refused_and_shows_nothing(house: House, kind: type[Action]) -> None:
    rig, action = house.rig, EVERY_KIND[kind](house.belongings)
    words = [seen(message.summary) for message in refusals(subject_of(action))]
    wrong = (Who.BOB, Who.EMMA, Who.LEAD if kind in OF_A_PERSON else Who.ANN)
    cards = {who: await house.card(who) for who in wrong}
    before = await everything_stored(house.company.store, house.company.id, without=NOT_A_CHANGE)
    for who in wrong:
        for deed in (Tap, FormSent):
            shown = len(await rig.shown())
            await rig.does(deed(who=who, packed=pack(action), message=cards[who], values=TYPED))
            told = await news(rig, shown)
            assert any(each in seen(one.text) for one in told for each in words), [one.text for one in told]
            for one in told:
                assert (one.readers, one.form) == (frozenset({who}), False)
                assert [secret for secret in house.belongings.secrets if secret in one.text] == []
    after = await everything_stored(house.company.store, house.company.id, without=NOT_A_CHANGE)
    assert differences(before, after) == {}


async def test_a_button_used_on_somebody_elses_message_leaves_that_message_as_it_is(rig: Rig) -> None:
    """The client says which message it was on: also that is a hint."""
    hers, told = await a_card(rig, Who.ANN), Message(summary="You answered 9")
    rig.ear.outcome = Outcome(reply=Reply(message=told, audience=Audience.IN_PLACE))
    for deed in (Tap, FormSent):
        before = len(await rig.shown())
        await rig.does(deed(who=Who.BOB, packed=pack(StopAsking("his own")), message=hers))
        assert [shown for shown in await news(rig, before) if Who.ANN in shown.readers] == []


@pytest.mark.parametrize("kind", list(EVERY_KIND), ids=lambda kind: kind.__name__)
async def test_the_same_button_does_something_for_whoever_it_is_meant_for(house: House, kind: type[Action]) -> None:
    """Otherwise the refusals above would prove nothing."""
    rig, action = house.rig, EVERY_KIND[kind](house.belongings)
    who = Who.ANN if kind in OF_A_PERSON else Who.LEAD
    card = await house.card(who)
    shown = len(await rig.shown())
    await rig.does(Tap(who=who, packed=pack(action), message=card, values=TYPED))
    told = await news(rig, shown)
    assert told
    refused = [seen(message.summary) for message in refusals(subject_of(action))]
    assert not any(each in seen(one.text) for one in told for each in refused)
