"""A location becomes a clone that can be read: in place, or as a mirror that is whole or not there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from copartner.sources.git import mirror as mirrors_module
from copartner.sources.git.mirror import (
    check_url,
    is_url,
    mirror_path,
    open_clone,
    redact,
    remove_leftovers,
    update_mirror,
)
from copartner.sources.git.pinned_head import UnreadableRepository
from copartner.sources.git.repository import GitRepository
from git_repositories import RepositoryBuilder, clean_environment, git


def references(path: Path) -> dict[str, str]:
    lines = git(path, "for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()
    return dict(line.split(" ") for line in lines)


def files_of(path: Path) -> dict[str, tuple[int, int]]:
    return {str(p.relative_to(path)): (p.stat().st_mtime_ns, p.stat().st_size) for p in sorted(path.rglob("*"))}


@pytest.fixture
def remote(tmp_path: Path) -> RepositoryBuilder:
    builder = RepositoryBuilder(tmp_path / "remote")
    first = builder.commit({"a.py": b"x\n"})
    builder.commit({"b.py": b"y\n"})
    builder.tag("v1", first, annotated=True)
    builder.build()
    return builder


def test_a_local_path_is_read_in_place_and_not_written(remote: RepositoryBuilder, tmp_path: Path) -> None:
    before = files_of(remote.path)
    clone = open_clone("remote", mirrors=tmp_path / "mirrors", base_folder=tmp_path)
    assert clone.repository.git_dir == remote.path
    assert clone.repository.resolve("HEAD") == references(remote.path)["refs/heads/main"]
    assert clone.notes == ()
    assert files_of(remote.path) == before
    assert not (tmp_path / "mirrors").exists()


def test_a_work_tree_a_git_file_and_a_home_path_are_accepted(
    remote: RepositoryBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "clone", "--quiet", str(remote.path), "clone")
    git(tmp_path / "clone", "worktree", "add", "--quiet", "../second", "-b", "topic")
    monkeypatch.setenv("HOME", str(tmp_path))
    for location in ("clone", "second", "~/clone", "clone/.git"):
        assert open_clone(location, mirrors=tmp_path / "m", base_folder=tmp_path).repository.resolve("HEAD")


def test_a_folder_inside_another_repository_is_not_taken_for_one(remote: RepositoryBuilder, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(remote.path), "clone")
    (tmp_path / "clone" / "payments").mkdir()
    with pytest.raises(UnreadableRepository, match="inside another one") as error:
        open_clone("clone/payments", mirrors=tmp_path / "m", base_folder=tmp_path)
    assert "include" in error.value.remedy


@pytest.mark.parametrize("name", ["nowhere", "plain"])
def test_a_path_without_repository_says_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(UnreadableRepository, match=name) as error:
        open_clone(name, mirrors=tmp_path / "m", base_folder=tmp_path)
    assert "URL" in error.value.remedy


@pytest.mark.parametrize(
    ("location", "remote_one"),
    [
        ("https://example.org/a.git", True),
        ("ssh://git@example.org/a", True),
        ("git@example.org:team/a.git", True),
        ("file:///srv/a", True),
        ("ext::sh -c true", True),
        ("/srv/a", False),
        ("../a", False),
        ("a", False),
    ],
)
def test_urls_are_told_from_paths(location: str, remote_one: bool) -> None:
    assert is_url(location) is remote_one


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c 'touch x'",
        "fd::17",
        "http://example.org/a",
        "git://example.org/a",
        "ftp://example.org/a",
        "ssh://-oProxyCommand=touch/a",
        "ssh://git@-oProxyCommand=x/a",
        "-oProxyCommand=x:a",
        "https:///a",
        "https://example.org/a\nb",
        "https://example.org/a b",
        "https://-x/a",
    ],
)
def test_dangerous_urls_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableRepository):
        check_url(url)
    with pytest.raises(UnreadableRepository):
        update_mirror(url, tmp_path / "mirrors")
    assert not (tmp_path / "mirrors").exists()


def test_a_mirror_is_cloned_then_follows_its_remote(remote: RepositoryBuilder, tmp_path: Path) -> None:
    url = f"file://{remote.path}"
    path, notes = update_mirror(url, tmp_path / "mirrors")
    assert references(path) == references(remote.path)
    assert notes == ()
    assert not (path / "hooks").exists()
    assert "file://" not in (path / "config").read_text()
    old = GitRepository(path).resolve("HEAD")
    # A forced push, a deleted tag, a new branch: the mirror follows, and what was pinned before stays readable.
    remote.commit({"c.py": b"z\n"}, parents=())
    side = remote.commit({"d.py": b"z\n"}, branch="side")
    remote.tag("v2", side)
    remote.build()
    git(remote.path, "tag", "-d", "v1")
    assert update_mirror(url, tmp_path / "mirrors") == (path, ())
    assert references(path) == references(remote.path)
    assert GitRepository(path).resolve("HEAD") != old
    assert GitRepository(path).resolve(old) == old


def test_an_unchanged_remote_costs_no_fetch(
    remote: RepositoryBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"file://{remote.path}"
    path, _ = update_mirror(url, tmp_path / "mirrors")
    before = files_of(path)

    def refuse(*_: object) -> None:
        raise AssertionError("fetched")

    monkeypatch.setattr(mirrors_module._Remote, "_fetch", refuse)
    update_mirror(url, tmp_path / "mirrors")
    assert files_of(path) == before


def test_the_remotes_head_branch_is_the_mirrors(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "remote", head="trunk")
    builder.commit({"a": b"1"})
    tip = builder.commit({"a": b"2"})
    builder.build()
    url = f"file://{builder.path}"
    path, _ = update_mirror(url, tmp_path / "mirrors")
    assert GitRepository(path).resolve("HEAD") == builder.name(tip)
    git(builder.path, "update-ref", "--no-deref", "HEAD", builder.name(1))
    update_mirror(url, tmp_path / "mirrors")
    assert GitRepository(path).resolve("HEAD") == builder.name(1)


def test_an_empty_remote_gives_an_empty_mirror_that_fills_later(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "remote")
    url = f"file://{builder.path}"
    path, _ = update_mirror(url, tmp_path / "mirrors")
    assert references(path) == {}
    tip = builder.commit({"a": b"1"})
    builder.build()
    update_mirror(url, tmp_path / "mirrors")
    assert GitRepository(path).resolve("HEAD") == builder.name(tip)


def test_a_sha256_remote_gets_a_sha256_mirror(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "remote", object_format="sha256")
    tip = builder.commit({"a": b"1"})
    builder.build()
    path, _ = update_mirror(f"file://{builder.path}", tmp_path / "mirrors")
    assert GitRepository(path).object_format == "sha256"
    assert GitRepository(path).resolve("HEAD") == builder.name(tip)


def test_a_remote_that_is_gone_leaves_the_mirror_readable_and_says_so(
    remote: RepositoryBuilder, tmp_path: Path
) -> None:
    url = f"file://{remote.path}"
    path, _ = update_mirror(url, tmp_path / "mirrors")
    remote.path.rename(tmp_path / "moved")
    clone = open_clone(url, mirrors=tmp_path / "mirrors", base_folder=tmp_path)
    assert clone.repository.git_dir == path
    assert len(clone.notes) == 1
    assert "as fetched last" in clone.notes[0]
    with pytest.raises(UnreadableRepository, match="could not fetch"):
        update_mirror(f"file://{tmp_path}/never", tmp_path / "mirrors")
    assert [p.name for p in (tmp_path / "mirrors").iterdir() if p.is_dir()] == [path.name]


def test_leftovers_of_a_killed_fetch_do_not_block_the_next(remote: RepositoryBuilder, tmp_path: Path) -> None:
    url = f"file://{remote.path}"
    path, _ = update_mirror(url, tmp_path / "mirrors")
    remote.commit({"c.py": b"z\n"})
    remote.build()
    (path / "packed-refs.lock").touch()
    (path / "HEAD.lock").touch()
    (path / "refs" / "heads").mkdir(parents=True, exist_ok=True)
    (path / "refs" / "heads" / "main.lock").touch()
    (path / "objects" / "pack" / "tmp_pack_x").write_bytes(b"half")
    assert update_mirror(url, tmp_path / "mirrors") == (path, ())
    assert references(path) == references(remote.path)
    assert not list(path.rglob("*.lock"))
    assert not list(path.rglob("tmp_*"))


def test_remove_leftovers_spares_a_clone_under_way(tmp_path: Path) -> None:
    (tmp_path / "dead-1.incoming").mkdir()
    (tmp_path / "busy-2.incoming").mkdir()
    with mirrors_module._locked(tmp_path / "busy-2.lock", 0):
        remove_leftovers(tmp_path)
    assert [p.name for p in tmp_path.glob("*.incoming")] == ["busy-2.incoming"]


def test_a_second_process_waits_for_the_first(remote: RepositoryBuilder, tmp_path: Path) -> None:
    url = f"file://{remote.path}"
    mirrors = tmp_path / "mirrors"
    mirrors.mkdir()
    lock = mirror_path(url, mirrors).with_suffix(".lock")
    with mirrors_module._locked(lock, 0):
        with pytest.raises(UnreadableRepository, match=f"process {os.getpid()}"):
            update_mirror(url, mirrors, lock_seconds=0.2)
        done: list[Path] = []
        waiting = threading.Thread(target=lambda: done.append(update_mirror(url, mirrors)[0]))
        waiting.start()
        time.sleep(0.3)
        assert not done
    waiting.join(30)
    assert references(done[0]) == references(remote.path)


def test_credentials_stay_out_of_arguments_messages_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> {tmp_path}/arguments\n'
        f"env >> {tmp_path}/environment\n"
        'case "$*" in *init*) mkdir -p "$(eval echo \\${$#})"; exit 0;; esac\n'
        "echo \"fatal: Authentication failed for 'https://ann:s3cret@example.org/a.git/'\" >&2\nexit 128\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    with pytest.raises(UnreadableRepository) as error:
        update_mirror("https://ann:s3cret@example.org/a.git", tmp_path / "mirrors")
    assert "s3cret" not in str(error.value)
    assert "credential helper" in error.value.remedy
    assert "s3cret" not in (tmp_path / "arguments").read_text()
    environment = (tmp_path / "environment").read_text()
    assert "GIT_ALLOW_PROTOCOL=https:ssh:file\n" in environment
    assert "GIT_DIR=" not in environment
    assert all("s3cret" not in str(p) for p in tmp_path.rglob("*"))


def test_the_same_repository_has_one_mirror_whatever_the_credentials(tmp_path: Path) -> None:
    plain = mirror_path("https://example.org/team/a", tmp_path)
    assert mirror_path("https://token@example.org/team/a.git", tmp_path) == plain
    assert mirror_path("https://ann:pw@example.org/team/a/", tmp_path) == plain
    assert mirror_path("https://example.org/other/a", tmp_path) != plain
    assert plain.name.startswith("a-")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:p@h/x and http://t@h", "https://h/x and http://h"),
        ("ssh://git:pw@h/x", "ssh://git@h/x"),
        ("git@h:x", "git@h:x"),
    ],
)
def test_redact(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_a_clone_killed_at_any_moment_leaves_a_whole_mirror_or_none(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "remote")
    for i in range(300):
        builder.commit({f"f{i}": random.Random(i).randbytes(4000)})
    builder.build()
    url = f"file://{builder.path}"
    mirrors = tmp_path / "mirrors"
    program = (
        "import sys; from pathlib import Path; from copartner.sources.git.mirror import update_mirror;"
        "print('go', flush=True); update_mirror(sys.argv[1], Path(sys.argv[2]))"
    )
    dice = random.Random(1)
    whole = 0
    for _ in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", program, url, str(mirrors)], stdout=subprocess.PIPE, env=clean_environment()
        )
        with process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(dice.random() * 0.12)
            process.send_signal(signal.SIGKILL)
        path = mirror_path(url, mirrors)
        if path.exists():
            whole += 1
            assert references(path) == references(builder.path)
            git(path, "fsck", "--connectivity-only")
    path, notes = update_mirror(url, mirrors)
    assert notes == ()
    assert references(path) == references(builder.path)
    assert not list(mirrors.glob("*.incoming"))
