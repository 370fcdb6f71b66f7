"""One pass of git log as columns."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.git_repositories import RepositoryBuilder, git, remove_blob

from copartner.sources.git import history as history_module
from copartner.sources.git.contacts import parse_contact
from copartner.sources.git.history import History, read_history
from copartner.sources.git.repository import GitRepository


def changes(history: History, commit: int) -> list[tuple[str, int, bytes, bytes, int, int]]:
    rows = range(history.change_start[commit], history.change_start[commit + 1])
    return [
        (
            chr(history.status[i]),
            int(history.similarity[i]),
            history.paths[history.old_path[i]],
            history.paths[history.path[i]],
            int(history.old_mode[i]),
            int(history.new_mode[i]),
        )
        for i in rows
    ]


def test_changes_modes_and_blobs(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    body = b"".join(b"line %d\n" % i for i in range(20))
    builder.commit({"a": body, "b": b"b\n", "x": b"#!\n", "t": b"t\n"})
    builder.commit(
        {"moved": body + b"more\n", "b": b"B\n", "x": b"#!\n", "t": b"b"},
        delete=["a"],
        modes={"x": "100755", "t": "120000"},
        submodules={"module": "1" * 40},
    )
    builder.commit({}, delete=["b"], rename=[("moved", "moved again")])
    path = builder.build()
    history = read_history(GitRepository(path), "HEAD")
    assert [name.decode() for name in history.commit] == [builder.name(i) for i in (3, 2, 1)]
    assert changes(history, 0) == [
        ("D", 0, b"b", b"b", 0o100644, 0),
        ("R", 100, b"moved", b"moved again", 0o100644, 0o100644),
    ]
    second = changes(history, 1)
    assert ("A", 0, b"module", b"module", 0, 0o160000) in second
    assert ("T", 0, b"t", b"t", 0o100644, 0o120000) in second
    assert ("M", 0, b"x", b"x", 0o100644, 0o100755) in second
    (renamed,) = [change for change in second if change[0] == "R"]
    assert renamed[2:4] == (b"a", b"moved")
    assert 90 <= renamed[1] < 100
    assert len(changes(history, 2)) == 4
    row = int(history.change_start[0]) + 1
    assert history.blob_names[history.new_blob[row]] == git(path, "rev-parse", "HEAD:moved again").strip()
    assert history.blob_names[0] == b"0" * 40
    assert history.head == history.commit[0]


def test_people_dates_and_texts(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    mailmap = b"Ann Example <ann@new.example> <ann@old.example>\nBo <bo@example.org> <bob@example.org>\n"
    builder.commit(
        {".mailmap": mailmap},
        author=("ann", "ann@old.example"),
        committer=("Bot", "bot@example.org"),
        time=1_500_000_000,
        commit_time=1_500_000_500,
        zone="-0330",
        message="Ein Überblick\n\nText\x01\x02\n\nco-authored-by: Bob <bob@example.org>\n"
        'Co-Authored-By: "Cy, Dr." < cy@example.org >\nCo-authored-by: nobody',
    )
    history = read_history(GitRepository(builder.build()), "HEAD")
    text = history.texts
    assert text[history.author_name_raw[0]] == b"ann"
    assert text[history.author_email_raw[0]] == b"ann@old.example"
    assert text[history.author_name[0]] == b"Ann Example"
    assert text[history.author_email[0]] == b"ann@new.example"
    assert text[history.committer_email_raw[0]] == b"bot@example.org"
    assert text[history.subject[0]] == "Ein Überblick".encode()
    assert (history.author_time[0], history.author_offset[0]) == (1_500_000_000, -210)
    assert history.commit_time[0] == 1_500_000_500
    shared = history.co_authors
    assert [text[i] for i in shared.name_raw] == [b"Bob", b"Cy, Dr."]
    assert [text[i] for i in shared.email_raw] == [b"bob@example.org", b"cy@example.org"]
    assert [text[i] for i in shared.name] == [b"Bo", b"Cy, Dr."]
    assert [text[i] for i in shared.email] == [b"bo@example.org", b"cy@example.org"]


@pytest.mark.parametrize("size", [64, 200, 4096])
def test_blocks_may_break_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    for count in range(12):
        builder.commit(
            {f"f{count % 3}": b"x\n" * count, f"n{count}": b"%d\n" % count}, message=f"m{count}\n\nbody\n:0 x"
        )
        if count % 4 == 3:
            builder.commit({}, rename=[(f"n{count}", f"r{count}")])
            builder.commit({}, message="empty")
    repository = GitRepository(builder.build())
    whole = read_history(repository, "HEAD")
    monkeypatch.setattr(history_module, "_READ_SIZE", size)
    parts = read_history(repository, "HEAD", parallel=False)
    assert parts.commit.tolist() == whole.commit.tolist()
    assert [changes(parts, i) for i in range(len(parts))] == [changes(whole, i) for i in range(len(whole))]
    assert [parts.texts[i] for i in parts.subject] == [whole.texts[i] for i in whole.subject]


def test_merges_and_combined_changes(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    base = builder.commit({"f": b"1\n", "g": b"1\n"})
    ours = builder.commit({"f": b"ours\n"}, parents=[base])
    theirs = builder.commit({"f": b"theirs\n", "g": b"2\n"}, parents=[base])
    builder.commit({"f": b"both\n", "g": b"2\n"}, parents=[ours, theirs])
    history = read_history(GitRepository(builder.build()), "HEAD")
    assert history.is_merge.tolist() == [True, False, False, False]
    assert [history.paths[i] for i in history.combined_path] == [b"f"]
    assert history.combined_commit.tolist() == [0]
    assert history.combined_old_start.tolist() == [0, 2]
    assert sorted(change[3] for change in changes(history, 0)) == [b"f", b"g"]
    parents = history.parent[history.parent_start[0] : history.parent_start[1]]
    assert [history.commit[i].decode() for i in parents] == [builder.name(ours), builder.name(theirs)]


def test_excluded_commits_are_outside(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    for count in range(4):
        builder.commit({"f": b"x\n" * (count + 1)})
    history = read_history(GitRepository(builder.build()), "HEAD", exclude=[builder.name(2)])
    assert len(history) == 2
    assert history.parent.tolist() == [1, -1]
    assert history.parent_name[1].decode() == builder.name(2)


def test_a_missing_blob_costs_its_rename_only(tmp_path: Path) -> None:
    body = b"".join(b"line %d\n" % i for i in range(20))
    other = body.replace(b"line", b"other")
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a": body, "b": other})
    builder.commit({"c": body + b"+\n", "d": other + b"+\n"}, delete=["a", "b"])
    builder.commit({"e": body + b"++\n"}, delete=["c"])
    path = builder.build()
    lost = git(path, "rev-parse", "HEAD~2:a").strip()
    remove_blob(path, lost.decode())
    history = read_history(GitRepository(path), "HEAD")
    assert [change[0] for change in changes(history, 0)] == ["R"]
    assert sorted(change[0] for change in changes(history, 1)) == ["A", "D", "R"]
    assert history.missing == (lost,)
    assert any("missing" in note for note in history.notes)


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        (b"Ann <ann@example.org>", (b"Ann", b"ann@example.org")),
        (b'"Ann, Dr." <ann@example.org>', (b"Ann, Dr.", b"ann@example.org")),
        (b"<ann@example.org>", (b"", b"ann@example.org")),
        (b"ann@example.org", (b"", b"ann@example.org")),
        (b"Ann", None),
        (b"Ann <>", None),
    ],
)
def test_contacts(text: bytes, contact: tuple[bytes, bytes] | None) -> None:
    assert parse_contact(text) == contact
