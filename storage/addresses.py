"""A database's address as somebody writes it, and as the drivers want it. Nothing is connected here."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from surveys.errors import InvalidInput

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


def async_url(url: str) -> URL:
    """`sqlite:///…` and `postgresql://…` with the asynchronous driver.

    Raises InvalidInput for anything else, without repeating the address: it may hold a password.
    """
    try:
        parsed = make_url(url.strip())
    except (ArgumentError, ValueError):
        raise InvalidInput("The database URL cannot be read. Use sqlite:///FILE or postgresql://…") from None
    match _DRIVERS.get(parsed.drivername.lower()):
        case "sqlite+aiosqlite" as driver:
            if parsed.host or parsed.database in (None, "", ":memory:"):
                raise InvalidInput(
                    "SQLite needs a file, after three slashes or, for a full path, four: sqlite:///FILE."
                )
            return parsed.set(drivername=driver)
        case "postgresql+asyncpg" as driver:
            # libpq's name: an address from a hosting provider works as it is.
            query = {"ssl" if name == "sslmode" else name: value for name, value in parsed.query.items()}
            return parsed.set(drivername=driver, query=query)
        case _:
            raise InvalidInput("This kind of database is not supported. Use sqlite:///FILE or postgresql://…")


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite URL, None for PostgreSQL."""
    parsed = async_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
