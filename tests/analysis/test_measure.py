"""Definitions, their registry, subjects and values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from copartner.analysis.measure import Basis, Direction, MeasureDefinition, MeasureValue, Registry, Subject

SHARE = MeasureDefinition(
    id="share",
    version=1,
    title="Share",
    question="How much?",
    unit="share",
    range=(0.0, 1.0),
    direction=Direction.HIGHER,
    basis=Basis.AUTHORSHIP,
    needs=("commit",),
    levels=("portfolio",),
    formula="a / b",
    caveats=("none",),
    source="here",
    parameters={"b": 2, "a": 1},
)


def test_a_definition_cannot_change_under_its_version() -> None:
    registry = Registry()
    assert registry.register(SHARE) == registry.register(replace(SHARE))
    with pytest.raises(ValueError, match="share version 1 is already defined differently"):
        registry.register(replace(SHARE, formula="a / c"))


def test_the_newest_version_answers_and_older_ones_stay_readable() -> None:
    registry = Registry()
    newer = replace(SHARE, version=2, formula="a / c")
    registry.register(newer)
    registry.register(SHARE)
    registry.register(replace(SHARE, id="amount"))
    assert registry.get("share") is newer
    assert registry.get("share", 1) is SHARE
    assert [(item.id, item.version) for item in registry] == [("amount", 1), ("share", 2)]
    assert len(registry) == 2
    with pytest.raises(KeyError, match="nothing"):
        registry.get("nothing")
    with pytest.raises(KeyError, match="share version 3"):
        registry.get("share", 3)


def test_the_digest_knows_content_and_not_the_order_of_parameters() -> None:
    assert SHARE.digest == replace(SHARE, parameters={"a": 1, "b": 2}).digest
    assert SHARE.digest != replace(SHARE, parameters={"a": 1, "b": 3}).digest


def test_subjects_have_one_stable_name() -> None:
    assert Subject().key == "portfolio"
    assert Subject("p", "s", "c").key == "partner=p,system=s,component=c"
    assert Subject(system="s").key == "system=s"


def test_an_unknown_value_says_why() -> None:
    with pytest.raises(ValueError, match="share for system=s: an unknown value needs a reason"):
        MeasureValue("share", 1, Subject(system="s"), date(2026, 9, 30), None)
    assert not MeasureValue("share", 1, Subject(), date(2026, 9, 30), None, "nothing collected").known
    assert MeasureValue("share", 1, Subject(), date(2026, 9, 30), 0.0).known
