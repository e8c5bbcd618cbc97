"""Counts rows of `answer` into cells, in a stream: for a rebuild and for the layer of an import."""

from collections.abc import AsyncIterator
from itertools import groupby
from typing import Any

from sqlalchemy import Select, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.cells import Cell, CellKey, Delta, in_days, month_of, values_in
from storage.folding.slots import known_slots, slots_for
from storage.session import Database
from storage.tables import answer

_ROWS_AT_ONCE = 20_000


class SlotBook:
    """The slots met so far; new ones are given out in short transactions of their own, beside the reader's snapshot."""

    def __init__(self, database: Database, tenant_id: int) -> None:
        self._database = database
        self._tenant_id = tenant_id
        self.slots: dict[tuple[str, str], int] = {}

    async def learn(self, reading: AsyncConnection, wanted: set[tuple[str, str]]) -> None:
        missing = wanted - self.slots.keys()
        if missing:
            self.slots.update(await known_slots(reading, self._tenant_id, missing))
            missing -= self.slots.keys()
        if missing:
            async with self._database.writing(self._tenant_id) as transaction:
                self.slots.update(await slots_for(transaction.connection, self._tenant_id, missing))
                await transaction.commit()


def as_deltas(n: int) -> Select[Any]:
    """Rows of `answer` as gained (1) or lost (−1)."""
    return select(*(answer.c[name] if name != "n" else literal(n).label("n") for name in Delta._fields))


async def by_month(reading: AsyncConnection, ordered: Any, slots: SlotBook) -> AsyncIterator[dict[CellKey, Cell]]:
    """The day cells of one metric and month after the other. `ordered`: deltas by metric and local day."""
    current: tuple[str, Any] | None = None
    days: dict[CellKey, Cell] = {}
    result = await reading.stream(ordered)
    async for rows in result.partitions(_ROWS_AT_ONCE):
        for month, part in groupby(rows, lambda row: (row[0], month_of(row[3]))):
            if month != current and days:
                yield days
                days = {}
            current = month
            deltas: list[Any] = list(part)
            await slots.learn(reading, values_in(deltas))
            for key, cell in in_days(deltas, slots.slots).items():
                days.setdefault(key, Cell()).add(cell)
    if days:
        yield days
