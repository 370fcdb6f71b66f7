"""A digest of what rows say, whatever order, batch or file they lie in.

Rows are put into the one order their values define (by the leading columns, as far as needed to tell rows apart) and
each column is fed to SHA-256 in a canonical form: which values are present, how long they are, their bytes. Unlike a
sum of row hashes this cannot be steered to a wanted value, and unlike hashing row by row it works on whole columns.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_PLAIN = {
    pa.large_string(): pa.string(),
    pa.string_view(): pa.string(),
    pa.large_binary(): pa.binary(),
    pa.binary_view(): pa.binary(),
}


def content_hash(rows: pa.Table) -> str:
    """SHA-256 (hex) of the rows of a table as a bag: equal rows give the equal digest in any order and chunking.

    The names, logical types and order of the columns belong to the content; nullability and physical encoding
    (dictionary, large strings, list item names) do not. Put columns that tell rows apart first: it saves time.
    """
    columns = {name: _plain(column) for name, column in zip(rows.column_names, rows.columns, strict=True)}
    header = [[name, _type_name(column.type)] for name, column in columns.items()]
    digest = hashlib.sha256(json.dumps([header, rows.num_rows], separators=(",", ":")).encode())
    order = _order(list(columns.values()), rows.num_rows)
    for column in columns.values():
        _feed(digest, column if order is None else column.take(order))
    return digest.hexdigest()


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """One contiguous array with 64-bit offsets, dictionaries decoded."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    kind = _PLAIN.get(kind, kind)
    if kind == pa.string():
        column = column.cast(pa.large_string())
    elif kind == pa.binary():
        column = column.cast(pa.large_binary())
    return column.combine_chunks()


def _type_name(kind: pa.DataType) -> str:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list<{_type_name(kind.value_type)}>"
    return str(_PLAIN.get(kind, kind))


def _order(columns: list[pa.Array], count: int) -> pa.Array | None:
    """Row numbers in the order the values define, or ``None`` when there is nothing to order.

    Ranks of one column after the other refine the order until no two rows tie; rows that tie in all columns are equal,
    so that their order does not matter.
    """
    if count < 2:
        return None
    rank = np.zeros(count, dtype=np.int64)
    groups = 1
    for column in sorted(columns, key=lambda column: pa.types.is_nested(column.type)):
        codes, size = _ranks(column)
        if size == 1:
            continue
        if groups == 1:
            rank, groups = codes, size
        else:
            distinct, rank = np.unique(rank * size + codes, return_inverse=True)
            groups = len(distinct)
        if groups == count:
            break
    return pa.array(np.argsort(rank, kind="stable"))


def _ranks(column: pa.Array) -> tuple[np.ndarray[Any, Any], int]:
    """Dense ranks of a column's values, null first, and how many ranks there are."""
    if pa.types.is_nested(column.type):
        values = column.to_pylist()
        ranked = {value: index for index, value in enumerate(sorted({repr(value) for value in values}))}
        return np.fromiter((ranked[repr(value)] for value in values), np.int64, len(values)), len(ranked)
    encoded = column.dictionary_encode()
    words = encoded.dictionary
    rank_of = np.empty(len(words) + 1, dtype=np.int64)
    rank_of[pc.array_sort_indices(words).to_numpy()] = np.arange(len(words))
    has_null = encoded.null_count > 0
    rank_of[len(words)] = -1
    codes = rank_of[encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
    return codes + has_null, len(words) + has_null


def _feed(digest: Any, column: pa.Array) -> None:
    """Canonical bytes of a column: presence bits, then values with nulls as zero or empty."""
    if column.null_count:
        digest.update(b"\x01")
        digest.update(np.packbits(column.is_valid().to_numpy(zero_copy_only=False)).tobytes())
    else:
        digest.update(b"\x00")
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        digest.update(pc.list_value_length(column).fill_null(0).cast(pa.int64()).to_numpy().astype("<i8").tobytes())
        _feed(digest, _plain(pa.chunked_array([pc.list_flatten(column)])))
    elif pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
        filled = column.fill_null(b"" if pa.types.is_large_binary(kind) else "") if column.null_count else column
        offsets = np.frombuffer(filled.buffers()[1], dtype=np.int64)[filled.offset : filled.offset + len(filled) + 1]
        digest.update(np.diff(offsets).astype("<i8").tobytes())
        if len(filled) and filled.buffers()[2] is not None:
            digest.update(memoryview(filled.buffers()[2])[offsets[0] : offsets[-1]])
    elif pa.types.is_boolean(kind):
        digest.update(np.packbits(column.fill_null(False).to_numpy(zero_copy_only=False)).tobytes())
    else:
        width = np.dtype(f"i{kind.bit_width // 8}")
        integers = column.view(f"int{kind.bit_width}").fill_null(0)
        digest.update(integers.to_numpy(zero_copy_only=False).astype(width.newbyteorder("<")).tobytes())
