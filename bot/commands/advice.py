"""What a person is told about a command that could not be read: one line, the nearest valid form, an example."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from bot.commands.tokens import quote
from surveys.insight.queries import Dimension


@dataclass(frozen=True, slots=True, kw_only=True)
class MaybeName:
    """Typed words that may be a name which only the store knows: `text[start:end]` would be `before` and the name."""

    dimension: Dimension
    name: str
    before: str
    """`account:`, or all that stands before the name in a filter: `-account:Acme,`."""
    start: int
    end: int
    in_filter: bool = False
    """It begins in a filter and lacks nothing but quotes: `account:Nordhavn Tools`."""

    def filter(self, name: str) -> str:
        return f"{self.before}{quote(name)}"

    def corrected(self, text: str, name: str) -> str:
        return f"{text[: self.start]} {self.filter(name)} {text[self.end :]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """`problem`: one sentence, already in the reader's language. `suggestion`: the nearest valid form, or empty.

    `example` is a whole command that can be read; where possible the typed one, put right. `names`: what the words that
    were not understood may be, the longest first; `values.with_names` looks them up.
    """

    problem: str
    suggestion: str
    example: str
    names: tuple[MaybeName, ...] = ()


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
    names: tuple[MaybeName, ...] = ()

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
