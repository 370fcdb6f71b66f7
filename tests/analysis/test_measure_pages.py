"""The measures' pages say what the registry says, and the numbers of their worked examples are recomputed here."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
import yaml

from conftest import ROOT
from copartner.analysis.catalogue import all_measures, compute_all
from copartner.analysis.knowledge.surviving_lines import LineOwnership
from copartner.analysis.measure import MeasureDefinition, MeasureValue
from copartner.evidence.portfolio import Affiliation, Contract, Person
from copartner.evidence.tables import LINE_OWNERSHIP, OWNERSHIP_HISTORY
from knowledge_evidence import AS_OF, Evidence, a_portfolio, a_system

PAGES = ROOT / "docs" / "measures"
EXAMPLE = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def page(measure: MeasureDefinition) -> str:
    return (PAGES / f"{measure.id}.md").read_text(encoding="utf-8")


def build(example: dict[str, Any]) -> list[MeasureValue]:
    """The values of an example: evidence as in ``knowledge_evidence``, the day assessed is 2026-09-30."""
    people = [
        Person(name, row.get("name"), (), tuple(Affiliation(*stint) for stint in row["stints"]))
        for name, row in example.get("people", {}).items()
    ]
    portfolio = a_portfolio(
        partners=example.get("partners", ["nordhang"]),
        systems=[a_system(owner=example.get("owner"), components=example.get("components"))],
        people=people,
    )
    if "contract_end" in example:
        contract = Contract("c1", "nordhang", "Framework", date(2024, 1, 1), example["contract_end"])
        portfolio = replace(portfolio, contracts=(contract,))
    evidence = Evidence(portfolio)
    for path, lines in example.get("files", {}).items():
        evidence.file(path, lines)
    for path, lines in example.get("documents", {}).items():
        evidence.file(path, lines, kind="documentation")
    commits = [
        evidence.change(row["by"], row["days_ago"], row["lines"], added=row.get("added", []))
        for row in example.get("changes", [])
    ]
    for document, target, exists in example.get("references", []):
        evidence.reference(document, target, exists=exists)
    for row in example.get("decisions", []):
        evidence.decision(row["path"], row["deciders"], decided_on=row["decided_on"])
    base = evidence.base()
    if "living_lines" not in example:
        return compute_all(base)
    head = {"repository": "app", "head": "f" * 40}
    runs = [
        {**head, "path": path, "start": index, "length": count, "commit": commits[number]}
        for index, (path, count, number) in enumerate(example["living_lines"])
    ]
    history = [
        {
            **head,
            "snapshot": day,
            "snapshot_commit": "e" * 40,
            "commit": commits[number],
            "lines": lines,
        }
        for day, number, lines in example.get("snapshots", [])
    ]
    lines = LineOwnership(
        pa.Table.from_pylist(runs, schema=LINE_OWNERSHIP.schema),
        base.contributions,
        pa.Table.from_pylist(history, schema=OWNERSHIP_HISTORY.schema),
    )
    return compute_all(base, lines)


def found(value: MeasureValue, name: str) -> Any:
    """What an example may name: a field of the value, one of its inputs, or a choice of its sensitivity."""
    if name == "interval":
        return None if value.interval is None else list(value.interval)
    if name in ("value", "reason", "n", "coverage"):
        return getattr(value, name)
    return value.inputs[name] if name in value.inputs else value.sensitivity[name]


@pytest.mark.parametrize("measure", all_measures(), ids=lambda measure: measure.id)
def test_worked_examples_give_the_numbers_printed(measure: MeasureDefinition) -> None:
    examples = [yaml.safe_load(text) for text in EXAMPLE.findall(page(measure))]
    assert examples
    for example in examples:
        values = {f"{value.measure}@{value.subject.key}": value for value in build(example)}
        assert any(key.startswith(f"{measure.id}@") for key in example["expect"])
        for key, expected in example["expect"].items():
            assert {name: found(values[key], name) for name in expected} == expected, key


@pytest.mark.parametrize("measure", all_measures(), ids=lambda measure: measure.id)
def test_pages_say_what_the_definition_says(measure: MeasureDefinition) -> None:
    text = " ".join(page(measure).split())
    assert text.startswith(f"# {measure.title} `{measure.id}`, version {measure.version}.")
    for part in (measure.question, measure.formula, measure.source, *measure.caveats, *measure.needs):
        assert part in text, part


def test_every_page_belongs_to_a_measure_and_the_index_lists_them_all() -> None:
    measures = {measure.id: measure for measure in all_measures()}
    assert {file.stem for file in PAGES.glob("*.md")} == {*measures, "README"}
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    for name, measure in measures.items():
        assert f"[{measure.title}]({name}.md)" in index


def test_examples_are_assessed_on_the_day_the_pages_name() -> None:
    assert AS_OF.isoformat() in (PAGES / "README.md").read_text(encoding="utf-8")
