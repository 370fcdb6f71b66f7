"""Degree of authorship and truck factor on plain arrays: published oracles and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copartner.analysis.knowledge.truck_factor import (
    PAPER,
    PAPER_TOP_AUTHOR,
    REFERENCE_TOOL,
    VARIANTS,
    Developments,
    authors,
    degree_of_authorship,
    degrees,
    truck_factor,
)


def developments(*rows: tuple[int, int, int, int, bool], total: int | None = None) -> Developments:
    """Rows (file, developer, changes, additions, created); total changes of a file are the sum over its rows."""
    file, developer, changes, additions, created = (np.array(column) for column in zip(*rows, strict=True))
    totals = np.bincount(file, weights=changes).astype(np.int64)[file]
    if total is not None:
        totals = np.full(len(rows), total)
    return Developments(file, developer, changes, additions, created.astype(bool), totals)


@pytest.mark.parametrize(
    ("first", "deliveries", "others", "expected"),
    [(1, 1, 0, 4.555), (1, 0, 0, 4.391), (1, 10, 5, 5.456), (0, 5, 10, 3.343)],
)
def test_published_degrees(first, deliveries, others, expected):
    assert degree_of_authorship(first, deliveries, others) == pytest.approx(expected, abs=5e-4)


def test_published_ratio_makes_only_the_first_an_author():
    rows = developments((0, 0, 10, 1, True), (0, 1, 5, 0, False))
    degree = degrees(rows, PAPER)
    assert degree == pytest.approx([5.456, 3.343], abs=5e-4)
    assert degree[1] / degree[0] == pytest.approx(0.613, abs=5e-4)
    assert authors(rows, PAPER).tolist() == [True, False]


def test_whether_adding_a_path_is_a_delivery_depends_on_the_variant():
    rows = developments((0, 0, 1, 1, True))
    assert degrees(rows, PAPER) == pytest.approx([4.555], abs=5e-4)
    assert degrees(rows, REFERENCE_TOOL) == pytest.approx([4.391], abs=5e-4)


def test_adding_a_path_again_counts_as_first_authorship_in_the_tool_only():
    rows = developments((0, 0, 1, 1, True), (0, 1, 1, 1, False))
    assert degrees(rows, REFERENCE_TOOL)[1] == degrees(rows, REFERENCE_TOOL)[0]
    assert degrees(rows, PAPER)[1] < degrees(rows, PAPER)[0]


def test_the_tool_accepts_a_low_degree_of_whoever_added_the_path():
    rows = developments((0, 0, 1, 1, True), total=10_000)
    assert degrees(rows, REFERENCE_TOOL)[0] < 3.293
    assert authors(rows, REFERENCE_TOOL).tolist() == [True]
    assert authors(rows, PAPER).tolist() == [False]
    assert authors(rows, PAPER_TOP_AUTHOR).tolist() == [True]


def test_a_file_without_anybody_above_the_threshold_has_no_author_in_the_paper():
    rows = developments((0, 0, 1, 0, False), (0, 1, 1, 0, False), (0, 2, 2, 0, False), total=40)
    assert not authors(rows, PAPER).any()
    assert authors(rows, PAPER_TOP_AUTHOR).tolist() == [False, False, True]


def test_a_negative_highest_degree_leaves_the_highest_row_only():
    rows = developments((0, 0, 1, 0, False), (0, 1, 2, 0, False), total=10**6)
    assert (degrees(rows, PAPER) < 0).all()
    assert authors(rows, PAPER_TOP_AUTHOR).tolist() == [False, True]


def test_removal_stops_when_more_than_half_of_the_files_have_no_author():
    file = np.array([0, 1, 2, 3])
    assert truck_factor(file, np.array([0, 0, 1, 1]), 4).value == 2
    assert truck_factor(file, np.array([0, 0, 0, 1]), 4).value == 1
    # Exactly half of the files left with an author is not "more than half without".
    assert truck_factor(file, np.array([0, 0, 1, 2]), 4).coverage == (1.0, 0.5, 0.25)


def test_files_without_author_count_as_uncovered_from_the_start():
    found = truck_factor(np.array([0]), np.array([0]), 3)
    assert (found.value, found.coverage) == (0, (1 / 3,))


def test_shared_files_keep_an_author_until_the_last_one_is_removed():
    file, developer = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    assert truck_factor(file, developer, 2).removed == (0, 1)


def test_ties_are_broken_by_the_number_of_the_developer():
    found = truck_factor(np.array([0, 1, 2]), np.array([2, 0, 1]), 3)
    assert found.removed == (0, 1)


def test_no_file_has_no_truck_factor():
    nothing = np.array([], dtype=np.int64)
    with pytest.raises(ValueError, match="no file"):
        truck_factor(nothing, nothing, 0)
    assert truck_factor(nothing, nothing, 2).value == 0


pairs = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 5)), min_size=1, max_size=40)


@given(pairs, st.randoms())
def test_the_result_depends_on_the_set_of_authorships_only(rows, random):
    shuffled = [*rows, *rows[:3]]
    random.shuffle(shuffled)
    first, second = (truck_factor(*map(np.array, zip(*found, strict=True)), 9) for found in (rows, shuffled))
    assert first == second


@given(pairs)
def test_it_never_exceeds_the_number_of_authors_and_ends_below_half(rows):
    found = truck_factor(*map(np.array, zip(*rows, strict=True)), 9)
    assert found.value <= len({developer for _, developer in rows})
    assert found.coverage[-1] < 0.5
    assert all(share >= 0.5 for share in found.coverage[:-1])


@given(pairs)
def test_each_file_with_changes_has_a_top_author(rows):
    unique = sorted(set(rows))
    found = developments(*((file, developer, 1 + file, 0, False) for file, developer in unique))
    for variant in VARIANTS.values():
        chosen = authors(found, variant)
        covered = set(found.file[chosen].tolist())
        if variant is PAPER_TOP_AUTHOR:
            assert covered == set(found.file.tolist())
        assert covered <= set(found.file.tolist())
