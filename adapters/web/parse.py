"""A request's fields → a neutral event. Everything from the browser is checked here, and nowhere believed.

No HTTP objects and no storage: fields come in as text by name.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import category
from uuid import UUID, uuid5

from adapters.web.chat import PLATFORM, WORKSPACE, only_reader
from bot.actions import PACKED_LIMIT, unpack
from bot.events import ActionChosen, Address, CommandInvoked, Envelope, MessageReceived, Sender
from surveys.errors import InvalidInput
from surveys.people.model import Person
from surveys.words import Words

TEXT_LIMIT = 10_000
"""Characters of one typed message or comment."""
BODY_LIMIT = 64 * 1024
"""Bytes of one request."""
INPUTS_LIMIT = 20

_COMMAND = re.compile(r"/cx(?=\s|$)", re.IGNORECASE)
_MENTION = re.compile(r"@cx(?:[ -]?pulse)?(?=\W|$)", re.IGNORECASE)
_MESSAGE = re.compile(r"[A-Za-z0-9_-]{1,22}")
_INPUT = re.compile(r"value\.([A-Za-z0-9_.-]{1,64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Something written in the composer. `event` is None where it was said to the others in a channel only."""

    text: str
    event: MessageReceived | CommandInvoked | None
    sent: str
    key: str

    @property
    def private(self) -> bool:
        """A command is between the person and the bot, also in a channel."""
        return isinstance(self.event, CommandInvoked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    """A button or a form. `message` is the public id of the message it was on."""

    event: ActionChosen
    message: str
    key: str


def typed(person: Person, conversation: str, fields: Mapping[str, str], words: Words) -> Typed:
    """What a person wrote. Raises InvalidInput, in words for that person."""
    _ = words.gettext
    text = _clean(fields.get("text", "")).strip()
    if not text:
        raise InvalidInput(_("There is nothing to send yet."))
    _at_most(text, TEXT_LIMIT, words)
    sent = _event_id(fields, words)
    envelope = _envelope(person, conversation, str(uuid5(UUID(sent), f"{person.public_id}\n{conversation}")))
    event: MessageReceived | CommandInvoked | None
    if command := _COMMAND.match(text):
        event = CommandInvoked(envelope=envelope, text=text[command.end() :].strip())
    elif envelope.address.direct:
        event = MessageReceived(envelope=envelope, text=text)
    elif _MENTION.search(text):
        event = MessageReceived(envelope=envelope, text=_MENTION.sub("", text, count=1).strip())
    else:
        event = None
    return Typed(text=text, event=event, sent=sent, key=envelope.event_id)


def tapped(person: Person, conversation: str, fields: Mapping[str, str], words: Words) -> Tapped:
    """A button's tap, with the form's values. Raises InvalidInput, in words for that person."""
    _ = words.gettext
    packed = fields.get("action", "")
    message = fields.get("message", "")
    if len(packed) > PACKED_LIMIT or not _MESSAGE.fullmatch(message):
        raise InvalidInput(_("This button is not one of ours. Please reload the page."))
    sent = _event_id(fields, words)
    # The action is part of the id: without JavaScript all buttons of a form carry one id, and each is its own event.
    event_id = str(uuid5(UUID(sent), f"{person.public_id}\n{conversation}\n{message}\n{packed}"))
    envelope = _envelope(person, conversation, event_id, message)
    event = ActionChosen(envelope=envelope, action=unpack(packed), values=_values(fields, words))
    return Tapped(event=event, message=message, key=event_id)


def log_key(event_id: str, part: str) -> str:
    """The chat log's unique key (22 characters) for what one event adds: what was typed, or the answer to it."""
    digest = hashlib.sha256(f"{part}\n{event_id}".encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _envelope(person: Person, conversation: str, event_id: str, message: str | None = None) -> Envelope:
    address = Address(
        platform=PLATFORM,
        workspace=WORKSPACE,
        conversation=conversation,
        direct=only_reader(conversation) is not None,
    )
    # The picker of a demo is the workspace's word on who somebody is.
    sender = Sender(user=person.public_id, name=person.name, email=person.email, full_member=True)
    return Envelope(address=address, sender=sender, event_id=event_id, message=message)


def _event_id(fields: Mapping[str, str], words: Words) -> str:
    try:
        return str(UUID(fields.get("event_id", "")[:36]))
    except ValueError as error:
        raise InvalidInput(words.gettext("This page is incomplete. Please reload it.")) from error


def _values(fields: Mapping[str, str], words: Words) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, text in fields.items():
        if not (input_ := _INPUT.fullmatch(name)):
            continue
        value = _clean(text).strip()
        _at_most(value, TEXT_LIMIT, words)
        values[input_[1]] = value
    if len(values) > INPUTS_LIMIT:
        raise InvalidInput(words.gettext("This form has too many fields. Please reload the page."))
    return values


def _at_most(text: str, limit: int, words: Words) -> None:
    if len(text) > limit:
        message = words.gettext("This text has {count} characters; at most {limit} fit. Please shorten it.")
        raise InvalidInput(message.format(count=f"{len(text):,}", limit=f"{limit:,}"))


def _clean(text: str) -> str:
    """One kind of line end; no control characters or lone surrogates (databases refuse some, nobody types them)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(character for character in text if character in "\n\t" or category(character) not in ("Cc", "Cs"))
