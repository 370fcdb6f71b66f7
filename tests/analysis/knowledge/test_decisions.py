"""Decision records: whose decision it was, on the day it was taken."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import pytest

from copartner.analysis.catalogue import compute_all
from copartner.analysis.knowledge.decisions import Deciders
from copartner.evidence.portfolio import Affiliation, EmailDomain, Person
from knowledge_evidence import Evidence, a_portfolio

DAY = date(2025, 6, 1)
DIGEST = "sha256:" + hashlib.sha256(b"ida@mail.example").hexdigest()
PEOPLE = (
    Person("mara-wendt", "Mara Wendt", ("mara@company.example",), (Affiliation("company", date(2020, 1, 1)),)),
    Person("bo", "Bo Lind", ("bo@nordhang.example",), (Affiliation("nordhang"),)),
    Person(
        "tom",
        "Tom Grau",
        (),
        (Affiliation("nordhang", None, date(2025, 12, 31)), Affiliation("company", date(2026, 1, 1))),
    ),
    Person("ida", None, (DIGEST,), (Affiliation("company", None, date(2024, 1, 1)),)),
    Person("twin-1", "Kim Roth", (), (Affiliation("company"),)),
    Person("twin-2", "Kim Roth", (), (Affiliation("nordhang"),)),
    Person("dom", "Dom Ain", ("dom@company.example",), ()),
)


def portfolio():
    found = a_portfolio(people=PEOPLE)
    domains = (EmailDomain("company.example", "company"), EmailDomain("nordhang.example", "nordhang"))
    return replace(found, domains=domains)


@pytest.mark.parametrize(
    ("written", "on", "expected"),
    [
        ("mara-wendt", DAY, "company"),
        ("@Mara-Wendt", DAY, "company"),
        ("mara wendt", DAY, "company"),
        ("Mara Wendt (Platform)", DAY, "company"),
        ("Mara Wendt <mara@company.example>", DAY, "company"),
        ("new.hire@nordhang.example", DAY, "nordhang"),
        ("Tom Grau", DAY, "nordhang"),
        ("Tom Grau", date(2026, 6, 1), "company"),
        ("Tom Grau", None, None),
        ("Bo Lind", None, "nordhang"),
        ("bo@nordhang.example", None, "nordhang"),
        ("stranger@nordhang.example", None, None),
        ("ida@mail.example", date(2023, 1, 1), "company"),
        ("ida@mail.example", DAY, None),
        ("Kim Roth", DAY, None),
        ("Dom Ain", DAY, "company"),
        ("ida", DAY, None),
        ("Nordhang", DAY, "nordhang"),
        ("the architects", DAY, None),
        ("", DAY, None),
    ],
)
def test_deciders_are_resolved_on_the_day_of_the_decision(written, on, expected):
    assert Deciders(portfolio()).organisation(written, on) == expected


def value(evidence: Evidence, key: str = "system=app"):
    return next(v for v in compute_all(evidence.base()) if v.measure == "adr_internal" and v.subject.key == key)


def test_share_of_accepted_records_with_one_of_ours():
    evidence = Evidence(portfolio())
    evidence.decision("adr/1.md", ["Mara Wendt", "the architects"], decided_on=DAY)
    evidence.decision("adr/2.md", ["Bo Lind"], decided_on=DAY)
    evidence.decision("adr/3.md", ["Tom Grau"], decided_on=DAY)
    evidence.decision("adr/4.md", ["Bo Lind", "the architects"], decided_on=DAY)
    evidence.decision("adr/5.md", [], decided_on=DAY)
    evidence.decision("adr/6.md", ["Bo Lind"], decided_on=DAY, status="proposed")
    evidence.decision("adr/7.md", ["Bo Lind"], decided_on=DAY, status=None)
    found = value(evidence)
    assert found.value == pytest.approx(1 / 3, abs=1e-6)
    assert found.interval == (0.2, 0.6)
    assert found.coverage == 0.6
    assert found.inputs == {
        "decisions_internal": 1,
        "decisions_known": 3,
        "decisions_accepted": 5,
        "decisions_partner_only": 2,
        "decisions_unknown": 2,
        "records": 7,
        "decisions_only_nordhang": 2,
    }
    assert [row[1] for row in found.rows.rows] == ["adr/2.md", "adr/3.md", "adr/4.md", "adr/5.md", "adr/1.md"]
    assert found.rows.rows[0][4:] == ("nordhang", "partner")
    assert found.rows.rows[-1][4:] == ("company, unknown", "internal")


def test_another_organisation_deciding_is_neither_ours_nor_the_partners():
    evidence = Evidence(portfolio())
    evidence.decision("adr/1.md", ["Altdorf"], decided_on=DAY)
    found = value(evidence, "portfolio")
    assert (found.value, found.inputs["decisions_partner_only"], found.rows.rows[0][5]) == (0.0, 0, "other")


def test_nothing_recorded_nothing_accepted_and_nobody_resolved_are_three_reasons():
    evidence = Evidence(portfolio())
    assert value(evidence).reason == "no decision records"
    evidence.decision("adr/1.md", ["Mara Wendt"], status="proposed")
    assert value(evidence).reason == "no decision record is accepted"
    evidence.decision("adr/2.md", ["the architects"], decided_on=DAY)
    found = value(evidence)
    assert (found.value, found.reason) == (None, "the deciders of no accepted record can be told")
