"""Days and times as a person reads them, and the moments that the clock control offers. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from surveys.errors import InvalidInput
from surveys.words import Words

OPENING = time(9, 0)
FARTHEST = timedelta(days=366)
"""How far one move of the clock may go: every day in between has its own work to catch up on."""


def weekday_name(day: date, words: Words) -> str:
    _ = words.gettext
    names = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return names[day.weekday()]


def month_name(day: date, words: Words) -> str:
    _ = words.gettext
    names = (
        _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"),
        _("September"), _("October"), _("November"), _("December"),
    )  # fmt: skip
    return names[day.month - 1]


def day_label(day: date, words: Words) -> str:
    """ "Monday, 6 July 2026" """
    label = words.gettext("{weekday}, {day} {month} {year}")
    return label.format(weekday=weekday_name(day, words), day=day.day, month=month_name(day, words), year=day.year)


def clock_label(now: datetime, zone: ZoneInfo, words: Words) -> str:
    """ "Monday, 6 July 2026, 08:55" """
    local = now.astimezone(zone)
    return words.gettext("{day}, {time}").format(day=day_label(local.date(), words), time=time_label(now, zone))


def time_label(moment: datetime, zone: ZoneInfo) -> str:
    """ "08:55" """
    return f"{moment.astimezone(zone):%H:%M}"


def next_opening(now: datetime, zone: ZoneInfo) -> datetime:
    """The next 09:00 in the company's zone, after `now`."""
    today = now.astimezone(zone).date()
    opening = _local(datetime.combine(today, OPENING), zone)
    return opening if opening > now else _local(datetime.combine(today + timedelta(days=1), OPENING), zone)


def next_monday(now: datetime, zone: ZoneInfo) -> datetime:
    """09:00 on the Monday of the next week, in the company's zone; on a Monday that is a week later."""
    today = now.astimezone(zone).date()
    return _local(datetime.combine(today + timedelta(days=7 - today.weekday()), OPENING), zone)


def moment_wanted(preset: str, typed: str, now: datetime, zone: ZoneInfo, words: Words) -> datetime:
    """Where the clock shall go: a preset's name, else `typed` (YYYY-MM-DDTHH:MM, the company's time).

    Raises InvalidInput, in words: not a time, not later than now, more than a year ahead.
    """
    _ = words.gettext
    match preset:
        case "opening":
            wanted = next_opening(now, zone)
        case "monday":
            wanted = next_monday(now, zone)
        case "10m":
            wanted = now + timedelta(minutes=10)
        case "1h":
            wanted = now + timedelta(hours=1)
        case "1d":
            # The same time tomorrow on the wall, also in the night when the clocks change.
            wanted = _local(now.astimezone(zone).replace(tzinfo=None) + timedelta(days=1), zone)
        case _:
            wanted = _typed_moment(typed, zone, words)
    if wanted <= now:
        raise InvalidInput(_("The clock only goes forward: please choose a later time."))
    if wanted - now > FARTHEST:
        raise InvalidInput(_("At most one year at a time: please choose an earlier date."))
    return wanted


def _typed_moment(typed: str, zone: ZoneInfo, words: Words) -> datetime:
    try:
        local = datetime.fromisoformat(typed[:30])
    except ValueError as error:
        example = words.gettext("Please choose a date and a time, such as 2026-07-06 09:00.")
        raise InvalidInput(example) from error
    try:
        return local.astimezone(UTC) if local.tzinfo else _local(local, zone)
    except OverflowError as error:
        raise InvalidInput(words.gettext("At most one year at a time: please choose an earlier date.")) from error


def _local(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)
