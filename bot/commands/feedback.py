"""`feedback`: anyone's own words, unprompted."""

from dataclasses import dataclass

from bot.commands.declaration import Base, Entry, Example, Family, Line
from surveys.people.model import Permission
from surveys.words import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackCommand(Base):
    """`said`: what was typed behind it, to stand in the form already; may be empty."""

    needs = Permission.ANYONE
    said: str = ""

    @property
    def text(self) -> str:
        """The canonical way to type it."""
        return f"feedback {self.said}".strip()


def parse(line: Line) -> FeedbackCommand:
    return FeedbackCommand(said=line.tail)


ENTRIES = (
    Entry(
        subject="feedback",
        family=Family.PEOPLE,
        usage="feedback [YOUR WORDS]",
        help=N_("Tell us what is on your mind, at any time."),
        examples=(Example(text="feedback", meaning=N_("Opens a short form")),),
        parser=parse,
        needs=Permission.ANYONE,
    ),
)
