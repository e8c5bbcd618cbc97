"""Layers of folded rows, each visible as a whole or not at all, and how cells are written into one."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any

from pyroaring import BitMap64
from sqlalchemy import and_, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.cells import Cell, CellKey
from storage.folding.packing import from_bytes, to_bytes
from storage.tables import histogram, layer

_ROWS_AT_ONCE = 100
_STAMP_BITS = 62

_KEY = tuple(histogram.c[name] for name in CellKey._fields)


class LayerKind(StrEnum):
    BASE = "base"
    """Where the clock folds to; one visible layer of this kind a tenant."""
    BATCH = "batch"
    """One import; shown when it is complete, merged into the base afterwards."""
    REBUILD = "rebuild"
    """Hidden while it is made; becomes the base in the swap."""
    OLD = "old"
    """Replaced or merged, hidden, waiting to be deleted."""


async def new_layer(
    connection: AsyncConnection, tenant_id: int, kind: LayerKind = LayerKind.BATCH, *, batch_id: int | None = None
) -> int:
    """A hidden layer (the base alone is visible at once); returns its id."""
    made = await connection.execute(
        insert(layer)
        .values(
            tenant_id=tenant_id, kind=kind.value, visible=kind is LayerKind.BASE, batch_id=batch_id, stamp=_new_stamp()
        )
        .returning(layer.c.id)
    )
    return int(made.scalar_one())


async def base_layer(connection: AsyncConnection, tenant_id: int) -> int:
    """The tenant's base, made where there is none. The caller holds the folding row."""
    found = await connection.scalar(
        select(layer.c.id).where(layer.c.tenant_id == tenant_id, layer.c.kind == LayerKind.BASE, layer.c.visible)
    )
    return int(found) if found is not None else await new_layer(connection, tenant_id, LayerKind.BASE)


async def show_layer(connection: AsyncConnection, tenant_id: int, layer_id: int) -> None:
    """Makes a layer count. For an import: in the commit that turns its batch `complete`."""
    await connection.execute(
        update(layer).where(layer.c.tenant_id == tenant_id, layer.c.id == layer_id).values(visible=True)
    )


async def drop_layer(connection: AsyncConnection, tenant_id: int, layer_id: int) -> None:
    """Deletes a layer with all its rows, at once (an import undone)."""
    await connection.execute(
        delete(histogram).where(histogram.c.tenant_id == tenant_id, histogram.c.layer_id == layer_id)
    )
    await connection.execute(delete(layer).where(layer.c.tenant_id == tenant_id, layer.c.id == layer_id))


async def add_cells(
    connection: AsyncConnection, tenant_id: int, layer_id: int, cells: Mapping[CellKey, Cell]
) -> dict[CellKey, Cell]:
    """Adds the cells to those of the layer, in key order; returns what the layer holds of them now."""
    written: dict[CellKey, Cell] = {}
    keys = iter(sorted(cells))
    while part := list(islice(keys, _ROWS_AT_ONCE)):
        before = await read_cells(connection, tenant_id, layer_id, part)
        after = {key: before.get(key, Cell()) for key in part}
        for key, cell in after.items():
            cell.add(cells[key])
        await put_cells(connection, tenant_id, layer_id, after, known=before.keys())
        written |= after
    return written


async def read_cells(
    connection: AsyncConnection, tenant_id: int, layer_id: int, keys: Sequence[CellKey]
) -> dict[CellKey, Cell]:
    rows = await connection.execute(
        select(*_KEY, histogram.c.counts, histogram.c.people, histogram.c.doubtful).where(
            histogram.c.tenant_id == tenant_id, histogram.c.layer_id == layer_id, tuple_(*_KEY).in_(keys)
        )
    )
    return {CellKey(*row[:6]): cell_of(row.counts, row.people, row.doubtful) for row in rows}


def cell_of(counts: bytes, people: bytes | None, doubtful: bytes | None) -> Cell:
    return Cell(counts=from_bytes(counts), people=members(people), doubtful=members(doubtful))


def members(stored: bytes | None) -> BitMap64:
    return BitMap64.deserialize(stored) if stored else BitMap64()


async def put_cells(
    connection: AsyncConnection,
    tenant_id: int,
    layer_id: int,
    cells: Mapping[CellKey, Cell],
    *,
    known: Iterable[CellKey] = (),
) -> None:
    """Writes cells as they are: those `known` to have a row replace it, the others are new; empty ones have none.

    The layer gets another stamp, so that no process goes on with what it kept of it.
    """
    there = set(known)
    gone = [key for key, cell in cells.items() if cell.empty and key in there]
    changed = [_row(tenant_id, layer_id, key, cell) for key, cell in cells.items() if not cell.empty and key in there]
    new = [_row(tenant_id, layer_id, key, cell) for key, cell in cells.items() if not cell.empty and key not in there]
    if gone:
        await connection.execute(delete(histogram).where(_ONE_ROW), [_row(tenant_id, layer_id, key) for key in gone])
    if changed:
        await connection.execute(update(histogram).where(_ONE_ROW).values(_NEW_VALUES), changed)
    if new:
        await connection.execute(insert(histogram).values(_ALL_VALUES), new)
    await connection.execute(
        update(layer).where(layer.c.tenant_id == tenant_id, layer.c.id == layer_id).values(stamp=_new_stamp())
    )


def _new_stamp() -> int:
    """Random, since ids of layers that are gone may be given out again."""
    return secrets.randbits(_STAMP_BITS)


# Parameters of a statement over many rows must not be named like the columns.
_NAMES = ("tenant_id", "layer_id", *CellKey._fields)
_ONE_ROW = and_(*(histogram.c[name] == bindparam(f"of_{name}", type_=histogram.c[name].type) for name in _NAMES))
_NEW_VALUES = {
    name: bindparam(f"new_{name}", type_=histogram.c[name].type) for name in ("counts", "people", "doubtful")
}
_ALL_VALUES = {name: bindparam(f"of_{name}", type_=histogram.c[name].type) for name in _NAMES} | _NEW_VALUES


def _row(tenant_id: int, layer_id: int, key: CellKey, cell: Cell | None = None) -> dict[str, Any]:
    values = dict(zip((f"of_{name}" for name in _NAMES), (tenant_id, layer_id, *key), strict=True))
    if cell is None:
        return values
    return values | {
        "new_counts": to_bytes(cell.counts),
        "new_people": cell.people.serialize() if cell.people else None,
        "new_doubtful": cell.doubtful.serialize() if cell.doubtful else None,
    }
