"""The ``.gitattributes`` of one tree, evaluated without a work tree.

``git check-attr --source`` does this only since git 2.40, and it also listens to files outside the tree. The same
commit must give the same evidence on every machine, so the rules of gitattributes(5) are evaluated here, from the
tree's own files alone; the tests compare with ``git check-attr``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

State = bool | str | None
"""``True`` set, ``False`` unset (``-name``), a text (``name=text``), ``None`` unspecified."""

_NAME: Final = re.compile(rb"^[A-Za-z0-9._][A-Za-z0-9._-]*$")
_QUOTED: Final = re.compile(rb'^"((?:[^"\\]|\\.)*)"')
_ESCAPE: Final = re.compile(rb"\\([0-3][0-7]{2}|.)", re.DOTALL)
_LETTERS: Final = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_CLASSES: Final = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t\n\r\f\v",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_MACRO: Final = b"[attr]"
_LONGEST_LINE: Final = 2048
_NEVER: Final = re.compile(r"(?!)")
_LITERAL_PREFIX: Final = re.compile(r"[^*?\[\\]*")


@dataclass(frozen=True, slots=True)
class _Line:
    pattern: re.Pattern[str]
    by_basename: bool
    states: tuple[tuple[str, State], ...]


class Attributes:
    """Attributes of the files of one tree.

    `files` maps the folder of each ``.gitattributes`` (``b""`` for the root, no trailing slash) to its content;
    `wanted` names the attributes that will be asked for.
    """

    def __init__(self, files: Mapping[bytes, bytes], wanted: Collection[str]) -> None:
        self._wanted = frozenset(wanted)
        self._macros: dict[str, tuple[tuple[str, State], ...]] = {
            "binary": (("diff", False), ("merge", False), ("text", False))
        }
        parsed = {folder.decode("latin-1"): _parse(content) for folder, content in files.items()}
        for name, states in parsed.get("", ([], []))[1]:
            self._macros[name] = states
        leading = self._leading_to_wanted()
        self._lines: dict[str, list[_Line]] = {}
        for folder, (rules, _) in parsed.items():
            lines = [_line(pattern, states) for pattern, states in rules if any(s[0] in leading for s in states)]
            if lines:
                self._lines[folder] = lines[::-1]

    def of(self, path: bytes) -> dict[str, State]:
        """Return the state of the wanted attributes for `path`; unspecified ones are left out."""
        found: dict[str, State] = {}
        if self._lines:
            # git matches byte by byte: in Latin-1 each byte is one character.
            text = path.decode("latin-1")
            folder = text.rpartition("/")[0]
            while True:
                self._apply(folder, text, found)
                if not folder:
                    break
                folder = folder.rpartition("/")[0]
        return {name: state for name, state in found.items() if name in self._wanted and state is not None}

    def _apply(self, folder: str, path: str, found: dict[str, State]) -> None:
        lines = self._lines.get(folder)
        if not lines:
            return
        inside = path[len(folder) + 1 :] if folder else path
        basename = path.rpartition("/")[2]
        for line in lines:
            if line.pattern.match(basename if line.by_basename else inside):
                self._fill(line.states, found)

    def _fill(self, states: tuple[tuple[str, State], ...], found: dict[str, State]) -> None:
        for name, state in reversed(states):
            if name not in found:
                found[name] = state
                if state is True and name in self._macros:
                    self._fill(self._macros[name], found)

    def _leading_to_wanted(self) -> set[str]:
        leading = set(self._wanted)
        while True:
            more = {
                n for n, states in self._macros.items() if n not in leading and any(s[0] in leading for s in states)
            }
            if not more:
                return leading
            leading |= more


def _parse(
    content: bytes,
) -> tuple[list[tuple[bytes, tuple[tuple[str, State], ...]]], list[tuple[str, tuple[tuple[str, State], ...]]]]:
    """Return the rules (pattern, states) and the macros (name, states) of one file, in the order written."""
    rules = []
    macros = []
    for raw in content.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        line = raw.lstrip(b" \t\r")
        if not line or line[:1] == b"#" or len(raw) >= _LONGEST_LINE:
            continue
        quoted = _QUOTED.match(line)
        if quoted:
            pattern, rest = _unquote(quoted.group(1)), line[quoted.end() :]
        else:
            pattern, *tail = re.split(rb"[ \t\r]", line, maxsplit=1)
            rest = tail[0] if tail else b""
        words = rest.split()
        macro = not quoted and len(pattern) > len(_MACRO) and pattern.startswith(_MACRO)
        name = pattern[len(_MACRO) :]
        states = [_state(word) for word in words]
        if None in states or (macro and not _NAME.match(name)):
            continue
        known = tuple(state for state in states if state is not None)
        if macro:
            macros.append((name.decode(), known))
        elif pattern[:1] != b"!":
            rules.append((pattern, known))
    return rules, macros


def _state(word: bytes) -> tuple[str, State] | None:
    name, equals, value = word.partition(b"=")
    state: State = value.decode("utf-8", "replace") if equals else True
    if word[:1] in (b"-", b"!"):
        name, state = name[1:], (False if word[:1] == b"-" else None)
    return (name.decode(), state) if _NAME.match(name) else None


def _unquote(text: bytes) -> bytes:
    def plain(match: re.Match[bytes]) -> bytes:
        code = match.group(1)
        return bytes([int(code, 8)]) if len(code) == 3 else _LETTERS.get(code, code)

    return _ESCAPE.sub(plain, text)


def _line(pattern: bytes, states: tuple[tuple[str, State], ...]) -> _Line:
    text = pattern.decode("latin-1")
    by_basename = "/" not in text
    if text.endswith("/"):
        # A pattern for folders only never matches a file, and attributes are not inherited by what a folder holds.
        return _Line(_NEVER, by_basename, states)
    # git compares the part before the first wildcard literally and matches the rest as a pattern of its own, so that
    # ``a**/b`` reads as ``a`` followed by ``**/b``.
    literal = _LITERAL_PREFIX.match(text.removeprefix("/"))
    prefix = literal.group() if literal and not by_basename else ""
    rest = wildmatch(text.removeprefix("/")[len(prefix) :])
    return _Line(re.compile(re.escape(prefix) + rest.pattern), by_basename, states)


def wildmatch(pattern: str) -> re.Pattern[str]:
    """Return `pattern`, git's shell pattern in which ``*`` stops at a slash and ``**`` crosses folders, compiled."""
    out: list[str] = []
    i, n = 0, len(pattern)
    while i < n:
        c = pattern[i]
        if c == "*":
            j = i
            while j < n and pattern[j] == "*":
                j += 1
            whole = j - i >= 2 and (i == 0 or pattern[i - 1] == "/") and (j == n or pattern[j] == "/")
            if whole and j < n:
                out.append("(?:.*/)?")
                i = j + 1
                continue
            out.append(".*" if whole else "[^/]*")
            i = j
        elif c == "?":
            out.append("[^/]")
            i += 1
        elif c == "[":
            bracket = _bracket(pattern, i + 1)
            if bracket is None:
                return _NEVER
            out.append(bracket[0])
            i = bracket[1]
        elif c == "\\":
            if i + 1 == n:
                return _NEVER
            out.append(re.escape(pattern[i + 1]))
            i += 2
        else:
            out.append(re.escape(c))
            i += 1
    return re.compile("(?s:" + "".join(out) + r")\Z")


def _bracket(pattern: str, start: int) -> tuple[str, int] | None:
    """Translate the bracket expression that opened before `start`; None where it is broken, which matches nothing."""
    i, n = start, len(pattern)
    negated = i < n and pattern[i] in "!^"
    i += negated
    parts: list[str] = []
    first = True
    while True:
        if i >= n:
            return None
        c = pattern[i]
        if c == "]" and not first:
            break
        first = False
        if c == "[" and pattern[i + 1 : i + 2] == ":":
            end = pattern.find("]", i + 2)
            if end < 0:
                return None
            if end > i + 2 and pattern[end - 1] == ":":
                if pattern[i + 2 : end - 1] not in _CLASSES:
                    return None
                parts.append(_CLASSES[pattern[i + 2 : end - 1]])
                i = end + 1
                continue
        low, i = _literal(pattern, i)
        if low is None:
            return None
        parts.append(re.escape(low))
        if pattern[i : i + 1] == "-" and pattern[i + 1 : i + 2] not in ("]", ""):
            high, i = _literal(pattern, i + 1)
            if high is None:
                return None
            if low <= high:
                parts.append(f"{re.escape(low)}-{re.escape(high)}")
    content = "".join(parts)
    if negated:
        return f"[^/{content}]", i + 1
    return (f"(?!/)[{content}]" if content else "(?!)"), i + 1


def _literal(pattern: str, i: int) -> tuple[str | None, int]:
    if pattern[i] == "\\":
        i += 1
        if i >= len(pattern):
            return None, i
    return pattern[i], i + 1
