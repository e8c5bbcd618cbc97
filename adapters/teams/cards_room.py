"""How much of a long text, table or picture fits into one card. What is left out is always said."""

from dataclasses import dataclass

from adapters.teams.text import NOTHING, clean, one_line, visible
from surveys.words import Words

LABEL = 400
"""Characters of a label on one line: longer ones are nobody's intention, and end in an ellipsis."""
_ALL = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What each part may take: characters of a text, rows of a table, characters of an earlier answer in its field.

    `embedded`: pictures that are data in the card itself may stay.
    """

    words: Words
    text: int = _ALL
    rows: int = _ALL
    value: int = _ALL
    embedded: bool = True

    def cut(self, text: str) -> str:
        """The text, or its beginning with a word that says that it is not all."""
        text = clean(text)
        if len(text) <= self.text:
            return text
        return self.words.gettext("{text}… (shortened)").format(text=text[: self.text].rstrip())

    def short(self, text: str) -> str:
        """One line for a label; never empty."""
        limit = min(LABEL, self.text)
        line = one_line(text)
        if not visible(line):
            return NOTHING
        return line if len(line) <= limit else line[:limit].rstrip() + "…"


def rooms(words: Words) -> tuple[Room, ...]:
    """From everything to as little as can still be understood."""
    return (
        Room(words=words),
        Room(words=words, embedded=False),
        Room(words=words, text=4_000, rows=60, value=4_000, embedded=False),
        Room(words=words, text=1_500, rows=30, value=1_500, embedded=False),
        Room(words=words, text=500, rows=15, value=500, embedded=False),
        Room(words=words, text=150, rows=8, value=0, embedded=False),
    )
