"""Line ownership: which commit last wrote every living line, for whole repositories and at any revision.

A line belongs to the commit ``git blame`` (default options) names. Blame answers per file by walking history again and
again; here one backward walk in topological order serves all files together: each commit holds, per path, the living
lines that still need an owner, as two parallel integer columns (the line's number in that version, its place in the
answer). A commit passes untouched files to its parent as they are and splits touched ones along the hunks of the
comparison: lines inside an inserted stretch belong to the commit, the others move on, shifted. Cost grows with the
edges of the history, not with files times commits.

Everything here is integer work on columns; git is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from copartner.analysis.knowledge.line_ownership_routes import IgnoredLines, Route, RoutePlan

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]

UNSEEN: Final = -1
"""Owner of lines whose history this clone cannot show: a missing blob, or a file too large to compare."""


class Lines(NamedTuple):
    """Living lines of one file version: their numbers there (1-based, ascending) and their places in the answer."""

    numbers: Int32
    places: Int32


class Whole(NamedTuple):
    """All lines of a file nobody touched yet: its first place in the answer and the number of lines."""

    first: int
    size: int


Request = Lines | Whole


@dataclass(frozen=True, slots=True)
class HunkColumns:
    """Hunks of many file pairs, prepared for moving lines backwards.

    `bound`: for each hunk the first new line it inserts and the line after the last, interleaved; `shift`: what is
    added to a new line number after the hunk to get the old one; `start`: the hunks of row r are
    ``start[r]:start[r + 1]``. `seen[r]` is False where the pair could not be compared.
    """

    start: list[int]
    bound: Int32
    shift: Int32
    seen: npt.NDArray[np.bool_]

    @staticmethod
    def prepare(hunk_start: Int64, hunks: Int32, seen: npt.NDArray[np.bool_]) -> HunkColumns:
        """Prepare hunks given as git prints them: columns old_start, old_len, new_start, new_len."""
        old_start, old_len, new_start, new_len = (hunks[:, i] for i in range(4))
        # Git names the line before an empty range.
        first_new = new_start + (new_len == 0)
        first_old = old_start + (old_len == 0)
        bound = np.empty(2 * len(hunks), np.int32)
        bound[0::2] = first_new
        bound[1::2] = first_new + new_len
        shift = (first_old + old_len - first_new - new_len).astype(np.int32)
        return HunkColumns(hunk_start.tolist(), bound, shift, seen)


@dataclass(frozen=True, slots=True)
class Ownership:
    """Owners of all lines of the asked files at one commit.

    `path` and `line_start` (len + 1): lines of ``path[i]`` are ``owner[line_start[i]:line_start[i + 1]]``; `owner` is
    a commit index, or `UNSEEN`. Indexes refer to the history the ownership was computed with.
    """

    commit: int
    path: Int32
    line_start: Int64
    owner: Int32

    def lines_of(self) -> dict[int, Int32]:
        """Return the owners of each path."""
        starts = self.line_start.tolist()
        return {path: self.owner[starts[i] : starts[i + 1]] for i, path in enumerate(self.path.tolist())}

    def runs(self) -> tuple[Int32, Int32, Int32, Int32]:
        """Return runs of lines with one owner: path, first line (1-based), length, owner; in path and line order."""
        if not len(self.owner):
            empty = np.zeros(0, np.int32)
            return empty, empty, empty, empty
        breaks = np.flatnonzero(np.diff(self.owner)) + 1
        starts = np.union1d(breaks, self.line_start[:-1][np.diff(self.line_start) > 0])
        file = np.searchsorted(self.line_start, starts, side="right") - 1
        length = np.diff(np.append(starts, len(self.owner)))
        first = starts - self.line_start[file] + 1
        return self.path[file], first.astype(np.int32), length.astype(np.int32), self.owner[starts]

    def lines_per_commit(self) -> tuple[Int32, Int64]:
        """Return the owners that hold lines, ascending, and how many each holds."""
        owners, counts = np.unique(self.owner, return_counts=True)
        return owners, counts.astype(np.int64)


def replay(
    plan: RoutePlan,
    hunks: HunkColumns,
    row_of: Callable[[int, int], int],
    commit: int,
    files: Mapping[int, int],
    known: Ownership | None = None,
) -> Ownership:
    """Find the owner of every line of `files` (path -> number of lines) at `commit`.

    `plan` must cover these files at this commit; `row_of` gives the row of a pair of blobs in `hunks`. Where a
    question reaches the commit of `known`, its answer is read there: so a rescan walks new commits only. Questions
    of branches that forked earlier walk on, which keeps the result exact.
    """
    paths = np.fromiter(files.keys(), np.int32, len(files))
    line_start = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.fromiter(files.values(), np.int64, len(files)))))
    answer = np.full(int(line_start[-1]), UNSEEN, np.int32)
    waiting: dict[int, dict[int, Request]] = {
        commit: {
            path: Whole(first, count)
            for (path, count), first in zip(files.items(), line_start.tolist(), strict=False)
            if count
        }
    }
    walk = _Walk(plan, hunks, row_of, answer, waiting)
    base = known.lines_of() if known is not None else {}
    for index in range(commit, len(plan.parent_start) - 1):
        if not waiting:
            break
        here = waiting.pop(index, None)
        if not here:
            continue
        if known is not None and index == known.commit:
            for path in base.keys() & here.keys():
                _read_known(answer, base[path], here.pop(path))
        walk.visit(index, here)
    return Ownership(commit, paths, line_start, answer)


def _read_known(answer: Int32, known: Int32, lines: Request) -> None:
    if isinstance(lines, Whole):
        answer[lines.first : lines.first + lines.size] = known
    else:
        answer[lines.places] = known[lines.numbers - 1]


class _Walk:
    """One backward walk: visiting a commit moves the lines waiting there to its parents or gives them to it."""

    def __init__(
        self,
        plan: RoutePlan,
        hunks: HunkColumns,
        row_of: Callable[[int, int], int],
        answer: Int32,
        waiting: dict[int, dict[int, Request]],
    ) -> None:
        self.parents = plan.parents
        self.parent_start = plan.parent_start
        self.plan = plan
        self.hunks = hunks
        self.row_of = row_of
        self.answer = answer
        self.waiting = waiting

    def visit(self, commit: int, here: dict[int, Request]) -> None:
        """Move the lines of all files waiting at `commit`."""
        start, end = self.parent_start[commit], self.parent_start[commit + 1]
        if start == end or self.parents[start] < 0:
            for lines in here.values():
                self._own(commit, lines)
            return
        touched = self.plan.routes.get(commit)
        if touched:
            moved: list[tuple[int, int, Request]] = []
            for path, routes in touched.items():
                if path in here:
                    self._move(commit, path, routes, here.pop(path), moved)
            for parent, path, lines in moved:
                self._give(parent, path, lines)
        if here:
            self._give_all(self.parents[start], here)

    def _move(
        self,
        commit: int,
        path: int,
        routes: tuple[Route, ...],
        lines: Request,
        moved: list[tuple[int, int, Request]],
    ) -> None:
        """Split one touched file's lines: what a route explains is added to `moved`, the rest belongs to the commit."""
        ignored = self.plan.ignored.get((commit, path)) if self.plan.ignored else None
        if ignored is not None:
            self._pass_ignored(commit, _columns(lines), ignored, moved)
            return
        for parent, old_path, old, new in routes:
            if old == new:
                moved.append((parent, old_path, lines))
                return
            row = self.row_of(old, new)
            if not self.hunks.seen[row]:
                self._own(UNSEEN, lines)
                return
            passed, rest = self._split(row, _columns(lines))
            if len(passed.numbers):
                moved.append((parent, old_path, passed))
            if rest is None:
                return
            lines = rest
        self._own(commit, lines)

    def _own(self, commit: int, lines: Request) -> None:
        if isinstance(lines, Whole):
            self.answer[lines.first : lines.first + lines.size] = commit
        else:
            self.answer[lines.places] = commit

    def _split(self, row: int, lines: Lines) -> tuple[Lines, Lines | None]:
        """Split lines of the new version into those of the old one, renumbered, and the inserted ones (or None)."""
        hunks = self.hunks
        first, last = hunks.start[row], hunks.start[row + 1]
        if first == last:
            return lines, None
        numbers, places = lines
        cuts = numbers.searchsorted(hunks.bound[2 * first : 2 * last])
        if last - first == 1:
            a, b = cuts.tolist()
            if a == b:
                if a < len(numbers):
                    numbers[a:] += hunks.shift[first]
                return lines, None
            taken = Lines(numbers[a:b], places[a:b])
            if b == len(numbers):
                return Lines(numbers[:a], places[:a]), taken
            tail = numbers[b:] + hunks.shift[first]
            if a == 0:
                return Lines(tail, places[b:]), taken
            return Lines(np.concatenate((numbers[:a], tail)), np.concatenate((places[:a], places[b:]))), taken
        edges = np.empty(len(cuts) + 2, cuts.dtype)
        edges[0] = 0
        edges[1:-1] = cuts
        edges[-1] = len(numbers)
        lengths = edges[1:] - edges[:-1]
        # Stretches alternate: kept, inserted, kept, ... ; a kept one after hunk k moves by shift[k].
        moves = np.zeros(len(lengths), np.int32)
        moves[2::2] = hunks.shift[first:last]
        if not lengths[1::2].any():
            numbers += moves.repeat(lengths)
            return lines, None
        inserted = np.zeros(len(lengths), np.bool_)
        inserted[1::2] = True
        mask = inserted.repeat(lengths)
        kept = ~mask
        renumbered = numbers + moves.repeat(lengths)
        return Lines(renumbered[kept], places[kept]), Lines(numbers[mask], places[mask])

    def _pass_ignored(
        self, commit: int, lines: Lines, ignored: IgnoredLines, moved: list[tuple[int, int, Request]]
    ) -> None:
        """Pass lines through an ignored commit; those git cannot place stay with it."""
        numbers, places = lines
        parent, path, line = (column[numbers - 1] for column in ignored)
        start = self.parent_start[commit]
        for position, old_path in sorted(set(zip(parent.tolist(), path.tolist(), strict=True))):
            if position < 0:
                continue
            chosen = (parent == position) & (path == old_path)
            order = np.argsort(line[chosen], kind="stable")
            moved.append((self.parents[start + position], old_path, Lines(line[chosen][order], places[chosen][order])))
        self.answer[places[parent < 0]] = commit

    def _give(self, commit: int, path: int, lines: Request) -> None:
        there = self.waiting.get(commit)
        if there is None:
            self.waiting[commit] = {path: lines}
        else:
            present = there.get(path)
            there[path] = lines if present is None else _merged(_columns(present), _columns(lines))

    def _give_all(self, commit: int, files: dict[int, Request]) -> None:
        there = self.waiting.get(commit)
        if there is None:
            self.waiting[commit] = files
            return
        if len(there) < len(files):
            there, files = files, there
            self.waiting[commit] = there
        for path, lines in files.items():
            present = there.get(path)
            there[path] = lines if present is None else _merged(_columns(present), _columns(lines))


def _columns(lines: Request) -> Lines:
    """Return lines as columns, making them for a file that nobody touched yet."""
    if isinstance(lines, Whole):
        numbers = np.arange(1, lines.size + 1, dtype=np.int32)
        return Lines(numbers, numbers + np.int32(lines.first - 1))
    return lines


def _merged(one: Lines, other: Lines) -> Lines:
    """Bring lines of the same version together, in ascending order."""
    if one.numbers[-1] > other.numbers[0]:
        if other.numbers[-1] <= one.numbers[0]:
            one, other = other, one
        else:
            numbers = np.concatenate((one.numbers, other.numbers))
            order = np.argsort(numbers, kind="stable")
            return Lines(numbers[order], np.concatenate((one.places, other.places))[order])
    return Lines(np.concatenate((one.numbers, other.numbers)), np.concatenate((one.places, other.places)))
