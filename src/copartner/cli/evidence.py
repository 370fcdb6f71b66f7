"""``copartner evidence``: look into the ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

app = typer.Typer(help="Look into the evidence ledger: list, show, export, verify, compact.", no_args_is_help=True)

DataOption = Annotated[
    Path, typer.Option("--data", envvar="COPARTNER_DATA", help="The evidence folder that assess was given.")
]
DEFAULT = Path(".copartner/data")
WhereOption = Annotated[
    list[str] | None, typer.Option("--where", help="column=value; may be repeated.", metavar="COLUMN=VALUE")
]
BatchOption = Annotated[str | None, typer.Option("--batch", help="As the ledger stood after this batch.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
