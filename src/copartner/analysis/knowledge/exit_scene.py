"""Who is left in which file when a partner leaves: the classification behind the exit simulation.

People are rows of arrays in here and nothing else; what comes out are files, components, systems and counts. All sums
are integers (knowledge mass as the knowledge base keeps it, weights times ``WEIGHT_SCALE``), so the result does not
depend on the order of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from copartner.analysis.knowledge.base import KnowledgeBase
from copartner.analysis.knowledge.handover import SHARE_SCALE, LostFile, ratio
from copartner.analysis.knowledge.standing import Standing, covers, engaged_partners, organisations_on, standing
from copartner.analysis.measure import EvidenceRows

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

WEIGHT_SCALE = 2**10
HALF_LIVES = (180, 365, 730)
WINDOWS = (180, 365, 730)
NO_COMPONENT = "(none)"


class ExitState(StrEnum):
    """What becomes of a file, from good to bad, and not knowing."""

    SAFE = "safe"
    """Two or more active internal knowers."""
    SINGLE = "single"
    """Exactly one active internal knower."""
    LEFT_WITHOUT_INTERNAL = "left_without_internal"
    """None, but an active knower at another engaged partner."""
    LEFT_WITHOUT_ANYONE = "left_without_anyone"
    """No active knower whom the company could call; one at an organisation without engagement does not count."""
    ALREADY_EXPOSED = "already_exposed"
    """One of the two before, and the same today: not caused by this exit."""
    UNKNOWN = "unknown"
    """No recorded knowledge, an unreadable repository, or only active knowers of unknown affiliation."""


STATES = tuple(ExitState)
_CODE = {state: code for code, state in enumerate(STATES)}


@dataclass(frozen=True, slots=True)
class Exposure:
    """Files of a scope by state: ``counts`` in files, ``shares`` of the weight v_f (sum 1), at the exit and today.

    ``caused`` is the share of weight that this exit leaves without internal or without any knower. ``partner_share``
    is Σ v_f κ_P(f) / Σ v_f over the files with recorded knowledge, where κ_P is the share of a file's decayed knowledge
    made for the partner: comparable with ``kappa_int``; ``None`` if no file has any.
    """

    files: int
    partner_share: float | None
    counts: Mapping[str, int]
    shares: Mapping[str, float]
    counts_today: Mapping[str, int]
    shares_today: Mapping[str, float]
    caused: float


@dataclass(frozen=True, slots=True)
class ComponentExposure:
    component: str
    exposure: Exposure


@dataclass(frozen=True, slots=True)
class SystemExposure:
    """A system's files by state: all of them where the partner is ``engaged``, elsewhere those that lose a knower.

    Whether somebody internal can release the system and resolve its incidents is ``None`` (unknown) until deployments
    and incidents are connected.
    """

    system: str
    engaged: bool
    files: int
    partner_share: float | None
    counts: Mapping[str, int]
    shares: Mapping[str, float]
    counts_today: Mapping[str, int]
    shares_today: Mapping[str, float]
    caused: float
    components: tuple[ComponentExposure, ...]
    internal_release: bool | None = None
    internal_incident: bool | None = None


class ExitScene:
    """The files, the knowers and where each stands, today and at the exit."""

    def __init__(self, base: KnowledgeBase, partner: str, day: date, knower_share: float, minimum_weight: int) -> None:
        self._base = base
        self._partner = partner
        self._threshold = Fraction(str(knower_share))
        files = base.files
        self.count = files.num_rows
        self._repository = _texts(files["repository"])
        self._path = _texts(files["path"])
        self._system = _texts(files["system"])
        self._component = [name or NO_COMPONENT for name in _texts(files["component"])]
        self._lines = _numbers(files["lines"])
        weights = files["weight"].combine_chunks().to_numpy(zero_copy_only=False)
        self._weight: Integers = np.rint(np.nan_to_num(weights) * WEIGHT_SCALE).astype(np.int64)
        systems = {system.id: system for system in base.portfolio.systems}
        self._criticality = [systems[name].criticality.weight if name in systems else 0 for name in self._system]
        self._unreadable = np.array([name in base.unreadable for name in self._repository], dtype=bool)
        self.critical_enough: Flags = np.array([weight >= minimum_weight for weight in self._criticality], dtype=bool)
        self._read_people(day)
        self._read_holders()
        self.engaged_systems = _engaged_systems(base, partner, day)
        self.scope: Flags = np.array([name in self.engaged_systems for name in self._system], dtype=bool)
        self.scope |= self._files_losing_a_knower() & np.array([name is not None for name in self._system], dtype=bool)

    def _read_people(self, day: date) -> None:
        base, portfolio = self._base, self._base.portfolio
        declared = {person.id: person for person in portfolio.people}
        company = portfolio.company.id
        now = engaged_partners(portfolio, base.as_of) | {self._partner}
        # Other partners stay engaged: the end of their engagement is an exit of its own, not caused by this one.
        then = (now | engaged_partners(portfolio, day)) - {self._partner}
        people = base.people
        self._people: dict[str, int] = {name: row for row, name in enumerate(people["person"].to_pylist())}
        last = [None if moment is None else moment.date() for moment in people["last_active"].to_pylist()]
        self.active: Flags = np.array(people["active"].to_pylist(), dtype=bool)
        self._idle_days: Integers = np.array(
            [10**6 if moment is None else (base.as_of - moment).days for moment in last], dtype=np.int64
        )
        today, after, member = [], [], []
        rows = zip(self._people, people["organisation_at"].to_pylist(), last, strict=True)
        for name, seen, last_active in rows:
            here = organisations_on(declared.get(name), base.as_of, last_seen=seen, last_active=last_active)
            there = organisations_on(declared.get(name), day, last_seen=seen, last_active=last_active, leaving=True)
            today.append(standing(here, company, now))
            after.append(standing(there - {self._partner}, company, then))
            member.append(self._partner in here)
        self._today: Integers = np.array(today, dtype=np.int64)
        self._after: Integers = np.array(after, dtype=np.int64)
        self._member: Flags = np.array(member, dtype=bool)
        stays = self.active & (self._today == Standing.INTERNAL) & (self._after == Standing.INTERNAL)
        self.learners = int(stays.sum())
        self._leaving_internal = int(
            (self.active & (self._today == Standing.INTERNAL) & (self._after != Standing.INTERNAL)).sum()
        )

    def _read_holders(self) -> None:
        """One row per file and person: a person may hold knowledge made for two organisations, in one head."""
        holders = self._base.holders
        person = np.array([self._people[name] for name in holders["person"].to_pylist()], dtype=np.int64)
        file = _numbers(holders["file"])
        pair, place = np.unique(file * max(len(self._people), 1) + person, return_inverse=True)
        self._file: Integers = pair // max(len(self._people), 1)
        self._who: Integers = pair % max(len(self._people), 1)
        self.masses: dict[str, Integers] = {}
        for column in ("decayed", *(f"decayed_{days}" for days in HALF_LIVES)):
            mass = np.zeros(len(pair), dtype=np.int64)
            np.add.at(mass, place, _numbers(holders[column]))
            self.masses[column] = mass
        made = np.array([name == self._partner for name in _texts(holders["organisation"])], dtype=bool)
        total = np.zeros(self.count, dtype=np.int64)
        np.add.at(total, file, _numbers(holders["decayed"]))
        partners = np.zeros(self.count, dtype=np.int64)
        np.add.at(partners, file[made], _numbers(holders["decayed"])[made])
        # -1 marks files without recorded knowledge: neither the partner's nor anybody's.
        self._kappa_partner = np.where(total > 0, partners * SHARE_SCALE // np.maximum(total, 1), -1)

    def _knowers(self, mass: Integers, active: Flags) -> tuple[Integers, Flags]:
        """Total mass per file, and which (file, person) rows are active knowers: κ above the threshold."""
        total = np.zeros(self.count, dtype=np.int64)
        np.add.at(total, self._file, mass)
        above = mass * self._threshold.denominator > total[self._file] * self._threshold.numerator
        return total, above & active[self._who]

    def _files_losing_a_knower(self) -> Flags:
        """Files with an active knower who is with the partner today and gone with it."""
        _, knows = self._knowers(self.masses["decayed"], self.active)
        goes = self._member & (self._after == Standing.OUTSIDE)
        found = np.zeros(self.count, dtype=bool)
        found[self._file[knows & goes[self._who]]] = True
        return found

    def states(self, mass: Integers, active: Flags) -> tuple[Integers, Integers, Integers]:
        """State per file today and at the exit (codes of ``STATES``), and the share that leaves, per million."""
        total, knows = self._knowers(mass, active)
        today = self._classified(total, knows, self._today)
        after = self._classified(total, knows, self._after)
        left = np.isin(after, (_CODE[ExitState.LEFT_WITHOUT_INTERNAL], _CODE[ExitState.LEFT_WITHOUT_ANYONE]))
        after[left & (after == today)] = _CODE[ExitState.ALREADY_EXPOSED]
        here = np.isin(self._today, (Standing.INTERNAL, Standing.PARTNER))
        leaves = here & (self._after == Standing.OUTSIDE)
        gone = np.zeros(self.count, dtype=np.int64)
        rows = knows & leaves[self._who]
        np.add.at(gone, self._file[rows], mass[rows])
        return today, after, gone * SHARE_SCALE // np.maximum(total, 1)

    def _classified(self, total: Integers, knows: Flags, standings: Integers) -> Integers:
        def count(kind: Standing) -> Integers:
            rows = knows & (standings[self._who] == kind)
            return np.bincount(self._file[rows], minlength=self.count).astype(np.int64)

        internal, others, unknown = count(Standing.INTERNAL), count(Standing.PARTNER), count(Standing.UNKNOWN)
        code = np.full(self.count, _CODE[ExitState.LEFT_WITHOUT_ANYONE], dtype=np.int64)
        code[unknown > 0] = _CODE[ExitState.UNKNOWN]
        code[others > 0] = _CODE[ExitState.LEFT_WITHOUT_INTERNAL]
        code[internal == 1] = _CODE[ExitState.SINGLE]
        code[internal > 1] = _CODE[ExitState.SAFE]
        code[(total == 0) | self._unreadable] = _CODE[ExitState.UNKNOWN]
        return code

    def is_state(self, codes: Integers, *states: ExitState) -> Flags:
        """Files in scope that are in one of the states."""
        return np.isin(codes, [_CODE[state] for state in states]) & self.scope

    def exposure(self, where: Flags, today: Integers, after: Integers) -> Exposure:
        """Counts and weighted shares of the files ``where``."""
        weight = int(self._weight[where].sum())

        def counted(codes: Integers) -> dict[str, int]:
            found = np.bincount(codes[where], minlength=len(STATES)).tolist()
            return {state.value: found[code] for code, state in enumerate(STATES)}

        def shared(codes: Integers) -> dict[str, float]:
            return {
                state.value: ratio(int(self._weight[where & (codes == code)].sum()), weight)
                for code, state in enumerate(STATES)
            }

        caused = self.is_state(after, ExitState.LEFT_WITHOUT_INTERNAL, ExitState.LEFT_WITHOUT_ANYONE)
        return Exposure(
            files=int(where.sum()),
            partner_share=self._partner_share(where),
            counts=counted(after),
            shares=shared(after),
            counts_today=counted(today),
            shares_today=shared(today),
            caused=ratio(int(self._weight[where & caused].sum()), weight),
        )

    def _partner_share(self, where: Flags) -> float | None:
        held = where & (self._kappa_partner >= 0)
        weight = int(self._weight[held].sum())
        # Python integers: a weight times a share in millionths, summed over a large system, outgrows 64 bits.
        pairs = zip(self._weight[held].tolist(), self._kappa_partner[held].tolist(), strict=True)
        return ratio(sum(file * kappa for file, kappa in pairs), weight * SHARE_SCALE) if weight else None

    def systems(self, today: Integers, after: Integers) -> tuple[SystemExposure, ...]:
        """Exposure per system in scope and per component of it, by name."""
        names = np.array([name or "" for name in self._system], dtype=object)
        components = np.array(self._component, dtype=object)
        found = []
        for system in sorted(self.engaged_systems | set(names[self.scope].tolist())):
            where = (names == system) & self.scope
            whole = self.exposure(where, today, after)
            parts = tuple(
                ComponentExposure(name, self.exposure(where & (components == name), today, after))
                for name in sorted(set(components[where].tolist()))
            )
            found.append(
                SystemExposure(
                    system=system,
                    engaged=system in self.engaged_systems,
                    files=whole.files,
                    partner_share=whole.partner_share,
                    counts=whole.counts,
                    shares=whole.shares,
                    counts_today=whole.counts_today,
                    shares_today=whole.shares_today,
                    caused=whole.caused,
                    components=parts,
                )
            )
        return tuple(found)

    def lost_files(self, where: Flags, codes: Integers, lost: Integers) -> list[LostFile]:
        """The files ``where`` as input of the hand-over list, in their state by ``codes``."""
        return [
            LostFile(
                system=self._system[row] or "",
                component=self._component[row],
                repository=self._repository[row] or "",
                path=self._path[row] or "",
                state=STATES[int(codes[row])].value,
                lines=int(self._lines[row]),
                weight=int(self._weight[row]),
                lost=int(lost[row]),
                criticality=self._criticality[row],
            )
            for row in np.flatnonzero(where).tolist()
        ]

    def caused_share(self, mass: Integers, active: Flags) -> float:
        """Share of weight in scope that the exit leaves without internal or any knower, under other choices."""
        today, after, _ = self.states(mass, active)
        return self.exposure(self.scope, today, after).caused

    def sensitivity(self) -> dict[str, float]:
        """``caused_share`` under other half-lives and activity windows."""
        found = {
            f"half_life_days={days}": self.caused_share(self.masses[f"decayed_{days}"], self.active)
            for days in HALF_LIVES
        }
        for days in WINDOWS:
            found[f"activity_window_days={days}"] = self.caused_share(self.masses["decayed"], self._idle_days < days)
        return found

    def evidence(self, where: Flags, codes: Integers, lost: Integers, rows: int = 25) -> EvidenceRows:
        """The files ``where``, the weightiest first."""
        files = self.lost_files(where, codes, lost)
        files.sort(key=lambda file: (-file.weight * file.criticality, file.system, file.repository, file.path))
        return EvidenceRows(
            columns=("system", "component", "repository", "path", "lines", "state", "share_lost"),
            rows=tuple(
                (
                    file.system,
                    file.component,
                    file.repository,
                    file.path,
                    file.lines,
                    file.state,
                    round(file.lost / SHARE_SCALE, 6),
                )
                for file in files[:rows]
            ),
            total=len(files),
        )

    def notes(self) -> tuple[str, ...]:
        """What the reader has to know beside the numbers."""
        found = ["Hours are uncalibrated: no hand-over of the company has been recorded yet."]
        found.append("Release and incident capability is unknown: deployments and incidents are not connected.")
        if self._leaving_internal:
            found.append(f"{self._leaving_internal} active internal affiliations end by the exit and count as gone.")
        outside = sum(name is None for name in self._system)
        if outside:
            found.append(f"{outside} files belong to no declared system and are left out.")
        if self._unreadable.any():
            found.append("Files of repositories whose history is not wholly known are counted as unknown.")
        return tuple(found)


def _engaged_systems(base: KnowledgeBase, partner: str, day: date) -> frozenset[str]:
    """Systems of the partner's engagements that are in force today or at the exit."""
    return frozenset(
        system
        for item in base.portfolio.engagements
        if item.partner == partner and (covers(item.start, item.end, base.as_of) or covers(item.start, item.end, day))
        for system in item.systems
    )


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    found: list[str | None] = column.to_pylist()
    return found


def _numbers(column: pa.ChunkedArray) -> Integers:
    found = np.asarray(column.fill_null(0).combine_chunks().to_numpy(zero_copy_only=False))
    return found.astype(np.int64)
