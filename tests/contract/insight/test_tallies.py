"""What the store counts for a question: the moments that matter, one by one, on every database."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from storage.folding import rebuild as rebuilding
from storage.folding.fold import fold, fold_deltas, waiting
from storage.folding.guard import hold, release
from storage.folding.rebuild import rebuild
from storage.folding.zones import relocalise
from storage.session import Database
from storage.tables import answer, folding, histogram, layer, tenant
from surveys.definitions.model import Metric, Series
from surveys.errors import Refused
from surveys.insight.queries import FOLDED_DIMENSIONS, Dimension, Filter, Period, ScoreRequest, TallySet
from tests.contract.insight.conftest import Run
from tests.contract.insight.world import Fact, World

DAY = date(2026, 3, 15)
NPS = ScoreRequest(metric=Metric.NPS, series=Series.RELATIONSHIP, period=None)


def filtered(dimension: Dimension, *values: str, negated: bool = False) -> ScoreRequest:
    return replace(NPS, filters=(Filter(dimension=dimension, values=values, negated=negated),))


def counts(tallies: TallySet) -> dict[str | None, dict[int, int]]:
    return {group.key: group.counts for group in tallies.groups}


def test_two_tenants_do_not_see_each_other(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        ours, theirs = await World.new(shared_database), await World.new(shared_database)
        await ours.answered(Fact(day=DAY, score=9))
        await theirs.answered(Fact(day=DAY, score=0), Fact(day=DAY, score=1, person=1))
        await theirs.fold()
        assert (await ours.tally(NPS)).total.counts == {9: 1}
        assert (await theirs.tally(NPS)).total.counts == {0: 1, 1: 1}
        await fold(shared_database, limit=100)
        await ours.rebuild()
        assert (await ours.tally(NPS)).total.counts == {9: 1}
        assert (await theirs.tally(NPS)).total.people == 2

    run(tell())


@pytest.mark.parametrize("dimension", [one for one in FOLDED_DIMENSIONS if one is not Dimension.ACCOUNT])
def test_groups_hold_every_value_and_those_without_one(
    shared_database: Database, run: Run, dimension: Dimension
) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(
            Fact(day=DAY, score=9, **{dimension.value: "north"}),
            Fact(day=DAY, score=3, **{dimension.value: "south"}),
            Fact(day=DAY, score=7, **{dimension.value: None}),
        )
        expected = {"north": {9: 1}, "south": {3: 1}, None: {7: 1}}
        assert counts(await world.tally(replace(NPS, by=dimension))) == expected
        await world.fold()
        assert counts(await world.tally(replace(NPS, by=dimension))) == expected

    run(tell())


def test_a_filter_finds_a_value_in_any_case_and_script(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(
            Fact(day=DAY, score=9, team="ŻABKA Zespół", account="Łódź Works"), Fact(day=DAY, score=2, person=1)
        )
        for _ in ("waiting", "folded"):
            assert (await world.tally(filtered(Dimension.TEAM, "żabka zespół"))).total.counts == {9: 1}
            assert (await world.tally(filtered(Dimension.TEAM, "żabka zespół", negated=True))).total.counts == {2: 1}
            assert (await world.tally(filtered(Dimension.ACCOUNT, "łódź works"))).total.counts == {9: 1}
            assert (await world.tally(filtered(Dimension.ACCOUNT, "nobody"))).total.counts == {}
            both = replace(
                filtered(Dimension.ACCOUNT, "łódź works"), by=Dimension.TEAM
            )  # two dimensions at once: only the rows know
            found = await world.tally(both)
            assert not found.folded
            assert counts(found) == {"ŻABKA Zespół": {9: 1}}
            await world.fold()

    run(tell())


def test_a_period_takes_its_first_day_and_leaves_the_day_after_its_last(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        days = [date(2025, 12, 31) + timedelta(days=n) for n in range(95)]
        await world.answered(*(Fact(day=day, score=day.day % 11, person=day.day % 5) for day in days))
        await world.fold()
        for start in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1)):
            for end in (date(2026, 2, 1), date(2026, 2, 2), date(2026, 3, 1), date(2026, 4, 1), date(2026, 6, 1)):
                asked = replace(NPS, period=Period(start=start, end=end))
                found = await world.tally(asked)
                assert found.total == world.expected(asked).total
                assert found.total.n == sum(start <= day < end for day in days)

    run(tell())


def test_a_person_whose_only_answer_is_taken_back_is_not_counted_any_more(
    shared_database: Database, run: Run
) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(
            Fact(day=DAY, score=9, person=0), Fact(day=DAY, score=8, person=1), Fact(day=DAY, score=7, person=1)
        )
        await world.fold()
        await world.edited(0, None)
        await world.edited(0, None)
        for _ in ("waiting", "folded", "folded and settled"):
            found = await world.tally(NPS)
            assert (found.total.counts, found.total.people) == ({7: 1}, 1)
            await world.fold()
        async with shared_database.reading(world.tenant.id) as transaction:
            doubts = select(func.count()).where(
                histogram.c.tenant_id == world.tenant.id, histogram.c.doubtful.is_not(None)
            )
            assert await transaction.connection.scalar(doubts) == 0

    run(tell())


def test_people_who_are_not_known_count_one_each(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(*(Fact(day=DAY, score=9, person=person) for person in (None, None, 0, 0)))
        assert (await world.tally(NPS)).total.people == 3
        await world.fold()
        assert (await world.tally(NPS)).total.people == 3

    run(tell())


def test_latest_takes_the_last_answer_of_each_person(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(
            Fact(day=DAY, score=2), Fact(day=DAY + timedelta(days=1), score=9), Fact(day=DAY, score=5, person=1)
        )
        found = await world.tally(replace(NPS, latest=True))
        assert (found.total.counts, found.total.people, found.folded) == ({9: 1, 5: 1}, 2, False)

    run(tell())


def test_an_import_is_seen_as_a_whole_and_not_before_it_is_complete(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(Fact(day=DAY, score=3))
        await world.fold()
        moved = Fact(day=DAY + timedelta(days=40), score=10, account="Nordhavn", role="finance")
        batch = await world.import_written([Fact(day=DAY, score=8, person=2)], {0: moved})
        two = replace(NPS, filters=(Filter(dimension=Dimension.TIER, values=("gold",), negated=True),))
        for asked in (NPS, two):
            assert (await world.tally(asked)).total.counts == {3: 1}
        await world.import_completed(batch)
        for asked in (NPS, two):
            assert (await world.tally(asked)).total == world.expected(asked).total
        march = replace(NPS, period=Period(start=date(2026, 3, 1), end=date(2026, 4, 1)))
        assert (await world.tally(march)).total.people == 1
        while await world.compact(7):
            assert (await world.tally(NPS)).total == world.expected(NPS).total
            assert (await world.tally(march)).total.people == 1
        assert (await world.tally(NPS)).total.counts == {8: 1, 10: 1}

    run(tell())


def test_an_import_undone_leaves_everything_as_it_was(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(Fact(day=DAY, score=3, comment="slow"))
        batch = await world.import_written([Fact(day=DAY, score=8)], {0: Fact(day=DAY, score=10)})
        await world.import_undone(batch)
        await world.fold()
        await world.rebuild()
        assert (await world.tally(NPS)).total.counts == {3: 1}

    run(tell())


def test_taps_and_a_finished_import_during_a_rebuild_are_neither_lost_nor_counted_twice(
    shared_database: Database, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(Fact(day=DAY, score=3), Fact(day=DAY, score=4, person=1))
        await world.fold(1)
        batch = await world.import_written([Fact(day=DAY, score=8, person=2)])
        arrived = asyncio.Event()

        async def meanwhile() -> None:
            await arrived.wait()
            await world.answered(Fact(day=DAY, score=10, person=3))
            await world.import_completed(batch)
            assert await world.fold() == 0  # it waits for the rebuild
            assert (await world.tally(NPS)).total == world.expected(NPS).total

        other = asyncio.create_task(meanwhile())

        def counting(_done: int, _of: int) -> None:
            arrived.set()

        work = rebuilding._Rebuild  # noqa: SLF001
        swap = work.swap

        await _rebuild_beside(world, counting, other)
        assert swap is work.swap
        assert (await world.tally(NPS)).total == world.expected(NPS).total
        assert await world.fold() == 1
        while await world.compact():
            pass
        assert (await world.tally(NPS)).total.counts == {3: 1, 4: 1, 8: 1, 10: 1}

    run(tell())
