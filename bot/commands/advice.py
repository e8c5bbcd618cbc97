"""What a person is told about a command that could not be read: one line, the nearest valid form, an example."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """`problem`: one sentence, already in the reader's language. `suggestion`: the nearest valid form, or empty.

    `example` is a whole command that can be read; where possible the typed one, put right.
    """

    problem: str
    suggestion: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What a parser found: like Advice, with the place of the wrong text instead of an example.

    `start`, `end`: the typed text that `replacement` would put right (None: nothing to replace; use `example`).
    """

    problem: str
    suggestion: str = ""
    start: int | None = None
    end: int | None = None
    replacement: str | None = None
    example: str = ""

    def corrected(self, text: str) -> str | None:
        """`text` with the mistake put right, None where that is not known."""
        if self.start is None or self.end is None or self.replacement is None:
            return None
        return " ".join(f"{text[: self.start]} {self.replacement} {text[self.end :]}".split())


def shown(text: str, limit: int = 60) -> str:
    """A piece of what somebody typed, short enough to stand in a sentence, on one line."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def nearest(word: str, known: Iterable[str], cutoff: float = 0.7) -> str:
    """The known word that looks most like `word`, or ""."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[close[0]] if close else ""
