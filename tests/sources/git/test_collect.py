"""Collecting repositories into a ledger: whole, once, and each for itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from copartner.evidence import tables
from copartner.evidence.ledger import Ledger
from copartner.evidence.portfolio import Repository
from copartner.sources.git import collect as collecting
from copartner.sources.git.collect import STEPS, Collected, CollectionCancelled, cache_folder, collect, open_collected
from copartner.sources.git.reading import replay
from copartner.sources.git.transcript import RawRecord
from git_repositories import DAY, EPOCH, RepositoryBuilder, git, remove_blob

COLLECTED = (
    tables.REPOSITORY_HEAD,
    tables.COMMIT,
    tables.CO_AUTHOR,
    tables.FILE_CHANGE,
    tables.TAG,
    tables.FILE_SNAPSHOT,
    tables.FILE_LINEAGE,
    tables.DOCUMENT_REFERENCE,
    tables.DECISION_RECORD,
)
TEXT = b"".join(b"line %d\n" % i for i in range(12))
Run = Callable[..., dict[str, Collected]]


@pytest.fixture
def builder(tmp_path: Path) -> RepositoryBuilder:
    built = RepositoryBuilder(tmp_path / "pay")
    first = built.commit({"src/a.py": TEXT, "README.md": b"[a](src/a.py)\n"})
    built.commit({"src/b.py": TEXT + b"x\n"}, message="X\n\nCo-authored-by: Bob <bob@example.org>")
    built.commit({}, rename=[("src/a.py", "lib/a.py")])
    built.tag("v1", first, annotated=True)
    built.build()
    return built


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def collected(*repositories: Repository, data: str = "data", **options: Any) -> dict[str, Collected]:
        folder = tmp_path / data
        ledger = Ledger.open(folder / "evidence")
        return collect(ledger, repositories, data_folder=folder, base_folder=tmp_path, **{"workers": 2} | options)

    return collected


def ledger_of(tmp_path: Path, data: str = "data") -> Ledger:
    return Ledger.open(tmp_path / data / "evidence", create=False)


def hashes(tmp_path: Path, data: str = "data", **where: str) -> dict[str, str]:
    snapshot = ledger_of(tmp_path, data).snapshot()
    return {table.name: snapshot.content_hash(table, where or None) for table in COLLECTED}


def rows(tmp_path: Path, table: tables.Table, *names: str, data: str = "data") -> list[tuple[Any, ...]]:
    found = ledger_of(tmp_path, data).snapshot().arrow(table, list(names)).to_pylist()
    return sorted(tuple(row.values()) for row in found)


def test_everything_is_collected(tmp_path: Path, builder: RepositoryBuilder, run: Run) -> None:
    result = run(Repository("pay", "pay"))["pay"]
    assert (result.head, result.reason, result.notes, result.commits) == (builder.name(3), None, (), 3)
    assert set(result.seconds) == set(STEPS)
    snapshot = ledger_of(tmp_path).snapshot()
    counts = {table.name: snapshot.rows(table) for table in COLLECTED}
    assert counts == {
        "repository_head": 1,
        "commit": 3,
        "co_author": 1,
        "file_change": 4,
        "tag": 1,
        "file_snapshot": 3,
        "file_lineage": 1,
        "document_reference": 1,
        "decision_record": 0,
    }
    provenance = snapshot.arrow(tables.COMMIT, ["source", "connection"]).to_pylist()
    assert provenance == [{"source": "git", "connection": "pay"}] * 3
    assert rows(tmp_path, tables.REPOSITORY_HEAD, "head", "commits", "missing_objects", "history_cut", "notes") == [
        (builder.name(3), 3, 0, False, [])
    ]
    assert rows(tmp_path, tables.DOCUMENT_REFERENCE, "target", "exists") == [("src/a.py", False)]


def test_collecting_again_adds_nothing(tmp_path: Path, builder: RepositoryBuilder, run: Run) -> None:
    first = run(Repository("pay", "pay"))["pay"]
    before = ledger_of(tmp_path).pin()
    again = run(Repository("pay", "pay"))["pay"]
    assert ledger_of(tmp_path).pin() == before
    assert (again.head, again.commits, again.notes) == (first.head, 0, ())


def test_only_new_commits_are_read_and_the_evidence_is_as_if_read_at_once(
    tmp_path: Path, builder: RepositoryBuilder, run: Run
) -> None:
    run(Repository("pay", "pay"))
    builder.commit({"lib/a.py": TEXT + b"y\n"}, author=("Bob", "bob@example.org"))
    side = builder.commit({"s.py": b"1\n"}, branch="side", parents=[1])
    builder.commit({"s.py": b"1\n"}, parents=[4, side], rename=[("src/b.py", "lib/b.py")])
    builder.commit({}, rename=[("lib/a.py", "lib/c.py")])
    builder.build()
    result = run(Repository("pay", "pay"))["pay"]
    assert (result.commits, result.bases) == (4, (builder.name(3),))
    assert run(Repository("pay", "pay"), data="fresh")["pay"].commits == 7
    head = builder.name(7)
    by_commit = {t.name for t in (tables.COMMIT, tables.CO_AUTHOR, tables.FILE_CHANGE, tables.TAG)}
    grown, fresh = hashes(tmp_path), hashes(tmp_path, "fresh")
    assert {name: grown[name] for name in by_commit} == {name: fresh[name] for name in by_commit}
    for table in set(COLLECTED) - {table for table in COLLECTED if table.name in by_commit}:
        one, other = (
            ledger_of(tmp_path, data).snapshot().content_hash(table, {"head": head}) for data in ("data", "fresh")
        )
        assert one == other, table.name
    lineage = rows(tmp_path, tables.FILE_LINEAGE, "head", "commit", "path", "head_path")
    assert (head, builder.name(1), "src/a.py", "lib/c.py") in lineage
    assert (head, builder.name(4), "lib/a.py", "lib/c.py") in lineage


def test_each_head_has_the_contacts_of_its_own_mailmap(tmp_path: Path, builder: RepositoryBuilder, run: Run) -> None:
    first = run(Repository("pay", "pay"))["pay"].head
    builder.commit({".mailmap": b"Anna <ann@example.org>\n"})
    builder.build()
    second = run(Repository("pay", "pay"))["pay"].head
    assert rows(tmp_path, tables.COMMIT, "author_name") == [("Ann",), ("Ann",), ("Ann",), ("Anna",)]
    contacts = rows(tmp_path, tables.MAILMAP_CONTACT, "head", "name_raw", "name")
    assert contacts == [(second, "Ann", "Anna")], "the commits keep what they were recorded with; the head says more"
    assert first != second
    run(Repository("pay", "pay"), data="fresh")
    assert rows(tmp_path, tables.MAILMAP_CONTACT, "head", "name_raw", "name", data="fresh") == contacts


def test_a_sha256_repository(tmp_path: Path, run: Run) -> None:
    built = RepositoryBuilder(tmp_path / "r", object_format="sha256")
    built.commit({"a": TEXT})
    built.build()
    run(Repository("r", "r"))
    built.commit({}, rename=[("a", "b")])
    built.build()
    assert run(Repository("r", "r"))["r"].bases == (built.name(1),)
    assert rows(tmp_path, tables.FILE_LINEAGE, "commit", "path", "head_path") == [(built.name(1), "a", "b")]
    assert len(built.name(1)) == 64


def test_an_earlier_day_after_a_later_one_adds_only_its_head(
    tmp_path: Path, builder: RepositoryBuilder, run: Run
) -> None:
    run(Repository("pay", "pay"))
    day = datetime.fromtimestamp(EPOCH + DAY, UTC).date()
    result = run(Repository("pay", "pay"), as_of=day)["pay"]
    assert (result.head, result.commits) == (builder.name(2), 0)
    assert rows(tmp_path, tables.COMMIT, "commit") == sorted((builder.name(i),) for i in (1, 2, 3))
    assert len(rows(tmp_path, tables.REPOSITORY_HEAD, "head", "commits")) == 2
    # What happened later is not known at the earlier head.
    run(Repository("pay", "pay"), as_of=day, data="fresh")
    for table in (tables.FILE_LINEAGE, tables.DOCUMENT_REFERENCE, tables.FILE_SNAPSHOT, tables.REPOSITORY_HEAD):
        one, other = (
            ledger_of(tmp_path, data).snapshot().content_hash(table, {"head": result.head})
            for data in ("data", "fresh")
        )
        assert one == other, table.name


def test_rewritten_history_is_read_from_where_it_parted(tmp_path: Path, builder: RepositoryBuilder, run: Run) -> None:
    url = f"file://{builder.path}"
    run(Repository("pay", url))
    builder.commit({"new.py": b"1\n"}, parents=[2])
    builder.build()
    result = run(Repository("pay", url))["pay"]
    assert (result.head, result.commits) == (builder.name(4), 1)
    git(builder.path, "reflog", "expire", "--all", "--expire=now")
    # A clone that never saw the old head is read whole; nothing is stored twice.
    before = ledger_of(tmp_path).snapshot().rows(tables.COMMIT)
    git(tmp_path, "clone", "--quiet", "--bare", url, "clone")
    git(tmp_path / "clone", "update-ref", "-d", "refs/heads/none")
    result = run(Repository("pay", "clone"), as_of=None)["pay"]
    assert result.commits == 0
    assert ledger_of(tmp_path).snapshot().rows(tables.COMMIT) == before


def test_one_unreadable_repository_does_not_stop_the_others(
    tmp_path: Path, builder: RepositoryBuilder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    RepositoryBuilder(tmp_path / "empty")
    results = run(
        Repository("gone", "nowhere"),
        Repository("pay", "pay"),
        Repository("empty", "empty"),
        Repository("branch", "pay", "no-such"),
        Repository("protocol", "ext::sh -c true"),
    )
    assert list(results) == ["gone", "pay", "empty", "branch", "protocol"]
    assert results["pay"].head == builder.name(3)
    assert {name: bool(r.reason) for name, r in results.items()} == {name: name != "pay" for name in results}
    assert "nowhere" in str(results["gone"].reason)
    assert "no commit yet" in str(results["empty"].reason)
    assert "did you mean" in str(results["branch"].reason)
    assert "not allowed" in str(results["protocol"].reason)
    assert all(r.head is None for name, r in results.items() if name != "pay")
    # Even a mistake of ours is told, and stays with its repository.
    monkeypatch.setattr(collecting, "read_tree", lambda *_: 1 / 0)
    other = RepositoryBuilder(tmp_path / "other")
    other.commit({"a": b"1"})
    other.build()
    results = run(Repository("other", "other"), Repository("pay", "pay"))
    assert results["other"].reason == "unexpected ZeroDivisionError: division by zero"
    assert results["pay"].head == builder.name(3)


def test_all_commits_later_than_the_day(run: Run, builder: RepositoryBuilder) -> None:
    result = run(Repository("pay", "pay"), as_of=date(2000, 1, 1))["pay"]
    assert result.head is None
    assert "later than 2000-01-01" in str(result.reason)


def test_several_repositories_in_parallel_equal_one_after_another(tmp_path: Path, run: Run) -> None:
    repositories = []
    for i in range(6):
        built = RepositoryBuilder(tmp_path / f"r{i}")
        for j in range(5 + i):
            built.commit({f"f{j % 3}": b"%d %d\n" % (i, j)})
        built.build()
        repositories.append(Repository(f"r{i}", f"r{i}"))
    run(*repositories, workers=4)
    run(*repositories, workers=1, data="one")
    assert hashes(tmp_path) == hashes(tmp_path, "one")
    assert len(ledger_of(tmp_path).pins()) == 6


def test_the_same_mirror_under_two_names(tmp_path: Path, builder: RepositoryBuilder, run: Run) -> None:
    url = f"file://{builder.path}"
    results = run(Repository("one", url), Repository("two", url, "v1"))
    assert (results["one"].head, results["two"].head) == (builder.name(3), builder.name(1))
    assert len(list((tmp_path / "data" / "git" / "mirrors").glob("*.git"))) == 1
    repository = open_collected(Repository("one", url), data_folder=tmp_path / "data", base_folder=tmp_path)
    builder.path.rename(tmp_path / "moved")
    assert repository.resolve("HEAD") == builder.name(3)
    again = run(Repository("one", url))["one"]
    assert again.head == builder.name(3)
    assert "did not answer" in again.notes[0]


def test_raw_records_in_the_ledger_give_the_rows_again(tmp_path: Path, builder: RepositoryBuilder, run: Run) -> None:
    run(Repository("pay", "pay"))
    builder.commit({"c": b"1\n"})
    builder.tag("v2", 4)
    builder.build()
    run(Repository("pay", "pay"))
    snapshot = ledger_of(tmp_path).snapshot()
    raw = snapshot.arrow(tables.RAW_RECORD, ["kind", "native_key", "payload"], {"connection": "pay"}).to_pylist()
    replayed = replay("pay", [RawRecord(**record) for record in raw])
    ledger = Ledger.open(tmp_path / "replayed" / "evidence")
    with ledger.collection("git", "pay") as batch:
        for table, found in replayed.items():
            batch.add(table, found)
    for table in (tables.COMMIT, tables.CO_AUTHOR, tables.FILE_CHANGE, tables.TAG):
        assert ledger.snapshot().content_hash(table) == snapshot.content_hash(table), table.name


def test_limits_of_sight_are_written_down(tmp_path: Path, builder: RepositoryBuilder, run: Run) -> None:
    builder.commit({"src/b.py": TEXT + b"y\n"})
    builder.build()
    git(tmp_path, "clone", "--quiet", "--bare", "--depth=2", f"file://{builder.path}", "shallow")
    blob = git(builder.path, "rev-parse", "HEAD~1:src/b.py").decode().strip()
    remove_blob(builder.path, blob)
    results = run(Repository("shallow", "shallow"), Repository("holed", "pay"))
    cut = "history cut at 1 commits of a shallow clone: older authorship cannot be seen"
    missing = "1 objects are missing from this clone: their lines and churn cannot be seen"
    assert results["shallow"].notes == (cut,)
    assert results["holed"].notes[-1] == missing
    assert rows(tmp_path, tables.REPOSITORY_HEAD, "repository", "missing_objects", "history_cut", "notes") == [
        ("holed", 1, False, [missing]),
        ("shallow", 0, True, [cut]),
    ]


def test_a_deepened_clone_closes_the_gap(tmp_path: Path, builder: RepositoryBuilder, run: Run) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{builder.path}", "clone")
    assert run(Repository("pay", "clone"))["pay"].commits == 1
    assert rows(tmp_path, tables.FILE_CHANGE, "path") == []
    git(tmp_path / "clone", "fetch", "--quiet", "--unshallow")
    assert run(Repository("pay", "clone"))["pay"].commits == 3
    git(tmp_path / "clone", "commit", "--quiet", "--allow-empty", "-m", "more")
    result = run(Repository("pay", "clone"))["pay"]
    assert (result.commits, result.bases, result.notes) == (4, (), ())
    run(Repository("pay", "clone"), data="fresh")
    assert rows(tmp_path, tables.COMMIT, "commit", "parents") == rows(
        tmp_path, tables.COMMIT, "commit", "parents", data="fresh"
    )
    assert hashes(tmp_path)["file_change"] == hashes(tmp_path, "fresh")["file_change"]


def test_progress_tells_the_steps_in_order(builder: RepositoryBuilder, run: Run) -> None:
    told: list[tuple[str, str, int, int]] = []
    run(Repository("pay", "pay"), progress=lambda *event: told.append(event))
    assert list(dict.fromkeys(step for _, step, _, _ in told)) == list(STEPS)
    assert {name for name, *_ in told} == {"pay"}
    assert all(0 <= done <= total for _, _, done, total in told)
    assert told[-1] == ("pay", "ledger", 1, 1)


def test_a_cancelled_collection_keeps_what_was_finished(tmp_path: Path, builder: RepositoryBuilder, run: Run) -> None:
    other = RepositoryBuilder(tmp_path / "other")
    other.commit({"a": b"1"})
    other.build()
    finished = threading.Event()

    def watch(repository: str, step: str, done: int, total: int) -> None:
        if (step, done) == ("ledger", 1):
            finished.set()

    with pytest.raises(CollectionCancelled, match="run it again"):
        run(
            Repository("pay", "pay"), Repository("other", "other"), workers=1, progress=watch, cancelled=finished.is_set
        )
    assert len(ledger_of(tmp_path).pins()) == 1
    run(Repository("pay", "pay"), Repository("other", "other"))
    assert len(ledger_of(tmp_path).pins()) == 2


def test_an_observer_that_fails_stops_everything(tmp_path: Path, builder: RepositoryBuilder, run: Run) -> None:
    def fail(repository: str, step: str, done: int, total: int) -> None:
        if step == "churn":
            raise RuntimeError("the terminal is gone")

    with pytest.raises(RuntimeError, match="the terminal is gone"):
        run(Repository("pay", "pay"), progress=fail)
    assert ledger_of(tmp_path).pins() == []


def test_the_repository_is_never_written(tmp_path: Path, builder: RepositoryBuilder, run: Run) -> None:
    before = {str(p): p.stat().st_mtime_ns for p in builder.path.rglob("*")}
    run(Repository("pay", "pay"))
    assert {str(p): p.stat().st_mtime_ns for p in builder.path.rglob("*")} == before


def test_caches_differ_by_repository(tmp_path: Path) -> None:
    folders = {cache_folder(tmp_path, name) for name in ("a", "a/b", "a b", "a-b", "../a", "A", "ä")}
    assert len(folders) == 7
    assert all(folder.parent == tmp_path / "git" / "cache" for folder in folders)
