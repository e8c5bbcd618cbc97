"""The row of one import and its states: writing → complete, or writing → undone. The state is what makes rows count.

`finished_at` is empty while something of the batch remains to be tidied: rows of an undone one to be deleted, people
of a complete one to be shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import import_batch
from surveys.errors import Refused
from surveys.importing.model import ImportKind

WRITING, COMPLETE, UNDONE = "writing", "complete", "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """`rows`: of the file, bad ones too. `rows_done`: those imported, when it is complete."""

    id: int
    kind: ImportKind
    file_digest: str
    state: str
    rows: int
    rows_done: int
    started_at: datetime
    finished_at: datetime | None


async def begin(
    connection: AsyncConnection,
    tenant_id: int,
    kind: ImportKind,
    *,
    file_name: str,
    digest: str,
    rows: int,
    at: datetime,
) -> Batch:
    made = await connection.execute(
        insert(import_batch)
        .values(
            tenant_id=tenant_id,
            kind=kind.value,
            file_name=file_name[-300:],
            file_digest=digest,
            state=WRITING,
            rows=rows,
            rows_done=0,
            started_at=at,
        )
        .returning(import_batch)
    )
    return _batch(made.one())


async def unfinished(connection: AsyncConnection, tenant_id: int) -> Sequence[Batch]:
    """Batches that a dead process left, oldest first."""
    rows = await connection.execute(
        select(import_batch)
        .where(import_batch.c.tenant_id == tenant_id, import_batch.c.finished_at.is_(None))
        .order_by(import_batch.c.id)
    )
    return [_batch(row) for row in rows]


async def completed(connection: AsyncConnection, tenant_id: int, kind: ImportKind, digest: str) -> Sequence[Batch]:
    """Earlier imports of the very same file, oldest first."""
    rows = await connection.execute(
        select(import_batch)
        .where(
            import_batch.c.tenant_id == tenant_id,
            import_batch.c.kind == kind.value,
            import_batch.c.file_digest == digest,
            import_batch.c.state == COMPLETE,
        )
        .order_by(import_batch.c.id)
    )
    return [_batch(row) for row in rows]


async def hold(connection: AsyncConnection, tenant_id: int, batch_id: int, **values: str | int | datetime) -> None:
    """Keeps the batch for this transaction and sets `values`. Raises Refused when somebody undid it meanwhile."""
    held = await connection.execute(
        update(import_batch)
        .where(import_batch.c.tenant_id == tenant_id, import_batch.c.id == batch_id, import_batch.c.state == WRITING)
        .values(values or {"state": WRITING})
    )
    if held.rowcount != 1:
        raise Refused("This import was undone by another process meanwhile. Start it again.")


async def mark(connection: AsyncConnection, tenant_id: int, batch_id: int, **values: str | int | datetime) -> None:
    await connection.execute(
        update(import_batch)
        .where(import_batch.c.tenant_id == tenant_id, import_batch.c.id == batch_id)
        .values(**values)
    )


def _batch(row: Row[Any]) -> Batch:
    return Batch(
        id=row.id,
        kind=ImportKind(row.kind),
        file_digest=row.file_digest,
        state=row.state,
        rows=row.rows,
        rows_done=row.rows_done,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
