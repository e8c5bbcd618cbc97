"""What answers a command, as values: made from facts by `asking`, turned into messages and JSON by the views."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.commands.explain import ExplainCommand
from bot.commands.scores import ScoreCommand
from bot.commands.trend import TrendCommand
from bot.commands.why import WhyCommand
from surveys.insight.figures import Change, Figure, MixSplit, Score, Withheld
from surveys.insight.queries import AccountReach, Comment, Period, ResponseCounts
from surveys.insight.trend import Trend
from surveys.people.model import Person
from surveys.sending.model import WeekCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreResult:
    """`period` and `timezone` also where the figure is withheld. `spelling`: filter values as really spelled."""

    command: ScoreCommand
    figure: Figure | Withheld
    period: Period
    timezone: str
    comments: tuple[Comment, ...] = ()
    """Of the answers counted, newest first; the view quotes a few."""
    responses: ResponseCounts | None = None
    reach: AccountReach | None = None
    """For a question about one account."""
    spelling: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A change between two periods with its parts. `split` None where either period has no answers."""

    period: Period
    previous_period: Period
    after: Score
    before: Score
    change: Change | None
    split: MixSplit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyResult:
    command: WhyCommand
    moved: Moved | Withheld
    timezone: str
    spelling: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendResult:
    command: TrendCommand
    trend: Trend | Withheld
    period: Period
    timezone: str
    spelling: Mapping[str, str] = field(default_factory=dict)


class LeftOut(StrEnum):
    """Why scored answers of the period are not in the figure."""

    OTHER_SERIES = "other_series"
    FILTERS = "filters"
    EARLIER_OF_SAME_PERSON = "earlier_of_same_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainResult:
    """`left_out`: (reason, number of answers), together with n all scored answers of the metric in the period."""

    command: ExplainCommand
    score: ScoreResult
    left_out: tuple[tuple[LeftOut, int], ...] = ()


Result = ScoreResult | WhyResult | TrendResult | ExplainResult
"""What a question is answered with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyResult:
    """The weekly summary. `week`: the seven days it is about; `rolling`: the 90 days up to their end."""

    company: str
    week: Period
    rolling: Figure
    weekly: Figure
    """The week alone, compared with the one before: shown only where both have enough answers."""
    counts: WeekCounts
    responses: ResponseCounts
    """Of the same 90 days."""
    comments: tuple[Comment, ...]
    """Newest first, of the 90 days."""
    trend: Trend
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledSummary:
    """A channel's weekly summary, as the list shows it. `weekday` 0 is Monday; local time."""

    public_id: str
    channel: str
    weekday: int
    hour: int
    minute: int
    next_due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What `grant` did. `new` False: the person had it already."""

    person: Person
    by: Person
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """What `revoke` did. `held` False: the person did not have it. `last`: nobody else has it, so it was kept."""

    person: Person
    held: bool = True
    last: bool = False
