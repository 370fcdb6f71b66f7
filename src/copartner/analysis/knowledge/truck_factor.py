"""Degree of authorship and the greedy truck factor, on plain arrays.

Source: Fritz, Ou, Murphy, Murphy-Hill, ICSE 2010 and TOSEM 2014 (degree of knowledge, coefficients); Avelino, Passos,
Hora, Valente, *A Novel Approach for Estimating Truck Factors*, ICPC 2016, arXiv 1604.06766 (thresholds, removal).

The paper's text and the authors' tool differ, so a ``Variant`` is pinned by name and stored with each result:

==========================  =====================  ===============================================
point                       ``paper``              ``reference_tool`` (aserg-ufmg/Truck-Factor)
==========================  =====================  ===============================================
change that adds the path   counts as a delivery   does not (a rename does)
author if                   DOA / max > 0.75       the same, and DOA >= 3.293 or the person added
                            and DOA >= 3.293       the path, at first or again
first authorship            who added the path     also who added it again later
file without author         stays without          stays without
==========================  =====================  ===============================================

``paper_top_author`` is ``paper`` where the developer with the highest degree stands in if nobody qualifies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BASE = 3.293
FIRST_AUTHORSHIP = 1.098
DELIVERIES = 0.164
ACCEPTANCES = 0.321
NORMALISED = 0.75
COVERAGE = 0.5


@dataclass(frozen=True, slots=True)
class Variant:
    """A reading of the published method; ``name`` is stored with every result."""

    name: str
    addition_is_delivery: bool
    adding_is_enough: bool
    top_author_stands_in: bool


PAPER = Variant("paper", addition_is_delivery=True, adding_is_enough=False, top_author_stands_in=False)
REFERENCE_TOOL = Variant(
    "reference_tool", addition_is_delivery=False, adding_is_enough=True, top_author_stands_in=False
)
PAPER_TOP_AUTHOR = Variant(
    "paper_top_author", addition_is_delivery=True, adding_is_enough=False, top_author_stands_in=True
)
VARIANTS = {variant.name: variant for variant in (PAPER, REFERENCE_TOOL, PAPER_TOP_AUTHOR)}


@dataclass(frozen=True, slots=True)
class Developments:
    """Who changed which file how often: one row per (file, developer), arrays of equal length.

    ``file`` and ``developer`` number files and developers from 0; ``changes`` counts changes of the file with the one
    that added it, ``additions`` those that added the path, ``created`` says who added it first. ``total`` is the number
    of changes of the row's file by anybody.
    """

    file: Ints
    developer: Ints
    changes: Ints
    additions: Ints
    created: Bools
    total: Ints


def degree_of_authorship(first: npt.ArrayLike, deliveries: npt.ArrayLike, others: npt.ArrayLike) -> Floats:
    """DOA = 3.293 + 1.098 FA + 0.164 DL - 0.321 ln(1 + AC), elementwise; unbounded, no unit."""
    fa, dl, ac = (np.asarray(values, dtype=np.float64) for values in (first, deliveries, others))
    return BASE + FIRST_AUTHORSHIP * fa + DELIVERIES * dl - ACCEPTANCES * np.log1p(ac)


def degrees(rows: Developments, variant: Variant) -> Floats:
    """Degree of authorship of each row under a variant."""
    added_again = rows.additions > 0 if variant.adding_is_enough else np.zeros(len(rows.file), dtype=bool)
    additions = 0 if variant.addition_is_delivery else rows.additions
    totals = rows.total
    if not variant.addition_is_delivery:
        totals = totals - _sum(rows.file, rows.additions)[rows.file]
    deliveries = rows.changes - additions
    others = np.maximum(0, totals - deliveries)
    return degree_of_authorship(rows.created | added_again, deliveries, others)


def authors(rows: Developments, variant: Variant = PAPER) -> Bools:
    """Which rows are authorships: a normalised degree above 0.75 and the variant's absolute threshold."""
    degree = degrees(rows, variant)
    highest = np.full(int(rows.file.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(highest, rows.file, degree)
    top = highest[rows.file]
    # A negative maximum (one change among very many) would turn the quotient round: only the top row passes then.
    enough = np.where(top > 0, degree > NORMALISED * top, degree == top)
    absolute = degree >= BASE
    if variant.adding_is_enough:
        absolute |= rows.additions > 0
    chosen: Bools = enough & absolute
    if variant.top_author_stands_in:
        covered = np.zeros(len(highest), dtype=bool)
        covered[rows.file[chosen]] = True
        chosen |= ~covered[rows.file] & (degree == top)
    return chosen


@dataclass(frozen=True, slots=True)
class TruckFactor:
    """How many had to be removed, in which order, and the share of files with an author left after each removal."""

    value: int
    removed: tuple[int, ...]
    coverage: tuple[float, ...]
    """Before the first removal, then after each."""


def truck_factor(file: Ints, developer: Ints, files: int) -> TruckFactor:
    """Remove the author with most files until more than half of the files have no author; count the removals.

    ``file`` and ``developer`` are the authorships, ``files`` the number of files in scope (those without an author
    count as uncovered from the start, so the factor can be 0). Ties are broken by the smaller developer number, so
    number developers by a stable order of identifiers. Removing somebody changes nobody else's number of files, so the
    order is known beforehand. Raises ``ValueError`` for no file at all.
    """
    if files < 1:
        raise ValueError("the truck factor of no file is not defined")
    pairs = np.unique(np.stack([file, developer], axis=1), axis=0) if len(file) else np.empty((0, 2), dtype=np.int64)
    left = np.bincount(pairs[:, 0], minlength=files)
    owned = np.bincount(pairs[:, 1])
    order = np.lexsort((np.arange(len(owned)), -owned))
    by_developer = pairs[np.argsort(pairs[:, 1], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(owned)])
    covered = int((left > 0).sum())
    coverage = [covered / files]
    removed: list[int] = []
    for number in order.tolist():
        if covered < COVERAGE * files or not owned[number]:
            break
        touched = by_developer[starts[number] : starts[number + 1], 0]
        left[touched] -= 1
        covered -= int((left[touched] == 0).sum())
        removed.append(number)
        coverage.append(covered / files)
    return TruckFactor(len(removed), tuple(removed), tuple(coverage))


def _sum(keys: Ints, values: Ints) -> Ints:
    return np.bincount(keys, weights=values).astype(np.int64)
