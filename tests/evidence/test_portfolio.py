"""Looking things up in a declared portfolio."""

from __future__ import annotations

import pytest

from copartner.evidence.portfolio import (
    Company,
    Criticality,
    Duration,
    DurationUnit,
    Organisation,
    Partner,
    PartnerKind,
    Person,
    Portfolio,
    Settings,
    System,
)

PORTFOLIO = Portfolio(
    company=Company("us", "Us"),
    partners=(Partner("nord", "Nord", PartnerKind.AGENCY),),
    organisations=(Organisation("alt", "Alt"),),
    domains=(),
    people=(Person("ines", "Ines", (), ()),),
    bots=(),
    repositories=(),
    systems=(System("pay", "Payments", Criticality.HIGH, ()),),
    engagements=(),
    contracts=(),
    settings=Settings(),
    sha256="0" * 64,
)


def test_what_is_declared_is_found() -> None:
    assert PORTFOLIO.partner("nord").name == "Nord"
    assert PORTFOLIO.system("pay").name == "Payments"
    assert PORTFOLIO.person("ines").name == "Ines"
    names = [PORTFOLIO.organisation_name(party) for party in ("us", "nord", "alt", "unknown")]
    assert names == ["Us", "Nord", "Alt", "unknown"]


@pytest.mark.parametrize("kind", ["partner", "system", "person"])
def test_what_is_not_declared_is_named(kind: str) -> None:
    with pytest.raises(KeyError, match="none"):
        getattr(PORTFOLIO, kind)("none")


def test_a_duration_reads_as_contracts_write_it() -> None:
    assert str(Duration(1, DurationUnit.MONTHS)) == "1 month"
    assert str(Duration(10, DurationUnit.BUSINESS_DAYS)) == "10 business days"
    assert [level.weight for level in Criticality] == [1, 2, 3]
