"""Documentation measures: co-change, freshness, dangling references."""

from __future__ import annotations

import pytest

from copartner.analysis.catalogue import compute_all
from copartner.analysis.knowledge.documents_in_scope import is_documentation_name
from knowledge_evidence import Evidence, a_portfolio, a_system


def value(evidence: Evidence, measure: str, key: str = "system=app"):
    return next(v for v in compute_all(evidence.base()) if v.measure == measure and v.subject.key == key)


def documented() -> Evidence:
    evidence = Evidence().file("src/a.py").file("src/b.py")
    for path in ("docs/a.md", "docs/b.md", "docs/old.md", "docs/new.md"):
        evidence.file(path, 20, kind="documentation")
    return evidence


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("docs/operations.md", True),
        ("README.md", True),
        ("docs/history-of-orders.md", False),
        ("docs/order-history.md", True),
        ("CHANGELOG.md", False),
        ("CHANGES", False),
        ("docs/release-notes.rst", False),
        ("releasenotes/notes/fix.yaml", False),
        ("LICENSE.txt", False),
        ("AUTHORS", False),
        ("docs/licensing.md", True),
    ],
)
def test_change_logs_and_legal_texts_are_no_documentation(path, expected):
    assert is_documentation_name(path) is expected


def test_share_of_code_commits_that_move_documentation_too():
    evidence = documented()
    evidence.change("ann@company", 10, {"src/a.py": 5, "docs/a.md": 1})
    for days in (20, 30, 40):
        last = evidence.change("ann@company", days, {"src/a.py": 5})
    found = value(evidence, "doc_cochange")
    assert (found.value, found.n) == (0.25, 4)
    assert found.inputs == {"code_commits_with_documentation": 1, "code_commits": 4}
    assert found.rows.rows[-1][1] == last
    assert found.rows.columns == ("repository", "commit", "authored_on")


def test_documentation_elsewhere_is_unknown_and_not_bad():
    evidence = Evidence().file("a.py")
    evidence.change("ann@company", 10, {"a.py": 5})
    for measure in ("doc_cochange", "doc_freshness", "doc_dangling"):
        found = value(evidence, measure)
        assert found.value is None
        assert found.reason.startswith("no documentation in the repositories")
    assert value(documented(), "doc_cochange").reason == "no code commit in the last 730 days"


def test_a_document_may_lag_half_a_year_behind_what_it_links_to():
    evidence = documented()
    evidence.change("ann@company", 10, {"src/a.py": 5})
    evidence.change("ann@company", 190, {"docs/a.md": 5})
    evidence.change("ann@company", 191, {"docs/b.md": 5})
    evidence.change("ann@company", 365, {"docs/new.md": 5})
    evidence.change("ann@company", 366, {"docs/old.md": 5})
    evidence.reference("docs/a.md", "src/a.py")
    evidence.reference("docs/b.md", "src")
    evidence.reference("docs/b.md", "docs/new.md")
    found = value(evidence, "doc_freshness")
    assert (found.value, found.n) == (0.5, 4)
    assert [row[1] for row in found.rows.rows] == ["docs/old.md", "docs/b.md"]
    assert found.rows.rows[1][3:6] == ("src", "2026-09-21", 181)
    assert found.inputs["documents_without_links"] == 2
    assert found.sensitivity["slack_days=365, max_age_days=730"] == 1.0


def test_documents_without_a_recorded_change_lower_the_coverage():
    evidence = documented()
    assert value(evidence, "doc_freshness").reason == "no recorded change of any document"
    evidence.change("ann@company", 5, {"docs/a.md": 5})
    found = value(evidence, "doc_freshness")
    assert (found.value, found.coverage, found.inputs["documents_unknown"]) == (1.0, 0.25, 3)


def test_decision_records_need_not_keep_up_with_the_code():
    evidence = documented()
    evidence.decision("docs/adr/0001.md", ["ann"])
    evidence.change("ann@company", 2000, {"docs/adr/0001.md": 30})
    evidence.change("ann@company", 5, {"docs/a.md": 5})
    evidence.reference("docs/adr/0001.md", "src/gone.py", exists=False)
    assert value(evidence, "doc_freshness").value == 1.0
    assert value(evidence, "doc_dangling").reason == "no reference to a file in any document"


def test_dangling_references_are_a_share_of_references():
    evidence = documented()
    evidence.reference("docs/a.md", "src/a.py", line=1)
    evidence.reference("docs/a.md", "src/gone.py", exists=False, line=2)
    evidence.reference("docs/b.md", "src/lost.py", exists=False, line=9)
    evidence.file("CHANGELOG.md", kind="documentation").reference("CHANGELOG.md", "src/very/old.py", exists=False)
    found = value(evidence, "doc_dangling")
    assert found.value == pytest.approx(2 / 3, abs=1e-6)
    assert found.rows.rows == (("app", "docs/a.md", 2, "src/gone.py"), ("app", "docs/b.md", 9, "src/lost.py"))


def test_the_portfolio_counts_a_document_of_two_systems_once():
    evidence = documented()
    evidence.portfolio = a_portfolio(systems=[a_system("one"), a_system("two")])
    evidence.change("ann@company", 5, {"docs/a.md": 5, "src/a.py": 1})
    evidence.change("ann@company", 6, {"src/a.py": 1})
    evidence.reference("docs/a.md", "src/a.py")
    assert value(evidence, "doc_cochange", "portfolio").n == 2
    assert value(evidence, "doc_freshness", "portfolio").n == 4
    assert value(evidence, "doc_cochange", "system=two").n == 2
