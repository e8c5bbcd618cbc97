"""Charts: what is drawn is in the data, what is said is in words, and nothing that a person typed becomes code."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest

from surveys.definitions.model import Metric
from surveys.insight.chart_style import plain, points_text
from surveys.insight.charts import trend_spec
from surveys.insight.local_days import Unit
from surveys.insight.periods import CalendarUnit, buckets, resolve, rolling
from surveys.insight.queries import Tally
from surveys.insight.scoring import score
from surveys.insight.trend import Trend, TrendMark, TrendPoint, alt_text
from surveys.words import ENGLISH

TODAY = date(2026, 7, 6)
YEAR = resolve(CalendarUnit(first=date(2025, 1, 1), unit=Unit.YEAR), TODAY)
HOSTILE = [
    "https://evil.example/x.csv",
    "datum['constructor']('alert(1)')()",
    "</script><script>alert(1)</script>",
    "javascript:alert(1)",
    '{"signal": "evil"}',
    "line\nbreak\u0000\u202eand marks",
    "x" * 10_000,
]


def point(index: int, detractors: int, passives: int, promoters: int, *, new_series: bool = False) -> TrendPoint:
    tally = Tally(counts={2: detractors, 7: passives, 9: promoters})
    return TrendPoint(period=buckets(YEAR, Unit.MONTH)[index], score=score(Metric.NPS, tally), new_series=new_series)


def trend(
    *points: TrendPoint, about: str = "", target: float | None = None, marks: tuple[TrendMark, ...] = ()
) -> Trend:
    return Trend(metric=Metric.NPS, unit=Unit.MONTH, points=points, about=about, target=target, marks=marks)


def values(spec: str) -> list[dict[str, object]]:
    return [row for layer in json.loads(spec)["layer"] for row in layer["data"]["values"]]


def test_every_figure_of_a_short_line_is_drawn_with_its_interval_and_n() -> None:
    spec = trend_spec(trend(point(0, 10, 20, 30), point(1, 30, 20, 10)), ENGLISH)
    rows = values(spec)
    figures = [row for row in rows if "low" in row]
    assert {row["text"] for row in figures} == {"+33", "−33"}
    low = score(Metric.NPS, Tally(counts={2: 10, 7: 20, 9: 30})).interval
    assert low is not None
    assert any(row["low"] == low.low and row["high"] == low.high for row in figures)
    assert [row["n"] for row in rows if "n" in row][:2] == ["60", "60"]


def test_the_line_of_one_account_is_drawn_on_the_scale_of_the_question_without_an_interval() -> None:
    line = replace(trend(point(0, 1, 1, 1), point(1, 0, 1, 1)), by_mean=True)
    spec = trend_spec(line, ENGLISH)
    figures = [row for row in values(spec) if "low" in row]
    assert {row["text"] for row in figures} == {"6.0", "8.0"}
    assert not any(row["few"] for row in figures)
    assert "0.13" not in spec
    assert '"domain":[0.0,10.0]' in spec
    assert json.loads(spec)["title"]["subtitle"] == ["mean on 0–10 · few people of one account, so no score"]
    assert alt_text(line, ENGLISH) == "NPS answers, mean by month: Jan 2025 6.0 (n 3), Feb 2025 8.0 (n 2)."


def test_a_month_without_answers_is_a_gap_and_not_a_zero() -> None:
    rows = values(trend_spec(trend(point(0, 1, 1, 8), point(1, 0, 0, 0), point(2, 1, 1, 8)), ENGLISH))
    segments = {row["x"]: row["segment"] for row in rows if "segment" in row}
    assert set(segments) == {0, 2}
    assert segments[0] != segments[2]


def test_a_new_wording_breaks_the_line_and_says_so() -> None:
    line = trend(point(0, 1, 1, 8), point(1, 1, 1, 8), point(2, 1, 1, 8, new_series=True))
    rows = values(trend_spec(line, ENGLISH))
    segments = {row["x"]: row["segment"] for row in rows if "segment" in row}
    assert segments[0] == segments[1] != segments[2]
    assert any(row.get("text") == "new wording" and row["x"] == 1.5 for row in rows)
    assert "New wording of the question from 1 Mar 2025." in alt_text(line, ENGLISH)


def test_low_n_is_told_by_the_points_shape_and_by_words() -> None:
    few = json.loads(trend_spec(trend(point(0, 1, 1, 1)), ENGLISH))
    many = json.loads(trend_spec(trend(point(0, 100, 200, 300)), ENGLISH))
    assert "hollow: low n" in few["title"]["subtitle"][-1]
    assert "hollow" not in many["title"]["subtitle"][-1]


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("count", [0, 1, 5, 60])
def test_a_line_of_any_length_and_unit_can_be_drawn_and_told(unit: Unit, count: int) -> None:
    windows = rolling(TODAY, days=30, step=30, count=count)
    tally = Tally(counts={2: 10, 7: 20, 9: 30})
    points = tuple(TrendPoint(period=window, score=score(Metric.NPS, tally)) for window in windows)
    mark = TrendMark(day=date(2026, 1, 1), text="price change")
    drawn = Trend(metric=Metric.NPS, unit=unit, points=points, marks=(mark,))
    assert json.loads(trend_spec(drawn, ENGLISH))["layer"]
    assert ("no responses yet" in alt_text(drawn, ENGLISH)) is (count == 0)


def test_rolling_windows_are_named_by_their_last_day() -> None:
    points = tuple(
        TrendPoint(period=window, score=score(Metric.NPS, Tally(counts={9: 40})))
        for window in rolling(TODAY, days=90, step=7, count=3)
    )
    line = Trend(metric=Metric.NPS, unit=Unit.WEEK, points=points, rolling_days=90)
    assert alt_text(line, ENGLISH) == (
        "NPS, last 90 days, week by week: 22 Jun 2026 +100 (n 40), 29 Jun 2026 +100 (n 40), 6 Jul 2026 +100 (n 40)."
    )


def test_the_words_of_a_chart_hold_its_figures_target_and_events() -> None:
    line = trend(
        point(0, 10, 20, 30),
        point(1, 30, 20, 10),
        about="role: technical",
        target=40,
        marks=(TrendMark(day=date(2025, 2, 3), text="Price change."),),
    )
    assert alt_text(line, ENGLISH) == (
        "NPS by month (role: technical): Jan 2025 +33 (n 60), Feb 2025 −33 (n 60). Target +40. "
        "3 Feb 2025: Price change."
    )


def test_an_event_stands_at_its_day_within_the_month() -> None:
    marks = (TrendMark(day=date(2025, 1, 1), text="first"), TrendMark(day=date(2025, 2, 28), text="last"))
    rows = values(trend_spec(trend(point(0, 1, 1, 1), point(1, 1, 1, 1), marks=marks), ENGLISH))
    places = [row["x"] for row in rows if row.get("number") in ("1", "2")]
    assert all(isinstance(place, float) and -0.5 <= place <= 1.5 for place in places)
    assert places[0] == pytest.approx(-0.5, abs=0.02)
    assert places[1] == pytest.approx(1.5, abs=0.02)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_person_typed_stays_a_value(text: str) -> None:
    clean = trend_spec(trend(point(0, 1, 2, 3), about="a", marks=(TrendMark(day=TODAY, text="b"),)), ENGLISH)
    spec = trend_spec(trend(point(0, 1, 2, 3), about=text, marks=(TrendMark(day=TODAY, text=text),)), ENGLISH)
    assert skeleton(json.loads(spec)) == skeleton(json.loads(clean))
    assert "<" not in spec
    assert len(spec) < len(clean) + 1_000
    keys = set(re.findall(r'"([A-Za-z]+)":', spec))
    assert not keys & {"url", "href", "expr", "signal", "transform", "params", "loader", "usermeta"}


def skeleton(node: object) -> object:
    """The chart without the strings that are data or titles."""
    match node:
        case dict():
            return {key: "…" if key in ("text", "subtitle") else skeleton(value) for key, value in node.items()}
        case list():
            return [skeleton(value) for value in node]
        case _:
            return node


def test_text_is_cut_to_one_printable_line() -> None:
    assert plain("a\n\tb\u0000  c\u202e") == "a b c"
    assert plain("x" * 100, 10) == "xxxxxxxxx…"


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        (Metric.NPS, 30.5, "+31"),
        (Metric.NPS, -27.64, "−28"),
        (Metric.NPS, 0.2, "0"),
        (Metric.CSAT, 69.16, "69"),
        (Metric.NPS, None, "–"),
    ],
)
def test_a_score_is_written_with_its_sign_and_a_share_without(metric: Metric, value: float | None, text: str) -> None:
    assert points_text(metric, value) == text
