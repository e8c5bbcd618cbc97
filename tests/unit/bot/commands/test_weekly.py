"""Tests for what the weekly summary counts: the same slot always asks for the same days."""

import itertools
from datetime import date

from bot.commands.weekly import POINTS, weekly_requests
from surveys.definitions.model import Metric, Series

SLOT = date(2026, 7, 6)


def test_a_monday_tells_of_the_week_before_it_and_of_the_90_days_up_to_sunday() -> None:
    requests = weekly_requests(SLOT)
    assert (requests.week.start, requests.week.last) == (date(2026, 6, 29), date(2026, 7, 5))
    assert requests.now.period is not None
    assert requests.before.period is not None
    assert (requests.now.period.last, requests.now.period.days) == (date(2026, 7, 5), 90)
    assert requests.before.period.end == requests.now.period.start
    assert (requests.now.metric, requests.now.series) == (Metric.NPS, Series.RELATIONSHIP)


def test_the_chart_has_a_point_for_each_week_and_ends_with_the_figure_itself() -> None:
    points = weekly_requests(SLOT).points
    assert len(points) == POINTS
    assert points[-1] == weekly_requests(SLOT).now
    ends = [point.period.end for point in points if point.period]
    assert {(later - earlier).days for earlier, later in itertools.pairwise(ends)} == {7}


def test_the_week_is_compared_with_the_week_before() -> None:
    requests = weekly_requests(SLOT)
    assert requests.week_now.period == requests.week
    assert requests.week_before.period is not None
    assert (requests.week_before.period.days, requests.week_before.period.end) == (7, requests.week.start)
