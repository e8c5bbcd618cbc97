"""What was answered in the last minutes, so that a copy of it is not answered again.

In this process only, and for what changes nothing: what changes something is refused twice by the database.
"""

from collections import OrderedDict
from collections.abc import Callable

COPIES_KEPT = 50_000


class Answered:
    def __init__(self, *, seconds: float, now: Callable[[], float]) -> None:
        """`seconds`: how long a copy may follow."""
        self._seconds = seconds
        self._now = now
        self._kept: OrderedDict[str, float] = OrderedDict()

    def add(self, mark: str) -> None:
        self._kept[mark] = self._now()
        while self._kept and (
            len(self._kept) > COPIES_KEPT or self._now() - next(iter(self._kept.values())) > self._seconds
        ):
            self._kept.popitem(last=False)

    def discard(self, mark: str) -> None:
        """It was not answered after all: its copy is to be."""
        self._kept.pop(mark, None)

    def __contains__(self, mark: str) -> bool:
        return mark in self._kept
