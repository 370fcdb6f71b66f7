"""Compaction keeps the content, vacuuming keeps what somebody relies on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from copartner.evidence import retention
from copartner.evidence.batches import read_log
from copartner.evidence.content_hash import content_hash
from copartner.evidence.errors import DamagedEvidence, EvidenceError
from copartner.evidence.ledger import Ledger, Pin
from copartner.evidence.snapshot import Snapshot
from copartner.evidence.store import BATCHES, file_names
from copartner.evidence.tables import COMMIT, FILE_CHANGE, RAW_RECORD
from evidence_rows import collect

NOW = timedelta(0)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger.open(tmp_path / "evidence")
    for number in range(4):
        collect(ledger, [number])
    return ledger


def data_files(ledger: Ledger, table: str) -> set[str]:
    assert ledger.store.local is not None
    return {file.name for file in (ledger.store.local / "tables" / table).glob("*.parquet")}


def test_compaction_rewrites_many_files_into_one_and_keeps_the_content(ledger: Ledger) -> None:
    before = ledger.snapshot()
    seen: list[str] = []
    result = ledger.compact(progress=seen.append)
    assert result.tables == {"commit": (4, 1), "file_change": (4, 1), "raw_record": (4, 1)}
    assert seen == ["commit", "file_change", "raw_record"]
    after = ledger.snapshot()
    assert after.pin == result.pin
    for table in (COMMIT, FILE_CHANGE, RAW_RECORD):
        assert after.content_hash(table) == before.content_hash(table)
        assert len(after.files(table)) == 1
        assert Ledger.open(ledger.store.root).snapshot(before.pin).rows(table) == before.rows(table)
    assert [batch.kind for batch in ledger.batches()] == ["collection"] * 4 + ["compaction"]
    assert ledger.compact().tables == {}
    collect(ledger, range(6))
    assert ledger.snapshot().rows(COMMIT) == 6
    assert ledger.verify().intact


def test_compacting_an_empty_ledger_does_nothing(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "new")
    assert ledger.compact() == retention.Compaction({}, None)
    assert ledger.vacuum() == retention.Vacuum((), 0, 0)


def test_files_of_the_target_size_are_left_alone(ledger: Ledger) -> None:
    result = retention.compact(ledger.store, ledger.log(), target_bytes=1)
    assert result.tables == {}


def test_a_compaction_that_would_change_content_is_not_visible(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    pin = ledger.pin()
    digest = ledger.snapshot().content_hash(COMMIT)

    def lossy(self: Snapshot, table: object, where: object = None) -> str:
        return content_hash(self.arrow(COMMIT).slice(0, self.pin.sequence - 2))

    monkeypatch.setattr(Snapshot, "content_hash", lossy)
    with pytest.raises(EvidenceError, match="Compacting table commit would have changed its content"):
        ledger.compact()
    monkeypatch.undo()
    assert ledger.pin() == pin
    assert ledger.snapshot().content_hash(COMMIT) == digest
    collect(ledger, range(6))
    assert ledger.snapshot().rows(COMMIT) == 6
    assert ledger.verify().intact


def test_damage_is_not_compacted_away(ledger: Ledger) -> None:
    file = Path(ledger.snapshot().files(COMMIT)[0])
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(DamagedEvidence, match=file.name):
        ledger.compact()
    assert {item.file for item in ledger.verify().damage} == {file.name}


def test_a_compaction_that_fails_is_reported(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    pin = ledger.pin()

    def full(*arguments: object, **options: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("deltalake.table.TableOptimizer.compact", full)
    with pytest.raises(EvidenceError, match="Table commit cannot be compacted: No space left on device"):
        ledger.compact()
    assert ledger.pin() == pin


def test_vacuuming_breaks_no_state_somebody_relies_on(ledger: Ledger) -> None:
    first, second, third, _ = ledger.pins()
    hashes = {pin.batch: ledger.snapshot(pin).content_hash(COMMIT) for pin in ledger.pins()}
    ledger.keep(first, "assessment 1")
    ledger.keep(first, "assessment 1")
    ledger.compact()
    foreseen = ledger.vacuum(NOW, keep=[third], dry_run=True)
    result = ledger.vacuum(NOW, keep=[third])
    assert result == foreseen
    assert set(result.batches) == {second.batch, ledger.batches()[3].id}
    assert result.files == 3
    assert result.bytes > 0
    fresh = Ledger.open(ledger.store.root)
    for pin in (first, third, fresh.pin()):
        assert fresh.snapshot(pin).content_hash(COMMIT) in hashes.values()
    assert fresh.snapshot(first).content_hash(COMMIT) == hashes[first.batch]
    with pytest.raises(EvidenceError, match=rf"state after batch {second.batch} was vacuumed"):
        fresh.snapshot(second).arrow(COMMIT)
    with pytest.raises(EvidenceError, match="vacuumed and can no longer be kept"):
        fresh.keep(second, "late")
    assert fresh.verify().intact
    assert fresh.vacuum(NOW, keep=[third.batch]).files == 0
    collect(fresh, range(9))
    assert fresh.snapshot().rows(COMMIT) == 9


def test_released_states_go_with_the_next_vacuum(ledger: Ledger) -> None:
    first = ledger.pins()[0]
    ledger.keep(first, "assessment 1")
    assert ledger.kept() == {"assessment 1": first.batch}
    ledger.compact()
    ledger.vacuum(NOW)
    assert ledger.snapshot(first).rows(COMMIT) == 1
    ledger.release("assessment 1")
    assert ledger.kept() == {}
    with pytest.raises(EvidenceError, match="No state is kept as 'assessment 1'; kept are: none"):
        ledger.release("assessment 1")
    assert first.batch in ledger.vacuum(NOW).batches
    assert len(data_files(ledger, "commit")) == 1


def test_states_of_the_retention_time_stay(ledger: Ledger) -> None:
    ledger.compact()
    assert ledger.vacuum().batches == ()
    log = ledger.log()
    old = timedelta(days=40)
    # Only the newest of the old states was still current within the last 30 days.
    aged = tuple(
        replace(entry, committed_at=entry.committed_at - old) if entry.sequence <= 3 else entry for entry in log.entries
    )
    result = retention.vacuum(ledger.store, replace(log, entries=aged), dry_run=True)
    assert result.batches == tuple(pin.batch for pin in ledger.pins()[:2])


def test_leftovers_of_a_killed_collection_are_swept_away(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ledger.snapshot().content_hash(COMMIT)
    from copartner.evidence import collection

    def die(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(collection, "append", die)
    with pytest.raises(KeyboardInterrupt):
        collect(ledger, [7, 8])
    assert len(data_files(ledger, "commit")) == 5
    (Path(ledger.store.uri("commit")) / "part-stray.parquet").write_bytes(b"half a file")
    result = ledger.vacuum()
    assert result.batches == ()
    assert result.files == 4
    assert len(data_files(ledger, "commit")) == 4
    assert ledger.snapshot().content_hash(COMMIT) == before
    assert ledger.verify().intact


def test_an_empty_state_can_be_kept_without_effect(ledger: Ledger) -> None:
    ledger.keep(Pin(0, "", {}), "nothing")
    assert ledger.kept() == {}
    ledger.vacuum(keep=[Pin(0, "", {})])


def test_a_long_batch_log_is_rewritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "LOG_FILES", 5)
    ledger = Ledger.open(tmp_path / "evidence")
    for number in range(7):
        collect(ledger, [number])
    assert len(file_names(ledger.store.delta(BATCHES))) == 3
    fresh = Ledger.open(tmp_path / "evidence")
    assert [fresh.snapshot(pin).rows(COMMIT) for pin in fresh.pins()] == list(range(1, 8))
    fresh.vacuum()
    assert read_log(fresh.store.afresh()).damage == ()
