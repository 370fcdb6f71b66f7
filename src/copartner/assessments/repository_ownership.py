"""Line ownership of one repository by organisation, without an assessment: what ``copartner ownership`` shows."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa

from copartner.analysis.knowledge.affiliation import Directory
from copartner.analysis.knowledge.line_ownership import UNSEEN
from copartner.analysis.knowledge.line_ownership_scan import OwnershipScan, scan_ownership
from copartner.analysis.knowledge.line_ownership_snapshots import Every
from copartner.analysis.knowledge.path_scope import matcher
from copartner.assessments.ownership import ignored_revisions, line_ownership_rows, open_lines
from copartner.evidence.portfolio import UNKNOWN, Portfolio
from copartner.sources.git.history import History
from copartner.sources.git.hunks import DEFAULT_MEMORY
from copartner.sources.git.repository import GitRepository, path_text
from copartner.sources.git.tree import read_tree

_BY_RULE = frozenset({"generated", "vendored", "minified"})
"""What is left out because a rule says so; the rest (binary, symlink …) has no lines to own."""


@dataclass(frozen=True)
class RepositoryOwnership:
    """``summary`` is plain data; ``runs`` are LINE_OWNERSHIP rows with their organisation."""

    summary: Mapping[str, Any]
    runs: pa.Table


def repository_ownership(
    repository: Path,
    *,
    revision: str = "HEAD",
    paths: Sequence[str] = (),
    all_files: bool = False,
    portfolio_path: Path | None = None,
    every: str | None = None,
    data: Path | None = None,
    workers: int | None = None,
    memory: int = DEFAULT_MEMORY,
    progress: Callable[[str, str, int, int], None] | None = None,
) -> RepositoryOwnership:
    """Whose lines live at ``revision`` in the files in scope, and, with ``every``, how that came about.

    ``all_files`` takes generated, vendored and minified files in, as ``git blame`` over a whole tree would.

    Organisations are the portfolio's (at author date), without a portfolio the domains of the authors' e-mails. A
    second scan with the same ``data`` folder does only what is new. Raises ``GitError`` for what is no repository or
    revision, ``PortfolioErrors`` for a bad portfolio.
    """
    portfolio = None
    if portfolio_path is not None:
        from copartner.sources.portfolio_file import load_portfolio

        portfolio = load_portfolio(portfolio_path)
    git = GitRepository(repository)
    head = git.resolve(revision)
    in_scope = matcher(tuple(paths)) if paths else None
    tree = read_tree(git, head)
    excluded: Counter[str] = Counter()
    chosen: set[bytes] = set()
    gone: set[bytes] = set()
    for path, verdict in zip(tree.paths, tree.verdicts, strict=True):
        if in_scope is not None and not in_scope(path_text(path)):
            continue
        if verdict.excluded and not (all_files and verdict.excluded in _BY_RULE):
            excluded[verdict.excluded] += 1
            gone.add(path)
        else:
            chosen.add(path)

    def keep(path: bytes) -> bool:
        """Files in scope; of past snapshots also files that are no longer there, unless they were excluded by name."""
        return path in chosen or (path not in gone and (in_scope is None or in_scope(path_text(path))))

    def tell(done: int, total: int, label: str) -> None:
        if progress is not None:
            progress(repository.name, label, done, total)

    with (
        _cache(data, git) as cache,
        open_lines(
            repository, cache, workers=workers or len(os.sched_getaffinity(0)), memory=memory, progress=tell
        ) as source,
    ):
        scan = scan_ownership(
            source, head, keep=keep, every=cast("Every | None", every), ignore_revs=ignored_revisions(git, head)
        )
    organisation = _organisations(scan.history, portfolio)
    name_of = portfolio.organisation_name if portfolio is not None else str
    owners, counts = scan.ownership.lines_per_commit()
    series = [
        {
            "date": _day(scan.history, snapshot.commit, snapshot.day).isoformat(),
            "commit": scan.history.commit[snapshot.commit].decode(),
            "lines": int(snapshot.lines.sum()),
            "organisations": _shares(snapshot.owner, snapshot.lines, organisation, name_of),
        }
        for snapshot in (scan.snapshots if every else ())
    ]
    summary = {
        "repository": repository.name,
        "commit": head,
        "files": len(scan.ownership.path),
        "lines": int(counts.sum()),
        "lines_without_visible_history": scan.unseen_lines,
        "organisations": _shares(owners, counts, organisation, name_of),
        "series": series,
        "excluded": dict(sorted(excluded.items())),
        "notes": list(scan.notes),
        "portfolio": portfolio.sha256 if portfolio is not None else None,
    }
    return RepositoryOwnership(summary, _runs(scan, repository.name, head, organisation))


def _day(history: History, commit: int, day: date) -> date:
    """The period a snapshot stands for; the last one is the asked revision itself."""
    own = datetime.fromtimestamp(int(history.commit_time[commit]), UTC).date()
    return own if day in (date.min, date.max) else day


@contextmanager
def _cache(data: Path | None, git: GitRepository) -> Iterator[Path]:
    if data is None:
        with tempfile.TemporaryDirectory(prefix="copartner-") as folder:
            yield Path(folder)
        return
    where = hashlib.sha256(str(git.path.resolve()).encode()).hexdigest()[:12]
    yield data / "git" / "cache" / f"{git.path.resolve().name}-{where}"


def _organisations(history: History, portfolio: Portfolio | None) -> Callable[[int], str]:
    texts = history.texts
    directory = Directory(portfolio) if portfolio is not None else None
    known: dict[tuple[int, ...], str] = {}

    def organisation(commit: int) -> str:
        if commit == UNSEEN:
            return UNKNOWN
        fields = (history.author_email_raw, history.author_name_raw, history.author_email, history.author_name)
        ids = tuple(int(column[commit]) for column in fields)
        if directory is None:
            if ids not in known:
                known[ids] = _text(texts[ids[0]]).rpartition("@")[2].lower() or UNKNOWN
            return known[ids]
        day = datetime.fromtimestamp(int(history.author_time[commit]), UTC).date()
        email_raw, name_raw, email, name = (_text(texts[number]) for number in ids)
        return directory.attribute(email_raw, name_raw, email, name, day).organisation

    return organisation


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _shares(
    owners: np.ndarray[Any, Any],
    lines: np.ndarray[Any, Any],
    organisation: Callable[[int], str],
    name_of: Callable[[str], str],
) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for owner, count in zip(owners.tolist(), lines.tolist(), strict=True):
        sums[organisation(owner)] += count
    return {name_of(key): count for key, count in sorted(sums.items(), key=lambda item: (-item[1], item[0]))}


def _runs(scan: OwnershipScan[History], repository: str, head: str, organisation: Callable[[int], str]) -> pa.Table:
    rows = line_ownership_rows(scan, repository, head)
    _, _, _, owner = scan.ownership.runs()
    distinct, position = np.unique(owner, return_inverse=True)
    names = pa.array([organisation(commit) for commit in distinct.tolist()], pa.string())
    return rows.append_column("organisation", names.take(pa.array(position)))
