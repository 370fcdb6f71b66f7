"""From git to rows: one repository with every kind of change, and the same rows again from the raw records alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from copartner.evidence import tables
from copartner.sources.git.hunks import HunkStore
from copartner.sources.git.mapping import Pair, map_lineage
from copartner.sources.git.reading import Reading, read_and_map, replay
from copartner.sources.git.repository import GitRepository
from copartner.sources.git.transcript import Churn, Listener, RawRecord, churn_record
from git_repositories import DAY, EPOCH, EXECUTABLE, SYMLINK, RepositoryBuilder, git, remove_blob

Read = Callable[..., tuple[Reading, list[RawRecord]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(path: Path, head: str = "HEAD", bases: Sequence[str] = ()) -> tuple[Reading, list[RawRecord]]:
        repository = GitRepository(path)
        listener = Listener(repository, repository.resolve(head), bases)
        store = HunkStore(repository, tmp_path / "hunks")
        done = read_and_map(listener, "pay", repository.resolve(head), bases, store.churn)
        return done, [*listener.transcript.records(), churn_record(listener.transcript, done.churn)]

    return reading


def rows(reading: Reading, table: tables.Table, *names: str) -> list[Any]:
    found = reading.rows[table]
    assert found.schema == table.schema
    found.validate(full=True)
    if not names:
        return found.to_pylist()
    return [tuple(row.values()) for row in found.select(names).to_pylist()]


def same(one: dict[tables.Table, pa.Table], other: dict[tables.Table, pa.Table]) -> None:
    assert one.keys() == other.keys()
    for table, expected in one.items():
        assert other[table].equals(expected), table.name


def test_commits(tmp_path: Path, read: Read) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    mailmap = b"Ann Smith <ann@new.example> <ann@old.example>\n"
    first = builder.commit({".mailmap": mailmap}, author=("ann", "ann@old.example"), zone="+0530", time=EPOCH)
    builder.commit(
        {"a": b"1\n"},
        author=("Ann", "ANN@old.example"),
        committer=("Bob", "bob@example.org"),
        time=EPOCH,
        commit_time=EPOCH + DAY,
        zone="-0130",
        message="Subject line\n\nBody\n",
    )
    reading, _ = read(builder.build())
    assert rows(reading, tables.COMMIT)[1] == {
        "repository": "pay",
        "commit": builder.name(first),
        "parents": [],
        "is_merge": False,
        "author_name_raw": "ann",
        "author_email_raw": "ann@old.example",
        "author_name": "Ann Smith",
        "author_email": "ann@new.example",
        "author_time": datetime.fromtimestamp(EPOCH, UTC),
        "author_offset_minutes": 330,
        "commit_time": datetime.fromtimestamp(EPOCH, UTC),
        "subject": "Change",
    }
    second = rows(reading, tables.COMMIT)[0]
    assert second["parents"] == [builder.name(first)]
    assert (second["author_email_raw"], second["author_email"]) == ("ANN@old.example", "ann@new.example")
    assert second["author_offset_minutes"] == -90
    assert second["commit_time"] == datetime.fromtimestamp(EPOCH + DAY, UTC)
    assert second["subject"] == "Subject line"


def test_names_that_are_no_utf_8_keep_every_byte(tmp_path: Path, read: Read) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a": b"1\n"}, author=(b"J\xf6rg", b"j\xf6rg@example.org"), message=b"Gr\xfc\xdfe")
    builder.commit({"a": b"2\n"}, author=(b"J\xf6rg", "j@example.org"), encoding="ISO-8859-1", message=b"Gr\xfc\xdfe")
    reading, _ = read(builder.build())
    assert rows(reading, tables.COMMIT, "author_name_raw", "subject") == [
        ("Jörg", "Grüße"),
        ("J\\xf6rg", "Gr\\xfc\\xdfe"),
    ]


def test_co_authors_in_the_order_written(tmp_path: Path, read: Read) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({".mailmap": b"Robert <bob@new.example> <bob@old.example>\n"})
    message = "X\n\nCo-authored-by: Bob <bob@old.example>\nco-authored-by: Carol <carol@example.org>\n"
    mark = builder.commit({"a": b"1\n"}, message=message)
    reading, _ = read(builder.build())
    assert rows(reading, tables.CO_AUTHOR) == [
        {
            "repository": "pay",
            "commit": builder.name(mark),
            "ordinal": ordinal,
            "name_raw": raw,
            "email_raw": raw_email,
            "name": name,
            "email": email,
        }
        for ordinal, raw, raw_email, name, email in (
            (0, "Bob", "bob@old.example", "Robert", "bob@new.example"),
            (1, "Carol", "carol@example.org", "Carol", "carol@example.org"),
        )
    ]


def test_changes_of_every_kind(tmp_path: Path, read: Read) -> None:
    text = b"".join(b"line %d\n" % i for i in range(20))
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit(
        {
            "a.py": text,
            "b.bin": b"\0\1",
            "link": b"a.py",
            "tool": b"#!/bin/sh\n",
            b"caf\xe9\n.py": b"1\n",
            "gone": b"1\n2",
        },
        modes={"link": SYMLINK},
        submodules={"lib": "1" * 40},
    )
    builder.commit(
        {"tool": b"#!/bin/sh\n", "link": b"b.bin", "b.bin": b"\0\2"},
        modes={"link": SYMLINK, "tool": EXECUTABLE},
        delete=["gone"],
        submodules={"lib": "2" * 40},
    )
    builder.commit({"moved.py": text + b"more\n"}, delete=["a.py"])
    builder.commit({"tool": b"moved.py"}, modes={"tool": SYMLINK})
    reading, _ = read(builder.build())
    found = rows(reading, tables.FILE_CHANGE, "path", "old_path", "status", "similarity", "added", "deleted", "content")
    assert found == [
        ("tool", None, "T", None, None, None, "symlink"),
        ("moved.py", "a.py", "R", 96, 1, 0, "text"),
        ("b.bin", None, "M", None, None, None, "binary"),
        ("gone", None, "D", None, 0, 2, "text"),
        ("lib", None, "M", None, None, None, "submodule"),
        ("link", None, "M", None, None, None, "symlink"),
        ("tool", None, "M", None, 0, 0, "text"),
        ("a.py", None, "A", None, 20, 0, "text"),
        ("b.bin", None, "A", None, None, None, "binary"),
        ('"caf\\351\\n.py"', None, "A", None, 1, 0, "text"),
        ("gone", None, "A", None, 2, 0, "text"),
        ("lib", None, "A", None, None, None, "submodule"),
        ("link", None, "A", None, None, None, "symlink"),
        ("tool", None, "A", None, 1, 0, "text"),
    ]
    blobs = rows(reading, tables.FILE_CHANGE, "path", "old_blob", "new_blob")
    assert ("lib", "1" * 40, "2" * 40) in blobs
    assert [(old is None, new is None) for path, old, new in blobs if path == "gone"] == [(False, True), (True, False)]


def test_a_file_that_becomes_two_goes_on_in_one_of_them(tmp_path: Path, read: Read) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    text = b"".join(b"line %d\n" % i for i in range(20))
    first = builder.commit({"a": text})
    builder.commit({"b": text + b"b\n", "c": text + b"c\n"}, delete=["a"])
    reading, _ = read(builder.build())
    found = rows(reading, tables.FILE_CHANGE, "path", "old_path", "status", "added")
    assert found == [("b", "a", "R", 1), ("c", None, "A", 21), ("a", None, "A", 20)]
    order = reading.rows[tables.COMMIT]["commit"].combine_chunks()
    lineage = map_lineage("pay", "h", order, reading.rows[tables.FILE_CHANGE], pa.array(["b", "c"])).to_pylist()
    assert [(r["commit"], r["path"], r["head_path"]) for r in lineage] == [(builder.name(first), "a", "b")]


def test_a_pure_rename_changes_no_line_and_knows_what_it_moves(tmp_path: Path, read: Read) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a": b"1\n2\n", "b": b"\0\1\2", "e": b""})
    builder.commit({}, rename=[("a", "c"), ("b", "d")])
    reading, _ = read(builder.build())
    found = rows(reading, tables.FILE_CHANGE, "path", "status", "similarity", "added", "deleted", "content")
    assert found[:2] == [("c", "R", 100, 0, 0, "text"), ("d", "R", 100, None, None, "binary")]
    assert found[-1] == ("e", "A", None, 0, 0, "text")
    # What an earlier reading saw makes no difference.
    again, _ = read(builder.path, bases=[builder.name(1)])
    assert rows(again, tables.FILE_CHANGE) == rows(reading, tables.FILE_CHANGE)[:2]


def test_line_counts_are_those_of_git(tmp_path: Path, read: Read) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    dice = np.random.default_rng(1)
    for i in range(30):
        lines = dice.integers(0, 5, 30)
        builder.commit({f"f{i % 3}": b"".join(b"%d\n" % n for n in lines)})
    path = builder.build()
    reading, _ = read(path)
    listed = git(path, "log", "--topo-order", "--numstat", "-M", "--format=").decode().split("\n")
    expected = [tuple(line.split("\t")) for line in listed if line]
    found = rows(reading, tables.FILE_CHANGE, "added", "deleted", "path")
    assert [(str(a), str(d), p) for a, d, p in found] == expected


def test_merges_have_no_changes_and_every_root_has(tmp_path: Path, read: Read) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    first = builder.commit({"a": b"1\n"})
    sides = [builder.commit({f"s{i}": b"1\n"}, branch=f"s{i}", parents=[first]) for i in range(2)]
    other = builder.commit({"z": b"1\n"}, branch="other", parents=())
    octopus = builder.commit({"evil": b"1\n"}, parents=[first, *sides, other])
    reading, _ = read(builder.build())
    merge = rows(reading, tables.COMMIT, "commit", "is_merge", "parents")[0]
    assert merge == (builder.name(octopus), True, [builder.name(m) for m in (first, *sides, other)])
    assert sorted(rows(reading, tables.FILE_CHANGE, "path")) == [("a",), ("s0",), ("s1",), ("z",)]


def test_missing_blobs_leave_line_counts_unknown(tmp_path: Path, read: Read) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a": b"1\n2\n", "b": b"x\n"})
    builder.commit({"a": b"1\n3\n", "b": b"y\n"})
    builder.commit({"c": b"1\n3\n4\n"}, delete=["a"])
    path = builder.build()
    remove_blob(path, git(path, "rev-parse", "HEAD~1:a").decode().strip())
    reading, raw = read(path)
    found = rows(reading, tables.FILE_CHANGE, "status", "path", "added", "deleted", "content")
    assert ("M", "a", None, None, "missing") in found
    assert ("M", "b", 1, 1, "text") in found
    assert ("D", "a", None, None, "missing") in found
    assert ("A", "c", 3, 0, "text") in found
    same(reading.rows, replay("pay", raw))


def test_nobody_added_the_files_at_the_cut_of_a_shallow_clone(tmp_path: Path, read: Read) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    marks = [builder.commit({f"f{i}": b"1\n"}) for i in range(4)]
    builder.build()
    git(tmp_path, "clone", "--quiet", "--bare", "--depth=2", f"file://{builder.path}", "shallow")
    reading, raw = read(tmp_path / "shallow")
    assert reading.cut == {builder.name(marks[2]).encode()}
    assert rows(reading, tables.FILE_CHANGE, "path") == [("f3",)]
    assert rows(reading, tables.COMMIT, "commit", "parents") == [
        (builder.name(marks[3]), [builder.name(marks[2])]),
        (builder.name(marks[2]), [builder.name(marks[1])]),
    ]
    same(reading.rows, replay("pay", raw))


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_the_raw_records_tell_it_all_again(tmp_path: Path, read: Read, object_format: str) -> None:
    builder = RepositoryBuilder(tmp_path / "r", object_format=object_format)
    builder.commit({".mailmap": b"Ann <a@x> <b@x>\n", "a": b"1\n2\n3\n4\n"}, author=("Ann", "b@x"))
    builder.commit({"b\n": b"\0"}, rename=[("a", "c")], message="X\n\nCo-authored-by: B <b@x>")
    base = builder.commit({"c": b"1\n"})
    path = builder.build()
    first, raw = read(path)
    builder.commit({"d": b"1\n"})
    builder.build()
    second, more = read(path, bases=[builder.name(base)])
    assert len(second.history) == 1
    # As text, which is what a ledger gives back.
    again = [RawRecord(r.kind, str(r.native_key), bytes(r.payload)) for r in [*more, *raw]]
    replayed = replay("pay", again)
    for table, found in replayed.items():
        both = pa.concat_tables([first.rows[table], second.rows[table]])
        keys = [(key, "ascending") for key in table.key]
        assert found.sort_by(keys).equals(both.sort_by(keys)), table.name


def test_incomplete_raw_records_are_not_replayed(tmp_path: Path, read: Read) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a": b"1\n"})
    _, raw = read(builder.build())
    with pytest.raises(LookupError, match="never asked"):
        replay("pay", [r for r in raw if r.kind != "git-output"])
    with pytest.raises(LookupError, match="no line counts"):
        replay("pay", [r for r in raw if r.kind != "git-churn"])
    assert replay("pay", []) == {}


def test_an_empty_reading_has_every_column(tmp_path: Path, read: Read) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    mark = builder.commit({"a": b"1\n"})
    builder.build()
    reading, raw = read(builder.path, bases=[builder.name(mark)])
    for table in (tables.COMMIT, tables.CO_AUTHOR, tables.FILE_CHANGE):
        assert rows(reading, table) == []
    same(reading.rows, replay("pay", raw))


def test_lineage_rows(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    text = b"".join(b"%d\n" % i for i in range(9))
    first = builder.commit({"a": text, "x": b"1\n"})
    builder.commit({}, rename=[("a", "b")])
    builder.commit({"x": b"2\n"}, rename=[("b", "d/c")])
    repository = GitRepository(builder.build())

    def unknown(pairs: list[Pair]) -> Churn:
        return np.zeros(len(pairs), np.int32), np.zeros(len(pairs), np.int32), np.full(len(pairs), 4, np.uint8)

    reading = read_and_map(repository, "pay", repository.resolve("HEAD"), [], unknown)
    changes = reading.rows[tables.FILE_CHANGE]
    assert set(changes["content"].to_pylist()) == {"missing"}
    order = reading.rows[tables.COMMIT]["commit"].combine_chunks()
    found = map_lineage("pay", "h", order, changes, pa.array(["d/c", "x"]))
    assert found.schema == tables.FILE_LINEAGE.schema
    assert [(r["commit"] == builder.name(first), r["path"], r["head_path"]) for r in found.to_pylist()] == [
        (False, "b", "d/c"),
        (True, "a", "d/c"),
    ]
    assert map_lineage("pay", "h", order.slice(0, 0), changes, pa.array(["x"])).num_rows == 0
