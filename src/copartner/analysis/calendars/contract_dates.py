"""Contract dates: terms, notice deadlines and decision dates. No other code computes a contract date.

A fixed term is ``start`` to ``term_end``, both days included. A tacit renewal appends terms of ``renewal_term``; every
term is counted from one anchor, never from the end of the term before, or a contract that began on 31 January would
drift to the 28th for ever. Notice is counted back from the end of the *current* term, never from the start and never
from the first term (GLPI #2596, #14703), and the internal lead time is a date of its own (GLPI #12620).

Everything is a pure function of the contract and ``as_of``: no clock, no time zone, no record's creation date. Where a
date cannot be known the result is ``None`` and ``ContractDates.reason`` says what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from copartner.analysis.calendars.durations import (
    WEEKDAYS,
    BusinessCalendar,
    add,
    exclusive_end,
    latest_start,
    months_in,
)
from copartner.evidence.portfolio import Contract, Duration, DurationUnit, RenewalMode

_DAY = timedelta(days=1)
_MONTH = Duration(1, DurationUnit.MONTHS)


class Side(StrEnum):
    """Who gives notice. Each side may have its own notice period."""

    COMPANY = "company"
    PARTNER = "partner"


class EndAlignment(StrEnum):
    """On which days an open-ended contract can end; the end rolls up to the next such day."""

    ANY = "any"
    MONTH_END = "month_end"
    QUARTER_END = "quarter_end"
    YEAR_END = "year_end"


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a contract: ``index`` 0 is the first; ``start`` and ``end`` are both days of the term."""

    index: int
    start: date
    end: date

    def covers(self, day: date) -> bool:
        return self.start <= day <= self.end


@dataclass(frozen=True, slots=True)
class ContractDates:
    """What the dates of a contract say on one day, for the side that would give notice.

    ``notice_deadline`` is the legal date of the current term: the last day on which notice still ends it on
    ``term.end``. ``decision_date`` is that date less the internal lead time (the same date if no lead is stated).
    ``dispatch_by`` is the business day by which notice has to be sent. ``next_possible_end`` is the earliest last
    day that a decision taken on ``as_of`` can still reach; ``next_notice_deadline`` and ``next_decision_date``
    belong to it. ``None`` means unknown or not applicable; ``reason`` says which.
    """

    contract: str
    side: Side
    as_of: date
    term: Term | None
    notice_deadline: date | None
    decision_date: date | None
    dispatch_by: date | None
    next_possible_end: date | None
    next_notice_deadline: date | None
    next_decision_date: date | None
    reason: str | None

    @property
    def days_to_notice(self) -> int | None:
        """Days from ``as_of`` to the notice deadline of the current term; negative once it has passed."""
        return None if self.notice_deadline is None else (self.notice_deadline - self.as_of).days

    @property
    def days_to_decision(self) -> int | None:
        """Days from ``as_of`` to the decision date of the current term; negative once it has passed."""
        return None if self.decision_date is None else (self.decision_date - self.as_of).days


def first_term_end(start: date, initial_term: Duration, calendar: BusinessCalendar = WEEKDAYS) -> date:
    """Last day of a first term of ``initial_term`` that begins on ``start``: 24 months from 1 January 2024 end on
    31 December 2025."""
    return exclusive_end(start, initial_term, calendar=calendar) - _DAY


def terms(contract: Contract, calendar: BusinessCalendar = WEEKDAYS) -> Iterator[Term]:
    """The terms in order; they tile the contract's life without gap or overlap.

    One term without renewal or with express renewal (a renewal that was agreed moves ``term_end``), endlessly many
    with tacit renewal (until the calendar ends in the year 9999), none for an open-ended contract.

    Raises ``ValueError`` for a tacit renewal without a positive term, or a term that ends before it starts.
    """
    if contract.term_end is None:
        return
    if contract.term_end < contract.start:
        raise ValueError(f"contract {contract.id}: the term ends on {contract.term_end}, before it starts")
    yield Term(0, contract.start, contract.term_end)
    if contract.renewal is not RenewalMode.TACIT:
        return
    renewal = contract.renewal_term
    if renewal is None or renewal.count < 1:
        raise ValueError(f"contract {contract.id}: tacit renewal needs a renewal term of at least one day")
    start, index = contract.term_end + _DAY, 1
    anchor, months_before = start, 0
    months = months_in(renewal)
    if months is not None:
        whole = _whole_months(contract.start, start)
        anchor, months_before = (start, 0) if whole is None else (contract.start, whole)
    while True:
        try:
            if months is not None:
                end = exclusive_end(anchor, _MONTH, months_before + index * months)
            else:  # days add up: counting from the end before gives the same as counting from the anchor
                end = exclusive_end(start, renewal, calendar=calendar)
        except OverflowError:
            return
        yield Term(index, start, end - _DAY)
        start, index = end, index + 1


def _whole_months(start: date, first_end: date) -> int | None:
    """Length of the first term in months, if it is a whole number of them.

    Then renewals are counted from the start: only the start remembers that a contract of 31 January renews on the
    31st where a month has one. Otherwise the end of the first term is all there is to count from.
    """
    apart = (first_end.year - start.year) * 12 + first_end.month - start.month
    # An end that rolled over lies on the 1st of the month after the one that is meant.
    for months in (apart, apart - 1):
        if months > 0 and exclusive_end(start, _MONTH, months) == first_end:
            return months
    return None


def current_term(contract: Contract, as_of: date, calendar: BusinessCalendar = WEEKDAYS) -> Term | None:
    """The term that ``as_of`` lies in; ``None`` before the start, after the last term, or for an open end."""
    if as_of < contract.start:
        return None
    for term in terms(contract, calendar):
        if as_of <= term.end:
            return term
    return None


def is_running(contract: Contract, day: date, calendar: BusinessCalendar = WEEKDAYS) -> bool:
    """Whether the contract is in force on ``day``, notice not considered."""
    if contract.term_end is None:
        return contract.start <= day
    return current_term(contract, day, calendar) is not None


def notice_period(contract: Contract, side: Side = Side.COMPANY) -> Duration | None:
    """The notice period of a side; ``None`` if the contract states none."""
    return contract.notice.company if side is Side.COMPANY else contract.notice.partner


def notice_deadline(
    contract: Contract, as_of: date, side: Side = Side.COMPANY, calendar: BusinessCalendar = WEEKDAYS
) -> date | None:
    """Last day on which notice by ``side`` ends the contract with the term that ``as_of`` lies in."""
    return contract_dates(contract, as_of, side, calendar).notice_deadline


def decision_date(
    contract: Contract, as_of: date, side: Side = Side.COMPANY, calendar: BusinessCalendar = WEEKDAYS
) -> date | None:
    """Notice deadline less the internal lead time: the day by which the company must have decided."""
    return contract_dates(contract, as_of, side, calendar).decision_date


def next_possible_end(
    contract: Contract, as_of: date, side: Side = Side.COMPANY, calendar: BusinessCalendar = WEEKDAYS
) -> date | None:
    """Last day of the contract if ``side`` gives notice on ``as_of``; the last day of the term if it ends anyway."""
    return contract_dates(contract, as_of, side, calendar).next_possible_end


def end_after_notice(
    contract: Contract,
    given_on: date,
    side: Side = Side.COMPANY,
    calendar: BusinessCalendar = WEEKDAYS,
    alignment: EndAlignment = EndAlignment.ANY,
) -> date | None:
    """Last day of the contract if notice by ``side`` takes effect on ``given_on``.

    With terms: the last day of the first term whose deadline is not past. Open-ended: ``given_on`` plus the notice
    period, rolled up to the agreed end of month, quarter or year. ``None`` if the period is not stated, the contract
    has already ended, or no later term exists.
    """
    period = notice_period(contract, side)
    if period is None:
        return None
    if contract.term_end is None:
        return roll_up(add(max(given_on, contract.start), period, calendar), alignment)
    for term in terms(contract, calendar):
        if given_on <= latest_start(term.end, period, calendar):
            return term.end
    return None


def roll_up(day: date, alignment: EndAlignment) -> date:
    """The day itself if a contract can end on it, else the next day on which it can."""
    if alignment is EndAlignment.ANY:
        return day
    every = {EndAlignment.MONTH_END: 1, EndAlignment.QUARTER_END: 3, EndAlignment.YEAR_END: 12}[alignment]
    month = -(-day.month // every) * every
    return (date(day.year + 1, 1, 1) if month == 12 else date(day.year, month + 1, 1)) - _DAY


def contract_dates(
    contract: Contract, as_of: date, side: Side = Side.COMPANY, calendar: BusinessCalendar = WEEKDAYS
) -> ContractDates:
    """All dates of a contract on one day; see ``ContractDates``.

    A deadline that passed stays the current term's deadline until the term ends; a tacit renewal then moves it on.
    Raises ``ValueError`` where the contract's own fields contradict each other (see ``terms``).
    """
    period = notice_period(contract, side)

    def known(
        term: Term | None, deadline: date | None, end: date | None, next_deadline: date | None, reason: str | None
    ) -> ContractDates:
        return ContractDates(
            contract=contract.id,
            side=side,
            as_of=as_of,
            term=term,
            notice_deadline=deadline,
            decision_date=_decision(contract, deadline, calendar),
            dispatch_by=None if deadline is None else calendar.on_or_before(deadline),
            next_possible_end=end,
            next_notice_deadline=next_deadline,
            next_decision_date=_decision(contract, next_deadline, calendar),
            reason=reason,
        )

    if contract.term_end is None:
        end = end_after_notice(contract, as_of, side, calendar)
        missing = (
            "open-ended and no notice period stated" if period is None else "open-ended: notice may be given any day"
        )
        return known(None, None, end, None, missing)
    if as_of < contract.start:
        return known(None, None, None, None, f"starts on {contract.start}")
    term = current_term(contract, as_of, calendar)
    if term is None:
        return known(None, None, None, None, f"ended on {contract.term_end}")
    renews = contract.renewal is RenewalMode.TACIT
    if period is None:
        # Without tacit renewal the term ends by itself, whatever was agreed about notice.
        return known(term, None, None if renews else term.end, None, f"no notice period stated for the {side}")
    deadline = latest_start(term.end, period, calendar)
    if as_of <= deadline:
        return known(term, deadline, term.end, deadline, None)
    if not renews:
        return known(term, deadline, term.end, None, None)
    end = end_after_notice(contract, as_of, side, calendar)
    return known(term, deadline, end, None if end is None else latest_start(end, period, calendar), None)


def _decision(contract: Contract, deadline: date | None, calendar: BusinessCalendar) -> date | None:
    if deadline is None or contract.internal_lead is None:
        return deadline
    return latest_start(deadline, contract.internal_lead, calendar)
