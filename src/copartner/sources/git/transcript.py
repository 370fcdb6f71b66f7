"""What git said, kept byte for byte, so that a mapping can be repeated without the repository.

The history reader asks git a handful of questions. A `Listener` passes each on and keeps the answer; `Replay` stands in
for the repository later and gives the same answers to the same reader. Reader and mapping are therefore never written
twice, and a better mapping can be applied to evidence whose repository is gone.

A raw record is one block of one answer. Its native key is the scanned head, the scope (``whole``, or which earlier
heads were left out), the digest of the question and the number of the block.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Final, cast

import numpy as np
from numpy.typing import NDArray

from copartner.sources.git.repository import Completeness, GitError, GitRepository

Churn = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]
"""Added and deleted lines and the state of each compared pair, as ``HunkStore.churn`` gives them."""

CIRCUMSTANCES: Final = "git-repository"
ANSWER: Final = "git-output"
FAILURE: Final = "git-failure"
CHURN: Final = "git-churn"
TAGS: Final = "git-tags"


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One raw record: its kind, native key and bytes."""

    kind: str
    native_key: str
    payload: bytes


@dataclass
class Transcript:
    """The answers of one reading, by the digest of the question; and the circumstances under which they were given.

    The history of `head` was read without what `bases` reach.
    """

    head: str
    object_format: str
    completeness: Completeness
    bases: tuple[str, ...] = ()
    cut: bytes = b""
    answers: dict[str, list[bytes]] = field(default_factory=dict)
    failures: dict[str, GitError] = field(default_factory=dict)

    @property
    def scope(self) -> str:
        """``whole``, or a digest of the bases."""
        return f"since-{hashlib.sha256(' '.join(self.bases).encode()).hexdigest()[:12]}" if self.bases else "whole"

    def records(self) -> Iterator[RawRecord]:
        """The transcript as raw records."""
        circumstances = {
            "object_format": self.object_format,
            "completeness": asdict(self.completeness),
            "bases": self.bases,
            "cut": self.cut.decode(),
        }
        key = f"{self.head} {self.scope}"
        yield RawRecord(CIRCUMSTANCES, key, json.dumps(circumstances, sort_keys=True).encode())
        for digest, blocks in self.answers.items():
            for part, block in enumerate(blocks or [b""]):
                yield RawRecord(ANSWER, f"{key} {digest} {part:05d}", block)
        for digest, error in self.failures.items():
            told = {"command": error.command, "returncode": error.returncode, "stderr": error.stderr}
            yield RawRecord(FAILURE, f"{key} {digest}", json.dumps(told).encode())


def transcripts(records: Iterable[RawRecord]) -> list[Transcript]:
    """Put the transcripts together that `records` were made of, in the order of their native keys."""
    ordered = sorted(records, key=lambda record: record.native_key)
    found: dict[str, Transcript] = {}
    for record in ordered:
        if record.kind == CIRCUMSTANCES:
            told = json.loads(record.payload)
            head = record.native_key.split(" ")[0]
            completeness = Completeness(**told["completeness"])
            bases, cut = tuple(told["bases"]), told["cut"].encode()
            found[record.native_key] = Transcript(head, told["object_format"], completeness, bases, cut)
    for record in ordered:
        if record.kind == ANSWER:
            key, digest, _ = record.native_key.rsplit(" ", 2)
            found[key].answers.setdefault(digest, []).append(record.payload)
        elif record.kind == FAILURE:
            key, digest = record.native_key.rsplit(" ", 1)
            error = json.loads(record.payload)
            found[key].failures[digest] = GitError(error["command"], error["returncode"], error["stderr"])
    return list(found.values())


def churn_record(transcript: Transcript, churn: Churn) -> RawRecord:
    """The compared pairs of a reading as one raw record: three little-endian columns, one after another."""
    added, deleted, state = churn
    payload = added.astype("<i4").tobytes() + deleted.astype("<i4").tobytes() + state.astype("u1").tobytes()
    return RawRecord(CHURN, f"{transcript.head} {transcript.scope}", payload)


def read_churn(record: RawRecord) -> Churn:
    """Return the columns of a `churn_record`."""
    count = len(record.payload) // 9
    numbers = np.frombuffer(record.payload, "<i4", 2 * count).astype(np.int32)
    return numbers[:count], numbers[count:], np.frombuffer(record.payload, np.uint8, offset=8 * count)


class Listener(GitRepository):
    """A repository whose answers about `head` without what `bases` reach are kept in `transcript`."""

    def __init__(self, repository: GitRepository, head: str, bases: Sequence[str]) -> None:
        self.__dict__.update(repository.__dict__)
        self._inner = repository
        shallow = repository.common_dir / "shallow"
        cut = shallow.read_bytes() if repository.completeness.shallow else b""
        self.transcript = Transcript(head, repository.object_format, repository.completeness, tuple(bases), cut)

    def run(self, *arguments: str, stdin: bytes = b"", allow: Iterable[int] = (0,)) -> bytes:
        digest = _question(arguments, stdin)
        try:
            answer = self._inner.run(*arguments, stdin=stdin, allow=allow)
        except GitError as error:
            self.transcript.failures[digest] = error
            raise
        self.transcript.answers[digest] = [answer]
        return answer

    @contextmanager
    def stream(self, *arguments: str, stdin: IO[bytes] | None = None) -> Iterator[IO[bytes]]:
        digest = _question(arguments, _content(stdin))
        blocks: list[bytes] = []
        try:
            with self._inner.stream(*arguments, stdin=stdin) as pipe:
                yield cast(IO[bytes], _Tee(pipe, blocks))
        except GitError as error:
            # Half an answer is none: the reader starts over in another way.
            self.transcript.failures[digest] = error
            raise
        self.transcript.answers[digest] = blocks


class Replay(GitRepository):
    """Answers from a transcript, without any repository. Raises `LookupError` for a question that was never asked."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self.path = Path(transcript.head)
        self.object_format = transcript.object_format
        self.hash_length = 32 if transcript.object_format == "sha256" else 20
        self.zero = b"0" * (2 * self.hash_length)
        self.completeness = transcript.completeness
        folder = tempfile.TemporaryDirectory(prefix="copartner-replay-")
        weakref.finalize(self, folder.cleanup)
        self.common_dir = Path(folder.name)
        (self.common_dir / "shallow").write_bytes(transcript.cut)

    def resolve(self, revision: str) -> str:
        """Return `revision`: a transcript is about full commit names only."""
        return revision

    def run(self, *arguments: str, stdin: bytes = b"", allow: Iterable[int] = (0,)) -> bytes:
        return b"".join(self._answer(arguments, stdin))

    @contextmanager
    def stream(self, *arguments: str, stdin: IO[bytes] | None = None) -> Iterator[IO[bytes]]:
        question = _content(stdin)
        digest = _question(arguments, question)
        if digest in self._transcript.failures:
            yield io.BytesIO()
            raise self._transcript.failures[digest]
        yield io.BytesIO(b"".join(self._answer(arguments, question)))

    def _answer(self, arguments: Sequence[str], stdin: bytes) -> list[bytes]:
        digest = _question(arguments, stdin)
        if digest in self._transcript.failures:
            raise self._transcript.failures[digest]
        try:
            return self._transcript.answers[digest]
        except KeyError:
            raise LookupError(
                f"git was never asked this about {self._transcript.head}: git {' '.join(arguments)}; the raw records "
                "were made by another version of the reader"
            ) from None


class _Tee:
    """The reading end of a pipe that keeps what passes."""

    def __init__(self, pipe: IO[bytes], blocks: list[bytes]) -> None:
        self._pipe = pipe
        self._blocks = blocks

    def read(self, size: int = -1) -> bytes:
        block = self._pipe.read(size)
        if block:
            self._blocks.append(block)
        return block


def _question(arguments: Sequence[str], stdin: bytes) -> str:
    digest = hashlib.sha256("\0".join(arguments).encode("utf-8", "surrogateescape"))
    digest.update(b"\0\0")
    digest.update(stdin)
    return digest.hexdigest()[:16]


def _content(stdin: IO[bytes] | None) -> bytes:
    if stdin is None:
        return b""
    content = stdin.read()
    stdin.seek(0)
    return content
