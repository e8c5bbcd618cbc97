"""Tests for figures about employees: only what was released, only through the gate."""

from datetime import date

import pytest

from bot.commands.advice import Advice
from bot.commands.asking import Today
from bot.commands.employees import (
    about_employees,
    employee_periods,
    employee_result,
    employee_trend,
    employee_trend_period,
    employee_why,
)
from bot.commands.grammar import parse
from bot.commands.scores import ScoreCommand
from bot.commands.trend import TrendCommand
from bot.commands.why import WhyCommand
from surveys.insight.figures import Figure, Withheld
from surveys.insight.trend import Trend
from surveys.privacy.gate import ReleasedWave, release_month
from surveys.words import ENGLISH

TODAY = Today(day=date(2026, 7, 6), timezone="Europe/Warsaw")


def wave(month: int, promoters: int, n: int = 48) -> ReleasedWave:
    released = release_month({3: n - promoters, 10: promoters}, date(2026, month, 1))
    assert isinstance(released, ReleasedWave)
    return released


def asked(text: str) -> ScoreCommand:
    command = parse(text)
    assert isinstance(command, ScoreCommand)
    return command


def test_past_whole_months_are_shown_with_their_change() -> None:
    command = asked("enps last-quarter")
    assert [str(period) for period in employee_periods(command, TODAY)]
    result = employee_result(command, [wave(5, 36)], [wave(2, 24)], today=TODAY, words=ENGLISH)
    assert isinstance(result.figure, Figure)
    assert (result.figure.score.value, result.figure.score.n) == (50.0, 48)
    assert result.figure.change is not None
    assert result.figure.change.delta == 50.0


@pytest.mark.parametrize(
    "text",
    [
        "enps last-quarter by team",
        "enps last-quarter team:Support",
        "enps last-quarter -language:de",
        "enps last-30d",
        "enps this-month",
        "enps 2026-05-12",
        "enps last-quarter latest",
        "enps last-quarter series:event",
    ],
)
def test_groups_filters_and_part_months_are_withheld_always_for_the_same_sentence(text: str) -> None:
    refused = employee_result(asked(text), [wave(5, 36)], [wave(2, 24)], today=TODAY, words=ENGLISH).figure
    nothing_released = employee_result(asked("enps last-month"), [], [], today=TODAY, words=ENGLISH).figure
    assert isinstance(refused, Withheld)
    assert refused == nothing_released


def test_a_change_is_never_split_for_employees() -> None:
    command = parse("why enps last-quarter")
    assert isinstance(command, WhyCommand)
    assert isinstance(employee_why(command, TODAY, ENGLISH).moved, Withheld)


def test_a_trend_has_one_point_per_released_month_and_a_gap_where_there_is_none() -> None:
    command = parse("trend enps last-12mo")
    assert isinstance(command, TrendCommand)
    period = employee_trend_period(command, TODAY)
    assert (period.start, period.last) == (date(2025, 8, 1), date(2026, 6, 30))
    trend = employee_trend(command, [wave(2, 24), wave(5, 36)], today=TODAY, words=ENGLISH).trend
    assert isinstance(trend, Trend)
    assert {p.period.start.month: p.score.value for p in trend.points if p.score.n} == {2: 0.0, 5: 50.0}
    assert all(point.period.days >= 28 for point in trend.points)


def test_a_filtered_trend_and_one_without_a_release_are_withheld_alike() -> None:
    filtered, plain = parse("trend enps team:Support"), parse("trend enps")
    assert isinstance(filtered, TrendCommand)
    assert isinstance(plain, TrendCommand)
    one = employee_trend(filtered, [wave(5, 36)], today=TODAY, words=ENGLISH).trend
    assert isinstance(one, Withheld)
    assert one == employee_trend(plain, [], today=TODAY, words=ENGLISH).trend


def test_only_questions_about_employees_take_this_way() -> None:
    for text, expected in (("enps", True), ("trend enps", True), ("explain enps", True), ("nps", False)):
        command = parse(text)
        assert not isinstance(command, Advice)
        assert about_employees(command) is expected  # type: ignore[arg-type]
