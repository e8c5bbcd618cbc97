"""People who answered in both of two periods, and how many of them moved from which mean to which. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

Pair = tuple[float, float]
"""Mean score before, mean score now."""
NOBODY: Mapping[int, Pair] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Pairs:
    """`of_person` holds each of them; `people` how many have the same pair."""

    of_person: Mapping[int, Pair]
    people: Counter[Pair]

    @classmethod
    def of(cls, of_person: Mapping[int, Pair]) -> "Pairs":
        return cls(of_person, Counter(of_person.values()))

    def counted(self, changed: Iterable[int] = (), pairs: Mapping[int, Pair] = NOBODY) -> list[tuple[Pair, int]]:
        """(pair, how many people), in order: `pairs` in place of whatever the changed people had before."""
        people = self.people.copy()
        people.subtract(self.of_person[person] for person in changed if person in self.of_person)
        people.update(pairs.values())
        return sorted((pair, n) for pair, n in people.items() if n)
