"""Which files of a tree count as source in scope, and which rule took the others out.

The order of judgement, first answer wins: what is no file (submodule, symlink) or cannot be read (missing object); what
the repository itself says in ``.gitattributes``; path rules (`file_rules`); size; content (binary, generated marker,
minified). An attribute that is explicitly unset (``-linguist-generated``) silences the rules of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from copartner.sources.git import file_rules
from copartner.sources.git.attributes import Attributes, State
from copartner.sources.git.decision_records import is_record_path
from copartner.sources.git.history import GITLINK, SYMLINK

SOURCE: Final = "source"
DOCUMENTATION: Final = "documentation"
DECISION_RECORD: Final = "decision_record"
DATA: Final = "data"
OTHER: Final = "other"

_GENERATED, _VENDORED = "linguist-generated", "linguist-vendored"
_DOCUMENTATION, _DETECTABLE = "linguist-documentation", "linguist-detectable"
WANTED: Final = (_GENERATED, _VENDORED, _DOCUMENTATION, _DETECTABLE)

# git's own test for binary content looks this far.
_BINARY_BYTES: Final = 8000
_SCRIPTS: Final = frozenset({"js", "mjs", "cjs", "css"})
_RULES: Final = {
    kind: [(rule, re.compile(rule.pattern)) for rule in file_rules.RULES if rule.excluded == kind]
    for kind in ("vendored", "generated")
}
_ANY: Final = {kind: re.compile("|".join(f"(?:{rule.pattern})" for rule, _ in rules)) for kind, rules in _RULES.items()}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a file is. `excluded` and `rule` are None for a file in scope; `lines` where the content is unknown."""

    kind: str
    lines: int | None = None
    excluded: str | None = None
    rule: str | None = None


class FileFilter:
    """Judges the files of one tree. `attributes` maps the folder of each ``.gitattributes`` to its content."""

    def __init__(self, attributes: Mapping[bytes, bytes]) -> None:
        self._attributes = Attributes(attributes, WANTED)

    def before_reading(self, path: bytes, mode: int, size: int | None) -> Verdict | None:
        """Judge by path, mode and size alone; None when the content has to be read.

        `size` is None for an object this clone lacks. A vendored or generated file is out whatever it holds, but its
        lines are counted all the same, so it is read.
        """
        if mode == GITLINK:
            return Verdict(OTHER, None, "submodule", "submodule")
        text = path.decode("utf-8", "surrogateescape")
        states = self._attributes.of(path)
        if mode == SYMLINK:
            return Verdict(OTHER, None, "symlink", "symlink")
        kind = kind_of(text, states)
        if size is None:
            return Verdict(kind, None, "missing", "missing object")
        if size > file_rules.MAX_BYTES:
            excluded, rule = _by_name(text, states) or ("too_large", f"larger than {file_rules.MAX_BYTES} bytes")
            return Verdict(kind, None, excluded, rule)
        extension = _extension(text)
        if extension in file_rules.BINARY_EXTENSIONS:
            return Verdict(kind, None, *(_by_name(text, states) or ("binary", f"extension .{extension}")))
        return None

    def judge(self, path: bytes, content: bytes) -> Verdict:
        """Judge a regular file by path and content."""
        text = path.decode("utf-8", "surrogateescape")
        states = self._attributes.of(path)
        kind = kind_of(text, states)
        if kind == OTHER and content.startswith(b"#!") and "." not in text.rpartition("/")[2]:
            kind = SOURCE
        binary = content.find(b"\0", 0, _BINARY_BYTES) >= 0
        lines = None if binary else count_lines(content)
        named = _by_name(text, states)
        if named:
            return Verdict(kind, lines, *named)
        if binary:
            return Verdict(kind, None, "binary", "NUL byte")
        if kind == SOURCE and lines and states.get(_GENERATED) not in _NO:
            written = _by_content(text, content, lines)
            if written:
                return Verdict(kind, lines, *written)
        return Verdict(kind, lines)


_NO: Final[tuple[State, ...]] = (False, "false")
_YES: Final[tuple[State, ...]] = (True, "true")


def count_lines(content: bytes) -> int:
    """Return the number of lines as ``git blame`` counts them: a last one without newline is a line."""
    return content.count(b"\n") + (content[-1:] not in (b"\n", b""))


def kind_of(path: str, states: Mapping[str, State]) -> str:
    """Return the kind of the file at `path`: its extension's or name's, unless an attribute says otherwise."""
    name = path.rpartition("/")[2]
    extension = _extension(path)
    if states.get(_DOCUMENTATION) in _YES:
        return DECISION_RECORD if is_record_path(path) else DOCUMENTATION
    if states.get(_DETECTABLE) in _YES:
        return SOURCE
    if name in file_rules.SOURCE_NAMES or name.partition(".")[0] in ("Dockerfile", "Containerfile", "Jenkinsfile"):
        return SOURCE
    if extension in file_rules.SOURCE_EXTENSIONS:
        return DATA if states.get(_DETECTABLE) in _NO else SOURCE
    prose = extension in file_rules.PROSE_EXTENSIONS or extension in ("", "txt")
    if prose and file_rules.NOT_DOCUMENTATION.match(name):
        return OTHER
    if is_record_path(path):
        return DECISION_RECORD
    if states.get(_DOCUMENTATION) not in _NO and prose:
        folders = path.lower().split("/")[:-1]
        if extension in file_rules.PROSE_EXTENSIONS or file_rules.DOCUMENT_NAMES.match(name):
            return DOCUMENTATION
        if extension == "txt" and not file_rules.DOCUMENT_FOLDERS.isdisjoint(folders):
            return DOCUMENTATION
    return DATA if extension in file_rules.DATA_EXTENSIONS else OTHER


def _extension(path: str) -> str:
    stem, dot, extension = path.rpartition("/")[2].rpartition(".")
    return extension.lower() if dot and stem else ""


def _by_name(path: str, states: Mapping[str, State]) -> tuple[str, str] | None:
    anchored = f"/{path}"
    for kind, attribute in (("vendored", _VENDORED), ("generated", _GENERATED)):
        state = states.get(attribute)
        if state in _YES:
            return kind, f".gitattributes {attribute}"
        if state not in _NO and _ANY[kind].search(anchored):
            return kind, next(rule.id for rule, pattern in _RULES[kind] if pattern.search(anchored))
    return None


def _by_content(path: str, content: bytes, lines: int) -> tuple[str, str] | None:
    if file_rules.GENERATED_MARKER.search(content, 0, file_rules.MARKER_BYTES):
        return "generated", "generated/marker"
    script = _extension(path) in _SCRIPTS
    limit = file_rules.MINIFIED_AVERAGE if script else file_rules.LONGEST_AVERAGE
    if len(content) > limit * lines:
        return "minified", f"more than {limit} bytes per line"
    return None
