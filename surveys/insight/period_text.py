"""How a period is written: what a person may type for one, its written form, and what is wrong with a mistake.

Nothing here raises: a mistake is a `BadPeriod` with the nearest valid form.
"""

import difflib
import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from surveys.insight.local_days import Unit, nearest_day, shift_days, shift_months, unit_start
from surveys.insight.periods import All, CalendarUnit, Last, PeriodSpec, PreviousUnit, Range, Since, SoFar, last_day
from surveys.insight.year_parts import year_part
from surveys.words import Words


class PeriodFault(StrEnum):
    """What is wrong with a period that somebody typed."""

    BARE_M = "bare_m"
    NO_UNIT = "no_unit"
    ZERO = "zero"
    TOO_LONG = "too_long"
    IMPOSSIBLE = "impossible"
    REVERSED = "reversed"
    NO_YEAR = "no_year"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadPeriod:
    """Meant as a period but not one. `suggestion` is the nearest form that is valid."""

    fault: PeriodFault
    text: str
    suggestion: str


LONGEST = {Unit.DAY: 36_500, Unit.WEEK: 5_200, Unit.MONTH: 1_200, Unit.QUARTER: 400, Unit.YEAR: 100}
"""The largest N of `last-N…`: a hundred years; whoever wants more wants `all`."""

_LONG_UNITS = (Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.YEAR)
PERIOD_WORDS = (
    *("today", "yesterday", "wtd", "mtd", "qtd", "ytd", "all"),
    *(f"{word}-{unit}" for word in ("this", "last") for unit in _LONG_UNITS),
    *("last-7d", "last-30d", "last-90d", "last-12w", "last-12mo", "last-4q"),
)
"""Valid forms worth offering while somebody types, and to correct a misspelling by."""

_SUFFIX = {Unit.DAY: "d", Unit.WEEK: "w", Unit.MONTH: "mo", Unit.QUARTER: "q", Unit.YEAR: "y"}
_SHORT_SO_FAR = {Unit.DAY: "today", Unit.WEEK: "wtd", Unit.MONTH: "mtd", Unit.QUARTER: "qtd", Unit.YEAR: "ytd"}
_UNIT_WORDS = {
    Unit.DAY: "d day days",
    Unit.WEEK: "w wk wks week weeks",
    Unit.MONTH: "mo mos month months",
    Unit.QUARTER: "q qtr qtrs quarter quarters",
    Unit.YEAR: "y yr yrs year years",
}
_UNITS = {word: unit for unit, words in _UNIT_WORDS.items() for word in words.split()}
_FIXED: dict[str, PeriodSpec] = {
    "yesterday": PreviousUnit(unit=Unit.DAY),
    "previous day": PreviousUnit(unit=Unit.DAY),
    "all": All(),
    "all time": All(),
}
_FIXED.update((word, SoFar(unit=unit)) for unit, word in _SHORT_SO_FAR.items())
_FIXED.update((f"{word} {unit}", SoFar(unit=unit)) for unit in _LONG_UNITS for word in ("this", "current"))
_FIXED.update((f"{unit} to date", SoFar(unit=unit)) for unit in _LONG_UNITS)
_FIXED.update((f"{word} {unit}", PreviousUnit(unit=unit)) for unit in _LONG_UNITS for word in ("last", "previous"))

_LONGEST_TEXT = 60
_WINDOW = re.compile(r"(?:last|past|previous) ([0-9]+) ?([a-z]*)")
_WINDOW_SPOKEN = re.compile(r"([0-9]+) ([a-z]+)")
_WINDOW_UNSAID = re.compile(r"([0-9]+)(d|w|mo|m|q|y)")
_BETWEEN_WORDS = re.compile(r" (?:to|until|till|through|-) ")
_BETWEEN = re.compile(rf" ?\.{{2,3}} ?| ?… ?|{_BETWEEN_WORDS.pattern}")
_PART_UNITS = {1: Unit.MONTH, 3: Unit.QUARTER}
_CALENDAR = re.compile(r"([0-9]{4})(?:[- ]?q([0-9])|-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_QUARTER_FIRST = re.compile(r"q([0-9])[- ]?([0-9]{4})")
_YEAR_FIRST_DATE = re.compile(r"([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})")
_DAY_FIRST_DATE = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")


def parse_period(text: str, today: date | None = None) -> PeriodSpec | BadPeriod | None:
    """Read one period, written (`last-30d`) or spoken (`last 30 days`), in any case.

    None: this is no period at all. Where a period may be several words, try the longest run of words first.
    `today` only chooses the year that is suggested for a month, quarter or half year without one.
    """
    written = " ".join(text.split())
    if not written or len(written) > _LONGEST_TEXT:
        return None
    spec = _read(written.casefold(), today)
    return replace(spec, text=written) if isinstance(spec, BadPeriod) else spec


def _read(typed: str, today: date | None) -> PeriodSpec | BadPeriod | None:
    spoken = re.sub(r"[ _-]", " ", typed).removeprefix("the ")
    if spoken in _FIXED:
        return _FIXED[spoken]
    if window := _WINDOW.fullmatch(spoken) or _spoken_window(typed):
        return _window(typed, int(window[1]), window[2])
    if typed.startswith(("since:", "since ")):
        return _since(typed)
    sides = _BETWEEN.split(typed)
    if len(sides) > 1:
        return _range(typed, [_calendar(side) for side in sides])
    return _calendar(typed) or _part_of_year(typed, today) or _misspelt(typed, spoken)


def _spoken_window(typed: str) -> re.Match[str] | None:
    """`30 days`: any other word behind a number belongs to the rest of the grammar."""
    window = _WINDOW_SPOKEN.fullmatch(typed)
    return window if window and window[2] in (*_UNITS, "m") else None


def _bad(fault: PeriodFault, text: str, suggestion: str) -> BadPeriod:
    return BadPeriod(fault=fault, text=text, suggestion=suggestion)


def _last_n(n: int, unit: Unit) -> str:
    return f"last-{min(max(n, 1), LONGEST[unit])}{_SUFFIX[unit]}"


def _window(typed: str, n: int, word: str) -> PeriodSpec | BadPeriod | None:
    if word == "m":
        return _bad(PeriodFault.BARE_M, typed, _last_n(n, Unit.MONTH))
    if not word:
        return _bad(PeriodFault.NO_UNIT, typed, _last_n(n, Unit.DAY))
    unit = _UNITS.get(word)
    if unit is None:
        if " " in typed:  # "last 30 detractors" may mean something to the rest of the grammar
            return None
        close = difflib.get_close_matches(word, _UNITS, n=1, cutoff=0.5)
        return _bad(PeriodFault.UNKNOWN, typed, _last_n(n, _UNITS[close[0]] if close else Unit.DAY))
    if n < 1:
        return _bad(PeriodFault.ZERO, typed, _last_n(1, unit))
    if n > LONGEST[unit]:
        return _bad(PeriodFault.TOO_LONG, typed, "all")
    return Last(n=n, unit=unit)


def _since(typed: str) -> PeriodSpec | BadPeriod | None:
    match _calendar(typed[len("since:") :].strip()):
        case CalendarUnit(first=first):
            return Since(first=first)
        case BadPeriod(fault=fault, suggestion=suggestion):
            return _bad(fault, typed, f"since:{suggestion}")
        case None:
            return _bad(PeriodFault.UNKNOWN, typed, "last-30d") if typed.startswith("since:") else None


def _range(typed: str, sides: list[CalendarUnit | BadPeriod | None]) -> PeriodSpec | BadPeriod | None:
    known = [side for side in sides if side]
    if len(known) < len(sides) and _BETWEEN_WORDS.search(typed):  # "2026-03 to #channel" is no range
        return None
    match sides:
        case [CalendarUnit() as first, CalendarUnit() as last]:
            if last_day(last) < first.first:
                return _bad(PeriodFault.REVERSED, typed, f"{spell(last)}..{spell(first)}")
            return Range(first=first.first, last=last_day(last))
        case [CalendarUnit() as first, None]:
            return _bad(PeriodFault.UNKNOWN, typed, f"since:{first.first.isoformat()}")
        case [first, last] if first and last:
            fault = first.fault if isinstance(first, BadPeriod) else last.fault if isinstance(last, BadPeriod) else None
            return _bad(fault or PeriodFault.UNKNOWN, typed, f"{_nearest(first)}..{_nearest(last)}")
        case _:
            return _bad(PeriodFault.UNKNOWN, typed, _nearest(known[0])) if known else None


def _nearest(side: CalendarUnit | BadPeriod) -> str:
    return side.suggestion if isinstance(side, BadPeriod) else spell(side)


def _calendar(typed: str) -> CalendarUnit | BadPeriod | None:
    """`2026`, `2026-Q1`, `2026-03`, `2026-03-15`; what only looks like one of them is a BadPeriod."""
    if other := _YEAR_FIRST_DATE.fullmatch(typed):
        return _bad(PeriodFault.UNKNOWN, typed, nearest_day(int(other[1]), int(other[2]), int(other[3])).isoformat())
    if other := _DAY_FIRST_DATE.fullmatch(typed):
        return _bad(PeriodFault.UNKNOWN, typed, nearest_day(int(other[3]), int(other[2]), int(other[1])).isoformat())
    if turned := _QUARTER_FIRST.fullmatch(typed):
        typed = f"{turned[2]}-q{turned[1]}"
    part = year_part(typed)
    if part is not None and part.months == 1 and part.year is not None:
        typed = f"{part.year:04}-{part.month:02}"
    found = _CALENDAR.fullmatch(typed)
    if found is None:
        looks_so = re.match(r"[0-9]{4}-[0-9qw]", typed) and " " not in typed
        return _bad(PeriodFault.UNKNOWN, typed, f"{nearest_day(int(typed[:4]), 1, 1).year:04}") if looks_so else None
    quarter, month, day = found[2], found[3], found[4]
    unit = Unit.QUARTER if quarter else Unit.DAY if day else Unit.MONTH if month else Unit.YEAR
    wanted = (int(found[1]), 3 * int(quarter) - 2 if quarter else int(month or 1), int(day or 1))
    first = nearest_day(*wanted)
    nearest = CalendarUnit(first=unit_start(first, unit), unit=unit)
    if (first.year, first.month, first.day) != wanted:
        return _bad(PeriodFault.IMPOSSIBLE, typed, spell(nearest))
    if unit in (Unit.MONTH, Unit.DAY) and typed != spell(nearest):  # "2026-3": one way of writing a date is enough
        return _bad(PeriodFault.UNKNOWN, typed, spell(nearest))
    return nearest


def _part_of_year(typed: str, today: date | None) -> BadPeriod | None:
    """`june` and `Q2` lack a year; half a year has no form of its own, and is written as its days."""
    part = year_part(typed)
    if part is None:
        return None
    fault = PeriodFault.NO_YEAR if part.year is None else PeriodFault.UNKNOWN
    year = part.latest_year(today) if part.year is None and today else part.year
    if year is None:
        return _bad(fault, typed, {1: "last-month", 3: "last-quarter"}.get(part.months, "last-2q"))
    first = nearest_day(year, part.month, 1)
    if part.months in _PART_UNITS:
        return _bad(fault, typed, spell(CalendarUnit(first=first, unit=_PART_UNITS[part.months])))
    return _bad(fault, typed, spell(Range(first=first, last=shift_days(shift_months(first, part.months), -1))))


def _misspelt(typed: str, spoken: str) -> BadPeriod | None:
    """Only what cannot be meant as anything but a period: other words belong to the rest of the grammar."""
    if unsaid := _WINDOW_UNSAID.fullmatch(typed):
        unit = Unit.MONTH if unsaid[2] == "m" else _UNITS[unsaid[2]]
        fault = PeriodFault.BARE_M if unsaid[2] == "m" else PeriodFault.UNKNOWN
        return _bad(fault, typed, _last_n(int(unsaid[1]), unit))
    if (single := re.sub(r"[ _-]*([ _-])", r"\1", typed)) != typed:
        spec = _read(single, None)
        return _bad(PeriodFault.UNKNOWN, typed, spell(spec)) if isinstance(spec, Last | SoFar | PreviousUnit) else None
    if spoken in {"past day", "last day"}:
        return _bad(PeriodFault.UNKNOWN, typed, "yesterday")
    if spoken.startswith("past ") and spoken.removeprefix("past ") in _UNITS:
        return _bad(PeriodFault.UNKNOWN, typed, _last_n(1, _UNITS[spoken.removeprefix("past ")]))
    if " " not in typed and typed.startswith(("last-", "this-", "past-", "previous-", "current-")):
        close = difflib.get_close_matches(typed, PERIOD_WORDS, n=1, cutoff=0.7)
        return _bad(PeriodFault.UNKNOWN, typed, close[0] if close else "last-30d")
    return None


def spell(spec: PeriodSpec) -> str:
    """The written form: `parse_period(spell(spec)) == spec`."""
    match spec:
        case Last(n=n, unit=unit):
            return f"last-{n}{_SUFFIX[unit]}"
        case SoFar(unit=unit):
            return "today" if unit is Unit.DAY else f"this-{unit}"
        case PreviousUnit(unit=unit):
            return "yesterday" if unit is Unit.DAY else f"last-{unit}"
        case CalendarUnit(first=first, unit=Unit.QUARTER):
            return f"{first.year:04}-Q{(first.month + 2) // 3}"
        case CalendarUnit(first=first, unit=unit):
            return first.isoformat()[: {Unit.YEAR: 4, Unit.MONTH: 7}.get(unit, 10)]
        case Range(first=first, last=last):
            return f"{first.isoformat()}..{last.isoformat()}"
        case Since(first=first):
            return f"since:{first.isoformat()}"
        case All():
            return "all"


def explain_fault(bad: BadPeriod, words: Words) -> str:
    """One sentence for the person who typed it; the suggestion is shown beside it, not in it."""
    _ = words.gettext
    match bad.fault:
        case PeriodFault.BARE_M:
            return _("“{text}” could be minutes or months; months are written “mo”.").format(text=bad.text)
        case PeriodFault.NO_UNIT:
            return _("“{text}” lacks its unit: d, w, mo, q or y.").format(text=bad.text)
        case PeriodFault.ZERO:
            return _("“{text}” holds no day; the number starts at 1.").format(text=bad.text)
        case PeriodFault.TOO_LONG:
            return _("“{text}” goes back further than a hundred years.").format(text=bad.text)
        case PeriodFault.IMPOSSIBLE:
            return _("“{text}” is not in the calendar.").format(text=bad.text)
        case PeriodFault.REVERSED:
            return _("“{text}” ends before it starts.").format(text=bad.text)
        case PeriodFault.NO_YEAR:
            return _("“{text}” lacks its year.").format(text=bad.text)
        case PeriodFault.UNKNOWN:
            return _("“{text}” is not a period I can read.").format(text=bad.text)
