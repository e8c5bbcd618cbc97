"""`summary weekly #channel mon 09:00`: which channel gets the weekly summary, and when."""

import re
from dataclasses import dataclass

from bot.commands.advice import Mistake, nearest, shown
from bot.commands.declaration import Base, Entry, Example, Family, Line
from bot.commands.tokens import Token
from surveys.words import N_

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_WORDS = (
    {day: number for number, day in enumerate(DAYS)}
    | {day: number for number, day in enumerate(_FULL_DAYS)}
    | {f"{day}s": number for number, day in enumerate(_FULL_DAYS)}
    | {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
)
_FILLERS = ("at", "on", "every", "each", "in", "to", "for", "the", "o'clock", "post", "summary")
_STOP = ("stop", "off", "cancel", "remove", "end")
_LIST = ("list", "show")
_OTHER_RHYTHMS = ("daily", "monthly", "quarterly", "hourly", "yearly", "fortnightly", "biweekly")
_TIME = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?h?(am|pm)?")
_SLACK_CHANNEL = re.compile(r"<#[^|>]+\|([^>]+)>")
_CHANNEL = re.compile(r"#[^\s#,:<>|]{1,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklySummary(Base):
    """`channel` without `#`; `weekday` 0 is Monday; local time of the tenant's reporting zone."""

    channel: str
    weekday: int
    hour: int
    minute: int

    @property
    def text(self) -> str:
        """The canonical way to type it."""
        return f"summary weekly #{self.channel} {DAYS[self.weekday]} {self.hour:02}:{self.minute:02}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSummaries(Base):
    """No more summaries in this channel."""

    channel: str

    @property
    def text(self) -> str:
        return f"summary stop #{self.channel}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSummaries(Base):
    reads_only = True

    @property
    def text(self) -> str:
        return "summary"


SummaryCommand = WeeklySummary | StopSummaries | ListSummaries


@dataclass(slots=True, kw_only=True)
class _Found:
    channel: str = ""
    weekday: int | None = None
    time: tuple[int, int] | None = None
    stop: bool = False
    list: bool = False


def parse(line: Line) -> SummaryCommand | Mistake:
    found = _Found()
    tokens, at = line.rest, 0
    while at < len(tokens):
        taken = _take(line, tokens, at, found)
        if isinstance(taken, Mistake):
            return taken
        at += taken
    if not found.channel and (found.list or not tokens):
        return ListSummaries()
    if not found.channel:
        return _no_channel(line, found)
    if found.stop:
        return StopSummaries(channel=found.channel)
    hour, minute = found.time or (9, 0)
    return WeeklySummary(channel=found.channel, weekday=found.weekday or 0, hour=hour, minute=minute)


def _take(line: Line, tokens: tuple[Token, ...], at: int, found: _Found) -> int | Mistake:
    _ = line.words.gettext
    token = tokens[at]
    text = token.text.casefold().strip(",;")
    channel = _channel(token.text.strip(",;"))
    following = tokens[at + 1].text.casefold() if at + 1 < len(tokens) else ""
    if channel:
        if found.channel and found.channel != channel:
            problem = _("One channel at a time: I read #{one} and #{two}.").format(one=found.channel, two=channel)
            return _wrong(token, problem, f"#{found.channel}", "")
        found.channel = channel
    elif text in _DAY_WORDS:
        found.weekday = _DAY_WORDS[text]
    elif text in _STOP:
        found.stop = True
    elif text in _LIST:
        found.list = True
    elif text in _OTHER_RHYTHMS:
        problem = _("Summaries are weekly in this version: one week alone is already mostly noise.")
        return _wrong(token, problem, "weekly", "weekly")
    elif text in _FILLERS or text == "weekly":
        pass
    elif match := _TIME.fullmatch(text + following if following in ("am", "pm") else text):
        return _time(line, token, match, found, used=2 if following in ("am", "pm") else 1)
    elif text in ("noon", "midday"):
        found.time = (12, 0)
    else:
        return _unknown(line, token, text, found)
    return 1


def _channel(text: str) -> str:
    if slack := _SLACK_CHANNEL.fullmatch(text):
        return slack[1].casefold()
    return text[1:].casefold() if _CHANNEL.fullmatch(text) else ""


def _time(line: Line, token: Token, match: re.Match[str], found: _Found, *, used: int) -> int | Mistake:
    _ = line.words.gettext
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    possible = minute < 60 and (1 <= hour <= 12 if half else hour < 24)
    if not possible:
        problem = _("“{time}” is not a time of day.").format(time=shown(token.text))
        return _wrong(token, problem, "09:00", "09:00")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    found.time = (hour, minute)
    return used


def _unknown(line: Line, token: Token, text: str, found: _Found) -> Mistake:
    _ = line.words.gettext
    close = nearest(text, (*_DAY_WORDS, "weekly", "stop", "list", *_OTHER_RHYTHMS), cutoff=0.6)
    plain = re.sub(r"[\s#,:<>|]+", "-", text).strip("-")[:80]
    if close and (found.channel or len(text) > 3):
        problem = _("I do not know “{word}”.").format(word=shown(token.text))
        return _wrong(token, problem, close, close)
    if not found.channel and plain:
        problem = _("I do not know “{word}”. A channel is written with #.").format(word=shown(token.text))
        return _wrong(token, problem, f"#{plain}", f"#{plain}")
    problem = _("I do not know “{word}”. A summary needs a channel, a day and a time.").format(word=shown(token.text))
    return _wrong(token, problem, "weekly #general mon 09:00", "")


def _wrong(token: Token, problem: str, suggestion: str, replacement: str) -> Mistake:
    return Mistake(problem=problem, suggestion=suggestion, start=token.start, end=token.end, replacement=replacement)


def _no_channel(line: Line, found: _Found) -> Mistake:
    _ = line.words.gettext
    hour, minute = found.time or (9, 0)
    near = (
        "summary stop #general"
        if found.stop
        else f"summary weekly #general {DAYS[found.weekday or 0]} {hour:02}:{minute:02}"
    )
    return Mistake(problem=_("Which channel? Write it with #, such as #general."), suggestion=near, example=near)


ENTRIES = (
    Entry(
        subject="summary",
        aliases=("summaries", "digest"),
        family=Family.SUMMARIES,
        usage="summary weekly #CHANNEL [DAY] [TIME] | stop #CHANNEL | list",
        help=N_("The weekly summary of a channel: the score, what people like, what to improve, a chart."),
        examples=(
            Example(text="summary weekly #customer-experience mon 09:00", meaning=N_("Every Monday at nine")),
            Example(text="summary stop #customer-experience", meaning=N_("No more summaries there")),
            Example(text="summary list", meaning=N_("Which channels get one, and when")),
        ),
        parser=parse,
    ),
)
