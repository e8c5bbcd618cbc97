"""Where a delivery goes: a person's preferred platform, a channel, or the message that is to be updated."""

from dataclasses import dataclass

from bot.delivery.compose import NothingToSend
from bot.events import Address
from bot.ports import ChatAdapter, DeliveryKind, DueDelivery, UnitOfWork
from surveys.errors import DeliveryError


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


async def find_target(unit: UnitOfWork, due: DueDelivery) -> Target | NothingToSend:
    """Raises DeliveryError(permanent) when a person is on no connected platform."""
    if due.kind is DeliveryKind.UPDATE:
        return await _message_to_update(unit, due)
    if due.conversation_id is not None:
        return await _conversation(unit, due.conversation_id)
    if due.person_id is None:
        return NothingToSend(reason="nobody to send to")
    routes = await unit.people.routes(due.person_id)
    if not routes:
        raise DeliveryError("the person is on no connected platform", permanent=True)
    route = routes[0]
    known = route.conversation
    return Target(
        platform=route.platform,
        workspace_id=route.workspace_id,
        workspace=route.workspace,
        user=route.user,
        address=known.address if known else None,
        conversation_id=known.id if known else None,
    )


async def _message_to_update(unit: UnitOfWork, due: DueDelivery) -> Target | NothingToSend:
    posted = await unit.deliveries.message_of(due.invitation_id) if due.invitation_id is not None else None
    if posted is None:
        return NothingToSend(reason="no message to update")
    conversation_id, message = posted
    return await _conversation(unit, conversation_id, message)


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
        raise DeliveryError("the channel is archived", permanent=True)
    if facts.shared_outside or facts.has_guests:
        raise DeliveryError("the channel is shared with people outside the company", permanent=True)
