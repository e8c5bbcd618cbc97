"""What is looked up before the tenant is known: workspaces, tenants, and what is due. Nothing of people's answers."""

from collections.abc import MutableMapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from types import TracebackType
from zoneinfo import ZoneInfo

from sqlalchemy import Update, and_, bindparam, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from bot.ports import DeliveryKind, DueDelivery, DueSchedule, Reservation, Tenant, Turns, Workspace
from storage.budgets import pause, reserve_turns
from storage.database_clock import transaction_began
from storage.deliveries import UNDER_WAY, WAITING, DeliveryState
from storage.session import Database, Transaction
from storage.subscriptions import SUBSCRIPTION_COLUMNS, WITH_ITS_SCHEDULE, to_subscription
from storage.tables import delivery, schedule, subscription, tenant, workspace
from storage.types import AnyRow
from surveys.sending.buckets import Budget

LATE_AFTER = timedelta(hours=1)
"""From when on a summary says that it is late."""

TENANT_COLUMNS = (
    tenant.c.id,
    tenant.c.public_id,
    tenant.c.name,
    tenant.c.timezone,
    tenant.c.week_start,
    tenant.c.demo,
)

_WORKSPACE = select(
    workspace.c.id, workspace.c.tenant_id, workspace.c.platform, workspace.c.external_id, workspace.c.name
).where(workspace.c.platform == bindparam("platform"), workspace.c.external_id == bindparam("external"))
_SCHEDULES = (
    select(
        *SUBSCRIPTION_COLUMNS, schedule.c.tenant_id, schedule.c.id.label("schedule_id"), schedule.c.kind,
        schedule.c.timezone,
    )
    .select_from(WITH_ITS_SCHEDULE)
    .where(schedule.c.stopped_at.is_(None), subscription.c.stopped_at.is_(None))
)  # fmt: skip

_MAYBE_THERE = (DeliveryState.POSTING.value, DeliveryState.DOUBTED.value)
_POSTING = (
    update(delivery)
    .where(
        delivery.c.tenant_id == bindparam("tenant"),
        delivery.c.id == bindparam("delivery"),
        delivery.c.fence == bindparam("taken_as"),
        UNDER_WAY,
    )
    .values(state=bindparam("becomes"))
)
_PUT_BACK = _POSTING.values(
    due_at=bindparam("at"),
    # It was taken and not tried.
    attempts=case((delivery.c.attempts > 0, delivery.c.attempts - 1), else_=0),
    lease_owner=None,
    lease_until=None,
)


def _taken(due: DueDelivery) -> dict[str, object]:
    return {"tenant": due.tenant_id, "delivery": due.id, "taken_as": due.fence}


def to_tenant(row: AnyRow) -> Tenant:
    return Tenant(
        id=row.id,
        public_id=row.public_id,
        name=row.name,
        timezone=row.timezone,
        week_start=row.week_start,
        demo=row.demo,
    )


class SqlSystemUnit:
    """Looks things up in short transactions of readers; opens one that writes only for deliveries that are due."""

    def __init__(self, database: Database, workspaces: MutableMapping[tuple[str, str], Workspace]) -> None:
        self._database = database
        self._workspaces = workspaces
        self._held = AsyncExitStack()
        self._writing: Transaction | None = None

    async def __aenter__(self) -> "SqlSystemUnit":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._held.__aexit__(kind, error, trace)

    async def workspace(self, platform: str, external_id: str) -> Workspace | None:
        """From the process's memory after the first time: a workspace never moves to another tenant."""
        known = self._workspaces.get((platform, external_id))
        if known is not None:
            return known
        async with self._database.watching() as transaction:
            result = await transaction.connection.execute(_WORKSPACE, {"platform": platform, "external": external_id})
            row = result.first()
        if row is None:
            return None
        found = Workspace(
            id=row.id, tenant_id=row.tenant_id, platform=row.platform, external_id=row.external_id, name=row.name
        )
        self._workspaces[(platform, external_id)] = found
        return found

    async def tenants(self) -> Sequence[Tenant]:
        async with self._database.watching() as transaction:
            result = await transaction.connection.execute(select(*TENANT_COLUMNS).order_by(tenant.c.id))
            return [to_tenant(row) for row in result]

    async def take_due(self, *, now: datetime, limit: int, lease_seconds: int, owner: str) -> Sequence[DueDelivery]:
        # A look first, so that a replica with nothing to do does not stand in the writer's place every second.
        async with self._database.watching() as transaction:
            clock = await transaction_began(transaction.connection)
            waiting = await transaction.connection.execute(select(delivery.c.id).where(_is_due(now, clock)).limit(1))
            if waiting.first() is None:
                return []
        connection = await self._begun()
        return await _take(connection, now=now, limit=limit, lease=timedelta(seconds=lease_seconds), owner=owner)

    async def reserve(self, reservations: Sequence[Reservation], *, horizon: float) -> Turns:
        return await reserve_turns(await self._begun(), reservations, horizon=horizon)

    async def pause(self, tenant_id: int, budgets: Sequence[Budget], *, seconds: float) -> None:
        await pause(await self._begun(), tenant_id, budgets, seconds=seconds)

    async def posting(self, dues: Sequence[DueDelivery]) -> None:
        await self._change(_POSTING, [{**_taken(due), "becomes": DeliveryState.POSTING.value} for due in dues])

    async def put_back(self, waiting: Sequence[tuple[DueDelivery, datetime]]) -> None:
        await self._change(
            _PUT_BACK,
            [
                {
                    **_taken(due),
                    "at": at,
                    "becomes": (DeliveryState.DOUBTED if due.interrupted else DeliveryState.QUEUED).value,
                }
                for due, at in waiting
            ],
        )

    async def _change(self, statement: Update, rows: list[dict[str, object]]) -> None:
        if rows:
            # In one order, so that two replicas never wait for one another.
            await (await self._begun()).execute(statement, sorted(rows, key=lambda row: str(row["delivery"])))

    async def count_due(self, now: datetime) -> int:
        async with self._database.watching() as transaction:
            clock = await transaction_began(transaction.connection)
            due = select(func.count()).select_from(delivery).where(_is_due(now, clock))
            return (await transaction.connection.execute(due)).scalar_one()

    async def due_schedules(self, now: datetime) -> Sequence[DueSchedule]:
        async with self._database.watching() as transaction:
            result = await transaction.connection.execute(
                _SCHEDULES.where(schedule.c.next_due_at <= now).order_by(schedule.c.next_due_at, schedule.c.id)
            )
            rows = result.all()
        return [
            DueSchedule(
                tenant_id=row.tenant_id,
                id=row.schedule_id,
                kind=row.kind,
                slot=row.next_due_at.astimezone(ZoneInfo(row.timezone)).date(),
                subscription=to_subscription(row),
                late=now - row.next_due_at > LATE_AFTER,
            )
            for row in rows
        ]

    async def commit(self) -> None:
        if self._writing is not None:
            await self._writing.commit()

    async def _begun(self) -> AsyncConnection:
        if self._writing is None:
            self._writing = await self._held.enter_async_context(self._database.system())
        return self._writing.connection


async def _take(
    connection: AsyncConnection, *, now: datetime, limit: int, lease: timedelta, owner: str
) -> Sequence[DueDelivery]:
    # The lease runs on the database's clock, the same for every replica; `due_at` on the product's.
    clock = await transaction_began(connection)
    chosen = await connection.execute(
        select(delivery.c.id, delivery.c.state)
        .where(_is_due(now, clock))
        .order_by(delivery.c.due_at, delivery.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    states = {row.id: row.state for row in chosen}
    if not states:
        return []
    taken = await connection.execute(
        update(delivery)
        .where(delivery.c.id.in_(states))
        .values(
            state=DeliveryState.SENDING.value,
            lease_owner=owner[:60],
            lease_until=clock + lease,
            fence=delivery.c.fence + 1,
            attempts=delivery.c.attempts + 1,
        )
        .returning(*delivery.c)
    )
    # An UPDATE returns its rows in no order.
    rows = sorted(taken.all(), key=lambda row: (row.due_at, row.id))
    return [_due(row, interrupted=states[row.id] in _MAYBE_THERE) for row in rows]


def _is_due(now: datetime, clock: datetime) -> ColumnElement[bool]:
    return or_(
        and_(delivery.c.state.in_(WAITING), delivery.c.due_at <= now),
        and_(UNDER_WAY, delivery.c.lease_until < clock),
    )


def _due(row: AnyRow, *, interrupted: bool) -> DueDelivery:
    return DueDelivery(
        tenant_id=row.tenant_id,
        id=row.id,
        public_id=row.public_id,
        fence=row.fence,
        template=row.template,
        parameters=dict(row.parameters),
        attempts=row.attempts,
        kind=DeliveryKind(row.kind),
        person_id=row.person_id,
        conversation_id=row.conversation_id,
        invitation_id=row.invitation_id,
        interrupted=interrupted,
    )
