"""Random histories: line ownership equals git blame, whatever the order of edits, renames, merges and reverts."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.blame_oracle import assert_equals_blame, owners_of, random_history, scan


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(seed=st.integers(0, 2**32), commits=st.integers(2, 24))
def test_every_line_equals_git_blame(seed: int, commits: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repository, names = random_history(folder / "repository", seed, commits)
        full = assert_equals_blame(repository, folder / "cache")
        # The same head reached in two steps, over the persisted state of an older scan.
        scan(repository, folder / "steps", names[len(names) // 2])
        assert owners_of(scan(repository, folder / "steps")) == owners_of(full)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_ignored_revisions_equal_git_blame(seed: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repository, names = random_history(folder / "repository", seed, 10)
        assert_equals_blame(repository, folder / "cache", ignore=[names[seed % 10], names[(seed // 10) % 10]])
