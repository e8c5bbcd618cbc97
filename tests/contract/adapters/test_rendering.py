"""Whatever the bot says is shown in its own words, within the platform's limits, and as text only."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from bot.actions import Answer, OpenForm, SubmitForm, pack, unpack
from bot.events import ActionChosen
from bot.messages import Block, Buttons, Form, Message, Outcome, Paragraph, TextInput
from tests.contract.adapters.conftest import a_card, news
from tests.contract.adapters.reading import actions_in, seen, texts_in
from tests.contract.adapters.rig import FormSent, Rig, Shown, Tap, Who
from tests.every_view import EXTREMES, every_view
from tests.threats.hostile import ANYTHING
from tests.threats.test_hostile_text import PLAIN, every_block
from tests.unit.adapters.slack.test_every_view import MESSAGE

pytestmark = pytest.mark.anyio

NAME = "Nordhavn Tools"
SAYS_THAT_IT_CUT = ("the rest is left out", "more rows.", "more row.", "(shortened)")
ROOM = 3_000
"""Characters of a message that every platform shows whole."""


async def posted(rig: Rig, message: Message, number: int = 0) -> Shown:
    """As it left for the platform, in Ann's direct conversation."""
    before = len(await rig.shown())
    address = await rig.adapter.open_direct(rig.workspace, rig.user(Who.ANN))
    await rig.adapter.post(address, message, delivery=f"m-{before}-{number}")
    return (await news(rig, before))[0]


async def opened(rig: Rig, form: Form, card: str) -> Shown:
    """The dialog, as it left for the platform after a tap on a card."""
    before = len(await rig.shown())
    rig.ear.outcome = Outcome(form=form)
    await rig.does(Tap(who=Who.ANN, packed=pack(OpenForm("inv")), message=card))
    return next(shown for shown in await news(rig, before) if shown.form)


def lost(said: Message | Form, shown: Shown) -> list[str]:
    """The texts of a message of which nothing is found in what was sent."""
    there = seen(shown.seen)
    return [text for text in texts_in(said) if seen(text) not in there and not cut(text, there)]


def cut(text: str, there: str) -> bool:
    """Its beginning is there, and a mark that it is not all."""
    words = seen(text)
    return any(words[:length] + "…" in there for length in range(len(words) - 1, 7, -1)) if len(words) < 500 else (
        f"{words[:20]}" in there and "…" in there
    )  # fmt: skip


def is_short(said: Message | Form) -> bool:
    return sum(map(len, texts_in(said))) <= ROOM and len(said.blocks) <= 20


def messages(text: str) -> Iterator[Message]:
    for shown in every_view(text).values():
        yield from (each for each in shown if isinstance(each, Message))


async def test_every_view_is_shown_without_loss_of_its_words(rig: Rig) -> None:
    whole = 0
    for number, message in enumerate(messages(NAME)):
        shown = await posted(rig, message, number)
        rig.check(shown)
        missing = lost(message, shown)
        if is_short(message):
            whole += 1
            assert missing == [], message.summary
        elif missing:
            assert any(said in shown.text for said in SAYS_THAT_IT_CUT), (message.summary, missing[:3])
    assert whole > 150


async def test_every_form_is_shown_without_loss_of_its_words_and_comes_back_with_what_was_typed(rig: Rig) -> None:
    card = await a_card(rig, Who.ANN)
    forms = [each for each in every_view(NAME)["invitation.form"] if isinstance(each, Form)]
    for number, form in enumerate(forms):
        shown = await opened(rig, form, card)
        rig.check(shown)
        assert lost(form, shown) == []
        assert shown.readers == {Who.ANN}
        rig.ear.outcome = Outcome()
        values = {block.key: f"words {number}" for block in form.blocks if isinstance(block, TextInput)}
        await rig.does(FormSent(who=Who.ANN, packed=pack(form.action), message=card, values=values))
        event = rig.ear.events[-1]
        assert isinstance(event, ActionChosen)
        assert (event.action, dict(event.values)) == (form.action, values)
    assert len(forms) >= 6


async def test_a_summary_is_told_also_where_no_block_is_shown(rig: Rig) -> None:
    for message in (Message(summary="Only this."), Message(summary="NPS is 31.", blocks=(Paragraph(text="A table"),))):
        assert seen(message.summary) in seen((await posted(rig, message)).text)


async def test_everything_that_can_be_used_is_there_however_much_there_is_to_read(rig: Rig) -> None:
    """A message that is too large loses words from its end, never what can be tapped."""
    asked = [message for message in messages("x" * 2_000) if 0 < len(actions_in(message)) <= 20]
    long = tuple(Paragraph(text="A long story. " * 200) for _ in range(60))
    for number, message in enumerate(
        [*asked[:40], *(Message(summary="s", blocks=long + each.blocks) for each in asked[:5])]
    ):
        shown = await posted(rig, message, number)
        rig.check(shown)
        assert set(map(pack, actions_in(message))) <= shown.packed, message.summary


@pytest.mark.parametrize("text", EXTREMES.values(), ids=EXTREMES.keys())
async def test_every_block_keeps_the_platforms_limits_whatever_its_text(rig: Rig, text: str) -> None:
    for number, block in enumerate(every_block(text)):
        rig.check(await posted(rig, Message(summary=text, blocks=(block,)), number))
    rig.check(await posted(rig, Message(summary=text, blocks=every_block(text))))
    rig.check(await posted(rig, Message(summary=text)))
    card = await a_card(rig, Who.ANN)
    form = Form(title=text, blocks=every_block(text), submit_label=text, action=SubmitForm("inv"))
    rig.check(await opened(rig, form, card))


def together(text: str) -> list[tuple[Block, ...]]:
    """Every block, in one message where there is room for all of them."""
    return [every_block(text)] if len(text) <= 300 else [(block,) for block in every_block(text)]


@pytest.mark.parametrize("text", ANYTHING.values(), ids=ANYTHING.keys())
async def test_no_text_becomes_a_mention_a_link_or_a_format(rig: Rig, text: str) -> None:
    card = await a_card(rig, Who.ANN)
    plain = await posted(rig, Message(summary=PLAIN, blocks=every_block(PLAIN)))
    for number, blocks in enumerate(together(text)):
        hostile = await posted(rig, Message(summary=text, blocks=blocks), number)
        assert hostile.live <= plain.live
    forms = [
        await opened(rig, Form(title=each, blocks=every_block(each), submit_label=each, action=SubmitForm("inv")), card)
        for each in (PLAIN, text)
    ]
    assert forms[1].live <= forms[0].live


@pytest.mark.parametrize("text", [text for text in ANYTHING.values() if len(text) < 300], ids=lambda text: text[:20])
async def test_a_hostile_text_is_still_read_word_for_word(rig: Rig, text: str) -> None:
    shown = await posted(rig, Message(summary="s", blocks=(Paragraph(text=text),)))
    assert seen(text) in seen(shown.seen)


# MESSAGE has every kind of block, of any size.
@settings(
    max_examples=60, suppress_health_check=[
        HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture
    ],
)  # fmt: skip
@given(message=MESSAGE)
async def test_a_message_of_any_blocks_is_taken_by_the_platform(rig: Rig, message: Message) -> None:
    shown = await posted(rig, message)
    rig.check(shown)
    if is_short(message) and max(map(len, texts_in(message)), default=0) <= 70:
        assert lost(message, shown) == []


async def test_a_button_that_was_shown_comes_back_as_its_action(rig: Rig) -> None:
    asked = next(each for each in every_view(NAME)["invitation.invitation"] if isinstance(each, Message))
    card = await a_card(rig, Who.ANN, asked)
    shown = (await rig.shown())[-1]
    offered = [unpack(packed) for packed in sorted(shown.packed)]
    assert any(isinstance(action, Answer) for action in offered)
    assert any(isinstance(block, Buttons) for block in asked.blocks)
    for packed in sorted(shown.packed):
        await rig.does(Tap(who=Who.ANN, packed=packed, message=card))
    assert [event.action for event in rig.ear.events if isinstance(event, ActionChosen)] == offered
