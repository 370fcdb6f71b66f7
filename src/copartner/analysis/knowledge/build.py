"""From evidence tables to the knowledge base of one assessment.

The heavy step, every change × everybody who made it, summed by file, person and organisation, is one Ibis expression
that DuckDB or Spark runs. Logarithms and decay factors are computed before it, so that an engine only multiplies,
truncates and sums integers, and both engines give the same numbers. Commits and files are numbered before it too: joins
on pairs of texts made DuckDB join everything within a repository first (38 s instead of 0.4 s on 145,000 changes).

Knowledge mass of one change for one of its n authors, at half-life h:

    mass = floor(1/n * ln(1 + added + deleted) * 2^(-age / h) * KNOWLEDGE_SCALE + 1/2)

with the age in days from the author date to the end of ``as_of`` (UTC). A change of more than ``CHURN_LIMIT`` lines in
one file gives no mass there (imports, generated files, reformatting); one whose line counts are unknown (binary or
missing content) gives none either, and lowers the coverage. Deletions are no change of the file that lives today.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from copartner.analysis.knowledge.base import (
    CLASS,
    FILE,
    HOLDER,
    KNOWLEDGE_SCALE,
    PATH_CHANGE,
    KnowledgeBase,
)
from copartner.analysis.knowledge.documents_in_scope import code_commit_table, document_table
from copartner.analysis.knowledge.path_scope import components_of, systems_of
from copartner.analysis.knowledge.people import people_table
from copartner.evidence.portfolio import BOT, Portfolio
from copartner.evidence.tables import TIME

CHURN_LIMIT = 1000
"""A change of more lines in one file than this contributes nothing to it."""

HALF_LIVES = (180, 365, 730)
"""Half-lives in days of the sensitivity strip."""

_DAY = 86_400_000_000
_MASSES = ("undecayed", "decayed", *(f"decayed_{days}" for days in HALF_LIVES))


class Engine(Protocol):
    """Runs Ibis expressions; ``evidence.engine.connect`` makes one for DuckDB or Spark."""

    def register(self, name: str, table: pa.Table) -> Any:
        """Make an Arrow table known under a name and return it as an Ibis table."""

    def execute(self, expression: Any) -> pa.Table:
        """Run an Ibis table expression."""


def end_of(as_of: date) -> datetime:
    """The first moment after a day, UTC: evidence up to but not including it belongs to ``as_of``."""
    return datetime.combine(as_of + timedelta(days=1), time(), UTC)


def build_knowledge_base(
    portfolio: Portfolio,
    as_of: date,
    *,
    contributions: pa.Table,
    file_changes: pa.Table,
    snapshots: pa.Table,
    lineage: pa.Table,
    references: pa.Table,
    decisions: pa.Table,
    heads: Mapping[str, str],
    engine: Engine,
    unreadable: Mapping[str, str] | None = None,
) -> KnowledgeBase:
    """Aggregate the evidence of the pinned heads into what the knowledge measures read.

    ``contributions`` has the CONTRIBUTION columns, the others the columns of the evidence table of their name, all cut
    to ``heads`` already. ``unreadable`` says which repositories' history is not wholly known, and why. Nothing later
    than ``as_of`` counts, whatever the clock of an author said; ``dropped`` counts it.
    """
    now = end_of(as_of)
    dropped: dict[str, int] = {}
    human = _human_contributions(contributions, now, dropped)
    people = people_table(portfolio, as_of, human, portfolio.settings.activity_window_days, now)
    tracked = snapshots.filter(pc.is_null(snapshots["excluded"])).select(["repository", "path", "kind", "lines"])
    tracked = tracked.sort_by([("repository", "ascending"), ("path", "ascending")])
    commits, authors = _dated_authors(human, now, portfolio.settings.half_life_days)
    changes = _changes(file_changes, lineage, tracked, commits, dropped)
    grouped = _aggregate(engine, changes, authors)
    last = _last_changes(grouped, tracked.num_rows)
    files, origin = _files(portfolio, tracked, grouped, last, commits)
    return KnowledgeBase(
        portfolio=portfolio,
        as_of=as_of,
        contributions=contributions,
        files=files,
        holders=_holders(grouped, origin, commits),
        people=people,
        references=references,
        documents=document_table(portfolio, tracked, _times(last, commits), _names(last, commits)),
        decisions=decisions,
        code_commits=code_commit_table(human, file_changes, lineage, tracked, portfolio, now),
        excluded=_excluded(snapshots),
        heads=dict(sorted(heads.items())),
        unreadable=dict(sorted((unreadable or {}).items())),
        classes=_classes(grouped, origin),
        path_changes=_path_changes(tracked, last, commits),
        dropped=dict(sorted(dropped.items())),
    )


def _human_contributions(contributions: pa.Table, now: datetime, dropped: dict[str, int]) -> pa.Table:
    human = contributions.filter(pc.not_equal(contributions["organisation"], BOT))
    in_time = pc.less(human["author_time"], pa.scalar(now, TIME))
    late = human.filter(pc.invert(in_time))
    if late.num_rows:
        dropped["commits with an author date after the day assessed"] = len(
            set(_keys(late, "repository", "commit").to_pylist())
        )
    return human.filter(in_time)


def _keys(rows: pa.Table, *columns: str) -> pa.ChunkedArray:
    """One text per row; a NUL, which neither names nor paths can hold, keeps pairs apart."""
    return pc.binary_join_element_wise(*(rows[name] for name in columns), "\0")


def _numbers(keys: pa.ChunkedArray, known: pa.ChunkedArray) -> pa.ChunkedArray:
    """Position of each key in ``known``, null where it is not in it."""
    return pc.index_in(
        keys, value_set=pa.concat_arrays(known.chunks) if known.num_chunks else pa.array([], pa.string())
    )


def _changes(
    file_changes: pa.Table, lineage: pa.Table, tracked: pa.Table, commits: pa.Table, dropped: dict[str, int]
) -> pa.Table:
    """Changes of files that live today: commit and file by number, logarithm of the churn (0 above the limit)."""
    changes = file_changes.filter(pc.not_equal(file_changes["status"], "D"))
    moved = _numbers(_keys(changes, "repository", "commit", "path"), _keys(lineage, "repository", "commit", "path"))
    path = pc.coalesce(lineage["head_path"].take(moved), changes["path"])
    at_head = pc.binary_join_element_wise(changes["repository"], path, "\0")
    churn = pc.add(pc.cast(changes["added"], pa.int64()), pc.cast(changes["deleted"], pa.int64()))
    rows = pa.table(
        {
            "moment": _numbers(_keys(changes, "repository", "commit"), _keys(commits, "repository", "commit")),
            "file": _numbers(at_head, _keys(tracked, "repository", "path")),
            "churn": churn,
            "added": pc.cast(pc.equal(changes["status"], "A"), pa.int64()),
        }
    )
    rows = rows.filter(pc.and_(pc.is_valid(rows["moment"]), pc.is_valid(rows["file"])))
    unmeasured = pc.is_null(rows["churn"]).to_numpy()
    lines = pc.fill_null(rows["churn"], 0).to_numpy()
    large = lines > CHURN_LIMIT
    if large.any():
        dropped[f"changes of more than {CHURN_LIMIT:,} lines in one file, without weight"] = int(large.sum())
    if unmeasured.any():
        dropped["changes without line counts, without weight"] = int(unmeasured.sum())
    return pa.table(
        {
            "moment": pc.cast(rows["moment"], pa.int64()),
            "file": pc.cast(rows["file"], pa.int64()),
            "log_churn": pa.array(np.where(large, 0.0, np.log1p(lines))),
            "added": rows["added"],
            "unmeasured": pa.array(unmeasured.astype(np.int64)),
        }
    )


def _dated_authors(human: pa.Table, now: datetime, half_life: int) -> tuple[pa.Table, pa.Table]:
    """Commits in order of author date, and everybody's part in them with the decay already applied to the weight.

    The row number of a commit is its ``moment``: comparing moments compares author dates, and equal dates still have
    one order on every engine.
    """
    commits = (
        human.select(["repository", "commit", "author_time"])
        .group_by(["repository", "commit"])
        .aggregate([("author_time", "min")])
        .rename_columns(["repository", "commit", "author_time"])
        .sort_by([("author_time", "ascending"), ("repository", "ascending"), ("commit", "ascending")])
    )
    commits = commits.append_column("moment", pa.array(np.arange(commits.num_rows, dtype=np.int64)))
    authors = human.drop_columns(["author_time"]).join(commits, ["repository", "commit"], join_type="inner")
    age = _age_days(authors["author_time"], now)
    weight = authors["weight"].to_numpy()
    columns = {name: authors[name] for name in ("person", "organisation", "evidence_class")}
    columns["moment"] = authors["moment"]
    as_author = authors["ordinal"].to_numpy() == 0
    columns["as_author"] = pa.array(as_author.astype(np.int64))
    columns["recent"] = pa.array((as_author & (age < 365)).astype(np.int64))
    columns["undecayed"] = pa.array(weight)
    for name, days in zip(_MASSES[1:], (half_life, *HALF_LIVES), strict=True):
        columns[name] = pa.array(weight * np.exp2(-age / days))
    return commits, pa.table(columns)


def _age_days(moments: pa.ChunkedArray, now: datetime) -> npt.NDArray[np.float64]:
    end = int(now.timestamp()) * 1_000_000
    return np.maximum(0.0, (end - pc.cast(moments, pa.int64()).to_numpy()) / _DAY)


def _aggregate(engine: Engine, changes: pa.Table, authors: pa.Table) -> dict[str, npt.NDArray[Any]]:
    """Per file, person, organisation and class of evidence: counts, masses, first and last moment."""
    change = engine.register("knowledge_change", changes.combine_chunks())
    author = engine.register("knowledge_author", authors.combine_chunks())
    row = change.join(author, "moment")
    masses = {
        name: (row.log_churn * row[name] * KNOWLEDGE_SCALE + 0.5).floor().cast("int64").sum().cast("int64")
        for name in _MASSES
    }
    expression = row.group_by(["file", "person", "organisation", "evidence_class"]).aggregate(
        changes=row.moment.nunique().cast("int64"),
        authored=row.as_author.sum().cast("int64"),
        recent=row.recent.sum().cast("int64"),
        additions=row.added.sum().cast("int64"),
        unmeasured=row.unmeasured.sum().cast("int64"),
        # Nobody creates a path by a change that only modifies it: those count as created never.
        first_added=(row.added > 0).ifelse(row.moment, authors.num_rows).min().cast("int64"),
        last=row.moment.max().cast("int64"),
        **masses,
    )
    table = engine.execute(expression).sort_by(
        [("file", "ascending"), ("person", "ascending"), ("organisation", "ascending"), ("evidence_class", "ascending")]
    )
    return {name: _array(table[name]) for name in table.column_names}


def _array(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    if pa.types.is_integer(column.type):
        return np.asarray(column.to_numpy(), dtype=np.int64)
    return np.array(column.to_pylist(), dtype=object)


def _last_changes(grouped: Mapping[str, npt.NDArray[Any]], paths: int) -> npt.NDArray[np.int64]:
    """Last moment of each path, -1 for a path nobody was seen to change."""
    last = np.full(paths, -1, dtype=np.int64)
    np.maximum.at(last, grouped["file"], grouped["last"])
    return last


def _times(moments: npt.NDArray[np.int64], commits: pa.Table) -> pa.ChunkedArray:
    return _lookup(moments, commits["author_time"])


def _names(moments: npt.NDArray[np.int64], commits: pa.Table) -> pa.ChunkedArray:
    return _lookup(moments, commits["commit"])


def _lookup(moments: npt.NDArray[np.int64], column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.take(pa.array(moments, mask=moments < 0))


def _files(
    portfolio: Portfolio,
    tracked: pa.Table,
    grouped: Mapping[str, npt.NDArray[Any]],
    last: npt.NDArray[np.int64],
    commits: pa.Table,
) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """FILE rows, and for each the row of ``tracked`` it was made from: a file of two systems appears twice."""
    repositories, paths = tracked["repository"].to_pylist(), tracked["path"].to_pylist()
    lines = pc.fill_null(tracked["lines"], 0).to_pylist()
    source = pc.equal(tracked["kind"], "source").to_pylist()
    claims: dict[str, dict[tuple[str, str], int]] = {system.id: {} for system in portfolio.systems}
    homes: list[list[str]] = []
    scopes = {repository: systems_of(portfolio, repository) for repository in set(repositories)}
    for repository, path, count, is_source in zip(repositories, paths, lines, source, strict=True):
        if not is_source:
            homes.append([])
            continue
        found = [system.id for system, holds in scopes[repository] if holds(path)]
        for system in found:
            claims[system][repository, path] = count
        homes.append(found)
    components = {system.id: components_of(system, claims[system.id]) for system in portfolio.systems}
    origin: list[int] = []
    systems: list[str | None] = []
    parts: list[str | None] = []
    for row, found in enumerate(homes):
        if not source[row]:
            continue
        declared: list[str | None] = [*found]
        for home in declared or [None]:
            origin.append(row)
            systems.append(home)
            parts.append(components[home][repositories[row], paths[row]] if home is not None else None)
    rows = np.array(origin, dtype=np.int64)
    recent = np.bincount(grouped["file"], weights=grouped["recent"], minlength=tracked.num_rows)[rows]
    size = np.array(lines, dtype=np.float64)[rows]
    taken = tracked.take(pa.array(rows))
    columns = {
        "file": pa.array(np.arange(len(rows), dtype=np.int32)),
        "repository": taken["repository"],
        "path": taken["path"],
        "system": pa.array(systems, pa.string()),
        "component": pa.array(parts, pa.string()),
        "lines": pa.array(size.astype(np.int32)),
        "changes_365d": pa.array(recent.astype(np.int32)),
        "weight": pa.array(size * (1.0 + np.log1p(recent))),
        "last_change": _times(last[rows], commits),
        "last_commit": _names(last[rows], commits),
    }
    return pa.table(columns, schema=FILE), rows


def _holders(grouped: Mapping[str, npt.NDArray[Any]], origin: npt.NDArray[np.int64], commits: pa.Table) -> pa.Table:
    """HOLDER rows: the aggregate without the class of evidence, once per file made from its path."""
    folded = _fold(grouped, ("person", "organisation"))
    first = folded["first_added"]
    earliest = np.full(int(folded["file"].max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(earliest, folded["file"], first)
    created = (folded["additions"] > 0) & (first == earliest[folded["file"]])
    file, row = _spread(folded["file"], origin)
    columns: dict[str, Any] = {"file": pa.array(file.astype(np.int32))}
    columns["person"] = pa.array(folded["person"][row], pa.string())
    columns["organisation"] = pa.array(folded["organisation"][row], pa.string())
    for name in ("changes", "authored", "additions", "unmeasured"):
        columns[name] = pa.array(folded[name][row].astype(np.int32))
    columns["created"] = pa.array(created[row])
    columns["last_change"] = _times(folded["last"][row], commits)
    columns["last_commit"] = _names(folded["last"][row], commits)
    for name in _MASSES:
        columns[name] = pa.array(folded[name][row])
    return pa.table({name: columns[name] for name in HOLDER.names}, schema=HOLDER)


def _classes(grouped: Mapping[str, npt.NDArray[Any]], origin: npt.NDArray[np.int64]) -> pa.Table:
    folded = _fold(grouped, ("evidence_class",))
    file, row = _spread(folded["file"], origin)
    columns = {
        "file": pa.array(file.astype(np.int32)),
        "evidence_class": pa.array(folded["evidence_class"][row], pa.string()),
        "changes": pa.array(folded["changes"][row].astype(np.int32)),
        "undecayed": pa.array(folded["undecayed"][row]),
        "decayed": pa.array(folded["decayed"][row]),
    }
    return pa.table(columns, schema=CLASS)


def _fold(grouped: Mapping[str, npt.NDArray[Any]], names: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    """Sum the aggregate over what is not named, sorted by file and names."""
    functions = {"first_added": "min", "last": "max"}
    keys = ["file", *names]
    values = [name for name in grouped if name not in ("file", "person", "organisation", "evidence_class")]
    types = {name: pa.string() if column.dtype == object else pa.int64() for name, column in grouped.items()}
    table = pa.table({name: pa.array(grouped[name], types[name]) for name in [*keys, *values]})
    result = table.group_by(keys).aggregate([(name, functions.get(name, "sum")) for name in values])
    result = result.sort_by([(name, "ascending") for name in keys])
    folded = {name: _array(result[name]) for name in keys}
    return folded | {name: _array(result[f"{name}_{functions.get(name, 'sum')}"]) for name in values}


def _spread(
    file: npt.NDArray[np.int64], origin: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """File ids and rows of a table sorted by path row, once per file made from that path row, sorted by file id."""
    starts = np.searchsorted(file, origin, side="left")
    counts = np.searchsorted(file, origin, side="right") - starts
    ids = np.repeat(np.arange(len(origin), dtype=np.int64), counts)
    offsets = np.arange(len(ids), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)
    return ids, np.repeat(starts, counts) + offsets


def _path_changes(tracked: pa.Table, last: npt.NDArray[np.int64], commits: pa.Table) -> pa.Table:
    columns = [tracked["repository"], tracked["path"], tracked["kind"], _times(last, commits)]
    return pa.table(columns, schema=PATH_CHANGE)


def _excluded(snapshots: pa.Table) -> dict[str, int]:
    rules = pc.value_counts(snapshots["excluded"].drop_null()).to_pylist()
    return {item["values"]: item["counts"] for item in sorted(rules, key=lambda item: item["values"])}
