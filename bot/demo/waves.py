"""Who was asked when, and when they answered: every invitation since people are asked in chat, answers before that.

Rules that hold by construction: a person is asked at the same place of each round of thirteen weeks, so that two
answers are at least 91 days apart; nobody answers before the question has come, at night or on a day off.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bot.demo.contacts import INGRID, LEFT_THE_COMPANY, MARTA, OPTED_OUT, SNOOZED, DemoContact, Standing, contacts
from bot.demo.dates import IN_CHAT_SINCE, STARTS_AT, Quarter
from bot.demo.dealing import nps_scores
from bot.demo.draw import share, weighted, whole
from bot.demo.planted import FIRST_IN_JULY, FIRST_TAPS, ON_MONDAY, PLACES, SILENT_UNTIL_THEY_LEFT, left_alone
from bot.demo.respondents import programme_before, respondents

CORRECTED_AFTER = timedelta(seconds=40)
JUST_BEFORE = timedelta(minutes=5)
"""Questions that are waiting when the clock starts left so long before it: what is held up longer waits for nine."""

HOLIDAYS = frozenset({0, 1, 2, 3, 4, 5, 6, 13, 30, 41, 43, 44, 64, 83, 84, 85, 86})
"""Places that fall on a public holiday or on the day of the outage in some round, or on days too near a quarter's end
for those who answer in several rounds."""

LAST_PLACE_OF_REGULARS = 80
"""Asked later, somebody who takes a week might answer in the next quarter."""

ASKED_AND_SILENT = {Quarter.Q4_2025: 0.85, Quarter.Q1_2026: 0.9, Quarter.Q2_2026: 0.8}
"""How likely somebody who did not answer had been asked at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`first_tap`: what was tapped before, forty seconds earlier, where it was corrected."""

    at: datetime
    score: int
    first_tap: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One invitation. `at` is when it was delivered, or, on the demo's day, when it is due. Times are UTC."""

    contact: DemoContact
    quarter: Quarter
    at: datetime
    undeliverable: bool = False
    reply: Reply | None = None

    @property
    def queued(self) -> bool:
        """Still to be sent when the demo starts."""
        return self.quarter is Quarter.Q3_2026 and self.contact.seat not in FIRST_IN_JULY


@cache
def asks() -> Sequence[Ask]:
    """Every time a contact was asked for a recommendation, in order; the imported ones are those before
    IN_CHAT_SINCE, and are all answered."""
    return tuple(sorted(_asks(), key=lambda ask: (ask.at, ask.contact.email)))


def _asks() -> Iterator[Ask]:
    for quarter in Quarter:
        for contact in contacts():
            if contact.seat in respondents()[quarter]:
                yield _answered(contact, quarter)
            elif _asked_in_vain(contact, quarter):
                yield _in_vain(contact, quarter)
    yield from _of_today()


def _answered(contact: DemoContact, quarter: Quarter) -> Ask:
    seat = contact.seat
    day = quarter.day(place_of(contact))
    at = _delivered(contact, day)
    reply = Reply(
        at=_answered_at(contact, day, at, quarter),
        score=nps_scores()[seat, quarter],
        first_tap=FIRST_TAPS.get((seat, quarter)),
    )
    return Ask(contact=contact, quarter=quarter, at=at, reply=reply)


def _asked_in_vain(contact: DemoContact, quarter: Quarter) -> bool:
    seat = contact.seat
    if quarter not in ASKED_AND_SILENT or left_alone(seat, quarter) or contact.standing is Standing.NEVER_ASKED:
        return False
    if quarter is not Quarter.Q2_2026 and seat not in programme_before():
        return False
    if contact.standing is Standing.UNREACHED:
        return quarter is Quarter.Q2_2026 or (seat == LEFT_THE_COMPANY and quarter is Quarter.Q1_2026)
    certain = seat == INGRID or seat in SILENT_UNTIL_THEY_LEFT or seat in OPTED_OUT or seat in SNOOZED
    return certain or share("asked", seat, quarter) < ASKED_AND_SILENT[quarter]


def _in_vain(contact: DemoContact, quarter: Quarter) -> Ask:
    day = quarter.day(min(place_of(contact), LAST_PLACE_OF_REGULARS))
    out_of_reach = contact.standing is Standing.UNREACHED
    return Ask(contact=contact, quarter=quarter, at=_delivered(contact, day), undeliverable=out_of_reach)


def _of_today() -> Iterator[Ask]:
    """Those cast for the demo's day: their questions are waiting when the clock starts, Marta's comes at 09:05."""
    for contact in contacts():
        if contact.seat in ON_MONDAY:
            due = STARTS_AT.replace(hour=9, minute=5) if contact.seat == MARTA else STARTS_AT - JUST_BEFORE
            yield Ask(contact=contact, quarter=Quarter.Q3_2026, at=due.astimezone(UTC))


@cache
def _places() -> Mapping[str, tuple[int, ...]]:
    """Places to draw from: of those who answer in several rounds, and of those first asked in 2026-Q2."""
    regulars = [place for place in range(7, LAST_PLACE_OF_REGULARS + 1) if _is_workday(place) and place not in HOLIDAYS]
    newcomers = [place for place in range(6, 91) if _is_workday(place) and place not in (30, 43, 64)]
    return {"regulars": tuple(regulars), "newcomers": tuple(newcomers)}


def place_of(contact: DemoContact) -> int:
    """Which of the 91 days of a round is this person's."""
    seat = contact.seat
    if seat in PLACES:
        return PLACES[seat]
    if seat in programme_before() or seat not in respondents()[Quarter.Q2_2026] or contact.language == "es":
        places = _places()["regulars"]
    else:
        places = _places()["newcomers"]
    return places[whole(len(places), "place", seat)]


def _is_workday(place: int) -> bool:
    return Quarter.Q1_2025.day(place).weekday() < 5


def _delivered(contact: DemoContact, day: date) -> datetime:
    """In the morning, where the person is; the same minute in every round."""
    minute = whole(75, "minute", contact.seat)
    return datetime.combine(day, time(9 + minute // 60, minute % 60), ZoneInfo(contact.timezone)).astimezone(UTC)


def _answered_at(contact: DemoContact, day: date, delivered: datetime, quarter: Quarter) -> datetime:
    """Within minutes or hours, or some days later. Never sooner than in the round before."""
    lag = _lag(contact, day)
    if lag == 0:
        minutes = weighted(((3, 0.3), (11, 0.25), (38, 0.2), (95, 0.15), (260, 0.1)), "pause", contact.seat)
        return delivered + timedelta(
            minutes=minutes + whole(minutes, "more", contact.seat), seconds=17 * quarter.number
        )
    minute = whole(400, "of day", contact.seat)
    local = datetime.combine(day + timedelta(days=lag), time(9), ZoneInfo(contact.timezone))
    return (local + timedelta(minutes=minute, seconds=17 * quarter.number)).astimezone(UTC)


def _lag(contact: DemoContact, day: date) -> int:
    """Days until this person answers, each time."""
    if contact.seat in PLACES or place_of(contact) > LAST_PLACE_OF_REGULARS:
        return 0
    lag = weighted(((0, 0.72), (1, 0.13), (2, 0.07), (5, 0.05), (7, 0.03)), "lag", contact.seat)
    weekday = (day + timedelta(days=lag)).weekday()
    return lag + 7 - weekday if weekday > 4 else lag


def imported(ask: Ask) -> bool:
    return ask.at.date() < IN_CHAT_SINCE
