"""Judging an assessment: every rule over all values, in one deterministic order.

Pure: the same portfolio, values, exits and day give the same findings. What could not be decided is kept as
``unknown`` beside what fires and what is clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

import copartner.analysis.catalogue  # noqa: F401  registers every measure: reasons name measures by their titles
from copartner.analysis.knowledge.exit_simulation import ExitSimulation
from copartner.analysis.measure import MeasureValue
from copartner.evidence.portfolio import Portfolio
from copartner.findings.case import Case
from copartner.findings.finding import Finding
from copartner.findings.limits import resolve_limits
from copartner.findings.rules.code import ABANDONED_CODE, COVERAGE_LOW, DOCUMENTATION_STALE
from copartner.findings.rules.contract import NOTICE_CLOSING
from copartner.findings.rules.knowledge import BLACK_BOX, KNOWLEDGE_SINGLE_POINT, LOCK_IN_KNOWLEDGE
from copartner.findings.rules.ownership import NO_DECISION_RECORDS, OWNER_MISSING, OWNERSHIP_OUTSOURCED
from copartner.findings.verdict import Rule

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.id: rule
        for rule in (
            BLACK_BOX,
            LOCK_IN_KNOWLEDGE,
            OWNERSHIP_OUTSOURCED,
            ABANDONED_CODE,
            NOTICE_CLOSING,
            KNOWLEDGE_SINGLE_POINT,
            OWNER_MISSING,
            NO_DECISION_RECORDS,
            DOCUMENTATION_STALE,
            COVERAGE_LOW,
        )
    }
)
"""Every rule by id."""


def rule_versions() -> dict[str, int]:
    """Rule id → version, as an assessment pins them."""
    return {rule.id: rule.version for rule in RULES.values()}


def judge(
    portfolio: Portfolio, values: Iterable[MeasureValue], exits: Iterable[ExitSimulation], as_of: date
) -> list[Finding]:
    """The outcome of every rule for every subject it applies to, sorted by rule and subject.

    Raises ``LimitError`` for limits of the portfolio that cannot be used, ``ValueError`` if a measure has two values
    for one subject.
    """
    case = Case.of(portfolio, values, exits, resolve_limits(portfolio.settings.limits), as_of)
    found = [item for rule in RULES.values() for item in rule.judge(rule, case)]
    order = {rule: place for place, rule in enumerate(RULES)}
    return sorted(found, key=lambda item: (order[item.rule], item.subject.key))
