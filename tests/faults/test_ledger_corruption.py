"""Damage to any file of a ledger is detected and named; the rest stays readable; a repair brings back what was lost."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest

from copartner.evidence import inspection
from copartner.evidence.engine import connect
from copartner.evidence.errors import DamagedEvidence, EvidenceError
from copartner.evidence.ledger import Ledger
from copartner.evidence.tables import COMMIT, FILE_CHANGE, RAW_RECORD, Table
from evidence_rows import collect, commits


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pristine") / "evidence"
    ledger = Ledger.open(folder)
    collect(ledger, range(50), "payments", "payments")
    collect(ledger, range(50), "refunds", "refunds")
    collect(ledger, range(50, 60), "payments", "payments")
    return folder


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "evidence"))


def file_of_batch(folder: Path, table: Table, number: int) -> Path:
    ledger = Ledger.open(folder)
    return folder / "tables" / table.name / ledger.batches()[number].added[table.name][0].name


def flip(file: Path, position: int) -> None:
    content = bytearray(file.read_bytes())
    content[position] ^= 0x10
    file.write_bytes(content)


DAMAGES: list[tuple[str, Callable[[Path], object]]] = [
    ("does not match its SHA-256", lambda file: flip(file, 10)),
    ("does not match its SHA-256", lambda file: flip(file, file.stat().st_size // 2)),
    ("does not match its SHA-256", lambda file: flip(file, file.stat().st_size - 3)),
    ("bytes instead of", lambda file: file.write_bytes(file.read_bytes()[:-100])),
    ("bytes instead of", lambda file: file.write_bytes(b"")),
    ("is missing", lambda file: file.unlink()),
    ("cannot be read", lambda file: (file.unlink(), file.mkdir())),
]


@pytest.mark.parametrize(("problem", "damage"), DAMAGES)
@pytest.mark.parametrize("table", [COMMIT, RAW_RECORD])
def test_a_damaged_data_file_is_named_and_the_rest_stays_readable(
    folder: Path, table: Table, problem: str, damage: Callable[[Path], object]
) -> None:
    file = file_of_batch(folder, table, 1)
    damage(file)
    ledger = Ledger.open(folder)
    snapshot = ledger.snapshot()
    for read in (snapshot.arrow, snapshot.files, snapshot.content_hash):
        with pytest.raises(DamagedEvidence, match=file.name) as caught:
            read(table)
        assert caught.value.damage.table == table.name
    with connect("duckdb") as engine, pytest.raises(DamagedEvidence, match=file.name):
        engine.table(snapshot, table)
    rest = snapshot.arrow(table, tolerant=True)
    assert set(rest["connection"].to_pylist()) == {"payments"}
    assert rest.num_rows == 60
    assert len(snapshot.files(table, tolerant=True)) == 2
    assert [found.file for found in snapshot.damage] == [file.name]
    assert snapshot.arrow(FILE_CHANGE).num_rows == 220
    assert ledger.snapshot(ledger.pins()[0]).arrow(table).num_rows == 50

    verification = ledger.verify()
    assert not verification.intact
    (found,) = verification.damage
    assert (found.table, found.file, found.rows) == (table.name, file.name, 50)
    assert problem in found.problem
    assert found.batches == (f"{ledger.batches()[1].id} (git, refunds)",)
    assert "back from a backup" in found.remedy
    assert str(found).startswith(f"Table {table.name}, file {file.name}: ")
    assert verification.unreadable == tuple(batch.id for batch in ledger.batches()[1:])


def test_damage_after_the_first_read_is_noticed_by_the_same_process(folder: Path) -> None:
    ledger = Ledger.open(folder)
    assert ledger.snapshot().arrow(COMMIT).num_rows == 110
    file = file_of_batch(folder, COMMIT, 1)
    flip(file, 30)
    with pytest.raises(DamagedEvidence):
        ledger.snapshot().arrow(COMMIT)


def test_an_intact_ledger_is_called_intact(folder: Path) -> None:
    verification = Ledger.open(folder).verify()
    assert verification.intact
    assert (verification.batches, verification.files, verification.rows) == (3, 9, 110 + 220 + 110)
    assert verification.unreadable == ()
    assert verification.bytes == sum(file.stat().st_size for file in folder.glob("tables/*/*.parquet"))
    assert Ledger.open(folder.with_name("new")).verify().intact


@pytest.mark.parametrize("version", [0, 1, 2, 3])
@pytest.mark.parametrize("damage", ["delete", "garble"])
def test_a_damaged_delta_log_of_a_table_is_named(folder: Path, version: int, damage: str) -> None:
    entry = folder / "tables" / "commit" / "_delta_log" / f"{version:020}.json"
    if damage == "delete":
        entry.unlink()
    else:
        entry.write_text("{" + entry.read_text())
    ledger = Ledger.open(folder)
    with pytest.raises(EvidenceError, match=r"Table commit: .*backup"):
        ledger.snapshot().arrow(COMMIT)
    assert ledger.snapshot().arrow(FILE_CHANGE).num_rows == 220
    found = ledger.verify().damage
    assert {(item.table, item.file) for item in found} == {("commit", "_delta_log")}
    assert ledger.pins()[-1].batch in ledger.verify().unreadable
    with pytest.raises(EvidenceError, match="Table commit"):
        collect(ledger, [99])
    with pytest.raises(EvidenceError, match="Table commit"):
        ledger.repair()


def test_a_lost_table_is_named(folder: Path) -> None:
    shutil.rmtree(folder / "tables" / "commit")
    ledger = Ledger.open(folder)
    with pytest.raises(EvidenceError, match="at version 3 cannot be read: the table is missing"):
        ledger.snapshot().arrow(COMMIT)
    assert [found.table for found in ledger.verify().damage] == ["commit"]


def test_leftovers_that_cannot_be_rolled_back_are_reported(folder: Path) -> None:
    """A collection dies after a compaction of its table, and a file it should be set back to is gone."""
    deltalake.DeltaTable(str(folder / "tables" / "raw_record")).optimize.compact()
    file_of_batch(folder, RAW_RECORD, 0).unlink()
    with pytest.raises(EvidenceError, match=r"raw_record holds rows of a collection .* names what is damaged"):
        collect(Ledger.open(folder), [99])


def test_a_delta_log_that_lists_other_files_is_named(folder: Path) -> None:
    log = folder / "tables" / "commit" / "_delta_log" / f"{3:020}.json"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    log.write_text("\n".join(json.dumps(line) for line in lines if "add" not in line))
    with pytest.raises(EvidenceError, match="does not list the files that batch"):
        Ledger.open(folder).snapshot().arrow(COMMIT)


def log_files(folder: Path) -> list[Path]:
    return sorted((folder / "batches").glob("*.parquet"), key=lambda file: file.stat().st_mtime_ns)


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize(("problem", "damage"), DAMAGES[2:])
def test_a_damaged_batch_log_is_named_and_other_batches_stay_readable(
    folder: Path, number: int, problem: str, damage: Callable[[Path], object]
) -> None:
    pins = Ledger.open(folder).pins()
    file = log_files(folder)[number]
    damage(file)
    ledger = Ledger.open(folder)
    with pytest.raises(DamagedEvidence, match=file.name):
        ledger.snapshot()
    with pytest.raises(DamagedEvidence, match=file.name):
        collect(ledger, [99])
    assert [pin.batch for pin in ledger.pins()] == [pin.batch for pin in pins if pin != pins[number]]
    assert {found.file for found in ledger.verify().damage} >= {file.name}
    with pytest.raises(EvidenceError, match="1 files of the batch log cannot be read"):
        ledger.snapshot(pins[number])
    if number:
        assert ledger.snapshot(pins[0]).arrow(COMMIT).num_rows == 50


def test_no_flipped_byte_of_the_batch_log_changes_a_batch_unnoticed(folder: Path) -> None:
    honest = Ledger.open(folder).batches()
    file = log_files(folder)[1]
    content = file.read_bytes()
    noticed = 0
    for position in random.Random(7).sample(range(len(content)), 80):
        flip(file, position)
        log = Ledger.open(folder).log()
        assert [batch for batch in log.batches if batch not in honest] == []
        assert len(log.batches) == len(honest) or log.damage
        noticed += bool(log.damage)
        file.write_bytes(content)
    assert noticed > 20


def test_a_changed_batch_row_is_noticed(folder: Path) -> None:
    delta = deltalake.DeltaTable(str(folder / "batches"))
    rows = pa.table(delta.to_pyarrow_table())
    content = [value.replace('"refunds"', '"rebates"') for value in rows["content"].to_pylist()]
    rows = rows.set_column(rows.column_names.index("content"), rows.schema.field("content"), pa.array(content))
    deltalake.write_deltalake(delta, rows, mode="overwrite")
    with pytest.raises(DamagedEvidence, match=r"row of batch .* does not match its SHA-256"):
        Ledger.open(folder).pin()


@pytest.mark.parametrize("version", [1, 3])
def test_a_lost_entry_of_the_batch_log_is_noticed(folder: Path, version: int) -> None:
    (folder / "batches" / "_delta_log" / f"{version:020}.json").unlink()
    ledger = Ledger.open(folder)
    with pytest.raises(EvidenceError, match="_delta_log"):
        ledger.pin()
    with pytest.raises(EvidenceError, match="_delta_log"):
        collect(ledger, [99])


def test_a_repair_takes_out_what_was_collected_with_the_lost_rows(folder: Path) -> None:
    whole = Ledger.open(folder).snapshot()
    expected = {table.name: whole.content_hash(table) for table in (COMMIT, FILE_CHANGE, RAW_RECORD)}
    file_of_batch(folder, FILE_CHANGE, 0).unlink()
    ledger = Ledger.open(folder)
    assert inspection.repair(Ledger.open(folder)).connections == (("git", "payments"),)
    snapshot = ledger.snapshot()
    assert snapshot.arrow(COMMIT, where={"repository": "payments"}).num_rows == 0
    assert snapshot.arrow(COMMIT).num_rows == 50
    assert snapshot.arrow(FILE_CHANGE).num_rows == 100
    assert snapshot.arrow(RAW_RECORD).num_rows == 110
    assert ledger.batches()[-1].kind == "repair"
    assert ledger.repair().connections == ()
    collect(ledger, range(60), "payments", "payments")
    for table in (COMMIT, FILE_CHANGE, RAW_RECORD):
        assert ledger.snapshot().content_hash(table) == expected[table.name]
    assert ledger.pins()[-1].batch not in ledger.verify().unreadable
    ledger.vacuum(timedelta(0))
    assert ledger.verify().intact


def test_a_repair_after_a_compaction_knows_whose_rows_were_lost(folder: Path) -> None:
    ledger = Ledger.open(folder)
    ledger.compact()
    (file,) = (Path(name) for name in ledger.snapshot().files(RAW_RECORD))
    flip(file, 40)
    found = {item.file: item for item in Ledger.open(folder).verify().damage}[file.name]
    assert [origin.split(" ", 1)[1] for origin in found.batches] == [
        "(git, payments)",
        "(git, refunds)",
        "(git, payments)",
    ]
    result = ledger.repair()
    assert result.connections == (("git", "payments"), ("git", "refunds"))
    assert result.rows == 110 + 220 + 110
    assert len(result.batches) == 3
    assert ledger.snapshot().arrow(COMMIT).num_rows == 0
    collect(ledger, range(50), "refunds", "refunds")
    assert ledger.snapshot().rows(RAW_RECORD) == 50


def test_an_empty_or_intact_ledger_needs_no_repair(folder: Path, tmp_path: Path) -> None:
    assert Ledger.open(folder).repair().pin is None
    assert Ledger.open(tmp_path / "new").repair().rows == 0


def rewrite(folder: Path, table: Table, change: Callable[[pa.Table], pa.Table]) -> None:
    """Commit other rows under an honest batch, as a faulty version of this software would."""
    from copartner.evidence import table_writer

    original = table_writer.write
    try:
        table_writer.write = lambda delta, rows: original(delta, change(rows))  # type: ignore[assignment]
        with Ledger.open(folder).collection(source="git", connection="faulty") as batch:
            if table == COMMIT:
                batch.add(COMMIT, commits([1000, 1001]))
            else:
                batch.add_raw("commit", ["x", "y"], [b"x", b"y"])
    finally:
        table_writer.write = original


def test_rows_missing_from_an_intact_file_are_noticed(folder: Path) -> None:
    rewrite(folder, COMMIT, lambda rows: rows.slice(0, 1))
    (found,) = Ledger.open(folder).verify().damage
    assert (found.table, found.rows) == ("commit", 1)
    assert "fewer rows" in found.problem


def test_a_doubled_key_is_noticed(folder: Path) -> None:
    rewrite(folder, COMMIT, lambda rows: pa.concat_tables([rows, rows]))
    (found,) = Ledger.open(folder).verify().damage
    assert (found.table, found.rows) == ("commit", 2)
    assert "more than once" in found.problem


def test_a_changed_payload_is_noticed_and_repaired(folder: Path) -> None:
    def forge(rows: pa.Table) -> pa.Table:
        return rows.set_column(2, rows.schema.field("payload"), pa.array([b"forged", b"y"]))

    rewrite(folder, RAW_RECORD, forge)
    (found,) = Ledger.open(folder).verify().damage
    assert found.file == "commit x"
    assert "payload does not match its SHA-256" in found.problem
    ledger = Ledger.open(folder)
    assert ledger.repair().connections == (("git", "faulty"),)
    with ledger.collection(source="git", connection="faulty") as batch:
        batch.add_raw("commit", ["x", "y"], [b"x", b"y"])
    assert batch.rows == {"raw_record": 1}
    raw = ledger.snapshot().arrow(RAW_RECORD, where={"native_key": "x"}).to_pylist()[0]
    assert hashlib.sha256(raw["payload"]).hexdigest() == raw["payload_sha256"]
