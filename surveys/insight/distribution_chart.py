"""The chart of how answers are spread over a scale, and the words that say the same. Pure: no rendering here."""

from collections.abc import Mapping

from surveys.definitions.model import Metric
from surveys.insight.chart_style import (
    BAND_FILLS,
    INK,
    MUTED,
    WIDTH,
    Json,
    Row,
    across,
    at,
    document,
    layer,
    text_field,
    text_mark,
)
from surveys.insight.metrics import METRICS, band_names, metric_name
from surveys.insight.scoring import bands
from surveys.insight.statistics import shown
from surveys.words import Words

_HEIGHT = 150


def distribution_spec(metric: Metric, counts: Mapping[int, int], words: Words) -> str:
    """A bar with its count for each value of the scale, and under them the three bands with their shares, as JSON."""
    definition = METRICS[metric]
    places = len(definition.scale)
    fills = {value: fill for fill, values in zip(BAND_FILLS, _ranges(metric), strict=True) for value in values}
    rows: list[Row] = [
        {
            "x": value - definition.low,
            "count": counts.get(value, 0),
            "text": str(counts.get(value, 0)),
            "value": str(value),
            "fill": fills[value],
        }
        for value in definition.scale
    ]
    most = max(counts.values(), default=0) or 1
    up: Json = {"field": "count", "type": "quantitative", "axis": None, "scale": {"domain": [0, most], "nice": False}}
    x = across(places)
    bar: Json = {"type": "bar", "size": 0.72 * WIDTH / places, "cornerRadiusEnd": 3}
    fill: Json = {"field": "fill", "type": "nominal", "scale": None, "legend": None}
    layers = [
        layer(rows, bar, {"x": x, "y": up, "color": fill}),
        layer(rows, text_mark(13, INK, dy=-9), {"x": x, "y": up, "text": text_field()}),
        layer(rows, text_mark(14, INK), {"x": x, "y": at(_HEIGHT + 15), "text": text_field("value")}),
        *_bands(metric, counts, words),
    ]
    return document(_title(metric, counts, words), [words.gettext("Answers per score")], _HEIGHT, layers)


def _ranges(metric: Metric) -> tuple[range, range, range]:
    definition = METRICS[metric]
    return definition.negative, definition.neutral, definition.positive


def _title(metric: Metric, counts: Mapping[int, int], words: Words) -> str:
    n = sum(counts.values())
    text = words.ngettext("{metric}: {n} answer", "{metric}: {n} answers", n)
    return text.format(metric=metric_name(metric, words), n=n)


def _shares(metric: Metric, counts: Mapping[int, int], words: Words) -> list[tuple[str, int, str]]:
    """(name, number, percent) of each band."""
    parts = bands(metric, counts)
    n = sum(parts)
    percents = [f"{shown(100 * part / n)} %" if n else "–" for part in parts]
    return list(zip(band_names(metric, words), parts, percents, strict=True))


def _bands(metric: Metric, counts: Mapping[int, int], words: Words) -> list[Json]:
    """A bracket under the values of each band, with its name and share."""
    definition = METRICS[metric]
    rows: list[Row] = [
        {
            "from": values[0] - definition.low - 0.38,
            "to": values[-1] - definition.low + 0.38,
            "middle": (values[0] + values[-1]) / 2 - definition.low,
            "name": name,
            "percent": percent,
            "fill": fill,
        }
        for values, fill, (name, _, percent) in zip(
            _ranges(metric), BAND_FILLS, _shares(metric, counts, words), strict=True
        )
    ]
    places = len(definition.scale)
    fill: Json = {"field": "fill", "type": "nominal", "scale": None, "legend": None}
    bracket: Json = {"x": across(places, "from"), "x2": {"field": "to"}, "y": at(_HEIGHT + 28), "color": fill}
    middle = across(places, "middle")
    return [
        layer(rows, {"type": "rule", "strokeWidth": 3}, bracket),
        layer(
            rows,
            text_mark(16, INK, fontWeight="bold"),
            {"x": middle, "y": at(_HEIGHT + 45), "text": text_field("percent")},
        ),
        layer(rows, text_mark(13, MUTED), {"x": middle, "y": at(_HEIGHT + 62), "text": text_field("name")}),
    ]


def distribution_alt_text(metric: Metric, counts: Mapping[int, int], words: Words) -> str:
    """What the chart shows, in words: the bands, then every value of the scale."""
    _ = words.gettext
    title = _title(metric, counts, words)
    if not sum(counts.values()):
        return _("{title}: no responses yet.").format(title=metric_name(metric, words))
    parts = ", ".join(
        _("{band} {percent} ({n})").format(band=name, percent=percent, n=n)
        for name, n, percent in _shares(metric, counts, words)
    )
    values = ", ".join(
        _("score {score}: {n}").format(score=value, n=counts.get(value, 0)) for value in METRICS[metric].scale
    )
    return _("{title}. {parts}. {values}.").format(title=title, parts=parts, values=values)
