"""A button that is old, unknown or made up says so in a clear word, and changes nothing: real engine, real SQLite."""

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.actions import Action, Answer, ChangeAnswer, OpenForm, SendText, SkipQuestion, pack
from bot.views import notes
from surveys.words import ENGLISH
from tests.contract.adapters.conftest import House, each_platform_and, news
from tests.contract.adapters.reading import seen
from tests.contract.adapters.rig import FormSent, Tap, Who
from tests.threats.stored import NOT_A_CHANGE, differences, everything_stored

pytestmark = pytest.mark.anyio

NOT_OURS: Mapping[str, str] = {
    "of an older version": "answer:9",
    "of an older version, as JSON": '{"answer":9}',
    "of a kind nobody knows": '["?","inv"]',
    "with a field too many": '["a","inv","recommend","9","more"]',
    "with a field too few": '["a","inv"]',
    "with fields of other types": '["a",1,2,3]',
    "that is cut off": '["a","inv","recom',
    "that is nothing": "",
    "that is null": "null",
    "that is only a word": "recommend",
    "that is deep": "[" * 900,
    "that is long": json.dumps(["a", "x" * 1_970, "recommend", "9"]),
    "that is not one of a message's": "<script>alert(1)</script>",
}
UNKNOWN: Mapping[str, Action] = {
    "of an invitation that never was": Answer("A" * 22, "recommend", "9"),
    "of an invitation that never was, with text": SendText("A" * 22, "reason"),
    "of an invitation with an id of another form": Answer("../../etc/passwd\x00", "recommend", "9"),
}


@each_platform_and("which", lambda platform: NOT_OURS)
async def test_a_button_that_is_not_one_of_ours_says_so_and_changes_nothing(house: House, which: str) -> None:
    rig, card = house.rig, await house.card(Who.ANN)
    before = await everything_stored(house.company.store, house.company.id, without=NOT_A_CHANGE)
    shown = len(await rig.shown())
    assert await rig.does(Tap(who=Who.ANN, packed=NOT_OURS[which], message=card)) < 500
    after = await everything_stored(house.company.store, house.company.id, without=NOT_A_CHANGE)
    assert differences(before, after) == {}
    told = await news(rig, shown)
    assert any(says_that_it_does_not_work(note.text) for note in told)
    assert all(note.readers == {Who.ANN} for note in told)


def says_that_it_does_not_work(text: str) -> bool:
    """The engine's words, or the platform's own for what does not even fit into one of its buttons."""
    ours = (notes.unreadable(ENGLISH).summary, "This button is not one of ours.")
    return any(seen(words) in seen(text) for words in ours)


@each_platform_and("which", lambda platform: UNKNOWN)
async def test_a_button_of_what_never_was_says_so_and_changes_nothing(house: House, which: str) -> None:
    rig, card = house.rig, await house.card(Who.ANN)
    before = await everything_stored(house.company.store, house.company.id, without=NOT_A_CHANGE)
    for deed in (Tap, FormSent):
        shown = len(await rig.shown())
        await rig.does(deed(who=Who.ANN, packed=pack(UNKNOWN[which]), message=card, values={"reason": "words"}))
        told = await news(rig, shown)
        assert any(seen(notes.gone(ENGLISH).summary) in seen(note.text) for note in told)
    after = await everything_stored(house.company.store, house.company.id, without=NOT_A_CHANGE)
    assert differences(before, after) == {}


async def test_a_card_of_an_invitation_that_is_closed_shows_how_it_stands_and_records_nothing(house: House) -> None:
    rig, card, invitation = house.rig, await house.card(Who.ANN), house.belongings.invitation
    before = await house.invitation()
    house.clock.move(timedelta(days=400))
    old = (
        Answer(invitation, "recommend", "10"),
        ChangeAnswer(invitation, "recommend"),
        SkipQuestion(invitation, "reason"),
        OpenForm(invitation),
    )
    for action in old:
        shown = len(await rig.shown())
        await house.taps(Who.ANN, action, card)
        told = await news(rig, shown)
        assert told
        assert any("3" in note.text and note.readers == {Who.ANN} for note in told)
    assert (await house.invitation()).answers == before.answers


async def test_an_old_card_shows_the_newer_state_when_it_is_used_again(house: House) -> None:
    """Two cards of one invitation: what the first one says last is what both say."""
    rig, invitation = house.rig, house.belongings.invitation
    first, second = await house.card(Who.ANN), await house.card(Who.ANN)
    await house.taps(Who.ANN, Answer(invitation, "recommend", "9"), first)
    await house.taps(Who.ANN, Answer(invitation, "recommend", "8"), second)
    newest = (await rig.shown())[-1]
    assert newest.replaced
    assert newest.reference == second
    answer = (await house.invitation()).answer("recommend")
    assert answer is not None
    assert answer.score == 8
