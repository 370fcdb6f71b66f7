"""The same evidence gives the same bytes, whatever was collected before it, in whatever order."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from copartner.assessments.actions import assess, verify
from git_repositories import RepositoryBuilder
from small_company import AS_OF, PAUL, PORTFOLIO, at, found, lines


def growing(folder: Path) -> tuple[Path, RepositoryBuilder]:
    portfolio = found(folder)
    builder = RepositoryBuilder(folder / "pay.git2")
    builder.commit({"pay.py": lines("pay", 50)}, author=("P", "p@private.example"), time=at(2025, 1))
    builder.commit({"pay.py": lines("pay", 60)}, author=PAUL, time=at(2025, 3))
    builder.build()
    portfolio.write_text(PORTFOLIO.replace("location: pay.git", "location: pay.git2"))
    return portfolio, builder


@pytest.mark.parametrize("ownership", [False, True])
def test_an_assessment_after_an_earlier_one_equals_one_from_scratch(tmp_path: Path, ownership: bool) -> None:
    """A mailmap that came later names the author of a commit that was recorded before it."""
    portfolio, builder = growing(tmp_path / "company")
    earlier = assess(portfolio, as_of=date(2025, 6, 30), ownership=ownership, report=False, workers=1)
    mailmap = b"Ines <ines@us.example> <p@private.example>\n"
    builder.commit({".mailmap": mailmap, "tax.py": lines("tax", 9)}, author=PAUL, time=at(2026, 1))
    builder.build()
    grown = assess(portfolio, as_of=AS_OF, ownership=ownership, report=False, workers=1)
    scratch = assess(
        portfolio, as_of=AS_OF, ownership=ownership, report=False, workers=1, data=tmp_path / "d", out=tmp_path / "o"
    )
    assert grown.document["hash"] == scratch.document["hash"]
    assert "unknown" not in grown.document["attribution"]
    for data in (None, tmp_path / "fresh"):
        assert verify(earlier.folder, data=data).identical, "what came later does not change what was assessed before"
    assert earlier.document["attribution"]["unknown"] > 0
