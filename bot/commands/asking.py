"""From a command about scores to what the store must count, and from what it counted to a result. Pure glue.

The shell asks `…_requests`, fetches, and hands the counts to `…_result`; nothing here knows where they came from.
Figures about employees are made by `employees`, which goes through the gate.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.commands.explain import ExplainCommand
from bot.commands.question import Against, Usual, YearAgo
from bot.commands.results import (
    ExplainResult,
    LeftOut,
    Moved,
    ScoreResult,
    TrendResult,
    WhyResult,
)
from bot.commands.scores import ScoreCommand
from bot.commands.trend import TrendCommand
from bot.commands.why import WhyCommand
from surveys.definitions.model import Metric, ScoreQuestion, Series, Survey
from surveys.insight.local_days import Unit
from surveys.insight.metrics import METRICS
from surveys.insight.mix import split
from surveys.insight.periods import All, PeriodSpec, bucket_unit, buckets, previous, resolve, year_ago
from surveys.insight.queries import (
    AccountReach,
    Comment,
    Dimension,
    PairedScore,
    Period,
    ResponseCounts,
    ScoreRequest,
    TallySet,
)
from surveys.insight.scoring import FigureRequest, Label, change, figure, score
from surveys.insight.trend import Trend, TrendPoint

COMMENTS_READ = (20, 200)
"""How many of the newest comments are looked through for the few that are quoted: the second number only where among
the first a side of the scale is silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The local day in the tenant's reporting zone, the zone's name, and the day a week starts on (0 is Monday)."""

    day: date
    timezone: str
    week_start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """`before` None: nothing to compare with."""

    now: ScoreRequest
    before: ScoreRequest | None


def figure_requests(command: ScoreCommand | WhyCommand, today: Today) -> Requests:
    now = ScoreRequest(
        metric=command.metric,
        series=command.series,
        period=_counted(command.period, today),
        filters=command.filters,
        by=command.by,
        latest=command.latest,
    )
    return Requests(now=now, before=_before(command, now, today))


def _counted(spec: PeriodSpec, today: Today) -> Period | None:
    """`all` is counted without bounds on the past; its days are known only from the first answer."""
    return None if isinstance(spec, All) else resolve(spec, today.day, today.week_start)


def _before(command: ScoreCommand | WhyCommand, now: ScoreRequest, today: Today) -> ScoreRequest | None:
    match command.comparison:
        case Against(period=spec):
            return replace(now, period=_counted(spec, today))
        case _:
            period = _previous_period(command, now.period)
            return replace(now, period=period) if period else None


def _previous_period(command: ScoreCommand | WhyCommand, period: Period | None) -> Period | None:
    if period is None:
        return None
    match command.comparison:
        case YearAgo():
            return year_ago(period)
        case Usual():
            return previous(command.period, period)
        case _:
            return None


def periods_of(
    command: ScoreCommand | WhyCommand, today: Today, now: date | None = None, before: date | None = None
) -> tuple[Period, Period | None]:
    """The days asked about and those compared with. `now`, `before`: the first day counted in each, for `all`."""
    period = resolve(command.period, today.day, today.week_start, now)
    if isinstance(command.comparison, Against):
        return period, resolve(command.comparison.period, today.day, today.week_start, before)
    return period, _previous_period(command, None if isinstance(command.period, All) else period)


def surveys_feeding(metric: Metric, series: Series | None, surveys: Iterable[Survey]) -> tuple[str, ...]:
    """Keys of the surveys whose invitations decide the response rate of a metric."""
    return tuple(
        survey.key
        for survey in surveys
        if series in (None, survey.series)
        and any(isinstance(question, ScoreQuestion) and question.metric is metric for question in survey.questions)
    )


def every_side_heard(metric: Metric, comments: Iterable[Comment]) -> bool:
    """Whether somebody content, somebody discontent and somebody in between is among them, where there can be."""
    definition = METRICS[metric]
    given = {comment.score for comment in comments if comment.score is not None}
    return all(
        given.intersection(side) for side in (definition.negative, definition.neutral, definition.positive) if side
    )


def one_account(command: ScoreCommand | TrendCommand) -> str | None:
    """The account's name as typed, where the question is about exactly one."""
    names = [f for f in command.filters if f.dimension is Dimension.ACCOUNT and not f.negated]
    return names[0].values[0] if len(names) == 1 and len(names[0].values) == 1 else None


def told_by_mean(command: ScoreCommand | TrendCommand) -> bool:
    """Each row or point is about a single account, whose few people have a mean and a lowest and no score."""
    return one_account(command) is not None or (isinstance(command, ScoreCommand) and command.by is Dimension.ACCOUNT)


def label_from(labels: Mapping[str, str]) -> Label:
    return lambda key: "" if key is None else labels.get(key, key)


def score_result(
    command: ScoreCommand,
    now: TallySet,
    before: TallySet | None,
    *,
    today: Today,
    pairs: Sequence[PairedScore] = (),
    responses: ResponseCounts | None = None,
    labels: Mapping[str, str] | None = None,
    comments: Sequence[Comment] = (),
    reach: AccountReach | None = None,
    spelling: Mapping[str, str] | None = None,
) -> ScoreResult:
    """`labels`: what a person reads for each group's key."""
    period, previous_period = periods_of(command, today, now.first_day, before.first_day if before else None)
    request = FigureRequest(
        metric=command.metric,
        series=command.series,
        period=period,
        previous_period=previous_period,
        by=command.by,
        by_mean=told_by_mean(command),
    )
    return ScoreResult(
        command=command,
        figure=figure(request, now, before, pairs=pairs, responses=responses, label=label_from(labels or {})),
        period=period,
        timezone=today.timezone,
        comments=tuple(comments),
        responses=responses,
        reach=reach,
        spelling=spelling or {},
    )


def why_result(
    command: WhyCommand,
    now: TallySet,
    before: TallySet,
    *,
    today: Today,
    pairs: Sequence[PairedScore] = (),
    labels: Mapping[str, str] | None = None,
    spelling: Mapping[str, str] | None = None,
) -> WhyResult:
    """`before` empty (no answers) where there is no earlier period."""
    period, previous_period = periods_of(command, today, now.first_day, before.first_day)
    previous_period = previous_period or Period(start=period.start, end=period.start)
    moved = Moved(
        period=period,
        previous_period=previous_period,
        after=score(command.metric, now.total),
        before=score(command.metric, before.total),
        change=change(
            command.metric, now.total, before.total, pairs=pairs, overlapping=period.overlaps(previous_period)
        ),
        split=split(command.metric, before, now, label_from(labels or {})),
    )
    return WhyResult(command=command, moved=moved, timezone=today.timezone, spelling=spelling or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendRequests:
    """One request per point, oldest first."""

    period: Period
    unit: Unit
    points: tuple[ScoreRequest, ...]


def trend_requests(command: TrendCommand, today: Today, first_day: date | None = None) -> TrendRequests:
    """`first_day`: of the first answer, needed where the period is `all` (`asks_for_all`)."""
    period = resolve(command.period, today.day, today.week_start, first_day)
    unit = bucket_unit(period)
    points = tuple(
        ScoreRequest(
            metric=command.metric,
            series=command.series,
            period=part,
            filters=command.filters,
            latest=command.latest,
        )
        for part in buckets(period, unit, today.week_start)
    )
    return TrendRequests(period=period, unit=unit, points=points)


def asks_for_all(command: ScoreCommand | WhyCommand | TrendCommand) -> bool:
    return isinstance(command.period, All)


def trend_result(
    command: TrendCommand,
    requests: TrendRequests,
    counted: Sequence[TallySet],
    *,
    today: Today,
    spelling: Mapping[str, str] | None = None,
) -> TrendResult:
    """`counted`: one per request, in their order."""
    points = tuple(
        TrendPoint(period=request.period or requests.period, score=score(command.metric, tally.total))
        for request, tally in zip(requests.points, counted, strict=True)
    )
    trend = Trend(metric=command.metric, unit=requests.unit, points=points, by_mean=told_by_mean(command))
    return TrendResult(
        command=command, trend=trend, period=requests.period, timezone=today.timezone, spelling=spelling or {}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainRequests:
    """From all scored answers of the metric to those in the figure, each step leaving some out."""

    every: ScoreRequest
    of_series: ScoreRequest
    filtered: ScoreRequest


def explain_requests(question: ScoreCommand, today: Today) -> ExplainRequests:
    """Asked besides `figure_requests(question, today)`."""
    every = ScoreRequest(metric=question.metric, series=None, period=_counted(question.period, today))
    of_series = replace(every, series=question.series)
    return ExplainRequests(every=every, of_series=of_series, filtered=replace(of_series, filters=question.filters))


def explain_result(
    command: ExplainCommand,
    result: ScoreResult,
    now: TallySet,
    every: TallySet,
    of_series: TallySet,
    filtered: TallySet,
) -> ExplainResult:
    """`now` is what `result` was made of; the others answer `explain_requests`."""
    steps = (
        (LeftOut.OTHER_SERIES, every.total.n - of_series.total.n),
        (LeftOut.FILTERS, of_series.total.n - filtered.total.n),
        (LeftOut.EARLIER_OF_SAME_PERSON, filtered.total.n - now.total.n),
    )
    return ExplainResult(command=command, score=result, left_out=tuple(step for step in steps if step[1] > 0))
