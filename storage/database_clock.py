"""The database's own clock, the same for every replica. Nothing moves it, unlike the product's clock in the demo."""

from datetime import UTC, datetime

from sqlalchemy import Executable, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

_SQLITE = text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")


async def transaction_began(connection: AsyncConnection) -> datetime:
    """One moment for the whole transaction: its start on PostgreSQL. SQLite, which has none, gives this moment."""
    return await _read(connection, select(func.now()))


async def this_moment(connection: AsyncConnection) -> datetime:
    """Also after the transaction waited for a row."""
    return await _read(connection, select(func.clock_timestamp()))


async def _read(connection: AsyncConnection, on_postgresql: Executable) -> datetime:
    if connection.dialect.name == "postgresql":
        moment: datetime = (await connection.execute(on_postgresql)).scalar_one()
        return moment.astimezone(UTC)
    return datetime.fromisoformat((await connection.execute(_SQLITE)).scalar_one()).replace(tzinfo=UTC)
