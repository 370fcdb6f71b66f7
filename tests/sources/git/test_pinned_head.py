"""The commit an assessment is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from copartner.sources.git.pinned_head import UnreadableRepository, resolve_head
from copartner.sources.git.repository import GitRepository
from git_repositories import RepositoryBuilder, git


def at(day: str, clock: str = "12:00:00") -> int:
    return int(datetime.fromisoformat(f"{day}T{clock}+00:00").timestamp())


def test_the_last_commit_of_the_day_on_the_first_parent_chain(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    first = builder.commit({"a": b"1"}, time=at("2020-01-01"))
    evening = builder.commit({"a": b"2"}, time=at("2020-01-02", "23:59:59"))
    side = builder.commit({"b": b"1"}, branch="side", parents=[first], time=at("2020-01-03"))
    merge = builder.commit({"b": b"1"}, parents=[evening, side], time=at("2020-01-05"))
    # Written in 2019, committed in 2020: it was not there before.
    late = builder.commit({"c": b"1"}, time=at("2019-06-01"), commit_time=at("2020-01-07"))
    repository = GitRepository(builder.build())
    expected = {"2020-01-01": first, "2020-01-02": evening, "2020-01-04": evening, "2020-01-05": merge}
    for day, mark in expected.items():
        assert resolve_head(repository, None, date.fromisoformat(day)) == builder.name(mark)
    assert resolve_head(repository, "main", date(2020, 1, 6)) == builder.name(merge)
    assert resolve_head(repository, "main", date(2020, 1, 7)) == builder.name(late)
    assert resolve_head(repository, None, None) == builder.name(late)
    assert resolve_head(repository, "side", date(2020, 1, 5)) == builder.name(side)
    assert resolve_head(repository, builder.name(merge)[:12], None) == builder.name(merge)


def test_committer_dates_need_not_be_in_order(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a": b"1"}, time=at("2020-01-01"))
    builder.commit({"a": b"2"}, time=at("2020-03-01"))
    wrong_clock = builder.commit({"a": b"3"}, time=at("2020-01-15"))
    repository = GitRepository(builder.build())
    assert resolve_head(repository, None, date(2020, 2, 1)) == builder.name(wrong_clock)


def test_all_later_names_the_first_possible_day(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a": b"1"}, time=at("2020-05-04"))
    repository = GitRepository(builder.build())
    with pytest.raises(UnreadableRepository, match="later than 2020-05-03") as error:
        resolve_head(repository, None, date(2020, 5, 3))
    assert "2020-05-04" in error.value.remedy


def test_a_shallow_clone_says_how_to_deepen_it(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    for day in range(1, 6):
        builder.commit({"a": bytes([day])}, time=at("2020-05-01") + day * 86_400)
    builder.build()
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{builder.path}", "shallow")
    with pytest.raises(UnreadableRepository, match="--unshallow"):
        resolve_head(GitRepository(tmp_path / "shallow"), None, date(2020, 5, 3))


def test_unknown_revisions_name_close_ones(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    mark = builder.commit({"a": b"1"})
    builder.tag("release-1.0", mark)
    repository = GitRepository(builder.build())
    with pytest.raises(UnreadableRepository, match=r"'release-1.1'.*release-1.0"):
        resolve_head(repository, "release-1.1", None)
    git(builder.path, "symbolic-ref", "HEAD", "refs/heads/gone")
    with pytest.raises(UnreadableRepository, match=r"HEAD leads to no commit.*main"):
        resolve_head(repository, None, None)


def test_an_empty_repository(tmp_path: Path) -> None:
    repository = GitRepository(RepositoryBuilder(tmp_path / "r").path)
    with pytest.raises(UnreadableRepository, match="no commit yet"):
        resolve_head(repository, None, date(2020, 1, 1))


@pytest.mark.parametrize("name", ["--all", "-x", "a..b", "a b", "a:b", ":/fix", "a\nb", "a\0b", "*", "a[b", ""])
def test_texts_that_are_no_revision_names_never_reach_git(tmp_path: Path, name: str) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a": b"1"})
    repository = GitRepository(builder.build())
    if not name:
        assert resolve_head(repository, name, None) == resolve_head(repository, "HEAD", None)
        return
    with pytest.raises(UnreadableRepository, match="is not the name"):
        resolve_head(repository, name, None)


def test_a_partial_clone_resolves_its_references(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    mark = builder.commit({"a": b"1"})
    builder.build()
    git(builder.path, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--bare", "--filter=blob:none", f"file://{builder.path}", "partial")
    repository = GitRepository(tmp_path / "partial")
    assert resolve_head(repository, "main", datetime.now(UTC).date() + timedelta(1)) == builder.name(mark)
    with pytest.raises(UnreadableRepository, match="did you mean main"):
        resolve_head(repository, "man", None)
