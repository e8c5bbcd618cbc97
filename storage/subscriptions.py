"""Weekly summaries and the schedule behind each: rows own when they fire, a slot fires once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import and_, insert, select, update

from bot.ports import DueSchedule, Subscription
from storage.public_ids import new_public_id
from storage.scope import Scope
from storage.tables import conversation, schedule, schedule_fire, subscription
from storage.types import AnyRow
from surveys.errors import NotFound

WEEKLY = "weekly_summary"

SUBSCRIPTION_COLUMNS = (
    subscription.c.id.label("subscription_id"),
    subscription.c.public_id.label("subscription_public_id"),
    subscription.c.conversation_id,
    subscription.c.created_by,
    conversation.c.name.label("channel"),
    schedule.c.weekday,
    schedule.c.hour,
    schedule.c.minute,
    schedule.c.next_due_at,
)
WITH_ITS_SCHEDULE = subscription.join(
    schedule, and_(schedule.c.tenant_id == subscription.c.tenant_id, schedule.c.id == subscription.c.schedule_id)
).join(
    conversation,
    and_(conversation.c.tenant_id == subscription.c.tenant_id, conversation.c.id == subscription.c.conversation_id),
)
_of_schedule = and_(schedule_fire.c.tenant_id == schedule.c.tenant_id, schedule_fire.c.schedule_id == schedule.c.id)


def to_subscription(row: AnyRow) -> Subscription:
    return Subscription(
        id=row.subscription_id,
        public_id=row.subscription_public_id,
        conversation_id=row.conversation_id,
        channel=row.channel,
        weekday=row.weekday,
        hour=row.hour,
        minute=row.minute,
        created_by=row.created_by,
        next_due_at=row.next_due_at,
    )


class StoredSubscriptions:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def add_weekly(
        self, conversation_id: int, *, weekday: int, hour: int, minute: int, by: int | None, at: datetime,
        next_due_at: datetime,
    ) -> Subscription:  # fmt: skip
        await self._lock(conversation_id)
        when = {
            "weekday": weekday,
            "hour": hour,
            "minute": minute,
            "timezone": self._scope.tenant.timezone,
            "next_due_at": next_due_at,
        }
        found = await self._scope.connection.execute(
            select(subscription.c.public_id, subscription.c.schedule_id).where(
                subscription.c.tenant_id == self._scope.tenant_id,
                subscription.c.conversation_id == conversation_id,
                subscription.c.kind == WEEKLY,
                subscription.c.stopped_at.is_(None),
            )
        )
        row = found.first()
        if row is not None:
            await self._scope.connection.execute(
                update(schedule)
                .where(schedule.c.tenant_id == self._scope.tenant_id, schedule.c.id == row.schedule_id)
                .values(**when)
            )
            return await self._one(row.public_id)
        return await self._begin(conversation_id, when, by=by, at=at)

    async def _lock(self, conversation_id: int) -> None:
        # The channel's row is the lock: of two people who subscribe it at once the second changes the first's time.
        locked = await self._scope.connection.execute(
            select(conversation.c.id)
            .where(conversation.c.tenant_id == self._scope.tenant_id, conversation.c.id == conversation_id)
            .with_for_update()
        )
        if locked.first() is None:
            raise NotFound("This conversation is not known here.")

    async def _begin(
        self, conversation_id: int, when: Mapping[str, object], *, by: int | None, at: datetime
    ) -> Subscription:
        public_id = new_public_id()
        new = await self._scope.connection.execute(
            insert(schedule).returning(schedule.c.id), {"tenant_id": self._scope.tenant_id, "kind": WEEKLY, **when}
        )
        await self._scope.connection.execute(
            insert(subscription),
            {
                "tenant_id": self._scope.tenant_id,
                "public_id": public_id,
                "kind": WEEKLY,
                "conversation_id": conversation_id,
                "schedule_id": new.scalar_one(),
                "created_by": by,
                "created_at": at,
            },
        )
        return await self._one(public_id)

    async def all(self) -> Sequence[Subscription]:
        result = await self._scope.connection.execute(
            select(*SUBSCRIPTION_COLUMNS)
            .select_from(WITH_ITS_SCHEDULE)
            .where(subscription.c.tenant_id == self._scope.tenant_id, subscription.c.stopped_at.is_(None))
            .order_by(conversation.c.name_key, subscription.c.id)
        )
        return [to_subscription(row) for row in result]

    async def stop(self, public_id: str, at: datetime) -> Subscription | None:
        result = await self._scope.connection.execute(
            update(subscription)
            .where(
                subscription.c.tenant_id == self._scope.tenant_id,
                subscription.c.public_id == public_id,
                subscription.c.stopped_at.is_(None),
            )
            .values(stopped_at=at)
            .returning(subscription.c.schedule_id)
        )
        schedule_id = result.scalar()
        if schedule_id is None:
            return None
        await self._scope.connection.execute(
            update(schedule)
            .where(schedule.c.tenant_id == self._scope.tenant_id, schedule.c.id == schedule_id)
            .values(stopped_at=at)
        )
        return await self._one(public_id)

    async def fire(self, due: DueSchedule, *, next_due_at: datetime, at: datetime) -> bool:
        result = await self._scope.connection.execute(
            self._scope.insert_new(schedule_fire),
            {
                "tenant_id": self._scope.tenant_id,
                "schedule_id": due.id,
                "slot": due.slot.isoformat(),
                "fired_at": at,
            },
        )
        # Also when another replica has the slot: a schedule never stays behind a slot that has fired. Never back.
        await self._scope.connection.execute(
            update(schedule)
            .where(
                schedule.c.tenant_id == self._scope.tenant_id,
                schedule.c.id == due.id,
                schedule.c.next_due_at == due.subscription.next_due_at,
            )
            .values(next_due_at=next_due_at)
        )
        return bool(result.rowcount == 1)

    async def has_fired(self, conversation_id: int, slot: date) -> bool:
        found = await self._scope.connection.execute(
            select(schedule_fire.c.slot)
            .select_from(WITH_ITS_SCHEDULE.join(schedule_fire, _of_schedule))
            .where(
                subscription.c.tenant_id == self._scope.tenant_id,
                subscription.c.conversation_id == conversation_id,
                subscription.c.stopped_at.is_(None),
                schedule_fire.c.slot == slot.isoformat(),
            )
        )
        return found.first() is not None

    async def _one(self, public_id: str) -> Subscription:
        result = await self._scope.connection.execute(
            select(*SUBSCRIPTION_COLUMNS)
            .select_from(WITH_ITS_SCHEDULE)
            .where(subscription.c.tenant_id == self._scope.tenant_id, subscription.c.public_id == public_id)
        )
        return to_subscription(result.one())
