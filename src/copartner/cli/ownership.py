"""``copartner ownership``: who last wrote every living line of one repository, now and over time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from copartner.cli.progress import progress_bars

_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def _bytes(text: str) -> int:
    number, unit = text[:-1], text[-1:].lower()
    if unit.isdigit():
        number, unit = text, ""
    if not number.isdigit() or (unit and unit not in _UNITS):
        raise typer.BadParameter(f"{text!r}: write a size such as 512m or 2g")
    return int(number) * _UNITS.get(unit, 1)


def ownership(
    repository: Annotated[Path, typer.Argument(metavar="REPO", help="A local git repository, bare or not.")],
    revision: Annotated[str, typer.Option("--rev", help="Revision whose lines are asked for.")] = "HEAD",
    path: Annotated[list[str] | None, typer.Option("--path", metavar="GLOB", help="Only these files.")] = None,
    all_files: Annotated[bool, typer.Option("--all-files", help="Count generated and vendored files too.")] = False,
    portfolio: Annotated[
        Path | None, typer.Option("--portfolio", metavar="FILE", help="Name organisations; default e-mail domains.")
    ] = None,
    every: Annotated[str | None, typer.Option("--every", help="Series: week, month, quarter or year.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", envvar="COPARTNER_DATA", help="Folder for what a later scan reuses.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Git processes; default one per core.")
    ] = None,
    memory: Annotated[str, typer.Option("--memory", help="Bound of git's caches, for example 256m or 1g.")] = "256m",
    top: Annotated[int, typer.Option("--top", min=1, help="Rows of the table.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    parquet: Annotated[
        Path | None, typer.Option("--parquet", metavar="FILE", help="Write runs of lines as Parquet.")
    ] = None,
) -> None:
    """Who last wrote every living line, by organisation; generated and vendored files are left out and counted."""
    from copartner.assessments.repository_ownership import repository_ownership

    if every is not None and every not in ("week", "month", "quarter", "year"):
        raise typer.BadParameter(f"{every!r}: choose week, month, quarter or year", param_hint="--every")
    with progress_bars(quiet=as_json) as progress:
        found = repository_ownership(
            repository,
            revision=revision,
            paths=path or (),
            all_files=all_files,
            portfolio_path=portfolio,
            every=every,
            data=data,
            workers=workers,
            memory=_bytes(memory),
            progress=progress,
        )
    if parquet is not None:
        import pyarrow.parquet as pq

        pq.write_table(found.runs, parquet)
        typer.echo(f"Wrote {found.runs.num_rows:,} runs of lines to {parquet}.", err=as_json)
    if as_json:
        typer.echo(json.dumps(found.summary, ensure_ascii=False, sort_keys=True))
        return
    console = Console()
    summary = found.summary
    console.print(
        f"{summary['lines']:,} living lines in {summary['files']:,} files at {summary['commit'][:12]}", highlight=False
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("Organisation", "Lines", "Share", ""):
        table.add_column(column, justify="right" if column in ("Lines", "Share") else "left")
    for name, lines in list(summary["organisations"].items())[:top]:
        share = lines / summary["lines"] if summary["lines"] else 0
        table.add_row(escape(name), f"{lines:,}", f"{100 * share:.1f}%", "█" * round(24 * share))
    hidden = len(summary["organisations"]) - top
    console.print(table)
    if hidden > 0:
        console.print(f"{hidden} more; --top shows them, --json has all.", highlight=False)
    if summary["series"]:
        names = list(summary["organisations"])[:5]
        series = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in ("Date", "Lines", *names):
            series.add_column(escape(column), justify="left" if column == "Date" else "right")
        for row in summary["series"]:
            total = row["lines"]
            shares = (
                f"{100 * row['organisations'].get(name, 0) / total:.1f}%" if total else "no data" for name in names
            )
            series.add_row(row["date"], f"{total:,}", *shares)
        console.print(series)
    left_out = ", ".join(f"{count} {rule}" for rule, count in summary["excluded"].items())
    console.print(f"Left out: {left_out or 'nothing'}", highlight=False)
    for note in summary["notes"]:
        console.print(f"Note: {note}", highlight=False)
