"""Messages to be sent: added once per key, taken under a lease, recorded by whoever holds the newest fence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.ports import DeliveryKind, DueDelivery, NewDelivery
from tests.fake_store.books import Books, DeliveryRow, public_id, storable, utc

LONGEST_ERROR = 300
UNDER_WAY = ("sending", "posting")


class Deliveries:
    def __init__(self, books: Books) -> None:
        self._books = books

    async def add(self, deliveries: Sequence[NewDelivery]) -> int:
        known = {row.new.dedupe_key for row in self._books.deliveries.values()}
        added = 0
        for new in deliveries:
            if new.dedupe_key in known:
                continue
            known.add(new.dedupe_key)
            number = self._books.number("delivery")
            parameters = {storable(key): storable(value) for key, value in new.parameters.items()}
            self._books.deliveries[number] = DeliveryRow(
                id=number,
                public_id=public_id(),
                new=replace(new, parameters=parameters),
                state="queued",
                due_at=utc(new.due_at),
                conversation_id=new.conversation_id,
            )
            added += 1
        return added

    async def sent(self, due: DueDelivery, *, reference: str, conversation_id: int, at: datetime) -> bool:
        return self._finish(
            due, "sent", reference=reference, conversation_id=conversation_id, sent_at=utc(at), last_error=None
        )

    async def retry(self, due: DueDelivery, *, at: datetime, error: str, doubtful: bool = False) -> bool:
        state = "doubted" if doubtful else "queued"
        return self._finish(due, state, due_at=utc(at), last_error=error[:LONGEST_ERROR])

    async def failed(self, due: DueDelivery, *, error: str) -> bool:
        return self._finish(due, "failed", last_error=error[:LONGEST_ERROR])

    async def unconfirmed(self, due: DueDelivery, *, error: str) -> bool:
        return self._finish(due, "unconfirmed", last_error=error[:LONGEST_ERROR])

    async def dropped(self, due: DueDelivery, *, reason: str) -> bool:
        return self._finish(due, "dropped", last_error=reason[:LONGEST_ERROR])

    async def message_of(self, invitation_id: int) -> tuple[int, str] | None:
        """The newest one that was posted for it."""
        posted = [
            row
            for row in self._books.deliveries.values()
            if row.new.invitation_id == invitation_id and row.new.kind is DeliveryKind.POST and row.state == "sent"
        ]
        newest = max(posted, key=lambda row: (row.sent_at, row.id), default=None)
        if newest is None or newest.conversation_id is None or newest.reference is None:
            return None
        return newest.conversation_id, newest.reference

    def withdraw(self, invitation_id: int, reason: str) -> None:
        """Drops what is queued for an invitation; what is being sent cannot be called back."""
        for row in list(self._books.deliveries.values()):
            if row.new.invitation_id == invitation_id and row.state == "queued":
                self._books.deliveries[row.id] = replace(row, state="dropped", last_error=reason)

    def _finish(self, due: DueDelivery, state: str, **values: object) -> bool:
        row = self._books.deliveries.get(due.id)
        if row is None or row.fence != due.fence or row.state not in UNDER_WAY:
            return False
        self._books.deliveries[row.id] = replace(row, state=state, lease_until=None, **values)  # type: ignore[arg-type]
        return True


def take_due(books: Books, *, now: datetime, limit: int, lease: timedelta, clock: datetime) -> list[DueDelivery]:
    """Due by the product's time `now`, or under a lease that ran out by the database's time `clock`; oldest first."""

    def is_due(row: DeliveryRow) -> bool:
        if row.state in UNDER_WAY:
            return row.lease_until is not None and row.lease_until < clock
        return row.state in ("queued", "doubted") and row.due_at <= now

    rows = sorted(filter(is_due, books.deliveries.values()), key=lambda row: (row.due_at, row.id))[:limit]
    taken = [
        replace(row, state="sending", lease_until=clock + lease, fence=row.fence + 1, attempts=row.attempts + 1)
        for row in rows
    ]
    books.deliveries.update({row.id: row for row in taken})
    doubted = {row.id for row in rows if row.state in ("posting", "doubted")}
    return [replace(_due(books, row), interrupted=row.id in doubted) for row in taken]


def posting(books: Books, due: DueDelivery) -> None:
    row = books.deliveries.get(due.id)
    if row is not None and row.fence == due.fence and row.state in UNDER_WAY:
        books.deliveries[row.id] = replace(row, state="posting")


def put_back(books: Books, due: DueDelivery, at: datetime) -> None:
    row = books.deliveries.get(due.id)
    if row is not None and row.fence == due.fence and row.state in UNDER_WAY:
        books.deliveries[row.id] = replace(
            row,
            state="doubted" if due.interrupted else "queued",
            due_at=utc(at),
            attempts=max(row.attempts - 1, 0),
            lease_until=None,
        )


def _due(books: Books, row: DeliveryRow) -> DueDelivery:
    return DueDelivery(
        tenant_id=books.tenant.id,
        id=row.id,
        public_id=row.public_id,
        fence=row.fence,
        template=row.new.template,
        parameters=row.new.parameters,
        attempts=row.attempts,
        kind=row.new.kind,
        person_id=row.new.person_id,
        conversation_id=row.conversation_id,
        invitation_id=row.new.invitation_id,
    )
