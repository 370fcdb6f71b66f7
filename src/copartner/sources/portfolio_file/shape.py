"""The portfolio format: every key, what it holds and what it is for.

The one place where the format is written down. The reader (`reading`), the JSON Schema (`schema`) and the suggestions
in error messages all follow from it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from copartner.evidence.portfolio import Criticality, PartnerKind, RenewalMode, Tier
from copartner.sources.portfolio_file.kinds import (
    Choice,
    Constant,
    Day,
    DurationText,
    Field,
    ListOf,
    Named,
    Number,
    Shape,
)
from copartner.sources.portfolio_file.texts import (
    DOMAIN,
    DUNS,
    EMAIL,
    EMAIL_PATTERN,
    GLOB,
    IDENTIFIER,
    LEI,
    LOCATION,
    NAME,
    NAME_PATTERN,
    NOTE,
    REVISION,
    VAT,
)

DAY: Final = Day()
DURATION: Final = DurationText()
API_VERSION: Final = "copartner/v1"
KIND: Final = "Portfolio"


class MustBe(StrEnum):
    """What must have happened to a notice by its deadline."""

    SENT = "sent"
    RECEIVED = "received"


_FROM = Field("from", DAY, "First day it holds; open if left out")
_TO = Field("to", DAY, "Last day it holds (included); open if left out")
_ID = Field("id", IDENTIFIER, "The id others refer to", required=True)
_NAME = Field("name", NAME, "The name shown in reports", required=True)

DOMAIN_ENTRY: Final = Shape(
    "domain",
    "an e-mail domain",
    (Field("domain", DOMAIN, "The part after the @; subdomains are included", required=True), _FROM, _TO),
    short="domain",
)
_DOMAINS = Field("domains", ListOf(DOMAIN_ENTRY, "[hansekontor.example]"), "Corporate e-mail domains")

COMPANY: Final = Shape("company", "the company", (_ID, _NAME, _DOMAINS))

IDENTIFIERS: Final = Shape(
    "identifiers",
    "identifiers in public registers",
    (
        Field("lei", LEI, "Legal entity identifier, ISO 17442"),
        Field("vat", VAT, "VAT number with the country in front"),
        Field("duns", DUNS, "D-U-N-S number, nine digits in quotes"),
    ),
)

PARTNER: Final = Shape(
    "partner",
    "a partner",
    (
        _ID,
        _NAME,
        Field("kind", Choice(PartnerKind), "What the partner is", required=True),
        Field("tier", Choice(Tier), "How the company treats the relationship"),
        Field("identifiers", IDENTIFIERS, "Identifiers in public registers"),
        Field("owner", IDENTIFIER, "Person id of the internal owner of the relationship"),
        _DOMAINS,
        Field("note", NOTE, "A line shown with the partner"),
    ),
)

ORGANISATION: Final = Shape("organisation", "an organisation", (_ID, _NAME, _DOMAINS))

AFFILIATION: Final = Shape(
    "affiliation",
    "a stint at an organisation",
    (Field("organisation", IDENTIFIER, "Id of the company, a partner or an organisation", required=True), _FROM, _TO),
)

PERSON: Final = Shape(
    "person",
    "a person",
    (
        _ID,
        Field("name", NAME, "Optional; people are shown by id"),
        Field("emails", ListOf(EMAIL, "[mara@hansekontor.example]"), "Addresses, or sha256: digests of them"),
        Field(
            "affiliations",
            ListOf(AFFILIATION, "[{organisation: hansekontor, from: 2019-01-01}]"),
            "Stints, any number, overlapping or not",
        ),
    ),
)

BOT: Final = Shape(
    "bot",
    "a machine account",
    (
        _ID,
        Field("emails", ListOf(EMAIL_PATTERN, '["renovate@*"]'), "Raw author e-mails; * matches any characters"),
        Field("names", ListOf(NAME_PATTERN, '["*[bot]"]'), "Raw author names; * matches any characters"),
    ),
)

REPOSITORY: Final = Shape(
    "repository",
    "a git repository",
    (
        _ID,
        Field("location", LOCATION, "Path relative to this file, or URL", required=True),
        Field("revision", REVISION, "Branch, tag or commit to read; HEAD if left out"),
    ),
)

_GLOBS = ListOf(GLOB, '["src/**"]')
SCOPE: Final = Shape(
    "scope",
    "a repository or a part of one",
    (
        Field("repository", IDENTIFIER, "Repository id", required=True),
        Field(
            "include",
            ListOf(GLOB, '["src/**"]', at_least=1, what="pattern"),
            "Path patterns that belong; all if left out",
        ),
        Field("exclude", _GLOBS, "Path patterns that do not belong"),
    ),
    short="repository",
)

COMPONENT: Final = Shape(
    "component",
    "a component",
    (
        _ID,
        Field("name", NAME, "The name shown in reports; the id if left out"),
        Field("paths", ListOf(GLOB, '["capture/**"]', at_least=1, what="pattern"), "Path patterns", required=True),
    ),
)

_HOURS = Number(0, 87_600, expected="hours")
RECOVERY: Final = Shape(
    "recovery",
    "recovery objectives",
    (
        Field("rto_hours", _HOURS, "Recovery time objective in hours"),
        Field("rpo_hours", _HOURS, "Recovery point objective in hours"),
    ),
)

SYSTEM: Final = Shape(
    "system",
    "a system",
    (
        _ID,
        _NAME,
        Field("criticality", Choice(Criticality), "How much the company depends on it", required=True),
        Field("internal_owner", IDENTIFIER, "Person id of the owner inside the company"),
        Field("recovery", RECOVERY, "Recovery objectives"),
        Field("repositories", ListOf(SCOPE, "[payments-api]"), "Repositories or parts of them"),
        Field("components", ListOf(COMPONENT, '[{id: capture, paths: ["capture/**"]}]'), "Named parts, by path"),
    ),
)

ENGAGEMENT: Final = Shape(
    "engagement",
    "an engagement",
    (
        _ID,
        Field("name", NAME, "The name shown in reports"),
        Field("partner", IDENTIFIER, "Partner id", required=True),
        Field("systems", ListOf(IDENTIFIER, "[payments]", at_least=1, what="system"), "System ids", required=True),
        Field("start", DAY, "First day"),
        Field("end", DAY, "Last day (included)"),
    ),
)

RENEWAL: Final = Shape(
    "renewal",
    "how the contract renews",
    (
        Field(
            "mode",
            Choice(RenewalMode),
            "One of none, tacit (silence renews), express (a signature renews)",
            required=True,
        ),
        Field("term", DURATION, "Length of each further term"),
    ),
)

NOTICE: Final = Shape(
    "notice",
    "notice periods",
    (
        Field("company", DURATION, "Notice the company has to give"),
        Field("partner", DURATION, "Notice the partner has to give"),
        Field(
            "must_be", Choice(MustBe), "Whether notice must be sent or received by the deadline; received if left out"
        ),
    ),
)

CONTRACT: Final = Shape(
    "contract",
    "a contract",
    (
        _ID,
        Field("title", NAME, "What the contract is called", required=True),
        Field("partner", IDENTIFIER, "Partner id", required=True),
        Field("engagements", ListOf(IDENTIFIER, "[e1]"), "Engagement ids it covers"),
        Field("start", DAY, "First day", required=True),
        Field("term_end", DAY, "Last day of the first term (included); open-ended if left out"),
        Field("renewal", RENEWAL, "How it renews; not at all if left out"),
        Field("notice", NOTICE, "Notice periods per side"),
        Field("internal_lead", DURATION, "Time the company needs before the deadline to decide"),
    ),
)

_DAYS = Number(1, 36_500, whole=True, expected="a whole number of days")
SETTINGS: Final = Shape(
    "settings",
    "settings",
    (
        Field("half_life_days", _DAYS, "After so many days knowledge of a change counts half"),
        Field("activity_window_days", _DAYS, "Who committed within so many days is active"),
        Field("abandoned_after_days", _DAYS, "Code without a change for so many days is abandoned"),
        Field(
            "limits",
            Named(Number(-1e12, 1e12), "{black_box.kappa_int: 0.2}"),
            "Limit id and value, where a finding should start earlier or later",
        ),
    ),
)

PORTFOLIO: Final = Shape(
    "portfolio",
    "a portfolio",
    (
        Field("apiVersion", Constant(API_VERSION), "The format's version, copartner/v1", required=True),
        Field("kind", Constant(KIND), "The document's kind, Portfolio", required=True),
        Field("note", NOTE, "A line shown at the top of every report"),
        Field("company", COMPANY, "The company that steers its partners", required=True),
        Field("partners", ListOf(PARTNER, "a list of partners, each starting with - id:"), "External IT partners"),
        Field(
            "organisations",
            ListOf(ORGANISATION, "a list of organisations, each starting with - id:"),
            "Parties that are neither the company nor a partner",
        ),
        Field(
            "people",
            ListOf(PERSON, "a list of people, each starting with - id:"),
            "People and for whom they worked when",
        ),
        Field(
            "bots",
            ListOf(BOT, "a list of bots, each starting with - id:"),
            "Machine accounts, which never hold knowledge",
        ),
        Field(
            "repositories", ListOf(REPOSITORY, "a list of repositories, each starting with - id:"), "Git repositories"
        ),
        Field("systems", ListOf(SYSTEM, "a list of systems, each starting with - id:"), "Systems the company runs on"),
        Field(
            "engagements",
            ListOf(ENGAGEMENT, "a list of engagements, each starting with - id:"),
            "Partners' work on systems",
        ),
        Field(
            "contracts", ListOf(CONTRACT, "a list of contracts, each starting with - id:"), "Contracts and their dates"
        ),
        Field("settings", SETTINGS, "Choices that change results"),
    ),
)
