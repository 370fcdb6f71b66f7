"""People of a portfolio on a day: where they belong, whether they are active, whether they have left.

Individuals are never shown. They are needed because knowledge sits in people, and an organisation only knows what
somebody who is still there knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from copartner.analysis.knowledge.base import PERSON
from copartner.evidence.portfolio import BOT, UNKNOWN, Affiliation, Person, Portfolio


def organisation_on(person: Person, day: date, observed: str | None) -> str:
    """Organisation of a declared person on a day.

    A dated stint that covers the day decides; of several, the one that began last, then the one declared first. Then
    ``observed``, the organisation of the person's last commit, because that was found with the corporate domain, which
    ranks above an undated record. Then an undated record, then the stint that ended last, else ``unknown``.
    """
    covering = [stint for stint in person.affiliations if stint.dated and stint.covers(day)]
    if covering:
        return max(enumerate(covering), key=lambda item: (item[1].valid_from or date.min, -item[0]))[1].organisation
    if observed is not None and observed != UNKNOWN:
        return observed
    undated = [stint for stint in person.affiliations if not stint.dated]
    if undated:
        return undated[0].organisation
    ended = [stint for stint in person.affiliations if stint.valid_to is not None and stint.valid_to < day]
    if ended:
        return max(enumerate(ended), key=lambda item: (item[1].valid_to or date.min, -item[0]))[1].organisation
    return UNKNOWN


def has_left(affiliations: tuple[Affiliation, ...], day: date, last_active: date | None) -> bool:
    """Whether every declared stint ended before the day and nothing was seen of the person after the last of them.

    Without a declared stint nothing can be said: ``False``.
    """
    ends = [stint.valid_to for stint in affiliations if stint.valid_to is not None]
    if not ends or len(ends) < len(affiliations) or max(ends) >= day:
        return False
    return last_active is None or last_active <= max(ends)


def people_table(
    portfolio: Portfolio, as_of: date, contributions: pa.Table, window_days: int, end_of_day: datetime
) -> pa.Table:
    """PERSON rows of everybody declared or seen, sorted by person; bots are no people.

    ``contributions`` holds no bots and nothing after ``as_of``. Active means a commit in any repository of the
    portfolio later than ``window_days`` before the end of ``as_of``, by somebody who has not left.
    """
    seen = _last_seen(contributions)
    declared = {person.id: person for person in portfolio.people}
    since = end_of_day - timedelta(days=window_days)
    rows = []
    for person in sorted({*declared, *seen}):
        moment, observed = seen.get(person, (None, None))
        record = declared.get(person)
        left = record is not None and has_left(record.affiliations, as_of, moment.date() if moment else None)
        rows.append(
            {
                "person": person,
                "declared": record is not None,
                "organisation_at": organisation_on(record, as_of, observed) if record else observed,
                "last_active": moment,
                "active": moment is not None and moment > since and not left,
                "left": left,
            }
        )
    return pa.Table.from_pylist(rows, schema=PERSON)


def _last_seen(contributions: pa.Table) -> Mapping[str, tuple[datetime, str]]:
    """Per person the time and organisation of the last commit; at equal times the smaller commit name decides."""
    last = contributions.group_by("person").aggregate([("author_time", "max")])
    latest = (
        contributions.select(["person", "author_time", "commit", "organisation"])
        .filter(pc.not_equal(contributions["organisation"], BOT))
        .join(last, ["person", "author_time"], ["person", "author_time_max"], join_type="inner")
        .sort_by([("person", "ascending"), ("commit", "descending"), ("organisation", "descending")])
    )
    columns = (latest[name].to_pylist() for name in ("person", "author_time", "organisation"))
    return {person: (moment, organisation) for person, moment, organisation in zip(*columns, strict=True)}
