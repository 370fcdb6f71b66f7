"""``copartner init``: a first portfolio from repositories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    repositories: Annotated[list[str], typer.Argument(metavar="REPO...", help="Local git repositories.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")] = Path("portfolio.yaml"),
    hash_emails: Annotated[bool, typer.Option("--hash", help="Write every e-mail address as a sha256 digest.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a first portfolio: repositories, e-mail domains found, and what is left to assign."""
    from copartner.assessments.document import AssessmentError
    from copartner.sources.portfolio_file import load_portfolio, starter
    from copartner.sources.portfolio_file.schema import PUBLISHED, schema_text
    from copartner.sources.portfolio_file.survey import survey

    if output.exists() and not force:
        raise AssessmentError(f"{output}: exists already. Name another file with -o, or overwrite it with --force.")
    output.parent.mkdir(parents=True, exist_ok=True)
    text = starter([Path(repository) for repository in repositories], target=output, hash_emails=hash_emails)
    partial = output.with_name(f".{output.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(output)
    (output.parent / PUBLISHED.name).write_text(schema_text(), encoding="utf-8")
    portfolio = load_portfolio(output)
    found = survey(repositories)
    typer.echo(
        f"Wrote {output}: {len(portfolio.repositories)} repositories, {len(found.domains)} e-mail domains found."
    )
    typer.echo("Next: say who is the company and who is a partner (the file's comments show where), then run")
    typer.echo(f"  copartner assess {output}")
