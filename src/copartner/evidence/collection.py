"""Writing one batch: check rows, drop what is known, append, and make the whole visible at the end.

Order of writing: data files and Delta logs of the tables first, the batch's row in the batch log last. Dying in
between leaves table versions that no batch names; the next writer restores such tables to their pinned version before
it appends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa

from copartner.evidence.arrays import constant_integer, constant_text, text_array
from copartner.evidence.batches import COLLECTION, Batch, BatchLog, Pin, append, batch_id
from copartner.evidence.errors import EvidenceError
from copartner.evidence.store import Store
from copartner.evidence.table_writer import TableWriter
from copartner.evidence.tables import RAW_RECORD, TABLES, TIME, Table

FLUSH_BYTES = 128 * 1024 * 1024
"""Rows waiting in memory per table before they are appended (still invisible)."""

_MICROSECONDS = 1_000_000


class CollectionBatch:
    """What one collection run adds. Made by ``Ledger.collection``.

    ``rows`` and ``known`` count, per table, the rows added and those dropped because their key was already present.
    ``pin`` is set once the batch is committed, and stays ``None`` when there was nothing new.
    """

    def __init__(
        self, store: Store, log: BatchLog, source: str, connection: str, observed_at: datetime | None = None
    ) -> None:
        now = datetime.now(UTC)
        if observed_at is not None and observed_at.tzinfo is None:
            raise EvidenceError("observed_at needs a time zone.")
        if not source or not connection:
            raise EvidenceError("A collection names its source and its connection.")
        self.id = batch_id(now)
        self.source = source
        self.connection = connection
        self.observed_at = (observed_at or now).astimezone(UTC)
        self.rows: dict[str, int] = {}
        self.known: dict[str, int] = {}
        self.pin: Pin | None = None
        self._store = store
        self._log = log
        self._before = log.newest
        self._waiting: dict[str, list[pa.Table]] = {}
        self._tables: dict[str, TableWriter] = {}

    def add_raw(
        self, kind: str, native_keys: Sequence[str] | pa.Array, payloads: Sequence[bytes] | pa.Array
    ) -> list[str]:
        """Keep what the source said, byte for byte; returns the SHA-256 (hex) of each payload, in order."""
        if len(native_keys) != len(payloads):
            raise EvidenceError(f"{len(native_keys)} native keys for {len(payloads)} payloads.")
        contents: list[bytes] = payloads.to_pylist() if isinstance(payloads, pa.Array) else list(payloads)
        digests = [hashlib.sha256(payload).hexdigest() for payload in contents]
        columns = [
            constant_text(kind, len(contents)),
            native_keys if isinstance(native_keys, pa.Array) else text_array(native_keys),
            payloads if isinstance(payloads, pa.Array) else pa.array(contents, pa.binary()),
            text_array(digests),
        ]
        self.add(RAW_RECORD, pa.Table.from_arrays(columns, schema=RAW_RECORD.schema))
        return digests

    def add(self, table: Table, rows: pa.Table) -> None:
        """Add rows without provenance columns; may be called several times for a table.

        Raises ``EvidenceError`` where columns, types, nulls or text encoding do not fit the table's schema.
        """
        if TABLES.get(table.name) != table:
            raise EvidenceError(f"Table {table.name} is not declared in evidence.tables.")
        checked = checked_rows(table, rows)
        if not checked.num_rows:
            return
        waiting = self._waiting.setdefault(table.name, [])
        waiting.append(checked)
        if sum(part.nbytes for part in waiting) >= FLUSH_BYTES:
            self._flush(table)

    def commit(self) -> None:
        """Make everything visible. Called by ``Ledger.collection``."""
        for name in list(self._waiting):
            self._flush(TABLES[name])
        written = {name: writer for name, writer in self._tables.items() if self.rows.get(name)}
        if not written:
            return
        before = {} if self._before is None else self._before.tables
        batch = Batch(
            sequence=self._log.next_sequence,
            id=self.id,
            kind=COLLECTION,
            source=self.source,
            connection=self.connection,
            observed_at=self.observed_at,
            committed_at=datetime.now(UTC),
            tables={**before, **{name: writer.version() for name, writer in written.items()}},
            added={name: writer.added() for name, writer in written.items()},
            rows={name: self.rows[name] for name in written},
        )
        append(self._store, self._log, batch)
        self.pin = batch.pin

    def _flush(self, table: Table) -> None:
        rows = pa.concat_tables(self._waiting.pop(table.name))
        if table.name not in self._tables:
            self._tables[table.name] = TableWriter(self._store, self._log, self._before, table)
        writer = self._tables[table.name]
        fresh = writer.without_known(self._with_provenance(table, rows))
        self.known[table.name] = self.known.get(table.name, 0) + rows.num_rows - fresh.num_rows
        if fresh.num_rows:
            writer.append(fresh)
            self.rows[table.name] = self.rows.get(table.name, 0) + fresh.num_rows

    def _with_provenance(self, table: Table, rows: pa.Table) -> pa.Table:
        count = rows.num_rows
        moment = round((self.observed_at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * _MICROSECONDS)
        provenance = [
            *(constant_text(value, count) for value in (self.source, self.connection, self.id)),
            constant_integer(moment, count, TIME),
        ]
        return pa.Table.from_arrays([*rows.columns, *provenance], schema=table.stored_schema)


def checked_rows(table: Table, rows: pa.Table) -> pa.Table:
    """``rows`` in exactly the table's schema. Raises ``EvidenceError`` naming the column that does not fit."""
    names = table.schema.names
    missing = [name for name in names if name not in rows.column_names]
    strange = [name for name in rows.column_names if name not in names]
    if missing or strange or len(rows.column_names) != len(names):
        problems = [f"lacks {', '.join(missing)}"] if missing else []
        problems += [f"has {', '.join(strange)}, which the table does not"] if strange else []
        raise EvidenceError(f"Rows for table {table.name}: {'; '.join(problems) or 'a column appears twice'}.")
    columns = []
    for field in table.schema:
        column = rows[field.name]
        place = f"Rows for table {table.name}, column {field.name}"
        if _family(column.type) != _family(field.type):
            raise EvidenceError(f"{place}: is {column.type}, must be {field.type}.")
        try:
            column = column.cast(field.type)
            column.validate(full=True)
        except pa.ArrowException as error:
            raise EvidenceError(f"{place}: {error}") from error
        if column.null_count and not field.nullable:
            raise EvidenceError(f"{place}: {column.null_count} values are missing; the column must not be null.")
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=table.schema)


def _family(kind: pa.DataType) -> str:
    """Types that may stand for one another when no value is lost."""
    if pa.types.is_dictionary(kind):
        return _family(kind.value_type)
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_timestamp(kind):
        return f"timestamp {kind.tz}"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list of {_family(kind.value_type)}"
    return str(kind).removeprefix("large_").removesuffix("_view")
