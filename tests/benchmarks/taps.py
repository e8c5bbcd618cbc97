"""A tap through dispatcher and commit against the bare transaction of the same SQL statements.

    python -m tests.benchmarks.taps --database sqlite|postgresql --taps 200 --rounds 5

A tap is `ActionChosen(Answer)` on an invitation that nobody answered, handled by the real dispatcher over a migrated
database of its own. The floor is found by watching: three taps are recorded statement by statement, the values that
differ are named (this invitation, this person, …), and the same statements with fresh values go over the driver alone,
in one transaction each: sqlite3 with the product's pragmas, asyncpg with prepared statements. Rounds of both take
turns, so that a busy machine is busy for both. Target (issue: figures): at least half of the bare throughput.

Commits are durable: `synchronous=FULL` on SQLite, and on PostgreSQL `fsync` is switched on for these rounds.
"""

import argparse
import asyncio
import hashlib
import itertools
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import asyncpg
from sqlalchemy import insert, make_url, select

from bot.actions import Answer
from bot.app import build_works
from bot.events import ActionChosen, Address, Envelope, Sender
from bot.messages import Audience
from bot.ports import Engine
from storage.identities import bind_user
from storage.migrate import upgrade
from storage.public_ids import new_public_id
from storage.session import open_database
from storage.sqlite_driver import Connection as SqliteConnection
from storage.tables import invitation, response
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.definitions.model import SurveyVersion
from surveys.people.model import Person
from tests import postgres
from tests.benchmarks.figures import Figure, at_least, table
from tests.builders import NOW, Company, a_company, a_contact
from tests.fakes import FakeClock

WIDTHS = (1, 32)
PEOPLE = 64
RECORDED = 3
LIMIT = 0.5
CONNECTIONS = 20
"""As many as the product's own pool lends out (`storage.session`)."""

Values = Mapping[str, Any]


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
    engine: Engine
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


async def build_world(store: SqlStore) -> World:
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
            await bind_user(unit.scope, company.workspace.id, user=f"user-{person.id}", person_id=person.id, by="import")
            address = Address(platform="web", workspace="local", conversation=f"dm:{person.public_id}")
            placed = await unit.conversations.remember(company.workspace.id, address, "", person.id)
            respondents.append(Respondent(person, address.conversation, placed.id))
        version = await unit.surveys.latest("nps")
        assert version is not None
        await unit.commit()
    works = build_works(store, clock=FakeClock(NOW), adapters=())
    return World(company, version, respondents, works.engine)


# ── the statements of a tap ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Constant:
    value: Any


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter that differs from tap to tap."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    sql: str
    parameters: tuple[Constant | Named, ...]
    returns: bool
    """It hands back the id of the response that it made."""

    def filled(self, values: Values) -> tuple[Any, ...]:
        return tuple(one.value if isinstance(one, Constant) else values[one.name] for one in self.parameters)


Recorded = list[tuple[str, tuple[Any, ...]]]


async def record(world: World) -> list[Statement]:
    """The statements of one tap. Raises AssertionError when a parameter differs that has no name here."""
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
    return [merged(recordings, number) for number in range(len(recordings[0][0]))]


@asynccontextmanager
async def recording(store: SqlStore) -> AsyncIterator[Recorded]:
    """What the product hands to its driver, apart from beginning and ending the transaction."""
    statements: Recorded = []

    def keep(sql: str, parameters: Sequence[Any]) -> None:
        if not sql.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            statements.append((sql, tuple(parameters)))

    # One tap after the other takes the one connection that is in the pool.
    async with store.database.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
    if isinstance(driver, SqliteConnection):
        with replaced(driver, keep):
            yield statements
    else:
        assert driver is not None
        driver.add_query_logger(heard := lambda query: keep(query.query, query.args))
        yield statements
        driver.remove_query_logger(heard)


@contextmanager
def replaced(driver: SqliteConnection, keep: Callable[[str, Sequence[Any]], None]) -> Iterator[None]:
    """aiosqlite has no logger of queries: for a moment this very connection tells what it is told to run."""
    run = driver.run

    async def told(function: Any, *arguments: Any) -> Any:
        if len(arguments) == 2 and isinstance(arguments[0], str):
            keep(*arguments)
        return await run(function, *arguments)

    driver.run = told  # type: ignore[method-assign]
    try:
        yield
    finally:
        del driver.run


def merged(recordings: Sequence[tuple[Recorded, Values]], number: int) -> Statement:
    sql = recordings[0][0][number][0]
    assert all(statements[number][0] == sql for statements, _ in recordings), "taps differ in their statements"
    seen = zip(*(statements[number][1] for statements, _ in recordings), strict=True)
    known = [values for _, values in recordings]
    return Statement(
        sql=sql,
        parameters=tuple(parameter(together, known) for together in seen),
        returns="RETURNING" in sql and "INTO response" in sql,
    )


def parameter(seen: Sequence[Any], known: Sequence[Values]) -> Constant | Named:
    if all(value == seen[0] for value in seen):
        return Constant(seen[0])
    names = [name for name in known[0] if [values[name] for values in known] == list(seen)]
    assert len(names) == 1, f"what differs from tap to tap is one thing that has a name here, not {names or seen}"
    return Named(names[0])


# ── both ways ──────────────────────────────────────────────────────────────────────────────────────────────────


async def tap_all(engine: Engine, taps: Sequence[Tap], width: int = 1) -> float:
    """Seconds that all of them take, `width` at a time."""

    async def one(tap: Tap) -> None:
        outcome = await engine.handle(tap.action)
        assert outcome.reply is not None
        assert outcome.reply.audience is Audience.IN_PLACE, "the tap was refused"

    return await in_turns(one, taps, width)


async def in_turns(act: Callable[[Tap], Awaitable[None]], taps: Sequence[Tap], width: int) -> float:
    waiting = iter(taps)

    async def work() -> None:
        for tap in waiting:
            await act(tap)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(width)))
    return time.perf_counter() - began


class Floor(Protocol):
    async def tap_all(self, taps: Sequence[Tap], width: int) -> float: ...


class SqliteFloor:
    """The module `sqlite3` in this very thread: no event loop, no crossing to another thread. One writer, so that
    tapping at once is tapping one after the other."""

    def __init__(self, file: str, statements: Sequence[Statement]) -> None:
        self._statements = statements
        self._connection = sqlite3.connect(file, isolation_level=None, cached_statements=256)
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
            self._connection.execute(f"PRAGMA {pragma}")

    async def tap_all(self, taps: Sequence[Tap], width: int) -> float:
        began = time.perf_counter()
        for tap in taps:
            self._tap(dict(tap.values))
        return time.perf_counter() - began

    def _tap(self, values: dict[str, Any]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for statement in self._statements:
            rows = self._connection.execute(statement.sql, statement.filled(values)).fetchall()
            if statement.returns:
                values["response_id"] = rows[0][0]
        self._connection.execute("COMMIT")

    async def close(self) -> None:
        self._connection.close()


class PostgresFloor:
    """asyncpg with every statement prepared once per connection."""

    def __init__(self, url: str, statements: Sequence[Statement]) -> None:
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._statements = statements
        self._free: asyncio.LifoQueue[tuple[Any, list[Any]]] = asyncio.LifoQueue()

    async def connect(self) -> None:
        for _ in range(CONNECTIONS):
            connection = await asyncpg.connect(self._url)
            # The first one takes the role that may see the tables; the others are prepared under it.
            prepared = []
            async with connection.transaction():
                for statement in self._statements:
                    prepared.append(await connection.prepare(statement.sql))
                    if statement is self._statements[0]:
                        await prepared[0].fetch(*statement.filled({}))
            self._free.put_nowait((connection, prepared))

    async def tap_all(self, taps: Sequence[Tap], width: int) -> float:
        return await in_turns(self._tap, taps, width)

    async def _tap(self, tap: Tap) -> None:
        values = dict(tap.values)
        connection, prepared = await self._free.get()
        async with connection.transaction():
            for statement, ready in zip(self._statements, prepared, strict=True):
                rows = await ready.fetch(*statement.filled(values))
                if statement.returns:
                    values["response_id"] = rows[0][0]
        self._free.put_nowait((connection, prepared))

    async def close(self) -> None:
        while not self._free.empty():
            connection, _ = self._free.get_nowait()
            await connection.close()


# ── measuring ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """Taps a second, median of the rounds; `ratio` is the median of the rounds' own ratios."""

    width: int
    statements: int
    product: float
    floor: float
    ratio: float


@asynccontextmanager
async def opened(cluster: postgres.Cluster | None) -> AsyncIterator[tuple[World, str]]:
    """A world in a fresh database, and where the driver alone finds it."""
    async with AsyncExitStack() as stack:
        if cluster is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cx-pulse-taps-"))
            place = str(Path(folder) / "taps.db")
            url = f"sqlite:///{place}"
            await upgrade(url)
        else:
            urls = await cluster.copy()
            stack.push_async_callback(cluster.drop, urls)
            url = place = urls.application
            await stack.enter_async_context(durable(urls.admin))
        store = SqlStore(open_database(url))
        stack.push_async_callback(store.dispose)
        yield await build_world(store), place


@asynccontextmanager
async def durable(admin_url: str) -> AsyncIterator[None]:
    """Commits reach the disk, which the tests' own server leaves out. Another's server is as it is set."""
    settings = ("fsync", "synchronous_commit", "full_page_writes")
    connection = await asyncpg.connect(make_url(admin_url).set(drivername="postgresql").render_as_string(False))
    try:
        was = {name: await connection.fetchval(f"SHOW {name}") for name in settings}
        changed = [name for name in settings if was[name] == "off"]
        for name in changed:
            await connection.execute(f"ALTER SYSTEM SET {name} = on")
        await connection.execute("SELECT pg_reload_conf()")
        yield
        for name in changed:
            await connection.execute(f"ALTER SYSTEM SET {name} = off")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


async def measure(cluster: postgres.Cluster | None, *, taps: int, rounds: int) -> list[Throughput]:
    async with opened(cluster) as (world, place):
        statements = await record(world)
        floor: SqliteFloor | PostgresFloor
        if cluster is None:
            floor = SqliteFloor(place, statements)
        else:
            floor = PostgresFloor(place, statements)
            await floor.connect()
        try:
            return [await compare(world, floor, width, taps=taps, rounds=rounds, of=len(statements)) for width in WIDTHS]
        finally:
            await floor.close()


async def compare(world: World, floor: Floor, width: int, *, taps: int, rounds: int, of: int) -> Throughput:
    product, bare = [], []
    for number in range(rounds + 1):
        bare_seconds = await floor.tap_all(await world.taps(taps), width)
        product_seconds = await tap_all(world.engine, await world.taps(taps), width)
        if number:  # the first round warms up
            bare.append(taps / bare_seconds)
            product.append(taps / product_seconds)
    return Throughput(
        width=width,
        statements=of,
        product=statistics.median(product),
        floor=statistics.median(bare),
        ratio=statistics.median(mine / its for mine, its in zip(product, bare, strict=True)),
    )


def figures(kind: str, cluster: postgres.Cluster | None, *, taps: int, rounds: int) -> list[Figure]:
    found = asyncio.run(measure(cluster, taps=taps, rounds=rounds))
    return [
        at_least(
            f"{kind}: taps, {'one after the other' if one.width == 1 else f'{one.width} at once'}",
            f"{one.product:,.0f}/s",
            f"{one.floor:,.0f}/s, {one.statements} statements",
            one.ratio,
            LIMIT,
        )
        for one in found
    ]


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
