"""What Teams sends → what it means, then a neutral event. Pure; nothing of an activity goes further than `Heard`.

Every field is read as text or not at all, so that no shape of an activity raises. Data in cards and dialogs are hints:
whoever handles the event checks them against the person (threat 6).
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#activity-object
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from adapters.teams.cards import DATA
from adapters.teams.mentions import Mention, command_in, readable, without
from adapters.teams.reference import Reference
from bot.actions import Action, Unreadable, unpack
from bot.events import (
    ActionChosen,
    Address,
    BotAdded,
    BotRemoved,
    CommandInvoked,
    Envelope,
    Event,
    MessageReceived,
    Sender,
)

PLATFORM = "teams"
Payload = Mapping[str, Any]
"""An activity as JSON, inside this adapter only."""

FEEDBACK = "feedback"
"""Id of the command on a message, and the command that it runs."""
ORIGIN = "origin"
TEXT_LIMIT = 40_000
"""Well above what is kept of a comment, so that a longer one is refused there and never cut here."""
VALUES = 20
_NOT_TYPED = frozenset({DATA, ORIGIN, "msteams"})
_NAMED = frozenset({"channelCreated", "channelRenamed", "channelRestored"})


class Way(Enum):
    """How Teams can be answered."""

    CHAT = "chat"
    """By posting."""
    CARD = "card"
    """In the request: with the card that takes the place of the old one, or a line of words."""
    DIALOG = "dialog"
    """In the request: with a dialog, or a line of words in it."""
    SILENCE = "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    """`submitted`: a dialog was sent; its mistakes are shown in it."""

    action: Action | Unreadable
    values: Mapping[str, str]
    submitted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The bot is here now. Teams says it twice; `first_word` is the one that is answered with a welcome."""

    first_word: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelNamed:
    name: str


What = Command | Said | Tapped | Added | Removed | ChannelNamed


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One thing that a person did. `user` is their object id in Entra, `user_id` the bot's own id of them."""

    what: What
    way: Way
    event_id: str
    reference: Reference
    user: str
    user_id: str
    user_name: str
    thread: str
    """The conversation with its thread, where an answer belongs; `reference` has the channel without it."""
    direct: bool
    elsewhere: bool = False
    """A command on a message, used in a chat where the bot need not be."""
    message: str = ""
    """The bot's message that was tapped in."""
    mentions: tuple[Mention, ...] = ()

    def address(self, workspace: str) -> Address:
        return Address(
            platform=PLATFORM,
            workspace=workspace,
            conversation=self.reference.conversation,
            direct=self.direct,
            reference=self.reference.text(),
        )


def tenants_of(activity: Payload) -> tuple[str, ...]:
    """Every tenant that the activity names, in small letters; a request of one company names one."""
    named = (_text(activity, "conversation", "tenantId"), _text(activity, "channelData", "tenant", "id"))
    return tuple(dict.fromkeys(each.lower() for each in named if each))


def hear(activity: Payload) -> Heard | None:
    """What the activity means; None for what is not for us: own messages, edits, reactions, other kinds."""
    bot, user_id = _text(activity, "recipient", "id"), _text(activity, "from", "id")
    whole = _text(activity, "conversation", "id")
    if not bot or not whole or user_id == bot or user_id.startswith("28:") or _from_bot(activity):
        return None
    found = _meaning(activity, bot)
    if found is None:
        return None
    what, way, message = found
    user = _text(activity, "from", "aadObjectId").lower()
    if not user and way is not Way.SILENCE:
        # Nobody in Entra: a bot, or somebody without an account.
        return None
    elsewhere = _used_elsewhere(activity)
    channel = _text(activity, "channelData", "channel", "id") if isinstance(what, ChannelNamed) else ""
    reference = Reference(
        service_url=_text(activity, "serviceUrl"),
        conversation=f"{FEEDBACK}:{user}" if elsewhere else channel or whole.partition(";")[0],
        bot=bot,
        tenant=next(iter(tenants_of(activity)), ""),
        team=_text(activity, "channelData", "team", "id"),
    )
    return Heard(
        what=what,
        way=way,
        event_id=event_id_of(activity),
        reference=reference,
        user=user,
        user_id=user_id,
        user_name=_text(activity, "from", "name"),
        thread=whole,
        direct=_is_personal(activity) and not elsewhere,
        elsewhere=elsewhere,
        message=message,
        mentions=_mentions(activity),
    )


def neutral(heard: Heard, address: Address, sender: Sender, people: Mapping[str, str]) -> Event | None:
    """The event for the engine. `people`: what stands for each mentioned user. None: it is not the engine's."""
    envelope = Envelope(address=address, sender=sender, event_id=heard.event_id, message=heard.message or None)
    match heard.what:
        case Command(text=text):
            return CommandInvoked(envelope=envelope, text=text[:TEXT_LIMIT])
        case Said(text=text):
            typed = readable(text, heard.mentions, people)[:TEXT_LIMIT]
            command = command_in(typed)
            if command is not None:
                return CommandInvoked(envelope=envelope, text=command)
            return MessageReceived(envelope=envelope, text=typed)
        case Tapped(action=action, values=values):
            return ActionChosen(envelope=envelope, action=action, values=values)
        case Added():
            return BotAdded(envelope=envelope)
        case Removed():
            return BotRemoved(envelope=envelope)
        case ChannelNamed():
            return None


def event_id_of(activity: Payload) -> str:
    """Teams' own id, which is unique in its conversation; without one, the activity's digest."""
    given = _text(activity, "id")
    if not given:
        return hashlib.sha256(json.dumps(activity, sort_keys=True, default=str).encode()).hexdigest()
    where = hashlib.sha256(_text(activity, "conversation", "id").encode("utf-8", "replace")).hexdigest()[:16]
    return f"{given[:200]}@{where}"


# ── the kinds of activity ──────────────────────────────────────────────────────────────────────────────────────


def _meaning(activity: Payload, bot: str) -> tuple[What, Way, str] | None:
    """What it is, how it is answered, and the bot's message that it belongs to."""
    match _text(activity, "type"):
        case "message":
            return _message(activity, bot)
        case "invoke":
            return _invoke(activity)
        case "installationUpdate":
            return _installation(_text(activity, "action"))
        case "conversationUpdate":
            return _change(activity, bot)
        case _:
            return None


def _message(activity: Payload, bot: str) -> tuple[What, Way, str] | None:
    value = activity.get("value")
    if isinstance(value, Mapping) and DATA in value:
        # Action.Submit; Action.Execute of a client that knows only that comes with its data the same way.
        return Tapped(action=_action(value), values=_values(value)), Way.CHAT, _text(activity, "replyToId")
    mentions, direct = _mentions(activity), _is_personal(activity)
    if not direct and all(mention.user != bot for mention in mentions):
        # With the right to read a whole channel, Teams sends what is not meant for the bot.
        return None
    text = without(_text(activity, "text"), mentions, bot)
    return (Said(text=text), Way.CHAT, "") if text.strip() or not direct or _has_picture(activity) else None


def _invoke(activity: Payload) -> tuple[What, Way, str] | None:
    message = _text(activity, "replyToId")
    match _text(activity, "name"):
        case "adaptiveCard/action":
            data = _at(activity, "value", "action", "data")
            return Tapped(action=_action(data), values=_values(data)), Way.CARD, message
        case "task/fetch":
            data = _at(activity, "value", "data")
            return Tapped(action=_action(data), values={}), Way.DIALOG, message
        case "task/submit" | "composeExtension/submitAction":
            data = _at(activity, "value", "data")
            tapped = Tapped(action=_action(data), values=_values(data), submitted=True)
            return tapped, Way.DIALOG, _text(data, ORIGIN)[:200] or message
        case "composeExtension/fetchTask" if _text(activity, "value", "commandId") == FEEDBACK:
            # The message it was used on is somebody else's: not a word of it is taken.
            return Command(text=FEEDBACK), Way.DIALOG, ""
        case _:
            return None


def _installation(action: str) -> tuple[What, Way, str] | None:
    match action:
        case "add":
            return Added(first_word=True), Way.SILENCE, ""
        case "add-upgrade":
            return Added(first_word=False), Way.SILENCE, ""
        case "remove":
            return Removed(), Way.SILENCE, ""
        case _:
            return None


def _change(activity: Payload, bot: str) -> tuple[What, Way, str] | None:
    if _has(activity.get("membersAdded"), bot):
        return Added(first_word=False), Way.SILENCE, ""
    if _has(activity.get("membersRemoved"), bot):
        return Removed(), Way.SILENCE, ""
    if _text(activity, "channelData", "eventType") in _NAMED and _text(activity, "channelData", "channel", "id"):
        return ChannelNamed(name=_text(activity, "channelData", "channel", "name")), Way.SILENCE, ""
    return None


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────


def _action(data: object) -> Action | Unreadable:
    return unpack(_text(data, DATA))


def _values(data: object) -> dict[str, str]:
    """What was typed, by key."""
    if not isinstance(data, Mapping):
        return {}
    typed = [(str(key), value) for key, value in data.items() if key not in _NOT_TYPED and isinstance(value, str)]
    return {key: value[:TEXT_LIMIT] for key, value in typed[:VALUES]}


def _mentions(activity: Payload) -> tuple[Mention, ...]:
    entities = activity.get("entities")
    return tuple(
        Mention(user=_text(each, "mentioned", "id"), name=_text(each, "mentioned", "name"), text=_text(each, "text"))
        for each in (entities if isinstance(entities, list) else [])[:50]
        if _text(each, "type") == "mention"
    )


def _is_personal(activity: Payload) -> bool:
    return _text(activity, "conversation", "conversationType") == "personal"


def _has_picture(activity: Payload) -> bool:
    """A picture, a file, a card: a person said something with it. The text itself comes as an attachment too."""
    attached = activity.get("attachments")
    return any(
        _text(each, "contentType") not in ("", "text/html") or "<img" in _text(each, "content").lower()
        for each in (attached if isinstance(attached, list) else [])[:50]
    )


def _used_elsewhere(activity: Payload) -> bool:
    """A command on a message comes from any chat, also one of two people in which the bot is not."""
    return _text(activity, "name").startswith("composeExtension/")


def _from_bot(activity: Payload) -> bool:
    return _text(activity, "from", "role") == "bot"


def _has(members: object, user: str) -> bool:
    return isinstance(members, list) and any(_text(each, "id") == user for each in members)


def _at(node: object, *path: str) -> object:
    for name in path:
        if not isinstance(node, Mapping):
            return None
        node = node.get(name)
    return node


def _text(node: object, *path: str) -> str:
    value = _at(node, *path)
    return value if isinstance(value, str) else ""
