"""Messages to be sent: added in the commit that decided them, recorded exactly once, fenced by their lease.

Taking them is in `storage.system`, because it happens before the tenant is known.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, or_, select, update

from bot.ports import DueDelivery, NewDelivery
from storage.prepared import Prepared, inserting
from storage.public_ids import new_public_id
from storage.scope import Scope
from storage.tables import delivery
from storage.types import storable


class DeliveryState(StrEnum):
    QUEUED = "queued"
    DOUBTED = "doubted"
    """Queued, and perhaps there already: it is looked for first."""
    SENDING = "sending"
    """Taken under a lease; nothing has left yet, unless the platform can be asked."""
    POSTING = "posting"
    """Being called under the lease: the platform may have it already."""
    SENT = "sent"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    """The request left and no answer came; a survey question is not sent twice."""
    DROPPED = "dropped"


WAITING = (DeliveryState.QUEUED.value, DeliveryState.DOUBTED.value)
UNDER_WAY = or_(delivery.c.state == DeliveryState.SENDING.value, delivery.c.state == DeliveryState.POSTING.value)
"""Taken by somebody. Without a list to expand: neither `Prepared` nor a statement for many rows takes one."""

_ADD = inserting(
    delivery, "tenant_id", "public_id", "kind", "template", "parameters", "dedupe_key", "person_id", "conversation_id",
    "invitation_id", "state", "due_at", "created_at", returning="id", or_ignore=True,
)  # fmt: skip
_finish = (
    update(delivery)
    .where(
        delivery.c.tenant_id == bindparam("tenant"),
        delivery.c.id == bindparam("delivery"),
        delivery.c.fence == bindparam("taken_as"),
        UNDER_WAY,
    )
    .values(state=bindparam("becomes"), lease_owner=None, lease_until=None, last_error=bindparam("error"))
    .returning(delivery.c.id)
)
_END = Prepared(_finish)
_RETRY = Prepared(_finish.values(due_at=bindparam("at")))
_SENT = Prepared(
    _finish.values(
        message_reference=bindparam("reference"), conversation_id=bindparam("conversation"), sent_at=bindparam("at")
    )
)
_MESSAGE = Prepared(
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
            new = await _ADD.first(
                self._scope.connection,
                tenant_id=self._scope.tenant_id,
                public_id=new_public_id(),
                kind=one.kind.value,
                template=one.template,
                parameters=encoded(one.parameters),
                dedupe_key=one.dedupe_key,
                person_id=one.person_id,
                conversation_id=one.conversation_id,
                invitation_id=one.invitation_id,
                state=DeliveryState.QUEUED.value,
                due_at=one.due_at,
                # The product's time is not known here; the row was made when it could first be due.
                created_at=one.due_at,
            )
            added += new is not None
        return added

    async def sent(self, due: DueDelivery, *, reference: str, conversation_id: int, at: datetime) -> bool:
        return await self._finish(
            _SENT, due, DeliveryState.SENT, None, reference=reference, conversation=conversation_id, at=at
        )

    async def retry(self, due: DueDelivery, *, at: datetime, error: str, doubtful: bool = False) -> bool:
        state = DeliveryState.DOUBTED if doubtful else DeliveryState.QUEUED
        return await self._finish(_RETRY, due, state, error, at=at)

    async def failed(self, due: DueDelivery, *, error: str) -> bool:
        return await self._finish(_END, due, DeliveryState.FAILED, error)

    async def unconfirmed(self, due: DueDelivery, *, error: str) -> bool:
        return await self._finish(_END, due, DeliveryState.UNCONFIRMED, error)

    async def dropped(self, due: DueDelivery, *, reason: str) -> bool:
        return await self._finish(_END, due, DeliveryState.DROPPED, reason)

    async def message_of(self, invitation_id: int) -> tuple[int, str] | None:
        row = await _MESSAGE.first(self._scope.connection, tenant=self._scope.tenant_id, invitation=invitation_id)
        return (row.conversation_id, row.message_reference) if row else None

    async def _finish(
        self,
        statement: Prepared,
        due: DueDelivery,
        state: DeliveryState,
        error: str | None,
        **values: str | int | datetime,
    ) -> bool:
        ended = await statement.first(
            self._scope.connection,
            tenant=self._scope.tenant_id,
            delivery=due.id,
            taken_as=due.fence,
            becomes=state.value,
            error=None if error is None else error[:300],
            **values,
        )
        return ended is not None
