"""The portfolio as code: a YAML file that says who the company and its partners are and who worked for whom when."""

from copartner.sources.portfolio_file.errors import PortfolioErrors, Problem
from copartner.sources.portfolio_file.reading import load_portfolio, parse_portfolio

__all__ = ["PortfolioErrors", "Problem", "load_portfolio", "parse_portfolio"]
