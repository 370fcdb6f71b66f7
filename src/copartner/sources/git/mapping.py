"""From the history reader's columns to typed evidence rows.

Whole columns are mapped at once. Left out are the changes of merge commits (their authors wrote none of them) and of
the commits at which a shallow clone is cut (git shows the whole tree as added there; nobody added it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from copartner.evidence import tables
from copartner.evidence.tables import Table
from copartner.sources.git import columns
from copartner.sources.git.columns import constant_text, pick
from copartner.sources.git.contacts import map_contacts
from copartner.sources.git.history import (
    ADDED,
    COPIED,
    DELETED,
    GITLINK,
    MODIFIED,
    RENAMED,
    SYMLINK,
    TYPE_CHANGED,
    History,
)
from copartner.sources.git.lineage import head_paths
from copartner.sources.git.references import Tag
from copartner.sources.git.repository import GitRepository, path_text
from copartner.sources.git.transcript import Churn

Pair = tuple[bytes, bytes]
Rows = dict[Table, pa.Table]

_STATUS: Final = (ADDED, MODIFIED, DELETED, RENAMED, COPIED, TYPE_CHANGED)
_CONTENT: Final = ("text", "binary", "missing", "too_large", "submodule", "symlink")
_TEXT, _MISSING, _SUBMODULE, _SYMLINK = 0, 2, 4, 5
# The states of a compared pair (hunks.HunkState) in terms of _CONTENT; what was not compared cannot be seen.
_OF_STATE: Final = np.array([0, 1, 2, 3, 2], np.int8)


class ChangeRows:
    """The changes of a history that become evidence, and the pairs of file versions to compare for their line counts.

    `row` are positions in the history's change columns, in the order of commits; `pairs` are ordered by path and time,
    as the hunk store wants them, and `compared` names the row in `row` of each.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        cut = np.isin(history.commit, np.array(history.cut, history.commit.dtype))
        kept = ~(history.is_merge | cut)[history.change_commit]
        self.row: NDArray[np.int64] = np.flatnonzero(kept)
        old_mode, new_mode = history.old_mode[self.row], history.new_mode[self.row]
        self.submodule = (old_mode == GITLINK) | (new_mode == GITLINK)
        self.symlink = ~self.submodule & ((old_mode == SYMLINK) | (new_mode == SYMLINK))
        plain = np.flatnonzero(~(self.submodule | self.symlink))
        order = np.lexsort((-self.row[plain], history.path[self.row[plain]]))
        self.compared: NDArray[np.int64] = plain[order]

        rows = self.row[self.compared]
        self.unchanged: NDArray[np.bool_] = history.old_blob[rows] == history.new_blob[rows]
        """Whether each compared row is a pure rename or mode change."""

    @property
    def pairs(self) -> list[Pair]:
        """(old blob, new blob) of each compared row, as hexadecimal names; an unchanged file is compared with none.

        Its lines do not count, but what it holds (text, binary, nothing that could be seen) is known only so.
        """
        names = self.history.blob_names
        rows = self.row[self.compared]
        old = np.where(self.unchanged, 0, self.history.old_blob[rows]).tolist()
        return [(names[a], names[b]) for a, b in zip(old, self.history.new_blob[rows].tolist(), strict=True)]


AUTHOR = ["author_name_raw", "author_email_raw"]
"""Columns of ``commit`` that name a contact as recorded."""

CO_AUTHOR = ["name_raw", "email_raw"]
"""Columns of ``co_author`` that name a contact as recorded."""


def map_history(
    repository: str, changes: ChangeRows, churn: Churn, cut_parents: Mapping[bytes, Sequence[bytes]] | None = None
) -> Rows:
    """Return the rows of ``commit``, ``co_author`` and ``file_change`` for a history whose pairs have `churn`.

    `cut_parents` gives the parents that a shallow clone hides, by commit.
    """
    history = changes.history
    texts = columns.valid_text(history.texts)
    names = columns.hexadecimal(history.commit)
    return {
        tables.COMMIT: _commits(repository, history, texts, names, cut_parents or {}),
        tables.CO_AUTHOR: _co_authors(repository, history, texts, names),
        tables.FILE_CHANGE: _file_changes(repository, changes, churn, names),
    }


def _commits(
    repository: str, history: History, texts: pa.Array, names: pa.Array, cut_parents: Mapping[bytes, Sequence[bytes]]
) -> pa.Table:
    starts, parents = history.parent_start, history.parent_name
    if cut_parents:
        listed = [parents[a:b].tolist() for a, b in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)]
        told = [list(cut_parents.get(name, own)) for name, own in zip(history.commit.tolist(), listed, strict=True)]
        parents = np.array([name for own in told for name in own], history.commit.dtype)
        starts = np.concatenate(([0], np.cumsum([len(own) for own in told]))).astype(np.int32)
    return _table(
        tables.COMMIT,
        constant_text(repository, len(history)),
        names,
        columns.lists(columns.hexadecimal(parents), starts),
        columns.booleans(np.diff(starts) > 1),
        *(
            pick(texts, column)
            for column in (
                history.author_name_raw,
                history.author_email_raw,
                history.author_name,
                history.author_email,
            )
        ),
        columns.times(history.author_time),
        columns.integers(np.clip(history.author_offset, -32768, 32767), pa.int16()),
        columns.times(history.commit_time),
        pick(texts, history.subject),
    )


def _co_authors(repository: str, history: History, texts: pa.Array, names: pa.Array) -> pa.Table:
    rows = history.co_authors
    order = np.argsort(rows.commit, kind="stable")
    commit = rows.commit[order]
    ordinal = np.arange(len(commit)) - np.searchsorted(commit, commit, side="left")
    return _table(
        tables.CO_AUTHOR,
        constant_text(repository, len(commit)),
        pick(names, commit),
        columns.integers(ordinal, pa.int16()),
        *(pick(texts, column[order]) for column in (rows.name_raw, rows.email_raw, rows.name, rows.email)),
    )


def _file_changes(repository: str, changes: ChangeRows, churn: Churn, names: pa.Array) -> pa.Table:
    history, row = changes.history, changes.row
    added, deleted, state = churn
    content = np.full(len(row), _TEXT, np.int8)
    content[changes.submodule] = _SUBMODULE
    content[changes.symlink] = _SYMLINK
    content[changes.compared] = _OF_STATE[state]
    counts = np.zeros((2, len(row)), np.int32)
    counts[0][changes.compared] = np.where(changes.unchanged, 0, added)
    counts[1][changes.compared] = np.where(changes.unchanged, 0, deleted)
    known = content == _TEXT
    status = history.status[row]
    moved = (status == RENAMED) | (status == COPIED)
    letters = np.zeros(256, np.int32)
    letters[list(_STATUS)] = np.arange(len(_STATUS))
    paths = columns.text_array([path_text(path) for path in history.paths])
    blobs = columns.hexadecimal(_names_of(history))
    return _table(
        tables.FILE_CHANGE,
        constant_text(repository, len(row)),
        pick(names, history.change_commit[row]),
        pick(paths, history.path[row]),
        pick(paths, history.old_path[row], moved),
        pick(columns.text_array([chr(letter) for letter in _STATUS]), letters[status]),
        columns.integers(history.similarity[row].astype(np.int16), pa.int16(), moved),
        pick(blobs, history.old_blob[row], history.old_blob[row] != 0),
        pick(blobs, history.new_blob[row], history.new_blob[row] != 0),
        columns.integers(counts[0], pa.int32(), known),
        columns.integers(counts[1], pa.int32(), known),
        pick(columns.text_array(_CONTENT), content),
    )


def _names_of(history: History) -> NDArray[np.bytes_]:
    width = 2 * history.hash_length
    return np.frombuffer(history.blobs.hex().encode(), f"S{width}")


def map_tags(repository: str, found: Sequence[Tag]) -> pa.Table:
    """Return the rows of ``tag``."""
    times = [tag.tagged_at for tag in found]
    return _table(
        tables.TAG,
        constant_text(repository, len(found)),
        columns.text_array([path_text(tag.name) for tag in found]),
        columns.text_array([tag.commit for tag in found]),
        columns.times(
            np.array([time or 0 for time in times], np.int64), np.array([t is not None for t in times], bool)
        ),
        columns.booleans(np.array([tag.annotated for tag in found], bool)),
    )


def map_mailmap(repository: str, head: str, git: GitRepository, contacts: Sequence[tuple[str, str]]) -> pa.Table:
    """Return the rows of ``mailmap_contact``: of the raw contacts those that the mailmap of `head` changes."""
    raw = [(name.encode(), email.encode()) for name, email in contacts]
    mapped = map_contacts(git, head, raw) if git.run("ls-tree", "-z", head, "--", ".mailmap") else raw
    changed = [
        (*contact, name.decode("utf-8", "replace"), email.decode("utf-8", "replace"))
        for contact, given, (name, email) in zip(contacts, raw, mapped, strict=True)
        if given != (name, email)
    ]
    return _table(
        tables.MAILMAP_CONTACT,
        constant_text(repository, len(changed)),
        constant_text(head, len(changed)),
        *(columns.text_array([row[at] for row in changed]) for at in range(4)),
    )


def map_lineage(repository: str, head: str, order: pa.Array, changes: pa.Table, alive: pa.Array) -> pa.Table:
    """Return the rows of ``file_lineage`` at `head`.

    `order` names the commits the head reaches, newest first; `changes` are ``file_change`` rows (commit, path,
    old_path, status; those of other commits are left out); `alive` the paths of the head. A row is kept where the path
    at the head is another one and either of the two lives there: nothing else can be asked about.
    """
    position = pc.index_in(changes["commit"], value_set=order)
    reached = pc.is_valid(position)
    changes, position = changes.filter(reached), position.filter(reached)
    renamed = pc.equal(changes["status"], columns.text("R"))
    sources = changes["old_path"].filter(renamed)
    everything = pa.chunked_array([*changes["path"].chunks, *sources.chunks, alive], pa.string()).combine_chunks()
    coded = everything.dictionary_encode()
    numbers = columns.numbers(coded.indices, np.int32)
    rows, renames = changes.num_rows, len(sources)
    path = numbers[:rows]
    old = np.full(rows, -1, np.int32)
    old[columns.flags(renamed)] = numbers[rows : rows + renames]
    living = np.zeros(len(coded.dictionary), bool)
    living[numbers[rows + renames :]] = True
    deleted = columns.flags(pc.equal(changes["status"], columns.text("D")))
    led = head_paths(columns.numbers(position, np.int32), path, old, deleted, living)
    kept = np.flatnonzero((led != path) & (living[led] | living[path]))
    return _table(
        tables.FILE_LINEAGE,
        constant_text(repository, len(kept)),
        constant_text(head, len(kept)),
        pick(changes["commit"].combine_chunks(), kept),
        pick(coded.dictionary, path[kept]),
        pick(coded.dictionary, led[kept]),
    )


def map_head(
    repository: str, head: str, *, commits: int, missing_objects: int, history_cut: bool, notes: Sequence[str]
) -> pa.Table:
    """Return the one row of ``repository_head``."""
    return _table(
        tables.REPOSITORY_HEAD,
        constant_text(repository, 1),
        constant_text(head, 1),
        columns.integers(np.array([commits]), pa.int32()),
        columns.integers(np.array([missing_objects]), pa.int32()),
        columns.booleans(np.array([history_cut])),
        columns.lists(columns.text_array(notes), np.array([0, len(notes)], np.int32)),
    )


def _table(table: Table, *arrays: pa.Array) -> pa.Table:
    return pa.Table.from_arrays(list(arrays), schema=table.schema)
