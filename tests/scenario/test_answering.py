"""A stakeholder answers in chat: one tap, a comment, a correction, and every way it can go wrong."""

from collections import Counter
from datetime import timedelta

import pytest

from bot import actions
from bot.actions import Answer, Unreadable
from bot.messages import Audience, Choice, Quote, TextInput
from bot.observability import REGISTRY
from surveys.definitions.model import ChoiceQuestion, TextQuestion
from surveys.people.model import Role
from tests.builders import a_survey, english
from tests.scenario.conftest import World, button, message_of, scale, text_of

pytestmark = pytest.mark.anyio


async def asked(world: World, user: str = "olena") -> Answer:
    """Olena was asked; the template of her scale."""
    await world.employee("lead", lead=True)
    await world.contact(user)
    await world.sent_nps("lead")
    return scale(world.platform.seen_by(user)[0]).template


async def score_of(world: World, query: str = "nps today") -> str:
    return text_of(await world.ask("lead", query))


def counted(metric: str, **labels: str) -> Counter[str]:
    """How often until now, by outcome; the figures are the process's, and other tests count too."""
    outcomes = ("handled", "repeated", "recorded", "changed", "unchanged")
    return Counter(
        {each: int(REGISTRY.get_sample_value(metric, {**labels, "outcome": each}) or 0) for each in outcomes}
    )


async def test_one_tap_records_a_score_and_the_message_says_so(world: World) -> None:
    template = await asked(world)
    message = message_of(await world.uses("olena", Answer(template.invitation, template.question, "9")))
    assert "9" in message.summary
    assert any(isinstance(block, TextInput) for block in message.blocks)
    assert "+100" in await score_of(world)


async def test_the_reply_replaces_the_message_in_place(world: World) -> None:
    template = await asked(world)
    outcome = await world.uses("olena", Answer(template.invitation, template.question, "9"))
    assert outcome.reply is not None
    assert outcome.reply.audience is Audience.IN_PLACE


async def test_a_comment_follows_and_is_kept_as_typed(world: World) -> None:
    template = await asked(world)
    shown = message_of(await world.uses("olena", Answer(template.invitation, template.question, "3")))
    box = next(block for block in shown.blocks if isinstance(block, TextInput))
    assert box.submit is not None
    comment = "<!channel> *bold* <script>alert(1)</script>\nдруга лінія"
    await world.uses("olena", box.submit.action, values={box.key: comment})
    answer = await world.ask("lead", "nps today")
    assert [block.text for block in answer.blocks if isinstance(block, Quote)] == [comment]


async def test_a_mis_tap_can_be_corrected_and_counts_once(world: World) -> None:
    template = await asked(world)
    await world.uses("olena", Answer(template.invitation, template.question, "1"))
    assert "−100" in await score_of(world)
    world.clock.move(timedelta(seconds=40))
    await world.uses("olena", Answer(template.invitation, template.question, "9"))
    await world.clock_ticks()
    answer = await score_of(world)
    assert "+100" in answer
    assert "n 1" in answer or "1 answer" in answer


async def test_an_answer_is_locked_a_day_after_the_first_tap(world: World) -> None:
    template = await asked(world)
    await world.uses("olena", Answer(template.invitation, template.question, "9"))
    world.clock.move(timedelta(hours=24))
    await world.uses("olena", Answer(template.invitation, template.question, "0"))
    assert "+100" in await score_of(world, "nps last-7d")


async def test_a_second_copy_of_the_same_event_is_silent_and_counts_once(world: World) -> None:
    template = await asked(world)
    tap = Answer(template.invitation, template.question, "9")
    await world.uses("olena", tap, event="the-same")
    again = await world.uses("olena", tap, event="the-same")
    assert again.reply is None
    twice = await world.uses("olena", tap, event="another")
    assert twice.reply is not None
    assert "n 1" in await score_of(world) or "1 answer" in await score_of(world)


async def test_a_copy_of_a_tap_and_a_change_are_counted_as_what_they_are(world: World) -> None:
    template = await asked(world)
    events, taps = counted("cx_events_total", kind="ActionChosen"), counted("cx_taps_total")
    for value, event in (("3", "first"), ("3", "first"), ("3", "again"), ("9", "changed")):
        await world.uses("olena", Answer(template.invitation, template.question, value), event=event)
    assert counted("cx_events_total", kind="ActionChosen") - events == Counter(handled=3, repeated=1)
    assert counted("cx_taps_total") - taps == Counter(recorded=1, changed=1)


async def test_somebody_elses_button_records_nothing(world: World) -> None:
    template = await asked(world)
    await world.contact("marta", role=Role.FINANCE)
    message = message_of(await world.uses("marta", Answer(template.invitation, template.question, "0")))
    assert "somebody else" in text_of(message)
    assert "no responses" in (await score_of(world)).casefold()


@pytest.mark.parametrize("value", ["11", "-1", "7.5", "", "²", "nine", "00000000000009", "1e1"])
async def test_a_forged_value_is_refused_with_a_clear_word(world: World, value: str) -> None:
    template = await asked(world)
    message = message_of(await world.uses("olena", Answer(template.invitation, template.question, value)))
    assert "0 to 10" in text_of(message)
    assert "no responses" in (await score_of(world)).casefold()


@pytest.mark.parametrize(
    "action",
    [
        Unreadable("forged"),
        Answer("no-such-invitation", "recommend", "9"),
        actions.ConfirmWave("no-such-wave"),
        actions.StopSummary("no-such-subscription"),
    ],
)
async def test_an_unknown_button_is_answered_kindly_and_changes_nothing(world: World, action: actions.Action) -> None:
    await asked(world)
    assert message_of(await world.uses("olena", action)).summary
    assert "no responses" in (await score_of(world)).casefold()


async def test_an_unknown_question_of_a_real_invitation_is_refused(world: World) -> None:
    template = await asked(world)
    await world.uses("olena", Answer(template.invitation, "no-such-question", "9"))
    assert "no responses" in (await score_of(world)).casefold()


async def test_a_number_typed_in_the_chat_is_an_answer_and_the_card_is_brought_up_to_date(world: World) -> None:
    await asked(world)
    said = message_of(await world.says("olena", "9/10"))
    assert "9" in said.summary
    await world.says("olena", "Your people know their subject.")
    await world.clock_ticks()
    assert "+100" in await score_of(world)
    assert "9" in world.platform.seen_by("olena")[0].summary


async def test_a_number_typed_after_the_score_corrects_it(world: World) -> None:
    await asked(world)
    await world.says("olena", "2")
    await world.says("olena", "ten")
    assert "+100" in await score_of(world)


async def test_a_comment_of_ten_thousand_characters_is_kept_and_a_longer_one_is_not_cut(world: World) -> None:
    await asked(world)
    await world.says("olena", "9")
    too_long = message_of(await world.says("olena", "я" * 10_001))
    assert "10" in too_long.summary
    await world.says("olena", "я" * 10_000)
    answer = await world.ask("lead", "nps today")
    assert any(isinstance(block, Quote) for block in answer.blocks)


async def test_a_survey_of_ones_own_with_choices_and_no_score_is_sent_and_answered_by_taps(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    options = (("tuesday", english("Tuesday")), ("friday", english("Friday")))
    day = ChoiceQuestion(key="day", text=english("Which day suits you?"), options=options)
    why = TextQuestion(key="why", text=english("Anything we should know?"))
    await world.company.publish(a_survey("open-day", questions=(day, why)))
    await world.sent("open-day", "lead")
    (shown,) = world.platform.seen_by("olena")
    (choice,) = [block for block in shown.blocks if isinstance(block, Choice)]
    message = message_of(await world.uses("olena", choice.tap("friday")))
    assert "Friday" in message.summary
    assert any(isinstance(block, TextInput) for block in message.blocks)
    await world.says("olena", "Only after four.")
    await world.clock_ticks()
    (kept,) = world.platform.seen_by("olena")
    assert "Friday" in text_of(kept)
    assert "Only after four." in text_of(kept)


async def test_a_click_after_the_window_closed_records_nothing(world: World) -> None:
    template = await asked(world)
    world.clock.move(timedelta(days=20))
    await world.clock_ticks()
    message = message_of(await world.uses("olena", Answer(template.invitation, template.question, "0")))
    assert "closed" in text_of(message).casefold()
    assert "no responses" in (await score_of(world, "nps last-30d")).casefold()


async def test_who_stops_the_questions_is_asked_no_more_and_may_come_back(world: World) -> None:
    template = await asked(world)
    message = message_of(await world.uses("olena", actions.StopAsking(template.invitation)))
    preview = await world.ask("lead", "send csat to everyone")
    assert "asked not to be asked" in text_of(preview)
    await world.uses("olena", button(message, "Ask me").action)
    assert button(await world.ask("lead", "send csat to everyone"), "Ask 1 person")


async def test_who_is_busy_is_left_alone_for_a_while(world: World) -> None:
    template = await asked(world)
    await world.uses("olena", actions.Snooze(template.invitation, 7))
    assert "not now" in text_of(await world.ask("lead", "send csat to everyone"))


async def test_who_wants_to_talk_is_heard_by_every_cx_lead_once(world: World) -> None:
    template = await asked(world)
    await world.uses("olena", actions.TalkToPerson(template.invitation))
    await world.uses("olena", actions.TalkToPerson(template.invitation))
    await world.clock_ticks()
    told = [message for message in world.platform.seen_by("lead") if "Olena" in text_of(message)]
    assert len(told) == 1


async def test_a_stranger_gets_a_friendly_word_and_nothing_else(world: World) -> None:
    await asked(world)
    for said in ("hello", "9", "/cx nps last-30d"):
        assert message_of(await world.says("stranger", said)).summary
    assert "no responses" in (await score_of(world)).casefold()
