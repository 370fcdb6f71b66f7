"""The rule about the contract: is there still time to hand over before the decision on the partner is due?"""

from __future__ import annotations

from copartner.analysis.calendars.reminders import OFFSETS
from copartner.analysis.knowledge.exit_simulation import ExitSimulation
from copartner.analysis.knowledge.handover import Verdict
from copartner.analysis.measure import Subject
from copartner.findings.case import Case
from copartner.findings.finding import AntiPattern, Finding, Severity
from copartner.findings.logic import all_of
from copartner.findings.messages import Message
from copartner.findings.verdict import Outcome, Rule, finding


def judge_notice(rule: Rule, case: Case) -> list[Finding]:
    """Per partner: the decision date is near or past while the hand-over is not shown to fit."""
    return [
        finding(rule, case, _notice(case, case.exits[partner.id]))
        for partner in case.portfolio.partners
        if partner.id in case.exits
    ]


def stage(days: int) -> int | None:
    """The reminder stage a number of days lies in: the smallest offset not below it; ``None`` beyond the largest."""
    return min((offset for offset in OFFSETS if days <= offset), default=None)


def _notice(case: Case, exit_: ExitSimulation) -> Outcome:
    days, left = exit_.days_to_decision, exit_.days_to_notice
    watch, act = case.limits["notice_closing.watch_days"], case.limits["notice_closing.act_days"]
    # A contract that ends by itself leaves nothing to decide once its notice has passed: its end is what is near.
    passed = left is not None and left < 0
    near = None if days is None else days <= watch
    feasible = exit_.verdict is Verdict.FEASIBLE
    urgent = days is not None and days <= act and not (passed and exit_.next_possible_end != exit_.on)
    outcome = Outcome(
        subject=Subject(partner=exit_.partner),
        fires=all_of(near, not feasible),
        severity=Severity.ACT_NOW if urgent else Severity.WATCH,
        readings=[],
        message=_message(case, exit_, passed),
        disappears=Message(
            "notice_closing.disappears",
            {"partner": case.partner(exit_.partner).name, "on": exit_.on.isoformat()},
        ),
        inputs={
            "days_to_decision": days,
            "days_to_notice": left,
            "decision_date": _iso(exit_.decision_date),
            "notice_deadline": _iso(exit_.notice_deadline),
            "next_possible_end": _iso(exit_.next_possible_end),
            "stage": None if days is None else stage(max(days, 0)),
            "verdict": exit_.verdict.value,
            "hours_needed": exit_.hours_needed,
            "hours_available": exit_.hours_available,
        },
        rows=exit_.rows,
    )
    if days is None:
        why = exit_.reason or "no contract dates are known"
        outcome.unknown.append(Message("reason.missing", {"input": "days_to_decision", "why": why}))
    verdict = Message("reason.verdict", {"why": exit_.verdict_reason})
    # The hours are uncalibrated, so a finding that rests on them is never of high confidence.
    (outcome.notes if feasible else outcome.doubts).append(verdict)
    if exit_.verdict is Verdict.UNKNOWN:
        outcome.unknown.append(Message("reason.missing", {"input": "verdict", "why": exit_.verdict_reason}))
    return outcome


def _message(case: Case, exit_: ExitSimulation, passed: bool) -> Message:
    days = exit_.days_to_decision or 0
    params: dict[str, str | int | float] = {
        "partner": case.partner(exit_.partner).name,
        "days": days,
        "verdict": exit_.verdict.value,
        "decision_date": _iso(exit_.decision_date) or "",
        "notice_deadline": _iso(exit_.notice_deadline) or "",
        "next_end": _iso(exit_.next_possible_end or exit_.on) or "",
    }
    if passed:
        return Message("notice_closing.notice_passed", params)
    if days < 0:
        return Message("notice_closing.decision_passed", params)
    return Message(f"notice_closing.{'today' if days == 0 else 'day' if days == 1 else 'days'}", params)


def _iso(day: object) -> str | None:
    return None if day is None else str(day)


NOTICE_CLOSING = Rule(
    id="notice_closing",
    version=1,
    title="Notice closing",
    question="Is there still time to hand over before the decision on the partner is due?",
    anti_pattern=AntiPattern.LOCK_IN,
    needs=(),
    limits=("notice_closing.watch_days", "notice_closing.act_days"),
    remedy="Decide on the contract before the date, or start the hand-over now and agree an extension.",
    judge=judge_notice,
)
