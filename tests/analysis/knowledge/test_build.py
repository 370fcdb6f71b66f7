"""The knowledge base: what counts for which file, how much, and for whom."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from copartner.analysis.knowledge.base import CLASS, FILE, HOLDER, KNOWLEDGE_SCALE, PERSON
from copartner.evidence.portfolio import Affiliation, Person, Settings
from knowledge_evidence import AS_OF, NOW, Evidence, a_portfolio, a_system


def rows(table, **equal):
    return [row for row in table.to_pylist() if all(row[name] == value for name, value in equal.items())]


def mass(churn: int, age: float, half_life: float | None, weight: float = 1.0) -> int:
    decay = 1.0 if half_life is None else 2 ** (-age / half_life)
    return math.floor(weight * math.log1p(churn) * decay * KNOWLEDGE_SCALE + 0.5)


def test_mass_of_one_change_is_the_formula_in_fixed_point():
    evidence = Evidence().file("a.py")
    evidence.change("ann@company", 400, {"a.py": 100}, added=["a.py"])
    (holder,) = evidence.base().holders.to_pylist()
    assert holder["undecayed"] == mass(100, 400, None)
    assert [holder[name] for name in ("decayed", "decayed_180", "decayed_365", "decayed_730")] == [
        mass(100, 400, days) for days in (365, 180, 365, 730)
    ]
    assert (holder["changes"], holder["authored"], holder["additions"], holder["created"]) == (1, 1, 1, True)


def test_schemas_are_the_published_ones_even_without_any_evidence():
    empty = Evidence().base()
    assert (empty.files.schema, empty.holders.schema) == (FILE, HOLDER)
    assert (empty.people.schema, empty.classes.schema) == (PERSON, CLASS)
    assert empty.files.num_rows == empty.holders.num_rows == empty.code_commits.num_rows == 0


def test_the_chosen_half_life_is_the_setting():
    evidence = Evidence(a_portfolio(settings=Settings(half_life_days=90))).file("a.py")
    evidence.change("ann@company", 45, {"a.py": 9})
    assert evidence.base().holders["decayed"].to_pylist() == [mass(9, 45, 90)]


def test_a_change_of_a_thousand_lines_counts_and_one_more_contributes_nothing():
    evidence = Evidence().file("a.py").file("b.py")
    evidence.change("ann@company", 1, {"a.py": 1000, "b.py": 1001})
    base = evidence.base()
    assert [row["undecayed"] for row in base.holders.to_pylist()] == [mass(1000, 1, None), 0]
    assert base.dropped == {"changes of more than 1,000 lines in one file, without weight": 1}


def test_unknown_line_counts_give_no_mass_but_count_as_a_change():
    evidence = Evidence().file("a.py")
    evidence.change("ann@company", 1, {"a.py": None})
    evidence.change("ann@company", 2, {"a.py": 5})
    base = evidence.base()
    (holder,) = base.holders.to_pylist()
    assert (holder["changes"], holder["unmeasured"]) == (2, 1)
    assert holder["undecayed"] == mass(5, 2, None)
    assert base.dropped == {"changes without line counts, without weight": 1}


def test_co_authors_share_the_weight_of_a_commit():
    evidence = Evidence().file("a.py")
    evidence.change(["ann@company", "bea@nordhang"], 10, {"a.py": 20})
    ann, bea = evidence.base().holders.to_pylist()
    assert ann["decayed"] == bea["decayed"] == mass(20, 10, 365, 0.5)
    assert (ann["authored"], bea["authored"]) == (1, 0)
    assert ann["changes"] == bea["changes"] == 1


def test_bots_hold_nothing_and_do_not_move_the_weight_of_a_file():
    evidence = Evidence().file("a.py", 10)
    evidence.change("renovate@bot", 1, {"a.py": 50}, added=["a.py"])
    base = evidence.base()
    assert base.holders.num_rows == 0
    (file,) = base.files.to_pylist()
    assert (file["changes_365d"], file["weight"], file["last_change"]) == (0, 10.0, None)
    assert base.people.num_rows == 0


def test_author_dates_after_the_day_are_dropped_and_counted():
    evidence = Evidence().file("a.py")
    evidence.change("ann@company", 0, {"a.py": 5}, at=NOW)
    evidence.change("ann@company", 0, {"a.py": 5}, at=NOW - timedelta(microseconds=1))
    base = evidence.base()
    assert base.dropped == {"commits with an author date after the day assessed": 1}
    assert base.holders["changes"].to_pylist() == [1]


def test_weight_grows_with_the_changes_of_the_last_year():
    evidence = Evidence().file("a.py", 200)
    for days in (1, 364, 366):
        evidence.change("ann@company", days, {"a.py": 5})
    (file,) = evidence.base().files.to_pylist()
    assert file["changes_365d"] == 2
    assert file["weight"] == pytest.approx(200 * (1 + math.log(3)))
    assert file["last_change"] == NOW - timedelta(days=1)


def test_renames_carry_the_knowledge_to_the_file_of_today():
    evidence = Evidence().file("new.py")
    first = evidence.change("ann@company", 20, {"old.py": 30}, added=["old.py"])
    evidence.leads_to(first, "old.py", "new.py")
    evidence.change("bea@nordhang", 10, {"new.py": 1}, renamed={"new.py": "old.py"})
    ann, bea = evidence.base().holders.to_pylist()
    assert (ann["created"], ann["last_commit"], ann["undecayed"]) == (True, first, mass(30, 20, None))
    assert (bea["created"], bea["additions"], bea["changes"]) == (False, 0, 1)


def test_only_the_first_to_add_a_path_created_it():
    evidence = Evidence().file("a.py")
    evidence.change("ann@company", 30, {"a.py": 10}, added=["a.py"])
    evidence.change("ann@company", 20, {"a.py": 10}, deleted=["a.py"])
    evidence.change("bea@nordhang", 10, {"a.py": 10}, added=["a.py"])
    ann, bea = evidence.base().holders.to_pylist()
    assert (ann["created"], ann["changes"], ann["additions"]) == (True, 1, 1)
    assert (bea["created"], bea["changes"], bea["additions"]) == (False, 1, 1)


def test_excluded_files_are_out_of_scope_and_counted_by_rule():
    evidence = Evidence().file("a.py").file("gen.py", excluded="generated").file("v.js", excluded="vendored")
    evidence.file("w.js", excluded="vendored").file("README.md", kind="documentation")
    evidence.change("ann@company", 3, {"gen.py": 500, "a.py": 1})
    base = evidence.base()
    assert base.files["path"].to_pylist() == ["a.py"]
    assert base.excluded == {"generated": 1, "vendored": 2}


def test_a_file_of_two_systems_appears_once_in_each():
    systems = [a_system("one", include=["a/**"]), a_system("two", exclude=["b/**"])]
    evidence = Evidence(a_portfolio(systems=systems)).file("a/x.py").file("b/y.py").file("z.py")
    evidence.change("ann@company", 3, {"a/x.py": 5, "b/y.py": 5, "z.py": 5})
    base = evidence.base()
    homes = [(row["path"], row["system"], row["component"]) for row in base.files.to_pylist()]
    assert homes == [("a/x.py", "one", "a"), ("a/x.py", "two", "a"), ("b/y.py", None, None), ("z.py", "two", "(root)")]
    assert base.holders["file"].to_pylist() == [0, 1, 2, 3]
    assert base.classes["file"].to_pylist() == [0, 1, 2, 3]


def test_one_person_may_hold_for_two_organisations():
    evidence = Evidence().file("a.py")
    evidence.change("ann@nordhang", 400, {"a.py": 10}, evidence_class="dated_affiliation")
    evidence.change("ann@company", 30, {"a.py": 10})
    base = evidence.base()
    held = [(row["person"], row["organisation"]) for row in base.holders.to_pylist()]
    assert held == [("ann", "company"), ("ann", "nordhang")]
    assert rows(base.classes, evidence_class="dated_affiliation")[0]["undecayed"] == mass(10, 400, None)
    assert base.people.to_pylist()[0]["organisation_at"] == "company"


def test_people_are_active_until_the_window_ends_or_they_leave():
    people = [
        Person("left", None, (), (Affiliation("company", None, date(2026, 9, 1)),)),
        Person("back", None, (), (Affiliation("company", None, date(2026, 1, 1)), Affiliation("nordhang", AS_OF))),
        Person("seen-after", None, (), (Affiliation("company", None, date(2026, 9, 1)),)),
        Person("silent", None, (), (Affiliation("company"),)),
    ]
    evidence = Evidence(a_portfolio(people=people)).file("a.py")
    for person, days in (("left", 60), ("back", 60), ("seen-after", 5), ("p-1", 364), ("p-2", 366)):
        evidence.change(f"{person}@company", days, {"a.py": 2})
    found = {row["person"]: row for row in evidence.base().people.to_pylist()}
    assert {name: row["active"] for name, row in found.items()} == {
        "left": False,
        "back": True,
        "seen-after": True,
        "silent": False,
        "p-1": True,
        "p-2": False,
    }
    assert found["left"]["left"]
    assert found["back"]["organisation_at"] == "nordhang"
    assert (found["silent"]["declared"], found["silent"]["last_active"]) == (True, None)
    assert (found["p-1"]["declared"], found["p-1"]["organisation_at"]) == (False, "company")


def test_the_order_of_the_evidence_does_not_matter():
    evidence = Evidence().file("b.py").file("a.py")
    for index in range(20):
        person = ("ann@company", "bea@nordhang", "cem@unknown")[index % 3]
        evidence.change(person, index * 17.3, {"a.py": index + 1, "b.py": 3 * index})
    base = evidence.base()
    evidence.contributions.reverse()
    evidence.changes.reverse()
    evidence.files = dict(reversed(evidence.files.items()))
    again = evidence.base()
    for name in ("files", "holders", "classes", "people", "documents", "code_commits", "path_changes"):
        assert getattr(base, name).equals(getattr(again, name)), name


def test_code_commits_of_two_years_say_whether_documentation_moved_with_them():
    evidence = (
        Evidence().file("a.py").file("docs/a.md", kind="documentation").file("CHANGELOG.md", kind="documentation")
    )
    both = evidence.change("ann@company", 10, {"a.py": 5, "docs/a.md": 2})
    evidence.file("rates.csv", kind="data")
    evidence.change("ann@company", 15, {"rates.csv": 5, "logo.png": None})
    changelog = evidence.change("ann@company", 20, {"a.py": 5, "CHANGELOG.md": 1})
    gone = evidence.change("ann@company", 30, {"removed.py": 5, "removed.rst": 4}, deleted=["removed.py"])
    evidence.change("ann@company", 40, {"docs/a.md": 2})
    evidence.change("renovate@bot", 50, {"a.py": 1})
    evidence.change("ann@company", 731, {"a.py": 5})
    base = evidence.base()
    found = {row["commit"]: row["touched_docs"] for row in base.code_commits.to_pylist()}
    assert found == {both: True, changelog: False, gone: True}
    assert base.documents["path"].to_pylist() == ["docs/a.md"]
    assert base.documents["last_change"].to_pylist() == [NOW - timedelta(days=10)]
