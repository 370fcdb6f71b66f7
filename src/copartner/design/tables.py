"""Evidence tables: rows as a source gave them, numbers aligned, hashes short, markup escaped.

Built in one pass over strings rather than by a template: a report holds ten thousands of such cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from copartner.design import numbers

_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHARES = re.compile(r"(^|_)(kappa|share|coverage|internal|partner|ours)(_|$)")
SHORT_HASH = 9
"""Enough of a commit to find it in any repository of this size; the whole stands in the title attribute."""


def evidence_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    caption: str,
    *,
    heading: Callable[[str], str] = str,
) -> SafeString:
    """Rows as a table. ``heading`` turns a column's name into words. Raises ``ValueError`` where a row and the
    columns differ in length."""
    if any(len(row) != len(columns) for row in rows):
        raise ValueError(f"each row has {len(columns)} cells: {', '.join(columns)}")
    writers = [_writer(name, [row[place] for row in rows]) for place, name in enumerate(columns)]
    head = "".join(
        f'<th scope="col"{writer.align}>{escape(heading(name))}</th>'
        for name, writer in zip(columns, writers, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(writer.cell(cell) for writer, cell in zip(writers, row, strict=True)) + "</tr>" for row in rows
    )
    return mark_safe(  # noqa: S308
        f'<table class="tbl flush dense"><caption class="vh">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


class _Writer:
    """How the cells of one column are written."""

    def __init__(self, align: str, text: Callable[[object], str], kind: str = "") -> None:
        self.align = align
        self._text = text
        self._kind = kind

    def cell(self, value: object) -> str:
        if value is None:
            return f'<td{self.align}><span class="unknown">{escape(numbers.no_data())}</span></td>'
        if self._kind == "hash":
            whole = str(value)
            short = whole[:SHORT_HASH] if _HASH.fullmatch(whole) else whole
            return f'<td class="mono nowrap" title="{escape(whole)}">{escape(short)}</td>'
        return f"<td{self.align}>{escape(self._text(value))}</td>"


def _writer(name: str, cells: Sequence[object]) -> _Writer:
    present = [cell for cell in cells if cell is not None]
    numeric = bool(present) and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in present)
    if numeric:
        fractions = any(isinstance(cell, float) for cell in present) and all(0 <= cell <= 1 for cell in present)  # type: ignore[operator]
        if fractions and _SHARES.search(name):
            return _Writer(' class="n"', lambda cell: numbers.percent(float(cell)))  # type: ignore[arg-type]
        return _Writer(' class="n"', numbers.plain)
    if present and all(isinstance(cell, str) and _HASH.fullmatch(cell) for cell in present):
        return _Writer("", str, "hash")
    return _Writer("", numbers.plain)
