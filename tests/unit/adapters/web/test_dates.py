"""Where the clock control goes, in the company's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web.dates import clock_label, day_label, moment_wanted, next_monday, next_opening
from surveys.errors import InvalidInput
from surveys.words import ENGLISH

WARSAW = ZoneInfo("Europe/Warsaw")
zones = st.sampled_from(["Europe/Warsaw", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "UTC"]).map(ZoneInfo)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


def wanted(preset: str, now: str, typed: str = "") -> datetime:
    return moment_wanted(preset, typed, local(now).astimezone(UTC), WARSAW, ENGLISH)


@pytest.mark.parametrize(
    ("preset", "now", "then"),
    [
        ("opening", "2026-07-06T08:55", "2026-07-06T09:00"),
        ("opening", "2026-07-06T09:00", "2026-07-07T09:00"),
        ("monday", "2026-07-06T08:55", "2026-07-13T09:00"),
        ("monday", "2026-07-12T23:59", "2026-07-13T09:00"),
        ("10m", "2026-07-06T08:55", "2026-07-06T09:05"),
        ("1h", "2026-07-06T08:55", "2026-07-06T09:55"),
        ("1d", "2026-07-06T08:55", "2026-07-07T08:55"),
    ],
)
def test_each_preset_goes_where_it_says(preset: str, now: str, then: str) -> None:
    assert wanted(preset, now) == local(then)


def test_a_day_later_is_the_same_time_on_the_wall_over_a_clock_change() -> None:
    assert wanted("1d", "2026-10-24T12:00") == local("2026-10-25T12:00")
    assert wanted("1d", "2026-10-24T12:00") - local("2026-10-24T12:00").astimezone(UTC) == timedelta(hours=25)


def test_a_typed_time_is_the_companys_time() -> None:
    assert wanted("", "2026-07-06T08:55", "2026-07-06T09:05") == local("2026-07-06T09:05")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "date and a time"),
        ("tomorrow", "date and a time"),
        ("2026-13-01T00:00", "date and a time"),
        ("2026-07-06T08:55", "only goes forward"),
        ("2020-01-01T00:00", "only goes forward"),
        ("2027-12-01T00:00", "one year at a time"),
        ("9999-12-31T23:59", "one year at a time"),
        ("0001-01-01T00:00", "."),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_words(typed: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        wanted("", "2026-07-06T08:55", typed)


@given(moments, zones)
def test_the_presets_are_always_ahead_and_at_nine(now: datetime, zone: ZoneInfo) -> None:
    for moment in (next_opening(now, zone), next_monday(now, zone)):
        assert moment > now
        assert moment.astimezone(zone).hour == 9
    assert next_monday(now, zone).astimezone(zone).weekday() == 0


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_later_time_or_is_refused(typed: str) -> None:
    now = local("2026-07-06T08:55").astimezone(UTC)
    try:
        moment = moment_wanted("", typed, now, WARSAW, ENGLISH)
    except InvalidInput:
        return
    assert now < moment < now + timedelta(days=367)


def test_days_and_times_are_written_out() -> None:
    assert day_label(local("2026-07-06T08:55").date(), ENGLISH) == "Monday, 6 July 2026"
    assert clock_label(local("2026-07-06T08:55").astimezone(UTC), WARSAW, ENGLISH) == "Monday, 6 July 2026, 08:55"
