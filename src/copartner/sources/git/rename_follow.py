"""Asking git which removed file became a given new one.

``git blame`` asks diffcore about one target at a time ("single follow"): a source is not used up by a sibling. Running
``git diff-tree --follow`` per question costs a process each. Here each question becomes a pair of synthetic trees, one
with the candidate sources, one with the target alone, and one long-lived ``git diff-tree --stdin -M`` answers them all:
the similarity estimate is git's own, whatever its version. Answers are persisted by content, so a question is asked
once in the life of a repository.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np

from copartner.sources.git.hunks import load_segment, save_segment, temporary_folder, write_tree
from copartner.sources.git.repository import GitError, GitRepository, write_scratch_git_dir

_END: Final = b"end-of-answer"
_NONE: Final = -1


class RenameFollower:
    """Answers rename questions about files of one repository; use as a context manager.

    `folder` keeps the answers of earlier runs. `asked` counts the questions git had to answer in this run.
    """

    def __init__(self, repository: GitRepository, folder: Path) -> None:
        self.repository = repository
        self.folder = folder
        self.asked = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._answers: dict[bytes, int] = {}
        self._new: dict[bytes, int] = {}
        for file in sorted(folder.glob("*.npz")):
            segment = load_segment(file)
            keys = segment["key"].tobytes()
            for i, answer in enumerate(segment["answer"].tolist()):
                self._answers[keys[20 * i : 20 * i + 20]] = answer
        self._missing: set[bytes] = set()
        self._scratch = ExitStack()
        self._scratch_path: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> RenameFollower:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def source(self, target: bytes, blob: bytes, candidates: Candidates) -> int | None:
        """Return the number of the candidate that git says was renamed to `target`, None if none was.

        `target` is a path, `blob` its hexadecimal object name; no candidate has the same content.
        """
        base = base_name(target)
        same = candidates.by_base_name.get(base, ())
        if not candidates.blobs or blob in self._missing:
            return None
        key = candidates.digest(blob, same)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._ask_present(base, blob, candidates, same)
            self._answers[key] = self._new[key] = answer
            self.asked += 1
        return None if answer == _NONE else answer

    def close(self) -> None:
        """End the git process and persist new answers."""
        self._end_process()
        self._scratch.close()
        self._scratch_path = None
        if self._new:
            keys = np.frombuffer(b"".join(self._new), np.uint8)
            answers = np.fromiter(self._new.values(), np.int32, len(self._new))
            save_segment(self.folder, {"key": keys, "answer": answers})
            self._new = {}

    def _end_process(self) -> None:
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()
            self._process.wait()
            self._process = None

    def _ask_present(self, base: bytes, blob: bytes, candidates: Candidates, same: Sequence[int]) -> int:
        """Ask git; where it ends because the clone lacks blobs, ask again without those."""
        try:
            return self._ask(base, blob, candidates, same)
        except GitError:
            self._end_process()
            missing = self.repository.missing_objects({blob, *candidates.blobs}) - self._missing
            if not missing:
                raise
            self._missing |= missing
            return _NONE if blob in missing else self._ask_present(base, blob, candidates, same)

    def _ask(self, base: bytes, blob: bytes, candidates: Candidates, same: Sequence[int]) -> int:
        process = self._started()
        scratch = self._scratch_path
        if scratch is None or process.stdin is None or process.stdout is None:
            raise GitError(("diff-tree", "--stdin"), None, "git gave no pipes")
        width = len(blob)
        # Running numbers keep the sources in order. A source keeps its base name (in a folder) only where it equals
        # the target's, the one case in which git looks at names; so most questions of a commit share one tree.
        entries = dict(enumerate(candidates.entries))
        for i in same:
            inside = write_tree(scratch, tree_entry(base, candidates.blobs[i]), width)
            entries[i] = b"40000 %07d-\0" % i + bytes.fromhex(inside)
        if self._missing:
            entries = {i: entry for i, entry in entries.items() if candidates.blobs[i] not in self._missing}
        old = b"".join(entries.values())
        # A base name that looks like a running number would be the same path on both sides.
        shadowed = any(b" " + base + b"\0" in entry for entry in entries.values()) if base[:7].isdigit() else False
        new = tree_entry(base, blob)
        if shadowed:
            new = b"40000 target\0" + bytes.fromhex(write_tree(scratch, new, width))
        question = f"{write_tree(scratch, old, width)} {write_tree(scratch, new, width)}\n"
        with suppress(BrokenPipeError):
            process.stdin.write(question.encode() + _END + b"\n")
            process.stdin.flush()
        answer = b""
        while not answer.endswith(_END + b"\n"):
            block = process.stdout.read1(65536)  # type: ignore[attr-defined]
            if not block:
                raise GitError(("diff-tree", "--stdin", "-M"), process.wait(), "git ended while asked for a rename")
            answer += block
        for entry in answer.split(b":")[1:]:
            words = entry.split(b"\0")
            if words[0].split(b" ")[-1][:1] == b"R":
                return int(words[1][:7])
        return _NONE

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            scratch = self._scratch_path
            if scratch is None:
                scratch = self._scratch_path = self._scratch.enter_context(temporary_folder(self.folder))
                write_scratch_git_dir(scratch, self.repository)
            arguments = ("diff-tree", "--stdin", "-r", "-z", "-M", "-l1000", "--raw", "--no-abbrev")
            self._process = subprocess.Popen(
                ["git", f"--git-dir={scratch}", "-c", f"core.attributesFile={os.devnull}", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self.repository.environment(),
                cwd=scratch,
            )
        return self._process


class Candidates:
    """Removed regular files that may be the source of a rename, in tree order: paths and hexadecimal blob names.

    Made once per commit and parent; one commit may ask about hundreds of targets.
    """

    def __init__(self, files: Sequence[tuple[bytes, bytes]]) -> None:
        self.blobs = [blob for _, blob in files]
        self.entries = [tree_entry(b"%07d-" % i, blob) for i, blob in enumerate(self.blobs)]
        self.by_base_name: dict[bytes, list[int]] = {}
        for i, (path, _) in enumerate(files):
            self.by_base_name.setdefault(base_name(path), []).append(i)
        self._hash = hashlib.sha1(b"".join(self.blobs), usedforsecurity=False)

    def digest(self, blob: bytes, same: Sequence[int]) -> bytes:
        """Return the key of a question: it depends on contents, their order, and who shares the target's base name."""
        full = self._hash.copy()
        full.update(b"%s %s" % (blob, b",".join(b"%d" % i for i in same)))
        return full.digest()


def tree_entry(name: bytes, blob: bytes) -> bytes:
    """Return the raw tree entry of a regular file."""
    return b"100644 " + name + b"\0" + bytes.fromhex(blob.decode())


def base_name(path: bytes) -> bytes:
    """Return the part of a path after the last slash."""
    return path[path.rfind(b"/") + 1 :]
