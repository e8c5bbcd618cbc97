"""Periods: every form that may be typed, the days it means, and what it is compared with."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.insight.local_days import Unit
from surveys.insight.period_text import (
    LONGEST,
    PERIOD_WORDS,
    BadPeriod,
    PeriodFault,
    explain_fault,
    parse_period,
    spell,
)
from surveys.insight.periods import (
    All,
    CalendarUnit,
    Last,
    PeriodSpec,
    PreviousUnit,
    Range,
    Since,
    SoFar,
    bucket_unit,
    buckets,
    previous,
    resolve,
    rolling,
    year_ago,
)
from surveys.insight.queries import Period
from surveys.words import ENGLISH

TODAY = date(2026, 7, 6)  # a Monday


def days(text: str) -> Period:
    """ "2026-07-01..2026-07-06", both days in."""
    first, last = (date.fromisoformat(side) for side in text.split(".."))
    return Period(start=first, end=date.fromordinal(last.toordinal() + 1))


def read(text: str) -> PeriodSpec:
    spec = parse_period(text)
    assert spec is not None
    assert not isinstance(spec, BadPeriod), spec
    return spec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("last-30d", Last(n=30, unit=Unit.DAY)),
        ("LAST-30D", Last(n=30, unit=Unit.DAY)),
        ("last 30 days", Last(n=30, unit=Unit.DAY)),
        ("  the last   30 days ", Last(n=30, unit=Unit.DAY)),
        ("past 30 days", Last(n=30, unit=Unit.DAY)),
        ("last-30-days", Last(n=30, unit=Unit.DAY)),
        ("last 30d", Last(n=30, unit=Unit.DAY)),
        ("30 days", Last(n=30, unit=Unit.DAY)),
        ("2 weeks", Last(n=2, unit=Unit.WEEK)),
        ("last-12w", Last(n=12, unit=Unit.WEEK)),
        ("last 2 weeks", Last(n=2, unit=Unit.WEEK)),
        ("last-3mo", Last(n=3, unit=Unit.MONTH)),
        ("last 3 months", Last(n=3, unit=Unit.MONTH)),
        ("last 1 month", Last(n=1, unit=Unit.MONTH)),
        ("last-4q", Last(n=4, unit=Unit.QUARTER)),
        ("last-2y", Last(n=2, unit=Unit.YEAR)),
        ("today", SoFar(unit=Unit.DAY)),
        ("yesterday", PreviousUnit(unit=Unit.DAY)),
        ("this-week", SoFar(unit=Unit.WEEK)),
        ("this month", SoFar(unit=Unit.MONTH)),
        ("current quarter", SoFar(unit=Unit.QUARTER)),
        ("wtd", SoFar(unit=Unit.WEEK)),
        ("mtd", SoFar(unit=Unit.MONTH)),
        ("qtd", SoFar(unit=Unit.QUARTER)),
        ("YTD", SoFar(unit=Unit.YEAR)),
        ("year to date", SoFar(unit=Unit.YEAR)),
        ("last-week", PreviousUnit(unit=Unit.WEEK)),
        ("last week", PreviousUnit(unit=Unit.WEEK)),
        ("previous month", PreviousUnit(unit=Unit.MONTH)),
        ("last-quarter", PreviousUnit(unit=Unit.QUARTER)),
        ("last-year", PreviousUnit(unit=Unit.YEAR)),
        ("2026", CalendarUnit(first=date(2026, 1, 1), unit=Unit.YEAR)),
        ("2026-Q1", CalendarUnit(first=date(2026, 1, 1), unit=Unit.QUARTER)),
        ("2026-q4", CalendarUnit(first=date(2026, 10, 1), unit=Unit.QUARTER)),
        ("Q2 2026", CalendarUnit(first=date(2026, 4, 1), unit=Unit.QUARTER)),
        ("Q22026", CalendarUnit(first=date(2026, 4, 1), unit=Unit.QUARTER)),
        ("2026-03", CalendarUnit(first=date(2026, 3, 1), unit=Unit.MONTH)),
        ("March 2026", CalendarUnit(first=date(2026, 3, 1), unit=Unit.MONTH)),
        ("mar 2026", CalendarUnit(first=date(2026, 3, 1), unit=Unit.MONTH)),
        ("sept-2025", CalendarUnit(first=date(2025, 9, 1), unit=Unit.MONTH)),
        ("2026 March", CalendarUnit(first=date(2026, 3, 1), unit=Unit.MONTH)),
        ("2026-03-15", CalendarUnit(first=date(2026, 3, 15), unit=Unit.DAY)),
        ("2026-03-01..2026-03-15", Range(first=date(2026, 3, 1), last=date(2026, 3, 15))),
        ("2026-03-01 .. 2026-03-15", Range(first=date(2026, 3, 1), last=date(2026, 3, 15))),
        ("2026-03-01 to 2026-03-15", Range(first=date(2026, 3, 1), last=date(2026, 3, 15))),
        ("2026-03-01 until 2026-03-15", Range(first=date(2026, 3, 1), last=date(2026, 3, 15))),
        ("2026-03-01 through 2026-03-15", Range(first=date(2026, 3, 1), last=date(2026, 3, 15))),
        ("2026-03-01 - 2026-03-15", Range(first=date(2026, 3, 1), last=date(2026, 3, 15))),
        ("january 2026 to february 2026", Range(first=date(2026, 1, 1), last=date(2026, 2, 28))),
        ("2026-01..2026-02", Range(first=date(2026, 1, 1), last=date(2026, 2, 28))),
        ("since:2026-03-01", Since(first=date(2026, 3, 1))),
        ("since 2026-03-01", Since(first=date(2026, 3, 1))),
        ("since march 2026", Since(first=date(2026, 3, 1))),
        ("since:2026-03", Since(first=date(2026, 3, 1))),
        ("all", All()),
        ("all time", All()),
    ],
)
def test_every_written_and_spoken_form_is_understood(text: str, spec: PeriodSpec) -> None:
    assert parse_period(text) == spec


@pytest.mark.parametrize(
    ("text", "fault", "suggestion"),
    [
        ("last-3m", PeriodFault.BARE_M, "last-3mo"),
        ("last 3 m", PeriodFault.BARE_M, "last-3mo"),
        ("3m", PeriodFault.BARE_M, "last-3mo"),
        ("30d", PeriodFault.UNKNOWN, "last-30d"),
        ("30 m", PeriodFault.BARE_M, "last-30mo"),
        ("0 days", PeriodFault.ZERO, "last-1d"),
        ("last--5d", PeriodFault.UNKNOWN, "last-5d"),
        ("last -5d", PeriodFault.UNKNOWN, "last-5d"),
        ("this--year", PeriodFault.UNKNOWN, "this-year"),
        ("H1 2026", PeriodFault.UNKNOWN, "2026-01-01..2026-06-30"),
        ("2025-H2", PeriodFault.UNKNOWN, "2025-07-01..2025-12-31"),
        ("Q2", PeriodFault.NO_YEAR, "last-quarter"),
        ("June", PeriodFault.NO_YEAR, "last-month"),
        ("h1", PeriodFault.NO_YEAR, "last-2q"),
        ("june 0000", PeriodFault.IMPOSSIBLE, "0001-06"),
        ("last-30", PeriodFault.NO_UNIT, "last-30d"),
        ("last-0d", PeriodFault.ZERO, "last-1d"),
        ("last 0 months", PeriodFault.ZERO, "last-1mo"),
        ("last-99999999d", PeriodFault.TOO_LONG, "all"),
        ("last-101y", PeriodFault.TOO_LONG, "all"),
        ("last-30dayz", PeriodFault.UNKNOWN, "last-30d"),
        ("last-moth", PeriodFault.UNKNOWN, "last-month"),
        ("this-yaer", PeriodFault.UNKNOWN, "this-year"),
        ("past week", PeriodFault.UNKNOWN, "last-1w"),
        ("last-day", PeriodFault.UNKNOWN, "yesterday"),
        ("2026-02-30", PeriodFault.IMPOSSIBLE, "2026-02-28"),
        ("2026-13", PeriodFault.IMPOSSIBLE, "2026-12"),
        ("2026-00", PeriodFault.IMPOSSIBLE, "2026-01"),
        ("2026-06-31", PeriodFault.IMPOSSIBLE, "2026-06-30"),
        ("2026-Q5", PeriodFault.IMPOSSIBLE, "2026-Q4"),
        ("2026-Q0", PeriodFault.IMPOSSIBLE, "2026-Q1"),
        ("0000", PeriodFault.IMPOSSIBLE, "0001"),
        ("9999", PeriodFault.IMPOSSIBLE, "9998"),
        ("9999-12-31", PeriodFault.IMPOSSIBLE, "9998-12-31"),
        ("2026-01-01..9999-12-31", PeriodFault.IMPOSSIBLE, "2026-01-01..9998-12-31"),
        ("2026-3", PeriodFault.UNKNOWN, "2026-03"),
        ("2026-3-5", PeriodFault.UNKNOWN, "2026-03-05"),
        ("2026/03/15", PeriodFault.UNKNOWN, "2026-03-15"),
        ("15.03.2026", PeriodFault.UNKNOWN, "2026-03-15"),
        ("2026-W10", PeriodFault.UNKNOWN, "2026"),
        ("2026-03-15..2026-03-01", PeriodFault.REVERSED, "2026-03-01..2026-03-15"),
        ("2026-02-01..2026-02-30", PeriodFault.IMPOSSIBLE, "2026-02-01..2026-02-28"),
        ("2026-03-01..", PeriodFault.UNKNOWN, "since:2026-03-01"),
        ("2026-03-01..today", PeriodFault.UNKNOWN, "since:2026-03-01"),
        ("2026-01-01..2026-02-01..2026-03-01", PeriodFault.UNKNOWN, "2026-01-01"),
        ("since:2026-02-30", PeriodFault.IMPOSSIBLE, "since:2026-02-28"),
        ("since:monday", PeriodFault.UNKNOWN, "last-30d"),
    ],
)
def test_a_mistaken_period_gets_the_nearest_valid_form(text: str, fault: PeriodFault, suggestion: str) -> None:
    bad = parse_period(text)
    assert isinstance(bad, BadPeriod)
    assert (bad.fault, bad.suggestion) == (fault, suggestion)
    assert f"“{text}”" in explain_fault(bad, ENGLISH), "as it was typed"
    read(bad.suggestion)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("June", "2026-06"),
        ("july", "2026-07"),
        ("aug", "2025-08"),
        ("Q2", "2026-Q2"),
        ("q4", "2025-Q4"),
        ("H1", "2026-01-01..2026-06-30"),
        ("h2", "2026-07-01..2026-12-31"),
        ("H2 2024", "2024-07-01..2024-12-31"),
    ],
)
def test_a_part_of_a_year_without_the_year_is_most_likely_the_latest_that_has_begun(text: str, suggestion: str) -> None:
    bad = parse_period(text, TODAY)
    assert isinstance(bad, BadPeriod)
    assert bad.suggestion == suggestion
    read(bad.suggestion)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nps",
        "40",
        "by role",
        "last",
        "last 30 detractors",
        "foo..bar",
        "2026-03 to acme",
        "2026-03 until acme",
        "since",
        "latest",
        "30 tage",
        "5 accounts",
        "h3",
        "q7",
        "junebug",
        "first 30 days",
    ],
)
def test_words_that_are_no_period_are_left_to_the_rest_of_the_grammar(text: str) -> None:
    assert parse_period(text) is None


@pytest.mark.parametrize("word", PERIOD_WORDS)
def test_every_offered_period_is_valid_and_spelled_as_offered_or_longer(word: str) -> None:
    spec = read(word)
    assert read(spell(spec)) == spec


@pytest.mark.parametrize(
    ("text", "meant", "compared_with"),
    [
        ("last-30d", "2026-06-07..2026-07-06", "2026-05-08..2026-06-06"),
        ("last-1d", "2026-07-06..2026-07-06", "2026-07-05..2026-07-05"),
        ("last-2w", "2026-06-23..2026-07-06", "2026-06-09..2026-06-22"),
        ("last-3mo", "2026-04-07..2026-07-06", "2026-01-07..2026-04-06"),
        ("last-2q", "2026-01-07..2026-07-06", "2025-07-07..2026-01-06"),
        ("last-1y", "2025-07-07..2026-07-06", "2024-07-07..2025-07-06"),
        ("today", "2026-07-06..2026-07-06", "2026-07-05..2026-07-05"),
        ("yesterday", "2026-07-05..2026-07-05", "2026-07-04..2026-07-04"),
        ("this-week", "2026-07-06..2026-07-06", "2026-06-29..2026-06-29"),
        ("this-month", "2026-07-01..2026-07-06", "2026-06-01..2026-06-06"),
        ("this-quarter", "2026-07-01..2026-07-06", "2026-04-01..2026-04-06"),
        ("this-year", "2026-01-01..2026-07-06", "2025-01-01..2025-07-06"),
        ("last-week", "2026-06-29..2026-07-05", "2026-06-22..2026-06-28"),
        ("last-month", "2026-06-01..2026-06-30", "2026-05-01..2026-05-31"),
        ("last-quarter", "2026-04-01..2026-06-30", "2026-01-01..2026-03-31"),
        ("last-year", "2025-01-01..2025-12-31", "2024-01-01..2024-12-31"),
        ("2026", "2026-01-01..2026-12-31", "2025-01-01..2025-12-31"),
        ("2026-Q1", "2026-01-01..2026-03-31", "2025-10-01..2025-12-31"),
        ("2024-02", "2024-02-01..2024-02-29", "2024-01-01..2024-01-31"),
        ("2026-03-15", "2026-03-15..2026-03-15", "2026-03-14..2026-03-14"),
        ("2026-03-01..2026-03-15", "2026-03-01..2026-03-15", "2026-02-14..2026-02-28"),
        ("since:2026-07-01", "2026-07-01..2026-07-06", "2026-06-25..2026-06-30"),
    ],
)
def test_a_period_means_these_days_and_is_compared_with_those(text: str, meant: str, compared_with: str) -> None:
    spec = read(text)
    period = resolve(spec, TODAY)
    assert period == days(meant)
    assert previous(spec, period) == days(compared_with)


@pytest.mark.parametrize(
    ("today", "text", "meant", "compared_with"),
    [
        # 31 May − 1 month is 30 April, clamped; the window starts the day after.
        ("2026-05-31", "last-1mo", "2026-05-01..2026-05-31", "2026-04-01..2026-04-30"),
        ("2026-03-31", "last-1mo", "2026-03-01..2026-03-31", "2026-02-01..2026-02-28"),
        ("2024-02-29", "last-1y", "2023-03-01..2024-02-29", "2022-03-01..2023-02-28"),
        ("2026-03-30", "last-1mo", "2026-03-01..2026-03-30", "2026-01-31..2026-02-28"),
        # A period so far is compared with at most all of the previous one.
        ("2026-03-31", "this-month", "2026-03-01..2026-03-31", "2026-02-01..2026-02-28"),
        ("2024-12-31", "ytd", "2024-01-01..2024-12-31", "2023-01-01..2023-12-31"),
        ("2026-01-15", "last-quarter", "2025-10-01..2025-12-31", "2025-07-01..2025-09-30"),
    ],
)
def test_short_months_and_leap_years_shift_no_border(today: str, text: str, meant: str, compared_with: str) -> None:
    spec = read(text)
    period = resolve(spec, date.fromisoformat(today))
    assert period == days(meant)
    assert previous(spec, period) == days(compared_with)


def test_weeks_start_on_the_day_that_is_set() -> None:
    wednesday = date(2026, 7, 8)
    assert resolve(read("this-week"), wednesday) == days("2026-07-06..2026-07-08")
    assert resolve(read("this-week"), wednesday, week_start=6) == days("2026-07-05..2026-07-08")
    assert resolve(read("last-week"), wednesday, week_start=6) == days("2026-06-28..2026-07-04")


def test_all_goes_from_the_first_answer_to_today_and_is_compared_with_nothing() -> None:
    period = resolve(All(), TODAY, first_day=date(2025, 1, 3))
    assert period == days("2025-01-03..2026-07-06")
    assert previous(All(), period) is None
    assert resolve(All(), TODAY) == days("2026-07-06..2026-07-06")
    assert resolve(All(), TODAY, first_day=date(2027, 1, 1)) == days("2026-07-06..2026-07-06")


def test_since_a_day_to_come_is_that_day() -> None:
    assert resolve(read("since:2027-01-01"), TODAY) == days("2027-01-01..2027-01-01")


@pytest.mark.parametrize(
    ("period", "a_year_before"),
    [
        ("2026-04-01..2026-06-30", "2025-04-01..2025-06-30"),
        ("2024-02-01..2024-02-29", "2023-02-01..2023-02-28"),
        ("2025-02-01..2025-02-28", "2024-02-01..2024-02-29"),
        ("2024-02-22..2024-02-28", "2023-02-22..2023-02-28"),
        ("2024-02-29..2024-02-29", "2023-02-28..2023-02-28"),
        ("2025-02-28..2025-02-28", "2024-02-28..2024-02-28"),
    ],
)
def test_a_year_ago_whole_months_stay_whole_and_a_day_stays_a_day(period: str, a_year_before: str) -> None:
    assert year_ago(days(period)) == days(a_year_before)


def test_a_line_is_cut_at_the_units_borders() -> None:
    found = buckets(days("2026-01-20..2026-03-05"), Unit.MONTH)
    assert found == (
        days("2026-01-20..2026-01-31"),
        days("2026-02-01..2026-02-28"),
        days("2026-03-01..2026-03-05"),
    )


def test_rolling_windows_end_a_week_apart_and_the_last_one_today() -> None:
    windows = rolling(TODAY, days=90, step=7, count=13)
    assert len(windows) == 13
    assert windows[-1] == days("2026-04-08..2026-07-06")
    assert windows[0].last == date(2026, 4, 13)
    assert {window.days for window in windows} == {90}


ANY_DAY = st.dates()
TYPED_DAY = st.dates(max_value=date(9998, 12, 31))
UNITS = st.sampled_from(Unit)
SPECS: st.SearchStrategy[PeriodSpec] = st.one_of(
    UNITS.flatmap(lambda unit: st.builds(Last, n=st.integers(1, LONGEST[unit]), unit=st.just(unit))),
    st.builds(SoFar, unit=UNITS),
    st.builds(PreviousUnit, unit=UNITS),
    TYPED_DAY.map(lambda day: CalendarUnit(first=day.replace(month=1, day=1), unit=Unit.YEAR)),
    TYPED_DAY.map(
        lambda day: CalendarUnit(first=day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1), unit=Unit.QUARTER)
    ),
    TYPED_DAY.map(lambda day: CalendarUnit(first=day.replace(day=1), unit=Unit.MONTH)),
    TYPED_DAY.map(lambda day: CalendarUnit(first=day, unit=Unit.DAY)),
    st.tuples(TYPED_DAY, TYPED_DAY).map(lambda pair: Range(first=min(pair), last=max(pair))),
    st.builds(Since, first=TYPED_DAY),
    st.just(All()),
)


def test_the_last_year_that_can_be_typed_has_its_last_day() -> None:
    assert resolve(read("9998"), date(2026, 7, 6)).last == date(9998, 12, 31)


@given(SPECS)
def test_what_is_spelled_out_is_read_back_as_the_same(spec: PeriodSpec) -> None:
    assert parse_period(spell(spec)) == spec


@given(SPECS, ANY_DAY, st.integers(0, 6), st.none() | ANY_DAY)
def test_on_any_day_a_period_has_a_day_and_nothing_raises(
    spec: PeriodSpec, today: date, week_start: int, first_day: date | None
) -> None:
    period = resolve(spec, today, week_start, first_day)
    assert period.start < period.end
    assert period.start <= period.last < period.end
    before = previous(spec, period)
    if before:
        assert before.start < before.end <= period.start
    assert year_ago(period).days >= 1
    cut = buckets(period, bucket_unit(period), week_start)
    assert cut[-1].end == period.end
    assert all(one.end == two.start for one, two in pairwise(cut))


@given(SPECS, st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 1, 1)))
def test_relative_periods_hold_no_day_to_come(spec: PeriodSpec, today: date) -> None:
    if isinstance(spec, Last | SoFar | PreviousUnit | All):
        assert resolve(spec, today).last <= today


@given(
    st.text(max_size=80) | st.from_regex(r"(last|this|since|[0-9]{1,4})[-:. /]?[0-9qdwmoy.\-]{0,12}", fullmatch=True)
)
def test_no_text_makes_the_reader_raise_and_each_suggestion_is_valid(text: str) -> None:
    spec = parse_period(text)
    if isinstance(spec, BadPeriod):
        read(spec.suggestion)
        assert explain_fault(spec, ENGLISH)
    elif spec is not None:
        assert read(spell(spec)) == spec
