"""The page about the portfolio says what the reader does."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from copartner.analysis.knowledge.affiliation import Directory
from copartner.sources.portfolio_file import parse_portfolio
from copartner.sources.portfolio_file.kinds import ListOf, Shape
from copartner.sources.portfolio_file.shape import PORTFOLIO

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "portfolio.md").read_text(encoding="utf-8")


def test_the_example_loads_and_the_worked_table_is_what_it_gives() -> None:
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    directory = Directory(parse_portfolio(example[1]))
    rows = re.findall(r"^\| (\S+@\S+) \| (\S+) \| (\S+) \| (\S+) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 4
    for email, day, organisation, evidence_class in rows:
        found = directory.attribute(email, "N", email, "N", date.fromisoformat(day))
        assert (found.organisation, found.evidence_class) == (organisation, evidence_class)


def test_every_key_is_described() -> None:
    rows = dict(re.findall(r"^\| `(\w+)(?:\[\])?` \| (.*) \|$", PAGE, re.MULTILINE))
    for field in PORTFOLIO.fields:
        if field.key in ("apiVersion", "kind"):
            continue
        assert field.key in rows
        kind = field.kind.entry if isinstance(field.kind, ListOf) else field.kind
        if isinstance(kind, Shape):
            missing = [inner.key for inner in kind.fields if f"`{inner.key}`" not in rows[field.key]]
            assert not missing, f"{field.key}: {missing}"
