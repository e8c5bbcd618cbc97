"""One import at a time for a database, told apart from one that died: a lock that ends with its process.

PostgreSQL: an advisory lock of a session of its own. SQLite: an exclusive lock on a small file beside the database,
taken by SQLite itself, so that it works wherever SQLite does.
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, closing

from sqlalchemy import text

from storage.faults import translated
from storage.session import Database

_LOCK_SPACE = 0x1A907
"""First half of the advisory lock's key; the second is the tenant."""


@asynccontextmanager
async def only_import(database: Database, tenant_id: int) -> AsyncIterator[bool]:
    """True: nobody else imports or undoes until the block is left. False: somebody does just now."""
    if database.file is not None:
        beside = database.file.with_name(f"{database.file.name}-import")
        with closing(sqlite3.connect(beside, timeout=0, isolation_level=None)) as lock:
            yield _taken(lock)
        return
    with translated(connecting=True):
        session = await database.engine.connect()
    async with aclosing(session):
        # Without a transaction: an open one that does nothing is ended by the server.
        await session.execution_options(isolation_level="AUTOCOMMIT")
        key = {"space": _LOCK_SPACE, "tenant": tenant_id % 2**31}
        got = bool(await session.scalar(text("SELECT pg_try_advisory_lock(:space, :tenant)"), key))
        try:
            yield got
        finally:
            if got:
                await session.execute(text("SELECT pg_advisory_unlock(:space, :tenant)"), key)


def _taken(lock: sqlite3.Connection) -> bool:
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        return False
    return True
