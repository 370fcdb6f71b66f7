"""Repositories as a list of commits, and the stream from which ``git fast-import`` makes them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from planted.lines import File
from planted.people import Signature

MAIN = "refs/heads/main"
_FIRST_BLOB = 1_000_000
"""Marks from here on are blobs, below are commits."""


@dataclass
class Commit:
    number: int
    ref: str
    parents: list[int]
    author: Signature
    co_authors: tuple[Signature, ...]
    authored: datetime
    committer: Signature
    committed: datetime
    subject: str
    body: str = ""
    is_merge: bool = False
    tree: list[str] = field(default_factory=list)
    """What it does to the tree, as ``git fast-import`` wants to hear it."""

    @property
    def message(self) -> str:
        trailers = "".join(f"Co-authored-by: {mate.name} <{mate.email}>\n" for mate in self.co_authors)
        return "\n\n".join(part for part in (self.subject, self.body, trailers.rstrip("\n")) if part) + "\n"


@dataclass(frozen=True)
class Tag:
    name: str
    commit: int
    tagger: Signature | None
    """``None`` makes a lightweight tag."""
    when: datetime


class Repository:
    """One repository in the making. Commits come in order of time; a branch and ``main`` never touch the same file."""

    def __init__(self, identifier: str) -> None:
        self.id = identifier
        self.commits: list[Commit] = []
        self.tags: list[Tag] = []
        self.files: dict[str, File] = {}
        self.lost: list[tuple[str, str]] = []
        """Paths that are gone: the path and what became of it."""
        self._blobs: list[bytes] = []
        self._tips: dict[str, int] = {}
        self._branch_changes: dict[str, dict[str, File | None]] = {}

    def begin(
        self,
        author: Signature,
        when: datetime,
        subject: str,
        *,
        ref: str = MAIN,
        co_authors: tuple[Signature, ...] = (),
        authored: datetime | None = None,
        committer: Signature | None = None,
        body: str = "",
    ) -> Commit:
        """Start a commit on a branch. Along a branch committer dates never go back."""
        parents = [self._tips[ref]] if ref in self._tips else []
        committed = when
        for parent in parents:
            committed = max(committed, self.commits[parent - 1].committed + timedelta(seconds=60))
        commit = Commit(
            number=len(self.commits) + 1,
            ref=ref,
            parents=parents,
            author=author,
            co_authors=co_authors,
            authored=authored or committed,
            committer=committer or author,
            committed=committed,
            subject=subject,
            body=body,
        )
        self.commits.append(commit)
        self._tips[ref] = commit.number
        return commit

    def add(self, commit: Commit, file: File) -> None:
        """Record a new file."""
        self.files[file.path] = file
        self.write(commit, file)

    def write(self, commit: Commit, file: File) -> None:
        """Record the file as it is now."""
        self._blobs.append(file.content)
        commit.tree.append(f"M 100644 :{_FIRST_BLOB + len(self._blobs) - 1} {file.path}")
        self._note(commit, file.path, file)

    def move(self, commit: Commit, file: File, path: str) -> None:
        """Rename a file, contents as they are."""
        old = file.path
        del self.files[old]
        commit.tree.append(f"D {old}")
        self._note(commit, old, None)
        file.move(commit.number, path)
        self.files[path] = file
        self.lost.append((old, "renamed"))
        self.write(commit, file)

    def remove(self, commit: Commit, file: File) -> None:
        del self.files[file.path]
        commit.tree.append(f"D {file.path}")
        self._note(commit, file.path, None)
        self.lost.append((file.path, "removed"))

    def branch(self, name: str) -> str:
        """Open a topic branch at the tip of ``main``; returns its reference."""
        ref = f"refs/heads/{name}"
        self._tips[ref] = self._tips[MAIN]
        self._branch_changes[ref] = {}
        return ref

    def merge(self, ref: str, author: Signature, when: datetime) -> None:
        """Merge a topic branch into ``main`` and drop it."""
        topic = ref.removeprefix("refs/heads/")
        commit = self.begin(author, max(when, self.commits[self._tips[ref] - 1].committed), f"Merge branch '{topic}'")
        commit.is_merge = True
        commit.parents.append(self._tips.pop(ref))
        for path, file in self._branch_changes.pop(ref).items():
            if file is None:
                commit.tree.append(f"D {path}")
            else:
                self.write(commit, file)

    def tag(self, name: str, tagger: Signature | None, when: datetime) -> None:
        self.tags.append(Tag(name, self._tips[MAIN], tagger, when))

    def _note(self, commit: Commit, path: str, file: File | None) -> None:
        if commit.ref in self._branch_changes:
            self._branch_changes[commit.ref][path] = file

    def stream(self) -> bytes:
        """The whole repository for ``git fast-import``."""
        parts: list[bytes] = []
        for number, blob in enumerate(self._blobs):
            parts.append(b"blob\nmark :%d\ndata %d\n%s\n" % (_FIRST_BLOB + number, len(blob), blob))
        for commit in self.commits:
            message = commit.message.encode()
            lines = [
                f"commit {commit.ref}",
                f"mark :{commit.number}",
                f"author {_stamp(commit.author, commit.authored)}",
                f"committer {_stamp(commit.committer, commit.committed)}",
                f"data {len(message)}\n",
            ]
            parts.append("\n".join(lines).encode() + message)
            links = [f"{'merge' if nth else 'from'} :{parent}" for nth, parent in enumerate(commit.parents)]
            parts.append("".join(line + "\n" for line in (*links, *commit.tree)).encode() + b"\n")
        for tag in self.tags:
            if tag.tagger is None:
                parts.append(f"reset refs/tags/{tag.name}\nfrom :{tag.commit}\n\n".encode())
            else:
                text = f"Release {tag.name}\n".encode()
                head = f"tag {tag.name}\nfrom :{tag.commit}\ntagger {_stamp(tag.tagger, tag.when)}\ndata {len(text)}\n"
                parts.append(head.encode() + text + b"\n")
        parts.append(b"done\n")
        return b"".join(parts)

    def make(self, folder: Path) -> dict[int, str]:
        """Make the bare repository at ``folder``; returns the commit name of every commit number."""
        git("init", "--quiet", "--bare", "--template=", str(folder))
        git("symbolic-ref", "HEAD", MAIN, cwd=folder)
        marks = folder / "marks"
        options = ("-c", "fastimport.unpackLimit=0", "-c", "core.logAllRefUpdates=false")
        git(*options, "fast-import", "--quiet", "--done", f"--export-marks={marks}", cwd=folder, stdin=self.stream())
        names = {}
        for line in marks.read_text().splitlines():
            mark, name = line.split()
            if int(mark[1:]) < _FIRST_BLOB:
                names[int(mark[1:])] = name
        drop = "".join(f"delete {ref}\n" for ref in sorted({commit.ref for commit in self.commits} - {MAIN}))
        git("update-ref", "--stdin", cwd=folder, stdin=drop.encode())
        marks.unlink()
        return names


def git(*arguments: str, cwd: Path | None = None, stdin: bytes = b"") -> bytes:
    """Run git untouched by anybody's settings. Raises ``CalledProcessError`` if it fails."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"LC_ALL": "C", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    # What later versions of git may choose differently.
    environment |= {"GIT_DEFAULT_HASH": "sha1", "GIT_DEFAULT_REF_FORMAT": "files"}
    done = subprocess.run(
        ["git", *arguments], cwd=cwd, input=stdin, env=environment, check=True, stdout=subprocess.PIPE
    )
    return done.stdout


def _stamp(who: Signature, when: datetime) -> str:
    return f"{who.name} <{who.email}> {int(when.timestamp())} {when.strftime('%z')}"
