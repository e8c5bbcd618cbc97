"""Folds everything anew: from the rows, in one snapshot, into a hidden layer, which then takes the others' place.

Taps go on meanwhile; folding and merging wait. Killed at any point it leaves the old layers in force, and the hidden
one is deleted by the clock or by the next rebuild.
"""

import secrets
from collections.abc import Callable
from datetime import date

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.cells import OPEN, RESPONSE, Cell, CellKey, Delta, in_days, values_in, with_months
from storage.folding.counting import SlotBook, as_deltas, by_month, open_invitations
from storage.folding.fold import delete_deltas
from storage.folding.guard import hold, release, renew
from storage.folding.layers import LayerKind, cell_of, new_layer, put_cells
from storage.folding.packing import without
from storage.folding.visible import scored
from storage.session import Database
from storage.tables import answer, histogram, layer, score_delta
from surveys.definitions.model import Metric
from surveys.errors import Refused
from surveys.insight.local_days import shift_months

Progress = Callable[[int, int], None]
"""(months done, months in all)"""


def silent(_done: int, _of: int) -> None:
    """No progress wanted."""


async def rebuild(database: Database, tenant_id: int, progress: Progress = silent) -> int:
    """Makes the tenant's histogram anew; how many cells it has. Raises Refused while another process folds."""
    work = await Rebuild.begin(database, tenant_id)
    try:
        async with database.reading(tenant_id) as snapshot:
            await work.count(snapshot.connection, progress)
        await work.swap()
    finally:
        await work.end()
    return work.written


class Rebuild:
    """One rebuild: what its snapshot saw, and so may be replaced by what it counted."""

    def __init__(self, database: Database, tenant_id: int, holder: str, shadow: int) -> None:
        self._database = database
        self._tenant_id = tenant_id
        self._holder = holder
        self._shadow = shadow
        self._slots = SlotBook(database, tenant_id)
        self._layers: list[int] = []
        self._deltas: list[int] = []
        self.written = 0

    @classmethod
    async def begin(cls, database: Database, tenant_id: int) -> "Rebuild":
        """Holds off folding, and clears away what a killed rebuild left. Raises Refused while another one folds."""
        holder = secrets.token_hex(8)
        async with database.writing(tenant_id) as transaction:
            connection = transaction.connection
            if not await hold(connection, tenant_id, holder):
                raise Refused("Another process folds or rebuilds just now. Try again in a few minutes.")
            of_kind = (layer.c.tenant_id == tenant_id) & (layer.c.kind == LayerKind.REBUILD)
            await connection.execute(
                delete(histogram).where(
                    histogram.c.tenant_id == tenant_id, histogram.c.layer_id.in_(select(layer.c.id).where(of_kind))
                )
            )
            await connection.execute(delete(layer).where(of_kind))
            shadow = await new_layer(connection, tenant_id, LayerKind.REBUILD)
            await transaction.commit()
        return cls(database, tenant_id, holder, shadow)

    async def end(self) -> None:
        """Lets the others fold again."""
        async with self._database.writing(self._tenant_id) as transaction:
            await release(transaction.connection, self._tenant_id, self._holder)
            await transaction.commit()

    async def count(self, snapshot: AsyncConnection, progress: Progress = silent) -> None:
        self._layers = list(
            await snapshot.scalars(select(layer.c.id).where(layer.c.tenant_id == self._tenant_id, layer.c.visible))
        )
        waiting = (
            await snapshot.execute(
                select(score_delta.c.id, *(score_delta.c[name] for name in Delta._fields)).where(
                    score_delta.c.tenant_id == self._tenant_id
                )
            )
        ).all()
        self._deltas = [row.id for row in waiting]
        await self._keep_responses(snapshot, [Delta._make(row[1:]) for row in waiting if row.metric == RESPONSE])
        months = [month for metric in Metric for month in await self._months(snapshot, metric)]
        for done, (metric, start, end) in enumerate(months):
            progress(done, len(months))
            ordered = (
                as_deltas(1)
                .where(
                    scored(self._tenant_id),
                    answer.c.metric == metric.value,
                    answer.c.local_day >= start,
                    answer.c.local_day < end,
                )
                .order_by(answer.c.local_day)
            )
            async for days in by_month(snapshot, ordered, self._slots):
                await self._write(with_months(days))
        progress(len(months), len(months))

    async def _months(self, snapshot: AsyncConnection, metric: Metric) -> list[tuple[Metric, date, date]]:
        of_metric = scored(self._tenant_id) & (answer.c.metric == metric.value)
        first = await snapshot.scalar(select(func.min(answer.c.local_day)).where(of_metric))
        last = await snapshot.scalar(select(func.max(answer.c.local_day)).where(of_metric))
        months: list[tuple[Metric, date, date]] = []
        start = first.replace(day=1) if first else None
        while start and last and start <= last:
            end = shift_months(start, 1)
            months.append((metric, start, end))
            start = end
        return months

    async def _keep_responses(self, snapshot: AsyncConnection, waiting: list[Delta]) -> None:
        """What is folded of closed invitations is carried over, since no row tells it; open ones are counted anew."""
        rows = await snapshot.execute(
            select(
                *(histogram.c[name] for name in CellKey._fields),
                histogram.c.counts,
                histogram.c.people,
                histogram.c.doubtful,
            ).where(
                histogram.c.tenant_id == self._tenant_id,
                histogram.c.layer_id.in_(self._layers),
                histogram.c.metric == RESPONSE,
            )
        )
        cells: dict[CellKey, Cell] = {}
        for row in rows:
            cells.setdefault(CellKey(*row[:6]), Cell()).add(cell_of(row.counts, row.people, row.doubtful))
        await self._slots.learn(snapshot, values_in(waiting))
        for key, cell in with_months(in_days(waiting, self._slots.slots)).items():
            cells.setdefault(key, Cell()).add(cell)
        for cell in cells.values():
            cell.counts = without(cell.counts, 0, OPEN)
        for key, cell in with_months(in_days(await open_invitations(snapshot, self._tenant_id), {})).items():
            cells.setdefault(key, Cell()).add(cell)
        await self._write(cells)

    async def _write(self, cells: dict[CellKey, Cell]) -> None:
        async with self._database.writing(self._tenant_id) as transaction:
            await renew(transaction.connection, self._tenant_id, self._holder)
            await put_cells(transaction.connection, self._tenant_id, self._shadow, cells)
            await transaction.commit()
        self.written += len(cells)

    async def swap(self) -> None:
        """One commit: the shadow counts, what the snapshot saw does not. What came since is untouched and counts."""
        of_tenant = layer.c.tenant_id == self._tenant_id
        async with self._database.writing(self._tenant_id) as transaction:
            connection = transaction.connection
            await renew(connection, self._tenant_id, self._holder)
            await connection.execute(
                update(layer)
                .where(of_tenant, layer.c.id.in_(self._layers))
                .values(visible=False, kind=LayerKind.OLD.value)
            )
            await connection.execute(
                update(layer)
                .where(of_tenant, layer.c.id == self._shadow)
                .values(visible=True, kind=LayerKind.BASE.value)
            )
            await delete_deltas(connection, self._tenant_id, self._deltas)
            await transaction.commit()
