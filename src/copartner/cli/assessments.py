"""``copartner assess``, ``exit``, ``explain``, ``verify`` and ``measures``."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from copartner.cli.progress import progress_bars

PortfolioArgument = Annotated[Path, typer.Argument(metavar="PORTFOLIO", help="The portfolio file (YAML).")]
AssessmentArgument = Annotated[Path, typer.Argument(metavar="ASSESSMENT", help="The folder or file that assess wrote.")]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", envvar="COPARTNER_DATA", help="Evidence folder; default .copartner/data by the portfolio."),
]
AsOfOption = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Last day of evidence; default today.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def day_of(moment: datetime | None) -> date:
    """The day asked for, else today."""
    return moment.date() if moment else datetime.now().astimezone().date()


def assess(
    portfolio: PortfolioArgument,
    as_of: AsOfOption = None,
    data: DataOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for assessments; default .copartner/assessments.")
    ] = None,
    engine: Annotated[str, typer.Option("--engine", help="duckdb or spark.")] = "duckdb",
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes; default one per core.")] = None,
    ownership: Annotated[
        bool, typer.Option("--ownership/--no-ownership", help="Compute line ownership of the whole history.")
    ] = True,
    language: Annotated[str, typer.Option("--language", help="Language of summary and report: en or de.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Read the repositories, compute every measure, judge, and freeze the result with its proof."""
    from copartner.assessments.actions import assess as run
    from copartner.assessments.terminal import render_summary

    with progress_bars(quiet=as_json) as progress:
        result = run(
            portfolio,
            as_of=day_of(as_of),
            data=data,
            out=out,
            engine=engine,
            workers=workers,
            ownership=ownership,
            language=language,
            progress=progress,
        )
    if as_json:
        typer.echo(json.dumps(result.document, ensure_ascii=False, sort_keys=True))
        return
    console = Console()
    render_summary(result.document, console, language=language)
    console.print(f"Assessment {result.folder}", soft_wrap=True, highlight=False)
    console.print(f"Report     {result.report}", soft_wrap=True, highlight=False)


def exit_simulation(
    portfolio: PortfolioArgument,
    partner: Annotated[str, typer.Option("--partner", help="Id of the partner that leaves.")],
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="Last day of the partner; default the contract's term end."),
    ] = None,
    as_of: AsOfOption = None,
    data: DataOption = None,
    engine: Annotated[str, typer.Option("--engine", help="duckdb or spark.")] = "duckdb",
    language: Annotated[str, typer.Option("--language", help="en or de.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """What loses its last active internal knower if a partner leaves, and is there time before the notice date."""
    from copartner.assessments.actions import simulate_partner_exit
    from copartner.assessments.terminal import render_exit

    with progress_bars(quiet=as_json) as progress:
        result = simulate_partner_exit(
            portfolio,
            partner,
            on=on.date() if on else None,
            as_of=day_of(as_of),
            data=data,
            engine=engine,
            progress=progress,
        )
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False, sort_keys=True))
        return
    render_exit(_named(result), Console(), language=language)


def _named(result: dict[str, Any]) -> dict[str, Any]:
    """The exit with names in the place of ids, for people to read; ``--json`` keeps the ids."""
    partners = {partner["id"]: partner["name"] for partner in result["portfolio"]["partners"]}
    systems = {system["id"]: system["name"] for system in result["portfolio"]["systems"]}
    handover = [{**item, "system": systems.get(item["system"], item["system"])} for item in result["exit"]["handover"]]
    return {**result["exit"], "partner": partners[result["exit"]["partner"]], "handover": handover}


def explain(
    assessment: AssessmentArgument,
    measure: Annotated[str, typer.Argument(metavar="MEASURE", help="Measure id; copartner measures lists them.")],
    partner: Annotated[str | None, typer.Option("--partner", help="Partner id.")] = None,
    system: Annotated[str | None, typer.Option("--system", help="System id.")] = None,
    component: Annotated[str | None, typer.Option("--component", help="Component id.")] = None,
    rows: Annotated[int, typer.Option("--rows", min=0, help="Evidence rows to print.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Open a number: its formula, inputs, sensitivity, what it does not know, and the rows that prove it."""
    from copartner.assessments import queries
    from copartner.assessments.actions import with_rows
    from copartner.assessments.document import read
    from copartner.assessments.explanation import render_explanation

    document = read(assessment)
    values = queries.find_values(document, measure, partner=partner, system=system, component=component)
    values = [with_rows(assessment, document, value, rows) for value in values]
    definition = queries.definition_of(document, measure)
    if as_json:
        typer.echo(json.dumps({"definition": definition, "values": values}, ensure_ascii=False, sort_keys=True))
        return
    render_explanation(definition, values, rows, Console())


def verify(
    assessment: AssessmentArgument,
    portfolio: Annotated[
        Path | None, typer.Option("--portfolio", help="Where the portfolio lies now, if it was moved.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Derive an assessment again from its pinned evidence and compare byte for byte."""
    from copartner.assessments.actions import verify as run

    with progress_bars() as progress:
        outcome = run(assessment, portfolio_path=portfolio, data=data, progress=progress)
    if outcome.identical:
        typer.echo(f"Verified: {outcome.hash}, {outcome.bytes} bytes, identical.")
        return
    typer.echo(f"Not reproduced: expected {outcome.expected}, derived {outcome.hash}.")
    for line in outcome.differences:
        typer.echo(f"  {line}")
    raise typer.Exit(1)


def measures(
    measure: Annotated[str | None, typer.Argument(metavar="ID", help="One measure, whole.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the measures, or show one definition whole."""
    from copartner.analysis.catalogue import all_measures
    from copartner.assessments.document import AssessmentError, plain
    from copartner.assessments.explanation import render_definition, render_definitions

    definitions = {definition.id: definition for definition in all_measures()}
    if measure is not None and measure not in definitions:
        import difflib

        near = difflib.get_close_matches(measure, definitions, n=1)
        hint = f" Did you mean {near[0]}?" if near else " Run copartner measures for the list."
        raise AssessmentError(f"{measure}: no such measure.{hint}")
    if as_json:
        chosen = [definitions[measure]] if measure else list(definitions.values())
        typer.echo(json.dumps([plain(item) for item in chosen], ensure_ascii=False, sort_keys=True))
    elif measure:
        render_definition(plain(definitions[measure]), Console())
    else:
        render_definitions([plain(item) for item in definitions.values()], Console())
