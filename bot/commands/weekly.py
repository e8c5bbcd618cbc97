"""What the weekly summary counts and shows: the rolling 90 days up to yesterday, and the seven days before the slot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.commands.results import WeeklyResult
from surveys.definitions.model import Metric
from surveys.insight.local_days import Unit, shift_days
from surveys.insight.metrics import METRICS
from surveys.insight.periods import rolling
from surveys.insight.queries import Comment, PairedScore, Period, ResponseCounts, ScoreRequest, TallySet
from surveys.insight.scoring import FigureRequest, figure, score
from surveys.insight.trend import Trend, TrendPoint
from surveys.sending.model import WeekCounts

ROLLING_DAYS = 90
POINTS = 13
"""A quarter of weekly points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyRequests:
    """`points`: one per week, oldest first; the last one is the same as `now`."""

    week: Period
    now: ScoreRequest
    before: ScoreRequest
    week_now: ScoreRequest
    week_before: ScoreRequest
    points: tuple[ScoreRequest, ...]


def weekly_requests(slot: date, metric: Metric = Metric.NPS) -> WeeklyRequests:
    """`slot`: the local day that the summary is for; it tells of the days before it, so that it can be made again."""
    yesterday = shift_days(slot, -1)
    week = Period(start=shift_days(slot, -7), end=slot)
    series = METRICS[metric].default_series

    def request(period: Period) -> ScoreRequest:
        return ScoreRequest(metric=metric, series=series, period=period)

    now = rolling(yesterday, days=ROLLING_DAYS, step=ROLLING_DAYS, count=2)
    return WeeklyRequests(
        week=week,
        now=request(now[1]),
        before=request(now[0]),
        week_now=request(week),
        week_before=request(Period(start=shift_days(slot, -14), end=week.start)),
        points=tuple(request(period) for period in rolling(yesterday, days=ROLLING_DAYS, step=7, count=POINTS)),
    )


def weekly_result(
    requests: WeeklyRequests,
    counted: Sequence[TallySet],
    points: Sequence[TallySet],
    *,
    company: str,
    counts: WeekCounts,
    responses: ResponseCounts,
    comments: Sequence[Comment],
    pairs: Sequence[PairedScore] = (),
    late: bool = False,
) -> WeeklyResult:
    """`counted`: of now, before, week_now, week_before. `responses`, `comments`, `pairs`: of the 90 days."""
    now, before, week_now, week_before = counted
    metric = requests.now.metric
    trend_points = tuple(
        TrendPoint(period=request.period or requests.week, score=score(metric, tally.total))
        for request, tally in zip(requests.points, points, strict=True)
    )
    return WeeklyResult(
        company=company,
        week=requests.week,
        rolling=figure(_about(requests.now, requests.before), now, before, pairs=pairs, responses=responses),
        weekly=figure(_about(requests.week_now, requests.week_before), week_now, week_before),
        counts=counts,
        responses=responses,
        comments=tuple(comments),
        trend=Trend(metric=metric, unit=Unit.WEEK, points=trend_points, rolling_days=ROLLING_DAYS),
        late=late,
    )


def _about(now: ScoreRequest, before: ScoreRequest) -> FigureRequest:
    assert now.period is not None
    return FigureRequest(metric=now.metric, series=now.series, period=now.period, previous_period=before.period)
