"""Answers of employees, counted in memory by whole months. What leaves this module has passed the gate."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from surveys.definitions.model import Metric
from surveys.importing.model import EmployeeAnswer
from surveys.privacy.gate import FEWEST_SHOWN, ReleasedWave, release_month


class MonthKey(NamedTuple):
    survey: str
    question: str
    metric: Metric
    month: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedMonth:
    """A closed wave of the whole company. `wave` None: too few people answered, and not even their number is kept."""

    key: MonthKey
    wave: ReleasedWave | None


@dataclass(slots=True)
class _Month:
    counts: Counter[int] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)
    unnamed: int = 0


class EmployeeMonths:
    """Gathers the answers of one file. Respondents are told apart in memory and forgotten with this object."""

    def __init__(self) -> None:
        self._months: dict[MonthKey, _Month] = {}
        self.answers = 0
        self.comments = 0

    def add(self, answer: EmployeeAnswer) -> None:
        key = MonthKey(answer.target.survey, answer.target.question, answer.metric, answer.month)
        month = self._months.setdefault(key, _Month())
        month.counts[answer.score] += 1
        if answer.respondent is None:
            month.unnamed += 1
        else:
            month.people.add(answer.respondent)
        self.answers += 1
        self.comments += answer.commented

    def closed(self) -> Sequence[ClosedMonth]:
        """What may be kept of each month, oldest first."""
        return [ClosedMonth(key=key, wave=_released(key, self._months[key])) for key in sorted(self._months)]


def _released(key: MonthKey, month: _Month) -> ReleasedWave | None:
    if len(month.people) + month.unnamed < FEWEST_SHOWN:
        return None
    released = release_month(month.counts, key.month, key.metric)
    return released if isinstance(released, ReleasedWave) else None
