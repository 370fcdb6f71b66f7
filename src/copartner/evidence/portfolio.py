"""The portfolio as declared: the company, its partners, people, systems and contracts.

A portfolio is evidence like any other, only that the company itself is the source. These types are what the readers
(``sources.portfolio_file``) produce and what analysis works on; they hold no behaviour beyond looking things up.

Dates are calendar days. A validity ``valid_from`` … ``valid_to`` is closed on both sides: the last day still counts,
as in a contract ("until 31 December"). ``None`` means open. An affiliation without any date is *undated* and ranks
below a corporate domain as evidence (see ``analysis.knowledge.affiliation``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256

UNKNOWN = "unknown"
"""Organisation id of what nobody could be found for. Reserved, always shown, never distributed over the others."""

BOT = "bot"
"""Organisation id of machines. Reserved; a bot never holds knowledge."""

DIGEST_PREFIX = "sha256:"
"""What an e-mail address starts with that is given as a digest."""


def email_digest(email: str) -> str:
    """``sha256:<64 hex>`` of the lower-cased address: how a portfolio names a person without showing the address."""
    return DIGEST_PREFIX + sha256(email.lower().encode("utf-8", "surrogateescape")).hexdigest()


def _matches(pattern: str, text: str) -> bool:
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(expression, text, re.IGNORECASE | re.DOTALL) is not None


class PartnerKind(StrEnum):
    AGENCY = "agency"
    SOFTWARE_HOUSE = "software_house"
    CLOUD_PROVIDER = "cloud_provider"
    CONSULTANCY = "consultancy"
    FREELANCER_POOL = "freelancer_pool"


class Tier(StrEnum):
    STRATEGIC = "strategic"
    PREFERRED = "preferred"
    TACTICAL = "tactical"


class Criticality(StrEnum):
    """How much the company depends on a system; ``weight`` is 1, 2 or 3."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def weight(self) -> int:
        return {"low": 1, "medium": 2, "high": 3}[self.value]


class RenewalMode(StrEnum):
    NONE = "none"
    TACIT = "tacit"
    EXPRESS = "express"


class DurationUnit(StrEnum):
    DAYS = "days"
    BUSINESS_DAYS = "business_days"
    WEEKS = "weeks"
    MONTHS = "months"
    QUARTERS = "quarters"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as contracts state it, e.g. ``3 months``. Arithmetic lives in ``analysis.calendars``."""

    count: int
    unit: DurationUnit

    def __str__(self) -> str:
        word = self.unit.value.replace("_", " ")
        return f"{self.count} {word[:-1] if self.count == 1 else word}"


@dataclass(frozen=True, slots=True)
class EmailDomain:
    """A corporate e-mail domain; subdomains belong to it unless a longer one is declared."""

    domain: str
    organisation: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    """A party that is neither the company nor a partner (a former partner, a client …)."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Company(Organisation):
    """The company that steers: its people are the *internal* people."""


@dataclass(frozen=True, slots=True)
class Partner(Organisation):
    kind: PartnerKind
    tier: Tier | None = None
    identifiers: Mapping[str, str] = field(default_factory=dict)
    owner: str | None = None
    """Person id of the internal owner of the relationship."""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Affiliation:
    """One stint of a person at an organisation (valid time). Several may overlap or follow each other."""

    organisation: str
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def dated(self) -> bool:
        return self.valid_from is not None or self.valid_to is not None

    def covers(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Person:
    """A person. ``emails`` are lower-case addresses or ``sha256:<64 hex>`` digests of the lower-cased address."""

    id: str
    name: str | None
    emails: tuple[str, ...]
    affiliations: tuple[Affiliation, ...]


@dataclass(frozen=True, slots=True)
class Bot:
    """A machine account, matched by raw author e-mail or name, letter case aside; ``*`` matches any run of characters.

    Among ``emails`` may stand ``sha256:<64 hex>`` digests of lower-cased addresses.
    """

    id: str
    emails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def matches(self, email: str, name: str) -> bool:
        """Whether a commit with this raw author e-mail and name was made by the machine."""
        address = email.lower()
        return any(
            pattern == email_digest(address) if pattern.startswith(DIGEST_PREFIX) else _matches(pattern, address)
            for pattern in self.emails
        ) or any(_matches(pattern, name) for pattern in self.names)


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository by local path or URL. ``revision`` pins a branch, tag or commit; default HEAD."""

    id: str
    location: str
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """A named part of a system, by path globs relative to the repository (``**`` crosses folders)."""

    id: str
    name: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RepositoryScope:
    """Which part of a repository belongs to a system."""

    repository: str
    include: tuple[str, ...] = ("**",)
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class System:
    id: str
    name: str
    criticality: Criticality
    repositories: tuple[RepositoryScope, ...]
    components: tuple[Component, ...] = ()
    internal_owner: str | None = None
    """Person id; whether that person is internal and active is a measure, not an assumption."""
    recovery_time_hours: float | None = None
    recovery_point_hours: float | None = None


@dataclass(frozen=True, slots=True)
class Engagement:
    """A partner's work on named systems during a time."""

    id: str
    partner: str
    systems: tuple[str, ...]
    start: date | None = None
    end: date | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Notice periods per side. ``received`` says that notice must have arrived, not only been sent, by the deadline."""

    company: Duration | None = None
    partner: Duration | None = None
    received: bool = True


@dataclass(frozen=True, slots=True)
class Contract:
    """Dates of a contract. ``term_end`` is the last day of the first term; ``None`` is open-ended."""

    id: str
    partner: str
    title: str
    start: date
    term_end: date | None
    renewal: RenewalMode = RenewalMode.NONE
    renewal_term: Duration | None = None
    notice: Notice = field(default_factory=Notice)
    internal_lead: Duration | None = None
    engagements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices that change results; printed with every assessment. Defaults as in the measures' definitions."""

    half_life_days: int = 365
    activity_window_days: int = 365
    abandoned_after_days: int = 365
    limits: Mapping[str, float] = field(default_factory=dict)
    """Limit id → value; the ids and defaults stand in ``findings.limits``."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    company: Company
    partners: tuple[Partner, ...]
    organisations: tuple[Organisation, ...]
    """Other organisations people are affiliated with; never findings' subjects."""
    domains: tuple[EmailDomain, ...]
    people: tuple[Person, ...]
    bots: tuple[Bot, ...]
    repositories: tuple[Repository, ...]
    systems: tuple[System, ...]
    engagements: tuple[Engagement, ...]
    contracts: tuple[Contract, ...]
    settings: Settings
    sha256: str
    """Digest of the portfolio's canonical content (comments, order of keys and layout do not change it)."""
    note: str | None = None
    """Shown at the top of every report, e.g. that roles are a demonstration."""

    def organisation_name(self, organisation: str) -> str:
        """Display name; the reserved ids name themselves."""
        for party in (self.company, *self.partners, *self.organisations):
            if party.id == organisation:
                return party.name
        return organisation

    def partner(self, partner: str) -> Partner:
        """Raises ``KeyError`` if no such partner is declared."""
        for candidate in self.partners:
            if candidate.id == partner:
                return candidate
        raise KeyError(partner)

    def system(self, system: str) -> System:
        """Raises ``KeyError`` if no such system is declared."""
        for candidate in self.systems:
            if candidate.id == system:
                return candidate
        raise KeyError(system)

    def person(self, person: str) -> Person:
        """Raises ``KeyError`` if no such person is declared."""
        for candidate in self.people:
            if candidate.id == person:
                return candidate
        raise KeyError(person)
