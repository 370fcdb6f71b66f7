"""Writing rows to files that other programs open: CSV, JSON lines, Parquet.

CSV is opened in spreadsheets, which run a cell that starts like a formula. A commit subject is written by anybody, so
text cells that start with ``= + - @``, tab or carriage return get an apostrophe in front (OWASP, "CSV Injection").
Bytes become text where they are UTF-8; otherwise the cell stays empty and ``<column>_base64`` holds them.
"""

from __future__ import annotations

import base64
import csv
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from copartner.evidence.errors import EvidenceError

FORMATS = ("csv", "jsonl", "parquet")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Export:
    """The file written and how many rows it holds."""

    file: Path
    rows: int


def export(rows: pa.Table, target: Path, format_: str) -> Export:
    """Write rows to ``target`` (replaced whole or left alone). Raises ``EvidenceError`` for an unknown format."""
    writers: dict[str, Callable[[pa.Table, Path], None]] = {
        "csv": _write_csv,
        "jsonl": _write_json_lines,
        "parquet": pq.write_table,
    }
    if format_ not in writers:
        raise EvidenceError(f"There is no export format {format_!r}; known are {', '.join(FORMATS)}.")
    if not target.absolute().parent.is_dir():
        raise EvidenceError(f"The folder {target.absolute().parent} does not exist.")
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        writers[format_](rows, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return Export(target, rows.num_rows)


def records(rows: pa.Table) -> Iterator[dict[str, Any]]:
    """Rows as plain JSON values: times as ISO 8601 in UTC, bytes as text or base64."""
    binary = [field.name for field in rows.schema if pa.types.is_binary(field.type)]
    for part in rows.to_batches(max_chunksize=_CHUNK):
        for row in part.to_pylist():
            for name in binary:
                row[name], row[f"{name}_base64"] = _text_or_base64(row[name])
            yield {name: _plain(value) for name, value in row.items()}


def _text_or_base64(value: bytes | None) -> tuple[str | None, str | None]:
    if value is None:
        return None, None
    try:
        return value.decode(), None
    except UnicodeDecodeError:
        return None, base64.b64encode(value).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA) else value


def _open(file: Path) -> IO[str]:
    return file.open("w", encoding="utf-8", newline="")


def _write_csv(rows: pa.Table, file: Path) -> None:
    names: list[str] = []
    for field in rows.schema:
        names += [field.name, f"{field.name}_base64"] if pa.types.is_binary(field.type) else [field.name]
    with _open(file) as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        for record in records(rows):
            writer.writerow([_cell(record[name]) for name in names])


def _write_json_lines(rows: pa.Table, file: Path) -> None:
    with _open(file) as stream:
        for record in records(rows):
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
