"""The knowledge base as arrays: who holds how much of which file, under each half-life and activity window.

Derived once per assessment; every knowledge measure reads from it. Organisations are folded into *parties*: the
company, each declared partner, all others together, and ``unknown``, which is never distributed over the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from copartner.analysis.knowledge.base import KnowledgeBase
from copartner.analysis.knowledge.build import HALF_LIVES, end_of
from copartner.analysis.knowledge.truck_factor import Bools, Developments, Floats, Ints
from copartner.evidence.portfolio import UNKNOWN

Objects = npt.NDArray[np.object_]

WINDOWS: Final = (180, 365, 730)
"""Activity windows in days of the sensitivity strip."""

OTHERS: Final = "other organisations"
CHOSEN: Final = "decayed"
UNDECAYED: Final = "undecayed"
STRIP: Final = {f"half_life_days={days}": f"decayed_{days}" for days in HALF_LIVES}
"""Sensitivity label → mass column."""

_DAY = 86_400_000_000
NEVER: Final = -(2**62)
"""Stands for "no change" where moments are microseconds since 1970."""


@dataclass
class Knowledge:
    """Arrays of one knowledge base; files are numbered as in ``base.files``, people as in ``base.people``."""

    base: KnowledgeBase
    _cache: dict[tuple[Any, ...], Floats] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        portfolio = self.base.portfolio
        files = self.base.files
        self.parties: tuple[str, ...] = (
            portfolio.company.id,
            *(partner.id for partner in portfolio.partners),
            OTHERS,
            UNKNOWN,
        )
        self.internal: int = 0
        self.partners: range = range(1, len(portfolio.partners) + 1)
        self.others: int = len(self.parties) - 2
        self.unknown: int = len(self.parties) - 1
        self.repository: Objects = _objects(files["repository"])
        self.path: Objects = _objects(files["path"])
        self.system: Objects = _objects(files["system"])
        self.component: Objects = _objects(files["component"])
        self.lines: Ints = _integers(files["lines"])
        self.weight: Floats = np.asarray(files["weight"].to_numpy(), dtype=np.float64)
        self.last_commit: Objects = _objects(files["last_commit"])
        self.last_change: Ints = _moments(files["last_change"])
        self._code = {party: code for code, party in enumerate(self.parties)}

    def party(self, organisation: str) -> int:
        """Number of an organisation's party; organisations that are neither company nor partner share one."""
        return self._code.get(organisation, self.others)

    def __len__(self) -> int:
        return len(self.lines)

    @cached_property
    def now(self) -> int:
        """End of the day assessed, microseconds since 1970."""
        return int(end_of(self.base.as_of).timestamp()) * 1_000_000

    @cached_property
    def holder_file(self) -> Ints:
        return _integers(self.base.holders["file"])

    @cached_property
    def holder_person(self) -> Ints:
        return _integers(pc.index_in(self.base.holders["person"], value_set=_one(self.base.people["person"])))

    @cached_property
    def holder_party(self) -> Ints:
        organisations = _objects(self.base.holders["organisation"])
        return np.array([self.party(name) for name in organisations.tolist()], dtype=np.int64)

    @cached_property
    def holder_last(self) -> Ints:
        return _moments(self.base.holders["last_change"])

    @cached_property
    def person_organisation(self) -> Objects:
        """Where each person is on the day assessed."""
        return _objects(self.base.people["organisation_at"])

    @cached_property
    def person_party(self) -> Ints:
        return np.array([self.party(name) for name in self.person_organisation.tolist()], dtype=np.int64)

    @cached_property
    def person_last(self) -> Ints:
        return _moments(self.base.people["last_active"])

    def active(self, window_days: int | None = None) -> Bools:
        """Per person: a commit in any repository of the portfolio inside the window, by somebody who has not left."""
        days = self.base.portfolio.settings.activity_window_days if window_days is None else window_days
        here = ~np.array(self.base.people["left"].to_pylist(), dtype=bool)
        return np.asarray(here & (self.person_last > self.now - days * _DAY), dtype=bool)

    def mass(self, column: str = CHOSEN) -> Floats:
        """Knowledge mass by file and party; exact integers in units of 1/KNOWLEDGE_SCALE."""
        return self._matrix(("mass", column), lambda: self._column(column))

    def active_mass(self, column: str = CHOSEN, window_days: int | None = None) -> Floats:
        """The part of ``mass`` that sits with active people."""
        return self._matrix(
            ("active", column, window_days),
            lambda: np.where(self.active(window_days)[self.holder_person], self._column(column), 0),
        )

    def total(self, column: str = CHOSEN) -> Floats:
        """Knowledge mass of each file, all parties."""
        return self._once(("total", column), lambda: np.asarray(self.mass(column).sum(axis=1)))

    def known(self, column: str = CHOSEN) -> Bools:
        """Files of which somebody holds any knowledge; the others are unknown, not zero and not one."""
        return self.total(column) > 0

    def kappa(self, column: str = CHOSEN) -> Floats:
        """Share of each file's knowledge held by each party, 0..1; rows of files nobody holds are 0."""
        return self._once(("kappa", column), lambda: self._shares(self.mass(column), column))

    def active_kappa(self, column: str = CHOSEN, window_days: int | None = None) -> Floats:
        """Share of each file's knowledge that sits with active people of each party, 0..1."""
        return self._once(
            ("active kappa", column, window_days), lambda: self._shares(self.active_mass(column, window_days), column)
        )

    @cached_property
    def attributed(self) -> Floats:
        """Per file the share (0..1) of its history that could be measured and given to a known organisation."""
        changes = np.bincount(self.holder_file, weights=_integers(self.base.holders["changes"]), minlength=len(self))
        blind = np.bincount(self.holder_file, weights=_integers(self.base.holders["unmeasured"]), minlength=len(self))
        measured = 1.0 - blind / np.maximum(1.0, changes)
        known = 1.0 - self.kappa()[:, self.unknown]
        return np.where(self.known(), known * measured, 0.0)

    @cached_property
    def last_internal_change(self) -> Ints:
        """Last change by internal people per file, a very small number where there was none."""
        last = np.full(len(self), NEVER, dtype=np.int64)
        ours = self.holder_party == self.internal
        np.maximum.at(last, self.holder_file[ours], self.holder_last[ours])
        return last

    @cached_property
    def class_names(self) -> list[str]:
        return sorted(set(self.base.classes["evidence_class"].to_pylist()))

    @cached_property
    def class_mass(self) -> Floats:
        """Knowledge mass by file and class of affiliation evidence, columns as ``class_names``."""
        classes = self.base.classes
        code = {name: index for index, name in enumerate(self.class_names)}
        columns = np.array([code[name] for name in classes["evidence_class"].to_pylist()], dtype=np.int64)
        width = max(1, len(code))
        cells = _integers(classes["file"]) * width + columns
        flat = np.bincount(cells, weights=_integers(classes[CHOSEN]), minlength=len(self) * width)
        return np.asarray(flat.reshape(len(self), width), dtype=np.float64)

    @cached_property
    def developments(self) -> Developments:
        """Per file and person, whatever organisation the person worked for at the time."""
        holders = self.base.holders
        key = self.holder_file * max(1, self.base.people.num_rows) + self.holder_person
        unique, inverse = np.unique(key, return_inverse=True)
        file, person = np.divmod(unique, max(1, self.base.people.num_rows))

        def summed(name: str) -> Ints:
            return np.bincount(inverse, weights=_integers(holders[name]), minlength=len(unique)).astype(np.int64)

        changes, authored = summed("changes"), summed("authored")
        total = np.bincount(file, weights=authored, minlength=len(self)).astype(np.int64)
        created = np.zeros(len(unique), dtype=bool)
        created[inverse[_integers(holders["created"]).astype(bool)]] = True
        # A bot's commit with a human co-author is a change for the human and has no human author.
        totals = np.maximum(total[file], changes)
        return Developments(file, person, changes, summed("additions"), created, totals)

    def _column(self, name: str) -> Ints:
        return _integers(self.base.holders[name])

    def _matrix(self, key: tuple[Any, ...], held: Callable[[], Ints]) -> Floats:
        def made() -> Floats:
            cells = self.holder_file * len(self.parties) + self.holder_party
            flat = np.bincount(cells, weights=held(), minlength=len(self) * len(self.parties))
            return np.asarray(flat.reshape(len(self), len(self.parties)), dtype=np.float64)

        return self._once(key, made)

    def _once(self, key: tuple[Any, ...], make: Callable[[], Floats]) -> Floats:
        """The same array for every measure, and for none to change."""
        if key not in self._cache:
            made = make()
            made.flags.writeable = False
            self._cache[key] = made
        return self._cache[key]

    def _shares(self, mass: Floats, column: str) -> Floats:
        return mass / np.maximum(1.0, self.total(column))[:, None]


def _integers(column: pa.ChunkedArray) -> Ints:
    if pa.types.is_boolean(column.type):
        column = pc.cast(column, pa.int8())
    return np.asarray(pc.fill_null(column, 0).to_numpy(), dtype=np.int64)


def _moments(column: pa.ChunkedArray) -> Ints:
    return np.asarray(pc.fill_null(pc.cast(column, pa.int64()), NEVER).to_numpy(), dtype=np.int64)


def _objects(column: pa.ChunkedArray) -> Objects:
    return np.array(column.to_pylist(), dtype=object)


def _one(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
