"""People as counts: active people, rotation inside components, owners of systems."""

from __future__ import annotations

from datetime import date

import pytest

from copartner.analysis.catalogue import compute_all
from copartner.evidence.portfolio import Affiliation, Person
from knowledge_evidence import Evidence, a_portfolio, a_system


def values(evidence: Evidence, measure: str):
    return {v.subject.key: v for v in compute_all(evidence.base()) if v.measure == measure}


def person(name: str, *stints: Affiliation) -> Person:
    return Person(name, None, (), stints or (Affiliation("company"),))


def test_people_are_counted_by_organisation_where_they_changed_a_file_lately():
    systems = [a_system("app", include=["a/**"]), a_system("rest", include=["b/**"])]
    evidence = Evidence(a_portfolio(systems=systems)).file("a/x.py").file("b/y.py")
    evidence.change("ann@company", 10, {"a/x.py": 1})
    evidence.change("eva@company", 400, {"a/x.py": 1})
    evidence.change("eva@company", 10, {"b/y.py": 1})
    evidence.change("bea@nordhang", 10, {"a/x.py": 1})
    evidence.change("who@unknown", 10, {"a/x.py": 1})
    found = values(evidence, "people_active")
    assert (found["portfolio"].value, found["system=app"].value, found["system=rest"].value) == (2.0, 1.0, 1.0)
    app = found["system=app"]
    assert app.interval == (1.0, 2.0)
    assert app.coverage == pytest.approx(2 / 3, abs=1e-6)
    assert app.inputs["people_nordhang"] == app.inputs["people_unknown"] == 1
    assert app.sensitivity["activity_window_days=730"] == 2.0
    assert found["partner=nordhang,system=app"].value == 1.0
    assert "partner=nordhang,system=rest" not in found


def test_a_component_rotates_when_two_of_ours_hold_more_than_a_tenth_each():
    systems = [a_system(components={"one": ["one/**"], "two": ["two/**"], "silent": ["silent/**"]})]
    evidence = Evidence(a_portfolio(systems=systems))
    evidence.file("one/a.py").file("two/b.py").file("silent/c.py")
    for path, people in (
        ("one/a.py", ["ann@company", "eva@company", "bea@nordhang"]),
        ("two/b.py", ["ann@company", "bea@nordhang"]),
    ):
        for who in people:
            evidence.change(who, 10, {path: 10})
    found = values(evidence, "internal_rotation")["system=app"]
    assert found.value == 0.5
    assert found.inputs == {
        "components_two_know": 1,
        "components": 2,
        "components_unknown": 1,
        "components_two_active_know": 1,
    }
    assert found.rows.rows == (("app", "two", 1, 1, 1), ("app", "one", 1, 2, 2))
    assert values(Evidence().file("a.py"), "internal_rotation")["system=app"].value is None


def test_knowers_who_stopped_are_shown_apart():
    evidence = Evidence().file("a.py")
    evidence.change("ann@company", 400, {"a.py": 10})
    evidence.change("eva@company", 10, {"a.py": 10})
    found = values(evidence, "internal_rotation")["system=app"]
    assert (found.value, found.inputs["components_two_active_know"]) == (1.0, 0)


def owner_case(owner: str | None, *people: Person, active_days: float | None = None, unreadable: bool = False):
    evidence = Evidence(a_portfolio(systems=[a_system(owner=owner)], people=people)).file("a.py")
    evidence.change("somebody@company", 10, {"a.py": 1})
    if active_days is not None and owner:
        evidence.change(f"{owner}@company", active_days, {"a.py": 1})
    if unreadable:
        evidence.unreadable = {"app": "history cut by a shallow clone"}
    return values(evidence, "owner_active")["system=app"]


def test_no_named_owner_is_a_fact():
    found = owner_case(None)
    assert (found.value, found.inputs["owner"]) == (0.0, "no internal owner is named")


def test_a_named_internal_active_owner():
    assert owner_case("mara", person("mara"), active_days=10).value == 1.0


def test_an_owner_who_stopped_committing_is_not_active():
    found = owner_case("mara", person("mara"), active_days=400)
    assert (found.value, found.rows.rows[0][2]) == (0.0, "the named owner made no commit inside the activity window")
    assert owner_case("mara", person("mara"), active_days=400, unreadable=True).value is None


def test_an_owner_who_never_committed_is_unknown():
    found = owner_case("mara", person("mara"))
    assert (found.value, found.coverage) == (None, 0.0)
    assert found.reason.startswith("no commit of the named owner was seen")


def test_an_owner_who_left_or_belongs_to_the_partner_is_none_of_ours():
    left = person("mara", Affiliation("company", None, date(2026, 9, 1)))
    assert owner_case("mara", left, active_days=60).value == 0.0
    assert owner_case("mara", person("mara", Affiliation("nordhang", date(2020, 1, 1))), active_days=9).value == 0.0


def test_an_owner_nobody_knows_the_affiliation_of_is_unknown():
    mara = Person("mara", None, (), ())
    assert owner_case("mara", mara).reason == "where the named owner works on this day is not known"


def test_the_portfolio_counts_systems_that_can_be_told():
    systems = [a_system(name, owner=owner) for name, owner in (("one", "mara"), ("two", None), ("three", "silent"))]
    evidence = Evidence(a_portfolio(systems=systems, people=[person("mara"), person("silent")])).file("a.py")
    evidence.change("mara@company", 5, {"a.py": 1})
    found = values(evidence, "owner_active")["portfolio"]
    assert (found.value, found.interval, found.n) == (
        0.5,
        (pytest.approx(1 / 3, abs=1e-6), pytest.approx(2 / 3, abs=1e-6)),
        3,
    )
    assert found.rows.total == 3
    assert values(Evidence(a_portfolio(systems=[])), "owner_active")["portfolio"].reason == "no system is declared"
