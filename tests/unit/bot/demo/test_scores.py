"""The planted figures, counted from what single people answered, with the product's own statistics."""

import pytest

from bot.demo.contacts import Seat
from bot.demo.dates import Quarter, local_day
from bot.demo.scores import NPS
from bot.demo.terminals import terminal_answers
from bot.demo.waves import asks
from surveys.definitions.model import Metric
from surveys.insight import mix, scoring
from surveys.insight.figures import Basis
from surveys.insight.metrics import METRICS
from surveys.insight.queries import PairedScore, Tally, TallySet
from surveys.people.model import Role
from tests.unit.bot.demo.quarters import quarter_of

TOLD = {
    Quarter.Q1_2025: (28, 105),
    Quarter.Q2_2025: (30, 108),
    Quarter.Q3_2025: (27, 110),
    Quarter.Q4_2025: (4, 118),
    Quarter.Q1_2026: (30.83, 120),
    Quarter.Q2_2026: (3.20, 219),
}
ROLES_OF_THE_PARADOX = {
    Role.DECISION_MAKER: ((2, 10, 36), (1, 6, 24)),
    Role.PROCUREMENT: ((1, 6, 13), (0, 4, 9)),
    Role.TECHNICAL: ((8, 7, 4), (37, 38, 21)),
    Role.OPERATIONS: ((5, 6, 4), (10, 13, 9)),
    Role.FINANCE: ((3, 5, 2), (3, 6, 3)),
    Role.END_USER: ((4, 3, 1), (14, 15, 6)),
}


def answers(quarter: Quarter) -> list[tuple[Seat | None, Role, int]]:
    in_person = [
        (ask.contact.seat, ask.contact.role_on(local_day(ask.reply.at)), ask.reply.score)
        for ask in asks()
        if ask.reply is not None and quarter_of(local_day(ask.reply.at)) is quarter
    ]
    on_terminals = [
        (None, answer.role, answer.score)
        for answer in terminal_answers()
        if quarter_of(local_day(answer.at)) is quarter
    ]
    return [*in_person, *on_terminals]


def tally(quarter: Quarter, role: Role | None = None) -> Tally:
    counts: dict[int, int] = {}
    for _, of_role, score in answers(quarter):
        if role is None or of_role is role:
            counts[score] = counts.get(score, 0) + 1
    return Tally(key=role.value if role else None, counts=counts, people=sum(counts.values()))


def by_role(quarter: Quarter) -> TallySet:
    return TallySet(total=tally(quarter), groups=tuple(tally(quarter, role) for role in NPS[quarter]))


def pairs(before: Quarter, after: Quarter) -> list[PairedScore]:
    earlier = {seat: score for seat, _, score in answers(before) if seat}
    return [PairedScore(before=earlier[seat], after=score) for seat, _, score in answers(after) if seat in earlier]


@pytest.mark.parametrize("quarter", TOLD, ids=str)
def test_each_quarter_has_the_score_and_the_number_of_answers_that_the_story_says(quarter: Quarter) -> None:
    told, n = TOLD[quarter]
    score = scoring.score(Metric.NPS, tally(quarter))

    assert score.value is not None
    assert round(score.value, 2 if told % 1 else 0) == told
    assert score.n == n


@pytest.mark.parametrize("role", ROLES_OF_THE_PARADOX, ids=str)
def test_in_the_paradox_each_role_has_exactly_the_counts_and_rises_within_noise(role: Role) -> None:
    before, after = ROLES_OF_THE_PARADOX[role]

    assert scoring.bands(Metric.NPS, tally(Quarter.Q1_2026, role).counts) == before
    assert scoring.bands(Metric.NPS, tally(Quarter.Q2_2026, role).counts) == after
    moved = scoring.change(Metric.NPS, tally(Quarter.Q2_2026, role), tally(Quarter.Q1_2026, role))
    assert moved is not None
    assert moved.delta > 0
    assert not moved.real


def test_the_total_falls_although_every_role_rises_and_the_fall_is_real() -> None:
    both = pairs(Quarter.Q1_2026, Quarter.Q2_2026)
    moved = scoring.change(Metric.NPS, tally(Quarter.Q2_2026), tally(Quarter.Q1_2026), pairs=both)

    assert moved is not None
    assert round(moved.delta, 2) == -27.64
    assert moved.real
    assert moved.basis is Basis.INDEPENDENT, "so few answered both times that the test is the one the story tells"


def test_the_fall_is_mix_and_opinion_rose() -> None:
    found = mix.split(Metric.NPS, by_role(Quarter.Q1_2026), by_role(Quarter.Q2_2026))

    assert found is not None
    assert (round(found.rate, 2), round(found.mix, 2)) == (6.09, -33.73)


def test_fewer_decision_makers_answer() -> None:
    assert tally(Quarter.Q1_2026, Role.DECISION_MAKER).n == 48
    assert tally(Quarter.Q2_2026, Role.DECISION_MAKER).n == 31


def test_after_the_outage_every_role_falls_and_the_fall_is_real() -> None:
    before, after = by_role(Quarter.Q3_2025), by_role(Quarter.Q4_2025)
    for earlier, later in zip(before.groups, after.groups, strict=True):
        moved = scoring.change(Metric.NPS, later, earlier)
        assert moved is not None
        assert moved.delta < 0, later.key
    total = scoring.change(Metric.NPS, after.total, before.total, pairs=pairs(Quarter.Q3_2025, Quarter.Q4_2025))
    assert total is not None
    assert total.real
    found = mix.split(Metric.NPS, before, after)
    assert found is not None
    assert abs(found.mix) < 1, "people's opinion fell; it is not that others answered"


@pytest.mark.parametrize(("before", "after"), [(Quarter.Q1_2025, Quarter.Q2_2025), (Quarter.Q2_2025, Quarter.Q3_2025)])
def test_the_quiet_quarters_differ_within_noise(before: Quarter, after: Quarter) -> None:
    moved = scoring.change(Metric.NPS, tally(after), tally(before), pairs=pairs(before, after))

    assert moved is not None
    assert not moved.real


def test_no_score_is_off_the_scale() -> None:
    scale = METRICS[Metric.NPS].scale

    assert all(score in scale for quarter in Quarter for _, _, score in answers(quarter))
