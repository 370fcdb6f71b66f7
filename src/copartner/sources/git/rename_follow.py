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

    def source(self, target: bytes, blob: bytes, sources: Sequence[tuple[bytes, bytes]]) -> int | None:
        """Return the position in `sources` of the file that git says was renamed to `target`, None if none was.

        `target` is a path, `blob` its hexadecimal object name; `sources` are (path, object name) of removed regular
        files in tree order, none with the same content as the target.
        """
        base = _base_name(target)
        listing = [(name, _base_name(path) == base) for path, name in sources]
        if not listing or blob in self._missing:
            return None
        key = hashlib.sha1(
            blob + b"".join(name + (b"=" if same else b"-") for name, same in listing), usedforsecurity=False
        ).digest()
        answer = self._answers.get(key)
        if answer is None:
            answer = self._ask_present(base, blob, listing)
            self._answers[key] = self._new[key] = answer
            self.asked += 1
        return None if answer == _NONE else answer

    def close(self) -> None:
        """End the git process and persist new answers."""
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process.wait()
            self._process = None
        self._scratch.close()
        self._scratch_path = None
        if self._new:
            keys = np.frombuffer(b"".join(self._new), np.uint8)
            answers = np.fromiter(self._new.values(), np.int32, len(self._new))
            save_segment(self.folder, {"key": keys, "answer": answers})
            self._new = {}

    def _ask_present(self, base: bytes, blob: bytes, listing: Sequence[tuple[bytes, bool]]) -> int:
        """Ask git; where it ends because the clone lacks blobs, ask again without those."""
        present = [i for i, (name, _) in enumerate(listing) if name not in self._missing]
        try:
            answer = self._ask(base, blob, [listing[i] for i in present]) if present else _NONE
        except GitError:
            self._process = None
            missing = self.repository.missing_objects({blob, *(name for name, _ in listing)}) - self._missing
            if not missing:
                raise
            self._missing |= missing
            return _NONE if blob in missing else self._ask_present(base, blob, listing)
        return _NONE if answer == _NONE else present[answer]

    def _ask(self, base: bytes, blob: bytes, listing: Sequence[tuple[bytes, bool]]) -> int:
        process = self._started()
        scratch = self._scratch_path
        if scratch is None or process.stdin is None or process.stdout is None:
            raise GitError(("diff-tree", "--stdin"), None, "git gave no pipes")
        width = len(blob)

        def file_entry(name: bytes, object_name: bytes) -> bytes:
            return b"100644 " + name + b"\0" + bytes.fromhex(object_name.decode())

        def folder_entry(name: bytes, inside: bytes) -> bytes:
            return b"40000 " + name + b"\0" + bytes.fromhex(write_tree(scratch, inside, width))

        # Running numbers keep the sources in order; a source keeps its base name only where it equals the target's,
        # the one case in which git looks at names.
        ending = b"=" if base.endswith(b"-") else b"-"
        old = b"".join(
            folder_entry(b"%07d" % i, file_entry(base, name)) if same else file_entry(b"%07d%s" % (i, ending), name)
            for i, (name, same) in enumerate(listing)
        )
        new = file_entry(base, blob)
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


def _base_name(path: bytes) -> bytes:
    return path[path.rfind(b"/") + 1 :]
