"""Whether a hand-over fits into the time left, and in which order it is done."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from copartner.analysis.knowledge.handover import (
    HandoverSettings,
    LostFile,
    Verdict,
    feasibility,
    handover_list,
    hours_available,
    ratio,
    stake,
)

SETTINGS = HandoverSettings()
SEVERITY = ("left_without_anyone", "left_without_internal", "single")


def lost(path: str = "a.py", **changes: object) -> LostFile:
    fields: dict[str, object] = {
        "system": "payments",
        "component": "api",
        "repository": "pay",
        "path": path,
        "state": "left_without_anyone",
        "lines": 1000,
        "weight": 1000,
        "lost": 1_000_000,
        "criticality": 3,
        **changes,
    }
    return LostFile(**fields)  # type: ignore[arg-type]


def test_four_learners_of_a_40_hour_week_in_6_weeks_have_192_hours() -> None:
    assert hours_available(4, Fraction(6), SETTINGS) == 192.0


def test_357_hours_against_192_are_short_by_165_and_need_6_weeks_more() -> None:
    fits = feasibility(357.0, 4, Fraction(6), SETTINGS)
    assert fits.verdict is Verdict.FEASIBLE_WITH_EXTENSION
    assert (fits.hours_available, fits.short_by, fits.extension_weeks) == (192.0, 165.0, 6)
    assert fits.reason == "fits with an extension of 6 weeks"
    assert feasibility(193.0, 4, Fraction(6), SETTINGS).reason == "fits with an extension of 1 week"


def test_enough_hours_are_feasible() -> None:
    assert feasibility(192.0, 4, Fraction(6), SETTINGS).verdict is Verdict.FEASIBLE
    assert feasibility(192.1, 4, Fraction(6), SETTINGS).verdict is Verdict.FEASIBLE_WITH_EXTENSION


def test_nobody_to_learn_or_too_long_an_extension_is_infeasible() -> None:
    nobody = feasibility(10.0, 0, Fraction(6), SETTINGS)
    assert (nobody.verdict, nobody.short_by) == (Verdict.INFEASIBLE, 10.0)
    long = feasibility(2000.0, 4, Fraction(6), SETTINGS)
    assert (long.verdict, long.extension_weeks) == (Verdict.INFEASIBLE, 57)


def test_unknown_dates_are_unknown_unless_there_is_nothing_to_do() -> None:
    assert feasibility(10.0, 4, None, SETTINGS).verdict is Verdict.UNKNOWN
    nothing = feasibility(0.0, 4, None, SETTINGS)
    assert (nothing.verdict, nothing.hours_available) == (Verdict.FEASIBLE, None)
    assert feasibility(0.0, 4, Fraction(1), SETTINGS).hours_available == 32.0


def test_undecided_files_count_only_where_they_decide() -> None:
    assert feasibility(10.0, 4, Fraction(6), SETTINGS, hours_undecided=20.0).verdict is Verdict.FEASIBLE
    assert feasibility(10.0, 4, Fraction(6), SETTINGS, hours_undecided=200.0).verdict is Verdict.UNKNOWN


def test_no_more_learners_than_the_limit() -> None:
    assert hours_available(50, Fraction(1), SETTINGS) == hours_available(8, Fraction(1), SETTINGS) == 64.0


def test_an_item_takes_at_least_the_minimum() -> None:
    (item,) = handover_list([lost(lines=10)], SEVERITY, SETTINGS)
    assert item.hours == 2.0


def test_a_file_in_two_systems_is_read_once() -> None:
    items = handover_list([lost(), lost(system="shop", criticality=1)], SEVERITY, SETTINGS)
    assert [(item.system, item.lines, item.hours) for item in items] == [("payments", 1000, 3.0), ("shop", 0, 0.0)]


def test_the_worst_state_names_the_item() -> None:
    (item,) = handover_list(
        [lost("a.py", state="single"), lost("b.py", state="left_without_internal"), lost("c.py", repository="lib")],
        SEVERITY,
        SETTINGS,
        rows=2,
    )
    assert item.state == "left_without_anyone"
    assert item.states == {"left_without_anyone": 1, "left_without_internal": 1, "single": 1}
    assert item.repository is None
    assert (len(item.rows.rows), item.rows.total) == (2, 3)


def test_by_stake_what_is_already_lost_has_an_order_too() -> None:
    items = handover_list([lost(lost=0), lost(component="big", weight=3000, lost=0)], SEVERITY, SETTINGS, risk=stake)
    assert [(item.component, item.risk) for item in items] == [("big", 0.75), ("api", 0.25)]


def test_ratio_of_nothing_is_zero() -> None:
    assert ratio(0, 0) == 0.0


@given(st.integers(1, 5000), st.integers(0, 12), st.integers(0, 60))
def test_an_extension_covers_the_gap_and_one_week_less_does_not(needed: int, learners: int, weeks: int) -> None:
    fits = feasibility(float(needed), learners, Fraction(weeks), SETTINGS)
    assert (fits.verdict is Verdict.FEASIBLE) == (fits.short_by == 0)
    if fits.extension_weeks is not None:
        assert hours_available(learners, Fraction(weeks + fits.extension_weeks), SETTINGS) >= needed
        assert hours_available(learners, Fraction(weeks + fits.extension_weeks - 1), SETTINGS) < needed
