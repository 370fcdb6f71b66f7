"""The terminal summary: 80 columns, no colour, no block characters, nothing unknown dressed as a number."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from copartner.assessments.terminal import BAR_WIDTH, render_exit, render_summary
from sample_document import HOSTILE, sample_document


def printed(document: dict[str, Any], language: str = "en", *, width: int = 80, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    console = Console(file=stream, width=width, no_color=True, color_system=None)
    render_summary(document, console, language)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


def test_the_first_line_is_the_answer() -> None:
    lines = printed(sample_document()).strip().splitlines()
    assert lines[0] == "Two of five partners need a decision: Payments is known only to Nordhang Digital"


def test_it_fits_eighty_columns_and_needs_no_colour() -> None:
    text = printed(sample_document(12, 30))
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text


def test_findings_carry_shape_and_day() -> None:
    text = printed(sample_document())
    first = next(line for line in text.splitlines() if "our own people" in line)
    assert first.startswith("◆")
    assert first.rstrip().endswith("15 Oct 2026")
    assert "▲   Bestellkern" in text


def test_what_is_unknown_is_said() -> None:
    document = sample_document()
    for value in document["values"]:
        if value["key"] == "only_partner@system=payments":
            value.update(value=None, reason="no history")
    text = printed(document)
    row = next(line for line in text.splitlines() if "Payments" in line and "(no data)" in line)
    assert "no data" in row.replace("(no data)", "")
    assert "could not be decided: “partner changes reviewed" in " ".join(text.split())
    assert "mono-alt was not read: history is cut (shallow clone)" in text
    assert "3.0% of the work not" in text


def test_bars_are_as_wide_as_the_whole() -> None:
    row = next(line for line in printed(sample_document()).splitlines() if "◆ Payments" in line)
    bar = "".join(character for character in row if character in "█▓▒░")
    assert len(bar) == BAR_WIDTH
    assert bar == "██" + "▓▓" + "▒" * 15 + "░"


def test_a_terminal_without_block_characters_gets_plain_ones() -> None:
    text = printed(sample_document(), encoding="latin-1")
    row = next(line for line in text.splitlines() if "! Payments" in line)
    assert "##++---------------." in row
    assert "could not be decided: ?partner changes" in " ".join(text.split())


def test_markup_in_names_is_printed_as_it_is() -> None:
    text = printed(sample_document(hostile=True), width=400)
    assert HOSTILE in text
    bold = sample_document()
    bold["portfolio"]["note"] = "[bold red]not markup[/]"
    assert "[bold red]not markup[/]" in printed(bold)


def test_german() -> None:
    text = printed(sample_document(), "de")
    assert text.strip().startswith("Zwei von fünf Partnern brauchen eine Entscheidung: Payments kennt nur")
    assert "15.10.2026" in text
    assert "3,0\u202f% der Arbeit" in text.replace("\n", "")
    assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize("render", [render_summary, render_exit])
def test_another_language_is_refused(render: Any) -> None:
    with pytest.raises(ValueError, match="en or de"):
        render(sample_document(), Console(file=io.StringIO()), "fr")


def exit_text(row: dict[str, Any], language: str = "en") -> str:
    stream = io.StringIO()
    render_exit(row, Console(file=stream, width=80, no_color=True, color_system=None), language)
    return stream.getvalue()


def test_an_exit_says_what_is_left_and_by_when() -> None:
    text = exit_text(sample_document()["exits"][0])
    assert text.strip().startswith("If nordhang leaves, 39% of the code loses its last knower")
    assert "Decide by                15 Oct 2026" in text
    assert "Not feasible" in text
    assert "! 357 hours are needed, 192 are available" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_an_exit_without_dates_says_so() -> None:
    row = next(row for row in sample_document()["exits"] if row["partner"] == "fennek")
    text = exit_text(row)
    assert "Decide by                no data" in text
    assert "! no contract dates are known" in text
    assert "Entscheiden bis" in exit_text(row, "de")


def test_a_long_handover_is_cut_with_its_count() -> None:
    row = sample_document()["exits"][0]
    row["handover"] = row["handover"] * 5
    assert "5 more components" in exit_text(row)
