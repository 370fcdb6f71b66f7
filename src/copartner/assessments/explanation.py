"""A number opened on the terminal: definition, formula with its inputs, sensitivity, what is unknown, the rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def render_explanation(
    definition: Mapping[str, Any], values: Sequence[Mapping[str, Any]], rows: int, console: Console
) -> None:
    """Print each value with all that proves it."""
    console.print(f"[bold]{definition['title']}[/bold]  {definition['id']} version {definition['version']}")
    console.print(definition["question"])
    _fact(console, "Formula", definition["formula"])
    _fact(console, "Source", definition["source"])
    _fact(console, "Basis", definition["basis"])
    for value in values:
        console.print()
        _value(definition, value, console)
        _rows(value["rows"], rows, console)
    if definition["caveats"]:
        console.print()
        for caveat in definition["caveats"]:
            console.print(f"  ! {caveat}", highlight=False)


def _value(definition: Mapping[str, Any], value: Mapping[str, Any], console: Console) -> None:
    unit = definition["unit"]
    console.print(f"[bold]{value['key'].split('@', 1)[1]}: {amount(value['value'], unit)}[/bold]", highlight=False)
    if value["reason"]:
        _fact(console, "Why", value["reason"])
    if value["interval"]:
        low, high = value["interval"]
        _fact(console, "Between", f"{amount(low, unit)} and {amount(high, unit)}")
    for name, number in value["inputs"].items():
        _fact(console, name.replace("_", " "), amount(number, None))
    for choice, number in value["sensitivity"].items():
        _fact(console, f"if {choice}", amount(number, unit))
    if value["coverage"] is not None:
        _fact(console, "Coverage", amount(value["coverage"], "share"))
    for name, share in value["evidence_classes"].items():
        _fact(console, f"  {name.replace('_', ' ')}", amount(share, "share"))
    for note in value["notes"]:
        _fact(console, "Note", note)


def _rows(rows: Mapping[str, Any], limit: int, console: Console) -> None:
    if not limit or not rows["rows"]:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown = rows["rows"][:limit]
    for index, column in enumerate(rows["columns"]):
        number = any(isinstance(row[index], int | float) and not isinstance(row[index], bool) for row in shown)
        table.add_column(column.replace("_", " "), justify="right" if number else "left", overflow="fold")
    for row in shown:
        table.add_row(*(_short(amount(cell, None)) for cell in row))
    console.print(table)
    source = f" from {rows['table']}" if rows["table"] else ""
    console.print(f"{len(shown)} of {rows['total']} rows{source}", highlight=False)


def _short(cell: str) -> str:
    """Commit names by their first twelve digits, as git prints them; --json has them whole."""
    return cell[:12] if _COMMIT.fullmatch(cell) else cell


def _fact(console: Console, name: str, text: str) -> None:
    console.print(f"  {name:<28} {text}", highlight=False, markup=False)


def amount(value: object, unit: str | None) -> str:
    """A number as the design guide writes it; unknown is "no data"."""
    if value is None:
        return "no data"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and unit == "share":
        return f"{100 * value:.1f}%"
    if isinstance(value, float) and value != int(value):
        return f"{value:,.3f}"
    if isinstance(value, int | float):
        return f"{int(value):,}"
    return str(value)


def render_definitions(definitions: Iterable[Mapping[str, Any]], console: Console) -> None:
    """The list of measures: id, question, unit, what it rests on."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("Measure", "Question it answers", "Unit", "Rests on"):
        table.add_column(column, overflow="fold")
    for definition in definitions:
        table.add_row(definition["id"], definition["question"], definition["unit"], definition["basis"])
    console.print(table)


def render_definition(definition: Mapping[str, Any], console: Console) -> None:
    """One definition whole."""
    console.print(f"[bold]{definition['title']}[/bold]  {definition['id']} version {definition['version']}")
    console.print(definition["question"])
    low, high = definition["range"]
    _fact(console, "Formula", definition["formula"])
    _fact(console, "Unit", definition["unit"])
    _fact(console, "Range", f"{'unbounded' if low is None else low} to {'unbounded' if high is None else high}")
    _fact(console, "Direction", definition["direction"].replace("_", " "))
    _fact(console, "Rests on", definition["basis"])
    _fact(console, "Needs", ", ".join(definition["needs"]))
    _fact(console, "Computed for", ", ".join(level.replace("_", " × ") for level in definition["levels"]))
    for name, value in definition["parameters"].items():
        _fact(console, name.replace("_", " "), amount(value, None))
    _fact(console, "Source", definition["source"])
    for caveat in definition["caveats"]:
        console.print(f"  ! {caveat}", highlight=False)
