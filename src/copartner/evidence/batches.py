"""The batch log: which versions of all tables belong together.

A batch is one collection run (or a compaction). Its single row, appended to a Delta table, makes all of its rows in all
tables visible at once; without that row nothing of it exists. The row names the version of every table, the digest of
each version's file list, and size and SHA-256 of each file the batch added; a digest over the row itself closes the
chain, so that any changed byte of the ledger can be found and named.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.exceptions import CommitFailedError, DeltaError

from copartner.evidence.errors import Damage, DamagedEvidence, EvidenceError, LedgerBusy
from copartner.evidence.store import BATCHES, Store, file_names
from copartner.evidence.tables import TIME

COLLECTION = "collection"
COMPACTION = "compaction"
REPAIR = "repair"
RETENTION = "retention"
"""Kinds of batches. A retention batch changes no rows: it says which states are kept for whom, and which are gone."""

WRITER = deltalake.WriterProperties(compression="ZSTD", compression_level=3)
KEEP_LOG = deltalake.PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)

STATES = (COLLECTION, COMPACTION, REPAIR)
"""Kinds after which the ledger has a new state that can be pinned."""

SCHEMA = pa.schema(
    [
        pa.field("sequence", pa.int64(), nullable=False),
        pa.field("batch", pa.string(), nullable=False),
        pa.field("committed_at", TIME, nullable=False),
        pa.field("content", pa.string(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
    ]
)

_REMEDY = (
    "Put the file back from a backup, or collect into a new folder: equal evidence gives an equal content hash. "
    "Batches named explicitly stay readable."
)


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file as it was committed."""

    name: str
    bytes: int
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TableVersion:
    """A Delta version and the digest of its list of files."""

    version: int
    files: str


@dataclass(frozen=True, slots=True)
class Pin:
    """A committed state of the whole ledger: the batch that made it and the Delta version of each table.

    An assessment keeps its pin and can be reproduced from it later. ``versions`` has no entry for an empty table.
    """

    sequence: int
    batch: str
    versions: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"sequence": self.sequence, "batch": self.batch, "versions": dict(self.versions)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Pin:
        """Inverse of ``to_json``. Raises ``EvidenceError`` where the content is not a pin."""
        try:
            versions = {str(table): int(version) for table, version in content["versions"].items()}
            return cls(int(content["sequence"]), str(content["batch"]), versions)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise EvidenceError(f"Not a pin of an evidence ledger: {content!r}.") from error


EMPTY = Pin(0, "", {})
"""The state before the first batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One committed run: ``rows`` and ``added`` files per table, and in ``tables`` the state of the whole ledger.

    ``detail`` holds what only one kind of batch says: ``keep`` (name → batch), ``release`` (names), ``vacuumed``
    (batches), ``retracted`` (batches).
    """

    sequence: int
    id: str
    kind: str
    source: str
    connection: str
    observed_at: datetime
    committed_at: datetime
    tables: Mapping[str, TableVersion]
    added: Mapping[str, Sequence[DataFile]] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pin(self) -> Pin:
        """The state of the ledger after this batch."""
        return Pin(self.sequence, self.id, {name: state.version for name, state in sorted(self.tables.items())})

    def _content(self) -> str:
        content = {
            "kind": self.kind,
            "source": self.source,
            "connection": self.connection,
            "observed_at": self.observed_at.isoformat(),
            "tables": {name: [state.version, state.files] for name, state in sorted(self.tables.items())},
            "added": {
                name: [[f.name, f.bytes, f.rows, f.sha256] for f in files] for name, files in sorted(self.added.items())
            },
            "rows": dict(sorted(self.rows.items())),
            "detail": self.detail,
        }
        return json.dumps(content, separators=(",", ":"))

    def to_row(self) -> pa.Table:
        """The row of the batch log."""
        content = self._content()
        row = [
            self.sequence,
            self.id,
            self.committed_at,
            content,
            _seal(self.sequence, self.id, self.committed_at, content),
        ]
        return pa.table([[value] for value in row], schema=SCHEMA)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Batch:
        """Inverse of ``to_row``. Raises ``ValueError`` where the row is not what was written."""
        committed_at = row["committed_at"].astimezone(UTC)
        if row["sha256"] != _seal(row["sequence"], row["batch"], committed_at, row["content"]):
            raise ValueError(f"the row of batch {row['batch']} does not match its SHA-256")
        content = json.loads(row["content"])
        return cls(
            sequence=row["sequence"],
            id=row["batch"],
            kind=content["kind"],
            source=content["source"],
            connection=content["connection"],
            observed_at=datetime.fromisoformat(content["observed_at"]),
            committed_at=committed_at,
            tables={name: TableVersion(*state) for name, state in content["tables"].items()},
            added={name: tuple(DataFile(*f) for f in files) for name, files in content["added"].items()},
            rows=content["rows"],
            detail=content["detail"],
        )


def batch_id(now: datetime) -> str:
    """A new id that sorts by time."""
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


def _seal(sequence: int, batch: str, committed_at: datetime, content: str) -> str:
    return hashlib.sha256(f"{sequence}\n{batch}\n{committed_at.isoformat()}\n{content}".encode()).hexdigest()


@dataclass(frozen=True)
class BatchLog:
    """The batch log as read once: entries by sequence, what of it is damaged, and the Delta handle to append with."""

    entries: tuple[Batch, ...]
    damage: tuple[Damage, ...]
    delta: Any

    @property
    def batches(self) -> list[Batch]:
        """The entries after which the ledger had a new state, oldest first."""
        return [batch for batch in self.entries if batch.kind in STATES]

    @property
    def newest(self) -> Batch | None:
        """The last batch, ``None`` in an empty ledger. Raises ``DamagedEvidence`` where it might be a damaged one."""
        if self.damage:
            raise DamagedEvidence(self.damage[0])
        return self.batches[-1] if self.batches else None

    @property
    def next_sequence(self) -> int:
        """Number of the entry to append."""
        return self.entries[-1].sequence + 1 if self.entries else 1

    @property
    def kept(self) -> dict[str, str]:
        """Name → batch of the states that are kept until they are released."""
        kept: dict[str, str] = {}
        for entry in self.entries:
            kept.update(entry.detail.get("keep", {}))
            for name in entry.detail.get("release", ()):
                kept.pop(name, None)
        return kept

    @property
    def vacuumed(self) -> set[str]:
        """Batches after which the state can no longer be read."""
        return {batch for entry in self.entries for batch in entry.detail.get("vacuumed", ())}

    @property
    def retracted(self) -> set[str]:
        """Batches whose rows a repair took out, to be collected again."""
        return {batch for entry in self.entries for batch in entry.detail.get("retracted", ())}

    def batch(self, id_: str) -> Batch:
        """Raises ``EvidenceError`` if no readable batch has this id."""
        for batch in self.batches:
            if batch.id == id_:
                return batch
        hint = f" {len(self.damage)} files of the batch log cannot be read." if self.damage else ""
        raise EvidenceError(f"The ledger has no batch {id_!r}; `copartner evidence ls --batches` lists them.{hint}")


def read_log(store: Store) -> BatchLog:
    """Read all batches; a damaged file of the log is set apart, the rest stays readable."""
    # Read before the log: a batch that is committed in between must not look lost.
    noted = store.noted_newest()
    delta = store.delta(BATCHES)
    batches: list[Batch] = []
    damage: list[Damage] = []
    for name in file_names(delta) if delta is not None else ():
        try:
            if (BATCHES, name) not in store.remembered:
                with store.open(BATCHES, name) as file:
                    rows = pq.ParquetFile(file).read().to_pylist()
                store.remembered[BATCHES, name] = [Batch.from_row(row) for row in rows]
            batches.extend(store.remembered[BATCHES, name])
        except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
            problem = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {first_line(error)}"
            damage.append(Damage(BATCHES, name, problem, None, (), _REMEDY))
    batches.sort(key=lambda batch: batch.sequence)
    expected = max(noted, batches[-1].sequence if batches else 0)
    gaps = sorted(set(range(1, expected + 1)) - {batch.sequence for batch in batches})
    if gaps and not damage:
        problem = f"batch number {gaps[0]} is not in the log"
        damage.append(Damage(BATCHES, "_delta_log", problem, None, (), _REMEDY))
    return BatchLog(tuple(batches), tuple(damage), delta)


def append(store: Store, log: BatchLog, batch: Batch) -> None:
    """Make a batch visible, if nobody else has made one visible since ``log`` was read.

    Raises ``LedgerBusy`` otherwise, and then nothing of the batch is visible.
    """
    delta = log.delta if log.delta is not None else store.create_table(BATCHES, SCHEMA)
    write(delta, batch.to_row())
    store.note_newest(batch.sequence)


def write(delta: Any, rows: pa.Table, mode: str = "append") -> None:
    """Append rows to an opened Delta table (or ``overwrite`` its rows) unless it has moved on since: ``LedgerBusy``."""
    try:
        deltalake.write_deltalake(
            delta,
            rows,
            mode=mode,
            writer_properties=WRITER,
            commit_properties=deltalake.CommitProperties(max_commit_retries=0),
            post_commithook_properties=KEEP_LOG,
        )
    except CommitFailedError as error:
        raise LedgerBusy(
            f"Another writer changed {delta.table_uri} meanwhile; nothing was written. Run the collection again."
        ) from error
    except (DeltaError, OSError) as error:
        raise EvidenceError(f"{delta.table_uri} cannot be written: {first_line(error)}") from error


def files_by_name(batches: Iterable[Batch], table: str) -> dict[str, tuple[DataFile, Batch]]:
    """Every file ever committed to a table with the batch that added it."""
    return {file.name: (file, batch) for batch in batches for file in batch.added.get(table, ())}


def first_line(error: BaseException) -> str:
    """What an error says, without the traces some libraries append."""
    return (str(error).splitlines() or [type(error).__name__])[0]
