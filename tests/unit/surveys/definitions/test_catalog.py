"""The shipped surveys: the wordings, scales and classes that people are promised."""

from datetime import timedelta

import pytest

from surveys.definitions.loader import shipped, shipped_definitions
from surveys.definitions.model import (
    ChoiceQuestion,
    Metric,
    Pressure,
    Privacy,
    Question,
    Respondents,
    ScoreQuestion,
    Series,
    Survey,
    TextQuestion,
)

PROMISED: dict[str, tuple[str, ...]] = {
    "nps": (
        "nps 0–10 How likely are you to recommend us to a colleague or business contact?",
        "text What is the main reason for your score?",
    ),
    "csat": ("csat 1–5 How satisfied were you?", "text What went well?", "text <4 What should we improve?"),
    "ces": ("ces 1–7 We made it easy for you.", "text What made it harder than it should be?"),
    "start-stop-continue": (
        "text What should we start doing?",
        "text What should we stop doing?",
        "text What works, and should continue?",
    ),
    "feedback": (
        "text What is on your mind?",
        "choice What is it about?",
        "choice How do you feel about it?",
        "choice Would you like a reply?",
    ),
    "employee-pulse": (
        "enps 0–10 How likely are you to recommend us as a place to work?",
        "| - 1–5 I have what I need to put things right for a customer.",
        "- 1–5 I have the authority to do so.",
        "| - 1–5 I know what our customer promise means for my daily work.",
        "- 1–5 I feel respected here.",
        "- 1–5 I feel safe here.",
        "text What gets in the way of serving customers?",
    ),
}


def by_key(key: str) -> Survey:
    return next(survey for survey in shipped() if survey.key == key)


def written(question: Question) -> str:
    text = question.text.in_language("en")
    match question:
        case ScoreQuestion(scale=scale, metric=metric):
            return f"{metric or '-'} {scale.low}–{scale.high} {text}"
        case TextQuestion(first_below=None):
            return f"text {text}"
        case TextQuestion(first_below=below):
            return f"text <{below} {text}"
        case ChoiceQuestion():
            return f"choice {text}"


def in_pulses(survey: Survey) -> tuple[str, ...]:
    pulse, lines = 1, []
    for question in survey.questions:
        lines.append(("| " if question.pulse != pulse else "") + written(question))
        pulse = question.pulse
    return tuple(lines)


def test_exactly_the_promised_surveys_are_shipped_each_in_a_file_of_its_name() -> None:
    assert {survey.key for survey in shipped()} == set(PROMISED)
    assert [definition.file for definition in shipped_definitions()] == [f"{survey.key}.yaml" for survey in shipped()]


@pytest.mark.parametrize("key", sorted(PROMISED))
def test_a_shipped_survey_asks_what_it_promises_in_that_order(key: str) -> None:
    assert in_pulses(by_key(key)) == PROMISED[key]


@pytest.mark.parametrize(
    ("key", "pressure", "respondents", "privacy", "metric"),
    [
        ("nps", Pressure.RELATIONSHIP, Respondents.CONTACTS, Privacy.NAMED, Metric.NPS),
        ("csat", Pressure.TRANSACTIONAL, Respondents.CONTACTS, Privacy.NAMED, Metric.CSAT),
        ("ces", Pressure.TRANSACTIONAL, Respondents.CONTACTS, Privacy.NAMED, Metric.CES),
        ("start-stop-continue", Pressure.RELATIONSHIP, Respondents.CONTACTS, Privacy.NAMED, None),
        ("feedback", Pressure.FREE, Respondents.ANYONE, Privacy.NAMED, None),
        ("employee-pulse", Pressure.RELATIONSHIP, Respondents.EMPLOYEES, Privacy.ANONYMOUS, Metric.ENPS),
    ],
)
def test_who_is_asked_and_how_a_score_counts(
    key: str, pressure: Pressure, respondents: Respondents, privacy: Privacy, metric: Metric | None
) -> None:
    survey = by_key(key)
    assert (survey.pressure, survey.respondents, survey.privacy) == (pressure, respondents, privacy)
    assert (survey.primary_score.metric if survey.primary_score else None) is metric


def test_a_transactional_question_expires_after_three_days_and_a_wave_with_its_window() -> None:
    for survey in shipped():
        transactional = survey.pressure is Pressure.TRANSACTIONAL
        assert survey.expires_after == (timedelta(hours=72) if transactional else survey.window)
        assert survey.window == timedelta(days=14)


def test_nps_at_a_touchpoint_is_event_nps_and_everything_else_keeps_its_series() -> None:
    assert by_key("nps").series_of(touchpoint=None) is Series.RELATIONSHIP
    assert by_key("nps").series_of(touchpoint="support") is Series.EVENT
    assert by_key("csat").series_of(touchpoint=None) is Series.EVENT
    assert by_key("csat").series_of(touchpoint="support") is Series.EVENT


def test_both_ends_of_every_scale_are_labelled() -> None:
    scales = [
        question.scale for survey in shipped() for question in survey.questions if isinstance(question, ScoreQuestion)
    ]
    assert scales
    assert all(scale.low_label.in_language("en") and scale.high_label.in_language("en") for scale in scales)
