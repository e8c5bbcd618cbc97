"""Intervals and tests against reference values and against what must hold for any counts."""

import math
import random
from collections import Counter
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.insight.figures import Basis, Interval
from surveys.insight.metrics import MetricKind
from surveys.insight.queries import AccountSums
from surveys.insight.statistics import (
    FEWEST_PAIRS,
    ChangeTest,
    Sample,
    Z,
    adjusted_net,
    adjusted_share,
    adjusted_wald,
    benjamini_hochberg,
    change_test,
    interval,
    interval_accounts,
    shown,
    t_quantile,
    wilson,
)


def net(negative: int, neutral: int, positive: int, accounts: AccountSums | None = None) -> Sample:
    return Sample(kind=MetricKind.NET, negative=negative, neutral=neutral, positive=positive, accounts=accounts)


def share(positive: int, n: int, accounts: AccountSums | None = None) -> Sample:
    return Sample(kind=MetricKind.SHARE, negative=n - positive, neutral=0, positive=positive, accounts=accounts)


def sums(clusters: list[list[int]]) -> AccountSums:
    """Of the x of each account's answers."""
    pairs = [(sum(cluster), len(cluster)) for cluster in clusters]
    return AccountSums(
        accounts=len(pairs),
        answers=sum(n for _, n in pairs),
        sum_x=sum(s for s, _ in pairs),
        sum_ss=sum(s * s for s, _ in pairs),
        sum_sn=sum(s * n for s, n in pairs),
        sum_nn=sum(n * n for _, n in pairs),
    )


def clustered(clusters: list[list[int]]) -> Sample:
    every = [x for cluster in clusters for x in cluster]
    return net(every.count(-1), every.count(0), every.count(1), sums(clusters))


def width(found: Interval | None) -> float:
    assert found is not None
    return found.width


COUNTS = st.integers(0, 5_000)
SAMPLES = st.one_of(
    st.builds(net, COUNTS, COUNTS, COUNTS),
    st.tuples(COUNTS, COUNTS).map(lambda pair: share(min(pair), max(pair))),
)


def test_the_quantile_is_the_normal_ones_unrounded() -> None:
    assert NormalDist().inv_cdf(0.975) == Z


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [((1, 2, 3), -26.74, 71.19), ((60, 120, 120), 11.38, 28.23)],
)
def test_the_nps_interval_has_the_reference_values(counts: tuple[int, int, int], low: float, high: float) -> None:
    found = adjusted_wald(*counts)
    assert (round(found.low, 2), round(found.high, 2)) == (low, high)


def test_the_nps_interval_is_clipped_to_what_an_nps_can_be() -> None:
    assert adjusted_wald(0, 0, 3).high == 100
    assert adjusted_wald(3, 0, 0).low == -100


@pytest.mark.parametrize(("successes", "n"), [(74, 107), (0, 10), (10, 10), (1, 1), (499, 500)])
def test_the_share_interval_is_wilsons(successes: int, n: int) -> None:
    # Wilson's bounds are the shares from which the observed one lies exactly z standard errors away.
    found = wilson(successes, n)
    for bound in (found.low / 100, found.high / 100):
        assert abs(successes / n - bound) == pytest.approx(Z * math.sqrt(bound * (1 - bound) / n), abs=1e-12)
    assert found.low < found.high


def test_no_success_gives_exactly_zero_as_the_lower_bound() -> None:
    assert wilson(0, 10).low == 0
    assert wilson(0, 10).high == pytest.approx(27.7533, abs=5e-5)
    assert wilson(10, 10).high == 100


def test_without_answers_there_is_no_interval() -> None:
    assert interval(net(0, 0, 0)) is None
    assert interval(share(0, 0)) is None
    assert interval_accounts(net(0, 0, 0, sums([]))) is None


@given(SAMPLES)
def test_an_interval_lies_within_the_scores_bounds_and_shrinks_with_more_of_the_same(sample: Sample) -> None:
    found = interval(sample)
    if found is None:
        assert sample.n == 0
        return
    least = -100 if sample.kind is MetricKind.NET else 0
    assert least <= found.low < found.high <= 100
    doubled = Sample(
        kind=sample.kind, negative=2 * sample.negative, neutral=2 * sample.neutral, positive=2 * sample.positive
    )
    # Two answers and one are both too few to compare: clipping at the bounds hides the difference.
    assert sample.n < 5 or width(interval(doubled)) < found.width + 1e-9


@given(SAMPLES)
def test_a_share_interval_contains_the_score_and_a_net_one_the_adjusted_score(sample: Sample) -> None:
    found = interval(sample)
    if found is None:
        return
    if sample.kind is MetricKind.SHARE:
        value = 100 * sample.positive / sample.n
    else:
        value = 100 * adjusted_net(sample.negative, sample.neutral, sample.positive).value
    assert found.low <= value <= found.high


@given(COUNTS, COUNTS, COUNTS)
def test_swapping_promoters_and_detractors_mirrors_the_interval(negative: int, neutral: int, positive: int) -> None:
    one, other = adjusted_wald(negative, neutral, positive), adjusted_wald(positive, neutral, negative)
    assert one.low == pytest.approx(-other.high)
    assert one.high == pytest.approx(-other.low)


@pytest.mark.parametrize(
    ("degrees", "quantile"),
    [(1, 12.706205), (2, 4.302653), (4, 2.776445), (9, 2.262157), (30, 2.042272), (100, 1.983972), (1000, 1.962339)],
)
def test_students_quantile_has_the_tabled_values(degrees: int, quantile: float) -> None:
    assert t_quantile(degrees) == pytest.approx(quantile, abs=1e-6)


def test_students_quantile_falls_without_a_step_where_the_method_changes() -> None:
    values = [t_quantile(degrees) for degrees in range(190, 211)]
    assert values == sorted(values, reverse=True)
    assert values[10] - values[11] < 1e-4


def test_the_account_interval_is_the_sandwich_estimate_done_by_hand() -> None:
    clusters = [[1, 1, 1], [1, 0], [-1, -1, 0, 1], [0], [1, 1], [-1, -1]]
    found = interval_accounts(clustered(clusters))
    n = sum(map(len, clusters))
    mean = sum(map(sum, clusters)) / n
    residuals = [sum(cluster) - mean * len(cluster) for cluster in clusters]
    error = math.sqrt(6 / 5 * sum(e * e for e in residuals)) / n
    assert found is not None
    assert found.low == pytest.approx(max(100 * (mean - t_quantile(5) * error), -100))
    assert found.high == pytest.approx(min(100 * (mean + t_quantile(5) * error), 100))


def test_answers_alike_within_accounts_make_the_interval_over_accounts_the_wider() -> None:
    alike = clustered([[1] * 10, [-1] * 10] * 5)
    assert width(interval_accounts(alike)) > 2 * width(interval(alike))


def test_with_one_answer_per_account_both_intervals_are_nearly_the_same() -> None:
    every = [[1]] * 60 + [[0]] * 80 + [[-1]] * 60
    sample = clustered(every)
    assert width(interval_accounts(sample)) == pytest.approx(width(interval(sample)), rel=0.03)


def test_too_few_accounts_or_accounts_without_any_difference_give_no_interval() -> None:
    assert interval_accounts(clustered([[1, 0, -1]] * 3 + [[1]])) is None
    assert interval_accounts(clustered([[1, 1]] * 12)) is None
    assert interval_accounts(net(3, 3, 3)) is None


def test_answers_without_an_account_stand_for_themselves() -> None:
    known = [[1, 1], [0, 0], [-1], [1, 0], [-1, -1]]
    alone = net(2 + 3 + 10, 3 + 10, 3 + 1 - 1 + 10, sums(known))
    assert width(interval_accounts(alone)) < width(interval_accounts(clustered(known)))


def test_the_paradox_of_the_widened_programme_is_a_real_fall() -> None:
    test = change_test(net(65, 82, 72), net(23, 37, 60))
    assert test.difference == pytest.approx(-26.93, abs=5e-3)
    assert test.critical == pytest.approx(17.15, abs=5e-3)
    assert test.real
    assert test.basis is Basis.INDEPENDENT


def test_shares_are_compared_by_agresti_caffo() -> None:
    # CSAT after support 84 % (92) → 66 % (88).
    a, b = adjusted_share(58, 88), adjusted_share(77, 92)
    assert (a.value, b.value) == (59 / 90, 78 / 94)
    test = change_test(share(58, 88), share(77, 92))
    errors = 59 / 90 * 31 / 90 / 90 + 78 / 94 * 16 / 94 / 94
    assert test.difference == pytest.approx(100 * (59 / 90 - 78 / 94))
    assert test.critical == pytest.approx(100 * Z * math.sqrt(errors))
    assert test.real


@given(SAMPLES, SAMPLES)
def test_real_is_the_same_as_a_p_value_below_five_percent(one: Sample, other: Sample) -> None:
    if one.kind is other.kind:
        test = change_test(one, other)
        assert 0 <= test.p_value <= 1
        assert test.real == (test.p_value < 0.05) or math.isclose(test.p_value, 0.05, rel_tol=1e-9)
        assert change_test(other, one).real == test.real


def test_accounts_decide_where_their_margin_is_the_wider() -> None:
    before, now = clustered([[1] * 10, [-1] * 10] * 5), clustered([[1] * 10, [-1] * 10, [-1] * 10] * 5)
    plain = change_test(net(100, 0, 50), net(50, 0, 50))
    test = change_test(now, before)
    assert plain.real
    assert test.basis is Basis.ACCOUNTS
    assert not test.real
    assert test.difference == pytest.approx(plain.difference)


def test_people_who_answered_twice_show_a_change_that_two_samples_would_not() -> None:
    # Of 40 people 9 moved up one class and nobody down: each half alone is within noise.
    before = [-1] * 15 + [0] * 10 + [1] * 15
    now = [0] * 5 + [-1] * 10 + [1] * 4 + [0] * 6 + [1] * 15
    pairs = list(zip(before, now, strict=True))
    one, two = net(15, 10, 15), net(10, 11, 19)
    assert not change_test(two, one).real
    test = change_test(two, one, Counter(pairs))
    assert test.basis is Basis.PANEL
    assert test.real


def test_fewer_than_twenty_people_in_both_periods_are_no_panel() -> None:
    pairs = [(0, 1)] * (FEWEST_PAIRS - 1)
    assert change_test(net(0, 0, 19), net(0, 19, 0), Counter(pairs)).basis is Basis.INDEPENDENT
    assert change_test(net(0, 0, 20), net(0, 20, 0), {(0, 1): FEWEST_PAIRS}).basis is Basis.PANEL


def test_those_who_stayed_do_not_turn_a_fall_by_newcomers_into_noise() -> None:
    stayed = [(1, 1)] * 40 + [(0, 0)] * 20 + [(0, 1)] * 2
    test = change_test(net(65, 82, 72), net(23, 37, 60), Counter(stayed))
    assert test.basis is Basis.PANEL
    assert test.real
    assert test.difference < 0


@given(st.lists(st.tuples(st.integers(-1, 1), st.integers(-1, 1)), min_size=FEWEST_PAIRS, max_size=60))
def test_a_full_panel_always_leaves_room_for_noise(pairs: list[tuple[int, int]]) -> None:
    before, now = [x for x, _ in pairs], [y for _, y in pairs]
    one, two = clustered([before]), clustered([now])
    test = change_test(two, one, Counter(pairs))
    assert test.critical > 0
    if before == now:
        assert not test.real


def test_without_any_change_a_panel_is_called_real_about_one_time_in_twenty() -> None:
    draw = random.Random(7)

    def answers(moods: list[float]) -> list[int]:
        values = [mood + draw.gauss(0, 0.7) for mood in moods]
        return [1 if value > 0.5 else -1 if value < -0.4 else 0 for value in values]

    real, rounds, n, both = 0, 800, 60, 30
    for _ in range(rounds):
        moods = [draw.gauss(0, 0.7) for _ in range(2 * n - both)]
        before, now = answers(moods[:n]), answers(moods[n - both :])
        pairs = list(zip(before[n - both :], now[:both], strict=True))
        real += change_test(clustered([now]), clustered([before]), Counter(pairs)).real
    assert 0.02 < real / rounds < 0.08


def test_benjamini_hochberg_flags_the_published_example() -> None:
    # Benjamini & Hochberg 1995, section 4.2: 15 hypotheses at 5 %, the first four are rejected.
    p_values = [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
        *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
    ]
    assert benjamini_hochberg(p_values, rate=0.05) == (True,) * 4 + (False,) * 11
    assert benjamini_hochberg(p_values[::-1], rate=0.05) == (False,) * 11 + (True,) * 4


@given(st.lists(st.floats(0, 1), max_size=30))
def test_a_flagged_comparison_is_never_weaker_than_one_that_is_not(p_values: list[float]) -> None:
    flags = benjamini_hochberg(p_values)
    assert len(flags) == len(p_values)
    flagged = [p for p, flag in zip(p_values, flags, strict=True) if flag]
    rest = [p for p, flag in zip(p_values, flags, strict=True) if not flag]
    assert not flagged or not rest or max(flagged) < min(rest)
    assert all(p <= 0.10 for p in flagged)


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        (0.5, 1),
        (-0.5, -1),
        (2.5, 3),
        (-2.5, -3),
        (69.16, 69),
        (-27.64, -28),
        (0.49999999999999994, 0),
        (0.0, 0),
        (-0.2, 0),
    ],
)
def test_halves_are_rounded_away_from_zero(value: float, whole: int) -> None:
    assert shown(value) == whole


@given(st.floats(-100, 100))
def test_rounding_is_the_same_on_both_sides_of_zero(value: float) -> None:
    assert shown(value) == -shown(-value)
    assert abs(shown(value) - value) <= 0.5


def test_a_test_without_any_margin_is_real_only_if_something_moved() -> None:
    assert ChangeTest(difference=0.0, critical=0.0, basis=Basis.PANEL).p_value == 1.0
    assert ChangeTest(difference=1.0, critical=0.0, basis=Basis.PANEL).p_value == 0.0
