"""What the clock does: folds waiting deltas into the base, merges finished imports into it, deletes what is left over.

Every batch is one commit, and the sum over visible layers and waiting deltas is the same before and after it: a reader
never sees that anything was folded.
"""

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.cells import CellKey, Delta, in_days, values_in, with_months
from storage.folding.doubts import settle
from storage.folding.guard import lock
from storage.folding.layers import LayerKind, add_cells, base_layer, cell_of
from storage.folding.slots import slots_for
from storage.session import Database
from storage.tables import histogram, layer, score_delta, tenant

_IDS_AT_ONCE = 500
_LEFT_OVER = (
    select(layer.c.id, layer.c.visible)
    # A rebuild that is at work holds the folding row: a layer of its kind met by who has the row was left behind.
    .where(((layer.c.kind == LayerKind.BATCH) & layer.c.visible) | layer.c.kind.in_([LayerKind.OLD, LayerKind.REBUILD]))
    .order_by(layer.c.id)
    .limit(1)
)
"""Layers to merge or to delete."""
_CELLS_AT_ONCE = 200


async def fold(database: Database, *, limit: int) -> int:
    """One round over all tenants: folds what waits, at most `limit` deltas each, and merges finished imports a little.

    Returns how many deltas were folded. A tenant with nothing to do is only read.
    """
    async with database.watching() as transaction:
        tenants = (await transaction.connection.scalars(select(tenant.c.id).order_by(tenant.c.id))).all()
    folded = 0
    for tenant_id in tenants:
        async with database.reading(tenant_id) as transaction:
            work = await _to_do(transaction.connection, tenant_id)
        if not work:
            continue
        async with database.writing(tenant_id) as transaction:
            folded += await fold_deltas(transaction.connection, tenant_id, limit)
            await transaction.commit()
        async with database.writing(tenant_id) as transaction:
            await compact(transaction.connection, tenant_id)
            await transaction.commit()
    return folded


async def _to_do(connection: AsyncConnection, tenant_id: int) -> bool:
    deltas = select(score_delta.c.id).where(score_delta.c.tenant_id == tenant_id).limit(1)
    if await connection.scalar(deltas) is not None:
        return True
    return await connection.scalar(_LEFT_OVER.where(layer.c.tenant_id == tenant_id)) is not None


async def fold_deltas(connection: AsyncConnection, tenant_id: int, limit: int) -> int:
    """Folds at most `limit` waiting deltas, oldest first; how many. 0 also when somebody else folds just now."""
    if not await lock(connection, tenant_id):
        return 0
    rows = (
        await connection.execute(
            select(score_delta.c.id, *(score_delta.c[name] for name in Delta._fields))
            .where(score_delta.c.tenant_id == tenant_id)
            .order_by(score_delta.c.id)
            .limit(limit)
        )
    ).all()
    if not rows:
        return 0
    deltas = [Delta._make(row[1:]) for row in rows]
    await delete_deltas(connection, tenant_id, [row.id for row in rows])
    slots = await slots_for(connection, tenant_id, values_in(deltas))
    base = await base_layer(connection, tenant_id)
    written = await add_cells(connection, tenant_id, base, with_months(in_days(deltas, slots)))
    await settle(connection, tenant_id, base, written)
    return len(rows)


async def delete_deltas(connection: AsyncConnection, tenant_id: int, ids: list[int]) -> None:
    """Exactly these: one with a smaller id may have been committed since."""
    for start in range(0, len(ids), _IDS_AT_ONCE):
        await connection.execute(
            delete(score_delta).where(
                score_delta.c.tenant_id == tenant_id, score_delta.c.id.in_(ids[start : start + _IDS_AT_ONCE])
            )
        )


async def compact(connection: AsyncConnection, tenant_id: int, limit: int = _CELLS_AT_ONCE) -> int:
    """Moves at most `limit` cells of finished imports into the base, or deletes left-over ones; how many.

    Call again until it returns 0.
    """
    if not await lock(connection, tenant_id):
        return 0
    found = (await connection.execute(_LEFT_OVER.where(layer.c.tenant_id == tenant_id))).one_or_none()
    if found is None:
        return 0
    moved = await _move(connection, tenant_id, found.id, limit, merge=found.visible)
    if moved < limit:
        await connection.execute(delete(layer).where(layer.c.tenant_id == tenant_id, layer.c.id == found.id))
    return max(moved, 1)


async def _move(connection: AsyncConnection, tenant_id: int, layer_id: int, limit: int, *, merge: bool) -> int:
    """Takes cells out of a layer, into the base if `merge`."""
    key = [histogram.c[name] for name in CellKey._fields]
    of_layer = (histogram.c.tenant_id == tenant_id) & (histogram.c.layer_id == layer_id)
    rows = (
        await connection.execute(
            select(*key, histogram.c.counts, histogram.c.people, histogram.c.doubtful)
            .where(of_layer)
            .order_by(*key)
            .limit(limit)
        )
    ).all()
    cells = {CellKey(*row[:6]): cell_of(row.counts, row.people, row.doubtful) for row in rows}
    for start in range(0, len(rows), _IDS_AT_ONCE // 5):
        part = [CellKey(*row[:6]) for row in rows[start : start + _IDS_AT_ONCE // 5]]
        await connection.execute(delete(histogram).where(of_layer, tuple_(*key).in_(part)))
    if merge and cells:
        base = await base_layer(connection, tenant_id)
        await settle(connection, tenant_id, base, await add_cells(connection, tenant_id, base, cells))
    return len(rows)


async def waiting(connection: AsyncConnection, tenant_id: int) -> int:
    """How many deltas wait to be folded."""
    found = await connection.scalar(
        select(func.count()).select_from(score_delta).where(score_delta.c.tenant_id == tenant_id)
    )
    return int(found or 0)
