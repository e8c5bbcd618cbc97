"""A message that shows an invitation and could not be brought up to date is left to a delivery, which is durable."""

from bot.actions import Action, Unreadable
from bot.conversation.answering import InvitationAction
from bot.events import Address, Envelope, NotShown, Sender
from bot.ports import Engine
from surveys.errors import DeliveryError


async def repair(
    error: DeliveryError,
    action: Action | Unreadable,
    *,
    engine: Engine,
    address: Address,
    sender: Sender,
    event_id: str,
) -> None:
    """`event_id`: of the tap. Where the platform refused for good, a delivery would be refused as well."""
    if isinstance(action, InvitationAction) and not error.permanent:
        envelope = Envelope(address=address, sender=sender, event_id=f"{event_id}:shown")
        await engine.handle(NotShown(envelope=envelope, invitation=action.invitation))
