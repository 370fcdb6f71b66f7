"""The portfolio as code: a YAML file that says who the company and its partners are and who worked for whom when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copartner.sources.portfolio_file.errors import PortfolioErrors, Problem
from copartner.sources.portfolio_file.reading import load_portfolio, parse_portfolio
from copartner.sources.portfolio_file.writing import write_portfolio

if TYPE_CHECKING:
    from copartner.sources.portfolio_file.first_portfolio import starter

__all__ = ["PortfolioErrors", "Problem", "load_portfolio", "parse_portfolio", "starter", "write_portfolio"]


def __getattr__(name: str) -> Any:
    # Only the starter reads git; whoever loads a portfolio does not pay for that.
    if name == "starter":
        from copartner.sources.portfolio_file.first_portfolio import starter

        return starter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
