"""What a measure is: a registered, versioned definition and the values computed under it.

One definition serves page, API, report, command line and both engines. A value never hides what it does not know:
``value`` is ``None`` with a ``reason`` where evidence is missing, and every value carries coverage, the number of
things counted, the inputs of its formula, its sensitivity to the choices made, and the rows that prove it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Direction(StrEnum):
    """Which way is better for the company."""

    HIGHER = "higher_is_better"
    LOWER = "lower_is_better"
    NEUTRAL = "neutral"


class Basis(StrEnum):
    """What kind of evidence a value rests on."""

    AUTHORSHIP = "authorship"
    LINE_OWNERSHIP = "line ownership"
    REGISTER = "register"


@dataclass(frozen=True, slots=True)
class MeasureDefinition:
    """A measure's definition. Editing one means a new ``version``; values keep the version they were computed under.

    ``range`` is closed; ``None`` at an end means unbounded. ``needs`` names evidence tables (``evidence.tables``).
    ``levels`` names the subjects it is computed for: portfolio, partner, system, component, partner_system,
    partner_component.
    """

    id: str
    version: int
    title: str
    question: str
    unit: str  # share | count | days | person-days | index
    range: tuple[float | None, float | None]
    direction: Direction
    basis: Basis
    needs: tuple[str, ...]
    levels: tuple[str, ...]
    formula: str
    caveats: tuple[str, ...]
    source: str
    parameters: Mapping[str, float | int | str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical content: two definitions with one version and different digests are an error."""
        content = {name: getattr(self, name) for name in self.__slots__}
        content["parameters"] = dict(self.parameters)
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


class Registry:
    """Definitions by id; the newest version answers, older ones stay readable."""

    def __init__(self) -> None:
        self._versions: dict[str, dict[int, MeasureDefinition]] = {}

    def register(self, definition: MeasureDefinition) -> MeasureDefinition:
        """Add a definition. Raises ``ValueError`` if the id and version are taken by a different content."""
        versions = self._versions.setdefault(definition.id, {})
        present = versions.get(definition.version)
        if present is not None and present.digest != definition.digest:
            raise ValueError(f"measure {definition.id} version {definition.version} is already defined differently")
        versions[definition.version] = definition
        return definition

    def get(self, measure: str, version: int | None = None) -> MeasureDefinition:
        """Raises ``KeyError`` naming the measure if it (or that version) is not registered."""
        versions = self._versions.get(measure)
        if not versions or (version is not None and version not in versions):
            raise KeyError(measure if version is None else f"{measure} version {version}")
        return versions[version if version is not None else max(versions)]

    def __iter__(self) -> Iterator[MeasureDefinition]:
        return iter([self.get(measure) for measure in sorted(self._versions)])

    def __len__(self) -> int:
        return len(self._versions)


MEASURES = Registry()
"""The one registry. Each analysis module registers its measures on import; ``analysis.catalogue`` imports them all."""


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What a value is about. All ``None`` is the whole portfolio; component ids are unique within a system."""

    partner: str | None = None
    system: str | None = None
    component: str | None = None

    @property
    def key(self) -> str:
        """Stable text form, e.g. ``partner=nordhang,system=payments``; ``portfolio`` for the whole."""
        parts = [
            f"{name}={value}"
            for name in ("partner", "system", "component")
            if (value := getattr(self, name)) is not None
        ]
        return ",".join(parts) or "portfolio"


@dataclass(frozen=True, slots=True)
class EvidenceRows:
    """The rows behind a value, the most telling first. ``total`` counts all of them, ``rows`` may be fewer.

    ``query`` is what reproduces the whole list: a table name and equality filters.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | int | float | bool | None, ...], ...] = ()
    total: int = 0
    table: str | None = None


@dataclass(frozen=True, slots=True)
class MeasureValue:
    """One value of one measure for one subject.

    ``interval`` is set where the value is an estimate or part of its inputs is unknown. ``coverage`` is the share
    (0..1) of what should have been looked at that could be. ``inputs`` are the numbers of the formula in order;
    ``sensitivity`` maps a changed choice (``half_life_days=180``) to the value it would give.
    """

    measure: str
    version: int
    subject: Subject
    as_of: date
    value: float | None
    reason: str | None = None
    interval: tuple[float, float] | None = None
    n: int = 0
    coverage: float | None = None
    inputs: Mapping[str, float | int | str | None] = field(default_factory=dict)
    sensitivity: Mapping[str, float | None] = field(default_factory=dict)
    evidence_classes: Mapping[str, float] = field(default_factory=dict)
    rows: EvidenceRows = field(default_factory=EvidenceRows)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.value is None and not self.reason:
            raise ValueError(f"{self.measure} for {self.subject.key}: an unknown value needs a reason")

    @property
    def known(self) -> bool:
        return self.value is not None
