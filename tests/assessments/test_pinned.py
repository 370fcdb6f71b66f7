"""An assessment reads what its heads reach, whatever else the ledger holds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from copartner.assessments.pinned import reachable, read_pinned
from copartner.evidence.ledger import Ledger
from copartner.evidence.tables import CO_AUTHOR, COMMIT, FILE_CHANGE, FILE_SNAPSHOT, MAILMAP_CONTACT

TIME = datetime(2026, 1, 1, tzinfo=UTC)


def commits(*rows: tuple[str, str, list[str]]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "repository": repository,
                "commit": commit,
                "parents": parents,
                "is_merge": len(parents) > 1,
                "author_name_raw": "a",
                "author_email_raw": "a@b.example",
                "author_name": "a",
                "author_email": "a@b.example",
                "author_time": TIME,
                "author_offset_minutes": 0,
                "commit_time": TIME,
                "subject": "s",
            }
            for repository, commit, parents in rows
        ],
        schema=COMMIT.schema,
    )


def changes(*rows: tuple[str, str]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"repository": repository, "commit": commit, "path": "f", "status": "M", "content": "text"}
            for repository, commit in rows
        ],
        schema=FILE_CHANGE.schema,
    )


HISTORY = commits(
    ("r", "4", ["3", "2"]), ("r", "3", ["1"]), ("r", "2", ["1"]), ("r", "1", ["cut"]), ("s", "2", []), ("r", "5", ["4"])
)


def test_reachable_follows_every_parent_within_one_repository() -> None:
    found = HISTORY.filter(reachable(HISTORY, {"r": "4"}))
    assert sorted(zip(found["repository"].to_pylist(), found["commit"].to_pylist(), strict=True)) == [
        ("r", "1"),
        ("r", "2"),
        ("r", "3"),
        ("r", "4"),
    ]
    assert HISTORY.filter(reachable(HISTORY, {})).num_rows == 0
    assert reachable(HISTORY.slice(0, 0), {"r": "4"}).to_pylist() == []


def test_names_are_those_of_the_pinned_heads_mailmap(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path)
    contact = {
        "repository": "r",
        "name_raw": "a",
        "email_raw": "a@b.example",
        "name": "Anna",
        "email": "anna@c.example",
    }
    with ledger.collection(source="git", connection="r") as batch:
        batch.add(COMMIT, HISTORY)
        batch.add(MAILMAP_CONTACT, pa.Table.from_pylist([{**contact, "head": "5"}], schema=MAILMAP_CONTACT.schema))
    later = read_pinned(ledger.snapshot(), {"r": "5", "s": "2"})[COMMIT]
    names = dict(zip(later["repository"].to_pylist(), later["author_name"].to_pylist(), strict=True))
    assert names == {"r": "Anna", "s": "a"}
    assert set(later["author_name_raw"].to_pylist()) == {"a"}
    earlier = read_pinned(ledger.snapshot(), {"r": "4"})[COMMIT]
    assert set(earlier["author_email"].to_pylist()) == {"a@b.example"}


def test_later_evidence_does_not_change_what_a_pinned_head_reads(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path)
    with ledger.collection(source="git", connection="r") as batch:
        batch.add(COMMIT, HISTORY.filter(reachable(HISTORY, {"r": "4"})))
        batch.add(FILE_CHANGE, changes(("r", "4"), ("r", "1")))
    before = read_pinned(ledger.snapshot(), {"r": "4"})
    with ledger.collection(source="git", connection="r") as batch:
        batch.add(COMMIT, HISTORY)
        batch.add(FILE_CHANGE, changes(("r", "5"), ("s", "2")))
    after = read_pinned(ledger.snapshot(), {"r": "4"})
    assert after.hashes == before.hashes
    assert after[FILE_CHANGE].num_rows == 2
    assert after[CO_AUTHOR].num_rows == after[FILE_SNAPSHOT].num_rows == 0
    assert read_pinned(ledger.snapshot(), {"r": "5"}).hashes != before.hashes
