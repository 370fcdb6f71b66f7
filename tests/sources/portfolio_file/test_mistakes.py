"""Every kind of mistake gives exactly one message, on the right line, with a remedy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from copartner.sources.portfolio_file import PortfolioErrors, load_portfolio, parse_portfolio
from copartner.sources.portfolio_file.yaml_document import MAX_BYTES, MAX_DEPTH

HERE = Path(__file__).parent
GOOD = (HERE / "good.yaml").read_text(encoding="utf-8")


def mistakes() -> Iterator[object]:
    """The blocks of ``mistakes.txt``: name, old text, new text, line offset, message."""
    for block in (HERE / "mistakes.txt").read_text(encoding="utf-8").split("\n\n")[1:]:
        lines = block.strip("\n").split("\n")
        old = "\n".join(line[2:] for line in lines if line.startswith("-"))
        new = "\n".join(line[2:] for line in lines if line.startswith("+"))
        offset, message = lines[-1].removeprefix("! ").split(" ", 1)
        yield pytest.param(old, new, int(offset), message, id=lines[0].removeprefix("# ").replace(" ", "-"))


def problems(text: str | bytes, folder: Path) -> list[str]:
    file = folder / "portfolio.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(PortfolioErrors) as raised:
        load_portfolio(file)
    assert str(raised.value) == "\n".join(str(problem) for problem in raised.value.problems)
    return [str(problem).removeprefix(f"{file}") for problem in raised.value.problems]


@pytest.mark.parametrize(("old", "new", "offset", "message"), list(mistakes()))
def test_a_mistake_gives_one_message_with_line_and_remedy(old: str, new: str, offset: int, message: str) -> None:
    assert GOOD.count(old) == 1
    line = GOOD[: GOOD.index(old)].count("\n") + 1 + offset
    with pytest.raises(PortfolioErrors) as raised:
        parse_portfolio(GOOD.replace(old, new), "portfolio.yaml")
    assert [str(problem) for problem in raised.value.problems] == [f"portfolio.yaml:{line}: {message}"]
    problem = raised.value.problems[0]
    assert problem.column is not None
    assert problem.remedy.endswith((".", "?"))


def test_all_problems_are_reported_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        GOOD.replace("kind: agency", "kind: agencie")
        .replace("from: 2019-01-01", "from: 2019-13-01")
        .replace("systems: [payments]", "systems: [payment]")
    )
    assert problems(text, tmp_path) == [
        ':12: partners[0].kind: "agencie" is none of the 5 words known here. Did you mean "agency"?',
        ":28: people[0].affiliations[1].from: 2019-13-01 is a day that does not exist. "
        "Write a day of the calendar, as 2024-12-31.",
        ':46: engagements[0].systems[0]: no system has the id "payment". Did you mean "payments"?',
    ]


def test_an_id_that_cannot_be_read_is_not_reported_again_where_it_is_used(tmp_path: Path) -> None:
    [message] = problems(GOOD.replace("- id: payments\n", "- id: Payments\n"), tmp_path)
    assert "systems[0].id" in message
    [message] = problems(GOOD.replace("people:\n", "peoples:\n"), tmp_path)
    assert 'peoples: is not a known key. Did you mean "people"?' in message


def test_overlapping_domains_say_where_one_may_start_or_end(tmp_path: Path) -> None:
    text = GOOD.replace("[nordhang.example]", "[{domain: nordhang.example, from: 2021-01-01}]")
    assert problems(text.replace("altdorf.example]", "nordhang.example]"), tmp_path) == [
        ':21: organisations[0].domains[0]: belongs to "nordhang" at the same time (line 16). '
        "End it before that one started: to: 2020-12-31."
    ]


def test_a_refused_entry_is_not_complained_about_twice(tmp_path: Path) -> None:
    """Every list with an entry that cannot be read at all: one problem each, nothing built on top of it."""
    text = GOOD
    for first in ("partners", "organisations", "people", "bots", "systems", "engagements", "contracts"):
        text = text.replace(f"\n{first}:\n", f"\n{first}:\n  - 7\n")
    found = problems(text, tmp_path)
    assert len(found) == 7
    assert all("is a single value instead of a" in message for message in found)
    text = GOOD.replace("affiliations:\n", "affiliations:\n      - 7\n").replace("emails: [mara@", "emails: [7, mara@")
    text = text.replace("domains: [nordhang.example]", "domains: [7, {from: 2020-01-01}]")
    text = text.replace("domains: [hansekontor.example, ", "domains: [")
    text = text.replace("[payments-api, {repository: mono, include", "[7, {include")
    text = text.replace("components:\n", "components:\n      - 7\n").replace("systems: [payments]", "systems: [7]")
    assert len(problems(text, tmp_path)) == 8


def test_a_reference_where_nothing_is_declared(tmp_path: Path) -> None:
    text = "apiVersion: copartner/v1\nkind: Portfolio\ncompany: {id: a, name: A}\nengagements:\n"
    assert problems(text + "  - {id: e, partner: b, systems: [s]}\n", tmp_path) == [
        ':5: engagements[0].partner: no partner has the id "b". '
        "No partner is declared yet: declare it, or remove this entry.",
        ':5: engagements[0].systems[0]: no system has the id "s". '
        "No system is declared yet: declare it, or remove this entry.",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ":1: is empty. Start with apiVersion, kind and company, or run copartner init."),
        (b"# only a comment\n", ":1: is empty. Start with apiVersion, kind and company, or run copartner init."),
        (b"- a\n- b\n", ":1: is a list instead of a portfolio. Write {apiVersion: …, kind: …, company: …}."),
        (b"note: caf\xe9\n", ":1: is not UTF-8 text. Save the file with the encoding UTF-8."),
        (b"a: 1\nnote: \x07\n", ":2: holds the character U+0007, which YAML does not allow. Remove it."),
        (b"? [a]\n: b\n", ":1: has a list or a mapping as key. Write a plain word before the colon."),
        (b"&a a: 1\n? &b {}\n: b\n", ":2: has a list or a mapping as key. Write a plain word before the colon."),
        (b"a: " + b"[" * 100_000, f":1: is nested deeper than {MAX_DEPTH} levels. Check the brackets."),
        (
            b"#" * (MAX_BYTES + 1),
            ": is 16.0 MiB, more than the 16 MiB a portfolio may have. Split it, or check that this is the right file.",
        ),
    ],
)
def test_a_file_that_is_no_portfolio(content: bytes, message: str, tmp_path: Path) -> None:
    assert problems(content, tmp_path) == [message]


def test_aliases_cannot_blow_up(tmp_path: Path) -> None:
    """The billion laughs: ten levels of ten aliases each."""
    lines = ["a0: &a0 [lol]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 11))]
    [message] = problems("\n".join(lines), tmp_path)
    assert "holds more than 1,000,000 values once aliases are followed. Remove the aliases" in message


def test_aliases_in_reason_are_welcome() -> None:
    text = GOOD.replace("[nordhang.example]", "&d [{domain: nordhang.example, to: 2019-12-31}]")
    text = text.replace("    name: Quendel Labs\n", "    name: &q Quendel Labs\n    note: *q\n")
    assert parse_portfolio(text).partner("quendel").note == "Quendel Labs"


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.yaml", "no such file or directory"), (tmp_path, "is a directory")):
        with pytest.raises(PortfolioErrors) as raised:
            load_portfolio(path)
        assert str(raised.value) == (
            f"{path}: cannot be read: {reason}. Check the path, or write a first one with copartner init."
        )
