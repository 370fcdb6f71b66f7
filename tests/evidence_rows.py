"""Small evidence for tests of the ledger: rows whose values follow from a number, so that any subset can be made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from copartner.evidence.ledger import Ledger
from copartner.evidence.tables import COMMIT, FILE_CHANGE

START = datetime(2020, 1, 1, tzinfo=UTC)


def commits(numbers: Iterable[int], repository: str = "payments") -> pa.Table:
    """One row of table ``commit`` per number."""
    rows = [
        {
            "repository": repository,
            "commit": f"{number:040x}",
            "parents": [f"{number - 1:040x}"] if number else [],
            "is_merge": False,
            "author_name_raw": f"Ann {number % 3}",
            "author_email_raw": f"ann{number % 3}@example.org",
            "author_name": "Ann",
            "author_email": "ann@example.org",
            "author_time": START + timedelta(hours=number),
            "author_offset_minutes": 60,
            "commit_time": START + timedelta(hours=number, minutes=5),
            "subject": f"Change {number}",
        }
        for number in numbers
    ]
    return pa.Table.from_pylist(rows, schema=COMMIT.schema)


def changes(numbers: Iterable[int], repository: str = "payments") -> pa.Table:
    """Two rows of table ``file_change`` per number; the second is a rename of unknown size."""
    rows = []
    for number in numbers:
        common = {"repository": repository, "commit": f"{number:040x}"}
        rows.append(
            common
            | {
                "path": f"src/a{number % 5}.py",
                "status": "M",
                "old_blob": f"{number:040x}",
                "new_blob": f"{number + 1:040x}",
                "added": number,
                "deleted": number % 7,
                "content": "text",
            }
        )
        rows.append(
            common
            | {
                "path": f"doc/ü{number}.md",
                "old_path": "README",
                "status": "R",
                "similarity": 90,
                "content": "missing",
            }
        )
    return pa.Table.from_pylist(rows, schema=FILE_CHANGE.schema)


def collect(ledger: Ledger, numbers: Iterable[int], repository: str = "payments", connection: str = "payments") -> None:
    """One batch of commits, their changes and a raw record per commit."""
    numbers = list(numbers)
    with ledger.collection(source="git", connection=connection) as batch:
        batch.add_raw("commit", [f"{n:040x}" for n in numbers], [b"commit %d \xff" % n for n in numbers])
        batch.add(COMMIT, commits(numbers, repository))
        batch.add(FILE_CHANGE, changes(numbers, repository))
