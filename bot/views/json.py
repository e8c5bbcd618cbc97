"""Results as JSON objects for scripts, exactly as product.md section 11 says. Full precision, never rounded."""

from bot.commands.results import ExplainResult, Moved, Result, ScoreResult, TrendResult, WhyResult
from bot.views.groups import groups_kept, in_name_order
from bot.views.phrases import group_key
from surveys.definitions.model import Metric, Series
from surveys.insight.figures import Change, Figure, Interval, MixSplit, Score, ScoreGroup, Withheld
from surveys.insight.queries import Dimension, Period
from surveys.words import ENGLISH

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

ANY_SERIES = "any"


def to_json(result: Result) -> dict[str, Json]:
    match result:
        case ScoreResult():
            return score_json(result)
        case WhyResult():
            return why_json(result)
        case TrendResult():
            return trend_json(result)
        case ExplainResult():
            return explain_json(result)


def score_json(result: ScoreResult) -> dict[str, Json]:
    figure, command = result.figure, result.command
    if isinstance(figure, Withheld):
        return {**_withheld_figures(command.metric, command.series, result), "withheld": figure.reason}
    found = _figure(figure, figure.score, figure.previous, figure.change, result.timezone, figure.response_rate)
    if figure.groups is not None:
        found["groups"] = [_group(figure, group, result.timezone) for group in groups_kept(figure, command, ENGLISH)]
    return found


def _figure(
    figure: Figure, score: Score, previous: Score | None, change: Change | None, timezone: str, rate: float | None
) -> dict[str, Json]:
    compared = previous if previous is not None and change is not None else None
    return {
        "metric": figure.metric.value,
        "series": _series(figure.series),
        "period": period_json(figure.period, timezone),
        **_score(score),
        "previous": _previous(compared, figure.previous_period, timezone),
        "change": _change(change) if compared is not None else None,
        "response_rate": rate,
    }


def _group(figure: Figure, group: ScoreGroup, timezone: str) -> dict[str, Json]:
    same = _figure(figure, group.score, group.previous, group.change, timezone, None)
    return {"key": group_key(group.key, group.label), **same}


def _score(score: Score) -> dict[str, Json]:
    counts = score.distribution
    return {
        "score": score.value,
        "n": score.n,
        "people": score.people,
        "interval": _interval(score.interval),
        "interval_accounts": _interval(score.interval_accounts),
        "mean": score.mean,
        "distribution": None if counts is None else {str(value): count for value, count in sorted(counts.items())},
        "low_n": score.low_n,
    }


def _previous(score: Score | None, period: Period | None, timezone: str) -> Json:
    if score is None or period is None:
        return None
    return {
        "period": period_json(period, timezone),
        "score": score.value,
        "n": score.n,
        "interval": _interval(score.interval),
    }


def _change(change: Change | None) -> Json:
    if change is None:
        return None
    return {"delta": change.delta, "real": change.real, "basis": change.basis.value if change.basis else None}


def _interval(interval: Interval | None) -> Json:
    return None if interval is None else [interval.low, interval.high]


def _series(series: Series | None) -> str:
    return series.value if series else ANY_SERIES


def period_json(period: Period, timezone: str) -> dict[str, Json]:
    """Local dates, both in."""
    return {"start": period.start.isoformat(), "end": period.last.isoformat(), "timezone": timezone}


def _withheld_figures(metric: Metric, series: Series | None, result: ScoreResult) -> dict[str, Json]:
    nothing = ("score", "n", "people", "interval", "interval_accounts", "mean", "distribution", "low_n")
    return {
        "metric": metric.value,
        "series": _series(series),
        "period": period_json(result.period, result.timezone),
        **dict.fromkeys((*nothing, "previous", "change", "response_rate")),
    }


# ── why, trend, explain ────────────────────────────────────────────────────────────────────────────────────────


def why_json(result: WhyResult) -> dict[str, Json]:
    command, moved = result.command, result.moved
    about: dict[str, Json] = {
        "metric": command.metric.value,
        "series": _series(command.series),
        "by": command.by.value,
    }
    if isinstance(moved, Withheld):
        nothing = ("period", "previous_period", "after", "before", "change", "opinion", "mix", "parts")
        return {**about, **dict.fromkeys(nothing), "withheld": moved.reason}
    return {**about, **_moved(moved, result.timezone), **_split(moved.split, command.by)}


def _moved(moved: Moved, timezone: str) -> dict[str, Json]:
    return {
        "period": period_json(moved.period, timezone),
        "previous_period": period_json(moved.previous_period, timezone),
        "after": _score(moved.after),
        "before": _score(moved.before),
        "change": _change(moved.change),
    }


def _split(split: MixSplit | None, by: Dimension) -> dict[str, Json]:
    if split is None:
        return {"opinion": None, "mix": None, "parts": None}
    return {
        "opinion": split.rate,
        "mix": split.mix,
        "parts": [
            {
                "key": group_key(part.key, part.label),
                "n_before": part.n_before,
                "n_after": part.n_after,
                "score_before": part.score_before,
                "score_after": part.score_after,
                "opinion": part.rate,
                "mix": part.mix,
                "together": part.total,
            }
            for part in in_name_order(split.parts, by, ENGLISH)
        ],
    }


def trend_json(result: TrendResult) -> dict[str, Json]:
    command, trend = result.command, result.trend
    about: dict[str, Json] = {
        "metric": command.metric.value,
        "series": _series(command.series),
        "period": period_json(result.period, result.timezone),
    }
    if isinstance(trend, Withheld):
        return {**about, "unit": None, "points": None, "withheld": trend.reason}
    points: list[Json] = [
        {"period": period_json(point.period, result.timezone), **_score(point.score), "new_series": point.new_series}
        for point in trend.points
    ]
    return {**about, "unit": trend.unit.value, "points": points}


def explain_json(result: ExplainResult) -> dict[str, Json]:
    """The figure's own object, with what was asked and what was left out."""
    return {
        **score_json(result.score),
        "query": result.score.command.text,
        "left_out": {reason.value: count for reason, count in result.left_out},
    }
