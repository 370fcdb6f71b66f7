"""Where a changed path went: the path at the head into which it leads through renames.

History is walked from the newest commit to the oldest, once. The walk is linear, in the topological order in which the
commits stand, so a commit on a branch may stand on the wrong side of a rename made beside it. Then the path ends
nowhere, and the nearest rename of that path that stands before it in the walk is taken.

Deleting a path does not end its lineage: a file that comes back under its old path is the same file for its readers.
Copies leave their source where it is.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Int32 = NDArray[np.int32]

_HOPS: Final = 16
"""How often a path that ended beside a rename is followed further; a bound against circles of renames."""


def head_paths(
    position: Int32, path: Int32, renamed_from: Int32, deleted: NDArray[np.bool_], alive: NDArray[np.bool_]
) -> Int32:
    """Return, per change, the number of the path at the head it leads into (its own where no rename follows).

    One row per (commit, path): `position` of the commit in topological order (0 = newest), `path` changed,
    `renamed_from` the old path of a rename, else -1, `deleted` whether the change removed the path. Paths are numbers
    below ``len(alive)``, which says whether the head has them.
    """
    result = path.copy()
    events = np.flatnonzero(renamed_from >= 0)
    if not len(events):
        return result
    events = events[np.lexsort((renamed_from[events], position[events]))]
    source, target, when = renamed_from[events], path[events], position[events]
    walk = _Walk(source, when)
    # Newest first: what a rename leads into next is known before it is asked.
    final = target.copy()
    last = np.arange(len(events), dtype=np.int32)
    following = walk.next_after(target, when)
    for event in range(len(events)):
        later = following[event]
        if later >= 0:
            final[event] = final[later]
            last[event] = last[later]
    wanted = np.flatnonzero(np.isin(path, source))
    start = walk.next_after(path[wanted], position[wanted])
    here = np.where(start >= 0, final[start], path[wanted])
    at = np.where(start >= 0, when[last[start]], position[wanted])
    removed = _Walk(path[deleted], position[deleted])
    for _ in range(_HOPS):
        lost = np.flatnonzero(~alive[here])
        lost = lost[removed.next_after(here[lost], at[lost] + 1) < 0]
        before = walk.nearest_before(here[lost], at[lost])
        lost, before = lost[before >= 0], before[before >= 0]
        moved = here[lost] != final[before]
        lost, before = lost[moved], before[moved]
        if not len(lost):
            break
        here[lost] = final[before]
        at[lost] = when[last[before]]
    result[wanted] = here
    return result


class _Walk:
    """Events of paths at positions, searchable by path and position."""

    def __init__(self, path: Int32, position: Int32) -> None:
        self._span = np.int64(1) << 32
        keys = path.astype(np.int64) * self._span + position
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def next_after(self, path: Int32, position: Int32) -> Int32:
        """The event of each path that is the closest newer one (a smaller position), -1 where there is none."""
        found = np.searchsorted(self._keys, path.astype(np.int64) * self._span + position, side="left") - 1
        return self._checked(found, path)

    def nearest_before(self, path: Int32, position: Int32) -> Int32:
        """The event of each path that is the closest older one (a larger position), -1 where there is none."""
        found = np.searchsorted(self._keys, path.astype(np.int64) * self._span + position, side="right")
        return self._checked(found, path)

    def _checked(self, found: NDArray[np.int64], path: Int32) -> Int32:
        inside = (found >= 0) & (found < len(self._keys))
        if not len(self._keys):
            return np.full(len(path), -1, np.int32)
        safe = np.where(inside, found, 0)
        same = inside & (self._keys[safe] // self._span == path)
        return np.where(same, self._order[safe], -1).astype(np.int32)
