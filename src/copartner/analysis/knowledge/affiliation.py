"""For whom somebody worked when: every non-merge commit attributed to a person and an organisation.

The order of evidence, first match wins, its class on every row:

0. ``bot``: the raw author e-mail or name matches a declared machine account.
1. ``dated_affiliation``: the *raw* author e-mail belongs to a person with a dated affiliation that covers the author
   date (UTC day of ``author_time``).
2. ``domain``: the domain of the raw e-mail, or the longest of its parent domains, is a corporate domain valid then.
3. ``undated_affiliation``: the raw e-mail belongs to a person with an affiliation without dates.
4. ``mailmap``: the e-mail after mailmap leads to another person's record, dated and covering before undated.
5. ``unknown``: an answer of its own, shown and never distributed over the others.

Two mistakes this order prevents, both made by real tools on real history: mailmapped addresses carry today's employer
into old commits (mailmap says who somebody *is*, not for whom they worked), and a record without dates overrides an
address that names the employer of the time. A dated affiliation that does not cover the day says nothing about it.

Two affiliations at once: the one the corporate domain of the raw e-mail names, else the one that began last, else the
one declared first. Person identity is a question of its own: the declared person of the raw e-mail, else of the
mailmapped one, else a pseudonym of the mailmapped address.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copartner.analysis.knowledge.base import CONTRIBUTION
from copartner.evidence.arrays import text_array
from copartner.evidence.portfolio import (
    BOT,
    DIGEST_PREFIX,
    UNKNOWN,
    Affiliation,
    EmailDomain,
    Person,
    Portfolio,
    email_digest,
)
from copartner.evidence.tables import TIME

_EPOCH: Final = date(1970, 1, 1)
_MICROSECONDS_PER_DAY: Final = 86_400_000_000


class EvidenceClass(StrEnum):
    """What an attribution rests on, strongest first; see the module's description."""

    BOT = "bot"
    DATED_AFFILIATION = "dated_affiliation"
    DOMAIN = "domain"
    UNDATED_AFFILIATION = "undated_affiliation"
    MAILMAP = "mailmap"
    UNKNOWN = "unknown"


class Attribution(NamedTuple):
    """Who it was and for whom: declared person id or pseudonym, organisation id, class of evidence."""

    person: str
    organisation: str
    evidence_class: str


class _Course(NamedTuple):
    """One identity over time: ``answers[i + 1]`` holds from ``days[i]`` (days since 1970) on, ``answers[0]`` before."""

    person: str
    days: list[int]
    answers: list[tuple[str, str]]


class Directory:
    """Who is who in a portfolio: people by e-mail, organisations by domain and day, machines by pattern."""

    def __init__(self, portfolio: Portfolio) -> None:
        self._portfolio = portfolio
        self._people: dict[str, Person] = {}
        self._by_id = {person.id: person for person in portfolio.people}
        for person in portfolio.people:
            for email in person.emails:
                key = email if email.startswith(DIGEST_PREFIX) else email_digest(email)
                self._people.setdefault(key, person)
        self._domains: dict[str, list[EmailDomain]] = defaultdict(list)
        for domain in portfolio.domains:
            self._domains[domain.domain].append(domain)
        self._courses: dict[tuple[str, str, str, str], _Course] = {}

    def person(self, email: str) -> Person | None:
        """The declared person with this address (given as such or as a digest); letter case does not matter."""
        return self._people.get(email if email.startswith(DIGEST_PREFIX) else email_digest(email.strip()))

    def domain_organisation(self, email: str, day: date) -> str | None:
        """The organisation whose corporate domain the address has on that day: longest suffix valid then."""
        for candidate in self._suffixes(email):
            for domain in self._domains[candidate]:
                if _covers(domain, day):
                    return domain.organisation
        return None

    def affiliation(self, person: str, day: date) -> tuple[str, EvidenceClass] | None:
        """For whom a declared person works on that day by the affiliations alone; ``None`` if they do not say.

        Dated affiliations that cover the day come before undated ones. Raises ``KeyError`` for an undeclared person.
        """
        declared = self._by_id[person]
        dated = _choose(declared, day, None, dated=True)
        if dated is not None:
            return dated, EvidenceClass.DATED_AFFILIATION
        undated = _choose(declared, day, None, dated=False)
        return None if undated is None else (undated, EvidenceClass.UNDATED_AFFILIATION)

    def attribute(self, email_raw: str, name_raw: str, email: str, name: str, day: date) -> Attribution:
        """Attribute one authorship: raw e-mail and name as recorded, the same after mailmap, UTC day of authoring."""
        course = self.course(email_raw, name_raw, email, name)
        answer = course.answers[bisect_right(course.days, (day - _EPOCH).days)]
        return Attribution(course.person, *answer)

    def course(self, email_raw: str, name_raw: str, email: str, name: str) -> _Course:
        """The attribution of an identity on every day, computed once."""
        key = (email_raw, name_raw, email, name)
        found = self._courses.get(key)
        if found is None:
            found = self._courses[key] = self._work_out(email_raw.strip(), name_raw, email.strip(), name)
        return found

    def _work_out(self, email_raw: str, name_raw: str, email: str, name: str) -> _Course:
        for bot in self._portfolio.bots:
            if bot.matches(email_raw, name_raw):
                return _Course(bot.id, [], [(BOT, EvidenceClass.BOT.value)])
        raw, mapped = self.person(email_raw), self.person(email)
        someone = raw or mapped
        identity = someone.id if someone else pseudonym(email, name)
        other = mapped if mapped is not raw else None
        domains = [domain for suffix in self._suffixes(email_raw) for domain in self._domains[suffix]]
        stints = [stint for who in (raw, other) if who for stint in who.affiliations]
        days = _days_of_change([*stints, *domains])
        answers = [
            self._decide(raw, other, email_raw, day) for day in [date.min, *(_EPOCH + timedelta(d) for d in days)]
        ]
        return _Course(identity, days, [(organisation, kind.value) for organisation, kind in answers])

    def _decide(self, raw: Person | None, other: Person | None, email: str, day: date) -> tuple[str, EvidenceClass]:
        by_domain = self.domain_organisation(email, day)
        if raw is not None:
            dated = _choose(raw, day, by_domain, dated=True)
            if dated is not None:
                return dated, EvidenceClass.DATED_AFFILIATION
        if by_domain is not None:
            return by_domain, EvidenceClass.DOMAIN
        if raw is not None:
            undated = _choose(raw, day, None, dated=False)
            if undated is not None:
                return undated, EvidenceClass.UNDATED_AFFILIATION
        if other is not None:
            reached = _choose(other, day, None, dated=True) or _choose(other, day, None, dated=False)
            if reached is not None:
                return reached, EvidenceClass.MAILMAP
        return UNKNOWN, EvidenceClass.UNKNOWN

    @staticmethod
    def _suffixes(email: str) -> list[str]:
        """``a.b.c``, ``b.c``, ``c`` for an address at ``a.b.c``."""
        labels = email.rpartition("@")[2].lower().rstrip(".").split(".") if "@" in email else []
        return [".".join(labels[start:]) for start in range(len(labels))]


def pseudonym(email: str, name: str) -> str:
    """``p-`` and 12 hexadecimal digits of the lower-cased address's sha256; of the name where there is no address.

    Stable, so that one undeclared person stays one person, and not meant to be turned back. Whoever knows an address
    can recompute it: it keeps names out of reports, it does not make anybody anonymous.
    """
    text = (email or name).strip().lower()
    return "p-" + sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def attribute(portfolio: Portfolio, commits: pa.Table, co_authors: pa.Table) -> pa.Table:
    """Attribute the non-merge commits to people and organisations; the result has the schema ``CONTRIBUTION``.

    ``commits`` has the columns of evidence table ``commit``, ``co_authors`` those of ``co_author``. Every distinct
    author of a commit gets one row and the same weight, 1/n; an author who also stands in a trailer counts once, at
    the first mention. Rows are sorted by repository, commit and ordinal. Whoever has no commits has no rows.
    """
    directory = Directory(portfolio)
    own = commits.filter(pc.invert(commits["is_merge"])) if commits.num_rows else commits
    repositories = own["repository"].to_pylist()
    names = own["commit"].to_pylist()
    micros = own["author_time"].cast(TIME).cast(pa.int64()).to_pylist()
    identities = _identities(own, "author_email_raw", "author_name_raw", "author_email", "author_name")
    trailers = _trailers(co_authors)

    rows: list[int] = []  # position of the commit, per contribution
    people: list[str] = []
    answers: list[tuple[str, str]] = []
    weights: list[float] = []
    ordinals: list[int] = []
    for row, (repository, name, time, identity) in enumerate(zip(repositories, names, micros, identities, strict=True)):
        day = time // _MICROSECONDS_PER_DAY
        course = directory.course(*identity)
        authors = {course.person: (0, course)}
        for ordinal, trailer in trailers.get((repository, name), ()):
            co_author = directory.course(*trailer)
            authors.setdefault(co_author.person, (ordinal, co_author))
        weight = 1 / len(authors)
        for person, (ordinal, who) in authors.items():
            rows.append(row)
            people.append(person)
            answers.append(who.answers[bisect_right(who.days, day)])
            weights.append(weight)
            ordinals.append(ordinal)

    taken = _numbers(rows, np.dtype(np.int64), pa.int64())
    columns = {
        "repository": own["repository"].take(taken).cast(pa.string()),
        "commit": own["commit"].take(taken).cast(pa.string()),
        "person": text_array(people),
        "organisation": text_array([organisation for organisation, _ in answers]),
        "evidence_class": text_array([kind for _, kind in answers]),
        "weight": _numbers(weights, np.dtype(np.float64), pa.float64()),
        "author_time": own["author_time"].take(taken).cast(TIME),
        "ordinal": _numbers(ordinals, np.dtype(np.int16), pa.int16()),
    }
    table = pa.table([columns[field.name] for field in CONTRIBUTION], schema=CONTRIBUTION).combine_chunks()
    return table.sort_by([("repository", "ascending"), ("commit", "ascending"), ("ordinal", "ascending")])


def _numbers(values: Sequence[float], dtype: np.dtype[Any], type_: pa.DataType) -> pa.Array:
    # From a buffer, because pyarrow.array would import pandas (see evidence.arrays).
    return pa.Array.from_buffers(type_, len(values), [None, pa.py_buffer(np.array(values, dtype=dtype))])


def _identities(table: pa.Table, *columns: str) -> Iterable[tuple[str, str, str, str]]:
    return zip(*(table[column].to_pylist() for column in columns), strict=True)


def _trailers(co_authors: pa.Table) -> dict[tuple[str, str], list[tuple[int, tuple[str, str, str, str]]]]:
    found: dict[tuple[str, str], list[tuple[int, tuple[str, str, str, str]]]] = defaultdict(list)
    ordered = co_authors.sort_by([("repository", "ascending"), ("commit", "ascending"), ("ordinal", "ascending")])
    identities = _identities(ordered, "email_raw", "name_raw", "email", "name")
    for repository, commit, ordinal, identity in zip(
        ordered["repository"].to_pylist(),
        ordered["commit"].to_pylist(),
        ordered["ordinal"].to_pylist(),
        identities,
        strict=True,
    ):
        # The author is 0, so the first trailer is 1 whether the source counts from 0 or from 1.
        position = len(found[(repository, commit)]) + 1
        found[(repository, commit)].append((max(position, ordinal), identity))
    return found


def _covers(period: Affiliation | EmailDomain, day: date) -> bool:
    return (period.valid_from is None or period.valid_from <= day) and (
        period.valid_to is None or day <= period.valid_to
    )


def _choose(person: Person, day: date, preferred: str | None, *, dated: bool) -> str | None:
    """The organisation of the dated (covering) or undated affiliations; ties as the module's description says."""
    fitting = [stint for stint in person.affiliations if stint.dated == dated and stint.covers(day)]
    if not fitting:
        return None
    if preferred is not None and any(stint.organisation == preferred for stint in fitting):
        return preferred
    return max(fitting, key=lambda stint: stint.valid_from or date.min).organisation


def _days_of_change(periods: Sequence[Affiliation | EmailDomain]) -> list[int]:
    """Days since 1970 on which some period starts to hold or has ceased to."""
    days = {(period.valid_from - _EPOCH).days for period in periods if period.valid_from is not None}
    days |= {(period.valid_to - _EPOCH).days + 1 for period in periods if period.valid_to is not None}
    return sorted(days)
