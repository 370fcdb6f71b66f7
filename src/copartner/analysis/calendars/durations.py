"""Lengths of time as contracts state them: the arithmetic behind every contract date.

Two month additions exist and are not the same. Inside a term, "three months after 31 January" is the last day of
April, because that day lies in the month (``add``: clamp). Where a term *ends*, the day after its last day counts:
one month from 31 January ends before 1 March (``exclusive_end``: roll over). Mixing the two is the defect of other
tools (GLPI computed one in SQL and the other in PHP, which disagree on 31 January).

The rule is the corresponding day of civil-law counting (German Civil Code, sections 187 and 188). Days are calendar
days in the contract's time zone; nothing here knows what time it is.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

from copartner.evidence.portfolio import Duration, DurationUnit

_MONTHS = {DurationUnit.MONTHS: 1, DurationUnit.QUARTERS: 3, DurationUnit.YEARS: 12}
_DAYS = {DurationUnit.DAYS: 1, DurationUnit.WEEKS: 7}
_SATURDAY, _SUNDAY = 5, 6


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Which days count as business days: not a weekend day (Monday is 0) and not a holiday.

    ``name`` says which calendar was used and is printed with the result. Raises ``ValueError`` if every weekday is
    a weekend day, since then no business day exists.
    """

    name: str = "Monday to Friday, no holidays"
    holidays: frozenset[date] = frozenset()
    weekend: frozenset[int] = frozenset({_SATURDAY, _SUNDAY})

    def __post_init__(self) -> None:
        if self.weekend >= frozenset(range(7)):
            raise ValueError(f"calendar {self.name!r} has no business day: every day of the week is a weekend day")

    @classmethod
    def of(cls, name: str, holidays: Iterable[date]) -> BusinessCalendar:
        """A Monday-to-Friday calendar with the given holidays."""
        return cls(name, frozenset(holidays))

    def is_business_day(self, day: date) -> bool:
        return day.weekday() not in self.weekend and day not in self.holidays

    def on_or_before(self, day: date) -> date:
        """The day itself if it is a business day, else the last business day before it."""
        while not self.is_business_day(day):
            day -= timedelta(days=1)
        return day

    def shift(self, day: date, count: int) -> date:
        """The ``count``-th business day after ``day`` (before it, if negative); ``day`` itself for 0."""
        step = timedelta(days=1 if count > 0 else -1)
        for _ in range(abs(count)):
            day += step
            while not self.is_business_day(day):
                day += step
        return day


WEEKDAYS = BusinessCalendar()
"""Monday to Friday without holidays; where a contract counts business days, give its own calendar."""


def months_in(duration: Duration) -> int | None:
    """Whole months of a duration in months, quarters or years; ``None`` for the other units."""
    months = _MONTHS.get(duration.unit)
    return None if months is None else months * duration.count


def add(day: date, duration: Duration, calendar: BusinessCalendar = WEEKDAYS) -> date:
    """``day`` plus ``duration``, clamped to the month's end: 31 January plus 1 month is 28 or 29 February.

    Raises ``ValueError`` for a negative duration, ``OverflowError`` outside the years 1 to 9999.
    """
    _check(duration)
    months = months_in(duration)
    if months is not None:
        return _clamped(day, months)
    if duration.unit is DurationUnit.BUSINESS_DAYS:
        return calendar.shift(day, duration.count)
    return day + timedelta(days=_DAYS[duration.unit] * duration.count)


def exclusive_end(start: date, duration: Duration, times: int = 1, calendar: BusinessCalendar = WEEKDAYS) -> date:
    """The first day after ``times`` durations that began on ``start``.

    A day that the target month does not have becomes the first of the next month, so that the term covers the whole
    of the shorter month: one month from 31 January 2025 ends before 1 March 2025.
    """
    _check(duration)
    months = months_in(duration)
    if months is not None:
        return _rolled(start, months * times)
    if duration.unit is DurationUnit.BUSINESS_DAYS:
        return calendar.shift(start, duration.count * times)
    return start + timedelta(days=_DAYS[duration.unit] * duration.count * times)


def latest_start(last_day: date, duration: Duration, calendar: BusinessCalendar = WEEKDAYS) -> date:
    """The last day from which ``duration`` still fits until ``last_day``: ``max { r : add(r, duration) <= last_day }``.

    This is what "notice of three months to the end of the term" asks for. Three months to 30 June is 31 March, not
    30 March: subtracting months is up to three days too early. The result is never rolled to a business day, since a
    legal date does not move.
    """
    _check(duration)
    months = months_in(duration)
    if months is not None:
        return _rolled(last_day + timedelta(days=1), -months) - timedelta(days=1)
    if duration.unit is DurationUnit.BUSINESS_DAYS:
        if duration.count == 0:
            return last_day
        first_counted = calendar.shift(last_day + timedelta(days=1), -duration.count)
        return first_counted - timedelta(days=1)
    return last_day - timedelta(days=_DAYS[duration.unit] * duration.count)


def _check(duration: Duration) -> None:
    if duration.count < 0:
        raise ValueError(f"a duration cannot be negative: {duration}")


def _month(day: date, months: int) -> tuple[int, int]:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError(f"{months} months from {day} is outside the calendar")
    return year, month + 1


def _clamped(day: date, months: int) -> date:
    year, month = _month(day, months)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _rolled(day: date, months: int) -> date:
    year, month = _month(day, months)
    if day.day <= monthrange(year, month)[1]:
        return date(year, month, day.day)
    return _clamped(date(year, month, 1), 1)
