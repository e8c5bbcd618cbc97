"""The SQL statements of one tap, found by watching: recorded from the product, so that the floor runs the very same."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

from storage.sqlite_driver import Connection as SqliteConnection
from storage.unit_of_work import SqlStore

Values = Mapping[str, Any]
"""What differs from tap to tap, by its name."""


@dataclass(frozen=True, slots=True)
class Constant:
    value: Any


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter that differs from tap to tap."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    sql: str
    parameters: tuple[Constant | Named, ...]
    returns: bool
    """It hands back the id of the response that it made."""

    def filled(self, values: Values) -> tuple[Any, ...]:
        return tuple(one.value if isinstance(one, Constant) else values[one.name] for one in self.parameters)


Recorded = list[tuple[str, tuple[Any, ...]]]
"""SQL and parameters, in order."""
Keep = Callable[[str, Sequence[Any]], None]


@asynccontextmanager
async def recording(store: SqlStore) -> AsyncIterator[Recorded]:
    """What the product hands to its driver, from BEGIN to the last statement before COMMIT."""
    statements: Recorded = []

    def keep(sql: str, parameters: Sequence[Any]) -> None:
        if not sql.startswith(("COMMIT", "ROLLBACK")):
            statements.append((sql, tuple(parameters)))

    # One tap after the other takes the one connection that is in the pool.
    async with store.database.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
    if isinstance(driver, SqliteConnection):
        with told_to(driver, keep):
            yield statements
    else:
        assert driver is not None
        with logged(driver, store.database.engine.sync_engine, keep):
            yield statements
            await asyncio.sleep(0)  # asyncpg tells its loggers in the loop's next turn


@contextmanager
def logged(driver: Any, engine: Engine, keep: Keep) -> Iterator[None]:
    """asyncpg logs what is given to the connection itself, SQLAlchemy tells what it prepares and runs."""

    def through_sqlalchemy(_connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, _many: bool) -> None:
        keep(sql, values)

    def straight(query: Any) -> None:
        keep(query.query, query.args)

    event.listen(engine, "before_cursor_execute", through_sqlalchemy)
    driver.add_query_logger(straight)
    try:
        yield
    finally:
        driver.remove_query_logger(straight)
        event.remove(engine, "before_cursor_execute", through_sqlalchemy)


@contextmanager
def told_to(driver: SqliteConnection, keep: Keep) -> Iterator[None]:
    """aiosqlite has no logger of queries: for a moment this very connection tells what it is told to run."""
    begin, run, rows, inside = driver.begin, driver.run, driver.rows, False

    async def told_to_begin() -> None:
        keep(driver.beginning, ())
        await begin()

    async def told_to_run(function: Any, *arguments: Any) -> Any:
        if not inside and len(arguments) == 2 and isinstance(arguments[0], str):
            keep(*arguments)
        return await run(function, *arguments)

    async def told_to_fetch(sql: str, parameters: Sequence[Any]) -> list[Any]:
        nonlocal inside
        keep(sql, parameters)
        inside = True  # it may run the same statement by the other way
        try:
            return await rows(sql, parameters)
        finally:
            inside = False

    driver.begin, driver.run, driver.rows = told_to_begin, told_to_run, told_to_fetch  # type: ignore[method-assign]
    try:
        yield
    finally:
        del driver.begin, driver.run, driver.rows


def merged(recordings: Sequence[tuple[Recorded, Values]]) -> list[Statement]:
    """One tap's statements from the recordings of several. Raises AssertionError where they cannot be understood."""
    first, _ = recordings[0]
    assert first[0][0].startswith("BEGIN"), "a transaction was not seen to begin"
    assert any("INTO answer" in sql for sql, _ in first), "the tap's own statements were not seen"
    assert all(len(statements) == len(first) for statements, _ in recordings), "taps differ in their statements"
    return [_merged(recordings, number) for number in range(len(first))]


def _merged(recordings: Sequence[tuple[Recorded, Values]], number: int) -> Statement:
    sql = recordings[0][0][number][0]
    assert all(statements[number][0] == sql for statements, _ in recordings), "taps differ in their statements"
    seen = zip(*(statements[number][1] for statements, _ in recordings), strict=True)
    known = [values for _, values in recordings]
    return Statement(
        sql=sql,
        parameters=tuple(_parameter(together, known) for together in seen),
        returns="RETURNING" in sql and "INTO response" in sql,
    )


def _parameter(seen: Sequence[Any], known: Sequence[Values]) -> Constant | Named:
    if all(value == seen[0] for value in seen):
        return Constant(seen[0])
    names = [name for name in known[0] if [values[name] for values in known] == list(seen)]
    assert len(names) == 1, f"what differs from tap to tap is one thing that has a name here, not {names or seen}"
    return Named(names[0])
