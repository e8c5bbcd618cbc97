"""Rows that nobody will ask for again: deleted by the clock, a few at a time. What people said and did stays.

Not deleted: settled deliveries (a card is found by its message), slots that fired, the audit.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Delete, Select, Table, and_, delete, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database_clock import transaction_began
from storage.session import Database
from storage.tables import budget, inbound_event, tenant, wave, wave_member
from surveys.sending.model import WaveState

UNUSED = timedelta(days=1)
"""After so long every bucket is full again, and one that is missing is full (`surveys.sending.buckets`).

Should two replicas meet a missing one at once, they give out two capacities: that is less than the platform's burst.
"""


class _Leftover(NamedTuple):
    table: Table
    keys: Sequence[str]
    """Its primary key, but for the tenant."""
    condition: ColumnElement[bool]
    age: ColumnElement[datetime] | None = None
    """Where there is an index by it, the oldest first."""


async def tidy(database: Database, *, before: datetime, limit: int) -> int:
    """One round over all tenants, at most `limit` rows of each kind; how many. One with nothing to do is only read."""
    async with database.watching() as transaction:
        tenants = (await transaction.connection.scalars(select(tenant.c.id).order_by(tenant.c.id))).all()
        clock = await transaction_began(transaction.connection)
    deleted = 0
    for tenant_id in tenants:
        async with database.reading(tenant_id) as transaction:
            work = await _to_do(transaction.connection, tenant_id, before, clock)
        if not work:
            continue
        async with database.writing(tenant_id) as transaction:
            for leftover in _leftovers(before, clock):
                found = await transaction.connection.execute(_delete(leftover, tenant_id, limit))
                deleted += found.rowcount
            await transaction.commit()
    return deleted


def _leftovers(before: datetime, clock: datetime) -> Iterator[_Leftover]:
    """`before`: of the product's time. `clock`: the database's, by which budgets are counted."""
    yield _Leftover(
        inbound_event, ("platform", "event_id"), inbound_event.c.received_at < before, inbound_event.c.received_at
    )
    yield _Leftover(
        budget,
        ("key",),
        and_(
            budget.c.counted_at < clock - UNUSED,
            func.coalesce(budget.c.paused_until, budget.c.counted_at) < clock,
            func.coalesce(budget.c.promised_until, budget.c.counted_at) < clock,
        ),
    )
    old_draft = and_(wave.c.state == WaveState.DRAFT.value, wave.c.created_at < before)
    yield _Leftover(
        wave_member,
        ("wave_id", "person_id"),
        wave_member.c.wave_id.in_(select(wave.c.id).where(wave.c.tenant_id == wave_member.c.tenant_id, old_draft)),
    )
    # A draft goes with its last member: there may be more of those than a round deletes.
    members = exists().where(wave_member.c.tenant_id == wave.c.tenant_id, wave_member.c.wave_id == wave.c.id)
    yield _Leftover(wave, ("id",), and_(old_draft, ~members))


async def _to_do(connection: AsyncConnection, tenant_id: int, before: datetime, clock: datetime) -> bool:
    for leftover in _leftovers(before, clock):
        if (await connection.execute(_chosen(leftover, tenant_id, 1))).first() is not None:
            return True
    return False


def _delete(leftover: _Leftover, tenant_id: int, limit: int) -> Delete:
    # Of two replicas each takes other rows, and neither waits.
    chosen = _chosen(leftover, tenant_id, limit).with_for_update(of=leftover.table, skip_locked=True)
    keys = tuple_(*(leftover.table.c[key] for key in leftover.keys))
    return delete(leftover.table).where(leftover.table.c.tenant_id == tenant_id, keys.in_(chosen))


def _chosen(leftover: _Leftover, tenant_id: int, limit: int) -> Select[*tuple[object, ...]]:
    table = leftover.table
    found = select(*(table.c[key] for key in leftover.keys)).where(leftover.condition).limit(limit)
    if leftover.age is None:
        return found.where(table.c.tenant_id == tenant_id)
    # An expression, so that SQLite goes by the age instead of through all rows of the tenant.
    return found.where(table.c.tenant_id + 0 == tenant_id).order_by(leftover.age)
