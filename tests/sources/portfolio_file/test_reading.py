"""What a good portfolio becomes, and what its digest depends on."""

from __future__ import annotations

import sys
import time
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from copartner.evidence.portfolio import (
    Affiliation,
    Company,
    Criticality,
    Duration,
    DurationUnit,
    EmailDomain,
    PartnerKind,
    RenewalMode,
    RepositoryScope,
    Tier,
)
from copartner.sources.portfolio_file import load_portfolio, parse_portfolio
from copartner.sources.portfolio_file.identifiers import lei_problem, vat_problem
from copartner.sources.portfolio_file.mail_domains import is_corporate

HERE = Path(__file__).parent
GOOD = (HERE / "good.yaml").read_text(encoding="utf-8")


def test_a_good_portfolio() -> None:
    portfolio = load_portfolio(HERE / "good.yaml")
    assert portfolio.company == Company("hansekontor", "Hansekontor")
    nordhang, quendel = portfolio.partners
    assert (nordhang.kind, nordhang.tier, nordhang.owner) == (PartnerKind.AGENCY, Tier.STRATEGIC, "mara-wendt")
    assert nordhang.identifiers == {"lei": "HANSEKONTOR000000091", "vat": "DE123456789", "duns": "012345678"}
    assert (quendel.kind, quendel.tier, dict(quendel.identifiers)) == (PartnerKind.SOFTWARE_HOUSE, None, {})
    assert portfolio.domains == (
        EmailDomain("hansekontor.example", "hansekontor"),
        EmailDomain("old.example", "hansekontor", date(2015, 1, 1), date(2018, 12, 31)),
        EmailDomain("nordhang.example", "nordhang"),
        EmailDomain("altdorf.example", "altdorf"),
    )
    mara, kim = portfolio.people
    assert mara.emails == ("mara@hansekontor.example", "mara@home.example")
    assert mara.affiliations == (
        Affiliation("nordhang", None, date(2018, 12, 31)),
        Affiliation("hansekontor", date(2019, 1, 1), None),
    )
    assert (kim.name, kim.affiliations) == (None, ())
    [system] = portfolio.systems
    assert system.criticality is Criticality.HIGH
    assert system.repositories == (
        RepositoryScope("payments-api"),
        RepositoryScope("mono", ("pay/**",), ("pay/vendor/**",)),
    )
    assert (system.recovery_time_hours, system.recovery_point_hours) == (4, 0.5)
    assert portfolio.engagements[0].start == date(2024, 1, 1)
    [contract] = portfolio.contracts
    assert (contract.renewal, contract.renewal_term) == (RenewalMode.TACIT, Duration(12, DurationUnit.MONTHS))
    assert contract.notice.partner == Duration(2, DurationUnit.QUARTERS)
    assert contract.notice.received is False
    assert contract.internal_lead == Duration(10, DurationUnit.BUSINESS_DAYS)
    assert (portfolio.settings.half_life_days, portfolio.settings.activity_window_days) == (180, 365)
    assert portfolio.note == "An invented portfolio"


def test_the_smallest_portfolio() -> None:
    portfolio = parse_portfolio("apiVersion: copartner/v1\nkind: Portfolio\ncompany: {id: a, name: A}\npartners:\n")
    assert portfolio.partners == portfolio.people == portfolio.contracts == ()
    assert (portfolio.settings.half_life_days, portfolio.note) == (365, None)


@pytest.mark.parametrize(
    "same",
    [
        GOOD.replace("kind: Portfolio\n", "") + "kind: Portfolio\n",
        GOOD.replace('"2024-01-01"', "2024-01-01").replace("kind: agency", "kind: 'agency' # since 2012"),
        GOOD.replace("quendel\n    name: Quendel Labs", "'quendel'\n    name: >-\n      Quendel\n      Labs"),
        GOOD.replace("half_life_days: 180", "activity_window_days: 365, half_life_days: 180"),
        "\ufeff" + GOOD.replace("\n", "\r\n"),
    ],
    ids=["key order", "comment and quotes", "block text", "default spelled out", "byte order mark and CRLF"],
)
def test_layout_does_not_change_the_digest(same: str) -> None:
    assert same != GOOD
    assert parse_portfolio(same) == parse_portfolio(GOOD)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("half_life_days: 180", "half_life_days: 181"),
        ("to: 2018-12-31}\n", "to: 2018-12-30}\n"),
        ("must_be: sent", "must_be: received"),
        ("name: Altdorf Soft", "name: Altdorf"),
        ('["pay/**"]', '["pay/**", "x"]'),
        ('note: "An', 'note: "Another'),
    ],
)
def test_content_changes_the_digest(old: str, new: str) -> None:
    changed = GOOD.replace(old, new)
    assert changed != GOOD
    assert parse_portfolio(changed).sha256 != parse_portfolio(GOOD).sha256


def test_the_digest_is_pinned() -> None:
    """Frozen assessments name it, so that a change of the canonical form must be a decision."""
    smallest = parse_portfolio("apiVersion: copartner/v1\nkind: Portfolio\ncompany: {id: a, name: A}\n")
    content = (
        b'{"company":{"id":"a","name":"A"},"settings":{"abandoned_after_days":365,"activity_window_days":365,'
        b'"half_life_days":365,"limits":{}}}'
    )
    assert smallest.sha256 == sha256(content).hexdigest()


def test_without_the_c_library_the_result_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = parse_portfolio(GOOD)
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert parse_portfolio(GOOD) == expected


def test_two_hundred_people_load_in_less_than_half_a_second_of_cpu() -> None:
    stints = "[{organisation: nordhang, to: 2019-12-31}, {organisation: hansekontor, from: 2020-01-01}]"
    people = "".join(
        f"  - id: p{i}\n    name: P {i}\n    emails: [p{i}@a.example, p{i}@b.example]\n    affiliations: {stints}\n"
        for i in range(200)
    )
    text = GOOD.replace("bots:\n", people + "bots:\n")
    if sys.gettrace() is not None:
        pytest.skip("a tracer is at work: the time would be its own")
    started = time.process_time()
    portfolio = parse_portfolio(text)
    assert time.process_time() - started < 0.5
    assert len(portfolio.people) == 202


def test_lei_check_digits_of_iso_17442() -> None:
    """The example of the standard's annex, and single errors it must catch."""
    assert lei_problem("5493001KJTIIGC8Y1R12") is None
    assert lei_problem("5493001KJTIIGC8Y1R21") is not None
    assert lei_problem("5493001KJTIICG8Y1R12") is not None


@pytest.mark.parametrize(
    ("vat", "right"),
    [
        ("ATU12345678", True),
        ("NL123456789B01", True),
        ("NL 1234.56.789.B01", True),
        ("CHE-123.456.789 MWST", True),
        ("US123456789", True),
        ("ES12345678", False),
        ("GR123456789", False),
        ("FR1234567890", False),
    ],
)
def test_vat_numbers(vat: str, right: bool) -> None:
    assert (vat_problem(vat) is None) is right


@pytest.mark.parametrize(
    ("domain", "right"),
    [
        ("nordhang.example", True),
        ("linux.vnet.nordhang.example", True),
        ("gmail.com", False),
        ("123+kim.users.noreply.github.com", False),
        ("users.noreply.github.com", False),
        ("localhost", False),
        ("laptop.local", False),
        ("laptop.(none)", False),
        ("5eb6a1a8-0c06-4d8a-9f5f-0d1e2a3b4c5d", False),
        ("192.168.0.7", False),
        ("a..b", False),
        ("", False),
    ],
)
def test_which_domains_say_for_whom_somebody_works(domain: str, right: bool) -> None:
    assert is_corporate(domain) is right
