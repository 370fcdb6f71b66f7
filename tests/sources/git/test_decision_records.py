"""Decision records in the formats people use."""

from __future__ import annotations

from datetime import date

import pytest

from copartner.sources.git.decision_records import DecisionRecord, is_record_path, parse_record

MADR4 = b"""---
status: "accepted"
date: 2024-03-05
decision-makers: [Ann Smith, "@bob", carol@example.org]
consulted: Dan
informed: everyone
---

# Use PostgreSQL for the ledger

## Context and Problem Statement

Text with `Deciders: nobody`.

## Decision Outcome

Chosen option: "PostgreSQL".

### Confirmation

Status: rejected
"""

MADR3 = b"""---
status: superseded by [ADR-0005](0005-example.md)
date: 2022-11-30
deciders: Ann Smith, Bob and Carol
---
# Keep SQLite

## Context and Problem Statement
x
## Decision Outcome
y
### Validation
z
"""

MADR2 = b"""# Use Markdown Architectural Decision Records

* Status: accepted
* Deciders: [Ann Smith](mailto:ann@example.org), [@bob](https://github.com/bob), Carol
* Date: 2020-02-29

Technical Story: none

## Context and Problem Statement

* Deciders: not this one

## Decision Outcome
"""

ADR_TOOLS = b"""# 12. Record architecture decisions

Date: 2016-02-12

## Status

Accepted

Amended by [13. Another](0013-another.md)

## Context

Deciders: prose that is no field.

## Decision

We will.
"""


def test_madr_4() -> None:
    assert parse_record("docs/decisions/0001-db.md", MADR4) == DecisionRecord(
        "madr4",
        "Use PostgreSQL for the ledger",
        "accepted",
        date(2024, 3, 5),
        ("Ann Smith", "@bob", "carol@example.org"),
    )


def test_madr_3() -> None:
    assert parse_record("docs/decisions/0002-db.md", MADR3) == DecisionRecord(
        "madr3", "Keep SQLite", "superseded", date(2022, 11, 30), ("Ann Smith", "Bob", "Carol")
    )


def test_madr_2() -> None:
    assert parse_record("docs/adr/0000-use-madr.md", MADR2) == DecisionRecord(
        "madr2",
        "Use Markdown Architectural Decision Records",
        "accepted",
        date(2020, 2, 29),
        ("Ann Smith <ann@example.org>", "@bob", "Carol"),
    )


def test_adr_tools() -> None:
    assert parse_record("doc/adr/0012-record-architecture-decisions.md", ADR_TOOLS) == DecisionRecord(
        "adr-tools", "Record architecture decisions", "accepted", date(2016, 2, 12), ()
    )


def test_a_section_names_the_deciders() -> None:
    text = b"# ADR-007: Queue\n\n## Status\nProposed\n\n## Deciders\n\n- Ann Smith (Acme)\n- Bob\n"
    record = parse_record("adr/ADR-007.md", text)
    assert record == DecisionRecord("other", "Queue", "proposed", None, ("Ann Smith (Acme)", "Bob"))


def test_a_nested_list_under_the_field() -> None:
    text = b"# Queue\n\n- Status: draft\n- Deciders:\n  - Ann\n  - Bob\n- Date: 31.12.2021\n\n## Context\n"
    record = parse_record("adr/0001-queue.md", text)
    assert record is not None
    assert (record.deciders, record.status, record.decided_on) == (("Ann", "Bob"), "proposed", date(2021, 12, 31))


def test_restructured_text_and_asciidoc() -> None:
    rst = b"Use queues\n==========\n\nStatus\n------\n\nAccepted\n\nContext\n-------\nx\n\nDecision\n--------\ny\n"
    record = parse_record("docs/adr/0001-queues.rst", rst)
    assert record == DecisionRecord("other", "Use queues", "accepted", None, ())
    adoc = b"= 3. Use queues\n\nDate: 2021-01-02\n\n== Status\n\nRejected\n"
    record = parse_record("docs/adr/0003-queues.adoc", adoc)
    assert record == DecisionRecord("adr-tools", "Use queues", "rejected", date(2021, 1, 2), ())


@pytest.mark.parametrize(
    ("path", "may_be"),
    [
        ("docs/decisions/0001-a.md", True),
        ("doc/adr/0001-a.md", True),
        ("adrs/a.markdown", True),
        ("svc/docs/architecture/Decisions/0001-a.md", True),
        ("docs/architecture-decisions/a.adoc", True),
        ("docs/decisions/adr-template.md", False),
        ("docs/decisions/0000-template.md", False),
        ("docs/decisions/README.md", False),
        ("docs/decisions/index.md", False),
        ("docs/decisions/0001-a.png", False),
        ("docs/0001-a.md", False),
        ("decisions.md", False),
    ],
)
def test_paths_of_records(path: str, may_be: bool) -> None:
    assert is_record_path(path) is may_be


@pytest.mark.parametrize(
    "text",
    [
        b"# {short title, representative of solved problem and found solution}\n\n## Context and Problem Statement\n",
        b"# [short title of solved problem and solution]\n\n* Status: [proposed | rejected | accepted]\n",
        b"# NUMBER. TITLE\n\nDate: DATE\n\n## Status\n\nSTATUS\n",
        b"# How we decide\n\nWe meet on Mondays.\n",
        b"",
        b"\xff\xfe\x00",
    ],
)
def test_templates_and_other_texts_are_no_records(text: bytes) -> None:
    assert parse_record("docs/decisions/how-we-decide.md", text) is None


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("Accepted", "accepted"),
        ("**Accepted** (2020-01-01)", "accepted"),
        ("approved", "accepted"),
        ("draft", "proposed"),
        ("Superseded by [2. x](0002-x.md)", "superseded"),
        ("Accepted\n\nSuperseded by ADR 9", "superseded"),
        ("Accepted\n\nSupersedes [1. x](0001-x.md)", "accepted"),
        ("Deprecated", "deprecated"),
        ("{proposed | rejected | accepted | deprecated}", None),
        ("On hold", "other"),
        ("", None),
    ],
)
def test_status(written: str, status: str | None) -> None:
    record = parse_record("adr/0001-x.md", f"# 1. X\n\n## Status\n\n{written}\n\n## Context\n".encode())
    assert record is not None
    assert record.status == status


@pytest.mark.parametrize(
    ("written", "deciders"),
    [
        ("{list everyone involved in the decision}", ()),
        ("n/a", ()),
        ("Ann; Bob & Carol", ("Ann", "Bob", "Carol")),
        ("Ann, Ann", ("Ann",)),
        ("Jürgen Groß <j.gross@example.org>", ("Jürgen Groß <j.gross@example.org>",)),
    ],
)
def test_deciders_as_written(written: str, deciders: tuple[str, ...]) -> None:
    record = parse_record("adr/0001-x.md", f'---\nstatus: accepted\ndeciders: "{written}"\n---\n# X\n'.encode())
    assert record is not None
    assert record.deciders == deciders


@pytest.mark.parametrize("written", ["2020-02-30", "soon", "YYYY-MM-DD", "99.99.2020", ""])
def test_a_date_that_is_none_stays_unknown(written: str) -> None:
    record = parse_record("adr/0001-x.md", f"---\nstatus: accepted\ndate: {written}\n---\n# X\n".encode())
    assert record is not None
    assert record.decided_on is None


def test_hostile_front_matter_is_survived() -> None:
    for front in (b"a: [" * 5000, b"status: {accepted\ndate: 2020-01-01", b"- 1\n- 2", b"a: &a [*a]", b"\t: x"):
        record = parse_record("adr/0001-x.md", b"---\n" + front + b"\n---\n# X\n\n## Status\n\nAccepted\n")
        assert record is not None
        assert record.title == "X"


def test_comments_and_code_are_not_read() -> None:
    text = b"# X\n\n<!-- * Status: rejected -->\n* Status: accepted\n\n```\n# Not a title\n```\n"
    record = parse_record("adr/0001-x.md", text)
    assert record is not None
    assert (record.title, record.status) == ("X", "accepted")
