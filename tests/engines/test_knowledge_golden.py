"""The golden measures: a small fixed portfolio gives the same values, to the last digit, on every engine.

``knowledge_golden.json`` holds the values of an assessment that was checked by hand where the other tests name the
numbers. After a deliberate change of a definition (a new version of it), write the file anew with

    python tests/engines/test_knowledge_golden.py
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from copartner.analysis.catalogue import compute_all
from copartner.analysis.knowledge.base import KnowledgeBase
from copartner.evidence.engine import Engine, connect
from copartner.evidence.portfolio import Affiliation, Contract, Person, RenewalMode
from knowledge_evidence import Evidence, a_portfolio, a_system, duckdb_engine

GOLDEN = Path(__file__).with_name("knowledge_golden.json")


def evidence() -> Evidence:
    """Three systems, two partners, a former one, unknown authors, a bot, renames, co-authors, documents, decisions."""
    hired = (Affiliation("nordhang", None, date(2024, 12, 31)), Affiliation("company", date(2025, 1, 1)))
    people = [
        Person("mara", "Mara Wendt", (), (Affiliation("company", date(2019, 1, 1)),)),
        Person("tom", "Tom Grau", (), hired),
        Person("bo", "Bo Lind", (), (Affiliation("nordhang", date(2020, 1, 1)),)),
        Person("gone", None, (), (Affiliation("company", None, date(2025, 6, 30)),)),
    ]
    parts = {"api": ["api/**"], "ledger": ["ledger/**"]}
    systems = [
        a_system("payments", repositories=["pay"], owner="mara", components=parts),
        a_system("orders", repositories=["mono"], include=["orders/**", "docs/**", "adr/**"], owner="gone"),
        a_system("shop", repositories=["mono", "web"], exclude=["orders/**"]),
    ]
    portfolio = a_portfolio(
        partners=("nordhang", "quendel"),
        systems=systems,
        people=people,
        engagements={"nordhang": ["payments"], "quendel": ["orders", "shop"]},
    )
    term = Contract("c1", "nordhang", "Framework", date(2024, 1, 1), date(2026, 12, 31), RenewalMode.NONE)
    found = Evidence(replace(portfolio, contracts=(term,)))
    sizes = {
        "pay": {"api/a.py": 320, "api/b.py": 90, "ledger/core.py": 1200, "tools.sh": 30},
        "mono": {"orders/o.ts": 400, "orders/p.ts": 150, "shop/s.ts": 60, "shop/empty.ts": 0},
        "web": {"src/w.ts": 220},
    }
    for repository, files in sizes.items():
        for path, lines in files.items():
            found.file(path, lines, repository=repository)
    found.file("gen/client.ts", 9000, excluded="generated", repository="web")
    found.file("docs/run.md", 40, kind="documentation", repository="mono")
    everybody = ["mara@company", "bo@nordhang", "cem@quendel", "dora@altdorf", "who@unknown", "renovate@bot"]
    paths = [(repository, path) for repository, files in sizes.items() for path in files if path != "shop/empty.ts"]
    for index in range(60):
        repository, path = paths[(index * 7) % len(paths)]
        days = 3.7 + (index * 37.25) % 1400
        who: Any = everybody[(index * index + index // 3) % len(everybody)]
        if index % 9 == 4:
            who = [who, everybody[(index + 1) % 5]]
        churn = None if index % 17 == 8 else 1 + (index * 113) % 1150
        found.change(who, days, {path: churn}, added=[path] if index < len(paths) else (), repository=repository)
    moved = found.change("tom@nordhang", 900, {"old/a.py": 200}, added=["old/a.py"], repository="pay")
    found.leads_to(moved, "old/a.py", "api/a.py", repository="pay")
    found.change("tom@company", 100, {"api/a.py": 12}, repository="pay", evidence_class="dated_affiliation")
    found.change("gone@company", 700, {"orders/o.ts": 44}, repository="mono")
    found.change("cem@quendel", 20, {"docs/run.md": 5, "orders/o.ts": 9}, repository="mono")
    found.repository = "mono"
    found.reference("docs/run.md", "orders/o.ts")
    found.reference("docs/run.md", "orders/gone.ts", exists=False, line=7)
    found.decision("adr/0001.md", ["Mara Wendt", "Bo Lind"], decided_on=date(2025, 3, 1))
    found.decision("adr/0002.md", ["Quendel"], decided_on=date(2025, 3, 1))
    return found


def golden(base: KnowledgeBase) -> dict[str, Any]:
    """Value key → everything but the evidence rows, which the comparison of tables below covers."""
    found = {}
    for value in compute_all(base):
        row = {name: getattr(value, name) for name in ("value", "reason", "interval", "n", "coverage")}
        row |= {name: dict(getattr(value, name)) for name in ("inputs", "sensitivity", "evidence_classes")}
        found[f"{value.measure}@{value.subject.key}"] = row
    read: dict[str, Any] = json.loads(json.dumps(found, allow_nan=False))
    return read


@pytest.fixture(scope="module")
def base(engine: Engine) -> KnowledgeBase:
    return evidence().base(engine)


def test_every_engine_gives_the_golden_measures(base: KnowledgeBase) -> None:
    assert golden(base) == json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "table", ["files", "holders", "people", "classes", "code_commits", "documents", "path_changes"]
)
def test_every_engine_builds_the_same_knowledge_base(base: KnowledgeBase, table: str) -> None:
    one: pa.Table = getattr(base, table)
    other: pa.Table = getattr(evidence().base(duckdb_engine()), table)
    assert one.schema == other.schema
    assert one.equals(other)


def test_the_golden_portfolio_is_worth_comparing() -> None:
    values = json.loads(GOLDEN.read_text(encoding="utf-8"))
    known = {key: row for key, row in values.items() if row["value"] is not None}
    assert len({key.split("@")[0] for key in known}) >= 18
    assert sum(row["value"] not in (0.0, 1.0) for row in known.values()) >= 60


if __name__ == "__main__":
    with connect("duckdb") as connection:
        lines = [f"{json.dumps(key)}: {json.dumps(row)}" for key, row in golden(evidence().base(connection)).items()]
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
