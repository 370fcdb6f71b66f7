"""What is left without an author: if a partner leaves today, on a future day, and what is abandoned already."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from copartner.analysis.knowledge.authorship import AVELINO, Authorship
from copartner.analysis.knowledge.exit_simulation import exit_dates
from copartner.analysis.knowledge.internal_share import NEEDS
from copartner.analysis.knowledge.masses import WINDOWS, Knowledge
from copartner.analysis.knowledge.scope import Scope, Scopes
from copartner.analysis.knowledge.standing import organisations_on
from copartner.analysis.knowledge.truck_factor import Bools
from copartner.analysis.measure import MEASURES, Basis, Direction, MeasureDefinition, MeasureValue
from copartner.evidence.portfolio import UNKNOWN

RIGBY = "Rigby, Zhu, Donadelli, Mockus, Quantifying and Mitigating Turnover-Induced Knowledge Loss, ICSE 2016"
ABANDONED_DAYS = (180, 365)
_CAVEATS = (
    "A file without any author is no orphan of anybody: it is counted apart.",
    "Authors are found by degree of authorship, which does not decay: read it beside the decayed share.",
    "Where degree of authorship finds nobody, the highest degree stands in.",
)

ORPHAN = MEASURES.register(
    MeasureDefinition(
        id="orphan",
        version=1,
        title="Orphaned if the partner leaves today",
        question="Which share of the files has authors at this partner only?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.LOWER,
        basis=Basis.AUTHORSHIP,
        needs=NEEDS,
        levels=("partner", "partner_system"),
        formula="files with an author whose every author belongs to the partner on the day assessed / files",
        caveats=_CAVEATS,
        source=f"copartner; authors: {AVELINO}",
        parameters={"variant": "paper_top_author"},
    )
)
ORPHAN_AT = MEASURES.register(
    MeasureDefinition(
        id="orphan_at",
        version=1,
        title="Orphaned at the end of the term",
        question="Which share of the files will have no author left when the partner's contract ends?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.LOWER,
        basis=Basis.AUTHORSHIP,
        needs=(*NEEDS, "contract"),
        levels=("partner", "partner_system"),
        formula="files with an author at the partner and none who stays elsewhere / files, with affiliations as "
        "declared for the day of exit: the end of the current contract term",
        caveats=(
            *_CAVEATS,
            "Somebody the company has hired by then stays; somebody of ours whose affiliation ends by then does not.",
        ),
        source=f"copartner; authors: {AVELINO}",
        parameters={"variant": "paper_top_author"},
    )
)
ABANDONED = MEASURES.register(
    MeasureDefinition(
        id="abandoned",
        version=1,
        title="Abandoned files",
        question="Which share of the files has no author who is still active?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.LOWER,
        basis=Basis.AUTHORSHIP,
        needs=NEEDS,
        levels=("portfolio", "system", "component", "partner"),
        formula="files with an author none of whom made a commit in any repository of the portfolio in the last 365 "
        "days / files",
        caveats=(
            "Activity is a commit; who answers questions without committing is not seen.",
            "Files without any author are not counted; the upper end of the interval counts them.",
            "Degree of authorship does not decay, so the author may have changed the file long ago and be active "
            "elsewhere.",
        ),
        source=f"{RIGBY}; authors: {AVELINO}",
        parameters={"variant": "paper_top_author", "abandoned_after_days": 365},
    )
)


def orphans(knowledge: Knowledge, scopes: Scopes) -> list[MeasureValue]:
    """`orphan` and `orphan_at` of each partner and each of its systems."""
    authorship = Authorship(knowledge)
    portfolio = knowledge.base.portfolio
    values = []
    for scope in [*scopes.partners, *scopes.partner_systems]:
        values.append(_orphan(scope, authorship))
        partner = str(scope.subject.partner)
        dates, on, _ = exit_dates(portfolio, partner, knowledge.base.as_of, None)
        if dates is None or on <= knowledge.base.as_of:
            values.append(scope.unknown(ORPHAN_AT, "no contract of the partner with a future end is known"))
        else:
            values.append(orphan_at(scope, authorship, on))
    return values


def _orphan(scope: Scope, authorship: Authorship) -> MeasureValue:
    knowledge = scope.knowledge
    if not len(scope.files):
        return scope.unknown(ORPHAN, scope.without_knowledge)
    own = knowledge.person_party == scope.party
    unknown = knowledge.person_party == knowledge.unknown
    orphaned = authorship.any_author(own) & ~authorship.any_author(~own)
    possible = authorship.has_author & ~authorship.any_author(~(own | unknown))
    gone = orphaned & ~authorship.active_author()
    return _share(
        scope, ORPHAN, orphaned, possible, authorship, {"files_orphaned_without_active_author": _count(scope, gone)}
    )


def orphan_at(scope: Scope, authorship: Authorship, on: date) -> MeasureValue:
    """Share of the scope's files that lose their last author when the scope's partner leaves on a day.

    Files whose authors have all gone by then without any of them at the partner are not caused by this exit.
    """
    knowledge = scope.knowledge
    if not len(scope.files):
        return scope.unknown(ORPHAN_AT, scope.without_knowledge)
    partner = str(scope.subject.partner)
    declared = {person.id: person for person in knowledge.base.portfolio.people}
    at_partner = np.zeros(knowledge.base.people.num_rows, dtype=bool)
    elsewhere, unknown = at_partner.copy(), at_partner.copy()
    today = knowledge.person_organisation.tolist()
    columns = (knowledge.base.people[name].to_pylist() for name in ("person", "last_active"))
    for row, (person, last) in enumerate(zip(*columns, strict=True)):
        found = organisations_on(
            declared.get(person),
            on,
            last_seen=today[row],
            last_active=last.astimezone(UTC).date() if isinstance(last, datetime) else None,
            leaving=True,
        )
        # Whoever is with the partner today and with nobody else then goes with this exit.
        at_partner[row] = partner in found or (not found and today[row] == partner)
        unknown[row] = bool(found) and found <= {UNKNOWN}
        elsewhere[row] = bool(found - {partner, UNKNOWN})
    own = at_partner & ~elsewhere
    orphaned = authorship.any_author(own) & ~authorship.any_author(elsewhere | unknown)
    possible = orphaned | (authorship.any_author(own | unknown) & ~authorship.any_author(elsewhere))
    return _share(scope, ORPHAN_AT, orphaned, possible, authorship, {"exit_on": on.isoformat()})


def _share(
    scope: Scope,
    definition: MeasureDefinition,
    orphaned: Bools,
    possible: Bools,
    authorship: Authorship,
    more: dict[str, float | int | str | None],
) -> MeasureValue:
    knowledge = scope.knowledge
    files = len(scope.files)
    count, high = _count(scope, orphaned), _count(scope, possible)
    rows = scope.files[orphaned[scope.files]]
    return scope.value(
        definition,
        count / files,
        interval=(count / files, high / files) if high != count else None,
        inputs={
            "files_orphaned": count,
            "files": files,
            "files_without_author": _count(scope, ~authorship.has_author),
            **more,
        },
        rows=scope.file_rows(rows, knowledge.weight[rows]),
    )


def _count(scope: Scope, mask: Bools) -> int:
    return int(mask[scope.files].sum())


def abandoned(knowledge: Knowledge, scopes: Scopes) -> list[MeasureValue]:
    """`abandoned` of the portfolio, systems, components and each partner's systems."""
    authorship = Authorship(knowledge)
    days = knowledge.base.portfolio.settings.abandoned_after_days
    gone = {window: authorship.has_author & ~authorship.active_author(window) for window in {days, *WINDOWS}}
    return [_abandoned(scope, authorship, gone, days) for scope in [*scopes, *scopes.partners]]


def _abandoned(scope: Scope, authorship: Authorship, gone: dict[int, Bools], days: int) -> MeasureValue:
    files = len(scope.files)
    if not files:
        return scope.unknown(ABANDONED, scope.without_knowledge)
    blank = _count(scope, ~authorship.has_author)
    if blank == files:
        return scope.unknown(ABANDONED, "no file in scope has an author")
    count = _count(scope, gone[days])
    rows = scope.files[gone[days][scope.files]]
    return scope.value(
        ABANDONED,
        count / files,
        interval=(count / files, (count + blank) / files) if blank else None,
        coverage=scope.history_coverage,
        inputs={
            "files_abandoned": count,
            "files": files,
            "files_without_author": blank,
            "abandoned_after_days": days,
            "weight_share": _weight_share(scope, gone[days]),
        },
        sensitivity={f"abandoned_after_days={window}": _count(scope, gone[window]) / files for window in WINDOWS},
        rows=scope.file_rows(rows, scope.knowledge.weight[rows]),
    )


def _weight_share(scope: Scope, mask: Bools) -> float | None:
    total = float(scope.weight.sum())
    return float(scope.weight[mask[scope.files]].sum()) / total if total > 0 else None
