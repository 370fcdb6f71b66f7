"""Rules about the state of code and documents: abandoned code, stale documentation, incomplete evidence.

What a system lacks is laid at a partner's door only where that partner alone is engaged on it.
"""

from __future__ import annotations

from copartner.analysis.measure import MeasureValue, Subject
from copartner.evidence.portfolio import System
from copartner.findings.case import Case
from copartner.findings.finding import AntiPattern, Finding, Severity
from copartner.findings.logic import at_least
from copartner.findings.messages import Message, visible
from copartner.findings.rules.knowledge import first_rows, fresh_documentation
from copartner.findings.verdict import Outcome, Reading, Rule, finding


def judge_abandoned(rule: Rule, case: Case) -> list[Finding]:
    """Per system: how many files have no author who is still active?"""
    return [finding(rule, case, _abandoned(case, system)) for system in case.portfolio.systems]


def _abandoned(case: Case, system: System) -> Outcome:
    act, watch = case.limits["abandoned_code.act"], case.limits["abandoned_code.watch"]
    value = case.value("abandoned", Subject(system=system.id))
    number = None if value is None else value.value
    acting = number is not None and number >= act
    reached = act if acting else watch
    return Outcome(
        subject=Subject(partner=case.sole_partner(system.id), system=system.id),
        fires=at_least(number, watch),
        severity=Severity.ACT_NOW if acting else Severity.WATCH,
        readings=[Reading("abandoned", value, lambda item: item >= reached)],
        message=Message(
            "abandoned_code.fires",
            {"system": system.name, "abandoned": visible(number or 0.0, act, watch), "limit": reached},
        ),
        disappears=Message("abandoned_code.disappears", {"system": system.name, "watch": watch}),
        inputs={"abandoned": number},
        rows=first_rows(value),
        files=None if value is None else value.n,
    )


def judge_documentation(rule: Rule, case: Case) -> list[Finding]:
    """Per system: do documents keep up with the code they describe?"""
    return [finding(rule, case, _documentation(case, system)) for system in case.portfolio.systems]


def _documentation(case: Case, system: System) -> Outcome:
    limit = case.limits["documentation_stale.doc_freshness"]
    value = case.value("doc_freshness", Subject(system=system.id))
    fresh = fresh_documentation(value, limit)
    number = None if value is None else value.value
    outcome = Outcome(
        subject=Subject(partner=case.sole_partner(system.id), system=system.id),
        fires=None if fresh is None else not fresh,
        severity=Severity.WATCH,
        readings=[Reading("doc_freshness", value, lambda item: item < limit)],
        message=Message(
            "documentation_stale.fires" if number is not None else "documentation_stale.none",
            {"system": system.name, "doc_freshness": visible(number or 0.0, limit), "limit": limit},
        ),
        disappears=Message("documentation_stale.disappears", {"system": system.name, "limit": limit}),
        inputs={"doc_freshness": number},
        rows=first_rows(value),
    )
    if number is None and fresh is False:
        outcome.doubts.append(Message("reason.no_documents", {}))
    return outcome


def judge_coverage(rule: Rule, case: Case) -> list[Finding]:
    """For the portfolio and each system: is enough of the work attributed to an organisation?"""
    subjects = [Subject(), *(Subject(system=system.id) for system in case.portfolio.systems)]
    found = []
    for subject in subjects:
        value = case.value("attribution_coverage", subject)
        if value is not None:
            found.append(finding(rule, case, _coverage(case, subject, value)))
    return found


def _coverage(case: Case, subject: Subject, value: MeasureValue) -> Outcome:
    limit = case.limits["coverage_low.unknown_share"]
    unknown = None if value.value is None else round(1 - value.value, 6)
    name = case.place_name(subject)
    return Outcome(
        subject=subject,
        fires=None if unknown is None else unknown > limit,
        severity=Severity.WATCH,
        readings=[Reading("attribution_coverage", value, lambda item: round(1 - item, 6) > limit)],
        message=Message(
            "coverage_low.fires", {"subject": name, "unknown": visible(unknown or 0.0, limit), "limit": limit}
        ),
        disappears=Message("coverage_low.disappears", {"subject": name, "limit": limit}),
        inputs={"unknown_share": unknown},
        rows=first_rows(value),
    )


ABANDONED_CODE = Rule(
    id="abandoned_code",
    version=1,
    title="Abandoned code",
    question="Is there code whose authors have all stopped working on it?",
    anti_pattern=AntiPattern.BLACK_BOX,
    needs=("abandoned",),
    limits=("abandoned_code.act", "abandoned_code.watch"),
    remedy="Assign each of the files below to somebody who takes the next change, or retire it.",
    judge=judge_abandoned,
)
DOCUMENTATION_STALE = Rule(
    id="documentation_stale",
    version=1,
    title="Documentation stale",
    question="Do documents keep up with the code they describe?",
    anti_pattern=AntiPattern.BLACK_BOX,
    needs=("doc_freshness",),
    limits=("documentation_stale.doc_freshness",),
    remedy="Bring the documents below up to date with the code they name, or remove them.",
    judge=judge_documentation,
)
COVERAGE_LOW = Rule(
    id="coverage_low",
    version=1,
    title="Evidence incomplete",
    question="Is enough of the work attributed to an organisation to judge it?",
    anti_pattern=None,
    needs=("attribution_coverage",),
    limits=("coverage_low.unknown_share",),
    remedy="Assign the unknown authors below to an organisation, with the dates of their affiliation.",
    judge=judge_coverage,
)
