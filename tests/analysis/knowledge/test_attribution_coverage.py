"""How much of the work is attributed, in commits and in changes of files."""

from __future__ import annotations

import pytest

from copartner.analysis.catalogue import compute_all
from knowledge_evidence import NOW, Evidence


def values(evidence: Evidence):
    return {v.subject.key: v for v in compute_all(evidence.base()) if v.measure == "attribution_coverage"}


def test_commits_for_the_portfolio_changes_for_the_rest():
    evidence = Evidence().file("core/a.py").file("b.py").file("c.py")
    evidence.change("ann@company", 3, {"core/a.py": 1, "b.py": 1, "c.py": 1}, evidence_class="dated_affiliation")
    evidence.change(["bea@nordhang", "who@unknown"], 3, {"b.py": 1})
    evidence.change("renovate@bot", 3, {"b.py": 1})
    evidence.change("late@unknown", 0, {"b.py": 1}, at=NOW)
    found = values(evidence)
    assert found["portfolio"].value == 0.75
    assert found["portfolio"].evidence_classes == {"dated_affiliation": 0.5, "domain": 0.25, "unknown": 0.25}
    assert found["portfolio"].rows.rows == (("app", 0.5),)
    assert found["system=app"].value == 0.8
    assert found["system=app,component=core"].value == 1.0
    root = found["system=app,component=(root)"]
    assert root.value == 0.75
    assert [row[1] for row in root.rows.rows] == ["b.py"]


def test_without_any_human_commit_nothing_is_known():
    evidence = Evidence().file("a.py")
    evidence.change("renovate@bot", 3, {"a.py": 1})
    found = values(evidence)
    assert (found["portfolio"].value, found["portfolio"].reason) == (None, "no commit by a person")
    assert found["system=app"].value is None


@pytest.mark.parametrize("unreadable", [{}, {"app": "shallow"}])
def test_a_system_that_cannot_be_read_stays_unknown(unreadable):
    evidence = Evidence().file("a.py")
    evidence.change("ann@company", 3, {"a.py": 1})
    evidence.unreadable = unreadable
    assert (values(evidence)["system=app"].value is None) == bool(unreadable)
