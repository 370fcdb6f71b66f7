"""Rename detection where a clone lacks blobs.

``git log -M`` dies at the first blob it cannot read. The history was then read with exact renames, which need no
content; this module asks the inexact question again for every commit that has something left to pair and touches no
missing blob, in one ``git diff-tree`` process, and for the few that do with the missing paths left out.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from copartner.sources.git.repository import GitRepository

if TYPE_CHECKING:
    from copartner.sources.git.history import _Tables

ADDED, DELETED, RENAMED, COPIED = (ord(letter) for letter in "ADRC")
# Above this number of commits with missing candidates, one process each would cost more than it tells.
_SINGLE_QUESTIONS = 64
_Change = tuple[int, ...]


def read_with_missing_blobs(repository: GitRepository, tables: _Tables) -> tuple[tuple[bytes, ...], list[str]]:
    """Refine `tables` (read with exact renames) in place; return the missing blobs' names and notes about them."""
    names = list(tables.blobs)
    gitlinks = {
        change[slot] for change in tables.changes for slot, mode in ((6, 2), (7, 3)) if change[mode] == 0o160000
    }
    wanted = [name for i, name in enumerate(names) if i and i not in gitlinks]
    missing = repository.missing_objects(wanted)
    absent = {tables.blobs[name] for name in missing}
    starts, position = [], 0
    for count in tables.counts:
        starts.append(position)
        position += count
    asked: list[tuple[int, list[_Change]]] = []
    holed: list[tuple[int, list[_Change]]] = []
    for commit, (start, count) in enumerate(zip(starts, tables.counts, strict=True)):
        rows = tables.changes[start : start + count]
        letters = {row[0] for row in rows}
        if ADDED not in letters or DELETED not in letters or not tables.commits[commit][1]:
            continue
        open_blobs = {row[6] if row[0] == DELETED else row[7] for row in rows if row[0] in (ADDED, DELETED)}
        (holed if open_blobs & absent else asked).append((commit, rows))
    answers = _ask_together(repository, tables, [commit for commit, _ in asked])
    exact_only = 0
    for commit, rows in holed:
        if len(holed) > _SINGLE_QUESTIONS:
            exact_only += 1
            continue
        answers[commit] = _ask_without(repository, tables, commit, rows, absent)
    changes: list[_Change] = []
    counts: list[int] = []
    for commit, (start, count) in enumerate(zip(starts, tables.counts, strict=True)):
        rows = answers.get(commit, tables.changes[start : start + count])
        changes.extend(rows)
        counts.append(len(rows))
    tables.changes[:] = changes
    tables.counts[:] = counts
    notes = [f"{len(missing)} blobs are missing from this clone: their lines and churn cannot be seen"]
    if holed:
        notes.append(f"in {len(holed)} commits a missing blob took no part in rename detection")
    if exact_only:
        notes.append(f"in {exact_only} commits only exact renames were detected, because blobs are missing")
    return tuple(sorted(missing)), notes


def _ask_together(repository: GitRepository, tables: _Tables, commits: list[int]) -> dict[int, list[_Change]]:
    """Ask for the renames of many commits against their first parents in one process."""
    answers: dict[int, list[_Change]] = {}
    if not commits:
        return answers
    by_name = {tables.commits[i][0]: i for i in commits}
    with tempfile.TemporaryFile() as questions:
        for commit in commits:
            name, parents = tables.commits[commit][:2]
            questions.write(name + b" " + parents.split()[0] + b"\n")
        questions.seek(0)
        arguments = ("diff-tree", "--stdin", "-r", "-z", "-M", "-l1000", "--raw", "--no-abbrev", "--no-color")
        with repository.stream(*arguments, stdin=questions) as pipe:
            tokens = pipe.read().split(b"\0")
    position = 0
    rows: list[_Change] = []
    while position < len(tokens):
        token = tokens[position]
        if token[:1] == b":":
            row, position = parse_raw(tables, tokens, position)
            rows.append(row)
            continue
        position += 1
        if token:
            rows = answers.setdefault(by_name[token.strip()], [])
    return answers


def _ask_without(
    repository: GitRepository, tables: _Tables, commit: int, rows: list[_Change], absent: set[int]
) -> list[_Change]:
    """Ask for the renames of one commit, leaving out the paths whose blob is missing; those keep their own rows."""
    paths = list(tables.paths)
    left_out = [
        row for row in rows if (row[0] == DELETED and row[6] in absent) or (row[0] == ADDED and row[7] in absent)
    ]
    excludes = [b":(top,exclude,literal)" + paths[row[4]] for row in left_out]
    name, parents = tables.commits[commit][:2]
    arguments = ["diff-tree", "-r", "-z", "-M", "-l1000", "--raw", "--no-abbrev", parents.split()[0].decode()]
    arguments += [name.decode(), "--", "."]
    arguments += [exclude.decode("utf-8", "surrogateescape") for exclude in excludes]
    tokens = repository.run(*arguments).split(b"\0")
    found = list(left_out)
    position = 0
    while position < len(tokens) and tokens[position][:1] == b":":
        row, position = parse_raw(tables, tokens, position)
        found.append(row)
    return found


def parse_raw(tables: _Tables, tokens: list[bytes], position: int) -> tuple[_Change, int]:
    """Parse one raw entry at `position` of NUL-separated `tokens`; return the change row and the next position."""
    old_mode, new_mode, old, new, letter = tokens[position][1:].split(b" ")
    old_path = path = tables.intern_path(tokens[position + 1])
    position += 2
    if letter[0] in (RENAMED, COPIED):
        path = tables.intern_path(tokens[position])
        position += 1
    row = (
        letter[0],
        int(letter[1:] or b"0"),
        int(old_mode, 8),
        int(new_mode, 8),
        path,
        old_path,
        tables.intern_blob(old),
        tables.intern_blob(new),
    )
    return row, position
