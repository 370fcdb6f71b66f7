"""A first portfolio from a history: everything found, nothing assigned, and it loads."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from copartner.evidence.portfolio import Bot, RepositoryScope, email_digest
from copartner.sources import portfolio_file
from copartner.sources.git.repository import GitError
from copartner.sources.portfolio_file import load_portfolio, parse_portfolio, starter
from git_repositories import RepositoryBuilder

YEAR = 31_557_600
IN_2015 = 1_430_000_000


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    builder = RepositoryBuilder(tmp_path / "repos" / "Payments API.git")
    people = [
        (("Mara Wendt", "mara@hansekontor.example"), 3),
        (("Kim", "kim@labs.tarnfels.example"), 1),
        (("Lee", "lee@tarnfels.example"), 1),
        (("Mara Wendt", "Mara.Wendt@gmail.com"), 2),
        (('Ren\u00e9 \u2028 "O\'Neil" #x', "rene@users.noreply.github.com"), 1),
        (("root", "root@localhost"), 1),
        (("renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com"), 4),
    ]
    time = IN_2015
    for author, commits in people:
        for _ in range(commits):
            builder.commit({"a": str(time).encode()}, author=author, time=time)
            time += YEAR // 4
    return builder.build()


def test_everything_found_is_listed_and_nothing_is_assigned(repository: Path, tmp_path: Path) -> None:
    target = tmp_path / "portfolio.yaml"
    text = starter([repository], target=target)
    target.write_text(text, encoding="utf-8")
    portfolio = load_portfolio(target)
    assert portfolio.domains == portfolio.partners == portfolio.organisations == portfolio.people == ()
    assert portfolio.bots == (Bot("renovate", ("*renovate*@*",), ("renovate*",)),)
    [found] = portfolio.repositories
    assert (found.id, found.location) == ("payments-api", "repos/Payments API.git")
    assert portfolio.systems[0].repositories == (RepositoryScope("payments-api"),)
    lines = text.splitlines()
    assert (
        "  # - {id: hansekontor-example, name: hansekontor.example, domains: [hansekontor.example]}"
        "  # 3 commits, 2015" in lines
    )
    # A subdomain is counted with the domain above it.
    assert (
        "  # - {id: tarnfels-example, name: tarnfels.example, domains: [tarnfels.example]}"
        "  # 2 commits by 2 addresses, 2016" in lines
    )
    assert "# A first portfolio, from 13 commits (merges aside) of 1 repository." in lines


def test_removing_the_comment_signs_gives_a_portfolio_again(repository: Path) -> None:
    text = starter([repository])
    portfolio = parse_portfolio(text.replace("\n  # - ", "\n  - "))
    assert {domain.domain for domain in portfolio.domains} == {
        "hansekontor.example",
        "tarnfels.example",
        "nordhang.example",  # the example in step 2
    }
    assert [person.id for person in portfolio.people] == ["mara-wendt", "rene-o-neil-x", "root"]


def test_personal_addresses_are_digests_and_hash_hides_the_corporate_ones_too(repository: Path) -> None:
    digest = "sha256:" + hashlib.sha256(b"mara.wendt@gmail.com").hexdigest()
    plain, hashed = starter([repository]), starter([repository], hash_emails=True)
    assert f'emails: ["{digest}", mara@hansekontor.example]' in plain
    assert "@gmail.com" not in plain
    assert "users.noreply.github.com" not in plain
    assert digest in hashed
    assert email_digest("mara@hansekontor.example") in hashed
    for told in ("mara@", "Mara", "Neil", "rene"):
        assert told not in hashed.replace("renovate", "")


def test_a_name_cannot_break_out_of_its_comment(repository: Path) -> None:
    [line] = [line for line in starter([repository]).split("\n") if "Neil" in line]
    assert line.startswith("  # - {id: rene-o-neil-x, ")
    assert line.endswith(', Ren\u00e9 ? "O\'Neil" #x')


def test_repositories_are_told_apart_and_listed_once(repository: Path, tmp_path: Path) -> None:
    twin = RepositoryBuilder(tmp_path / "other" / "payments-api")
    twin.commit({"a": b"b"})
    empty = RepositoryBuilder(tmp_path / "unknown")
    paths = [repository, twin.build(), empty.build(), repository]
    text = starter(paths, target=tmp_path / "portfolio.yaml")
    portfolio = parse_portfolio(text)
    assert [(found.id, found.location) for found in portfolio.repositories] == [
        ("payments-api", "repos/Payments API.git"),
        ("payments-api-2", "other/payments-api"),
        ("unknown", "unknown"),
    ]
    assert "{id: unknown, location: unknown}  # no commits yet" in text


def test_what_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="no git repository"):
        starter([tmp_path])


def test_namesakes_odd_dates_and_odd_folders(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / 'caf\u00e9 "x" \u2028\U0001f600')
    # Two authors whose names become one id, and a clock beyond every calendar.
    builder.commit({"a": b"1"}, author=("Kim Lee", "a@gmail.com"), time=IN_2015)
    builder.commit({"a": b"2"}, author=("Kim-Lee", "b@gmail.com"), time=1 << 55)
    text = starter([builder.build()], target=tmp_path / "portfolio.yaml")
    [repository] = parse_portfolio(text).repositories
    assert repository.id == "cafe-x"
    assert repository.location == 'caf\u00e9 "x" \u2028\U0001f600'
    people = parse_portfolio(text.replace("\n  # - {id: kim", "\n  - {id: kim")).people
    assert len({person.id for person in people}) == 2
    assert "  # No address in the history names an organisation." in text.splitlines()
    assert ", 1970, Kim-Lee" in text


def test_the_package_offers_what_it_names() -> None:
    for name in portfolio_file.__all__:
        assert callable(getattr(portfolio_file, name))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        portfolio_file.nothing  # noqa: B018
