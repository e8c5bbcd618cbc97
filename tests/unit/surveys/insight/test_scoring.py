"""Scores, changes and whole figures, from counted answers."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.definitions.model import Metric, Series
from surveys.errors import InvalidInput
from surveys.insight.figures import Basis, Figure
from surveys.insight.metrics import METRICS, MetricKind
from surveys.insight.queries import AccountSums, Dimension, PairedScore, Period, ResponseCounts, Tally, TallySet
from surveys.insight.scoring import FigureRequest, bands, change, figure, score, wider_interval
from surveys.insight.statistics import shown

JUNE = Period(start=date(2026, 6, 1), end=date(2026, 7, 1))
MAY = Period(start=date(2026, 5, 1), end=date(2026, 6, 1))


def nps(detractors: int, passives: int, promoters: int, key: str | None = None) -> Tally:
    counts = {4: detractors, 8: passives, 9: promoters}
    return Tally(
        key=key,
        counts={value: count for value, count in counts.items() if count},
        people=detractors + passives + promoters,
    )


def ask(now: TallySet, before: TallySet | None = None, by: Dimension | None = None, by_mean: bool = False) -> Figure:
    request = FigureRequest(
        metric=Metric.NPS,
        series=Series.RELATIONSHIP,
        period=JUNE,
        previous_period=MAY if before else None,
        by=by,
        by_mean=by_mean,
    )
    return figure(request, now, before, label=lambda key: (key or "not known").replace("_", " "))


@pytest.mark.parametrize(
    ("metric", "counts", "value", "mean"),
    [
        (Metric.NPS, {3: 1, 7: 2, 10: 3}, 100 * 2 / 6, 47 / 6),
        (Metric.NPS, {6: 60, 8: 120, 9: 120}, 20.0, 2400 / 300),
        (Metric.ENPS, {0: 1, 10: 1}, 0.0, 5.0),
        (Metric.CSAT, {5: 42, 4: 32, 3: 10, 2: 9, 1: 14}, 100 * 74 / 107, 400 / 107),
        (Metric.CES, {5: 1, 6: 1, 7: 1, 4: 1, 1: 1}, 60.0, 23 / 5),
        (Metric.CONTINUE, {10: 1, 9: 2, 8: 3, 0: 4}, 30.0, 52 / 10),
    ],
)
def test_a_metric_is_scored_by_its_own_rule(metric: Metric, counts: dict[int, int], value: float, mean: float) -> None:
    found = score(metric, Tally(counts=counts, people=3))
    assert found.value == pytest.approx(value)
    assert found.mean == pytest.approx(mean)
    assert found.n == sum(counts.values())
    assert found.people == 3
    assert found.distribution == {step: counts.get(step, 0) for step in METRICS[metric].scale}


def test_the_reference_csat_is_shown_as_69() -> None:
    found = score(Metric.CSAT, Tally(counts={5: 42, 4: 32, 3: 10, 2: 9, 1: 14}))
    assert found.value is not None
    assert round(found.value, 2) == 69.16
    assert shown(found.value) == 69


def test_without_answers_there_is_no_score_and_never_a_zero() -> None:
    found = score(Metric.NPS, Tally())
    assert (found.value, found.n, found.interval, found.mean, found.low_n) == (None, 0, None, None, True)
    assert found.distribution == dict.fromkeys(range(11), 0)


@pytest.mark.parametrize(("metric", "outside"), [(Metric.NPS, 11), (Metric.NPS, -1), (Metric.CSAT, 0), (Metric.CES, 8)])
def test_a_value_outside_the_scale_never_enters_a_score(metric: Metric, outside: int) -> None:
    with pytest.raises(InvalidInput, match=str(outside)):
        score(metric, Tally(counts={outside: 1}))


@pytest.mark.parametrize(
    ("tally", "low_n"),
    [
        (nps(0, 0, 29), True),  # narrow, but fewer than 30
        (nps(0, 0, 30), False),
        (nps(20, 0, 20), True),  # 40 answers, but about ±30
        (nps(60, 120, 120), False),
    ],
)
def test_the_low_n_badge_shows_for_few_answers_or_a_wide_interval(tally: Tally, low_n: bool) -> None:
    assert score(Metric.NPS, tally).low_n is low_n


def test_the_badge_is_judged_on_the_interval_that_is_shown() -> None:
    alike = AccountSums(accounts=10, answers=300, sum_x=60, sum_ss=3000, sum_sn=1800, sum_nn=9000)
    plain = nps(60, 120, 120)
    over_accounts = score(Metric.NPS, replace(plain, accounts=alike))
    shown_one = wider_interval(over_accounts)
    assert shown_one == over_accounts.interval_accounts
    assert shown_one is not None
    assert shown_one.width > 30
    assert (score(Metric.NPS, plain).low_n, over_accounts.low_n) == (False, True)


def test_the_wider_interval_is_the_one_to_show() -> None:
    alike = AccountSums(accounts=10, answers=100, sum_x=0, sum_ss=1000, sum_sn=0, sum_nn=1000)
    found = score(Metric.NPS, Tally(counts={0: 50, 10: 50}, people=100, accounts=alike))
    assert wider_interval(found) == found.interval_accounts
    assert wider_interval(score(Metric.NPS, nps(5, 5, 5))) == score(Metric.NPS, nps(5, 5, 5)).interval
    assert wider_interval(score(Metric.NPS, Tally())) is None


@given(st.sampled_from(Metric), st.data())
def test_any_counts_give_a_score_within_the_metrics_bounds(metric: Metric, data: st.DataObject) -> None:
    scale = METRICS[metric].scale
    counts = data.draw(st.dictionaries(st.sampled_from(scale), st.integers(0, 10_000)))
    found = score(metric, Tally(counts=counts))
    if found.value is None:
        assert found.n == 0
        return
    low, high = METRICS[metric].bounds
    assert low <= found.value <= high
    assert found.mean is not None
    assert scale[0] <= found.mean <= scale[-1]
    assert found.interval is not None
    assert low <= found.interval.low < found.interval.high <= high
    if METRICS[metric].kind is MetricKind.NET:
        mirrored = {scale[0] + scale[-1] - value: count for value, count in {0: 0, **counts}.items()}
        assert sum(bands(metric, mirrored)) == found.n


def test_the_change_is_of_the_scores_shown_and_tested_on_the_adjusted_ones() -> None:
    found = change(Metric.NPS, nps(65, 82, 72), nps(23, 37, 60))
    assert found is not None
    assert found.delta == pytest.approx(-27.637, abs=5e-4)
    assert found.real is True
    assert found.basis is Basis.INDEPENDENT


def test_an_exact_half_of_a_change_stays_a_half() -> None:
    found = change(Metric.NPS, nps(2, 2, 5), nps(1, 6, 1))
    assert found is not None
    assert found.delta == 100 * 3 / 9
    halves = change(Metric.CSAT, Tally(counts={5: 9, 1: 15}), Tally(counts={5: 6, 1: 18}))
    assert halves is not None
    assert halves.delta == 12.5
    assert shown(halves.delta) == 13


def test_there_is_no_change_from_or_to_no_answers() -> None:
    assert change(Metric.NPS, nps(1, 1, 1), Tally()) is None
    assert change(Metric.NPS, Tally(), nps(1, 1, 1)) is None


def test_periods_that_share_days_are_compared_but_not_tested() -> None:
    found = change(Metric.NPS, nps(90, 0, 10), nps(10, 0, 90), overlapping=True)
    assert found is not None
    assert (found.delta, found.real, found.basis) == (-160.0, None, None)


def test_from_twenty_people_on_the_panel_is_named() -> None:
    pairs = [PairedScore(before=8, after=10)] * 20
    found = change(Metric.NPS, nps(0, 0, 20), nps(0, 20, 0), pairs=pairs)
    assert found is not None
    assert found.basis is Basis.PANEL
    fewer = change(Metric.NPS, nps(0, 0, 20), nps(0, 20, 0), pairs=pairs[1:])
    assert fewer is not None
    assert fewer.basis is Basis.INDEPENDENT


def test_people_with_the_same_means_are_told_together_and_count_each() -> None:
    before, now = nps(0, 20, 0), nps(0, 0, 20)
    together = [PairedScore(before=8, after=10, people=20)]
    one_by_one = [PairedScore(before=8, after=10)] * 20
    assert change(Metric.NPS, now, before, pairs=together) == change(Metric.NPS, now, before, pairs=one_by_one)
    fewer = change(Metric.NPS, now, before, pairs=[PairedScore(before=8, after=10, people=19)])
    assert fewer is not None
    assert fewer.basis is not Basis.PANEL


def test_a_figure_holds_both_periods_the_change_and_the_response_rate() -> None:
    request = FigureRequest(metric=Metric.NPS, series=None, period=JUNE, previous_period=MAY)
    responses = ResponseCounts(delivered=40, answered=10, still_open=3)
    found = figure(
        request, TallySet(total=nps(1, 4, 5)), TallySet(total=nps(5, 4, 1), folded=False), responses=responses
    )
    assert found.score.value == 40
    assert found.previous is not None
    assert found.previous.value == -40
    assert found.change is not None
    assert found.change.delta == 80
    assert found.response_rate == 0.25
    assert found.groups is None
    assert found.folded is False


@pytest.mark.parametrize(("now", "before"), [(nps(1, 1, 1), Tally()), (Tally(), nps(1, 1, 1))])
def test_a_figure_without_answers_on_one_side_is_compared_with_nothing(now: Tally, before: Tally) -> None:
    found = ask(TallySet(total=now), TallySet(total=before))
    assert found.previous is None
    assert found.change is None
    assert found.response_rate is None


def test_a_figure_of_overlapping_periods_is_not_tested() -> None:
    request = FigureRequest(
        metric=Metric.NPS,
        series=None,
        period=JUNE,
        previous_period=Period(start=date(2026, 5, 15), end=date(2026, 6, 2)),
        by=Dimension.ROLE,
    )
    now, before = nps(90, 0, 10, "technical"), nps(10, 0, 90, "technical")
    found = figure(request, TallySet(total=now, groups=(now,)), TallySet(total=before, groups=(before,)))
    assert found.change is not None
    assert found.change.real is None
    assert found.groups is not None
    assert found.groups[0].change is not None
    assert found.groups[0].change.real is None


def test_groups_are_ranked_by_score_with_the_unknown_last() -> None:
    groups = (nps(0, 0, 9, None), nps(1, 1, 1, "finance"), nps(0, 0, 3, "end_user"), nps(0, 0, 5, "technical"))
    found = ask(TallySet(total=nps(1, 1, 18), groups=groups), by=Dimension.ROLE)
    assert found.groups is not None
    assert [group.key for group in found.groups] == ["technical", "end_user", "finance", None]
    assert [group.label for group in found.groups] == ["technical", "end user", "finance", "not known"]


def test_groups_of_single_accounts_are_ranked_by_their_mean() -> None:
    # Two promote and one gave 2, against three who nearly promote: the score prefers the first, the mean the second.
    quarrel = Tally(key="acme", counts={10: 2, 2: 1}, people=3)
    nearly = Tally(key="beta", counts={8: 3}, people=3)
    counted = TallySet(total=Tally(counts={10: 2, 2: 1, 8: 3}, people=6), groups=(quarrel, nearly))
    found = ask(counted, by=Dimension.ACCOUNT, by_mean=True)
    assert found.groups is not None
    assert [group.key for group in found.groups] == ["beta", "acme"]


def test_languages_are_never_ranked() -> None:
    groups = (nps(0, 0, 9, "uk"), nps(9, 0, 0, "de"), nps(0, 0, 1, None), nps(0, 5, 5, "fr"))
    found = ask(TallySet(total=nps(9, 5, 15), groups=groups), by=Dimension.LANGUAGE)
    assert found.groups is not None
    assert [group.key for group in found.groups] == ["de", "fr", "uk", None]


def test_a_group_is_compared_with_itself_and_a_new_one_with_nothing() -> None:
    now = TallySet(total=nps(2, 2, 8), groups=(nps(1, 1, 4, "technical"), nps(1, 1, 4, "finance")))
    before = TallySet(total=nps(4, 1, 1), groups=(nps(4, 1, 1, "technical"),))
    found = ask(now, before, by=Dimension.ROLE)
    assert found.groups is not None
    by_key = {group.key: group for group in found.groups}
    technical = by_key["technical"]
    assert technical.previous is not None
    assert technical.previous.value == -50
    assert technical.change is not None
    assert technical.change.delta == 100
    assert (by_key["finance"].previous, by_key["finance"].change) == (None, None)


def test_among_many_groups_one_borderline_change_is_not_flagged() -> None:
    # p is about 0.03: real on its own, but among twenty comparisons one such is expected by chance.
    now, before = nps(40, 30, 30, "a"), nps(25, 35, 40, "a")
    steady = [nps(10, 10, 10, f"s{i}") for i in range(19)]
    alone = ask(TallySet(total=now, groups=(now,)), TallySet(total=before, groups=(before,)), by=Dimension.ACCOUNT)
    among = ask(
        TallySet(total=now, groups=(now, *steady)),
        TallySet(total=before, groups=(before, *steady)),
        by=Dimension.ACCOUNT,
    )
    flags = {
        len(found.groups): group.change.real
        for found in (alone, among)
        if found.groups
        for group in found.groups
        if group.key == "a" and group.change
    }
    assert flags == {1: True, 20: False}
