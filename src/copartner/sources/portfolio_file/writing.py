"""A `Portfolio` as a portfolio file: what `load_portfolio` reads back as the same portfolio."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import yaml

from copartner.evidence.portfolio import (
    Contract,
    Engagement,
    Notice,
    Organisation,
    Partner,
    Person,
    Portfolio,
    RenewalMode,
    RepositoryScope,
    System,
)
from copartner.sources.portfolio_file.kinds import needs_quotes
from copartner.sources.portfolio_file.shape import API_VERSION, KIND, MustBe

SCHEMA_COMMENT: Final = "# yaml-language-server: $schema=portfolio.schema.json\n"
"""Tells editors where the JSON Schema lies (see `schema`): beside the portfolio."""

Values = dict[str, Any]


def write_portfolio(portfolio: Portfolio) -> str:
    """The portfolio as YAML text; its digest is not written, since it follows from the content."""
    values: Values = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "note": portfolio.note,
        "company": _party(portfolio, portfolio.company),
        "partners": [_partner(portfolio, partner) for partner in portfolio.partners],
        "organisations": [_party(portfolio, other) for other in portfolio.organisations],
        "people": [_person(person) for person in portfolio.people],
        "bots": [{"id": bot.id, "emails": list(bot.emails), "names": list(bot.names)} for bot in portfolio.bots],
        "repositories": [
            {"id": repository.id, "location": repository.location, "revision": repository.revision}
            for repository in portfolio.repositories
        ],
        "systems": [_system(system) for system in portfolio.systems],
        "engagements": [_engagement(engagement) for engagement in portfolio.engagements],
        "contracts": [_contract(contract) for contract in portfolio.contracts],
        "settings": {
            "half_life_days": portfolio.settings.half_life_days,
            "activity_window_days": portfolio.settings.activity_window_days,
            "abandoned_after_days": portfolio.settings.abandoned_after_days,
            "limits": dict(portfolio.settings.limits),
        },
    }
    text: str = yaml.dump(
        _without_empty(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=118
    )
    return SCHEMA_COMMENT + text


class _Dumper(yaml.SafeDumper):
    """Quotes whatever any YAML reader, of version 1.1 or 1.2, would take for something else than text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        style = '"' if needs_quotes(text) or not text.isprintable() else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        parts = {key: _without_empty(part) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part not in (None, [], {})}
    if isinstance(value, list):
        return [_without_empty(part) for part in value]
    return value


def _period(first: date | None, last: date | None) -> Values:
    return {"from": first, "to": last}


def _party(portfolio: Portfolio, party: Organisation) -> Values:
    domains: list[Any] = []
    for domain in portfolio.domains:
        if domain.organisation == party.id:
            period = _period(domain.valid_from, domain.valid_to)
            domains.append({"domain": domain.domain, **period} if any(period.values()) else domain.domain)
    return {"id": party.id, "name": party.name, "domains": domains}


def _partner(portfolio: Portfolio, partner: Partner) -> Values:
    party = _party(portfolio, partner)
    domains = party.pop("domains")
    return {
        **party,
        "kind": partner.kind.value,
        "tier": partner.tier.value if partner.tier else None,
        "identifiers": dict(partner.identifiers),
        "owner": partner.owner,
        "domains": domains,
        "note": partner.note,
    }


def _person(person: Person) -> Values:
    return {
        "id": person.id,
        "name": person.name,
        "emails": list(person.emails),
        "affiliations": [
            {"organisation": stint.organisation, **_period(stint.valid_from, stint.valid_to)}
            for stint in person.affiliations
        ],
    }


def _scope(scope: RepositoryScope) -> Any:
    if scope.include == ("**",) and not scope.exclude:
        return scope.repository
    return {"repository": scope.repository, "include": list(scope.include), "exclude": list(scope.exclude)}


def _system(system: System) -> Values:
    return {
        "id": system.id,
        "name": system.name,
        "criticality": system.criticality.value,
        "internal_owner": system.internal_owner,
        "recovery": {
            "rto_hours": _number(system.recovery_time_hours),
            "rpo_hours": _number(system.recovery_point_hours),
        },
        "repositories": [_scope(scope) for scope in system.repositories],
        "components": [
            {"id": component.id, "name": component.name, "paths": list(component.paths)}
            for component in system.components
        ],
    }


def _number(hours: float | None) -> float | int | None:
    return int(hours) if hours is not None and hours == int(hours) else hours


def _engagement(engagement: Engagement) -> Values:
    return {
        "id": engagement.id,
        "name": engagement.name,
        "partner": engagement.partner,
        "systems": list(engagement.systems),
        "start": engagement.start,
        "end": engagement.end,
    }


def _notice(notice: Notice) -> Values:
    return {
        "company": str(notice.company) if notice.company else None,
        "partner": str(notice.partner) if notice.partner else None,
        "must_be": None if notice.received else MustBe.SENT.value,
    }


def _contract(contract: Contract) -> Values:
    renews = contract.renewal is not RenewalMode.NONE
    return {
        "id": contract.id,
        "title": contract.title,
        "partner": contract.partner,
        "engagements": list(contract.engagements),
        "start": contract.start,
        "term_end": contract.term_end,
        "renewal": {
            "mode": contract.renewal.value if renews else None,
            "term": str(contract.renewal_term) if contract.renewal_term else None,
        },
        "notice": _notice(contract.notice),
        "internal_lead": str(contract.internal_lead) if contract.internal_lead else None,
    }
