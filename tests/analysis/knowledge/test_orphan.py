"""Truck factors over the evidence, orphaned and abandoned files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from copartner.analysis.catalogue import compute_all
from copartner.evidence.portfolio import Affiliation, Contract, Person
from knowledge_evidence import Evidence, a_portfolio, a_system


def values(evidence: Evidence, measure: str):
    return {v.subject.key: v for v in compute_all(evidence.base()) if v.measure == measure}


def four_files() -> Evidence:
    evidence = Evidence(a_portfolio(engagements={"nordhang": ["app"]}))
    for path, who, days in (
        ("a.py", "bea@nordhang", 20),
        ("b.py", "bea@nordhang", 20),
        ("c.py", "ann@company", 20),
        ("d.py", "dora@altdorf", 800),
    ):
        evidence.file(path)
        evidence.change(who, days, {path: 10}, added=[path])
    return evidence


def test_orphans_are_files_with_authors_at_the_partner_only():
    evidence = four_files().file("nobody.py")
    evidence.change("bea@nordhang", 5, {"c.py": 10})
    found = values(evidence, "orphan")
    assert set(found) == {"partner=nordhang", "partner=nordhang,system=app"}
    value = found["partner=nordhang"]
    assert value.value == 2 / 5
    assert (value.inputs["files_orphaned"], value.inputs["files_without_author"]) == (2, 1)
    assert [row[1] for row in value.rows.rows] == ["a.py", "b.py"]
    assert value.rows.rows[0][5] == "nordhang"


def test_unknown_authors_could_be_the_partners():
    evidence = four_files()
    for days in (10, 11, 12):
        evidence.change("who@unknown", days, {"a.py": 10})
    evidence.file("e.py").change("who@unknown", 3, {"e.py": 1}, added=["e.py"])
    found = values(evidence, "orphan")["partner=nordhang"]
    assert (found.value, found.interval) == (1 / 5, (1 / 5, 3 / 5))


def test_an_author_counts_where_they_are_today():
    hired = Person(
        "bea", None, (), (Affiliation("nordhang", None, date(2026, 9, 20)), Affiliation("company", date(2026, 9, 21)))
    )
    evidence = four_files()
    assert values(evidence, "orphan")["partner=nordhang"].value == 0.5
    evidence.portfolio = replace(evidence.portfolio, people=(hired,))
    assert values(evidence, "orphan")["partner=nordhang"].value == 0.0


def contract(end: date | None = date(2026, 12, 31)) -> Contract:
    return Contract("c1", "nordhang", "Framework", date(2024, 1, 1), end)


def test_orphans_at_the_end_of_the_term_follow_the_declared_affiliations():
    evidence = four_files()
    ann_leaves = Person("ann", None, (), (Affiliation("company", None, date(2026, 11, 30)),))
    bea_hired = Person(
        "bea", None, (), (Affiliation("nordhang", None, date(2026, 10, 31)), Affiliation("company", date(2026, 11, 1)))
    )
    evidence.change("bea@nordhang", 5, {"c.py": 10})
    with_contract = replace(evidence.portfolio, contracts=(contract(),))
    evidence.portfolio = with_contract
    found = values(evidence, "orphan_at")["partner=nordhang,system=app"]
    assert (found.value, found.inputs["exit_on"]) == (0.5, "2026-12-31")
    evidence.portfolio = replace(with_contract, people=(ann_leaves,))
    assert values(evidence, "orphan_at")["partner=nordhang"].value == 0.5
    assert values(evidence, "orphan")["partner=nordhang"].value == 0.5
    for days in (3, 2, 1):
        evidence.change("bea@nordhang", days, {"c.py": 10})
    # Both are authors of c.py now: ours leaves by then, the partner's with the exit.
    assert values(evidence, "orphan")["partner=nordhang"].value == 0.5
    assert values(evidence, "orphan_at")["partner=nordhang"].value == 0.75
    evidence.portfolio = replace(with_contract, people=(bea_hired,))
    assert values(evidence, "orphan_at")["partner=nordhang"].value == 0.0


def test_without_a_contract_that_ends_nothing_can_be_said_about_its_end():
    evidence = four_files()
    assert values(evidence, "orphan_at")["partner=nordhang"].reason.startswith("no contract")
    evidence.portfolio = replace(evidence.portfolio, contracts=(contract(None),))
    assert values(evidence, "orphan_at")["partner=nordhang"].value is None


def test_abandoned_files_have_authors_none_of_whom_is_active():
    evidence = four_files().file("nobody.py")
    found = values(evidence, "abandoned")
    value = found["system=app"]
    assert (value.value, value.interval) == (1 / 5, (1 / 5, 2 / 5))
    assert [value.sensitivity[f"abandoned_after_days={days}"] for days in (180, 365, 730)] == [0.2, 0.2, 0.2]
    assert [row[1] for row in value.rows.rows] == ["d.py"]
    evidence.change("dora@altdorf", 1, {"a.py": 1})
    assert values(evidence, "abandoned")["system=app"].value == 0.0


def test_a_file_nobody_ever_changed_is_not_abandoned_but_unknown():
    found = values(Evidence().file("nobody.py"), "abandoned")["system=app"]
    assert (found.value, found.reason) == (None, "no file in scope has an author")


def test_truck_factors_of_people_active_people_and_organisations():
    evidence = four_files()
    people = values(evidence, "truck_factor")["system=app"]
    assert people.value == 2.0
    assert people.inputs["variant"] == "paper"
    assert people.inputs["abandoned"] == 0.25
    assert people.notes == ("Abandoned: 25.0% of the files have no author active in the last 365 days.",)
    active = values(evidence, "truck_factor_active")["system=app"]
    assert (active.value, active.inputs["coverage_before_removal"]) == (1.0, 0.75)
    organisations = values(evidence, "ktf")["system=app"]
    assert (organisations.value, organisations.inputs["organisations"]) == (2.0, 3)
    assert organisations.rows.rows[0] == ("nordhang", 2, 0.5, True)


def test_bots_and_merges_of_history_do_not_make_authors():
    evidence = four_files()
    for days in range(1, 30):
        evidence.change("renovate@bot", days, {"c.py": 100})
    assert values(evidence, "ktf")["system=app"].value == 2.0
    assert values(evidence, "truck_factor")["system=app"].value == 2.0


@pytest.mark.parametrize("measure", ["truck_factor", "truck_factor_active", "ktf", "abandoned", "orphan", "orphan_at"])
def test_a_system_without_files_is_unknown(measure):
    systems = [a_system("app"), a_system("empty", include=["nowhere/**"])]
    evidence = four_files()
    evidence.portfolio = a_portfolio(systems=systems, engagements={"nordhang": ["app", "empty"]})
    evidence.portfolio = replace(evidence.portfolio, contracts=(contract(),))
    found = values(evidence, measure)
    empty = [value for key, value in found.items() if key.endswith("system=empty")]
    assert empty
    assert all(value.value is None and value.reason == "no source file in scope" for value in empty)
