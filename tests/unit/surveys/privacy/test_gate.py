"""The gate for everything about employees: what is released of a month, and what is refused, always alike."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.definitions.model import Metric
from surveys.errors import InvalidInput
from surveys.insight.figures import Basis, Figure, Score, Withheld
from surveys.insight.queries import Dimension, Filter, Period, Tally
from surveys.insight.scoring import score
from surveys.insight.statistics import adjusted_wald
from surveys.privacy.gate import (
    ReleasedWave,
    allow,
    combine,
    compare,
    recorded_month,
    release_month,
    released_figure,
    withheld,
)

JANUARY = date(2026, 1, 1)
FEBRUARY = date(2026, 2, 1)
TODAY = date(2026, 7, 6)


def nps(detractors: int, passives: int, promoters: int) -> dict[int, int]:
    return {value: count for value, count in ((3, detractors), (7, passives), (10, promoters)) if count}


def released(counts: dict[int, int], month: date = JANUARY, metric: Metric = Metric.ENPS) -> ReleasedWave:
    wave = release_month(counts, month, metric)
    assert isinstance(wave, ReleasedWave)
    return wave


def combined(*waves: ReleasedWave) -> Score:
    found = combine(waves)
    assert isinstance(found, Score)
    return found


@pytest.mark.parametrize("counts", [{}, {10: 1}, {10: 4}, {0: 2, 10: 2}])
def test_a_month_with_fewer_than_five_answers_is_not_shown(counts: dict[int, int]) -> None:
    assert release_month(counts, JANUARY) == withheld()


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        (nps(0, 0, 5), 60),  # 100 clipped to 100·3/5
        (nps(5, 0, 0), -60),
        (nps(0, 0, 29), 93),
        (nps(1, 2, 3), 33),
        (nps(0, 7, 1), 13),  # 12.5, half away from zero
        (nps(0, 0, 8), 75),
    ],
)
def test_a_small_month_shows_one_clipped_whole_number_and_nothing_else(counts: dict[int, int], shown: float) -> None:
    wave = released(counts)
    n = sum(counts.values())
    assert (wave.shown, wave.n, wave.totals) == (shown, n, None)
    half = 196 / math.sqrt(n + 3)
    assert wave.interval.low == max(shown - half, -100)
    assert wave.interval.high == min(shown + half, 100)
    found = combined(wave)
    assert (found.value, found.mean, found.distribution, found.interval_accounts) == (shown, None, None, None)
    assert found.low_n


def test_a_small_share_stays_away_from_none_and_all() -> None:
    assert released({5: 6}, metric=Metric.CSAT).shown == 83
    assert released({1: 6}, metric=Metric.CSAT).shown == 17


def test_a_month_of_thirty_is_shown_in_full() -> None:
    counts = nps(5, 10, 16)
    wave = released(counts)
    assert wave.shown == 100 * 11 / 31
    assert wave.interval == adjusted_wald(5, 10, 16)
    assert wave.totals == {value: counts.get(value, 0) for value in range(11)}
    assert combined(wave) == score(Metric.ENPS, Tally(counts=counts, people=31))


SMALL = st.dictionaries(st.integers(0, 10), st.integers(0, 4), max_size=7).filter(
    lambda counts: 5 <= sum(counts.values()) < 30
)


@given(SMALL, st.data())
def test_swapping_answers_of_one_class_changes_nothing_that_is_shown(
    counts: dict[int, int], data: st.DataObject
) -> None:
    classes = (range(7), range(7, 9), range(9, 11))
    moved: dict[int, int] = {}
    for values in classes:
        total = sum(counts.get(value, 0) for value in values)
        place = data.draw(st.sampled_from(values))
        moved[place] = moved.get(place, 0) + total
    assert release_month(counts, JANUARY) == release_month(moved, JANUARY)


@given(SMALL)
def test_a_small_month_never_shows_that_everybody_was_of_one_mind(counts: dict[int, int]) -> None:
    wave = released(counts)
    n = sum(counts.values())
    assert abs(wave.shown) <= 100 * (n - 2) / n + 0.5
    assert wave.shown == int(wave.shown)
    same_n = released(nps(0, n, 0))
    if wave.interval.low > -100 and wave.interval.high < 100 and same_n.interval.high < 100:
        assert wave.interval.width == pytest.approx(same_n.interval.width)


@given(SMALL)
def test_a_small_month_read_back_from_what_is_kept_is_the_one_that_was_released(counts: dict[int, int]) -> None:
    wave = released(counts)
    assert recorded_month(wave.month, wave.n, wave.shown) == wave


def test_months_of_thirty_add_up_as_histograms() -> None:
    one, two = nps(5, 10, 16), nps(10, 10, 20)
    found = combined(released(one), released(two, FEBRUARY))
    assert found.value == 100 * 21 / 71
    assert found.distribution is not None
    assert found.distribution[10] == 36
    assert found.mean is not None


def test_with_one_small_month_a_period_is_the_weighted_mean_of_what_is_shown() -> None:
    large, small = released(nps(5, 10, 16)), released(nps(0, 0, 5), FEBRUARY)
    found = combined(large, small)
    assert found.value == pytest.approx((31 * (1100 / 31) + 5 * 60) / 36)
    assert (found.n, found.people, found.mean, found.distribution) == (36, 36, None, None)
    assert found.interval is not None
    assert found.interval.width == pytest.approx(2 * 196 / math.sqrt(39))


def test_no_released_month_is_withheld_like_anything_else() -> None:
    assert combine(()) == withheld()


@pytest.mark.parametrize(
    ("period", "allowed"),
    [
        (None, True),
        (Period(start=date(2026, 6, 1), end=date(2026, 7, 1)), True),
        (Period(start=date(2026, 1, 1), end=date(2026, 7, 1)), True),
        (Period(start=date(2025, 1, 1), end=date(2026, 1, 1)), True),
        (Period(start=date(2026, 7, 1), end=date(2026, 8, 1)), False),  # not over yet
        (Period(start=date(2026, 1, 1), end=date(2027, 1, 1)), False),
        (Period(start=date(2026, 6, 2), end=date(2026, 7, 1)), False),
        (Period(start=date(2026, 6, 1), end=date(2026, 6, 30)), False),
        (Period(start=date(2026, 6, 7), end=date(2026, 7, 7)), False),  # last-30d
    ],
)
def test_only_past_whole_calendar_months_are_answered(period: Period | None, allowed: bool) -> None:
    assert (allow(None, (), period, TODAY) is None) is allowed


def test_a_month_is_over_on_the_first_day_of_the_next() -> None:
    june = Period(start=date(2026, 6, 1), end=date(2026, 7, 1))
    assert allow(None, (), june, date(2026, 6, 30)) is not None
    assert allow(None, (), june, date(2026, 7, 1)) is None


@pytest.mark.parametrize("by", [*Dimension])
def test_no_group_of_employees_is_ever_shown(by: Dimension) -> None:
    assert allow(by, (), None, TODAY) == withheld()


@pytest.mark.parametrize("dimension", [*Dimension])
@pytest.mark.parametrize("negated", [False, True])
def test_no_filter_narrows_employees_down(dimension: Dimension, negated: bool) -> None:
    narrowed = (Filter(dimension=dimension, values=("support",), negated=negated),)
    assert allow(None, narrowed, None, TODAY) == withheld()


def test_every_refusal_gives_the_same_sentence() -> None:
    june_so_far = Period(start=date(2026, 7, 1), end=date(2026, 7, 7))
    reasons = {
        refusal.reason
        for refusal in (
            allow(Dimension.TEAM, (), None, TODAY),
            allow(None, (), june_so_far, TODAY),
            release_month({10: 3}, JANUARY),
            release_month({}, JANUARY),
            combine(()),
            released_figure(june_so_far, ()),
        )
        if isinstance(refusal, Withheld)
    }
    assert reasons == {withheld().reason}


def test_two_large_periods_are_tested_on_their_histograms_and_small_ones_on_n_alone() -> None:
    up, down = released(nps(5, 5, 60)), released(nps(60, 5, 5), FEBRUARY)
    moved = compare([down], [up])
    assert moved is not None
    assert (moved.real, moved.basis) == (True, Basis.INDEPENDENT)
    small = compare([released(nps(0, 0, 6))], [released(nps(6, 0, 0), FEBRUARY)])
    assert small is not None
    assert small.delta == 67 + 67
    assert small.real is (196 * math.sqrt(2 / 9) < 134)
    assert compare([up], []) is None


def test_a_figure_about_employees_names_its_periods_and_no_response_rate() -> None:
    january = Period(start=JANUARY, end=FEBRUARY)
    february = Period(start=FEBRUARY, end=date(2026, 3, 1))
    found = released_figure(february, [released(nps(5, 10, 16), FEBRUARY)], january, [released(nps(2, 2, 2))])
    assert isinstance(found, Figure)
    assert (found.metric, found.groups, found.response_rate) == (Metric.ENPS, None, None)
    assert found.previous is not None
    assert found.previous.distribution is None
    assert found.change is not None
    alone = released_figure(february, [released(nps(5, 10, 16), FEBRUARY)], january, [])
    assert isinstance(alone, Figure)
    assert (alone.previous, alone.change) == (None, None)


def test_a_month_is_given_by_its_first_day_and_answers_by_the_scale() -> None:
    with pytest.raises(InvalidInput):
        release_month({10: 9}, date(2026, 1, 2))
    with pytest.raises(InvalidInput):
        release_month({11: 9}, JANUARY)
