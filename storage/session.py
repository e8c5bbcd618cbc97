"""Connections and transactions: how each database wants to be opened, begun and left. No table is named here.

SQLite: one writer connection per process behind an async lock, `BEGIN IMMEDIATE`; a pool of readers with plain
`BEGIN` that cannot write. PostgreSQL: every transaction takes a role of its own and, for a tenant, its id, both
`LOCAL`: a pooled connection forgets them at the end (`storage.postgresql`, threat 5).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage import postgresql, sqlite
from storage.addresses import async_url
from storage.faults import translated, without_values
from storage.sqlite_driver import Connection, connect
from surveys.errors import Refused

APP_ROLE = "cx_pulse_app"
SYSTEM_ROLE = "cx_pulse_system"

READERS = 4
"""Reader connections to SQLite, each with a thread of its own."""
BUSY_SECONDS = 5.0
"""How long SQLite waits for another process's lock; inside the process the async lock waits."""
READER_KIB = 8_192
"""A reader's page cache: what a question reads fits into it. A larger one takes longer to empty after each commit."""
CONNECTIONS = 20
"""To PostgreSQL, each opened when it is first needed and then kept: opening one costs as much as ten taps."""
POOL_SECONDS = 30.0
"""How long a unit waits for a connection of the pool before the database counts as away."""
STATEMENT_MILLISECONDS = 30_000
LOCK_MILLISECONDS = 10_000
IDLE_MILLISECONDS = 120_000


class Kind(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One open transaction. Leaving its block without `commit` rolls back; nothing runs after either."""

    connection: AsyncConnection

    async def commit(self) -> None:
        if self.connection.closed:
            raise Refused("This unit of work is over.")
        with translated():
            await (postgresql if _kind(self.connection) is Kind.POSTGRESQL else sqlite).commit(self.connection)
        # A further statement would run by itself, without role and tenant.
        await self.connection.close()


def _kind(connection: AsyncConnection) -> Kind:
    return Kind(connection.dialect.name)


class Database:
    """The engines of one database. Made by `open_database`; `dispose` when the process ends."""

    def __init__(
        self, kind: Kind, *, writer: AsyncEngine, reader: AsyncEngine, engine: AsyncEngine, file: Path | None = None
    ) -> None:
        """`file`: the database itself, on SQLite."""
        self.kind = kind
        self.file = file
        self.engine = engine
        """For migrations, checks and administration, never for a unit of work."""
        self._writer = writer
        self._reader = reader
        self._one_writer = asyncio.Lock()

    def writing(self, tenant_id: int) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that may write the rows of one tenant."""
        return self._begin(APP_ROLE, tenant_id, reads=False)

    def reading(self, tenant_id: int) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that sees one snapshot of one tenant's rows and cannot write."""
        return self._begin(APP_ROLE, tenant_id, reads=True)

    def system(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction over all tenants, with the rights of the system role only."""
        return self._begin(SYSTEM_ROLE, None, reads=False)

    def watching(self) -> AbstractAsyncContextManager[Transaction]:
        """As `system`, but it only reads: never in the way of the writer."""
        return self._begin(SYSTEM_ROLE, None, reads=True)

    async def dispose(self) -> None:
        await self._reader.dispose()
        await self._writer.dispose()

    @asynccontextmanager
    async def _begin(self, role: str, tenant_id: int | None, *, reads: bool) -> AsyncIterator[Transaction]:
        async with nullcontext() if reads or self.kind is Kind.POSTGRESQL else self._one_writer:
            connection = await self._started(role, tenant_id, reads=reads)
            try:
                with translated():
                    yield Transaction(connection)
            finally:
                # What is still open the pool rolls back.
                await connection.close()

    async def _started(self, role: str, tenant_id: int | None, *, reads: bool) -> AsyncConnection:
        with translated():
            try:
                return await self._start(role, tenant_id, reads=reads)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            # The first statement found that the server had gone: now another connection, fresh where the driver
            # knows of it. A look at every check-out (pool_pre_ping) would cost three round trips each time.
            return await self._start(role, tenant_id, reads=reads)

    async def _start(self, role: str, tenant_id: int | None, *, reads: bool) -> AsyncConnection:
        with translated(connecting=True):
            connection = await (self._reader if reads else self._writer).connect()
        try:
            if self.kind is Kind.POSTGRESQL:
                await postgresql.begin(connection, role, tenant_id, reads=reads)
            else:
                await sqlite.begin(connection)
        except BaseException:
            await connection.close()
            raise
        return connection


def open_database(url: str, *, create: bool = False, busy_seconds: float = BUSY_SECONDS) -> Database:
    """Engines for a database; nothing is connected yet. SQLite alone knows both: `create` lets a file that is not
    there be made, `busy_seconds` is how long another process's lock is waited for."""
    parsed = async_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, create=create, busy_seconds=busy_seconds)
    return _open_postgresql(parsed)


def _open_sqlite(url: URL, *, create: bool, busy_seconds: float) -> Database:
    # As a URI with mode=rw a missing file is an error, not an empty database made by a look at it.
    path = Path(url.database or "").absolute()
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    file = f"file:{quote(str(path))}?mode={'rwc' if create else 'rw'}"
    opening = partial(connect, file, "PRAGMA foreign_keys=ON", busy_seconds=busy_seconds)
    writer = _sqlite_engine(partial(opening, "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", writes=True), size=1)
    reader = _sqlite_engine(
        partial(opening, "PRAGMA query_only=ON", f"PRAGMA cache_size=-{READER_KIB}", writes=False), size=READERS
    )
    return Database(Kind.SQLITE, writer=writer, reader=reader, engine=sqlite.transactional(writer), file=path)


def _sqlite_engine(opening: Callable[[], Coroutine[Any, Any, Connection]], *, size: int) -> AsyncEngine:
    # The URL only names the dialect; a file that is no `:memory:` gets a pool.
    return create_async_engine(
        "sqlite+aiosqlite:///cx",
        async_creator=opening,
        hide_parameters=True,
        pool_size=size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
    )


def _open_postgresql(url: URL) -> Database:
    engine = create_async_engine(
        url,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_recycle=1800,
        connect_args={
            "timeout": 5,
            "server_settings": {
                "application_name": "cx-pulse",
                "timezone": "UTC",
                "statement_timeout": str(STATEMENT_MILLISECONDS),
                "lock_timeout": str(LOCK_MILLISECONDS),
                "idle_in_transaction_session_timeout": str(IDLE_MILLISECONDS),
            },
        },
    )
    event.listen(engine.sync_engine, "handle_error", without_values)
    postgresql.watch(engine)
    transactional = engine.execution_options(isolation_level="READ COMMITTED")
    return Database(Kind.POSTGRESQL, writer=engine, reader=engine, engine=transactional)
