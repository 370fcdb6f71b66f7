"""Appending to one table within a batch: roll back leftovers, drop known rows, write, describe what was written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.exceptions import DeltaError

from copartner.evidence.batches import EMPTY, Batch, BatchLog, DataFile, TableVersion, first_line, write
from copartner.evidence.errors import EvidenceError
from copartner.evidence.snapshot import Snapshot
from copartner.evidence.store import Store, file_names, names_digest
from copartner.evidence.tables import Table

_FEW = 100  # distinct values worth a filter while known keys are read


class TableWriter:
    """Appends to one table within a batch, after rolling back what a killed writer may have left."""

    def __init__(self, store: Store, log: BatchLog, before: Batch | None, table: Table) -> None:
        self.table = table
        self._store = store
        self._log = log
        state = None if before is None else before.tables.get(table.name)
        self._delta = store.delta(table.name) or store.create_table(table.name, table.stored_schema)
        if state is not None and self._delta.version() == state.version:
            store.remembered[table.name, state.version] = file_names(self._delta)
        self._snapshot = Snapshot(store, log, EMPTY if before is None else before.pin)
        self._pinned = self._snapshot.file_names(table.name)
        roll_back(self._delta, table.name, self._pinned, 0 if state is None else state.version)
        self._appended_keys: list[pa.Table] = []

    def without_known(self, rows: pa.Table) -> pa.Table:
        """``rows`` without those whose natural key is present, or came earlier among them."""
        keys = list(self.table.key)
        # From a buffer: ``pyarrow.array`` would import pandas.
        position = pa.Array.from_buffers(pa.int64(), rows.num_rows, [None, pa.py_buffer(np.arange(rows.num_rows))])
        numbered = rows.select(keys).append_column("row", position)
        first = numbered.group_by(keys).aggregate([("row", "min")])
        seen = pa.concat_tables([self._present_keys(rows), *self._appended_keys])
        if seen.num_rows:
            first = first.join(seen, keys, join_type="left anti")
        if first.num_rows == rows.num_rows:
            return rows
        return rows.take(first["row_min"].combine_chunks().sort())

    def _present_keys(self, rows: pa.Table) -> pa.Table:
        """Keys in the table that could equal one of ``rows``: those with the same leading values."""
        values = pc.unique(rows[self.table.key[0]])
        where = {self.table.key[0]: values.to_pylist()} if len(values) <= _FEW else {}
        return self._snapshot.arrow(self.table, self.table.key, where)

    def append(self, rows: pa.Table) -> None:
        """Append rows, still invisible to readers."""
        write(self._delta, rows)
        self._appended_keys.append(rows.select(self.table.key))

    def version(self) -> TableVersion:
        """The version to pin."""
        names = file_names(self._delta)
        self._store.remembered[self.table.name, self._delta.version()] = names
        return TableVersion(self._delta.version(), names_digest(names))

    def added(self) -> tuple[DataFile, ...]:
        """The files this batch added, safe on disk, with their digests."""
        return describe_files(self._store, self.table.name, set(file_names(self._delta)) - set(self._pinned))


def roll_back(delta: Any, table: str, pinned: list[str], version: int) -> None:
    """Set a table back to its pinned version if a killed writer left rows above it; raises ``EvidenceError``."""
    if file_names(delta) == pinned:
        return
    try:
        delta.restore(version)
    except (DeltaError, OSError) as error:
        raise EvidenceError(
            f"Table {table} holds rows of a collection that was killed and cannot be set back to version {version}: "
            f"{first_line(error)}. `copartner evidence verify` names what is damaged."
        ) from error


def describe_files(store: Store, table: str, names: Iterable[str]) -> tuple[DataFile, ...]:
    """Size, rows and SHA-256 of data files just written, after asking the disk to keep them."""
    described = []
    for name in sorted(names):
        store.keep_on_disk(table, name)
        size, digest = store.checksum(table, name)
        with store.open(table, name) as source:
            described.append(DataFile(name, size, pq.ParquetFile(source).metadata.num_rows, digest))
    return tuple(described)
