"""From counted answers to scores, changes and figures: which statistic applies to which metric, and in what order
groups are shown. The arithmetic is in `statistics`, the split of a change in `mix`. Figures about employees do not
come from here but through `surveys.privacy.gate`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from surveys.definitions.model import Metric, Series
from surveys.errors import InvalidInput
from surveys.insight.figures import Change, Figure, Interval, Score, ScoreGroup
from surveys.insight.metrics import METRICS
from surveys.insight.queries import Dimension, PairedScore, Period, ResponseCounts, Tally, TallySet
from surveys.insight.statistics import (
    ChangeTest,
    Sample,
    benjamini_hochberg,
    change_test,
    interval,
    interval_accounts,
)

FEW_ANSWERS = 30
"""Below this the low-n badge shows."""

WIDEST_SURE = 30.0
"""Above this width of the interval (±15 points) the low-n badge shows."""

Label = Callable[[str | None], str]
"""The name of a group for a person, from its key; None is answers without a value of the dimension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRequest:
    """What a figure is about. `previous_period` None: nothing to compare with. `by_mean`: each group is a single
    account, or of one, and shown by the mean of its answers.
    """

    metric: Metric
    series: Series | None
    period: Period
    previous_period: Period | None = None
    by: Dimension | None = None
    by_mean: bool = False

    @property
    def overlapping(self) -> bool:
        """The two periods share days, so that their answers cannot be tested against each other."""
        return self.previous_period is not None and self.period.overlaps(self.previous_period)


def score(metric: Metric, tally: Tally) -> Score:
    """The score of counted answers, in points at full precision.

    Raises InvalidInput for an answer outside the metric's scale: it should have been refused at the door.
    """
    definition = METRICS[metric]
    sample = sample_of(metric, tally)
    n = sample.n
    plain = interval(sample)
    over_accounts = interval_accounts(sample) if n else None
    wider = _wider(plain, over_accounts)
    return Score(
        value=score_value(sample) if n else None,
        n=n,
        people=tally.people,
        interval=plain,
        interval_accounts=over_accounts,
        mean=mean_of(tally),
        distribution={value: tally.counts.get(value, 0) for value in definition.scale},
        # Judged on the interval that is shown: a badge that a reader's own eyes contradict warns nobody.
        low_n=low_n(n, wider.width if wider else 0.0),
    )


def mean_of(tally: Tally) -> float | None:
    """Of the answers, on the metric's scale; None without any."""
    return sum(value * count for value, count in tally.counts.items()) / tally.n if tally.n else None


def wider_interval(score: Score) -> Interval | None:
    """The interval that is shown: the wider of the plain one and the one over accounts."""
    return _wider(score.interval, score.interval_accounts)


def _wider(*intervals: Interval | None) -> Interval | None:
    known = [interval for interval in intervals if interval]
    return max(known, key=lambda interval: interval.width) if known else None


def low_n(n: int, width: float) -> bool:
    return n < FEW_ANSWERS or width > WIDEST_SURE


def sample_of(metric: Metric, tally: Tally) -> Sample:
    definition = METRICS[metric]
    scale = definition.scale
    outside = [value for value, count in tally.counts.items() if value not in scale or count < 0]
    if outside:
        raise InvalidInput(f"Counted answers of {metric} do not fit its scale: {sorted(outside)}.")
    return Sample(
        kind=definition.kind,
        negative=_count(definition.negative, tally),
        neutral=_count(definition.neutral, tally),
        positive=_count(definition.positive, tally),
        accounts=tally.accounts,
    )


def _count(values: range, tally: Tally) -> int:
    return sum(count for value, count in tally.counts.items() if value in values)


def score_value(sample: Sample) -> float:
    """The score in points; one division of whole numbers, so that a half is a half."""
    return 100 * sample.sum_x / sample.n


def change(
    metric: Metric, now: Tally, before: Tally, *, pairs: Sequence[PairedScore] = (), overlapping: bool = False
) -> Change | None:
    """How the score moved. None where either has no answers; untested where the periods share days.

    `pairs`: the people who answered in both; from 20 on they enter the test (basis `panel`).
    """
    found = _compare(metric, now, before, pairs)
    if found is None:
        return None
    return _untested(found[0]) if overlapping else found[0]


@cache
def _unit_values(metric: Metric) -> Mapping[int, int]:
    return {score: METRICS[metric].unit_value(score) for score in METRICS[metric].scale}


def _compare(
    metric: Metric, now: Tally, before: Tally, pairs: Sequence[PairedScore]
) -> tuple[Change, ChangeTest] | None:
    after, earlier = sample_of(metric, now), sample_of(metric, before)
    if not (after.n and earlier.n):
        return None
    x = _unit_values(metric)
    classed: Counter[tuple[int, int]] = Counter()
    for earlier_score, later_score, people in pairs:
        classed[x[earlier_score], x[later_score]] += people
    test = change_test(after, earlier, classed)
    # Over one denominator: 66.66… − 33.33… must not end a hair beside 33.5.
    delta = 100 * (after.sum_x * earlier.n - earlier.sum_x * after.n) / (after.n * earlier.n)
    return Change(delta=delta, real=test.real, basis=test.basis), test


def figure(
    request: FigureRequest,
    now: TallySet,
    before: TallySet | None = None,
    *,
    pairs: Sequence[PairedScore] = (),
    responses: ResponseCounts | None = None,
    label: Label = lambda key: key or "",
) -> Figure:
    """The full answer to a score query. `before` is what was counted in the previous period, if there is one."""
    moved = None
    if before is not None:
        moved = change(request.metric, now.total, before.total, pairs=pairs, overlapping=request.overlapping)
    return Figure(
        metric=request.metric,
        series=request.series,
        period=request.period,
        score=score(request.metric, now.total),
        previous_period=request.previous_period,
        previous=score(request.metric, before.total) if before is not None and moved else None,
        change=moved,
        response_rate=responses.rate if responses else None,
        groups=_groups(request, now, before, label) if request.by else None,
        folded=now.folded and (before is None or before.folded),
    )


def _groups(request: FigureRequest, now: TallySet, before: TallySet | None, label: Label) -> tuple[ScoreGroup, ...]:
    earlier = {tally.key: tally for tally in before.groups} if before else {}
    rows: list[ScoreGroup] = []
    tests: list[ChangeTest] = []
    for tally in now.groups:
        found = _compare(request.metric, tally, earlier.get(tally.key, Tally()), ())
        rows.append(
            ScoreGroup(
                key=tally.key,
                label=label(tally.key),
                score=score(request.metric, tally),
                previous=score(request.metric, earlier[tally.key]) if found else None,
                change=found[0] if found else None,
            )
        )
        tests += [found[1]] if found else []
    return in_order(_flag(rows, tests, request.overlapping), request.by, by_mean=request.by_mean)


def _flag(rows: Sequence[ScoreGroup], tests: Sequence[ChangeTest], overlapping: bool) -> Sequence[ScoreGroup]:
    """With several comparisons side by side Benjamini–Hochberg decides which are real; one alone decides for itself.

    `tests` are those of the rows with a change, in their order.
    """
    if overlapping:
        return [replace(row, change=_untested(row.change)) if row.change else row for row in rows]
    if len(tests) < 2:
        return rows
    flags = iter(benjamini_hochberg([test.p_value for test in tests]))
    return [replace(row, change=replace(row.change, real=next(flags))) if row.change else row for row in rows]


def _untested(moved: Change) -> Change:
    return replace(moved, real=None, basis=None)


def in_order(groups: Sequence[ScoreGroup], by: Dimension | None, *, by_mean: bool = False) -> tuple[ScoreGroup, ...]:
    """Best first, then more answers; languages are never ranked, because answering styles differ and a rank would
    mislead (the views sort them by name). Answers without a value come last.
    """

    def rank(group: ScoreGroup) -> tuple[bool, float, int, str]:
        value = group.score.mean if by_mean else group.score.value
        if by is Dimension.LANGUAGE:
            return group.key is None, 0.0, 0, group.label.casefold()
        return group.key is None, -value if value is not None else float("inf"), -group.score.n, group.label.casefold()

    return tuple(sorted(groups, key=rank))


def bands(metric: Metric, counts: Mapping[int, int]) -> tuple[int, int, int]:
    """How many answers are negative, neutral and positive (for NPS: detractors, passives, promoters)."""
    sample = sample_of(metric, Tally(counts=dict(counts)))
    return sample.negative, sample.neutral, sample.positive
