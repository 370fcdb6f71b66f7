"""The limits findings are judged by: data with a default, a unit, a range and a reason to exist.

A portfolio may set any of them (``settings.limits``); what it sets is checked before anything is judged. Bands are
half-open: a value at the limit belongs to the worse band where higher is worse, and is still inside where lower is
worse (κ_int of exactly 20 % is not below 20 %), so that every value lies in exactly one band.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit; ``unit`` is share, days or files, ``low`` and ``high`` are the values it may take, both included."""

    id: str
    default: float
    unit: str
    low: float
    high: float
    description: str


def _share(name: str, default: float, description: str) -> Limit:
    return Limit(name, default, "share", 0.0, 1.0, description)


_LIMITS = (
    _share(
        "partner.knowledge_share",
        0.2,
        "A finding about knowledge concerns a partner only if at least this share of the knowledge is the partner's.",
    ),
    _share("black_box.kappa_int", 0.2, "Black box below this internal share of knowledge."),
    _share("black_box.internal_review_share", 0.5, "Black box below this share of partner changes reviewed by us."),
    _share("black_box.doc_freshness", 0.5, "Documentation counts as fresh from this share of fresh documents on."),
    _share("lock_in_knowledge.act", 0.6, "Act from this share of knowledge outside the company on."),
    _share("lock_in_knowledge.watch", 0.4, "Watch from this share of knowledge outside the company on."),
    _share(
        "ownership_outsourced.adr_internal",
        0.5,
        "Architecture is decided by the partner below this share of accepted decisions with an internal decider.",
    ),
    _share("abandoned_code.act", 0.3, "Act from this share of files without an active author on."),
    _share("abandoned_code.watch", 0.15, "Watch from this share of files without an active author on."),
    _share("documentation_stale.doc_freshness", 0.5, "Watch below this share of fresh documents."),
    _share(
        "knowledge_single_point.internal_rotation",
        0.5,
        "Watch below this share of components that two or more internal people know.",
    ),
    _share("coverage_low.unknown_share", 0.1, "Watch above this share of work by people of unknown affiliation."),
    Limit("notice_closing.watch_days", 120, "days", 1, 3650, "Watch this many days before the decision date."),
    Limit("notice_closing.act_days", 30, "days", 0, 3650, "Act this many days before the decision date."),
    Limit("evidence.minimum_files", 5, "files", 1, 10000, "Below this many files a finding is watched at most."),
    _share("evidence.coverage_high", 0.95, "High confidence needs this share of the evidence."),
    _share("evidence.coverage_medium", 0.8, "Medium confidence needs this share of the evidence."),
)

LIMITS: Mapping[str, Limit] = MappingProxyType({limit.id: limit for limit in _LIMITS})
"""Every limit by id."""

_RISING = (
    ("lock_in_knowledge.watch", "lock_in_knowledge.act"),
    ("abandoned_code.watch", "abandoned_code.act"),
    ("notice_closing.act_days", "notice_closing.watch_days"),
    ("evidence.coverage_medium", "evidence.coverage_high"),
)


@dataclass(frozen=True, slots=True)
class LimitProblem:
    """What is wrong with one limit, and what to write instead."""

    limit: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"settings.limits.{self.limit}: {self.message}. {self.remedy}"


class LimitError(ValueError):
    """Limits of a portfolio that cannot be used; the message has one line per problem, with the remedy."""

    def __init__(self, problems: tuple[LimitProblem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def resolve_limits(chosen: Mapping[str, float]) -> Mapping[str, float]:
    """Defaults with the portfolio's choices applied. Raises ``LimitError`` naming every problem."""
    problems = []
    for name, value in sorted(chosen.items()):
        limit = LIMITS.get(name)
        if limit is None:
            near = difflib.get_close_matches(name, LIMITS, n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"Known limits: {', '.join(sorted(LIMITS))}."
            problems.append(LimitProblem(name, "unknown limit", remedy))
        elif not limit.low <= value <= limit.high:
            message = f"{value:g} is outside {limit.low:g} to {limit.high:g} ({limit.unit})"
            remedy = f"Write a number in that range; the default is {limit.default:g}."
            problems.append(LimitProblem(name, message, remedy))
    resolved = {name: limit.default for name, limit in LIMITS.items()} | {
        name: float(value) for name, value in chosen.items()
    }
    if not problems:
        problems = [
            LimitProblem(
                lower if lower in chosen else upper,
                f"{lower} ({resolved[lower]:g}) is above {upper} ({resolved[upper]:g})",
                f"Set {upper} to {resolved[lower]:g} or more.",
            )
            for lower, upper in _RISING
            if resolved[lower] > resolved[upper]
        ]
    if problems:
        raise LimitError(tuple(problems))
    return MappingProxyType(resolved)
