"""The digest covers what rows say and nothing else."""

from __future__ import annotations

import hashlib
import random
import struct
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copartner.evidence.arrays import constant_text
from copartner.evidence.content_hash import content_hash

SCHEMA = pa.schema(
    [
        ("text", pa.string()),
        ("number", pa.int32()),
        ("flag", pa.bool_()),
        ("bytes", pa.binary()),
        ("day", pa.date32()),
        ("time", pa.timestamp("us", "UTC")),
        ("names", pa.list_(pa.string())),
    ]
)

ROW = st.fixed_dictionaries(
    {
        "text": st.none() | st.sampled_from(["", "a", "b", "ü"]),
        "number": st.none() | st.integers(-2, 2),
        "flag": st.none() | st.booleans(),
        "bytes": st.none() | st.binary(max_size=2),
        "day": st.none() | st.dates(date(1969, 12, 30), date(1970, 1, 3)),
        "time": st.none() | st.datetimes(datetime(1969, 12, 31), datetime(1970, 1, 2), timezones=st.just(UTC)),  # noqa: DTZ001
        "names": st.none() | st.lists(st.none() | st.sampled_from(["", "a"]), max_size=2),
    }
)


def table(rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


@settings(max_examples=100, deadline=None)
@given(st.lists(ROW, max_size=12), st.integers(0, 2**32), st.integers(1, 5))
def test_order_and_chunking_do_not_matter(rows: list[dict[str, object]], seed: int, step: int) -> None:
    shuffled = random.Random(seed).sample(rows, len(rows))
    parts = [table(shuffled[start : start + step]) for start in range(0, len(rows), step)]
    assert content_hash(pa.concat_tables([SCHEMA.empty_table(), *parts])) == content_hash(table(rows))


@settings(max_examples=100, deadline=None)
@given(st.lists(ROW, max_size=6), st.lists(ROW, max_size=6))
def test_different_rows_have_different_digests(one: list[dict[str, object]], other: list[dict[str, object]]) -> None:
    same = sorted(map(repr, one)) == sorted(map(repr, other))
    assert (content_hash(table(one)) == content_hash(table(other))) is same


def test_the_digest_is_what_the_description_says() -> None:
    rows = pa.table({"a": ["x", None, "yz"], "n": pa.array([1, -1, 2], pa.int16())})
    expected = hashlib.sha256(b'[[["a","string"],["n","int16"]],3]')
    expected.update(b"\x01" + bytes([0b01100000]))  # the row without a value comes first
    expected.update(struct.pack("<3q", 0, 1, 2) + b"xyz")
    expected.update(b"\x00" + struct.pack("<3h", -1, 1, 2))
    assert content_hash(rows) == expected.hexdigest()


def test_encodings_do_not_matter() -> None:
    plain = pa.table({"a": ["x", "y", None, "x"], "b": [b"1", b"2", b"", None], "l": [["p"], [], None, ["q", "r"]]})
    encoded = pa.table(
        {
            "a": plain["a"].dictionary_encode(),
            "b": plain["b"].cast(pa.large_binary()),
            "l": plain["l"].cast(pa.large_list(pa.large_string())),
        }
    )
    views = pa.table({"a": plain["a"].cast(pa.string_view()), "b": plain["b"].cast(pa.binary_view()), "l": plain["l"]})
    assert content_hash(encoded) == content_hash(plain) == content_hash(views)


def test_text_that_exceeds_an_arrow_array_is_refused() -> None:
    with pytest.raises(ValueError, match="3000000 repetitions of 1000 bytes"):
        constant_text("x" * 1000, 3_000_000)


@pytest.mark.parametrize(
    "other",
    [
        pa.table({"b": ["x"]}),
        pa.table({"a": [b"x"]}),
        pa.table({"a": ["x", "x"]}),
        pa.table({"a": pa.array([None], pa.string())}),
        pa.table({"a": ["x"], "b": ["x"]}),
    ],
)
def test_names_types_and_counts_belong_to_the_content(other: pa.Table) -> None:
    assert content_hash(other) != content_hash(pa.table({"a": ["x"]}))


def test_moving_a_letter_between_neighbours_changes_the_digest() -> None:
    one = pa.table({"k": [1, 2], "a": ["ab", "c"], "b": ["", "d"]})
    other = pa.table({"k": [1, 2], "a": ["a", "bc"], "b": ["", "d"]})
    assert content_hash(one) != content_hash(other)
