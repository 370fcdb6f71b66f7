"""Limits: defaults, a portfolio's choices, and what is wrong with them."""

from __future__ import annotations

import pytest

from copartner.findings.limits import LIMITS, LimitError, resolve_limits


def test_defaults_apply_where_nothing_is_chosen() -> None:
    assert resolve_limits({}) == {name: limit.default for name, limit in LIMITS.items()}


def test_a_choice_replaces_a_default() -> None:
    resolved = resolve_limits({"black_box.kappa_int": 0.3})
    assert resolved["black_box.kappa_int"] == 0.3
    assert resolved["lock_in_knowledge.act"] == 0.6


def test_every_default_lies_in_its_own_range() -> None:
    assert all(limit.low <= limit.default <= limit.high for limit in LIMITS.values())
    assert {limit.unit for limit in LIMITS.values()} == {"share", "days", "files"}


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (
            {"black_box.kapa_int": 0.2},
            "settings.limits.black_box.kapa_int: unknown limit. Did you mean black_box.kappa_int?",
        ),
        ({"zzz": 1}, "settings.limits.zzz: unknown limit. Known limits: abandoned_code.act, "),
        (
            {"black_box.kappa_int": 20},
            "settings.limits.black_box.kappa_int: 20 is outside 0 to 1 (share). "
            "Write a number in that range; the default is 0.2.",
        ),
        (
            {"lock_in_knowledge.watch": 0.7},
            "settings.limits.lock_in_knowledge.watch: "
            "lock_in_knowledge.watch (0.7) is above lock_in_knowledge.act (0.6). "
            "Set lock_in_knowledge.act to 0.7 or more.",
        ),
    ],
)
def test_unusable_limits_are_named_with_the_remedy(chosen: dict[str, float], message: str) -> None:
    with pytest.raises(LimitError) as caught:
        resolve_limits(chosen)
    assert str(caught.value).startswith(message)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(LimitError) as caught:
        resolve_limits({"a.b": 1, "black_box.kappa_int": -1, "lock_in_knowledge.watch": 0.9})
    assert len(caught.value.problems) == 2
