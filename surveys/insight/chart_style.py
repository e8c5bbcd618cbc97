"""How every chart looks, and the small pieces that they are drawn with: Vega-Lite fragments, texts of figures and days.

Which data a chart shows is in `charts`. Every expression is a constant here; whatever a person typed enters as a data
value or a plain string, cut to a length and without control characters.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from surveys.definitions.model import Metric
from surveys.insight.metrics import METRICS, MetricKind
from surveys.insight.statistics import shown
from surveys.words import Words

Json = dict[str, object]
Row = dict[str, str | float | bool]
"""One line of a chart's data."""

WIDTH = 400
"""Of the plot, in CSS pixels; with its margins a chart is about 450 wide, and still readable on a phone at 350."""

INK = "#1b2733"
MUTED = "#566373"
GRID = "#e4e9ee"
PAPER = "#ffffff"
ACCENT = "#1f5fbf"

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_LONGEST_TEXT = 70


def document(title: str, subtitle: Sequence[str], height: int, layers: Sequence[Json]) -> str:
    """A whole chart as JSON, safe also inside an HTML page."""
    spec: Json = {
        "$schema": _SCHEMA,
        "width": WIDTH,
        "height": height,
        "background": PAPER,
        "padding": 14,
        "title": {"text": plain(title), "subtitle": [plain(line) for line in subtitle]},
        "layer": list(layers),
        "config": {
            "font": _FONT,
            "view": {"stroke": None},
            "title": {
                "anchor": "start",
                "frame": "bounds",
                "color": INK,
                "fontSize": 18,
                "fontWeight": "bold",
                "subtitleColor": MUTED,
                "subtitleFontSize": 14,
                "subtitlePadding": 5,
                "offset": 20,
                "limit": WIDTH + 40,
            },
            "axis": {
                "labelColor": MUTED,
                "labelFontSize": 13,
                "labelPadding": 6,
                "domain": False,
                "ticks": False,
                "grid": True,
                "gridColor": GRID,
                "title": None,
            },
        },
    }
    return json.dumps(spec, ensure_ascii=True, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def plain(text: str, longest: int = _LONGEST_TEXT) -> str:
    """One line of printable text of bounded length."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def layer(rows: Iterable[Row], mark: Json, encoding: Json) -> Json:
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def across(points: int, field: str = "x") -> Json:
    """Position on a row of `points` places, the first at 0."""
    return {
        "field": field,
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [-0.5, max(points, 1) - 0.5], "nice": False, "zero": False},
    }


def at(pixel: float) -> Json:
    """A fixed place, in pixels from the plot's top or left; beyond its size is the margin."""
    return {"value": pixel}


def text_mark(size: int, color: str = INK, **more: object) -> Json:
    return {"type": "text", "fontSize": size, "color": color, "clip": False, "limit": WIDTH + 40, **more}


def text_field(field: str = "text") -> Json:
    return {"field": field, "type": "nominal"}


def with_halo(rows: Sequence[Row], mark: Json, encoding: Json) -> list[Json]:
    """Words on a white outline, so that a line behind them does not cross them out."""
    outline = {**mark, "stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round", "color": PAPER}
    return [layer(rows, outline, encoding), layer(rows, mark, encoding)]


def mean_text(mean: float | None) -> str:
    """To one decimal: the means of a five-point scale would all look alike as whole numbers. “–” for none."""
    if mean is None:
        return "–"
    return str(Decimal(mean).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def points_text(metric: Metric, value: float | None) -> str:
    """A score as people read it: “+31”, “−28”, “0”; a share without a sign; “–” where there is none."""
    if value is None:
        return "–"
    whole = shown(value)
    sign = "−" if whole < 0 else "+" if whole > 0 and METRICS[metric].kind is MetricKind.NET else ""
    return f"{sign}{abs(whole)}"


def month_name(month: int, words: Words) -> str:
    """The short name of a month, 1 to 12."""
    _ = words.gettext
    names = (
        *(_("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun")),
        *(_("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec")),
    )
    return names[month - 1]


def day_text(day: date, words: Words) -> str:
    _ = words.gettext
    return _("{day} {month} {year}").format(day=day.day, month=month_name(day.month, words), year=day.year)
