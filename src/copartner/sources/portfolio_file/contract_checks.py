"""What the dates of a contract must be to each other.

Refuses only what is impossible whatever the calendar: a business day counts as one day where it could be more, a
month as 31 days where it could be fewer. Exact contract dates are the work of ``analysis.calendars``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from copartner.evidence.portfolio import Duration, DurationUnit, RenewalMode
from copartner.sources.portfolio_file.errors import Path
from copartner.sources.portfolio_file.yaml_document import Report

Values = Mapping[str, Any]

_SHORTEST: Final = {
    DurationUnit.DAYS: 1.0,
    DurationUnit.BUSINESS_DAYS: 1.0,
    DurationUnit.WEEKS: 7.0,
    DurationUnit.MONTHS: 28.0,
    DurationUnit.QUARTERS: 90.0,
    DurationUnit.YEARS: 365.0,
}
_LONGEST: Final = {**_SHORTEST, DurationUnit.MONTHS: 31.0, DurationUnit.QUARTERS: 92.0, DurationUnit.YEARS: 366.0}
_MONTHS: Final = {DurationUnit.MONTHS: 1, DurationUnit.QUARTERS: 3, DurationUnit.YEARS: 12}


def check_contracts(values: Values, report: Report) -> None:
    """Report contradictions inside each contract and between contracts and engagements."""
    partners = {partner.get("id") for partner in values.get("partners") or () if partner is not None}
    engagements = {
        engagement["id"]: engagement
        for engagement in values.get("engagements") or ()
        if engagement is not None and "id" in engagement
    }
    for position, contract in enumerate(values.get("contracts") or ()):
        if contract is not None:
            path = ("contracts", position)
            _renewal(contract, path, report)
            _notice(contract, path, report)
            _covered(contract, path, engagements, partners, report)


def _renewal(contract: Values, path: Path, report: Report) -> None:
    renewal = contract.get("renewal") or {}
    mode, place = renewal.get("mode"), (*path, "renewal")
    has_term = report.has((*place, "term"))
    if mode is RenewalMode.TACIT and not has_term:
        report.add(place, "renews tacitly, but for how long is not said", "Add term: 12 months, as the contract says.")
    elif mode is RenewalMode.NONE and has_term:
        report.add(
            (*place, "term"), "is given although the contract does not renew", "Remove it, or write mode: tacit."
        )
    elif mode in (RenewalMode.TACIT, RenewalMode.EXPRESS) and not report.has((*path, "term_end")):
        report.add(
            place,
            "renews, but the contract has no term_end that could be renewed",
            "Add term_end, or remove renewal from an open-ended contract.",
        )


def _notice(contract: Values, path: Path, report: Report) -> None:
    start, term_end = contract.get("start"), contract.get("term_end")
    notice = contract.get("notice") or {}
    further = (contract.get("renewal") or {}).get("term")
    for side in ("company", "partner"):
        period = notice.get(side)
        if period is None:
            continue
        place = (*path, "notice", side)
        if start is not None and term_end is not None and start <= term_end and _exceeds(period, start, term_end):
            report.add(
                place,
                f"is longer than the first term ({start} to {term_end})",
                "Correct the notice period or term_end: no day would be left to give notice.",
            )
        elif further is not None and _shortest(period) > _longest(further):
            report.add(
                place,
                f"is longer than the renewal term of {further}",
                "Correct the notice period or renewal.term: no day would be left to give notice.",
            )


def _shortest(period: Duration) -> float:
    return period.count * _SHORTEST[period.unit]


def _longest(period: Duration) -> float:
    factor = 7 / 5 * 2 if period.unit is DurationUnit.BUSINESS_DAYS else 1  # weekends, and as many holidays again
    return period.count * _LONGEST[period.unit] * factor


def _exceeds(period: Duration, start: date, end: date) -> bool:
    """Whether ``period`` counted from ``start`` leads beyond the term that ends with ``end``."""
    day_after = end + timedelta(days=1)
    if period.unit not in _MONTHS:
        return _shortest(period) > (day_after - start).days
    months = start.year * 12 + start.month - 1 + period.count * _MONTHS[period.unit]
    # Compared as numbers, so that 31 April, which a long month leads to, needs no rule: it lies before 1 May.
    return (months // 12, months % 12 + 1, start.day) > (day_after.year, day_after.month, day_after.day)


def _covered(
    contract: Values, path: Path, engagements: Mapping[str, Values], partners: set[str | None], report: Report
) -> None:
    for position, name in enumerate(contract.get("engagements") or ()):
        engagement = engagements.get(name)
        if engagement is None:
            continue
        place = (*path, "engagements", position)
        partner, other = contract.get("partner"), engagement.get("partner")
        if partner is not None and other in partners and partner != other:
            report.add(
                place,
                f'"{name}" is an engagement of "{other}", the contract is with "{partner}"',
                "Name an engagement of the contract's partner, or correct the partner.",
            )
            continue
        start, began, end = contract.get("start"), engagement.get("start"), engagement.get("end")
        if start is not None and end is not None and (began or end) <= end < start:
            report.add(
                place,
                f'"{name}" ended on {end}, before the contract starts on {start}',
                "Correct one of the dates, or remove the engagement from this contract.",
            )
