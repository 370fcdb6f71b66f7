"""From conditions to a finding: state, severity, confidence and the sentences that say why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from copartner.analysis.measure import EvidenceRows, MeasureValue, Subject
from copartner.evidence.portfolio import Partner
from copartner.findings.case import Case
from copartner.findings.finding import AntiPattern, Confidence, Finding, Severity, State
from copartner.findings.messages import Message, Parameter, visible

_STEPS = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule. A change of what it judges means a new ``version``; ``needs`` names the measures it reads."""

    id: str
    version: int
    title: str
    question: str
    anti_pattern: AntiPattern | None
    needs: tuple[str, ...]
    limits: tuple[str, ...]
    remedy: str
    judge: Callable[[Rule, Case], Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class Reading:
    """One value a rule compared with a limit: ``beyond`` says for any number whether it is past that limit.

    ``decisive`` readings lower the confidence where their value is uncertain near the limit.
    """

    name: str
    value: MeasureValue | None
    beyond: Callable[[float], bool]
    decisive: bool = True
    missing: str = "not measured"


@dataclass(slots=True)
class Outcome:
    """What a rule found out about a subject, before it is put into words."""

    subject: Subject
    fires: bool | None
    severity: Severity
    readings: Sequence[Reading]
    message: Message
    disappears: Message
    inputs: Mapping[str, Parameter | None]
    rows: EvidenceRows = field(default_factory=EvidenceRows)
    doubts: list[Message] = field(default_factory=list)
    """Further reasons against certainty, one step of confidence each."""
    unknown: list[Message] = field(default_factory=list)
    """Inputs that are missing beside those of the readings."""
    notes: list[Message] = field(default_factory=list)
    """Reasons that say nothing about certainty."""
    files: int | None = None
    """Files looked at; few of them make a finding a matter to watch."""


def finding(rule: Rule, case: Case, outcome: Outcome) -> Finding:
    """Put an outcome into a finding."""
    state = {True: State.FIRES, False: State.CLEAR, None: State.UNKNOWN}[outcome.fires]
    few = outcome.files is not None and outcome.files < case.limits["evidence.minimum_files"]
    confidence, reasons = _confidence(case, outcome, few)
    if state is State.FIRES:
        message = outcome.message
    else:
        message = Message(state.value, {"rule": rule.title, "subject": case.subject_name(outcome.subject)})
    severity = Severity.WATCH if few else outcome.severity
    return Finding(
        rule=rule.id,
        rule_version=rule.version,
        title=str(message),
        subject=outcome.subject,
        as_of=case.as_of,
        state=state,
        severity=severity if state is State.FIRES else None,
        confidence=confidence if state is not State.UNKNOWN else Confidence.LOW,
        anti_pattern=rule.anti_pattern,
        measures=_measures(outcome.readings),
        inputs=outcome.inputs,
        limits={name: case.limits[name] for name in rule.limits},
        reasons=tuple(str(reason) for reason in reasons),
        remedy=rule.remedy,
        disappears_when=str(outcome.disappears),
        rows=outcome.rows,
        message=message,
        reason_messages=tuple(reasons),
        disappears_message=outcome.disappears,
    )


def weigh_partner_share(case: Case, partner: Partner, share: float | None, outcome: Outcome) -> Outcome:
    """Say where the partner's own share of the knowledge is what decides: unknown, or too small to concern it."""
    limit = case.limits["partner.knowledge_share"]
    if share is None:
        missing: dict[str, Parameter] = {"input": "partner_share", "why": "no recorded knowledge in this place"}
        outcome.unknown.append(Message("reason.missing", missing))
    elif share < limit:
        held: dict[str, Parameter] = {"partner": partner.name, "share": visible(share, limit), "limit": limit}
        outcome.notes.append(Message("reason.partner_share", held))
    return outcome


def _measures(readings: Sequence[Reading]) -> tuple[str, ...]:
    found = (f"{item.value.measure}@{item.value.subject.key}" for item in readings if item.value is not None)
    return tuple(dict.fromkeys(found))


def _confidence(case: Case, outcome: Outcome, few: bool) -> tuple[Confidence, list[Message]]:
    """High, less one step per doubt: coverage, an interval or another choice across the limit, few files."""
    doubts = list(outcome.doubts)
    missing = list(outcome.unknown)
    for reading in outcome.readings:
        value = reading.value
        if value is None or value.value is None:
            why = reading.missing if value is None else value.reason or reading.missing
            missing.append(Message("reason.missing", {"input": reading.name, "why": why}))
        elif reading.decisive:
            doubts += _doubts(reading, value)
    steps = len(doubts)
    coverage = _coverage(outcome.readings)
    if coverage is not None and coverage.coverage is not None:
        reason: dict[str, Parameter] = {"coverage": visible(coverage.coverage), "measure": coverage.measure}
        if coverage.coverage < case.limits["evidence.coverage_medium"]:
            steps += 2
            doubts.append(Message("reason.coverage", reason))
        elif coverage.coverage < case.limits["evidence.coverage_high"]:
            steps += 1
            doubts.append(Message("reason.coverage", reason))
    if few:
        steps += 2
        doubts.append(Message("reason.few_files", {"files": outcome.files or 0}))
    # What is missing explains an unknown and qualifies a finding; it means nothing where the known already clears it.
    relevant = {None: missing, True: [*doubts, *missing], False: doubts}[outcome.fires]
    reasons = [*relevant, *outcome.notes] or [Message("reason.firm", {})]
    return _STEPS[min(steps, 2)], reasons


def _doubts(reading: Reading, value: MeasureValue) -> list[Message]:
    """What could put the value on the other side of its limit. Raw, undecayed knowledge decides nothing."""
    found = []
    assert value.value is not None  # noqa: S101  the caller asked
    if value.interval is not None:
        low, high = value.interval
        if reading.beyond(low) != reading.beyond(high):
            span: dict[str, Parameter] = {"measure": reading.name, "low": visible(low), "high": visible(high)}
            found.append(Message("reason.interval", span))
    flips = [
        choice
        for choice, number in sorted(value.sensitivity.items())
        if choice != "undecayed" and number is not None and reading.beyond(number) != reading.beyond(value.value)
    ]
    if flips:
        found.append(Message("reason.sensitive", {"measure": reading.name, "choice": ", ".join(flips)}))
    return found


def _coverage(readings: Sequence[Reading]) -> MeasureValue | None:
    """The least covered of the values that decided."""
    covered = [
        item.value
        for item in readings
        if item.decisive and item.value is not None and item.value.value is not None and item.value.coverage is not None
    ]
    return min(covered, key=lambda value: (value.coverage, value.measure), default=None)
