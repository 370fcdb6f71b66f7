from __future__ import annotations

from html.parser import HTMLParser

import pytest

from copartner.design.tables import evidence_table


class Cells(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.cells: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self._open: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.cells.append((dict(attrs).get("class") or "", ""))
            self._open = tag

    def handle_data(self, data: str) -> None:
        if self._open and self.cells:
            kind, text = self.cells[-1]
            self.cells[-1] = (kind, text + data)


def test_numbers_are_aligned_and_hashes_short() -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    table = evidence_table(
        ("path", "lines", "share_lost", "last_change", "commit"),
        (("src/a.py", 1204, 0.125, "2025-03-14", commit), ("src/b.py", 8, None, None, None)),
        "Files",
    )
    cells = Cells(table).cells
    assert [text for _, text in cells[5:10]] == ["src/a.py", "1,204", "12%", "14 Mar 2025", "012345678"]
    assert [kind for kind, _ in cells[5:8]] == ["", "n", "n"]
    assert f'title="{commit}"' in table
    assert [text for _, text in cells[12:15]] == ["no data", "no data", "no data"]
    assert "Files</caption>" in table


def test_markup_in_cells_columns_and_caption_is_text() -> None:
    table = evidence_table(("<b>",), (("<script>alert(1)</script>",), ("\" onload='x'",)), "<i>", heading=str)
    assert not {"script", "b", "i"} & set(Cells(table).tags)
    assert "onload='x'" not in table


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells: a, b"):
        evidence_table(("a", "b"), ((1,),), "x")


def test_fractions_outside_a_share_column_stay_numbers() -> None:
    assert "0.12" in evidence_table(("weight",), ((0.12,),), "x")
    assert "12%" in evidence_table(("kappa_internal",), ((0.12,),), "x")
