"""One writer at a time; the lock dies with its holder."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from copartner.evidence import writer_lock
from copartner.evidence.errors import EvidenceError, LedgerBusy
from copartner.evidence.ledger import Ledger
from copartner.evidence.tables import COMMIT
from copartner.evidence.writer_lock import WriterLock
from evidence_rows import collect

HOLD = """
import sys, time
from copartner.evidence.ledger import Ledger
with Ledger.open(sys.argv[1]).collection(source="git", connection="payments-api"):
    print("holding", flush=True)
    time.sleep(60)
"""


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "evidence")
    with (
        ledger.collection(source="git", connection="payments-api"),
        pytest.raises(LedgerBusy, match=rf"process {os.getpid()} on .* \(collecting git payments-api\)"),
    ):
        collect(Ledger.open(tmp_path / "evidence"), [1])
    collect(ledger, [1])
    assert ledger.snapshot().rows(COMMIT) == 1


def test_the_lock_of_a_killed_writer_is_free(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "evidence")
    with subprocess.Popen([sys.executable, "-c", HOLD, ledger.store.root], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"holding\n"
        with pytest.raises(LedgerBusy, match=f"process {holder.pid} "):
            collect(ledger, [1])
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    collect(ledger, [1])
    assert ledger.snapshot().rows(COMMIT) == 1


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_worker_does_not_keep_the_lock_of_its_dead_parent(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "lock", "forking")
    lock.acquire()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # a worker that outlives the release
        os.read(read, 1)
        os._exit(0)
    try:
        os.close(lock._descriptor)  # type: ignore[arg-type]  # as the death of the parent would
        lock._descriptor = None
        _acquire_soon(tmp_path / "lock")
    finally:
        os.write(write, b"x")
        os.waitpid(child, 0)
        os.close(read)
        os.close(write)


def test_a_forked_child_forgets_its_copy_of_the_lock(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "lock", "forking")
    lock.acquire()
    writer_lock._forget_all()
    lock.release()
    following = WriterLock(tmp_path / "lock", "following")
    following.acquire()
    following.release()


def _acquire_soon(file: Path) -> None:
    """The child drops the descriptor right after the fork; give it that moment."""
    for attempt in range(100):
        lock = WriterLock(file, "taking over")
        try:
            lock.acquire()
        except LedgerBusy:
            if attempt == 99:
                raise
            time.sleep(0.02)
        else:
            lock.release()
            lock.release()
            return


def test_a_holder_that_has_not_yet_signed_is_described_too(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(LedgerBusy, match="another process that has just started"):
            WriterLock(tmp_path / "lock", "x").acquire()


def test_a_file_system_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(EvidenceError, match=r"cannot be locked \(No locks available\)"):
        WriterLock(tmp_path / "lock", "x").acquire()
