"""A small company, assessed once for all tests of the commands."""

from __future__ import annotations

import pytest

from copartner.assessments.actions import assess
from small_company import AS_OF, Run, found


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    portfolio = found(tmp_path_factory.mktemp("company"))
    data = portfolio.parent / ".copartner" / "data"
    return Run(portfolio, data, assess(portfolio, as_of=AS_OF, workers=1))
