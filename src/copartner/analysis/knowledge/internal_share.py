"""How much of the knowledge is ours: `kappa_int`, `knowledge_share`, and the knowledge component of lock-in."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from copartner.analysis.knowledge.base import KNOWLEDGE_SCALE
from copartner.analysis.knowledge.masses import CHOSEN, STRIP, UNDECAYED, Knowledge
from copartner.analysis.knowledge.scope import Scope, Scopes
from copartner.analysis.measure import (
    MEASURES,
    Basis,
    Direction,
    EvidenceRows,
    MeasureDefinition,
    MeasureValue,
)

NEEDS = ("commit", "co_author", "file_change", "file_snapshot", "file_lineage", "affiliation", "email_domain")
FRITZ = (
    "Fritz, Ou, Murphy, Murphy-Hill, Degree-of-knowledge, ICSE 2010 and TOSEM 23(2), 2014 (in their spirit: recency of "
    "authorship); aggregation over organisations and weights: copartner"
)
DECAY_CAVEATS = (
    "The ranking of organisations can reverse with the half-life: read the sensitivity strip before the number.",
    "Shares do not change by waiting, since all terms decay together: read them beside the share of abandoned files.",
    "Many small commits weigh more than one large: partners who squash look weaker than others.",
    "Reviews are not counted: no review source is connected.",
    "Merges, bots and changes of more than 1,000 lines in one file carry no weight.",
)
_PARAMETERS = {"half_life_days": 365, "churn_limit_lines": 1000}

KAPPA_INT = MEASURES.register(
    MeasureDefinition(
        id="kappa_int",
        version=1,
        title="Our share of the knowledge",
        question="How much of what there is to know about the code do our own people hold?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.HIGHER,
        basis=Basis.AUTHORSHIP,
        needs=NEEDS,
        levels=("portfolio", "system", "component", "partner"),
        formula="sum over files of v * kappa_int / sum over files of v, with v = lines * (1 + ln(1 + changes in 365 "
        "days)), kappa_int = K(company) / sum over organisations of K, K = sum over commits of ln(1 + churn) * "
        "2^(-age / half-life) / authors",
        caveats=(*DECAY_CAVEATS, "Files of which nobody holds knowledge are unknown and lower the coverage."),
        source=FRITZ,
        parameters=_PARAMETERS,
    )
)
KNOWLEDGE_SHARE = MEASURES.register(
    MeasureDefinition(
        id="knowledge_share",
        version=1,
        title="Share of knowledge held",
        question="Who holds how much of the knowledge about the code?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.NEUTRAL,
        basis=Basis.AUTHORSHIP,
        needs=NEEDS,
        levels=("portfolio", "system", "partner", "partner_system"),
        formula="sum over files of K(organisation) / sum over files and organisations of K; for the portfolio or a "
        "system without a partner: of the company",
        caveats=(*DECAY_CAVEATS, "Large files count no more than small ones: only work done on them does."),
        source=FRITZ,
        parameters=_PARAMETERS,
    )
)
KNOWLEDGE_LOCK_IN = MEASURES.register(
    MeasureDefinition(
        id="knowledge_lock_in",
        version=1,
        title="Knowledge component of lock-in",
        question="How much of the knowledge would have to be won from others?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.LOWER,
        basis=Basis.AUTHORSHIP,
        needs=NEEDS,
        levels=("system", "partner", "partner_system"),
        formula="KN = sum over files of v * (1 - kappa_int) / sum over files of v",
        caveats=(
            "One component of the lock-in index (weight 0.25), not the index: contracts, assets and platforms are "
            "not in it.",
            "Everybody but our own people counts, other partners and unknown authors too; the inputs split it.",
            *DECAY_CAVEATS,
        ),
        source="copartner, lock-in index component KN; after Avelino et al., ICPC 2016 and Rigby et al., ICSE 2016",
        parameters=_PARAMETERS,
    )
)


def weighted(scope: Scope, parties: Iterable[int], column: str = CHOSEN) -> float | None:
    """Mean of the parties' share of the files' knowledge, weighted by v; ``None`` where nothing can be said."""
    files = scope.known(column)
    weight = scope.knowledge.weight[files]
    total = float(weight.sum())
    if total <= 0:
        return None
    kappa = scope.knowledge.kappa(column)[files][:, list(parties)].sum(axis=1)
    return float((weight * kappa).sum()) / total


def internal_share(knowledge: Knowledge, scopes: Scopes) -> list[MeasureValue]:
    """`kappa_int` of the portfolio, each system and component, and each partner's systems."""
    return [_kappa_int(scope) for scope in [*scopes, *scopes.partners]]


def _kappa_int(scope: Scope) -> MeasureValue:
    knowledge = scope.knowledge
    files = scope.known()
    value = weighted(scope, [knowledge.internal])
    if value is None or scope.unattributed:
        return scope.unknown(KAPPA_INT, scope.without_knowledge)
    high = weighted(scope, [knowledge.internal, knowledge.unknown])
    weight = knowledge.weight[files]
    missing = weight * (1 - knowledge.kappa()[files, knowledge.internal])
    return scope.value(
        KAPPA_INT,
        value,
        interval=_interval(value, high),
        n=len(files),
        inputs={
            "weighted_internal": value * float(weight.sum()),
            "weight": float(weight.sum()),
            **_split(scope),
            "files": len(files),
            "files_unknown": len(scope.files) - len(files),
        },
        sensitivity={label: weighted(scope, [knowledge.internal], column) for label, column in STRIP.items()}
        | {"undecayed": weighted(scope, [knowledge.internal], UNDECAYED)},
        rows=scope.file_rows(files, missing),
    )


def _split(scope: Scope) -> dict[str, float | int | str | None]:
    """Weighted share of each party that holds any: ``kappa_<partner>``, of the other organisations, of unknown."""
    knowledge = scope.knowledge
    found: dict[str, float | int | str | None] = {"kappa_internal": weighted(scope, [knowledge.internal])}
    for party in knowledge.partners:
        share = weighted(scope, [party])
        if share or party == scope.party:
            found[f"kappa_{knowledge.parties[party]}"] = share
    found["kappa_others"] = weighted(scope, [knowledge.others])
    found["kappa_unknown"] = weighted(scope, [knowledge.unknown])
    return found


def _interval(value: float, other: float | None) -> tuple[float, float] | None:
    """Where unknown authors could move the value; none where they cannot."""
    if other is None or other == value:
        return None
    return (min(value, other), max(value, other))


def lock_in_component(knowledge: Knowledge, scopes: Scopes) -> list[MeasureValue]:
    """`knowledge_lock_in` of each system, and the same number for each partner on it, with the partner's own part."""
    return [_lock_in(scope) for scope in [*scopes.systems, *scopes.partners, *scopes.partner_systems]]


def _lock_in(scope: Scope) -> MeasureValue:
    knowledge = scope.knowledge
    ours = weighted(scope, [knowledge.internal])
    if ours is None or scope.unattributed:
        return scope.unknown(KNOWLEDGE_LOCK_IN, scope.without_knowledge)
    files = scope.known()
    weight = knowledge.weight[files]
    order = weight * (1 - knowledge.kappa()[files, knowledge.internal])
    strip = {**STRIP, "undecayed": UNDECAYED}
    inputs = _split(scope)
    if scope.party is not None:
        inputs = {"kappa_partner": weighted(scope, [scope.party]), **inputs}
    return scope.value(
        KNOWLEDGE_LOCK_IN,
        1 - ours,
        interval=_interval(1 - ours, _complement(weighted(scope, [knowledge.internal, knowledge.unknown]))),
        n=len(files),
        inputs={
            "weighted_external": float(order.sum()),
            "weight": float(weight.sum()),
            **inputs,
            "files": len(files),
            "files_unknown": len(scope.files) - len(files),
        },
        sensitivity={
            label: _complement(weighted(scope, [knowledge.internal], column)) for label, column in strip.items()
        },
        rows=scope.file_rows(files, order),
        notes=("One component of the lock-in index, not the index.",),
    )


def _complement(share: float | None) -> float | None:
    return None if share is None else 1 - share


def shares(knowledge: Knowledge, scopes: Scopes) -> list[MeasureValue]:
    """`knowledge_share` of the company in the portfolio and each system, and of each partner in both."""
    values = [_share(scope, knowledge.internal) for scope in (scopes.portfolio, *scopes.systems)]
    for partner in knowledge.base.portfolio.partners:
        scope = scopes.portfolio.about(partner.id)
        values.append(_share(scope, knowledge.party(partner.id)))
    values.extend(_share(scope, scope.party or 0) for scope in scopes.partner_systems)
    return values


def _held(scope: Scope, party: int, column: str = CHOSEN) -> float | None:
    mass = scope.knowledge.mass(column)[scope.files]
    total = float(mass.sum())
    return float(mass[:, party].sum()) / total if total > 0 else None


def _share(scope: Scope, party: int) -> MeasureValue:
    knowledge = scope.knowledge
    value = _held(scope, party)
    if value is None or scope.unattributed:
        return scope.unknown(KNOWLEDGE_SHARE, scope.without_knowledge)
    unknown = _held(scope, knowledge.unknown) or 0.0
    mass = knowledge.mass()[scope.files]
    return scope.value(
        KNOWLEDGE_SHARE,
        value,
        interval=_interval(value, value + unknown),
        n=len(scope.known()),
        inputs={
            "knowledge_held": float(mass[:, party].sum()) / KNOWLEDGE_SCALE,
            "knowledge_total": float(mass.sum()) / KNOWLEDGE_SCALE,
            "unknown_share": unknown,
        },
        sensitivity={label: _held(scope, party, column) for label, column in STRIP.items()}
        | {"undecayed": _held(scope, party, UNDECAYED)},
        rows=_organisation_rows(scope) if party == knowledge.internal else _top_files(scope, party),
    )


def _top_files(scope: Scope, party: int) -> EvidenceRows:
    mass = scope.knowledge.mass()[scope.files, party]
    held = mass > 0
    return scope.file_rows(scope.files[held], mass[held], party)


def _organisation_rows(scope: Scope) -> EvidenceRows:
    """Every organisation that holds knowledge here, by share; undecayed beside it because rankings can reverse."""
    knowledge = scope.knowledge
    inside = np.zeros(len(knowledge), dtype=bool)
    inside[scope.files] = True
    picked = inside[knowledge.holder_file]
    holders = knowledge.base.holders
    names = np.array(holders["organisation"].to_pylist(), dtype=object)[picked]
    sums: dict[str, list[float]] = {}
    columns = ("decayed", "undecayed")
    masses = [np.asarray(holders[column].to_numpy(), dtype=np.float64)[picked].tolist() for column in columns]
    for name, decayed, undecayed in zip(names.tolist(), *masses, strict=True):
        row = sums.setdefault(name, [0.0, 0.0])
        row[0] += decayed
        row[1] += undecayed
    totals = [sum(row[index] for row in sums.values()) for index in (0, 1)]
    ordered = sorted(sums.items(), key=lambda item: (-item[1][0], item[0]))
    rows = tuple(
        (name, *(part / total if total else None for part, total in zip(row, totals, strict=True)))
        for name, row in ordered[: scope.rows]
    )
    return EvidenceRows(("organisation", "share", "share_undecayed"), rows, len(ordered), "file_change")
