"""The ownership bar: each file in exactly one group, and when a file counts as known only to the partner."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copartner.analysis.catalogue import compute_all
from copartner.analysis.knowledge.masses import Knowledge
from copartner.analysis.knowledge.ownership_bar import GROUPS, ownership_bar
from copartner.analysis.knowledge.scope import Scopes
from copartner.evidence.portfolio import Affiliation, Person
from knowledge_evidence import AS_OF, Evidence, a_portfolio, a_system


def bar(evidence: Evidence, key: str = "system=app") -> dict[str, float]:
    found = {v.subject.key: v for v in compute_all(evidence.base()) if v.measure == "only_partner"}
    return {name: found[key].inputs[name] for name in GROUPS}


def one_file(*people: tuple[str, float, int]) -> Evidence:
    evidence = Evidence(a_portfolio(partners=("nordhang", "quendel"))).file("a.py")
    for who, days, churn in people:
        evidence.change(who, days, {"a.py": churn})
    return evidence


@pytest.mark.parametrize(
    ("people", "group"),
    [
        ([("ann@company", 5, 100)], "ours"),
        ([("bea@nordhang", 5, 100)], "only_partner"),
        ([("ann@company", 5, 100), ("bea@nordhang", 5, 100)], "shared"),
        ([("bea@nordhang", 5, 100), ("cem@quendel", 5, 100)], "shared"),
        ([("ann@company", 500, 100)], "nobody"),
        ([("bea@nordhang", 500, 100)], "nobody"),
        # Partner above 0.8 and the company below 0.1: the few lines of ours do not change who knows it.
        ([("bea@nordhang", 5, 1000), ("bea@nordhang", 6, 1000), ("ann@company", 5, 2)], "only_partner"),
        ([("bea@nordhang", 5, 1000), ("ann@company", 5, 3)], "shared"),
        # Internal knowledge that nobody active holds is no internal knowledge.
        ([("ann@company", 370, 100), ("bea@nordhang", 5, 100)], "shared"),
        ([("dora@altdorf", 5, 100)], "shared"),
        ([("ann@company", 5, 100), ("who@unknown", 5, 2)], "shared"),
        ([("ann@company", 5, 1000), ("ann@company", 5, 1000), ("who@unknown", 5, 1)], "ours"),
    ],
)
def test_groups(people, group):
    assert bar(one_file(*people)) == {name: float(name == group) for name in GROUPS}


def test_a_former_knower_who_is_active_elsewhere_in_the_portfolio_still_counts():
    evidence = one_file(("ann@company", 500, 100)).file("b.py", 0)
    evidence.change("ann@company", 5, {"b.py": 1})
    assert bar(evidence)["ours"] == 1.0


def test_knowledge_of_people_who_left_is_known_to_nobody():
    left = Person("ann", None, (), (Affiliation("company", None, AS_OF.replace(month=9, day=20)),))
    evidence = Evidence(a_portfolio(people=[left])).file("a.py")
    evidence.change("ann@company", 30, {"a.py": 10})
    assert bar(evidence)["nobody"] == 1.0


def test_about_a_partner_only_what_that_partner_alone_knows_is_theirs():
    evidence = one_file(("bea@nordhang", 5, 100)).file("b.py")
    evidence.change("cem@quendel", 5, {"b.py": 100})
    assert bar(evidence)["only_partner"] == 1.0
    assert bar(evidence, "partner=nordhang,system=app")["only_partner"] == 0.5
    assert bar(evidence, "partner=nordhang,system=app")["shared"] == 0.5


def test_unknown_authors_could_move_the_headline_either_way():
    evidence = one_file(("bea@nordhang", 5, 100), ("who@unknown", 5, 2))
    (found,) = [
        v
        for v in compute_all(evidence.base())
        if v.measure == "only_partner" and v.subject.key == "partner=nordhang,system=app"
    ]
    assert found.value == 1.0
    assert found.interval == (0.0, 1.0)


def test_the_activity_window_and_half_life_are_shown_as_sensitivity():
    evidence = one_file(("bea@nordhang", 200, 100))
    (found,) = [
        v for v in compute_all(evidence.base()) if v.measure == "only_partner" and v.subject.key == "system=app"
    ]
    assert (found.value, found.sensitivity["activity_window_days=180"]) == (1.0, 0.0)
    assert found.sensitivity["activity_window_days=730"] == found.sensitivity["half_life_days=180"] == 1.0
    assert found.rows.rows[0][1] == "a.py"


people = st.sampled_from(["ann@company", "bea@nordhang", "cem@quendel", "dora@altdorf", "who@unknown"])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(people, st.integers(0, 900), st.sampled_from("abcd"), st.integers(1, 900)), max_size=15))
def test_each_weight_falls_in_exactly_one_group(rows):
    systems = [a_system("app"), a_system("part", include=["a", "b"])]
    evidence = Evidence(a_portfolio(partners=("nordhang", "quendel"), systems=systems))
    for name, lines in zip("abcd", (10, 200, 35, 4), strict=True):
        evidence.file(name, lines)
    for who, days, path, churn in rows:
        evidence.change(who, days, {path: churn})
    scopes = Scopes(Knowledge(evidence.base()))
    for scope in [*scopes, *scopes.partners, *scopes.partner_systems]:
        found = ownership_bar(scope)
        masks = [getattr(found, name) for name in GROUPS]
        assert (sum(mask.astype(int) for mask in masks) == 1).all()
        if len(found.files):
            assert sum(found.share(name) for name in GROUPS) == pytest.approx(1.0)
