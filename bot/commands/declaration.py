"""What a command declares about itself: how it is written, what it does, who may use it, what reads it.

Each family's module declares its own; `registry` collects them. Nobody may use what does not say so: a command needs
a CX lead unless its class says otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from bot.commands.advice import Mistake
from bot.commands.tokens import Token
from surveys.people.model import Permission
from surveys.words import Words


class Output(StrEnum):
    """The form of an answer; `TEXT` is the ordinary one."""

    TEXT = "text"
    TABLE = "table"
    CHART = "chart"
    CSV = "csv"


class Base:
    """What every command has. `needs`: the permission without which it is refused. `reads_only`: it changes nothing."""

    __slots__ = ()
    needs: ClassVar[Permission] = Permission.CX_LEAD
    reads_only: ClassVar[bool] = False


SHIPPED_SURVEYS = ("nps", "csat", "ces", "start-stop-continue", "feedback", "employee-pulse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What a tenant has and a command may name: the keys of its published surveys. `today`: its local day, if known."""

    surveys: tuple[str, ...] = SHIPPED_SURVEYS
    today: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One typed line. `subject` is the index in `tokens` of the word that chose the command."""

    text: str
    tokens: tuple[Token, ...]
    subject: int
    catalogue: Catalogue
    words: Words

    @property
    def rest(self) -> tuple[Token, ...]:
        """The tokens after the subject."""
        return self.tokens[self.subject + 1 :]

    @property
    def tail(self) -> str:
        """The text after the subject, as typed."""
        return self.text[self.tokens[self.subject].end :].strip() if self.tokens else ""


class Family(StrEnum):
    """The parts of the help, in their order."""

    FIGURES = "figures"
    ASKING = "asking"
    SUMMARIES = "summaries"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A command that can be typed as it stands. `meaning` is English; whoever shows it looks it up in the catalogue."""

    text: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One subject. `help` is one line of English, looked up in the catalogue where it is shown."""

    subject: str
    family: Family
    usage: str
    help: str
    examples: tuple[Example, ...]
    parser: Callable[[Line], Base | Mistake]
    needs: Permission = Permission.CX_LEAD
    aliases: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = (Output.TEXT,)
    leads: bool = True
    """The subject has to be the first word; a figure's subject may stand anywhere."""
