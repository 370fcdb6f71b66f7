"""Truck factors of real histories, beside the published ones.

    python benchmarks/truck_factor.py [CLONE[@DATE] ...] [--quick] [-o FILE]

For each clone: the last commit of the first-parent chain before DATE (UTC, default: tomorrow), the truck factor under
each variant, of active people, the share of abandoned files, and the file filter, without which no truck factor means
anything. Published by Avelino, Passos, Hora, Valente (ICPC 2016, arXiv 1604.06766): pallets/flask 1; its snapshot is
estimated as the last commit before 2015-02-26. Without a clone this repository itself is measured; ``--quick`` changes
nothing. The last line printed is JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from copartner.analysis.knowledge.affiliation import attribute
from copartner.analysis.knowledge.authorship import truck_factors
from copartner.analysis.knowledge.build import build_knowledge_base
from copartner.analysis.knowledge.masses import Knowledge
from copartner.analysis.knowledge.orphan import abandoned
from copartner.analysis.knowledge.scope import Scopes
from copartner.evidence import tables
from copartner.evidence.engine import connect
from copartner.evidence.ledger import Ledger
from copartner.sources.git.collect import collect
from copartner.sources.portfolio_file import parse_portfolio

PORTFOLIO = """
apiVersion: copartner/v1
kind: Portfolio
company: {id: nobody, name: Nobody}
repositories: [{id: repository, location: LOCATION}]
systems: [{id: system, name: System, criticality: high, repositories: [repository]}]
"""


def measure(clone: Path, before: date, scratch: Path) -> dict[str, Any]:
    """Truck factors of one clone. Raises ``SystemExit`` with the reason if it cannot be read."""
    as_of = before - timedelta(days=1)
    portfolio = parse_portfolio(PORTFOLIO.replace("LOCATION", json.dumps(str(clone.resolve()))))
    ledger = Ledger.open(scratch / "evidence")
    collected = collect(ledger, portfolio.repositories, data_folder=scratch, as_of=as_of)["repository"]
    if collected.head is None:
        raise SystemExit(f"{clone}: {collected.reason}")
    snapshot = ledger.snapshot()
    read = {
        table.name: snapshot.arrow(table, columns=table.schema.names)
        for table in (
            tables.COMMIT,
            tables.CO_AUTHOR,
            tables.FILE_CHANGE,
            tables.FILE_SNAPSHOT,
            tables.FILE_LINEAGE,
            tables.DOCUMENT_REFERENCE,
            tables.DECISION_RECORD,
        )
    }
    with connect("duckdb") as engine:
        base = build_knowledge_base(
            portfolio,
            as_of,
            contributions=attribute(portfolio, read["commit"], read["co_author"]),
            file_changes=read["file_change"],
            snapshots=read["file_snapshot"],
            lineage=read["file_lineage"],
            references=read["document_reference"],
            decisions=read["decision_record"],
            heads={"repository": collected.head},
            engine=engine,
        )
    knowledge = Knowledge(base)
    scopes = Scopes(knowledge)
    values = {
        value.measure: value
        for value in [*truck_factors(knowledge, scopes), *abandoned(knowledge, scopes)]
        if value.subject.key == "portfolio"
    }
    factor = values["truck_factor"]
    return {
        "repository": clone.name if clone.name != "repo" else clone.parent.name,
        "head": collected.head,
        "before": before.isoformat(),
        "source_files": base.files.num_rows,
        "excluded": dict(base.excluded),
        "truck_factor": {"paper": factor.value} | {key[8:]: found for key, found in factor.sensitivity.items()},
        "truck_factor_active": values["truck_factor_active"].value,
        "abandoned": values["abandoned"].value,
        "notes": list(collected.notes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", nargs="*", default=[str(Path(__file__).resolve().parents[1])])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    found = []
    for argument in arguments.clones:
        clone, _, day = argument.partition("@")
        before = date.fromisoformat(day) if day else datetime.now(UTC).date() + timedelta(days=1)
        with tempfile.TemporaryDirectory() as folder:
            found.append(measure(Path(clone), before, Path(folder)))
        print(json.dumps(found[-1], indent=2))
    if arguments.output:
        arguments.output.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(json.dumps(found, sort_keys=True))


if __name__ == "__main__":
    main()
