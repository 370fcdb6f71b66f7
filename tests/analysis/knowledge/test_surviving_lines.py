"""Measures on line ownership, on a world small enough to count by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from copartner.analysis.knowledge import base as kb
from copartner.analysis.knowledge.surviving_lines import LineOwnership, ownership_over_time, surviving_line_measures
from copartner.analysis.measure import MeasureValue, Subject
from copartner.evidence.portfolio import (
    Company,
    Criticality,
    Partner,
    PartnerKind,
    Portfolio,
    RepositoryScope,
    Settings,
    System,
)
from copartner.evidence.tables import OWNERSHIP_HISTORY

AS_OF = date(2026, 9, 30)
LATELY = datetime(2026, 9, 1, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def world(runs: list[tuple[str, int, str]], history: list[tuple[date, str, int]] = []) -> list[MeasureValue]:  # noqa: B006
    """Files a and b of system pay (100 lines each); commits: i ours, p partner, x unknown, c partner with us."""
    portfolio = Portfolio(
        company=Company("us", "Us"),
        partners=(Partner("nord", "Nord", PartnerKind.AGENCY),),
        organisations=(),
        domains=(),
        people=(),
        bots=(),
        repositories=(),
        systems=(System("pay", "Payments", Criticality.HIGH, (RepositoryScope("r"),)),),
        engagements=(),
        contracts=(),
        settings=Settings(),
        sha256="0" * 64,
    )
    files = pa.table(
        {
            "file": pa.array([0, 1], pa.int32()),
            "repository": ["r", "r"],
            "path": ["a", "b"],
            "system": ["pay", "pay"],
            "component": ["one", "two"],
            "lines": pa.array([100, 100], pa.int32()),
            "changes_365d": pa.array([1, 1], pa.int32()),
            "weight": [100.0, 100.0],
            "last_change": pa.array([LATELY, LATELY], kb.TIME),
            "last_commit": ["p", "c"],
        },
        schema=kb.FILE,
    )
    made = [
        ("i", "ines", "us", 0),
        ("p", "paul", "nord", 0),
        ("x", "p-1", "unknown", 0),
        ("c", "paul", "nord", 0),
        ("c", "ines", "us", 1),
        ("g", "gone", "us", 0),
    ]
    authors = pa.table(
        {
            "repository": ["r"] * len(made),
            "commit": [row[0] for row in made],
            "person": [row[1] for row in made],
            "organisation": [row[2] for row in made],
            "evidence_class": ["dated_affiliation"] * len(made),
            "weight": [1.0] * len(made),
            "author_time": pa.array([LATELY] * len(made), kb.TIME),
            "ordinal": pa.array([row[3] for row in made], pa.int16()),
        },
        schema=kb.CONTRIBUTION,
    )
    people = pa.table(
        {
            "person": ["ines", "paul", "p-1", "gone"],
            "declared": [True, True, False, True],
            "organisation_at": ["us", "nord", "unknown", "us"],
            "last_active": pa.array([LATELY, LATELY, LATELY, LONG_AGO], kb.TIME),
            "active": [True, True, True, False],
            "left": [False, False, False, False],
        },
        schema=kb.PERSON,
    )
    empty = pa.table({})
    base = kb.KnowledgeBase(
        portfolio, AS_OF, authors, files, kb.HOLDER.empty_table(), people, empty, empty, empty, empty
    )
    line_runs = pa.table(
        {
            "repository": pa.array(["r"] * len(runs), pa.string()),
            "path": pa.array([run[0] for run in runs], pa.string()),
            "length": pa.array([run[1] for run in runs], pa.int32()),
            "commit": pa.array([run[2] for run in runs], pa.string()),
        }
    )
    series = pa.table(
        {
            "repository": pa.array(["r"] * len(history), pa.string()),
            "head": pa.array(["h"] * len(history), pa.string()),
            "snapshot": pa.array([row[0] for row in history], pa.date32()),
            "snapshot_commit": pa.array(["s"] * len(history), pa.string()),
            "commit": pa.array([row[1] for row in history], pa.string()),
            "lines": pa.array([row[2] for row in history], pa.int32()),
        },
        schema=OWNERSHIP_HISTORY.schema,
    )
    return surviving_line_measures(base, LineOwnership(line_runs, authors, series))


def one(values: list[MeasureValue], measure: str, subject: Subject) -> MeasureValue:
    (found,) = [value for value in values if value.measure == measure and value.subject == subject]
    return found


RUNS = [("a", 90, "p"), ("a", 10, "i"), ("b", 50, "c"), ("b", 30, "x"), ("b", 20, "i")]


def test_share_counts_lines_by_the_organisation_of_their_author() -> None:
    values = world(RUNS)
    partner = one(values, "surviving_line_share", Subject(partner="nord", system="pay"))
    assert partner.value == pytest.approx(140 / 200)
    assert partner.interval == (pytest.approx(0.7), pytest.approx(0.85))
    assert one(values, "surviving_line_share", Subject(system="pay")).value == pytest.approx(30 / 200)
    assert partner.coverage == pytest.approx(170 / 200)
    assert sum(partner.evidence_classes.values()) == pytest.approx(1)


def test_a_co_author_knows_the_lines_but_does_not_own_them() -> None:
    values = world(RUNS)
    only = one(values, "only_partner_lines", Subject(partner="nord", system="pay"))
    assert only.value == pytest.approx(100 / 200), "file a; file b is co-authored by one of ours"
    assert only.rows.rows[0] == ("a", "p", "nord", 90)


def test_a_file_with_an_unknown_author_may_be_known_to_the_partner_only() -> None:
    values = world([("a", 100, "x")])
    only = one(values, "only_partner_lines", Subject(partner="nord"))
    assert (only.value, only.interval) == (0, (0, pytest.approx(1)))


def test_lines_of_people_who_left_count_as_inactive_and_unknown_ones_are_left_out() -> None:
    values = world([("a", 60, "g"), ("a", 20, "i"), ("a", 20, "x")])
    inactive = one(values, "inactive_author_lines", Subject(system="pay", component="one"))
    assert inactive.value == pytest.approx(60 / 80)
    assert inactive.inputs["unknown"] == 20


def test_lines_outside_the_scope_do_not_count() -> None:
    values = world([("a", 50, "i"), ("vendor/x", 5000, "p")])
    assert one(values, "surviving_line_share", Subject()).value == 1


def test_no_lines_is_unknown_not_zero() -> None:
    value = one(world([]), "surviving_line_share", Subject())
    assert value.value is None
    assert value.reason


def test_half_life_counts_only_cohorts_seen_for_the_first_time_inside_the_series() -> None:
    days = [date(2026, 1, 1), date(2026, 1, 31), date(2026, 3, 2), date(2026, 4, 1)]
    history = [(days[0], "i", 1000)] + [(days[1], "p", 100), (days[2], "p", 80), (days[3], "p", 40)]
    value = one(world(RUNS, history), "code_half_life", Subject(partner="nord"))
    assert value.value == 60
    assert one(world(RUNS, history[:3]), "code_half_life", Subject(partner="nord")).value is None


def test_half_life_without_a_series_is_unknown() -> None:
    value = one(world(RUNS), "code_half_life", Subject())
    assert value.value is None
    assert "no series" in str(value.reason)


def test_past_shares_carry_a_repository_on_after_its_last_commit() -> None:
    def rows(*found: tuple[str, date, str, int]) -> LineOwnership:
        names = ("repository", "snapshot", "commit", "lines")
        series = [dict(zip(names, row, strict=True)) | {"head": "h", "snapshot_commit": "s"} for row in found]
        history = pa.Table.from_pylist(series, schema=OWNERSHIP_HISTORY.schema)
        made = [("r", "i", "us"), ("r", "p", "nord"), ("s", "p", "nord")]
        authors = pa.Table.from_pylist(
            [
                {"repository": r, "commit": c, "organisation": o, "ordinal": 0, "person": "x", "weight": 1.0}
                for r, c, o in made
            ],
            schema=kb.CONTRIBUTION,
        )
        return LineOwnership(history, authors, history)

    first, second, third = date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 1)
    of_r = (("r", first, "i", 10), ("r", second, "i", 8), ("r", third, "p", 9))
    of_s = (("s", date(2026, 4, 9), "p", 5), ("s", date(2026, 4, 9), "z", 1))
    series = ownership_over_time(rows(*of_r, *of_s))
    assert [day for day, _ in series] == [first, second, third], "of the heads' own days only the last is a sample"
    assert dict(series)[first] == {"us": 10}
    assert dict(series)[third] == {"nord": 14, "unknown": 1}
    assert dict(series)[second] == {"nord": 5, "unknown": 1, "us": 8}
    assert ownership_over_time(rows()) == []
