"""Reading everything again: is the evidence still what was collected?

Every file of every readable state is compared with its SHA-256, every raw payload with its own, every batch's rows are
counted, and natural keys are checked to be unique. The result names each damage; nothing is changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from copartner.evidence.batches import Batch, BatchLog
from copartner.evidence.errors import Damage, EvidenceError
from copartner.evidence.snapshot import Snapshot
from copartner.evidence.store import Store
from copartner.evidence.tables import RAW_RECORD, TABLES, Table

_REPAIR = "Run `copartner evidence verify --repair` and collect again."
_CHUNK = 65_536  # raw records hashed at a time


@dataclass(frozen=True, slots=True)
class Verification:
    """What was read (batches, files, bytes, rows of the newest state) and what of it is damaged.

    ``unreadable`` lists batches after which the state cannot be read whole: damaged ones, not those that were
    vacuumed on purpose.
    """

    batches: int
    files: int
    bytes: int
    rows: int
    damage: tuple[Damage, ...]
    unreadable: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing is damaged."""
        return not self.damage


def verify(store: Store, log: BatchLog, *, progress: Callable[[str], None] | None = None) -> Verification:
    """Read all readable states of a ledger and compare them with what was committed."""
    damage: list[Damage] = list(log.damage)
    checked: dict[tuple[str, str], Damage | None] = {}
    unreadable: list[str] = []
    size = 0
    states: set[tuple[str, int]] = set()
    for batch in log.batches:
        if batch.id in log.vacuumed:
            continue
        snapshot = Snapshot(store, log, batch.pin)
        broken = False
        for table, state in sorted(batch.tables.items()):
            if progress is not None and (table, state.version) not in states:
                progress(table)
            states.add((table, state.version))
            try:
                names = snapshot.file_names(table)
            except EvidenceError as error:
                broken = True
                found = Damage(table, "_delta_log", str(error), None, (batch.id,), "")
                if not any(d.table == table and d.file == "_delta_log" for d in damage):
                    damage.append(found)
                continue
            for name in names:
                if (table, name) not in checked:
                    checked[table, name] = snapshot.check(table, name)
                    size += snapshot.committed(table)[name].bytes if name in snapshot.committed(table) else 0
                broken = broken or checked[table, name] is not None
        if broken:
            unreadable.append(batch.id)
    damage.extend(found for found in checked.values() if found is not None)
    if not log.batches:
        return Verification(0, 0, 0, 0, tuple(damage), ())
    rows, content_damage, lost = _content(store, log, log.batches[-1])
    damage = [_with_batches(log, found, lost) for found in damage] + content_damage
    return Verification(len(log.batches), len(checked), size, rows, tuple(damage), tuple(unreadable))


def lost_rows(rows: pa.Table, log: BatchLog, state: Batch, table: Table) -> dict[str, int]:
    """Batch → number of its rows of a table that ``rows`` (with column ``batch``) lack, at a state of the ledger.

    Rows whose batch a repair retracted are not missed.
    """
    present = {item["values"]: item["counts"] for item in pc.value_counts(rows["batch"]).to_pylist()}
    up_to = [b for b in log.batches if b.sequence <= state.sequence and b.id not in log.retracted]
    expected = {batch.id: batch.rows[table.name] for batch in up_to if table.name in batch.rows}
    return {id_: count - present.get(id_, 0) for id_, count in expected.items() if present.get(id_, 0) < count}


def intact_payloads(raw: pa.Table) -> pa.Array:
    """Mask of the raw records whose payload matches its SHA-256."""
    intact: list[bool] = []
    for part in raw.select(["payload", "payload_sha256"]).to_batches(max_chunksize=_CHUNK):
        stated = part["payload_sha256"].to_pylist()
        intact.extend(
            hashlib.sha256(payload.as_buffer()).hexdigest() == digest
            for payload, digest in zip(part["payload"], stated, strict=True)
        )
    return pa.array(intact, pa.bool_())


def _with_batches(log: BatchLog, damage: Damage, lost: dict[str, dict[str, int]]) -> Damage:
    """Name the collection runs that lost rows, also where the damaged file came from a compaction."""
    origin = [f"{b.id} ({b.source}, {b.connection})" for b in log.batches if b.id in lost.get(damage.table, ())]
    return replace(damage, batches=tuple(origin) or damage.batches)


def _content(store: Store, log: BatchLog, newest: Batch) -> tuple[int, list[Damage], dict[str, dict[str, int]]]:
    """Rows of the newest state, damage that files with the right bytes can have, lost rows by table and batch."""
    snapshot = Snapshot(store, log, newest.pin)
    count = 0
    damage: list[Damage] = []
    lost: dict[str, dict[str, int]] = {}
    for name in sorted(newest.tables):
        table = TABLES[name]
        known = len(snapshot.damage)
        try:
            rows = snapshot.arrow(table, list(dict.fromkeys([*table.key, "batch"])), tolerant=True)
        except EvidenceError:
            continue  # reported with its Delta log
        count += rows.num_rows
        lost[name] = lost_rows(rows, log, newest, table)
        if lost[name] and len(snapshot.damage) == known:
            problem = "holds fewer rows than its batches committed"
            damage.append(Damage(name, "(all)", problem, sum(lost[name].values()), tuple(lost[name]), _REPAIR))
        doubled = rows.num_rows - rows.group_by(list(table.key)).aggregate([]).num_rows
        if doubled:
            problem = "natural keys appear more than once"
            damage.append(Damage(name, "(all)", problem, doubled, (), "Collect into a new folder and report this."))
        if table == RAW_RECORD:
            damage.extend(_payloads(snapshot))
    return count, damage, lost


def _payloads(snapshot: Snapshot) -> list[Damage]:
    raw = snapshot.arrow(RAW_RECORD, tolerant=True)
    wrong = raw.filter(pc.invert(intact_payloads(raw))).select(["kind", "native_key", "batch"]).to_pylist()
    return [
        Damage(
            RAW_RECORD.name,
            f"{row['kind']} {row['native_key']}",
            "the payload does not match its SHA-256",
            1,
            (row["batch"],),
            _REPAIR,
        )
        for row in wrong
    ]
