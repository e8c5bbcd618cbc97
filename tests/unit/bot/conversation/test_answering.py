"""What a tap or a typed word does to an invitation, without any store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import actions
from bot.conversation.answering import accepts, act, clean, reply, spoken_score, with_answer
from bot.conversation.decision import RecordAnswer
from bot.conversation.state import NOTHING_PENDING, Pending
from surveys.definitions.loader import shipped
from surveys.definitions.model import Metric, ScoreQuestion, SurveyVersion
from surveys.people.model import Person, PersonKind
from surveys.sending.model import GivenAnswer, InvitationFacts, InvitationState
from surveys.sending.order import next_question, ordered_questions
from surveys.words import ENGLISH
from tests.builders import a_scale, a_survey, english

NOW = datetime(2026, 7, 6, 9, 0, tzinfo=UTC)
OLENA = Person(
    id=1, public_id="olena", kind=PersonKind.CONTACT, name="Olena Koval", email=None, language="en", timezone="UTC"
)
SURVEYS = {survey.key: survey for survey in shipped()}


def facts(key: str = "nps", **changes: object) -> InvitationFacts:
    invitation = InvitationFacts(
        id=1,
        public_id="invitation",
        version=SurveyVersion(id=1, public_id="v", number=1, survey=SURVEYS[key]),
        person=OLENA,
        state=InvitationState.DELIVERED,
        asked_by="Halden Systems",
        context="",
        touchpoint=None,
        created_at=NOW - timedelta(days=1),
        delivered_at=NOW - timedelta(days=1),
        closes_at=NOW + timedelta(days=13),
        submitted_at=None,
        locks_at=None,
        opted_out=False,
        snoozed_until=None,
        talk_requested_at=None,
    )
    return replace(invitation, **changes)  # type: ignore[arg-type]


def score_key(key: str = "nps") -> str:
    question = SURVEYS[key].primary_score
    assert question is not None
    return question.key


def answered(score: int, key: str = "nps") -> InvitationFacts:
    return with_answer(facts(key), GivenAnswer(question=score_key(key), version=1, recorded_at=NOW, score=score), NOW)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("9", 9),
        (" 9. ", 9),
        ("9/10", 9),
        ("nine", 9),
        ("TEN", 10),
        ("９", 9),
        ("٩", 9),
        ("0", 0),
        ("\u200f9", 9),
        ("9\u200b/\u206810", 9),
    ],
)
def test_a_number_in_digits_or_words_is_understood(typed: str, number: int) -> None:
    assert spoken_score(typed, a_scale()) == number


@pytest.mark.parametrize("typed", ["", "nine out of ten", "9 because", "-1", "7.5", "100", "9/ten", "²", "IX", "11"])
def test_anything_else_stays_a_comment(typed: str) -> None:
    assert spoken_score(typed, a_scale()) is None


def test_a_number_out_of_another_number_is_no_score_of_this_scale() -> None:
    """“5/5” is the best, and 5 of 10 would be a detractor."""
    assert spoken_score("5/5", a_scale(0, 10)) is None
    assert spoken_score("4/5", a_scale(1, 5)) == 4


def test_out_of_another_number_is_asked_again_while_the_score_is_asked() -> None:
    decision = reply(facts(), Pending(invitation="invitation", question=score_key()), "4/5", now=NOW, words=ENGLISH)
    assert decision is not None
    assert decision.effects == ()


@given(st.text())
def test_reading_a_number_never_fails(text: str) -> None:
    number = spoken_score(text, a_scale())
    assert number is None or 0 <= number <= 10


def two_scores() -> InvitationFacts:
    """The first is answered, the second asked."""
    easy, notes = (
        ScoreQuestion(key=key, text=english(key), scale=a_scale(1, high), metric=metric)
        for key, high, metric in (("easy", 7, Metric.CES), ("notes", 5, None))
    )
    survey = a_survey("release", questions=(easy, notes))
    invitation = replace(facts(), version=replace(facts().version, survey=survey))
    return with_answer(invitation, GivenAnswer(question="easy", version=1, recorded_at=NOW, score=7), NOW)


def test_a_typed_number_answers_the_score_that_is_asked_and_not_the_one_before() -> None:
    asked = Pending(invitation="invitation", question="notes")
    decision = reply(two_scores(), asked, "2", now=NOW, words=ENGLISH)
    assert decision is not None
    (effect,) = decision.effects
    assert isinstance(effect, RecordAnswer)
    assert (effect.answer.question, effect.answer.score) == ("notes", 2)


def test_a_number_outside_the_scale_that_is_asked_changes_no_other_score() -> None:
    decision = reply(two_scores(), Pending(invitation="invitation", question="notes"), "7", now=NOW, words=ENGLISH)
    assert decision is not None
    assert decision.effects == ()


def test_a_number_while_a_comment_is_asked_corrects_the_score() -> None:
    waiting = next_question(answered(9))
    assert waiting is not None
    decision = reply(answered(9), Pending(invitation="invitation", question=waiting.key), "8", now=NOW, words=ENGLISH)
    assert decision is not None
    (effect,) = decision.effects
    assert isinstance(effect, RecordAnswer)
    assert (effect.answer.question, effect.answer.score, effect.answer.version) == (score_key(), 8, 2)


def test_skipping_on_an_older_card_keeps_what_was_said_meanwhile() -> None:
    waiting = next_question(answered(9))
    assert waiting is not None
    said = GivenAnswer(question=waiting.key, version=1, recorded_at=NOW, text="Too slow.")
    decision = act(
        with_answer(answered(9), said, NOW),
        actions.SkipQuestion("invitation", waiting.key),
        {},
        person=OLENA,
        now=NOW,
        words=ENGLISH,
    )
    assert decision.effects == ()


@given(st.text())
def test_a_kept_comment_has_no_control_characters_and_is_kept_the_same_twice(text: str) -> None:
    kept = clean(text)
    assert "\x00" not in kept
    assert "\r" not in kept
    assert clean(kept) == kept
    kept.encode()


def test_the_same_tap_twice_records_once() -> None:
    tap = actions.Answer("invitation", score_key(), "9")
    first = act(facts(), tap, {}, person=OLENA, now=NOW, words=ENGLISH)
    assert [type(effect) for effect in first.effects] == [RecordAnswer]
    again = act(answered(9), tap, {}, person=OLENA, now=NOW, words=ENGLISH)
    assert again.effects == ()
    assert again.outcome.reply is not None


def test_a_correction_is_a_new_version() -> None:
    tap = actions.Answer("invitation", score_key(), "9")
    (effect,) = act(answered(1), tap, {}, person=OLENA, now=NOW, words=ENGLISH).effects
    assert isinstance(effect, RecordAnswer)
    assert (effect.answer.score, effect.answer.version) == (9, 2)


@pytest.mark.parametrize(
    "invitation",
    [
        facts(state=InvitationState.QUEUED),
        facts(state=InvitationState.CLOSED),
        facts(state=InvitationState.CANCELLED),
        facts(state=InvitationState.UNDELIVERABLE),
        facts(closes_at=NOW),
        facts(locks_at=NOW),
    ],
)
def test_nothing_is_recorded_once_it_is_over(invitation: InvitationFacts) -> None:
    assert not accepts(invitation, NOW)
    decision = act(invitation, actions.Answer("invitation", score_key(), "9"), {}, person=OLENA, now=NOW, words=ENGLISH)
    assert decision.effects == ()
    assert reply(invitation, NOTHING_PENDING, "9", now=NOW, words=ENGLISH) is None


@given(value=st.text(max_size=12))
def test_whatever_value_a_button_claims_only_the_scale_is_recorded(value: str) -> None:
    decision = act(facts(), actions.Answer("invitation", score_key(), value), {}, person=OLENA, now=NOW, words=ENGLISH)
    for effect in decision.effects:
        assert isinstance(effect, RecordAnswer)
        assert effect.answer.not_applicable or effect.answer.score in range(11)


def test_what_should_be_improved_is_asked_first_below_four() -> None:
    survey = SURVEYS["csat"]
    low = [question.key for question in ordered_questions(survey, 2)]
    high = [question.key for question in ordered_questions(survey, 5)]
    assert low[0] == high[0]
    assert low[1] == high[2]
    assert low[2] == high[1]


def test_a_score_alone_leaves_only_words_to_ask() -> None:
    following = next_question(answered(9))
    assert following is not None
    assert following.key != score_key()


def test_a_typed_comment_goes_to_the_question_that_waits() -> None:
    invitation = answered(3)
    waiting = next_question(invitation)
    assert waiting is not None
    decision = reply(
        invitation, Pending(invitation="invitation", question=waiting.key), "Too slow.", now=NOW, words=ENGLISH
    )
    assert decision is not None
    (effect,) = decision.effects
    assert isinstance(effect, RecordAnswer)
    assert effect.answer.text == "Too slow."


def test_words_where_a_score_is_asked_are_not_taken_for_one() -> None:
    decision = reply(
        facts(), Pending(invitation="invitation", question=score_key()), "very likely", now=NOW, words=ENGLISH
    )
    assert decision is not None
    assert decision.effects == ()


def test_does_not_apply_is_recorded_outside_the_scale() -> None:
    (effect,) = act(
        facts(), actions.Answer("invitation", score_key(), "na"), {}, person=OLENA, now=NOW, words=ENGLISH
    ).effects
    assert isinstance(effect, RecordAnswer)
    assert effect.answer.not_applicable
    assert effect.answer.score is None


def test_a_form_with_a_field_that_the_survey_does_not_have_keeps_the_others() -> None:
    survey = SURVEYS["start-stop-continue"]
    first = survey.questions[0].key
    decision = act(
        facts("start-stop-continue"),
        actions.SubmitForm("invitation"),
        {first: "Answer the phone.", "forged": "x"},
        person=OLENA,
        now=NOW,
        words=ENGLISH,
    )
    assert [effect.answer.question for effect in decision.effects if isinstance(effect, RecordAnswer)] == [first]


@pytest.mark.parametrize("days", [-5, 0, 1, 10_000])
def test_a_snooze_is_never_shorter_than_a_day_nor_longer_than_a_quarter(days: int) -> None:
    (effect,) = act(facts(), actions.Snooze("invitation", days), {}, person=OLENA, now=NOW, words=ENGLISH).effects
    until = getattr(effect, "until", NOW)
    assert timedelta(days=1) <= until - NOW <= timedelta(days=90)
