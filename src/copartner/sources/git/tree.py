"""The files at a head: what they are, how long, what documents refer to and which decisions are recorded.

One listing of the tree, one question for sizes, one stream of the contents that have to be seen.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from copartner.evidence import tables
from copartner.sources.git import columns, file_rules
from copartner.sources.git.columns import constant_text, text_array
from copartner.sources.git.decision_records import DecisionRecord, parse_record
from copartner.sources.git.documents import PathIndex, Reference, find_references
from copartner.sources.git.file_filter import DECISION_RECORD, DOCUMENTATION, FileFilter, Verdict
from copartner.sources.git.history import GITLINK
from copartner.sources.git.repository import GitError, GitRepository, path_text

_ATTRIBUTES: Final = b".gitattributes"
_TREE_LIMIT: Final = 5_000_000
"""Trees with more files than this are refused rather than read into memory."""
_STEP: Final = 500
_EPOCH: Final = date(1970, 1, 1)

Progress = Callable[[int, int], None]


@dataclass
class Tree:
    """The files at a head, in git's order: parallel lists, and the texts of the documents among them by position."""

    paths: list[bytes] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)
    blobs: list[bytes] = field(default_factory=list)
    sizes: list[int | None] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    documents: dict[int, bytes] = field(default_factory=dict)
    records: dict[int, DecisionRecord] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def names(self) -> list[str]:
        """The paths as text."""
        return [path_text(path) for path in self.paths]


def read_tree(repository: GitRepository, head: str, progress: Progress | None = None) -> Tree:
    """List, size, read and judge every file of the commit `head`.

    A file whose object is missing from the clone is kept and marked. Raises `GitError` when the tree cannot be listed.
    """
    tree = Tree()
    for entry in repository.run("ls-tree", "-r", "-z", "--full-tree", head).split(b"\0")[:-1]:
        description, path = entry.split(b"\t", 1)
        mode, _, blob = description.split(b" ")
        tree.paths.append(path)
        tree.modes.append(int(mode, 8))
        tree.blobs.append(blob)
    if len(tree) > _TREE_LIMIT:
        raise GitError(("ls-tree", head), None, f"{len(tree)} files are more than can be judged")
    tree.sizes = _sizes(repository, tree)
    judge = FileFilter(_attributes(repository, tree))
    undecided = []
    for i, path in enumerate(tree.paths):
        verdict = judge.before_reading(path, tree.modes[i], tree.sizes[i])
        tree.verdicts.append(verdict or Verdict(""))
        if verdict is None:
            undecided.append(i)
    contents = _contents(repository, [tree.blobs[i] for i in undecided])
    for done, (i, content) in enumerate(zip(undecided, contents, strict=True)):
        verdict = judge.judge(tree.paths[i], content)
        if verdict.excluded is None and verdict.kind in (DOCUMENTATION, DECISION_RECORD):
            verdict = _keep_text(tree, i, content, verdict)
        tree.verdicts[i] = verdict
        if progress is not None and done % _STEP == 0:
            progress(done, len(undecided))
    return tree


def _keep_text(tree: Tree, i: int, content: bytes, verdict: Verdict) -> Verdict:
    tree.documents[i] = content
    if verdict.kind == DECISION_RECORD:
        record = parse_record(path_text(tree.paths[i]), content)
        if record is None:
            return Verdict(DOCUMENTATION, verdict.lines)
        tree.records[i] = record
    return verdict


def _sizes(repository: GitRepository, tree: Tree) -> list[int | None]:
    files = [i for i, mode in enumerate(tree.modes) if mode != GITLINK]
    sizes: list[int | None] = [None] * len(tree)
    for i, size in zip(files, repository.object_sizes([tree.blobs[i] for i in files]), strict=True):
        sizes[i] = size
    return sizes


def _attributes(repository: GitRepository, tree: Tree) -> dict[bytes, bytes]:
    found = [
        i
        for i, path in enumerate(tree.paths)
        if path.endswith(_ATTRIBUTES)
        and path.rpartition(b"/")[2] == _ATTRIBUTES
        and 0 < (tree.sizes[i] or 0) <= file_rules.MAX_BYTES
        and tree.modes[i] in (0o100644, 0o100755)
    ]
    contents = _contents(repository, [tree.blobs[i] for i in found])
    return {tree.paths[i].rpartition(b"/")[0]: content for i, content in zip(found, contents, strict=True)}


def _contents(repository: GitRepository, blobs: Sequence[bytes]) -> Iterator[bytes]:
    """The contents of `blobs`, none of which is missing, from one process."""
    if not blobs:
        return
    with tempfile.TemporaryFile() as questions:
        questions.write(b"\n".join(blobs) + b"\n")
        questions.seek(0)
        with repository.stream("cat-file", "--batch", "--buffer", stdin=questions) as pipe:
            for blob in blobs:
                header = pipe.readline().split()
                if len(header) != 3:
                    raise GitError(("cat-file", "--batch"), None, f"{blob.decode()} cannot be read")
                yield pipe.read(int(header[2]) + 1)[:-1]


def map_tree(repository: str, head: str, tree: Tree, former: Collection[str]) -> dict[tables.Table, pa.Table]:
    """Return the rows of ``file_snapshot``, ``document_reference`` and ``decision_record``.

    `former` are paths which exist or existed in the history of `head`.
    """
    names = tree.names
    index = PathIndex(frozenset(names), former)
    references = [
        (names[i], reference)
        for i, content in tree.documents.items()
        for reference in find_references(names[i], content, index)
    ]
    return {
        tables.FILE_SNAPSHOT: _snapshot(repository, head, tree, names),
        tables.DOCUMENT_REFERENCE: _references(repository, head, references),
        tables.DECISION_RECORD: _records(repository, head, [(names[i], record) for i, record in tree.records.items()]),
    }


def _snapshot(repository: str, head: str, tree: Tree, names: list[str]) -> pa.Table:
    verdicts = tree.verdicts
    count = len(tree)
    return pa.Table.from_arrays(
        [
            constant_text(repository, count),
            constant_text(head, count),
            text_array(names),
            text_array([blob.decode() for blob in tree.blobs]),
            text_array([verdict.kind for verdict in verdicts]),
            _numbers(tree.sizes, pa.int64()),
            _numbers([verdict.lines for verdict in verdicts], pa.int32()),
            _texts([verdict.excluded for verdict in verdicts]),
            _texts([verdict.rule for verdict in verdicts]),
        ],
        schema=tables.FILE_SNAPSHOT.schema,
    )


def _references(repository: str, head: str, rows: list[tuple[str, Reference]]) -> pa.Table:
    return pa.Table.from_arrays(
        [
            constant_text(repository, len(rows)),
            constant_text(head, len(rows)),
            text_array([path for path, _ in rows]),
            columns.integers(np.array([reference.line for _, reference in rows], np.int32), pa.int32()),
            text_array([reference.target for _, reference in rows]),
            _texts([reference.resolved_path for _, reference in rows]),
            columns.booleans(np.array([reference.exists for _, reference in rows], bool)),
        ],
        schema=tables.DOCUMENT_REFERENCE.schema,
    )


def _records(repository: str, head: str, rows: list[tuple[str, DecisionRecord]]) -> pa.Table:
    deciders = [record.deciders for _, record in rows]
    starts = np.concatenate(([0], np.cumsum([len(names) for names in deciders]))).astype(np.int32)
    decided = [(record.decided_on - _EPOCH).days if record.decided_on else None for _, record in rows]
    return pa.Table.from_arrays(
        [
            constant_text(repository, len(rows)),
            constant_text(head, len(rows)),
            text_array([path for path, _ in rows]),
            text_array([record.format for _, record in rows]),
            text_array([record.title for _, record in rows]),
            _texts([record.status for _, record in rows]),
            columns.days(decided),
            columns.lists(text_array([name for names in deciders for name in names]), starts),
        ],
        schema=tables.DECISION_RECORD.schema,
    )


def _numbers(values: Sequence[int | None], kind: pa.DataType) -> pa.Array:
    known = np.array([value is not None for value in values], bool)
    return columns.integers(np.array([value or 0 for value in values], np.int64), kind, known)


def _texts(values: Sequence[str | None]) -> pa.Array:
    known = np.array([value is not None for value in values], bool)
    return columns.pick(text_array([value or "" for value in values]), np.arange(len(values)), known)
