"""When a weekly schedule fires next, over clock changes too."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A wall-clock time on a local day, as UTC.

    In the hour that clocks skip, the time after the jump is meant; in the hour that comes twice, the first one
    (PEP 495: fold=0).
    """
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def next_weekly(after: datetime, *, weekday: int, at: time, zone: ZoneInfo) -> datetime:
    """The first moment later than `after` that is `at` o'clock on `weekday` (Monday is 0) in `zone`; in UTC."""
    today = after.astimezone(zone).date()
    for days in range(8):
        day = today + timedelta(days=days)
        if day.weekday() == weekday and (moment := local_moment(day, at, zone)) > after:
            return moment
    return local_moment(today + timedelta(days=7), at, zone)
