"""``copartner evidence``: look into the ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from copartner.evidence.ledger import Ledger
    from copartner.evidence.snapshot import Snapshot

app = typer.Typer(help="Look into the evidence ledger: list, show, export, verify, compact.", no_args_is_help=True)

DataOption = Annotated[
    Path, typer.Option("--data", envvar="COPARTNER_DATA", help="The data folder that assess used.", show_default=True)
]
DATA = Path(".copartner/data")
TableArgument = Annotated[
    str, typer.Argument(metavar="TABLE", help="Evidence table; copartner evidence ls lists them.")
]
WhereOption = Annotated[
    list[str] | None, typer.Option("--where", metavar="COLUMN=VALUE", help="Only rows with this value; repeatable.")
]
BatchOption = Annotated[str | None, typer.Option("--batch", help="As the ledger stood after this batch.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def _ledger(data: Path) -> Ledger:
    # Every command imports this module, few open a ledger.
    from copartner.evidence.ledger import Ledger

    return Ledger.open(data / "evidence", create=False)


def _snapshot(ledger: Ledger, batch: str | None) -> Snapshot:
    return ledger.snapshot(ledger.pin(batch) if batch else None)


def _where(conditions: list[str] | None) -> dict[str, Any]:
    where: dict[str, Any] = {}
    for condition in conditions or []:
        column, equals, value = condition.partition("=")
        if not equals or not column:
            raise typer.BadParameter(f"{condition!r}: write COLUMN=VALUE, for example --where repository=payments-api")
        where.setdefault(column, []).append(value)
    return where


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


@app.command("ls")
def ls(
    data: DataOption = DATA,
    batches: Annotated[bool, typer.Option("--batches", help="List the collections instead of the tables.")] = False,
    batch: BatchOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the tables with their rows, or the batches that filled them."""
    from copartner.assessments.document import plain
    from copartner.evidence import inspection

    ledger = _ledger(data)
    found = inspection.list_batches(ledger) if batches else inspection.list_tables(_snapshot(ledger, batch))
    if as_json:
        typer.echo(json.dumps(plain(found), ensure_ascii=False))
        return
    console = Console()
    if batches:
        table = _table("Batch", "Source", "Connection", "Committed", "Rows")
        for item in inspection.list_batches(ledger):
            table.add_row(item.id, item.source, item.connection, item.committed_at, f"{sum(item.rows.values()):,}")
    else:
        table = _table("Table", "Rows", "Bytes", "What it holds")
        for summary in inspection.list_tables(_snapshot(ledger, batch)):
            table.add_row(summary.name, f"{summary.rows:,}", f"{summary.bytes:,}", summary.doc)
    console.print(table)


@app.command("show")
def show(
    table: TableArgument,
    data: DataOption = DATA,
    where: WhereOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Rows to print.")] = 20,
    batch: BatchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print rows of a table."""
    from copartner.assessments.document import plain
    from copartner.evidence import inspection

    shown = inspection.show_rows(_snapshot(_ledger(data), batch), table, _where(where), limit)
    if as_json:
        typer.echo(json.dumps(plain(shown), ensure_ascii=False))
        return
    printed = _table(*shown.columns)
    for row in shown.rows:
        printed.add_row(*(escape(_cell(row[column])) for column in shown.columns))
    console = Console()
    console.print(printed)
    console.print(f"{len(shown.rows)} of {shown.matching:,} rows", highlight=False)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


@app.command("export")
def export(
    table: TableArgument,
    target: Annotated[Path, typer.Argument(metavar="FILE", help="File to write.")],
    data: DataOption = DATA,
    where: WhereOption = None,
    format_: Annotated[str | None, typer.Option("--format", help="csv, jsonl or parquet; default by FILE.")] = None,
    batch: BatchOption = None,
) -> None:
    """Write rows of a table to a file. In CSV, cells that a spreadsheet would run as a formula are quoted."""
    from copartner.evidence import inspection

    chosen = format_ or target.suffix.removeprefix(".") or "csv"
    written = inspection.export_rows(_snapshot(_ledger(data), batch), table, _where(where), target, chosen)
    typer.echo(f"Wrote {written.rows:,} rows of {table} to {target}.")


@app.command("verify")
def verify(
    data: DataOption = DATA,
    repair: Annotated[
        bool, typer.Option("--repair", help="Take out what is damaged, to be collected again by the next assess.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read everything again, compare with what was committed, and name what is damaged."""
    from copartner.assessments.document import plain
    from copartner.evidence import inspection

    ledger = _ledger(data)
    outcome = inspection.verify(ledger)
    if as_json:
        typer.echo(json.dumps(plain(outcome), ensure_ascii=False))
    else:
        for damage in outcome.damage:
            typer.echo(str(damage))
        typer.echo(
            f"{outcome.batches:,} batches, {outcome.files:,} files, {outcome.rows:,} rows read: "
            f"{'intact' if outcome.intact else f'{len(outcome.damage)} damaged'}."
        )
    if repair:
        for source, connection in inspection.repair(ledger).connections:
            typer.echo(f"Took out what {source} said of {connection}; collect it again.", err=as_json)
    if not outcome.intact:
        raise typer.Exit(1)


@app.command("compact")
def compact(
    data: DataOption = DATA,
    keep: Annotated[list[str] | None, typer.Option("--keep", help="Batch that stays readable; repeatable.")] = None,
    days: Annotated[int | None, typer.Option("--retain-days", min=0, help="Keep all states of these days.")] = None,
) -> None:
    """Join small files and remove what no kept state needs. Nothing a pinned assessment reads is removed."""
    from datetime import timedelta

    from copartner.evidence import inspection
    from copartner.evidence.retention import DEFAULT_RETENTION

    retain = DEFAULT_RETENTION if days is None else timedelta(days=days)
    done = inspection.compact(_ledger(data), keep=keep or (), retain=retain)
    for table, (before, after) in sorted(done.compaction.tables.items()):
        typer.echo(f"{table}: {before} files became {after}.")
    typer.echo(f"{done.vacuum.files:,} files ({done.vacuum.bytes:,} bytes) that no kept state needs were removed.")
