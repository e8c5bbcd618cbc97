"""Collects the faults of one survey file while it is read: the line, the problem, and what to do about it."""

from collections.abc import Iterable
from difflib import get_close_matches

from surveys.errors import Fault


class Faults:
    """Every fault found so far, in the order of the file once `sorted` is asked for."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: list[Fault] = []

    def add(self, line: int, problem: str, remedy: str = "") -> None:
        self._found.append(Fault(file=self._file, line=line, problem=problem, remedy=remedy))

    def sorted(self) -> tuple[Fault, ...]:
        return tuple(sorted(self._found, key=lambda fault: fault.line))

    def __len__(self) -> int:
        return len(self._found)


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy that names the nearest known word, or all of them where none is near."""
    words = list(known)
    close = get_close_matches(word, words, n=1, cutoff=0.6)
    return f"Did you mean “{close[0]}”?" if close else f"Use one of: {', '.join(words)}."


def shown(text: str, limit: int = 40) -> str:
    """A piece of somebody's file, short enough for one line of a terminal and without control characters."""
    line = "".join(letter if letter.isprintable() else "?" for letter in text)
    return f"{line[:limit]}…" if len(line) > limit else line
