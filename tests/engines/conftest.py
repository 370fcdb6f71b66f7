"""The engines under test. Each case in this folder runs on both and must give the same answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from copartner.evidence.engine import ENGINES, Engine, connect
from copartner.evidence.spark_engine import missing_parts


@pytest.fixture(
    scope="session", params=[pytest.param(name, marks=[pytest.mark.spark] * (name == "spark")) for name in ENGINES]
)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine by name; skips Spark where its parts are missing."""
    if request.param == "spark" and (lacking := missing_parts()):
        pytest.skip(f"engine spark not tested: {lacking} (needs the extra `spark` and Java 17)")
    with connect(request.param) as connection:
        yield connection
