"""`ask-me-here`: where a person who uses two platforms is asked."""

from dataclasses import dataclass

from bot.commands.advice import Mistake
from bot.commands.declaration import Base, Entry, Example, Family, Line
from bot.commands.reading import only_its_name
from surveys.people.model import Permission
from surveys.words import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMeHere(Base):
    needs = Permission.ANYONE

    @property
    def text(self) -> str:
        return "ask-me-here"


def parse(line: Line) -> AskMeHere | Mistake:
    return only_its_name(line, "ask-me-here") or AskMeHere()


ENTRIES = (
    Entry(
        subject="ask-me-here",
        family=Family.PEOPLE,
        usage="ask-me-here",
        help=N_("If you use Slack and Teams: questions come first to where you type this."),
        examples=(Example(text="ask-me-here", meaning=N_("Questions come here first from now on")),),
        parser=parse,
        needs=Permission.ANYONE,
    ),
)
