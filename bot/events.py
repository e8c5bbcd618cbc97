"""What comes in, in words no platform owns. An adapter makes these; nothing of a payload goes further."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.actions import Action, Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a conversation is on its platform. `reference` is whatever the adapter needs to write there later."""

    platform: str
    workspace: str
    conversation: str
    direct: bool = True
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who did it, as the platform vouches for it. `email` only where the platform verified a full member's."""

    user: str
    name: str = ""
    email: str | None = None
    full_member: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What every event carries. `event_id` is the platform's own id, unique there, used to refuse the second copy."""

    address: Address
    sender: Sender
    event_id: str
    message: str | None = None
    """The platform's reference of the message that the event belongs to (the one whose button was tapped)."""
    elsewhere: bool = False
    """Used on another view of what a message asks, as on a Home tab: the message itself still looks unanswered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived:
    """Somebody wrote in the direct conversation, or mentioned the bot."""

    envelope: Envelope
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandInvoked:
    """Somebody typed `/cx TEXT`; `text` is without the `/cx`."""

    envelope: Envelope
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionChosen:
    """Somebody used a button or sent a form; `values` holds the inputs by key, as typed."""

    envelope: Envelope
    action: Action | Unreadable
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotAdded:
    """The bot became reachable in a conversation."""

    envelope: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRemoved:
    """The bot can no longer write there."""

    envelope: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class NotShown:
    """What a tap changed is recorded, but the platform did not take the message that shows it just now."""

    envelope: Envelope
    invitation: str


Event = MessageReceived | CommandInvoked | ActionChosen | BotAdded | BotRemoved | NotShown
