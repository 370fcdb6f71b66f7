"""The lock-in index of a partner on a system: how captive the company is, 0 (free) to 100 (captive).

    LI      = 100 * Σ known w_k c_k / Σ known w_k
    LI_low  = 100 * Σ known w_k c_k / Σ w_k                       (unknown components = 0)
    LI_high = 100 * (Σ known w_k c_k + Σ unknown w_k) / Σ w_k     (unknown components = 1)

over the components of the partner's profile. Never one number: the index comes with its interval, its coverage and its
greatest contributions. It says how captive, not what leaving costs; and a cloud provider's and an agency's index are
different lock-ins that are never added. Weights are design defaults without calibration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from copartner.analysis.lock_in.bands import Bands
from copartner.evidence.portfolio import PartnerKind


class Component(StrEnum):
    """What captivity consists of; each is measured in 0 (free) to 1 (captive)."""

    KNOWLEDGE = "knowledge"
    ASSETS = "assets"
    PROPRIETARY_CODE = "proprietary_code"
    PLATFORM = "platform"
    DATA = "data"
    REPRODUCIBILITY = "reproducibility"
    CONTRACT = "contract"
    MARKET = "market"


WEIGHTS: Mapping[Component, float] = {
    Component.KNOWLEDGE: 0.25,
    Component.ASSETS: 0.20,
    Component.PROPRIETARY_CODE: 0.10,
    Component.PLATFORM: 0.10,
    Component.DATA: 0.10,
    Component.REPRODUCIBILITY: 0.10,
    Component.CONTRACT: 0.10,
    Component.MARKET: 0.05,
}
"""Design defaults; they sum to 1 over all components and are renormalised over a profile."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Which components make up the index for a kind of partner, and their weights."""

    name: str
    weights: Mapping[Component, float]

    def __post_init__(self) -> None:
        if not self.weights or any(weight <= 0 for weight in self.weights.values()):
            raise ValueError(f"profile {self.name!r}: every component needs a weight above 0")


def _profile(name: str, *components: Component) -> Profile:
    return Profile(name, {component: WEIGHTS[component] for component in components})


CLOUD = _profile("cloud", Component.PLATFORM, Component.DATA, Component.CONTRACT, Component.MARKET)
AGENCY = _profile(
    "agency",
    Component.KNOWLEDGE,
    Component.ASSETS,
    Component.PROPRIETARY_CODE,
    Component.REPRODUCIBILITY,
    Component.CONTRACT,
    Component.MARKET,
)
"""Contract and market belong to agencies too: assignment of rights, hand-over and step-in are written for them."""


def profile_of(kind: PartnerKind) -> Profile:
    """The profile of a kind of partner: a cloud provider's lock-in is not an agency's."""
    return CLOUD if kind is PartnerKind.CLOUD_PROVIDER else AGENCY


@dataclass(frozen=True, slots=True)
class ComponentValue:
    """A component's value in 0..1, or ``None`` with a ``reason``.

    ``interval`` is set where part of its own inputs is unknown; it widens the index' interval. ``measures`` names the
    values it was taken from, as ``measure@subject``. Raises ``ValueError`` outside 0..1 or without reason.
    """

    component: Component
    value: float | None
    reason: str | None = None
    interval: tuple[float, float] | None = None
    measures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.value is None and not self.reason:
            raise ValueError(f"{self.component}: an unknown component needs a reason")
        low, high = self.bounds
        if not 0 <= low <= (low if self.value is None else self.value) <= high <= 1:
            raise ValueError(f"{self.component}: {self.value} in {self.bounds} does not lie in 0..1")

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest value it can have."""
        if self.interval is not None:
            return self.interval
        return (0.0, 1.0) if self.value is None else (self.value, self.value)


@dataclass(frozen=True, slots=True)
class Contribution:
    """A component's points of the index: ``points`` of 100, over the known components."""

    component: Component
    value: float
    weight: float
    points: float
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LockInIndex:
    """The index with everything that belongs to it. ``captive`` is true if a hard blocker exists, whatever the index.

    ``value`` is ``None`` with ``reason`` where no component is known. ``contributions`` are in falling order;
    ``unknown`` says per component why it is not known.
    """

    profile: str
    value: float | None
    interval: tuple[float, float]
    coverage: float
    contributions: tuple[Contribution, ...]
    unknown: Mapping[Component, str]
    blockers: tuple[str, ...]
    reason: str | None = None

    @property
    def captive(self) -> bool:
        return bool(self.blockers)


def lock_in_index(profile: Profile, components: Iterable[ComponentValue], blockers: Iterable[str] = ()) -> LockInIndex:
    """Aggregate components to the index; those outside the profile are ignored, missing ones are unknown.

    ``blockers`` are hard blockers (an asset the company cannot do without is the partner's without a written transfer
    right, or rights are not assigned): any one is red at any index and shown first. Raises ``ValueError`` if a
    component is given twice.
    """
    given = _by_component(profile, components)
    total = sum(profile.weights.values())
    known = {name: item for name, item in given.items() if item.value is not None}
    known_weight = sum(profile.weights[name] for name in known)
    low = sum(profile.weights[name] * given[name].bounds[0] for name in given)
    high = sum(profile.weights[name] * given[name].bounds[1] for name in given)
    contributions = sorted(
        (
            Contribution(
                name,
                item.value or 0.0,
                profile.weights[name],
                round(100 * profile.weights[name] * (item.value or 0.0) / known_weight, 6),
                item.measures,
            )
            for name, item in known.items()
        ),
        key=lambda entry: (-entry.points, entry.component),
    )
    return LockInIndex(
        profile=profile.name,
        value=_index(profile.weights, known),
        interval=(round(100 * low / total, 6), round(100 * high / total, 6)),
        coverage=round(known_weight / total, 6),
        contributions=tuple(contributions),
        unknown={name: item.reason or "" for name, item in given.items() if item.value is None},
        blockers=tuple(blockers),
        reason=None if known else "no component is known",
    )


def _by_component(profile: Profile, components: Iterable[ComponentValue]) -> dict[Component, ComponentValue]:
    given: dict[Component, ComponentValue] = {}
    for item in components:
        if item.component in given:
            raise ValueError(f"{item.component} is given twice")
        given[item.component] = item
    return {name: given.get(name) or ComponentValue(name, None, "not measured") for name in profile.weights}


def _index(weights: Mapping[Component, float], known: Mapping[Component, ComponentValue]) -> float | None:
    weight = sum(weights[name] for name in known)
    if not weight:
        return None
    return round(100 * sum(weights[name] * (item.value or 0.0) for name, item in known.items()) / weight, 6)


@dataclass(frozen=True, slots=True)
class WeightSensitivity:
    """How much the index' band depends on the weights: share of weight draws in which it stays the same.

    Drawn from a Dirichlet distribution centred on the profile's weights; ``seed`` reproduces the draws.
    """

    band: str
    stable_share: float
    draws: int
    seed: int
    concentration: float
    index_range: tuple[float, float] = field(default=(0.0, 100.0))


def weight_sensitivity(
    profile: Profile,
    components: Iterable[ComponentValue],
    bands: Bands,
    concentration: float,
    *,
    draws: int = 1000,
    seed: int = 1,
) -> WeightSensitivity | None:
    """Share of ``draws`` weight vectors under which the index stays in its band; ``None`` for an unknown index.

    No source gives band limits or a ``concentration`` (higher keeps the draws closer to the weights): both must be
    chosen before a band is shown. The legacy generator is used because its stream is frozen for good.
    """
    given = _by_component(profile, components)
    known = {name: item for name, item in given.items() if item.value is not None}
    index = _index(profile.weights, known)
    if index is None:
        return None
    names = list(profile.weights)
    weights = np.array([profile.weights[name] for name in names])
    drawn = np.random.RandomState(seed).dirichlet(concentration * weights / weights.sum(), size=draws)
    columns = [names.index(name) for name in known]
    values = np.array([item.value or 0.0 for item in known.values()])
    sums = drawn[:, columns].sum(axis=1)
    # A draw that gives all weight to unknown components says nothing about the known ones.
    usable = sums > 0
    indexes = np.round(100 * (drawn[usable][:, columns] @ values) / sums[usable], 6)
    band = bands.name(index)
    stable = sum(bands.name(float(value)) == band for value in indexes)
    return WeightSensitivity(
        band,
        round(stable / len(indexes), 6),
        draws,
        seed,
        concentration,
        (float(indexes.min()), float(indexes.max())),
    )
