"""Line ownership as evidence: scanned per repository head, kept in the ledger, read back for an assessment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copartner.analysis.knowledge.affiliation import attribute
from copartner.analysis.knowledge.line_ownership import UNSEEN
from copartner.analysis.knowledge.line_ownership_scan import LineSource, OwnershipScan, scan_ownership
from copartner.analysis.knowledge.line_ownership_snapshots import Every
from copartner.analysis.knowledge.surviving_lines import LineOwnership
from copartner.assessments.pinned import PinnedEvidence
from copartner.evidence import tables
from copartner.evidence.content_hash import content_hash
from copartner.evidence.ledger import Ledger
from copartner.evidence.portfolio import Portfolio
from copartner.evidence.snapshot import Snapshot
from copartner.sources.git.collect import cache_folder, open_collected
from copartner.sources.git.history import History
from copartner.sources.git.hunks import DEFAULT_MEMORY
from copartner.sources.git.line_source import GitLineSource
from copartner.sources.git.repository import GitError, GitRepository, path_text

SERIES: Every = "quarter"
"""How densely an assessment samples the past; ``copartner ownership --every month`` samples more densely."""

IGNORE_FILE = ".git-blame-ignore-revs"
SOURCE = "git-ownership"


@dataclass(frozen=True)
class PinnedOwnership:
    """Line ownership at the pinned heads and the hashes of what was read."""

    lines: LineOwnership
    hashes: Mapping[str, str]


def collect_ownership(
    ledger: Ledger,
    portfolio: Portfolio,
    heads: Mapping[str, str],
    *,
    data: Path,
    base_folder: Path,
    workers: int | None,
    progress: Callable[[str, str, int, int], None] | None,
) -> None:
    """Scan each head that the ledger holds no line ownership of; one batch per repository, resumable by the caches."""
    workers = workers or len(os.sched_getaffinity(0))
    snapshot = ledger.snapshot()
    known = snapshot.arrow(
        tables.LINE_OWNERSHIP, columns=["repository", "head"], where={"head": sorted(heads.values())}
    )
    done = set(zip(known["repository"].to_pylist(), known["head"].to_pylist(), strict=True))
    for repository in portfolio.repositories:
        head = heads.get(repository.id)
        if head is None or (repository.id, head) in done:
            continue
        git = open_collected(repository, data_folder=data, base_folder=base_folder)

        def tell(step_done: int, total: int, label: str, name: str = repository.id) -> None:
            if progress is not None:
                progress(name, label, step_done, total)

        with open_lines(git.path, cache_folder(data, repository.id), workers=workers, progress=tell) as source:
            scan = scan_ownership(source, head, every=SERIES, ignore_revs=ignored_revisions(git, head))
        with ledger.collection(source=SOURCE, connection=repository.id) as batch:
            batch.add(tables.LINE_OWNERSHIP, line_ownership_rows(scan, repository.id, head))
            batch.add(tables.OWNERSHIP_HISTORY, ownership_history_rows(scan, repository.id, head))


@contextmanager
def open_lines(
    path: Path,
    cache: Path,
    *,
    workers: int,
    memory: int = DEFAULT_MEMORY,
    progress: Callable[[int, int, str], None] | None = None,
) -> Iterator[LineSource[History]]:
    """Open a repository for scans of line ownership. Git answers with tuples shaped as the scan asks for them."""
    with GitLineSource(path, cache, workers=workers, memory=memory, progress=progress) as source:
        yield cast("LineSource[History]", source)


def ignored_revisions(git: GitRepository, head: str) -> list[str]:
    """Commits that the repository's own ``.git-blame-ignore-revs`` lists and that exist here."""
    try:
        text = git.run("cat-file", "blob", f"{head}:{IGNORE_FILE}").decode("utf-8", "replace")
    except GitError:
        return []
    names = [line.partition("#")[0].strip() for line in text.splitlines()]
    wanted = [name for name in names if name]
    absent = {name.decode() for name in git.missing_objects(name.encode() for name in wanted)}
    return [name for name in wanted if name not in absent]


def line_ownership_rows(scan: OwnershipScan[History], repository: str, head: str) -> pa.Table:
    """LINE_OWNERSHIP rows of a scan; lines whose history cannot be seen have no commit."""
    path, start, length, owner = scan.ownership.runs()
    names = pa.array([path_text(name) for name in scan.history.paths])
    count = len(path)
    return pa.Table.from_arrays(
        [
            _constant(repository, count),
            _constant(head, count),
            names.take(pa.array(path)),
            pa.array(start),
            pa.array(length),
            _commit_names(scan.history, owner),
        ],
        schema=tables.LINE_OWNERSHIP.schema,
    )


def ownership_history_rows(scan: OwnershipScan[History], repository: str, head: str) -> pa.Table:
    """OWNERSHIP_HISTORY rows of a scan's series, oldest first."""
    parts = [tables.OWNERSHIP_HISTORY.schema.empty_table()]
    for snapshot in scan.snapshots:
        seen = snapshot.owner != UNSEEN
        owner, lines = snapshot.owner[seen], snapshot.lines[seen]
        at = scan.history.commit[snapshot.commit].decode()
        parts.append(
            pa.Table.from_arrays(
                [
                    _constant(repository, len(owner)),
                    _constant(head, len(owner)),
                    pa.array([snapshot.day] * len(owner), pa.date32()),
                    _constant(at, len(owner)),
                    _commit_names(scan.history, owner),
                    pa.array(lines).cast(pa.int32()),
                ],
                schema=tables.OWNERSHIP_HISTORY.schema,
            )
        )
    return pa.concat_tables(parts)


def _constant(text: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), count)


def _commit_names(history: History, owner: np.ndarray[tuple[int], np.dtype[np.int32]]) -> pa.Array:
    names = pa.array([name.decode() for name in history.commit.tolist()], pa.string())
    return names.take(pa.array(owner, mask=owner == UNSEEN))


def read_ownership(
    snapshot: Snapshot,
    heads: Mapping[str, str],
    portfolio: Portfolio,
    evidence: PinnedEvidence,
    contributions: pa.Table,
) -> PinnedOwnership:
    """Line ownership of the pinned heads with the contributions of every commit that owns a line."""
    where = {"repository": sorted(heads), "head": sorted(set(heads.values()))}
    runs = snapshot.arrow(tables.LINE_OWNERSHIP, columns=tables.LINE_OWNERSHIP.schema.names, where=where)
    series = snapshot.arrow(tables.OWNERSHIP_HISTORY, columns=tables.OWNERSHIP_HISTORY.schema.names, where=where)
    authors = pa.concat_tables([contributions, merge_contributions(portfolio, evidence)])
    hashes = {
        tables.LINE_OWNERSHIP.name: content_hash(runs),
        tables.OWNERSHIP_HISTORY.name: content_hash(series),
    }
    return PinnedOwnership(LineOwnership(runs, authors, series), hashes)


def merge_contributions(portfolio: Portfolio, evidence: PinnedEvidence) -> pa.Table:
    """Contributions of merges: they count for no measure of authorship, but lines they wrote have an owner."""
    commits = evidence[tables.COMMIT]
    merges = commits.filter(commits["is_merge"])
    position = merges.schema.get_field_index("is_merge")
    as_plain = merges.set_column(position, merges.schema.field(position), pa.repeat(pa.scalar(False), merges.num_rows))
    own = evidence[tables.CO_AUTHOR]
    own = own.filter(pc.is_in(own["commit"], value_set=merges["commit"].combine_chunks()))
    return attribute(portfolio, as_plain, own)
