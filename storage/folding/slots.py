"""The places of dimension values in packed rows: given out once, never changed, never reused."""

from collections.abc import Collection

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.cells import Slots
from storage.tables import dimension_value

_MOST_PARAMETERS = 500
_LOCK_SPACE = 0x0C7
"""First half of the advisory lock's key; the second is the tenant."""


async def all_slots(
    connection: AsyncConnection, tenant_id: int, dimensions: Collection[str]
) -> dict[tuple[str, str], int]:
    """Every value of these dimensions that was ever folded."""
    rows = await connection.execute(
        select(dimension_value.c.dimension, dimension_value.c.value, dimension_value.c.slot).where(
            dimension_value.c.tenant_id == tenant_id, dimension_value.c.dimension.in_(sorted(dimensions))
        )
    )
    return {(dimension, value): slot for dimension, value, slot in rows}


async def known_slots(
    connection: AsyncConnection, tenant_id: int, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Those of the wanted (dimension, value) that have a slot."""
    found: dict[tuple[str, str], int] = {}
    for dimension in sorted({dimension for dimension, _ in wanted}):
        values = sorted(value for of, value in wanted if of == dimension)
        for start in range(0, len(values), _MOST_PARAMETERS):
            rows = await connection.execute(
                select(dimension_value.c.value, dimension_value.c.slot).where(
                    dimension_value.c.tenant_id == tenant_id,
                    dimension_value.c.dimension == dimension,
                    dimension_value.c.value.in_(values[start : start + _MOST_PARAMETERS]),
                )
            )
            found.update({(dimension, value): slot for value, slot in rows})
    return found


async def slots_for(connection: AsyncConnection, tenant_id: int, wanted: Collection[tuple[str, str]]) -> Slots:
    """Slots of all wanted values; new ones are given out in this transaction, one giver at a time."""
    found = await known_slots(connection, tenant_id, wanted)
    if len(found) == len(wanted):
        return found
    if connection.dialect.name == "postgresql":
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(:space, :tenant)"), {"space": _LOCK_SPACE, "tenant": tenant_id % 2**31}
        )
        found = await known_slots(connection, tenant_id, wanted)
    missing = sorted(set(wanted) - found.keys())
    rows = await connection.execute(
        select(dimension_value.c.dimension, func.max(dimension_value.c.slot))
        .where(dimension_value.c.tenant_id == tenant_id)
        .group_by(dimension_value.c.dimension)
    )
    last = {str(dimension): int(slot) for dimension, slot in rows}
    for dimension, value in missing:
        found[dimension, value] = last[dimension] = last.get(dimension, 0) + 1
    if missing:
        await connection.execute(
            insert(dimension_value),
            [
                {"tenant_id": tenant_id, "dimension": dimension, "value": value, "slot": found[dimension, value]}
                for dimension, value in missing
            ],
        )
    return found
