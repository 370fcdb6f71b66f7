"""All measures: the definitions, and one call that computes every value of an assessment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from copartner.analysis.knowledge.activity import internal_rotation, owner_active, people_active
from copartner.analysis.knowledge.attribution_coverage import attribution_coverage
from copartner.analysis.knowledge.authorship import truck_factors
from copartner.analysis.knowledge.base import KnowledgeBase
from copartner.analysis.knowledge.decisions import decisions
from copartner.analysis.knowledge.documentation import documentation
from copartner.analysis.knowledge.internal_share import internal_share, lock_in_component, shares
from copartner.analysis.knowledge.masses import Knowledge
from copartner.analysis.knowledge.orphan import abandoned, orphans
from copartner.analysis.knowledge.ownership_bar import only_partner
from copartner.analysis.knowledge.scope import Scopes
from copartner.analysis.knowledge.surviving_lines import LineOwnership, surviving_line_measures
from copartner.analysis.measure import MEASURES, EvidenceRows, MeasureDefinition, MeasureValue

DECIMALS = 6
"""Every float of a value is rounded to this many decimals, once, when all are computed.

Sums of knowledge mass are integers and exact; what is left are the quotients, whose last bits may differ between
processors. Rounding makes an assessment the same bytes everywhere and changes no decision."""

_COMPUTED: tuple[Callable[[Knowledge, Scopes], list[MeasureValue]], ...] = (
    internal_share,
    shares,
    lock_in_component,
    only_partner,
    truck_factors,
    orphans,
    abandoned,
    people_active,
    internal_rotation,
    owner_active,
    documentation,
    decisions,
    attribution_coverage,
)


def all_measures() -> tuple[MeasureDefinition, ...]:
    """The newest definition of every measure, sorted by id. Importing this module has registered them."""
    return tuple(MEASURES)


def compute_all(base: KnowledgeBase, lines: LineOwnership | None = None) -> list[MeasureValue]:
    """Every value of an assessment, sorted by measure and subject; floats rounded to ``DECIMALS``.

    ``lines`` adds the measures that rest on line ownership.
    """
    knowledge = Knowledge(base)
    scopes = Scopes(knowledge)
    values = [value for compute in _COMPUTED for value in compute(knowledge, scopes)]
    if lines is not None:
        values.extend(surviving_line_measures(base, lines))
    return sorted((_rounded(value) for value in values), key=lambda value: (value.measure, value.subject.key))


def _rounded(value: MeasureValue) -> MeasureValue:
    rows = tuple(tuple(_round(cell) for cell in row) for row in value.rows.rows)
    return replace(
        value,
        value=_number(value.value),
        interval=None if value.interval is None else (round(value.interval[0], DECIMALS), _last(value.interval)),
        coverage=_number(value.coverage),
        inputs={name: _round(item) for name, item in value.inputs.items()},
        sensitivity={name: _number(item) for name, item in value.sensitivity.items()},
        evidence_classes=_numbers(value.evidence_classes),
        rows=EvidenceRows(value.rows.columns, rows, value.rows.total, value.rows.table),
    )


def _last(interval: tuple[float, float]) -> float:
    return round(interval[1], DECIMALS)


def _number(value: float | None) -> float | None:
    # Adding 0.0 turns a negative zero into zero, which would print and hash differently.
    return None if value is None else round(value, DECIMALS) + 0.0


def _numbers(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(item, DECIMALS) for name, item in values.items()}


def _round(cell: str | int | float | bool | None) -> str | int | float | bool | None:
    return _number(cell) if isinstance(cell, float) else cell
