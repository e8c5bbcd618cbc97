"""A tap through dispatcher and commit against the bare transaction of the same SQL statements.

    python -m tests.benchmarks.taps --database sqlite|postgresql --taps 200 --rounds 5

A tap is `ActionChosen(Answer)` on an invitation that nobody answered, handled by the real dispatcher over a migrated
database of its own. The floor is found by watching: three taps are recorded statement by statement, the values that
differ are named (this invitation, this person, …), and the same statements with fresh values go over the driver alone,
in one transaction each: sqlite3 with the product's pragmas, asyncpg with prepared statements. Rounds of both take
turns, so that a busy machine is busy for both. Aim: at least half of the bare throughput. SQLite has two floors:
sqlite3 in the same thread, and aiosqlite, which a process with an event loop would use.

Commits are durable: `synchronous=FULL` on SQLite, and on PostgreSQL `fsync` is switched on for these rounds. There the
tables are analysed first, as its autovacuum does every minute: before that its plans, and those of the floor, are made
for empty tables and go through all rows.
"""

import argparse
import asyncio
import hashlib
import itertools
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import insert, make_url, select

from bot import ports
from bot.actions import Answer
from bot.app import build_works
from bot.events import ActionChosen, Address, Envelope, Sender
from bot.messages import Audience
from storage.identities import bind_user
from storage.migrate import upgrade
from storage.public_ids import new_public_id
from storage.session import open_database
from storage.tables import invitation, response
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.definitions.model import SurveyVersion
from surveys.people.model import Person
from tests import postgres
from tests.benchmarks.figures import Figure, at_least, table
from tests.benchmarks.slack_world import administer
from tests.benchmarks.tap_floors import AiosqliteFloor, Floor, PostgresFloor, SqliteFloor, in_turns
from tests.benchmarks.tap_statements import Recorded, Statement, Values, merged, recording
from tests.builders import NOW, Company, a_company, a_contact
from tests.fakes import FakeClock

WIDTHS = (1, 32)
PEOPLE = 64
GROWN = 1_000
RECORDED = 3
LIMIT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """One tap that will be made, and every value by which it differs from another."""

    action: ActionChosen
    values: Values


@dataclass(slots=True)
class Respondent:
    person: Person
    conversation: str
    conversation_id: int


# ── the world ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class World:
    """A tenant whose people have been asked; `taps` makes fresh invitations and the taps on them."""

    company: Company
    version: SurveyVersion
    respondents: Sequence[Respondent]
    engine: ports.Engine
    admin_url: str | None = None
    """Of PostgreSQL's superuser."""
    _events: "itertools.count[int]" = field(default_factory=itertools.count)

    async def taps(self, number: int) -> list[Tap]:
        public_ids = [new_public_id() for _ in range(number)]
        chosen = list(itertools.islice(itertools.cycle(self.respondents), number))
        async with self.company.store.write(self.company.id) as unit:
            rows = [
                {
                    "tenant_id": self.company.id,
                    "public_id": public_id,
                    "survey_version_id": self.version.id,
                    "privacy": "named",
                    "person_id": one.person.id,
                    "survey_key": self.version.survey.key,
                    "state": "delivered",
                    "created_at": NOW,
                    "delivered_at": NOW,
                    "closes_at": NOW + self.version.survey.window,
                }
                for public_id, one in zip(public_ids, chosen, strict=True)
            ]
            await unit.scope.connection.execute(insert(invitation), rows)
            found = await unit.scope.connection.execute(
                select(invitation.c.public_id, invitation.c.id).where(invitation.c.tenant_id == self.company.id)
            )
            ids = {row.public_id: row.id for row in found}
            await unit.commit()
        return [self._tap(one, key, ids[key]) for key, one in zip(public_ids, chosen, strict=True)]

    def _tap(self, one: Respondent, public_id: str, invitation_id: int) -> Tap:
        event_id, user = f"tap-{next(self._events)}", f"user-{one.person.id}"
        address = Address(platform="web", workspace="local", conversation=one.conversation)
        return Tap(
            action=ActionChosen(
                envelope=Envelope(address=address, sender=Sender(user=user), event_id=event_id),
                action=Answer(public_id, "recommend", "9"),
            ),
            values={
                "event_id": event_id,
                "digest": hashlib.sha256(f"{event_id}\n{user}".encode()).hexdigest(),
                "user": user,
                "person_id": one.person.id,
                "conversation": one.conversation,
                "conversation_id": one.conversation_id,
                "public_id": public_id,
                "invitation_id": invitation_id,
            },
        )


async def build_world(store: SqlStore, admin_url: str | None = None) -> World:
    company = await a_company(store)
    await publish_surveys(store, company.id, shipped(), at=NOW)
    people = []
    async with store.write(company.id) as unit:
        for number in range(PEOPLE):
            told = await unit.accounts.contact(a_contact(f"p{number}@acme.example"), at=NOW)
            people.append(await unit.people.by_id(told.id))
        # In another order than the people, so that no conversation has its person's number.
        random.Random(7).shuffle(people)
        respondents = []
        for person in people:
            await bind_user(
                unit.scope, company.workspace.id, user=f"user-{person.id}", person_id=person.id, by="import"
            )
            address = Address(platform="web", workspace="local", conversation=f"dm:{person.public_id}")
            placed = await unit.conversations.remember(company.workspace.id, address, "", person.id)
            respondents.append(Respondent(person, address.conversation, placed.id))
        version = await unit.surveys.latest("nps")
        assert version is not None
        await unit.commit()
    works = build_works(store, clock=FakeClock(NOW), adapters=())
    return World(company, version, respondents, works.engine, admin_url)


async def record(world: World) -> list[Statement]:
    """The statements of one tap."""
    store = world.company.store
    await world.taps(7)  # never answered, so that no response has its invitation's number
    taps = await world.taps(PEOPLE + RECORDED)
    warm, watched = taps[:PEOPLE], taps[PEOPLE:]
    await tap_all(world.engine, warm)
    recordings: list[tuple[Recorded, Values]] = []
    for tap in watched:
        async with recording(store) as statements:
            await tap_all(world.engine, [tap])
        async with store.read(world.company.id) as unit:
            made = await unit.scope.connection.execute(
                select(response.c.id).where(response.c.invitation_id == tap.values["invitation_id"])
            )
            recordings.append((statements, {**tap.values, "response_id": made.scalar_one()}))
    return merged(recordings)


async def grow(world: World) -> None:
    """So many answers that an index is worth its while, and PostgreSQL knows of them."""
    await tap_all(world.engine, await world.taps(GROWN), WIDTHS[-1])
    if world.admin_url is not None:
        await administer(world.admin_url, "ANALYZE")


# ── measuring ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Of many taps: how many a second, and how much of the processor each took in this process."""

    taps: float
    processor: float

    def __str__(self) -> str:
        return f"{self.taps:,.0f}/s, {self.processor * 1e3:.1f} ms of processor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Medians of the rounds; `ratio` is the median of the rounds' own ratios."""

    width: int
    floor_name: str
    product: Speed
    floor: Speed
    ratio: float


async def timed(taps: int, tapping: Awaitable[None]) -> Speed:
    began, began_processor = time.perf_counter(), time.process_time()
    await tapping
    seconds, processor = time.perf_counter() - began, time.process_time() - began_processor
    return Speed(taps=taps / seconds, processor=processor / taps)


async def tap_all(engine: ports.Engine, taps: Sequence[Tap], width: int = 1) -> None:
    """Every tap through the product, `width` at a time."""

    async def one(tap: Tap) -> None:
        outcome = await engine.handle(tap.action)
        assert outcome.reply is not None
        assert outcome.reply.audience is Audience.IN_PLACE, "the tap was refused"

    await in_turns(one, taps, width)


@asynccontextmanager
async def opened(cluster: postgres.Cluster | None) -> AsyncIterator[tuple[World, str]]:
    """A world in a fresh database, and where the driver alone finds it."""
    async with AsyncExitStack() as stack:
        admin_url = None
        if cluster is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cx-pulse-taps-"))
            place = str(Path(folder) / "taps.db")
            url = f"sqlite:///{place}"
            await upgrade(url)
        else:
            urls = await cluster.copy()
            stack.push_async_callback(cluster.drop, urls)
            url, place, admin_url = urls.application, urls.application, urls.admin
            await stack.enter_async_context(durable(admin_url))
        store = SqlStore(open_database(url))
        stack.push_async_callback(store.dispose)
        yield await build_world(store, admin_url), place


@asynccontextmanager
async def durable(admin_url: str) -> AsyncIterator[None]:
    """Commits reach the disk, which the tests' own server leaves out. Another's server is left as it is set."""
    if os.environ.get("CX_TEST_POSTGRES_URL"):
        yield
        return
    connection = await asyncpg.connect(make_url(admin_url).set(drivername="postgresql").render_as_string(False))
    try:
        await _set_safety(connection, "on")
        yield
    finally:
        await _set_safety(connection, "off")
        await connection.close()


async def _set_safety(connection: Any, value: str) -> None:
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        await connection.execute(f"ALTER SYSTEM SET {name} = {value}")
    await connection.execute("SELECT pg_reload_conf()")


async def measure(cluster: postgres.Cluster | None, *, taps: int, rounds: int) -> list[Compared]:
    async with opened(cluster) as (world, place):
        statements = await record(world)
        await grow(world)
        print(f"  {len(statements)} statements in a tap", file=sys.stderr, flush=True)
        floors: list[Floor] = (
            [SqliteFloor(place, statements), await AiosqliteFloor.connect(place, statements)]
            if cluster is None
            else [await PostgresFloor.connect(place, statements)]
        )
        try:
            return [one for width in WIDTHS for one in await compare(world, floors, width, taps=taps, rounds=rounds)]
        finally:
            for floor in floors:
                await floor.close()


async def compare(world: World, floors: Sequence[Floor], width: int, *, taps: int, rounds: int) -> list[Compared]:
    product: list[Speed] = []
    bare: dict[str, list[Speed]] = {floor.name: [] for floor in floors}
    for number in range(rounds + 1):
        for floor in floors:
            values = [tap.values for tap in await world.taps(taps)]
            bare[floor.name].append(await timed(taps, floor.tap_all(values, width)))
        product.append(await timed(taps, tap_all(world.engine, await world.taps(taps), width)))
        if not number:  # to warm up
            for speeds in (product, *bare.values()):
                speeds.clear()
    return [
        Compared(
            width=width,
            floor_name=name,
            product=median(product),
            floor=median(speeds),
            ratio=statistics.median(mine.taps / its.taps for mine, its in zip(product, speeds, strict=True)),
        )
        for name, speeds in bare.items()
    ]


def median(speeds: Sequence[Speed]) -> Speed:
    return Speed(
        taps=statistics.median(speed.taps for speed in speeds),
        processor=statistics.median(speed.processor for speed in speeds),
    )


def figures(kind: str, cluster: postgres.Cluster | None, *, taps: int, rounds: int) -> list[Figure]:
    return [_figure(kind, one) for one in asyncio.run(measure(cluster, taps=taps, rounds=rounds))]


def _figure(kind: str, one: Compared) -> Figure:
    name = f"{kind}: taps, {'one after the other' if one.width == 1 else f'{one.width} at once'}"
    return at_least(name, str(one.product), f"{one.floor}, {one.floor_name}", one.ratio, LIMIT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--taps", type=int, default=200, help="in a round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for kind in options.database or ("sqlite", "postgresql"):
        cluster, server = postgres.start() if kind == "postgresql" else (None, None)
        try:
            print(table(figures(kind, cluster, taps=options.taps, rounds=options.rounds)), flush=True)
        finally:
            if cluster is not None:
                postgres.stop(cluster, server)


if __name__ == "__main__":
    main()
