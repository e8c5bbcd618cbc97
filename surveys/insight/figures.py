"""Figures: what a question about scores is answered with. Full precision here; rounding belongs to the view."""

from dataclasses import dataclass
from enum import StrEnum

from surveys.definitions.model import Metric, Series
from surveys.insight.queries import Period


class Basis(StrEnum):
    """How a change was tested."""

    INDEPENDENT = "independent"
    ACCOUNTS = "accounts"
    PANEL = "panel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A 95 % interval in points, clipped to what the metric can be."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`delta`: difference of the scores shown, in points. `real`: more than noise; None where no test was made."""

    delta: float
    real: bool | None
    basis: Basis | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One score with everything that makes it defensible. `value` is None when there are no answers, never 0."""

    value: float | None
    n: int
    people: int
    interval: Interval | None
    interval_accounts: Interval | None
    mean: float | None
    distribution: dict[int, int] | None
    """Every value of the scale, zeros too; None where it may not be shown."""
    low_n: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreGroup:
    """One row of a grouped answer; `key` None is answers without a value of the dimension."""

    key: str | None
    label: str
    score: Score
    previous: Score | None
    change: Change | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A figure that may not be shown, with the rule that forbids it (one sentence for a person)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The full answer to a score query."""

    metric: Metric
    series: Series | None
    period: Period
    score: Score
    previous_period: Period | None
    previous: Score | None
    change: Change | None
    response_rate: float | None
    groups: tuple[ScoreGroup, ...] | None = None
    folded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MixPart:
    """One group's part in a change: `rate` is opinion, `mix` is who answered, both in points.

    Means are of the answers on the metric's scale: a group that is one account is shown by them.
    """

    key: str | None
    label: str
    n_before: int
    n_after: int
    score_before: float | None
    score_after: float | None
    mean_before: float | None
    mean_after: float | None
    rate: float
    mix: float

    @property
    def total(self) -> float:
        return self.rate + self.mix


@dataclass(frozen=True, slots=True, kw_only=True)
class MixSplit:
    """A change split into opinion (`rate`) and mix; both add up to `delta` exactly."""

    delta: float
    rate: float
    mix: float
    parts: tuple[MixPart, ...]
