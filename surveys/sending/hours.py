"""When a person may be asked: business hours on working days, where the person is."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from surveys.sending.recurrence import local_moment

OPENS = time(9, 0)
CLOSES = time(17, 0)
WORKING_DAYS = frozenset({0, 1, 2, 3, 4})


def zone_of(name: str | None, fallback: str) -> ZoneInfo:
    """The person's zone, or the tenant's where it is unknown or misspelt."""
    for candidate in (name, fallback):
        try:
            if candidate:
                return ZoneInfo(candidate)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def next_business_moment(now: datetime, zone: ZoneInfo) -> datetime:
    """`now` inside business hours, else the next opening; in UTC."""
    local = now.astimezone(zone)
    if local.weekday() in WORKING_DAYS and OPENS <= local.time() < CLOSES:
        return now.astimezone(UTC)
    day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
    while day.weekday() not in WORKING_DAYS:
        day += timedelta(days=1)
    return local_moment(day, OPENS, zone)
