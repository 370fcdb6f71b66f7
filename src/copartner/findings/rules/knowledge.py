"""Rules about who knows the code: black box, lock-in by knowledge, single point of knowledge."""

from __future__ import annotations

from dataclasses import replace

from copartner.analysis.measure import EvidenceRows, MeasureValue, Subject
from copartner.evidence.portfolio import Criticality, Partner, System
from copartner.findings.case import Case
from copartner.findings.finding import AntiPattern, Finding, Severity, State
from copartner.findings.logic import all_of, any_of, at_least, below
from copartner.findings.messages import Message, visible
from copartner.findings.verdict import Outcome, Reading, Rule, finding, weigh_partner_share

SHOWN_ROWS = 10
ALONE = 0.8
"""Above this share of the knowledge the partner is said to be the only one who knows, as in ``only_partner``."""


def first_rows(value: MeasureValue | None, count: int = SHOWN_ROWS) -> EvidenceRows:
    """The most telling rows of a value, as the finding's own."""
    if value is None:
        return EvidenceRows()
    rows = value.rows
    return EvidenceRows(rows.columns, rows.rows[:count], rows.total, rows.table)


def is_black_box(
    critical: bool | None,
    kappa_int: float | None,
    internal_review_share: float | None,
    fresh_documentation: bool | None,
    *,
    kappa_limit: float = 0.2,
    review_limit: float = 0.5,
) -> bool | None:
    """Critical, and little internal knowledge, and neither reviews by us nor fresh documentation make up for it.

    ``None`` unless the known inputs decide. Design default; no published limit exists.
    """
    return all_of(
        critical,
        below(kappa_int, kappa_limit),
        any_of(
            below(internal_review_share, review_limit), None if fresh_documentation is None else not fresh_documentation
        ),
    )


def judge_black_box(rule: Rule, case: Case) -> list[Finding]:
    """Per partner and system, and per component of a system of high criticality."""
    found = []
    for partner, system in case.relations:
        whole = finding(rule, case, _black_box(case, partner, system, Subject(partner.id, system.id)))
        found.append(whole)
        if system.criticality is Criticality.HIGH:
            for component in case.components(system.id):
                subject = Subject(partner.id, system.id, component)
                if case.holds_enough(case.partner_share(subject)) is False:
                    continue
                part = finding(rule, case, _black_box(case, partner, system, subject))
                covered = whole.state is State.FIRES and part.state is State.FIRES
                found.append(replace(part, covered_by=whole.key) if covered else part)
    return found


def fresh_documentation(value: MeasureValue | None, limit: float) -> bool | None:
    """Whether documentation is fresh. No document at all is not fresh; anything else unmeasured is unknown."""
    if value is None:
        return None
    if value.value is None:
        return False if value.inputs.get("documents") == 0 else None
    return value.value >= limit


def _black_box(case: Case, partner: Partner, system: System, subject: Subject) -> Outcome:
    limits = case.limits
    kappa = case.value("kappa_int", Subject(system=system.id, component=subject.component))
    docs = case.nearest("doc_freshness", Subject(system=system.id, component=subject.component))
    review = case.nearest("internal_review_share", subject)
    share = case.partner_share(subject)
    holds = case.holds_enough(share)
    fresh = fresh_documentation(docs, limits["black_box.doc_freshness"])
    kappa_limit = limits["black_box.kappa_int"]
    boxed = is_black_box(
        system.criticality is Criticality.HIGH,
        None if kappa is None else kappa.value,
        None if review is None else review.value,
        fresh,
        kappa_limit=kappa_limit,
        review_limit=limits["black_box.internal_review_share"],
    )
    number = 0.0 if kappa is None or kappa.value is None else kappa.value
    concerned = system.criticality is Criticality.HIGH and holds is not False
    outcome = Outcome(
        subject=subject,
        fires=all_of(boxed, holds),
        severity=Severity.ACT_NOW,
        readings=[
            Reading("kappa_int", kappa, lambda value: value < kappa_limit, decisive=concerned),
            Reading(
                "doc_freshness",
                docs,
                lambda value: value < limits["black_box.doc_freshness"],
                decisive=concerned and number < kappa_limit,
                missing="no documentation evidence",
            ),
            Reading(
                "internal_review_share",
                review,
                lambda value: value < limits["black_box.internal_review_share"],
                decisive=False,
                missing="no review evidence is connected",
            ),
        ],
        message=Message(
            "black_box.only" if share is not None and share > ALONE else "black_box.mostly",
            {
                "system": case.place_name(subject),
                "partner": partner.name,
                "kappa_int": visible(number, kappa_limit),
                "partner_share": visible(share or 0.0),
                "limit": kappa_limit,
            },
        ),
        disappears=Message(
            "black_box.disappears",
            {
                "system": case.place_name(subject),
                "limit": kappa_limit,
                "fresh": limits["black_box.doc_freshness"],
                "review": limits["black_box.internal_review_share"],
            },
        ),
        inputs={
            "criticality": system.criticality.value,
            "kappa_int": None if kappa is None else kappa.value,
            "internal_review_share": None if review is None else review.value,
            "doc_freshness": None if docs is None else docs.value,
            "partner_share": share,
        },
        rows=first_rows(kappa),
        files=None if kappa is None else kappa.n,
    )
    if system.criticality is not Criticality.HIGH:
        outcome.notes.append(Message("reason.criticality", {"criticality": system.criticality.value}))
    if concerned and docs is not None and docs.value is None and fresh is False:
        outcome.doubts.append(Message("reason.no_documents", {}))
    return weigh_partner_share(case, partner, share, outcome)


def judge_lock_in(rule: Rule, case: Case) -> list[Finding]:
    """Per partner and system, whatever kind of partner: who writes code holds knowledge, cloud providers too."""
    return [finding(rule, case, _lock_in(case, partner, system)) for partner, system in case.relations]


def _lock_in(case: Case, partner: Partner, system: System) -> Outcome:
    subject = Subject(partner.id, system.id)
    act, watch = case.limits["lock_in_knowledge.act"], case.limits["lock_in_knowledge.watch"]
    value = case.nearest("knowledge_lock_in", subject)
    number = None if value is None else value.value
    share = case.partner_share(subject)
    holds = case.holds_enough(share)
    acting = number is not None and number >= act
    reached = act if acting else watch
    outcome = Outcome(
        subject=subject,
        fires=all_of(at_least(number, watch), holds),
        severity=Severity.ACT_NOW if acting else Severity.WATCH,
        readings=[Reading("knowledge_lock_in", value, lambda item: item >= reached, decisive=holds is not False)],
        message=Message(
            "lock_in_knowledge.fires",
            {
                "system": system.name,
                "partner": partner.name,
                "share": visible(number or 0.0, act, watch),
                "limit": reached,
                "partner_share": visible(share or 0.0),
            },
        ),
        disappears=Message("lock_in_knowledge.disappears", {"system": system.name, "watch": watch}),
        inputs={"knowledge_lock_in": number, "partner_share": share},
        rows=first_rows(value),
        files=None if value is None else value.n,
    )
    return weigh_partner_share(case, partner, share, outcome)


def judge_single_point(rule: Rule, case: Case) -> list[Finding]:
    """Per system of high criticality: are most components known to two of our own people?"""
    limit = case.limits["knowledge_single_point.internal_rotation"]
    found = []
    for system in case.portfolio.systems:
        if system.criticality is not Criticality.HIGH:
            continue
        subject = Subject(system=system.id)
        value = case.value("internal_rotation", subject)
        number = None if value is None else value.value
        outcome = Outcome(
            subject=subject,
            fires=below(number, limit),
            severity=Severity.WATCH,
            readings=[Reading("internal_rotation", value, lambda item: item < limit)],
            message=Message(
                "knowledge_single_point.fires",
                {"system": system.name, "rotation": visible(number or 0.0, limit), "limit": limit},
            ),
            disappears=Message("knowledge_single_point.disappears", {"system": system.name, "limit": limit}),
            inputs={"internal_rotation": number, "criticality": system.criticality.value},
            rows=first_rows(value),
        )
        found.append(finding(rule, case, outcome))
    return found


BLACK_BOX = Rule(
    id="black_box",
    version=1,
    title="Black box",
    question="Is a critical system known to the partner but not to us?",
    anti_pattern=AntiPattern.BLACK_BOX,
    needs=("kappa_int", "doc_freshness", "internal_review_share"),
    limits=(
        "black_box.kappa_int",
        "black_box.doc_freshness",
        "black_box.internal_review_share",
        "partner.knowledge_share",
    ),
    remedy="Plan a knowledge transfer: let two of our own people change the files below, with the partner reviewing.",
    judge=judge_black_box,
)
LOCK_IN_KNOWLEDGE = Rule(
    id="lock_in_knowledge",
    version=1,
    title="Lock-in by knowledge",
    question="Does leaving the partner mean losing the knowledge of a system?",
    anti_pattern=AntiPattern.LOCK_IN,
    needs=("knowledge_lock_in",),
    limits=("lock_in_knowledge.act", "lock_in_knowledge.watch", "partner.knowledge_share"),
    remedy="Open the exit simulation and hand over the components of its list, the riskiest first.",
    judge=judge_lock_in,
)
KNOWLEDGE_SINGLE_POINT = Rule(
    id="knowledge_single_point",
    version=1,
    title="Single point of knowledge",
    question="Do at least two of our own people know each part of a critical system?",
    anti_pattern=AntiPattern.BLACK_BOX,
    needs=("internal_rotation",),
    limits=("knowledge_single_point.internal_rotation",),
    remedy="Let a second of our own people take the next changes in the components below.",
    judge=judge_single_point,
)
