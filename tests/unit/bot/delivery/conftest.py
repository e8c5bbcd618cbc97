"""A delivery loop over the fake store in virtual time, and platforms that limit, fail and hang."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import pytest

from bot.delivery.loop import DeliveryLoop
from bot.events import Address
from bot.messages import Message
from bot.ports import Call, ChatAdapter, ConversationFacts, Store, Workspace
from storage.unit_of_work import SqlStore
from surveys.errors import DeliveryError
from surveys.people.records import ContactRecord, PlatformUser
from surveys.sending.buckets import Budget
from surveys.sending.model import Wave
from tests.builders import WARSAW, Company, a_plan, a_survey
from tests.fake_store.books import DeliveryRow
from tests.fake_store.store import FakeStore, open_books
from tests.unit.bot.delivery.virtual_time import VirtualTime


@dataclass(slots=True)
class LimitedPlatform:
    """A token bucket: `rate` a second, `burst` at once, 429 for the rest. `refusals` come before that.

    `posted`: how often each delivery was; `arrivals`: when, with whom.
    """

    time: VirtualTime
    platform: str = "web"
    rate: float = 50.0
    burst: float = 10.0
    limited: bool = True
    takes: Callable[[str], float] = lambda _conversation: 0.1
    down: bool = False
    refusals: deque[DeliveryError] = field(default_factory=deque)
    refused_for: dict[str, DeliveryError] = field(default_factory=dict)
    arrivals: list[tuple[float, str]] = field(default_factory=list)
    tried: list[float] = field(default_factory=list)
    posted: Counter[str] = field(default_factory=Counter)
    throttled: int = 0
    unreadable: int = 0
    """So many of its next answers our own code fails on."""
    _tokens: float = 10.0
    _counted: float = 0.0

    def budgets(self, call: Call, address: Address) -> tuple[Budget, ...]:
        if not self.limited or call is not Call.POST:
            return ()
        return (Budget(key=f"{self.platform}:post", rate=self.rate, burst=self.burst),)

    async def open_direct(self, workspace: str, user: str) -> Address:
        return Address(platform=self.platform, workspace=workspace, conversation=f"dm:{user}")

    async def post(self, address: Address, message: Message, *, delivery: str) -> str:
        self.tried.append(self.time.seconds)
        if self.down:
            raise DeliveryError("away")
        if self.refusals:
            raise self.refusals.popleft()
        if address.conversation in self.refused_for:
            raise self.refused_for[address.conversation]
        self._count()
        self.arrivals.append((self.time.seconds, address.conversation))
        self.posted[delivery] += 1
        await self.time.sleep(self.takes(address.conversation))
        if self.unreadable:
            self.unreadable -= 1
            raise KeyError("ts")
        return f"m{len(self.arrivals)}"

    async def update(self, address: Address, reference: str, message: Message) -> None:
        self.tried.append(self.time.seconds)
        if self.refusals:
            raise self.refusals.popleft()

    async def conversation_facts(self, address: Address) -> ConversationFacts:
        return ConversationFacts()

    @property
    def used(self) -> float:
        """The part of the rate that was used, without the burst at the beginning."""
        first, last = self.arrivals[0][0], self.arrivals[-1][0]
        return (len(self.arrivals) - self.burst) / (last - first) / self.rate

    def _count(self) -> None:
        if not self.limited:
            return
        self._tokens = min(self.burst, self._tokens + (self.time.seconds - self._counted) * self.rate)
        self._counted = self.time.seconds
        if self._tokens < 1:
            self.throttled += 1
            raise DeliveryError("too many", retry_after=1.0, throttled=True)
        self._tokens -= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    time: VirtualTime
    store: FakeStore
    company: Company

    def loop(
        self, *adapters: object, owner: str = "one", sleep: Callable[[float], Awaitable[None]] | None = None
    ) -> DeliveryLoop:
        by_platform: Mapping[str, ChatAdapter] = {
            cast(ChatAdapter, one).platform: cast(ChatAdapter, one) for one in adapters
        }
        return DeliveryLoop(
            store=cast(Store, self.store),
            adapters=by_platform,
            clock=self.time,
            owner=owner,
            monotonic=self.time.monotonic,
            sleep=sleep or self.time.sleep,
        )

    def workspace(self, platform: str) -> Workspace:
        """Connects one more platform."""
        books = self.store.books[self.company.id]
        number = len(books.workspaces) + 1
        made = Workspace(id=number, tenant_id=self.company.id, platform=platform, external_id="W2", name=platform)
        self.store.keep(books.copy())
        self.store.books[self.company.id].workspaces[number] = made
        return made

    async def asked(self, number: int, *platforms: str, first: int = 0) -> Wave:
        """A confirmed wave to so many people, who are on all of these platforms (web if none is named)."""
        people = [
            await self.company.contact(
                ContactRecord(
                    email=f"p{one}@acme.example",
                    name=f"P{one}",
                    account="Acme",
                    role=None,
                    users=tuple(PlatformUser(platform=platform, user=f"U{one}") for platform in platforms or ("web",)),
                )
            )
            for one in range(first, first + number)
        ]
        version = await self.company.publish(a_survey())
        async with self.company.store.write(self.company.id) as unit:
            plan = a_plan(*people, due_at=self.time.now())
            wave = await unit.waves.draft(version, "everyone", plan, by=None, at=self.time.now())
            await unit.waves.confirm(wave.id, plan, at=self.time.now())
            await unit.commit()
        return wave

    def states(self) -> Counter[str]:
        return Counter(row.state for row in self.deliveries())

    def deliveries(self) -> list[DeliveryRow]:
        return list(self.store.books[self.company.id].deliveries.values())

    async def until_all_is_settled(self, *loops: DeliveryLoop, at_most: float = 20_000.0) -> None:
        """As the clock does it: each loop again and again, a second apart."""

        async def ticking(loop: DeliveryLoop) -> None:
            while any(row.state in ("queued", "doubted", "sending", "posting") for row in self.deliveries()):
                await loop.run_once()
                await self.time.sleep(1.0)
                assert self.time.seconds < 1_000.0 + at_most, self.states()

        await self.time.run(asyncio.gather(*(ticking(loop) for loop in loops)))


@pytest.fixture
def scene() -> Scene:
    time = VirtualTime()
    store = FakeStore(clock=time.database, monotonic=time.monotonic)
    tenant, workspace = open_books(store, "Halden Systems", timezone=WARSAW)
    return Scene(
        time=time, store=store, company=Company(store=cast(SqlStore, store), tenant=tenant, workspace=workspace)
    )
