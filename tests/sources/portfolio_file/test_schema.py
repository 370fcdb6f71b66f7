"""The published JSON Schema is current, accepts what the reader accepts and refuses misspelt keys and words."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from copartner.sources.portfolio_file.schema import PUBLISHED, main, schema_text

HERE = Path(__file__).parent
GOOD = (HERE / "good.yaml").read_text(encoding="utf-8")
SCHEMA = json.loads(schema_text())
TYPES = {"string": str, "array": list, "object": dict, "null": type(None), "integer": int, "number": (int, float)}
KEYWORDS = {
    *("$schema", "title", "definitions", "description", "format", "$ref", "allOf", "anyOf", "const", "enum", "type"),
    *("pattern", "minLength", "minItems", "minimum", "maximum", "items", "properties", "required"),
    "additionalProperties",
}


def faults(value: Any, schema: dict[str, Any], path: str = "") -> list[str]:
    """What JSON Schema draft 7 says about a value, for the keywords the portfolio's schema uses."""
    assert set(schema) <= KEYWORDS, f"the test does not know {set(schema) - KEYWORDS}"
    if "$ref" in schema:
        return faults(value, SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[1]], path)
    found = [fault for part in schema.get("allOf", ()) for fault in faults(value, part, path)]
    if "anyOf" in schema and all(faults(value, part, path) for part in schema["anyOf"]):
        found.append(f"{path}: none of the forms")
    if "const" in schema and value != schema["const"]:
        found.append(f"{path}: not {schema['const']}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: none of {schema['enum']}")
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if kinds and not any(isinstance(value, TYPES[kind]) for kind in kinds):
        return [*found, f"{path}: not {kinds}"]
    if isinstance(value, str):
        if not re.search(schema.get("pattern", ""), value) or len(value) < schema.get("minLength", 0):
            found.append(f"{path}: pattern")
    elif isinstance(value, (int, float)):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            found.append(f"{path}: range")
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            found.append(f"{path}: too few")
        for position, item in enumerate(value):
            found += faults(item, schema.get("items", {}), f"{path}[{position}]")
    elif isinstance(value, dict):
        found += [f"{path}: no {key}" for key in schema.get("required", ()) if key not in value]
        for key, item in value.items():
            inner = schema.get("properties", {}).get(key, schema.get("additionalProperties", {}))
            found += [f"{path}.{key}: unknown"] if inner is False else faults(item, inner, f"{path}.{key}")
    return found


def as_editors_see_it(text: str) -> Any:
    """YAML 1.2 as the language server reads it: a date is text."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return yaml.load(text, Loader)  # noqa: S506 - derived from SafeLoader


def test_the_published_file_is_current() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text(), (
        "run: python -m copartner.sources.portfolio_file.schema --write"
    )


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    assert capsys.readouterr().out == schema_text()


def test_the_command_writes_the_published_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("copartner.sources.portfolio_file.schema.PUBLISHED", tmp_path / "schema.json")
    main(["--write"])
    assert (tmp_path / "schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_schema_accepts_a_good_portfolio() -> None:
    assert faults(as_editors_see_it(GOOD), SCHEMA) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("tier: strategic", "teir: strategic", ".partners[0].teir: unknown"),
        ("kind: agency", "kind: agencie", ".partners[0].kind: none of"),
        ("copartner/v1", "copartner/v2", ".apiVersion: not copartner/v1"),
        ("id: quendel", "id: Quendel", ".partners[1].id: pattern"),
        ("from: 2019-01-01", "from: 01.02.2019", ".people[0].affiliations[1].from: pattern"),
        ("company: 3 months", "company: 3 moths", ".contracts[0].notice.company: pattern"),
        ("half_life_days: 180", "half_life_days: 0", ".settings.half_life_days: range"),
        ('paths: ["capture/**"]', "paths: []", ".systems[0].components[0].paths: too few"),
        ("repository: mono", "repo: mono", ".systems[0].repositories[1]: none of the forms"),
        ("    kind: software_house\n", "", ".partners[1]: no kind"),
    ],
)
def test_the_schema_refuses(old: str, new: str, fault: str) -> None:
    found = faults(as_editors_see_it(GOOD.replace(old, new)), SCHEMA)
    assert [text.startswith(fault) for text in found] == [True], found
