"""The knowledge base of an assessment: what the knowledge measures, the exit simulation and the findings read.

Built once per assessment from evidence (``analysis.knowledge.build``) and never changed. All tables are Arrow, sorted
by their first columns, so that equal evidence gives equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from copartner.evidence.portfolio import Portfolio
from copartner.evidence.tables import TIME

CONTRIBUTION = pa.schema(
    [
        ("repository", pa.string()),
        ("commit", pa.string()),
        ("person", pa.string()),  # declared person id, else a pseudonym "p-<12 hex>" of the mailmapped e-mail
        ("organisation", pa.string()),  # at author date; "unknown" and "bot" are reserved
        ("evidence_class", pa.string()),  # dated_affiliation | domain | undated_affiliation | mailmap | unknown | bot
        ("weight", pa.float64()),  # 1/n for n authors (author and co-authors)
        ("author_time", TIME),
        ("ordinal", pa.int16()),  # 0 the author, 1.. co-authors
    ]
)
"""Who made a non-merge commit, for which organisation, by which class of affiliation evidence."""

FILE = pa.schema(
    [
        ("file", pa.int32()),  # row number, the id used by the other tables
        ("repository", pa.string()),
        ("path", pa.string()),
        ("system", pa.string()),  # null: in no declared system
        ("component", pa.string()),
        ("lines", pa.int32()),
        ("changes_365d", pa.int32()),  # non-merge, non-bot changes in the 365 days up to as_of
        ("weight", pa.float64()),  # v_f = lines * (1 + ln(1 + changes_365d))
        ("last_change", TIME),  # null where the file has no recorded change
        ("last_commit", pa.string()),  # the commit of that change
    ]
)
"""The source files in scope at as_of: generated, vendored, binary and minified ones are out, counted in ``excluded``.

A file that belongs to two systems appears once per system."""

HOLDER = pa.schema(
    [
        ("file", pa.int32()),
        ("person", pa.string()),
        ("organisation", pa.string()),  # at the time of those commits: one person may hold for two organisations
        ("changes", pa.int32()),  # commits that touched the file (DL), creation counted
        ("created", pa.bool_()),  # first authorship (FA)
        ("last_change", TIME),
        ("undecayed", pa.int64()),  # fixed point, see KNOWLEDGE_SCALE
        ("decayed", pa.int64()),  # at the chosen half-life
        ("decayed_180", pa.int64()),
        ("decayed_365", pa.int64()),
        ("decayed_730", pa.int64()),
        ("last_commit", pa.string()),  # the commit of last_change
        ("authored", pa.int32()),  # of the changes, those made as author, not as co-author
        ("additions", pa.int32()),  # of the changes, those that added the path (more than one: it was re-added)
        ("unmeasured", pa.int32()),  # of the changes, those whose line counts are not known: no mass, less coverage
    ]
)
"""Decayed knowledge mass and authorship of a person for an organisation in a file; bots excluded."""

KNOWLEDGE_SCALE = 2**36
"""Knowledge mass is kept as an integer multiple of 1/KNOWLEDGE_SCALE: sums are exact in any order, on any engine.

At a half-life of 180 days a change of ten years ago still has 16 bits; the undecayed sum of one file stays exact in a
double up to 19,000 changes of the largest size that counts."""

PERSON = pa.schema(
    [
        ("person", pa.string()),
        ("declared", pa.bool_()),
        ("organisation_at", pa.string()),  # at as_of: declared affiliation, else that of the last commit
        ("last_active", TIME),  # last commit in the portfolio's repositories
        ("active", pa.bool_()),  # within the activity window before as_of, and not left
        ("left", pa.bool_()),  # every declared affiliation ended before as_of
    ]
)

CLASS = pa.schema(
    [
        ("file", pa.int32()),
        ("evidence_class", pa.string()),
        ("changes", pa.int32()),
        ("undecayed", pa.int64()),
        ("decayed", pa.int64()),
    ]
)
"""Knowledge mass of a file by the class of evidence that attributed it; the shares shown beside each value."""

DOCUMENT = pa.schema(
    [
        ("repository", pa.string()),
        ("path", pa.string()),
        ("kind", pa.string()),  # documentation | decision_record
        ("lines", pa.int32()),
        ("system", pa.string()),
        ("last_change", TIME),
        ("last_commit", pa.string()),
    ]
)
"""Documents at the pinned heads, once per system they belong to; change logs and legal texts are left out."""

PATH_CHANGE = pa.schema(
    [("repository", pa.string()), ("path", pa.string()), ("kind", pa.string()), ("last_change", TIME)]
)
"""Last human change of each path at the pinned heads, whatever its kind."""

CODE_COMMIT = pa.schema(
    [
        ("repository", pa.string()),
        ("commit", pa.string()),
        ("author_time", TIME),
        ("touched_docs", pa.bool_()),
        ("system", pa.string()),
    ]
)
"""Human non-merge commits of the two years before as_of that touch source files, once per system."""


ROWS = 25
"""Evidence rows a value keeps unless more are asked for; its ``total`` counts all."""


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """Everything the knowledge measures need, as of one day, under one set of choices."""

    portfolio: Portfolio
    as_of: date
    contributions: pa.Table
    files: pa.Table
    holders: pa.Table
    people: pa.Table
    references: pa.Table
    """``document_reference`` rows at the pinned heads."""
    documents: pa.Table
    """DOCUMENT rows."""
    decisions: pa.Table
    """``decision_record`` rows at the pinned heads."""
    code_commits: pa.Table
    """CODE_COMMIT rows."""
    excluded: Mapping[str, int] = field(default_factory=dict)
    """Rule → number of files kept out; the file filter, printed next to every figure."""
    heads: Mapping[str, str] = field(default_factory=dict)
    """Repository → pinned head."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Repository → why its history is not (wholly) known: shallow, missing objects, not collected."""
    classes: pa.Table = field(default_factory=CLASS.empty_table)
    """CLASS rows."""
    path_changes: pa.Table = field(default_factory=PATH_CHANGE.empty_table)
    """PATH_CHANGE rows: what documents link to may be of any kind."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Why → number of commits or changes that could not count, e.g. author dates after ``as_of``."""
    rows: int = ROWS
    """How many evidence rows each value keeps."""
