"""What a killed import left: undone, or brought to its end where it had begun to count. Called at every start."""

from datetime import datetime

from storage.imports import batches
from storage.imports.exclusive import only_import
from storage.imports.settling import settle, undo
from storage.session import Database
from storage.unit_of_work import SqlStore
from surveys.importing.model import ImportKind

BUSY = "Another import is running. Wait until it is done, and start this one again."


async def undo_unfinished(store: SqlStore, *, at: datetime) -> int:
    """For every tenant, unless an import is running just now; how many batches were undone or brought to their end."""
    tidied = 0
    async with store.system() as system:
        tenants = await system.tenants()
    for tenant in tenants:
        async with only_import(store.database, tenant.id) as alone:
            if alone:
                tidied += await tidy_up(store.database, tenant.id, at=at)
    return tidied


async def tidy_up(
    database: Database, tenant_id: int, *, at: datetime, keep: tuple[ImportKind, str] | None = None
) -> int:
    """The caller is the only import. `keep`: kind and digest of a file whose writing is taken up again, not undone."""
    async with database.reading(tenant_id) as snapshot:
        left = await batches.unfinished(snapshot.connection, tenant_id)
    tidied = 0
    for batch in left:
        if batch.state == batches.COMPLETE:
            await settle(database, tenant_id, batch, at)
        elif batch.state == batches.UNDONE or (batch.kind, batch.file_digest) != keep:
            await undo(database, tenant_id, batch, at)
        else:
            continue
        tidied += 1
    return tidied
