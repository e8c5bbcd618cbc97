"""Messages to be sent: added in the commit that decided them, recorded exactly once, fenced by their lease.

Taking them is in `storage.system`, because it happens before the tenant is known.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, select, update

from bot.ports import DueDelivery, NewDelivery
from storage.public_ids import new_public_id
from storage.scope import Scope
from storage.tables import delivery
from storage.types import storable


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    """Taken under a lease: the platform may have it already."""
    SENT = "sent"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    """The request left and no answer came; a survey question is not sent twice."""
    DROPPED = "dropped"


_FINISH = (
    update(delivery)
    .where(
        delivery.c.tenant_id == bindparam("tenant"),
        delivery.c.id == bindparam("delivery"),
        delivery.c.fence == bindparam("taken_as"),
        delivery.c.state == DeliveryState.SENDING.value,
    )
    .values(lease_owner=None, lease_until=None)
)
_MESSAGE = (
    select(delivery.c.conversation_id, delivery.c.message_reference)
    .where(
        delivery.c.tenant_id == bindparam("tenant"),
        delivery.c.invitation_id == bindparam("invitation"),
        delivery.c.kind == "post",
        delivery.c.state == DeliveryState.SENT.value,
        delivery.c.conversation_id.is_not(None),
        delivery.c.message_reference.is_not(None),
    )
    .order_by(delivery.c.sent_at.desc(), delivery.c.id.desc())
    .limit(1)
)


def encoded(parameters: Mapping[str, str]) -> dict[str, str]:
    return {storable(key): storable(value) for key, value in parameters.items()}


class StoredDeliveries:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def add(self, deliveries: Sequence[NewDelivery]) -> int:
        added = 0
        for one in deliveries:
            result = await self._scope.connection.execute(
                self._scope.insert_new(delivery),
                {
                    "tenant_id": self._scope.tenant_id,
                    "public_id": new_public_id(),
                    "kind": one.kind.value,
                    "template": one.template,
                    "parameters": encoded(one.parameters),
                    "dedupe_key": one.dedupe_key,
                    "person_id": one.person_id,
                    "conversation_id": one.conversation_id,
                    "invitation_id": one.invitation_id,
                    "state": DeliveryState.QUEUED.value,
                    "due_at": one.due_at,
                    # The product's time is not known here; the row was made when it could first be due.
                    "created_at": one.due_at,
                },
            )
            added += result.rowcount
        return added

    async def sent(self, due: DueDelivery, *, reference: str, conversation_id: int, at: datetime) -> bool:
        return await self._finish(
            due,
            DeliveryState.SENT,
            message_reference=reference,
            conversation_id=conversation_id,
            sent_at=at,
            last_error=None,
        )

    async def retry(self, due: DueDelivery, *, at: datetime, error: str) -> bool:
        return await self._finish(due, DeliveryState.QUEUED, due_at=at, last_error=error[:300])

    async def failed(self, due: DueDelivery, *, error: str) -> bool:
        return await self._finish(due, DeliveryState.FAILED, last_error=error[:300])

    async def unconfirmed(self, due: DueDelivery, *, error: str) -> bool:
        return await self._finish(due, DeliveryState.UNCONFIRMED, last_error=error[:300])

    async def dropped(self, due: DueDelivery, *, reason: str) -> bool:
        return await self._finish(due, DeliveryState.DROPPED, last_error=reason[:300])

    async def message_of(self, invitation_id: int) -> tuple[int, str] | None:
        result = await self._scope.connection.execute(
            _MESSAGE, {"tenant": self._scope.tenant_id, "invitation": invitation_id}
        )
        row = result.first()
        return (row.conversation_id, row.message_reference) if row else None

    async def _finish(self, due: DueDelivery, state: DeliveryState, **values: str | int | datetime | None) -> bool:
        result = await self._scope.connection.execute(
            _FINISH.values(state=state.value, **values),
            {"tenant": self._scope.tenant_id, "delivery": due.id, "taken_as": due.fence},
        )
        return result.rowcount == 1
