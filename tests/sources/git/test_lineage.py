"""Where a changed path went."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from copartner.sources.git.lineage import head_paths

Change = tuple[int, str, str, str]  # position (0 newest), status, path, old path


def led(changes: list[Change], alive: set[str]) -> list[str]:
    names = sorted({name for change in changes for name in change[2:] if name} | alive)
    number = {name: i for i, name in enumerate(names)}
    columns = (
        np.array([c[0] for c in changes], np.int32),
        np.array([number[c[2]] for c in changes], np.int32),
        np.array([number[c[3]] if c[1] == "R" else -1 for c in changes], np.int32),
        np.array([c[1] == "D" for c in changes], bool),
    )
    found = head_paths(*columns, np.array([name in alive for name in names]))
    return [names[i] for i in found]


def test_renames_are_followed_to_the_head() -> None:
    changes = [
        (0, "M", "c", ""),
        (1, "R", "c", "b"),
        (2, "M", "b", ""),
        (3, "R", "b", "a"),
        (4, "M", "a", ""),
        (5, "A", "a", ""),
    ]
    assert led(changes, {"c"}) == ["c"] * 6


def test_a_new_file_under_the_old_name_is_another_file() -> None:
    changes = [(0, "M", "a", ""), (1, "A", "a", ""), (2, "R", "b", "a"), (3, "A", "a", "")]
    assert led(changes, {"a", "b"}) == ["a", "a", "b", "b"]


def test_two_names_are_swapped_in_one_commit() -> None:
    changes = [(0, "R", "a", "b"), (0, "R", "b", "a"), (1, "A", "a", ""), (1, "A", "b", "")]
    assert led(changes, {"a", "b"}) == ["a", "b", "b", "a"]


def test_a_chain_within_one_commit_is_no_chain() -> None:
    # a becomes b while b becomes c: what was in a is now in b.
    changes = [(0, "R", "b", "a"), (0, "R", "c", "b"), (1, "A", "a", ""), (1, "A", "b", "")]
    assert led(changes, {"b", "c"}) == ["b", "c", "b", "c"]


def test_a_change_made_beside_a_rename_follows_it() -> None:
    # In the linear walk the branch's change (1) stands above the rename (2) although neither knows of the other.
    changes = [(1, "M", "a", ""), (2, "R", "b", "a"), (3, "A", "a", "")]
    assert led(changes, {"b"}) == ["b", "b", "b"]
    assert led([(1, "M", "a", ""), (2, "R", "b", "a"), (3, "R", "c", "b")], {"b"}) == ["b", "b", "c"]


def test_a_deleted_path_does_not_wander_off() -> None:
    changes = [(0, "D", "a", ""), (1, "A", "a", ""), (2, "R", "b", "a"), (3, "A", "a", "")]
    assert led(changes, {"b"}) == ["a", "a", "b", "b"]


def test_a_path_that_returns_keeps_its_name() -> None:
    changes = [(0, "A", "a", ""), (1, "D", "a", ""), (2, "M", "a", "")]
    assert led(changes, {"a"}) == ["a", "a", "a"]


def test_copies_leave_their_source() -> None:
    assert led([(0, "C", "b", "a"), (1, "A", "a", "")], {"a", "b"}) == ["b", "a"]


def test_a_circle_of_renames_ends() -> None:
    changes = [(1, "M", "a", ""), (2, "R", "b", "a"), (3, "R", "a", "b"), (4, "A", "b", "")]
    assert led(changes, {"c"})[3] == "b"


def test_no_changes_at_all() -> None:
    assert led([], {"a"}) == []


@st.composite
def linear_histories(draw: st.DrawFn) -> tuple[list[list[tuple[str, str, str]]], dict[str, int]]:
    """Commits from the oldest, each a list of (status, path, old path); which file has each name at last."""
    names = list("abcdef")
    files: dict[str, int] = {}
    count = 0
    commits = []
    for _ in range(draw(st.integers(1, 12))):
        rows: list[tuple[str, str, str]] = []
        touched: set[str] = set()
        before = dict(files)
        for _ in range(draw(st.integers(1, 3))):
            free = [n for n in names if n not in before and n not in touched]
            old = [n for n in before if n not in touched]
            action = draw(st.sampled_from("AMRD"))
            if action == "A" and free:
                name = draw(st.sampled_from(free))
                count += 1
                files[name] = count
                rows.append(("A", name, ""))
                touched.add(name)
            elif action == "R" and old and free:
                source, name = draw(st.sampled_from(old)), draw(st.sampled_from(free))
                files[name] = files.pop(source)
                rows.append(("R", name, source))
                touched |= {source, name}
            elif action in "MD" and old:
                name = draw(st.sampled_from(old))
                if action == "D":
                    del files[name]
                rows.append((action, name, ""))
                touched.add(name)
        commits.append(rows)
    return commits, files


@given(linear_histories())
def test_in_a_linear_history_a_change_leads_to_the_name_its_file_has_at_last(
    history: tuple[list[list[tuple[str, str, str]]], dict[str, int]],
) -> None:
    commits, at_head = history
    # Replayed forwards with the identity of every file, as nobody but the test knows it.
    files: dict[str, int] = {}
    identity: list[int] = []
    changes: list[Change] = []
    count = 0
    for index, rows in enumerate(commits):
        for status, path, old in rows:
            if status == "A":
                count += 1
                files[path] = count
            elif status == "R":
                files[path] = files.pop(old)
            identity.append(files[path])
            changes.append((len(commits) - 1 - index, status, path, old))
            if status == "D":
                del files[path]
    assert files == at_head
    where = {number: name for name, number in at_head.items()}
    for number, found in zip(identity, led(changes, set(at_head)), strict=True):
        if number in where:
            assert found == where[number]
