"""The catalogue: every measure is registered, documented, computed at its levels, and in one order."""

from __future__ import annotations

import json
import random

from conftest import ROOT
from copartner.analysis.catalogue import DECIMALS, all_measures, compute_all
from copartner.analysis.knowledge.orphan import ABANDONED
from copartner.analysis.measure import MEASURES, Subject
from knowledge_evidence import Evidence, a_portfolio

LINE_OWNERSHIP = {"surviving_line_share", "only_partner_lines", "inactive_author_lines", "code_half_life"}


def evidence() -> Evidence:
    found = Evidence(a_portfolio(engagements={"nordhang": ["app"]}))
    for path in ("src/a.py", "src/b.py", "c.py"):
        found.file(path)
    found.file("docs/a.md", kind="documentation")
    rng = random.Random(7)
    people = ["ann@company", "eva@company", "bea@nordhang", "who@unknown", "renovate@bot"]
    for _ in range(30):
        paths = rng.sample(["src/a.py", "src/b.py", "c.py", "docs/a.md"], 2)
        found.change(rng.choice(people), rng.uniform(1, 900), {path: rng.randrange(1, 99) for path in paths})
    found.reference("docs/a.md", "src/a.py")
    found.decision("adr/1.md", ["Company"])
    return found


def level(subject: Subject) -> str:
    names = [name for name in ("partner", "system", "component") if getattr(subject, name) is not None]
    return {"": "portfolio", "system,component": "component", "partner,system": "partner_system"}.get(
        ",".join(names), ",".join(names)
    )


def test_every_authorship_measure_is_computed_at_exactly_its_levels():
    found: dict[str, set[str]] = {}
    for value in compute_all(evidence().base()):
        found.setdefault(value.measure, set()).add(level(value.subject))
        assert value.version == MEASURES.get(value.measure).version
    expected = {item.id: set(item.levels) for item in all_measures() if item.id not in LINE_OWNERSHIP}
    assert found == expected


def test_values_are_sorted_unique_and_serialisable_whatever_the_order_of_evidence():
    one = evidence()
    two = evidence()
    two.contributions.reverse()
    two.changes.reverse()
    first, second = compute_all(one.base()), compute_all(two.base())
    assert first == second
    keys = [(value.measure, value.subject.key) for value in first]
    assert keys == sorted(set(keys))
    for value in first:
        parts = [value.value, value.interval, value.inputs, value.sensitivity, value.rows.rows, value.coverage]
        json.dumps(parts, allow_nan=False)


def test_floats_are_rounded_once_at_the_end():
    def floats(item):
        if isinstance(item, float):
            yield item
        elif isinstance(item, dict):
            yield from (number for inner in item.values() for number in floats(inner))
        elif isinstance(item, tuple):
            yield from (number for inner in item for number in floats(inner))

    values = compute_all(evidence().base())
    seen = [
        number
        for value in values
        for part in (value.value, value.interval, value.coverage, value.inputs, value.sensitivity, value.rows.rows)
        for number in floats(part)
    ]
    assert len(seen) > 100
    assert all(number == round(number, DECIMALS) for number in seen)


def test_definitions_say_what_a_reader_needs():
    for item in all_measures():
        assert item.question.endswith("?"), item.id
        assert item.formula, item.id
        assert item.source, item.id
        assert item.caveats, item.id
        assert item.needs, item.id


def test_every_measure_has_a_page_that_quotes_its_formula():
    for item in all_measures():
        page = ROOT / "docs" / "measures" / f"{item.id}.md"
        assert page.is_file(), f"docs/measures/{item.id}.md is missing"
        text = " ".join(page.read_text(encoding="utf-8").split())
        assert f"version {item.version}" in text, item.id
        assert item.formula in text, item.id


def test_a_definition_cannot_change_under_its_version():
    assert MEASURES.register(ABANDONED) is ABANDONED
