"""The lock-in index: published cases and laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copartner.analysis.lock_in.bands import Bands
from copartner.analysis.lock_in.index import (
    AGENCY,
    CLOUD,
    WEIGHTS,
    Component,
    ComponentValue,
    Profile,
    lock_in_index,
    profile_of,
    weight_sensitivity,
)
from copartner.evidence.portfolio import PartnerKind

ALL = Profile("all", WEIGHTS)
BANDS = Bands.of(0, 100, (30, 50, 80), ("free", "bound", "tied", "captive"))


def known(**values: float) -> list[ComponentValue]:
    return [ComponentValue(Component(name), value) for name, value in values.items()]


def test_four_of_eight_components_known() -> None:
    index = lock_in_index(ALL, known(knowledge=0.6, assets=0.5, platform=0.3, contract=0.3))
    assert index.coverage == 0.65
    assert round(index.value or 0, 1) == 47.7
    assert index.interval == (31.0, 66.0)
    assert [entry.component for entry in index.contributions] == ["knowledge", "assets", "contract", "platform"]
    assert sum(entry.points for entry in index.contributions) == pytest.approx(index.value)


def test_nothing_known_is_unknown_not_free() -> None:
    index = lock_in_index(ALL, [])
    assert (index.value, index.interval, index.coverage) == (None, (0.0, 100.0), 0.0)
    assert index.reason == "no component is known"
    assert set(index.unknown) == set(Component)


def test_knowledge_alone_shows_how_much_is_not_known() -> None:
    index = lock_in_index(AGENCY, known(knowledge=0.8))
    assert index.value == 80.0
    assert index.coverage == 0.3125
    assert index.interval == (25.0, 93.75)


def test_a_hard_blocker_is_red_at_any_index() -> None:
    index = lock_in_index(AGENCY, known(knowledge=0.0), ["domain registrar is the partner's, no transfer right"])
    assert index.captive
    assert index.value == 0.0
    assert not lock_in_index(AGENCY, known(knowledge=1.0)).captive


def test_cloud_and_agency_are_different_lock_ins() -> None:
    assert profile_of(PartnerKind.CLOUD_PROVIDER) is CLOUD
    assert {profile_of(kind).name for kind in PartnerKind if kind is not PartnerKind.CLOUD_PROVIDER} == {"agency"}
    assert sum(CLOUD.weights.values()) == pytest.approx(0.35)
    assert sum(AGENCY.weights.values()) == pytest.approx(0.80)
    assert lock_in_index(CLOUD, known(knowledge=1.0)).value is None
    changed = lock_in_index(AGENCY, known(knowledge=0.4, platform=0.9, data=0.9))
    assert changed == lock_in_index(AGENCY, known(knowledge=0.4, platform=0.1))


def test_a_component_with_an_interval_widens_the_index() -> None:
    partly = ComponentValue(Component.KNOWLEDGE, 0.5, interval=(0.4, 0.7), measures=("knowledge_lock_in@system=x",))
    assert lock_in_index(Profile("one", {Component.KNOWLEDGE: 1.0}), [partly]).interval == (40.0, 70.0)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ComponentValue(Component.DATA, None), "needs a reason"),
        (lambda: ComponentValue(Component.DATA, 1.2), "does not lie in 0..1"),
        (lambda: ComponentValue(Component.DATA, 0.5, interval=(0.6, 0.7)), "does not lie in 0..1"),
        (lambda: lock_in_index(ALL, known(data=0.1) + known(data=0.2)), "given twice"),
        (lambda: Profile("none", {}), "weight above 0"),
        (lambda: Profile("zero", {Component.DATA: 0.0}), "weight above 0"),
        (lambda: Bands((0, 50, 50, 100), ("a", "b", "c")), "rise strictly"),
        (lambda: Bands((0,), ()), "rise strictly"),
        (lambda: Bands((0, 100), ("a", "b")), "as many names"),
        (lambda: BANDS.name(100.1), "outside"),
    ],
)
def test_contradictions_are_errors(build: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("value", "band"),
    [(0.0, "free"), (29.9, "free"), (30.0, "bound"), (80.0, "captive"), (99.9, "captive"), (100.0, "captive")],
)
def test_erpnext_every_value_lies_in_exactly_one_band(value: float, band: str) -> None:
    assert BANDS.name(value) == band


VALUES = st.dictionaries(st.sampled_from(list(Component)), st.floats(0, 1), max_size=8)


@given(VALUES, st.sampled_from(list(Component)), st.floats(0, 1))
def test_more_evidence_only_narrows_the_interval(values: dict[Component, float], more: Component, value: float) -> None:
    before = lock_in_index(ALL, [ComponentValue(name, item) for name, item in values.items()])
    richer = {more: value, **values}
    after = lock_in_index(ALL, [ComponentValue(name, item) for name, item in richer.items()])
    assert before.interval[0] <= after.interval[0] + 1e-6
    assert after.interval[1] <= before.interval[1] + 1e-6
    assert after.coverage >= before.coverage
    assert after.value is not None
    assert after.interval[0] - 1e-6 <= after.value <= after.interval[1] + 1e-6


def test_weight_sensitivity_is_reproducible() -> None:
    values = known(knowledge=0.9, assets=0.1, contract=0.5)
    first = weight_sensitivity(AGENCY, values, BANDS, 20.0)
    assert first == weight_sensitivity(AGENCY, values, BANDS, 20.0)
    assert first is not None
    assert first.band == "tied"
    assert 0 < first.stable_share < 1
    assert first.draws == 1000
    assert first.index_range[0] < 50 < first.index_range[1]


@given(st.floats(0, 1), st.integers(0, 99))
def test_equal_components_never_change_the_band(value: float, seed: int) -> None:
    values = known(knowledge=value, assets=value)
    found = weight_sensitivity(AGENCY, values, BANDS, 20.0, draws=50, seed=seed)
    assert found is not None
    assert found.stable_share == 1.0


def test_an_unknown_index_has_no_sensitivity() -> None:
    assert weight_sensitivity(AGENCY, [], BANDS, 20.0) is None
