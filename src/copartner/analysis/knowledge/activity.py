"""People as counts: who is active where, whether two of ours know each component, whether a system has an owner."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from copartner.analysis.knowledge.internal_share import DECAY_CAVEATS, NEEDS
from copartner.analysis.knowledge.masses import CHOSEN, STRIP, WINDOWS, Knowledge
from copartner.analysis.knowledge.scope import Cell, Scope, Scopes
from copartner.analysis.knowledge.truck_factor import Ints
from copartner.analysis.measure import (
    MEASURES,
    Basis,
    Direction,
    EvidenceRows,
    MeasureDefinition,
    MeasureValue,
)
from copartner.evidence.portfolio import UNKNOWN, System

KNOWS = 0.1
"""Somebody knows a component from this share of its knowledge on."""

_DAY = 86_400_000_000
_INACTIVE = "the named owner made no commit inside the activity window"

PEOPLE_ACTIVE = MEASURES.register(
    MeasureDefinition(
        id="people_active",
        version=1,
        title="Active people",
        question="How many people still work on the code?",
        unit="count",
        range=(0.0, None),
        direction=Direction.NEUTRAL,
        basis=Basis.AUTHORSHIP,
        needs=NEEDS,
        levels=("portfolio", "system", "partner", "partner_system"),
        formula="people of the organisation (for the portfolio or a system: of the company) who changed a source file "
        "in scope in the last 365 days and have not left",
        caveats=(
            "A commit is the only activity seen: reviewers, operators and testers who never commit are missing.",
            "Files deleted since are not in scope, and neither is the work on them.",
            "A count for a scope; small counts say nothing about anybody's work.",
        ),
        source="copartner",
        parameters={"activity_window_days": 365},
    )
)
INTERNAL_ROTATION = MEASURES.register(
    MeasureDefinition(
        id="internal_rotation",
        version=1,
        title="Components at least two of ours know",
        question="For which share of the components can one of our people be away?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.HIGHER,
        basis=Basis.AUTHORSHIP,
        needs=NEEDS,
        levels=("portfolio", "system"),
        formula="components where at least 2 people hold more than 0.1 each of the knowledge for the company (mean "
        "over files of their share, weighted by v) / components with any knowledge",
        caveats=(
            *DECAY_CAVEATS,
            "With many contributors nobody reaches 0.1 although many know a little.",
            "Active or not: the inputs say how many components two active people of ours know.",
        ),
        source="copartner; the threshold is a design default",
        parameters={"knows_above": KNOWS, "people": 2, "half_life_days": 365},
    )
)
OWNER_ACTIVE = MEASURES.register(
    MeasureDefinition(
        id="owner_active",
        version=1,
        title="Systems with an active internal owner",
        question="Has each system somebody of ours who answers for it and still works here?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.HIGHER,
        basis=Basis.REGISTER,
        needs=("portfolio", "affiliation", "commit"),
        levels=("portfolio", "system"),
        formula="systems whose named owner belongs to the company on the day assessed and made a commit in any "
        "repository of the portfolio in the last 365 days / systems where both can be told",
        caveats=(
            "An owner who never commits cannot be seen at work: that system is unknown, not without owner.",
            "That somebody is named and active does not show that they decide.",
        ),
        source="copartner",
        parameters={"activity_window_days": 365},
    )
)


def people_active(knowledge: Knowledge, scopes: Scopes) -> list[MeasureValue]:
    """`people_active` of the company in the portfolio and each system, and of each partner."""
    return [
        _people_active(scope)
        for scope in (scopes.portfolio, *scopes.systems, *scopes.partners, *scopes.partner_systems)
    ]


def _active_here(scope: Scope, days: int) -> Ints:
    """People (numbers) who changed a file of the scope in the last days and have not left."""
    knowledge = scope.knowledge
    inside = np.zeros(len(knowledge), dtype=bool)
    inside[scope.files] = True
    recent = inside[knowledge.holder_file] & (knowledge.holder_last > knowledge.now - days * _DAY)
    people = np.unique(knowledge.holder_person[recent])
    return people[knowledge.active(days)[people]]


def _people_active(scope: Scope) -> MeasureValue:
    knowledge = scope.knowledge
    party = knowledge.internal if scope.party is None else scope.party
    if not len(scope.files):
        return scope.unknown(PEOPLE_ACTIVE, scope.without_knowledge)

    def counted(days: int) -> Ints:
        return np.bincount(knowledge.person_party[_active_here(scope, days)], minlength=len(knowledge.parties))

    found = counted(knowledge.base.portfolio.settings.activity_window_days)
    total, unknown = int(found.sum()), int(found[knowledge.unknown])
    count = int(found[party])
    shown = [knowledge.internal, *(p for p in knowledge.partners if found[p]), knowledge.others, knowledge.unknown]
    return scope.value(
        PEOPLE_ACTIVE,
        float(count),
        interval=(float(count), float(count + unknown)) if unknown else None,
        n=total,
        coverage=((total - unknown) / total if total else 1.0) * scope.readable,
        inputs={f"people_{_name(knowledge, p)}": int(found[p]) for p in shown} | {"people": total},
        sensitivity={f"activity_window_days={days}": float(counted(days)[party]) for days in WINDOWS},
    )


def _name(knowledge: Knowledge, party: int) -> str:
    if party == knowledge.internal:
        return "internal"
    return "others" if party == knowledge.others else knowledge.parties[party]


def internal_rotation(knowledge: Knowledge, scopes: Scopes) -> list[MeasureValue]:
    """`internal_rotation` of the portfolio and each system."""
    parts = list(scopes.components)
    counts = {column: [_knowers(part, column) for part in parts] for column in {CHOSEN, *STRIP.values()}}
    active = [_knowers(part, CHOSEN, only_active=True) for part in parts]
    values = []
    for scope in (scopes.portfolio, *scopes.systems):
        own = [
            index
            for index, part in enumerate(parts)
            if scope.subject.system in (None, part.subject.system) and part.blocked is None
        ]
        values.append(_rotation(scope, parts, own, counts, active))
    return values


def _knowers(part: Scope, column: str, *, only_active: bool = False) -> int | None:
    """How many people hold more than ``KNOWS`` of a component for the company; ``None`` where nobody holds any."""
    knowledge = part.knowledge
    files = part.known(column)
    weight = np.zeros(len(knowledge), dtype=np.float64)
    weight[files] = knowledge.weight[files]
    total = float(weight[files].sum())
    if total <= 0:
        return None
    rows = (weight[knowledge.holder_file] > 0) & (knowledge.holder_party == knowledge.internal)
    if only_active:
        rows &= knowledge.active()[knowledge.holder_person]
    file = knowledge.holder_file[rows]
    mass = np.asarray(knowledge.base.holders[column].to_numpy(), dtype=np.float64)[rows]
    share = weight[file] * mass / knowledge.total(column)[file]
    held = np.bincount(knowledge.holder_person[rows], weights=share)
    return int((held / total > KNOWS).sum())


def _rotation(
    scope: Scope, parts: list[Scope], own: list[int], counts: dict[str, list[int | None]], active: list[int | None]
) -> MeasureValue:
    def share(column: str) -> float | None:
        found = [number for index in own if (number := counts[column][index]) is not None]
        return sum(number >= 2 for number in found) / len(found) if found else None

    value = share(CHOSEN)
    if value is None:
        return scope.unknown(INTERNAL_ROTATION, scope.without_knowledge)
    known = [index for index in own if counts[CHOSEN][index] is not None]
    ordered = sorted(known, key=lambda index: (counts[CHOSEN][index] or 0, -float(parts[index].weight.sum()), index))
    rows: list[tuple[Cell, ...]] = [
        (
            parts[index].subject.system,
            parts[index].subject.component,
            len(parts[index].files),
            counts[CHOSEN][index],
            active[index],
        )
        for index in ordered
    ]
    columns = ("system", "component", "files", "internal_knowers", "active_internal_knowers")
    return scope.value(
        INTERNAL_ROTATION,
        value,
        n=len(known),
        inputs={
            "components_two_know": sum((counts[CHOSEN][index] or 0) >= 2 for index in known),
            "components": len(known),
            "components_unknown": len(own) - len(known),
            "components_two_active_know": sum((active[index] or 0) >= 2 for index in known),
        },
        sensitivity={label: share(column) for label, column in STRIP.items()},
        rows=EvidenceRows(columns, tuple(rows[: scope.rows]), len(rows), "file_change"),
    )


def owner_active(knowledge: Knowledge, scopes: Scopes) -> list[MeasureValue]:
    """`owner_active` of each system (1, 0 or unknown) and the share in the portfolio."""
    people = {row["person"]: row for row in knowledge.base.people.to_pylist()}
    active = knowledge.active()
    number = {person: index for index, person in enumerate(people)}
    company = knowledge.base.portfolio.company.id
    answers: dict[str, tuple[float | None, str]] = {}
    rows: list[tuple[Cell, ...]] = []
    for system in knowledge.base.portfolio.systems:
        row = people.get(system.internal_owner or "")
        answer, why = _owner(system, row, company, bool(row) and bool(active[number[system.internal_owner or ""]]))
        if why == _INACTIVE and knowledge.base.unreadable:
            answer, why = None, "the named owner made no commit in the repositories that can be read"
        answers[system.id] = (answer, why)
        last = None if row is None else row["last_active"]
        rows.append((system.id, system.criticality.value, why, None if last is None else last.date().isoformat()))
    columns = ("system", "criticality", "owner", "last_commit_on")
    values = []
    for scope, row in zip(scopes.systems, rows, strict=True):
        answer, why = answers[str(scope.subject.system)]
        found = replace(scope, blocked=None).value(
            OWNER_ACTIVE,
            answer,
            reason=why,
            n=1,
            coverage=0.0 if answer is None else 1.0,
            inputs={"owner": why},
            rows=EvidenceRows(columns, (row,), 1, "portfolio"),
        )
        values.append(replace(found, evidence_classes={}))
    kept = EvidenceRows(columns, tuple(rows[: scopes.portfolio.rows]), len(rows), "portfolio")
    values.append(_owners(scopes.portfolio, answers, kept))
    return values


def _owner(system: System, row: dict[str, object] | None, company: str, active: bool) -> tuple[float | None, str]:
    if system.internal_owner is None:
        return 0.0, "no internal owner is named"
    if row is None or row["organisation_at"] == UNKNOWN:
        return None, "where the named owner works on this day is not known"
    if row["organisation_at"] != company or row["left"]:
        return 0.0, "the named owner is not with the company on this day"
    if row["last_active"] is None:
        return None, "no commit of the named owner was seen, and no other activity is connected"
    if not active:
        return 0.0, _INACTIVE
    return 1.0, "named, internal and active"


def _owners(scope: Scope, answers: dict[str, tuple[float | None, str]], rows: EvidenceRows) -> MeasureValue:
    known = [answer for answer, _ in answers.values() if answer is not None]
    unknown = len(answers) - len(known)
    yes = int(sum(known))
    reason = "no system is declared" if not answers else "for no system can it be told whether its owner is active"
    found = replace(scope, blocked=None).value(
        OWNER_ACTIVE,
        yes / len(known) if known else None,
        reason=reason,
        interval=(yes / len(answers), (yes + unknown) / len(answers)) if known and unknown else None,
        n=len(answers),
        coverage=len(known) / len(answers) if answers else None,
        inputs={"systems_with_active_owner": yes, "systems": len(known), "systems_unknown": unknown},
        rows=rows,
    )
    return replace(found, evidence_classes={})
