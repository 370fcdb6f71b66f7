"""The git side of line ownership: history, comparisons, renames and file sizes of one repository, with a cache.

`copartner.analysis.knowledge.line_ownership_scan.scan_ownership` asks this object whatever it needs to know from git;
the two sides share no code, only the shape of the questions.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copartner.sources.git.history import History
from copartner.sources.git.history_store import load_or_read_history
from copartner.sources.git.hunks import (
    DEFAULT_LARGEST_FILE,
    DEFAULT_MEMORY,
    HunkState,
    HunkStore,
    Progress,
    clean_abandoned,
    load_segment,
    save_segment,
)
from copartner.sources.git.rename_follow import Candidates, RenameFollower
from copartner.sources.git.repository import GitError, GitRepository

Int32 = NDArray[np.int32]
_END: Final = b"end-of-answer"


class _RawChange(NamedTuple):
    path: int
    old_mode: int
    new_mode: int
    old_blob: int
    new_blob: int


class _IgnoredLines(NamedTuple):
    parent: Int32
    path: Int32
    line: Int32


class GitLineSource:
    """One repository, opened for ownership scans.

    `cache` is a folder of this repository's own: history, hunks, rename answers and scanned ownership live there, so
    that a later scan does only what is new. `workers` git processes compare at once within `memory` bytes of git
    caches. Nothing is ever written into the repository. Use as a context manager, or `close` it.

    Raises `GitError` when `path` is no repository.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        cache: str | os.PathLike[str],
        *,
        workers: int = 1,
        memory: int = DEFAULT_MEMORY,
        largest_file: int = DEFAULT_LARGEST_FILE,
        progress: Progress | None = None,
    ) -> None:
        self.repository = GitRepository(path, memory=memory)
        self.cache = Path(cache)
        self.progress = progress
        self.hunks = HunkStore(
            self.repository, self.cache / "hunks", workers=workers, memory=memory, largest_file=largest_file
        )
        for name in ("renames", "owners"):
            (self.cache / name).mkdir(parents=True, exist_ok=True)
            clean_abandoned(self.cache / name)
        self.renames = RenameFollower(self.repository, self.cache / "renames")
        self._differ: subprocess.Popen[bytes] | None = None
        self._pool = ThreadPoolExecutor(1, "copartner-ahead")
        self._ahead: Future[None] | None = None

    def __enter__(self) -> GitLineSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the git processes and persist the answers about renames."""
        self._pool.shutdown(cancel_futures=True)
        self.renames.close()
        if self._differ is not None:
            for pipe in (self._differ.stdin, self._differ.stdout):
                if pipe is not None:
                    pipe.close()
            self._differ.wait()
            self._differ = None

    def resolve(self, revision: str) -> str:
        """Return the full name of a commit. Raises `GitError` when there is none."""
        return self.repository.resolve(revision)

    def history(self, head: str) -> History:
        """Return a history that holds `head`, read once and grown by new commits later; it may reach further."""
        return load_or_read_history(
            self.repository, head, self.cache, allow_newer=True, parallel=self.hunks.workers > 1
        )

    def questions(self, history: History) -> GitQuestions:
        """Return the object that answers what the columns of `history` do not say."""
        return GitQuestions(self, history)

    def compare_ahead(self, history: History, pairs: Callable[[], Iterable[tuple[int, int]]]) -> None:
        """With several workers: start comparing the likely `pairs` in the background; `compare` waits for it.

        With one worker nothing happens: a guess is a little too large, and nobody else could do the work meanwhile.
        """
        if self.hunks.workers > 1 and self._ahead is None:
            names = history.blob_names
            self._ahead = self._pool.submit(self._extend, [(names[old], names[new]) for old, new in pairs()])

    def compare(self, history: History, pairs: Iterable[tuple[int, int]], *, as_text: bool = False) -> None:
        """Compare pairs of blobs (numbers in `history`), given in the order of path and time."""
        if self._ahead is not None:
            self._ahead.result()
            self._ahead = None
        names = history.blob_names
        self._extend([(names[old], names[new]) for old, new in pairs], as_text=as_text)

    def _extend(self, pairs: list[tuple[bytes, bytes]], *, as_text: bool = False) -> None:
        self.hunks.extend(pairs, forced=as_text, progress=self.progress, label="comparing file versions")

    def rows(self, history: History, pairs: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
        """Return for each compared pair its row among the hunks and its state (`HunkState`).

        A binary pair that was compared as text answers with that comparison.
        """
        names = history.blob_names
        row_of = self.hunks.row
        states = [*self.hunks.state.tolist(), int(HunkState.NOT_COMPARED)]
        binary = int(HunkState.BINARY)
        rows = []
        for old, new in pairs:
            row = row_of(names[old], names[new])
            if states[row] == binary:
                forced = row_of(names[old], names[new], forced=True)
                row = forced if forced >= 0 else row
            rows.append(row)
        return rows, [states[row] for row in rows]

    def file_lines(self, history: History, blobs: Sequence[int]) -> tuple[Int32, NDArray[np.uint8]]:
        """Return the number of lines of each blob and its state (`HunkState`: text, binary, missing, too large)."""
        names = history.blob_names
        zero = self.repository.zero
        added, _, state = self.hunks.churn([(zero, names[blob]) for blob in blobs], progress=self.progress)
        return added, state

    def load_owners(self, key: str) -> dict[str, NDArray[np.generic]] | None:
        """Return what `save_owners` stored under `key`, None when nothing was."""
        file = self.cache / "owners" / f"{key}.npz"
        return load_segment(file) if file.is_file() else None

    def save_owners(self, key: str, arrays: dict[str, NDArray[np.generic]]) -> None:
        """Store the result of a scan under `key`, replacing an earlier one at once."""
        save_segment(self.cache / "owners", arrays, key)

    def differ(self) -> subprocess.Popen[bytes]:
        """Return the long-lived process that compares a commit with one of its parents."""
        if self._differ is None:
            arguments = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev")
            self._differ = subprocess.Popen(
                self.repository.command(*arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self.repository.environment_here(),
                cwd=self.repository.git_dir,
            )
        return self._differ


class GitQuestions:
    """Answers of git about one history, in that history's numbers."""

    def __init__(self, source: GitLineSource, history: History) -> None:
        self.source = source
        self.history = history
        self._candidates: tuple[Sequence[tuple[int, int, int]], Candidates] = ((), Candidates([]))
        self._against: tuple[tuple[int, int], list[_RawChange]] = ((-1, -1), [])

    def changes_against(self, commit: int, parent: int) -> Sequence[_RawChange]:
        """Every path that differs between `commit` and its parent number `parent`, without rename detection."""
        if self._against[0] != (commit, parent):
            self._against = ((commit, parent), self._ask_differ(commit, parent))
        return self._against[1]

    def rename_source(self, target: tuple[int, int, int], sources: Sequence[tuple[int, int, int]]) -> int | None:
        """Position in `sources` of the file git calls renamed to `target`; each is (path, mode, blob)."""
        names, paths = self.history.blob_names, self.history.paths
        asked, candidates = self._candidates
        if asked is not sources:
            candidates = Candidates([(paths[path], names[blob]) for path, _, blob in sources])
            self._candidates = (sources, candidates)
        return self.source.renames.source(paths[target[0]], names[target[2]], candidates)

    def ignored_lines(self, commit: int, path: int) -> _IgnoredLines:
        """Where the lines of `path` go at an ignored commit: git's own blame of that one step."""
        history = self.history
        start, end = int(history.parent_start[commit]), int(history.parent_start[commit + 1])
        name = bytes(history.commit[commit])
        parents = [bytes(parent) for parent in history.parent_name[start:end].tolist()]
        target = history.paths[path].decode("utf-8", "surrogateescape")
        output = self.source.repository.run(
            "blame",
            "--incremental",
            f"--ignore-rev={name.decode()}",
            name.decode(),
            *(f"^{parent.decode()}" for parent in parents),
            "--",
            target,
        )
        position_of = {parent: i for i, parent in enumerate(parents)}
        runs: list[tuple[int, int, int, int, bytes]] = []
        for line in output.split(b"\n"):
            words = line.split(b" ")
            if line.startswith(b"filename "):
                runs[-1] = (*runs[-1][:4], _unquoted(line[len(b"filename ") :]))
            elif len(words) == 4 and len(words[0]) == len(name) and words[1].isdigit():
                runs.append((position_of.get(words[0], -1), int(words[1]), int(words[2]), int(words[3]), b""))
        count = max((final + length - 1 for _, _, final, length, _ in runs), default=0)
        result = _IgnoredLines(*(np.full(count, -1, np.int32) for _ in range(3)))
        for position, first, final, length, file in runs:
            part = slice(final - 1, final - 1 + length)
            result.parent[part] = position
            if position >= 0:
                result.path[part] = self._path(file)
                result.line[part] = np.arange(first, first + length)
        return result

    def _ask_differ(self, commit: int, parent: int) -> list[_RawChange]:
        history = self.history
        position = int(history.parent_start[commit]) + parent
        process = self.source.differ()
        if process.stdin is None or process.stdout is None:
            raise GitError(("diff-tree", "--stdin"), None, "git gave no pipes")
        question = b"%s %s\n%s\n" % (history.commit[commit], history.parent_name[position], _END)
        process.stdin.write(question)
        process.stdin.flush()
        answer = b""
        while not answer.endswith(_END + b"\n"):
            block = process.stdout.read1(1 << 20)  # type: ignore[attr-defined]
            if not block:
                raise GitError(("diff-tree", "--stdin"), process.wait(), "git ended while asked for a difference")
            answer += block
        tokens = answer.split(b"\0")
        changes = []
        position = 0
        while position + 1 < len(tokens):
            head = tokens[position]
            colon = head.find(b":")
            if colon < 0:
                position += 1
                continue
            old_mode, new_mode, old, new, _ = head[colon + 1 :].split(b" ")
            path = tokens[position + 1]
            changes.append(
                _RawChange(self._path(path), int(old_mode, 8), int(new_mode, 8), self._blob(old), self._blob(new))
            )
            position += 2
        return changes

    def _path(self, path: bytes) -> int:
        return self.history.path_index[path]

    def _blob(self, name: bytes) -> int:
        return self.history.blob_index[name]


def _unquoted(text: bytes) -> bytes:
    """Undo git's C-style quoting of a file name."""
    if text[:1] != b'"':
        return text
    escapes = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}
    result = bytearray()
    position, end = 1, len(text) - 1
    while position < end:
        if text[position : position + 1] != b"\\":
            result.append(text[position])
            position += 1
        elif text[position + 1 : position + 2] in escapes:
            result.append(escapes[text[position + 1 : position + 2]])
            position += 2
        else:
            result.append(int(text[position + 1 : position + 4], 8))
            position += 4
    return bytes(result)
