"""Arithmetic on local days that never leaves the calendar: what would lie beyond its ends is cut off there.

Only days, weeks, months, quarters and years; what a period *means* is in `periods`.
"""

import calendar
from datetime import date
from enum import StrEnum


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}


def shift_days(day: date, days: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal()))


def shift_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year < date.min.year:
        return date.min
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, days_in_month(year, month + 1)))


def shift(day: date, n: int, unit: Unit) -> date:
    """`n` units later (earlier if negative)."""
    if unit is Unit.DAY or unit is Unit.WEEK:
        return shift_days(day, n * (7 if unit is Unit.WEEK else 1))
    return shift_months(day, n * _MONTHS[unit])


def unit_start(day: date, unit: Unit, week_start: int = 0) -> date:
    """First day of the unit that `day` is in. `week_start`: 0 is Monday, 6 is Sunday."""
    match unit:
        case Unit.DAY:
            return day
        case Unit.WEEK:
            return shift_days(day, -((day.weekday() - week_start) % 7))
        case Unit.MONTH:
            return day.replace(day=1)
        case Unit.QUARTER:
            return date(day.year, day.month - (day.month - 1) % 3, 1)
        case Unit.YEAR:
            return date(day.year, 1, 1)


def nearest_day(year: int, month: int, day: int) -> date:
    """The day itself if it exists, otherwise the nearest that does (31 June is 30 June, month 13 is December).

    The calendar's last year is left out: its last day has none after it, at which a period could end.
    """
    year = min(max(year, date.min.year), date.max.year - 1)
    month = min(max(month, 1), 12)
    return date(year, month, min(max(day, 1), days_in_month(year, month)))


def days_in_month(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]
