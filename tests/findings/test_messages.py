"""Sentences of findings."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copartner.findings.logic import all_of, any_of, at_least, below
from copartner.findings.messages import TEMPLATES, Message, choice_name, measure_name, visible, write

THREE = st.sampled_from([True, False, None])


def test_numbers_and_dates_are_written_as_the_guide_says() -> None:
    message = Message(
        "notice_closing.decision_passed",
        {
            "partner": "Nordhang Digital",
            "decision_date": "2026-08-31",
            "notice_deadline": "2026-09-30",
            "verdict": "infeasible",
        },
    )
    assert str(message) == (
        "The decision on Nordhang Digital was due on 31 Aug 2026; notice can still be given until 30 Sep 2026, "
        "and the hand-over does not fit into the time left"
    )
    fires = {"system": "Shop", "abandoned": 0.125, "limit": 0.15}
    assert write(Message("abandoned_code.fires", fires)).startswith("12.5% of the files of Shop")


@pytest.mark.parametrize(
    ("value", "shown"), [(0.12345, 0.12), (0.196, 0.196), (0.2, 0.2), (0.2049, 0.2049), (0.1999999, 0.2)]
)
def test_a_value_near_its_limit_does_not_look_like_it(value: float, shown: float) -> None:
    assert visible(value, 0.2) == shown


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        write(Message("black_box.only", {"system": "Payments"}))


@pytest.mark.parametrize("template", TEMPLATES.values())
def test_sentences_are_plain(template: str) -> None:
    """No blame, no exclamation, no filler: the words the design guide bans."""
    assert not re.search(r"!|\b(please|oops|invalid|fail|fault|bad|poor|elevated)\b", template, re.IGNORECASE)


def test_measures_and_choices_are_named_in_words() -> None:
    assert measure_name("internal_review_share") == "Partner changes reviewed by us"
    assert measure_name("some_input") == "some input"
    assert choice_name("half_life_days=180") == "a half-life of 180 days"
    assert choice_name("slack_days=90, max_age_days=180") == "90 days of slack and an age of up to 180 days"
    assert choice_name("undecayed") == "undecayed"
    assert choice_name("window=3") == "window 3"


@given(st.lists(THREE))
def test_unknown_decides_only_where_the_known_do_not(conditions: list[bool | None]) -> None:
    """Filling in the unknowns either way never contradicts a decided outcome."""
    for filled in (True, False):
        certain = [filled if item is None else item for item in conditions]
        assert all_of(*conditions) in (None, all(certain))
        assert any_of(*conditions) in (None, any(certain))
    assert (all_of(*conditions) is None) == (False not in conditions and None in conditions)
    assert (any_of(*conditions) is None) == (True not in conditions and None in conditions)


def test_comparisons_are_half_open() -> None:
    assert (below(0.2, 0.2), below(0.19, 0.2), below(None, 0.2)) == (False, True, None)
    assert (at_least(0.6, 0.6), at_least(0.59, 0.6), at_least(None, 0.6)) == (True, False, None)
