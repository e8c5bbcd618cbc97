"""Platforms' budgets as rows that all replicas share: locked in one order, counted by the database's clock.

The arithmetic is in `surveys.sending.buckets`. Whatever the number of calls in a batch: make the missing rows, lock
them, read the clock, write them back.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Reservation, Turns
from storage.database_clock import this_moment
from storage.scope import insert_new
from storage.session import Kind
from storage.tables import budget
from storage.types import AnyRow
from surveys.sending.buckets import Bucket, Budget, Turn, full, paused, reserve

_STATE = ("tokens", "counted_at", "paused_until", "promised_until")


async def reserve_turns(connection: AsyncConnection, reservations: Sequence[Reservation], *, horizon: float) -> Turns:
    """A turn for each reservation. The transaction must be committed before anything is called."""
    by_tenant: dict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(reservations):
        by_tenant[one.tenant_id].append(place)
    wanted = {
        (tenant_id, budget.key): budget
        for tenant_id, places in by_tenant.items()
        for place in places
        for budget in reservations[place].need.budgets
    }
    rows = await _lock(connection, wanted)
    before = time.monotonic()
    now = (await this_moment(connection)).timestamp()
    as_of = time.monotonic()
    turns: dict[int, Turn] = {}
    changed: dict[tuple[int, str], Bucket] = {}
    for tenant_id, places in by_tenant.items():
        mine = {key: bucket for (owner, key), bucket in rows.items() if owner == tenant_id}
        needs = [reservations[place].need for place in places]
        after, given = reserve(mine, needs, now=now, horizon=horizon)
        changed |= {(tenant_id, key): bucket for key, bucket in after.items()}
        turns |= dict(zip(places, given, strict=True))
    await _write(connection, changed)
    return Turns(as_of=as_of, blur=as_of - before, turns=tuple(turns[place] for place in range(len(reservations))))


async def pause(connection: AsyncConnection, tenant_id: int, budgets: Sequence[Budget], *, seconds: float) -> None:
    wanted = {(tenant_id, budget.key): budget for budget in budgets}
    rows = await _lock(connection, wanted)
    now = (await this_moment(connection)).timestamp()
    await _write(connection, {at: paused(rows.get(at), wanted[at], now=now, seconds=seconds) for at in wanted})


async def _lock(connection: AsyncConnection, wanted: Mapping[tuple[int, str], Budget]) -> dict[tuple[int, str], Bucket]:
    """Always in the order of their keys, so that two replicas never wait for one another."""
    if not wanted:
        return {}
    now = (await this_moment(connection)).timestamp()
    # A row that is not there cannot be locked: two replicas would each find a full bucket.
    await connection.execute(
        insert_new(connection, budget),
        [_row(tenant_id, key, full(one, now)) for (tenant_id, key), one in sorted(wanted.items(), key=_key)],
    )
    found = await connection.execute(
        select(budget)
        .where(budget.c.tenant_id.in_({tenant_id for tenant_id, _ in wanted}), budget.c.key.in_({k for _, k in wanted}))
        .order_by(budget.c.tenant_id, budget.c.key)
        .with_for_update()
    )
    return {(row.tenant_id, row.key): _bucket(row) for row in found if (row.tenant_id, row.key) in wanted}


def _key(item: tuple[tuple[int, str], Budget]) -> tuple[int, str]:
    return item[0]


async def _write(connection: AsyncConnection, buckets: Mapping[tuple[int, str], Bucket]) -> None:
    if not buckets:
        return
    rows = [_row(tenant_id, key, bucket) for (tenant_id, key), bucket in sorted(buckets.items(), key=lambda at: at[0])]
    await connection.execute(_upsert(connection), rows)


def _upsert(connection: AsyncConnection) -> Insert:
    keys: Iterable[Any] = [budget.c.tenant_id, budget.c.key]
    if connection.dialect.name == Kind.POSTGRESQL.value:
        pg = postgresql.insert(budget)
        return pg.on_conflict_do_update(index_elements=keys, set_={name: pg.excluded[name] for name in _STATE})
    lite = sqlite.insert(budget)
    return lite.on_conflict_do_update(index_elements=keys, set_={name: lite.excluded[name] for name in _STATE})


def _row(tenant_id: int, key: str, bucket: Bucket) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "key": key,
        "tokens": bucket.tokens,
        "counted_at": _moment(bucket.counted_at),
        "paused_until": _moment(bucket.paused_until) if bucket.paused_until else None,
        "promised_until": _moment(bucket.promised_until) if bucket.promised_until else None,
    }


def _bucket(row: AnyRow) -> Bucket:
    return Bucket(
        tokens=row.tokens,
        counted_at=row.counted_at.timestamp(),
        paused_until=row.paused_until.timestamp() if row.paused_until else 0.0,
        promised_until=row.promised_until.timestamp() if row.promised_until else 0.0,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
