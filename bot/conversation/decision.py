"""What the conversation decides: effects to commit, what becomes pending, and what is given back."""

from dataclasses import dataclass
from datetime import datetime

from bot.conversation.state import Pending
from bot.messages import Outcome
from surveys.sending.model import GivenAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswer:
    answer: GivenAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnoozeUntil:
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """No survey is sent to the person any more, and what is queued is withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptIn:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTalk:
    """The person wants to talk to somebody: the CX leads are told."""


Effect = RecordAnswer | Skip | SnoozeUntil | OptOut | OptIn | RequestTalk


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`pending` None leaves what is pending as it is."""

    outcome: Outcome
    effects: tuple[Effect, ...] = ()
    pending: Pending | None = None
