"""Days, office hours and the clock of Hamburg."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

from planted.dice import Dice

AS_OF = date(2026, 9, 30)
"""The day the world is assessed on. Nothing in it happened later; some of it is announced for later."""

LAST_WORK = AS_OF - timedelta(days=2)

WORLD_START = date(2020, 10, 1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def local(moment_day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time in Hamburg: one hour ahead of UTC, two from the last Sunday of March to the last of October."""
    summer = _last_sunday(moment_day.year, 3) <= moment_day < _last_sunday(moment_day.year, 10)
    zone = timezone(timedelta(hours=2 if summer else 1))
    return datetime.combine(moment_day, time(hour, minute, second), zone)


def working_time(dice: Dice, first: date, last: date) -> datetime:
    """A moment in office hours between two days (both included); weekends move to the Friday before, if they can."""
    chosen = first + timedelta(days=dice.between(0, (last - first).days))
    if chosen.weekday() > 4:
        chosen = max(first, chosen - timedelta(days=chosen.weekday() - 4))
    return local(chosen, dice.between(8, 17), dice.between(0, 59), dice.between(0, 59))


def months(first: date, last: date) -> list[tuple[date, date]]:
    """The calendar months from ``first`` to ``last``, cut to that span."""
    spans = []
    start = first
    while start <= last:
        following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        spans.append((start, min(last, following - timedelta(days=1))))
        start = following
    return spans


def utc_day(moment: datetime) -> date:
    """The day that decides on which affiliation counts."""
    return moment.astimezone(UTC).date()


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)
