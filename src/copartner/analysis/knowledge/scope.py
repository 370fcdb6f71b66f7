"""What a value is about: the subjects of an assessment, their files, and what of them cannot be seen.

A system or component that lies in a repository whose history is not wholly known is *unknown*: a share over the part
that happens to be readable would look like knowledge. The portfolio and a partner are taken over what is readable, with
the rest said in the notes and missing from the coverage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from copartner.analysis.knowledge.masses import CHOSEN, NEVER, Knowledge
from copartner.analysis.knowledge.truck_factor import Bools, Floats, Ints
from copartner.analysis.measure import EvidenceRows, MeasureDefinition, MeasureValue, Subject

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Scope:
    """Files a value is computed over. ``party`` is the partner's number in the arrays, ``None`` without partner."""

    knowledge: Knowledge
    subject: Subject
    files: Ints
    party: int | None = None
    blocked: str | None = None
    readable: float = 1.0
    """Share of the subject's weight that lies in readable repositories."""
    notes: tuple[str, ...] = ()

    def value(
        self,
        definition: MeasureDefinition,
        value: float | None,
        *,
        reason: str | None = None,
        interval: tuple[float, float] | None = None,
        n: int | None = None,
        coverage: float | None = None,
        inputs: Mapping[str, float | int | str | None] | None = None,
        sensitivity: Mapping[str, float | None] | None = None,
        rows: EvidenceRows | None = None,
        notes: tuple[str, ...] = (),
    ) -> MeasureValue:
        """A value for this subject. A blocked subject stays unknown whatever was computed."""
        if self.blocked is not None:
            value, reason, interval, sensitivity = None, self.blocked, None, None
        return MeasureValue(
            measure=definition.id,
            version=definition.version,
            subject=self.subject,
            as_of=self.knowledge.base.as_of,
            value=value,
            reason=reason if value is None else None,
            interval=interval if value is not None else None,
            n=len(self.files) if n is None else n,
            coverage=self.coverage if coverage is None else coverage,
            inputs=inputs or {},
            sensitivity=sensitivity or {},
            evidence_classes=self.evidence_classes,
            rows=rows or EvidenceRows(),
            notes=(*self.notes, *notes),
        )

    def unknown(self, definition: MeasureDefinition, reason: str, **parts: int) -> MeasureValue:
        """An unknown value with its reason."""
        return self.value(definition, None, reason=reason, n=parts.get("n"))

    @property
    def rows(self) -> int:
        """How many evidence rows a value keeps."""
        return self.knowledge.base.rows

    @cached_property
    def weight(self) -> Floats:
        return self.knowledge.weight[self.files]

    def known(self, column: str = CHOSEN) -> Ints:
        """Files of the scope of which somebody holds knowledge; of the others nothing can be said."""
        return self.files[self.knowledge.known(column)[self.files]]

    @cached_property
    def coverage(self) -> float | None:
        """Share of the weight whose history is readable, measured, and of a known organisation."""
        total = float(self.weight.sum())
        if total <= 0:
            return None
        return float((self.weight * self.knowledge.attributed[self.files]).sum()) / total * self.readable

    @cached_property
    def history_coverage(self) -> float:
        """Share of the files with any recorded change by a person, whatever is known about their organisation.

        The scope must hold a file.
        """
        return float((self.knowledge.last_change[self.files] > NEVER).mean()) * self.readable

    @cached_property
    def evidence_classes(self) -> dict[str, float]:
        """Share of the knowledge mass by the class of evidence that attributed it; they sum to 1."""
        sums = self.knowledge.class_mass[self.files].sum(axis=0)
        total = float(sums.sum())
        if total <= 0:
            return {}
        return {name: float(part) / total for name, part in zip(self.knowledge.class_names, sums, strict=False)}

    @cached_property
    def unattributed(self) -> bool:
        """Whether all knowledge here is held by people nobody could be found for: then no share of it is known."""
        mass = self.knowledge.mass()[self.files]
        return bool(mass.sum() > 0) and bool(mass[:, self.knowledge.unknown].sum() == mass.sum())

    @cached_property
    def without_knowledge(self) -> str:
        """Why nothing can be said about the knowledge in this scope."""
        if not len(self.files):
            return "no source file in scope"
        if self.unattributed:
            return "all work here is by people of unknown affiliation"
        return "no change with known line counts by a person"

    def about(self, partner: str) -> Scope:
        """The same files, about a partner."""
        subject = Subject(partner, self.subject.system, self.subject.component)
        return replace(self, subject=subject, party=self.knowledge.party(partner))

    def file_rows(self, files: Ints, order: Floats, party: int | None = None) -> EvidenceRows:
        """The files with the highest ``order`` (one number per file given), then by path."""
        knowledge = self.knowledge
        party = self.party if party is None else party
        ranks = np.argsort(-order, kind="stable")[: self.rows]
        kappa = knowledge.kappa()
        rows: list[tuple[Cell, ...]] = []
        for file in files[ranks].tolist():
            shares = kappa[file]
            about = party if party is not None else _largest(knowledge, shares)
            rows.append(
                (
                    knowledge.repository[file],
                    knowledge.path[file],
                    int(knowledge.lines[file]),
                    float(shares[knowledge.internal]),
                    None if about is None else float(shares[about]),
                    None if about is None else knowledge.parties[about],
                    day(int(knowledge.last_internal_change[file])),
                    day(int(knowledge.last_change[file])),
                    knowledge.last_commit[file],
                )
            )
        return EvidenceRows(FILE_COLUMNS, tuple(rows), len(files), "file_change")


FILE_COLUMNS = (
    "repository",
    "path",
    "lines",
    "kappa_internal",
    "kappa_partner",
    "partner",
    "last_internal_change",
    "last_change",
    "commit",
)
"""Columns of evidence rows that are files; ``kappa_partner`` is that of ``partner``, the subject's or the largest."""


def _largest(knowledge: Knowledge, shares: Floats) -> int | None:
    if not knowledge.partners:
        return None
    best = max(knowledge.partners, key=lambda party: (float(shares[party]), -party))
    return best if shares[best] > 0 else None


def day(moment: int) -> str | None:
    """The UTC day of microseconds since 1970, ISO text; ``None`` for never."""
    return None if moment <= NEVER else datetime.fromtimestamp(moment / 1_000_000, UTC).date().isoformat()


class Scopes:
    """The subjects of an assessment."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        base = knowledge.base
        self._readable: Bools = np.array(
            [name not in base.unreadable for name in knowledge.repository.tolist()], dtype=bool
        )
        self._in_system = np.array([name is not None for name in knowledge.system.tolist()], dtype=bool)

    @cached_property
    def portfolio(self) -> Scope:
        """All declared systems, each file once; without any declared system every file."""
        declared = self.knowledge.base.portfolio.systems
        mask = self._first_of(self._in_system if declared else np.ones(len(self.knowledge), dtype=bool))
        repositories = {item.id for item in self.knowledge.base.portfolio.repositories}
        if declared:
            repositories = {scope.repository for system in declared for scope in system.repositories}
        return self._over(Subject(), mask, repositories)

    @cached_property
    def systems(self) -> tuple[Scope, ...]:
        return tuple(self._system(system.id) for system in self.knowledge.base.portfolio.systems)

    @cached_property
    def components(self) -> tuple[Scope, ...]:
        found = []
        for scope in self.systems:
            inside = self.knowledge.system == scope.subject.system
            for name in sorted({str(item) for item in self.knowledge.component[inside].tolist()}):
                mask = inside & (self.knowledge.component == name)
                blocked = self._blocked(set(self.knowledge.repository[mask].tolist()))
                subject = Subject(system=scope.subject.system, component=name)
                found.append(Scope(self.knowledge, subject, np.flatnonzero(mask), blocked=blocked))
        return tuple(found)

    @cached_property
    def partner_systems(self) -> tuple[Scope, ...]:
        """Each partner with each system it is engaged on or has changed a file of."""
        return tuple(
            scope.about(partner.id)
            for partner in self.knowledge.base.portfolio.partners
            for scope in self.systems
            if scope.subject.system in self._systems_of(partner.id)
        )

    @cached_property
    def partners(self) -> tuple[Scope, ...]:
        """Each partner over its systems: those of its engagements, else those it has changed files of."""
        found = []
        for partner in self.knowledge.base.portfolio.partners:
            names = self._engaged(partner.id) or self._systems_of(partner.id)
            scopes = [scope for scope in self.systems if scope.subject.system in names]
            mask = self._first_of(np.isin(self.knowledge.system.astype(str), sorted(names)) & self._in_system)
            declared = [self.knowledge.base.portfolio.system(str(scope.subject.system)) for scope in scopes]
            repositories = {item.repository for system in declared for item in system.repositories}
            scope = self._over(Subject(), mask, repositories).about(partner.id)
            named = ", ".join(system.name for system in declared)
            note = f"Over the systems {named}." if named else "No engagement and no change in any system."
            found.append(replace(scope, notes=(note, *scope.notes)))
        return tuple(found)

    def __iter__(self) -> Iterator[Scope]:
        """Portfolio, systems and components: the subjects without a partner."""
        yield self.portfolio
        yield from self.systems
        yield from self.components

    def _system(self, system: str) -> Scope:
        declared = self.knowledge.base.portfolio.system(system)
        blocked = self._blocked({item.repository for item in declared.repositories})
        files = np.flatnonzero(self.knowledge.system == system)
        return Scope(self.knowledge, Subject(system=system), files, blocked=blocked)

    def _over(self, subject: Subject, mask: Bools, repositories: set[str]) -> Scope:
        knowledge = self.knowledge
        hidden = sorted(repositories & set(knowledge.base.unreadable))
        files = np.flatnonzero(mask & self._readable)
        if not hidden:
            return Scope(knowledge, subject, files)
        if not len(files):
            return Scope(knowledge, subject, files, blocked=self._blocked(set(hidden)))
        whole = float(knowledge.weight[mask].sum())
        share = float(knowledge.weight[files].sum()) / whole if whole else 0.0
        # A repository without even a list of files has no weight to compare with: it counts as one of its number.
        absent = [name for name in hidden if name not in knowledge.base.heads]
        share *= 1 - len(absent) / len(repositories)
        note = f"{len(hidden)} of {len(repositories)} repositories left out: {self._blocked(set(hidden))}."
        return Scope(knowledge, subject, files, readable=share, notes=(note,))

    def _blocked(self, repositories: set[str]) -> str | None:
        reasons = self.knowledge.base.unreadable
        hidden = sorted(repositories & set(reasons))
        return "; ".join(f"{name}: {reasons[name]}" for name in hidden) or None

    def _first_of(self, mask: Bools) -> Bools:
        """One row per file among those of a mask: a file of two systems has two."""
        seen: set[tuple[str, str]] = set()
        first = np.zeros(len(mask), dtype=bool)
        for file in np.flatnonzero(mask).tolist():
            key = (self.knowledge.repository[file], self.knowledge.path[file])
            first[file] = key not in seen
            seen.add(key)
        return first

    def _engaged(self, partner: str) -> set[str]:
        """Systems of the partner's engagements that have not ended, else of all its engagements."""
        as_of = self.knowledge.base.as_of
        own = [item for item in self.knowledge.base.portfolio.engagements if item.partner == partner]
        current = [item for item in own if item.end is None or item.end >= as_of]
        return {system for item in current or own for system in item.systems}

    def _systems_of(self, partner: str) -> set[str]:
        knowledge = self.knowledge
        files = knowledge.holder_file[knowledge.holder_party == knowledge.party(partner)]
        changed = {name for name in knowledge.system[files].tolist() if name is not None}
        return self._engaged(partner) | changed
