"""Globs, systems and components of paths."""

from __future__ import annotations

import pytest

from copartner.analysis.knowledge.path_scope import OTHER, ROOT, components_of, matcher, systems_of
from copartner.evidence.portfolio import Criticality, RepositoryScope, System
from knowledge_evidence import a_portfolio, a_system


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("**", ["a", "a/b/c"], []),
        ("pay/**", ["pay/a", "pay/a/b"], ["pay", "repay/a", "a/pay/b"]),
        ("**/pay/**", ["pay/a", "x/pay/a", "x/y/pay/z/a"], ["repay/a"]),
        ("*.py", ["a.py"], ["a/b.py", "a.pyc"]),
        ("**/*.py", ["a.py", "x/y/a.py"], ["a.js"]),
        ("src/*/api.py", ["src/x/api.py"], ["src/api.py", "src/x/y/api.py"]),
        ("src/**/api.py", ["src/api.py", "src/x/y/api.py"], ["api.py"]),
        ("a?.py", ["ab.py"], ["a/.py", "a.py"]),
        ("[ab]/x", ["a/x", "b/x"], ["c/x"]),
        ("[!ab]x", ["cx"], ["ax", "/x"]),
        ("[^ab]x", ["cx"], ["ax"]),
        ("[ab", ["[ab"], ["a"]),
        ("capture", ["capture", "capture/a/b"], ["captured", "x/capture"]),
        ("capture/", ["capture/a"], ["captured/a"]),
        ("a+b/(c).py", ["a+b/(c).py"], ["aab/c.py"]),
        ("x**y", ["xy", "xa/by"], ["x"]),
    ],
)
def test_globs(glob, yes, no):
    matches = matcher((glob,))
    assert all(matches(path) for path in yes)
    assert not any(matches(path) for path in no)


def test_no_glob_matches_nothing_and_several_match_what_any_does():
    assert not matcher(())("a")
    assert [matcher(("a/**", "*.md"))(path) for path in ("a/b", "x.md", "b/x.md")] == [True, True, False]


def test_a_repository_named_twice_gives_what_either_scope_takes():
    twice = System(
        "mono",
        "Mono",
        Criticality.LOW,
        (RepositoryScope("app", ("a/**",)), RepositoryScope("app", ("b/**",), ("b/x",))),
    )
    ((system, holds),) = systems_of(a_portfolio(systems=[twice]), "app")
    assert system is twice
    assert [holds(path) for path in ("a/1", "b/1", "b/x", "c")] == [True, True, False, False]
    assert systems_of(a_portfolio(), "elsewhere") == []


def test_declared_components_take_the_first_match_and_leave_the_rest_to_other():
    system = a_system(components={"api": ["src/api/**"], "src": ["src/**"]})
    files = {("app", path): 1 for path in ("src/api/a.py", "src/b.py", "c.py")}
    assert list(components_of(system, files).values()) == ["api", "src", OTHER]


def test_top_folders_stand_in_and_are_named_with_their_repository_if_there_are_several():
    files = {("app", "src/a.py"): 1, ("lib", "src/a.py"): 1, ("lib", "b.py"): 1}
    several = a_system(repositories=["app", "lib"])
    assert list(components_of(several, files).values()) == ["app/src", "lib/src", f"lib/{ROOT}"]
    assert components_of(a_system(), {("app", "b.py"): 1}) == {("app", "b.py"): ROOT}


def test_beyond_forty_folders_the_smallest_are_shown_as_one():
    files = {("app", f"d{number:02}/a.py"): number for number in range(45)}
    found = components_of(a_system(), files)
    names = set(found.values())
    assert len(names) == 40
    assert found["app", "d44/a.py"] == "d44"
    assert sum(name == OTHER for name in found.values()) == 6
    assert found["app", "d05/a.py"] == OTHER
