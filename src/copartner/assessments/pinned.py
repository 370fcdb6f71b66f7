"""The evidence an assessment reads: rows that belong to its pinned heads, and their hash.

The ledger may hold more than an assessment looks at: later commits, other heads, other repositories. An assessment must
give the same result whatever else was collected, so it reads only what its heads reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copartner.evidence import tables
from copartner.evidence.snapshot import Snapshot, content_hash

BY_HEAD = (
    tables.REPOSITORY_HEAD,
    tables.MAILMAP_CONTACT,
    tables.FILE_SNAPSHOT,
    tables.FILE_LINEAGE,
    tables.DOCUMENT_REFERENCE,
    tables.DECISION_RECORD,
)
BY_COMMIT = (tables.COMMIT, tables.CO_AUTHOR, tables.FILE_CHANGE)


@dataclass(frozen=True)
class PinnedEvidence:
    """``rows`` by table name, cut to what the heads reach, without provenance columns; ``hashes`` of each content."""

    heads: Mapping[str, str]
    rows: Mapping[str, pa.Table]
    hashes: Mapping[str, str]

    def __getitem__(self, table: tables.Table) -> pa.Table:
        return self.rows[table.name]


def read_pinned(snapshot: Snapshot, heads: Mapping[str, str]) -> PinnedEvidence:
    """Read the evidence of ``heads`` (repository → commit). Raises ``EvidenceError`` where a file is damaged."""
    read: dict[str, pa.Table] = {}
    repositories = sorted(heads)
    for table in BY_HEAD:
        rows = snapshot.arrow(table, columns=table.schema.names, where={"repository": repositories})
        read[table.name] = rows.filter(_at_heads(rows, heads))
    commits = snapshot.arrow(tables.COMMIT, columns=tables.COMMIT.schema.names, where={"repository": repositories})
    reached = commits.filter(reachable(commits, heads))
    contacts = read[tables.MAILMAP_CONTACT.name]
    read[tables.COMMIT.name] = _mapped(reached, contacts, "author_")
    everything = reached.num_rows == commits.num_rows
    for table in (tables.CO_AUTHOR, tables.FILE_CHANGE):
        rows = snapshot.arrow(table, columns=table.schema.names, where={"repository": repositories})
        if not everything:
            rows = rows.join(reached.select(["repository", "commit"]), ["repository", "commit"], join_type="left semi")
        read[table.name] = _mapped(rows, contacts, "") if table is tables.CO_AUTHOR else rows
    hashes = {name: content_hash(rows) for name, rows in sorted(read.items())}
    return PinnedEvidence(dict(heads), read, hashes)


def _at_heads(rows: pa.Table, heads: Mapping[str, str]) -> pa.ChunkedArray:
    keys = pc.binary_join_element_wise(rows["repository"], rows["head"], " ")
    return pc.is_in(keys, pa.array([f"{repository} {head}" for repository, head in heads.items()], pa.string()))


def _mapped(rows: pa.Table, contacts: pa.Table, prefix: str) -> pa.Table:
    """The rows with names and addresses as the pinned heads' mailmaps have them.

    A commit is recorded once, with what the mailmap said then; another head may say something else about it.
    """
    raw = {part: rows[f"{prefix}{part}_raw"] for part in ("name", "email")}
    known = _contact(contacts["repository"], contacts["name_raw"], contacts["email_raw"])
    found = pc.index_in(_contact(rows["repository"], raw["name"], raw["email"]), value_set=known)
    for part, recorded in raw.items():
        column = rows.schema.get_field_index(f"{prefix}{part}")
        said = contacts[part].take(found) if contacts.num_rows else recorded
        rows = rows.set_column(column, rows.schema.field(column), pc.coalesce(said, recorded))
    return rows


def _contact(repository: pa.ChunkedArray, name: pa.ChunkedArray, email: pa.ChunkedArray) -> pa.ChunkedArray:
    # A zero byte stands in no name that git accepts, so no two contacts run together.
    return pc.binary_join_element_wise(repository, name, email, "\0")


def reachable(commits: pa.Table, heads: Mapping[str, str]) -> pa.Array:
    """Mask of the commits that the pinned heads reach over parents; a parent that is not recorded ends its line."""
    keys = pc.binary_join_element_wise(commits["repository"], commits["commit"], " ").to_pylist()
    position = {key: index for index, key in enumerate(keys)}
    repositories = commits["repository"].to_pylist()
    parents = commits["parents"].combine_chunks() if commits.num_rows else pa.array([], pa.list_(pa.string()))
    if isinstance(parents, pa.ChunkedArray):
        parents = parents.chunk(0)
    offsets = parents.offsets.to_pylist()
    names = parents.values.to_pylist()
    seen = np.zeros(commits.num_rows, dtype=bool)
    queue = [position[key] for repository, head in heads.items() if (key := f"{repository} {head}") in position]
    seen[queue] = True
    while queue:
        index = queue.pop()
        for parent in names[offsets[index] : offsets[index + 1]]:
            above = position.get(f"{repositories[index]} {parent}")
            if above is not None and not seen[above]:
                seen[above] = True
                queue.append(above)
    return pa.array(seen)
