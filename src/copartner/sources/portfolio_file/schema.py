"""The portfolio format as JSON Schema, so that editors complete keys and underline mistakes while one types.

Draft 7, which the YAML language server of the common editors reads. It states the form of each value; what values must
be to each other (references, periods, checksums) only `load_portfolio` checks.

    python -m copartner.sources.portfolio_file.schema           print it
    python -m copartner.sources.portfolio_file.schema --write   bring the published file up to date
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from copartner.sources.portfolio_file.kinds import Kind, ListOf, Named, Shape
from copartner.sources.portfolio_file.shape import PORTFOLIO

PUBLISHED: Final = Path(__file__).with_name("portfolio.schema.json")


def schema_text() -> str:
    """The JSON Schema of the portfolio format."""
    definitions: dict[str, Any] = {}
    _define(PORTFOLIO, definitions)
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "copartner portfolio",
        **definitions.pop(PORTFOLIO.name),
        "definitions": dict(sorted(definitions.items())),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _define(kind: Kind, definitions: dict[str, Any]) -> None:
    if isinstance(kind, (ListOf, Named)):
        _define(kind.entry, definitions)
    if not isinstance(kind, Shape) or kind.name in definitions:
        return
    definition: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            # Draft 7 ignores what stands beside a $ref, so that the description needs a wrapper.
            field.key: {"description": field.doc, **({"allOf": [schema]} if "$ref" in schema else schema)}
            for field in kind.fields
            for schema in [field.kind.schema()]
        },
    }
    required = [field.key for field in kind.fields if field.required]
    if required:
        definition["required"] = required
    definitions[kind.name] = definition
    for field in kind.fields:
        _define(field.kind, definitions)


def main(arguments: list[str]) -> None:
    """Print the schema, or write it to its published place."""
    if arguments == ["--write"]:
        PUBLISHED.write_text(schema_text(), encoding="utf-8")
    else:
        sys.stdout.write(schema_text())


if __name__ == "__main__":
    main(sys.argv[1:])
