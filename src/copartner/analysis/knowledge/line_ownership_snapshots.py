"""Which files a commit holds, and which commits stand for past dates, both read from the history's columns.

Git need not be asked for a tree: the changes along first parents, applied from the root, give every tree on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import numpy as np

from copartner.analysis.knowledge.line_ownership_routes import DELETED, RENAMED, FileVersion, HistoryColumns, Int32

Every = Literal["week", "month", "quarter", "year"]
_STEPS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
_GITLINK = 0o160000


def first_parents(history: HistoryColumns, commit: int) -> list[int]:
    """Return `commit` and its first parents down to the root, or to where the history is cut; newest first."""
    starts, parents = history.parent_start.tolist(), history.parent.tolist()
    chain = [commit]
    while starts[commit] < starts[commit + 1] and parents[starts[commit]] >= 0:
        commit = parents[starts[commit]]
        chain.append(commit)
    return chain


def files_at(
    history: HistoryColumns, commits: Sequence[int], keep: Callable[[bytes], bool] | None = None
) -> Iterator[tuple[int, list[FileVersion]]]:
    """Give each of `commits` (on one first-parent line, oldest first) with its files, in no particular order.

    Submodules are not files. `keep` selects by path.
    """
    if not commits:
        return
    wanted = set(commits)
    starts = history.change_start.tolist()
    chosen = None if keep is None else [keep(path) for path in history.paths]
    files: dict[int, FileVersion] = {}
    for commit in reversed(first_parents(history, commits[-1])):
        a, b = starts[commit], starts[commit + 1]
        rows = zip(
            history.status[a:b].tolist(),
            history.path[a:b].tolist(),
            history.old_path[a:b].tolist(),
            history.new_mode[a:b].tolist(),
            history.new_blob[a:b].tolist(),
            strict=True,
        )
        added = []
        for status, path, old_path, mode, blob in rows:
            if status in (DELETED, RENAMED):
                files.pop(old_path, None)
            if status != DELETED:
                added.append(FileVersion(path, mode, blob))
        # After all removals: a commit may rename a to b and b to a.
        files.update((version.path, version) for version in added)
        if commit in wanted:
            yield (
                commit,
                [v for v in files.values() if v.mode != _GITLINK and (chosen is None or chosen[v.path])],
            )


def snapshot_commits(
    commit_time: Sequence[int] | Int32 | np.ndarray[tuple[int], np.dtype[np.int64]], chain: Sequence[int], every: Every
) -> list[tuple[date, int]]:
    """Choose the commits that stand for the ends of weeks (Sunday), months, quarters or years, UTC; oldest first.

    `chain` is the first-parent line, newest first. Like ``git rev-list -1 --first-parent --before=``: the first commit
    from the head whose *committer* date is not later. (By author date whole years would repeat: rebased work keeps
    its old author dates.) The last entry is the head at its own date.
    """
    times = [int(commit_time[commit]) for commit in chain]
    head_day = datetime.fromtimestamp(times[0], UTC).date()
    ends = []
    day = datetime.fromtimestamp(min(times), UTC).date()
    end = _period_end(day, every)
    while end < head_day:
        ends.append(end)
        end = _period_end(end + timedelta(days=1), every)
    chosen: list[tuple[date, int]] = [(head_day, chain[0])]
    position = 0
    for end in reversed(ends):
        limit = int(datetime(end.year, end.month, end.day, tzinfo=UTC).timestamp()) + 86_399
        while position < len(chain) and times[position] > limit:
            position += 1
        if position == len(chain):
            break
        chosen.append((end, chain[position]))
    return chosen[::-1]


def _period_end(day: date, every: Every) -> date:
    if every == "week":
        return day + timedelta(days=6 - day.weekday())
    step = _STEPS[every]
    month = (day.month - 1) // step * step + step
    following = date(day.year + (month == 12), month % 12 + 1, 1)
    return following - timedelta(days=1)
