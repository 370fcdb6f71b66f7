"""Line ownership as evidence of an assessment: ignored revisions, merges that write, unseen lines, pinned hashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from copartner.analysis.measure import Subject
from copartner.assessments.actions import assess
from copartner.assessments.queries import find_values
from copartner.assessments.repository_ownership import repository_ownership
from copartner.evidence.ledger import Ledger
from copartner.evidence.tables import LINE_OWNERSHIP, OWNERSHIP_HISTORY
from git_repositories import RepositoryBuilder, remove_blob
from small_company import AS_OF, INES, PAUL, at, found, lines


def test_commits_listed_in_the_ignore_file_do_not_take_lines_over(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r.git")
    builder.commit({"a.py": b"".join(b"x = %d\n" % n for n in range(40))}, author=INES, time=at(2025, 1))
    sweep = builder.commit({"a.py": b"".join(b"x  =  %d\n" % n for n in range(40))}, author=PAUL, time=at(2025, 2))
    plain = builder.build()
    before = repository_ownership(plain).summary["organisations"]
    assert before == {"nord.example": 40}
    listed = RepositoryBuilder(tmp_path / "listed.git")
    listed.commit({"a.py": b"".join(b"x = %d\n" % n for n in range(40))}, author=INES, time=at(2025, 1))
    listed.commit({"a.py": b"".join(b"x  =  %d\n" % n for n in range(40))}, author=PAUL, time=at(2025, 2))
    ignore = f"# sweep\n{builder.name(sweep)}  # reformatting\n{'0' * 40}\n\n".encode()
    listed.commit({".git-blame-ignore-revs": ignore}, author=INES, time=at(2025, 3))
    after = repository_ownership(listed.build(), paths=["*.py"]).summary["organisations"]
    assert after == {"us.example": 40}


def test_lines_a_merge_wrote_belong_to_who_merged(tmp_path: Path) -> None:
    folder = tmp_path / "company"
    portfolio = found(folder)
    builder = RepositoryBuilder(folder / "shop.git2")
    first = builder.commit({"shop.py": lines("shop", 10)}, author=INES, time=at(2026, 1))
    side = builder.commit({"cart.py": lines("cart", 10)}, author=PAUL, time=at(2026, 2), parents=(first,))
    main = builder.commit({"api.py": lines("api", 10)}, author=PAUL, time=at(2026, 3), parents=(first,))
    builder.commit(
        {"cart.py": lines("cart", 10), "shop.py": lines("shop", 10) + b"by the merge\n"},
        author=INES,
        time=at(2026, 4),
        parents=(main, side),
    )
    builder.build()
    portfolio.write_text(portfolio.read_text().replace("location: shop.git", "location: shop.git2"))
    result = assess(portfolio, as_of=AS_OF, workers=1, report=False)
    (share,) = find_values(result.document, "surviving_line_share", system="shop")[:1]
    assert share["inputs"]["lines of the organisation"] == 11
    assert share["value"] == pytest.approx(11 / 31, abs=1e-6)


def test_lines_whose_history_is_missing_stay_unknown(tmp_path: Path) -> None:
    folder = tmp_path / "company"
    portfolio = found(folder)
    builder = RepositoryBuilder(folder / "gone.git")
    builder.commit({"shop.py": lines("old", 30)}, author=PAUL, time=at(2026, 1))
    builder.commit({"shop.py": lines("old", 30) + lines("new", 30)}, author=INES, time=at(2026, 2))
    path = builder.build()
    import hashlib

    content = lines("old", 30)
    remove_blob(path, hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest())  # noqa: S324
    portfolio.write_text(portfolio.read_text().replace("location: shop.git", "location: gone.git"))
    result = assess(portfolio, as_of=AS_OF, workers=1, report=False)
    data = folder / ".copartner" / "data" / "evidence"
    rows = Ledger.open(data).snapshot().arrow(LINE_OWNERSHIP, where={"repository": "shop"})
    assert set(rows["commit"].to_pylist()) == {None}
    (share,) = [
        value
        for value in result.document["values"]
        if value["measure"] == "surviving_line_share" and value["key"].endswith(Subject(system="shop").key)
    ]
    assert share["inputs"]["unknown"] == 60
    assert share["interval"] == [0, 1]


def test_a_second_assessment_scans_nothing_again(tmp_path: Path) -> None:
    portfolio = found(tmp_path / "company")
    first = assess(portfolio, as_of=AS_OF, workers=1, report=False)
    ledger = Ledger.open(portfolio.parent / ".copartner" / "data" / "evidence")
    batches = [batch for batch in ledger.batches() if batch.source == "git-ownership"]
    second = assess(portfolio, as_of=AS_OF, workers=1, report=False)
    assert second.document["hash"] == first.document["hash"]
    assert [batch for batch in ledger.batches() if batch.source == "git-ownership"] == batches
    evidence = first.document["pins"]["evidence"]
    assert {LINE_OWNERSHIP.name, OWNERSHIP_HISTORY.name} <= evidence.keys()
    without = assess(portfolio, as_of=AS_OF, workers=1, report=False, ownership=False)
    assert LINE_OWNERSHIP.name not in without.document["pins"]["evidence"]
    assert without.document["hash"] != first.document["hash"]


def test_a_file_of_two_systems_counts_once_in_the_whole(tmp_path: Path) -> None:
    portfolio = found(tmp_path / "company")
    text = portfolio.read_text()
    portfolio.write_text(text.replace("internal_owner: ines, repositories: [shop]", "repositories: [shop, pay]"))
    document = assess(portfolio, as_of=AS_OF, workers=1, report=False).document
    shares = {value["key"]: value for value in document["values"] if value["measure"] == "surviving_line_share"}
    lines_of = {key: value["inputs"]["living lines in scope"] for key, value in shares.items()}
    whole, pay, shop = (
        lines_of[f"surviving_line_share@{key}"] for key in ("portfolio", "system=payments", "system=shop")
    )
    assert (pay, shop) == (390, 520)
    assert whole == 520
    assert shares["surviving_line_share@partner=nord"]["value"] == pytest.approx(370 / 520, abs=1e-6)
    assert shares["surviving_line_share@portfolio"]["coverage"] == pytest.approx(500 / 520, abs=1e-6)
