"""Fires schedules that are due. The row owns the schedule; a tick of any replica may find it, one claims it."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import structlog

from bot.ports import Clock, DueSchedule, NewDelivery, Store
from surveys.sending.recurrence import next_weekly

log = structlog.get_logger(__name__)


async def fire_due(store: Store, clock: Clock) -> int:
    """Claims every due slot and queues what it stands for; how many were claimed by this process.

    After an outage the missed weeks are not made up one by one: the schedule fires once, late, and moves on.
    """
    now = clock.now()
    async with store.system() as system:
        waiting = await system.due_schedules(now)
    fired = 0
    for due in waiting:
        fired += await _fire(store, due, now)
    return fired


async def _fire(store: Store, due: DueSchedule, now: datetime) -> bool:
    subscription = due.subscription
    async with store.write(due.tenant_id) as unit:
        zone = ZoneInfo(unit.tenant.timezone)
        at = time(subscription.hour, subscription.minute)
        following = next_weekly(now, weekday=subscription.weekday, at=at, zone=zone)
        fired = await unit.subscriptions.fire(due, next_due_at=following, at=now)
        if fired:
            await unit.deliveries.add([_summary(due, now)])
        # Also where another has the slot: else the schedule would stand before it for ever.
        await unit.commit()
    if fired:
        log.info("schedule.fired", kind=due.kind, slot=due.slot.isoformat(), late=due.late)
    return fired


def _summary(due: DueSchedule, now: datetime) -> NewDelivery:
    return NewDelivery(
        template=due.kind,
        parameters={"slot": due.slot.isoformat(), "late": "yes" if due.late else "no"},
        dedupe_key=f"{due.kind}:{due.id}:{due.slot.isoformat()}",
        due_at=now,
        conversation_id=due.subscription.conversation_id,
    )
