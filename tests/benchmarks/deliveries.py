"""1,000 invitations to a platform that is a token bucket: how much of its rate is used, and what it had to refuse.

    python -m tests.benchmarks.deliveries --database sqlite|postgresql --replicas 2

The platform is a web server of this process that counts arrivals: `RATE` a second, `BURST` at once, anything more is
answered with 429. It takes 60 to 140 ms for an answer. Each replica is a process of its own with the product's clock
and delivery loop over the same database. Measured from the first arrival to the last; the burst that the platform
gives away at the beginning is not counted as rate. Target (issue: figures): at least 95 % of the rate, and no 429.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from aiohttp import web
from sqlalchemy import text

from bot.app import build_works
from bot.clocks import SystemClock
from bot.events import Address
from bot.messages import Message
from bot.ports import Call, ConversationFacts, Workspace
from storage.migrate import upgrade
from storage.session import open_database
from storage.tenancy import ensure_workspace, publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.errors import DeliveryError
from surveys.people.records import ContactRecord, PlatformUser
from surveys.sending.buckets import Budget
from tests import postgres
from tests.benchmarks.figures import Figure, table
from tests.builders import Company, a_company, a_plan

PLATFORM = "bucket"
RATE = 50.0
BURST = 10.0
DELIVERIES = 1_000
LIMIT = 0.95
PATIENCE = 120.0
ANSWERS_AFTER = (0.06, 0.14)


# ── the platform ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class BucketPlatform:
    """A strict token bucket behind HTTP. `arrivals`: when each accepted post came in."""

    tokens: float = BURST
    counted_at: float = field(default_factory=time.monotonic)
    arrivals: list[float] = field(default_factory=list)
    posted: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, request: web.Request) -> web.Response:
        now = time.monotonic()
        self.tokens = min(BURST, self.tokens + (now - self.counted_at) * RATE)
        self.counted_at = now
        if self.tokens < 1:
            self.refused += 1
            return web.Response(status=429, headers={"Retry-After": "1"})
        self.tokens -= 1
        self.arrivals.append(now)
        self.posted[await request.text()] += 1
        if len(self.posted) == DELIVERIES:
            self.done.set()
        await asyncio.sleep(random.uniform(*ANSWERS_AFTER))
        return web.Response(text=f"m{len(self.arrivals)}")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_post("/post", self.post)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            host, port = runner.addresses[0][:2]
            yield f"http://{host}:{port}/post"
        finally:
            await runner.cleanup()


class BucketAdapter:
    """The platform as the delivery loop sees it."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    @property
    def platform(self) -> str:
        return PLATFORM

    def budgets(self, call: Call, address: Address) -> tuple[Budget, ...]:
        return (Budget(key="bucket:post", rate=RATE, burst=BURST),) if call is Call.POST else ()

    async def open_direct(self, workspace: str, user: str) -> Address:
        return Address(platform=PLATFORM, workspace=workspace, conversation=f"dm:{user}")

    async def post(self, address: Address, message: Message, *, delivery: str) -> str:
        try:
            async with self._session.post(self._url, data=delivery) as answer:
                if answer.status == 429:
                    wait = float(answer.headers["Retry-After"])
                    raise DeliveryError("The platform asks to wait.", retry_after=wait, throttled=True)
                return await answer.text()
        except aiohttp.ClientError as error:
            raise DeliveryError("The platform did not answer.", uncertain=True) from error

    async def update(self, address: Address, reference: str, message: Message) -> None:
        return None

    async def conversation_facts(self, address: Address) -> ConversationFacts:
        return ConversationFacts()


# ── the replicas ───────────────────────────────────────────────────────────────────────────────────────────────


async def serve(database: str, platform: str) -> None:
    """A replica: the clock and its delivery loop, until stdin is closed."""
    store = SqlStore(open_database(database))
    async with aiohttp.ClientSession() as session:
        works = build_works(store, clock=SystemClock(), adapters=[BucketAdapter(platform, session)])
        works.clockwork.start()
        await asyncio.to_thread(sys.stdin.read)
        await works.clockwork.stop()
    await store.dispose()


@asynccontextmanager
async def replica(database: str, platform: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks.deliveries", "--serve", database, platform,
        stdin=asyncio.subprocess.PIPE, env={**os.environ},
    )  # fmt: skip
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def invited(store: SqlStore) -> None:
    """A wave whose invitations are all due."""
    now = datetime.now(UTC)
    company = await a_company(store)
    await publish_surveys(store, company.id, shipped(), at=now)
    workspace = await ensure_workspace(store, company.id, platform=PLATFORM, external_id="W1", name="Bucket", at=now)
    await confirm(company, workspace, now)


async def confirm(company: Company, workspace: Workspace, now: datetime) -> None:
    """Everybody was written to before: opening a conversation has a budget of its own, and a lower one."""
    async with company.store.write(company.id) as unit:
        people = []
        for number in range(DELIVERIES):
            told = await unit.accounts.contact(
                ContactRecord(
                    email=f"p{number}@acme.example",
                    name=f"Person {number}",
                    account="Acme",
                    role=None,
                    users=(PlatformUser(platform=PLATFORM, user=f"U{number}"),),
                ),
                at=now,
            )
            people.append(await unit.people.by_id(told.id))
            address = Address(platform=PLATFORM, workspace="W1", conversation=f"dm:U{number}")
            await unit.conversations.remember(workspace.id, address, "", told.id)
        version = await unit.surveys.latest("nps")
        assert version is not None
        plan = a_plan(*people, due_at=now)
        wave = await unit.waves.draft(version, "everyone", plan, by=None, at=now)
        await unit.waves.confirm(wave.id, plan, at=now)
        await unit.commit()


async def analyse(owner: str) -> None:
    """What autovacuum does within a minute; PostgreSQL would plan for empty tables until then."""
    database = open_database(owner)
    async with database.engine.begin() as connection:
        await connection.execute(text("ANALYZE"))
    await database.dispose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    seconds: float
    arrived: int
    refused: int
    doubles: int
    lost: int

    @property
    def used(self) -> float:
        """The part of the platform's rate."""
        return (self.arrived - BURST) / self.seconds / RATE


async def measure(application: str, owner: str, replicas: int) -> Measured:
    await upgrade(owner, application_url=application)
    store = SqlStore(open_database(application))
    await invited(store)
    await analyse(owner)
    platform = BucketPlatform()
    async with platform.serving() as url:
        running = [replica(application, url) for _ in range(replicas)]
        async with AsyncExitStack() as stack, asyncio.timeout(PATIENCE):
            for one in running:
                await stack.enter_async_context(one)
            await platform.done.wait()
    await store.dispose()
    return Measured(
        seconds=platform.arrivals[-1] - platform.arrivals[0],
        arrived=len(platform.arrivals),
        refused=platform.refused,
        doubles=sum(count - 1 for count in platform.posted.values()),
        lost=DELIVERIES - len(platform.posted),
    )


def figures(kind: str, cluster: postgres.Cluster | None, *, replicas: Sequence[int] = (1, 2)) -> list[Figure]:
    found = []
    for number in replicas:
        with tempfile.TemporaryDirectory(prefix="cx-pulse-deliveries-") as folder:
            if cluster is None:
                application = owner = f"sqlite:///{Path(folder)}/cx.db"
            else:
                urls = asyncio.run(cluster.empty())
                application, owner = urls.application, urls.owner
            found.append(figure(kind, number, asyncio.run(measure(application, owner, number))))
    return found


def figure(kind: str, replicas: int, measured: Measured) -> Figure:
    several = "replica" if replicas == 1 else "replicas"
    return Figure(
        name=f"{kind}: {DELIVERIES:,} deliveries at {RATE:g}/s, burst {BURST:g}, {replicas} {several}",
        measured=(
            f"{measured.used:.1%} of the rate in {measured.seconds:.1f} s, {measured.refused} × 429, "
            f"{measured.doubles} double, {measured.lost} lost"
        ),
        target=f"≥ {LIMIT:.0%}, no 429",
        met=measured.used >= LIMIT and measured.refused == measured.doubles == measured.lost == 0,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--replicas", type=int, action="append", help="may be repeated; without it 1 and 2")
    parser.add_argument("--serve", nargs=2, metavar=("DATABASE", "PLATFORM"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(*options.serve))
        return
    cluster, server = postgres.start() if options.database == "postgresql" else (None, None)
    try:
        print(table(figures(options.database, cluster, replicas=options.replicas or (1, 2))))
    finally:
        if cluster is not None:
            postgres.stop(cluster, server)


if __name__ == "__main__":
    main()
