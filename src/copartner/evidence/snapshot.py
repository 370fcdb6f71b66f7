"""Reading evidence as it stood after a batch.

A snapshot never looks at a table's newest version, only at the pinned one, so that nothing a running or killed
collection left behind is seen and an old assessment reads today what it read then. Data files are compared with the
SHA-256 of their commit before they are first read in a process: what an engine computes on is what was collected.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from copartner.evidence.arrays import text_array
from copartner.evidence.batches import BatchLog, DataFile, Pin, files_by_name
from copartner.evidence.content_hash import content_hash
from copartner.evidence.errors import Damage, DamagedEvidence, EvidenceError
from copartner.evidence.store import Store, file_names, names_digest
from copartner.evidence.tables import Table

__all__ = ["Snapshot", "Where", "content_hash"]

Where = Mapping[str, Any]
"""Column → value, or column → list of values. ``None`` matches rows without a value."""

_checked: dict[str, tuple[int, int, int]] = {}
"""Files whose SHA-256 this process has compared, by address: inode, size and time of change at that moment."""


class Snapshot:
    """The evidence at one pin. Cheap to make; tables are opened when they are asked for.

    ``damage`` collects what ``tolerant`` reads had to leave out.
    """

    def __init__(self, store: Store, log: BatchLog, pin: Pin) -> None:
        self.pin = pin
        self.damage: list[Damage] = []
        self.store = store
        self._log = log
        self._names: dict[str, list[str]] = {}
        self._committed: dict[str, Mapping[str, DataFile]] = {}

    def arrow(
        self, table: Table, columns: Sequence[str] | None = None, where: Where | None = None, *, tolerant: bool = False
    ) -> pa.Table:
        """Rows of a table, by default with provenance columns; in no particular order.

        ``where`` keeps rows whose columns equal a value or one of a list of values. Raises ``DamagedEvidence`` where a
        data file is missing or not what was written; ``tolerant`` reads the rest and adds to ``damage`` instead.
        Raises ``EvidenceError`` for a column the table does not have.
        """
        schema = table.stored_schema
        wanted = list(schema.names if columns is None else columns)
        _check_columns(table, [*wanted, *(where or {})])
        filters = {column: _Allowed.of(schema.field(column), value) for column, value in (where or {}).items()}
        parts = []
        for name in self._readable(table, tolerant):
            try:
                parts.append(self._read(table, name, wanted, filters))
            except (OSError, pa.ArrowException) as error:
                self._report(self.damaged(table.name, name, f"cannot be read: {error}"), tolerant)
        target = pa.schema([schema.field(name) for name in wanted])
        return pa.concat_tables(parts) if parts else pa.Table.from_batches([], target)

    def files(self, table: Table, *, tolerant: bool = False) -> list[str]:
        """Addresses of the pinned version's own Parquet files, each compared with its SHA-256.

        Raises and reports like ``arrow``. For an object store, files are compared by ``verify`` only.
        """
        return [self.store.address(table.name, name) for name in self._readable(table, tolerant)]

    def content_hash(self, table: Table, where: Where | None = None) -> str:
        """SHA-256 (hex) of what the rows say: equal evidence in another ledger has the equal digest.

        Covers the table's own columns and its natural key, not when and in which batch a row was observed.
        """
        names = [*table.key, *(name for name in table.schema.names if name not in table.key)]
        return content_hash(self.arrow(table, names, where))

    def rows(self, table: Table) -> int:
        """Number of rows, from what was committed, without reading them."""
        committed = self.committed(table.name)
        return sum(committed[name].rows for name in self.file_names(table.name))

    def file_names(self, table: str) -> list[str]:
        """Names of the pinned version's files. Raises ``EvidenceError`` where the Delta log is damaged or vacuumed."""
        if table not in self._names:
            version = self.pin.versions.get(table)
            if version is None:
                self._names[table] = []
            else:
                if self.pin.batch in self._log.vacuumed:
                    raise EvidenceError(
                        f"The state after batch {self.pin.batch} was vacuumed and can no longer be read. "
                        "`copartner evidence ls --batches` lists the states that can."
                    )
                if (table, version) not in self.store.remembered:
                    self.store.remembered[table, version] = file_names(self.store.delta(table, version))
                names = self.store.remembered[table, version]
                state = self._log.batch(self.pin.batch).tables.get(table)
                if state is None or state.version != version or state.files != names_digest(names):
                    raise EvidenceError(
                        f"Table {table}: the Delta log at version {version} does not list the files that batch "
                        f"{self.pin.batch} committed. Put {self.store.uri(table)}/_delta_log back from a backup, or "
                        "collect into a new folder: equal evidence gives an equal content hash."
                    )
                self._names[table] = names
        return self._names[table]

    def committed(self, table: str) -> Mapping[str, DataFile]:
        """Size, rows and SHA-256 of the table's files by name, as they were committed."""
        if table not in self._committed:
            self._committed[table] = {name: file for name, (file, _) in files_by_name(self._log.entries, table).items()}
        return self._committed[table]

    def check(self, table: str, name: str) -> Damage | None:
        """Compare a file with what was committed; reads the whole file, also in an object store."""
        expected = self.committed(table).get(name)
        if expected is None:
            return self.damaged(table, name, "is in no batch")
        try:
            size, digest = self.store.checksum(table, name)
        except FileNotFoundError:
            return self.damaged(table, name, "is missing")
        except OSError as error:
            return self.damaged(table, name, f"cannot be read: {error}")
        if size != expected.bytes:
            return self.damaged(table, name, f"has {size} bytes instead of {expected.bytes}")
        if digest != expected.sha256:
            return self.damaged(table, name, "does not match its SHA-256")
        return None

    def damaged(self, table: str, name: str, problem: str) -> Damage:
        """Describe damage to a data file: what is lost and how to get it back."""
        entry = files_by_name(self._log.entries, table).get(name)
        if entry is None:
            return Damage(table, name, problem, None, (), "Put the file back from a backup.")
        file, batch = entry
        remedy = (
            f"Put {self.store.address(table, name)} back from a backup, or run `copartner evidence verify "
            "--repair` and collect again. Everything else stays readable."
        )
        origin = f"{batch.id} ({batch.kind} from {batch.source}, {batch.connection})"
        return Damage(table, name, problem, file.rows, (origin,), remedy)

    def _readable(self, table: Table, tolerant: bool) -> list[str]:
        names = []
        for name in self.file_names(table.name):
            damage = self._check_once(table.name, name)
            if damage is None:
                names.append(name)
            else:
                self._report(damage, tolerant)
        return names

    def _check_once(self, table: str, name: str) -> Damage | None:
        if self.store.local is None:
            return None
        address = self.store.address(table, name)
        try:
            status = os.stat(address)
        except OSError:
            return self.check(table, name)
        identity = (status.st_ino, status.st_size, status.st_mtime_ns)
        if _checked.get(address) == identity:
            return None
        damage = self.check(table, name)
        if damage is None:
            _checked[address] = identity
        return damage

    def _report(self, damage: Damage, tolerant: bool) -> None:
        if not tolerant:
            raise DamagedEvidence(damage)
        if damage not in self.damage:
            self.damage.append(damage)

    def _read(self, table: Table, name: str, columns: list[str], filters: dict[str, _Allowed]) -> pa.Table:
        schema = table.stored_schema
        with self.store.open(table.name, name) as source:
            file = pq.ParquetFile(source)
            groups = [g for g in range(file.num_row_groups) if all(a.possible(file, g) for a in filters.values())]
            rows = file.read_row_groups(groups, columns=list(dict.fromkeys([*columns, *filters])))
        for column, allowed in filters.items():
            rows = rows.filter(allowed.mask(rows[column]))
        target = pa.schema([schema.field(column) for column in columns])
        return rows.select(columns).cast(target)


@dataclass(frozen=True)
class _Allowed:
    """The values a column may have."""

    column: str
    values: pa.Array
    missing: bool
    texts: tuple[str, ...] | None

    @classmethod
    def of(cls, field: pa.Field, value: Any) -> _Allowed:
        listed = list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else [value]
        present = [v for v in listed if v is not None]
        missing = len(present) < len(listed)
        if field.type == pa.string() and all(isinstance(v, str) for v in present):
            return cls(field.name, text_array(present), missing, None if missing else tuple(present))
        if pa.types.is_nested(field.type):
            raise EvidenceError(f"Column {field.name} holds lists; it cannot be filtered.")
        try:
            return cls(field.name, pa.array(present, field.type), missing, None)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise EvidenceError(f"Column {field.name} of type {field.type} cannot equal {value!r}.") from error

    def mask(self, column: pa.ChunkedArray) -> Any:
        found = pc.is_in(column, value_set=self.values)
        return pc.or_(found, pc.is_null(column)) if self.missing else found

    def possible(self, file: Any, group: int) -> bool:
        """Whether a row group can hold a match, judged by the smallest and largest text of the column."""
        if self.texts is None:
            return True
        # Positions of leaf columns equal positions of fields as long as lists have one leaf and nothing is a struct.
        position = file.schema_arrow.get_field_index(self.column)
        statistics = file.metadata.row_group(group).column(position).statistics
        if statistics is None or not statistics.has_min_max:
            return True
        # Bounds may be cut short, so they are compared as prefixes.
        low, high = statistics.min, statistics.max
        return any(low[: len(text)] <= text and text[: len(high)] <= high for text in self.texts)


def _check_columns(table: Table, columns: Iterable[str]) -> None:
    known = table.stored_schema.names
    for column in columns:
        if column not in known:
            near = difflib.get_close_matches(column, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(known)}."
            raise EvidenceError(f"Table {table.name} has no column {column!r}{hint}")
