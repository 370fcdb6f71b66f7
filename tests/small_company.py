"""A company small enough to reason about: one partner, two repositories, a contract. For tests of whole runs."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from copartner.assessments.actions import Assessed
from git_repositories import RepositoryBuilder

AS_OF = date(2026, 9, 30)
INES = ("Ines", "ines@us.example")
PAUL = ("Paul", "paul@nord.example")
STRANGER = ("Someone", "someone@elsewhere.example")

PORTFOLIO = """\
apiVersion: copartner/v1
kind: Portfolio
company: {id: us, name: Us, domains: [us.example]}
partners:
  - {id: nord, name: Nord, kind: agency, owner: ines, domains: [nord.example]}
people:
  - {id: ines, name: Ines, emails: [ines@us.example], affiliations: [{organisation: us, from: 2020-01-01}]}
repositories:
  - {id: pay, location: pay.git}
  - {id: shop, location: shop.git}
systems:
  - {id: payments, name: Payments, criticality: high, internal_owner: ines, repositories: [pay]}
  - {id: shop, name: Shop, criticality: low, internal_owner: ines, repositories: [shop]}
engagements:
  - {id: e1, partner: nord, systems: [payments], start: 2024-01-01, end: 2027-12-31}
contracts:
  - {id: c1, title: Frame, partner: nord, engagements: [e1], start: 2024-01-01, term_end: 2026-12-31,
     renewal: {mode: tacit, term: 12 months}, notice: {company: 1 month}, internal_lead: 30 days}
"""


@dataclass(frozen=True)
class Run:
    """An assessed company."""

    portfolio: Path
    data: Path
    result: Assessed


def at(year: int, month: int, day: int = 1) -> int:
    """Seconds since 1970 of noon UTC."""
    return calendar.timegm((year, month, day, 12, 0, 0))


def lines(name: str, count: int) -> bytes:
    return b"".join(f"{name} {number}\n".encode() for number in range(count))


def found(folder: Path) -> Path:
    """Write the repositories and the portfolio; returns the portfolio file."""
    folder.mkdir(parents=True, exist_ok=True)
    pay = RepositoryBuilder(folder / "pay.git")
    pay.commit({"core/pay.py": lines("pay", 200), "README.md": b"# Pay\n"}, author=PAUL, time=at(2025, 1))
    pay.commit({"core/fee.py": lines("fee", 120)}, author=PAUL, time=at(2025, 6))
    pay.commit({"core/tax.py": lines("tax", 20)}, author=STRANGER, time=at(2025, 9))
    pay.commit({"core/fee.py": lines("fee", 130), "api.py": lines("api", 40)}, author=PAUL, time=at(2026, 6))
    pay.build()
    shop = RepositoryBuilder(folder / "shop.git")
    shop.commit({"shop.py": lines("shop", 80)}, author=INES, time=at(2026, 3))
    shop.commit({"cart.py": lines("cart", 50)}, author=INES, time=at(2026, 8))
    shop.build()
    portfolio = folder / "portfolio.yaml"
    portfolio.write_text(PORTFOLIO, encoding="utf-8")
    return portfolio
