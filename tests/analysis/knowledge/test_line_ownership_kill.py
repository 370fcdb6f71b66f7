"""A scan killed at any moment: the next one resumes, cleans up and gives the identical result."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import pytest
from tests.blame_oracle import assert_equals_blame, owners_of, random_history, scan

from copartner.analysis.knowledge.line_ownership_scan import scan_ownership
from copartner.sources.git import hunks
from copartner.sources.git.line_source import GitLineSource

KILLS = 50


def start_scan(repository: Path, cache: Path) -> int:
    """Scan in a process group of its own (git included); return its process id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.setsid()
        with GitLineSource(repository, cache, workers=2) as source:
            scan_ownership(source)
        status = 0
    finally:
        os._exit(status)


def test_fifty_kills_at_random_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Many small chunks: many moments at which a kill leaves part of the work done.
    monkeypatch.setattr(hunks, "_CHUNK", 8)
    chance = random.Random(3)
    repository, _ = random_history(tmp_path / "repository", 11, 40)
    before = {file: file.stat().st_mtime_ns for file in repository.rglob("*")}
    expected = owners_of(assert_equals_blame(repository, tmp_path / "whole"))
    started = time.monotonic()
    assert os.waitpid(start_scan(repository, tmp_path / "timed"), 0)[1] == 0
    longest = time.monotonic() - started
    kills = generation = 0
    while kills < KILLS:
        cache = tmp_path / f"killed-{generation}"
        child = start_scan(repository, cache)
        time.sleep(chance.random() * longest * 0.6)
        ended, status = os.waitpid(child, os.WNOHANG)
        if not ended:
            os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            kills += 1
        if os.WIFEXITED(status):
            # It finished before the kill: check the outcome and begin again with an empty cache.
            assert os.WEXITSTATUS(status) == 0
            assert owners_of(scan(repository, cache)) == expected
            generation += 1
    for number in range(generation + 1):
        if (tmp_path / f"killed-{number}").exists():
            assert owners_of(scan(repository, tmp_path / f"killed-{number}")) == expected
    assert {file: file.stat().st_mtime_ns for file in repository.rglob("*")} == before
    assert not [folder for folder in tmp_path.rglob("scratch-*") if (folder / "objects").is_dir()]
