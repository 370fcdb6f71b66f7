"""Arrow arrays without detours.

``pyarrow.array`` on Python objects imports pandas where it is installed, which costs the better part of a second per
process. Provenance and filters need only text, so they build it from buffers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa


def text_array(values: Sequence[str]) -> pa.Array:
    """A string array of ``values`` (no nulls)."""
    encoded = [value.encode() for value in values]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int32)
    np.cumsum([len(value) for value in encoded], out=offsets[1:])
    return pa.Array.from_buffers(
        pa.string(), len(encoded), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    )


def constant_text(value: str, length: int) -> pa.Array:
    """``value`` repeated ``length`` times; stored as one dictionary entry and one run."""
    encoded = value.encode()
    offsets = np.arange(length + 1, dtype=np.int64) * len(encoded)
    if offsets[-1] > np.iinfo(np.int32).max:
        raise ValueError(f"{length} repetitions of {len(encoded)} bytes exceed an Arrow string array")
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(encoded * length)]
    return pa.Array.from_buffers(pa.string(), length, buffers)


def constant_integer(value: int, length: int, type_: pa.DataType) -> pa.Array:
    """A 64-bit fixed-width ``type_`` (for example a timestamp) of ``value`` repeated ``length`` times."""
    return pa.Array.from_buffers(type_, length, [None, pa.py_buffer(np.full(length, value, dtype=np.int64))])
