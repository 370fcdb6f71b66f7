"""Arithmetic with the lengths of time contracts use."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copartner.analysis.calendars.durations import (
    WEEKDAYS,
    BusinessCalendar,
    add,
    exclusive_end,
    latest_start,
    months_in,
)
from copartner.evidence.portfolio import Duration, DurationUnit

BERLIN = BusinessCalendar.of("Berlin 2026", [date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 12, 25)])

DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 12, 31))
DURATIONS = st.builds(Duration, st.integers(0, 40), st.sampled_from(list(DurationUnit)))
CALENDARS = st.sampled_from([WEEKDAYS, BERLIN])


def months(count: int) -> Duration:
    return Duration(count, DurationUnit.MONTHS)


def days(count: int) -> Duration:
    return Duration(count, DurationUnit.DAYS)


def weeks(count: int) -> Duration:
    return Duration(count, DurationUnit.WEEKS)


def business_days(count: int) -> Duration:
    return Duration(count, DurationUnit.BUSINESS_DAYS)


def subtracted(day: date, count: int) -> date:
    """The naive way: the same day ``count`` months earlier, clamped."""
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@pytest.mark.parametrize(
    ("start", "clamped", "end"),
    [
        (date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 1)),
        (date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 1)),
    ],
)
def test_one_month_from_31_january_never_overflows_into_march(start: date, clamped: date, end: date) -> None:
    """GLPI computes in SQL and in PHP, which disagree here; overflow would give 3 or 2 March."""
    assert add(start, months(1)) == clamped
    assert exclusive_end(start, months(1)) == end


@pytest.mark.parametrize(
    ("last_day", "notice", "deadline"),
    [
        (date(2026, 12, 31), months(3), date(2026, 9, 30)),
        (date(2026, 6, 30), months(3), date(2026, 3, 31)),
        (date(2026, 2, 28), months(3), date(2025, 11, 30)),
        (date(2024, 2, 29), months(3), date(2023, 11, 30)),
        (date(2026, 5, 30), months(3), date(2026, 2, 28)),
        (date(2026, 5, 31), months(3), date(2026, 2, 28)),
        (date(2026, 9, 30), months(1), date(2026, 8, 31)),
        (date(2026, 2, 28), months(1), date(2026, 1, 31)),
        (date(2026, 12, 31), days(90), date(2026, 10, 2)),
        (date(2026, 12, 31), weeks(6), date(2026, 11, 19)),
        (date(2026, 12, 31), Duration(1, DurationUnit.QUARTERS), date(2026, 9, 30)),
        (date(2026, 12, 31), Duration(1, DurationUnit.YEARS), date(2025, 12, 31)),
        (date(2028, 2, 29), Duration(1, DurationUnit.YEARS), date(2027, 2, 28)),
    ],
)
def test_latest_start_published_cases(last_day: date, notice: Duration, deadline: date) -> None:
    assert latest_start(last_day, notice) == deadline


@pytest.mark.parametrize(
    ("last_day", "deadline"), [(date(2026, 12, 31), date(2026, 12, 16)), (date(2026, 4, 6), date(2026, 3, 19))]
)
def test_ten_business_days_with_berlin_holidays(last_day: date, deadline: date) -> None:
    assert latest_start(last_day, business_days(10), BERLIN) == deadline


def test_latest_start_equals_its_definition_for_every_month_end() -> None:
    """The closed form against ``max { r : r + N <= L }`` over six years, as the reference counted them."""
    pairs = late = 0
    day = date(2023, 1, 1)
    while day <= date(2028, 12, 31):
        for count in (1, 2, 3, 6, 12):
            result = latest_start(day, months(count))
            assert add(result, months(count)) <= day < add(result + timedelta(days=1), months(count))
            naive = subtracted(day, count)
            assert timedelta(0) <= result - naive <= timedelta(days=3)
            pairs, late = pairs + 1, late + (result != naive)
        day += timedelta(days=1)
    assert (pairs, late) == (10_960, 97)


@given(DAYS, DURATIONS, CALENDARS)
def test_latest_start_is_the_last_day_that_is_still_in_time(
    last_day: date, duration: Duration, calendar: BusinessCalendar
) -> None:
    start = latest_start(last_day, duration, calendar)
    assert add(start, duration, calendar) <= last_day
    assert add(start + timedelta(days=1), duration, calendar) > last_day


@given(DAYS, st.integers(0, 30), st.integers(0, 30), st.sampled_from(list(DurationUnit)), CALENDARS)
def test_longer_notice_is_never_later(
    last_day: date, count: int, more: int, unit: DurationUnit, calendar: BusinessCalendar
) -> None:
    shorter = latest_start(last_day, Duration(count, unit), calendar)
    assert latest_start(last_day, Duration(count + more, unit), calendar) <= shorter <= last_day


@given(DAYS, st.integers(1, 60))
def test_an_end_is_the_day_after_or_one_later_than_the_clamped_day(start: date, count: int) -> None:
    """Both additions agree unless the target month is shorter; then the term covers all of that month."""
    end, clamped = exclusive_end(start, months(count)), add(start, months(count))
    assert end == (clamped if clamped.day == start.day else clamped + timedelta(days=1))


@given(DAYS, st.integers(1, 40), CALENDARS)
def test_shifting_forth_and_back_returns_to_a_business_day(day: date, count: int, calendar: BusinessCalendar) -> None:
    start = calendar.on_or_before(day)
    assert calendar.shift(calendar.shift(start, count), -count) == start
    assert calendar.shift(start, 0) == start


def test_terms_in_weeks_and_business_days() -> None:
    assert exclusive_end(date(2026, 1, 5), weeks(2), times=2) == date(2026, 2, 2)
    assert exclusive_end(date(2026, 1, 5), business_days(5)) == date(2026, 1, 12)
    assert add(date(2026, 1, 2), business_days(1)) == date(2026, 1, 5)


def test_months_in() -> None:
    assert [months_in(Duration(2, unit)) for unit in DurationUnit] == [None, None, None, 2, 6, 24]


def test_negative_durations_and_dates_outside_the_calendar_are_errors() -> None:
    with pytest.raises(ValueError, match="cannot be negative: -1 month"):
        add(date(2026, 1, 1), months(-1))
    with pytest.raises(OverflowError, match="outside the calendar"):
        add(date(9999, 1, 1), months(12))


def test_a_calendar_without_business_days_is_an_error() -> None:
    with pytest.raises(ValueError, match="no business day"):
        BusinessCalendar("closed", weekend=frozenset(range(7)))
