"""Who decides the architecture: accepted decision records with somebody of ours among the deciders.

Deciders are as written: a person's id or handle, name, e-mail address, or an organisation. Each is resolved to an
organisation on the day of the decision. A record whose deciders are not all resolved is *unknown* unless one of those
resolved is internal: the missing one might have been ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from copartner.analysis.knowledge.affiliation import Directory
from copartner.analysis.knowledge.masses import Knowledge
from copartner.analysis.knowledge.path_scope import systems_of
from copartner.analysis.knowledge.scope import Scope, Scopes
from copartner.analysis.measure import (
    MEASURES,
    Basis,
    Direction,
    EvidenceRows,
    MeasureDefinition,
    MeasureValue,
)
from copartner.evidence.portfolio import BOT, UNKNOWN, Portfolio

ADR_INTERNAL = MEASURES.register(
    MeasureDefinition(
        id="adr_internal",
        version=1,
        title="Decisions we took part in",
        question="Does the company take part in the decisions about its architecture?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.HIGHER,
        basis=Basis.REGISTER,
        needs=("decision_record", "affiliation", "email_domain"),
        levels=("portfolio", "system"),
        formula="accepted decision records with at least one internal decider / accepted decision records whose "
        "deciders can be told",
        caveats=(
            "Being named as decider does not show who decided.",
            "Decisions that nobody recorded are not seen: without any record the share is unknown.",
            "Affiliation is taken on the day of the decision.",
        ),
        source="copartner; records as in MADR 2 to 4 (adr.github.io/madr) and adr-tools",
    )
)

INTERNAL, PARTNER, OTHER = "internal", "partner", "other"
_EMAIL = re.compile(r"[^\s<>()\[\],;]+@[^\s<>()\[\],;]+")


@dataclass(frozen=True, slots=True)
class Decision:
    """An accepted record: where, when, organisations of its deciders (``None`` for one not resolved)."""

    repository: str
    path: str
    title: str
    decided_on: date | None
    systems: tuple[str, ...]
    deciders: tuple[str | None, ...]

    def sides(self, portfolio: Portfolio) -> str | None:
        """``internal`` with any internal decider, ``partner`` or ``other`` if all are known and none is, else None."""
        if portfolio.company.id in self.deciders:
            return INTERNAL
        if not self.deciders or None in self.deciders:
            return None
        partners = {partner.id for partner in portfolio.partners}
        return PARTNER if partners.issuperset({name for name in self.deciders if name}) else OTHER


class Deciders:
    """Resolves what is written as a decider to an organisation on a day."""

    def __init__(self, portfolio: Portfolio) -> None:
        self._directory = Directory(portfolio)
        self._people = {person.id.casefold(): person.id for person in portfolio.people}
        named = Counter(person.name.casefold() for person in portfolio.people if person.name)
        # Two people of one name: the name says nothing.
        self._names = {
            person.name.casefold(): person.id
            for person in portfolio.people
            if person.name and named[person.name.casefold()] == 1
        }
        organisations = (portfolio.company, *portfolio.partners, *portfolio.organisations)
        self._organisations = {
            text.casefold(): item.id for item in organisations for text in (item.id, item.name) if text
        }
        self._declared = {person.id: person for person in portfolio.people}

    def organisation(self, written: str, on: date | None) -> str | None:
        """Organisation of a decider on a day; without a day only if it was the same at all times. ``None``: unknown."""
        text = written.strip()
        email = _EMAIL.search(text)
        if email is not None and not text.startswith("@"):
            return self._by_email(email.group().strip("."), on)
        name = re.sub(r"\s*[(<\[].*$", "", text).strip().lstrip("@").casefold()
        person = self._people.get(name) or self._names.get(name)
        if person is not None:
            return self._by_person(person, on)
        return self._organisations.get(name)

    def _by_email(self, email: str, on: date | None) -> str | None:
        if on is not None:
            found = self._directory.attribute(email, "", email, "", on).organisation
            return None if found in (UNKNOWN, BOT) else found
        person = self._directory.person(email)
        return self._by_person(person.id, None) if person is not None else None

    def _by_person(self, person: str, on: date | None) -> str | None:
        if on is None:
            always = {stint.organisation for stint in self._declared[person].affiliations}
            return always.pop() if len(always) == 1 else None
        found = self._directory.affiliation(person, on)
        if found is not None:
            return found[0]
        for email in self._declared[person].emails:
            organisation = self._directory.domain_organisation(email, on)
            if organisation is not None:
                return organisation
        return None


def decisions(knowledge: Knowledge, scopes: Scopes) -> list[MeasureValue]:
    """`adr_internal` of the portfolio and each system."""
    portfolio = knowledge.base.portfolio
    deciders = Deciders(portfolio)
    records = [
        (row, tuple(s.id for s, holds in systems_of(portfolio, row["repository"]) if holds(row["path"])))
        for row in knowledge.base.decisions.to_pylist()
    ]
    values = []
    for scope in (scopes.portfolio, *scopes.systems):
        own = [(row, systems) for row, systems in records if _belongs(scope, row, systems)]
        accepted = [_decision(row, systems, deciders) for row, systems in own if row["status"] == "accepted"]
        values.append(_adr_internal(scope, len(own), accepted))
    return values


def _belongs(scope: Scope, row: Mapping[str, Any], systems: tuple[str, ...]) -> bool:
    if scope.subject.system is not None:
        return scope.subject.system in systems
    declared = bool(scope.knowledge.base.portfolio.systems)
    return (bool(systems) or not declared) and row["repository"] not in scope.knowledge.base.unreadable


def _decision(row: Mapping[str, Any], systems: tuple[str, ...], deciders: Deciders) -> Decision:
    on = row["decided_on"]
    found = tuple(deciders.organisation(written, on) for written in row["deciders"])
    return Decision(row["repository"], row["path"], row["title"], on, systems, found)


def _adr_internal(scope: Scope, records: int, accepted: list[Decision]) -> MeasureValue:
    portfolio = scope.knowledge.base.portfolio
    sides = [decision.sides(portfolio) for decision in accepted]
    known = [side for side in sides if side is not None]
    internal, unknown = known.count(INTERNAL), len(sides) - len(known)
    inputs: dict[str, float | int | str | None] = {
        "decisions_internal": internal,
        "decisions_known": len(known),
        "decisions_accepted": len(accepted),
        "decisions_partner_only": known.count(PARTNER),
        "decisions_unknown": unknown,
        "records": records,
    }
    for partner in portfolio.partners:
        alone = sum(set(decision.deciders) == {partner.id} for decision in accepted)
        if alone:
            inputs[f"decisions_only_{partner.id}"] = alone
    reason = "the deciders of no accepted record can be told"
    if not accepted:
        reason = "no decision record is accepted" if records else "no decision records"
    value = scope.value(
        ADR_INTERNAL,
        internal / len(known) if known else None,
        reason=reason,
        interval=(internal / len(sides), (internal + unknown) / len(sides)) if known and unknown else None,
        n=len(accepted),
        coverage=(len(known) / len(sides) if sides else 1.0) * scope.readable,
        inputs=inputs,
        rows=_rows(accepted, sides, scope.rows),
    )
    return replace(value, evidence_classes={})


def _rows(accepted: list[Decision], sides: list[str | None], kept: int) -> EvidenceRows:
    """Records without any of ours first, then the undecided, the newest of each first."""
    order = {PARTNER: 0, OTHER: 0, None: 1, INTERNAL: 2}
    pairs = sorted(
        zip(accepted, sides, strict=True),
        key=lambda item: (
            order[item[1]],
            -(item[0].decided_on or date.min).toordinal(),
            item[0].repository,
            item[0].path,
        ),
    )
    rows = tuple(
        (
            decision.repository,
            decision.path,
            decision.title,
            decision.decided_on.isoformat() if decision.decided_on else None,
            ", ".join(sorted({name or UNKNOWN for name in decision.deciders})) or None,
            side,
        )
        for decision, side in pairs[:kept]
    )
    columns = ("repository", "path", "title", "decided_on", "organisations", "decided_by")
    return EvidenceRows(columns, rows, len(pairs), "decision_record")
