"""The portfolio as evidence: each version once, its affiliations and domains as rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from copartner.evidence.ledger import Ledger
from copartner.evidence.tables import AFFILIATION, EMAIL_DOMAIN, RAW_RECORD
from copartner.sources.portfolio_file import load_portfolio
from copartner.sources.portfolio_file.collect import collect_portfolio

GOOD = Path(__file__).parent / "good.yaml"


def test_a_version_is_recorded_once_and_a_new_one_beside_it(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "evidence")
    file = tmp_path / "portfolio.yaml"
    file.write_bytes(GOOD.read_bytes())
    first = load_portfolio(file)
    collect_portfolio(ledger, file, first)
    collect_portfolio(ledger, file, first)
    snapshot = ledger.snapshot()
    [raw] = snapshot.arrow(RAW_RECORD)["payload"].to_pylist()
    assert raw == file.read_bytes()
    rows = snapshot.arrow(AFFILIATION).select(AFFILIATION.schema.names).to_pylist()
    stints = [("nordhang", None, date(2018, 12, 31)), ("hansekontor", date(2019, 1, 1), None)]
    assert sorted(rows, key=lambda row: (row["email"], row["ordinal"])) == [
        {
            "portfolio": first.sha256,
            "person": "mara-wendt",
            "email": email,
            "ordinal": ordinal,
            "organisation": organisation,
            "valid_from": valid_from,
            "valid_to": valid_to,
        }
        for email in ("mara@hansekontor.example", "mara@home.example")
        for ordinal, (organisation, valid_from, valid_to) in enumerate(stints)
    ]
    domains = snapshot.arrow(EMAIL_DOMAIN).sort_by("ordinal")
    assert domains["domain"].to_pylist() == [domain.domain for domain in first.domains]
    assert domains["valid_to"].to_pylist() == [None, date(2018, 12, 31), None, None]

    file.write_text(GOOD.read_text(encoding="utf-8").replace("half_life_days: 180", "half_life_days: 90"))
    collect_portfolio(ledger, file, load_portfolio(file))
    assert ledger.snapshot().arrow(AFFILIATION).num_rows == 8


def test_a_portfolio_without_people_or_domains(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "evidence")
    file = tmp_path / "portfolio.yaml"
    file.write_text("apiVersion: copartner/v1\nkind: Portfolio\ncompany: {id: a, name: A}\n")
    collect_portfolio(ledger, file, load_portfolio(file))
    assert ledger.snapshot().arrow(AFFILIATION).num_rows == ledger.snapshot().arrow(EMAIL_DOMAIN).num_rows == 0
    assert ledger.snapshot().arrow(RAW_RECORD).num_rows == 1
