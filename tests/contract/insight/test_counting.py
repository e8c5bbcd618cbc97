"""Any sequence of answers, edits, folds, imports and rebuilds leaves the figures that a count by hand gives."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.session import Database
from surveys.definitions.model import Metric, Series
from surveys.insight.queries import FOLDED_DIMENSIONS, Dimension, Filter, Period, ScoreRequest
from tests.contract.insight.conftest import Run
from tests.contract.insight.world import ACCOUNTS, Fact, Import, World

DAYS = (date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 31), date(2024, 5, 15))
"""The edges of months, a leap day, and a month without answers."""
VALUES: dict[Dimension, tuple[str | None, ...]] = {
    Dimension.ROLE: (None, "technical", "decision_maker"),
    Dimension.STAGE: (None, "support"),
    Dimension.TOUCHPOINT: (None, "Świt desk", "hotline"),
    Dimension.SEGMENT: (None, "smb"),
    Dimension.TEAM: (None, "North"),
    Dimension.LANGUAGE: (None, "pl"),
    Dimension.TIER: (None, "gold"),
}

facts = st.builds(
    Fact,
    day=st.sampled_from(DAYS),
    score=st.sampled_from((0, 6, 7, 9, 10)),
    person=st.sampled_from((None, 0, 1, 2)),
    account=st.sampled_from((None, *ACCOUNTS)),
    series=st.sampled_from((Series.RELATIONSHIP, Series.RELATIONSHIP, Series.EVENT)),
    survey=st.sampled_from(("nps", "nps", "trio")),
    **{dimension.value: st.sampled_from(values) for dimension, values in VALUES.items()},
)
some_facts = st.lists(facts, max_size=6)
numbers = st.integers(0, 50)
steps = st.one_of(
    st.tuples(st.just("answer"), some_facts),
    st.tuples(st.just("edit"), numbers, st.sampled_from((None, 0, 7, 10))),
    st.tuples(st.just("fold"), st.integers(1, 4)),
    st.tuples(st.just("import"), some_facts, st.lists(st.tuples(numbers, facts), max_size=3)),
    st.tuples(st.just("finish"), st.booleans()),
    st.tuples(st.just("compact"), st.integers(1, 30)),
    st.tuples(st.just("rebuild")),
)

periods = st.one_of(
    st.none(),
    st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(
        lambda pair: Period(start=min(pair), end=date.fromordinal(max(pair).toordinal() + 1))
    ),
    st.just(Period(start=date(2024, 1, 15), end=date(2024, 5, 2))),
)
filters = st.one_of(
    st.builds(
        lambda name, negated: Filter(dimension=Dimension.ACCOUNT, values=(name.lower(),), negated=negated),
        st.sampled_from(ACCOUNTS),
        st.booleans(),
    ),
    st.sampled_from(sorted(VALUES)).flatmap(
        lambda dimension: st.builds(
            lambda value, negated: Filter(dimension=dimension, values=(value.lower(),), negated=negated),
            st.sampled_from([value for value in VALUES[dimension] if value]),
            st.booleans(),
        )
    ),
    st.builds(lambda negated: Filter(dimension=Dimension.SURVEY, values=("nps",), negated=negated), st.booleans()),
)
requests = st.builds(
    ScoreRequest,
    metric=st.just(Metric.NPS),
    series=st.sampled_from((None, Series.RELATIONSHIP)),
    period=periods,
    filters=st.lists(filters, max_size=2).map(tuple),
    by=st.sampled_from((None, *FOLDED_DIMENSIONS)),
    latest=st.sampled_from((False, False, True)),
)


class Story:
    """Plays the steps; an import stays unfinished until the step that finishes or undoes it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.writing: Import | None = None

    async def play(self, step: tuple[Any, ...]) -> None:
        world = self.world
        match step:
            case ("answer", facts):
                await world.answered(*facts)
            case ("edit", number, score) if self.editable():
                indexes = self.editable()
                await world.edited(indexes[number % len(indexes)], score)
            case ("fold", limit):
                await world.fold(limit)
            case ("import", facts, corrections) if self.writing is None:
                count = len(world.answers)
                wanted = {number % count: fact for number, fact in corrections} if count else {}
                self.writing = await world.import_written(facts, wanted)
            case ("finish", complete) if self.writing is not None:
                await (world.import_completed(self.writing) if complete else world.import_undone(self.writing))
                self.writing = None
            case ("compact", limit):
                await world.compact(limit)
            case ("rebuild",):
                await world.rebuild()

    def editable(self) -> Sequence[int]:
        """Nobody edits while an import is being written here: indexes of the answers would move."""
        return range(len(self.world.answers)) if self.writing is None else ()


async def check(world: World, request: ScoreRequest) -> None:
    expected = world.expected(request)
    exact = await world.tally(request)
    assert replace(exact, folded=True, first_day=None) == replace(expected, first_day=None)
    assert request.period is not None or exact.first_day == expected.first_day
    assert await world.tally(request) == await world.tally(request, remembering=False) == exact
    folded = await world.tally(request, rows_limit=0)
    assert _without_accounts(folded) == _without_accounts(exact)
    assert folded.total.accounts in (None, exact.total.accounts)
    assert all(one.accounts in (None, other.accounts) for one, other in zip(folded.groups, exact.groups, strict=True))


def _without_accounts(tallies: Any) -> Any:
    return replace(
        tallies,
        total=replace(tallies.total, accounts=None),
        groups=tuple(replace(group, accounts=None) for group in tallies.groups),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    story=st.lists(steps, min_size=1, max_size=12),
    asked=st.lists(requests, min_size=3, max_size=6),
)
def test_any_story_gives_the_figures_of_a_count_by_hand_after_every_step(
    shared_database: Database, run: Run, story: list[tuple[Any, ...]], asked: list[ScoreRequest]
) -> None:
    async def tell() -> None:
        world = await World.new(shared_database, people=3)
        told = Story(world)
        for step in story:
            await told.play(step)
            for request in asked:
                await check(world, request)

    run(tell())


def test_two_filters_by_one_dimension_leave_what_passes_both(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        day = DAYS[0]
        await world.answered(Fact(day=day, score=9, role="technical"), Fact(day=day, score=0, role="decision_maker"))
        technical, either = (
            Filter(dimension=Dimension.ROLE, values=values)
            for values in (("technical",), ("technical", "decision_maker"))
        )
        decisive = Filter(dimension=Dimension.ROLE, values=("decision_maker",))
        request = ScoreRequest(metric=Metric.NPS, series=None, period=None, by=Dimension.ACCOUNT)
        for filters, counts in (
            ((technical, decisive), {}),
            ((technical, either), {9: 1}),
            ((either,), {0: 1, 9: 1}),
            ((technical, replace(decisive, negated=True)), {9: 1}),
        ):
            counted = await world.tally(replace(request, filters=filters))
            assert counted.total.counts == counts, filters

    run(tell())
