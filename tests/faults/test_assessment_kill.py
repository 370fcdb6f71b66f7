"""Killing an assessment at any moment: the next run ends with the same hash, and the ledger holds nothing twice."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.compute as pc

from copartner.assessments.document import read
from copartner.evidence.ledger import Ledger
from copartner.evidence.tables import TABLES
from small_company import AS_OF, found

KILLS = 20


def run(portfolio: Path, data: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "copartner.cli.main", "assess", str(portfolio), "--as-of", AS_OF.isoformat()]
    return subprocess.Popen(
        [*command, "--data", str(data), "--out", str(out), "--workers", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finished(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()


def only_hash(out: Path) -> str:
    (folder,) = out.iterdir()
    found_hash: str = read(folder)["hash"]
    return found_hash


def test_kills_at_random_moments_cost_nothing(tmp_path: Path) -> None:
    portfolio = found(tmp_path / "company")
    started = time.perf_counter()
    finished(run(portfolio, tmp_path / "whole", tmp_path / "expected"))
    whole = time.perf_counter() - started
    moments = random.Random(20261123)
    data, out = tmp_path / "killed", tmp_path / "out"
    killed = 0
    while killed < KILLS:
        process = run(portfolio, data, tmp_path / "unfinished")
        try:
            process.communicate(timeout=moments.uniform(0.05, 0.9) * whole)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            killed += 1
        else:
            # It was faster than the clock: nothing is left to be interrupted, so the next kills start from nothing.
            shutil.rmtree(data)
            whole *= 0.8
    finished(run(portfolio, data, out))
    assert only_hash(out) == only_hash(tmp_path / "expected")
    snapshot = Ledger.open(data / "evidence").snapshot()
    reference = Ledger.open(tmp_path / "whole" / "evidence").snapshot()
    for table in TABLES.values():
        rows = snapshot.arrow(table, columns=list(table.key))
        distinct = rows.group_by(list(table.key)).aggregate([]).num_rows
        assert rows.num_rows == distinct, f"{table.name} holds rows twice"
        assert snapshot.content_hash(table) == reference.content_hash(table), table.name
    assert json.loads(next(out.iterdir()).joinpath("provenance.json").read_text())["engine"] == "duckdb"
    assert pc.all(pc.is_valid(snapshot.arrow(TABLES["commit"])["batch"])).as_py()
