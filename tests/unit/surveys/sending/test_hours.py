"""People are asked in their business hours, on their working days, where they are."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.sending.hours import CLOSES, OPENS, WORKING_DAYS, next_business_moment, zone_of

WARSAW = ZoneInfo("Europe/Warsaw")
MOMENTS = st.integers(946_684_800, 3_786_912_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


@pytest.mark.parametrize(
    ("now", "asked"),
    [
        ("2026-07-06 08:55", "2026-07-06 09:00"),
        ("2026-07-06 09:00", "2026-07-06 09:00"),
        ("2026-07-06 16:59", "2026-07-06 16:59"),
        ("2026-07-06 17:00", "2026-07-07 09:00"),
        ("2026-07-10 18:00", "2026-07-13 09:00"),
        ("2026-07-11 11:00", "2026-07-13 09:00"),
    ],
)
def test_nobody_is_asked_at_night_or_on_a_day_off(now: str, asked: str) -> None:
    assert next_business_moment(at(now), WARSAW) == at(asked).astimezone(UTC)


def test_an_unknown_zone_falls_back_to_the_companys() -> None:
    assert zone_of("Mars/Olympus", "Europe/Warsaw") == WARSAW
    assert zone_of(None, "Europe/Warsaw") == WARSAW
    assert zone_of("../../etc/passwd", "nowhere at all") == ZoneInfo("UTC")


@given(
    now=MOMENTS,
    zone=st.sampled_from(["Europe/Warsaw", "America/New_York", "Asia/Jakarta", "Pacific/Auckland"]),
)
def test_the_moment_is_never_earlier_and_always_a_working_hour(now: datetime, zone: str) -> None:
    asked = next_business_moment(now, ZoneInfo(zone))
    local = asked.astimezone(ZoneInfo(zone))
    assert asked >= now
    assert local.weekday() in WORKING_DAYS
    assert OPENS <= local.time() < CLOSES or local.time() == time(9)
