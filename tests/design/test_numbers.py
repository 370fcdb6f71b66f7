"""Numbers as the design guide's table writes them, in both languages."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from copartner.design import numbers

NARROW = numbers.NARROW_SPACE


@pytest.mark.parametrize(
    ("value", "places", "english", "german"),
    [
        (1204, 0, "1,204", "1.204"),
        (9.4, 1, "9.4", "9,4"),
        (1234567.891, 2, "1,234,567.89", "1.234.567,89"),
        (-3, 0, "\u22123", "\u22123"),
        (-0.001, 1, "0.0", "0,0"),
        (2.675, 2, "2.68", "2,68"),
        (None, 0, "no data", "keine Daten"),
    ],
)
def test_decimals(value: float | None, places: int, english: str, german: str) -> None:
    assert numbers.decimal(value, places) == english
    with translation.override("de"):
        assert numbers.decimal(value, places) == german


@pytest.mark.parametrize(
    ("share", "english", "german"),
    [
        (0.71, "71%", f"71{NARROW}%"),
        (0.094, "9.4%", f"9,4{NARROW}%"),
        (0.0, "0%", f"0{NARROW}%"),
        (1.0, "100%", f"100{NARROW}%"),
        (0.0004, "<0.1%", f"<0,1{NARROW}%"),
        (0.9996, ">99.9%", f">99,9{NARROW}%"),
        (0.996, "99.6%", f"99,6{NARROW}%"),
        (0.9949, "99%", f"99{NARROW}%"),
        (0.0996, "10%", f"10{NARROW}%"),
        (None, "no data", "keine Daten"),
    ],
)
def test_shares(share: float | None, english: str, german: str) -> None:
    assert numbers.percent(share) == english
    with translation.override("de"):
        assert numbers.percent(share) == german


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
@example(0.9999999999999999)
@example(5e-324)
@example(0.9995)
@example(0.0005)
def test_a_share_never_claims_completeness(share: float) -> None:
    assert numbers.percent(share) not in {"0%", "100%", "0.0%", "100.0%"}


def test_dates() -> None:
    assert numbers.day(date(2027, 1, 31)) == numbers.day("2027-01-31") == "31 Jan 2027"
    assert numbers.day("2027-01-31T06:10:00Z") == "31 Jan 2027"
    assert numbers.day("never") == "never"
    assert numbers.day(None) == "no data"
    with translation.override("de"):
        assert numbers.day(date(2027, 1, 31)) == "31.01.2027"


def test_quantities_carry_their_unit() -> None:
    assert numbers.quantity(0.12, "share") == "12%"
    assert numbers.quantity(162, "days") == "162 days"
    assert numbers.quantity(1.0, "days") == "1 day"
    assert numbers.quantity(34, "person-days") == "34 person-days"
    assert numbers.quantity(1, "person-days") == "1 person-day"
    assert numbers.quantity(2.5, "person-days") == "2.5 person-days"
    assert numbers.quantity(47.66, "index") == "47.7"
    assert numbers.quantity(4.0, "count") == "4"
    assert numbers.quantity(2.5, "count") == "2.5"
    with translation.override("de"):
        assert numbers.quantity(162, "days") == "162 Tage"


@pytest.mark.parametrize("unit", ["share", "days", "person-days", "index", "count"])
def test_unknown_is_no_data_in_every_unit(unit: str) -> None:
    assert numbers.quantity(None, unit) == "no data"


def test_ranges() -> None:
    assert numbers.interval(6, 9, "count") == "6 to 9"
    assert numbers.interval(0.5, 0.5004, "share") == "50%"
    with translation.override("de"):
        assert numbers.interval(6, 9, "count") == "6 bis 9"


def test_changes_are_points_with_a_direction() -> None:
    assert numbers.points(0.03) == "▲ 3 points"
    assert numbers.points(-0.008) == "▼ 0.8 points"
    assert numbers.points(0.0001) == "no change"
    assert numbers.points(None) == "no data"
    with translation.override("de"):
        assert numbers.points(0.03) == "▲ 3 Punkte"


def test_cells() -> None:
    assert numbers.plain(None) == "no data"
    assert numbers.plain(True) == "yes"
    assert numbers.plain(False) == "no"
    assert numbers.plain(1204) == "1,204"
    assert numbers.plain(0.01234) == "0.0123"
    assert numbers.plain(3.14159) == "3.14"
    assert numbers.plain(2.0) == "2"
    assert numbers.plain("2025-03-14") == "14 Mar 2025"
    assert numbers.plain("src/a-b-c.py") == "src/a-b-c.py"


def test_words_for_small_numbers() -> None:
    assert [numbers.words(number) for number in (0, 1, 12, 13, 1204)] == ["no", "one", "twelve", "13", "1,204"]
    assert numbers.days(None) == numbers.count(None) == "no data"
