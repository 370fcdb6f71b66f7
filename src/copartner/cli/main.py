"""The ``copartner`` command. Thin: each command parses, calls the same actions and queries as the pages, and prints.

Exit codes: 0 done; 1 the question was answered and the answer is bad news (an assessment that does not verify, damaged
evidence); 2 the input is wrong and nothing was written.
"""

from __future__ import annotations

import typer

from copartner.cli import assessments, evidence, ownership, portfolio

app = typer.Typer(
    name="copartner",
    help="Steer external IT partners by evidence: every number opens the commit, ticket or invoice line behind it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("init")(portfolio.init)
app.command("assess")(assessments.assess)
app.command("exit")(assessments.exit_simulation)
app.command("explain")(assessments.explain)
app.command("verify")(assessments.verify)
app.command("measures")(assessments.measures)
app.command("ownership")(ownership.ownership)
app.add_typer(evidence.app, name="evidence")


def main() -> None:
    """Run the command; expected errors become one message on standard error and exit code 2."""
    from copartner.cli.errors import reported

    with reported():
        app()


if __name__ == "__main__":
    main()
