"""Is what we would have to know written down: co-change, freshness and dangling references of documentation.

Documentation is what lies in the repositories. Change logs, legal texts and decision records are left out: the first
two do not say how a system works, and a record of a past decision is not meant to keep up with the code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from copartner.analysis.knowledge.masses import Knowledge
from copartner.analysis.knowledge.scope import Cell, Scope, Scopes, day
from copartner.analysis.measure import (
    MEASURES,
    Basis,
    Direction,
    EvidenceRows,
    MeasureDefinition,
    MeasureValue,
)

SLACK_DAYS = 180
"""A document may lag this long behind what it links to."""

MAX_AGE_DAYS = 365
"""A document that links to nothing is fresh up to this age."""

_DAY = 86_400_000_000
_NO_DOCUMENTS = "no documentation in the repositories of this scope; elsewhere (a wiki) nothing is connected"

DOC_COCHANGE = MEASURES.register(
    MeasureDefinition(
        id="doc_cochange",
        version=1,
        title="Code changes that also change documentation",
        question="Is documentation kept up as the code changes?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.HIGHER,
        basis=Basis.AUTHORSHIP,
        needs=("commit", "file_change", "file_snapshot"),
        levels=("portfolio", "system"),
        formula="human non-merge commits of the last 730 days that touch source files and documentation / those that "
        "touch source files",
        caveats=(
            "Low where documentation lives in a wiki or in another repository: unknown, not bad, unless connected.",
            "Most commits need no documentation: compare over time and between systems, not with 1.",
            "Edits of change logs only are not documentation.",
        ),
        source="Hovhannisyan et al., Linking Code and Documentation Churn, 2024, arXiv 2410.05992",
        parameters={"window_days": 730},
    )
)
DOC_FRESHNESS = MEASURES.register(
    MeasureDefinition(
        id="doc_freshness",
        version=1,
        title="Fresh documents",
        question="Does the documentation keep up with what it describes?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.HIGHER,
        basis=Basis.AUTHORSHIP,
        needs=("file_change", "file_snapshot", "document_reference"),
        levels=("portfolio", "system"),
        formula="documents changed no more than 180 days before the last change of what they link to (without links: "
        "no more than 365 days ago) / documents",
        caveats=(
            "A fresh date is no proof of fresh content: a corrected typing error counts as a change.",
            "Links to other documents do not count; links to folders mean any file below them.",
        ),
        source="copartner; thresholds are design defaults",
        parameters={"slack_days": SLACK_DAYS, "max_age_days": MAX_AGE_DAYS},
    )
)
DOC_DANGLING = MEASURES.register(
    MeasureDefinition(
        id="doc_dangling",
        version=1,
        title="Dangling references in documentation",
        question="How much of what the documentation refers to is gone?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.LOWER,
        basis=Basis.AUTHORSHIP,
        needs=("document_reference", "file_snapshot"),
        levels=("portfolio", "system"),
        formula="references in documents to files of the repository that do not exist / references to files",
        caveats=(
            "A share of references; the figure of Tan, Wagner and Treude (28.9 %) is a share of projects.",
            "Paths of files that only a build makes look dangling.",
        ),
        source="Tan, Wagner, Treude, Detecting outdated code element references in software repository documentation, "
        "Empirical Software Engineering 29, 2024",
    )
)


def documentation(knowledge: Knowledge, scopes: Scopes) -> list[MeasureValue]:
    """`doc_cochange`, `doc_freshness` and `doc_dangling` of the portfolio and each system."""
    commits = knowledge.base.code_commits.to_pylist()
    documents = [row for row in knowledge.base.documents.to_pylist() if row["kind"] == "documentation"]
    references = knowledge.base.references.to_pylist()
    linked = _Linked(knowledge.base.path_changes.to_pylist())
    values = []
    for scope in (scopes.portfolio, *scopes.systems):
        own = _of(scope, documents)
        values.append(_cochange(scope, _of(scope, commits), own))
        values.append(_freshness(scope, own, references, linked))
        values.append(_dangling(scope, own, references))
    return values


def _of(scope: Scope, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the scope's system; for the portfolio those of any system, each thing once."""
    hidden = scope.knowledge.base.unreadable
    if scope.subject.system is not None:
        return [row for row in rows if row["system"] == scope.subject.system]
    declared = bool(scope.knowledge.base.portfolio.systems)
    once = {
        (row["repository"], row.get("commit") or row.get("path")): row
        for row in rows
        if (row["system"] is not None or not declared) and row["repository"] not in hidden
    }
    return list(once.values())


def _value(scope: Scope, definition: MeasureDefinition, value: float | None, **more: Any) -> MeasureValue:
    """A value about files and commits as such: nobody's knowledge, so without classes of affiliation evidence."""
    more.setdefault("coverage", scope.readable)
    return replace(scope.value(definition, value, **more), evidence_classes={})


def _cochange(scope: Scope, commits: list[dict[str, Any]], documents: list[dict[str, Any]]) -> MeasureValue:
    without = [row for row in commits if not row["touched_docs"]]
    inputs = {"code_commits_with_documentation": len(commits) - len(without), "code_commits": len(commits)}
    reason = "no code commit in the last 730 days" if not commits else _NO_DOCUMENTS
    if not commits or (not documents and len(without) == len(commits)):
        return _value(scope, DOC_COCHANGE, None, reason=reason, n=len(commits), inputs=inputs)
    latest = sorted(without, key=lambda row: (row["author_time"], row["commit"]), reverse=True)
    rows = tuple(
        (row["repository"], row["commit"], row["author_time"].date().isoformat()) for row in latest[: scope.rows]
    )
    return _value(
        scope,
        DOC_COCHANGE,
        1 - len(without) / len(commits),
        n=len(commits),
        inputs=inputs,
        rows=EvidenceRows(("repository", "commit", "authored_on"), rows, len(without), "commit"),
    )


class _Linked:
    """Last change of paths and folders that documents link to; documents themselves do not count."""

    def __init__(self, changes: Iterable[dict[str, Any]]) -> None:
        self._files: dict[tuple[str, str], int] = {}
        self._folders: dict[tuple[str, str], int] = {}
        for row in changes:
            if row["last_change"] is None or row["kind"] in ("documentation", "decision_record"):
                continue
            repository, path = row["repository"], row["path"]
            moment = _moment(row["last_change"])
            self._files[repository, path] = moment
            while "/" in path:
                path = path.rsplit("/", 1)[0]
                self._folders[repository, path] = max(moment, self._folders.get((repository, path), moment))

    def last(self, repository: str, path: str) -> int | None:
        found = self._files.get((repository, path))
        return found if found is not None else self._folders.get((repository, path.rstrip("/")))


def _freshness(
    scope: Scope, documents: list[dict[str, Any]], references: list[dict[str, Any]], linked: _Linked
) -> MeasureValue:
    if not documents:
        # A count of none is a fact only where everything could be read.
        inputs: dict[str, Cell] = {} if scope.blocked else {"documents": 0}
        return _value(scope, DOC_FRESHNESS, None, reason=_NO_DOCUMENTS, n=0, inputs=inputs)
    links: dict[tuple[str, str], list[str]] = {}
    for row in references:
        if row["exists"] and row["resolved_path"]:
            links.setdefault((row["repository"], row["path"]), []).append(row["resolved_path"])
    now = scope.knowledge.now
    lags: list[tuple[int, dict[str, Any], str | None, int | None]] = []
    for document in documents:
        if document["last_change"] is None:
            continue
        own = _moment(document["last_change"])
        targets = {
            path: last
            for path in links.get((document["repository"], document["path"]), [])
            if (last := linked.last(document["repository"], path)) is not None
        }
        if targets:
            newest = max(sorted(targets), key=lambda path: targets[path])
            lags.append((targets[newest] - own, document, newest, targets[newest]))
        else:
            lags.append((now - own, document, None, None))

    def fresh(slack: int, age: int) -> list[bool]:
        return [lag <= (age if target is None else slack) * _DAY for lag, _, target, _ in lags]

    if not lags:
        return _value(scope, DOC_FRESHNESS, None, reason="no recorded change of any document", n=len(documents))
    good = fresh(SLACK_DAYS, MAX_AGE_DAYS)
    stale = sorted(
        (lag for lag, ok in zip(lags, good, strict=True) if not ok), key=lambda item: (-item[0], item[1]["path"])
    )
    ages = [(now - _moment(document["last_change"])) / _DAY for _, document, _, _ in lags]
    rows: list[tuple[Cell, ...]] = [
        (
            document["repository"],
            document["path"],
            day(_moment(document["last_change"])),
            target,
            None if moved is None else day(moved),
            lag // _DAY,
            document["last_commit"],
        )
        for lag, document, target, moved in stale[: scope.rows]
    ]
    columns = ("repository", "path", "last_change", "linked_path", "linked_last_change", "days_behind", "commit")
    return _value(
        scope,
        DOC_FRESHNESS,
        sum(good) / len(good),
        n=len(documents),
        coverage=len(lags) / len(documents) * scope.readable,
        inputs={
            "documents_fresh": sum(good),
            "documents": len(lags),
            "documents_without_links": sum(target is None for _, _, target, _ in lags),
            "documents_unknown": len(documents) - len(lags),
            "median_age_days": float(np.median(ages)),
        },
        sensitivity={
            f"slack_days={slack}, max_age_days={age}": sum(fresh(slack, age)) / len(good)
            for slack, age in ((90, 180), (SLACK_DAYS, MAX_AGE_DAYS), (365, 730))
        },
        rows=EvidenceRows(columns, tuple(rows), len(stale), "file_change"),
    )


def _dangling(scope: Scope, documents: list[dict[str, Any]], references: list[dict[str, Any]]) -> MeasureValue:
    own = {(row["repository"], row["path"]) for row in documents}
    found = [row for row in references if (row["repository"], row["path"]) in own]
    if not found:
        reason = "no reference to a file in any document" if documents else _NO_DOCUMENTS
        return _value(scope, DOC_DANGLING, None, reason=reason, n=0)
    gone = sorted(
        (row for row in found if not row["exists"]),
        key=lambda row: (row["repository"], row["path"], row["line"], row["target"]),
    )
    rows = tuple(_columns(row, ("repository", "path", "line", "target")) for row in gone[: scope.rows])
    return _value(
        scope,
        DOC_DANGLING,
        len(gone) / len(found),
        n=len(found),
        inputs={"references_dangling": len(gone), "references": len(found), "documents": len(documents)},
        rows=EvidenceRows(("repository", "path", "line", "target"), rows, len(gone), "document_reference"),
    )


def _columns(row: Mapping[str, Any], names: tuple[str, ...]) -> tuple[Cell, ...]:
    return tuple(row[name] for name in names)


def _moment(time: Any) -> int:
    """Microseconds since 1970 of an aware time."""
    return int(time.timestamp()) * 1_000_000 + int(time.microsecond)
