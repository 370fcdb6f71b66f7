"""Keeping a ledger small without breaking what somebody relies on.

Compaction rewrites many small files into few and proves that the content stayed the same. Vacuuming deletes files that
no readable state needs. A state stays readable while it is the newest, kept by name (an assessment keeps its pin), or
was the newest at any moment of the retention time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from deltalake.exceptions import DeltaError

from copartner.evidence.batches import (
    COMPACTION,
    KEEP_LOG,
    RETENTION,
    WRITER,
    Batch,
    BatchLog,
    DataFile,
    Pin,
    TableVersion,
    append,
    batch_id,
    first_line,
)
from copartner.evidence.errors import EvidenceError
from copartner.evidence.snapshot import Snapshot
from copartner.evidence.store import BATCHES, Store, file_names, names_digest
from copartner.evidence.table_writer import describe_files, roll_back
from copartner.evidence.tables import TABLES

TARGET_BYTES = 128 * 1024 * 1024
DEFAULT_RETENTION = timedelta(days=30)
LOG_FILES = 100
"""Files of the batch log from which on it is worth rewriting into one."""

_DAY = 24
_READING_HOURS = 1  # replaced files of the batch log stay for whoever is reading them


@dataclass(frozen=True, slots=True)
class Compaction:
    """Number of files per table before and after; tables with nothing to gain are left out."""

    tables: Mapping[str, tuple[int, int]]
    pin: Pin | None


@dataclass(frozen=True, slots=True)
class Vacuum:
    """What a vacuum removed (or would remove): states that can no longer be read, files and their bytes."""

    batches: tuple[str, ...]
    files: int
    bytes: int


def keep(store: Store, log: BatchLog, pin: Pin, name: str) -> None:
    """Keep the state ``pin`` readable under a name until it is released; keeping it again changes nothing."""
    if pin.versions and pin.batch in log.vacuumed:
        raise EvidenceError(f"The state after batch {pin.batch} was vacuumed and can no longer be kept.")
    if pin.versions and log.kept.get(name) != log.batch(pin.batch).id:
        append(store, log, _retention(log, {"keep": {name: pin.batch}}))


def release(store: Store, log: BatchLog, name: str) -> None:
    """Stop keeping the state of this name. Raises ``EvidenceError`` where none is kept."""
    if name not in log.kept:
        raise EvidenceError(f"No state is kept as {name!r}; kept are: {', '.join(sorted(log.kept)) or 'none'}.")
    append(store, log, _retention(log, {"release": [name]}))


def _retention(log: BatchLog, detail: Mapping[str, Any]) -> Batch:
    now = datetime.now(UTC)
    newest = log.newest
    tables = {} if newest is None else newest.tables
    return Batch(log.next_sequence, batch_id(now), RETENTION, "ledger", "retention", now, now, tables, detail=detail)


def compact(
    store: Store, log: BatchLog, *, target_bytes: int = TARGET_BYTES, progress: Callable[[str], None] | None = None
) -> Compaction:
    """Rewrite tables of many small files. The old files stay until they are vacuumed, so earlier pins stay readable.

    Raises ``EvidenceError`` where a table would not have the same content hash afterwards; nothing is visible then.
    """
    before = log.newest
    if before is None:
        return Compaction({}, None)
    now = datetime.now(UTC)
    old = Snapshot(store, log, before.pin)
    counts: dict[str, tuple[int, int]] = {}
    states: dict[str, TableVersion] = {}
    added: dict[str, tuple[DataFile, ...]] = {}
    for name in sorted(before.tables):
        if len(old.file_names(name)) < 2:
            continue
        if progress is not None:
            progress(name)
        old.files(TABLES[name])  # damage must not be rewritten into something that looks whole
        names, delta = old.file_names(name), store.delta(name)
        roll_back(delta, name, names, before.tables[name].version)
        _optimize(delta, name, target_bytes)
        after = file_names(delta)
        if len(after) >= len(names):
            continue
        counts[name] = (len(names), len(after))
        states[name] = TableVersion(delta.version(), names_digest(after))
        added[name] = describe_files(store, name, set(after) - set(names))
    if not counts:
        return Compaction({}, None)
    batch = Batch(
        log.next_sequence,
        batch_id(now),
        COMPACTION,
        "ledger",
        "compaction",
        now,
        now,
        {**before.tables, **states},
        added,
    )
    new = Snapshot(store, replace(log, entries=(*log.entries, batch)), batch.pin)
    for name in counts:
        if old.content_hash(TABLES[name]) != new.content_hash(TABLES[name]):
            raise EvidenceError(f"Compacting table {name} would have changed its content; nothing was changed.")
    append(store, log, batch)
    return Compaction(counts, batch.pin)


def _optimize(delta: Any, table: str, target_bytes: int) -> None:
    try:
        delta.optimize.compact(
            target_size=target_bytes,
            writer_properties=WRITER,
            post_commithook_properties=KEEP_LOG,
        )
    except (DeltaError, OSError) as error:
        raise EvidenceError(
            f"Table {table} cannot be compacted: {first_line(error)}. `copartner evidence verify` names the damage."
        ) from error


def compact_log(store: Store) -> None:
    """Rewrite the batch log into one file once it has many."""
    delta = store.delta(BATCHES)
    if delta is not None and len(file_names(delta)) >= LOG_FILES:
        _optimize(delta, BATCHES, TARGET_BYTES)


def vacuum(
    store: Store,
    log: BatchLog,
    *,
    retain: timedelta = DEFAULT_RETENTION,
    keep: Iterable[Pin | str] = (),
    dry_run: bool = False,
) -> Vacuum:
    """Delete files that no readable state needs; see the module for which states stay readable.

    ``keep`` names further states (pins or batch ids) for this vacuum only. In a folder, leftovers of killed collections
    go too; in an object store only once they are a day old, because nothing tells them from a collection at work.
    """
    newest = log.newest
    if newest is None:
        return Vacuum((), 0, 0)
    cutoff = datetime.now(UTC) - retain
    wanted = {newest.id, *log.kept.values(), *(item if isinstance(item, str) else item.batch for item in keep)} - {""}
    for batch, successor in pairwise(log.batches):
        if successor.committed_at >= cutoff:
            wanted.add(batch.id)
    kept = [log.batch(id_) for id_ in sorted(wanted) if id_ not in log.vacuumed]
    gone = tuple(b.id for b in log.batches if b.id not in wanted and b.id not in log.vacuumed)
    if gone and not dry_run:
        append(store, log, _retention(log, {"vacuumed": list(gone)}))
    files = size = 0
    for name, state in sorted(newest.tables.items()):
        delta = store.delta(name)
        if not dry_run:
            roll_back(delta, name, Snapshot(store, log, newest.pin).file_names(name), state.version)
        versions = sorted({batch.tables[name].version for batch in kept if name in batch.tables})
        hours = 0 if store.local is not None else _DAY
        # Delta also lists what earlier vacuums removed.
        sizes = [store.size(name, file) for file in _delete(delta, versions, dry_run=True, hours=hours)]
        present = [bytes_ for bytes_ in sizes if bytes_ is not None]
        files += len(present)
        size += sum(present)
        if present and not dry_run:
            _delete(delta, versions, dry_run=False, hours=hours)
    if not dry_run:
        _delete(store.delta(BATCHES), [], dry_run=False, hours=_READING_HOURS)
    return Vacuum(gone, files, size)


def _delete(delta: Any, versions: list[int], *, dry_run: bool, hours: int) -> list[str]:
    removed: list[str] = delta.vacuum(
        retention_hours=hours,
        dry_run=dry_run,
        enforce_retention_duration=False,
        full=True,
        keep_versions=versions,
        post_commithook_properties=KEEP_LOG,
    )
    return removed
