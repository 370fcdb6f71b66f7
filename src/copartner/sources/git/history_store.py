"""Keeping a history between scans, and growing it by the commits that are new.

Stored as one file per repository cache, replaced as a whole: a scan killed at any moment leaves the old one.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copartner.sources.git.contacts import map_contacts
from copartner.sources.git.history import CoAuthors, History, read_history
from copartner.sources.git.repository import GitRepository

_FORMAT: Final = 1
_FILE: Final = "history.npz"
_TABLES: Final = ("texts", "paths", "missing", "cut")
_TEXT_COLUMNS: Final = (
    "author_name_raw",
    "author_email_raw",
    "author_name",
    "author_email",
    "committer_email_raw",
    "subject",
)


def load_or_read_history(
    repository: GitRepository, head: str, folder: Path, *, allow_newer: bool = False, parallel: bool = True
) -> History:
    """Return the history of `head`: what `folder` keeps plus the commits since, or a full reading.

    A kept history serves when its head is an ancestor of `head` (or `head` itself). After a rewritten history, and
    where the clone was deepened, everything is read again. The result is stored.
    With `allow_newer` a kept history that holds `head` among its commits is returned as it is.
    """
    pinned = repository.resolve(head).encode()
    kept = _load(folder / _FILE)
    if kept is not None and kept.object_format == repository.object_format and kept.cut == _cut(repository):
        if kept.head == pinned or (allow_newer and pinned in kept.commit_index):
            return kept
        if repository.is_ancestor(kept.head.decode(), pinned.decode()):
            new = read_history(repository, pinned.decode(), exclude=[kept.head.decode()], parallel=parallel)
            grown = extend_history(kept, new)
            if not _same_mailmap(repository, kept.head, pinned):
                grown = apply_mailmap(repository, grown)
            save_history(grown, folder)
            return grown
    history = read_history(repository, pinned.decode(), parallel=parallel)
    save_history(history, folder)
    return history


def extend_history(old: History, new: History) -> History:
    """Return `old` with the commits of `new` before it; `new` was read with the head of `old` excluded."""
    count = len(new)
    texts, text_of = _united(old.texts, new.texts)
    paths, path_of = _united(old.paths, new.paths)
    blobs, blob_of = _united(old.blob_names, new.blob_names)
    index = old.commit_index
    parent = new.parent.copy()
    for position in np.flatnonzero(parent < 0).tolist():
        found = index.get(bytes(new.parent_name[position]))
        parent[position] = -1 if found is None else found + count
    old_parent = np.where(old.parent < 0, old.parent, old.parent + np.int32(count))
    mapped: dict[str, NDArray[np.int32]] = {name: text_of[getattr(new, name)] for name in _TEXT_COLUMNS}
    mapped |= {name: path_of[getattr(new, name)] for name in ("path", "old_path", "combined_path")}
    mapped |= {
        name: blob_of[getattr(new, name)] for name in ("old_blob", "new_blob", "combined_blob", "combined_old_blob")
    }
    columns: dict[str, object] = {}
    for item in fields(History):
        name = item.name
        before, after = getattr(old, name), getattr(new, name)
        if name.endswith("_start"):
            columns[name] = np.concatenate((after[:-1], before + after[-1]))
        elif isinstance(before, np.ndarray):
            columns[name] = np.concatenate((mapped.get(name, after), before))
    columns["parent"] = np.concatenate((parent, old_parent))
    columns["combined_commit"] = np.concatenate((new.combined_commit, old.combined_commit + np.int32(count)))
    a, b = new.co_authors, old.co_authors
    columns["co_authors"] = CoAuthors(
        np.concatenate((a.commit, b.commit + np.int32(count))),
        *(
            np.concatenate((text_of[getattr(a, name)], getattr(b, name)))
            for name in ("name_raw", "email_raw", "name", "email")
        ),
    )
    return History(
        object_format=new.object_format,
        head=new.head,
        texts=texts,
        paths=paths,
        blobs=bytes.fromhex(b"".join(blobs).decode()),
        missing=tuple(sorted({*old.missing, *new.missing})),
        notes=tuple(dict.fromkeys((*new.notes, *old.notes))),
        cut=new.cut,
        **columns,  # type: ignore[arg-type]
    )


def apply_mailmap(repository: GitRepository, history: History) -> History:
    """Return `history` with the names and addresses that the mailmap of its head gives, also to older commits."""
    texts = {text: i for i, text in enumerate(history.texts)}

    def mapped(names: NDArray[np.int32], emails: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        distinct, position = np.unique(np.stack((names, emails)), axis=1, return_inverse=True)
        contacts = [(history.texts[name], history.texts[email]) for name, email in distinct.T.tolist()]
        answers = map_contacts(repository, history.head.decode(), contacts)
        numbers = np.array(
            [[texts.setdefault(text, len(texts)) for text in answer] for answer in answers], np.int32
        ).reshape(-1, 2)
        return numbers[position.reshape(-1), 0], numbers[position.reshape(-1), 1]

    name, email = mapped(history.author_name_raw, history.author_email_raw)
    shared = history.co_authors
    shared = replace(shared, **dict(zip(("name", "email"), mapped(shared.name_raw, shared.email_raw), strict=True)))
    return replace(history, author_name=name, author_email=email, co_authors=shared, texts=tuple(texts))


def save_history(history: History, folder: Path) -> None:
    """Store `history` in `folder`, replacing what was there at once."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, NDArray[np.generic]] = {"format": np.array(_FORMAT)}
    for item in fields(History):
        value = getattr(history, item.name)
        if isinstance(value, np.ndarray):
            arrays[item.name] = value
    for name in _TABLES:
        table: Sequence[bytes] = getattr(history, name)
        arrays[name + ".text"] = np.frombuffer(b"".join(table), np.uint8)
        arrays[name + ".length"] = np.fromiter(map(len, table), np.int32, len(table))
    arrays["co_authors"] = np.stack(
        [getattr(history.co_authors, name) for name in ("commit", "name_raw", "email_raw", "name", "email")]
    )
    arrays["blobs"] = np.frombuffer(history.blobs, np.uint8)
    arrays["head"] = np.array(history.head)
    arrays["object_format"] = np.array(history.object_format)
    arrays["notes"] = np.array(history.notes, dtype=np.str_)
    unfinished = folder / f".{uuid.uuid4().hex}.unfinished"
    with unfinished.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / _FILE)


def _load(file: Path) -> History | None:
    try:
        with np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        return None
    if int(arrays["format"]) != _FORMAT:
        return None
    columns: dict[str, object] = {
        item.name: arrays[item.name]
        for item in fields(History)
        if item.name in arrays and item.name not in (*_TABLES, "co_authors", "blobs", "head", "object_format", "notes")
    }
    for name in _TABLES:
        text = arrays[name + ".text"].tobytes()
        ends = np.cumsum(arrays[name + ".length"], dtype=np.int64).tolist()
        columns[name] = tuple(text[a:b] for a, b in zip([0, *ends], ends, strict=False))
    columns["co_authors"] = CoAuthors(*arrays["co_authors"])
    return History(
        object_format=str(arrays["object_format"]),
        head=bytes(arrays["head"][()]),
        blobs=arrays["blobs"].tobytes(),
        notes=tuple(str(note) for note in arrays["notes"]),
        **columns,  # type: ignore[arg-type]
    )


def _united(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[tuple[bytes, ...], NDArray[np.int32]]:
    """Return the table `old` grown by what only `new` has, and the number there of every entry of `new`."""
    table = {entry: i for i, entry in enumerate(old)}
    numbers = np.fromiter((table.setdefault(entry, len(table)) for entry in new), np.int32, len(new))
    return tuple(table), numbers


def _cut(repository: GitRepository) -> tuple[bytes, ...]:
    if not repository.completeness.shallow:
        return ()
    return tuple(sorted((repository.common_dir / "shallow").read_bytes().split()))


def _same_mailmap(repository: GitRepository, one: bytes, other: bytes) -> bool:
    stdin = b"".join(b"%s:.mailmap\n" % revision for revision in (one, other))
    lines = repository.run("cat-file", "--batch-check=%(objectname)", stdin=stdin).split(b"\n")
    return lines[0].split(b" ")[0].replace(one, b"") == lines[1].split(b" ")[0].replace(other, b"")
