"""What a button carries. `pack` writes an action as a short text, `unpack` reads one back.

The text comes back from the client, so it is a hint and never a permission: whoever handles an action
checks invitation, wave and role again against the person who clicked (threat 6). A forged or stale text
becomes `Unreadable`, a value, not an exception.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, get_type_hints

PACKED_LIMIT = 1900
"""Slack allows 2,000 characters in a button's value."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Records `value` as the answer to a closed question ("na": does not apply). `value` "" in a template."""

    code: ClassVar[str] = "a"
    invitation: str
    question: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class ChangeAnswer:
    """Shows the scale again, so that the answer can be changed."""

    code: ClassVar[str] = "c"
    invitation: str
    question: str


@dataclass(frozen=True, slots=True)
class SendText:
    """Records the text typed in the input named like the question."""

    code: ClassVar[str] = "t"
    invitation: str
    question: str


@dataclass(frozen=True, slots=True)
class SkipQuestion:
    code: ClassVar[str] = "k"
    invitation: str
    question: str


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Opens the form of a text-first survey."""

    code: ClassVar[str] = "f"
    invitation: str


@dataclass(frozen=True, slots=True)
class SubmitForm:
    """Records every text of a form at once."""

    code: ClassVar[str] = "F"
    invitation: str


@dataclass(frozen=True, slots=True)
class Snooze:
    code: ClassVar[str] = "z"
    invitation: str
    days: int


@dataclass(frozen=True, slots=True)
class StopAsking:
    code: ClassVar[str] = "o"
    invitation: str


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Takes an opt-out back."""

    code: ClassVar[str] = "O"
    invitation: str


@dataclass(frozen=True, slots=True)
class TalkToPerson:
    code: ClassVar[str] = "p"
    invitation: str


@dataclass(frozen=True, slots=True)
class ConfirmWave:
    code: ClassVar[str] = "w"
    wave: str


@dataclass(frozen=True, slots=True)
class CancelWave:
    code: ClassVar[str] = "x"
    wave: str


@dataclass(frozen=True, slots=True)
class RunCommand:
    """Runs a command as if it had been typed by whoever clicks."""

    code: ClassVar[str] = "r"
    text: str


@dataclass(frozen=True, slots=True)
class PostHere:
    """Runs a command and posts the answer for everyone in the conversation, on purpose.

    `channel`: the platform's own id of the conversation where it was asked, since its private answer may be read
    elsewhere; "" where the button itself is, as in buttons of former versions.
    """

    code: ClassVar[str] = "P"
    text: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class StopSummary:
    code: ClassVar[str] = "s"
    subscription: str


Action = (
    Answer | ChangeAnswer | SendText | SkipQuestion | OpenForm | SubmitForm | Snooze | StopAsking | AskAgain
    | TalkToPerson | ConfirmWave | CancelWave | RunCommand | PostHere | StopSummary
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A button's text that is not one of ours, or of an older version."""

    reason: str


_LEFT_OUT: Mapping[type[Action], int] = {PostHere: 1}
"""How many fields buttons of former versions lack at their end; each has a default."""
_KINDS: dict[str, type[Action]] = {kind.code: kind for kind in Action.__args__}
_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in Action.__args__}
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def pack(action: Action) -> str:
    """The action as text. Raises ValueError when it is longer than PACKED_LIMIT."""
    text = _as_json([action.code, *(getattr(action, name) for name in _FIELDS[type(action)])])
    if len(text) > PACKED_LIMIT:
        raise ValueError(f"An action of {len(text)} characters does not fit into a button.")
    return text


def unpack(text: str) -> Action | Unreadable:
    """The action that `pack` wrote; anything else, from anybody, is `Unreadable`."""
    if len(text) > PACKED_LIMIT:
        return Unreadable("too long")
    try:
        parts = json.loads(text)
    except (ValueError, RecursionError):
        return Unreadable("not an action")
    if not isinstance(parts, list) or not parts or not isinstance(parts[0], str):
        return Unreadable("not an action")
    kind = _KINDS.get(parts[0])
    if kind is None:
        return Unreadable("unknown action")
    hints = get_type_hints(kind)
    expected = [hints[field.name] for field in fields(kind)]
    values = parts[1:]
    if not len(expected) - _LEFT_OUT.get(kind, 0) <= len(values) <= len(expected) or any(
        type(value) is not type_ for value, type_ in zip(values, expected, strict=False)
    ):
        return Unreadable("wrong fields")
    return kind(*values)
