"""One reading of a repository's history, from git's answers to evidence rows.

The same lines run when a repository is collected (git answers, a listener keeps what it says) and when the raw records
are replayed (the records answer), so the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from copartner.evidence import tables
from copartner.sources.git.history import History, read_history
from copartner.sources.git.mapping import ChangeRows, Pair, Rows, map_history, map_tags
from copartner.sources.git.references import parse_tags
from copartner.sources.git.repository import GitRepository
from copartner.sources.git.transcript import CHURN, TAGS, Churn, RawRecord, Replay, read_churn, transcripts


@dataclass(frozen=True, slots=True)
class Reading:
    """A history and the rows made of it. `cut` are those of its commits at which a shallow clone ends."""

    history: History
    rows: Rows
    churn: Churn
    cut: frozenset[bytes]


def read_and_map(
    source: GitRepository,
    repository: str,
    head: str,
    bases: Sequence[str],
    churn_of: Callable[[list[Pair]], Churn],
    then: Callable[[str], None] = lambda _: None,
) -> Reading:
    """Read the history of commit `head` without what `bases` reach, and map it.

    `churn_of` compares pairs of file versions; `then` is told which step comes next. Raises `GitError`.
    """
    history = read_history(source, head, exclude=bases, merges=False)
    cut = frozenset(history.cut).intersection(history.commit.tolist()) if history.cut else frozenset()
    parents = _true_parents(source, sorted(cut))
    changes = ChangeRows(history)
    then("churn")
    churn = churn_of(changes.pairs)
    then("mapping")
    return Reading(history, map_history(repository, changes, churn, parents), churn, cut)


def _true_parents(source: GitRepository, cut: Sequence[bytes]) -> dict[bytes, list[bytes]]:
    """The parents that commits name themselves, whatever a shallow clone shows of them."""
    parents: dict[bytes, list[bytes]] = {}
    output = source.run("cat-file", "--batch", "--buffer", stdin=b"\n".join(cut) + b"\n") if cut else b""
    position = 0
    for name in cut:
        end = output.index(b"\n", position)
        size = int(output[position:end].split()[2])
        header = output[end + 1 : end + 1 + size].partition(b"\n\n")[0]
        parents[name] = [line[7:] for line in header.split(b"\n") if line.startswith(b"parent ")]
        position = end + 1 + size + 1
    return parents


def replay(repository: str, records: Iterable[RawRecord]) -> Rows:
    """Map the raw records of `repository` again, without the repository.

    Returns the rows of ``commit``, ``co_author``, ``file_change`` and ``tag``: those that git's log and listing of tags
    tell. What is said about contents (file snapshots, references, decision records) is read from the files themselves,
    which the object names in those rows identify. Raises `LookupError` where records are incomplete or were made by
    another version of the reader.
    """
    kept = list(records)
    churns = {record.native_key: read_churn(record) for record in kept if record.kind == CHURN}
    parts: dict[tables.Table, list[pa.Table]] = {}
    for transcript in transcripts(kept):
        recorded = churns.get(f"{transcript.head} {transcript.scope}")

        def churn_of(pairs: list[Pair], recorded: Churn | None = recorded) -> Churn:
            if recorded is None or len(recorded[0]) != len(pairs):
                raise LookupError(f"the raw records hold no line counts for the {len(pairs)} pairs of this reading")
            return recorded

        reading = read_and_map(Replay(transcript), repository, transcript.head, transcript.bases, churn_of)
        for table, rows in reading.rows.items():
            parts.setdefault(table, []).append(rows)
    for record in sorted((r for r in kept if r.kind == TAGS), key=lambda r: r.native_key):
        parts.setdefault(tables.TAG, []).append(map_tags(repository, parse_tags(record.payload)))
    return {table: pa.concat_tables(found) for table, found in parts.items()}
