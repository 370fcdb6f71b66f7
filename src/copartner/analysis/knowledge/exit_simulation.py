"""What loses its last active internal knower if a partner leaves, and how many days are left to decide.

For a partner P and a day D (default: the end of the current contract term) everybody who is then with P is taken
away, and everybody whose own stint is known to have ended by then. Each file is classified by who is left; a file
that is just as exposed today is not caused by this exit and is reported apart. Other partners stay engaged: their
exits are simulations of their own. Knowers are people with more than a
tenth of a file's decayed knowledge who were active within the window; only files, components, systems and
organisations leave this module.

A service also needs somebody internal who can release it and resolve its incidents, and runbooks need owners:
both are unknown until deployments, incidents and document ownership are connected, and the result says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from copartner.analysis.calendars.contract_dates import ContractDates, contract_dates, is_running
from copartner.analysis.knowledge.base import KnowledgeBase
from copartner.analysis.knowledge.exit_scene import ExitScene, ExitState, SystemExposure
from copartner.analysis.knowledge.handover import (
    HandoverItem,
    HandoverSettings,
    Verdict,
    feasibility,
    handover_list,
    stake,
)
from copartner.analysis.measure import EvidenceRows
from copartner.evidence.portfolio import Contract, Criticality, Portfolio

_WORST_FIRST = (ExitState.LEFT_WITHOUT_ANYONE, ExitState.LEFT_WITHOUT_INTERNAL, ExitState.SINGLE)
_LEFT = (ExitState.LEFT_WITHOUT_ANYONE, ExitState.LEFT_WITHOUT_INTERNAL)


@dataclass(frozen=True, slots=True)
class ExitSettings:
    """Choices of the simulation, printed with it. A knower holds more than ``knower_share`` of a file's knowledge."""

    knower_share: float = 0.1
    minimum_criticality: Criticality = Criticality.LOW
    handover: HandoverSettings = field(default_factory=HandoverSettings)


@dataclass(frozen=True, slots=True)
class ExitSimulation:
    """The outcome for one partner; no field names a person.

    ``on`` is D, ``on_basis`` says where it comes from: given | term_end | notice_from_today | no_dates. Dates are
    those of ``contract``; ``None`` is unknown with ``reason``. ``counts`` and ``shares`` run over all files of the
    systems the partner is engaged on, and elsewhere over those that lose a knower with it. ``sensitivity`` maps a
    changed choice to ``caused``.
    """

    partner: str
    as_of: date
    on: date
    on_basis: str
    contract: str | None
    notice_deadline: date | None
    decision_date: date | None
    dispatch_by: date | None
    days_to_notice: int | None
    days_to_decision: int | None
    next_possible_end: date | None
    next_notice_deadline: date | None
    next_decision_date: date | None
    partner_last_day: date | None
    reason: str | None
    files: int
    partner_share: float | None
    counts: Mapping[str, int]
    shares: Mapping[str, float]
    counts_today: Mapping[str, int]
    shares_today: Mapping[str, float]
    caused: float
    systems: tuple[SystemExposure, ...]
    handover: tuple[HandoverItem, ...]
    exposed: tuple[HandoverItem, ...]
    verdict: Verdict
    verdict_reason: str
    hours_needed: float
    hours_available: float | None
    hours_undecided: float
    short_by: float | None
    extension_weeks: int | None
    learners: int
    weeks: float | None
    coverage: float | None
    sensitivity: Mapping[str, float]
    parameters: Mapping[str, float | int | str]
    rows: EvidenceRows
    notes: tuple[str, ...]


def simulate_exit(
    base: KnowledgeBase, partner: str, on: date | None = None, settings: ExitSettings | None = None
) -> ExitSimulation:
    """Simulate that ``partner`` leaves on ``on`` (default: the current term's end, see ``exit_dates``).

    Raises ``KeyError`` if no such partner is declared.
    """
    settings = settings or ExitSettings()
    portfolio = base.portfolio
    portfolio.partner(partner)
    dates, day, basis = exit_dates(portfolio, partner, base.as_of, on)
    scene = ExitScene(base, partner, day, settings.knower_share, settings.minimum_criticality.weight)
    today, after, lost = scene.states(scene.masses["decayed"], scene.active)
    caused = scene.is_state(after, *_LEFT)
    # A file with one knower of ours left is handed over only if this exit takes knowledge of it away.
    backlog = scene.is_state(after, *_WORST_FIRST) & (lost > 0) & scene.critical_enough
    handover = handover_list(scene.lost_files(backlog, after, lost), _WORST_FIRST, settings.handover)
    exposed = handover_list(
        scene.lost_files(scene.is_state(after, ExitState.ALREADY_EXPOSED) & scene.critical_enough, today, lost),
        _WORST_FIRST,
        settings.handover,
        risk=stake,
    )
    undecided = scene.is_state(after, ExitState.UNKNOWN) & (lost > 0) & scene.critical_enough
    undecided_hours = sum(
        item.hours
        for item in handover_list(scene.lost_files(undecided, after, lost), (ExitState.UNKNOWN,), settings.handover)
    )
    last_day = partner_last_day(portfolio, partner, base.as_of)
    until = day if last_day is None else min(day, last_day)
    weeks = None if basis == "no_dates" else Fraction(max(0, (until - base.as_of).days), 7)
    fits = feasibility(
        sum(item.hours for item in handover), scene.learners, weeks, settings.handover, hours_undecided=undecided_hours
    )
    whole = scene.exposure(scene.scope, today, after)
    return ExitSimulation(
        partner=partner,
        as_of=base.as_of,
        on=day,
        on_basis=basis,
        contract=None if dates is None else dates.contract,
        notice_deadline=None if dates is None else dates.notice_deadline,
        decision_date=None if dates is None else dates.decision_date,
        dispatch_by=None if dates is None else dates.dispatch_by,
        days_to_notice=_days(base.as_of, None if dates is None else dates.notice_deadline),
        days_to_decision=_days(base.as_of, None if dates is None else dates.decision_date),
        next_possible_end=None if dates is None else dates.next_possible_end,
        next_notice_deadline=None if dates is None else dates.next_notice_deadline,
        next_decision_date=None if dates is None else dates.next_decision_date,
        partner_last_day=last_day,
        reason=_why_no_date(portfolio, partner, base.as_of) if dates is None else dates.reason,
        files=whole.files,
        partner_share=whole.partner_share,
        counts=whole.counts,
        shares=whole.shares,
        counts_today=whole.counts_today,
        shares_today=whole.shares_today,
        caused=whole.caused,
        systems=scene.systems(today, after),
        handover=handover,
        exposed=exposed,
        verdict=fits.verdict,
        verdict_reason=fits.reason,
        hours_needed=fits.hours_needed,
        hours_available=fits.hours_available,
        hours_undecided=round(float(undecided_hours), 1),
        short_by=fits.short_by,
        extension_weeks=fits.extension_weeks,
        learners=scene.learners,
        weeks=None if weeks is None else round(float(weeks), 1),
        coverage=None if not whole.files else round(1 - whole.shares[ExitState.UNKNOWN], 6),
        sensitivity=scene.sensitivity(),
        parameters=_parameters(base, settings),
        rows=scene.evidence(caused, after, lost),
        notes=scene.notes(),
    )


def exit_dates(
    portfolio: Portfolio, partner: str, as_of: date, on: date | None = None
) -> tuple[ContractDates | None, date, str]:
    """Dates of the contract that decides, the day of the exit, and where that day comes from.

    Of several running contracts the one with the earliest decision date decides; ties by id. Without ``on`` the exit
    is the last day of its current term, for an open-ended contract the end that notice given today would reach. With
    ``on`` the dates are those of the term that ``on`` lies in. Without a running contract the exit is today and
    nothing is known about dates (``None``, basis ``no_dates``).
    """
    running = [item for item in portfolio.contracts if item.partner == partner and is_running(item, as_of)]
    if not running:
        return (None, as_of, "no_dates") if on is None else (None, on, "given")

    def urgency(contract: Contract) -> tuple[bool, date, str]:
        dates = contract_dates(contract, as_of)
        return dates.decision_date is None, dates.decision_date or date.max, contract.id

    contract = min(running, key=urgency)
    dates = contract_dates(contract, as_of)
    if on is not None:
        at_exit = contract_dates(contract, on)
        if at_exit.term is not None and at_exit.term != dates.term:
            dates = dataclasses.replace(
                at_exit,
                as_of=as_of,
                next_possible_end=dates.next_possible_end,
                next_notice_deadline=dates.next_notice_deadline,
                next_decision_date=dates.next_decision_date,
            )
        return dates, on, "given"
    if dates.term is not None:
        return dates, dates.term.end, "term_end"
    if dates.next_possible_end is not None:
        return dates, dates.next_possible_end, "notice_from_today"
    return dates, as_of, "no_dates"


def partner_last_day(portfolio: Portfolio, partner: str, as_of: date) -> date | None:
    """Last day of the partner's engagements in force; ``None`` if one is open or none is declared."""
    ends = [
        item.end
        for item in portfolio.engagements
        if item.partner == partner and (item.end is None or item.end >= as_of)
    ]
    if not ends or None in ends:
        return None
    return max(end for end in ends if end is not None)


def _why_no_date(portfolio: Portfolio, partner: str, as_of: date) -> str:
    contracts = [item for item in portfolio.contracts if item.partner == partner]
    if not contracts:
        return "no contract is declared"
    reasons = sorted({f"{item.id}: {contract_dates(item, as_of).reason}" for item in contracts})
    return f"no contract is in force ({'; '.join(reasons)})"


def _days(as_of: date, day: date | None) -> int | None:
    return None if day is None else (day - as_of).days


def _parameters(base: KnowledgeBase, settings: ExitSettings) -> dict[str, float | int | str]:
    chosen = base.portfolio.settings
    return {
        "half_life_days": chosen.half_life_days,
        "activity_window_days": chosen.activity_window_days,
        "knower_share": settings.knower_share,
        "minimum_criticality": settings.minimum_criticality.value,
        **dataclasses.asdict(settings.handover),
    }
