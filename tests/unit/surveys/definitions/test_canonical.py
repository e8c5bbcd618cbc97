"""The canonical text of a survey: what comes back is what was kept, and the digest follows the content alone."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.definitions.canonical import canonical, digest, from_canonical
from surveys.definitions.loader import shipped
from surveys.definitions.model import (
    LANGUAGES,
    ChoiceQuestion,
    Metric,
    Phrase,
    Pressure,
    Privacy,
    Respondents,
    Scale,
    ScoreQuestion,
    Series,
    Survey,
    TextQuestion,
)
from surveys.errors import InvalidInput

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
keys = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
phrases = st.dictionaries(st.sampled_from(LANGUAGES), words).map(lambda texts: Phrase.of({"en": "x", **texts}))
pulses = st.integers(1, 12)
scales = st.builds(Scale, low=st.integers(0, 1), high=st.integers(2, 10), low_label=phrases, high_label=phrases)
questions = st.one_of(
    st.builds(
        ScoreQuestion,
        key=keys, text=phrases, scale=scales, metric=st.none() | st.sampled_from(Metric), lower_is_better=st.booleans(),
        pulse=pulses,
    ),
    st.builds(TextQuestion, key=keys, text=phrases, first_below=st.none() | st.integers(1, 10), pulse=pulses),
    st.builds(
        ChoiceQuestion, key=keys, text=phrases, options=st.lists(st.tuples(keys, phrases)).map(tuple), pulse=pulses,
    ),
)  # fmt: skip
surveys = st.builds(
    Survey,
    key=keys, title=phrases, purpose=words, decision=words, owner=words, ends_on=st.none() | st.dates(),
    pressure=st.sampled_from(Pressure), privacy=st.sampled_from(Privacy), respondents=st.sampled_from(Respondents),
    series=st.sampled_from(Series), expires_after=st.integers(1, 9600).map(lambda hours: timedelta(hours=hours)),
    window=st.integers(1, 400).map(timedelta), seconds=st.integers(5, 1800),
    questions=st.lists(questions, max_size=5).map(tuple),
)  # fmt: skip


@given(surveys)
def test_a_survey_comes_back_as_it_was_kept(survey: Survey) -> None:
    text = canonical(survey)
    assert from_canonical(text) == survey
    assert canonical(from_canonical(text)) == text
    assert "\n" not in text


@given(surveys, words)
def test_another_wording_is_another_version_and_the_same_wording_is_not(survey: Survey, other: str) -> None:
    assert digest(survey) == digest(from_canonical(canonical(survey)))
    assert (digest(replace(survey, purpose=other)) == digest(survey)) == (other == survey.purpose)


def test_a_field_that_a_survey_does_not_use_is_not_in_its_text() -> None:
    nps = next(survey for survey in shipped() if survey.key == "nps")
    text = canonical(nps)
    assert "pulse" not in text
    assert "ends_on" not in text
    assert "pulse" in canonical(next(survey for survey in shipped() if survey.key == "employee-pulse"))
    assert '"ends_on":"2027-06-30"' in canonical(replace(nps, ends_on=date(2027, 6, 30)))


def test_the_digest_of_a_published_version_never_changes() -> None:
    """If this fails, every installation would publish its surveys anew: change the codec, not this figure."""
    survey = Survey(
        key="k",
        title=Phrase.of({"en": "T"}),
        purpose="p",
        decision="d",
        owner="o",
        ends_on=None,
        pressure=Pressure.FREE,
        privacy=Privacy.NAMED,
        respondents=Respondents.ANYONE,
        series=Series.RELATIONSHIP,
        expires_after=timedelta(days=1),
        window=timedelta(days=2),
        seconds=30,
        questions=(TextQuestion(key="q", text=Phrase.of({"en": "Q", "de": "F"})),),
    )
    assert canonical(survey) == (
        '{"decision":"d","expires_after_seconds":86400,"key":"k","owner":"o","pressure":"free","privacy":"named",'
        '"purpose":"p","questions":[{"key":"q","kind":"text","text":{"de":"F","en":"Q"}}],"respondents":"anyone",'
        '"seconds":30,"series":"relationship","title":{"en":"T"},"window_seconds":172800}'
    )


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"key": "a secret answer"}', "{" * 10_000])
def test_anything_else_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        from_canonical(text)
    assert "secret" not in str(caught.value)


def test_a_stored_survey_with_a_field_from_a_later_release_is_refused() -> None:
    record = json.loads(canonical(shipped()[0]))
    record["mood"] = "new"
    with pytest.raises(InvalidInput):
        from_canonical(json.dumps(record))
