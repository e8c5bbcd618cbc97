"""The chart of a score over time, as Vega-Lite data. Pure: no rendering here. What it says in words is in `trend`.

Nothing is told by colour alone: points, bands and lines carry their numbers and words.
"""

import math
from collections.abc import Sequence
from datetime import date

from surveys.insight.chart_style import (
    ACCENT,
    GRID,
    INK,
    MUTED,
    PAPER,
    WIDTH,
    Json,
    Row,
    across,
    at,
    day_text,
    document,
    layer,
    plain,
    points_text,
    text_field,
    text_mark,
    with_halo,
)
from surveys.insight.local_days import Unit
from surveys.insight.metrics import METRICS, MetricKind
from surveys.insight.scoring import wider_interval
from surveys.insight.trend import (
    ALL_LABELLED,
    Trend,
    TrendPoint,
    labelled,
    point_day,
    tick,
    trend_title,
    value_of,
    value_text,
)
from surveys.words import Words

_HEIGHT = 190
_MOST_TICKS = {Unit.DAY: 7, Unit.WEEK: 7, Unit.MONTH: 12, Unit.QUARTER: 9, Unit.YEAR: 9}
"""How many labels of each kind stand side by side without touching."""


def trend_spec(trend: Trend, words: Words) -> str:
    """The chart of a score over time, as JSON for the chart renderer."""
    rows = _point_rows(trend)
    low, high, step = _vertical(trend, rows)
    count = len(trend.points)
    layers = [
        _grid(trend, low, high, step),
        *([] if trend.by_mean else _intervals(rows, count)),
        *_target(trend, words),
        *_new_wordings(trend, words),
        *_marks(trend, words),
        *_line(rows, count),
        *_feet(trend, words),
        *([] if rows else [_nothing(words)]),
    ]
    return document(trend_title(trend, words), _subtitle(trend, words), _HEIGHT, layers)


def _nothing(words: Words) -> Json:
    text: Row = {"text": words.gettext("no responses yet")}
    place: Json = {"x": at(WIDTH / 2), "y": at(_HEIGHT / 4), "text": text_field()}
    return layer([text], text_mark(15, MUTED), place)


def _subtitle(trend: Trend, words: Words) -> list[str]:
    _ = words.gettext
    definition = METRICS[trend.metric]
    if trend.by_mean:
        scale = _("mean on {low}–{high}").format(low=definition.low, high=definition.high)
        few = _("few people of one account, so no score")
        return [*([trend.about] if trend.about else []), f"{scale} · {few}"]
    notes = [_("shaded: 95 % interval")]
    if definition.kind is MetricKind.SHARE:
        first, last = definition.positive[0], definition.positive[-1]
        notes.insert(0, _("% answering {first}–{last}").format(first=first, last=last))
    if any(point.score.n and point.score.low_n for point in trend.points):
        notes.append(_("hollow: low n or wide interval"))
    return [*([trend.about] if trend.about else []), " · ".join(notes)]


def _point_rows(trend: Trend) -> list[Row]:
    """The points that have a value, as the chart's data; their places are counted from 0. A gap or a new wording
    starts a new segment of the line.
    """
    values = [value_of(trend, point) for point in trend.points]
    named = labelled(values)
    segments = _segments(trend.points)
    rows: list[Row] = []
    for index, point in enumerate(trend.points):
        value, around = values[index], wider_interval(point.score)
        if value is None:
            continue
        beside = [values[i] for i in (index - 1, index + 1) if 0 <= i < len(values)]
        near = [other for other in beside if other is not None]
        rows.append(
            {
                "x": index,
                "value": value,
                "low": around.low if around else value,
                "high": around.high if around else value,
                "segment": segments[index],
                "alone": segments.count(segments[index]) == 1,
                "few": point.score.low_n and not trend.by_mean,
                "text": value_text(trend, value) if index in named else "",
                "below": bool(near) and value < sum(near) / len(near),
            }
        )
    return rows


def _segments(points: Sequence[TrendPoint]) -> list[int]:
    """For each point the number of its stretch of line; points without a value get one of their own, below zero."""
    found: list[int] = []
    segment = 0
    for index, point in enumerate(points):
        if point.score.value is None or point.new_series:
            segment += 1
        found.append(-1 - index if point.score.value is None else segment)
    return found


def _vertical(trend: Trend, rows: Sequence[Row]) -> tuple[float, float, float]:
    """Lowest, highest and step of the scale: round numbers around all intervals, and never a zoom that dramatises."""
    if trend.by_mean:
        first, last = METRICS[trend.metric].scale[0], METRICS[trend.metric].scale[-1]
        return float(first), float(last), 2.0 if last - first > 6 else 1.0
    least, most = METRICS[trend.metric].bounds
    ends = [float(row[end]) for row in rows for end in ("low", "high")]
    ends += [trend.target] if trend.target is not None else []
    low, high = (min(ends), max(ends)) if ends else (least, most)
    narrow = max(0.0, 40.0 - (high - low)) / 2
    low, high = max(low - narrow, least), min(high + narrow, most)
    step = next((step for step in (10.0, 20.0, 25.0) if (high - low) / step <= 5), 50.0)
    return max(math.floor(low / step) * step, least), min(math.ceil(high / step) * step, most), step


def _grid(trend: Trend, low: float, high: float, step: float) -> Json:
    """The scale itself, on an invisible mark; the zero line of a net score is drawn darker."""
    ticks = [low + step * i for i in range(int((high - low) / step) + 1)]
    signed = METRICS[trend.metric].kind is MetricKind.NET and not trend.by_mean
    axis: Json = {
        "values": ticks,
        "tickCount": 2 * len(ticks),  # fewer, and Vega drops some of the values given
        "labelOverlap": False,
        "labelExpr": "datum.value === 0 ? '0' : format(datum.value, '+d')" if signed else "format(datum.value, 'd')",
        "gridColor": {"condition": {"test": "datum.value === 0", "value": "#9aa6b2"}, "value": GRID},
    }
    encoding: Json = {
        "x": across(len(trend.points)),
        "y": {
            "field": "value",
            "type": "quantitative",
            "scale": {"domain": [low, high], "nice": False, "zero": False},
            "axis": axis,
        },
    }
    return layer([{"x": 0.0, "value": low}], {"type": "point", "opacity": 0}, encoding)


def _up(field: str) -> Json:
    return {"field": field, "type": "quantitative"}


def _intervals(rows: Sequence[Row], count: int) -> list[Json]:
    joined = [row for row in rows if not row["alone"]]
    alone = [row for row in rows if row["alone"]]
    encoding: Json = {"x": across(count), "y": _up("low"), "y2": {"field": "high"}}
    band: Json = {"type": "area", "color": ACCENT, "opacity": 0.13}
    bar: Json = {"type": "rule", "color": ACCENT, "opacity": 0.22, "strokeWidth": 10}
    return [
        layer(joined, band, {**encoding, "detail": {"field": "segment", "type": "nominal"}}),
        layer(alone, bar, encoding),
    ]


def _target(trend: Trend, words: Words) -> list[Json]:
    if trend.target is None:
        return []
    text = words.gettext("target {value}").format(value=points_text(trend.metric, trend.target))
    rows: list[Row] = [{"value": trend.target, "text": text}]
    place: Json = {"y": _up("value"), "x": at(WIDTH)}
    label = text_mark(13, MUTED, align="right", baseline="bottom", dy=-4, fontStyle="italic")
    return [
        layer(rows, {"type": "rule", "color": MUTED, "strokeDash": [5, 4]}, {"y": _up("value")}),
        *with_halo(rows, label, {**place, "text": text_field()}),
    ]


def _line(rows: Sequence[Row], count: int) -> list[Json]:
    encoding: Json = {"x": across(count), "y": _up("value")}
    line: Json = {"type": "line", "color": ACCENT, "strokeWidth": 2.5}
    many = count > 2 * ALL_LABELLED
    dot: Json = {"type": "point", "filled": True, "opacity": 1, "size": 34 if many else 64}
    solid = {**dot, "color": ACCENT, "stroke": PAPER, "strokeWidth": 1.5}
    hollow = {**dot, "color": PAPER, "stroke": ACCENT, "strokeWidth": 2}
    layers = [
        layer(rows, line, {**encoding, "detail": {"field": "segment", "type": "nominal"}}),
        layer([row for row in rows if not row["few"]], solid, encoding),
        layer([row for row in rows if row["few"]], hollow, encoding),
    ]
    for below in (False, True):
        named = [row for row in rows if row["text"] and row["below"] is below]
        words = text_mark(14, INK, fontWeight="bold", dy=17 if below else -14)
        layers += with_halo(named, words, {**encoding, "text": text_field()})
    return layers


def _new_wordings(trend: Trend, words: Words) -> list[Json]:
    """A line where the question was asked in other words from then on: figures on its two sides do not compare."""
    text = words.gettext("new wording")
    rows: list[Row] = [{"x": i - 0.5, "text": text} for i, point in enumerate(trend.points) if point.new_series and i]
    x = across(len(trend.points))
    label = text_mark(12, MUTED, align="left", dx=4, fontStyle="italic")
    return [
        layer(rows, {"type": "rule", "color": MUTED, "strokeWidth": 1}, {"x": x, "y": at(0), "y2": at(_HEIGHT)}),
        *with_halo(rows, label, {"x": x, "y": at(_HEIGHT - 8), "text": text_field()}),
    ]


def _marks(trend: Trend, words: Words) -> list[Json]:
    """A thin line and a number where something happened; the numbers are explained under the chart."""
    if not trend.marks or not trend.points:
        return []
    rows: list[Row] = [
        {
            "x": _place(trend.points, mark.day),
            "number": str(number),
            "text": f"{number}: {day_text(mark.day, words)} · {plain(mark.text)}",
        }
        for number, mark in enumerate(trend.marks_shown, start=1)
    ]
    x = across(len(trend.points))
    layers = [
        layer(rows, {"type": "rule", "color": MUTED, "strokeDash": [2, 3]}, {"x": x, "y": at(0), "y2": at(_HEIGHT)}),
        layer(rows, {"type": "point", "filled": True, "opacity": 1, "size": 240, "color": MUTED}, {"x": x, "y": at(0)}),
        layer(
            rows,
            text_mark(12, PAPER, fontWeight="bold", baseline="middle"),
            {"x": x, "y": at(0), "text": text_field("number")},
        ),
    ]
    start = _HEIGHT + (60 if _yearly(trend) else 78)
    for line, row in enumerate(rows):
        place: Json = {"x": at(0), "y": at(start + 18 * line), "text": text_field()}
        layers.append(layer([row], text_mark(13, MUTED, align="left"), place))
    return layers


def _place(points: Sequence[TrendPoint], day: date) -> float:
    """Where a day lies among the points: within its period, whose point stands in the middle of its place.

    Of windows that overlap the points stand for their last days.
    """
    periods = [point.period for point in points]
    overlap = len(periods) > 1 and periods[0].overlaps(periods[1])
    for index, period in enumerate(periods):
        if day > period.last:
            continue
        if not overlap:
            return index - 0.5 + max((day - period.start).days + 0.5, 0.0) / period.days
        since = (period.last - day).days
        step = (period.last - periods[index - 1].last).days if index else period.days
        return max(index - since / step, -0.5)
    return len(periods) - 0.5


def _feet(trend: Trend, words: Words) -> list[Json]:
    """Under the plot: when, which year, and how many answers."""
    _ = words.gettext
    count = len(trend.points)
    every = math.ceil(count / _MOST_TICKS[Unit.WEEK if trend.rolling_days else trend.unit]) if count else 1
    rows: list[Row] = []
    year = None
    for index, point in enumerate(trend.points):
        if (count - 1 - index) % every:
            continue
        day = point_day(trend, point)
        rows.append(
            {
                "x": index,
                "tick": tick(trend, day, words),
                "year": str(day.year) if day.year != year else "",
                "n": str(point.score.n),
            }
        )
        year = day.year
    x = across(count)
    yearly = _yearly(trend)
    n_at = _HEIGHT + (37 if yearly else 56)
    feet = [("tick", INK, _HEIGHT + 19), ("year", MUTED, _HEIGHT + 36), ("n", MUTED, n_at)]
    head = text_mark(13, MUTED, align="right", fontStyle="italic")
    return [
        *(
            layer(rows, text_mark(13, color), {"x": x, "y": at(height), "text": text_field(field)})
            for field, color, height in feet
            if not (yearly and field == "year")
        ),
        layer([{"text": _("n")}], head, {"x": at(-8), "y": at(n_at), "text": text_field()}),
    ]


def _yearly(trend: Trend) -> bool:
    """The ticks are the years themselves, so that no second row need say them."""
    return trend.unit is Unit.YEAR and not trend.rolling_days
