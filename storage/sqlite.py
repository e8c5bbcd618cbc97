"""A unit's transaction on SQLite: begun and committed over the driver, as on PostgreSQL (`storage.postgresql`).

The driver's own BEGIN is switched off, so that SQLAlchemy begins nothing; what a unit leaves open the pool rolls back.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.faults import as_sqlalchemy
from storage.sqlite_driver import BEGIN_WRITING, Connection


async def begin(connection: AsyncConnection) -> None:
    """On a connection that writes it takes the one write lock; another process may have to be waited for."""
    await _told(connection, lambda driver: driver.begin(), "BEGIN")


async def commit(connection: AsyncConnection) -> None:
    await _told(connection, lambda driver: driver.commit(), "COMMIT")


def transactional(writer: AsyncEngine) -> AsyncEngine:
    """The writer as SQLAlchemy knows an engine: a connection begins a transaction when it is first used.

    https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions
    """
    engine = writer.execution_options()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Any) -> None:
        connection.exec_driver_sql(BEGIN_WRITING)

    return engine


async def _told(connection: AsyncConnection, what: Callable[[Connection], Awaitable[None]], sql: str) -> None:
    driver: Any = (await connection.get_raw_connection()).driver_connection
    try:
        await what(driver)
    except Exception as error:
        raise await as_sqlalchemy(connection, sql, error) from None
