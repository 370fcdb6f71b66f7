"""Reading hunk headers out of ``git diff-tree -p -U0`` with whole-array arithmetic.

A repository's history holds millions of hunks; a regular expression per hunk costs more than git's own diff. With no
context lines the first byte of every line tells what it is, so one comparison per byte finds the headers and a few
array operations per text column read their numbers.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_NEWLINE, _AT, _INDEX, _BINARY, _COMMA, _SPACE = (ord(c) for c in "\n@iB, ")
# "@@ -" + four numbers of at most ten digits + separators.
_HEADER_WIDTH: Final = 52
_FIRST_DIGIT: Final = 4


class HunkReader:
    """Collects the hunks of consecutive file pairs from a diff given in blocks.

    Feed blocks with `feed`, then read `finish()`: `hunks` of shape (n, 4) int32 with the columns old_start, old_len,
    new_start, new_len as git prints them; `hunk_pair` (n,) the ordinal of the pair each hunk belongs to; `binary` the
    ordinals of pairs git calls binary; `pairs` how many pairs were seen.
    """

    def __init__(self) -> None:
        self.pairs = 0
        self._rest = b"\n"
        self._hunks: list[NDArray[np.int32]] = []
        self._hunk_pair: list[NDArray[np.int64]] = []
        self._binary: list[NDArray[np.int64]] = []

    def feed(self, block: bytes) -> None:
        """Take the next part of the diff; parts may break anywhere."""
        cut = block.rfind(b"\n")
        if cut < 0:
            self._rest += block
            return
        # The newline before the first header and after the last whole line both stay in view.
        text = self._rest + block[: cut + 1]
        self._rest = b"\n" + block[cut + 1 :]
        view = np.frombuffer(text, np.uint8)
        starts = np.flatnonzero(view[:-1] == _NEWLINE) + 1
        first = view[starts]
        index = starts[first == _INDEX]
        headers = starts[first == _AT]
        binary = starts[first == _BINARY]
        if len(headers):
            self._hunks.append(_read_headers(text, headers))
            self._hunk_pair.append(self.pairs - 1 + np.searchsorted(index, headers))
        if len(binary):
            self._binary.append(self.pairs - 1 + np.searchsorted(index, binary))
        self.pairs += len(index)

    def finish(self) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        """Return (hunks, hunk_pair, binary) of everything fed."""
        if not self._hunks:
            hunks, hunk_pair = np.zeros((0, 4), np.int32), np.zeros(0, np.int64)
        else:
            hunks, hunk_pair = np.concatenate(self._hunks), np.concatenate(self._hunk_pair)
        binary = np.concatenate(self._binary) if self._binary else np.zeros(0, np.int64)
        return hunks, hunk_pair, binary


def _read_headers(text: bytes, headers: NDArray[np.int64]) -> NDArray[np.int32]:
    """Read the four numbers of every ``@@ -a,b +c,d @@`` at byte offsets `headers`; a missing length is 1."""
    padded = np.frombuffer(text + b" " * _HEADER_WIDTH, np.uint8)
    count = len(headers)
    values = np.zeros((count, 6), np.int32)
    values[:, (1, 3)] = 1
    flat = values.reshape(-1)
    # `cursor` points at the number being read; column 5 swallows everything after the second space.
    cursor = np.arange(0, 6 * count, 6)
    position = headers + _FIRST_DIGIT
    live = np.arange(count)
    for _ in range(_HEADER_WIDTH - _FIRST_DIGIT):
        byte = padded[position[live]]
        digit = (byte >= 48) & (byte <= 57)
        at = cursor[live]
        writing = at[digit]
        flat[writing] = flat[writing] * 10 + (byte[digit] - 48)
        comma = byte == _COMMA
        if comma.any():
            flat[at[comma] + 1] = 0
            cursor[live[comma]] += 1
        space = byte == _SPACE
        if space.any():
            ended = live[space]
            slot = cursor[ended] % 6
            cursor[ended] += np.where(slot < 2, 2 - slot, 5 - slot)
            live = live[cursor[live] % 6 < 4]
            if not len(live):
                break
        position += 1
    return values[:, :4].copy()
