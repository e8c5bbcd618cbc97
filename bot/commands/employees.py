"""Figures about employees: what the store released, through the gate, to the same results as other figures.

Counts never come here. A question that the gate does not allow and one without a release give the same sentence.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.commands.asking import Today, periods_of
from bot.commands.explain import ExplainCommand
from bot.commands.results import ExplainResult, ScoreResult, TrendResult, WhyResult
from bot.commands.scores import ScoreCommand
from bot.commands.trend import TrendCommand
from bot.commands.why import WhyCommand
from surveys.definitions.model import Metric
from surveys.insight.figures import Score, Withheld
from surveys.insight.local_days import Unit
from surveys.insight.metrics import METRICS
from surveys.insight.periods import All, buckets, resolve
from surveys.insight.queries import Period
from surveys.insight.trend import Trend, TrendPoint
from surveys.privacy.gate import ReleasedWave, allow, combine, released_figure, withheld
from surveys.words import Words

NO_FIGURE = Score(
    value=None, n=0, people=0, interval=None, interval_accounts=None, mean=None, distribution=None, low_n=True
)


def about_employees(command: ScoreCommand | TrendCommand | WhyCommand | ExplainCommand) -> bool:
    """Whether a command must be answered here and nowhere else."""
    if isinstance(command, ExplainCommand):
        return command.question is not None and command.question.metric is Metric.ENPS
    return command.metric is Metric.ENPS


def employee_periods(command: ScoreCommand, today: Today) -> tuple[Period | None, Period | None]:
    """(now, before): what to read released waves for. `now` None is all of them; `before` None is no comparison."""
    period, before = periods_of(command, today)
    return (None if isinstance(command.period, All) else period), before


def employee_result(
    command: ScoreCommand,
    now: Sequence[ReleasedWave],
    before: Sequence[ReleasedWave],
    *,
    today: Today,
    words: Words,
) -> ScoreResult:
    """`now` and `before`: the waves released in `employee_periods`."""
    first = min((wave.month for wave in now), default=None)
    period, previous_period = periods_of(command, today, first)
    asked = None if isinstance(command.period, All) else period
    refused = allow(command.by, command.filters, asked, today.day, words) or _narrowed(command, words)
    comparable = previous_period if previous_period and _whole_months(previous_period) else None
    figure = refused or released_figure(
        period, now, comparable, before if comparable else (), metric=command.metric, words=words
    )
    return ScoreResult(command=command, figure=figure, period=period, timezone=today.timezone)


def _narrowed(command: ScoreCommand | TrendCommand, words: Words) -> Withheld | None:
    """Another series or one answer per person would be a filter under another name."""
    ordinary = command.series is METRICS[command.metric].default_series and not command.latest
    return None if ordinary else withheld(words)


def _whole_months(period: Period) -> bool:
    return period.start.day == 1 and period.end.day == 1


def employee_why(command: WhyCommand, today: Today, words: Words) -> WhyResult:
    """Never split: a split by people or groups is what anonymity forbids."""
    return WhyResult(command=command, moved=withheld(words), timezone=today.timezone)


def employee_explain(command: ExplainCommand, result: ScoreResult) -> ExplainResult:
    """No exclusions with counts: they would be counts."""
    return ExplainResult(command=command, score=replace(result, comments=()))


def employee_trend(command: TrendCommand, waves: Sequence[ReleasedWave], *, today: Today, words: Words) -> TrendResult:
    """One point per released month. `waves`: those of `employee_trend_period`."""
    period = employee_trend_period(command, today, waves)
    refused = allow(None, command.filters, period, today.day, words) or _narrowed(command, words)
    if refused or not waves:
        shown: Trend | Withheld = refused or withheld(words)
        return TrendResult(command=command, trend=shown, period=period, timezone=today.timezone)
    points = tuple(
        TrendPoint(
            period=month, score=_month_score([wave for wave in waves if wave.month == month.start], command, words)
        )
        for month in buckets(period, Unit.MONTH)
    )
    trend = Trend(metric=command.metric, unit=Unit.MONTH, points=points)
    return TrendResult(command=command, trend=trend, period=period, timezone=today.timezone)


def employee_trend_period(command: TrendCommand, today: Today, waves: Sequence[ReleasedWave] = ()) -> Period:
    """The past whole months inside the period asked for: a line of months needs no month that is not over."""
    asked = resolve(command.period, today.day, today.week_start, min((wave.month for wave in waves), default=None))
    first = asked.start if asked.start.day == 1 else _next_month(asked.start)
    end = min(asked.end, today.day).replace(day=1)
    return Period(start=min(first, end), end=end) if first < end else Period(start=end, end=_next_month(end))


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _month_score(waves: Sequence[ReleasedWave], command: TrendCommand, words: Words) -> Score:
    score = combine(waves, command.metric, words)
    return NO_FIGURE if isinstance(score, Withheld) else score
