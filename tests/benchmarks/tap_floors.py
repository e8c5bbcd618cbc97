"""The driver alone, running the statements of a tap: one transaction per tap, nothing of the product.

The first of the statements begins the transaction, as the product does.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

import aiosqlite
import asyncpg
from sqlalchemy import make_url

from storage.session import CONNECTIONS
from tests.benchmarks.tap_statements import Statement, Values

PRAGMAS = ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL")
"""The product's own."""


Each = TypeVar("Each")


class Floor(Protocol):
    name: str

    async def tap_all(self, taps: Sequence[Values], width: int) -> None:
        """Every tap once, `width` at a time."""

    async def close(self) -> None: ...


async def in_turns(act: Callable[[Each], Awaitable[None]], each: Sequence[Each], width: int) -> None:
    """Acts on each, `width` at a time, in their order."""
    waiting = iter(each)

    async def work() -> None:
        for one in waiting:
            await act(one)

    await asyncio.gather(*(work() for _ in range(width)))


class SqliteFloor:
    """The module `sqlite3` in this very thread: no event loop, no crossing to another thread. There is one writer, so
    that tapping at once is tapping one after the other."""

    name = "sqlite3"

    def __init__(self, file: str, statements: Sequence[Statement]) -> None:
        self._begin, self._statements = statements[0].sql, statements[1:]
        self._connection = sqlite3.connect(file, isolation_level=None, cached_statements=256)
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")

    async def tap_all(self, taps: Sequence[Values], width: int) -> None:
        for tap in taps:
            self._tap(dict(tap))

    def _tap(self, values: dict[str, Any]) -> None:
        self._connection.execute(self._begin)
        for statement in self._statements:
            rows = self._connection.execute(statement.sql, statement.filled(values)).fetchall()
            if statement.returns:
                values["response_id"] = rows[0][0]
        self._connection.execute("COMMIT")

    async def close(self) -> None:
        self._connection.close()


class AiosqliteFloor:
    """The asynchronous driver that the product's is made from: every statement crosses to a thread once."""

    name = "aiosqlite"

    def __init__(self, connection: aiosqlite.Connection, statements: Sequence[Statement]) -> None:
        self._begin, self._statements = statements[0].sql, statements[1:]
        self._connection = connection
        self._one_writer = asyncio.Lock()

    @classmethod
    async def connect(cls, file: str, statements: Sequence[Statement]) -> "AiosqliteFloor":
        connection = await aiosqlite.connect(file, isolation_level=None, cached_statements=256)
        for pragma in PRAGMAS:
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        return cls(connection, statements)

    async def tap_all(self, taps: Sequence[Values], width: int) -> None:
        await in_turns(self._tap, taps, width)

    async def _tap(self, tap: Values) -> None:
        values = dict(tap)
        async with self._one_writer:
            await self._connection.execute_fetchall(self._begin)
            for statement in self._statements:
                rows = list(await self._connection.execute_fetchall(statement.sql, statement.filled(values)))
                if statement.returns:
                    values["response_id"] = rows[0][0]
            await self._connection.commit()

    async def close(self) -> None:
        await self._connection.close()


class PostgresFloor:
    """asyncpg with every statement prepared once per connection."""

    name = "asyncpg"

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._begin, self._statements = statements[0].sql, statements[1:]
        self._free: asyncio.LifoQueue[tuple[Any, list[Any]]] = asyncio.LifoQueue()

    @classmethod
    async def connect(cls, url: str, statements: Sequence[Statement]) -> "PostgresFloor":
        floor = cls(statements)
        place = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        for _ in range(CONNECTIONS):
            connection = await asyncpg.connect(place)
            floor._free.put_nowait((connection, await floor._prepare(connection)))
        return floor

    async def _prepare(self, connection: Any) -> list[Any]:
        """Under the role that may see the tables, which the beginning takes."""
        await connection.execute(self._begin)
        prepared = [await connection.prepare(statement.sql) for statement in self._statements]
        await connection.execute("ROLLBACK")
        return prepared

    async def tap_all(self, taps: Sequence[Values], width: int) -> None:
        await in_turns(self._tap, taps, width)

    async def _tap(self, tap: Values) -> None:
        values = dict(tap)
        connection, prepared = await self._free.get()
        await connection.execute(self._begin)
        for statement, ready in zip(self._statements, prepared, strict=True):
            rows = await ready.fetch(*statement.filled(values))
            if statement.returns:
                values["response_id"] = rows[0][0]
        await connection.execute("COMMIT")
        self._free.put_nowait((connection, prepared))

    async def close(self) -> None:
        while not self._free.empty():
            connection, _ = self._free.get_nowait()
            await connection.close()
