"""Weekly schedules, over clock changes too."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.sending.recurrence import next_weekly

WARSAW = ZoneInfo("Europe/Warsaw")
MOMENTS = st.integers(946_684_800, 3_786_912_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
MONDAY, SUNDAY = 0, 6


def moment(text: str, zone: ZoneInfo = WARSAW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-07-06 08:55", "2026-07-06 09:00"),
        ("2026-07-06 09:00", "2026-07-13 09:00"),
        ("2026-07-06 09:01", "2026-07-13 09:00"),
        ("2026-07-05 23:59", "2026-07-06 09:00"),
        ("2026-12-29 10:00", "2027-01-04 09:00"),
    ],
)
def test_a_monday_summary_fires_on_the_next_monday_at_nine(after: str, expected: str) -> None:
    assert next_weekly(moment(after), weekday=MONDAY, at=time(9), zone=WARSAW) == moment(expected)


def test_nine_o_clock_stays_nine_o_clock_when_clocks_go_forward() -> None:
    before = next_weekly(moment("2026-03-22 12:00"), weekday=MONDAY, at=time(9), zone=WARSAW)
    after = next_weekly(before, weekday=MONDAY, at=time(9), zone=WARSAW)
    assert after - before == timedelta(days=7) - timedelta(hours=1)
    assert after.astimezone(WARSAW).time() == time(9)


def test_a_time_that_the_clock_skips_fires_once_just_after_the_jump() -> None:
    fired = next_weekly(moment("2026-03-28 12:00"), weekday=SUNDAY, at=time(2, 30), zone=WARSAW)
    assert fired == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert next_weekly(fired, weekday=SUNDAY, at=time(2, 30), zone=WARSAW) == moment("2026-04-05 02:30")


def test_a_time_that_comes_twice_fires_at_the_first_of_the_two() -> None:
    first = next_weekly(moment("2026-10-24 12:00"), weekday=SUNDAY, at=time(2, 30), zone=WARSAW)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_weekly(first, weekday=SUNDAY, at=time(2, 30), zone=WARSAW).date().isoformat() == "2026-11-01"


@given(
    after=MOMENTS,
    weekday=st.integers(0, 6),
    hour=st.integers(0, 23),
    zone=st.sampled_from(["Europe/Warsaw", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu", "UTC"]),
)
def test_the_next_firing_is_later_and_at_most_eight_days_away(
    after: datetime, weekday: int, hour: int, zone: str
) -> None:
    fired = next_weekly(after, weekday=weekday, at=time(hour), zone=ZoneInfo(zone))
    assert timedelta(0) < fired - after <= timedelta(days=8, hours=1)
