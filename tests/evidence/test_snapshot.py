"""Reading what was pinned, filtered, in time, and as files."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copartner.evidence.errors import EvidenceError
from copartner.evidence.ledger import Ledger, Pin
from copartner.evidence.tables import CO_AUTHOR, COMMIT, FILE_CHANGE, RAW_RECORD
from evidence_rows import changes, collect, commits


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = Ledger.open(tmp_path_factory.mktemp("data") / "evidence ü")
    collect(ledger, range(10), "payments")
    collect(ledger, range(20, 25), "refunds", "refunds")
    return ledger


def test_time_travel(ledger: Ledger) -> None:
    first, second = ledger.pins()
    assert [ledger.snapshot(pin).arrow(COMMIT).num_rows for pin in (first, second)] == [10, 15]
    assert [ledger.snapshot(pin).rows(FILE_CHANGE) for pin in (first, second)] == [20, 30]
    assert ledger.snapshot().pin == second == ledger.pin()
    assert ledger.pin(first.batch) == first
    assert [batch.connection for batch in ledger.batches()] == ["payments", "refunds"]


def test_a_pin_survives_json(ledger: Ledger) -> None:
    pin = ledger.pins()[0]
    again = Pin.from_json(json.loads(json.dumps(pin.to_json())))
    assert again == pin
    assert ledger.snapshot(again).content_hash(COMMIT) == ledger.snapshot(pin).content_hash(COMMIT)
    with pytest.raises(EvidenceError, match="Not a pin"):
        Pin.from_json({"sequence": 1})


def test_a_pin_of_another_ledger_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    other = Ledger.open(tmp_path / "other")
    with pytest.raises(EvidenceError, match=r"has no batch '\w+-\w+'; `copartner evidence ls --batches` lists them\.$"):
        other.snapshot(ledger.pin())
    with pytest.raises(EvidenceError, match="has no batch 'x'"):
        ledger.pin("x")
    forged = Pin(2, ledger.pin().batch, ledger.pin().versions | {"commit": 1})
    with pytest.raises(EvidenceError, match="does not list the files that batch"):
        ledger.snapshot(forged).arrow(COMMIT)


def test_an_empty_ledger_has_empty_tables(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "new")
    assert ledger.pin() == Pin(0, "", {})
    assert ledger.pins() == []
    snapshot = ledger.snapshot(ledger.pin())
    assert snapshot.arrow(COMMIT).equals(COMMIT.stored_schema.empty_table())
    assert snapshot.files(COMMIT) == []
    assert snapshot.rows(COMMIT) == 0
    assert len(snapshot.content_hash(COMMIT)) == 64


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ({"repository": "refunds"}, range(20, 25)),
        ({"repository": ["payments", "refunds"], "commit": f"{3:040x}"}, [3]),
        ({"repository": "none"}, []),
        ({"repository": []}, []),
        ({"author_offset_minutes": 60, "subject": ("Change 1", "Change 2")}, [1, 2]),
        ({"is_merge": True}, []),
        ({"connection": "refunds", "source": "git"}, range(20, 25)),
    ],
)
def test_filters(ledger: Ledger, where: dict[str, object], numbers: list[int]) -> None:
    found = ledger.snapshot().arrow(COMMIT, ["subject"], where)
    assert sorted(found["subject"].to_pylist()) == sorted(f"Change {n}" for n in numbers)
    assert found.column_names == ["subject"]


def test_filter_by_missing_value(ledger: Ledger) -> None:
    snapshot = ledger.snapshot()
    assert set(snapshot.arrow(FILE_CHANGE, ["status"], {"added": None})["status"].to_pylist()) == {"R"}
    assert snapshot.arrow(FILE_CHANGE, ["status"], {"added": [None, 3]}).num_rows == 16
    assert snapshot.arrow(FILE_CHANGE, ["status"], {"old_path": [None]}).num_rows == 15
    assert snapshot.arrow(RAW_RECORD, ["kind"], {"payload": b"commit 3 \xff"}).num_rows == 1


def test_a_filter_finds_long_text_whose_bounds_are_cut(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "evidence")
    rows = commits([1, 2])
    long = ["ü" * 300 + "a", "ü" * 300 + "b"]
    with ledger.collection(source="git", connection="c") as batch:
        batch.add(COMMIT, rows.set_column(rows.column_names.index("subject"), "subject", pa.array(long)))
    assert ledger.snapshot().arrow(COMMIT, ["subject"], {"subject": long[1]})["subject"].to_pylist() == [long[1]]


def test_a_filter_on_a_column_without_any_value_finds_nothing(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "evidence")
    rows = changes([1])
    with ledger.collection(source="git", connection="c") as batch:
        batch.add(FILE_CHANGE, rows.slice(0, 1))
    assert ledger.snapshot().arrow(FILE_CHANGE, where={"old_path": "README"}).num_rows == 0


def test_questions_that_make_no_sense_are_refused(ledger: Ledger) -> None:
    snapshot = ledger.snapshot()
    with pytest.raises(EvidenceError, match="commit has no column 'repo'; it has repository"):
        snapshot.arrow(COMMIT, ["repo"])
    with pytest.raises(EvidenceError, match="no column 'autor_email'; did you mean 'author_email'"):
        snapshot.arrow(COMMIT, where={"autor_email": "x"})
    with pytest.raises(EvidenceError, match="author_offset_minutes of type int16 cannot equal 'many'"):
        snapshot.arrow(COMMIT, where={"author_offset_minutes": "many"})
    with pytest.raises(EvidenceError, match="Column parents holds lists"):
        snapshot.arrow(COMMIT, where={"parents": "x"})


def test_files_are_those_of_the_pinned_version(ledger: Ledger) -> None:
    first, second = (ledger.snapshot(pin).files(COMMIT) for pin in ledger.pins())
    assert set(first) < set(second)
    assert pq.read_table(first[0]).num_rows == 10
    assert ledger.snapshot().files(CO_AUTHOR) == []


def test_the_content_hash_depends_on_the_rows_only(ledger: Ledger, tmp_path: Path) -> None:
    other = Ledger.open(tmp_path / "elsewhere")
    for number in (24, 21, 20):
        collect(other, [number], "refunds", "refunds")
    collect(other, [22, 23], "refunds", "refunds")
    mine, theirs = ledger.snapshot(), other.snapshot()
    for table in (COMMIT, FILE_CHANGE):
        assert mine.content_hash(table, {"repository": "refunds"}) == theirs.content_hash(table)
        assert mine.content_hash(table) != theirs.content_hash(table)
    assert mine.content_hash(RAW_RECORD, {"connection": "refunds"}) == theirs.content_hash(RAW_RECORD)


def test_reading_sees_neither_later_nor_unfinished_batches(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "evidence")
    collect(ledger, [1])
    snapshot = ledger.snapshot()
    with ledger.collection(source="git", connection="c") as batch:
        batch.add(FILE_CHANGE, changes([2]))
        assert ledger.snapshot().rows(FILE_CHANGE) == 2
    assert snapshot.rows(FILE_CHANGE) == 2
    assert ledger.snapshot().rows(FILE_CHANGE) == 4
