"""Which files are documentation of a system, and which commits touched code and documentation together.

Change logs are not documentation of how a system works, and legal texts neither: an edit to them says nothing about
whether anybody wrote down what they know. Both are recognised by file name and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from copartner.analysis.knowledge.base import CODE_COMMIT, DOCUMENT
from copartner.analysis.knowledge.path_scope import systems_of
from copartner.evidence.portfolio import Portfolio
from copartner.evidence.tables import TIME

COCHANGE_DAYS = 730
"""Window of the co-change measure: two years, as in Hovhannisyan et al. 2024."""

_KINDS = ("documentation", "decision_record")
_NOT_DOCUMENTATION = re.compile(
    r"(?:^|/)(?:(?:change[-_]?log|changes|history|news|release[-_]?notes?|releases)(?:[-_.][^/]*)?|releasenotes/.*"
    r"|(?:licen[cs]e|copying|copyright|notice|authors|contributors|maintainers|codeowners)(?:[-_.][^/]*)?)$",
    re.IGNORECASE,
)
_GONE_DOCUMENT = re.compile(r"(?:^|/)(?:docs?|documentation)/|\.(?:md|markdown|rst|adoc|asciidoc)$", re.IGNORECASE)


def is_documentation_name(path: str) -> bool:
    """Whether a documentation file is more than a change log or a legal text."""
    return _NOT_DOCUMENTATION.search(path) is None


def document_table(
    portfolio: Portfolio, tracked: pa.Table, times: pa.ChunkedArray, commits: pa.ChunkedArray
) -> pa.Table:
    """DOCUMENT rows. ``tracked`` are files at the heads, ``times`` and ``commits`` the last human change of each."""
    rows: list[dict[str, Any]] = []
    scopes = {repository: systems_of(portfolio, repository) for repository in set(tracked["repository"].to_pylist())}
    wanted = tracked.append_column("last_change", times).append_column("last_commit", commits)
    wanted = wanted.filter(pc.is_in(wanted["kind"], value_set=pa.array(_KINDS)))
    for row in wanted.to_pylist():
        if not is_documentation_name(row["path"]):
            continue
        systems: list[str | None] = [s.id for s, holds in scopes[row["repository"]] if holds(row["path"])]
        rows.extend({**row, "system": system} for system in systems or [None])
    return pa.Table.from_pylist(rows, schema=DOCUMENT)


def code_commit_table(
    human: pa.Table, file_changes: pa.Table, lineage: pa.Table, tracked: pa.Table, portfolio: Portfolio, now: datetime
) -> pa.Table:
    """CODE_COMMIT rows of the last two years; a file deleted since is code if files of its extension are code today."""
    since = pa.scalar(now - timedelta(days=COCHANGE_DAYS), TIME)
    made = human.filter(pc.and_(pc.equal(human["ordinal"], 0), pc.greater(human["author_time"], since)))
    made = made.select(["repository", "commit", "author_time"])
    moved = lineage.select(["repository", "commit", "path", "head_path"])
    changed = (
        file_changes.select(["repository", "commit", "path"])
        .join(made, ["repository", "commit"], join_type="inner")
        .join(moved, ["repository", "commit", "path"], join_type="left outer")
    )
    paths = pc.coalesce(changed["head_path"], changed["path"]).to_pylist()
    roles = _Roles(portfolio, tracked)
    touched: dict[tuple[str, str, datetime], tuple[set[str | None], bool]] = {}
    columns = (changed[name].to_pylist() for name in ("repository", "commit", "author_time"))
    for repository, commit, moment, path in zip(*columns, paths, strict=True):
        systems, documented = roles.of(repository, path)
        if systems or documented:
            known, before = touched.get((repository, commit, moment), (set(), False))
            touched[repository, commit, moment] = (known | set(systems), before or documented)
    rows = [
        {"repository": repository, "commit": commit, "author_time": moment, "touched_docs": docs, "system": system}
        for (repository, commit, moment), (systems, docs) in sorted(touched.items(), key=lambda item: item[0])
        for system in sorted(systems, key=lambda name: name or "")
    ]
    return pa.Table.from_pylist(rows, schema=CODE_COMMIT)


class _Roles:
    """What a path is: code of which systems, or documentation. Asked once per path."""

    def __init__(self, portfolio: Portfolio, tracked: pa.Table) -> None:
        columns = (tracked[name].to_pylist() for name in ("repository", "path", "kind"))
        self._kinds = {(repository, path): kind for repository, path, kind in zip(*columns, strict=True)}
        self._code = {(key[0], _extension(key[1])) for key, kind in self._kinds.items() if kind == "source"}
        repositories = {key[0] for key in self._kinds}
        self._scopes = {repository: systems_of(portfolio, repository) for repository in repositories}
        self._answers: dict[tuple[str, str], tuple[tuple[str | None, ...], bool]] = {}

    def of(self, repository: str, path: str) -> tuple[tuple[str | None, ...], bool]:
        """Systems whose code the path is (``None``: of no declared system), and whether it is documentation."""
        key = (repository, path)
        if key not in self._answers:
            self._answers[key] = self._find(repository, path)
        return self._answers[key]

    def _find(self, repository: str, path: str) -> tuple[tuple[str | None, ...], bool]:
        kind = self._kinds.get((repository, path))
        gone_document = kind is None and _GONE_DOCUMENT.search(path) is not None
        if kind in _KINDS or gone_document:
            return (), is_documentation_name(path)
        if kind == "source" or (kind is None and (repository, _extension(path)) in self._code):
            found: Iterable[str | None] = (s.id for s, holds in self._scopes.get(repository, []) if holds(path))
            return tuple(found) or (None,), False
        return (), False


def _extension(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[-1] if "." in name else ""
