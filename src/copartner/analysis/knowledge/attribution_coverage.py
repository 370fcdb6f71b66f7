"""How much of the work could be given to an organisation, and by which class of evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copartner.analysis.knowledge.masses import Knowledge
from copartner.analysis.knowledge.scope import Scope, Scopes
from copartner.analysis.measure import (
    MEASURES,
    Basis,
    Direction,
    EvidenceRows,
    MeasureDefinition,
    MeasureValue,
)
from copartner.evidence.portfolio import BOT, UNKNOWN
from copartner.evidence.tables import TIME

ATTRIBUTION_COVERAGE = MEASURES.register(
    MeasureDefinition(
        id="attribution_coverage",
        version=1,
        title="Work attributed to an organisation",
        question="Of how much of the work is it known for whom it was done?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.HIGHER,
        basis=Basis.AUTHORSHIP,
        needs=("commit", "co_author", "file_change", "affiliation", "email_domain"),
        levels=("portfolio", "system", "component"),
        formula="human non-merge commits attributed to an organisation / human non-merge commits, co-authors sharing a "
        "commit; for a system or component: changes of its files instead of commits",
        caveats=(
            "An attributed commit can be attributed wrongly: read the classes of evidence.",
            "A corporate domain alone agreed with curated affiliations for 71 % to 94 % of commits where both were "
            "known (openstack/swift, openstack/nova).",
        ),
        source="copartner; order of evidence: dated affiliation, corporate domain, undated record, mailmap",
    )
)


def attribution_coverage(knowledge: Knowledge, scopes: Scopes) -> list[MeasureValue]:
    """`attribution_coverage` of the portfolio (commits), systems and components (changes of their files)."""
    values = [_commits(scopes.portfolio)]
    values.extend(_changes(scope) for scope in (*scopes.systems, *scopes.components))
    return values


def _commits(scope: Scope) -> MeasureValue:
    base = scope.knowledge.base
    rows = base.contributions
    end = pa.scalar(scope.knowledge.now, pa.timestamp("us", tz="UTC")).cast(TIME)
    human = rows.filter(pc.and_(pc.not_equal(rows["organisation"], BOT), pc.less(rows["author_time"], end)))
    if not human.num_rows:
        return scope.unknown(ATTRIBUTION_COVERAGE, "no commit by a person")
    sums = human.group_by("evidence_class").aggregate([("weight", "sum")])
    weights = dict(zip(sums["evidence_class"].to_pylist(), sums["weight_sum"].to_pylist(), strict=True))
    repositories = human.filter(pc.equal(human["organisation"], UNKNOWN)).group_by("repository")
    unknown = repositories.aggregate([("weight", "sum")])
    found = sorted(
        zip(unknown["repository"].to_pylist(), unknown["weight_sum"].to_pylist(), strict=True),
        key=lambda item: (-item[1], item[0]),
    )
    rows = EvidenceRows(("repository", "commits_unknown"), tuple(found[: scope.rows]), len(found), "commit")
    return _value(scope, weights, "commits", rows)


def _changes(scope: Scope) -> MeasureValue:
    classes = scope.knowledge.base.classes
    inside = np.zeros(len(scope.knowledge), dtype=bool)
    inside[scope.files] = True
    own = classes.filter(pa.array(inside[np.asarray(classes["file"].to_numpy(), dtype=np.int64)]))
    if not own.num_rows:
        return scope.unknown(ATTRIBUTION_COVERAGE, scope.without_knowledge)
    sums = own.group_by("evidence_class").aggregate([("changes", "sum")])
    counts = dict(zip(sums["evidence_class"].to_pylist(), sums["changes_sum"].to_pylist(), strict=True))
    kappa = scope.knowledge.kappa()[scope.files, scope.knowledge.unknown]
    touched = kappa > 0
    files = scope.files[touched]
    return _value(scope, counts, "changes", scope.file_rows(files, (scope.weight * kappa)[touched]))


def _value(scope: Scope, weights: dict[str, float], noun: str, rows: EvidenceRows) -> MeasureValue:
    total = sum(weights[name] for name in sorted(weights))
    unknown = weights.get(UNKNOWN, 0.0)
    value = scope.value(
        ATTRIBUTION_COVERAGE,
        1 - unknown / total,
        n=round(total),
        coverage=scope.readable,
        inputs={f"{noun}_attributed": total - unknown, noun: total, "unknown_share": unknown / total},
        rows=rows,
    )
    return replace(value, evidence_classes={name: weights[name] / total for name in sorted(weights)})
