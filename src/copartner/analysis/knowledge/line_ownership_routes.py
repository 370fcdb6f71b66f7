"""Where the question "who wrote these lines?" goes next: the routes of ``git blame``, for all files at once.

Blame asks a commit about a file's lines and passes the lines that are not the commit's own to a version of the file in
a parent. Which parent and which path depends only on commits, paths and blobs, never on lines. So the routes are
planned first, for every file that leads to a wanted head; then it is known exactly which pairs of file versions must be
compared; then `copartner.analysis.knowledge.line_ownership` moves the lines.

The rules are those of git's ``blame.c`` with default options. One parent: the file of the same path in the parent, or
its rename source. A merge: a parent with the identical blob takes everything; otherwise the parents in order, each
giving what it explains; rename sources are sought only in parents that lack the path. The rename source is found per
file (diffcore's "single follow": siblings do not use a source up).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Int32 = npt.NDArray[np.int32]

ADDED, DELETED, MODIFIED, RENAMED, TYPE_CHANGED = (ord(letter) for letter in "ADMRT")
_FILE_TYPE: Final = 0o170000
_REGULAR: Final = 0o100000
_GITLINK: Final = 0o160000


class HistoryColumns(Protocol):
    """The columns of a history that routes are planned from (see `copartner.sources.git.history.History`)."""

    @property
    def parent_start(self) -> Int32: ...
    @property
    def parent(self) -> Int32: ...
    @property
    def change_start(self) -> Int32: ...
    @property
    def status(self) -> npt.NDArray[np.uint8]: ...
    @property
    def old_mode(self) -> Int32: ...
    @property
    def new_mode(self) -> Int32: ...
    @property
    def path(self) -> Int32: ...
    @property
    def old_path(self) -> Int32: ...
    @property
    def old_blob(self) -> Int32: ...
    @property
    def new_blob(self) -> Int32: ...
    @property
    def combined_commit(self) -> Int32: ...
    @property
    def combined_start(self) -> Int32: ...
    @property
    def combined_path(self) -> Int32: ...
    @property
    def combined_blob(self) -> Int32: ...
    @property
    def combined_mode(self) -> Int32: ...
    @property
    def combined_old_start(self) -> Int32: ...
    @property
    def combined_old_blob(self) -> Int32: ...
    @property
    def combined_old_mode(self) -> Int32: ...
    @property
    def paths(self) -> Sequence[bytes]: ...


class RawChange(NamedTuple):
    """One path that differs between a parent and a commit, without rename detection. Absent sides have mode 0."""

    path: int
    old_mode: int
    new_mode: int
    old_blob: int
    new_blob: int


class FileVersion(NamedTuple):
    """A path with the mode and blob it has in some commit."""

    path: int
    mode: int
    blob: int


class IgnoredLines(NamedTuple):
    """What an ignored commit passes on for one file: for each of its lines the parent's position (-1: it keeps the
    line), the path there and the line there (1-based)."""

    parent: Int32
    path: Int32
    line: Int32


class HistoryQuestions(Protocol):
    """Questions about the repository that the columns do not answer. Answers must not depend on the order of asking."""

    def changes_against(self, commit: int, parent: int) -> Sequence[RawChange]:
        """Every path that differs between `commit` and its parent number `parent` (0 is the first)."""

    def rename_source(self, target: FileVersion, sources: Sequence[FileVersion]) -> int | None:
        """Position in `sources` (tree order, none with the target's blob) of the file that was renamed to `target`."""

    def ignored_lines(self, commit: int, path: int) -> IgnoredLines:
        """Where the lines of `path` at an ignored `commit` go, as ``git blame --ignore-rev`` has it."""


class Route(NamedTuple):
    """Lines of a file go to `path` of commit `parent`, compared by the pair (`old_blob`, `new_blob`).

    Equal blobs: every line goes, unchanged.
    """

    parent: int
    path: int
    old_blob: int
    new_blob: int


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """Routes of every touched file of every visited commit.

    ``routes[commit][path]`` are tried in order; lines that none explains belong to the commit. A file of a visited
    commit that is not listed goes to the first parent as it is, or belongs to the commit when that has no parents.
    ``ignored[commit, path]`` replaces the comparison for commits whose changes are to be ignored.
    """

    parents: list[int]
    parent_start: list[int]
    routes: dict[int, dict[int, tuple[Route, ...]]] = field(default_factory=dict)
    ignored: dict[tuple[int, int], IgnoredLines] = field(default_factory=dict)

    def pairs(self) -> list[tuple[int, int, int, int]]:
        """Return (path, commit, old blob, new blob) of every comparison the plan needs."""
        return [
            (path, commit, route.old_blob, route.new_blob)
            for commit, of_paths in self.routes.items()
            for path, routes in of_paths.items()
            for route in routes
            if route.old_blob != route.new_blob
        ]


def plan_routes(
    history: HistoryColumns,
    heads: Mapping[int, Iterable[int]],
    questions: HistoryQuestions,
    *,
    ignore: frozenset[int] = frozenset(),
    stop: int | None = None,
    known: frozenset[int] = frozenset(),
) -> RoutePlan:
    """Plan the routes of all files that are asked about.

    `heads` maps commit indexes to the paths asked about there. Commits must run newest first (children before
    parents). Commits in `ignore` are passed through as ``git blame --ignore-rev`` does. At commit `stop` the owners
    of the files `known` are known, so their routes end there.
    """
    planner = _Planner(history, questions, ignore)
    plan = RoutePlan(planner.parents, planner.parent_start)
    waiting: dict[int, set[int]] = {commit: set(paths) for commit, paths in heads.items()}
    if not waiting:
        return plan
    for commit in range(min(waiting), len(history.parent_start) - 1):
        if not waiting:
            break
        paths = waiting.pop(commit, None)
        if commit == stop and paths:
            paths -= known
        if not paths:
            continue
        parents = planner.parents[planner.parent_start[commit] : planner.parent_start[commit + 1]]
        if not parents or parents[0] < 0:
            continue
        touched = planner.touched(commit, parents, paths)
        if touched:
            plan.routes[commit] = touched
            paths.difference_update(touched)
            for path, routes in touched.items():
                if commit in ignore and routes:
                    lines = questions.ignored_lines(commit, path)
                    plan.ignored[commit, path] = lines
                    for position, old_path in set(zip(lines.parent.tolist(), lines.path.tolist(), strict=True)):
                        if position >= 0:
                            _give(waiting, parents[position], {old_path})
                    continue
                for route in routes:
                    _give(waiting, route.parent, {route.path})
        if paths:
            _give(waiting, parents[0], paths)
    return plan


def likely_pairs(history: HistoryColumns, paths: Iterable[int]) -> list[tuple[int, int]]:
    """Return the pairs of blobs that routes from `paths` at the newest commit will probably compare.

    A guess from paths alone, some percent too large, in the order of path and commit. It lets the comparing start
    while the routes are still being planned.
    """
    alive = np.zeros(len(history.paths), np.bool_)
    alive[list(paths)] = True
    for row in np.flatnonzero(history.status == RENAMED).tolist():
        if alive[history.path[row]]:
            alive[history.old_path[row]] = True
    single = np.repeat(np.diff(history.parent_start) == 1, np.diff(history.change_start))
    commits = np.repeat(np.arange(len(history.parent_start) - 1), np.diff(history.change_start))
    changed = single & ((history.status == MODIFIED) | (history.status == RENAMED)) & alive[history.path]
    changed &= (history.old_blob != history.new_blob) & (history.new_mode != _GITLINK) & (history.old_mode != _GITLINK)
    per_row = np.diff(history.combined_old_start)
    path, new, mode = (
        np.repeat(c, per_row) for c in (history.combined_path, history.combined_blob, history.combined_mode)
    )
    merge = np.repeat(np.repeat(history.combined_commit, np.diff(history.combined_start)), per_row)
    old, old_mode = history.combined_old_blob, history.combined_old_mode
    merged = alive[path] & (old_mode != 0) & (mode != _GITLINK) & (old_mode != _GITLINK) & (old != new) & (mode != 0)
    rank = np.empty(len(history.paths), np.int64)
    rank[sorted(range(len(history.paths)), key=history.paths.__getitem__)] = np.arange(len(history.paths))
    columns = [
        np.concatenate(parts)
        for parts in (
            (rank[history.path[changed]], rank[path[merged]]),
            (commits[changed], merge[merged]),
            (history.old_blob[changed], old[merged]),
            (history.new_blob[changed], new[merged]),
        )
    ]
    order = np.lexsort((columns[1], columns[0]))
    return list(dict.fromkeys(zip(columns[2][order].tolist(), columns[3][order].tolist(), strict=True)))


def _give(waiting: dict[int, set[int]], commit: int, paths: set[int]) -> None:
    """Add `paths` to those waiting at `commit`; always the smaller set moves."""
    there = waiting.get(commit)
    if there is None:
        waiting[commit] = paths
    elif len(there) < len(paths):
        paths |= there
        waiting[commit] = paths
    else:
        there |= paths


class _Planner:
    """The blame rules over plain lists (element access on arrays would dominate)."""

    def __init__(self, history: HistoryColumns, questions: HistoryQuestions, ignore: frozenset[int]) -> None:
        self.questions = questions
        self.ignore = ignore
        self.names = history.paths
        self.parents: list[int] = history.parent.tolist()
        self.parent_start: list[int] = history.parent_start.tolist()
        self.change_start: list[int] = history.change_start.tolist()
        self.status: list[int] = history.status.tolist()
        self.old_mode: list[int] = history.old_mode.tolist()
        self.new_mode: list[int] = history.new_mode.tolist()
        self.path: list[int] = history.path.tolist()
        self.old_path: list[int] = history.old_path.tolist()
        self.old_blob: list[int] = history.old_blob.tolist()
        self.new_blob: list[int] = history.new_blob.tolist()
        self.combined_row = {commit: k for k, commit in enumerate(history.combined_commit.tolist())}
        self.combined_start: list[int] = history.combined_start.tolist()
        self.combined = history
        self._sources: dict[tuple[int, int], tuple[list[FileVersion], list[FileVersion]]] = {}

    def touched(self, commit: int, parents: list[int], paths: set[int]) -> dict[int, tuple[Route, ...]]:
        """Return the routes of those of `paths` that `commit` changed against its first parent."""
        start, end = self.change_start[commit], self.change_start[commit + 1]
        touched: dict[int, tuple[Route, ...]] = {}
        self._sources.clear()
        combined: dict[int, tuple[list[int], list[int]]] | None = None
        for row in range(start, end):
            path = self.path[row]
            if path not in paths or self.status[row] == DELETED:
                continue
            if len(parents) == 1:
                touched[path] = self._from_single(commit, parents[0], row)
            else:
                if combined is None:
                    combined = self._combined(commit)
                touched[path] = self._from_merge(commit, parents, row, combined.get(path))
        return touched

    def _from_single(self, commit: int, parent: int, row: int) -> tuple[Route, ...]:
        status = self.status[row]
        new = self.new_blob[row]
        if status == MODIFIED:
            return (Route(parent, self.path[row], self.old_blob[row], new),)
        if status == TYPE_CHANGED:
            return ()
        source = self._rename(commit, 0, FileVersion(self.path[row], self.new_mode[row], new))
        return () if source is None else (Route(parent, source.path, source.blob, new),)

    def _from_merge(
        self, commit: int, parents: list[int], row: int, combined: tuple[list[int], list[int]] | None
    ) -> tuple[Route, ...]:
        path, mode, new = self.path[row], self.new_mode[row], self.new_blob[row]
        if self.status[row] == MODIFIED and self.old_blob[row] == new:
            return (Route(parents[0], path, new, new),)
        if combined is None:
            # The path equals that of some parent, and the first parent is out.
            position = 1 if len(parents) == 2 else self._identical_parent(commit, parents, path, new)
            return () if position is None else (Route(parents[position], path, new, new),)
        blobs, modes = combined
        found: dict[int, Route] = {}
        for position, (blob, old_mode) in enumerate(zip(blobs, modes, strict=True)):
            if old_mode and (old_mode ^ mode) & _FILE_TYPE == 0:
                if blob == new:
                    return (Route(parents[position], path, new, new),)
                _add_unless_same(found, position, Route(parents[position], path, blob, new))
        for position, old_mode in enumerate(modes):
            if old_mode:
                continue
            source = self._rename(commit, position, FileVersion(path, mode, new))
            if source is not None:
                if source.blob == new:
                    return (Route(parents[position], source.path, new, new),)
                _add_unless_same(found, position, Route(parents[position], source.path, source.blob, new))
        return tuple(found[position] for position in sorted(found))

    def _combined(self, commit: int) -> dict[int, tuple[list[int], list[int]]]:
        k = self.combined_row.get(commit)
        if k is None:
            return {}
        columns = self.combined
        result = {}
        for row in range(self.combined_start[k], self.combined_start[k + 1]):
            a, b = int(columns.combined_old_start[row]), int(columns.combined_old_start[row + 1])
            result[int(columns.combined_path[row])] = (
                columns.combined_old_blob[a:b].tolist(),
                columns.combined_old_mode[a:b].tolist(),
            )
        return result

    def _identical_parent(self, commit: int, parents: list[int], path: int, blob: int) -> int | None:
        for position in range(1, len(parents)):
            changed = {change.path: change for change in self.questions.changes_against(commit, position)}
            if path not in changed or changed[path].old_blob == blob:
                return position
        return None

    def _rename(self, commit: int, position: int, target: FileVersion) -> FileVersion | None:
        """Find the source git's rename detection gives for this one file (``diffcore-rename.c``, single follow)."""
        key = (commit, position)
        known = self._sources.get(key)
        if known is None:
            gone = self._gone(commit, position)
            known = self._sources[key] = (gone, [version for version in gone if version.mode & _FILE_TYPE == _REGULAR])
        sources, regular = known
        if not sources or target.mode == _GITLINK:
            return None
        exact = _exact_source(self.names, target, sources)
        if exact is not None:
            return exact
        if not regular or target.mode & _FILE_TYPE != _REGULAR:
            return None
        answer = self.questions.rename_source(target, regular)
        return None if answer is None else regular[answer]

    def _gone(self, commit: int, position: int) -> list[FileVersion]:
        """Files of a parent that the commit no longer has, in the order of git's trees."""
        gone = []
        if position == 0:
            for row in range(self.change_start[commit], self.change_start[commit + 1]):
                if self.status[row] in (DELETED, RENAMED):
                    gone.append(FileVersion(self.old_path[row], self.old_mode[row], self.old_blob[row]))
        else:
            for change in self.questions.changes_against(commit, position):
                if change.new_mode == 0:
                    gone.append(FileVersion(change.path, change.old_mode, change.old_blob))
        return sorted(gone, key=lambda version: self.names[version.path])


def _exact_source(names: Sequence[bytes], target: FileVersion, sources: Sequence[FileVersion]) -> FileVersion | None:
    """Of sources with the same content: the first with the same base name, else the first.

    Content alone decides between regular files; for other types the mode must be equal too.
    """
    best = None
    regular = target.mode & _FILE_TYPE == _REGULAR
    for source in sources:
        if source.blob != target.blob:
            continue
        if not (regular and source.mode & _FILE_TYPE == _REGULAR) and source.mode != target.mode:
            continue
        if base_name(names[source.path]) == base_name(names[target.path]):
            return source
        best = best or source
    return best


def base_name(path: bytes) -> bytes:
    """Return the part after the last slash."""
    return path[path.rfind(b"/") + 1 :]


def _add_unless_same(found: dict[int, Route], position: int, route: Route) -> None:
    """Blame asks one of several parents with the same version only: the earlier one."""
    if all(other.old_blob != route.old_blob for at, other in found.items() if at < position):
        found[position] = route
