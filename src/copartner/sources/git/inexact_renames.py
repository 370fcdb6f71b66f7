"""Renames with changed content: the part of rename detection that must read files.

``git log -M`` dies at the first blob the clone lacks. So history is read with exact renames, which need no content, and
the inexact question is asked afterwards for the commits that left something to pair, in one ``git diff-tree`` process.
Commits that touch a missing blob are asked one by one with its paths left out.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Final

import numpy as np

from copartner.sources.git.repository import GitRepository

if TYPE_CHECKING:
    from copartner.sources.git.history import HistoryTables, Int32

_ADDED, _DELETED = (ord(letter) for letter in "AD")
_STATUS, _OLD_MODE, _NEW_MODE, _PATH, _OLD_BLOB, _NEW_BLOB = 0, 2, 3, 4, 6, 7
_GITLINK: Final = 0o160000
_ARGUMENTS: Final = ("-r", "-z", "-M", "-l1000", "--raw", "--no-abbrev", "--no-color")
# Above this number of commits that touch a missing blob, a process for each would cost more than it tells.
_SINGLE_QUESTIONS: Final = 64


def refine_renames(repository: GitRepository, tables: HistoryTables) -> tuple[tuple[bytes, ...], list[str]]:
    """Replace, in `tables`, the changes of commits in which files with changed content may have been renamed.

    Returns the names of missing blobs that were noticed and notes about them; both are empty for a complete clone.
    """
    changes = np.concatenate([np.zeros((0, 8), np.int32), *tables.changes])
    counts = np.array(tables.counts, np.int64)
    owner = np.repeat(np.arange(len(counts)), counts)
    has = np.zeros((2, len(counts)), np.bool_)
    for row, letter in enumerate((_ADDED, _DELETED)):
        has[row, owner[changes[:, _STATUS] == letter]] = True
    candidates = [i for i in np.flatnonzero(has.all(axis=0)).tolist() if tables.commits[i][1]]
    ends = np.cumsum(counts)
    rows_of = {commit: changes[ends[commit] - counts[commit] : ends[commit]] for commit in candidates}
    missing = _missing_blobs(repository, tables, rows_of)
    answers, notes = _ask_around(repository, tables, rows_of, missing)
    starts = np.cumsum(counts) - counts
    blocks = []
    taken = 0
    for commit in sorted(answers):
        blocks.append(changes[taken : starts[commit]])
        blocks.append(answers[commit])
        taken = int(starts[commit] + counts[commit])
        tables.counts[commit] = len(answers[commit])
    tables.changes[:] = [*blocks, changes[taken:]]
    return tuple(sorted(missing)), notes


def _missing_blobs(repository: GitRepository, tables: HistoryTables, rows_of: dict[int, Int32]) -> set[bytes]:
    """Of the files that may have been renamed, return the blobs this clone lacks."""
    if not rows_of:
        return set()
    rows = np.concatenate(list(rows_of.values()))
    gone = rows[(rows[:, _STATUS] == _DELETED) & (rows[:, _OLD_MODE] != _GITLINK), _OLD_BLOB]
    came = rows[(rows[:, _STATUS] == _ADDED) & (rows[:, _NEW_MODE] != _GITLINK), _NEW_BLOB]
    names = list(tables.blobs)
    return repository.missing_objects(names[i] for i in np.union1d(gone, came).tolist())


def _ask_around(
    repository: GitRepository, tables: HistoryTables, rows_of: dict[int, Int32], missing: set[bytes]
) -> tuple[dict[int, Int32], list[str]]:
    """Ask about the commits that can be answered, and about the others without the paths of missing blobs."""
    if not missing:
        return _ask_together(repository, tables, list(rows_of)), []
    absent = {tables.blobs[name] for name in missing}
    sound: list[int] = []
    holed: list[int] = []
    for commit, rows in rows_of.items():
        blobs = [*rows[rows[:, _STATUS] == _DELETED, _OLD_BLOB], *rows[rows[:, _STATUS] == _ADDED, _NEW_BLOB]]
        (holed if absent.intersection(blobs) else sound).append(commit)
    answers = _ask_together(repository, tables, sound)
    notes = [f"{len(missing)} blobs are missing from this clone: their lines and churn cannot be seen"]
    if len(holed) <= _SINGLE_QUESTIONS:
        for commit in holed:
            answers[commit] = _ask_without(repository, tables, commit, rows_of[commit], absent)
    scope = "the files of missing blobs" if len(holed) <= _SINGLE_QUESTIONS else "files with changed content"
    notes.append(f"in {len(holed)} commits {scope} took no part in rename detection")
    return answers, notes


def _ask_together(repository: GitRepository, tables: HistoryTables, commits: list[int]) -> dict[int, Int32]:
    """Ask for the renames of many commits against their first parents in one process."""
    if not commits:
        return {}
    by_name = {tables.commits[i][0]: i for i in commits}
    with tempfile.TemporaryFile() as questions:
        for commit in commits:
            name, parents = tables.commits[commit][:2]
            questions.write(name + b" " + parents.split()[0] + b"\n")
        questions.seek(0)
        with repository.stream("diff-tree", "--stdin", *_ARGUMENTS, stdin=questions) as pipe:
            tokens = pipe.read().split(b"\0")
    answers: dict[int, Int32] = {}
    position = 0
    while position < len(tokens):
        name = tokens[position].strip()
        position += 1
        if name:
            answers[by_name[name]], position = _parse(tables, tokens, position)
    return answers


def _ask_without(repository: GitRepository, tables: HistoryTables, commit: int, rows: Int32, absent: set[int]) -> Int32:
    """Ask for the renames of one commit without the paths whose blob is missing; those keep their own rows."""
    gone = np.isin(rows[:, _OLD_BLOB], list(absent)) & (rows[:, _STATUS] == _DELETED)
    came = np.isin(rows[:, _NEW_BLOB], list(absent)) & (rows[:, _STATUS] == _ADDED)
    left_out = rows[gone | came]
    paths = list(tables.paths)
    excludes = [b":(top,exclude,literal)" + paths[path] for path in left_out[:, _PATH].tolist()]
    name, parents = tables.commits[commit][:2]
    arguments = [*_ARGUMENTS, parents.split()[0].decode(), name.decode(), "--", "."]
    arguments += [exclude.decode("utf-8", "surrogateescape") for exclude in excludes]
    found, _ = _parse(tables, repository.run("diff-tree", *arguments).split(b"\0"), 0)
    return np.concatenate((left_out, found))


def _parse(tables: HistoryTables, tokens: list[bytes], position: int) -> tuple[Int32, int]:
    """Parse consecutive raw entries from `position`; return the change rows and the position after them."""
    raws: list[bytes] = []
    paths: list[bytes] = []
    old_paths: dict[int, bytes] = {}
    while position < len(tokens) and tokens[position][:1] == b":":
        raw = tokens[position]
        if len(raw) > tables.plain_length:
            position += 1
            old_paths[len(raws)] = tokens[position]
        raws.append(raw)
        paths.append(tokens[position + 1])
        position += 2
    return tables.rows(raws, paths, old_paths), position
