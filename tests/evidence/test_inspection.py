"""What the command line asks of a ledger."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from copartner.evidence.errors import EvidenceError
from copartner.evidence.inspection import (
    compact,
    export_rows,
    list_batches,
    list_tables,
    show_rows,
    table_named,
    verify,
)
from copartner.evidence.ledger import Ledger
from copartner.evidence.tables import COMMIT, TABLES
from evidence_rows import collect


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = Ledger.open(tmp_path_factory.mktemp("data") / "evidence")
    collect(ledger, range(10))
    collect(ledger, range(10, 12))
    return ledger


def test_all_tables_are_listed_also_empty_ones(ledger: Ledger) -> None:
    summaries = {summary.name: summary for summary in list_tables(ledger.snapshot())}
    assert list(summaries) == list(TABLES)
    assert (summaries["commit"].rows, summaries["commit"].files) == (12, 2)
    assert summaries["commit"].bytes == sum(Path(file).stat().st_size for file in ledger.snapshot().files(COMMIT))
    assert summaries["commit"].key == ("repository", "commit")
    assert summaries["commit"].columns[-1] == "observed_at"
    assert (summaries["tag"].rows, summaries["tag"].files, summaries["tag"].bytes) == (0, 0, 0)


def test_rows_are_shown_as_plain_values(ledger: Ledger) -> None:
    shown = show_rows(ledger.snapshot(), "commit", {"author_name_raw": "Ann 1"}, limit=2)
    assert shown.matching == 4
    assert len(shown.rows) == 2
    assert shown.columns == tuple(COMMIT.stored_schema.names)
    assert json.loads(json.dumps(list(shown.rows)))[0]["source"] == "git"
    assert len(show_rows(ledger.snapshot(), COMMIT, limit=None).rows) == 12
    raw = show_rows(ledger.snapshot(), "raw_record", {"native_key": f"{3:040x}"}).rows[0]
    assert raw["payload"] is None
    assert raw["payload_base64"] == "Y29tbWl0IDMg/w=="


@pytest.mark.parametrize(
    ("table", "where", "matching"),
    [
        ("commit", {"is_merge": "false"}, 12),
        ("commit", {"author_offset_minutes": "60"}, 12),
        ("commit", {"author_time": "2020-01-01T03:00:00Z"}, 1),
        ("file_change", {"added": "3"}, 1),
        ("file_change", {"added": ["3", "4"]}, 2),
    ],
)
def test_text_is_read_as_the_type_of_its_column(
    ledger: Ledger, table: str, where: dict[str, str], matching: int
) -> None:
    assert show_rows(ledger.snapshot(), table, where).matching == matching


def test_questions_that_make_no_sense_are_refused(ledger: Ledger) -> None:
    with pytest.raises(EvidenceError, match="no evidence table 'comit'; did you mean 'commit'"):
        show_rows(ledger.snapshot(), "comit")
    with pytest.raises(EvidenceError, match="no evidence table 'xyz'; there are raw_record"):
        table_named("xyz")
    with pytest.raises(EvidenceError, match="column added: 'many' is no int32"):
        show_rows(ledger.snapshot(), "file_change", {"added": "many"})
    with pytest.raises(EvidenceError, match="no column 'x'"):
        show_rows(ledger.snapshot(), "commit", {"x": "y"})
    with pytest.raises(EvidenceError, match="Column parents holds lists"):
        show_rows(ledger.snapshot(), "commit", {"parents": "y"})


def test_rows_are_exported(ledger: Ledger, tmp_path: Path) -> None:
    result = export_rows(ledger.snapshot(), "commit", {"is_merge": "false"}, tmp_path / "commits.csv")
    assert (result.rows, result.file) == (12, tmp_path / "commits.csv")
    assert export_rows(ledger.snapshot(), COMMIT, {"subject": "no"}, tmp_path / "none.jsonl", "jsonl").rows == 0
    assert (tmp_path / "none.jsonl").read_text() == ""


def test_states_are_listed_verified_and_compacted(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "evidence")
    for number in range(3):
        collect(ledger, [number])
    ledger.keep(ledger.pins()[1], "assessment 1")
    tables: list[str] = []
    assert verify(ledger, progress=tables.append).intact
    assert set(tables) == {"commit", "file_change", "raw_record"}
    result = compact(ledger, retain=timedelta(0))
    assert result.compaction.tables["commit"] == (3, 1)
    assert len(result.vacuum.batches) == 2
    batches = list_batches(ledger)
    assert [batch.readable for batch in batches] == [False, True, False, True]
    assert [batch.kept_as for batch in batches] == [(), ("assessment 1",), (), ()]
    assert [batch.kind for batch in batches][-1] == "compaction"
    assert batches[0].rows == {"commit": 1, "file_change": 2, "raw_record": 1}
    assert (batches[0].source, batches[0].connection, batches[0].sequence) == ("git", "payments", 1)
    assert batches[0].observed_at <= batches[0].committed_at
