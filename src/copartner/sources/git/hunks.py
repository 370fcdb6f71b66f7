"""The hunk store: every pair of file versions of a history is compared once, by git, and kept as integers.

Churn, authorship, the blame of any revision and ownership over time are integer work over these hunks; no file is read
a second time. A whole chunk of pairs is compared by one git process: two synthetic trees list the old and the new
versions under running numbers, and ``git diff-tree -p -U0`` between them gives the hunks in that order. Comparing is
git's own xdiff with default settings, as in ``git blame``.

The store is a folder of immutable segment files, one per finished chunk, written elsewhere and renamed into place. A
scan killed at any moment therefore resumes with the finished chunks, and two scans of one repository at once can only
duplicate work. Synthetic trees live in a temporary folder beside the segments, never in the repository.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copartner.sources.git.hunk_parsing import HunkReader
from copartner.sources.git.repository import GitError, GitRepository, write_scratch_git_dir

Pair = tuple[bytes, bytes]
Progress = Callable[[int, int, str], None]

DEFAULT_MEMORY: Final = 256 << 20
DEFAULT_LARGEST_FILE: Final = 32 << 20
_CHUNK: Final = 4096
_READ_SIZE: Final = 4 << 20
_LOCK: Final = "in-use"
_FORCED: Final = b"text:"


class HunkState(IntEnum):
    """What is known about a pair. Only `TEXT` has hunks; for the others added and deleted lines are unknown."""

    TEXT = 0
    BINARY = 1
    MISSING = 2
    TOO_LARGE = 3
    NOT_COMPARED = 4


@dataclass(frozen=True, slots=True)
class _Chunk:
    pairs: list[Pair]
    forced: bool


class HunkStore:
    """Hunks by (old blob, new blob), both hexadecimal object names; the null name stands for "no file".

    `folder` holds the segments and belongs to one repository, or to several with common objects. `workers` git
    processes compare at once and share `memory` bytes of git caches. Files above `largest_file` bytes are not compared
    (state `TOO_LARGE`), so that one generated file cannot take the machine down.

    All hunks are held in memory, 16 bytes each: `hunk_start` (pairs + 1) into `hunks` (n, 4) with the columns
    old_start, old_len, new_start, new_len as git prints them. `row` gives a pair's position.
    """

    def __init__(
        self,
        repository: GitRepository,
        folder: str | os.PathLike[str],
        *,
        workers: int = 1,
        memory: int = DEFAULT_MEMORY,
        largest_file: int = DEFAULT_LARGEST_FILE,
    ) -> None:
        self.repository = repository
        # git runs inside the repository, so a path relative to the caller's folder would lead elsewhere.
        self.folder = Path(folder).absolute()
        self.workers = max(1, workers)
        self.memory = memory
        self.largest_file = largest_file
        self.folder.mkdir(parents=True, exist_ok=True)
        self._rows: dict[bytes, int] = {}
        self.state: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.added: NDArray[np.int32] = np.zeros(0, np.int32)
        self.deleted: NDArray[np.int32] = np.zeros(0, np.int32)
        self.hunk_start: NDArray[np.int64] = np.zeros(1, np.int64)
        self.hunks: NDArray[np.int32] = np.zeros((0, 4), np.int32)
        clean_abandoned(self.folder)
        self._take([load_segment(file) for file in sorted(self.folder.glob("*.npz"))], kept=True)

    def __len__(self) -> int:
        """Return the number of pairs known."""
        return len(self._rows)

    def row(self, old: bytes, new: bytes, *, forced: bool = False) -> int:
        """Return the row of a pair, -1 if it was never compared. `forced`: the comparison that ignores binary-ness."""
        return self._rows.get((_FORCED if forced else b"") + old + new, -1)

    def extend(
        self, pairs: Iterable[Pair], *, forced: bool = False, progress: Progress | None = None, label: str = "comparing"
    ) -> int:
        """Compare those of `pairs` that are not known yet; return how many were.

        Give pairs in the order of (path, time): neighbours then share delta bases, which halves git's work. With
        `forced` binary files are compared as text, as ``git blame`` does. `progress` is called with
        (pairs done, pairs to do, label). Raises `GitError` when git fails for another reason than a missing blob.
        """
        prefix = _FORCED if forced else b""
        known = self._rows
        todo = [pair for pair in dict.fromkeys(pairs) if prefix + pair[0] + pair[1] not in known]
        if not todo:
            return 0
        zero = self.repository.zero
        whole = [pair for pair in todo if pair[0] == zero or pair[1] == zero]
        changed = [pair for pair in todo if pair[0] != zero and pair[1] != zero]
        chunks = [_Chunk(part, forced) for group in (changed, whole) for part in _split(group, self.workers)]
        segments: list[dict[str, NDArray[np.generic]]] = []
        done = 0
        with temporary_folder(self.folder) as scratch:
            write_scratch_git_dir(scratch, self.repository)
            with ThreadPoolExecutor(self.workers, "copartner-hunks") as pool:
                waiting: set[Future[dict[str, NDArray[np.generic]]]] = {
                    pool.submit(self._compare, chunk, scratch) for chunk in chunks
                }
                try:
                    while waiting:
                        finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                        for future in finished:
                            segment = future.result()
                            segments.append(segment)
                            done += len(segment["state"])
                            if progress is not None:
                                progress(done, len(todo), label)
                except BaseException:
                    for future in waiting:
                        future.cancel()
                    raise
        self._take(segments)
        return len(todo)

    def churn(
        self, pairs: Sequence[Pair], *, progress: Progress | None = None
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]:
        """Return (added, deleted, state) of each pair, comparing what is not known yet.

        A pair with the null name on one side is a whole file that appeared or went. Lines count as ``git diff`` counts
        them: a last line without newline is a line. Where `state` is not `HunkState.TEXT` the numbers are 0 and mean
        "unknown". Equal names on both sides (a pure rename or mode change) are 0, 0, `TEXT`.
        """
        self.extend((pair for pair in pairs if pair[0] != pair[1]), progress=progress, label="comparing file versions")
        known = self._rows
        rows = np.fromiter((known.get(old + new, -1) for old, new in pairs), np.int64, len(pairs))
        found = rows >= 0
        added, deleted = np.zeros(len(pairs), np.int32), np.zeros(len(pairs), np.int32)
        state = np.zeros(len(pairs), np.uint8)
        added[found] = self.added[rows[found]]
        deleted[found] = self.deleted[rows[found]]
        state[found] = self.state[rows[found]]
        return added, deleted, state

    def _take(self, segments: list[dict[str, NDArray[np.generic]]], *, kept: bool = False) -> None:
        """Append segments to the columns in memory; of a pair met twice the first row counts.

        What was missing in an earlier scan (`kept`) is asked again: the clone may have been completed since.
        """
        if not segments:
            return
        rows = self._rows
        position = len(self.state)
        for segment in segments:
            prefix = _FORCED if bool(segment["forced"]) else b""
            for key, state in zip(segment["key"].tolist(), segment["state"].tolist(), strict=True):
                if not (kept and state == HunkState.MISSING):
                    rows.setdefault(prefix + key, position)
                position += 1
        self.state = np.concatenate([self.state, *(s["state"] for s in segments)])
        self.added = np.concatenate([self.added, *(s["added"] for s in segments)])
        self.deleted = np.concatenate([self.deleted, *(s["deleted"] for s in segments)])
        sizes = [np.diff(self.hunk_start), *(s["hunk_count"] for s in segments)]
        self.hunk_start = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.concatenate(sizes), dtype=np.int64)))
        self.hunks = np.concatenate([self.hunks, *(s["hunks"] for s in segments)])

    def _compare(self, chunk: _Chunk, scratch: Path) -> dict[str, NDArray[np.generic]]:
        """Compare one chunk in a git process of its own and persist the segment."""
        zero = self.repository.zero
        pairs = chunk.pairs
        compare = self._whole_files if zero in pairs[0] else self._changed_files
        try:
            state, hunks, hunk_count = compare(pairs, scratch, chunk.forced)
        except GitError as error:
            missing = self.repository.missing_objects({name for pair in pairs for name in pair if name != zero})
            if not missing:
                raise error
            present = [i for i, pair in enumerate(pairs) if not missing.intersection(pair)]
            state = np.full(len(pairs), HunkState.MISSING, np.uint8)
            hunk_count = np.zeros(len(pairs), np.int32)
            hunks = np.zeros((0, 4), np.int32)
            if present:
                state[present], hunks, hunk_count[present] = compare([pairs[i] for i in present], scratch, chunk.forced)
        starts = np.cumsum(hunk_count) - hunk_count
        sums = np.zeros((2, len(pairs)), np.int32)
        if len(hunks):
            filled = hunk_count > 0
            sums[0][filled] = np.add.reduceat(hunks[:, 3], starts[filled])
            sums[1][filled] = np.add.reduceat(hunks[:, 1], starts[filled])
        segment: dict[str, NDArray[np.generic]] = {
            "key": np.array([old + new for old, new in pairs], f"S{2 * len(zero)}"),
            "forced": np.array(chunk.forced),
            "state": state,
            "added": sums[0],
            "deleted": sums[1],
            "hunk_count": hunk_count,
            "hunks": hunks,
        }
        save_segment(self.folder, segment)
        return segment

    def _changed_files(
        self, pairs: list[Pair], scratch: Path, forced: bool
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]]:
        trees = [write_numbered_tree(scratch, [pair[side] for pair in pairs], self.repository.zero) for side in (0, 1)]
        arguments = ["-p", "-U0", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv"]
        reader = HunkReader()
        self._read(scratch, [*arguments, *(["--text"] if forced else []), *trees], reader.feed)
        if reader.pairs != len(pairs):
            raise GitError(("diff-tree", *arguments), 0, f"{reader.pairs} answers for {len(pairs)} pairs")
        hunks, hunk_pair, binary = reader.finish()
        state = np.zeros(len(pairs), np.uint8)
        if len(binary):
            sizes = [max(size or 0 for size in self.repository.object_sizes(list(pairs[i]))) for i in binary.tolist()]
            too_large = np.array(sizes) > self.largest_file
            state[binary] = np.where(too_large, HunkState.TOO_LARGE, HunkState.BINARY)
        return state, hunks, np.bincount(hunk_pair, minlength=len(pairs)).astype(np.int32)

    def _whole_files(
        self, pairs: list[Pair], scratch: Path, forced: bool
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]]:
        """Count the lines of files that appeared or went: git need not print them."""
        zero = self.repository.zero
        trees = [write_numbered_tree(scratch, [pair[side] for pair in pairs], zero) for side in (0, 1)]
        blocks: list[bytes] = []
        self._read(scratch, ["--numstat", "-z", *(["--text"] if forced else []), *trees], blocks.append)
        state = np.zeros(len(pairs), np.uint8)
        count = np.zeros(len(pairs), np.int32)
        rows: list[tuple[int, int, int, int]] = []
        for entry in b"".join(blocks).split(b"\0"):
            if not entry:
                continue
            added, deleted, number = entry.split(b"\t")
            row = int(number)
            if added == b"-":
                size = max(s or 0 for s in self.repository.object_sizes([n for n in pairs[row] if n != zero]))
                state[row] = HunkState.TOO_LARGE if size > self.largest_file else HunkState.BINARY
            elif added != b"0" or deleted != b"0":
                count[row] = 1
                rows.append((int(deleted != b"0"), int(deleted), int(added != b"0"), int(added)))
        return state, np.array(rows, np.int32).reshape(-1, 4), count

    def _read(self, scratch: Path, arguments: list[str], feed: Callable[[bytes], None]) -> None:
        budget = max(self.memory // self.workers, 24 << 20)
        command = [
            "git",
            f"--git-dir={scratch}",
            "-c",
            f"core.attributesFile={os.devnull}",
            "-c",
            # Beyond some tens of megabytes a larger cache only costs time (measured).
            f"core.deltaBaseCacheLimit={min(budget // 3, 64 << 20)}",
            "-c",
            f"core.packedGitLimit={max(budget // 3, 16 << 20)}",
            "-c",
            f"core.packedGitWindowSize={min(max(budget // 12, 4 << 20), 32 << 20)}",
            "-c",
            f"core.bigFileThreshold={self.largest_file}",
            "diff-tree",
            "--no-renames",
            *arguments,
        ]
        with (
            tempfile.TemporaryFile() as errors,
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=self.repository.environment(),
                cwd=scratch,
            ) as process,
        ):
            output = process.stdout
            if output is None:
                raise GitError(command[1:], None, "git gave no output pipe")
            try:
                while block := output.read(_READ_SIZE):
                    feed(block)
            except BaseException:
                process.kill()
                raise
            if process.wait():
                errors.seek(0)
                raise GitError(command[1:], process.returncode, errors.read().decode("utf-8", "replace"))


def _split(pairs: list[Pair], workers: int) -> list[list[Pair]]:
    """Cut into chunks small enough to resume from and to share among the workers, large enough to pay a process."""
    size = min(_CHUNK, max(256, -(-len(pairs) // (2 * workers)))) if workers > 1 else _CHUNK
    return [pairs[i : i + size] for i in range(0, len(pairs), size)]


def write_numbered_tree(scratch: Path, names: Sequence[bytes], zero: bytes) -> str:
    """Write a tree listing blob `names` under running numbers (null names left out) and return its object name."""
    entries = b"".join(
        b"100644 %08d\0%s" % (i, bytes.fromhex(name.decode())) for i, name in enumerate(names) if name != zero
    )
    return write_tree(scratch, entries, len(zero))


def write_tree(scratch: Path, entries: bytes, hex_length: int) -> str:
    """Write a tree object with the given raw entries into a scratch git folder; return its hexadecimal name."""
    body = b"tree %d\0" % len(entries) + entries
    name = (hashlib.sha256(body) if hex_length == 64 else hashlib.sha1(body, usedforsecurity=False)).hexdigest()
    file = scratch / "objects" / name[:2] / name[2:]
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        unfinished = file.with_name(f"{file.name}.{threading.get_ident()}")
        unfinished.write_bytes(zlib.compress(body, 1))
        unfinished.replace(file)
    return name


def save_segment(folder: Path, segment: dict[str, NDArray[np.generic]], name: str | None = None) -> None:
    """Write arrays as a segment file of `folder`: all of it, or nothing. Without `name` it gets a new one."""
    unique = uuid.uuid4().hex
    unfinished = folder / f".{unique}.unfinished"
    with unfinished.open("wb") as file:
        np.savez(file, **segment)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / f"{name or unique}.npz")


def load_segment(file: Path) -> dict[str, NDArray[np.generic]]:
    with np.load(file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """Give a temporary folder of this process inside `parent`; its lock tells others that it is alive."""
    folder = Path(tempfile.mkdtemp(prefix="scratch-", dir=parent))
    unlocked = folder / f"{_LOCK}.new"
    with unlocked.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Named only once locked, so nobody can take it for abandoned in between.
        unlocked.rename(folder / _LOCK)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def clean_abandoned(parent: Path) -> None:
    """Remove temporary folders and unfinished files of processes that were killed."""
    for folder in parent.glob("scratch-*"):
        try:
            with (folder / _LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        except FileNotFoundError:
            # Killed between making the folder and locking it, or another process is just starting: only an empty
            # folder that is old can be told apart.
            if _age_seconds(folder) > 60:
                shutil.rmtree(folder, ignore_errors=True)
    for file in parent.glob(".*.unfinished"):
        if _age_seconds(file) > 60:
            file.unlink(missing_ok=True)


def _age_seconds(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
