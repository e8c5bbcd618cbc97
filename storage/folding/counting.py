"""Counts rows into cells, in a stream: for a rebuild and for the layer of an import."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.cells import OPEN, RESPONSE, Cell, CellKey, Delta, in_days, month_of, values_in
from storage.folding.slots import known_slots, slots_for
from storage.session import Database
from storage.tables import answer, invitation, tenant
from surveys.sending.model import InvitationState

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


async def open_invitations(reading: AsyncConnection, tenant_id: int) -> list[Delta]:
    """Those that can still be answered, as storage/response_deltas.py counts them: by survey and day of delivery."""
    timezone = await reading.scalar(select(tenant.c.timezone).where(tenant.c.id == tenant_id))
    zone = ZoneInfo(str(timezone))
    delivered = select(invitation.c.survey_key, invitation.c.delivered_at).where(
        invitation.c.tenant_id == tenant_id, invitation.c.state == InvitationState.DELIVERED.value
    )
    days: Counter[tuple[str, date]] = Counter()
    async for rows in (await reading.stream(delivered)).partitions(_ROWS_AT_ONCE):
        days.update((row.survey_key, row.delivered_at.astimezone(zone).date()) for row in rows)
    return [Delta(RESPONSE, "", survey_key, day, OPEN, n, *[None] * _WITHOUT) for (survey_key, day), n in days.items()]


_WITHOUT = len(Delta._fields) - Delta._fields.index("person_id")
"""A person and dimensions."""


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
