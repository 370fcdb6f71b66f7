"""Internal share of knowledge: published oracles, unknown authors, and the laws every share obeys."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copartner.analysis.catalogue import compute_all
from copartner.analysis.knowledge.masses import Knowledge
from copartner.analysis.measure import MEASURES, Subject
from knowledge_evidence import AS_OF, Evidence, a_portfolio, a_system


def values(base, measure):
    return {value.subject.key: value for value in compute_all(base) if value.measure == measure}


def value(base, measure="kappa_int", key="system=app"):
    return values(base, measure)[key]


def partner_then_us() -> Evidence:
    evidence = Evidence().file("a.py")
    evidence.change("bea@nordhang", 30, {"a.py": 100})
    evidence.change("ann@company", 400, {"a.py": 100})
    return evidence


def test_published_oracle_of_the_half_lives():
    found = value(partner_then_us().base())
    strip = [found.sensitivity[f"half_life_days={days}"] for days in (180, 365, 730)]
    assert [round(share, 3) for share in strip] == [0.194, 0.331, 0.413]
    assert found.sensitivity["undecayed"] == 0.5
    assert found.value == found.sensitivity["half_life_days=365"]
    assert found.interval is None
    assert found.coverage == 1.0
    assert found.evidence_classes == {"domain": 1.0}


def test_published_oracle_one_old_internal_commit_is_all_ours_and_abandoned():
    evidence = Evidence().file("a.py")
    evidence.change("ann@company", 1800, {"a.py": 40}, added=["a.py"])
    base = evidence.base()
    assert value(base).value == 1.0
    assert value(base, "abandoned").value == 1.0
    assert value(base, "only_partner").inputs["nobody"] == 1.0


def test_published_oracle_a_change_of_1001_lines_contributes_nothing():
    evidence = partner_then_us()
    before = value(evidence.base()).value
    evidence.change("ann@company", 1, {"a.py": 1001})
    assert value(evidence.base()).value == before


def test_files_are_weighted_by_lines_and_recent_changes():
    evidence = Evidence().file("ours.py", 300).file("theirs.py", 100)
    evidence.change("ann@company", 500, {"ours.py": 10})
    for days in (10, 20):
        evidence.change("bea@nordhang", days, {"theirs.py": 10})
    theirs = 100 * (1 + math.log(3))
    found = value(evidence.base())
    assert found.value == pytest.approx(300 / (300 + theirs), abs=1e-6)
    assert found.inputs["weight"] == pytest.approx(300 + theirs)
    assert found.inputs["kappa_nordhang"] == pytest.approx(theirs / (300 + theirs), abs=1e-6)
    assert found.rows.rows[0][:6] == ("app", "theirs.py", 100, 0.0, 1.0, "nordhang")
    assert found.rows.total == 2


def test_unknown_authors_widen_the_interval_and_lower_the_coverage():
    evidence = Evidence().file("a.py")
    evidence.change("ann@company", 10, {"a.py": 50})
    evidence.change("who@unknown", 10, {"a.py": 50})
    found = value(evidence.base())
    assert (found.value, found.interval, found.coverage) == (0.5, (0.5, 1.0), 0.5)
    assert found.evidence_classes == {"domain": 0.5, "unknown": 0.5}
    component = value(evidence.base(), "knowledge_lock_in")
    assert (component.value, component.interval) == (0.5, (0.0, 0.5))


def test_a_file_nobody_holds_is_unknown_and_not_zero():
    evidence = partner_then_us().file("silent.py", 100)
    found = value(evidence.base())
    weight = 100 * (1 + math.log(2))
    assert round(found.value, 3) == 0.331
    assert found.inputs["files_unknown"] == 1
    assert found.coverage == pytest.approx(weight / (weight + 100), abs=1e-6)
    alone = value(Evidence().file("silent.py").base())
    assert (alone.value, alone.reason) == (None, "no change with known line counts by a person")
    assert alone.coverage == 0.0


def test_an_empty_scope_is_unknown():
    found = values(Evidence().base(), "kappa_int")
    assert found["portfolio"].reason == "no source file in scope"
    assert found["system=app"].coverage is None


def test_files_without_lines_leave_nothing_to_weigh():
    evidence = Evidence().file("empty.py", 0)
    evidence.change("ann@company", 1, {"empty.py": 3})
    assert value(evidence.base()).value is None


def test_changes_without_line_counts_lower_the_coverage():
    evidence = partner_then_us()
    evidence.change("ann@company", 5, {"a.py": None})
    found = value(evidence.base())
    assert round(found.value, 3) == 0.331
    assert found.coverage == pytest.approx(2 / 3, abs=1e-6)


def test_an_unreadable_repository_makes_its_system_unknown_and_lowers_the_portfolio():
    systems = [a_system("app"), a_system("old", repositories=["old"]), a_system("both", repositories=["app", "gone"])]
    evidence = Evidence(a_portfolio(systems=systems))
    evidence.file("a.py").file("b.py", repository="old")
    evidence.change("ann@company", 5, {"a.py": 10})
    evidence.change("ann@company", 5, {"b.py": 10}, repository="old")
    evidence.unreadable = {"old": "history cut by a shallow clone", "gone": "not collected: no such path"}
    found = values(evidence.base(), "kappa_int")
    assert found["system=app"].value == 1.0
    assert (found["system=old"].value, found["system=old"].reason) == (None, "old: history cut by a shallow clone")
    assert found["system=both"].reason == "gone: not collected: no such path"
    assert found["portfolio"].value == 1.0
    assert found["portfolio"].coverage == pytest.approx(0.5 * 2 / 3, abs=1e-6)
    assert found["portfolio"].notes[0].startswith("2 of 3 repositories left out: gone: not collected")
    evidence.unreadable["app"] = "missing objects"
    assert values(evidence.base(), "kappa_int")["portfolio"].value is None


def test_each_commit_of_a_person_lands_on_the_organisation_of_its_time():
    evidence = Evidence().file("a.py")
    for days, organisation in ((900, "nordhang"), (600, "company"), (300, "nordhang")):
        evidence.change(f"ann@{organisation}", days, {"a.py": 10}, evidence_class="dated_affiliation")
    share = value(evidence.base()).sensitivity["undecayed"]
    assert share == pytest.approx(1 / 3, abs=1e-6)


def test_shares_by_organisation_name_every_organisation_that_holds_any():
    evidence = partner_then_us()
    evidence.change("dora@altdorf", 2000, {"a.py": 100})
    evidence.change("who@unknown", 10, {"a.py": 100})
    found = values(evidence.base(), "knowledge_share")
    rows = found["portfolio"].rows.rows
    assert [row[0] for row in rows] == ["unknown", "nordhang", "company", "altdorf"]
    assert sum(row[1] for row in rows) == pytest.approx(1, abs=1e-5)
    assert all(row[2] == 0.25 for row in rows)
    partner = found["partner=nordhang,system=app"]
    assert partner.value == found["partner=nordhang"].value == rows[1][1]
    assert partner.interval == (partner.value, pytest.approx(rows[0][1] + rows[1][1], abs=1e-5))


def test_the_lock_in_component_splits_who_holds_the_rest():
    systems = [a_system("app")]
    evidence = Evidence(a_portfolio(partners=("nordhang", "quendel"), systems=systems)).file("a.py")
    evidence.change("ann@company", 1, {"a.py": 9})
    evidence.change("bea@nordhang", 1, {"a.py": 9})
    evidence.change("cem@quendel", 1, {"a.py": 9})
    found = values(evidence.base(), "knowledge_lock_in")
    assert set(found) == {
        "system=app",
        "partner=nordhang",
        "partner=quendel",
        "partner=nordhang,system=app",
        "partner=quendel,system=app",
    }
    third = found["partner=quendel,system=app"]
    assert third.value == pytest.approx(2 / 3, abs=1e-6)
    assert third.inputs["kappa_partner"] == pytest.approx(1 / 3, abs=1e-6)


def test_without_any_partner_the_rows_name_none():
    evidence = Evidence(a_portfolio(partners=())).file("a.py")
    evidence.change("dora@altdorf", 10, {"a.py": 5})
    found = value(evidence.base())
    assert (found.value, found.inputs["kappa_others"]) == (0.0, 1.0)
    assert found.rows.rows[0][4:6] == (None, None)


def test_no_person_appears_in_any_value():
    evidence = partner_then_us()
    text = repr(compute_all(evidence.base()))
    assert "bea" not in text
    assert "ann" not in text


changes = st.lists(
    st.tuples(
        st.sampled_from(["ann@company", "bea@nordhang", "cem@altdorf", "who@unknown", "renovate@bot"]),
        st.integers(0, 3000),
        st.sampled_from(["a.py", "b.py", "core/c.py"]),
        st.one_of(st.none(), st.integers(0, 1200)),
    ),
    max_size=12,
)
relaxed = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def random_evidence(rows) -> Evidence:
    evidence = Evidence().file("a.py", 10).file("b.py", 200).file("core/c.py", 50)
    for who, days, path, churn in rows:
        evidence.change(who, days, {path: churn})
    return evidence


@relaxed
@given(changes)
def test_shares_sum_to_one_over_all_parties_for_every_file_somebody_holds(rows):
    knowledge = Knowledge(random_evidence(rows).base())
    for column in ("decayed", "decayed_180", "decayed_730", "undecayed"):
        sums = knowledge.kappa(column).sum(axis=1)
        np.testing.assert_allclose(sums[knowledge.known(column)], 1.0, rtol=0, atol=1e-12)
        assert not sums[~knowledge.known(column)].any()


@relaxed
@given(changes, st.integers(0, 3000), st.integers(1, 1000))
def test_a_commit_of_a_partner_never_raises_our_share_of_a_file(rows, days, churn):
    evidence = random_evidence(rows)
    before = Knowledge(evidence.base())
    evidence.change("bea@nordhang", days, {"a.py": churn})
    after = Knowledge(evidence.base())
    if before.known()[0]:
        assert after.kappa()[0, 0] <= before.kappa()[0, 0]


@relaxed
@given(changes, st.integers(1, 2000))
def test_moving_all_evidence_and_the_day_together_changes_nothing(rows, days):
    evidence = random_evidence(rows)
    now = {(v.measure, v.subject): (v.value, v.interval, v.coverage) for v in compute_all(evidence.base())}
    later = evidence.later(days).base()
    then = {(v.measure, v.subject): (v.value, v.interval, v.coverage) for v in compute_all(later)}
    assert later.as_of == AS_OF + timedelta(days=days)
    assert now == then


@relaxed
@given(changes)
def test_values_stay_in_range_and_inside_their_interval(rows):
    for found in compute_all(random_evidence(rows).base()):
        low, high = MEASURES.get(found.measure).range
        if found.value is None:
            assert found.reason
            continue
        assert low is None or found.value >= low, found
        assert high is None or found.value <= high, found
        if found.interval is not None:
            assert found.interval[0] <= found.value <= found.interval[1], found
        assert found.coverage is None or 0 <= found.coverage <= 1
        assert len(found.rows.rows) <= min(25, found.rows.total) if found.rows.total else not found.rows.rows


def test_subjects_are_those_of_the_definition():
    found = {v.subject for v in compute_all(partner_then_us().base()) if v.measure == "kappa_int"}
    assert found == {
        Subject(),
        Subject(system="app"),
        Subject(system="app", component="(root)"),
        Subject(partner="nordhang"),
    }


@pytest.mark.parametrize("measure", ["kappa_int", "knowledge_lock_in", "knowledge_share", "only_partner"])
def test_work_by_nobody_known_gives_no_share_at_all(measure):
    """A first portfolio, nobody assigned yet: neither ours nor theirs nor shared."""
    evidence = Evidence().file("a.py")
    evidence.change("who@unknown", 30, {"a.py": 100})
    found = value(evidence.base(), measure)
    assert found.value is None
    assert found.reason == "all work here is by people of unknown affiliation"
    evidence.change("ann@company", 30, {"a.py": 1})
    assert value(evidence.base(), measure).value is not None
