"""Who knows the code today: ours, shared, only the partner, nobody; and the headline "known only to them".

Each file's weight falls into exactly one group, and the four shares sum to 1. With kappa(c) the share of the file's
knowledge that organisation c holds and alpha(c) the part of it that sits with *active* people of c:

1. ``nobody``: no organisation has alpha > 0.1. Whoever knew the file no longer works on anything of ours.
2. ``only_partner``: one partner has kappa > 0.8 and alpha > 0.1, and kappa(company) < 0.1. About a partner: that one.
3. ``ours``: the company has alpha > 0.1 and nobody else has.
4. ``shared``: the rest. Others have alpha > 0.1, with the company or without it (``shared_without_us``).

Organisations that are neither the company nor a partner count as one other organisation, unknown authors as another.

Files of which nobody holds any knowledge stand outside all four and lower the coverage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from copartner.analysis.knowledge.internal_share import DECAY_CAVEATS, NEEDS
from copartner.analysis.knowledge.masses import CHOSEN, STRIP, WINDOWS, Knowledge
from copartner.analysis.knowledge.scope import Scope, Scopes
from copartner.analysis.knowledge.truck_factor import Bools, Floats, Ints
from copartner.analysis.measure import MEASURES, Basis, Direction, MeasureDefinition, MeasureValue

ONLY = 0.8
LITTLE = 0.1
GROUPS = ("ours", "shared", "only_partner", "nobody")
"""Groups in the order of the ownership bar."""

ONLY_PARTNER = MEASURES.register(
    MeasureDefinition(
        id="only_partner",
        version=1,
        title="Known only to the partner",
        question="How much of the code does only the partner know?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.LOWER,
        basis=Basis.AUTHORSHIP,
        needs=NEEDS,
        levels=("portfolio", "system", "component", "partner", "partner_system"),
        formula="sum of v over files where one partner has kappa > 0.8 with active people and kappa_int < 0.1 / sum of "
        "v over files somebody knows; inputs are the four shares of the ownership bar: ours + shared + only_partner + "
        "nobody = 1",
        caveats=(
            *DECAY_CAVEATS,
            "A file only a partner ever knew, whose people are no longer active, counts as known to nobody.",
            "Knowledge stays with the organisation it was won at: somebody we hired away counts there.",
        ),
        source="copartner; thresholds 0.8 and 0.1 are design defaults",
        parameters={
            "partner_kappa_above": ONLY,
            "internal_kappa_below": LITTLE,
            "active_kappa_above": LITTLE,
            "half_life_days": 365,
            "activity_window_days": 365,
        },
    )
)


@dataclass(frozen=True)
class Bar:
    """Per file of a scope with knowledge: which group it falls into."""

    files: Ints
    weight: Floats
    ours: Bools
    shared: Bools
    only_partner: Bools
    nobody: Bools
    shared_without_us: Bools
    only_partner_inactive: Bools
    """Would be only the partner's, but nobody of theirs is active: part of ``nobody`` (or of ``shared``)."""

    def share(self, name: str) -> float:
        """Share of the weight in a group, 0..1."""
        mask: Bools = getattr(self, name)
        return float(self.weight[mask].sum()) / float(self.weight.sum())


def ownership_bar(
    scope: Scope, column: str = CHOSEN, window_days: int | None = None, unknown_is: int | None = None
) -> Bar:
    """Sort the files of a scope into the four groups.

    ``unknown_is`` gives the knowledge of unknown authors to a party, to see how far they could move the result.
    """
    knowledge = scope.knowledge
    files = scope.known(column)
    kappa = knowledge.kappa(column)[files].copy()
    active = knowledge.active_kappa(column, window_days)[files].copy()
    if unknown_is is not None:
        for shares in (kappa, active):
            shares[:, unknown_is] += shares[:, knowledge.unknown]
            shares[:, knowledge.unknown] = 0.0
    partners = [scope.party] if scope.party is not None else list(knowledge.partners)
    holds = active > LITTLE
    mostly = (kappa[:, partners] > ONLY) & (kappa[:, [knowledge.internal]] < LITTLE)
    only = np.any(mostly & holds[:, partners], axis=1)
    nobody = ~np.any(holds, axis=1)
    internal = holds[:, knowledge.internal]
    alone = internal & (holds.sum(axis=1) == 1)
    ours = alone & ~only
    shared = ~(nobody | only | ours)
    return Bar(
        files=files,
        weight=knowledge.weight[files],
        ours=ours,
        shared=shared,
        only_partner=only,
        nobody=nobody,
        shared_without_us=shared & ~internal,
        only_partner_inactive=np.any(mostly, axis=1) & ~only,
    )


def only_partner(knowledge: Knowledge, scopes: Scopes) -> list[MeasureValue]:
    """`only_partner` with the ownership bar in its inputs."""
    return [_only_partner(scope) for scope in [*scopes, *scopes.partners, *scopes.partner_systems]]


def _headline(scope: Scope, column: str = CHOSEN, window_days: int | None = None) -> float | None:
    bar = ownership_bar(scope, column, window_days)
    return bar.share("only_partner") if bar.weight.sum() > 0 else None


def _only_partner(scope: Scope) -> MeasureValue:
    knowledge = scope.knowledge
    bar = ownership_bar(scope)
    total = float(bar.weight.sum())
    if total <= 0 or scope.unattributed:
        return scope.unknown(ONLY_PARTNER, scope.without_knowledge)
    value = bar.share("only_partner")
    kappa = knowledge.kappa()[bar.files]
    return scope.value(
        ONLY_PARTNER,
        value,
        interval=_interval(scope, bar, value),
        n=len(bar.files),
        inputs={name: bar.share(name) for name in GROUPS}
        | {
            "weight": total,
            "shared_without_us": bar.share("shared_without_us"),
            "only_partner_inactive": bar.share("only_partner_inactive"),
            "files": len(bar.files),
            "files_only_partner": int(bar.only_partner.sum()),
            "files_nobody": int(bar.nobody.sum()),
            "files_unknown": len(scope.files) - len(bar.files),
        },
        sensitivity={label: _headline(scope, column) for label, column in STRIP.items()}
        | {f"activity_window_days={days}": _headline(scope, CHOSEN, days) for days in WINDOWS},
        rows=scope.file_rows(
            bar.files[bar.only_partner], (bar.weight * (1 - kappa[:, knowledge.internal]))[bar.only_partner]
        ),
    )


def _interval(scope: Scope, bar: Bar, value: float) -> tuple[float, float] | None:
    """The value if all unknown authors were ours, and if they were the partner's (each partner's in turn)."""
    knowledge = scope.knowledge
    if not (knowledge.kappa()[bar.files, knowledge.unknown] > 0).any():
        return None
    low = ownership_bar(scope, unknown_is=knowledge.internal).share("only_partner")
    partners = [scope.party] if scope.party is not None else list(knowledge.partners)
    # Files differ in which partner unknown authors would push over the limit: the union bounds them all.
    union = np.zeros(len(bar.files), dtype=bool)
    for party in partners:
        union |= ownership_bar(scope, unknown_is=party).only_partner
    high = float(bar.weight[union | bar.only_partner].sum()) / float(bar.weight.sum())
    return (min(low, value), max(high, value)) if (low, high) != (value, value) else None
