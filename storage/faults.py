"""Where a driver's error becomes ours: what "the database is away" looks like, and what an error may say.

Anything that is not about the database being away, full, locked or shutting down passes through unchanged: it is a
fault of ours, and the boundary above logs it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from surveys.errors import StorageUnavailable

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL_CLASSES = ("08", "53", "58")
"""Connection, insufficient resources (53100 is a full disk), system error."""
_POSTGRESQL_STATES = frozenset(
    {"57P01", "57P02", "57P03", "57P05", "57014", "55P03", "40001", "40P01", "25P03", "25006"}
)
"""Shutdown, starting up, idle or statement time-out, lock time-out, serialisation, deadlock, read-only standby."""
_SQLITE_WORDS = (
    "database is locked",
    "database table is locked",
    "disk is full",
    "disk i/o error",
    "unable to open database file",
    "readonly database",
    "no active connection",
    "connection closed",
)


FULL = "The disk of the database is full. Nothing was changed; make room, and try again."


def _is_full(error: DBAPIError) -> bool:
    return "disk is full" in str(error.orig).lower() or getattr(error.orig, "sqlstate", None) == "53100"


def is_unavailable(error: DBAPIError) -> bool:
    """True where the same statement may work later and nothing was written."""
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    if isinstance(state, str):
        return state in _POSTGRESQL_STATES or state.startswith(_POSTGRESQL_CLASSES)
    if isinstance(error, OperationalError | InterfaceError):
        words = str(error.orig).lower()
        return any(part in words for part in _SQLITE_WORDS)
    return False


def without_values(context: ExceptionContext) -> None:
    """Takes people's data out of an error before anybody can log it (threat 13); listens to `handle_error`."""
    driver = context.original_exception
    hide_values(driver.__cause__, driver, context.sqlalchemy_exception)


def hide_values(*errors: BaseException | None) -> None:
    """PostgreSQL's DETAIL repeats the row that a constraint refused, and errors of class 22 repeat the value itself."""
    state = next((str(found) for one in errors if (found := getattr(one, "sqlstate", None))), "")
    for error in errors:
        if error is None or not error.args or not isinstance(error.args[0], str):
            continue
        if getattr(error, "detail", None):
            error.detail = None  # type: ignore[attr-defined]  # asked for just above
        said = error.args[0]
        # asyncpg refuses a value of the wrong type before it is sent, without a state.
        hidden = state.startswith("22") or "invalid input for query argument" in said
        error.args = (f"{type(error).__name__} [value hidden]" if hidden else said.split("\nDETAIL:")[0],)


async def as_sqlalchemy(connection: AsyncConnection, sql: str, error: Exception) -> Exception:
    """The driver's error as the one that SQLAlchemy would have raised; a lost connection is thrown away."""
    hide_values(error)
    state = str(getattr(error, "sqlstate", None) or "")
    if isinstance(error, sqlite3.IntegrityError) or state.startswith("23"):
        return IntegrityError(sql, None, error, hide_parameters=True)
    if isinstance(error, sqlite3.OperationalError):
        return OperationalError(sql, None, error, hide_parameters=True)
    lost = (
        isinstance(error, OSError)
        or state.startswith(("08", "57P"))
        # The last: the server said that it ends the connection, and has not closed it yet.
        or any(words in str(error) for words in ("connection is closed", "cannot switch to state"))
    )
    if lost:
        await connection.invalidate()
        # Otherwise the next statement would connect again, and run outside any transaction.
        await connection.close()
    return DBAPIError(sql, None, error, hide_parameters=True, connection_invalidated=lost)


@contextmanager
def translated(*, connecting: bool = False) -> Iterator[None]:
    """Turns a lost, full or locked database into StorageUnavailable; `connecting`: the network's own errors too."""
    try:
        yield
    except PoolTimeout as error:
        raise StorageUnavailable from error
    except DBAPIError as error:
        if connecting or is_unavailable(error):
            raise StorageUnavailable(FULL if _is_full(error) else None) from error
        raise
    except (OSError, TimeoutError) as error:
        if connecting:
            raise StorageUnavailable from error
        raise
