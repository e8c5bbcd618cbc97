"""A score over time as a value, and what its chart says in words. How it is drawn is in `charts`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from surveys.definitions.model import Metric
from surveys.insight.chart_style import day_text, mean_text, month_name, plain, points_text
from surveys.insight.figures import Score
from surveys.insight.local_days import Unit
from surveys.insight.metrics import metric_name
from surveys.insight.queries import Period
from surveys.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """One figure of a line. `new_series`: the question's wording changed before it, so the line breaks."""

    period: Period
    score: Score
    new_series: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendMark:
    """Something that happened then (an annotation)."""

    day: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A score over time, oldest point first.

    `unit` is what the periods are cut by; with `rolling_days` each point is instead a window of so many days, named
    by its last one. `about` says in words what the figures are filtered by. `by_mean`: of a single account, whose few
    people have a mean and no score; a target is one for scores and not for means.
    """

    metric: Metric
    unit: Unit
    points: tuple[TrendPoint, ...]
    rolling_days: int | None = None
    about: str = ""
    target: float | None = None
    marks: tuple[TrendMark, ...] = ()
    by_mean: bool = False

    @property
    def marks_shown(self) -> tuple[TrendMark, ...]:
        """The latest few, in order: more cannot be read."""
        return tuple(sorted(self.marks, key=lambda mark: mark.day)[-MOST_MARKS:])


MOST_MARKS = 5
ALL_LABELLED = 12
"""Up to so many points each one carries its number."""


def trend_title(trend: Trend, words: Words) -> str:
    """What the line shows: “NPS by month”."""
    _ = words.gettext
    name = metric_name(trend.metric, words)
    if trend.by_mean:
        name = _("{metric} answers, mean").format(metric=name)
    if trend.rolling_days:
        return _("{metric}, last {n} days, week by week").format(metric=name, n=trend.rolling_days)
    titles = {
        Unit.DAY: _("{metric} by day"),
        Unit.WEEK: _("{metric} by week"),
        Unit.MONTH: _("{metric} by month"),
        Unit.QUARTER: _("{metric} by quarter"),
        Unit.YEAR: _("{metric} by year"),
    }
    return titles[trend.unit].format(metric=name)


def value_of(trend: Trend, point: TrendPoint) -> float | None:
    """What is drawn of a point."""
    return point.score.mean if trend.by_mean else point.score.value


def value_text(trend: Trend, value: float | None) -> str:
    return mean_text(value) if trend.by_mean else points_text(trend.metric, value)


def point_day(trend: Trend, point: TrendPoint) -> date:
    """The day that names a point: its last one for rolling windows, else its first."""
    return point.period.last if trend.rolling_days else point.period.start


def labelled(values: Sequence[float | None]) -> set[int]:
    """Every point of a short line; of a long one the first, the last, the highest and the lowest."""
    known = {index: value for index, value in enumerate(values) if value is not None}
    if len(values) <= ALL_LABELLED or not known:
        return set(known)
    return {min(known), max(known), max(known, key=lambda i: known[i]), min(known, key=lambda i: known[i])}


def tick(trend: Trend, day: date, words: Words) -> str:
    """The short name of a point under the line, without its year."""
    _ = words.gettext
    if trend.rolling_days or trend.unit in (Unit.DAY, Unit.WEEK):
        return _("{day} {month}").format(day=day.day, month=month_name(day.month, words))
    match trend.unit:
        case Unit.QUARTER:
            return _("Q{quarter}").format(quarter=(day.month + 2) // 3)
        case Unit.YEAR:
            return str(day.year)
        case _:
            return month_name(day.month, words)


def alt_text(trend: Trend, words: Words) -> str:
    """What the chart of `trend` shows, in words: every figure of a short line, the telling ones of a long one."""
    _ = words.gettext
    values = [value_of(trend, point) for point in trend.points]
    title = trend_title(trend, words)
    title = f"{title} ({plain(trend.about)})" if trend.about else title
    if not any(point.score.n for point in trend.points):
        return _("{title}: no responses yet.").format(title=title)
    figures = []
    for index in sorted(labelled(values)):
        point = trend.points[index]
        day = point_day(trend, point)
        when = tick(trend, day, words)
        when = when if when == str(day.year) else f"{when} {day.year}"
        value = value_text(trend, values[index])
        figures.append(_("{when} {value} (n {n})").format(when=when, value=value, n=point.score.n))
    sentences = [_("{title}: {figures}.").format(title=title, figures=", ".join(figures))]
    if trend.target is not None:
        sentences.append(_("Target {value}.").format(value=points_text(trend.metric, trend.target)))
    for point in trend.points:
        if point.new_series:
            since = day_text(point.period.start, words)
            sentences.append(_("New wording of the question from {day}.").format(day=since))
    sentences += [
        _("{day}: {event}.").format(day=day_text(mark.day, words), event=plain(mark.text).rstrip("."))
        for mark in trend.marks_shown
    ]
    return " ".join(sentences)
