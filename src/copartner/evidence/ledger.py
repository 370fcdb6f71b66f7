"""The evidence ledger: everything that was observed, kept so that it can be believed later.

A collection run becomes visible as a whole or not at all (``collection``), replaying it changes nothing, and any
earlier state can be read again (``pins``, ``snapshot``). See docs/decisions/0002-ledger.md for how and why.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from copartner.evidence import repair, retention, verification
from copartner.evidence.batches import EMPTY, Batch, BatchLog, Pin, read_log
from copartner.evidence.collection import CollectionBatch
from copartner.evidence.snapshot import Snapshot
from copartner.evidence.store import Store
from copartner.evidence.writer_lock import WriterLock

__all__ = ["Batch", "CollectionBatch", "Ledger", "Pin", "Snapshot"]

LOCK = "writer.lock"


class Ledger:
    """A ledger in a folder or an object store. Holds nothing open; safe to share between threads for reading."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        *,
        create: bool = True,
        storage_options: Mapping[str, str] | None = None,
    ) -> Ledger:
        """Open the ledger at a folder or an object store URL; make a new one where there is nothing yet.

        ``storage_options`` are those of ``deltalake``. Raises ``EvidenceError`` where the place holds something else, a
        ledger of a newer format, or, with ``create=False``, nothing.
        """
        store = Store(folder, storage_options)
        store.prepare(create=create)
        return cls(store)

    @contextmanager
    def collection(
        self, source: str, connection: str, observed_at: datetime | None = None
    ) -> Iterator[CollectionBatch]:
        """Collect rows; leaving the block commits them all, an exception or the death of the process none of them.

        ``observed_at`` (with time zone) defaults to now. Rows whose natural key is already present are dropped. Raises
        ``LedgerBusy`` while another writer is at work.
        """
        with self.writing(f"collecting {source} {connection}"):
            batch = CollectionBatch(self.store, self.log(), source, connection, observed_at)
            yield batch
            batch.commit()
            retention.compact_log(self.store)

    @contextmanager
    def writing(self, task: str) -> Iterator[None]:
        """Hold the one writer's place. Raises ``LedgerBusy`` while somebody else holds it."""
        if self.store.local is None:
            yield
            return
        lock = WriterLock(self.store.local / LOCK, task)
        lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def log(self) -> BatchLog:
        """The batch log as it stands now."""
        return read_log(self.store)

    def pin(self, batch: str | None = None) -> Pin:
        """The state after the newest batch, or after the one named (``EvidenceError`` if there is none such)."""
        log = self.log()
        found = log.newest if batch is None else log.batch(batch)
        return EMPTY if found is None else found.pin

    def pins(self) -> list[Pin]:
        """The states after each batch, oldest first."""
        return [batch.pin for batch in self.log().batches]

    def batches(self) -> list[Batch]:
        """The committed batches, oldest first."""
        return list(self.log().batches)

    def snapshot(self, pin: Pin | None = None) -> Snapshot:
        """The evidence as it stands now, or as it stood at ``pin``."""
        log = self.log()
        if pin is None:
            newest = log.newest
            pin = EMPTY if newest is None else newest.pin
        elif pin.versions:
            log.batch(pin.batch)
        return Snapshot(self.store, log, pin)

    def keep(self, pin: Pin, name: str) -> None:
        """Keep a state readable, however old, until ``release(name)``; an assessment keeps its pin under its own id."""
        with self.writing(f"keeping {name}"):
            retention.keep(self.store, self.log(), pin, name)

    def release(self, name: str) -> None:
        """Stop keeping what was kept under a name. Raises ``EvidenceError`` where nothing is."""
        with self.writing(f"releasing {name}"):
            retention.release(self.store, self.log(), name)

    def kept(self) -> dict[str, str]:
        """Name → batch id of the states that are kept."""
        return self.log().kept

    def compact(self, *, progress: Callable[[str], None] | None = None) -> retention.Compaction:
        """Rewrite tables of many small files; the content hash of each stays the same. Earlier pins stay readable."""
        with self.writing("compacting"):
            return retention.compact(self.store, self.log(), progress=progress)

    def vacuum(
        self,
        retain: timedelta = retention.DEFAULT_RETENTION,
        *,
        keep: Iterable[Pin | str] = (),
        dry_run: bool = False,
    ) -> retention.Vacuum:
        """Delete files that no readable state needs: the newest, a kept one, one that was current within ``retain``."""
        with self.writing("vacuuming"):
            return retention.vacuum(self.store, self.log(), retain=retain, keep=keep, dry_run=dry_run)

    def verify(self, *, progress: Callable[[str], None] | None = None) -> verification.Verification:
        """Read everything again and compare it with what was committed. Changes nothing, raises nothing."""
        store = self.store.afresh()
        return verification.verify(store, read_log(store), progress=progress)

    def repair(self) -> repair.Repair:
        """Take out what is damaged, and what was collected with it, so that collecting again brings it back whole."""
        with self.writing("repairing"):
            store = self.store.afresh()
            return repair.repair(store, read_log(store))
