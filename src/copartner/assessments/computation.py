"""From evidence to a document: the one path every assessment takes, first run and verification alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from copartner.assessments import document as documents
from copartner.assessments.document import AssessmentError, Document
from copartner.assessments.pinned import PinnedEvidence, read_pinned
from copartner.evidence import tables
from copartner.evidence.portfolio import Portfolio
from copartner.sources.git import file_rules


@dataclass(frozen=True)
class Computation:
    """A document, the ledger versions it was read from, and the wall seconds of each step."""

    document: Document
    pin: Mapping[str, Any]
    seconds: Mapping[str, float]


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step] = now - self._last
        self._last = now


def compute(
    portfolio: Portfolio,
    as_of: date,
    *,
    portfolio_path: Path,
    base_folder: Path,
    data: Path,
    engine: str,
    workers: int | None,
    ownership: bool,
    progress: Callable[[str, str, int, int], None] | None,
    exits: Sequence[tuple[str, date | None]] | None = None,
    rows: int | None = None,
) -> Computation:
    """Collect what is new, read the pinned evidence, compute every measure, judge, and compose the document.

    ``exits`` names (partner, day) pairs to simulate; default every partner at its contract's term end. ``rows`` asks
    for more evidence rows per value than a frozen document holds.
    """
    from copartner.analysis.catalogue import compute_all
    from copartner.analysis.knowledge.affiliation import attribute
    from copartner.analysis.knowledge.build import build_knowledge_base
    from copartner.analysis.knowledge.exit_simulation import simulate_exit
    from copartner.analysis.knowledge.surviving_lines import ownership_over_time
    from copartner.assessments.ownership import collect_ownership, read_ownership
    from copartner.evidence.engine import connect
    from copartner.evidence.ledger import Ledger
    from copartner.findings.engine import judge, rule_versions
    from copartner.sources.git.collect import collect
    from copartner.sources.portfolio_file.collect import collect_portfolio

    clock = _Clock()
    ledger = Ledger.open(data / "evidence")
    collect_portfolio(ledger, portfolio_path, portfolio)
    collected = collect(
        ledger,
        list(portfolio.repositories),
        data_folder=data,
        as_of=as_of,
        base_folder=base_folder,
        workers=workers,
        progress=progress,
    )
    heads = {repository: item.head for repository, item in sorted(collected.items()) if item.head}
    unreadable = {repository: item.reason for repository, item in sorted(collected.items()) if item.reason}
    if not heads:
        lines = "\n".join(f"  {repository}: {reason}" for repository, reason in unreadable.items())
        raise AssessmentError(f"No repository could be read:\n{lines}")
    clock.lap("collect")
    if ownership:
        collect_ownership(
            ledger, portfolio, heads, data=data, base_folder=base_folder, workers=workers, progress=progress
        )
        clock.lap("line ownership")
    snapshot = ledger.snapshot()
    evidence = read_pinned(snapshot, heads)
    clock.lap("read evidence")
    contributions = attribute(portfolio, evidence[tables.COMMIT], evidence[tables.CO_AUTHOR])
    clock.lap("attribute")
    with connect(engine) as connection:
        base = build_knowledge_base(
            portfolio,
            as_of,
            contributions=contributions,
            file_changes=evidence[tables.FILE_CHANGE],
            snapshots=evidence[tables.FILE_SNAPSHOT],
            lineage=evidence[tables.FILE_LINEAGE],
            references=evidence[tables.DOCUMENT_REFERENCE],
            decisions=evidence[tables.DECISION_RECORD],
            heads=heads,
            unreadable=unreadable,
            engine=connection,
        )
    if rows is not None:
        base = replace(base, rows=rows)
    clock.lap("knowledge base")
    living = read_ownership(snapshot, heads, portfolio, evidence, contributions) if ownership else None
    values = compute_all(base, living.lines if living else None)
    clock.lap("measures")
    wanted = exits if exits is not None else [(partner.id, None) for partner in portfolio.partners]
    simulations = [simulate_exit(base, partner, on) for partner, on in wanted]
    clock.lap("exit simulation")
    findings = judge(portfolio, values, simulations, as_of)
    clock.lap("findings")
    document = documents.compose(
        portfolio,
        as_of,
        values=values,
        findings=findings,
        exits=[documents.plain(simulation) for simulation in simulations],
        heads=heads,
        evidence=evidence.hashes if living is None else {**evidence.hashes, **living.hashes},
        repositories=_repositories(evidence, heads, unreadable),
        excluded=base.excluded,
        attribution=_attribution(contributions),
        rules=rule_versions(),
        file_filter=file_rules.VERSION,
        over_time=ownership_over_time(living.lines) if living else (),
    )
    clock.lap("freeze")
    return Computation(document, snapshot.pin.to_json(), clock.seconds)


def _attribution(contributions: pa.Table) -> dict[str, float]:
    """Share of commits by class of affiliation evidence; bots are a class of their own, so the shares sum to 1."""
    sums = contributions.group_by("evidence_class").aggregate([("weight", "sum")])
    total = sum(sums["weight_sum"].to_pylist())
    rows = zip(sums["evidence_class"].to_pylist(), sums["weight_sum"].to_pylist(), strict=True)
    return {name: round(weight / total, 6) for name, weight in sorted(rows)}


def _repositories(
    evidence: PinnedEvidence, heads: Mapping[str, str], unreadable: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Per repository: head, commits reached, files in the tree, and what could not be seen."""
    commits = _counts(evidence[tables.COMMIT])
    files = _counts(evidence[tables.FILE_SNAPSHOT])
    notes = {row["repository"]: row for row in evidence[tables.REPOSITORY_HEAD].to_pylist()}
    found: dict[str, dict[str, Any]] = {}
    for repository in sorted({*heads, *unreadable}):
        row = notes.get(repository, {})
        found[repository] = {
            "head": heads.get(repository),
            "commits": commits.get(repository, 0),
            "files": files.get(repository, 0),
            "missing_objects": row.get("missing_objects", 0),
            "history_cut": row.get("history_cut", False),
            "notes": row.get("notes", []),
            "unreadable": unreadable.get(repository),
        }
    return found


def _counts(rows: pa.Table) -> dict[str, int]:
    counted = rows.group_by("repository").aggregate([([], "count_all")])
    return dict(zip(counted["repository"].to_pylist(), counted["count_all"].to_pylist(), strict=True))
