"""A survey, its questions and scales, as values. A published version of a survey never changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

LANGUAGES = ("en", "uk", "pl", "ru", "id", "zh", "de", "fr", "es")
"""Languages the product ships or will ship, as ISO 639-1 codes."""


class Metric(StrEnum):
    """A metric that a score question can feed (product vocabulary)."""

    NPS = "nps"
    ENPS = "enps"
    CSAT = "csat"
    CES = "ces"
    CONTINUE = "continue"


class Series(StrEnum):
    """Answers that may be added up; different series are never mixed unless `series:any` is asked for."""

    RELATIONSHIP = "relationship"
    EVENT = "event"
    TRIO = "trio"


class Privacy(StrEnum):
    NAMED = "named"
    ANONYMOUS = "anonymous"


class Pressure(StrEnum):
    """The pressure class: which distances between surveys apply to a person."""

    RELATIONSHIP = "relationship"
    TRANSACTIONAL = "transactional"
    SERVICE = "service"
    FREE = "free"


class Respondents(StrEnum):
    CONTACTS = "contacts"
    EMPLOYEES = "employees"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One text in several languages; `in_language` falls back to English, never to a sister language."""

    texts: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> "Phrase":
        return cls(tuple(sorted(texts.items())))

    def in_language(self, language: str | None) -> str:
        by_language = dict(self.texts)
        return by_language.get(language or "en") or by_language["en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Whole numbers from `low` to `high`, both included, with both ends labelled."""

    low: int
    high: int
    low_label: Phrase
    high_label: Phrase

    def __contains__(self, score: object) -> bool:
        return isinstance(score, int) and self.low <= score <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreQuestion:
    key: str
    text: Phrase
    scale: Scale
    metric: Metric | None = None
    lower_is_better: bool = False
    pulse: int = 1
    """Which part of a survey that is split over several sendings; a survey asked in one go has only pulse 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextQuestion:
    key: str
    text: Phrase
    first_below: int | None = None
    """Asked before the other texts when the survey's first score is below this."""
    pulse: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceQuestion:
    key: str
    text: Phrase
    options: tuple[tuple[str, Phrase], ...]
    """(value, label) in the order shown."""
    pulse: int = 1


Question = ScoreQuestion | TextQuestion | ChoiceQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A survey as its file says. `series` is where its scores go unless a touchpoint makes them `event`."""

    key: str
    title: Phrase
    purpose: str
    decision: str
    owner: str
    ends_on: date | None
    pressure: Pressure
    privacy: Privacy
    respondents: Respondents
    series: Series
    expires_after: timedelta
    """How long a queued question may wait for its turn."""
    window: timedelta
    """How long an invitation can be answered after its delivery."""
    seconds: int
    """How long answering takes, as told in the invitation."""
    questions: tuple[Question, ...]

    @property
    def primary_score(self) -> ScoreQuestion | None:
        """The question that one tap answers and that an import means by default."""
        scores = [question for question in self.questions if isinstance(question, ScoreQuestion)]
        return next((question for question in scores if question.metric), scores[0] if scores else None)

    def question(self, key: str) -> Question | None:
        return next((question for question in self.questions if question.key == key), None)

    def series_of(self, *, touchpoint: str | None) -> Series:
        """NPS asked at a touchpoint is event NPS (product.md, section 3); other surveys keep their series."""
        if touchpoint and self.key == "nps":
            return Series.EVENT
        return self.series


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyVersion:
    """A published version: `id` is the row's, `public_id` may leave the system."""

    id: int
    public_id: str
    number: int
    survey: Survey
