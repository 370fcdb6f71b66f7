"""Killing a collection at any moment loses nothing and duplicates nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from copartner.evidence.ledger import Ledger
from copartner.evidence.tables import RAW_RECORD, TABLES
from git_repositories import RepositoryBuilder, clean_environment

KILLS = 20

PROGRAM = """
import sys
from pathlib import Path
from copartner.evidence.ledger import Ledger
from copartner.evidence.portfolio import Repository
from copartner.sources.git.collect import collect
data, *locations = sys.argv[1:]
print("ready", flush=True)
ledger = Ledger.open(Path(data) / "evidence")
found = collect(ledger, [Repository(f"r{i}", l) for i, l in enumerate(locations)], data_folder=Path(data), workers=2)
assert all(item.reason is None for item in found.values()), found
print("done", flush=True)
"""


def remotes(folder: Path) -> list[str]:
    """Three remote repositories with enough history that a collection takes a while at every step."""
    locations = []
    for i in range(3):
        dice = random.Random(i)
        builder = RepositoryBuilder(folder / f"remote{i}")
        for _ in range(250):
            name = f"src/f{dice.randrange(40)}.py"
            builder.commit({name: b"".join(b"%d\n" % dice.randrange(9) for _ in range(dice.randrange(1, 60)))})
        builder.commit({"README.md": b"[x](src/f1.py) [y](none.py)\n"})
        builder.tag("v1", 5, annotated=True)
        builder.build()
        locations.append(f"file://{builder.path}")
    return locations


def start(data: Path, locations: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", PROGRAM, str(data), *locations]
    # A session of its own, so that git's processes can be killed with it or left behind.
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_environment(), start_new_session=True)


def evidence(data: Path) -> dict[str, tuple[str, int]]:
    """Content hash and number of rows of every table, and the certainty that no natural key occurs twice."""
    snapshot = Ledger.open(data / "evidence", create=False).snapshot()
    found = {}
    for table in TABLES.values():
        rows = snapshot.arrow(table, list(table.key) if table != RAW_RECORD else ["connection", "kind", "native_key"])
        keys = list(zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True))
        assert len(set(keys)) == len(keys), f"a key of {table.name} occurs twice"
        found[table.name] = (snapshot.content_hash(table), rows.num_rows)
    return found


@pytest.mark.parametrize("whole_group", [True, False], ids=["with git", "git left behind"])
def test_a_collection_killed_at_random_moments_ends_as_if_it_had_not_been(tmp_path: Path, whole_group: bool) -> None:
    locations = remotes(tmp_path)
    began = time.perf_counter()
    with start(tmp_path / "calm", locations) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        started = time.perf_counter() - began
        assert (ready, process.stdout.read()) == (b"ready\n", b"done\n")
    duration = time.perf_counter() - began - started
    expected = evidence(tmp_path / "calm")
    assert expected["commit"][1] == 3 * 251

    dice = random.Random(int(whole_group))
    data = tmp_path / "killed"
    batches = 0
    interrupted = 0
    finished = False
    while interrupted < KILLS // 2:
        if finished or interrupted % 4 == 3:
            # Begin afresh now and then: late moments are reached only by a run with everything left to do.
            data = tmp_path / f"killed{interrupted}-{duration}"
            batches = 0
        with start(data, locations) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(dice.random() * duration)
            finished = process.poll() is not None
            interrupted += not finished
            if finished:
                # It was faster than the clock, which a busy machine had set.
                duration *= 0.8
            elif whole_group:
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
        if (data / "evidence" / "ledger.json").exists():
            pins = Ledger.open(data / "evidence").pins()
            assert len(pins) >= batches
            batches = len(pins)
    with start(data, locations) as process:
        assert process.stdout is not None
        assert process.stdout.read() == b"ready\ndone\n"
    assert evidence(data) == expected
    assert len(Ledger.open(data / "evidence").pins()) == 3
    for leftover in ("*.incoming", "*.unfinished", "tmp_*"):
        assert not list((data / "git").rglob(leftover))


def test_the_evidence_of_two_folders_is_equal(tmp_path: Path) -> None:
    """The hashes compared above do say something: one line more and they differ."""
    locations = remotes(tmp_path)
    for name in ("one", "two"):
        with start(tmp_path / name, locations) as process:
            assert process.wait() == 0
    assert evidence(tmp_path / "one") == evidence(tmp_path / "two")
    with Ledger.open(tmp_path / "two" / "evidence").collection("git", "r0") as batch:
        batch.add_raw("git-tags", ["other"], [b"other"])
    assert evidence(tmp_path / "one") != evidence(tmp_path / "two")
