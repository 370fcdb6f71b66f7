"""What a finding is: a rule over measures with a limit, and the proof.

A finding describes systems, terms and numbers, never people, and says what would make it disappear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from copartner.analysis.measure import EvidenceRows, Subject
from copartner.findings.messages import Message


class AntiPattern(StrEnum):
    BLACK_BOX = "black_box"
    LOCK_IN = "lock_in"
    INCONGRUENT_GOALS = "incongruent_goals"
    LACK_OF_ONBOARDING = "lack_of_onboarding"


class State(StrEnum):
    """``unknown``: the rule could not be decided; never to be read as good."""

    FIRES = "fires"
    CLEAR = "clear"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """``act_now``: past the limit, or a deadline within 30 days. ``watch``: past the warning limit."""

    ACT_NOW = "act_now"
    WATCH = "watch"


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one rule for one subject. Only ``fires`` is a finding to act on; the others are kept as record."""

    rule: str
    rule_version: int
    title: str
    """A plain sentence: what happened, how much, against which limit."""
    subject: Subject
    as_of: date
    state: State
    severity: Severity | None
    confidence: Confidence
    anti_pattern: AntiPattern | None
    measures: tuple[str, ...]
    """Measures the rule read, as ``measure@subject-key``: each opens its own evidence."""
    inputs: Mapping[str, float | int | str | None]
    limits: Mapping[str, float]
    reasons: tuple[str, ...]
    """Why this confidence; for ``unknown`` what evidence is missing."""
    remedy: str
    disappears_when: str
    rows: EvidenceRows = field(default_factory=EvidenceRows)
    message: Message | None = None
    """The title as template and values, for other languages; likewise the two below."""
    reason_messages: tuple[Message, ...] = ()
    disappears_message: Message | None = None
    covered_by: str | None = None
    """Key of the finding about the whole system that says the same of more: show that one first."""

    @property
    def key(self) -> str:
        """Stable name, e.g. ``black_box@partner=nordhang,system=payments``."""
        return f"{self.rule}@{self.subject.key}"
