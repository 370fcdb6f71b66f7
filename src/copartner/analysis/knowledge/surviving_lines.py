"""Measures on line ownership: whose lines are still alive, who could still answer for them, how long they last.

A living line belongs to the author of the commit that last wrote it, as ``git blame`` with default options says; the
organisation is the author's at the time of that commit. Co-authors do not share a line's ownership (blame knows one
commit per line), but they count as knowing it. Reformatting moves ownership: list such commits in
``.git-blame-ignore-revs``.

These measures stand beside the authorship measures and never replace them: authorship counts work done, also on lines
that are gone; line ownership counts what is left. Each value says which of the two it rests on (``Basis``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from copartner.analysis.knowledge.base import KnowledgeBase
from copartner.analysis.measure import (
    MEASURES,
    Basis,
    Direction,
    EvidenceRows,
    MeasureDefinition,
    MeasureValue,
    Subject,
)
from copartner.evidence.portfolio import BOT, UNKNOWN

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
_Bools = npt.NDArray[np.bool_]

_NEEDS = ("line_ownership", "commit", "co_author", "file_snapshot", "affiliation", "email_domain")
_CAVEATS = (
    "A line belongs to whoever last wrote it: a formatting sweep moves ownership unless it is listed in "
    ".git-blame-ignore-revs.",
    "Generated, vendored, binary and minified files are left out; the filter is printed with the assessment.",
)

SURVIVING_LINE_SHARE = MEASURES.register(
    MeasureDefinition(
        id="surviving_line_share",
        version=1,
        title="Share of living lines",
        question="Whose lines make up the code that runs today?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.NEUTRAL,
        basis=Basis.LINE_OWNERSHIP,
        needs=_NEEDS,
        levels=("partner", "partner_system", "partner_component", "system", "component", "portfolio"),
        formula="lines last written by people of the organisation / living lines in source files in scope "
        "(for a system or component without a partner: of the company)",
        caveats=_CAVEATS,
        source="git blame, default options (git-scm.com/docs/git-blame); aggregation over organisations: copartner",
    )
)
ONLY_PARTNER_LINES = MEASURES.register(
    MeasureDefinition(
        id="only_partner_lines",
        version=1,
        title="Lines known only to the partner",
        question="How much of the living code has nobody but the partner's people as its authors?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.LOWER,
        basis=Basis.LINE_OWNERSHIP,
        needs=_NEEDS,
        levels=("partner", "partner_system", "partner_component"),
        formula="living lines of files where everybody with at least 20 % of the living lines, authors and co-authors, "
        "belongs to the partner / living lines in source files in scope",
        caveats=(*_CAVEATS, "A file in which nobody reaches 20 % is known to nobody in particular and not counted."),
        source="copartner; the 20 % threshold is a design default",
        parameters={"known_from_share": 0.2},
    )
)
INACTIVE_AUTHOR_LINES = MEASURES.register(
    MeasureDefinition(
        id="inactive_author_lines",
        version=1,
        title="Lines whose author is no longer active",
        question="How much of the living code was last written by people who no longer work on it?",
        unit="share",
        range=(0.0, 1.0),
        direction=Direction.LOWER,
        basis=Basis.LINE_OWNERSHIP,
        needs=_NEEDS,
        levels=("portfolio", "system", "component"),
        formula="living lines whose commit has no author or co-author with a commit inside the activity window "
        "/ living lines of known authors in source files in scope",
        caveats=(*_CAVEATS, "Activity is a commit in any repository of the portfolio."),
        source="copartner; after Rigby et al., ICSE 2016 (abandoned files), on lines instead of files",
    )
)
CODE_HALF_LIFE = MEASURES.register(
    MeasureDefinition(
        id="code_half_life",
        version=1,
        title="Half-life of code",
        question="How long do the lines an organisation writes last?",
        unit="days",
        range=(0.0, None),
        direction=Direction.NEUTRAL,
        basis=Basis.LINE_OWNERSHIP,
        needs=("ownership_history", *_NEEDS),
        levels=("portfolio", "partner"),
        formula="smallest age a at which the lines first seen at least a days ago have lost half: sum over cohorts of "
        "lines alive at age a / sum of the same cohorts' lines when first seen <= 0.5",
        caveats=(
            *_CAVEATS,
            "A cohort is what a snapshot saw for the first time; lines written and removed between two snapshots are "
            "not seen.",
            "Younger cohorts leave the sums as the age grows (right censoring); no half-life is given beyond the "
            "longest age observed.",
        ),
        source="copartner; survival of lines by cohort as in git-of-theseus (github.com/erikbern/git-of-theseus), "
        "here by organisation",
    )
)

KNOWN_FROM_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class LineOwnership:
    """Living lines at the pinned heads.

    ``runs``: columns repository, path, length, commit. ``authors``: CONTRIBUTION rows of every commit that owns a line
    (merges too, where a merge wrote lines itself). ``history``: OWNERSHIP_HISTORY columns, possibly empty.
    """

    runs: pa.Table
    authors: pa.Table
    history: pa.Table


@dataclass(frozen=True, slots=True)
class _Lines:
    """Runs inside the files in scope, as arrays of equal length."""

    file: _Ints
    length: _Ints
    organisation: npt.NDArray[np.object_]
    active: _Bools
    system: npt.NDArray[np.object_]
    component: npt.NDArray[np.object_]
    owned: pa.Table
    """Path, commit (null where unseen), organisation and length of the same runs."""
    only: npt.NDArray[np.object_]
    """The one organisation that knows the line's file, or None."""


def surviving_line_measures(base: KnowledgeBase, ownership: LineOwnership) -> list[MeasureValue]:
    """All line-ownership values of an assessment. Files without any run (empty, unreadable) lower the coverage."""
    lines = _lines_in_scope(base, ownership)
    values: list[MeasureValue] = []
    for subject, mask in _subjects(base, lines):
        values.extend(_shares(base, lines, subject, mask))
        values.append(_inactive(base, lines, subject, mask))
    values.extend(_half_lives(base, ownership))
    return values


def _first_authors(authors: pa.Table) -> pa.Table:
    """Repository, commit and the organisation of its author; co-authors own no line."""
    return authors.filter(pc.equal(authors["ordinal"], 0)).select(["repository", "commit", "organisation"])


def _series(ownership: LineOwnership) -> pa.Table:
    """The sampled past with the organisation each commit was made for; null where nobody is known."""
    return ownership.history.select(["repository", "snapshot", "commit", "lines"]).join(
        _first_authors(ownership.authors), ["repository", "commit"], join_type="left outer"
    )


def _lines_in_scope(base: KnowledgeBase, ownership: LineOwnership) -> _Lines:
    authors = ownership.authors
    active_people = base.people.filter(base.people["active"])["person"]
    active = pc.is_in(authors["person"], value_set=pa.array(active_people.to_pylist(), pa.string()))
    by_commit = (
        authors.append_column("alive", pc.cast(active, pa.int8()))
        .group_by(["repository", "commit"])
        .aggregate([("alive", "max")])
    )
    files = base.files.select(["file", "repository", "path", "system", "component"])
    runs = (
        ownership.runs.select(["repository", "path", "length", "commit"])
        .join(files, ["repository", "path"], join_type="inner")
        .join(_first_authors(authors), ["repository", "commit"], join_type="left outer")
        .join(by_commit, ["repository", "commit"], join_type="left outer")
        .sort_by([("file", "ascending"), ("length", "descending"), ("commit", "ascending")])
    )
    file = np.asarray(runs["file"].to_numpy(), dtype=np.int64)
    position = runs.schema.get_field_index("organisation")
    runs = runs.set_column(position, "organisation", pc.fill_null(runs["organisation"], UNKNOWN))
    organisation = np.array(runs["organisation"].to_pylist(), dtype=object)
    length = np.asarray(runs["length"].to_numpy(), dtype=np.int64)
    return _Lines(
        file=file,
        length=length,
        organisation=organisation,
        active=np.asarray(pc.fill_null(runs["alive_max"], 0).to_numpy(), dtype=np.int64).astype(bool),
        system=np.array(runs["system"].to_pylist(), dtype=object),
        component=np.array(runs["component"].to_pylist(), dtype=object),
        owned=runs.select(["path", "commit", "organisation", "length"]),
        only=_sole_knowers(file, length, runs, authors),
    )


def _sole_knowers(file: _Ints, length: _Ints, runs: pa.Table, authors: pa.Table) -> npt.NDArray[np.object_]:
    """Per run the organisation of everybody with 20 % of the file's lines, if that is one organisation; else None."""
    people = authors.select(["repository", "commit", "person", "organisation"]).rename_columns(
        ["repository", "commit", "person", "known_by"]
    )
    held = (
        runs.select(["file", "repository", "commit", "length"])
        .join(people, ["repository", "commit"], join_type="inner")
        .group_by(["file", "person", "known_by"])
        .aggregate([("length", "sum")])
    )
    total: dict[int, int] = {}
    for number, lines in zip(file.tolist(), length.tolist(), strict=True):
        total[number] = total.get(number, 0) + lines
    knowers: dict[int, set[str]] = {}
    for number, organisation, lines in zip(
        held["file"].to_pylist(), held["known_by"].to_pylist(), held["length_sum"].to_pylist(), strict=True
    ):
        if lines >= KNOWN_FROM_SHARE * total[number]:
            knowers.setdefault(number, set()).add(organisation)
    sole = {number: next(iter(found)) for number, found in knowers.items() if len(found) == 1}
    return np.array([sole.get(number) for number in file.tolist()], dtype=object)


def _once(base: KnowledgeBase) -> _Bools:
    """Per row of ``base.files`` whether it is the first of its file: a file of two systems stands there twice."""
    files = base.files
    names = list(zip(files["repository"].to_pylist(), files["path"].to_pylist(), strict=True))
    first = {name: row for row, name in reversed(list(enumerate(names)))}
    return np.array([first[name] == row for row, name in enumerate(names)], dtype=bool)


def _subjects(base: KnowledgeBase, lines: _Lines) -> Iterable[tuple[Subject, _Bools]]:
    yield Subject(), _once(base)[lines.file]
    for system in base.portfolio.systems:
        inside = lines.system == system.id
        yield Subject(system=system.id), inside
        for component in sorted({name for name in lines.component[inside] if name is not None}):
            yield Subject(system=system.id, component=component), inside & (lines.component == component)


def _coverage(base: KnowledgeBase, lines: _Lines, subject: Subject, mask: _Bools) -> float | None:
    """Share of the lines in scope whose author's organisation is known."""
    files = base.files
    wanted = np.ones(files.num_rows, dtype=bool)
    if subject.system is None:
        wanted &= _once(base)
    else:
        wanted &= np.array(files["system"].to_pylist(), dtype=object) == subject.system
    if subject.component is not None:
        wanted &= np.array(files["component"].to_pylist(), dtype=object) == subject.component
    in_scope = int(np.asarray(pc.fill_null(files["lines"], 0).to_numpy(), dtype=np.int64)[wanted].sum())
    known = int(lines.length[mask & (lines.organisation != UNKNOWN)].sum())
    return min(1.0, known / in_scope) if in_scope else None


def _shares(base: KnowledgeBase, lines: _Lines, subject: Subject, mask: _Bools) -> Iterable[MeasureValue]:
    total = int(lines.length[mask].sum())
    coverage = _coverage(base, lines, subject, mask)
    held = _by_organisation(lines, mask)
    classes = {name: count / total for name, count in sorted(held.items())} if total else {}
    unknown = held.get(UNKNOWN, 0)
    parties = [base.portfolio.company.id, *(partner.id for partner in base.portfolio.partners)]
    for party in parties:
        own = party == base.portfolio.company.id
        about = subject if own else Subject(party, subject.system, subject.component)
        lines_held = held.get(party, 0)
        if not own and not lines_held and subject.system is not None:
            continue
        yield _value(
            SURVIVING_LINE_SHARE,
            base,
            about,
            lines_held,
            total,
            coverage,
            unknown,
            "lines of the organisation",
            _rows(base, lines, mask & (lines.organisation == party)),
            classes,
        )
        if own:
            continue
        only = mask & (lines.only == party)
        yield _value(
            ONLY_PARTNER_LINES,
            base,
            about,
            int(lines.length[only].sum()),
            total,
            coverage,
            int(lines.length[mask & (lines.only == UNKNOWN)].sum()),
            "lines of files only the partner knows",
            _rows(base, lines, only),
            classes,
        )


def _by_organisation(lines: _Lines, mask: _Bools) -> dict[str, int]:
    names, codes = np.unique(lines.organisation[mask].astype(str), return_inverse=True)
    sums = np.bincount(codes, weights=lines.length[mask], minlength=len(names))
    return {str(name): int(count) for name, count in zip(names, sums, strict=True)}


def _value(
    definition: MeasureDefinition,
    base: KnowledgeBase,
    subject: Subject,
    part: int,
    total: int,
    coverage: float | None,
    unknown: int,
    label: str,
    rows: EvidenceRows,
    classes: dict[str, float],
) -> MeasureValue:
    inputs: dict[str, float | int | str | None] = {label: part, "living lines in scope": total, "unknown": unknown}
    return MeasureValue(
        measure=definition.id,
        version=definition.version,
        subject=subject,
        as_of=base.as_of,
        value=part / total if total else None,
        reason=None if total else "no living line in scope has a recorded author",
        interval=(part / total, (part + unknown) / total) if total and unknown else None,
        n=total,
        coverage=coverage,
        inputs=inputs,
        evidence_classes=classes,
        rows=rows,
    )


def _inactive(base: KnowledgeBase, lines: _Lines, subject: Subject, mask: _Bools) -> MeasureValue:
    human = mask & (lines.organisation != BOT)
    known = human & (lines.organisation != UNKNOWN)
    gone = known & ~lines.active
    unknown = int(lines.length[human & ~known].sum())
    return _value(
        INACTIVE_AUTHOR_LINES,
        base,
        subject,
        int(lines.length[gone].sum()),
        int(lines.length[known].sum()),
        _coverage(base, lines, subject, mask),
        unknown,
        "lines without an active author",
        _rows(base, lines, gone),
        {},
    )


def _rows(base: KnowledgeBase, lines: _Lines, mask: _Bools) -> EvidenceRows:
    """Commits with most living lines, by file; organisations only, never people."""
    keys = ["path", "commit", "organisation"]
    sums = lines.owned.filter(pa.array(mask)).group_by(keys).aggregate([("length", "sum")])
    ordered = sums.sort_by([("length_sum", "descending"), *((key, "ascending") for key in keys)]).slice(0, base.rows)
    return EvidenceRows(
        columns=("path", "commit", "organisation", "living lines"),
        rows=tuple(zip(*(ordered[name].to_pylist() for name in (*keys, "length_sum")), strict=True)),
        total=sums.num_rows,
        table="line_ownership",
    )


def ownership_over_time(ownership: LineOwnership) -> list[tuple[date, dict[str, int]]]:
    """Living lines by organisation at each sampled day, oldest first, over all repositories and all their text files.

    A repository counts from its first snapshot on and, after its last commit, with its last one.
    """
    counted = _series(ownership).group_by(["repository", "snapshot", "organisation"]).aggregate([("lines", "sum")])
    found: dict[str, dict[date, dict[str, int]]] = {}
    columns = (counted[name].to_pylist() for name in ("repository", "snapshot", "organisation", "lines_sum"))
    for repository, day, organisation, lines in zip(*columns, strict=True):
        held = found.setdefault(repository, {}).setdefault(day, {})
        held[organisation or UNKNOWN] = held.get(organisation or UNKNOWN, 0) + lines
    # A repository's last snapshot stands for its head, on whatever day that was; only the latest of them is a sample.
    heads = [max(days) for days in found.values()]
    sampled = {day for days, head in zip(found.values(), heads, strict=True) for day in days if day != head}
    sampled.update([max(heads)] if heads else [])
    series = []
    for day in sorted(sampled):
        total: dict[str, int] = {}
        for days in found.values():
            latest = max((known for known in days if known <= day), default=None)
            for organisation, lines in days[latest].items() if latest else ():
                total[organisation] = total.get(organisation, 0) + lines
        series.append((day, dict(sorted(total.items()))))
    return series


def _half_lives(base: KnowledgeBase, ownership: LineOwnership) -> Iterable[MeasureValue]:
    history = ownership.history
    joined = _series(ownership)
    snapshots: dict[str, set[date]] = {}
    for repository, day in zip(history["repository"].to_pylist(), history["snapshot"].to_pylist(), strict=True):
        snapshots.setdefault(repository, set()).add(day)
    parties: Sequence[str | None] = [None, *(partner.id for partner in base.portfolio.partners)]
    for party in parties:
        rows = joined if party is None else joined.filter(pc.equal(joined["organisation"], party))
        yield _half_life(base, party, rows, snapshots)


def _half_life(base: KnowledgeBase, party: str | None, rows: pa.Table, snapshots: dict[str, set[date]]) -> MeasureValue:
    born: dict[tuple[str, str], tuple[date, int]] = {}
    alive: dict[tuple[str, str], dict[date, int]] = {}
    ordered = rows.sort_by([("snapshot", "ascending")])
    for repository, day, commit, count in zip(
        *(ordered[name].to_pylist() for name in ("repository", "snapshot", "commit", "lines")), strict=True
    ):
        key = (repository, commit)
        born.setdefault(key, (day, count))
        alive.setdefault(key, {})[day] = count
    first = {repository: min(days) for repository, days in snapshots.items()}
    lost: dict[int, int] = {}
    base_lines: dict[int, int] = {}
    for key, (day, count) in born.items():
        if day == first[key[0]]:
            continue  # the first snapshot holds lines of every age
        for later in snapshots[key[0]]:
            if later > day:
                age = (later - day).days // 30
                base_lines[age] = base_lines.get(age, 0) + count
                lost[age] = lost.get(age, 0) + count - min(count, alive[key].get(later, 0))
    survival = {age: 1 - lost[age] / base_lines[age] for age in sorted(base_lines)}
    half = next((age for age, share in survival.items() if share <= 0.5), None)
    observed = max(survival, default=0) * 30
    reason = None
    if half is None:
        reason = (
            f"more than half of the lines still live after {observed} days, the longest age observed"
            if survival
            else "no series of past ownership, or no lines of this organisation in it"
        )
    return MeasureValue(
        measure=CODE_HALF_LIFE.id,
        version=CODE_HALF_LIFE.version,
        subject=Subject(partner=party),
        as_of=base.as_of,
        value=float(half * 30) if half is not None else None,
        reason=reason,
        n=len(born),
        inputs={"cohorts of lines": len(born), "longest age observed, days": observed},
        sensitivity={
            f"share alive after {years * 365} days": survival.get(years * 365 // 30) for years in (1, 2, 3, 5)
        },
        rows=EvidenceRows(
            columns=("age in days", "lines first seen", "lines gone"),
            rows=tuple((age * 30, base_lines[age], lost[age]) for age in list(survival)[: base.rows]),
            total=len(survival),
            table="ownership_history",
        ),
    )
