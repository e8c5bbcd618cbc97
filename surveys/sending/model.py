"""Waves, invitations and what is known about one invitation, as values."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from surveys.definitions.model import SurveyVersion
from surveys.errors import Undeliverable
from surveys.people.model import Person

LOCKS_AFTER = timedelta(hours=24)
"""How long after the first answer it can be changed."""


class WaveState(StrEnum):
    DRAFT = "draft"
    """Previewed, not confirmed: nobody is asked."""
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    """Not sent, or stopped: who was asked before can still answer."""


class InvitationState(StrEnum):
    QUEUED = "queued"
    DELIVERED = "delivered"
    CLOSED = "closed"
    """Its window is over (answered or not)."""
    UNDELIVERABLE = "undeliverable"
    CANCELLED = "cancelled"


class SkipReason(StrEnum):
    """Why a person of the audience is not asked now."""

    OPTED_OUT = "opted_out"
    SNOOZED = "snoozed"
    ASKED_RECENTLY = "asked_recently"
    OPEN_INVITATION = "open_invitation"
    UNREACHED = "unreached"
    PROSPECT = "prospect"
    FORMER = "former"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    person: Person
    reason: SkipReason
    until: datetime | None = None
    """When the reason ends, where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    person: Person
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WavePlan:
    """Who is asked when, and who is not and why: what the preview shows and the confirmation carries out."""

    asked: tuple[Asked, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    id: int
    public_id: str
    version: SurveyVersion
    state: WaveState
    audience: str
    """The filters as typed, for people: "role:technical account:Acme"."""
    created_by: int | None
    created_at: datetime
    confirmed_at: datetime | None
    closes_at: datetime | None
    members: int
    """How many people the snapshot holds that are asked."""
    delivered: int = 0
    """How many of them have the question."""
    leaving: int = 0
    """To how many it is on its way at this moment: nobody knows yet whether it arrives."""
    answered: int = 0
    unreached: tuple[tuple[Undeliverable, int], ...] = ()
    """How many of them could not be reached, by reason, most first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """The current version of an answer. Exactly one of `score`, `text`, `choice` is set, none if it does not apply."""

    question: str
    version: int
    recorded_at: datetime
    score: int | None = None
    text: str | None = None
    choice: str | None = None
    not_applicable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFacts:
    """Everything that decides what an invitation shows and accepts."""

    id: int
    public_id: str
    version: SurveyVersion
    person: Person
    state: InvitationState
    asked_by: str
    """The company that asks."""
    context: str
    """"invoice 4711", or empty."""
    touchpoint: str | None
    created_at: datetime
    delivered_at: datetime | None
    closes_at: datetime | None
    submitted_at: datetime | None
    """First submission of anything; the day of the answers."""
    locks_at: datetime | None
    """When answers can no longer be changed."""
    opted_out: bool
    snoozed_until: datetime | None
    talk_requested_at: datetime | None
    answers: tuple[GivenAnswer, ...] = field(default=())
    skipped_questions: frozenset[str] = frozenset()

    def as_delivered(self, at: datetime) -> "InvitationFacts":
        """The facts of one that is queued, from the moment of delivery on: its window begins then."""
        closes_at = at + self.version.survey.window
        return replace(self, state=InvitationState.DELIVERED, delivered_at=at, closes_at=closes_at)

    def answer(self, question: str) -> GivenAnswer | None:
        return next((answer for answer in self.answers if answer.question == question), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekCounts:
    """What happened in one week, for the summary."""

    period_start: date
    answers: int
    people: int
    comments: int
    delivered: int
    opted_out: int
