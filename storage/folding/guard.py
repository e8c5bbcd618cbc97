"""One folder at a time: the tenant's row in `folding`, locked for a transaction or held over many by a rebuild.

PostgreSQL locks the row; on SQLite whoever writes is alone anyway. The lease is by the database's time, because the
demo's clock may stand still or jump.
"""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database_clock import this_moment
from storage.scope import insert_new
from storage.tables import folding
from surveys.errors import Refused

LEASE = timedelta(minutes=5)


async def lock(connection: AsyncConnection, tenant_id: int) -> bool:
    """Locks the folding row until the transaction ends; False when somebody else folds or holds it now."""
    await connection.execute(insert_new(connection, folding).values(tenant_id=tenant_id))
    row = (
        await connection.execute(
            select(folding.c.holder, folding.c.held_until)
            .where(folding.c.tenant_id == tenant_id)
            .with_for_update(skip_locked=True)
        )
    ).one_or_none()
    if row is None:
        return False
    if row.holder is None or row.held_until is None:
        return True
    if row.held_until > await this_moment(connection):
        return False
    # Over: whoever held it must notice, should it still be running.
    await connection.execute(update(folding).where(folding.c.tenant_id == tenant_id).values(holder=None))
    return True


async def hold(connection: AsyncConnection, tenant_id: int, holder: str) -> bool:
    """Takes the lease; False when somebody else folds or holds it."""
    if not await lock(connection, tenant_id):
        return False
    await _lease(connection, tenant_id, holder)
    return True


async def renew(connection: AsyncConnection, tenant_id: int, holder: str) -> None:
    """Locks the row for the rest of the transaction and makes the lease last. Raises Refused when it was lost."""
    held_by = await connection.scalar(
        select(folding.c.holder).where(folding.c.tenant_id == tenant_id).with_for_update()
    )
    if held_by != holder:
        raise Refused("Another process began to fold meanwhile. Nothing was changed; start the rebuild again.")
    await _lease(connection, tenant_id, holder)


async def _lease(connection: AsyncConnection, tenant_id: int, holder: str) -> None:
    until = await this_moment(connection) + LEASE
    await connection.execute(
        update(folding).where(folding.c.tenant_id == tenant_id).values(holder=holder, held_until=until)
    )


async def release(connection: AsyncConnection, tenant_id: int, holder: str) -> None:
    await connection.execute(
        update(folding)
        .where(folding.c.tenant_id == tenant_id, folding.c.holder == holder)
        .values(holder=None, held_until=None)
    )
