"""Statements compiled once and handed straight to the driver: for what every tap and every message does.

SQLAlchemy still says what a statement is, renders it for each database and converts values; it is only left out of
each single execution, which costs it four to five times what the driver needs. The connection, its
pool and its errors stay SQLAlchemy's. For everything that is not done thousands of times a minute,
`connection.execute` is right.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

from storage.faults import as_sqlalchemy
from storage.session import Kind
from storage.sqlite_driver import Connection as SqliteConnection
from surveys.errors import Refused

Converter = Callable[[Any], Any] | None
Statement = Any
"""A select, insert, update or delete of SQLAlchemy without lists to expand (`IN`), given as it is or per dialect."""


@dataclass(frozen=True, slots=True)
class _Value:
    """One parameter in the order of the statement: what it is called, or the constant it always is."""

    name: str
    convert: Converter
    constant: Any
    given: bool


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    values: tuple[_Value, ...]
    row: Callable[..., Any]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]

    def arguments(self, parameters: dict[str, Any]) -> list[Any]:
        arguments = []
        for value in self.values:
            argument = parameters[value.name] if value.given else value.constant
            arguments.append(argument if value.convert is None else value.convert(argument))
        return arguments

    def rows(self, found: Sequence[Sequence[Any]]) -> list[Any]:
        if not self.converters:
            return [self.row(*one) for one in found]
        rows = []
        for one in found:
            cells = list(one)
            for place, convert in self.converters:
                cells[place] = convert(cells[place])
            rows.append(self.row(*cells))
        return rows


class Prepared:
    """A statement kept ready. Rows come back as named tuples; add RETURNING to learn how many rows there were."""

    def __init__(self, statement: Statement | Callable[[Dialect], Statement], *columns: str) -> None:
        """`columns`: those of an insert without VALUES, its parameters by the same names."""
        self._statement = statement
        self._columns = list(columns) or None
        self._compiled: dict[str, _Compiled] = {}

    async def all(self, connection: AsyncConnection, **parameters: Any) -> list[Any]:
        """Raises DBAPIError as SQLAlchemy does, without anybody's data in it; Refused when the unit has ended."""
        compiled = self._compiled.get(connection.dialect.name) or self._compile(connection.dialect)
        arguments = compiled.arguments(parameters)
        open_connection = connection.sync_connection
        if open_connection is None or open_connection.closed:
            raise Refused("This unit of work is over.")
        driver: Any = open_connection.connection.driver_connection
        try:
            if isinstance(driver, SqliteConnection):
                found = await driver.rows(compiled.sql, arguments)
            else:
                found = await driver.fetch(compiled.sql, *arguments)
        except Exception as error:
            raise await as_sqlalchemy(connection, compiled.sql, error) from None
        return compiled.rows(found)

    async def first(self, connection: AsyncConnection, **parameters: Any) -> Any:
        """The first row or None."""
        rows = await self.all(connection, **parameters)
        return rows[0] if rows else None

    def _compile(self, dialect: Dialect) -> _Compiled:
        statement = self._statement(dialect) if callable(self._statement) else self._statement
        compiler = statement.compile(dialect=dialect, column_keys=self._columns)
        columns = list(statement.exported_columns)
        row = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]  # fields of a statement
        conversions = [_result(column.type, dialect) for column in columns]
        made = _Compiled(
            sql=_with_literals(compiler),
            values=tuple(
                _value(name, compiler, dialect)
                for name in compiler.positiontup or ()
                if compiler.binds[name] not in compiler.literal_execute_params
            ),
            row=row,
            converters=tuple((place, one) for place, one in enumerate(conversions) if one is not None),
        )
        self._compiled[dialect.name] = made
        return made


def inserting(table: Table, *columns: str, returning: str | None = None, or_ignore: bool = False) -> Prepared:
    """An insert of one row with these columns; `or_ignore`: not where its unique key is there already."""

    def statement(dialect: Dialect) -> Statement:
        made = postgresql.insert(table) if dialect.name == Kind.POSTGRESQL else sqlite.insert(table)
        if or_ignore:
            made = made.on_conflict_do_nothing()
        # Otherwise PostgreSQL would be asked for the new key in any case.
        return made.returning(table.c[returning]) if returning else made.inline()

    return Prepared(statement, *columns)


def _with_literals(compiler: SQLCompiler) -> str:
    """The statement with those constants written out that SQLAlchemy leaves open until the execution."""
    sql = compiler.string
    for bind in compiler.literal_execute_params:
        literal = compiler.render_literal_value(bind.value, bind.type)
        sql = sql.replace(f"__[POSTCOMPILE_{compiler.bind_names[bind]}]", literal)
    return sql


def _value(name: str, compiler: SQLCompiler, dialect: Dialect) -> _Value:
    bind = compiler.binds[name]
    default = next((column.default for column in compiler.insert_prefetch if column.key == name), None)
    constant = default.arg if isinstance(default, ScalarElementColumnDefault) else bind.value
    return _Value(
        name=bind.key,
        convert=bind.type.dialect_impl(dialect).bind_processor(dialect),
        constant=constant,
        given=bind.required and default is None,
    )


def _result(kind: TypeEngine[Any], dialect: Dialect) -> Converter:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
