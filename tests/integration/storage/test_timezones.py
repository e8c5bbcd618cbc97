"""A new reporting time zone while other processes serve: nobody's answer stays on a day of the old one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import select

from bot.events import Address
from bot.ports import Subscription
from storage.folding.rebuild import rebuild
from storage.folding.zones import relocalise
from storage.imports.exclusive import only_import
from storage.session import Database, Transaction, open_database
from storage.tables import answer
from storage.timezones import KNOWN_EVERYWHERE_SECONDS, change_timezone, follow_timezone
from storage.unit_of_work import TENANT_KNOWN_SECONDS, SqlStore
from surveys.errors import Refused
from surveys.insight.queries import Period
from surveys.sending.model import InvitationFacts
from tests.builders import NOW, Company, a_company, a_contact, scored
from tests.conftest import MigratedDatabase

pytestmark = pytest.mark.anyio

HONOLULU = "Pacific/Honolulu"
LATE = datetime(2026, 7, 5, 22, 30, tzinfo=UTC)
"""Monday the 6th in Warsaw, Sunday the 5th in Honolulu."""
SUNDAY, MONDAY = date(2026, 7, 5), date(2026, 7, 6)


@dataclass(slots=True)
class Seconds:
    """A process's own clock."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Replica:
    """Another process that serves, and has read the tenant before the zone changes."""

    store: SqlStore
    seconds: Seconds

    async def answers(self, facts: InvitationFacts, score: int = 9) -> None:
        async with self.store.write(1) as unit:
            await unit.invitations.answer(scored(facts, score, at=LATE))
            await unit.commit()


@pytest.fixture
async def replica(database: MigratedDatabase, anyio_backend: str) -> AsyncIterator[Replica]:
    seconds = Seconds()
    opened = SqlStore(open_database(database.url), seconds=seconds)
    yield Replica(opened, seconds)
    await opened.dispose()


@dataclass(slots=True)
class Pause:
    """What happens while the command waits for the others; its time passes for them."""

    replica: Replica
    meanwhile: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    asked_for: float = 0.0

    async def __call__(self, seconds: float) -> None:
        for happens in self.meanwhile:
            await happens()
        self.asked_for = seconds
        self.replica.seconds.now += seconds


async def days(company: Company) -> list[date]:
    async with company.store.read(company.id) as unit:
        return list(await unit.scope.connection.scalars(select(answer.c.local_day).order_by(answer.c.id)))


async def two_asked(company: Company) -> tuple[InvitationFacts, InvitationFacts]:
    version = await company.publish()
    first = await company.asked(await company.contact(), version, at=LATE)
    return first, await company.asked(await company.contact(a_contact("bob@acme.example")), version, at=LATE)


async def test_an_answer_stored_by_a_process_that_did_not_know_yet_comes_to_its_new_day(
    store: SqlStore, replica: Replica
) -> None:
    company = await a_company(store)
    first, second = await two_asked(company)
    pause = Pause(replica, [lambda: replica.answers(first)])
    async with replica.store.read(company.id):
        """The replica has read the tenant now."""
    moved = await change_timezone(store, company.id, HONOLULU, now=NOW, pause=pause)
    assert await days(company) == [MONDAY]
    await replica.answers(second)
    assert await days(company) == [MONDAY, SUNDAY]
    assert await follow_timezone(store, moved, now=NOW) == 1
    assert await days(company) == [SUNDAY, SUNDAY]
    assert await follow_timezone(store, moved, now=NOW) == 0


async def test_the_command_waits_longer_than_any_process_believes_what_it_read(
    store: SqlStore, replica: Replica
) -> None:
    company = await a_company(store)
    pause = Pause(replica)
    await change_timezone(store, company.id, HONOLULU, now=NOW, pause=pause)
    assert pause.asked_for == KNOWN_EVERYWHERE_SECONDS > TENANT_KNOWN_SECONDS


async def test_an_answer_that_is_changed_while_days_are_worked_out_does_not_stay_behind(
    store: SqlStore, replica: Replica
) -> None:
    company = await a_company(store)
    first, _ = await two_asked(company)
    await replica.answers(first)
    moved = await change_timezone(store, company.id, HONOLULU, now=NOW, pause=Pause(replica))

    class ChangedMeanwhile:
        """The first answer is changed after its day was read, and before it is set."""

        reading = store.database.reading
        changed = False

        @asynccontextmanager
        async def writing(self, tenant_id: int) -> AsyncIterator[Transaction]:
            if not self.changed:
                self.changed = True
                await replica.answers(first, 3)
            async with store.database.writing(tenant_id) as transaction:
                yield transaction

    assert await relocalise(cast(Database, ChangedMeanwhile()), moved) == 2
    assert await days(company) == [SUNDAY, SUNDAY]


async def test_an_invitation_opened_by_the_old_zone_is_open_no_more_once_it_is_closed(
    store: SqlStore, replica: Replica
) -> None:
    company = await a_company(store)
    await two_asked(company)
    await store.fold(limit=100)
    moved = await change_timezone(store, company.id, HONOLULU, now=NOW, pause=Pause(replica))
    await follow_timezone(store, moved, now=NOW)
    await rebuild(store.database, company.id)
    async with replica.store.write(company.id) as unit:
        assert await unit.invitations.close_due(LATE + timedelta(days=30), 100) == 2
        await unit.commit()
    async with store.read(company.id) as unit:
        for day in (SUNDAY, MONDAY):
            counts = await unit.insight.responses(["nps"], Period(start=day, end=day + timedelta(days=1)), ())
            assert counts.still_open == 0


async def test_the_time_zone_is_not_changed_under_an_import(store: SqlStore, replica: Replica) -> None:
    company = await a_company(store)
    async with only_import(replica.store.database, company.id):
        with pytest.raises(Refused, match="Another import is running"):
            await change_timezone(store, company.id, HONOLULU, now=NOW, pause=Pause(replica))


# ── schedules ──────────────────────────────────────────────────────────────────────────────────────────────────────

NINE_IN_WARSAW = datetime(2026, 7, 6, 7, 0, tzinfo=UTC)
NINE_IN_HONOLULU = datetime(2026, 7, 6, 19, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


async def summarised(company: Company) -> Subscription:
    """Every Monday at nine; the next one is due at nine in Warsaw."""
    async with company.store.write(company.id) as unit:
        address = Address(platform="web", workspace="local", conversation="channel:cx", direct=False)
        channel = await unit.conversations.remember(company.workspace.id, address, "cx", None)
        made = await unit.subscriptions.add_weekly(
            channel.id, weekday=0, hour=9, minute=0, by=None, at=LATE, next_due_at=NINE_IN_WARSAW
        )
        await unit.commit()
    return made


async def moved_west(company: Company, replica: Replica, now: datetime) -> None:
    moved = await change_timezone(company.store, company.id, HONOLULU, now=now, pause=Pause(replica))
    await follow_timezone(company.store, moved, now=now)


async def next_summary(company: Company) -> datetime:
    async with company.store.read(company.id) as unit:
        [found] = await unit.subscriptions.all()
    return found.next_due_at


async def test_a_summary_at_nine_comes_at_nine_in_the_new_zone(store: SqlStore, replica: Replica) -> None:
    company = await a_company(store)
    await summarised(company)
    await moved_west(company, replica, LATE)
    assert await next_summary(company) == NINE_IN_HONOLULU
    async with store.system() as system:
        [due] = await system.due_schedules(NINE_IN_HONOLULU)
    assert due.slot == MONDAY


async def test_a_summary_that_came_this_monday_does_not_come_on_the_same_monday_further_west(
    store: SqlStore, replica: Replica
) -> None:
    company = await a_company(store)
    await summarised(company)
    async with store.system() as system:
        [due] = await system.due_schedules(NINE_IN_WARSAW)
    async with store.write(company.id) as unit:
        assert await unit.subscriptions.fire(due, next_due_at=NINE_IN_WARSAW + WEEK, at=NINE_IN_WARSAW)
        await unit.commit()
    await moved_west(company, replica, NINE_IN_WARSAW + timedelta(hours=1))
    assert await next_summary(company) == NINE_IN_HONOLULU + WEEK


async def test_a_summary_that_is_due_already_is_not_put_off(store: SqlStore, replica: Replica) -> None:
    company = await a_company(store)
    await summarised(company)
    await moved_west(company, replica, NINE_IN_WARSAW + timedelta(minutes=1))
    assert await next_summary(company) == NINE_IN_WARSAW
