"""Schemas of the typed evidence tables.

A row says what a source said and is never overwritten. Sources fill the columns named here; the ledger adds the
provenance columns (``PROVENANCE``) when it commits a batch. ``key`` is the natural key: a replay of the same
collection produces the same keys, and the ledger keeps one row per key.

Times are UTC microseconds. Paths are text: valid UTF-8 as is, anything else in git's C-quoted form, so that no path is
lost and none is ambiguous.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")

PROVENANCE: tuple[pa.Field, ...] = (
    pa.field("source", pa.string(), nullable=False),
    pa.field("connection", pa.string(), nullable=False),
    pa.field("batch", pa.string(), nullable=False),
    pa.field("observed_at", TIME, nullable=False),
)
"""Added by the ledger to each row of each table: which tool, which connection, which collection run, when seen."""


@dataclass(frozen=True, slots=True)
class Table:
    """A typed evidence table: name, columns without provenance, natural key, what it holds."""

    name: str
    schema: pa.Schema
    key: tuple[str, ...]
    doc: str

    @property
    def stored_schema(self) -> pa.Schema:
        """Columns as stored: the table's own, then provenance."""
        return pa.schema([*self.schema, *PROVENANCE])


def _table(
    name: str, key: tuple[str, ...], doc: str, *columns: tuple[str, pa.DataType] | tuple[str, pa.DataType, bool]
) -> Table:
    fields = [pa.field(c[0], c[1], nullable=len(c) == 3) for c in columns]
    return Table(name, pa.schema(fields), key, doc)


_S, _I, _L, _B = pa.string(), pa.int32(), pa.int64(), pa.bool_()
_NULL = True

RAW_RECORD = _table(
    "raw_record",
    ("connection", "kind", "native_key", "payload_sha256"),
    "What a source said, byte for byte, before any mapping; a mapping can be replayed from it offline. What is said "
    "anew about the same thing is a further row.",
    ("kind", _S),
    ("native_key", _S),
    ("payload", pa.binary()),
    ("payload_sha256", _S),
)

REPOSITORY_HEAD = _table(
    "repository_head",
    ("repository", "head"),
    "A head that was scanned whole. Limits of sight: where history is cut, how many objects are missing.",
    ("repository", _S),
    ("head", _S),
    ("commits", _I),
    ("missing_objects", _I),
    ("history_cut", _B),
    ("notes", pa.list_(_S)),
)

COMMIT = _table(
    "commit",
    ("repository", "commit"),
    "A commit with its author as recorded (raw) and as the mailmap of the head it was first seen from has it.",
    ("repository", _S),
    ("commit", _S),
    ("parents", pa.list_(_S)),
    ("is_merge", _B),
    ("author_name_raw", _S),
    ("author_email_raw", _S),
    ("author_name", _S),
    ("author_email", _S),
    ("author_time", TIME),
    ("author_offset_minutes", pa.int16()),
    ("commit_time", TIME),
    ("subject", _S),
)

CO_AUTHOR = _table(
    "co_author",
    ("repository", "commit", "ordinal"),
    "A Co-authored-by trailer, in the order written.",
    ("repository", _S),
    ("commit", _S),
    ("ordinal", pa.int16()),
    ("name_raw", _S),
    ("email_raw", _S),
    ("name", _S),
    ("email", _S),
)

MAILMAP_CONTACT = _table(
    "mailmap_contact",
    ("repository", "head", "name_raw", "email_raw"),
    "Whom the mailmap of a head says a raw contact to be; rows only where it says something else than the raw one.",
    ("repository", _S),
    ("head", _S),
    ("name_raw", _S),
    ("email_raw", _S),
    ("name", _S),
    ("email", _S),
)

FILE_CHANGE = _table(
    "file_change",
    ("repository", "commit", "path"),
    "What a non-merge commit did to a path. Line counts are null where they cannot be known (binary, missing object).",
    ("repository", _S),
    ("commit", _S),
    ("path", _S),
    ("old_path", _S, _NULL),  # set for renames and copies
    ("status", _S),  # A added, M modified, D deleted, R renamed, C copied, T type changed
    ("similarity", pa.int16(), _NULL),
    ("old_blob", _S, _NULL),
    ("new_blob", _S, _NULL),
    ("added", _I, _NULL),
    ("deleted", _I, _NULL),
    ("content", _S),  # text | binary | missing | too_large | submodule | symlink
)

TAG = _table(
    "tag",
    ("repository", "tag"),
    "A tag and the commit it leads to.",
    ("repository", _S),
    ("tag", _S),
    ("commit", _S),
    ("tagged_at", TIME, _NULL),
    ("annotated", _B),
)

FILE_SNAPSHOT = _table(
    "file_snapshot",
    ("repository", "head", "path"),
    "A file of the tree at a scanned head. ``excluded`` names the rule that takes it out of the source files in scope.",
    ("repository", _S),
    ("head", _S),
    ("path", _S),
    ("blob", _S),
    ("kind", _S),  # source | documentation | decision_record | data | other
    ("bytes", _L, _NULL),
    ("lines", _I, _NULL),
    ("excluded", _S, _NULL),  # generated | vendored | minified | binary | symlink | submodule | missing | too_large
    ("rule", _S, _NULL),  # the pattern or attribute that excluded it
)

FILE_LINEAGE = _table(
    "file_lineage",
    ("repository", "head", "commit", "path"),
    "The path at the head into which a changed path leads through renames; rows only where the two differ.",
    ("repository", _S),
    ("head", _S),
    ("commit", _S),
    ("path", _S),
    ("head_path", _S),
)

DOCUMENT_REFERENCE = _table(
    "document_reference",
    ("repository", "head", "path", "line", "target"),
    "A reference from a documentation file to a path of its repository, and whether that path exists.",
    ("repository", _S),
    ("head", _S),
    ("path", _S),
    ("line", _I),
    ("target", _S),
    ("resolved_path", _S, _NULL),
    ("exists", _B),
)

DECISION_RECORD = _table(
    "decision_record",
    ("repository", "head", "path"),
    "An architecture decision record. Deciders are as written: names, e-mail addresses or handles.",
    ("repository", _S),
    ("head", _S),
    ("path", _S),
    ("format", _S),  # madr3 | madr4 | adr-tools | other
    ("title", _S),
    ("status", _S, _NULL),  # accepted | proposed | rejected | deprecated | superseded | other
    ("decided_on", pa.date32(), _NULL),
    ("deciders", pa.list_(_S)),
)

AFFILIATION = _table(
    "affiliation",
    ("portfolio", "person", "email", "ordinal"),
    "A declared stint of a person, one row per e-mail (address or sha256 digest) and version of the portfolio.",
    ("portfolio", _S),  # sha256 of the portfolio's canonical content
    ("person", _S),
    ("email", _S),
    ("ordinal", pa.int16()),
    ("organisation", _S),
    ("valid_from", pa.date32(), _NULL),
    ("valid_to", pa.date32(), _NULL),
)

EMAIL_DOMAIN = _table(
    "email_domain",
    ("portfolio", "ordinal"),
    "A declared corporate e-mail domain with its validity, per version of the portfolio.",
    ("portfolio", _S),
    ("ordinal", _I),
    ("domain", _S),
    ("organisation", _S),
    ("valid_from", pa.date32(), _NULL),
    ("valid_to", pa.date32(), _NULL),
)

LINE_OWNERSHIP = _table(
    "line_ownership",
    ("repository", "head", "path", "start"),
    "Runs of living lines of a file at a head and the commit that last wrote them (as git blame attributes them).",
    ("repository", _S),
    ("head", _S),
    ("path", _S),
    ("start", _I),  # first line, 1-based
    ("length", _I),
    ("commit", _S, _NULL),  # null where this clone cannot show who wrote the lines
)

OWNERSHIP_HISTORY = _table(
    "ownership_history",
    ("repository", "head", "snapshot", "commit"),
    "Living lines at a past date by the commit that wrote them; snapshots follow the first parent by committer date.",
    ("repository", _S),
    ("head", _S),
    ("snapshot", pa.date32()),
    ("snapshot_commit", _S),
    ("commit", _S),
    ("lines", _I),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        RAW_RECORD,
        REPOSITORY_HEAD,
        COMMIT,
        CO_AUTHOR,
        MAILMAP_CONTACT,
        FILE_CHANGE,
        TAG,
        FILE_SNAPSHOT,
        FILE_LINEAGE,
        DOCUMENT_REFERENCE,
        DECISION_RECORD,
        AFFILIATION,
        EMAIL_DOMAIN,
        LINE_OWNERSHIP,
        OWNERSHIP_HISTORY,
    )
}
"""Every typed table by name. A new source adds its tables here first."""
