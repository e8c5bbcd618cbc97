"""Weekly summaries: one per channel, each slot fired once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.ports import DueSchedule, Subscription
from surveys.errors import NotFound
from surveys.people.records import match_key
from tests.fake_store.books import Books, SubscriptionRow, first, public_id, utc

LATE_AFTER = timedelta(hours=1)


class Subscriptions:
    def __init__(self, books: Books) -> None:
        self._books = books

    async def add_weekly(
        self, conversation_id: int, *, weekday: int, hour: int, minute: int, by: int | None, at: datetime,
        next_due_at: datetime,
    ) -> Subscription:  # fmt: skip
        if conversation_id not in self._books.conversations:
            raise NotFound("This conversation is not known here.")
        row = first(self._in_force(), lambda one: one.conversation_id == conversation_id) or SubscriptionRow(
            id=self._books.number("subscription"),
            public_id=public_id(),
            conversation_id=conversation_id,
            weekday=weekday,
            hour=hour,
            minute=minute,
            created_by=by,
            next_due_at=next_due_at,
        )
        row = replace(row, weekday=weekday, hour=hour, minute=minute, next_due_at=utc(next_due_at))
        self._books.subscriptions[row.id] = row
        return to_subscription(self._books, row)

    async def all(self) -> Sequence[Subscription]:
        shown = [to_subscription(self._books, row) for row in self._in_force()]
        return sorted(shown, key=lambda one: (match_key(one.channel), one.id))

    async def stop(self, public_id: str, at: datetime) -> Subscription | None:
        row = first(self._in_force(), lambda one: one.public_id == public_id)
        if row is None:
            return None
        self._books.subscriptions[row.id] = replace(row, stopped_at=utc(at))
        return to_subscription(self._books, row)

    async def fire(self, due: DueSchedule, *, next_due_at: datetime, at: datetime) -> bool:
        """The first one claims the slot. Also for the others the schedule moves on, and never back."""
        new = (due.id, due.slot) not in self._books.fires
        self._books.fires.add((due.id, due.slot))
        row = self._books.subscriptions[due.id]
        if row.next_due_at == due.subscription.next_due_at:
            self._books.subscriptions[row.id] = replace(row, next_due_at=utc(next_due_at))
        return new

    async def has_fired(self, conversation_id: int, slot: date) -> bool:
        mine = [row.id for row in self._in_force() if row.conversation_id == conversation_id]
        return any((number, slot) in self._books.fires for number in mine)

    def _in_force(self) -> list[SubscriptionRow]:
        return [row for row in self._books.subscriptions.values() if row.stopped_at is None]


def to_subscription(books: Books, row: SubscriptionRow) -> Subscription:
    return Subscription(
        id=row.id,
        public_id=row.public_id,
        conversation_id=row.conversation_id,
        channel=books.conversations[row.conversation_id].name,
        weekday=row.weekday,
        hour=row.hour,
        minute=row.minute,
        created_by=row.created_by,
        next_due_at=row.next_due_at,
    )


def due_schedules(books: Books, now: datetime) -> list[DueSchedule]:
    """Those whose time has come, under the local date for which they fire."""
    zone = ZoneInfo(books.tenant.timezone)
    return [
        DueSchedule(
            tenant_id=books.tenant.id,
            id=row.id,
            kind="weekly_summary",
            slot=row.next_due_at.astimezone(zone).date(),
            subscription=to_subscription(books, row),
            late=now - row.next_due_at > LATE_AFTER,
        )
        for row in sorted(books.subscriptions.values(), key=lambda row: (row.next_due_at, row.id))
        if row.stopped_at is None and row.next_due_at <= now
    ]
