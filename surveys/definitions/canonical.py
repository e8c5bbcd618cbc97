"""A survey as one line of JSON that is the same for the same survey: what a published version is kept as.

Fields at their default are left out, so that a field added later does not change the text, and with it the
digest, of a survey that does not use it.
"""

import hashlib
import json
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from surveys.definitions.model import (
    ChoiceQuestion,
    Metric,
    Phrase,
    Pressure,
    Privacy,
    Question,
    Respondents,
    Scale,
    ScoreQuestion,
    Series,
    Survey,
    TextQuestion,
)
from surveys.errors import InvalidInput

Texts = dict[str, str]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Scale(_Strict):
    low: int
    high: int
    low_label: Texts
    high_label: Texts


class _Score(_Strict):
    kind: Literal["score"] = "score"
    key: str
    text: Texts
    scale: _Scale
    metric: Metric | None = None
    lower_is_better: bool = False
    pulse: int = 1


class _Text(_Strict):
    kind: Literal["text"] = "text"
    key: str
    text: Texts
    first_below: int | None = None
    pulse: int = 1


class _Choice(_Strict):
    kind: Literal["choice"] = "choice"
    key: str
    text: Texts
    options: tuple[tuple[str, Texts], ...]
    pulse: int = 1


class _Survey(_Strict):
    key: str
    title: Texts
    purpose: str
    decision: str
    owner: str
    ends_on: date | None = None
    pressure: Pressure
    privacy: Privacy
    respondents: Respondents
    series: Series
    expires_after_seconds: int
    window_seconds: int
    seconds: int
    questions: tuple[Annotated[_Score | _Text | _Choice, Field(discriminator="kind")], ...]


def canonical(survey: Survey) -> str:
    """The survey as JSON with sorted keys, without spaces. `from_canonical` reads it back to an equal survey."""
    record = _Survey(
        key=survey.key,
        title=dict(survey.title.texts),
        purpose=survey.purpose,
        decision=survey.decision,
        owner=survey.owner,
        ends_on=survey.ends_on,
        pressure=survey.pressure,
        privacy=survey.privacy,
        respondents=survey.respondents,
        series=survey.series,
        expires_after_seconds=int(survey.expires_after.total_seconds()),
        window_seconds=int(survey.window.total_seconds()),
        seconds=survey.seconds,
        questions=tuple(_record(question) for question in survey.questions),
    )
    values = record.model_dump(mode="json", exclude_defaults=True)
    for question, written in zip(record.questions, values["questions"], strict=True):
        written["kind"] = question.kind
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_canonical(text: str) -> Survey:
    """The survey that `canonical` wrote. Raises InvalidInput for anything else."""
    try:
        record = _Survey.model_validate_json(text)
    except ValidationError as error:
        raise InvalidInput(f"This is not a stored survey: {error.error_count()} fields do not fit.") from None
    return Survey(
        key=record.key,
        title=Phrase.of(record.title),
        purpose=record.purpose,
        decision=record.decision,
        owner=record.owner,
        ends_on=record.ends_on,
        pressure=record.pressure,
        privacy=record.privacy,
        respondents=record.respondents,
        series=record.series,
        expires_after=timedelta(seconds=record.expires_after_seconds),
        window=timedelta(seconds=record.window_seconds),
        seconds=record.seconds,
        questions=tuple(_question(question) for question in record.questions),
    )


def digest(survey: Survey) -> str:
    """SHA-256 of the canonical text, in hexadecimal: two files that say the same are the same version."""
    return hashlib.sha256(canonical(survey).encode()).hexdigest()


def _record(question: Question) -> _Score | _Text | _Choice:
    key, text, pulse = question.key, dict(question.text.texts), question.pulse
    match question:
        case ScoreQuestion(scale=scale):
            return _Score(
                key=key,
                text=text,
                pulse=pulse,
                metric=question.metric,
                lower_is_better=question.lower_is_better,
                scale=_Scale(
                    low=scale.low,
                    high=scale.high,
                    low_label=dict(scale.low_label.texts),
                    high_label=dict(scale.high_label.texts),
                ),
            )
        case TextQuestion():
            return _Text(key=key, text=text, pulse=pulse, first_below=question.first_below)
        case ChoiceQuestion():
            options = tuple((value, dict(label.texts)) for value, label in question.options)
            return _Choice(key=key, text=text, pulse=pulse, options=options)


def _question(record: _Score | _Text | _Choice) -> Question:
    key, text, pulse = record.key, Phrase.of(record.text), record.pulse
    match record:
        case _Score(scale=scale):
            return ScoreQuestion(
                key=key,
                text=text,
                pulse=pulse,
                metric=record.metric,
                lower_is_better=record.lower_is_better,
                scale=Scale(
                    low=scale.low,
                    high=scale.high,
                    low_label=Phrase.of(scale.low_label),
                    high_label=Phrase.of(scale.high_label),
                ),
            )
        case _Text():
            return TextQuestion(key=key, text=text, pulse=pulse, first_below=record.first_below)
        case _Choice():
            options = tuple((value, Phrase.of(label)) for value, label in record.options)
            return ChoiceQuestion(key=key, text=text, pulse=pulse, options=options)
