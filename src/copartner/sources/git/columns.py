"""Arrow columns from what the history reader holds (numbers, interned bytes, binary object names), and back.

Built from buffers: nothing is done per row in Python, and no call that would import pandas (``pyarrow.array``,
``to_numpy``, comparing with a plain ``str``), which costs more than collecting a small repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from copartner.evidence.arrays import constant_text, text_array
from copartner.evidence.tables import TIME

__all__ = [
    "binary",
    "booleans",
    "constant_text",
    "days",
    "hexadecimal",
    "integers",
    "lists",
    "pick",
    "text_array",
    "times",
    "valid_text",
]

_LATEST = 253_402_300_799
"""The last second of the year 9999: what calendars of every engine can hold."""


def integers(values: NDArray[np.generic], kind: pa.DataType, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """An array of the fixed-width `kind`; null where `valid` is False."""
    width = {8: np.int8, 16: np.int16, 32: np.int32, 64: np.int64}[kind.bit_width]
    content = np.ascontiguousarray(values, dtype=width)
    return pa.Array.from_buffers(kind, len(content), [_bitmap(valid), pa.py_buffer(content)])


def booleans(values: NDArray[np.bool_]) -> pa.Array:
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _bitmap(values)])


def times(seconds: NDArray[np.int64], valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """Seconds since 1970 as timestamps; a clock gone wild is held at the years 1970 and 9999."""
    return integers(np.clip(seconds, 0, _LATEST) * 1_000_000, TIME, valid)


def days(values: Sequence[int | None]) -> pa.Array:
    """Days since 1970 as dates; null where None."""
    numbers = np.array([value or 0 for value in values], np.int32)
    return integers(numbers, pa.date32(), np.array([value is not None for value in values], bool))


def hexadecimal(names: NDArray[np.bytes_]) -> pa.Array:
    """Object names of equal length (dtype S40 or S64) as text."""
    width = names.dtype.itemsize
    offsets = np.arange(len(names) + 1, dtype=np.int32) * np.int32(width)
    return pa.Array.from_buffers(pa.string(), len(names), [None, pa.py_buffer(offsets), pa.py_buffer(names.tobytes())])


def valid_text(texts: Iterable[bytes]) -> pa.Array:
    """Bytes as text; bytes that are no UTF-8 are written ``\\\\xNN``, so that nothing is lost and nothing invented."""
    return text_array([text.decode("utf-8", "backslashreplace") for text in texts])


def binary(payloads: Sequence[bytes]) -> pa.Array:
    offsets = np.concatenate(([0], np.cumsum([len(payload) for payload in payloads], dtype=np.int64)))
    content = pa.py_buffer(b"".join(payloads))
    large = pa.Array.from_buffers(pa.large_binary(), len(payloads), [None, pa.py_buffer(offsets), content])
    return large.cast(pa.binary())


def numbers(values: pa.Array | pa.ChunkedArray, kind: type[np.signedinteger]) -> NDArray[np.signedinteger]:
    """The values of a column without nulls as numpy integers of its own width, `kind`."""
    array = _whole(values)
    if not len(array):
        return np.zeros(0, kind)
    return np.frombuffer(array.buffers()[1], kind, len(array), array.offset * np.dtype(kind).itemsize)


def flags(values: pa.Array | pa.ChunkedArray) -> NDArray[np.bool_]:
    """The values of a boolean column without nulls."""
    array = _whole(values)
    if not len(array):
        return np.zeros(0, bool)
    bits = np.unpackbits(np.frombuffer(array.buffers()[1], np.uint8), bitorder="little")
    return bits[array.offset : array.offset + len(array)].astype(bool)


def _whole(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if array.null_count:
        raise ValueError(f"{array.null_count} values are null")
    return array


def text(value: str) -> pa.Scalar:
    """A text to compare a column with; a plain ``str`` would make Arrow import pandas."""
    return text_array([value])[0]


def pick(values: pa.Array, index: NDArray[np.generic], valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """``values[index]``, null where `valid` is False."""
    return pc.take(values, integers(np.asarray(index), pa.int32(), valid))


def lists(values: pa.Array, starts: NDArray[np.int32]) -> pa.Array:
    """Lists of consecutive `values`: the i-th is ``values[starts[i]:starts[i + 1]]``."""
    offsets = integers(starts, pa.int32())
    return pa.ListArray.from_arrays(offsets, values)


def _bitmap(valid: NDArray[np.bool_] | None) -> pa.Buffer | None:
    return None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
