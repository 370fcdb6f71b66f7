"""Scanning a repository's line ownership: at its head, at any revision, and over time.

`scan_ownership` brings the pieces together: the history's columns, the plan of routes, the comparisons the plan needs,
and the replay. Git stands behind `LineSource` (implemented by `copartner.sources.git.line_source.GitLineSource`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from copartner.analysis.knowledge.line_ownership import UNSEEN, HunkColumns, Int32, Int64, Ownership, replay
from copartner.analysis.knowledge.line_ownership_routes import (
    FileVersion,
    HistoryColumns,
    HistoryQuestions,
    RoutePlan,
    likely_pairs,
    plan_routes,
)
from copartner.analysis.knowledge.line_ownership_snapshots import Every, files_at, first_parents, snapshot_commits

_TEXT: Final = 0
_BINARY: Final = 1
_SYMLINK: Final = 0o120000
_REASONS: Final = {1: "binary", 2: "missing from this clone", 3: "too large to compare", 4: "not compared"}


class ScannedHistory(HistoryColumns, Protocol):
    """A history whose commits have names and dates."""

    @property
    def commit(self) -> npt.NDArray[np.bytes_]: ...
    @property
    def commit_time(self) -> Int64: ...
    @property
    def commit_index(self) -> dict[bytes, int]: ...
    @property
    def path_index(self) -> dict[bytes, int]: ...
    @property
    def head(self) -> bytes: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def cut(self) -> tuple[bytes, ...]: ...


class HunkTable(Protocol):
    """Hunks of all compared pairs, as git prints them."""

    @property
    def hunk_start(self) -> Int64: ...
    @property
    def hunks(self) -> Int32: ...
    @property
    def state(self) -> npt.NDArray[np.uint8]: ...


H = TypeVar("H", bound=ScannedHistory)


class LineSource(Protocol[H]):
    """What a scan asks of a repository. States are 0 text, 1 binary, 2 missing, 3 too large, 4 not compared."""

    @property
    def hunks(self) -> HunkTable: ...
    def resolve(self, revision: str) -> str: ...
    def history(self, head: str) -> H: ...
    def questions(self, history: H) -> HistoryQuestions: ...
    def compare_ahead(self, history: H, pairs: Callable[[], Iterable[tuple[int, int]]]) -> None: ...
    def compare(self, history: H, pairs: Iterable[tuple[int, int]], *, as_text: bool = False) -> None: ...
    def rows(self, history: H, pairs: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]: ...
    def file_lines(self, history: H, blobs: Sequence[int]) -> tuple[Int32, npt.NDArray[np.uint8]]: ...
    def load_owners(self, key: str) -> Mapping[str, npt.NDArray[np.generic]] | None: ...
    def save_owners(self, key: str, arrays: dict[str, npt.NDArray[np.generic]]) -> None: ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Living lines at a past date: `lines[i]` were last written by commit index `owner[i]` (`UNSEEN` possible)."""

    day: date
    commit: int
    owner: Int32
    lines: Int64


@dataclass(frozen=True, slots=True)
class OwnershipScan(Generic[H]):
    """Result of a scan; all commit and path numbers refer to `history`.

    `ownership`: the owner of every line at the asked revision. `snapshots`: the series, oldest first, its last entry
    the revision itself (empty unless asked for). `excluded`: files without line ownership and why. `unseen_lines`:
    lines at the revision whose history this clone cannot show. `notes`: limits of the answer, in words.
    """

    history: H
    ownership: Ownership
    snapshots: tuple[Snapshot, ...]
    excluded: tuple[tuple[bytes, str], ...]
    unseen_lines: int
    notes: tuple[str, ...]


def scan_ownership(
    source: LineSource[H],
    head: str = "HEAD",
    *,
    keep: Callable[[bytes], bool] | None = None,
    every: Every | None = None,
    ignore_revs: Iterable[str] = (),
) -> OwnershipScan[H]:
    """Find who last wrote every living line at `head`, as ``git blame`` with default options does.

    `keep` selects files by path. `every` adds a series of snapshots at the ends of weeks, months, quarters or years,
    by committer date along first parents. `ignore_revs` names commits whose changes are passed through, as
    ``git blame --ignore-rev``. What an earlier scan of the source found is reused; the result is the same without.

    Raises whatever the source raises, and nothing else.
    """
    pinned = source.resolve(head).encode()
    history = source.history(pinned.decode())
    commit = history.commit_index[pinned]
    ignored = frozenset(
        index for name in ignore_revs if (index := history.commit_index.get(source.resolve(name).encode())) is not None
    )
    chain = first_parents(history, commit)
    chosen = snapshot_commits(history.commit_time, chain, every) if every else [(date.min, commit)]
    files: dict[int, list[FileVersion]] = dict(files_at(history, list(dict.fromkeys(c for _, c in chosen)), keep))
    lines = _line_counts(source, history, files.values())
    counted = {
        at: {v.path: lines[v.blob][0] for v in versions if _readable(v, lines)} for at, versions in files.items()
    }
    excluded = tuple(sorted((history.paths[v.path], why) for v in files[commit] if (why := _why_not(v, lines))))

    # Ownership found under other cuts or other ignored commits is another answer.
    about = b"".join([*history.cut, b"|", *sorted(bytes(history.commit[i]) for i in ignored)])
    key = "owners-" + hashlib.sha256(about).hexdigest()[:16]
    known = None if every else _load_known(source, history, key, commit)
    if known is None and not ignored:
        asked = {path for of_paths in counted.values() for path in of_paths}
        source.compare_ahead(history, lambda: likely_pairs(history, asked))
    plan = plan_routes(
        history,
        counted,
        source.questions(history),
        ignore=ignored,
        stop=known.commit if known is not None else None,
        known=frozenset(known.path.tolist()) if known is not None else frozenset(),
    )
    row_of, hunks = _compared(source, history, plan)
    owners: dict[int, Ownership] = {}
    snapshots = []
    for day, at in chosen:
        if at not in owners:
            known = replay(plan, hunks, row_of, at, counted[at], known)
            owners = {at: known}
        if every:
            snapshots.append(Snapshot(day, at, *owners[at].lines_per_commit()))
    ownership = owners[commit]
    unseen = int(np.count_nonzero(ownership.owner == UNSEEN))
    if history.head == pinned and not unseen:
        _save_known(source, history, key, ownership)
    notes = list(history.notes)
    if unseen:
        notes.append(f"the history of {unseen} lines cannot be seen: a version is missing or too large to compare")
    return OwnershipScan(history, ownership, tuple(snapshots), excluded, unseen, tuple(notes))


def _line_counts(source: LineSource[H], history: H, files: Iterable[list[FileVersion]]) -> dict[int, tuple[int, int]]:
    """Return (lines, state) of every blob among `files`."""
    blobs = list(dict.fromkeys(v.blob for versions in files for v in versions))
    counts, states = source.file_lines(history, blobs)
    return dict(zip(blobs, zip(counts.tolist(), states.tolist(), strict=True), strict=True))


def _readable(version: FileVersion, lines: dict[int, tuple[int, int]]) -> bool:
    count, state = lines[version.blob]
    return state == _TEXT and count > 0 and version.mode != _SYMLINK


def _why_not(version: FileVersion, lines: dict[int, tuple[int, int]]) -> str | None:
    if version.mode == _SYMLINK:
        return "symbolic link"
    return _REASONS.get(lines[version.blob][1])


def _compared(source: LineSource[H], history: H, plan: RoutePlan) -> tuple[Callable[[int, int], int], HunkColumns]:
    """Have the plan's pairs compared; return where each pair's hunks are, and the hunks."""
    names = history.paths
    routes = sorted(plan.pairs(), key=lambda pair: (names[pair[0]], pair[1]))
    pairs = list(dict.fromkeys((old, new) for _, _, old, new in routes))
    source.compare(history, pairs)
    rows, states = source.rows(history, pairs)
    # A file that is text now may have been binary before; blame reads it as text all the way.
    binary = [pair for pair, state in zip(pairs, states, strict=True) if state == _BINARY]
    if binary:
        source.compare(history, binary, as_text=True)
        rows, states = source.rows(history, pairs)
    row = dict(zip(pairs, rows, strict=True))
    table = source.hunks
    hunks = HunkColumns.prepare(table.hunk_start, table.hunks, table.state == _TEXT)
    return lambda old, new: row[old, new], hunks


def _load_known(source: LineSource[H], history: H, key: str, commit: int) -> Ownership | None:
    """Return the ownership an earlier scan found at a commit of this history that is not newer than `commit`."""
    stored = source.load_owners(key)
    if stored is None:
        return None
    at = history.commit_index.get(bytes(stored["head"][()]))
    if at is None or at < commit:
        return None
    names = stored["owner_name"].tolist()
    numbers = [history.commit_index.get(name, UNSEEN) if name else UNSEEN for name in names]
    paths = stored["path"].tobytes().split(b"\0")[:-1]
    path = np.array([history.path_index[p] for p in paths], np.int32)
    owner = np.array(numbers, np.int32)[stored["owner"].astype(np.int64)]
    return Ownership(at, path, stored["line_start"].astype(np.int64), owner)


def _save_known(source: LineSource[H], history: H, key: str, ownership: Ownership) -> None:
    """Store ownership for the next scan. A scan of a few selected files does not displace one of many."""
    stored = source.load_owners(key)
    if stored is not None and len(ownership.line_start) < 0.9 * len(stored["line_start"]):
        return
    distinct, position = np.unique(ownership.owner, return_inverse=True)
    names = [b"" if i == UNSEEN else bytes(history.commit[i]) for i in distinct.tolist()]
    paths = b"".join(history.paths[i] + b"\0" for i in ownership.path.tolist())
    source.save_owners(
        key,
        {
            "head": np.array(bytes(history.commit[ownership.commit])),
            "owner_name": np.array(names, history.commit.dtype),
            "owner": position.astype(np.int32),
            "path": np.frombuffer(paths, np.uint8),
            "line_start": ownership.line_start,
        },
    )
