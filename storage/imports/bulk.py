"""Many rows in one statement, and ids in blocks: the drivers' own fast ways, through SQLAlchemy's connection.

PostgreSQL refuses COPY into tables under row-level security, so rows go in as arrays (`unnest`), which measured
within 15 % of COPY. https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9
Statements are put together from the names of our own tables and columns; whatever a file said goes in as a parameter.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, Column, Date, String, Table, Text, bindparam, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import types
from storage.session import Database, Kind
from storage.sqlite_driver import Connection as SqliteConnection
from storage.types import UtcDateTime

Values = tuple[Any, ...]
"""One row, in the order of the columns."""

CHECKPOINT_PAGES = 16_000
USUAL_CHECKPOINT_PAGES = 1_000
CACHE_KIB = 131_072
USUAL_CACHE_KIB = 2_000


async def insert_rows(
    connection: AsyncConnection, table: Table, columns: Sequence[str], rows: Sequence[Values]
) -> None:
    """Values are Python's own (aware times in UTC, dates); defaults of columns that are not named do not apply."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        arrays = tuple(list(column) for column in zip(*rows, strict=True))
        await connection.exec_driver_sql(_unnest(table, tuple(columns)), arrays)
        return
    encoders = [(place, encode) for place, name in enumerate(columns) if (encode := _encoder(table.c[name]))]
    await connection.exec_driver_sql(_values(table, tuple(columns)), [_encoded(row, encoders) for row in rows])


@lru_cache
def _unnest(table: Table, columns: tuple[str, ...]) -> str:
    arrays = ", ".join(f"${place}::{_array_type(table.c[name])}[]" for place, name in enumerate(columns, start=1))
    return f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"  # noqa: S608 - our own names


def _array_type(column: Column[Any]) -> str:
    # A cast to varchar(n) would cut a long text without a word; as text it is refused by the column.
    if isinstance(column.type, String | Text | types.String | types.Text):
        return "text"
    return str(column.type.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]


@lru_cache
def _values(table: Table, columns: tuple[str, ...]) -> str:
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our own names


def _encoder(column: Column[Any]) -> Callable[[Any], Any] | None:
    """What SQLAlchemy's SQLite types would do to a value, where the driver does not do it itself."""
    if isinstance(column.type, UtcDateTime):
        return _sqlite_time
    if isinstance(column.type, Date):
        return _sqlite_date
    return int if isinstance(column.type, Boolean) else None


@lru_cache(maxsize=20_000)
def _sqlite_time(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


@lru_cache(maxsize=20_000)
def _sqlite_date(value: date) -> str:
    return value.isoformat()


def _encoded(row: Values, encoders: Iterable[tuple[int, Callable[[Any], Any]]]) -> Values:
    cells = list(row)
    for place, encode in encoders:
        if cells[place] is not None:
            cells[place] = encode(cells[place])
    return tuple(cells)


async def next_ids(connection: AsyncConnection, table: Table, count: int) -> Sequence[int]:
    """Ids that nobody else gets. On SQLite the caller holds the write lock, so the highest one is known."""
    if connection.dialect.name == "postgresql":
        result = await connection.exec_driver_sql(
            f"SELECT nextval('{table.name}_id_seq') FROM generate_series(1, $1)",  # noqa: S608 - our own names
            (count,),
        )
        return [row[0] for row in result]
    result = await connection.exec_driver_sql(f"SELECT coalesce(max(id), 0) FROM {table.name}")  # noqa: S608 - our own names
    highest = int(result.scalar_one())
    return range(highest + 1, highest + 1 + count)


async def select_in(
    connection: AsyncConnection,
    table: Table,
    columns: Sequence[str],
    *,
    tenant_id: int,
    key: str,
    keys: Collection[Any],
) -> Sequence[Values]:
    """Rows of the tenant whose `key` (a text or an id) is among `keys`, as the driver gives them."""
    if not keys:
        return []
    chosen = f"SELECT {', '.join(columns)} FROM {table.name} WHERE tenant_id"  # noqa: S608 - our own names
    if connection.dialect.name == "postgresql":
        of = "text" if isinstance(next(iter(keys)), str) else "bigint"
        result = await connection.exec_driver_sql(f"{chosen} = $1 AND {key} = ANY($2::{of}[])", (tenant_id, list(keys)))
    else:
        listed = json.dumps(list(keys))
        result = await connection.exec_driver_sql(
            f"{chosen} = ? AND {key} IN (SELECT value FROM json_each(?))",  # noqa: S608 - our own names
            (tenant_id, listed),
        )
    return [tuple(row) for row in result]


async def update_rows(
    connection: AsyncConnection, table: Table, *, tenant_id: int, by: str, changes: Mapping[Any, Mapping[str, Any]]
) -> None:
    """Sets columns row by row: {value of `by`: {column: new value}}. Rows with the same columns go together."""
    together: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for key, values in changes.items():
        together.setdefault(tuple(values), []).append(
            {"of_key": key, **{f"new_{name}": values[name] for name in values}}
        )
    for names, rows in together.items():
        await connection.execute(_update(table, by, names), [{"of_tenant": tenant_id, **row} for row in rows])


@lru_cache(maxsize=100)
def _update(table: Table, by: str, names: tuple[str, ...]) -> Any:
    return (
        update(table)
        .where(table.c.tenant_id == bindparam("of_tenant"), table.c[by] == bindparam("of_key"))
        .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
    )


async def learn_sizes(connection: AsyncConnection) -> None:
    """Lets PostgreSQL plan anew, in every session, with what the tables hold by now.

    It plans the check of a foreign key once in a session. Planned on a new database, where all tables are empty, the
    check goes through an index that knows the tenant only, and reads every row for every row (measured: 12 s for a
    chunk of 1,000). Its own analysis comes a minute later. https://www.postgresql.org/docs/current/sql-analyze.html
    """
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql("SELECT cx_learn_sizes()")


async def tune(database: Database, *, importing: bool) -> None:
    """SQLite: while importing the log grows larger before it is moved into the file (measured: a third faster).

    Moving it (a checkpoint) holds no lock that a tap waits for. Nor need a chunk reach the disk before the next one: a
    power cut makes the log end earlier, never with a hole, and the import is resumed from there; what a tap commits
    reaches the disk together with all that came before it. https://www.sqlite.org/wal.html#performance_considerations
    """
    if database.kind is not Kind.SQLITE:
        return
    pages, kib, synchronous = (
        (CHECKPOINT_PAGES, CACHE_KIB, "NORMAL") if importing else (USUAL_CHECKPOINT_PAGES, USUAL_CACHE_KIB, "FULL")
    )
    async with database.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, SqliteConnection)
        # Outside a transaction: inside one the last of them would be refused.
        for pragma in (f"wal_autocheckpoint={pages}", f"cache_size=-{kib}", f"synchronous={synchronous}"):
            await driver.rows(f"PRAGMA {pragma}", ())
