"""Numbers, dates and ranges as the design guide writes them, in the active language.

Unknown (``None``) is "no data", never 0. A share is shown as 100% or 0% only where it is exactly that: 0.9996 is
">99.9%", so that rounding never claims completeness.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from django.utils.translation import get_language, gettext, ngettext, pgettext

NARROW_SPACE = "\u202f"
"""Narrow no-break space: stands before % in German (DIN 5008)."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def german() -> bool:
    """Whether the active language writes numbers the German way."""
    return (get_language() or "en").startswith("de")


def no_data() -> str:
    """The word for an unknown value."""
    return gettext("no data")


def decimal(value: float | int | None, places: int = 0) -> str:
    """A number with thousands separators and exactly ``places`` decimals, e.g. ``1,204`` or ``1.204``."""
    if value is None:
        return no_data()
    # The shortest repr first: 2.675 is meant as 2.675, not as the binary number a hair below it.
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    rounded = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    text = f"{rounded:,f}"
    if rounded == 0 and text.startswith("-"):
        text = text[1:]
    if german():
        text = text.translate(str.maketrans(",.", ".,"))
    return text.replace("-", "\u2212", 1) if text.startswith("-") else text


def count(value: float | int | None) -> str:
    """A whole number of things; a fractional count keeps one decimal."""
    if value is None:
        return no_data()
    return decimal(value, 0 if float(value).is_integer() else 1)


def percent(share: float | None, places: int | None = None) -> str:
    """A share of 0..1 as percent with two significant digits: ``71%``, ``9.4%``, ``<0.1%``; German ``71 %``.

    ``places`` fixes the decimals instead, for columns that are compared digit by digit.
    """
    if share is None:
        return no_data()
    sign = f"{NARROW_SPACE}%" if german() else "%"
    value = share * 100
    if places is not None:
        return decimal(value, places) + sign
    # Compared as a share: times 100, the largest number below 1 is exactly 100.
    if 0 < share <= 0.0005:
        return "<" + decimal(0.1, 1) + sign
    if 0.9995 <= share < 1:
        return ">" + decimal(99.9, 1) + sign
    near_an_end = 0 < abs(value) < 9.95 or 0.995 <= share < 1
    return decimal(value, 1 if near_an_end else 0) + sign


def points(difference: float | None) -> str:
    """A change between two shares in percentage points with its direction, e.g. ``▲ 3 points``."""
    if difference is None:
        return no_data()
    value = abs(difference) * 100
    places = 0 if value >= 9.95 or float(round(value, 1)).is_integer() else 1
    if round(value, 1) == 0:
        return gettext("no change")
    words = gettext("%(number)s points") % {"number": decimal(value, places)}
    return f"{'▲' if difference > 0 else '▼'} {words}"


def day(value: date | str | None) -> str:
    """A calendar day: ``31 Jan 2027`` or ``31.01.2027``. ISO text is read as a day; other text is returned as it is."""
    if value is None:
        return no_data()
    if isinstance(value, str):
        try:
            return day(date.fromisoformat(value[:10]))
        except ValueError:
            return value
    if german():
        return f"{value:%d.%m.%Y}"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def days(value: float | int | None) -> str:
    """A number of days with its unit."""
    if value is None:
        return no_data()
    return ngettext("%(number)s day", "%(number)s days", _quantity(value)) % {"number": count(value)}


def quantity(value: float | None, unit: str) -> str:
    """A value in its measure's unit: ``share``, ``count``, ``days``, ``person-days`` or ``index`` (0..100)."""
    if value is None:
        return no_data()
    if unit == "share":
        return percent(value)
    if unit == "days":
        return days(value if float(value).is_integer() else round(value))
    if unit == "person-days":
        return ngettext("%(number)s person-day", "%(number)s person-days", _quantity(value)) % {
            "number": decimal(value, 0 if value >= 9.95 or float(value).is_integer() else 1)
        }
    if unit == "index":
        return decimal(value, 1)
    return count(value)


def interval(low: float, high: float, unit: str) -> str:
    """A range: ``6 to 9 months``; one value where both ends read the same."""
    first, last = quantity(low, unit), quantity(high, unit)
    if first == last:
        return first
    return gettext("%(low)s to %(high)s") % {"low": first, "high": last}


def plain(value: object) -> str:
    """Any cell of an evidence table: numbers localised, truth values as words, dates as days, ``None`` as "no data"."""
    if value is None:
        return no_data()
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        size = abs(value)
        return decimal(value, 0 if value.is_integer() or size >= 100 else 2 if size >= 0.1 else 4)
    if isinstance(value, str) and len(value) in (10, 19, 20, 25) and value[4:5] == "-" and value[7:8] == "-":
        return day(value)
    return str(value)


def words(number: int) -> str:
    """A small whole number as a sentence writes it: one to twelve as a word, above that in figures."""
    names = (
        pgettext("number", "no"),
        pgettext("number", "one"),
        pgettext("number", "two"),
        pgettext("number", "three"),
        pgettext("number", "four"),
        pgettext("number", "five"),
        pgettext("number", "six"),
        pgettext("number", "seven"),
        pgettext("number", "eight"),
        pgettext("number", "nine"),
        pgettext("number", "ten"),
        pgettext("number", "eleven"),
        pgettext("number", "twelve"),
    )
    return names[number] if 0 <= number < len(names) else count(number)


def _quantity(value: float) -> int:
    """What plural rules look at: 1 only for exactly one."""
    return 1 if value == 1 else 2
