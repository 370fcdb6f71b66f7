"""One writer at a time in a ledger folder.

The lock is the kernel's (``flock``), so the death of its holder in whatever way frees it: there is no stale lock to
judge by age or process number. What the file says is only for people: who holds it, since when, doing what.

Object stores have no such lock. There the compare-and-swap of the batch log decides: of two writers the later one fails
with ``LedgerBusy`` and leaves nothing visible. The same check guards folders should the lock be circumvented.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import weakref
from datetime import UTC, datetime
from pathlib import Path

from copartner.evidence.errors import EvidenceError, LedgerBusy

_held: weakref.WeakSet[WriterLock] = weakref.WeakSet()


class WriterLock:
    """Held from ``acquire`` to ``release``; ``task`` tells others what the holder does."""

    def __init__(self, file: Path, task: str) -> None:
        self.file = file
        self.task = task
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock or raise ``LedgerBusy`` naming its holder."""
        descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 4096)
            os.close(descriptor)
            raise LedgerBusy(
                f"{self.file.parent} is being written by {_describe(holder)}. Try again when it has ended."
            ) from None
        except OSError as error:
            os.close(descriptor)
            raise EvidenceError(
                f"{self.file} cannot be locked ({error.strerror}); keep the ledger on a file system with locks."
            ) from error
        note = {
            "process": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "task": self.task,
        }
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(note).encode(), 0)
        self._descriptor = descriptor
        _held.add(self)

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            # Closing is not enough: a child forked meanwhile keeps the lock until it has closed its copy.
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self._forget()

    def _forget(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _describe(note: bytes) -> str:
    try:
        holder = json.loads(note)
        return "process {process} on {host} since {since} ({task})".format(**holder)
    except (ValueError, KeyError, TypeError):
        return "another process that has just started"


def _forget_all() -> None:
    for lock in list(_held):
        lock._forget()


# A forked worker inherits the descriptor and would keep the lock alive after the death of the writer it came from.
os.register_at_fork(after_in_child=_forget_all)
