"""One command on its way: who asks for it, where, when, and the unit of work it is done in."""

from dataclasses import dataclass
from datetime import datetime

from bot.desk.asker import Asker, Place
from bot.messages import Audience, Message, Outcome, Reply
from bot.ports import UnitOfWork
from surveys.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    unit: UnitOfWork
    asker: Asker
    place: Place
    now: datetime
    words: Words
    public: bool = False
    """Everybody in the conversation will read the answer, on purpose."""


def say(message: Message) -> Outcome:
    """Only to whoever asked."""
    return Outcome(reply=Reply(message=message))


def say_in_place(message: Message) -> Outcome:
    """Instead of the message whose button was used."""
    return Outcome(reply=Reply(message=message, audience=Audience.IN_PLACE))
