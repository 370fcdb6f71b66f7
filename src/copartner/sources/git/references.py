"""References of a repository: its branches and the tags that mark releases."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from copartner.sources.git.repository import GitError, GitRepository

# Type, name and committer date of the object itself, then of what an annotated tag points at.
_FIELDS: Final = (
    "%(refname:lstrip=2)",
    "%(objecttype)",
    "%(objectname)",
    "%(committerdate:unix)",
    "%(taggerdate:unix)",
    "%(*objecttype)",
    "%(*objectname)",
    "%(*committerdate:unix)",
)


def end_of_day(day: date) -> int:
    """Return the last second of `day` in UTC, in seconds since 1970."""
    return int(datetime.combine(day, time(23, 59, 59), UTC).timestamp())


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, the commit it leads to, and the second it was made (None for a lightweight tag, which does not say)."""

    name: bytes
    commit: str
    tagged_at: int | None
    annotated: bool


def list_references(repository: GitRepository, format_: str, *patterns: str) -> list[bytes]:
    """Return one line in git's `format_` per reference that `patterns` select, in the order of their names."""
    # References live in the real folder even where objects are read through a folder of our own (partial clones).
    command = repository.command("for-each-ref", f"--format={format_}", *patterns, git_dir=repository.git_dir)
    done = subprocess.run(command, capture_output=True, env=repository.environment(), check=False)
    if done.returncode:
        raise GitError(command[1:], done.returncode, done.stderr.decode("utf-8", "replace"))
    return done.stdout.splitlines()


def parse_tags(listing: bytes) -> list[Tag]:
    """Return the tags of a `tag_listing`. Tags of files or trees are no releases and are left out."""
    tags: list[Tag] = []
    for line in listing.splitlines():
        name, kind, target, _, tagged, inner_kind, inner, _ = line.split(b"\0")
        annotated = kind == b"tag"
        if annotated:
            kind, target = inner_kind, inner
        if kind == b"commit":
            tags.append(Tag(name, target.decode(), int(tagged) if annotated and tagged else None, annotated))
    return tags


def tag_listing(repository: GitRepository, as_of: date | None) -> bytes:
    """Return what git says about the tags that existed when the day `as_of` ended, as far as they say.

    One line each with NUL between the fields, the input of `parse_tags`. A tag is dated by its tagger, or else by its
    commit.
    """
    limit = None if as_of is None else end_of_day(as_of)
    lines = []
    for line in _readable_tags(repository):
        fields = line.split(b"\0")
        if fields[5] == b"tag":
            # A tag of a tag: git looks through one of them only.
            fields[5:] = _peeled(repository, fields[2].decode())
        dated = fields[4] or fields[7] or fields[3]
        if limit is None or not dated or int(dated) <= limit:
            lines.append(b"\0".join(fields))
    return b"\n".join(lines)


def _readable_tags(repository: GitRepository) -> list[bytes]:
    form = "%00".join(_FIELDS)
    try:
        return list_references(repository, form, "refs/tags/")
    except GitError:
        # git refuses the whole list for one tag whose object is missing; leave those out.
        pairs = [line.split(b" ") for line in list_references(repository, "%(objectname) %(refname)", "refs/tags/")]
        missing = repository.missing_objects(name for name, _ in pairs)
        names = [os.fsdecode(reference) for name, reference in pairs if name not in missing]
        chunks = (names[i : i + 500] for i in range(0, len(names), 500))
        return [line for chunk in chunks for line in list_references(repository, form, *chunk)]


def _peeled(repository: GitRepository, name: str) -> list[bytes]:
    try:
        commit = repository.resolve(name)
    except GitError:
        return [b"other", b"", b""]
    seconds = repository.run("show", "--no-patch", "--format=%ct", commit, "--").strip()
    return [b"commit", commit.encode(), seconds]
