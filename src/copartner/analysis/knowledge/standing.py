"""Where people stand on a day: with the company, with an engaged partner, elsewhere, or unknown.

Knowledge sits in heads, so an exit is decided by where a person will be, not by whom a commit was made for: a
partner's developer whom the company has hired by then stays, and an employee whose own stint ends by then does not.
Results never leave this room by person; only counts and organisations do.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from enum import IntEnum

from copartner.analysis.calendars.contract_dates import is_running
from copartner.evidence.portfolio import UNKNOWN, Affiliation, Person, Portfolio


class Standing(IntEnum):
    """What a person is to the company on a day."""

    OUTSIDE = 0  # gone, or with an organisation that is under no engagement
    INTERNAL = 1
    PARTNER = 2  # with a partner engaged on that day
    UNKNOWN = 3  # nobody knows where


def organisations_on(
    person: Person | None, day: date, *, last_seen: str | None, last_active: date | None, leaving: bool = False
) -> frozenset[str]:
    """Organisations a person is with on ``day``; empty if the person has left all of them.

    Dated stints that cover the day decide. Without one, ``last_seen`` (the organisation of the last commit) holds, then
    an undated affiliation; but people whose last stint has ended and who were not seen at work after it are gone,
    unless an undated affiliation remains. With ``leaving`` a stint that ends on the very day no longer counts, unless
    another at the same organisation follows at once: that is how an exit on the last day of a term is read.
    """
    seen = frozenset({last_seen or UNKNOWN})
    if person is None:
        return seen
    dated = [stint for stint in person.affiliations if stint.dated]
    here = {stint.organisation for stint in dated if stint.covers(day)}
    if leaving:
        here = {organisation for organisation in here if _stays(dated, organisation, day)}
    if here:
        return frozenset(here)
    undated = frozenset(stint.organisation for stint in person.affiliations if not stint.dated)
    ends = [stint.valid_to for stint in dated if stint.valid_to is not None and stint.valid_to <= day]
    if ends and (last_active is None or last_active <= max(ends)):
        return undated
    return undated if undated and UNKNOWN in seen else seen


def _stays(stints: Collection[Affiliation], organisation: str, day: date) -> bool:
    return any(stint.organisation == organisation and stint.covers(day + timedelta(days=1)) for stint in stints)


def engaged_partners(portfolio: Portfolio, day: date) -> frozenset[str]:
    """Partners engaged on ``day``: an engagement covers it, or a contract is in force.

    A partner for whom neither is declared counts as engaged, since nothing says that it ended.
    """
    found = set()
    for partner in portfolio.partners:
        engagements = [item for item in portfolio.engagements if item.partner == partner.id]
        contracts = [item for item in portfolio.contracts if item.partner == partner.id]
        if (
            not (engagements or contracts)
            or any(covers(item.start, item.end, day) for item in engagements)
            or any(is_running(item, day) for item in contracts)
        ):
            found.add(partner.id)
    return frozenset(found)


def covers(start: date | None, end: date | None, day: date) -> bool:
    """Whether a validity with both ends included covers the day; ``None`` is open."""
    return (start is None or start <= day) and (end is None or day <= end)


def standing(organisations: Collection[str], company: str, engaged: Collection[str]) -> Standing:
    """The strongest tie counts: the company's before a partner's before an unknown one."""
    if company in organisations:
        return Standing.INTERNAL
    if any(organisation in engaged for organisation in organisations):
        return Standing.PARTNER
    return Standing.UNKNOWN if UNKNOWN in organisations else Standing.OUTSIDE
