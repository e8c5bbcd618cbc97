"""Tests for the message that carries a question: what a stakeholder sees in every state."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from bot import actions
from bot.messages import Buttons, Choice, Facts, Message, Paragraph, Quote, Scale, TextInput
from bot.views.invitation import form, invitation
from surveys.definitions.loader import shipped
from surveys.definitions.model import SurveyVersion
from surveys.people.model import Person, PersonKind, Role
from surveys.sending.model import GivenAnswer, InvitationFacts, InvitationState
from surveys.words import ENGLISH

Kind = TypeVar("Kind")

NOW = datetime(2026, 7, 6, 7, 5, tzinfo=UTC)
SURVEYS = {survey.key: survey for survey in shipped()}
MARTA = Person(
    id=7,
    public_id="p7",
    kind=PersonKind.CONTACT,
    name="Marta Zielińska",
    email="marta@nordhavn.example",
    language="pl",
    timezone="Europe/Warsaw",
    account="Nordhavn Tools",
    role=Role.FINANCE,
)


def facts(survey: str = "nps", *answers: GivenAnswer, **changes: Any) -> InvitationFacts:
    known = InvitationFacts(
        id=1,
        public_id="inv",
        version=SurveyVersion(id=1, public_id="v", number=1, survey=SURVEYS[survey]),
        person=MARTA,
        state=InvitationState.DELIVERED,
        asked_by="Halden Systems",
        context="",
        touchpoint=None,
        created_at=NOW,
        delivered_at=NOW,
        closes_at=NOW + timedelta(days=14),
        submitted_at=NOW if answers else None,
        locks_at=NOW + timedelta(hours=24) if answers else None,
        opted_out=False,
        snoozed_until=None,
        talk_requested_at=None,
        answers=answers,
    )
    return replace(known, **changes)


def given(question: str, **value: Any) -> GivenAnswer:
    return GivenAnswer(question=question, version=1, recorded_at=NOW, **value)


def shown(known: InvitationFacts, *, changing: str = "", now: datetime = NOW) -> Message:
    return invitation(known, now, ENGLISH, changing=changing)


def blocks(message: Message, kind: type[Kind]) -> list[Kind]:
    return [block for block in message.blocks if isinstance(block, kind)]


def offered(message: Message) -> list[actions.Action]:
    found: list[actions.Action] = [button.action for row in blocks(message, Buttons) for button in row.buttons]
    return found + [block.submit.action for block in blocks(message, TextInput) if block.submit]


def texts(message: Message) -> Iterator[str]:
    yield message.summary
    for paragraph in blocks(message, Paragraph):
        yield paragraph.text


TALK, STOP = actions.TalkToPerson("inv"), actions.StopAsking("inv")


def test_the_first_message_holds_the_question_with_every_value_and_both_ends_labelled() -> None:
    (scale,) = blocks(shown(facts()), Scale)
    assert (scale.low, scale.high, scale.low_label, scale.high_label) == (
        0,
        10,
        "not at all likely",
        "extremely likely",
    )
    assert scale.tap(9) == actions.Answer("inv", "recommend", "9")
    assert scale.not_applicable


def test_it_says_who_asks_why_how_long_who_sees_it_how_it_is_used_and_how_to_get_out() -> None:
    message = shown(facts())
    (rows,) = (dict(block.rows) for block in blocks(message, Facts))
    assert rows["From"] == "Halden Systems"
    assert rows["Takes"] == "about 30 seconds"
    assert {"Why", "Seen by", "Used for", "Open until"} <= rows.keys()
    assert "never for selling" in rows["Used for"]
    assert rows["Open until"] == "20 Jul 2026"
    assert {actions.Snooze("inv", 7), TALK, STOP} <= set(offered(message))
    assert "Hello Marta," in blocks(message, Paragraph)[0].text
    assert message.summary.startswith("Halden Systems: How likely")


@pytest.mark.parametrize("name", ["", "  ", "marta@nordhavn.example", "contact_0042"])
def test_an_address_or_an_id_is_no_first_name(name: str) -> None:
    greeting = blocks(shown(facts(person=replace(MARTA, name=name))), Paragraph)[0].text
    assert greeting.startswith("Hello, ")


def test_what_it_is_about_stands_alone() -> None:
    assert "About: invoice 4711" in texts(shown(facts(context="invoice 4711")))


def test_after_the_tap_the_state_the_change_and_the_follow_up_are_in_the_same_message() -> None:
    message = shown(facts("nps", given("recommend", score=9)))
    assert "You answered 9." in texts(message)
    assert actions.ChangeAnswer("inv", "recommend") in offered(message)
    (text,) = blocks(message, TextInput)
    assert text.key == "reason"
    assert text.submit is not None
    assert text.submit.action == actions.SendText("inv", "reason")
    assert actions.SkipQuestion("inv", "reason") in offered(message)
    assert not blocks(message, Scale)
    assert actions.Snooze("inv", 7) not in offered(message)
    assert message.summary.startswith("You answered 9.")


@pytest.mark.parametrize(("score", "first"), [(1, "improve"), (3, "improve"), (4, "went-well"), (5, "went-well")])
def test_after_a_low_satisfaction_what_to_improve_is_asked_first(score: int, first: str) -> None:
    (text,) = blocks(shown(facts("csat", given("satisfied", score=score))), TextInput)
    assert text.key == first


def test_changing_shows_the_scale_again_with_the_answer_that_stands() -> None:
    message = shown(facts("nps", given("recommend", score=2)), changing="recommend")
    (scale,) = blocks(message, Scale)
    assert scale.selected == 2


def test_changing_words_shows_them_to_be_edited() -> None:
    known = facts("nps", given("recommend", score=2), given("reason", text="The invoice"))
    (text,) = blocks(shown(known, changing="reason"), TextInput)
    assert text.value == "The invoice"


def test_a_question_that_does_not_exist_cannot_be_changed() -> None:
    assert shown(facts(), changing="nonsense") == shown(facts())


def test_the_thanks_show_everything_given_and_until_when_it_can_be_changed() -> None:
    message = shown(facts("nps", given("recommend", score=3), given("reason", text="The invoice is wrong.")))
    assert message.summary.startswith("Thank you.")
    assert "You answered 3." in texts(message)
    assert [quote.text for quote in blocks(message, Quote)] == ["The invoice is wrong."]
    assert any("Tuesday 7 Jul 2026, 09:05" in text for text in texts(message))
    assert {actions.ChangeAnswer("inv", "recommend"), actions.ChangeAnswer("inv", "reason")} <= set(offered(message))


def test_a_skipped_comment_is_thanked_for_like_any_other() -> None:
    known = facts("nps", given("recommend", score=3), skipped_questions=frozenset({"reason"}))
    message = shown(known)
    assert message.summary.startswith("Thank you.")
    assert not blocks(message, TextInput)


def test_does_not_apply_is_an_answer_with_its_own_words() -> None:
    assert "You answered: does not apply." in texts(shown(facts("nps", given("recommend", not_applicable=True))))


STATES: list[InvitationFacts] = [
    facts(state=InvitationState.CLOSED),
    facts(closes_at=NOW),
    facts("nps", given("recommend", score=9), locks_at=NOW),
    facts("nps", given("recommend", score=9), state=InvitationState.CLOSED),
    facts(state=InvitationState.CANCELLED),
    facts(opted_out=True),
    facts("nps", given("recommend", score=9), opted_out=True),
]


@pytest.mark.parametrize("known", STATES)
def test_where_nothing_can_be_answered_any_more_nothing_is_offered_to_be_answered(known: InvitationFacts) -> None:
    message = shown(known)
    assert not [block for block in message.blocks if isinstance(block, Scale | TextInput | Choice)]
    assert not [action for action in offered(message) if isinstance(action, actions.ChangeAnswer)]


@pytest.mark.parametrize("known", [known for known in STATES if known.answers])
def test_an_answer_stays_visible_when_it_can_no_longer_be_changed(known: InvitationFacts) -> None:
    assert "You answered 9." in texts(shown(known))


def test_put_off_it_says_until_when_and_can_still_be_answered() -> None:
    message = shown(facts(snoozed_until=NOW + timedelta(days=7)))
    assert "13 Jul 2026" in message.summary
    assert blocks(message, Scale)
    assert actions.Snooze("inv", 7) not in offered(message)


def test_a_snooze_that_is_over_is_not_mentioned() -> None:
    assert shown(facts(snoozed_until=NOW - timedelta(days=1))) == shown(facts())


def test_whoever_opted_out_can_take_it_back() -> None:
    message = shown(facts(opted_out=True))
    assert message.summary == "Understood: you will not be asked again."
    assert offered(message) == [actions.AskAgain("inv")]


def test_whoever_asked_for_a_person_sees_that_and_is_not_offered_it_again() -> None:
    message = shown(facts(talk_requested_at=NOW))
    assert any("somebody will get in touch" in text for text in texts(message))
    assert TALK not in offered(message)


def test_a_text_first_survey_shows_its_questions_and_opens_its_form_with_one_tap() -> None:
    message = shown(facts("start-stop-continue"))
    assert actions.OpenForm("inv") in offered(message)
    assert "What should we stop doing?" in texts(message)
    opened = form(facts("start-stop-continue"), ENGLISH)
    assert [block.key for block in opened.blocks if isinstance(block, TextInput)] == ["start", "stop", "continue"]
    assert opened.action == actions.SubmitForm("inv")


def test_feedback_asks_its_closed_questions_after_the_words_and_offers_no_opt_out_from_asking() -> None:
    message = shown(facts("feedback", given("mind", text="The invoice")))
    (choice,) = blocks(message, Choice)
    assert choice.tap("other") == actions.Answer("inv", "about", "other")
    assert STOP not in offered(message)


def test_the_persons_own_time_zone_decides_the_day_and_a_misspelt_one_does_no_harm() -> None:
    late = NOW.replace(hour=23)
    closing = facts(closes_at=late)
    assert dict(blocks(shown(closing), Facts)[0].rows)["Open until"] == "7 Jul 2026"
    utc = replace(closing, person=replace(MARTA, timezone="Mars/Olympus"))
    assert dict(blocks(shown(utc), Facts)[0].rows)["Open until"] == "6 Jul 2026"


def test_the_same_facts_always_give_the_same_message() -> None:
    for known in (facts(), *STATES):
        assert shown(known) == shown(known)
