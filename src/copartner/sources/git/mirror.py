"""From a repository's location to a clone that can be read, and from an assessment's day to the commit it is about.

A local path is read in place and never written to. A URL is mirrored into a bare clone of our own under the data
folder and fetched incrementally. A mirror comes into being by one rename, so a killed clone leaves nothing half valid.

A location is foreign input. Only https, ssh and file URLs are fetched; names that git could take for an option are
refused; hooks, templates and submodules stay off. Credentials in a URL reach git through its environment: they stand in
no argument list, no configuration file, no message.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from copartner.sources.git.pinned_head import UnreadableRepository
from copartner.sources.git.repository import GitError, GitRepository

PROTOCOLS: Final = ("https", "ssh", "file")
LOCK_SECONDS: Final = 3600.0
"""How long to wait for another process that is fetching the same mirror."""

_SCHEME: Final = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)(::|://)")
_SCP: Final = re.compile(r"^(?:[A-Za-z0-9_.+-]+@)?[A-Za-z0-9_.-]+:(?!//)[^\s]+$")
_USER: Final = re.compile(r"(https?://)[^/@\s'\"]+@")
_PASSWORD: Final = re.compile(r"(\w+://[^/:@\s'\"]+):[^/@\s'\"]*@")
# What an administrator sets to let git in, as opposed to what changes git's answers.
_ACCESS: Final = frozenset(
    {"GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT", "GIT_SSL_KEY"}
)
_OPTIONS: Final = (
    "core.bare=true",
    f"core.hooksPath={os.devnull}",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "fetch.writeCommitGraph=false",
    "credential.interactive=never",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
)
_REFERENCES: Final = ("refs/heads/*", "refs/tags/*")
_DETACHED: Final = "refs/copartner/HEAD"


@dataclass(frozen=True, slots=True)
class Clone:
    """A clone ready to be read. `notes` say in words where it may not be up to date."""

    repository: GitRepository
    notes: tuple[str, ...] = ()


def is_url(location: str) -> bool:
    """Say whether `location` names a remote repository (``scheme://…`` or ``host:path``) rather than a local path."""
    return bool(_SCHEME.match(location)) or (bool(_SCP.match(location)) and not Path(location).exists())


def redact(text: str) -> str:
    """Return `text` with the credentials of every URL in it taken out."""
    return _PASSWORD.sub(r"\1@", _USER.sub(r"\1", text))


def open_clone(
    location: str, *, mirrors: Path, base_folder: Path, fetch: bool = True, check: Callable[[], None] = lambda: None
) -> Clone:
    """Open the repository at `location`: a path (relative ones start at `base_folder`) or a URL, mirrored in `mirrors`.

    When a mirror exists and its remote does not answer, the mirror is read as it was fetched last and a note says so;
    without `fetch` the remote is not asked at all. `check` is as in `update_mirror`. Raises `UnreadableRepository` with
    a remedy.
    """
    if is_url(location):
        mirror = mirror_path(location, mirrors)
        if not fetch and mirror.is_dir():
            return Clone(GitRepository(mirror))
        path, notes = update_mirror(location, mirrors, check=check)
        return Clone(GitRepository(path), notes)
    top = (base_folder / Path(location).expanduser()).absolute()
    if not top.exists():
        raise UnreadableRepository(
            f"there is nothing at {top}", "clone the repository there, or give its URL (https://, ssh:// or file://)"
        )
    try:
        repository = GitRepository(top)
    except GitError as error:
        raise UnreadableRepository(
            f"{top} is not a git repository", "name the top folder of a clone, or give its URL"
        ) from error
    # git looks for a repository in the parent folders too; evidence must never come from another one than was named.
    if repository.git_dir not in (top.resolve(), (top / ".git").resolve()) and not (top / ".git").is_file():
        raise UnreadableRepository(
            f"{top} is not a git repository but a folder inside another one ({repository.git_dir})",
            "name the top folder of that repository; which folders count is said under the system's `include`",
        )
    return Clone(repository)


def mirror_path(url: str, mirrors: Path) -> Path:
    """Return the folder of the mirror of `url`: readable, and the same whatever credentials the URL carries."""
    bare = redact(url).rstrip("/").removesuffix(".git")
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", bare.rpartition("/")[2]).strip("-.") or "repository"
    return mirrors / f"{name}-{hashlib.sha256(bare.encode()).hexdigest()[:16]}.git"


def update_mirror(
    url: str, mirrors: Path, *, lock_seconds: float = LOCK_SECONDS, check: Callable[[], None] = lambda: None
) -> tuple[Path, tuple[str, ...]]:
    """Clone `url` into `mirrors`, or fetch what is new; return the mirror's folder and notes.

    One process at a time works on a mirror; others wait up to `lock_seconds`. `check` is called now and then while git
    works; what it raises ends git and is passed on. Branches and tags follow the remote,
    and objects are never pruned, so that a head which was pinned before can still be read after a forced push.
    """
    check_url(url)
    mirrors.mkdir(parents=True, exist_ok=True)
    mirror = mirror_path(url, mirrors)
    with _locked(mirror.with_suffix(".lock"), lock_seconds) as lock:
        incoming = mirror.with_suffix(".incoming")
        shutil.rmtree(incoming, ignore_errors=True)
        if not mirror.is_dir():
            try:
                _Remote(url, incoming, lock, check).clone()
                os.rename(incoming, mirror)
            finally:
                shutil.rmtree(incoming, ignore_errors=True)
            return mirror, ()
        _sweep(mirror)
        remote = _Remote(url, mirror, lock, check)
        try:
            remote.fetch(remote.list_references())
        except UnreadableRepository as error:
            return mirror, (f"the remote did not answer, read as fetched last: {error.problem}",)
        return mirror, ()


def check_url(url: str) -> None:
    """Raise `UnreadableRepository` for a URL that git must not be given."""
    shown = redact(url)
    match = _SCHEME.match(url)
    scheme = match.group(1).lower() if match else "ssh"
    if (match and match.group(2) == "::") or scheme not in PROTOCOLS:
        raise UnreadableRepository(
            f"the protocol of {shown} is not allowed", f"use one of {', '.join(p + '://' for p in PROTOCOLS)}"
        )
    rest = url[match.end() :] if match else url
    host = re.split(r"[/:]", rest.rpartition("@")[2] if "@" in rest.split("/")[0] else rest)[0]
    if rest.startswith("-") or host.startswith("-") or any(ord(c) < 33 or ord(c) == 127 for c in url):
        raise UnreadableRepository(
            f"{shown!r} is not a location git may be given", "write the URL as the host shows it"
        )
    if scheme != "file" and not host:
        raise UnreadableRepository(f"{shown} names no host", "write the URL as the host shows it")


class _Remote:
    """One remote seen from one mirror folder."""

    def __init__(self, url: str, folder: Path, lock: IO[str], check: Callable[[], None]) -> None:
        self._url = url
        self._check = check
        self._folder = folder
        self._lock = lock

    def clone(self) -> None:
        self._init("sha1")
        references = self.list_references()
        if any(len(name) == 64 for name in references.values()):
            shutil.rmtree(self._folder)
            self._init("sha256")
        self.fetch(references)

    def _init(self, object_format: str) -> None:
        self._git("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}", git_dir=False)

    def list_references(self) -> dict[str, str]:
        """Return the remote's references: full name → object, and ``HEAD`` → object or the branch it stands on."""
        output = self._git("ls-remote", "--quiet", "--symref", "--", "remote")
        references: dict[str, str] = {}
        for line in output.decode("utf-8", "surrogateescape").splitlines():
            value, _, name = line.partition("\t")
            if value.startswith("ref: "):
                references["HEAD"] = value[5:]
            elif name == "HEAD":
                references.setdefault("HEAD", value)
            elif name.startswith(("refs/heads/", "refs/tags/")) and not name.endswith("^{}"):
                references[name] = value
        return references

    def fetch(self, references: dict[str, str]) -> None:
        head = references.get("HEAD")
        wanted = {name: value for name, value in references.items() if name != "HEAD"}
        if wanted != self._held():
            specifications = [f"+{pattern}:{pattern}" for pattern in _REFERENCES]
            self._fetch("--prune", *specifications)
        if head is not None and not head.startswith("refs/heads/"):
            self._fetch(f"+HEAD:{_DETACHED}")
            head = _DETACHED
        if head is not None and (self._folder / "HEAD").read_text().strip() != f"ref: {head}":
            self._git("symbolic-ref", "HEAD", head)

    def _fetch(self, *arguments: str) -> None:
        options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--atomic", "--force")
        prune = [a for a in arguments if a.startswith("--")]
        self._git("fetch", *options, *prune, "--", "remote", *(a for a in arguments if not a.startswith("--")))

    def _held(self) -> dict[str, str]:
        output = self._git("for-each-ref", "--format=%(refname)\t%(objectname)", "refs/heads/", "refs/tags/")
        lines = output.decode("utf-8", "surrogateescape").splitlines()
        return dict(line.split("\t", 1) for line in lines)

    def _git(self, *arguments: str, git_dir: bool = True) -> bytes:
        command = ["git", *(word for option in _OPTIONS for word in ("-c", option))]
        command += [f"--git-dir={self._folder}", *arguments] if git_dir else [*arguments, "--", str(self._folder)]
        # Its own session has no terminal: neither git nor ssh can stop and ask. The inherited lock lets nobody else in
        # for as long as any of these processes lives, even when this one is killed.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment(),
            start_new_session=True,
            pass_fds=(self._lock.fileno(),),
        )
        with process:
            try:
                output, errors = self._communicate(process)
            except BaseException:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                raise
        if process.returncode:
            raise self._explained(errors.decode("utf-8", "replace"))
        return output

    def _communicate(self, process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
        while True:
            try:
                return process.communicate(timeout=0.5)
            except subprocess.TimeoutExpired:
                self._check()

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in _ACCESS}
        return kept | {
            "LC_ALL": "C",
            "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "remote.remote.url",
            "GIT_CONFIG_VALUE_0": self._url,
        }

    def _explained(self, errors: str) -> UnreadableRepository:
        text = redact(errors)
        lowered = text.lower()
        if re.search(r"authentication failed|could not read (username|password)|permission denied|403", lowered):
            remedy = "let git in for this user: a credential helper, a token in the environment, or an SSH agent"
        elif re.search(r"could not resolve host|timed out|unable to connect|connection refused|network is", lowered):
            remedy = "check the network and the host's name, then run again"
        elif "not allowed" in lowered:
            remedy = f"use one of {', '.join(protocol + '://' for protocol in PROTOCOLS)}"
        else:
            remedy = "check that the repository exists under this URL and that this user may read it"
        reason = [line for line in text.splitlines() if line.strip()]
        said = next(
            (line for line in reason if line.startswith(("fatal:", "ERROR"))), reason[0] if reason else "failed"
        )
        return UnreadableRepository(f"git could not fetch {redact(self._url)}: {said}", remedy)


def _sweep(mirror: Path) -> None:
    """Remove what a killed fetch leaves behind. Only under the mirror's lock."""
    leftovers: list[Path] = [*mirror.glob("*.lock"), *(mirror / "refs").rglob("*.lock")]
    leftovers += [*(mirror / "objects").glob("*/tmp_*"), *(mirror / "objects").glob("tmp_*")]
    for path in leftovers:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path, seconds: float) -> Iterator[IO[str]]:
    deadline = time.monotonic() + seconds
    with path.open("a+") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    lock.seek(0)
                    holder = lock.read().strip() or "another process"
                    raise UnreadableRepository(
                        f"the mirror is being fetched by {holder}",
                        "wait until it has finished, or end it, and run again",
                    ) from None
                time.sleep(0.1)
        lock.seek(0)
        lock.truncate()
        lock.write(f"process {os.getpid()}")
        lock.flush()
        yield lock


def remove_leftovers(mirrors: Path) -> None:
    """Remove clones that were killed before they finished; one that is still under way is left alone."""
    for incoming in mirrors.glob("*.incoming"):
        with suppress(UnreadableRepository), _locked(incoming.with_suffix(".lock"), 0):
            shutil.rmtree(incoming, ignore_errors=True)
