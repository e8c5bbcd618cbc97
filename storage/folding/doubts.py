"""Bitmaps cannot count, so a lost answer leaves a doubt: does the person still have another one in that cell?

The rows know. Doubts are settled in the fold that makes them; what is left is asked of the rows by the reader.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice

from pyroaring import BitMap64
from sqlalchemy import literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.cells import DAY, FOLDED, MONTH, Cell, CellKey, Delta, month_of
from storage.folding.layers import put_cells
from storage.folding.packing import pair, unpair
from storage.folding.slots import all_slots
from storage.folding.visible import scored
from storage.tables import answer, score_delta

_PEOPLE_AT_ONCE = 300


async def settle(connection: AsyncConnection, tenant_id: int, layer_id: int, cells: Mapping[CellKey, Cell]) -> None:
    """Takes the doubts out of cells of a layer, as they were just written."""
    open_cells = {key: cell for key, cell in cells.items() if cell.doubtful}
    if not open_cells:
        return
    slots = await all_slots(connection, tenant_id, FOLDED)
    people = iter(sorted({unpair(member)[1] for cell in open_cells.values() for member in cell.doubtful}))
    while some := list(islice(people, _PEOPLE_AT_ONCE)):
        folded = await _folded_answers(connection, tenant_id, some, slots)
        asked = BitMap64(some)
        for key, cell in open_cells.items():
            for member in [member for member in cell.doubtful if unpair(member)[1] in asked]:
                if folded[key, member] > 0:
                    cell.people.add(member)
                else:
                    cell.people.discard(member)
                cell.doubtful.discard(member)
    await put_cells(connection, tenant_id, layer_id, open_cells, known=open_cells)


async def _folded_answers(
    connection: AsyncConnection, tenant_id: int, people: Sequence[int], slots: Mapping[tuple[str, str], int]
) -> Counter[tuple[CellKey, int]]:
    """How many answers of these people are folded, by cell and member.

    That is the rows less the waiting deltas, in one statement and so in one snapshot: a delta that still waits will
    bring its own mark, and must not be counted twice.
    """
    gained = [answer.c[name] if name != "n" else literal(1).label("n") for name in Delta._fields]
    waiting = [score_delta.c[name] if name != "n" else (-score_delta.c.n).label("n") for name in Delta._fields]
    rows = await connection.execute(
        union_all(
            select(*gained).where(scored(tenant_id), answer.c.person_id.in_(people)),
            select(*waiting).where(score_delta.c.tenant_id == tenant_id, score_delta.c.person_id.in_(people)),
        )
    )
    found: Counter[tuple[CellKey, int]] = Counter()
    for row in rows:
        delta = Delta._make(row)
        assert delta.person_id is not None
        for dimension in FOLDED:
            value = delta.value(dimension)
            slot = 0 if value is None else slots.get((dimension, value))
            if slot is None:
                continue
            member = pair(slot, delta.person_id)
            for grain, bucket in ((DAY, delta.local_day), (MONTH, month_of(delta.local_day))):
                key = CellKey(dimension, delta.metric, grain, bucket, delta.series, delta.survey_key)
                found[key, member] += delta.n
    return found
