"""When things happen in the story: the clock's start, the quarters, the thirteen-week round, what befell the company.

The story's days are days at Halden Systems, in Europe/Warsaw.
"""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from surveys.insight.queries import Period

COMPANY = "Halden Systems"
TIMEZONE = "Europe/Warsaw"
ZONE = ZoneInfo(TIMEZONE)

TODAY = date(2026, 7, 6)
STARTS_AT = datetime.combine(TODAY, time(8, 55), tzinfo=ZONE)
"""Where the demo's clock starts: a Monday, five minutes before the weekly summary."""

IN_CHAT_SINCE = date(2025, 10, 1)
"""Since then people are asked in chat; what is older was imported from the tool used before."""

RELEASE_5_0 = date(2025, 10, 14)
"""Release 5.0, and an outage of nine hours."""
GOODWILL_CUT = date(2025, 12, 1)
PRICE_CHANGE = date(2026, 2, 2)
WIDENED = date(2026, 4, 6)
"""The programme is widened to technical contacts and end users."""
GOODWILL_RESTORED = date(2026, 4, 13)


class Quarter(StrEnum):
    """The quarters that the story tells, by their name in the query language."""

    Q1_2025 = "2025-Q1"
    Q2_2025 = "2025-Q2"
    Q3_2025 = "2025-Q3"
    Q4_2025 = "2025-Q4"
    Q1_2026 = "2026-Q1"
    Q2_2026 = "2026-Q2"
    Q3_2026 = "2026-Q3"
    """Only its first days have passed when the demo starts."""

    @property
    def number(self) -> int:
        """0 for the first."""
        return list(Quarter).index(self)

    @property
    def period(self) -> Period:
        year, quarter = int(self.value[:4]), int(self.value[-1])
        following = date(year + quarter // 4, quarter % 4 * 3 + 1, 1)
        return Period(start=date(year, quarter * 3 - 2, 1), end=following)

    def day(self, place: int) -> date:
        """The day in this quarter's round on which somebody with this place is asked.

        A round is thirteen weeks (91 days), so that a place is the same weekday in every round. Six rounds from
        2025-01-01 on end on 2026-06-30: a round is at most a day apart from its quarter.
        """
        return date(2025, 1, 1) + timedelta(days=91 * self.number + place)


def local_day(at: datetime) -> date:
    """The day of an answer in the company's time zone: the one that periods are made of."""
    return at.astimezone(ZONE).date()
