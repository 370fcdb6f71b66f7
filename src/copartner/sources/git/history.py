"""The history of a repository as columns: who changed which file when, in one streamed pass of ``git log``.

Everything else about a repository (churn, authorship, line ownership, collaboration) is computed from these columns and
from the hunk store, so git walks the history once. Text and file names stay bytes, interned; object ids stay binary.
Commits run newest first in topological order: a commit always precedes its parents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copartner.sources.git.contacts import mailmap_of, map_contacts, parse_contact
from copartner.sources.git.inexact_renames import refine_renames
from copartner.sources.git.repository import GitRepository, batched_hex

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

ADDED: Final = ord("A")
DELETED: Final = ord("D")
MODIFIED: Final = ord("M")
RENAMED: Final = ord("R")
COPIED: Final = ord("C")
TYPE_CHANGED: Final = ord("T")
OUTSIDE: Final = -1
GITLINK: Final = 0o160000
SYMLINK: Final = 0o120000

# Git stops pairing renames above this many candidates on both sides; fixed so that no configuration changes it.
RENAME_LIMIT: Final = "-l1000"
_READ_SIZE: Final = 4 << 20
_OCTAL: Final = 8 ** np.arange(5, -1, -1, dtype=np.int32)
_FIELDS: Final = ("%H", "%P", "%an", "%ae", "%aN", "%aE", "%ad", "%ct", "%ce", "%s", "%b")
_FORMAT: Final = "--format=" + "%x00".join(_FIELDS)
_CO_AUTHOR: Final = re.compile(rb"^[ \t>*-]*co-?authored-?by[ \t]*:[ \t]*(.+?)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CoAuthors:
    """``Co-authored-by`` trailers, one row each; text columns index `History.texts`.

    `commit` indexes the commit columns. `name_raw`/`email_raw` are as written (an address alone has an empty name),
    `name`/`email` after the mailmap.
    """

    commit: Int32
    name_raw: Int32
    email_raw: Int32
    name: Int32
    email: Int32


@dataclass(frozen=True)
class History:
    """Columns of one history, read at a pinned head.

    Commit level, length n: `commit` (hexadecimal names, dtype S40 or S64), `author_name_raw`/`author_email_raw` as
    recorded, `author_name`/`author_email` after the mailmap of the head, `committer_email_raw`, `subject` (all int32
    into `texts`), `author_time`/`commit_time` (seconds since 1970, UTC), `author_offset` (minutes east of UTC).
    Parents of commit i are ``parent[parent_start[i]:parent_start[i + 1]]``: indexes of commits, or `OUTSIDE` for a
    parent that was excluded or cut away (its name stands in `parent_name`).

    Change level: those of commit i against its first parent are rows ``change_start[i]:change_start[i + 1]``:
    `status` (one of the letters A M D R C T as a byte), `similarity` (0-100), `old_mode`/`new_mode` (0 where absent),
    `path`, `old_path` (into `paths`), `old_blob`, `new_blob` (into `blobs`, 0 = none). A root commit's files are added.

    Merge level: paths a merge changed against all of its parents, rows ``combined_start[k]:combined_start[k + 1]``
    for the merge ``combined_commit[k]``: `combined_path`, `combined_blob`, `combined_mode`, and per parent
    `combined_old_blob`/`combined_old_mode` (ragged: `combined_old_start`).

    `missing`: names of blobs this clone lacks and that were needed; `notes`: what the reader could not see, in words;
    `cut`: names of the commits whose parents a shallow clone hides.
    """

    object_format: str
    head: bytes
    commit: NDArray[np.bytes_]
    parent_start: Int32
    parent: Int32
    parent_name: NDArray[np.bytes_]
    author_name_raw: Int32
    author_email_raw: Int32
    author_name: Int32
    author_email: Int32
    author_time: Int64
    author_offset: Int32
    commit_time: Int64
    committer_email_raw: Int32
    subject: Int32
    change_start: Int32
    status: NDArray[np.uint8]
    similarity: NDArray[np.uint8]
    old_mode: Int32
    new_mode: Int32
    path: Int32
    old_path: Int32
    old_blob: Int32
    new_blob: Int32
    combined_commit: Int32
    combined_start: Int32
    combined_path: Int32
    combined_blob: Int32
    combined_mode: Int32
    combined_old_start: Int32
    combined_old_blob: Int32
    combined_old_mode: Int32
    co_authors: CoAuthors
    texts: tuple[bytes, ...]
    paths: tuple[bytes, ...]
    blobs: bytes
    missing: tuple[bytes, ...] = ()
    notes: tuple[str, ...] = ()
    cut: tuple[bytes, ...] = ()

    def __len__(self) -> int:
        """Return the number of commits."""
        return len(self.commit)

    @property
    def hash_length(self) -> int:
        """Bytes of one object id: 20, or 32 in a SHA-256 repository."""
        return 32 if self.object_format == "sha256" else 20

    @cached_property
    def is_merge(self) -> NDArray[np.bool_]:
        """Whether each commit has more than one parent."""
        return np.diff(self.parent_start) > 1

    @cached_property
    def change_commit(self) -> Int32:
        """The commit index of every change row."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.change_start))

    @cached_property
    def commit_index(self) -> dict[bytes, int]:
        """From a commit's hexadecimal name to its index."""
        return {name: i for i, name in enumerate(self.commit.tolist())}

    @cached_property
    def path_index(self) -> dict[bytes, int]:
        """From a path to its number."""
        return {path: i for i, path in enumerate(self.paths)}

    @cached_property
    def blob_index(self) -> dict[bytes, int]:
        """From a blob's hexadecimal name to its number."""
        return {name: i for i, name in enumerate(self.blob_names)}

    @cached_property
    def blob_names(self) -> list[bytes]:
        """Hexadecimal names of `blobs`; number 0 is the null name."""
        return batched_hex(self.blobs, self.hash_length)


@dataclass
class HistoryTables:
    """Interning tables and growing columns of one reading.

    `commits`: the text fields of each commit; `counts`: its number of changes; `changes`: blocks of change rows with
    the columns status, similarity, old mode, new mode, path, old path, old blob, new blob.
    """

    zero: bytes
    text: dict[bytes, int] = field(default_factory=dict)
    paths: dict[bytes, int] = field(default_factory=dict)
    blobs: dict[bytes, int] = field(default_factory=dict)
    commits: list[tuple[bytes, ...]] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    changes: list[Int32] = field(default_factory=list)
    co_authors: list[tuple[int, bytes, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blobs[self.zero] = 0

    def intern_text(self, text: bytes) -> int:
        return self.text.setdefault(text, len(self.text))

    def intern_path(self, path: bytes) -> int:
        return self.paths.setdefault(path, len(self.paths))

    def intern_blob(self, name: bytes) -> int:
        return self.blobs.setdefault(name, len(self.blobs))

    @property
    def plain_length(self) -> int:
        """Length of a raw entry without a similarity: ``:100644 100644 <name> <name> M``."""
        return 18 + 2 * len(self.zero)

    def rows(self, raws: list[bytes], paths: list[bytes], old_paths: dict[int, bytes]) -> Int32:
        """Turn raw entries into change rows, with array arithmetic for the fixed-width part.

        `old_paths` holds, by position, the source path of renames; elsewhere it is the path itself.
        """
        plain, width = self.plain_length, len(self.zero)
        result = np.zeros((len(raws), 8), np.int32)
        if not raws:
            return result
        text = np.frombuffer(b"".join([raw[:plain] for raw in raws]), np.uint8).reshape(-1, plain)
        result[:, 0] = text[:, -1]
        result[:, 2] = (text[:, 1:7] - 48) @ _OCTAL
        result[:, 3] = (text[:, 8:14] - 48) @ _OCTAL
        number = self.paths
        result[:, 4] = result[:, 5] = [number.setdefault(path, len(number)) for path in paths]
        for row, old_path in old_paths.items():
            result[row, 1] = int(raws[row][plain:])
            result[row, 5] = number.setdefault(old_path, len(number))
        number = self.blobs
        first, second = slice(15, 15 + width), slice(16 + width, 16 + 2 * width)
        result[:, 6] = [number.setdefault(raw[first], len(number)) for raw in raws]
        result[:, 7] = [number.setdefault(raw[second], len(number)) for raw in raws]
        return result


def read_history(
    repository: GitRepository,
    head: str,
    *,
    exclude: Sequence[str] = (),
    parallel: bool = True,
    merges: bool = True,
) -> History:
    """Read every commit reachable from `head` and from none of `exclude`.

    `head` is resolved once and the mailmap of that very commit is used, whatever happens to the repository meanwhile.
    Renames are found at git's default similarity (50 %). Where the clone lacks a blob that rename detection needs,
    that file takes no part in it, and `History.missing` and `History.notes` say so. `parallel` allows two git processes
    at a time. Without `merges` the merge level stays empty: line ownership needs it, and it is a third of git's work.

    Raises `GitError` when `head` cannot be resolved or a commit or tree object is missing.
    """
    pinned = repository.resolve(head)
    cuts = ["^" + repository.resolve(revision) for revision in exclude]
    tables = HistoryTables(repository.zero)
    with ThreadPoolExecutor(1, "copartner-merges") as pool:
        # The second walk may run beside the first; both read the same commits at the same time.
        ahead = pool.submit(_run_merges, repository, pinned, cuts) if merges and parallel else None
        _read_changes(repository, tables, pinned, cuts)
        missing, notes = refine_renames(repository, tables)
        behind = _run_merges(repository, pinned, cuts) if merges and not parallel else b""
        combined = _parse_merges(tables, ahead.result() if ahead is not None else behind)
    cut: tuple[bytes, ...] = ()
    if repository.completeness.shallow:
        cut = tuple(sorted((repository.common_dir / "shallow").read_bytes().split()))
        notes.append(f"history cut at {len(cut)} commits of a shallow clone: older authorship cannot be seen")
    if repository.completeness.grafts:
        notes.append("the repository overrides parents by grafts: history is read as grafted")
    return _assemble(repository, tables, pinned, combined, missing, tuple(notes), cut)


def _log(pinned: str, cuts: Sequence[str], *arguments: str) -> tuple[str, ...]:
    return ("log", "--topo-order", "--raw", "-z", "--no-abbrev", "--no-color", *arguments, pinned, *cuts, "--")


def _read_changes(repository: GitRepository, tables: HistoryTables, pinned: str, cuts: Sequence[str]) -> None:
    """Fill `tables` from the main pass, with exact renames only: those need no file content.

    Every field is NUL-terminated, so no commit message can break the parsing.
    """
    arguments = _log(pinned, cuts, "-M100%", RENAME_LIMIT, "--diff-merges=first-parent", "--date=raw", _FORMAT)
    with repository.stream(*mailmap_of(pinned), *arguments) as pipe:
        rest: list[bytes] = []
        while True:
            block = pipe.read(_READ_SIZE)
            tokens = block.split(b"\0")
            if rest:
                rest[-1] += tokens[0]
                rest.extend(tokens[1:])
                tokens = rest
            if not block:
                _take_commits(tables, tokens[:-1] if tokens and not tokens[-1] else tokens, final=True)
                return
            done = _take_commits(tables, tokens, final=False)
            rest = tokens[done:]


def _take_commits(tables: HistoryTables, tokens: list[bytes], *, final: bool) -> int:
    """Parse whole commits from `tokens`; return how many tokens were used (the last commit may still be growing)."""
    width = len(_FIELDS)
    plain = tables.plain_length
    total = len(tokens)
    raws: list[bytes] = []
    paths: list[bytes] = []
    old_paths: dict[int, bytes] = {}
    position = used = 0
    while position + width <= total:
        header = position
        position += width
        before = len(raws)
        if position < total and tokens[position][:2] == b"\n:":
            tokens[position] = tokens[position][1:]
        whole = final
        # A raw entry, its path and something after it must be in view; else the block ends inside this commit.
        while position < total:
            token = tokens[position]
            if token[:1] != b":":
                whole = whole or position < total - 1
                break
            renamed = len(token) > plain
            if position + 2 + renamed >= total and not final:
                break
            if renamed:
                position += 1
                old_paths[len(raws)] = tokens[position]
            raws.append(token)
            paths.append(tokens[position + 1])
            position += 2
        if not whole:
            del raws[before:], paths[before:]
            for row in [row for row in old_paths if row >= before]:
                del old_paths[row]
            break
        fields = tokens[header : header + width]
        body = fields.pop()
        if b"uthored" in body or b"UTHORED" in body:
            _take_co_authors(tables, len(tables.commits), body)
        tables.commits.append(tuple(fields))
        tables.counts.append(len(raws) - before)
        used = position
    tables.changes.append(tables.rows(raws, paths, old_paths))
    return used


def _take_co_authors(tables: HistoryTables, commit: int, body: bytes) -> None:
    for match in _CO_AUTHOR.finditer(body):
        contact = parse_contact(match.group(1))
        if contact is not None:
            tables.co_authors.append((commit, *contact))


@dataclass(frozen=True, slots=True)
class _Combined:
    commit: list[int]
    counts: list[int]
    rows: list[tuple[int, int, int]]
    old_counts: list[int]
    old_blob: list[int]
    old_mode: list[int]


def _run_merges(repository: GitRepository, pinned: str, cuts: Sequence[str]) -> bytes:
    """Ask what each merge changed against all of its parents.

    Never with rename detection: it would be repeated for every parent of every merge and costs thirty times more.
    """
    return repository.run(*_log(pinned, cuts, "--merges", "-c", "--no-renames", "--format=%H"))


def _parse_merges(tables: HistoryTables, output: bytes) -> _Combined:
    result = _Combined([], [], [], [], [], [])
    index = {fields[0]: i for i, fields in enumerate(tables.commits)}
    tokens = output.split(b"\0")
    if not tokens[-1]:
        tokens.pop()
    position, total = 0, len(tokens)
    merge = b""
    while position < total:
        token = tokens[position].lstrip(b"\n")
        if token[:1] != b":":
            position += 1
            merge = token or merge
            continue
        if not result.commit or result.commit[-1] != index[merge]:
            result.commit.append(index[merge])
            result.counts.append(0)
        text = token.lstrip(b":")
        parents = len(token) - len(text)
        words = text.split(b" ")
        path = tables.intern_path(tokens[position + 1])
        result.rows.append((path, tables.intern_blob(words[2 * parents + 1]), int(words[parents], 8)))
        result.old_counts.append(parents)
        result.old_blob.extend(tables.intern_blob(name) for name in words[parents + 1 : 2 * parents + 1])
        result.old_mode.extend(int(mode, 8) for mode in words[:parents])
        result.counts[-1] += 1
        position += 2
    return result


def _offsets(counts: Iterable[int]) -> Int32:
    sizes = np.fromiter(counts, np.int32)
    return np.concatenate((np.zeros(1, np.int32), np.cumsum(sizes, dtype=np.int32)))


def _assemble(
    repository: GitRepository,
    tables: HistoryTables,
    pinned: str,
    combined: _Combined,
    missing: tuple[bytes, ...],
    notes: tuple[str, ...],
    cut: tuple[bytes, ...],
) -> History:
    width = 2 * repository.hash_length
    index = {fields[0]: i for i, fields in enumerate(tables.commits)}
    parents = [fields[1].split() for fields in tables.commits]
    flat = [name for names in parents for name in names]
    columns: list[list[bytes]] = [list(column) for column in zip(*tables.commits, strict=True)] or [[] for _ in _FIELDS]

    def texts_of(column: list[bytes]) -> Int32:
        known = tables.text
        return np.fromiter((known.setdefault(t, len(known)) for t in column), np.int32, len(column))

    when = [stamp.split(b" ") for stamp in columns[6]]
    offsets = [_minutes(words[1] if len(words) > 1 else b"+0000") for words in when]
    name_raw, email_raw, name, email = (texts_of(columns[i]) for i in (2, 3, 4, 5))
    committer, subject = texts_of(columns[8]), texts_of(columns[9])
    co_authors = _co_author_columns(repository, tables, pinned)
    change = np.concatenate([np.zeros((0, 8), np.int32), *tables.changes]).T.copy()
    rows = np.array(combined.rows, np.int32).reshape(-1, 3).T.copy()
    return History(
        object_format=repository.object_format,
        head=pinned.encode(),
        commit=np.array(columns[0], f"S{width}"),
        parent_start=_offsets(map(len, parents)),
        parent=np.fromiter((index.get(p, OUTSIDE) for p in flat), np.int32, len(flat)),
        parent_name=np.array(flat, f"S{width}"),
        author_name_raw=name_raw,
        author_email_raw=email_raw,
        author_name=name,
        author_email=email,
        author_time=np.array([int(words[0] or b"0") for words in when], np.int64),
        author_offset=np.array(offsets, np.int32),
        commit_time=np.array([int(stamp or b"0") for stamp in columns[7]], np.int64),
        committer_email_raw=committer,
        subject=subject,
        change_start=_offsets(tables.counts),
        status=change[0].astype(np.uint8),
        similarity=change[1].astype(np.uint8),
        old_mode=change[2],
        new_mode=change[3],
        path=change[4],
        old_path=change[5],
        old_blob=change[6],
        new_blob=change[7],
        combined_commit=np.array(combined.commit, np.int32),
        combined_start=_offsets(combined.counts),
        combined_path=rows[0],
        combined_blob=rows[1],
        combined_mode=rows[2],
        combined_old_start=_offsets(combined.old_counts),
        combined_old_blob=np.array(combined.old_blob, np.int32),
        combined_old_mode=np.array(combined.old_mode, np.int32),
        co_authors=co_authors,
        texts=tuple(tables.text),
        paths=tuple(tables.paths),
        blobs=bytes.fromhex(b"".join(tables.blobs).decode()),
        missing=missing,
        notes=notes,
        cut=cut,
    )


def _minutes(zone: bytes) -> int:
    """Minutes east of UTC of ``+hhmm``; broken zones of old imports count as UTC."""
    digits = zone[1:]
    if not digits.isdigit() or len(digits) > 6:
        return 0
    value = int(digits)
    minutes = value // 100 * 60 + value % 100
    return -minutes if zone[:1] == b"-" else minutes


def _co_author_columns(repository: GitRepository, tables: HistoryTables, pinned: str) -> CoAuthors:
    contacts = sorted({(name, email) for _, name, email in tables.co_authors})
    mapped = dict(zip(contacts, map_contacts(repository, pinned, contacts), strict=True))
    rows = [
        (commit, *(tables.intern_text(t) for t in (name, email, *mapped[name, email])))
        for commit, name, email in tables.co_authors
    ]
    columns = np.array(rows, np.int32).reshape(-1, 5).T.copy()
    return CoAuthors(*columns)
