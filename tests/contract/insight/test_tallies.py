"""What the store counts for a question: the moments that matter, one by one, on every database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from storage.folding.fold import fold, waiting
from storage.folding.rebuild import Rebuild, rebuild
from storage.folding.zones import relocalise
from storage.session import Database
from storage.tables import folding, histogram, layer
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
        places: list[tuple[int, dict[str, Any]]] = [
            (9, {dimension.value: "north"}),
            (3, {dimension.value: "south"}),
            (7, {dimension.value: None}),
        ]
        await world.answered(*(Fact(day=DAY, score=score, **place) for score, place in places))
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


def test_a_person_whose_only_answer_is_taken_back_is_not_counted_any_more(shared_database: Database, run: Run) -> None:
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
    shared_database: Database, run: Run
) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(Fact(day=DAY, score=3), Fact(day=DAY, score=4, person=1))
        await world.fold(1)
        batch = await world.import_written([Fact(day=DAY, score=8, person=2)])
        work = await Rebuild.begin(shared_database, world.tenant.id)
        async with shared_database.reading(world.tenant.id) as snapshot:
            await work.count(snapshot.connection)
            await world.answered(Fact(day=DAY, score=10, person=3))
            await world.edited(0, 6)
            await world.import_completed(batch)
        assert await world.fold() == 0  # it waits for the rebuild
        assert await world.compact() == 0
        assert (await world.tally(NPS)).total == world.expected(NPS).total
        await work.swap()
        assert (await world.tally(NPS)).total == world.expected(NPS).total
        await work.end()
        assert await world.fold() == 3
        while await world.compact():
            assert (await world.tally(NPS)).total == world.expected(NPS).total
        assert (await world.tally(NPS)).total.counts == {6: 1, 4: 1, 8: 1, 10: 1}

    run(tell())


def test_a_rebuild_that_was_killed_changes_nothing_and_is_cleared_away(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(Fact(day=DAY, score=3))
        await world.fold()
        work = await Rebuild.begin(shared_database, world.tenant.id)
        async with shared_database.reading(world.tenant.id) as snapshot:
            await work.count(snapshot.connection)
        with pytest.raises(Refused):
            await rebuild(shared_database, world.tenant.id)
        assert (await world.tally(NPS)).total.counts == {3: 1}
        await lease_is_over(world)
        await world.answered(Fact(day=DAY, score=4, person=1))
        assert await world.fold() == 1
        with pytest.raises(Refused):  # it comes back too late: others have folded since
            await work.swap()
        while await world.compact():
            pass
        assert (await world.tally(NPS)).total.counts == {3: 1, 4: 1}
        assert await layers(world) == ["base"]

    run(tell())


async def lease_is_over(world: World) -> None:
    async with world.database.writing(world.tenant.id) as transaction:
        await transaction.connection.execute(
            update(folding)
            .where(folding.c.tenant_id == world.tenant.id)
            .values(held_until=datetime(2000, 1, 1, tzinfo=UTC))
        )
        await transaction.commit()


async def layers(world: World) -> list[str]:
    async with world.database.reading(world.tenant.id) as transaction:
        found = await transaction.connection.scalars(select(layer.c.kind).where(layer.c.tenant_id == world.tenant.id))
        return list(found)


def test_a_new_reporting_zone_moves_the_days_after_a_rebuild(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database, timezone="Europe/Warsaw")
        await world.answered(Fact(day=DAY, score=9), Fact(day=date(2026, 3, 31), score=4, person=1))
        await world.fold()
        # Noon in Warsaw is past midnight of the next day on Kiritimati.
        moved = replace(world.tenant, timezone="Pacific/Kiritimati")
        assert await relocalise(shared_database, moved) == 2
        assert await relocalise(shared_database, moved) == 0
        await world.rebuild()
        march = replace(NPS, period=Period(start=date(2026, 3, 1), end=date(2026, 4, 1)))
        assert (await world.tally(march)).total.counts == {9: 1}
        assert (await world.tally(NPS)).first_day == DAY + timedelta(days=1)

    run(tell())


def test_a_round_of_the_clock_folds_every_tenant_and_merges_imports(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        worlds = [await World.new(shared_database) for _ in range(2)]
        for world in worlds:
            await world.answered(Fact(day=DAY, score=9), Fact(day=DAY, score=9, person=1))
            await world.import_completed(await world.import_written([Fact(day=DAY, score=1)]))
        assert await fold(shared_database, limit=1) >= 2
        for _ in range(4):
            await fold(shared_database, limit=100)
        for world in worlds:
            assert await layers(world) == ["base"]
            assert (await world.tally(NPS)).total.counts == {9: 2, 1: 1}
            async with shared_database.reading(world.tenant.id) as transaction:
                assert await waiting(transaction.connection, world.tenant.id) == 0

    run(tell())
