"""What one folded row holds, and how answers become such rows. Pure: no database here.

A cell is one metric, series and survey on one day or in one month, for one dimension. `people` holds everybody who
ever gained an answer in it, `doubtful` everybody who lost one: whoever is in both may or may not still have another,
which only the rows can tell. Nobody is missing from `people`, and whoever is in it wrongly is in `doubtful`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from pyroaring import BitMap64

from storage.folding.packing import PERSON_BITS, UNKNOWN, pack, pair
from surveys.insight.queries import FOLDED_DIMENSIONS, Dimension

DAY, MONTH = "d", "m"
NO_DIMENSION = ""
FOLDED = (NO_DIMENSION, *FOLDED_DIMENSIONS)

RESPONSE = "response"
"""The metric of invitations, folded like answers though it has no rows in `answer`. Its scores: the next three."""
NOT_ANSWERED, ANSWERED, OPEN = 0, 1, 2
"""The first two of the day when an invitation closed; an open one counts on the day of its delivery, and under no value
of any dimension."""

Columns = list[tuple[Any, ...]]
"""Deltas by field instead of by row."""


class CellKey(NamedTuple):
    dimension: str
    metric: str
    grain: str
    bucket: date
    series: str
    survey_key: str


@dataclass(slots=True)
class Cell:
    """`counts` is packed (storage/folding/packing.py); both bitmaps hold pairs of slot and person."""

    counts: int = 0
    people: BitMap64 = field(default_factory=BitMap64)
    doubtful: BitMap64 = field(default_factory=BitMap64)

    def copy(self) -> "Cell":
        return Cell(self.counts, self.people.copy(), self.doubtful.copy())

    def add(self, other: "Cell") -> None:
        self.counts += other.counts
        self.people |= other.people
        self.doubtful |= other.doubtful

    @property
    def empty(self) -> bool:
        return not (self.counts or self.people or self.doubtful)


class Delta(NamedTuple):
    """An answer gained (n = 1) or lost (n = −1), as in the table score_delta: the fields are columns there."""

    metric: str
    series: str
    survey_key: str
    local_day: date
    score: int
    n: int
    person_id: int | None
    account_id: int | None
    role: str | None
    stage: str | None
    touchpoint: str | None
    segment: str | None
    team: str | None
    language: str | None

    def value(self, dimension: str) -> str | None:
        """Its value of a folded dimension as slots know it; None without one, and for no dimension."""
        value = self[_PLACE_OF[dimension]] if dimension else None
        return None if value is None else str(value)


COLUMN_OF: Mapping[Dimension, str] = {
    dimension: "account_id" if dimension is Dimension.ACCOUNT else dimension.value for dimension in FOLDED_DIMENSIONS
}
_PLACE_OF = {dimension.value: Delta._fields.index(column) for dimension, column in COLUMN_OF.items()}

Slots = Mapping[tuple[str, str], int]
"""(dimension, value) → slot; an account's value is its id in decimal. A missing value has slot 0."""


def values_in(deltas: Iterable[Delta]) -> set[tuple[str, str]]:
    """Every (dimension, value) that occurs."""
    columns = list(zip(*deltas, strict=True))
    return {
        (dimension, str(value))
        for dimension, place in _PLACE_OF.items()
        for value in (set(columns[place]) if columns else ())
        if value is not None
    }


def month_of(day: date) -> date:
    return day.replace(day=1)


def in_days(deltas: Iterable[Delta], slots: Slots, dimensions: Sequence[str] = FOLDED) -> dict[CellKey, Cell]:
    """One cell for each day and dimension. A person who gains as much as they lose in a cell leaves no mark in it."""
    groups: dict[tuple[str, str, str, date], list[Delta]] = {}
    for delta in deltas:
        groups.setdefault(delta[:4], []).append(delta)
    cells: dict[CellKey, Cell] = {}
    for (metric, series, survey_key, day), group in groups.items():
        # By columns: ten million answers are counted eight times, and a loop over rows would take ten minutes.
        columns = list(zip(*group, strict=True))
        for dimension in dimensions:
            key = CellKey(dimension, metric, DAY, day, series, survey_key)
            cells[key] = _cell(columns, _slot_column(columns, dimension, slots))
    return cells


_SCORE, _N, _PERSON = (Delta._fields.index(name) for name in ("score", "n", "person_id"))


def _slot_column(columns: Columns, dimension: str, slots: Slots) -> Sequence[int]:
    if dimension == NO_DIMENSION:
        return (0,) * len(columns[_SCORE])
    values = columns[_PLACE_OF[dimension]]
    slot_of = {value: 0 if value is None else slots[dimension, str(value)] for value in set(values)}
    return [slot_of[value] for value in values]


def _cell(columns: Columns, slots: Sequence[int]) -> Cell:
    scores, signs, people = columns[_SCORE], columns[_N], columns[_PERSON]
    if signs.count(1) == len(signs):
        counts = Counter(zip(slots, scores, strict=True))
        known = BitMap64(
            [slot << PERSON_BITS | person for slot, person in zip(slots, people, strict=True) if person is not None]
        )
        if None in people:
            counts.update((slot, UNKNOWN) for slot, person in zip(slots, people, strict=True) if person is None)
        return Cell(counts=pack(counts), people=known)
    return _signed_cell(zip(slots, scores, signs, people, strict=True))


def _signed_cell(rows: Iterable[tuple[int, int, int, int | None]]) -> Cell:
    counts: Counter[tuple[int, int]] = Counter()
    people: Counter[int] = Counter()
    for slot, score, n, person in rows:
        counts[slot, score] += n
        if person is None:
            counts[slot, UNKNOWN] += n
        else:
            people[pair(slot, person)] += n
    return Cell(
        counts=pack(counts),
        people=BitMap64([member for member, n in people.items() if n > 0]),
        doubtful=BitMap64([member for member, n in people.items() if n < 0]),
    )


def with_months(days: Mapping[CellKey, Cell]) -> dict[CellKey, Cell]:
    """The same cells and those of their months."""
    cells = dict(days)
    for key, cell in days.items():
        cells.setdefault(key._replace(grain=MONTH, bucket=month_of(key.bucket)), Cell()).add(cell)
    return cells
