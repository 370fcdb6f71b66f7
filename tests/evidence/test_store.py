"""Where a ledger may lie, and what is said when something else lies there."""

from __future__ import annotations

import json
from pathlib import Path

import deltalake
import pytest

from copartner.evidence.engine import connect
from copartner.evidence.errors import DamagedEvidence, EvidenceError, LedgerBusy
from copartner.evidence.ledger import Ledger
from copartner.evidence.tables import COMMIT, FILE_CHANGE, RAW_RECORD
from evidence_rows import collect, commits


def test_a_new_folder_is_made_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "evidence"
    collect(Ledger.open(folder), [1])
    assert Ledger.open(str(folder), create=False).snapshot().rows(COMMIT) == 1
    assert json.loads((folder / "ledger.json").read_text())["format"] == 1


def test_a_creation_that_was_killed_does_not_block_the_next(tmp_path: Path) -> None:
    (tmp_path / ".ledger.json.4711").write_text("{")
    assert Ledger.open(tmp_path).pins() == []


def test_something_else_is_not_taken_for_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"holds no evidence ledger; run a collection"):
        Ledger.open(tmp_path / "missing", create=False)
    assert not (tmp_path / "missing").exists()
    for name in "abcd":
        (tmp_path / name).touch()
    with pytest.raises(EvidenceError, match=r"not an evidence ledger: it holds a, b, c, … but no ledger\.json"):
        Ledger.open(tmp_path)
    with pytest.raises(EvidenceError, match="is a file"):
        Ledger.open(tmp_path / "a")


def test_formats_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "ledger.json").write_text('{"format": 2}')
    with pytest.raises(EvidenceError, match="of format 2; this version reads format 1"):
        Ledger.open(tmp_path)
    for content in ("{", "[]", "{}", '{"format": "one"}', '{"format": 1, "newest_batch": null}'):
        (tmp_path / "ledger.json").write_text(content)
        with pytest.raises(EvidenceError, match=r"ledger\.json is damaged"):
            Ledger.open(tmp_path)


def test_a_ledger_whose_marker_vanishes_while_it_is_open_is_reported(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "evidence")
    (tmp_path / "evidence" / "ledger.json").unlink()
    with pytest.raises(EvidenceError, match=r"ledger\.json is damaged"):
        ledger.pin()


def test_old_logs_are_never_cleaned_and_no_deletion_vectors_are_written(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "evidence")
    collect(ledger, [1])
    for table in ("commit", "batches"):
        delta = deltalake.DeltaTable(ledger.store.uri(table))
        assert delta.metadata().configuration["delta.enableExpiredLogCleanup"] == "false"
        assert delta.metadata().configuration["delta.enableDeletionVectors"] == "false"
        assert "deletionVectors" not in (delta.protocol().writer_features or [])
        assert delta.partitions() in ([], [{}])


@pytest.fixture
def remote(tmp_path: Path) -> str:
    (tmp_path / "bucket").mkdir()
    return f"file://{tmp_path}/bucket"


def test_an_object_store_works_by_the_same_code(remote: str, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no evidence ledger"):
        Ledger.open(remote, create=False)
    ledger = Ledger.open(remote)
    collect(ledger, range(5))
    collect(ledger, range(7))
    again = Ledger.open(remote, create=False)
    assert again.snapshot().arrow(COMMIT, ["subject"], {"commit": f"{6:040x}"})["subject"].to_pylist() == ["Change 6"]
    assert again.verify().intact
    assert again.compact().tables["commit"] == (2, 1)
    assert again.vacuum().files == 0
    local = Ledger.open(tmp_path / "local")
    collect(local, range(7))
    for table in (COMMIT, FILE_CHANGE, RAW_RECORD):
        assert again.snapshot().content_hash(table) == local.snapshot().content_hash(table)
    with connect("duckdb") as engine:
        assert engine.execute(engine.table(again.snapshot(), COMMIT).count().as_table())[0].to_pylist() == [7]


def test_a_foreign_or_newer_table_in_an_object_store_is_refused(remote: str) -> None:
    deltalake.write_deltalake(f"{remote}/foreign/batches", commits([1]))
    with pytest.raises(EvidenceError, match="Delta table of something else"):
        Ledger.open(f"{remote}/foreign")
    newer = "copartner evidence ledger, format 2"
    deltalake.write_deltalake(f"{remote}/newer/batches", commits([1]), description=newer)
    with pytest.raises(EvidenceError, match="format 2"):
        Ledger.open(f"{remote}/newer")


def test_without_a_lock_the_later_of_two_writers_fails_and_leaves_nothing(remote: str) -> None:
    ledger = Ledger.open(remote)
    collect(ledger, [1])
    with pytest.raises(LedgerBusy, match=r"Another writer changed .* meanwhile; nothing was written"):
        _collect_while_another_does(ledger)
    assert sorted(ledger.snapshot().arrow(COMMIT)["subject"].to_pylist()) == ["Change 1", "Change 2"]
    collect(ledger, [3])
    assert ledger.snapshot().rows(COMMIT) == 3
    assert ledger.verify().intact


def test_a_garbled_file_of_an_object_store_is_named_when_it_is_read(remote: str, tmp_path: Path) -> None:
    ledger = Ledger.open(remote)
    collect(ledger, range(5))
    (file,) = (tmp_path / "bucket" / "tables" / "commit").glob("*.parquet")
    file.write_bytes(b"PAR1" + bytes(200) + b"PAR1")
    with pytest.raises(DamagedEvidence, match=rf"file {file.name}: cannot be read"):
        ledger.snapshot().arrow(COMMIT)
    assert [found.file for found in ledger.verify().damage] == [file.name]


def test_a_disk_that_is_full_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger.open(tmp_path / "evidence")
    collect(ledger, [1])

    def full(*arguments: object, **options: object) -> None:
        raise OSError("No space left on device\n   0: somewhere in Rust")

    monkeypatch.setattr(deltalake, "write_deltalake", full)
    with pytest.raises(EvidenceError, match=r"tables/raw_record/? cannot be written: No space left on device$"):
        collect(ledger, [2])
    monkeypatch.undo()
    collect(ledger, [2])
    assert ledger.snapshot().rows(COMMIT) == 2


def _collect_while_another_does(ledger: Ledger) -> None:
    with ledger.collection(source="git", connection="late") as late:
        late.add(COMMIT, commits([3]))
        with Ledger.open(ledger.store.root).collection(source="git", connection="early") as early:
            early.add(COMMIT, commits([2]))
