"""Which system and which component a path belongs to.

Globs are those of the portfolio: ``*`` and ``?`` stay inside one folder, ``**`` crosses folders, ``[abc]`` is one of
these characters. A glob without any wildcard names a file or a whole folder. Each list of globs becomes one regular
expression, compiled once, because a large repository asks tens of thousands of times.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from copartner.evidence.portfolio import Portfolio, System

ROOT = "(root)"
"""Default component of files that lie in no folder."""

OTHER = "(other)"
"""Component of files no declared component names, and of the folders beyond ``MAX_DEFAULT_COMPONENTS``."""

MAX_DEFAULT_COMPONENTS = 40
"""Default components are the top-level folders with most lines; the rest is shown as one."""

_WILDCARD = re.compile(r"[*?\\[]")


def glob_expression(glob: str) -> str:
    """The regular expression (for ``fullmatch``) of one glob. A character class that is never closed is literal."""
    if not _WILDCARD.search(glob):
        return re.escape(glob.rstrip("/")) + "(?:/.*)?"
    out: list[str] = []
    position = 0
    while position < len(glob):
        if glob.startswith("**/", position) and (position == 0 or glob[position - 1] == "/"):
            out.append("(?:.*/)?")
            position += 3
        elif glob.startswith("**", position):
            out.append(".*")
            position += 2
        elif glob[position] == "*":
            out.append("[^/]*")
            position += 1
        elif glob[position] == "?":
            out.append("[^/]")
            position += 1
        elif glob[position] == "[" and (end := glob.find("]", position + 2)) > 0:
            body = glob[position + 1 : end].replace("\\", "\\\\")
            out.append("(?!/)[" + ("^" + body[1:] if body[0] in "!^" else body) + "]")
            position = end + 1
        else:
            out.append(re.escape(glob[position]))
            position += 1
    return "".join(out)


@lru_cache(maxsize=1024)
def matcher(globs: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether any of the globs names a path. No glob names nothing; ``**`` names everything."""
    if "**" in globs:
        return lambda _path: True
    if not globs:
        return lambda _path: False
    fullmatch = re.compile("|".join(f"(?:{glob_expression(glob)})" for glob in globs), re.DOTALL).fullmatch
    return lambda path: fullmatch(path) is not None


def systems_of(portfolio: Portfolio, repository: str) -> list[tuple[System, Callable[[str], bool]]]:
    """Systems that may hold paths of a repository, in declared order, with the test for one path.

    A system that names a repository twice takes what either scope takes.
    """
    found: list[tuple[System, Callable[[str], bool]]] = []
    for system in portfolio.systems:
        scopes = [
            (matcher(scope.include), matcher(scope.exclude))
            for scope in system.repositories
            if scope.repository == repository
        ]
        if scopes:
            found.append((system, _any_scope(scopes)))
    return found


def _any_scope(scopes: Sequence[tuple[Callable[[str], bool], Callable[[str], bool]]]) -> Callable[[str], bool]:
    return lambda path: any(include(path) and not exclude(path) for include, exclude in scopes)


def components_of(system: System, files: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], str]:
    """Component id of each (repository, path) of a system; ``files`` maps them to their lines.

    Declared components take paths in declared order, the first that matches. Without declared components the top-level
    folders stand in, named with their repository where the system has several.
    """
    if system.components:
        declared = [(component.id, matcher(component.paths)) for component in system.components]
        return {
            (repository, path): next((name for name, matches in declared if matches(path)), OTHER)
            for repository, path in files
        }
    several = len({scope.repository for scope in system.repositories}) > 1
    folder: dict[tuple[str, str], str] = {}
    weight: dict[str, int] = {}
    for (repository, path), lines in files.items():
        head, slash, _ = path.partition("/")
        name = head if slash else ROOT
        if several:
            name = f"{repository}/{name}"
        folder[repository, path] = name
        weight[name] = weight.get(name, 0) + lines
    if len(weight) <= MAX_DEFAULT_COMPONENTS:
        return folder
    largest = sorted(weight, key=lambda name: (-weight[name], name))[: MAX_DEFAULT_COMPONENTS - 1]
    kept = set(largest)
    return {key: name if name in kept else OTHER for key, name in folder.items()}
