"""Everything that a store holds: to compare before with after, and to look for what must not be there."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Table, select

from storage.tables import metadata
from storage.unit_of_work import SqlStore

Stored = Mapping[str, list[tuple[Any, ...]]]
"""Table → its rows, in the order of their keys."""

NOT_A_CHANGE = ("inbound_event", "conversation")
"""That somebody did something is remembered, and so is the conversation where it was done."""


async def everything_stored(store: SqlStore, tenant_id: int, *, without: Collection[str] = ()) -> Stored:
    """All rows of one tenant, from one snapshot, but for the tables `without`."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    async with store.database.reading(tenant_id) as transaction:
        for table in metadata.sorted_tables:
            if table.name in without:
                continue
            rows = await transaction.connection.execute(_of_tenant(table, tenant_id))
            found[table.name] = [tuple(row) for row in rows]
    return found


def _of_tenant(table: Table, tenant_id: int) -> Any:
    owner = table.c.get("tenant_id", table.c.id if "id" in table.c else None)
    assert owner is not None, f"{table.name} belongs to no tenant"
    return select(table).where(owner == tenant_id).order_by(*table.primary_key.columns)


def differences(before: Stored, after: Stored) -> dict[str, tuple[list[Any], list[Any]]]:
    """Table → (rows that are gone, rows that are new); empty when nothing changed."""
    changed = {}
    for table in before:
        gone = [row for row in before[table] if row not in after[table]]
        new = [row for row in after[table] if row not in before[table]]
        if gone or new:
            changed[table] = (gone, new)
    return changed
