"""Files for other programs: complete, typed, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copartner.evidence.errors import EvidenceError
from copartner.evidence.export import export

ROWS = pa.table(
    {
        "text": ["plain", "=1+1", "+1", "-1", "@x", "\tx", "\rx", 'a "b", c\nd', None, "ü"],
        "number": pa.array([-1, *range(1, 10)], pa.int32()),
        "flag": [True, False, *[None] * 8],
        "bytes": pa.array([b"=x", b"\xff", None, *[b""] * 7]),
        "day": pa.array([date(2024, 2, 29), *[None] * 9]),
        "time": pa.array([datetime(2024, 2, 29, 23, 59, 59, 5, tzinfo=UTC), *[None] * 9], pa.timestamp("us", "UTC")),
        "names": [["=a", "b"], [], *[None] * 8],
    }
)


def read_csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_csv_cannot_run_formulas(tmp_path: Path) -> None:
    result = export(ROWS, tmp_path / "x.csv", "csv")
    assert result.rows == 10
    rows = read_csv(result.file)
    assert [row["text"] for row in rows] == [
        "plain",
        "'=1+1",
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        "'\rx",
        'a "b", c\nd',
        "",
        "ü",
    ]
    assert rows[0] == {
        "text": "plain",
        "number": "-1",
        "flag": "true",
        "bytes": "'=x",
        "bytes_base64": "",
        "day": "2024-02-29",
        "time": "2024-02-29T23:59:59.000005Z",
        "names": '["=a", "b"]',
    }
    assert (rows[1]["flag"], rows[1]["bytes"], rows[1]["bytes_base64"]) == ("false", "", "/w==")
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+@\t\r" and cell]


def test_json_lines_hold_every_value(tmp_path: Path) -> None:
    export(ROWS, tmp_path / "x.jsonl", "jsonl")
    rows = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["text"] for row in rows] == ROWS["text"].to_pylist()
    assert rows[0]["names"] == ["=a", "b"]
    assert rows[0]["time"] == "2024-02-29T23:59:59.000005Z"
    assert (rows[1]["bytes"], rows[1]["bytes_base64"]) == (None, "/w==")
    assert (rows[2]["bytes"], rows[2]["bytes_base64"]) == (None, None)


def test_parquet_keeps_the_types(tmp_path: Path) -> None:
    export(ROWS, tmp_path / "x.parquet", "parquet")
    assert pq.read_table(tmp_path / "x.parquet").equals(ROWS)


def test_a_failed_export_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "x.csv"
    target.write_text("old")

    def full(*arguments: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("copartner.evidence.export._cell", full)
    with pytest.raises(OSError, match="No space"):
        export(ROWS, target, "csv")
    assert target.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["x.csv"]


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no export format 'xls'; known are csv, jsonl, parquet"):
        export(ROWS, tmp_path / "x", "xls")
    with pytest.raises(EvidenceError, match="missing does not exist"):
        export(ROWS, tmp_path / "missing" / "x.csv", "csv")
