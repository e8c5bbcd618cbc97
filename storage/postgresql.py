"""A unit's transaction on PostgreSQL: begun with its role and its tenant in one message, and never left open.

SQLAlchemy sends BEGIN by itself and takes the role with a statement of its own, which costs every unit a round trip and
some 0.3 ms. Here its engine is in AUTOCOMMIT, so that it begins nothing, and the transaction is begun and committed
straight over the driver. The pool rolls back whatever comes back to it open: nobody's transaction, role or tenant
reaches the next unit (threat 5).
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.faults import as_sqlalchemy
from surveys.errors import Refused

_NO_SUCH_ROLE = frozenset({"22023", "42501", "42704"})
"""Invalid parameter value (no such role), insufficient privilege, undefined object."""


async def begin(connection: AsyncConnection, role: str, tenant_id: int | None, *, reads: bool) -> None:
    """`reads`: one snapshot, and nothing can be written. The role and the tenant end with the transaction."""
    how = " ISOLATION LEVEL REPEATABLE READ, READ ONLY" if reads else ""
    tenant = "" if tenant_id is None else str(int(tenant_id))
    try:
        await _send(connection, f"BEGIN{how}; SET LOCAL ROLE {role}; SET LOCAL cx.tenant = '{tenant}'")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _NO_SUCH_ROLE:
            raise Refused(f"The database has no role {role} for this login. Run `cx migrate` as its owner.") from error
        raise


async def commit(connection: AsyncConnection) -> None:
    """Raises Refused where a statement had failed and somebody went on: the server then rolls back, and is silent."""
    if await _send(connection, "COMMIT") != "COMMIT":
        raise Refused("A statement of this unit of work had failed: nothing was committed.")


async def _send(connection: AsyncConnection, statements: str) -> str:
    """What the server says that it did last."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    try:
        return str(await driver.execute(statements))
    except Exception as error:
        raise await as_sqlalchemy(connection, statements, error) from None


def watch(engine: AsyncEngine) -> None:
    """What the pool hands out is connected, and what it takes back is rolled back."""
    event.listen(engine.sync_engine, "checkout", _connected)
    event.listen(engine.sync_engine, "reset", _rolled_back)


def _connected(connection: Any, _record: Any, _proxy: Any) -> None:
    if connection.driver_connection.is_closed():
        # The server closed it, and most likely all others of that age.
        raise InvalidatePoolError


def _rolled_back(connection: Any, _record: Any, state: Any) -> None:
    driver = connection.driver_connection
    if state.terminate_only or driver.is_closed() or not driver.is_in_transaction():
        return
    try:
        connection.run_async(_roll_back)
    except Exception:
        # A server that is gone has rolled back already. Whatever it was: this connection is not used again.
        driver.terminate()


async def _roll_back(driver: Any) -> None:
    await driver.execute("ROLLBACK")
