"""The reporting time zone of a tenant, changed while others answer: who goes by the old one, and what has to follow."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Tenant
from storage.folding.zones import relocalise
from storage.imports.exclusive import only_import
from storage.imports.unfinished import BUSY, tidy_up
from storage.session import LOCK_MILLISECONDS
from storage.system import TENANT_COLUMNS, to_tenant
from storage.tables import schedule, schedule_fire, tenant
from storage.types import AnyRow
from storage.unit_of_work import TENANT_KNOWN_SECONDS, SqlStore
from surveys.errors import Refused
from surveys.sending.recurrence import next_weekly

KNOWN_EVERYWHERE_SECONDS = TENANT_KNOWN_SECONDS + LOCK_MILLISECONDS / 1000
"""After so long nobody goes by the old zone: each process has read the tenant anew, and a unit that was begun just
before has waited for a lock as long as it may."""


async def change_timezone(
    store: SqlStore, tenant_id: int, timezone: str, *, now: datetime, pause: Callable[[float], Awaitable[None]]
) -> Tenant:
    """The new zone, once every process goes by it. What was stored by the old one follows with `follow_timezone`.

    Raises Refused while an import is running: it works out the days of its rows before it writes them.
    """
    async with only_import(store.database, tenant_id) as alone:
        if not alone:
            raise Refused(BUSY)
        # A killed import that somebody takes up again would go on in the old days.
        await tidy_up(store.database, tenant_id, at=now)
        async with store.database.system() as transaction:
            mine = tenant.c.id == tenant_id
            await transaction.connection.execute(update(tenant).where(mine).values(timezone=timezone))
            row = (await transaction.connection.execute(select(*TENANT_COLUMNS).where(mine))).one()
            await transaction.commit()
        store.forget_tenants()
        await pause(KNOWN_EVERYWHERE_SECONDS)
    return to_tenant(row)


async def follow_timezone(store: SqlStore, found: Tenant, *, now: datetime) -> int:
    """Days of answers and times of schedules by the tenant's zone; how many answers moved. Repeated it changes nothing.

    Figures follow with a rebuild.
    """
    async with store.write(found.id) as unit:
        await _reschedule(unit.scope.connection, found, now)
        await unit.commit()
    return await relocalise(store.database, found)


async def _reschedule(connection: AsyncConnection, found: Tenant, now: datetime) -> None:
    """Nine o'clock is nine o'clock of the new zone from now on. What is due already still fires, late."""
    old = await connection.execute(
        select(schedule)
        .where(
            schedule.c.tenant_id == found.id,
            schedule.c.stopped_at.is_(None),
            schedule.c.timezone != found.timezone,
        )
        .with_for_update()
    )
    for row in old.all():
        due = row.next_due_at if row.next_due_at <= now else await _next(connection, row, ZoneInfo(found.timezone), now)
        await connection.execute(
            update(schedule)
            .where(schedule.c.tenant_id == found.id, schedule.c.id == row.id)
            .values(timezone=found.timezone, next_due_at=due)
        )


async def _next(connection: AsyncConnection, row: AnyRow, zone: ZoneInfo, now: datetime) -> datetime:
    """A day fires once: further west its nine o'clock may come a second time."""
    due = next_weekly(now, weekday=row.weekday, at=time(row.hour, row.minute), zone=zone)
    fired = exists().where(
        schedule_fire.c.tenant_id == row.tenant_id,
        schedule_fire.c.schedule_id == row.id,
        schedule_fire.c.slot == due.astimezone(zone).date().isoformat(),
    )
    if await connection.scalar(select(fired)):
        return next_weekly(due, weekday=row.weekday, at=time(row.hour, row.minute), zone=zone)
    return due
