"""Judging as a whole: limits, order, unknowns, and that every rule is documented."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copartner.evidence.portfolio import Settings
from copartner.findings.engine import RULES, judge, rule_versions
from copartner.findings.finding import State
from copartner.findings.limits import LIMITS, LimitError
from exit_worlds import AS_OF, portfolio
from finding_cases import kappa, one, value


def test_a_portfolio_may_set_limits_and_mistakes_are_errors() -> None:
    strict = portfolio(settings=Settings(limits={"black_box.kappa_int": 0.5}))
    found = one("black_box", kappa(0.4), value("doc_freshness", 0.0), plan=strict)
    assert (found.state, found.limits["black_box.kappa_int"]) == (State.FIRES, 0.5)
    with pytest.raises(LimitError, match="unknown limit"):
        judge(portfolio(settings=Settings(limits={"black_box.kappa": 0.5})), [], [], AS_OF)


def test_two_values_for_one_subject_are_an_error() -> None:
    with pytest.raises(ValueError, match="kappa_int@system=payments is given twice"):
        judge(portfolio(), [kappa(0.1), kappa(0.2)], [], AS_OF)


def test_rules_name_their_limits_and_stand_in_the_documentation() -> None:
    folder = Path(__file__).resolve().parents[2] / "docs" / "findings"
    assert {page.stem for page in folder.glob("*.md")} - {"README"} == set(RULES)
    for rule in RULES.values():
        assert set(rule.limits) <= set(LIMITS)
        page = (folder / f"{rule.id}.md").read_text(encoding="utf-8")
        assert rule.title in page
        assert rule.remedy in page
        for name in rule.limits:
            assert f"| `{name}` | {LIMITS[name].default:g} |" in page
    assert rule_versions() == dict.fromkeys(RULES, 1)


def test_every_limit_belongs_to_a_rule_or_to_the_evidence() -> None:
    used = {name for rule in RULES.values() for name in rule.limits}
    assert set(LIMITS) - used == {name for name in LIMITS if name.startswith("evidence.")}


MEASURES = ("kappa_int", "knowledge_lock_in", "doc_freshness", "adr_internal", "owner_active", "abandoned")
INPUTS = {"kappa_nordhang": 0.5, "records": 2, "decisions_only_nordhang": 1}
NUMBERS = st.dictionaries(st.sampled_from(MEASURES), st.one_of(st.none(), st.floats(0, 1)))


@given(NUMBERS, st.randoms())
def test_the_order_of_values_changes_nothing(numbers: dict[str, float | None], random: object) -> None:
    values = [
        value(name, number, kappa_nordhang=0.5, records=2, decisions_only_nordhang=1)
        for name, number in numbers.items()
    ]
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judge(portfolio(), values, [], AS_OF) == judge(portfolio(), shuffled, [], AS_OF)


@given(NUMBERS)
def test_a_missing_value_never_makes_a_clear_rule_fire(numbers: dict[str, float | None]) -> None:
    """Taking evidence away may make an outcome unknown, never turn it around."""
    values = [
        value(name, number, kappa_nordhang=0.5, records=2, decisions_only_nordhang=1)
        for name, number in numbers.items()
    ]
    full = {item.key: item.state for item in judge(portfolio(), values, [], AS_OF)}
    for left_out in range(len(values)):
        rest = [item for place, item in enumerate(values) if place != left_out]
        for item in judge(portfolio(), rest, [], AS_OF):
            assert item.state in (full.get(item.key, item.state), State.UNKNOWN)
