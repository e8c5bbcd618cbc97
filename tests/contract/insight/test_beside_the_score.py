"""What stands beside a score: pairs of the same person, response rate, comments, the week, names, released months."""

import secrets
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from storage.folding.cells import RESPONSE
from storage.insight import StoredInsight
from storage.response_deltas import opened
from storage.scope import Scope
from storage.session import Database
from storage.tables import import_batch, invitation, opt_out, released_figure, released_total, score_delta
from surveys.definitions.model import Metric, Series
from surveys.insight.queries import Dimension, Filter, PairedScore, Period, ResponseCounts, ScoreRequest
from tests.contract.insight.conftest import Run
from tests.contract.insight.world import WHEN, Fact, World

DAY = date(2026, 3, 15)
MARCH = Period(start=date(2026, 3, 1), end=date(2026, 4, 1))
APRIL = Period(start=date(2026, 4, 1), end=date(2026, 5, 1))
NPS = ScoreRequest(metric=Metric.NPS, series=Series.RELATIONSHIP, period=MARCH)


async def ask(world: World, question: str, *args: Any, rows_limit: int = 20_000) -> Any:
    async with world.database.reading(world.tenant.id) as transaction:
        sight = world.sight(transaction)
        insight = StoredInsight(transaction.connection, world.tenant, rows_limit=rows_limit, sight=sight)
        return await getattr(insight, question)(*args)


def only(dimension: Dimension, value: str) -> tuple[Filter, ...]:
    return (Filter(dimension=dimension, values=(value,)),)


def test_the_panel_is_everyone_who_answered_in_both_periods_with_their_means(
    shared_database: Database, run: Run
) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(
            Fact(day=DAY, score=6, person=0),
            Fact(day=DAY, score=9, person=1),
            Fact(day=DAY, score=9, person=None),
            Fact(day=DAY + timedelta(days=20), score=10, person=0),
            Fact(day=DAY + timedelta(days=21), score=7, person=0),
            Fact(day=DAY + timedelta(days=20), score=1, person=2),
            *(Fact(day=DAY, score=3, person=person) for person in (3, 4)),
            *(Fact(day=DAY + timedelta(days=20), score=9, person=person) for person in (3, 4)),
        )
        now = replace(NPS, period=APRIL)
        alike = PairedScore(before=3, after=9, people=2)
        assert await ask(world, "panel", now, NPS) == [alike, PairedScore(before=6, after=9)]
        await world.fold()
        assert await ask(world, "panel", now, NPS) == [alike, PairedScore(before=6, after=9)]
        assert await ask(world, "panel", now, NPS, rows_limit=2) == []
        latest = replace(now, latest=True)
        assert await ask(world, "panel", latest, NPS) == [alike, PairedScore(before=6, after=7)]

    run(tell())


async def closed(world: World, day: date, *answered: bool, role: str | None = None) -> None:
    async with world.database.writing(world.tenant.id) as transaction:
        for score in answered:
            await transaction.connection.execute(
                insert(score_delta).values(
                    tenant_id=world.tenant.id, metric=RESPONSE, series="", survey_key="nps", local_day=day,
                    score=int(score), n=1, person_id=world.people[0], role=role,
                )
            )  # fmt: skip
        await transaction.commit()


async def invited(world: World, person: int, *, delivered_at: datetime, state: str = "delivered") -> None:
    async with world.database.writing(world.tenant.id) as transaction:
        await world.row(
            transaction.connection, invitation, public_id=secrets.token_urlsafe(16), person_id=world.people[person],
            survey_version_id=world.version_id, survey_key="nps", state=state, created_at=delivered_at,
            delivered_at=delivered_at, closes_at=delivered_at + timedelta(days=14),
        )  # fmt: skip
        if state == "delivered":
            scope = Scope(connection=transaction.connection, tenant=world.tenant, versions={}, writable=True)
            await opened(scope, "nps", delivered_at)
        await transaction.commit()


def test_the_response_rate_counts_closed_invitations_and_keeps_open_ones_apart(
    shared_database: Database, run: Run
) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await closed(world, DAY, True, False, role="technical")
        await closed(world, DAY, False)
        await closed(world, DAY + timedelta(days=30), True)
        await invited(world, 0, delivered_at=datetime(2026, 3, 20, tzinfo=UTC))
        for _ in ("waiting", "folded", "rebuilt"):
            assert await ask(world, "responses", ["nps"], MARCH, ()) == ResponseCounts(
                delivered=3, answered=1, still_open=1
            )
            assert await ask(world, "responses", ["nps"], MARCH, only(Dimension.ROLE, "technical")) == ResponseCounts(
                delivered=2, answered=1, still_open=1, open_by_present=(Dimension.ROLE,)
            )
            assert (await ask(world, "responses", ["csat"], MARCH, ())).rate is None
            assert (await ask(world, "responses", [], MARCH, ())).delivered == 0
            await world.fold()
            await world.rebuild()

    run(tell())


@pytest.mark.parametrize(
    ("filters", "delivered"),
    [
        (only(Dimension.RELATIONSHIP, "customer"), 1),
        (only(Dimension.ACCOUNT, "acme") + only(Dimension.ROLE, "technical"), 1),
        (only(Dimension.ACCOUNT, "acme") + only(Dimension.ROLE, "finance"), 0),
        ((Filter(dimension=Dimension.TIER, values=("gold",), negated=True),), 1),
        (only(Dimension.MODE, "self"), 0),
    ],
)
def test_the_response_rate_by_what_is_not_folded_comes_from_the_invitations(
    shared_database: Database, run: Run, filters: tuple[Filter, ...], delivered: int
) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await invited(world, 0, delivered_at=datetime(2026, 3, 10, tzinfo=UTC), state="closed")
        assert (await ask(world, "responses", ["nps"], MARCH, filters)).delivered == delivered

    run(tell())


def test_comments_are_those_of_the_answers_counted_newest_first(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(
            Fact(day=DAY, score=3, comment="slow", role="technical"),
            Fact(day=DAY + timedelta(days=2), score=9, comment="quick", account="Nordhavn", language="pl"),
            Fact(day=DAY, score=9, comment="of another series", series=Series.EVENT),
            Fact(day=DAY, score=5, comment="of another metric", metric=Metric.CSAT),
            Fact(day=date(2026, 4, 1), score=5, comment="of another month"),
        )
        hidden = await world.import_written([Fact(day=DAY, score=1, comment="not yet")])
        found = await ask(world, "comments", NPS, 10)
        assert [(one.text, one.score, one.role, one.account, one.language, one.day) for one in found] == [
            ("quick", 9, None, "Nordhavn", "pl", DAY + timedelta(days=2)),
            ("slow", 3, "technical", "Acme", None, DAY),
        ]
        assert [one.text for one in await ask(world, "comments", NPS, 1)] == ["quick"]
        technical = replace(NPS, filters=only(Dimension.ROLE, "technical"))
        assert [one.text for one in await ask(world, "comments", technical, 10)] == ["slow"]
        latest = replace(NPS, latest=True)
        assert [one.text for one in await ask(world, "comments", latest, 10)] == ["quick"]
        await world.import_completed(hidden)
        assert "not yet" in [one.text for one in await ask(world, "comments", NPS, 10)]

    run(tell())


def test_the_week_counts_answers_people_comments_deliveries_and_opt_outs(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        await world.answered(
            Fact(day=DAY, score=3, comment="slow"),
            Fact(day=DAY, score=5, metric=Metric.CSAT, survey="csat"),
            Fact(day=DAY, score=9, person=None),
            Fact(day=DAY + timedelta(days=7), score=9, person=1),
        )
        # In Warsaw the 15th begins an hour before midnight in UTC.
        await invited(world, 0, delivered_at=datetime(2026, 3, 14, 23, 30, tzinfo=UTC))
        await invited(world, 1, delivered_at=datetime(2026, 3, 14, 22, 30, tzinfo=UTC))
        async with shared_database.writing(world.tenant.id) as transaction:
            for person, day in ((0, 16), (1, 30)):
                await world.row(
                    transaction.connection, opt_out, person_id=world.people[person],
                    at=datetime(2026, 3, day, tzinfo=UTC),
                )  # fmt: skip
            await transaction.commit()
        week = await ask(world, "week", Period(start=DAY, end=DAY + timedelta(days=7)))
        assert (week.answers, week.people, week.comments, week.delivered, week.opted_out) == (3, 2, 1, 1, 1)

    run(tell())


def test_a_group_is_read_by_its_name(shared_database: Database, run: Run) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        acme = str(world.accounts["Acme"])
        assert await ask(world, "labels", Dimension.ACCOUNT, [acme, "0"]) == {acme: "Acme"}
        assert await ask(world, "labels", Dimension.ROLE, ["technical"]) == {"technical": "technical"}

    run(tell())


def test_released_months_lie_wholly_in_the_period_and_come_from_complete_imports(
    shared_database: Database, run: Run
) -> None:
    async def tell() -> None:
        world = await World.new(shared_database)
        async with shared_database.writing(world.tenant.id) as transaction:
            connection = transaction.connection
            batches = {
                state: await world.row(
                    connection, import_batch, kind="responses", file_name="f", file_digest="d", state=state,
                    started_at=WHEN,
                )
                for state in ("complete", "writing")
            }  # fmt: skip

            async def month(number: int, n: int | None, shown: int | None, batch: str, totals: dict[int, int]) -> None:
                figure = await world.row(
                    connection, released_figure, metric="enps", survey_key="employee-pulse", question="enps",
                    month=date(2026, number, 1), n=n, shown=shown, released_at=WHEN, batch_id=batches[batch],
                )  # fmt: skip
                for value, count in totals.items():
                    await connection.execute(
                        insert(released_total).values(
                            tenant_id=world.tenant.id, figure_id=figure, value=value, count=count
                        )
                    )

            await month(1, 8, 25, "complete", {})
            await month(2, 40, 50, "complete", {10: 25, 7: 10, 0: 5})
            await month(3, None, None, "complete", {})
            await month(4, 9, 11, "writing", {})
            await transaction.commit()
        every = await ask(world, "released", Metric.ENPS, None)
        assert [(wave.month.month, wave.n, wave.shown) for wave in every] == [(1, 8, 25.0), (2, 40, 50.0)]
        assert every[0].totals is None
        assert every[1].totals is not None
        assert every[1].totals[10] == 25
        half = Period(start=date(2026, 1, 1), end=date(2026, 2, 15))
        assert [wave.month.month for wave in await ask(world, "released", Metric.ENPS, half)] == [1]

    run(tell())
