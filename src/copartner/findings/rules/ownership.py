"""Rules about who owns and decides: ownership outsourced, owner missing, no decision records."""

from __future__ import annotations

from copartner.analysis.measure import MeasureValue, Subject
from copartner.evidence.portfolio import Criticality, Partner, System
from copartner.findings.case import Case
from copartner.findings.finding import AntiPattern, Finding, Severity
from copartner.findings.logic import all_of, any_of, below
from copartner.findings.messages import Message, visible
from copartner.findings.rules.knowledge import first_rows
from copartner.findings.verdict import Outcome, Reading, Rule, finding, weigh_partner_share


def judge_ownership(rule: Rule, case: Case) -> list[Finding]:
    """Per partner and system: nobody internal owns it, or the partner decides its architecture without us."""
    return [finding(rule, case, _ownership(case, partner, system)) for partner, system in case.relations]


def _owner(case: Case, system: System) -> tuple[MeasureValue | None, bool | None]:
    value = case.value("owner_active", Subject(system=system.id))
    return value, None if value is None or value.value is None else value.value < 1


def _ownership(case: Case, partner: Partner, system: System) -> Outcome:
    subject = Subject(partner.id, system.id)
    limit = case.limits["ownership_outsourced.adr_internal"]
    owner, unowned = _owner(case, system)
    decisions = case.value("adr_internal", Subject(system=system.id))
    number = None if decisions is None else decisions.value
    alone = _count(decisions, f"decisions_only_{partner.id}")
    decided = all_of(below(number, limit), None if number is None else alone > 0)
    share = case.partner_share(subject)
    holds = case.holds_enough(share)
    concerned = holds is not False
    accepted = None if number is None else _count(decisions, "decisions_accepted")
    variant = "both" if unowned and decided else "decisions" if decided else "owner"
    outcome = Outcome(
        subject=subject,
        fires=all_of(any_of(unowned, decided), holds),
        severity=Severity.WATCH if system.criticality is Criticality.LOW else Severity.ACT_NOW,
        readings=[
            Reading("owner_active", owner, lambda value: value < 1, decisive=concerned),
            # Where nobody owns the system, who decided about it does not turn the outcome.
            Reading("adr_internal", decisions, lambda value: value < limit, decisive=concerned and not unowned),
        ],
        message=Message(
            f"ownership_outsourced.{variant}",
            {
                "system": system.name,
                "partner": partner.name,
                "partner_share": visible(share or 0.0),
                "adr_internal": visible(number or 0.0, limit),
                "accepted": accepted or 0,
                "limit": limit,
            },
        ),
        disappears=Message("ownership_outsourced.disappears", {"system": system.name, "limit": limit}),
        inputs={
            "owner_active": None if owner is None else owner.value,
            "adr_internal": number,
            "decisions_accepted": accepted,
            "decisions_by_partner_alone": None if number is None else alone,
            "partner_share": share,
        },
        rows=first_rows(decisions if decided else owner),
    )
    return weigh_partner_share(case, partner, share, outcome)


def _count(value: MeasureValue | None, name: str) -> int:
    """An input that counts; inputs that count nothing are left out of a value."""
    return 0 if value is None else int(value.inputs.get(name) or 0)


def judge_owner_missing(rule: Rule, case: Case) -> list[Finding]:
    """Per system that no partner holds a material part of: the same question without a partner."""
    held = {system.id for partner, system in case.relations if _holds(case, partner, system)}
    found = []
    for system in case.portfolio.systems:
        if system.id in held:
            continue
        owner, unowned = _owner(case, system)
        outcome = Outcome(
            subject=Subject(system=system.id),
            fires=unowned,
            severity=Severity.ACT_NOW if system.criticality is Criticality.HIGH else Severity.WATCH,
            readings=[Reading("owner_active", owner, lambda value: value < 1)],
            message=Message("owner_missing.fires", {"system": system.name}),
            disappears=Message("owner_missing.disappears", {"system": system.name}),
            inputs={"owner_active": None if owner is None else owner.value, "criticality": system.criticality.value},
            rows=first_rows(owner),
        )
        found.append(finding(rule, case, outcome))
    return found


def _holds(case: Case, partner: Partner, system: System) -> bool:
    return case.holds_enough(case.partner_share(Subject(partner.id, system.id))) is True


def judge_decision_records(rule: Rule, case: Case) -> list[Finding]:
    """Per system of medium or high criticality: is any decision written down in its repositories?"""
    found = []
    for system in case.portfolio.systems:
        if system.criticality is Criticality.LOW:
            continue
        value = case.value("adr_internal", Subject(system=system.id))
        records = None if value is None else value.inputs.get("records")
        outcome = Outcome(
            subject=Subject(partner=case.sole_partner(system.id), system=system.id),
            fires=None if records is None else records == 0,
            severity=Severity.WATCH,
            readings=[Reading("adr_internal", value, lambda _: False, decisive=False)],
            message=Message("no_decision_records.fires", {"system": system.name}),
            disappears=Message("no_decision_records.disappears", {"system": system.name}),
            inputs={"records": records, "criticality": system.criticality.value},
        )
        if records == 0:
            outcome.doubts.append(Message("reason.no_records", {}))
        found.append(finding(rule, case, outcome))
    return found


OWNERSHIP_OUTSOURCED = Rule(
    id="ownership_outsourced",
    version=1,
    title="Ownership outsourced",
    question="Does the company own the systems its partners build, and decide how they are built?",
    anti_pattern=AntiPattern.BLACK_BOX,
    needs=("owner_active", "adr_internal"),
    limits=("ownership_outsourced.adr_internal", "partner.knowledge_share"),
    remedy="Name an internal owner who works on the system, and let one of our own people decide with the partner.",
    judge=judge_ownership,
)
OWNER_MISSING = Rule(
    id="owner_missing",
    version=1,
    title="Owner missing",
    question="Has each system a named internal owner who is active?",
    anti_pattern=None,
    needs=("owner_active",),
    limits=("partner.knowledge_share",),
    remedy="Name an internal owner who works on the system.",
    judge=judge_owner_missing,
)
NO_DECISION_RECORDS = Rule(
    id="no_decision_records",
    version=1,
    title="No decision records",
    question="Is it written down why the system is built as it is?",
    anti_pattern=AntiPattern.BLACK_BOX,
    needs=("adr_internal",),
    limits=(),
    remedy="Record the next decision in the repository, and the ones that shaped the system with its next change.",
    judge=judge_decision_records,
)
