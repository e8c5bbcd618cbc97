"""Parts of a year as people name them: `June`, `jun 2026`, `Q2`, `H1 2026`. What they mean is in `period_text`."""

import re
from dataclasses import dataclass
from datetime import date

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_FIRST_MONTHS = (
    {name: number for number, name in enumerate(_MONTHS, start=1)}
    | {name[:3]: number for number, name in enumerate(_MONTHS, start=1)}
    | {"sept": 9, "q1": 1, "q2": 4, "q3": 7, "q4": 10, "h1": 1, "h2": 7}
)
_NAMED = re.compile(r"([a-z]+[1-4]?)(?:[- ]?([0-9]{4}))?|([0-9]{4})[- ]?([a-z]+[1-4]?)")
_LENGTHS = {"q": 3, "h": 6}


@dataclass(frozen=True, slots=True, kw_only=True)
class YearPart:
    """`months` from the first of `month` on: 1, 3 or 6. `year` None: it was not said."""

    month: int
    months: int
    year: int | None

    def latest_year(self, today: date) -> int:
        """The year of the latest such part that has begun."""
        return today.year if self.month <= today.month else today.year - 1


def year_part(typed: str) -> YearPart | None:
    """`typed` in lower case."""
    found = _NAMED.fullmatch(typed)
    name = (found[1] or found[4]) if found else ""
    if found is None or name not in _FIRST_MONTHS:
        return None
    year = found[2] or found[3]
    months = _LENGTHS.get(name[0], 1) if name[-1].isdigit() else 1
    return YearPart(month=_FIRST_MONTHS[name], months=months, year=int(year) if year else None)
