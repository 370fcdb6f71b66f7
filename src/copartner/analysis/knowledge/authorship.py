"""Who are the authors of each file, and the truck factor by people and by organisation.

Authors are people (degree of authorship, see ``truck_factor``); an author's organisation is where the person is on the
day assessed, because that is who could still be asked. Nothing here leaves by person: counts and organisations only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from copartner.analysis.knowledge.internal_share import NEEDS
from copartner.analysis.knowledge.masses import WINDOWS, Knowledge
from copartner.analysis.knowledge.scope import Scope, Scopes
from copartner.analysis.knowledge.truck_factor import (
    PAPER,
    PAPER_TOP_AUTHOR,
    REFERENCE_TOOL,
    Bools,
    Ints,
    TruckFactor,
    Variant,
    authors,
    truck_factor,
)
from copartner.analysis.measure import (
    MEASURES,
    Basis,
    Direction,
    EvidenceRows,
    MeasureDefinition,
    MeasureValue,
)

AVELINO = (
    "Avelino, Passos, Hora, Valente, A Novel Approach for Estimating Truck Factors, ICPC 2016, arXiv 1604.06766; "
    "degree of authorship: Fritz et al., ICSE 2010 and TOSEM 23(2), 2014"
)
DOA = "DOA = 3.293 + 1.098 FA + 0.164 DL - 0.321 ln(1 + AC); author if DOA / max > 0.75 and DOA >= 3.293"
_CAVEATS = (
    "The file filter alone can move a truck factor by half: it is printed with the assessment.",
    "Merges and bots contribute nothing; renames are followed.",
    "A count for a scope, never a list of people.",
)

TRUCK_FACTOR = MEASURES.register(
    MeasureDefinition(
        id="truck_factor",
        version=1,
        title="Truck factor",
        question="How many people would have to leave before more than half of the files have no author?",
        unit="count",
        range=(0.0, None),
        direction=Direction.HIGHER,
        basis=Basis.AUTHORSHIP,
        needs=NEEDS,
        levels=("portfolio", "system", "component"),
        formula=f"remove the author with most files until more than half of the files have no author; {DOA}",
        caveats=(
            "Optimistic after a handover: people who left long ago still count. Read it beside the share of abandoned "
            "files and the truck factor of active people.",
            *_CAVEATS,
        ),
        source=AVELINO,
        parameters={"variant": PAPER.name, "normalised_above": 0.75, "doa_at_least": 3.293, "coverage": 0.5},
    )
)
TRUCK_FACTOR_ACTIVE = MEASURES.register(
    MeasureDefinition(
        id="truck_factor_active",
        version=1,
        title="Truck factor of active people",
        question="How many active people would have to leave before more than half of the files have no author?",
        unit="count",
        range=(0.0, None),
        direction=Direction.HIGHER,
        basis=Basis.AUTHORSHIP,
        needs=NEEDS,
        levels=("portfolio", "system", "component"),
        formula=f"the truck factor over authors with a commit inside the activity window; {DOA}",
        caveats=("0 means that more than half of the files have no active author already.", *_CAVEATS),
        source=f"{AVELINO}; restricted to active people after Rigby et al., ICSE 2016",
        parameters={"variant": PAPER.name, "activity_window_days": 365},
    )
)
KTF = MEASURES.register(
    MeasureDefinition(
        id="ktf",
        version=1,
        title="Truck factor of organisations",
        question="How many organisations would have to leave before more than half of the files have no author?",
        unit="count",
        range=(0.0, None),
        direction=Direction.HIGHER,
        basis=Basis.AUTHORSHIP,
        needs=NEEDS,
        levels=("portfolio", "system", "component"),
        formula="remove the organisation whose people are authors of most files until more than half of the files have "
        f"no author; {DOA}, else the highest degree",
        caveats=("Unknown authors count as one organisation of their own.", *_CAVEATS),
        source=f"copartner: the removal of {AVELINO} over organisations",
        parameters={"variant": PAPER_TOP_AUTHOR.name},
    )
)


@dataclass
class Authorship:
    """Authorships of all files: rows (file, person), people numbered as in ``base.people``, in order of identifier."""

    knowledge: Knowledge

    def rows(self, variant: Variant = PAPER_TOP_AUTHOR) -> tuple[Ints, Ints]:
        """File and person of each authorship."""
        developments = self.knowledge.developments
        chosen = authors(developments, variant)
        return developments.file[chosen], developments.developer[chosen]

    @cached_property
    def standing(self) -> tuple[Ints, Ints]:
        """Authorships under copartner's own reading: the highest degree stands in if nobody qualifies."""
        return self.rows()

    @cached_property
    def has_author(self) -> Bools:
        """Per file whether it has any author."""
        found = np.zeros(len(self.knowledge), dtype=bool)
        found[self.standing[0]] = True
        return found

    def any_author(self, people: Bools) -> Bools:
        """Per file whether one of these people (a mask) is an author."""
        file, person = self.standing
        found = np.zeros(len(self.knowledge), dtype=bool)
        found[file[people[person]]] = True
        return found

    def active_author(self, window_days: int | None = None) -> Bools:
        """Per file whether an author is active."""
        return self.any_author(self.knowledge.active(window_days))


def in_scope(scope: Scope, file: Ints, holder: Ints) -> tuple[Ints, Ints]:
    """Authorships of the scope's files, files renumbered from 0."""
    number = np.full(len(scope.knowledge), -1, dtype=np.int64)
    number[scope.files] = np.arange(len(scope.files))
    inside = number[file] >= 0
    return number[file[inside]], holder[inside]


def organisations(knowledge: Knowledge) -> tuple[list[str], Ints]:
    """Organisations people are with on the day assessed, in order of identifier, and the number of each person's."""
    names = sorted(set(knowledge.person_organisation.tolist()))
    code = {name: index for index, name in enumerate(names)}
    return names, np.array([code[name] for name in knowledge.person_organisation.tolist()], dtype=np.int64)


def truck_factors(knowledge: Knowledge, scopes: Scopes) -> list[MeasureValue]:
    """`truck_factor`, `truck_factor_active` and `ktf` of the portfolio, systems and components."""
    authorship = Authorship(knowledge)
    by_variant = {variant: authorship.rows(variant) for variant in (PAPER, REFERENCE_TOOL, PAPER_TOP_AUTHOR)}
    names, organisation = organisations(knowledge)
    values: list[MeasureValue] = []
    for scope in scopes:
        if not len(scope.files):
            values.extend(
                scope.unknown(definition, scope.without_knowledge)
                for definition in (TRUCK_FACTOR, TRUCK_FACTOR_ACTIVE, KTF)
            )
            continue
        values.append(_people(scope, authorship, by_variant))
        values.append(_active(scope, by_variant[PAPER]))
        file, person = by_variant[PAPER_TOP_AUTHOR]
        values.append(_organisations(scope, names, file, organisation[person]))
    return values


def _factor(scope: Scope, file: Ints, holder: Ints) -> TruckFactor:
    return truck_factor(*in_scope(scope, file, holder), len(scope.files))


def abandoned_share(scope: Scope, authorship: Authorship, days: int | None = None) -> float:
    """Share of files that have authors, none of whom is active; 0..1. The scope must hold a file."""
    gone = authorship.has_author & ~authorship.active_author(days)
    return float(gone[scope.files].sum()) / len(scope.files)


def _people(scope: Scope, authorship: Authorship, by_variant: dict[Variant, tuple[Ints, Ints]]) -> MeasureValue:
    found = _factor(scope, *by_variant[PAPER])
    files = len(scope.files)
    days = scope.knowledge.base.portfolio.settings.abandoned_after_days
    gone = abandoned_share(scope, authorship, days)
    authored = len(np.unique(in_scope(scope, *by_variant[PAPER])[0]))
    return scope.value(
        TRUCK_FACTOR,
        float(found.value) if authored else None,
        reason=None if authored else "no file in scope has an author",
        coverage=scope.history_coverage,
        inputs={
            "removed": found.value,
            "files": files,
            "files_with_author": authored,
            "coverage_after_removal": found.coverage[-1],
            "abandoned": gone,
            "variant": PAPER.name,
        },
        sensitivity={
            f"variant={variant.name}": float(_factor(scope, *by_variant[variant]).value)
            for variant in (REFERENCE_TOOL, PAPER_TOP_AUTHOR)
        },
        notes=(f"Abandoned: {gone:.1%} of the files have no author active in the last {days} days.",),
    )


def _active(scope: Scope, rows: tuple[Ints, Ints]) -> MeasureValue:
    file, person = rows
    knowledge = scope.knowledge

    def factor(days: int | None) -> TruckFactor:
        active = knowledge.active(days)[person]
        return _factor(scope, file[active], person[active])

    found = factor(None)
    authored = len(np.unique(in_scope(scope, file, person)[0]))
    return scope.value(
        TRUCK_FACTOR_ACTIVE,
        float(found.value) if authored else None,
        reason=None if authored else "no file in scope has an author",
        coverage=scope.history_coverage,
        inputs={
            "removed": found.value,
            "files": len(scope.files),
            "files_with_author": authored,
            "coverage_before_removal": found.coverage[0],
            "coverage_after_removal": found.coverage[-1],
            "variant": PAPER.name,
        },
        sensitivity={f"activity_window_days={days}": float(factor(days).value) for days in WINDOWS},
    )


def _organisations(scope: Scope, names: list[str], file: Ints, organisation: Ints) -> MeasureValue:
    found = _factor(scope, file, organisation)
    inside, holder = in_scope(scope, file, organisation)
    pairs = np.unique(np.stack([inside, holder], axis=1), axis=0)
    owned = np.bincount(pairs[:, 1], minlength=len(names))
    order = sorted(range(len(names)), key=lambda number: (-owned[number], names[number]))
    rows = tuple(
        (names[number], int(owned[number]), float(owned[number]) / len(scope.files), number in found.removed)
        for number in order
        if owned[number]
    )
    return scope.value(
        KTF,
        float(found.value) if len(inside) else None,
        reason=None if len(inside) else "no file in scope has an author",
        inputs={
            "removed": found.value,
            "organisations": int((owned > 0).sum()),
            "files": len(scope.files),
            "coverage_after_removal": found.coverage[-1],
        },
        rows=EvidenceRows(("organisation", "files", "share", "removed"), rows[: scope.rows], len(rows), "file_change"),
    )
