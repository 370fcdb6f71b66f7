"""The title of an assessment: one sentence that answers "what needs a decision?", made from its findings."""

from __future__ import annotations

from collections.abc import Sequence

from copartner.evidence.portfolio import Portfolio
from copartner.findings.finding import Finding, Severity, State

_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


def headline(portfolio: Portfolio, findings: Sequence[Finding]) -> str:
    """Count partners and systems past a limit; what could not be judged is said, never left out."""
    firing = [finding for finding in findings if finding.state is State.FIRES]
    urgent = [finding for finding in firing if finding.severity is Severity.ACT_NOW]
    partners = {finding.subject.partner for finding in urgent if finding.subject.partner}
    systems = {finding.subject.system for finding in urgent if finding.subject.system and not finding.subject.partner}
    if partners:
        return f"{_of(len(partners), len(portfolio.partners), 'partner')} a decision"
    if systems:
        return f"{_of(len(systems), len(portfolio.systems), 'system')} a decision"
    if firing:
        return "Nothing needs a decision; some measures are worth watching"
    if any(finding.state is State.UNKNOWN for finding in findings):
        return "No limit is passed as far as the evidence reaches, and some rules could not be decided"
    return "No partner and no system is past a limit"


def _of(count: int, total: int, noun: str) -> str:
    word = _WORDS[count] if count < len(_WORDS) else str(count)
    whole = _WORDS[total].lower() if total < len(_WORDS) else str(total)
    verb = "needs" if count == 1 else "need"
    return f"{word} of {whole} {noun}{'' if total == 1 else 's'} {verb}"
