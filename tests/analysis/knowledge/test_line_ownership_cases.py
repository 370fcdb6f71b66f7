"""Line ownership survives what real repositories hold; git blame is the oracle wherever it can answer at all."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from tests.blame_oracle import assert_equals_blame, blame, owners_of, scan
from tests.git_repositories import RepositoryBuilder, clean_environment, git, remove_blob

from copartner.analysis.knowledge.line_ownership_scan import scan_ownership
from copartner.sources.git.history import read_history
from copartner.sources.git.history_store import load_or_read_history
from copartner.sources.git.line_source import GitLineSource
from copartner.sources.git.repository import GitRepository


def lines(*names: object) -> bytes:
    """A file with one line per name."""
    return b"".join(f"{name}\n".encode() for name in names)


def numbered(count: int, text: str = "line") -> bytes:
    return lines(*(f"{text} {i}" for i in range(count)))


def test_a_line_belongs_to_the_commit_that_last_wrote_it(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    first = builder.commit({"a": lines(1, 2, 3)})
    second = builder.commit({"a": lines(1, "two", 3, 4)})
    path = builder.build()
    result = assert_equals_blame(path, tmp_path / "c")
    one, two = builder.name(first), builder.name(second)
    assert owners_of(result) == {b"a": [one, two, one, two]}
    assert [column.tolist() for column in result.ownership.runs()] == [
        [0, 0, 0, 0],
        [1, 2, 3, 4],
        [1, 1, 1, 1],
        [1, 0, 1, 0],
    ]


def test_a_rename_keeps_owners_and_siblings_may_share_a_source(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"lib/x.py": numbered(40), "lib/y.py": numbered(40, "other")})
    # Both targets resemble lib/x.py most; git log pairs only one of them, blame asks for each alone.
    builder.commit(
        {"new/x.py": numbered(41), "new/z.py": numbered(42)},
        delete=["lib/x.py", "lib/y.py"],
    )
    path = builder.build()
    result = assert_equals_blame(path, tmp_path / "c")
    assert {owners[0] for owners in owners_of(result).values()} == {builder.name(1)}


def test_an_exact_rename_prefers_the_same_base_name(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a/x": numbered(3), "b/x": lines("gone")})
    builder.commit({"b/y": numbered(3)})
    builder.commit({"c/y": numbered(3)}, delete=["a/x", "b/y"])
    assert_equals_blame(builder.build(), tmp_path / "c")


def test_names_that_look_like_the_running_numbers_of_a_rename_question(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    names = ["0000000-", "0000001-", "0000001", "target", "x=-"]
    builder.commit({f"old/{i}/{name}": numbered(30, f"{i} {name}") for i, name in enumerate(names)})
    builder.commit(
        {f"new/{i}/{name}": numbered(32, f"{i} {name}") for i, name in enumerate(reversed(names))}
        | {f"kept/{i}/{name}": numbered(31, f"{i} {name}") for i, name in enumerate(names)},
        delete=[f"old/{i}/{name}" for i, name in enumerate(names)],
    )
    result = assert_equals_blame(builder.build(), tmp_path / "c")
    assert sum(owners[0] == builder.name(1) for owners in owners_of(result).values()) >= 5


def test_of_several_sources_with_one_base_name_the_most_similar_is_taken(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a/f": numbered(30), "b/f": numbered(36), "c/other": numbered(38)})
    builder.commit({"d/f": numbered(38) + b"x\n"}, delete=["a/f", "b/f", "c/other"])
    builder.commit({"e/f": numbered(30) + b"y\n"}, delete=["d/f"])
    assert_equals_blame(builder.build(), tmp_path / "c")


def test_merges_octopus_and_criss_cross(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    base = builder.commit({"f": numbered(9), "g": numbered(5)})
    ours = builder.commit({"f": b"ours\n" + numbered(9)}, parents=[base])
    theirs = builder.commit({"f": numbered(9) + b"theirs\n"}, parents=[base])
    third = builder.commit({"g": numbered(6)}, parents=[base])
    both = b"ours\n" + numbered(9) + b"theirs\n"
    one = builder.commit({"f": both}, parents=[ours, theirs])
    other = builder.commit({"f": both + b"evil\n"}, parents=[theirs, ours])
    builder.commit({"f": both + b"evil\n", "g": numbered(6)}, parents=[one, other, third])
    assert_equals_blame(builder.build(), tmp_path / "c")


def test_a_merge_finds_a_rename_against_its_second_parent(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    base = builder.commit({"old": numbered(30)})
    renamed = builder.commit({"new": numbered(30) + b"ours\n"}, delete=["old"], parents=[base])
    edited = builder.commit({"old": b"theirs\n" + numbered(30)}, parents=[base])
    builder.commit({"new": b"theirs\n" + numbered(30) + b"ours\n"}, parents=[renamed, edited])
    result = assert_equals_blame(builder.build(), tmp_path / "c")
    assert owners_of(result)[b"new"][0] == builder.name(edited)


def test_several_roots(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    one = builder.commit({"a": lines(1)}, parents=[])
    two = builder.commit({"b": lines(2)}, parents=[])
    builder.commit({"a": lines(1, "x"), "b": lines(2)}, parents=[one, two])
    assert_equals_blame(builder.build(), tmp_path / "c")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"one\ntwo", b"one\ntwo\nthree"),
        (b"one\ntwo", b"one\ntwo\n"),
        (b"one\r\ntwo\r\n", b"one\ntwo\r\nthree\r\n"),
        (b"", b"one\n"),
        (b"one\n\n\n\ntwo\n", b"\none\n\n\n\n\ntwo"),
    ],
    ids=["no-final-newline", "newline-added", "crlf", "empty-before", "blank-lines"],
)
def test_line_endings(tmp_path: Path, before: bytes, after: bytes) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"f": before, "empty": b""})
    builder.commit({"f": after})
    result = assert_equals_blame(builder.build(), tmp_path / "c")
    assert b"empty" not in owners_of(result)


def test_paths_of_any_bytes(tmp_path: Path) -> None:
    names = [
        b"with space",
        b"tab\there",
        b"new\nline",
        b'quo"te',
        b"caf\xe9",
        "żółw".encode(),
        b"back\\slash",
        b":(glob)*",
    ]
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({name: numbered(20) + name + b"\n" for name in names})
    builder.commit({b"moved/" + name: numbered(21) + name + b"\n" for name in names[:3]}, delete=names[:3])
    path = builder.build()
    result = scan(path, tmp_path / "c")
    owners = owners_of(result)
    assert set(owners) == {b"moved/" + name for name in names[:3]} | set(names[3:])
    for name in owners:
        if not name.startswith(b":"):
            assert owners[name] == blame(path, "HEAD", name), name


def test_submodules_symlinks_and_binary_files_are_left_out_and_listed(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit(
        {"link": b"target", "image": b"\x89PNG\0\0", "text": lines(1), "became": b"elsewhere"},
        modes={"link": "120000", "became": "120000"},
        submodules={"module": "1" * 40, "gone": "2" * 40},
    )
    builder.commit({"became": lines("now", "a", "file"), "gone": lines("file now")}, delete=["became", "gone"])
    result = assert_equals_blame(builder.build(), tmp_path / "c")
    assert result.excluded == ((b"image", "binary"), (b"link", "symbolic link"))
    assert set(owners_of(result)) == {b"text", b"became", b"gone"}


def test_a_file_that_was_binary_before_is_read_as_text_all_the_way(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    first = builder.commit({"f": lines(1, 2, 3)})
    builder.commit({"f": b"1\n\0\n2\n3\n"})
    builder.commit({"f": lines(1, 2, 3, 4)})
    result = assert_equals_blame(builder.build(), tmp_path / "c")
    assert owners_of(result)[b"f"][:3] == [builder.name(first)] * 3


def test_a_missing_version_makes_lines_unseen_not_wrong(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"f": lines(1, 2), "other": lines("a")})
    builder.commit({"f": lines(1, 2, 3)})
    last = builder.commit({"f": lines(1, 2, 3, 4), "moved": lines("a", "b")}, delete=["other"])
    path = builder.build()
    lost = git(path, "rev-parse", "HEAD~1:f").decode().strip()
    remove_blob(path, lost)
    result = scan(path, tmp_path / "c")
    assert owners_of(result)[b"f"] == [None] * 4
    assert owners_of(result)[b"moved"][-1] == builder.name(last)
    assert result.unseen_lines == 4
    assert any("cannot be seen" in note for note in result.notes)


def test_a_missing_file_at_the_head_is_listed(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"f": lines(1, 2), "g": lines("a")})
    path = builder.build()
    remove_blob(path, git(path, "rev-parse", "HEAD:f").decode().strip())
    result = scan(path, tmp_path / "c")
    assert result.excluded == ((b"f", "missing from this clone"),)
    assert set(owners_of(result)) == {b"g"}


def test_missing_blobs_take_no_part_in_renames(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a": numbered(30), "b": numbered(30, "other")})
    builder.commit({"c": numbered(31), "d": numbered(31, "other")}, delete=["a", "b"])
    path = builder.build()
    remove_blob(path, git(path, "rev-parse", "HEAD~1:a").decode().strip())
    owners = owners_of(scan(path, tmp_path / "c"))
    assert set(owners[b"c"]) == {builder.name(2)}
    assert owners[b"d"] == [builder.name(1)] * 30 + [builder.name(2)]


def test_a_file_too_large_to_compare_is_capped_with_a_reason(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"big": numbered(5000), "was-big": numbered(5000), "small": numbered(5)})
    builder.commit({"big": numbered(5001), "was-big": numbered(50)})
    with GitLineSource(builder.build(), tmp_path / "c", largest_file=10_000) as source:
        result = scan_ownership(source)
    assert result.excluded == ((b"big", "too large to compare"),)
    assert owners_of(result)[b"was-big"] == [None] * 50
    assert owners_of(result)[b"small"] == [builder.name(1)] * 5


def test_a_sha256_repository(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r", object_format="sha256")
    builder.commit({"a": numbered(30)})
    builder.commit({"b": numbered(31)}, delete=["a"])
    result = assert_equals_blame(builder.build(), tmp_path / "c")
    assert owners_of(result)[b"b"][0] == builder.name(1)
    assert len(builder.name(1)) == 64


def test_a_shallow_clone_says_where_history_is_cut(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    for count in range(1, 6):
        builder.commit({"f": numbered(count)})
    path = builder.build()
    clone = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=2", f"file://{path}", str(clone))
    result = assert_equals_blame(clone, tmp_path / "c")
    cut = builder.name(4)
    assert result.history.cut == (cut.encode(),)
    assert owners_of(result)[b"f"] == [cut] * 4 + [builder.name(5)]
    assert any(note.startswith("history cut at 1 commit") for note in result.notes)
    git(clone, "fetch", "-q", "--unshallow")
    assert owners_of(assert_equals_blame(clone, tmp_path / "c"))[b"f"][0] == builder.name(1)


@pytest.mark.filterwarnings("default")
def test_grafted_parents_are_followed_as_git_does(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"f": numbered(3)}, parents=[])
    builder.commit({"f": numbered(4)}, parents=[])
    path = builder.build()
    (path / "info").mkdir(exist_ok=True)
    (path / "info" / "grafts").write_text(f"{builder.name(2)} {builder.name(1)}\n")
    result = assert_equals_blame(path, tmp_path / "c")
    assert owners_of(result)[b"f"][0] == builder.name(1)
    assert any("grafts" in note for note in result.notes)


def test_a_partial_clone_is_not_completed_behind_our_back(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"f": lines(1, 2), "g": lines(1)})
    builder.commit({"f": lines(1, 2, 3)})
    path = builder.build()
    git(path, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial.git"
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", f"file://{path}", str(clone))
    before = sorted(str(file) for file in clone.rglob("*"))
    result = scan(clone, tmp_path / "c")
    assert {why for _, why in result.excluded} == {"missing from this clone"}
    assert sorted(str(file) for file in clone.rglob("*")) == before


def test_the_repository_is_never_written(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a": numbered(30)})
    builder.commit({"b": numbered(31)}, delete=["a"])
    path = builder.build()
    before = {file: file.stat().st_mtime_ns for file in path.rglob("*")}
    scan(path, tmp_path / "c", every="month")
    assert {file: file.stat().st_mtime_ns for file in path.rglob("*")} == before


def test_ignored_revisions_pass_through_as_in_git_blame(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"f.py": lines(*(f"value_{i} = call({i})" for i in range(12))), "g.py": lines("x=1")})
    builder.commit({"f.py": lines(*(f"value_{i} = call({i})" for i in range(12)), "print()")})
    sweep = builder.commit(
        {"f.py": lines(*(f"value_{i}   =   call( {i} )" for i in range(12)), "", "print()"), "g.py": lines("x = 1")}
    )
    builder.commit({"f.py": lines(*(f"value_{i}   =   call( {i} )" for i in range(11)), "", "print(1)")})
    path = builder.build()
    result = assert_equals_blame(path, tmp_path / "c", ignore=[builder.name(sweep)])
    assert owners_of(result)[b"f.py"][0] == builder.name(1)
    plain = assert_equals_blame(path, tmp_path / "c")
    assert owners_of(plain)[b"f.py"][0] == builder.name(sweep)


def test_ignored_merge_and_ignored_rename(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    base = builder.commit({"f": numbered(20)})
    ours = builder.commit({"f": b"ours\n" + numbered(20)}, parents=[base])
    theirs = builder.commit({"f": numbered(20) + b"theirs\n"}, parents=[base])
    merge = builder.commit({"f": b"OURS\n" + numbered(20) + b"THEIRS\n"}, parents=[ours, theirs])
    move = builder.commit({"caf\u00e9/g": b"OURS!\n" + numbered(20) + b"THEIRS\n"}, delete=["f"])
    path = builder.build()
    assert_equals_blame(path, tmp_path / "c", ignore=[builder.name(merge), builder.name(move)])


def test_any_revision_and_any_selection_of_files(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    for count in range(1, 8):
        builder.commit({"f": numbered(count), "g": numbered(count // 2)})
    path = builder.build()
    cache = tmp_path / "c"
    scan(path, cache)
    for mark in (3, 5, 7):
        assert_equals_blame(path, cache, builder.name(mark))
    assert set(owners_of(scan(path, cache, keep=lambda name: name == b"g"))) == {b"g"}


def test_a_selection_is_a_base_for_the_next_scan_but_displaces_no_larger_one(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    for count in range(1, 6):
        builder.commit({"f": numbered(count), "g": numbered(9 - count), "h": lines(count), "i": numbered(2)})
    path, cache = builder.build(), tmp_path / "c"

    def kept_files() -> int:
        (file,) = (cache / "owners").glob("*.npz")
        with np.load(file) as archive:
            return len(archive["line_start"]) - 1

    scan(path, cache, keep=lambda name: name in (b"f", b"g", b"h"))
    assert kept_files() == 3
    builder.commit({"f": numbered(7), "i": numbered(3)})
    assert_equals_blame(builder.build(), cache)
    assert kept_files() == 4
    builder.commit({"g": numbered(7)})
    builder.build()
    scan(path, cache, keep=lambda name: name == b"g")
    assert kept_files() == 4
    assert_equals_blame(path, cache)


def test_a_series_equals_a_scan_of_each_snapshot(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    day = 86_400
    for number in range(30):
        name = "f" if number < 17 else "renamed"
        delete = ["f"] if number == 17 else []
        builder.commit(
            {name: numbered(40 + number), f"new-{number % 4}": numbered(number)},
            delete=delete,
            time=1_500_000_000 + number * 9 * day,
        )
    path = builder.build()
    result = scan(path, tmp_path / "c", every="month")
    assert len(result.snapshots) == 10
    for snapshot in result.snapshots:
        single = scan(path, tmp_path / "d", result.history.commit[snapshot.commit].decode())
        owners, counts = single.ownership.lines_per_commit()
        ours = {result.history.commit[i]: n for i, n in zip(snapshot.owner, snapshot.lines, strict=True)}
        theirs = {single.history.commit[i]: n for i, n in zip(owners, counts, strict=True)}
        assert ours == theirs
        before = git(path, "rev-list", "-1", "--first-parent", f"--before={snapshot.day}T23:59:59Z", "HEAD")
        assert before.strip() == result.history.commit[snapshot.commit]


def test_new_commits_are_added_and_a_rewritten_history_is_read_again(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    for count in range(1, 8):
        builder.commit({"f": numbered(count)})
    path = builder.build()
    cache = tmp_path / "c"
    git(path, "update-ref", "refs/heads/main", builder.name(4))
    assert_equals_blame(path, cache)
    git(path, "update-ref", "refs/heads/main", builder.name(7))
    grown = assert_equals_blame(path, cache)
    assert len(grown.history) == 7
    other = builder.commit({"f": numbered(5) + b"rewritten\n"}, parents=[2])
    builder.build()
    rewritten = assert_equals_blame(path, cache)
    assert len(rewritten.history) == 3
    assert owners_of(rewritten)[b"f"][-1] == builder.name(other)


def test_a_grown_history_equals_a_full_reading(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    base = builder.commit({"f": numbered(5)}, message="one\n\nCo-authored-by: Bo <bo@example.org>")
    side = builder.commit({"f": numbered(5), "side": numbered(3)}, parents=[base], author=("Bo", "bo@example.org"))
    main = builder.commit({"f": numbered(7)}, parents=[base])
    merge = builder.commit({"f": numbered(7), "side": numbered(3)}, parents=[main, side])
    mailmap = b"Bob Example <bob@example.org> <bo@example.org>\n"
    builder.commit(
        {"g": numbered(7), ".mailmap": mailmap}, delete=["f"], message="last\n\nCo-authored-by: Cy <cy@example.org>"
    )
    repository = GitRepository(builder.build())
    load_or_read_history(repository, builder.name(main), tmp_path / "c")
    load_or_read_history(repository, builder.name(merge), tmp_path / "c")
    grown = load_or_read_history(repository, "HEAD", tmp_path / "c")
    full = read_history(repository, "HEAD")
    kept = load_or_read_history(repository, "HEAD", tmp_path / "c")
    for history in (grown, kept):
        assert {describe(history, i) for i in range(5)} == {describe(full, i) for i in range(5)}
        assert len(history.co_authors.commit) == 2
        names = [history.commit[i] for i in history.co_authors.commit]
        assert sorted(names) == sorted(full.commit[i] for i in full.co_authors.commit)
        assert {history.texts[i] for i in history.co_authors.email} == {b"bob@example.org", b"cy@example.org"}


def describe(history: object, commit: int) -> tuple[object, ...]:
    """Everything a history says about one commit, free of numbering."""
    from copartner.sources.git.history import History

    assert isinstance(history, History)
    a, b = history.change_start[commit], history.change_start[commit + 1]
    p, q = history.parent_start[commit], history.parent_start[commit + 1]
    changes = tuple(
        (
            int(history.status[row]),
            history.paths[history.path[row]],
            history.paths[history.old_path[row]],
            history.blob_names[history.old_blob[row]],
            history.blob_names[history.new_blob[row]],
        )
        for row in range(a, b)
    )
    parents = tuple(history.commit[i] if i >= 0 else b"outside" for i in history.parent[p:q])
    text = history.texts
    columns = (history.author_name, history.author_email, history.author_email_raw, history.subject)
    who = tuple(text[column[commit]] for column in columns)
    return (history.commit[commit], parents, changes, who, int(history.author_time[commit]))


def test_two_scans_at_once(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    for count in range(1, 40):
        builder.commit({f"f{count % 5}": numbered(count)})
    path = builder.build()
    found: list[dict[bytes, list[str | None]]] = []
    threads = [threading.Thread(target=lambda: found.append(owners_of(scan(path, tmp_path / "c")))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(owners == found[0] for owners in found)


def test_a_mirror_updated_during_the_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"f": numbered(3)})
    path = builder.build()
    pinned = builder.name(1)
    with GitLineSource(path, tmp_path / "c") as source:
        reading = source.history

        def push_then_read(head: str) -> object:
            builder.commit({"f": numbered(4)})
            builder.build()
            return reading(head)

        monkeypatch.setattr(source, "history", push_then_read)
        result = scan_ownership(source)
    assert bytes(result.history.commit[result.ownership.commit]).decode() == pinned
    assert owners_of(result) == {b"f": [pinned] * 3}


def test_configuration_has_no_influence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a": numbered(30), ".gitattributes": b"* -diff\n"})
    builder.commit({"b": numbered(31)}, delete=["a"])
    path = builder.build()
    expected = owners_of(scan(path, tmp_path / "c"))
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[diff]\n\trenames = false\n\texternal = false\n[log]\n\tshowSignature = true\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_DIFF_OPTS", "-U5")
    git_config = ["git", "-C", str(path), "config"]
    for key, value in (("diff.algorithm", "patience"), ("diff.renames", "false"), ("core.quotePath", "true")):
        subprocess.run([*git_config, key, value], check=True, env=clean_environment())
    assert owners_of(scan(path, tmp_path / "d")) == expected
    assert expected[b"b"][0] == builder.name(1)
