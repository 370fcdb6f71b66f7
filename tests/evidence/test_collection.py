"""A batch appears whole or not at all, and replaying it changes nothing."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copartner.evidence import collection
from copartner.evidence.errors import EvidenceError
from copartner.evidence.ledger import Ledger
from copartner.evidence.tables import CO_AUTHOR, COMMIT, FILE_CHANGE, RAW_RECORD, TAG, TIME, Table
from evidence_rows import changes, collect, commits


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "evidence")


def test_rows_appear_with_provenance_when_the_block_ends(ledger: Ledger) -> None:
    seen = datetime(2024, 5, 1, 12, 30, 0, 123456, tzinfo=UTC)
    with ledger.collection(source="git", connection="payments-api", observed_at=seen) as batch:
        batch.add(COMMIT, commits([1, 2]))
        batch.add(COMMIT, commits([3]))
        assert ledger.snapshot().arrow(COMMIT).num_rows == 0
    rows = ledger.snapshot().arrow(COMMIT)
    assert rows.schema.equals(COMMIT.stored_schema)
    assert sorted(rows["subject"].to_pylist()) == ["Change 1", "Change 2", "Change 3"]
    assert set(rows["source"].to_pylist()) == {"git"}
    assert set(rows["connection"].to_pylist()) == {"payments-api"}
    assert set(rows["batch"].to_pylist()) == {batch.id}
    assert set(rows["observed_at"].to_pylist()) == {seen}
    assert batch.rows == {"commit": 3}
    assert batch.pin == ledger.pin()
    assert rows.select(COMMIT.schema.names).sort_by("commit").equals(commits([1, 2, 3]))


def test_raw_records_carry_the_digest_of_their_payload(ledger: Ledger) -> None:
    with ledger.collection(source="git", connection="c") as batch:
        digests = batch.add_raw("commit", ["a", "b"], [b"\x00\xff", b""])
        batch.add_raw("commit", pa.array(["c"]), pa.array([b"x"]))
        batch.add_raw("commit", [], [])
    rows = ledger.snapshot().arrow(RAW_RECORD).sort_by("native_key").to_pylist()
    assert [row["payload"] for row in rows] == [b"\x00\xff", b"", b"x"]
    assert [row["payload_sha256"] for row in rows] == [*digests, hashlib.sha256(b"x").hexdigest()]
    assert digests[1] == hashlib.sha256(b"").hexdigest()


def test_what_is_said_anew_about_the_same_thing_is_kept_beside_the_old(ledger: Ledger) -> None:
    for payload in (b"open", b"closed", b"open"):
        with ledger.collection(source="jira", connection="c") as batch:
            batch.add_raw("issue", ["PAY-1"], [payload])
    assert sorted(ledger.snapshot().arrow(RAW_RECORD)["payload"].to_pylist()) == [b"closed", b"open"]


def test_a_replay_leaves_no_trace(ledger: Ledger) -> None:
    collect(ledger, range(20))
    pin = ledger.pin()
    collect(ledger, range(20))
    with ledger.collection(source="git", connection="c") as batch:
        pass
    assert batch.pin is None
    assert ledger.pin() == pin
    assert ledger.pins() == [pin]


def test_only_new_rows_of_a_mixed_batch_are_added(ledger: Ledger) -> None:
    collect(ledger, range(10))
    with ledger.collection(source="git", connection="c") as batch:
        batch.add(COMMIT, pa.concat_tables([commits([12]), commits(range(5, 12)), commits([12])]))
    assert batch.rows == {"commit": 3}
    assert batch.known == {"commit": 6}
    assert sorted(ledger.snapshot().arrow(COMMIT)["subject"].to_pylist()) == sorted(f"Change {n}" for n in range(13))


def test_equal_keys_of_another_repository_are_other_rows(ledger: Ledger) -> None:
    collect(ledger, range(3), "payments")
    with ledger.collection(source="git", connection="c") as batch:
        for number in range(collection_filter_limit() + 5):
            batch.add(COMMIT, commits([1], f"repository {number}"))
    assert batch.rows == {"commit": collection_filter_limit() + 5}


def collection_filter_limit() -> int:
    from copartner.evidence import table_writer

    return table_writer._FEW


def test_an_exception_leaves_nothing_visible(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    collect(ledger, range(3))
    before = ledger.snapshot()
    monkeypatch.setattr(collection, "FLUSH_BYTES", 1)
    with pytest.raises(RuntimeError, match="stop"):
        _collect_and_stop(ledger)
    assert ledger.pin() == before.pin
    assert ledger.snapshot().content_hash(COMMIT) == before.content_hash(COMMIT)
    assert ledger.verify().intact
    collect(ledger, range(3, 6))
    with ledger.collection(source="git", connection="c") as batch:
        batch.add(TAG, tags("v2"))
    assert ledger.snapshot().arrow(COMMIT).num_rows == 6
    assert ledger.snapshot().arrow(TAG)["tag"].to_pylist() == ["v2"]


def _collect_and_stop(ledger: Ledger) -> None:
    with ledger.collection(source="git", connection="c") as batch:
        batch.add(COMMIT, commits(range(3, 9)))
        batch.add(TAG, tags("v1"))
        raise RuntimeError("stop")


def tags(*names: str) -> pa.Table:
    rows = [{"repository": "payments", "tag": name, "commit": "0" * 40, "annotated": False} for name in names]
    return pa.Table.from_pylist(rows, schema=TAG.schema)


def test_rows_written_early_are_still_one_batch_without_duplicates(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection, "FLUSH_BYTES", 1)
    with ledger.collection(source="git", connection="c") as batch:
        for start in range(0, 10, 2):
            batch.add(COMMIT, commits(range(start, start + 4)))
    assert batch.rows == {"commit": 12}
    assert batch.known == {"commit": 8}
    assert len(ledger.pins()) == 1
    assert ledger.verify().intact
    assert ledger.snapshot().content_hash(COMMIT) == _alone(ledger, range(12))


def _alone(beside: Ledger, numbers: range) -> str:
    other = Ledger.open(Path(beside.store.root).with_name("alone"))
    collect(other, numbers)
    return other.snapshot().content_hash(COMMIT)


def test_columns_may_come_in_any_order_and_in_wider_types(ledger: Ledger) -> None:
    rows = changes([1, 2])
    wide = rows.select(rows.column_names[::-1])
    wide = wide.set_column(wide.column_names.index("added"), "added", rows["added"].cast(pa.int64()))
    wide = wide.set_column(wide.column_names.index("path"), "path", rows["path"].cast(pa.large_string()))
    wide = wide.set_column(wide.column_names.index("status"), "status", rows["status"].dictionary_encode())
    with ledger.collection(source="git", connection="c") as batch:
        batch.add(FILE_CHANGE, wide)
    assert ledger.snapshot().arrow(FILE_CHANGE, rows.column_names).equals(rows)


def replaced(column: str, values: pa.Array) -> pa.Table:
    rows = commits([1, 2])
    return rows.set_column(rows.column_names.index(column), column, values)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (commits([1]).drop(["subject", "parents"]), r"commit: lacks parents, subject\.$"),
        (commits([1]).append_column("when", pa.array([1])), "has when, which the table does not"),
        (commits([1]).append_column("subject", pa.array(["x"])), "a column appears twice"),
        (replaced("subject", pa.array([1, 2])), "column subject: is int64, must be string"),
        (replaced("subject", pa.array(["x", None])), "column subject: 1 values are missing"),
        (replaced("parents", pa.array([[1], [2]])), "column parents: is list<.*int64>, must be list"),
        (replaced("author_offset_minutes", pa.array([1, 70_000])), "column author_offset_minutes: .*70000"),
        (replaced("author_time", pa.array([1, 2]).cast(pa.timestamp("us"))), r"is timestamp\[us\], must be"),
        (replaced("author_time", pa.array([1, 2]).cast(pa.timestamp("ns", "UTC"))), "column author_time: .*lose data"),
        (
            replaced("subject", pa.array([b"x", b"\xff"]).view(pa.string())),
            "column subject: .*UTF8",
        ),
    ],
)
def test_rows_that_do_not_fit_the_schema_are_refused(ledger: Ledger, rows: pa.Table, message: str) -> None:
    with pytest.raises(EvidenceError, match=message), ledger.collection(source="git", connection="c") as batch:
        batch.add(COMMIT, rows)
    assert ledger.pins() == []


def test_coarser_times_are_taken(ledger: Ledger) -> None:
    with ledger.collection(source="git", connection="c") as batch:
        batch.add(COMMIT, replaced("author_time", pa.array([1, 2]).cast(pa.timestamp("s", "UTC"))))
    times = ledger.snapshot().arrow(COMMIT, ["author_time"])["author_time"]
    assert times.type == TIME
    assert times.to_pylist()[0] == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_misuse_is_refused(ledger: Ledger) -> None:
    unknown = Table("weather", pa.schema([("day", pa.string())]), ("day",), "Not declared.")
    with pytest.raises(EvidenceError, match="weather is not declared"), ledger.collection("git", "c") as batch:
        batch.add(unknown, pa.table({"day": ["x"]}))
    with pytest.raises(EvidenceError, match="1 native keys for 2 payloads"), ledger.collection("git", "c") as batch:
        batch.add_raw("commit", ["a"], [b"", b""])
    with pytest.raises(EvidenceError, match="time zone"), ledger.collection("git", "c", datetime(2024, 1, 1)):  # noqa: DTZ001
        pass
    with pytest.raises(EvidenceError, match="names its source"), ledger.collection("git", ""):
        pass


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["payments", "refunds"]), st.lists(st.integers(0, 12), max_size=8)), max_size=6),
    st.randoms(use_true_random=False),
)
def test_any_interleaving_of_replayed_batches_gives_the_same_evidence(
    tmp_path_factory: pytest.TempPathFactory, batches: list[tuple[str, list[int]]], random: object
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    replayed = Ledger.open(folder / "replayed")
    repeated = batches * 2
    random.shuffle(repeated)  # type: ignore[attr-defined]
    for repository, numbers in repeated:
        collect(replayed, numbers, repository)
    once = Ledger.open(folder / "once")
    for repository in ("payments", "refunds"):
        collect(once, sorted({n for name, numbers in batches for n in numbers if name == repository}), repository)
    for table in (COMMIT, FILE_CHANGE, RAW_RECORD, CO_AUTHOR):
        assert replayed.snapshot().rows(table) == once.snapshot().rows(table)
        assert replayed.snapshot().content_hash(table) == once.snapshot().content_hash(table)
    assert len(replayed.pins()) <= len(batches)
