"""What Slack sends → what it means, then a neutral event. Pure; nothing of a payload goes further than `Heard`.

Every field is read as text or not at all, so that no shape of a payload raises. Values in buttons and modals are
hints: whoever handles the event checks them against the person (threat 6).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from adapters.slack.controls import INPUT, SEND
from adapters.slack.forms import sent_form
from adapters.slack.heard import (
    Command,
    Heard,
    HomeOpened,
    Installation,
    Joined,
    Left,
    Origin,
    Said,
    Submitted,
    Tapped,
    What,
)
from adapters.slack.text import readable, without_mention
from bot.actions import Unreadable, unpack
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

Payload = Mapping[str, Any]
"""JSON as Slack sent it, inside this adapter only."""

FEEDBACK = "feedback"
"""Callback id of the message shortcut, and the command it runs."""
TEXT_LIMIT = 40_000
"""The longest message of Slack's; well above what is kept of a comment, so that it is refused there and never cut."""
_WITH_WORDS = ("", "file_share", "me_message", "thread_broadcast")
"""Subtypes of messages in which a person says something."""
_TIMESTAMP = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}", re.ASCII)


def hear(payload: Payload, here: Installation) -> Heard | None:
    """What the request means; None for what is not for us: own messages, edits, other types, another workspace."""
    kind = _text(payload, "type")
    if kind == "event_callback":
        return _event(payload, here)
    if _text(payload, "command"):
        return _command(payload, here)
    match kind:
        case "block_actions":
            return _tap(payload, here)
        case "view_submission":
            return _submission(payload, here)
        case "message_action" | "shortcut":
            return _shortcut(payload, here)
        case _:
            return None


def neutral(heard: Heard, address: Address, sender: Sender, names: Mapping[str, str]) -> Event | None:
    """The event for the engine. `names`: what stands for each mentioned user or channel. None for the Home tab."""
    envelope = Envelope(
        address=address,
        sender=sender,
        event_id=heard.event_id,
        message=heard.message or None,
        # A form that was opened on the Home tab remembers no message.
        elsewhere=heard.home or (isinstance(heard.what, Submitted) and not heard.message),
    )
    match heard.what:
        case Command(text=text):
            return CommandInvoked(envelope=envelope, text=readable(text, names)[:TEXT_LIMIT])
        case Said(text=text):
            return MessageReceived(envelope=envelope, text=readable(text, names)[:TEXT_LIMIT])
        case Tapped(action=action, values=values) | Submitted(action=action, values=values):
            return ActionChosen(envelope=envelope, action=action, values=values)
        case Joined():
            return BotAdded(envelope=envelope)
        case Left():
            return BotRemoved(envelope=envelope)
        case HomeOpened():
            return None


# ── the kinds of request ───────────────────────────────────────────────────────────────────────────────────────


def _command(payload: Payload, here: Installation) -> Heard:
    team = _text(payload, "team_id")
    known = here.has(team, _text(payload, "enterprise_id"))
    return Heard(
        what=Command(text=_text(payload, "text")),
        event_id=_trigger_id(payload),
        # Another workspace with the same app is not this one: the engine says that it is not connected.
        workspace=here.team if known else team,
        team=here.team if known else team,
        user=_text(payload, "user_id"),
        user_name=_text(payload, "user_name"),
        channel=_text(payload, "channel_id"),
        channel_name=_text(payload, "channel_name"),
        trigger=_text(payload, "trigger_id"),
        response_url=_text(payload, "response_url"),
    )


def _tap(payload: Payload, here: Installation) -> Heard | None:
    chosen = payload.get("actions")
    if not isinstance(chosen, list) or not chosen:
        return None
    place = _text(chosen[0], "action_id")
    action = unpack(_text(chosen[0], "value"))
    channel = _text(payload, "channel", "id") or _text(payload, "container", "channel_id")
    message = _text(payload, "container", "message_ts") or _text(payload, "message", "ts")
    # The first message of a thread has its own time there; its button is used outside.
    thread = _timestamp(_text(payload, "container", "thread_ts") or _text(payload, "message", "thread_ts"))
    ephemeral = _at(payload, "container", "is_ephemeral") is True
    state = _at(payload, "state", "values") or _at(payload, "view", "state", "values")
    only = place.removesuffix(SEND) if place.endswith(SEND) else ""
    return Heard(
        what=Tapped(action=action, values=_values(state, only=only)),
        event_id=_trigger_id(payload),
        workspace=here.team,
        team=_team(payload, here),
        user=_text(payload, "user", "id"),
        user_name=_text(payload, "user", "name") or _text(payload, "user", "username"),
        channel=channel,
        channel_name=_text(payload, "channel", "name"),
        message=_timestamp(message),
        thread=thread if thread != message else "",
        ephemeral=ephemeral,
        # A message of the bot's own that everybody in a direct conversation sees is in the bot's conversation.
        own_direct=True if channel.startswith("D") and message and not ephemeral else None,
        home=_text(payload, "view", "type") == "home",
        trigger=_text(payload, "trigger_id"),
        response_url=_text(payload, "response_url"),
    )


def _submission(payload: Payload, here: Installation) -> Heard:
    origin = _origin(_text(payload, "view", "private_metadata"))
    state = _at(payload, "view", "state", "values")
    first = next(iter(state), "") if isinstance(state, Mapping) else ""
    sent = Heard(
        what=Submitted(
            action=origin.action if origin else Unreadable("no origin"),
            values=_values(state),
            first_input=str(first),
            view=_text(payload, "view", "id"),
            form=sent_form(payload.get("view")),
        ),
        event_id=_trigger_id(payload),
        workspace=here.team,
        team=_team(payload, here),
        user=_text(payload, "user", "id"),
        user_name=_text(payload, "user", "name") or _text(payload, "user", "username"),
        own_direct=False,
        trigger=_text(payload, "trigger_id"),
    )
    if origin is None:
        return sent
    return replace(sent, channel=origin.channel, message=origin.message, own_direct=origin.direct, home=origin.home)


def _shortcut(payload: Payload, here: Installation) -> Heard | None:
    if _text(payload, "callback_id") != FEEDBACK:
        return None
    # The message it was used on is somebody else's: not a word of it is taken.
    return Heard(
        what=Command(text=FEEDBACK, shown=False),
        event_id=_trigger_id(payload),
        workspace=here.team,
        team=_team(payload, here),
        user=_text(payload, "user", "id"),
        user_name=_text(payload, "user", "name") or _text(payload, "user", "username"),
        channel=_text(payload, "channel", "id"),
        channel_name=_text(payload, "channel", "name"),
        trigger=_text(payload, "trigger_id"),
        response_url=_text(payload, "response_url"),
    )


def _event(payload: Payload, here: Installation) -> Heard | None:
    event = payload.get("event")
    if not isinstance(event, Mapping) or not _is_ours(payload, here):
        return None
    user, event_id = _text(event, "user"), _text(event, "event_id") or _text(payload, "event_id")
    team = _text(event, "user_team") or _text(event, "team") or here.team
    # In a channel shared with others, what is said of the request is not said of the person.
    at_home = payload.get("is_ext_shared_channel") is not True and team == _text(payload, "team_id")
    enterprise = _text(payload, "enterprise_id") if at_home else ""
    what: What | None = None
    own_direct: bool | None = False
    match _text(event, "type"):
        case "message" if _text(event, "channel_type") == "im" and _is_said_by_a_person(event, here):
            what, own_direct = Said(text=without_mention(_text(event, "text"), here.bot_user)), True
        case "app_mention" if _is_said_by_a_person(event, here):
            what = Said(text=without_mention(_text(event, "text"), here.bot_user))
        case "app_home_opened" if _text(event, "tab") == "home":
            what, own_direct = HomeOpened(), None
        case "member_joined_channel" if user == here.bot_user:
            what, user = Joined(), _text(event, "inviter")
        case "channel_left" | "group_left":
            what, user = Left(), _text(event, "actor_id")
        case "member_left_channel" if user == here.bot_user:
            what = Left()
    if what is None or not event_id:
        return None
    return Heard(
        what=what,
        event_id=event_id,
        workspace=here.team,
        team=here.team if here.has(team, enterprise) else team,
        user=user,
        channel=_text(event, "channel"),
        thread=_timestamp(_text(event, "thread_ts")),
        own_direct=own_direct,
    )


def _is_ours(payload: Payload, here: Installation) -> bool:
    """In a shared channel `team_id` may be the other company's; the installation is named in `authorizations`."""
    names = [_text(payload, "team_id"), _text(payload, "enterprise_id")]
    granted = payload.get("authorizations")
    for each in granted if isinstance(granted, list) else []:
        names += [_text(each, "team_id"), _text(each, "enterprise_id")]
    return any(name and here.has(name) for name in names)


def _is_said_by_a_person(event: Payload, here: Installation) -> bool:
    if _text(event, "bot_id") or _text(event, "app_id") or event.get("hidden") is True:
        return False
    return _text(event, "subtype") in _WITH_WORDS and _text(event, "user") not in ("", here.bot_user, "USLACKBOT")


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────


def _team(payload: Payload, here: Installation) -> str:
    """The person's own workspace; all of one Enterprise Grid are one."""
    used = _text(payload, "team", "id")
    team = _text(payload, "user", "team_id") or used
    # The enterprise of where it was used is a stranger's as little as the workspace is.
    enterprise = _text(payload, "team", "enterprise_id") if team == used else ""
    return here.team if here.has(team, enterprise) else team


def _origin(metadata: str) -> Origin | None:
    """None for a form of nobody's. Forms that were opened before the Home tab was remembered do not name it."""
    try:
        read = json.loads(metadata)
    except (ValueError, RecursionError):
        return None
    match read:
        case [str(packed), str(channel), str(message), bool(direct), *home]:
            action = unpack(packed)
        case _:
            return None
    if isinstance(action, Unreadable):
        return None
    return Origin(action=action, channel=channel, message=_timestamp(message), direct=direct, home=home == [True])


def _values(state: object, *, only: str = "") -> dict[str, str]:
    """The inputs by key; of one block where the tapped button sends one."""
    found: dict[str, str] = {}
    if not isinstance(state, Mapping):
        return found
    for block, inputs in state.items():
        if (only and block != only) or not isinstance(inputs, Mapping):
            continue
        for action_id, given in inputs.items():
            _, marker, key = str(action_id).partition(INPUT)
            if marker and key and len(found) < 20:
                found[key] = _text(given, "value")[:TEXT_LIMIT]
    return found


def _trigger_id(payload: Payload) -> str:
    """Slack's own id of one interaction: a copy of the request has the same. Without one, the request's digest."""
    given = _text(payload, "trigger_id")
    if given:
        return given[:255]
    return hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()


def _timestamp(text: str) -> str:
    return text if _TIMESTAMP.fullmatch(text) else ""


def _at(node: object, *path: str) -> object:
    for name in path:
        if not isinstance(node, Mapping):
            return None
        node = node.get(name)
    return node


def _text(node: object, *path: str) -> str:
    value = _at(node, *path)
    return value if isinstance(value, str) else ""
