"""The hand-over before an exit: what has to be handed over, in which order, and whether it fits into the time left.

Hours come from reading rates and shares that no hand-over of the company has confirmed yet, so they are labelled
uncalibrated. Nothing here names a person: learners are counted.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from copartner.analysis.measure import EvidenceRows

SHARE_SCALE = 1_000_000
"""Shares of a file are kept as parts per million, so that risks add up exactly."""


class Verdict(StrEnum):
    FEASIBLE = "feasible"
    FEASIBLE_WITH_EXTENSION = "feasible_with_extension"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class HandoverSettings:
    """Choices of the estimate; all are design defaults without calibration and are printed with the result.

    ``reading_rate`` is lines per hour (at most 200 is the effective rate of code review, Kemerer and Paulk, IEEE TSE
    35(4), 2009), ``understood_share`` the share of lines that must be understood. A learner gives ``learner_share``
    of a week of ``weekly_hours``; more than ``learner_limit`` people do not learn one partner's systems at once.
    Items below ``minimum_hours`` are not worth a meeting of their own. A contract that would have to be extended by
    more than ``extension_limit_weeks`` is no extension but another plan.
    """

    reading_rate: int = 200
    understood_share: float = 0.6
    learner_share: float = 0.2
    weekly_hours: int = 40
    learner_limit: int = 8
    minimum_hours: int = 2
    extension_limit_weeks: int = 26


@dataclass(frozen=True, slots=True)
class LostFile:
    """A file that loses knowers: ``lost`` is the share of its knowledge that leaves, in parts per million."""

    system: str
    component: str
    repository: str
    path: str
    state: str
    lines: int
    weight: int
    lost: int
    criticality: int


@dataclass(frozen=True, slots=True)
class HandoverItem:
    """A component to hand over. ``state`` is the worst of its files, ``states`` counts them.

    ``risk`` is the item's share (0..1) of all risk of the list, where a file's risk is its weight v_f times the
    weight of its system's criticality times the share of its knowledge that leaves. ``share_lost`` is the weighted
    mean of that share; ``hours`` is LOC * understood share / reading rate, at least the minimum.
    """

    system: str
    component: str
    repository: str | None
    """``None`` if the component's files lie in several repositories."""
    state: str
    states: Mapping[str, int]
    files: int
    lines: int
    share_lost: float
    risk: float
    hours: float
    rows: EvidenceRows


@dataclass(frozen=True, slots=True)
class Feasibility:
    """Whether the hand-over fits. ``short_by`` is in hours; ``None`` where the hours available are unknown."""

    verdict: Verdict
    hours_needed: float
    hours_available: float | None
    short_by: float | None
    extension_weeks: int | None
    reason: str


def loss(file: LostFile) -> int:
    """Risk of a file that loses knowers: weight times criticality times the share that leaves."""
    return file.weight * file.criticality * file.lost


def stake(file: LostFile) -> int:
    """Risk of a file whoever leaves: weight times criticality."""
    return file.weight * file.criticality


def handover_list(
    files: Iterable[LostFile],
    severity: Sequence[str],
    settings: HandoverSettings,
    *,
    risk: Callable[[LostFile], int] = loss,
    rows: int = 10,
) -> tuple[HandoverItem, ...]:
    """Group files to components, the greatest risk first; ties by system and component.

    ``severity`` orders the states from worst to mildest. A file in two systems is read once: its lines count where it
    comes first in the list.
    """
    grouped: dict[tuple[str, str], list[LostFile]] = defaultdict(list)
    for file in files:
        grouped[file.system, file.component].append(file)
    losses = {key: sum(risk(file) for file in members) for key, members in grouped.items()}
    total = sum(losses.values())
    seen: set[tuple[str, str]] = set()
    items = []
    for key in sorted(grouped, key=lambda key: (-losses[key], key)):
        members = sorted(grouped[key], key=lambda file: (-risk(file), file.repository, file.path))
        fresh = [file for file in members if (file.repository, file.path) not in seen]
        seen.update((file.repository, file.path) for file in fresh)
        lines = sum(file.lines for file in fresh)
        repositories = {file.repository for file in members}
        counts = {state: sum(file.state == state for file in members) for state in severity}
        weight = sum(file.weight for file in members)
        items.append(
            HandoverItem(
                system=key[0],
                component=key[1],
                repository=repositories.pop() if len(repositories) == 1 else None,
                state=next(state for state in severity if counts[state]),
                states={state: count for state, count in counts.items() if count},
                files=len(members),
                lines=lines,
                share_lost=ratio(sum(file.weight * file.lost for file in members), weight * SHARE_SCALE),
                risk=ratio(losses[key], total),
                hours=float(_hours(lines, settings)),
                rows=EvidenceRows(
                    columns=("repository", "path", "lines", "state", "share_lost"),
                    rows=tuple(
                        (file.repository, file.path, file.lines, file.state, round(file.lost / SHARE_SCALE, 6))
                        for file in members[:rows]
                    ),
                    total=len(members),
                ),
            )
        )
    return tuple(items)


def ratio(part: int, whole: int) -> float:
    """``part / whole`` to six decimals, 0 for an empty whole; exact until the last step."""
    return round(float(Fraction(part, whole)), 6) if whole else 0.0


def _hours(lines: int, settings: HandoverSettings) -> Fraction:
    if not lines:
        return Fraction(0)
    hours = lines * Fraction(str(settings.understood_share)) / settings.reading_rate
    return max(Fraction(settings.minimum_hours), Fraction(round(hours * 10), 10))


def hours_available(learners: int, weeks: Fraction, settings: HandoverSettings) -> float:
    """Learners times their share of a week times weeks; no more learners than the limit."""
    return round(float(_weekly_capacity(learners, settings) * weeks), 1)


def _weekly_capacity(learners: int, settings: HandoverSettings) -> Fraction:
    return min(learners, settings.learner_limit) * Fraction(str(settings.learner_share)) * settings.weekly_hours


def feasibility(
    hours_needed: float,
    learners: int,
    weeks: Fraction | None,
    settings: HandoverSettings,
    *,
    hours_undecided: float = 0.0,
) -> Feasibility:
    """Compare the hours needed with the hours learners have until the exit.

    ``weeks`` is ``None`` where no date is known. ``hours_undecided`` is what files of unknown state would add: where
    they decide the matter, the verdict is unknown.
    """

    def outcome(
        verdict: Verdict, reason: str, available: float | None, short: float | None, extension: int | None = None
    ) -> Feasibility:
        return Feasibility(verdict, round(float(hours_needed), 1), available, short, extension, reason)

    if hours_needed + hours_undecided == 0:
        available = None if weeks is None else hours_available(learners, weeks, settings)
        return outcome(Verdict.FEASIBLE, "nothing has to be handed over", available, 0.0)
    if weeks is None:
        return outcome(Verdict.UNKNOWN, "no contract dates are known", None, None)
    available = hours_available(learners, weeks, settings)
    short = round(max(0.0, hours_needed - available), 1)
    if not short:
        if hours_needed + hours_undecided > available:
            return outcome(
                Verdict.UNKNOWN, "files whose knowers are unknown would not fit into the time left", available, 0.0
            )
        return outcome(Verdict.FEASIBLE, "the hours available cover the hours needed", available, 0.0)
    capacity = _weekly_capacity(learners, settings)
    if not capacity:
        return outcome(Verdict.INFEASIBLE, "no active internal person is there to learn", available, short)
    extension = math.ceil(Fraction(str(short)) / capacity)
    weeks_more = "1 week" if extension == 1 else f"{extension} weeks"
    if extension > settings.extension_limit_weeks:
        return outcome(
            Verdict.INFEASIBLE,
            f"an extension of {weeks_more} is beyond the limit of {settings.extension_limit_weeks}",
            available,
            short,
            extension,
        )
    return outcome(
        Verdict.FEASIBLE_WITH_EXTENSION, f"fits with an extension of {weeks_more}", available, short, extension
    )
