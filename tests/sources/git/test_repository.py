"""Opening repositories, hygienic git, paths as text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.git_repositories import RepositoryBuilder, git

from copartner.sources.git.repository import GitError, GitRepository, path_text


@pytest.fixture
def built(tmp_path: Path) -> tuple[Path, str]:
    builder = RepositoryBuilder(tmp_path / "bare.git")
    builder.commit({"a": b"1\n"})
    path = builder.build()
    return path, builder.name(1)


def test_opens_bare_worktree_subfolder_and_linked_worktree(built: tuple[Path, str], tmp_path: Path) -> None:
    path, name = built
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(path), str(clone))
    (clone / "sub").mkdir()
    git(clone, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    for place in (path, clone, clone / ".git", clone / "sub", tmp_path / "linked"):
        assert GitRepository(place).resolve("HEAD") == name
    assert GitRepository(tmp_path / "linked").object_dir == (clone / ".git" / "objects").resolve()


def test_no_repository_is_an_error_that_says_where(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="no git repository at"):
        GitRepository(tmp_path / "nothing")


def test_an_unknown_revision_is_an_error(built: tuple[Path, str]) -> None:
    repository = GitRepository(built[0])
    with pytest.raises(GitError, match="no-such-branch"):
        repository.resolve("no-such-branch")
    with pytest.raises(GitError, match="dash"):
        repository.resolve("--exec=anything")


def test_a_failure_carries_command_status_and_message(built: tuple[Path, str]) -> None:
    with pytest.raises(GitError) as caught:
        GitRepository(built[0]).run("cat-file", "blob", "HEAD:nothing")
    assert caught.value.command[:2] == ("cat-file", "blob")
    assert caught.value.returncode == 128
    assert "nothing" in caught.value.stderr


def test_inherited_git_variables_do_not_reach_git(built: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_NO_LAZY_FETCH", "0")
    repository = GitRepository(built[0])
    environment = repository.environment()
    assert "GIT_DIR" not in environment
    assert environment["GIT_NO_LAZY_FETCH"] == "1"
    assert repository.resolve("HEAD") == built[1]


def test_missing_objects_and_sizes(built: tuple[Path, str]) -> None:
    repository = GitRepository(built[0])
    blob = repository.run("rev-parse", "HEAD:a").strip()
    absent = b"1" * 40
    assert repository.missing_objects([blob, absent]) == {absent}
    assert repository.object_sizes([blob, absent]) == [2, None]


def test_ancestors(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    first, second = builder.commit({"a": b"1\n"}), builder.commit({"a": b"2\n"})
    repository = GitRepository(builder.build())
    assert repository.is_ancestor(builder.name(first), builder.name(second))
    assert not repository.is_ancestor(builder.name(second), builder.name(first))
    assert not repository.is_ancestor("1" * 40, builder.name(second))


def test_completeness(tmp_path: Path, built: tuple[Path, str]) -> None:
    complete = GitRepository(built[0]).completeness
    assert (complete.shallow, complete.partial, complete.grafts, complete.replacements) == (0, False, False, False)
    git(built[0], "config", "remote.origin.promisor", "true")
    assert GitRepository(built[0]).completeness.partial


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (b"plain/path.py", "plain/path.py"),
        ("żółw".encode(), "żółw"),
        (b"caf\xe9", '"caf\\351"'),
        (b'"quoted\\', '"\\"quoted\\\\"'),
        (b"\xff\n\t", '"\\377\\n\\t"'),
    ],
)
def test_path_text(path: bytes, text: str) -> None:
    assert path_text(path) == text


@given(st.lists(st.binary(min_size=1, max_size=12), unique=True))
def test_no_two_paths_share_a_text(paths: list[bytes]) -> None:
    assert len({path_text(path) for path in paths}) == len(paths)
