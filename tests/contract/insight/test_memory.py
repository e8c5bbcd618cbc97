"""What was added up once is kept as long as nothing that counts has changed, and not a moment longer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from storage.memory import Memory, Snapshot
from storage.session import Database, Kind
from storage.tables import answer, histogram
from surveys.definitions.model import Metric, Series
from surveys.errors import NotFound
from surveys.insight.queries import Dimension, Filter, PairedScore, Period, ScoreRequest
from tests.contract.insight.conftest import Run
from tests.contract.insight.test_counting import Story, steps
from tests.contract.insight.world import Fact, World

DAY = date(2026, 3, 15)
LATER = date(2026, 4, 15)
MARCH = Period(start=date(2026, 3, 1), end=date(2026, 4, 1))
APRIL = Period(start=date(2026, 4, 1), end=date(2026, 5, 1))
BEFORE_MARCH = ScoreRequest(metric=Metric.NPS, series=None, period=Period(start=date(2024, 2, 1), end=date(2024, 3, 1)))
SINCE_MARCH = replace(BEFORE_MARCH, period=Period(start=date(2024, 3, 1), end=date(2024, 6, 1)))
NPS = ScoreRequest(metric=Metric.NPS, series=Series.RELATIONSHIP, period=MARCH)


async def lose_cells(world: World) -> None:
    """As nothing in the product does: cells are gone, and their layer does not say so."""
    async with world.database.writing(world.tenant.id) as transaction:
        await transaction.connection.execute(delete(histogram).where(histogram.c.tenant_id == world.tenant.id))
        await transaction.commit()


def test_a_question_asked_again_does_not_read_the_cells_again(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(Fact(day=DAY, score=9), Fact(day=DAY, score=3, person=1))
        await world.fold()
        first = await world.tally(NPS)
        await lose_cells(world)
        assert await world.tally(NPS) == first
        assert (await world.tally(NPS, remembering=False)).total.n == 0

    run(tell())


def test_an_answer_counts_at_once_on_top_of_cells_that_are_not_read_again(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(Fact(day=DAY, score=9))
        await world.fold()
        assert (await world.tally(NPS)).total.counts == {9: 1}
        await lose_cells(world)
        await world.answered(Fact(day=DAY, score=3, person=1))
        counted = (await world.tally(NPS)).total
        assert (counted.counts, counted.people) == ({9: 1, 3: 1}, 2)
        assert (await world.tally(NPS)).total == counted

    run(tell())


def test_what_another_process_folds_is_seen_by_all(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(Fact(day=DAY, score=9))
        await world.fold()
        mine, other = Memory(), Memory()
        for memory in (mine, other):
            world.memory = memory
            assert (await world.tally(NPS)).total.n == 1
        await world.answered(Fact(day=DAY, score=3, person=1))
        await world.fold()
        for memory in (mine, other):
            world.memory = memory
            assert (await world.tally(NPS)).total.counts == {9: 1, 3: 1}

    run(tell())


def test_a_rebuild_an_import_and_its_end_are_seen(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(Fact(day=DAY, score=9))
        assert (await world.tally(NPS)).total.n == 1
        written = await world.import_written([Fact(day=DAY, score=0, person=2)])
        assert (await world.tally(NPS)).total.n == 1
        await world.import_completed(written)
        assert (await world.tally(NPS)).total.n == 2
        await world.rebuild()
        assert (await world.tally(NPS)).total.n == 2
        while await world.compact():
            assert (await world.tally(NPS)).total.n == 2

    run(tell())


def test_pairs_of_the_same_person_follow_a_changed_answer(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(Fact(day=DAY, score=6), Fact(day=LATER, score=9))
        assert await world.panel(replace(NPS, period=APRIL), NPS) == [PairedScore(before=6, after=9)]
        await world.edited(1, 2)
        assert await world.panel(replace(NPS, period=APRIL), NPS) == [PairedScore(before=6, after=2)]
        await world.fold()
        assert await world.panel(replace(NPS, period=APRIL), NPS) == [PairedScore(before=6, after=2)]

    run(tell())


def test_a_filter_by_name_is_asked_anew_since_names_may_change(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(Fact(day=DAY, score=9, account="Acme"))
        await world.fold()
        acme = replace(NPS, filters=(Filter(dimension=Dimension.ACCOUNT, values=("Acme",)),))
        assert (await world.tally(acme)).total.n == 1
        await world.rename("Acme", "Acme Robotics")
        assert (await world.tally(acme)).total.n == 0

    run(tell())


def test_a_comment_is_told_from_its_commit_on_and_no_longer_when_it_is_gone(
    shared_database: Database, run: Run
) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(Fact(day=DAY, score=9, comment="quick"))
        assert await world.comments(NPS) == ["quick"]
        mine = answer.c.tenant_id == world.tenant.id
        async with world.database.writing(world.tenant.id) as writer:
            await writer.connection.execute(update(answer).where(mine, answer.c.text == "quick").values(text="quicker"))
            assert await world.comments(NPS) == ["quick"]
            await writer.commit()
        assert await world.comments(NPS) == ["quicker"]
        async with world.database.writing(world.tenant.id) as writer:
            await writer.connection.execute(delete(answer).where(mine, answer.c.text == "quicker"))
            await writer.commit()
        assert await world.comments(NPS) == []

    run(tell())


@pytest.mark.parametrize("shared_database", [Kind.POSTGRESQL.value], indirect=True)
def test_two_writers_who_end_in_the_other_order_are_both_told(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(
            Fact(day=DAY, score=9, comment="first"), Fact(day=DAY, score=2, person=1, comment="second")
        )
        mine = answer.c.tenant_id == world.tenant.id
        async with world.database.writing(world.tenant.id) as early, world.database.writing(world.tenant.id) as late:
            await early.connection.execute(update(answer).where(mine, answer.c.text == "first").values(text="FIRST"))
            await late.connection.execute(update(answer).where(mine, answer.c.text == "second").values(text="SECOND"))
            assert await world.comments(NPS) == ["second", "first"]
            await late.commit()
            assert await world.comments(NPS) == ["SECOND", "first"]
            await early.commit()
            assert await world.comments(NPS) == ["SECOND", "FIRST"]

    run(tell())


def test_tenants_share_a_memory_and_no_figure(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        ours, theirs = await World.new(shared_database), await World.new(shared_database)
        theirs.memory = ours.memory
        await ours.answered(Fact(day=DAY, score=9))
        assert (await ours.tally(NPS)).total.n == 1
        assert (await theirs.tally(NPS)).total.n == 0

    run(tell())


def test_the_oldest_entry_makes_room_and_an_outdated_one_is_not_told(run: Run) -> None:
    async def tell() -> None:
        snapshot = Snapshot(memory=Memory(most=2), tenant_id=1, layers=(), waiting=0, surveys=(0, None))
        assert [await snapshot.of_cells(name, always(name)) for name in "ab"] == ["a", "b"]
        assert await snapshot.of_cells("a", never) == "a"
        assert await snapshot.of_cells("c", always("c")) == "c"
        assert await snapshot.of_cells("a", never) == "a"
        assert await snapshot.of_cells("b", always("anew")) == "anew"
        assert await replace(snapshot, layers=((1, 1),)).of_cells("b", always("later")) == "later"
        assert await snapshot.of_answers("n", always(1)) == 1
        assert await replace(snapshot, waiting=1).of_answers("n", always(2)) == 2
        assert await snapshot.of_surveys("s", always(1)) == 1
        assert await replace(snapshot, surveys=(1, 1)).of_surveys("s", always(2)) == 2

    run(tell())


def test_what_was_kept_of_one_moment_is_forgotten_with_the_next(run: Run) -> None:
    async def tell() -> None:
        before = Snapshot(memory=Memory(), tenant_id=1, layers=(), waiting=0, surveys=(0, None), moment="10:10:")
        after = replace(before, moment="10:11:")
        assert await before.of_everything("a comment", always("kept")) == "kept"
        assert await before.of_everything("a comment", never) == "kept"
        assert await after.of_everything("a name", always("Ann")) == "Ann"
        assert await before.of_everything("a comment", always("read anew")) == "read anew"
        nameless = replace(before, moment=None)
        assert [await nameless.of_everything("a comment", always(n)) for n in (1, 2)] == [1, 2]

    run(tell())


def test_of_many_who_want_the_same_at_once_one_works_and_the_next_takes_over_where_that_fails(run: Run) -> None:
    async def tell() -> None:
        snapshot = Snapshot(memory=Memory(), tenant_id=1, layers=(), waiting=0, surveys=(0, None))
        at_work, goes_on = asyncio.Event(), asyncio.Event()
        worked = 0

        async def fail() -> int:
            at_work.set()
            await goes_on.wait()
            raise NotFound("gone")

        async def work() -> int:
            nonlocal worked
            worked += 1
            await asyncio.sleep(0)
            return 7

        first = asyncio.create_task(snapshot.of_answers("n", fail))
        await at_work.wait()
        others = [asyncio.create_task(snapshot.of_answers("n", work)) for _ in range(5)]
        goes_on.set()
        with pytest.raises(NotFound):
            await first
        assert (await asyncio.gather(*others), worked) == ([7] * 5, 1)

    run(tell())


def always(value: Any) -> Callable[[], Awaitable[Any]]:
    async def work() -> Any:
        return value

    return work


async def never() -> Any:
    raise AssertionError("it is kept, and is worked out again")


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=st.lists(steps, min_size=2, max_size=12))
def test_after_any_step_the_pairs_are_those_of_a_process_that_remembers_nothing(
    shared_database: Database, run: Run, story: list[tuple[Any, ...]]
) -> None:
    async def tell() -> None:
        world = await World.new(shared_database, people=3)
        told = Story(world)
        for step in story:
            await told.play(step)
            kept = await world.panel(SINCE_MARCH, BEFORE_MARCH)
            assert kept == await world.panel(SINCE_MARCH, BEFORE_MARCH, remembering=False)

    run(tell())
