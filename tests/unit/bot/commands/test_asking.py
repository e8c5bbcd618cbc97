"""Tests for the glue between a question, what is counted for it, and the result."""

from datetime import date

import pytest

from bot.commands.asking import (
    Today,
    explain_requests,
    explain_result,
    figure_requests,
    one_account,
    periods_of,
    score_result,
    surveys_feeding,
    trend_requests,
    trend_result,
    why_result,
)
from bot.commands.explain import ExplainCommand
from bot.commands.grammar import parse
from bot.commands.results import LeftOut, Moved
from bot.commands.scores import ScoreCommand
from bot.commands.trend import TrendCommand
from bot.commands.why import WhyCommand
from surveys.definitions.loader import shipped
from surveys.definitions.model import Metric, Series
from surveys.insight.figures import Figure
from surveys.insight.queries import Dimension, Period, Tally, TallySet
from surveys.insight.trend import Trend

TODAY = Today(day=date(2026, 7, 6), timezone="Europe/Warsaw")
FIRST_DAY = date(2025, 1, 3)


def asked(text: str) -> ScoreCommand:
    command = parse(text)
    assert isinstance(command, ScoreCommand)
    return command


def why(text: str) -> WhyCommand:
    command = parse(text)
    assert isinstance(command, WhyCommand)
    return command


def counted(detractors: int, passives: int, promoters: int) -> TallySet:
    counts = {3: detractors, 7: passives, 10: promoters}
    n = detractors + passives + promoters
    return TallySet(total=Tally(counts=counts, people=n), first_day=FIRST_DAY if n else None)


def days(start: str, end: str) -> Period:
    """Both days in."""
    return Period(start=date.fromisoformat(start), end=date.fromordinal(date.fromisoformat(end).toordinal() + 1))


@pytest.mark.parametrize(
    ("text", "now", "before"),
    [
        ("nps last-30d", days("2026-06-07", "2026-07-06"), days("2026-05-08", "2026-06-06")),
        ("nps last-quarter", days("2026-04-01", "2026-06-30"), days("2026-01-01", "2026-03-31")),
        ("nps last-quarter vs year-ago", days("2026-04-01", "2026-06-30"), days("2025-04-01", "2025-06-30")),
        ("nps 2026-03 vs 2025-Q4", days("2026-03-01", "2026-03-31"), days("2025-10-01", "2025-12-31")),
        ("nps this-month", days("2026-07-01", "2026-07-06"), days("2026-06-01", "2026-06-06")),
    ],
)
def test_a_question_is_counted_over_its_days_and_those_it_is_compared_with(
    text: str, now: Period, before: Period
) -> None:
    requests = figure_requests(asked(text), TODAY)
    assert requests.now.period == now
    assert requests.before is not None
    assert requests.before.period == before
    assert periods_of(asked(text), TODAY) == (now, before)


def test_all_is_counted_without_bounds_and_printed_from_the_first_answer() -> None:
    requests = figure_requests(asked("nps all"), TODAY)
    assert (requests.now.period, requests.before) == (None, None)
    result = score_result(asked("nps all"), counted(1, 2, 3), None, today=TODAY)
    assert (result.period.start, result.period.last) == (FIRST_DAY, TODAY.day)
    assert isinstance(result.figure, Figure)
    assert result.figure.previous is None
    assert result.figure.change is None


def test_filters_series_groups_and_latest_reach_the_request() -> None:
    command = asked("nps by role account:Acme series:any latest")
    request = figure_requests(command, TODAY).now
    assert (request.series, request.by, request.latest) == (None, Dimension.ROLE, True)
    assert request.filters == command.filters


def test_the_result_has_the_score_of_both_periods_and_their_change() -> None:
    result = score_result(asked("nps last-30d"), counted(1, 2, 3), counted(3, 2, 1), today=TODAY)
    figure = result.figure
    assert isinstance(figure, Figure)
    assert figure.score.value == pytest.approx(100 / 3)
    assert figure.previous is not None
    assert figure.change is not None
    assert figure.change.delta == pytest.approx(200 / 3)


def test_periods_that_share_days_are_not_tested_against_each_other() -> None:
    result = score_result(asked("nps 2026-03 vs 2026-Q1"), counted(30, 2, 3), counted(3, 2, 30), today=TODAY)
    assert isinstance(result.figure, Figure)
    assert result.figure.change is not None
    assert result.figure.change.real is None


def test_an_empty_period_has_no_score_and_no_change() -> None:
    result = score_result(asked("nps today"), counted(0, 0, 0), counted(1, 1, 1), today=TODAY)
    assert isinstance(result.figure, Figure)
    assert (result.figure.score.value, result.figure.change, result.figure.previous) == (None, None, None)


def test_why_against_an_empty_period_has_no_split() -> None:
    result = why_result(why("why nps last-quarter"), counted(1, 2, 3), counted(0, 0, 0), today=TODAY)
    assert isinstance(result.moved, Moved)
    assert result.moved.split is None
    assert result.moved.change is None


def test_a_trend_asks_once_per_month_and_keeps_the_order() -> None:
    command = parse("trend nps last-12mo")
    assert isinstance(command, TrendCommand)
    requests = trend_requests(command, TODAY)
    assert len(requests.points) == 13
    assert requests.points[0].period == days("2025-07-07", "2025-07-31")
    counts = [counted(0, 0, n) for n in range(len(requests.points))]
    result = trend_result(command, requests, counts, today=TODAY)
    assert isinstance(result.trend, Trend)
    assert [point.score.n for point in result.trend.points] == list(range(13))


def test_explain_says_how_many_answers_each_step_left_out() -> None:
    command = parse("explain nps last-30d role:technical latest")
    assert isinstance(command, ExplainCommand)
    assert command.question is not None
    requests = explain_requests(command.question, TODAY)
    assert (requests.every.series, requests.every.filters) == (None, ())
    assert (requests.of_series.series, requests.of_series.filters) == (Series.RELATIONSHIP, ())
    assert requests.filtered.filters == command.question.filters
    assert not requests.filtered.latest
    now = counted(0, 0, 40)
    result = explain_result(
        command,
        score_result(command.question, now, None, today=TODAY),
        now,
        counted(0, 0, 100),
        counted(0, 0, 90),
        counted(0, 0, 40),
    )
    assert result.left_out == ((LeftOut.OTHER_SERIES, 10), (LeftOut.FILTERS, 50))


def test_the_response_rate_of_a_metric_is_that_of_the_surveys_that_feed_it() -> None:
    assert surveys_feeding(Metric.NPS, Series.RELATIONSHIP, shipped()) == ("nps",)
    assert surveys_feeding(Metric.CONTINUE, None, shipped()) == ()


def test_a_question_about_one_account_is_recognised_and_one_about_several_is_not() -> None:
    assert one_account(asked("nps account:Acme role:technical")) == "acme"
    assert one_account(asked("nps account:Acme,Beta")) is None
    assert one_account(asked("nps -account:Acme")) is None
