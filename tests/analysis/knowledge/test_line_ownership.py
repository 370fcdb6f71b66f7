"""Moving lines over hunks and choosing snapshots: the integer part, without git."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from copartner.analysis.knowledge.line_ownership import UNSEEN, HunkColumns, Ownership, replay
from copartner.analysis.knowledge.line_ownership_routes import Route, RoutePlan
from copartner.analysis.knowledge.line_ownership_snapshots import snapshot_commits


def one_step(hunks: list[tuple[int, int, int, int]], lines: int, seen: bool = True) -> list[int]:
    """Owners of a file after commit 0 (with the given hunks) upon commit 1 (the root)."""
    plan = RoutePlan([1], [0, 1, 1], {0: {7: (Route(1, 7, 1, 2),)}})
    columns = HunkColumns.prepare(np.array([0, len(hunks)]), np.array(hunks, np.int32).reshape(-1, 4), np.array([seen]))
    return replay(plan, columns, lambda old, new: 0, 0, {7: lines}).owner.tolist()


def test_inserted_changed_and_deleted_lines() -> None:
    assert one_step([(0, 0, 1, 2)], 4) == [0, 0, 1, 1]
    assert one_step([(2, 1, 2, 1)], 3) == [1, 0, 1]
    assert one_step([(2, 3, 1, 0)], 3) == [1, 1, 1]
    assert one_step([(1, 1, 1, 1), (4, 0, 5, 2)], 7) == [0, 1, 1, 1, 0, 0, 1]
    assert one_step([], 3) == [1, 1, 1]


def test_what_cannot_be_compared_is_unseen() -> None:
    assert one_step([], 3, seen=False) == [UNSEEN] * 3


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=8), st.integers(0, 4))
def test_hunks_move_lines_to_their_old_numbers(parts: list[tuple[int, int, int]], tail: int) -> None:
    """Build a file from kept, deleted and inserted stretches and follow every line two commits down."""
    hunks, owners = [], []
    old_lines: list[int] = []
    old = new = 0
    for kept, deleted, inserted in parts:
        kept += 1
        old, new = old + kept, new + kept
        old_lines += [1] * kept
        owners += [1] * kept
        if deleted or inserted:
            hunks.append((old + (deleted > 0), deleted, new + (inserted > 0), inserted))
        old_lines += [9] * deleted
        old, new = old + deleted, new + inserted
        owners += [0] * inserted
    owners += [1] * tail
    assert one_step(hunks, len(owners)) == owners
    # Lines keep their identity: the known owner of old line i is i.
    identity = np.arange(old + tail, dtype=np.int32) + 100
    plan = RoutePlan([1], [0, 1, 1], {0: {7: (Route(1, 7, 1, 2),)}})
    columns = HunkColumns.prepare(np.array([0, len(hunks)]), np.array(hunks, np.int32).reshape(-1, 4), np.array([True]))
    known = Ownership(1, np.array([7], np.int32), np.array([0, old + tail]), identity)
    found = replay(plan, columns, lambda old, new: 0, 0, {7: len(owners)}, known).owner
    survivors = [line + 100 for line, mark in enumerate(old_lines + [1] * tail) if mark == 1]
    assert found[found >= 100].tolist() == survivors


def test_runs_never_cross_files() -> None:
    ownership = Ownership(0, np.array([4, 5, 6], np.int32), np.array([0, 3, 3, 5]), np.array([1, 1, 2, 2, 2], np.int32))
    assert [column.tolist() for column in ownership.runs()] == [[4, 4, 6], [1, 3, 1], [2, 1, 2], [1, 2, 2]]
    assert [column.tolist() for column in ownership.lines_per_commit()] == [[1, 2], [2, 3]]


def test_nothing_owned() -> None:
    ownership = Ownership(0, np.zeros(0, np.int32), np.zeros(1, np.int64), np.zeros(0, np.int32))
    assert [column.tolist() for column in ownership.runs()] == [[], [], [], []]


def test_snapshots_stand_at_period_ends_and_the_head() -> None:
    day = 86_400
    # 2020-01-30, 2020-01-31 23:59:59, 2020-02-01 00:00, 2020-03-15; newest first.
    times = [1_584_230_400, 1_580_515_200, 1_580_515_199, 1_580_342_400]
    chosen = snapshot_commits(times, [0, 1, 2, 3], "month")
    assert chosen == [(date(2020, 1, 31), 2), (date(2020, 2, 29), 1), (date(2020, 3, 15), 0)]
    assert snapshot_commits(times, [0, 1, 2, 3], "year") == [(date(2020, 3, 15), 0)]
    assert snapshot_commits(times, [0, 1, 2, 3], "quarter") == [(date(2020, 3, 15), 0)]
    weeks = snapshot_commits([times[2] + 7 * day, times[2]], [0, 1], "week")
    assert weeks == [(date(2020, 2, 2), 1), (date(2020, 2, 7), 0)]


def test_snapshots_follow_the_line_when_dates_run_backwards() -> None:
    # Like rev-list --before: the first commit from the head that is not later than the limit.
    times = [1_584_230_400, 1_580_000_000, 1_583_000_000]
    assert snapshot_commits(times, [0, 1, 2], "month") == [
        (date(2020, 1, 31), 1),
        (date(2020, 2, 29), 1),
        (date(2020, 3, 15), 0),
    ]
