"""Tags: which commits were released, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from copartner.sources.git.mapping import map_tags
from copartner.sources.git.references import parse_tags, tag_listing
from copartner.sources.git.repository import GitError, GitRepository, path_text
from git_repositories import DAY, EPOCH, RepositoryBuilder, git


@pytest.fixture
def tagged(tmp_path: Path) -> RepositoryBuilder:
    builder = RepositoryBuilder(tmp_path / "r")
    first = builder.commit({"a": b"1\n"}, time=EPOCH)
    second = builder.commit({"a": b"2\n"}, time=EPOCH + 10 * DAY)
    builder.tag("light", first)
    builder.tag("v1/rc", second, annotated=True, time=EPOCH + 20 * DAY)
    path = builder.build()
    git(path, "tag", "-a", "-m", "x", "nested", "v1/rc", GIT_COMMITTER_DATE=f"{EPOCH + 30 * DAY} +0000")
    git(path, "tag", "file", "HEAD:a")
    git(path, "tag", b"caf\xe9", "HEAD")
    return builder


def test_tags_lead_to_commits(tagged: RepositoryBuilder) -> None:
    found = {path_text(tag.name): tag for tag in parse_tags(tag_listing(GitRepository(tagged.path), None))}
    assert sorted(found) == ['"caf\\351"', "light", "nested", "v1/rc"]
    assert (found["light"].commit, found["light"].tagged_at, found["light"].annotated) == (tagged.name(1), None, False)
    assert (found["v1/rc"].commit, found["v1/rc"].tagged_at) == (tagged.name(2), EPOCH + 20 * DAY)
    assert (found["nested"].commit, found["nested"].tagged_at) == (tagged.name(2), EPOCH + 30 * DAY)
    assert found["nested"].annotated


def test_tags_made_later_are_left_out(tagged: RepositoryBuilder) -> None:
    repository = GitRepository(tagged.path)

    def names(seconds: int) -> list[bytes]:
        day = datetime.fromtimestamp(seconds, UTC).date()
        return [tag.name for tag in parse_tags(tag_listing(repository, day))]

    assert names(EPOCH) == [b"light"]
    assert names(EPOCH + 10 * DAY) == [b"caf\xe9", b"light"]
    assert names(EPOCH + 20 * DAY) == [b"caf\xe9", b"light", b"v1/rc"]
    assert names(EPOCH + 30 * DAY) == [b"caf\xe9", b"light", b"nested", b"v1/rc"]
    assert names(EPOCH - DAY) == []


def test_a_tag_whose_object_is_missing_does_not_hide_the_others(tagged: RepositoryBuilder) -> None:
    broken = tagged.path / "refs" / "tags" / "broken"
    broken.parent.mkdir(parents=True, exist_ok=True)
    broken.write_text("1" * 40 + "\n")
    names = [tag.name for tag in parse_tags(tag_listing(GitRepository(tagged.path), None))]
    assert names == [b"caf\xe9", b"light", b"nested", b"v1/rc"]


def test_rows(tagged: RepositoryBuilder) -> None:
    rows = map_tags("pay", parse_tags(tag_listing(GitRepository(tagged.path), None))).to_pylist()
    assert rows[1] == {
        "repository": "pay",
        "tag": "light",
        "commit": tagged.name(1),
        "tagged_at": None,
        "annotated": False,
    }
    assert rows[3]["tagged_at"] == datetime.fromtimestamp(EPOCH + 20 * DAY, UTC)
    assert map_tags("pay", []).num_rows == 0


def test_a_repository_that_git_cannot_list_is_an_error(tagged: RepositoryBuilder) -> None:
    repository = GitRepository(tagged.path)
    (tagged.path / "HEAD").unlink()
    with pytest.raises(GitError):
        tag_listing(repository, None)
