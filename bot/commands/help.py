"""`help [subject]`: what can be typed. The texts themselves come from the registry."""

from dataclasses import dataclass

from bot.commands.declaration import Base, Entry, Example, Family, Line
from surveys.people.model import Permission
from surveys.words import N_

PERIODS, FILTERS = "periods", "filters"
TOPICS = {
    "period": PERIODS,
    "periods": PERIODS,
    "dates": PERIODS,
    "last": PERIODS,
    "filter": FILTERS,
    "filters": FILTERS,
    "by": FILTERS,
}
"""Subjects of the help that are no commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpCommand(Base):
    """`topic`: as typed; empty for all. Whether there is such a topic, the grammar checks."""

    needs = Permission.ANYONE
    reads_only = True
    topic: str = ""

    @property
    def text(self) -> str:
        """The canonical way to type it."""
        return f"help {self.topic}".strip()


def parse(line: Line) -> HelpCommand:
    words = [token.plain for token in line.rest if token.text]
    return HelpCommand(topic=words[0] if words else "")


ENTRIES = (
    Entry(
        subject="help",
        aliases=("?", "commands", "hilfe", "aide", "ayuda", "pomoc", "довідка", "помощь", "bantuan", "帮助"),
        family=Family.PEOPLE,
        usage="help [SUBJECT]",
        help=N_("What can be typed; “help periods” and “help filters” explain the parts."),
        examples=(
            Example(text="help nps", meaning=N_("One subject with its examples")),
            Example(text="help periods", meaning=N_("Every way to write a period")),
        ),
        parser=parse,
        needs=Permission.ANYONE,
    ),
)
