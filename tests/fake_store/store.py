"""The fake store: units of work over `Books`. One writer at a time; a reader keeps the books as they were."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import TracebackType

from bot.ports import DueDelivery, DueSchedule, Reservation, Tenant, Turns, Workspace
from surveys.errors import NotFound, Refused
from surveys.sending.buckets import Budget, Turn, paused, reserve
from tests.fake_store.books import Books
from tests.fake_store.conversations import Audit, Conversations, InboundEvents
from tests.fake_store.deliveries import Deliveries, posting, put_back, take_due
from tests.fake_store.housekeeping import tidy
from tests.fake_store.insight import Insight
from tests.fake_store.invitations import Invitations
from tests.fake_store.people import Accounts, People
from tests.fake_store.subscriptions import Subscriptions, due_schedules
from tests.fake_store.waves import Surveys, Waves


class FakeUnit:
    """bot.ports.UnitOfWork, with `accounts` beside it as in the real one."""

    def __init__(self, store: "FakeStore", books: Books, *, writable: bool) -> None:
        self._store = store
        self._books = books
        self._writable = writable
        self._over = False

    @property
    def tenant(self) -> Tenant:
        return self._books.tenant

    @cached_property
    def inbound(self) -> InboundEvents:
        return InboundEvents(self._books)

    @cached_property
    def conversations(self) -> Conversations:
        return Conversations(self._books)

    @cached_property
    def people(self) -> People:
        return People(self._books)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self._books)

    @cached_property
    def surveys(self) -> Surveys:
        return Surveys(self._books)

    @cached_property
    def waves(self) -> Waves:
        return Waves(self._books)

    @cached_property
    def invitations(self) -> Invitations:
        return Invitations(self._books)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self._books)

    @cached_property
    def insight(self) -> Insight:
        return Insight(self._books)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        return Subscriptions(self._books)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self._books)

    async def commit(self) -> None:
        if self._over:
            raise Refused("This unit of work is over.")
        self._over = True
        if self._writable:
            self._store.keep(self._books)


class FakeSystemUnit:
    """bot.ports.SystemUnit. It begins to write, and to be alone, when it takes deliveries."""

    def __init__(self, store: "FakeStore") -> None:
        self._store = store
        self._held = AsyncExitStack()
        self._writing: dict[int, Books] = {}

    async def __aenter__(self) -> "FakeSystemUnit":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._held.aclose()

    async def workspace(self, platform: str, external_id: str) -> Workspace | None:
        every = (one for books in self._store.books.values() for one in books.workspaces.values())
        return next((one for one in every if (one.platform, one.external_id) == (platform, external_id)), None)

    async def tenants(self) -> Sequence[Tenant]:
        return [books.tenant for books in self._store.books.values()]

    async def take_due(self, *, now: datetime, limit: int, lease_seconds: int, owner: str) -> Sequence[DueDelivery]:
        taken: list[DueDelivery] = []
        for books in (await self._begun()).values():
            taken += take_due(
                books,
                now=now,
                limit=limit - len(taken),
                lease=timedelta(seconds=lease_seconds),
                clock=datetime.fromtimestamp(self._store.clock(), UTC),
            )
        return taken

    async def reserve(self, reservations: Sequence[Reservation], *, horizon: float) -> Turns:
        now, as_of = self._store.clock(), self._store.monotonic()
        turns: dict[int, Turn] = {}
        for number, books in (await self._begun()).items():
            places = [place for place, one in enumerate(reservations) if one.tenant_id == number]
            needs = [reservations[place].need for place in places]
            after, given = reserve(books.budgets, needs, now=now, horizon=horizon)
            books.budgets |= after
            turns |= dict(zip(places, given, strict=True))
        return Turns(as_of=as_of, blur=0.0, turns=tuple(turns[place] for place in range(len(reservations))))

    async def pause(self, tenant_id: int, budgets: Sequence[Budget], *, seconds: float) -> None:
        books = (await self._begun())[tenant_id]
        for one in budgets:
            books.budgets[one.key] = paused(books.budgets.get(one.key), one, now=self._store.clock(), seconds=seconds)

    async def posting(self, dues: Sequence[DueDelivery]) -> None:
        for due in dues:
            posting((await self._begun())[due.tenant_id], due)

    async def put_back(self, waiting: Sequence[tuple[DueDelivery, datetime]]) -> None:
        for due, at in waiting:
            put_back((await self._begun())[due.tenant_id], due, at)

    async def count_due(self, now: datetime) -> int:
        rows = [row for books in self._store.books.values() for row in books.deliveries.values()]
        return sum(row.state == "queued" and row.due_at <= now for row in rows)

    async def due_schedules(self, now: datetime) -> Sequence[DueSchedule]:
        return [due for books in self._store.books.values() for due in due_schedules(books, now)]

    async def commit(self) -> None:
        for books in self._writing.values():
            self._store.keep(books)

    async def _begun(self) -> dict[int, Books]:
        if not self._writing:
            await self._held.enter_async_context(self._store.alone)
            self._writing = {number: books.copy() for number, books in self._store.books.items()}
        return self._writing


class FakeStore:
    """bot.ports.Store in memory. `books`: what was committed, by tenant.

    `clock`: the database's, in Unix seconds; `monotonic`: this process's.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.books: dict[int, Books] = {}
        self.alone = asyncio.Lock()
        self.clock = clock
        self.monotonic = monotonic

    def keep(self, books: Books) -> None:
        self.books[books.tenant.id] = books

    @asynccontextmanager
    async def write(self, tenant_id: int) -> AsyncIterator[FakeUnit]:
        async with self.alone:
            yield FakeUnit(self, self._of(tenant_id), writable=True)

    @asynccontextmanager
    async def read(self, tenant_id: int) -> AsyncIterator[FakeUnit]:
        yield FakeUnit(self, self._of(tenant_id), writable=False)

    def system(self) -> FakeSystemUnit:
        return FakeSystemUnit(self)

    async def fold(self, *, limit: int) -> int:
        """There is nothing to fold; what a real store would have folded is told all the same."""
        folded = 0
        async with self.alone:
            for books in self.books.values():
                folded += books.unfolded
                books.unfolded = 0
        return folded

    async def tidy(self, *, before: datetime, limit: int) -> int:
        deleted = 0
        async with self.alone:
            for books in self.books.values():
                deleted += tidy(books, before=before, clock=self.clock(), limit=limit)
        return deleted

    async def ready(self) -> bool:
        return True

    def _of(self, tenant_id: int) -> Books:
        books = self.books.get(tenant_id)
        if books is None:
            raise NotFound("This tenant is not known here.")
        return books.copy()


def open_books(store: FakeStore, name: str, *, timezone: str, demo: bool = False) -> tuple[Tenant, Workspace]:
    """A new tenant with its web workspace."""
    number = len(store.books) + 1
    tenant = Tenant(
        id=number, public_id=f"tenant-{number}", name=name, timezone=timezone, week_start=0, demo=demo
    )  # fmt: skip
    workspace = Workspace(
        id=number,
        tenant_id=number,
        platform="web",
        external_id="local" if number == 1 else f"local-{number}",
        name=name,
    )
    store.keep(Books(tenant=tenant, workspaces={workspace.id: workspace}))
    return tenant, workspace
