"""A connection to SQLite that crosses to its thread once per statement, where aiosqlite crosses four times.

aiosqlite makes, runs, reads and closes a cursor in four messages to the connection's thread, each some 60 µs; a tap has
a dozen statements. Here all four travel together, and rows that do not fit into one message follow when asked for.
SQLAlchemy takes the connection by `async_creator`, and knows no difference.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial
from typing import Any

import aiosqlite

FIRST_ROWS = 256
"""Rows that come back with the statement itself."""
POLL_SECONDS = 0.01
"""How often a writer asks whether its turn has come."""
TURN = 32
"""Statements that run one after the other until other tasks get their turn."""
READING_SECONDS = 0.002
"""Of processor, which a reader's statement may take from everybody."""
STEPS = 1_000
"""Of SQLite's virtual machine, some ten microseconds, between two looks at the clock."""
BEGIN_WRITING = "BEGIN IMMEDIATE"
"""Takes the write lock at once: a later statement of the transaction never waits for it."""
BEGIN_READING = "BEGIN"
"""Only says that a transaction may begin: it takes no lock and reads nothing."""

Rows = list[Any]


class Cursor:
    """The part of aiosqlite's cursor that SQLAlchemy uses. Not open in SQLite any more once all rows are here."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._open: sqlite3.Cursor | None = None
        self._rows: Rows = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> "Cursor":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> "Cursor":
        return self._take(await self._connection.run(_execute, sql, parameters))

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> "Cursor":
        return self._take(await self._connection.run(_execute_many, sql, parameters))

    async def fetchone(self) -> Any:
        if not self._rows:
            self._rows = await self._more(FIRST_ROWS)
        return self._rows.pop(0) if self._rows else None

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        wanted = size or self.arraysize
        if len(self._rows) < wanted:
            self._rows += await self._more(wanted - len(self._rows))
        taken, self._rows = self._rows[:wanted], self._rows[wanted:]
        return taken

    async def fetchall(self) -> Sequence[Any]:
        rows, self._rows = self._rows, []
        return rows + await self._more(-1)

    async def __aiter__(self) -> AsyncIterator[Any]:
        while (row := await self.fetchone()) is not None:
            yield row

    async def close(self) -> None:
        self._rows = []
        if self._open is not None:
            cursor, self._open = self._open, None
            await self._connection.run(_close, cursor)

    def _take(self, ran: tuple[sqlite3.Cursor, Rows, bool]) -> "Cursor":
        cursor, self._rows, complete = ran
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        self._open = None if complete else cursor
        return self

    async def _more(self, size: int) -> Rows:
        """Up to `size` further rows, all of them for −1."""
        if self._open is None:
            return []
        cursor = self._open
        rows: Rows
        rows, complete = await self._connection.run(_fetch, cursor, size)
        self.rowcount = cursor.rowcount
        if complete:
            self._open = None
        return rows


class Connection(aiosqlite.Connection):
    """aiosqlite's connection and thread with the quick cursor, and no message for a rollback of nothing."""

    _unsettled = False
    """A waiting task was cancelled: what it sent to the thread may still be on its way."""
    stopped: asyncio.Future[Any] | None = None
    writes = False
    """Every transaction begins with BEGIN_WRITING."""
    busy_seconds = 0.0
    _ran = 0

    def cursor(self) -> Cursor:  # type: ignore[override]  # SQLAlchemy needs no more
        return Cursor(self)

    @property
    def settled(self) -> bool:
        """The connection's thread has nothing to do, so that it may be used here."""
        return not self._unsettled

    @property
    def beginning(self) -> str:
        return BEGIN_WRITING if self.writes else BEGIN_READING

    async def begin(self) -> None:
        """Here where nobody must be waited for; in the thread where another process writes just now."""
        if self.settled:
            try:
                self._conn.execute(self.beginning)
                return
            except sqlite3.OperationalError as error:
                if not _is_busy(error):
                    raise
        await self.run(_all_rows, self.beginning, ())

    async def rows(self, sql: str, parameters: Sequence[Any]) -> Rows:
        """Runs one statement and returns all its rows.

        A writer that has begun holds SQLite's one write lock, and a reader of a file in WAL mode waits for nobody:
        nothing can keep these statements waiting, and nearly all take some 20 µs, a third of what it costs to cross to
        the thread and back (and a tenth, when thirty questions do it at once and wait for each other's turn). So they
        run here. A reader's that takes longer than READING_SECONDS is broken off and runs in the thread; COMMIT, which
        waits for the disk, always does.
        """
        if self.settled and self._conn.in_transaction:
            self._ran += 1
            if self._ran % TURN == 0:
                await asyncio.sleep(0)
            if self.writes:
                return _all_rows(self._conn, sql, parameters)
            at_once = self._in_time(sql, parameters)
            if at_once is not None:
                return at_once
        found: Rows = await self.run(_all_rows, sql, parameters)
        return found

    def _in_time(self, sql: str, parameters: Sequence[Any]) -> Rows | None:
        """All rows, or None where that takes too long. A reader loses nothing by being broken off: it sees the same
        state afterwards. https://www.sqlite.org/c3ref/interrupt.html
        """
        deadline = time.thread_time() + READING_SECONDS
        # Only here: in the thread every look would wait for its turn among the tasks.
        self._conn.set_progress_handler(lambda: time.thread_time() > deadline, STEPS)
        try:
            return _all_rows(self._conn, sql, parameters)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            return None
        finally:
            self._conn.set_progress_handler(None, STEPS)

    async def run(self, function: Any, *arguments: Any) -> Any:
        """Runs in the connection's thread, with the connection of the sqlite3 module as first argument."""
        if self.writes:
            return await self._execute(_in_turn, self.busy_seconds, function, self._conn, *arguments)
        return await self._execute(function, self._conn, *arguments)

    def stop(self) -> asyncio.Future[Any] | None:
        self.stopped = super().stop()
        return self.stopped

    async def commit(self) -> None:
        if not self.settled or self._conn.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        if self.settled and not self.writes:
            self._conn.rollback()
        elif not self.settled or self._conn.in_transaction:
            await super().rollback()
            self._unsettled = False

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # untyped there
        except asyncio.CancelledError:
            self._unsettled = True
            raise


async def connect(file: str, *pragmas: str, busy_seconds: float, writes: bool = False) -> Connection:
    """Opens a URI (`file:…?mode=rw`) without the module's own transaction control, and sets the pragmas.

    `writes`: every transaction takes the write lock. `busy_seconds`: how long a statement waits for
    another process.
    """
    last = ("PRAGMA busy_timeout=0",) if writes else ()
    opened = partial(_open, file, (*pragmas, *last), busy_seconds)
    connection = Connection(opened, iter_chunk_size=FIRST_ROWS)
    connection.writes, connection.busy_seconds = writes, busy_seconds
    # A process that ends without closing is not held up by an idle thread; SQLAlchemy does the same.
    connection._thread.daemon = True
    try:
        await connection
    except BaseException:
        # aiosqlite stops the thread of a connection that failed, and does not wait for it.
        if connection.stopped is not None:
            await connection.stopped
        raise
    return connection


def _open(file: str, pragmas: Sequence[str], busy_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        file, uri=True, isolation_level=None, timeout=busy_seconds, check_same_thread=False, cached_statements=256
    )
    try:
        for pragma in pragmas:
            # Of two that turn a new file's journal to WAL at once SQLite refuses one, whatever its timeout is: each
            # holds what the other waits for. https://www.sqlite.org/c3ref/busy_handler.html
            _in_turn(busy_seconds, connection.execute, pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def _in_turn(busy_seconds: float, function: Any, *arguments: Any) -> Any:
    """Waits for another process that writes, and finds even a short gap between its transactions.

    SQLite itself asks again at distances that grow to 100 ms: https://www.sqlite.org/c3ref/busy_timeout.html
    """
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            return function(*arguments)
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
        time.sleep(POLL_SECONDS)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    """Another process writes, and nothing was done. The lowest byte is the kind.

    https://www.sqlite.org/rescode.html#busy
    """
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _execute(connection: sqlite3.Connection, sql: str, parameters: Sequence[Any]) -> tuple[sqlite3.Cursor, Rows, bool]:
    cursor = connection.cursor()
    cursor.execute(sql, parameters)
    if cursor.description is None:
        cursor.close()
        return cursor, [], True
    rows = cursor.fetchmany(FIRST_ROWS)
    complete = len(rows) < FIRST_ROWS
    return cursor, rows, complete


def _all_rows(connection: sqlite3.Connection, sql: str, parameters: Sequence[Any]) -> Rows:
    return connection.execute(sql, parameters).fetchall()


def _execute_many(
    connection: sqlite3.Connection, sql: str, parameters: Iterable[Sequence[Any]]
) -> tuple[sqlite3.Cursor, Rows, bool]:
    cursor = connection.cursor()
    cursor.executemany(sql, parameters)
    return cursor, [], True


def _fetch(_connection: sqlite3.Connection, cursor: sqlite3.Cursor, size: int) -> tuple[Rows, bool]:
    rows = cursor.fetchall() if size < 0 else cursor.fetchmany(size)
    return rows, size < 0 or len(rows) < size


def _close(_connection: sqlite3.Connection, cursor: sqlite3.Cursor) -> None:
    cursor.close()
