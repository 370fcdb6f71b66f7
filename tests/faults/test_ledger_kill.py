"""Killing a collection at any moment loses and duplicates nothing."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from copartner.evidence.ledger import Ledger
from copartner.evidence.tables import COMMIT, FILE_CHANGE, RAW_RECORD
from evidence_rows import collect

TABLES = (COMMIT, FILE_CHANGE, RAW_RECORD)
BATCHES = [(range(start, start + 40), name) for start in range(0, 200, 40) for name in ("payments", "refunds")]
KILLS = 32

COLLECT = """
import sys
sys.path.insert(0, sys.argv[2])
from evidence_rows import collect
from copartner.evidence import collection
from copartner.evidence.ledger import Ledger
collection.FLUSH_BYTES = 4000  # many appends per batch: many moments to die in
ledger = Ledger.open(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for start in range(0, 200, 40):
    for name in ("payments", "refunds"):
        collect(ledger, range(start, start + 40), name)
print("done", flush=True)
"""


def start_collecting(folder: Path) -> subprocess.Popen[bytes]:
    """A process that will collect ``BATCHES``."""
    return start(COLLECT, folder)


def start(script: str, folder: Path) -> subprocess.Popen[bytes]:
    """A process that has imported everything and waits for its start."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(folder), str(Path(__file__).parent.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def run(process: subprocess.Popen[bytes], seconds: float | None) -> bool:
    """Let it collect; kill it after ``seconds``. Says whether it had finished."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"\n")
    process.stdin.flush()
    if seconds is not None:
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
    done = process.stdout.read() == b"done\n"
    process.wait()
    process.stdin.close()
    process.stdout.close()
    return done


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, float]:
    """A ledger collected without disturbance, and the seconds it took."""
    folder = tmp_path_factory.mktemp("whole") / "evidence"
    process = start_collecting(folder)
    began = time.monotonic()
    assert run(process, None)
    return Ledger.open(folder), time.monotonic() - began


def test_kills_at_random_moments_leave_whole_batches_and_a_rerun_completes_them(
    whole: tuple[Ledger, float], tmp_path: Path
) -> None:
    reference, seconds = whole
    expected = {table.name: reference.snapshot().content_hash(table) for table in TABLES}
    whole_states = [{table.name: reference.snapshot(pin).rows(table) for table in TABLES} for pin in reference.pins()]
    moments = random.Random(20240501)
    interrupted = 0
    ledger_number = 0
    folder = tmp_path / "evidence-0"
    for _ in range(KILLS):
        finished = run(start_collecting(folder), moments.uniform(0, seconds / 3))
        interrupted += not finished
        ledger = Ledger.open(folder)
        state = {table.name: ledger.snapshot().rows(table) for table in TABLES}
        assert state in [dict.fromkeys(expected, 0), *whole_states]
        assert ledger.verify().intact
        if state == whole_states[-1]:
            assert {table.name: ledger.snapshot().content_hash(table) for table in TABLES} == expected
            ledger_number += 1
            folder = tmp_path / f"evidence-{ledger_number}"
    assert interrupted >= KILLS - 5
    assert run(start_collecting(folder), None)
    ledger = Ledger.open(folder)
    assert {table.name: ledger.snapshot().content_hash(table) for table in TABLES} == expected
    assert len(ledger.pins()) == len(reference.pins()) == len(BATCHES)
    assert ledger.verify().intact
    for table in TABLES:
        keys = ledger.snapshot().arrow(table, table.key)
        assert keys.group_by(list(table.key)).aggregate([]).num_rows == keys.num_rows


MAINTAIN = """
import sys
from datetime import timedelta
sys.path.insert(0, sys.argv[2])
from copartner.evidence.ledger import Ledger
ledger = Ledger.open(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
ledger.compact()
ledger.vacuum(timedelta(0))
print("done", flush=True)
"""


def test_kills_of_compaction_and_vacuum_leave_the_content_as_it_was(
    whole: tuple[Ledger, float], tmp_path: Path
) -> None:
    reference, _ = whole
    expected = {table.name: reference.snapshot().content_hash(table) for table in TABLES}
    moments = random.Random(7)
    interrupted = 0
    for number in range(8):
        folder = Path(shutil.copytree(reference.store.root, tmp_path / f"evidence-{number}"))
        interrupted += not run(start(MAINTAIN, folder), moments.uniform(0, 0.5))
        ledger = Ledger.open(folder)
        assert ledger.verify().intact
        assert {table.name: ledger.snapshot().content_hash(table) for table in TABLES} == expected
        ledger.compact()
        ledger.vacuum(timedelta(0))
        collect(ledger, range(210))
        assert ledger.snapshot().rows(COMMIT) == 410
        assert len(list(folder.glob("tables/commit/*.parquet"))) == 2
        assert ledger.verify().intact
    assert interrupted


def test_a_rerun_of_a_finished_collection_changes_no_file(whole: tuple[Ledger, float]) -> None:
    ledger, _ = whole
    before = {file: file.stat().st_mtime_ns for file in Path(ledger.store.root).glob("**/*.*") if file.is_file()}
    before.pop(Path(ledger.store.root) / "writer.lock")
    for numbers, name in BATCHES:
        collect(ledger, numbers, name)
    assert {file: file.stat().st_mtime_ns for file in before} == before


def test_two_collections_at_once_lose_nothing(tmp_path: Path) -> None:
    """The second is refused while the first writes, and succeeds when run again."""
    folder = tmp_path / "evidence"
    Ledger.open(folder)
    first, second = start_collecting(folder), start_collecting(folder)
    assert first.stdin is not None
    assert second.stdin is not None
    for process in (first, second):
        process.stdin.write(b"\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
    outputs = []
    for process in (first, second):
        outputs.append(process.communicate()[0])
    while b"done\n" not in outputs:
        outputs.append(b"done\n" if run(start_collecting(folder), None) else b"")
    ledger = Ledger.open(folder)
    assert ledger.snapshot().rows(COMMIT) == 400
    assert ledger.verify().intact
