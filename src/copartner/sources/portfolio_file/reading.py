"""From a portfolio file to a `Portfolio`, or to everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from copartner.evidence.portfolio import (
    Affiliation,
    Bot,
    Company,
    Component,
    Contract,
    EmailDomain,
    Engagement,
    Notice,
    Organisation,
    Partner,
    Person,
    Portfolio,
    RenewalMode,
    Repository,
    RepositoryScope,
    Settings,
    System,
)
from copartner.sources.portfolio_file.canonical import with_digest
from copartner.sources.portfolio_file.checks import check
from copartner.sources.portfolio_file.errors import Path as Place
from copartner.sources.portfolio_file.errors import PortfolioErrors
from copartner.sources.portfolio_file.shape import PORTFOLIO, MustBe
from copartner.sources.portfolio_file.yaml_document import MAX_BYTES, Report, compose

Values = dict[str, Any]


def load_portfolio(path: str | os.PathLike[str]) -> Portfolio:
    """Read a portfolio file.

    Raises `PortfolioErrors` with every problem found: form and spelling of each value, and, where those are right,
    what contradicts each other across the file. Nothing is resolved outside the file: locations of repositories are
    taken as written, relative to the file.
    """
    report = Report(os.fspath(path))
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        report.add_to_file(f"cannot be read: {reason}", "Check the path, or write a first one with copartner init.")
        raise PortfolioErrors(report.problems) from error
    return _read(content, report)


def parse_portfolio(text: str, name: str = "portfolio.yaml") -> Portfolio:
    """Like `load_portfolio` for text; ``name`` is what problems call the file."""
    return _read(text.encode("utf-8", "surrogatepass"), Report(name))


def refuse(path: str | os.PathLike[str], problems: Iterable[tuple[Place, str, str]]) -> PortfolioErrors:
    """Errors for problems that others found in a readable file: (place, message, remedy), each with its line."""
    report = Report(os.fspath(path))
    compose(Path(path).read_bytes(), report)
    for place, message, remedy in problems:
        report.add(place, message, remedy)
    return PortfolioErrors(report.problems)


def _read(content: bytes, report: Report) -> Portfolio:
    root = compose(content, report)
    if root is not None:
        values = PORTFOLIO.read(root, (), report)
        if values is not None:
            check(values, report)
            if not report.problems:
                return _portfolio(values)
    raise PortfolioErrors(report.problems)


def _portfolio(values: Values) -> Portfolio:
    company = values["company"]
    partners = values.get("partners", [])
    organisations = values.get("organisations", [])
    settings = values.get("settings", {})
    return with_digest(
        Portfolio(
            company=Company(company["id"], company["name"]),
            partners=tuple(_partner(partner) for partner in partners),
            organisations=tuple(Organisation(other["id"], other["name"]) for other in organisations),
            domains=tuple(_domains([company, *partners, *organisations])),
            people=tuple(_person(person) for person in values.get("people", [])),
            bots=tuple(
                Bot(bot["id"], tuple(bot.get("emails", ())), tuple(bot.get("names", ())))
                for bot in values.get("bots", [])
            ),
            repositories=tuple(
                Repository(repository["id"], repository["location"], repository.get("revision"))
                for repository in values.get("repositories", [])
            ),
            systems=tuple(_system(system) for system in values.get("systems", [])),
            engagements=tuple(
                Engagement(
                    id=engagement["id"],
                    partner=engagement["partner"],
                    systems=tuple(engagement["systems"]),
                    start=engagement.get("start"),
                    end=engagement.get("end"),
                    name=engagement.get("name"),
                )
                for engagement in values.get("engagements", [])
            ),
            contracts=tuple(_contract(contract) for contract in values.get("contracts", [])),
            settings=Settings(**settings),
            sha256="",
            note=values.get("note"),
        )
    )


def _period(values: Values) -> tuple[date | None, date | None]:
    return values.get("from"), values.get("to")


def _domains(parties: Iterable[Values]) -> Iterable[EmailDomain]:
    for party in parties:
        for entry in party.get("domains", ()):
            yield EmailDomain(entry["domain"], party["id"], *_period(entry))


def _partner(values: Values) -> Partner:
    return Partner(
        id=values["id"],
        name=values["name"],
        kind=values["kind"],
        tier=values.get("tier"),
        identifiers=dict(sorted(values.get("identifiers", {}).items())),
        owner=values.get("owner"),
        note=values.get("note"),
    )


def _person(values: Values) -> Person:
    return Person(
        id=values["id"],
        name=values.get("name"),
        emails=tuple(values.get("emails", ())),
        affiliations=tuple(
            Affiliation(stint["organisation"], *_period(stint)) for stint in values.get("affiliations", ())
        ),
    )


def _system(values: Values) -> System:
    recovery = values.get("recovery", {})
    return System(
        id=values["id"],
        name=values["name"],
        criticality=values["criticality"],
        repositories=tuple(
            RepositoryScope(scope["repository"], tuple(scope.get("include", ("**",))), tuple(scope.get("exclude", ())))
            for scope in values.get("repositories", ())
        ),
        components=tuple(
            Component(component["id"], component.get("name", component["id"]), tuple(component["paths"]))
            for component in values.get("components", ())
        ),
        internal_owner=values.get("internal_owner"),
        recovery_time_hours=recovery.get("rto_hours"),
        recovery_point_hours=recovery.get("rpo_hours"),
    )


def _contract(values: Values) -> Contract:
    renewal = values.get("renewal", {})
    notice = values.get("notice", {})
    return Contract(
        id=values["id"],
        partner=values["partner"],
        title=values["title"],
        start=values["start"],
        term_end=values.get("term_end"),
        renewal=renewal.get("mode", RenewalMode.NONE),
        renewal_term=renewal.get("term"),
        notice=Notice(
            company=notice.get("company"),
            partner=notice.get("partner"),
            received=notice.get("must_be", MustBe.RECEIVED) is MustBe.RECEIVED,
        ),
        internal_lead=values.get("internal_lead"),
        engagements=tuple(values.get("engagements", ())),
    )
