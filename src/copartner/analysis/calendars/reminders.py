"""Reminders of contract dates, as a pure list: what is armed, what is due now, what was overtaken.

A reminder's key contains its due date. That is what re-arms it: a changed date or a renewed term gives new keys, so
all offsets are armed again (other tools fire once and never again: GLPI #4571, #6164), and reminders sent for the
old date are merely superseded. Sending the same key twice is impossible by comparison with the keys already sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from copartner.analysis.calendars.contract_dates import Side, Term, contract_dates, terms
from copartner.analysis.calendars.durations import WEEKDAYS, BusinessCalendar
from copartner.evidence.portfolio import Contract, RenewalMode

OFFSETS = (120, 90, 60, 30, 7, 1)
"""Days before a date on which to remind; counted back from the notice deadline, since later is useless."""


class DateKind(StrEnum):
    NOTICE = "notice"
    DECISION = "decision"
    TERM_END = "term_end"


@dataclass(frozen=True, slots=True, order=True)
class Reminder:
    """One reminder: sent on ``on``, about ``due``. ``offset`` is 0 for the decision date, which reminds on its day.

    ``catch_up`` marks the one reminder that replaces all those whose day had passed before the date was known.
    """

    on: date
    kind: DateKind
    due: date
    offset: int
    contract: str
    term: int
    catch_up: bool = False

    @property
    def key(self) -> tuple[str, str, int, date, int]:
        """What makes a reminder the same reminder: contract, kind of date, term, due date, offset."""
        return (self.contract, self.kind.value, self.term, self.due, self.offset)


def reminders(
    contract: Contract,
    as_of: date,
    offsets: Sequence[int] = OFFSETS,
    *,
    known_since: date | None = None,
    side: Side = Side.COMPANY,
    calendar: BusinessCalendar = WEEKDAYS,
) -> tuple[Reminder, ...]:
    """Reminders armed for the next dates of the contract, in the order they are sent.

    They belong to the current term until its notice deadline has passed, then to the next term; a contract that ends
    by itself is also reminded of its last day. ``known_since`` is the day on which these dates became known (entry or
    change of the contract): reminders of earlier days collapse into a single one on that day. Empty where the
    dates are unknown. Raises ``ValueError`` for an offset below 1.
    """
    if any(offset < 1 for offset in offsets):
        raise ValueError("a reminder's offset is a number of days, at least 1")
    dates = contract_dates(contract, as_of, side, calendar)
    armed: list[Reminder] = []
    if dates.next_notice_deadline is not None and dates.next_possible_end is not None:
        term = _term_ending(contract, dates.next_possible_end, calendar)
        due = dates.next_notice_deadline
        armed += _series(contract, DateKind.NOTICE, term.index, due, offsets, known_since)
        decide = dates.next_decision_date
        if decide is not None and decide < due:
            # One catch-up tells of both dates; a second one on the same day would say nothing more.
            told = known_since is not None and decide < known_since and any(item.catch_up for item in armed)
            armed += [] if told else _series(contract, DateKind.DECISION, term.index, decide, (0,), known_since)
    if dates.term is not None and contract.renewal is not RenewalMode.TACIT:
        armed += _series(contract, DateKind.TERM_END, dates.term.index, dates.term.end, offsets, known_since)
    return tuple(sorted(armed))


def outstanding(
    armed: Iterable[Reminder], sent: Collection[tuple[str, str, int, date, int]], today: date
) -> tuple[Reminder, ...]:
    """Reminders to send now: their day has come, their date has not passed (unless they catch up), and their key
    was never sent.

    Running twice sends nothing twice; a day on which nothing ran is caught up.
    """
    return tuple(
        item for item in armed if item.on <= today and (today <= item.due or item.catch_up) and item.key not in sent
    )


def superseded(
    sent: Iterable[tuple[str, str, int, date, int]], armed: Iterable[Reminder], contract: str
) -> tuple[tuple[str, str, int, date, int], ...]:
    """Keys sent for dates the contract no longer has: same contract, kind and term, another due date."""
    current = {(item.kind.value, item.term): item.due for item in armed}
    return tuple(key for key in sent if key[0] == contract and current.get((key[1], key[2]), key[3]) != key[3])


def _series(
    contract: Contract, kind: DateKind, term: int, due: date, offsets: Sequence[int], known_since: date | None
) -> list[Reminder]:
    made, missed = [], []
    for offset in sorted(set(offsets), reverse=True):
        on = due - timedelta(days=offset)
        if known_since is not None and on < known_since:
            missed.append(offset)
        else:
            made.append(Reminder(on, kind, due, offset, contract.id, term))
    if missed and known_since is not None:
        made.append(Reminder(known_since, kind, due, min(missed), contract.id, term, catch_up=True))
    return made


def _term_ending(contract: Contract, end: date, calendar: BusinessCalendar) -> Term:
    return next(term for term in terms(contract, calendar) if term.end == end)
