"""The database goes away and comes back: whoever taps meanwhile is told that nothing was changed, the process lives
on by itself, and in the end everything is there once."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.actions import Answer, SendText
from bot.app import build_works
from bot.events import Address
from bot.messages import Message, Outcome
from bot.observability import configure_logging
from bot.views import notes
from storage.addresses import async_url, sqlite_file
from storage.session import Kind, open_database
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.definitions.model import Metric
from surveys.errors import StorageUnavailable
from surveys.insight.queries import ScoreRequest
from surveys.words import ENGLISH
from tests.builders import NOW, a_company
from tests.conftest import MigratedDatabase
from tests.fakes import FakeClock, FakePlatform
from tests.patience import PATIENCE
from tests.postgres import Cluster, PostgresUrls
from tests.scenario.conftest import World, button, message_of
from tests.threats.stored import NOT_A_CHANGE, differences, everything_stored

pytestmark = pytest.mark.anyio

PEOPLE = ("olena", "marta", "jonas")


class PatientPlatform(FakePlatform):
    """Posts one delivery once, as the real ones do, and tells whoever waits for a message."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = asyncio.Condition()
        self.during_post: AbstractAsyncContextManager[None] | None = None

    async def post(self, address: Address, message: Message, *, delivery: str) -> str:
        known = [reference for reference, shown in self.messages.items() if shown.delivery == delivery]
        reference = known[0] if known else await super().post(address, message, delivery=delivery)
        if self.during_post is not None:
            # The platform has it, and now the database goes away before that is recorded.
            outage, self.during_post = self.during_post, None
            await outage.__aenter__()
        async with self.arrived:
            self.arrived.notify_all()
        return reference

    async def wait_for(self, messages: int) -> None:
        async with asyncio.timeout(PATIENCE), self.arrived:
            await self.arrived.wait_for(lambda: len(self.messages) >= messages)


class Lines(logging.Handler):
    """Log lines by name, and somebody who waits for one."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.changed = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        line: Any = record.msg
        self.said.append(f"{line['event']}:{line.get('job', '')}" if isinstance(line, dict) else str(line))
        self.changed.set()

    async def wait_for(self, line: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while line not in self.said:
                await self.changed.wait()
                self.changed.clear()


async def _hold(file: sqlite3.Connection) -> None:
    """Takes the file as soon as whoever writes in this process just now has ended."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                file.execute("BEGIN EXCLUSIVE")
                return
            except sqlite3.OperationalError:
                await asyncio.sleep(0)


@dataclass(slots=True)
class Site:
    world: World
    platform: PatientPlatform
    database: MigratedDatabase
    cluster: Cluster | None
    lines: Lines
    outages: int = field(default=0)

    @property
    def store(self) -> SqlStore:
        return self.world.company.store

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Inside, nobody can write (SQLite: another process holds the file) or even connect (PostgreSQL)."""
        self.outages += 1
        if self.cluster is None:
            held = sqlite3.connect(str(sqlite_file(self.database.url)), isolation_level=None, timeout=0)
            await _hold(held)
            try:
                yield
            finally:
                held.execute("ROLLBACK")
                held.close()
        else:
            urls = PostgresUrls(owner=self.database.owner_url, application=self.database.url, admin="")
            await self.cluster.allow_connections(urls, allowed=False)
            await self.cluster.terminate(urls)
            try:
                yield
            finally:
                await self.cluster.allow_connections(urls, allowed=True)

    async def counted(self) -> tuple[dict[int, int], int, int]:
        """(scores, people, comments)"""
        request = ScoreRequest(metric=Metric.NPS, series=None, period=None)
        async with self.store.read(self.world.company.id) as unit:
            tally = await unit.insight.tally(request)
            comments = await unit.insight.comments(request, 100)
        return dict(tally.total.counts), tally.total.people, len(comments)

    async def invitation_of(self, user: str) -> str:
        async with self.store.read(self.world.company.id) as unit:
            [person] = await unit.people.find(f"{user}@example.com")
            [asked] = await unit.invitations.open_of(person.id)
        return asked.public_id

    async def leases_run_out(self) -> None:
        """As after a minute: leases run on the database's own clock, which nobody can move."""
        engine = create_async_engine(async_url(self.database.owner_url))
        owner = "" if self.cluster is None else "SET LOCAL ROLE cx_pulse_system"
        async with engine.begin() as connection:
            if owner:
                await connection.execute(text(owner))
            await connection.execute(text("UPDATE delivery SET lease_until = '2000-01-01 00:00:00.000000'"))
        await engine.dispose()


def assert_told_that_it_is_away(outcome: Outcome) -> None:
    assert outcome.form is None
    assert message_of(outcome) == notes.unavailable(ENGLISH)


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logging(json=True)
    handler = Lines()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    yield handler
    root.handlers[:], level = before
    root.setLevel(level)


@pytest.fixture
async def store(database: MigratedDatabase, anyio_backend: str) -> AsyncIterator[SqlStore]:
    """Waits for whoever holds the file, but not for the product's five seconds."""
    opened = SqlStore(open_database(database.url, busy_seconds=0.1))
    yield opened
    await opened.dispose()


@pytest.fixture
async def site(store: SqlStore, database: MigratedDatabase, lines: Lines, request: pytest.FixtureRequest) -> Site:
    cluster = request.getfixturevalue("postgres") if database.kind is Kind.POSTGRESQL else None
    company = await a_company(store)
    await publish_surveys(store, company.id, shipped(), at=NOW)
    clock, platform = FakeClock(NOW), PatientPlatform()
    world = World(company, build_works(store, clock=clock, adapters=[platform]), platform, clock)
    await world.employee("lead", lead=True)
    for person in PEOPLE:
        await world.contact(person)
    return Site(world, platform, database, cluster, lines)


async def test_taps_while_it_is_away_change_nothing_and_can_be_repeated_afterwards(site: Site) -> None:
    world, tenant = site.world, site.world.company.id
    await world.sent_nps("lead")
    asked = {person: await site.invitation_of(person) for person in PEOPLE}
    before = await everything_stored(site.store, tenant)
    async with site.away():
        for person in PEOPLE:
            assert_told_that_it_is_away(
                await world.uses(person, Answer(asked[person], "recommend", "9"), event=f"tap-{person}")
            )
        assert_told_that_it_is_away(await world.says("olena", "A comment", event="words"))
        assert_told_that_it_is_away(await world.command("olena", "feedback A comment", event="feedback"))
        assert_told_that_it_is_away(await world.command("lead", "send csat to everyone", event="send"))
        assert_told_that_it_is_away(await world.command("lead", "grant @lead administrator", event="grant"))
    assert differences(before, await everything_stored(site.store, tenant)) == {}
    for person in PEOPLE:
        # The platform, or the person, tries again: the same event, for it was not remembered.
        message_of(await world.uses(person, Answer(asked[person], "recommend", "9"), event=f"tap-{person}"))
    await world.uses("olena", SendText(asked["olena"], "reason"), values={"reason": "A comment"}, event="words")
    assert await site.counted() == ({9: 3}, 3, 1)


async def test_a_question_is_answered_or_says_that_the_database_is_away(site: Site) -> None:
    """SQLite lets everybody read while another process writes; PostgreSQL is gone for readers, too."""
    world = site.world
    await world.sent_nps("lead")
    await world.uses("olena", Answer(await site.invitation_of("olena"), "recommend", "9"))
    figure = await world.ask("lead", "nps last-30d")
    async with site.away():
        outcome = await world.command("lead", "nps last-30d")
        if site.database.kind is Kind.SQLITE:
            assert message_of(outcome) == figure
        else:
            assert_told_that_it_is_away(outcome)
            assert not await site.store.ready()
    assert await site.store.ready()
    assert await world.ask("lead", "nps last-30d") == figure


async def test_the_clock_lives_on_and_sends_by_itself_what_waited(site: Site) -> None:
    """A wave is confirmed, the database goes away before it is sent, and nobody restarts anything."""
    world = site.world
    preview = message_of(await world.command("lead", "send nps to everyone"))
    await world.uses("lead", button(preview, "Ask").action)
    await world.channel("voice")
    await world.ask("lead", "summary weekly #voice mon 10:00")
    world.clock.move(timedelta(hours=1, minutes=1))
    clockwork = world.works.clockwork
    async with site.away():
        clockwork.start()
        try:
            for job in ("deliveries", "schedules"):
                await site.lines.wait_for(f"clock.storage_unavailable:{job}")
            assert clockwork.alive
            assert site.platform.messages == {}
        except BaseException:
            await clockwork.stop()
            raise
    try:
        await site.platform.wait_for(4)
    finally:
        await clockwork.stop()
    await site.leases_run_out()
    await world.clock_ticks()
    assert [len(site.platform.seen_by(person)) for person in PEOPLE] == [1, 1, 1]
    assert len(site.platform.seen_in("channel:voice")) == 1
    for person in PEOPLE:
        message_of(await world.uses(person, Answer(await site.invitation_of(person), "recommend", "9")))
    assert await site.counted() == ({9: 3}, 3, 0)


async def test_what_was_posted_but_not_recorded_is_neither_lost_nor_sent_twice(site: Site) -> None:
    world = site.world
    preview = message_of(await world.command("lead", "send nps to account:Acme"))
    await world.uses("lead", button(preview, "Ask").action)
    outage = site.away()
    site.platform.during_post = outage
    with contextlib.suppress(StorageUnavailable):  # when it looks for more: the clock's job survives that
        await world.works.clockwork.send_due_now()
    assert site.outages == 1
    await outage.__aexit__(None, None, None)
    await site.leases_run_out()
    await world.clock_ticks()
    assert [len(site.platform.seen_by(person)) for person in PEOPLE] == [1, 1, 1]
    stored = await everything_stored(site.store, world.company.id)
    assert "sending" not in repr(stored["delivery"])
    for person in PEOPLE:
        message_of(await world.uses(person, Answer(await site.invitation_of(person), "recommend", "7")))
    assert await site.counted() == ({7: 3}, 3, 0)


async def test_what_was_read_before_the_connection_was_cut_is_an_answer(site: Site) -> None:
    """Nothing is left to do on the connection but to give it back."""
    async with contextlib.AsyncExitStack() as outage, site.store.read(site.world.company.id) as unit:
        found = await unit.people.find("olena")
        await outage.enter_async_context(site.away())
    assert [person.name for person in found] == ["Olena"]


async def test_a_tap_that_was_under_way_when_it_went_away_changed_nothing(
    site: Site, request: pytest.FixtureRequest
) -> None:
    """The tap waits for its conversation's row, and its connection is cut."""
    if site.database.kind is Kind.SQLITE:
        return await _a_tap_that_waits_for_the_file(site)
    world, tenant = site.world, site.world.company.id
    await world.sent_nps("lead")
    asked = await site.invitation_of("olena")
    before = await everything_stored(site.store, tenant, without=NOT_A_CHANGE)
    async with site.store.database.writing(tenant) as other:
        await other.connection.execute(text("SELECT id FROM conversation FOR UPDATE"))
        tap = asyncio.create_task(world.uses("olena", Answer(asked, "recommend", "9"), event="tap"))
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not (await other.connection.execute(waiting)).scalar():
            await asyncio.sleep(0)
            assert not tap.done()
        async with site.away():
            assert_told_that_it_is_away(await tap)
    assert differences(before, await everything_stored(site.store, tenant, without=NOT_A_CHANGE)) == {}
    message_of(await world.uses("olena", Answer(asked, "recommend", "9"), event="tap"))
    assert await site.counted() == ({9: 1}, 1, 0)


async def _a_tap_that_waits_for_the_file(site: Site) -> None:
    world = site.world
    await world.sent_nps("lead")
    asked = await site.invitation_of("olena")
    async with site.away():
        taps = [world.uses("olena", Answer(asked, "recommend", "9"), event=f"tap-{number}") for number in range(5)]
        for outcome in await asyncio.gather(*taps):
            assert_told_that_it_is_away(outcome)
    message_of(await world.uses("olena", Answer(asked, "recommend", "9"), event="tap-0"))
    assert await site.counted() == ({9: 1}, 1, 0)
