"""The one gate for anything about employees: counts go in, a `ReleasedWave` or a `Withheld` comes out.

Until sealed surveys exist employees' answers come by import only, as closed calendar months of the whole company.
Everything that shows them (chat, JSON, export, explain) is made of what these functions return, never of counts.
The thresholds are those of anonymity.md, "The rule"; they may be raised, never lowered.

A figure is withheld always for the same sentence: a reason that told "too few" from "no such month" would itself be
a count.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from surveys.definitions.model import Metric
from surveys.errors import InvalidInput
from surveys.insight import scoring
from surveys.insight.figures import Basis, Change, Figure, Interval, Score, Withheld
from surveys.insight.metrics import METRICS, MetricDefinition, MetricKind
from surveys.insight.queries import Dimension, Filter, Period, Tally
from surveys.insight.statistics import interval, shown
from surveys.words import ENGLISH, Words

FEWEST_SHOWN = 5
"""k_score: a month with fewer scored answers has no figure at all."""

FEWEST_FULL = 30
"""From here on a whole month is shown in full: exact score, distribution, mean, the usual interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedWave:
    """What is stored and may be shown of one closed month of the whole company; all else is destroyed.

    `shown` in points: a whole number below FEWEST_FULL answers, at full precision from there on. `totals` (every
    value of the scale with its count) exists only from FEWEST_FULL answers on.
    """

    month: date
    n: int
    shown: float
    interval: Interval
    totals: dict[int, int] | None


def withheld(words: Words = ENGLISH) -> Withheld:
    """The one sentence for everything about employees that may not be shown."""
    _ = words.gettext
    return Withheld(
        reason=_(
            "Answers of employees are shown for the whole company and for past whole months only, and only where at "
            "least {k} people answered; never by group and never with a filter. For example: enps last-month"
        ).format(k=FEWEST_SHOWN)
    )


def allow(
    by: Dimension | None, filters: Sequence[Filter], period: Period | None, today: date, words: Words = ENGLISH
) -> Withheld | None:
    """Whether a question about employees may be answered at all; None means yes.

    `period` None is all released months. Otherwise it must be whole calendar months that are over on `today`.
    """
    if by is not None or filters:
        return withheld(words)
    if period is None:
        return None
    whole = period.start.day == 1 and period.end.day == 1
    return None if whole and period.end <= today.replace(day=1) else withheld(words)


def release_month(
    counts: Mapping[int, int], month: date, metric: Metric = Metric.ENPS, words: Words = ENGLISH
) -> ReleasedWave | Withheld:
    """What may be kept of the scored answers of one closed month. `month` is its first day.

    Raises InvalidInput for a month that is not given by its first day and for an answer outside the scale.
    """
    if month.day != 1:
        raise InvalidInput(f"{month.isoformat()} is not the first day of a month.")
    sample = scoring.sample_of(metric, Tally(counts=dict(counts)))
    n = sample.n
    exact = interval(sample)
    if n < FEWEST_SHOWN or exact is None:
        return withheld(words)
    definition = METRICS[metric]
    score = scoring.score_value(sample)
    if n >= FEWEST_FULL:
        totals = {value: counts.get(value, 0) for value in definition.scale}
        return ReleasedWave(month=month, n=n, shown=score, interval=exact, totals=totals)
    clipped = float(shown(_clip(score, n, definition)))
    around = _interval_from_n(clipped, n, definition)
    return ReleasedWave(month=month, n=n, shown=clipped, interval=around, totals=None)


def recorded_month(month: date, n: int, shown: float, metric: Metric = Metric.ENPS) -> ReleasedWave:
    """A month that was released without a histogram, from what was kept of it: its n and its clipped figure."""
    return ReleasedWave(
        month=month, n=n, shown=shown, interval=_interval_from_n(shown, n, METRICS[metric]), totals=None
    )


def _clip(score: float, n: int, definition: MetricDefinition) -> float:
    """Within what the score would be if one answer were of the other class: a unanimous month does not show as one."""
    if definition.kind is MetricKind.NET:
        bound = 100 * (n - 2) / n
        return min(max(score, -bound), bound)
    return min(max(score, 100 / n), 100 * (n - 1) / n)


def _margin(n: int) -> float:
    """Half an interval in points from n alone: its width must tell nothing about the answers."""
    return 196 / math.sqrt(n + 3)


def _interval_from_n(value: float, n: int, definition: MetricDefinition) -> Interval:
    low, high = definition.bounds
    return Interval(low=max(value - _margin(n), low), high=min(value + _margin(n), high))


def combine(waves: Sequence[ReleasedWave], metric: Metric = Metric.ENPS, words: Words = ENGLISH) -> Score | Withheld:
    """The score of a period: the sum of the histograms where every wave has one, otherwise the mean of the figures
    shown, weighted by n. No wave at all is withheld like anything else.
    """
    if not waves:
        return withheld(words)
    histogram = _summed(waves)
    if histogram is not None:
        return scoring.score(metric, histogram)
    n = sum(wave.n for wave in waves)
    value = math.fsum(wave.n * wave.shown for wave in waves) / n
    around = waves[0].interval if len(waves) == 1 else _interval_from_n(value, n, METRICS[metric])
    return Score(
        value=value,
        n=n,
        people=n,
        interval=around,
        interval_accounts=None,
        mean=None,
        distribution=None,
        low_n=scoring.low_n(n, around.width),
    )


def _summed(waves: Sequence[ReleasedWave]) -> Tally | None:
    """The waves' answers as one histogram; None where any wave is too small to have one."""
    counts: dict[int, int] = {}
    for wave in waves:
        if wave.totals is None:
            return None
        for value, count in wave.totals.items():
            counts[value] = counts.get(value, 0) + count
    return Tally(counts=counts, people=sum(wave.n for wave in waves))


def compare(now: Sequence[ReleasedWave], before: Sequence[ReleasedWave], metric: Metric = Metric.ENPS) -> Change | None:
    """The change between two periods of released waves, tested on nothing but what is shown of them.

    None where either has no wave. Without histograms on both sides the test uses the margins from n alone.
    """
    later, earlier = combine(now, metric), combine(before, metric)
    if isinstance(later, Withheld) or isinstance(earlier, Withheld) or later.value is None or earlier.value is None:
        return None
    histogram_now, histogram_before = _summed(now), _summed(before)
    if histogram_now and histogram_before:
        return scoring.change(metric, histogram_now, histogram_before)
    delta = later.value - earlier.value
    critical = math.hypot(_margin(later.n), _margin(earlier.n))
    return Change(delta=delta, real=abs(delta) > critical, basis=Basis.INDEPENDENT)


def released_figure(
    period: Period,
    waves: Sequence[ReleasedWave],
    previous_period: Period | None = None,
    before: Sequence[ReleasedWave] = (),
    *,
    metric: Metric = Metric.ENPS,
    words: Words = ENGLISH,
) -> Figure | Withheld:
    """The full answer to a question about employees that `allow` let pass; `waves` are those of `period`."""
    score = combine(waves, metric, words)
    if isinstance(score, Withheld):
        return score
    previous = combine(before, metric, words)
    comparable = previous_period is not None and not isinstance(previous, Withheld)
    moved = compare(waves, before, metric) if comparable else None
    if moved and previous_period is not None and period.overlaps(previous_period):
        moved = Change(delta=moved.delta, real=None, basis=None)
    return Figure(
        metric=metric,
        series=METRICS[metric].default_series,
        period=period,
        score=score,
        previous_period=previous_period,
        previous=None if isinstance(previous, Withheld) or not moved else previous,
        change=moved,
        response_rate=None,
    )
