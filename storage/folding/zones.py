"""The local day of every answer, worked out again after the reporting time zone changed; a rebuild comes after it."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, bindparam, select, update

from bot.ports import Tenant
from storage.session import Database
from storage.tables import answer, response

_ROWS_AT_ONCE = 5_000

_SET_DAY = (
    update(answer)
    .where(answer.c.tenant_id == bindparam("of_tenant"), answer.c.id == bindparam("of_answer"))
    .values(local_day=bindparam("day", type_=answer.c.local_day.type))
)


async def relocalise(database: Database, tenant: Tenant) -> int:
    """Sets the day of each answer to that of its response's first submission in the tenant's zone; how many moved.

    In short commits, until there is no further answer: a new version of one copies the day of its first, which may be
    the old day still, and comes behind all others. Figures follow with the next `rebuild`: until then what is folded
    keeps the old days. Killed in between it is called again.
    """
    zone = ZoneInfo(tenant.timezone)
    moved, done = 0, 0
    while True:
        async with database.reading(tenant.id) as transaction:
            rows = (await transaction.connection.execute(_part(tenant.id, done))).all()
        if not rows:
            return moved
        done = rows[-1].id
        days = {row.id: (row.local_day, row.submitted_at.astimezone(zone).date()) for row in rows}
        wrong: dict[int, date] = {row_id: new for row_id, (old, new) in days.items() if old != new}
        if wrong:
            async with database.writing(tenant.id) as transaction:
                await transaction.connection.execute(
                    _SET_DAY,
                    [{"of_tenant": tenant.id, "of_answer": row_id, "day": day} for row_id, day in wrong.items()],
                )
                await transaction.commit()
            moved += len(wrong)


def _part(tenant_id: int, after: int) -> Select[Any]:
    return (
        select(answer.c.id, answer.c.local_day, response.c.submitted_at)
        .join(response, and_(response.c.tenant_id == answer.c.tenant_id, response.c.id == answer.c.response_id))
        .where(answer.c.tenant_id == tenant_id, answer.c.id > after)
        .order_by(answer.c.id)
        .limit(_ROWS_AT_ONCE)
    )
