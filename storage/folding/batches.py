"""The layer of an import: everything its rows add and everything they correct, counted before anybody sees it."""

from typing import Any

from sqlalchemy import Select, or_, select, union_all

from storage.folding.cells import with_months
from storage.folding.counting import SlotBook, as_deltas, by_month
from storage.folding.layers import LayerKind, add_cells, drop_layer, new_layer
from storage.folding.visible import COMPLETE
from storage.session import Database
from storage.tables import answer, import_batch, layer


async def fold_batch(database: Database, tenant_id: int, batch_id: int) -> int:
    """Counts all rows of an import into a hidden layer and returns the layer's id.

    For the importer, when its last chunk is written: then one commit turns the batch `complete` and calls
    `show_layer`. Killed in between it is simply called again. It writes in short transactions of its own.
    """
    async with database.writing(tenant_id) as transaction:
        connection = transaction.connection
        earlier = await connection.scalars(
            select(layer.c.id).where(layer.c.tenant_id == tenant_id, layer.c.batch_id == batch_id, ~layer.c.visible)
        )
        for layer_id in earlier.all():
            await drop_layer(connection, tenant_id, layer_id)
        made = await new_layer(connection, tenant_id, LayerKind.BATCH, batch_id=batch_id)
        await transaction.commit()
    slots = SlotBook(database, tenant_id)
    async with database.reading(tenant_id) as snapshot:
        async for days in by_month(snapshot.connection, _changes(tenant_id, batch_id), slots):
            async with database.writing(tenant_id) as transaction:
                await add_cells(transaction.connection, tenant_id, made, with_months(days))
                await transaction.commit()
    return made


def _changes(tenant_id: int, batch_id: int) -> Select[Any]:
    counted = (
        (answer.c.tenant_id == tenant_id)
        & answer.c.current.is_(True)
        & answer.c.score.is_not(None)
        & answer.c.metric.is_not(None)
    )
    complete = select(import_batch.c.id).where(import_batch.c.tenant_id == tenant_id, import_batch.c.state == COMPLETE)
    shown = or_(answer.c.batch_id.is_(None), answer.c.batch_id.in_(complete))
    both = union_all(
        as_deltas(1).where(counted, answer.c.batch_id == batch_id),
        as_deltas(-1).where(counted, answer.c.superseded_by == batch_id, shown),
    ).subquery()
    return select(both).order_by(both.c.metric, both.c.local_day)
