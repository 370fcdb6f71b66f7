"""Taking out what is damaged, so that collecting again brings it back.

A source decides what is new by what the ledger already holds. Where a file is lost, the rows collected with it must
therefore go too, or the source would take them for complete. So a repair retracts every typed row of the connections
that lost rows; raw records that are intact stay, because a source may not be able to say them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from copartner.evidence.arrays import text_array
from copartner.evidence.batches import REPAIR, Batch, BatchLog, Pin, TableVersion, append, batch_id, write
from copartner.evidence.snapshot import Snapshot
from copartner.evidence.store import Store, file_names, names_digest
from copartner.evidence.table_writer import describe_files
from copartner.evidence.tables import RAW_RECORD, TABLES
from copartner.evidence.verification import intact_payloads, lost_rows


@dataclass(frozen=True, slots=True)
class Repair:
    """``connections`` (source, connection) to collect again, the batches and number of rows taken out of the tables."""

    connections: tuple[tuple[str, str], ...]
    batches: tuple[str, ...]
    rows: int
    pin: Pin | None


def repair(store: Store, log: BatchLog) -> Repair:
    """Retract what was collected with lost rows. Without damage nothing happens.

    Raises ``EvidenceError`` where the batch log or a Delta log is damaged: these cannot be collected again.
    """
    newest = log.newest
    if newest is None:
        return Repair((), (), 0, None)
    snapshot = Snapshot(store, log, newest.pin)
    rows = {name: snapshot.arrow(TABLES[name], tolerant=True) for name in sorted(newest.tables)}
    held = {name: snapshot.rows(TABLES[name]) for name in rows}
    if RAW_RECORD.name in rows:
        rows[RAW_RECORD.name] = rows[RAW_RECORD.name].filter(intact_payloads(rows[RAW_RECORD.name]))
    lost = {id_ for name in rows for id_ in lost_rows(rows[name], log, newest, TABLES[name])}
    if not lost:
        return Repair((), (), 0, None)
    affected = {(batch.source, batch.connection) for batch in log.batches if batch.id in lost}
    retracted = [b.id for b in log.batches if (b.source, b.connection) in affected and b.id not in log.retracted]
    states, added = dict(newest.tables), {}
    taken = 0
    for name, present in rows.items():
        left = present if name == RAW_RECORD.name else _without(present, retracted)
        if left.num_rows == held[name]:
            continue
        taken += held[name] - left.num_rows
        delta = store.delta(name)
        write(delta, left, mode="overwrite")
        names = file_names(delta)
        states[name] = TableVersion(delta.version(), names_digest(names))
        added[name] = describe_files(store, name, names)
    now = datetime.now(UTC)
    detail = {"retracted": retracted}
    batch = Batch(log.next_sequence, batch_id(now), REPAIR, "ledger", "repair", now, now, states, added, {}, detail)
    append(store, log, batch)
    return Repair(tuple(sorted(affected)), tuple(retracted), taken, batch.pin)


def _without(rows: pa.Table, batches: list[str]) -> pa.Table:
    return rows.filter(pc.invert(pc.is_in(rows["batch"], value_set=text_array(batches))))
