"""Tiny git repositories for tests, written by ``git fast-import`` so that each case costs one process.

    builder = RepositoryBuilder(folder)
    first = builder.commit({"a.py": b"x\\n"}, author=("Ann", "ann@example.org"), time=1_500_000_000)
    second = builder.commit({}, rename=[("a.py", "b.py")])
    builder.tag("v1", second, annotated=True)
    path = builder.build()          # a bare repository
    builder.name(second)            # its commit's hexadecimal name

A commit follows the previous one on the same branch unless ``parents`` says otherwise (``()`` makes a new root).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

EPOCH = 1_400_000_000
DAY = 86_400
REGULAR, EXECUTABLE, SYMLINK, SUBMODULE = "100644", "100755", "120000", "160000"


def clean_environment() -> dict[str, str]:
    """The environment for git in tests: no user configuration, no inherited ``GIT_*`` variable, no prompt."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return environment | {
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Test",
        "GIT_AUTHOR_EMAIL": "test@example.org",
        "GIT_COMMITTER_NAME": "Test",
        "GIT_COMMITTER_EMAIL": "test@example.org",
    }


def git(path: Path, *arguments: str | bytes, stdin: bytes = b"", **extra: str) -> bytes:
    """Run git in `path` and return its output; a failure shows git's own message."""
    done = subprocess.run(
        ["git", "-C", os.fspath(path), *arguments],
        input=stdin,
        capture_output=True,
        env=clean_environment() | extra,
        check=False,
    )
    assert done.returncode == 0, f"git {arguments} failed: {done.stderr.decode(errors='replace')}"
    return done.stdout


class RepositoryBuilder:
    """Collects commits and tags, then writes a bare repository at `path` in one go."""

    def __init__(self, path: Path, *, object_format: str = "sha1", head: str = "main") -> None:
        self.path = path
        self._head = head
        self._stream: list[bytes] = []
        self._names: dict[int, str] = {}
        self._tips: dict[str, int] = {}
        self._mark = 0
        self._clock = EPOCH
        path.mkdir(parents=True)
        git(path, "init", "--quiet", "--bare", f"--object-format={object_format}", f"--initial-branch={head}")

    def commit(
        self,
        files: Mapping[str | bytes, bytes] | None = None,
        *,
        delete: Iterable[str | bytes] = (),
        rename: Iterable[tuple[str | bytes, str | bytes]] = (),
        copy: Iterable[tuple[str | bytes, str | bytes]] = (),
        modes: Mapping[str | bytes, str] | None = None,
        submodules: Mapping[str, str] | None = None,
        author: tuple[str | bytes, str | bytes] = ("Ann", "ann@example.org"),
        committer: tuple[str | bytes, str | bytes] | None = None,
        time: int | None = None,
        commit_time: int | None = None,
        zone: str = "+0000",
        message: str | bytes = "Change",
        encoding: str | None = None,
        branch: str | None = None,
        parents: Sequence[int] | None = None,
    ) -> int:
        """Add a commit; return its mark. Without `time` each commit is a day later than the one before.

        `modes` sets the mode of files (a symlink's content is its target); `submodules` maps a path to a commit name.
        """
        branch = branch or self._head
        if time is None:
            time = self._clock
        self._clock = max(self._clock, time) + DAY
        self._mark += 1
        mark = self._mark
        if parents is None:
            parents = (self._tips[branch],) if branch in self._tips else ()
        lines = self._stream
        if not parents:
            lines.append(b"reset refs/heads/" + branch.encode() + b"\n\n")
        lines.append(b"commit refs/heads/%s\nmark :%d\n" % (branch.encode(), mark))
        who = committer or author
        lines.append(b"author %s <%s> %d %s\n" % (_bytes(author[0]), _bytes(author[1]), time, zone.encode()))
        when = time if commit_time is None else commit_time
        lines.append(b"committer %s <%s> %d %s\n" % (_bytes(who[0]), _bytes(who[1]), when, zone.encode()))
        if encoding:
            lines.append(b"encoding %s\n" % encoding.encode())
        lines.append(_data(_bytes(message)))
        for position, parent in enumerate(parents):
            lines.append(b"%s :%d\n" % (b"merge" if position else b"from", parent))
        # Deleting first lets a rename's source be added again in the same commit.
        lines.extend(b"D %s\n" % _quote(path) for path in delete)
        lines.extend(b"R %s %s\n" % (_quote(old), _quote(new)) for old, new in rename)
        lines.extend(b"C %s %s\n" % (_quote(old), _quote(new)) for old, new in copy)
        for path, content in (files or {}).items():
            mode = (modes or {}).get(path, REGULAR)
            lines.append(b"M %s inline %s\n%s" % (mode.encode(), _quote(path), _data(content)))
        for path, name in (submodules or {}).items():
            lines.append(b"M 160000 %s %s\n" % (name.encode(), _quote(path)))
        lines.append(b"\n")
        self._tips[branch] = mark
        return mark

    def tag(self, name: str, mark: int, *, annotated: bool = False, time: int | None = None) -> None:
        """Point a tag at a commit."""
        if annotated:
            when = self._clock if time is None else time
            tagger = b"tagger Ann <ann@example.org> %d +0000\n" % when
            self._stream.append(b"tag %s\nfrom :%d\n%s%s" % (name.encode(), mark, tagger, _data(b"Release\n")))
        else:
            self._stream.append(b"reset refs/tags/%s\nfrom :%d\n\n" % (name.encode(), mark))

    def build(self) -> Path:
        """Write what was collected since the last call and return the repository's path."""
        marks = self.path / "copartner-test-marks"
        arguments = ["fast-import", "--quiet", "--force", f"--export-marks={marks}"]
        if marks.exists():
            arguments.append(f"--import-marks={marks}")
        git(self.path, *arguments, stdin=b"".join(self._stream))
        self._stream.clear()
        for line in marks.read_text().splitlines():
            mark, name = line.split()
            self._names[int(mark[1:])] = name
        return self.path

    def name(self, mark: int) -> str:
        """The hexadecimal name of a commit that was built."""
        return self._names[mark]


def remove_blob(repository: Path, name: str) -> None:
    """Take one object away from a repository, as a broken or truncated mirror lacks it."""
    for pack in (repository / "objects" / "pack").glob("*.pack"):
        content = pack.read_bytes()
        pack.unlink()
        pack.with_suffix(".idx").unlink()
        git(repository, "unpack-objects", "-q", stdin=content)
    loose = repository / "objects" / name[:2] / name[2:]
    loose.unlink()


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _quote(path: str | bytes) -> bytes:
    """The path in git's C style, which fast-import reads back byte for byte."""
    return b'"' + b"".join(b"\\%03o" % byte for byte in _bytes(path)) + b'"'


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)
