"""Opinion against mix: the split of a change adds up, and tells the demo's paradox."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.definitions.model import Metric
from surveys.insight.figures import MixSplit
from surveys.insight.metrics import METRICS
from surveys.insight.mix import GroupPair, Totals, effects_of, split
from surveys.insight.queries import Tally, TallySet
from surveys.insight.scoring import score

# Detractors, passives, promoters of 2026-Q1 and 2026-Q2 (the story of the demo).
PARADOX = {
    "decision_maker": ((2, 10, 36), (1, 6, 24)),
    "procurement": ((1, 6, 13), (0, 4, 9)),
    "technical": ((8, 7, 4), (37, 38, 21)),
    "operations": ((5, 6, 4), (10, 13, 9)),
    "finance": ((3, 5, 2), (3, 6, 3)),
    "end_user": ((4, 3, 1), (14, 15, 6)),
}


def tallies(groups: dict[str | None, dict[int, int]]) -> TallySet:
    total: dict[int, int] = {}
    for counts in groups.values():
        for value, count in counts.items():
            total[value] = total.get(value, 0) + count
    return TallySet(
        total=Tally(counts=total), groups=tuple(Tally(key=key, counts=counts) for key, counts in groups.items())
    )


def nps(detractors: int, passives: int, promoters: int) -> dict[int, int]:
    return {0: detractors, 7: passives, 10: promoters}


def made(before: dict[str | None, dict[int, int]], after: dict[str | None, dict[int, int]]) -> MixSplit:
    found = split(Metric.NPS, tallies(before), tallies(after))
    assert found is not None
    return found


def test_the_total_falls_while_every_role_rises() -> None:
    found = made(
        {role: nps(*counts[0]) for role, counts in PARADOX.items()},
        {role: nps(*counts[1]) for role, counts in PARADOX.items()},
    )
    assert found.delta == pytest.approx(-27.64, abs=5e-3)
    assert found.rate == pytest.approx(6.09, abs=5e-3)
    assert found.mix == pytest.approx(-33.73, abs=5e-3)
    for part in found.parts:
        assert part.score_before is not None
        assert part.score_after is not None
        assert part.score_after > part.score_before
        assert part.rate > 0


def test_the_largest_contributors_come_first() -> None:
    found = made(
        {role: nps(*counts[0]) for role, counts in PARADOX.items()},
        {role: nps(*counts[1]) for role, counts in PARADOX.items()},
    )
    sizes = [abs(part.total) for part in found.parts]
    assert sizes == sorted(sizes, reverse=True)
    assert {part.key for part in found.parts[:2]} == {"decision_maker", "technical"}


def test_a_group_that_is_new_or_gone_is_all_mix() -> None:
    found = made({"old": nps(0, 0, 5), "both": nps(1, 1, 1)}, {"new": nps(5, 0, 0), "both": nps(1, 1, 1), None: {}})
    parts = {part.key: part for part in found.parts}
    assert set(parts) == {"old", "both", "new"}
    assert (parts["old"].rate, parts["new"].rate) == (0, 0)
    assert (parts["old"].score_after, parts["new"].score_before) == (None, None)
    assert found.rate == 0
    assert found.mix == pytest.approx(found.delta)


def test_equal_mixes_leave_opinion_alone() -> None:
    found = made({"a": nps(5, 5, 0), "b": nps(0, 5, 5)}, {"a": nps(4, 6, 0), "b": nps(0, 4, 6)})
    assert found.mix == 0
    assert found.rate == found.delta == 10


def test_without_answers_on_one_side_there_is_nothing_to_split() -> None:
    assert split(Metric.NPS, tallies({}), tallies({"a": nps(1, 1, 1)})) is None
    assert split(Metric.NPS, tallies({"a": nps(1, 1, 1)}), tallies({"a": {}})) is None


def groups_of(metric: Metric) -> st.SearchStrategy[dict[str | None, dict[int, int]]]:
    counts = st.dictionaries(st.sampled_from(METRICS[metric].scale), st.integers(0, 400), max_size=11)
    keys: st.SearchStrategy[str | None] = st.sampled_from([None, *"abcdefgh"])
    return st.dictionaries(keys, counts, max_size=9)


@given(st.sampled_from(Metric), st.data())
def test_the_parts_add_up_to_the_change_of_the_total(metric: Metric, data: st.DataObject) -> None:
    before, after = tallies(data.draw(groups_of(metric))), tallies(data.draw(groups_of(metric)))
    found = split(metric, before, after)
    one, two = score(metric, before.total).value, score(metric, after.total).value
    if one is None or two is None:
        assert found is None
        return
    assert found is not None
    assert found.delta == pytest.approx(two - one, abs=1e-9)
    assert found.rate + found.mix == pytest.approx(found.delta, abs=1e-9)
    assert math.fsum(part.total for part in found.parts) == pytest.approx(found.delta, abs=1e-9)


@given(st.lists(st.tuples(*[st.integers(0, 99)] * 4), min_size=1, max_size=8))
def test_as_fractions_the_parts_add_up_exactly(rows: list[tuple[int, int, int, int]]) -> None:
    groups = [
        GroupPair(key=str(i), n_before=n1, n_after=n2, sum_before=min(s1, n1), sum_after=min(s2, n2))
        for i, (n1, n2, s1, s2) in enumerate(rows)
        if n1 or n2
    ]
    n_before, n_after = sum(g.n_before for g in groups), sum(g.n_after for g in groups)
    if not (n_before and n_after):
        return
    before, after = (
        Fraction(sum(g.sum_before for g in groups), n_before),
        Fraction(sum(g.sum_after for g in groups), n_after),
    )
    totals = Totals(n_before=n_before, n_after=n_after, before=before, after=after)
    assert sum(sum(effects_of(group, totals)) for group in groups) == after - before
