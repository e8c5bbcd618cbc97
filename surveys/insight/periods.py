"""Periods: what may be asked for, and the whole local days that it means on a given day.

A `PeriodSpec` is what was asked ("last-30d"); a `Period` is the days it stands for. Rules: product.md, "Periods". How
one is written is in `period_text`. Nothing here reads a clock: `today` is a local day in the tenant's reporting time
zone. Nothing here raises: days beyond the calendar's ends are cut off at them.
"""

from dataclasses import dataclass
from datetime import date

from surveys.insight.local_days import Unit, days_in_month, shift, shift_days, shift_months, unit_start
from surveys.insight.queries import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """`last-Nd|Nw|Nmo|Nq|Ny`: the window of `n` units that ends today, today included."""

    n: int
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """`today`, `this-week` …: the current unit up to today."""

    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousUnit:
    """`yesterday`, `last-week` …: the full unit before the current one."""

    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarUnit:
    """`2026`, `2026-Q1`, `2026-03`, `2026-03-15`: one whole unit, by its first day."""

    first: date
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """`2026-03-01..2026-03-15`: both days in."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """`since:2026-03-01`: from that day up to today."""

    first: date


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """`all`: from the first answer up to today."""


PeriodSpec = Last | SoFar | PreviousUnit | CalendarUnit | Range | Since | All


def last_day(unit: CalendarUnit) -> date:
    return _days(unit.first, shift(unit.first, 1, unit.unit)).last


def _days(start: date, end: date) -> Period:
    """At least one day, whatever was asked; the calendar's very last day serves as an end only."""
    end = max(end, shift_days(date.min, 1))
    return Period(start=min(start, shift_days(end, -1)), end=end)


def resolve(spec: PeriodSpec, today: date, week_start: int = 0, first_day: date | None = None) -> Period:
    """The days of `spec` on `today`. `first_day` is the day of the first answer, for `all` (None: no answer yet)."""
    tomorrow = shift_days(today, 1)
    match spec:
        case Last(n=n, unit=Unit.DAY | Unit.WEEK as unit):
            return _days(shift(tomorrow, -n, unit), tomorrow)
        case Last(n=n, unit=unit):
            # The day after (today − n units): clamping to the month's end comes first, then the day after.
            return _days(_day_after(shift(today, -n, unit)), tomorrow)
        case SoFar(unit=unit):
            return _days(unit_start(today, unit, week_start), tomorrow)
        case PreviousUnit(unit=unit):
            start = unit_start(today, unit, week_start)
            return _days(shift(start, -1, unit), start)
        case CalendarUnit(first=first, unit=unit):
            return _days(first, shift(first, 1, unit))
        case Range(first=first, last=last):
            return _days(first, shift_days(last, 1))
        case Since(first=first):
            return _days(first, max(tomorrow, shift_days(first, 1)))
        case All():
            return _days(min(first_day or today, today), tomorrow)


def _day_after(day: date) -> date:
    return day if day == date.min else shift_days(day, 1)


def previous(spec: PeriodSpec, period: Period) -> Period | None:
    """What `period` (= `resolve(spec, …)`) is compared with if nothing else is asked; None where there is nothing.

    N days: the N days before. A calendar period: the previous one. A period so far: as many days from the start of
    the previous one, at most all of it. `last-Nmo|q|y`: the same window directly before, counted back from the same
    day (on 31 March, `last-1mo` is all of March and is compared with all of February).
    """
    match spec:
        case All():
            return None
        case Last(n=n, unit=Unit.MONTH | Unit.QUARTER | Unit.YEAR as unit):
            start = _day_after(shift(period.last, -2 * n, unit))
            return _before(start, period.start)
        case SoFar(unit=unit):
            start = shift(period.start, -1, unit)
            return _before(start, min(shift_days(start, period.days), period.start))
        case PreviousUnit(unit=unit) | CalendarUnit(unit=unit):
            return _before(shift(period.start, -1, unit), period.start)
        case Last() | Range() | Since():
            return _before(shift_days(period.start, -period.days), period.start)


def _before(start: date, end: date) -> Period | None:
    """None where the calendar has no room for it: a window cut off at its first day would not be the same kind."""
    return Period(start=start, end=end) if date.min < start < end else None


def year_ago(period: Period) -> Period:
    """The same days one year before. A month's end stays a month's end, and one day stays one day."""
    start = shift_months(period.start, -12)
    last = shift_months(period.last, -12)
    if period.last.day == days_in_month(period.last.year, period.last.month) and period.days > 1:
        last = last.replace(day=days_in_month(last.year, last.month))
    return _days(start, shift_days(max(start, last), 1))


MOST_BUCKETS = 120


def buckets(period: Period, unit: Unit, week_start: int = 0) -> tuple[Period, ...]:
    """`period` cut at the unit's borders, oldest first; the first and the last may be shorter than a unit.

    At most `MOST_BUCKETS`, the latest: a line of more points cannot be read.
    """
    found: list[Period] = []
    end = period.end
    while end > period.start and len(found) < MOST_BUCKETS:
        start = max(unit_start(shift_days(end, -1), unit, week_start), period.start)
        found.append(Period(start=start, end=end))
        end = start
    return tuple(reversed(found))


def bucket_unit(period: Period) -> Unit:
    """The unit that cuts `period` into a line of readable length."""
    for unit, longest in ((Unit.DAY, 14), (Unit.WEEK, 120), (Unit.MONTH, 800), (Unit.QUARTER, 3_700)):
        if period.days <= longest:
            return unit
    return Unit.YEAR


def rolling(today: date, *, days: int, step: int, count: int) -> tuple[Period, ...]:
    """`count` windows of `days` days, the last one ending today and each ending `step` days after the one before."""
    ends = (shift_days(today, 1 - step * back) for back in reversed(range(count)))
    return tuple(_days(shift_days(end, -days), end) for end in ends)
