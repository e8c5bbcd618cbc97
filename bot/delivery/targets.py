"""Where a delivery goes: to a person by every open way, to a channel, or to the message that is to be updated."""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from bot.delivery.compose import NothingToSend
from bot.events import Address
from bot.ports import ChatAdapter, DeliveryKind, DueDelivery, Route, UnitOfWork
from surveys.errors import DeliveryError, Undeliverable

LONGEST_RETRY_SECONDS = 900.0

_OF_THE_WAY = (
    Undeliverable.LEFT,
    Undeliverable.BLOCKED,
    Undeliverable.NOT_INSTALLED,
    Undeliverable.GONE,
    Undeliverable.ARCHIVED,
)
"""Without APART: somebody may take us into a channel that we share with them, and nobody tells us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`address` None: the direct conversation with `user` has to be opened first. `message` only for an update."""

    platform: str
    workspace_id: int
    workspace: str
    user: str = ""
    address: Address | None = None
    conversation_id: int | None = None
    message: str = ""

    def is_shut_by(self, reason: Undeliverable) -> bool:
        """The person is not reached this way any more, whatever is sent."""
        return bool(self.user) and reason in _OF_THE_WAY


async def find_targets(
    unit: UnitOfWork, due: DueDelivery, routes: Sequence[Route], platforms: Container[str]
) -> tuple[Target, ...] | NothingToSend:
    """Where to send it, best first; the next one only when the platform refuses it for good.

    `routes`: the person's; `platforms`: those that this process serves. Raises DeliveryError, permanent when a person
    is on no connected platform or every way to them is shut.
    """
    if due.kind is DeliveryKind.UPDATE:
        return await _message_to_update(unit, due)
    if due.conversation_id is not None:
        return (await _conversation(unit, due.conversation_id),)
    if due.person_id is None:
        return NothingToSend(reason="nobody to send to")
    if not routes:
        raise DeliveryError("the person is on no connected platform", permanent=True, reason=Undeliverable.NO_PLATFORM)
    open_routes = [route for route in routes if route.shut is None]
    if not open_routes:
        raise DeliveryError(
            "every way to the person is shut", permanent=True, reason=routes[0].shut or Undeliverable.LEFT
        )
    served = tuple(_to(route) for route in open_routes if route.platform in platforms)
    if not served:
        raise DeliveryError(f"{open_routes[0].platform} is not connected", retry_after=LONGEST_RETRY_SECONDS)
    return served


def _to(route: Route) -> Target:
    known = route.conversation
    return Target(
        platform=route.platform,
        workspace_id=route.workspace_id,
        workspace=route.workspace,
        user=route.user,
        address=known.address if known else None,
        conversation_id=known.id if known else None,
    )


async def _message_to_update(unit: UnitOfWork, due: DueDelivery) -> tuple[Target, ...] | NothingToSend:
    posted = await unit.deliveries.message_of(due.invitation_id) if due.invitation_id is not None else None
    if posted is None:
        return NothingToSend(reason="no message to update")
    conversation_id, message = posted
    return (await _conversation(unit, conversation_id, message),)


async def _conversation(unit: UnitOfWork, conversation_id: int, message: str = "") -> Target:
    conversation = await unit.conversations.by_id(conversation_id)
    address = conversation.address
    return Target(
        platform=address.platform,
        workspace_id=conversation.workspace_id,
        workspace=address.workspace,
        address=address,
        conversation_id=conversation.id,
        message=message,
    )


async def refuse_outsiders(adapter: ChatAdapter, address: Address) -> None:
    """A channel is checked at every post: results never go to a shared, guest or archived one (threat 4)."""
    facts = await adapter.conversation_facts(address)
    if facts.archived:
        raise DeliveryError("the channel is archived", permanent=True, reason=Undeliverable.ARCHIVED)
    if facts.shared_outside or facts.has_guests:
        raise DeliveryError(
            "the channel is shared with people outside the company", permanent=True, reason=Undeliverable.SHARED
        )
