"""What people ask a ledger: which tables, which rows, is it intact, can it be smaller. Answers are dataclasses."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from copartner.evidence import export as exports
from copartner.evidence.batches import Pin
from copartner.evidence.errors import EvidenceError
from copartner.evidence.export import Export
from copartner.evidence.ledger import Ledger
from copartner.evidence.repair import Repair
from copartner.evidence.retention import DEFAULT_RETENTION, Compaction, Vacuum
from copartner.evidence.snapshot import Snapshot, Where
from copartner.evidence.tables import TABLES, Table
from copartner.evidence.verification import Verification

__all__ = [
    "Repair",
    "Verification",
    "compact",
    "export_rows",
    "list_batches",
    "list_tables",
    "repair",
    "show_rows",
    "table_named",
    "verify",
]


@dataclass(frozen=True, slots=True)
class TableSummary:
    """A table of the ledger at a pin."""

    name: str
    doc: str
    rows: int
    files: int
    bytes: int
    key: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """A state of the ledger: the batch after which it stood so, what that added, and whether it can be read."""

    id: str
    sequence: int
    kind: str
    source: str
    connection: str
    observed_at: str
    committed_at: str
    rows: Mapping[str, int]
    readable: bool
    kept_as: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownRows:
    """Some rows of a table as plain values, and how many match in all."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    matching: int


@dataclass(frozen=True, slots=True)
class Compacted:
    """What compacting and vacuuming did."""

    compaction: Compaction
    vacuum: Vacuum


def table_named(name: str) -> Table:
    """Raises ``EvidenceError`` with a suggestion if there is no such table."""
    if name not in TABLES:
        near = difflib.get_close_matches(name, TABLES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(TABLES)}."
        raise EvidenceError(f"There is no evidence table {name!r}; {hint}")
    return TABLES[name]


def list_tables(snapshot: Snapshot) -> list[TableSummary]:
    """All declared tables, also empty ones, with rows, files and bytes at the snapshot's pin."""
    summaries = []
    for table in TABLES.values():
        committed = snapshot.committed(table.name)
        files = [committed[name] for name in snapshot.file_names(table.name)]
        rows, size = sum(file.rows for file in files), sum(file.bytes for file in files)
        columns = tuple(table.stored_schema.names)
        summaries.append(TableSummary(table.name, table.doc, rows, len(files), size, table.key, columns))
    return summaries


def list_batches(ledger: Ledger) -> list[BatchSummary]:
    """The states of the ledger, oldest first."""
    log = ledger.log()
    names: dict[str, list[str]] = {}
    for name, batch in log.kept.items():
        names.setdefault(batch, []).append(name)
    return [
        BatchSummary(
            batch.id,
            batch.sequence,
            batch.kind,
            batch.source,
            batch.connection,
            batch.observed_at.isoformat(),
            batch.committed_at.isoformat(),
            batch.rows,
            batch.id not in log.vacuumed,
            tuple(sorted(names.get(batch.id, ()))),
        )
        for batch in log.batches
    ]


def show_rows(snapshot: Snapshot, table: Table | str, where: Where | None = None, limit: int | None = 20) -> ShownRows:
    """Rows that match, at most ``limit``. Text in ``where`` is read as the column's type ("true", "2024-05-01")."""
    table = table_named(table) if isinstance(table, str) else table
    found = snapshot.arrow(table, where=_typed(table, where))
    shown = found if limit is None else found.slice(0, limit)
    return ShownRows(table.name, tuple(found.column_names), tuple(exports.records(shown)), found.num_rows)


def export_rows(
    snapshot: Snapshot, table: Table | str, where: Where | None, target: Path, format_: str = "csv"
) -> Export:
    """Write the rows that match to a file: ``csv``, ``jsonl`` or ``parquet``; see ``evidence.export``."""
    table = table_named(table) if isinstance(table, str) else table
    return exports.export(snapshot.arrow(table, where=_typed(table, where)), Path(target), format_)


def verify(ledger: Ledger, *, progress: Callable[[str], None] | None = None) -> Verification:
    """Read everything again and compare it with what was committed."""
    return ledger.verify(progress=progress)


def repair(ledger: Ledger) -> Repair:
    """Take out what is damaged and what was collected with it; ``connections`` of the result are to collect again."""
    return ledger.repair()


def compact(
    ledger: Ledger,
    *,
    keep: Iterable[Pin | str] = (),
    retain: timedelta = DEFAULT_RETENTION,
    progress: Callable[[str], None] | None = None,
) -> Compacted:
    """Rewrite small files into few, then delete what no readable state needs (see ``evidence.retention``)."""
    compaction = ledger.compact(progress=progress)
    return Compacted(compaction, ledger.vacuum(retain, keep=keep))


def _typed(table: Table, where: Where | None) -> dict[str, Any]:
    return {column: _parsed(table, column, value) for column, value in (where or {}).items()}


def _parsed(table: Table, column: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_parsed(table, column, item) for item in value]
    if column not in table.stored_schema.names or not isinstance(value, str):
        return value
    kind = table.stored_schema.field(column).type
    if kind == pa.string() or pa.types.is_nested(kind):
        return value
    try:
        return pa.array([value]).cast(kind)[0].as_py()
    except pa.ArrowException as error:
        raise EvidenceError(f"Table {table.name}, column {column}: {value!r} is no {kind}.") from error
