"""One git repository, read and never written.

Every other module of this folder talks to git through `GitRepository`. It exists so that one place decides what may
influence an answer: no user or system configuration, no inherited ``GIT_*`` variable, no locale, no work tree, no
network (a partial clone answers "missing" instead of fetching), no optional lock. The same repository therefore gives
the same evidence on every machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_C_ESCAPES = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
# Room git may use for its own caches when nobody says otherwise; enough that delta chains are not decoded twice.
DEFAULT_GIT_MEMORY = 128 << 20


class GitError(RuntimeError):
    """A git command failed, or the path is no readable repository.

    Attributes: `command` (the arguments after ``git``), `returncode` (None when git was never started), `stderr`.
    """

    def __init__(self, command: Sequence[str], returncode: int | None, stderr: str) -> None:
        self.command = tuple(command)
        self.returncode = returncode
        self.stderr = stderr
        super().__init__(f"git {' '.join(command)}: {stderr.strip() or f'exit status {returncode}'}")


@dataclass(frozen=True, slots=True)
class Completeness:
    """What of the history this clone holds, as its own files say.

    `shallow`: number of commits at which a shallow clone is cut. `partial`: objects may be missing by agreement with
    a promisor remote. `grafts`: parents are overridden by ``info/grafts``. `replacements`: ``refs/replace`` exists.
    """

    shallow: int
    partial: bool
    grafts: bool
    replacements: bool


def path_text(path: bytes) -> str:
    """Return a path as text: valid UTF-8 as it is, anything else as git quotes it.

    The quoted form is git's C style in double quotes (``"caf\\351"`` for Latin-1 bytes). A valid path that itself
    starts with a double quote is quoted too, so that no two paths share a text.
    """
    if path[:1] != b'"':
        try:
            return path.decode("utf-8")
        except UnicodeDecodeError:
            pass
    quoted = "".join(_C_ESCAPES.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in path)
    return f'"{quoted}"'


def batched_hex(binary: bytes, width: int) -> list[bytes]:
    """Return the hexadecimal names of object ids stored one after another, `width` bytes each."""
    text = binary.hex().encode()
    return [text[i : i + 2 * width] for i in range(0, len(text), 2 * width)]


class GitRepository:
    """A repository opened for reading.

    `path` may be a work tree, a folder inside one, a linked work tree, a ``.git`` folder or a bare repository.
    `memory` bounds, in bytes, what one git process spends on its pack window and delta base cache.

    Raises `GitError` where there is no repository or git is not installed.
    """

    def __init__(self, path: str | os.PathLike[str], *, memory: int = DEFAULT_GIT_MEMORY) -> None:
        self.path = Path(path)
        self.memory = memory
        self.git_dir = _find_git_dir(self.path)
        common = self.git_dir / "commondir"
        self.common_dir = self.git_dir
        if common.is_file():
            self.common_dir = (self.git_dir / common.read_text().strip()).resolve()
        self.object_dir = self.common_dir / "objects"
        self._isolated: Path | None = None
        config = self._read_config()
        self.object_format = config.get("extensions.objectformat", ["sha1"])[-1].lower()
        self.hash_length = 32 if self.object_format == "sha256" else 20
        self.zero = b"0" * (2 * self.hash_length)
        partial = "extensions.partialclone" in config or any(
            key.startswith("remote.") and key.endswith((".promisor", ".partialclonefilter")) for key in config
        )
        shallow_file = self.common_dir / "shallow"
        shallow = len(shallow_file.read_bytes().split()) if shallow_file.is_file() else 0
        grafts_file = self.common_dir / "info" / "grafts"
        grafts = grafts_file.is_file() and grafts_file.stat().st_size > 0
        replacements = _has_replacements(self.common_dir)
        self.completeness = Completeness(shallow, partial, grafts, replacements)
        if partial:
            # Only newer git understands GIT_NO_LAZY_FETCH. A git folder of our own that borrows the objects has no
            # promisor remote, so every git answers "missing" and none fetches.
            self._isolated = self._borrow_objects()

    def environment(self, **extra: str) -> dict[str, str]:
        """Return the environment for a git process: everything inherited but the ``GIT_*`` variables, plus ours."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        clean.update(
            LC_ALL="C",
            GIT_CONFIG_GLOBAL=os.devnull,
            GIT_CONFIG_NOSYSTEM="1",
            GIT_ATTR_NOSYSTEM="1",
            GIT_OPTIONAL_LOCKS="0",
            GIT_TERMINAL_PROMPT="0",
            GIT_NO_LAZY_FETCH="1",
            GIT_ALLOW_PROTOCOL="none",
            # Git allocates and frees every blob it looks at; handing each back to the system costs a sixth of the
            # time of a long diff (measured with glibc, ignored elsewhere).
            MALLOC_MMAP_THRESHOLD_=str(64 << 20),
            MALLOC_TRIM_THRESHOLD_=str(256 << 20),
        )
        clean.update(extra)
        return clean

    def command(self, *arguments: str, git_dir: Path | None = None) -> list[str]:
        """Return the full argument list that runs `arguments` against this repository."""
        return [
            "git",
            f"--git-dir={git_dir or self._isolated or self.git_dir}",
            "--no-pager",
            "-c",
            "core.bare=true",
            "-c",
            f"core.attributesFile={os.devnull}",
            "-c",
            f"core.packedGitLimit={max(self.memory // 2, 16 << 20)}",
            "-c",
            f"core.deltaBaseCacheLimit={max(self.memory // 2, 8 << 20)}",
            "-c",
            "i18n.logOutputEncoding=UTF-8",
            "-c",
            "log.showSignature=false",
            "-c",
            "log.showRoot=true",
            *arguments,
        ]

    def run(self, *arguments: str, stdin: bytes = b"", allow: Iterable[int] = (0,)) -> bytes:
        """Run git and return its output. Raises `GitError` unless the exit status is in `allow`."""
        done = self._start(self.command(*arguments), stdin=stdin)
        if done.returncode not in tuple(allow):
            raise GitError(arguments, done.returncode, done.stderr.decode("utf-8", "replace"))
        return done.stdout

    @contextmanager
    def stream(self, *arguments: str, stdin: IO[bytes] | None = None) -> Iterator[IO[bytes]]:
        """Run git and give its output as a pipe; `stdin` is an open file it reads from.

        Leaving the block waits for git. Raises `GitError` when git failed, unless the block itself raised.
        """
        with (
            tempfile.TemporaryFile() as errors,
            subprocess.Popen(
                self.command(*arguments),
                stdin=stdin or subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=self.environment_here(),
                cwd=self.git_dir,
            ) as process,
        ):
            output = process.stdout
            if output is None:
                raise GitError(arguments, None, "git gave no output pipe")
            try:
                yield output
            except BaseException:
                process.kill()
                raise
            returncode = process.wait()
            if returncode:
                errors.seek(0)
                raise GitError(arguments, returncode, errors.read().decode("utf-8", "replace"))

    def resolve(self, revision: str) -> str:
        """Return the full name of the commit `revision` points at. Raises `GitError` when there is none.

        Resolve the head once and pass the name on: a mirror may be updated while it is scanned.
        """
        if revision.startswith("-"):
            raise GitError(("rev-parse", revision), None, "a revision never starts with a dash")
        # References live in the real folder; the isolated one has none.
        arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        done = self._start(self.command(*arguments, git_dir=self.git_dir))
        lines = done.stdout.split()
        if done.returncode or not lines:
            raise GitError(arguments, done.returncode, done.stderr.decode() or f"no commit is named {revision!r}")
        return lines[-1].decode()

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Say whether commit `older` is reachable from commit `newer`; False too when `older` is unknown here."""
        done = self._start(self.command("merge-base", "--is-ancestor", older, newer))
        return done.returncode == 0

    def missing_objects(self, names: Iterable[bytes]) -> set[bytes]:
        """Return those of the hexadecimal object `names` that this clone does not hold."""
        lines = b"\n".join(names)
        if not lines:
            return set()
        output = self.run("cat-file", "--batch-check=%(objecttype)", "--buffer", stdin=lines + b"\n")
        return {line.split(b" ")[0] for line in output.split(b"\n") if line.endswith(b" missing")}

    def object_sizes(self, names: Sequence[bytes]) -> list[int | None]:
        """Return the size in bytes of each of the hexadecimal object `names`, None for a missing one."""
        if not names:
            return []
        stdin = b"\n".join(names) + b"\n"
        output = self.run("cat-file", "--batch-check=%(objectsize)", "--buffer", stdin=stdin)
        return [int(line) if line.isdigit() else None for line in output.split(b"\n")[: len(names)]]

    def environment_here(self) -> dict[str, str]:
        """Return the environment for a command that walks commits: cuts and grafts stay visible when isolated."""
        if self._isolated is None:
            return self.environment()
        extra = {}
        for variable, name in (("GIT_SHALLOW_FILE", "shallow"), ("GIT_GRAFT_FILE", "info/grafts")):
            if (self.common_dir / name).is_file():
                extra[variable] = str(self.common_dir / name)
        return self.environment(**extra)

    def _start(self, command: list[str], stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                command,
                input=stdin,
                capture_output=True,
                env=self.environment_here(),
                cwd=self.git_dir,
                check=False,
            )
        except FileNotFoundError as error:
            raise GitError(command[1:], None, "git is not installed or not on the PATH") from error

    def _read_config(self) -> dict[str, list[str]]:
        file = self.common_dir / "config"
        if not file.is_file():
            return {}
        output = self.run("config", "--file", str(file), "--list", "-z", allow=(0, 1))
        config: dict[str, list[str]] = {}
        for entry in output.decode("utf-8", "replace").split("\0"):
            key, _, value = entry.partition("\n")
            if key:
                config.setdefault(key.lower(), []).append(value)
        return config

    def _borrow_objects(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="copartner-git-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        write_scratch_git_dir(folder, self)
        return folder


def write_scratch_git_dir(folder: Path, repository: GitRepository) -> None:
    """Make `folder` an empty git folder that borrows the objects of `repository` and inherits none of its settings.

    Whatever git writes there (synthetic trees) stays there; the repository is never touched.
    """
    (folder / "refs").mkdir(parents=True, exist_ok=True)
    (folder / "objects" / "info").mkdir(parents=True, exist_ok=True)
    (folder / "HEAD").write_text("ref: refs/heads/none\n")
    sha256 = repository.object_format == "sha256"
    config = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
    if sha256:
        config += "[extensions]\n\tobjectFormat = sha256\n"
    (folder / "config").write_text(config)
    borrowed = str(repository.object_dir)
    (folder / "objects" / "info" / "alternates").write_bytes(_quote_alternate(borrowed) + b"\n")


def _quote_alternate(path: str) -> bytes:
    raw = os.fsencode(path)
    if b"\n" in raw or raw[:1] in (b'"', b"#"):
        return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'
    return raw


def _has_replacements(common_dir: Path) -> bool:
    folder, packed = common_dir / "refs" / "replace", common_dir / "packed-refs"
    if folder.is_dir() and any(folder.iterdir()):
        return True
    return packed.is_file() and b" refs/replace/" in packed.read_bytes()


def _find_git_dir(path: Path) -> Path:
    start = path.expanduser().absolute()
    for folder in (start, *start.parents):
        found = _git_dir_at(folder)
        if found is not None:
            return found.resolve()
        if folder == start and not start.is_dir():
            break
    raise GitError(("open", str(path)), None, f"no git repository at {path}")


def _git_dir_at(folder: Path) -> Path | None:
    if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
        return folder
    if (folder / "HEAD").is_file() and (folder / "commondir").is_file():
        return folder
    inner = folder / ".git"
    if inner.is_dir() and (inner / "HEAD").is_file():
        return inner
    if inner.is_file():
        text = inner.read_text(errors="surrogateescape")
        if text.startswith("gitdir:"):
            return folder / text[len("gitdir:") :].strip()
    return None
