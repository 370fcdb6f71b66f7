"""YAML read as text with places: no tags, no surprise types, no expansion bombs.

PyYAML's event stream is composed here instead of by its loader, because a portfolio needs what the loader hides: the
line of every value, duplicate keys, and whether a scalar was quoted (``no`` and ``"no"`` differ for YAML). Which type
a scalar has is decided by the field it stands in (see ``kinds``), not by YAML 1.1's guesses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from copartner.sources.portfolio_file.errors import Path, Problem, field_name

MAX_BYTES: Final = 16 << 20
MAX_DEPTH: Final = 32
# After following aliases; a portfolio of 20,000 people has about 300,000 values.
MAX_VALUES: Final = 1_000_000


@dataclass(slots=True)
class Scalar:
    text: str
    plain: bool
    line: int
    column: int
    size: int = 1


@dataclass(slots=True)
class Sequence:
    line: int
    column: int
    items: list[Node] = field(default_factory=list)
    size: int = 1


@dataclass(slots=True)
class Mapping:
    line: int
    column: int
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    size: int = 1

    def key(self, name: str) -> Scalar | None:
        found = self.entries.get(name)
        return found[0] if found else None

    def value(self, name: str) -> Node | None:
        found = self.entries.get(name)
        return found[1] if found else None


Node = Scalar | Sequence | Mapping


class Report:
    """Collects problems of one file and knows the line of every path in it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.misspelt: set[Path] = set()
        """Places of known keys that are missing because another key was probably meant to be them."""

    def add(self, path: Path, message: str, remedy: str, *, at: Node | None = None, key: bool = False) -> None:
        """Note a problem at ``path``; a value that is not there is reported at the nearest thing around it.

        ``at`` places it where that node stands, ``key`` where the path's last key stands instead of its value.
        """
        node = at or self.node(path, key=key)
        line, column = (node.line, node.column) if node else (None, None)
        self.problems.append(Problem(self.file, line, column, field_name(path), message, remedy))

    def add_to_file(self, message: str, remedy: str, line: int | None = None, column: int | None = None) -> None:
        self.problems.append(Problem(self.file, line, column, "", message, remedy))

    def node(self, path: Path, *, key: bool = False) -> Node | None:
        node = self.root
        for depth, part in enumerate(path):
            found: Node | None = None
            if isinstance(node, Mapping) and isinstance(part, str):
                found = node.key(part) if key and depth == len(path) - 1 else node.value(part)
            elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
                found = node.items[part]
            if found is None:
                return node
            node = found
        return node

    def has(self, path: Path) -> bool:
        """Whether something stands at ``path``, readable or not, or was meant to."""
        *around, key = path
        container = self.node(tuple(around))
        if isinstance(container, Mapping):
            return key in container.entries or path in self.misspelt
        return isinstance(container, Sequence) and isinstance(key, int) and key < len(container.items)

    def line(self, path: Path) -> int | None:
        node = self.node(path)
        return node.line if node else None


class _Unusable(Exception):
    """The document cannot be composed further; the reason is in the report."""


def compose(content: bytes, report: Report) -> Node | None:
    """Compose the only document of ``content``; ``None`` if that is impossible, with the reason in ``report``."""
    text = _decode(content, report)
    if text is None:
        return None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = _Composer(report).compose(iter(yaml.parse(text, Loader=loader)))
    except _Unusable:
        return None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = error.character if isinstance(error.character, int) else ord(str(error.character)[0])
        report.add_to_file(f"holds the character U+{code:04X}, which YAML does not allow", "Remove it.", line)
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message, remedy = _explain(error)
        report.add_to_file(message, remedy, mark.line + 1 if mark else None, mark.column + 1 if mark else None)
        return None
    report.root = root
    return root


def _decode(content: bytes, report: Report) -> str | None:
    if len(content) > MAX_BYTES:
        report.add_to_file(
            f"is {len(content) / 2**20:.1f} MiB, more than the {MAX_BYTES >> 20} MiB a portfolio may have",
            "Split it, or check that this is the right file.",
        )
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        report.add_to_file("is not UTF-8 text", "Save the file with the encoding UTF-8.", line)
        return None


class _Composer:
    """Builds nodes from events with a stack of its own: depth and size are bounded before anything recurses."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.anchors: dict[str, Node] = {}
        self.unfinished: set[str] = set()

    def compose(self, events: Iterator[Any]) -> Node:
        root: Node | None = None
        stack: list[tuple[Sequence | Mapping, str | None]] = []
        keys: list[Scalar | None] = []
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.stop(event, "holds a second document after ---", "Keep one portfolio per file.")
                continue
            if isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                finished, anchor = stack.pop()
                keys.pop()
                self.finish(finished, anchor)
                node: Node = finished
            elif isinstance(event, yaml.NodeEvent):
                started = self.start(event)
                if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
                    if len(stack) == MAX_DEPTH:
                        self.stop(event, f"is nested deeper than {MAX_DEPTH} levels", "Check the brackets.")
                    if stack and isinstance(stack[-1][0], Mapping) and keys[-1] is None:
                        self.stop(event, "has a list or a mapping as key", "Write a plain word before the colon.")
                    assert isinstance(started, (Sequence, Mapping))  # noqa: S101 - told from the event
                    stack.append((started, event.anchor))
                    keys.append(None)
                    continue
                node = started
            else:
                continue
            if not stack:
                root = node
            else:
                keys[-1] = self.place(stack[-1][0], keys[-1], node)
        if root is None or (isinstance(root, Scalar) and root.plain and not root.text):
            self.report.add_to_file("is empty", "Start with apiVersion, kind and company, or run copartner init.", 1)
            raise _Unusable
        return root

    def place(self, container: Sequence | Mapping, key: Scalar | None, node: Node) -> Scalar | None:
        """Put ``node`` into ``container``; returns the key that now waits for its value, if any."""
        container.size += node.size
        if container.size > MAX_VALUES:
            self.stop(
                container,
                f"holds more than {MAX_VALUES:,} values once aliases are followed",
                "Remove the aliases (*name) that repeat large parts.",
            )
        if isinstance(container, Sequence):
            container.items.append(node)
            return None
        if key is not None:
            first = container.key(key.text)
            if first is None:
                container.entries[key.text] = (key, node)
            else:
                self.report.add_to_file(
                    f"the key {key.text!r} is given twice, on lines {first.line} and {key.line}".replace("'", '"'),
                    "Keep one of them.",
                    key.line,
                    key.column,
                )
            return None
        if not isinstance(node, Scalar):
            self.stop(node, "has a list or a mapping as key", "Write a plain word before the colon.")
        assert isinstance(node, Scalar)  # noqa: S101 - checked on the line above
        return node

    def start(self, event: Any) -> Node:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in self.unfinished:
                self.stop(event, f"the alias *{event.anchor} contains itself", "Write the values out.")
            if event.anchor not in self.anchors:
                self.stop(event, f"the alias *{event.anchor} has no anchor", f"Write &{event.anchor} before the value.")
            return self.anchors[str(event.anchor)]
        if event.tag is not None:
            self.stop(event, f"the tag {event.tag!r} is not allowed".replace("'", '"'), "Remove the word after the !.")
        if isinstance(event, yaml.ScalarEvent):
            node: Node = Scalar(event.value, not event.style, line, column)
            if event.anchor:
                self.anchors[event.anchor] = node
            return node
        if event.anchor:
            self.unfinished.add(event.anchor)
        return (Sequence if isinstance(event, yaml.SequenceStartEvent) else Mapping)(line, column)

    def finish(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self.unfinished.discard(anchor)
            self.anchors[anchor] = node

    def stop(self, where: Any, message: str, remedy: str) -> None:
        mark = getattr(where, "start_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (where.line, where.column)
        self.report.add_to_file(message, remedy, line, column)
        raise _Unusable


_REMEDIES: Final = (
    ("tab character", "Indent with spaces: YAML does not allow tabs."),
    ("mapping values are not allowed", "Put text that holds a colon in quotes, and check the indentation."),
    ("expected ',' or ']'", "Close the list with ] or separate its entries by commas."),
    ("expected ',' or '}'", "Close the braces with } or separate their entries by commas."),
    ("unexpected end of stream", "Close the quotation mark."),
    ("expected ':'", 'Write "key: value", with a space after the colon.'),
    ("'\\t' that cannot start", "Indent with spaces: YAML does not allow tabs."),
    ("cannot start any token", "Put the text in quotes."),
    ("expected <block end>", "Check the indentation of this line and of the one before."),
    ("expected key", "Check the indentation and the quotation marks of this line and of the ones before."),
    ("expected '-' indicator", "Start each entry of the list with a dash at the same indentation."),
    ("unknown escape", "Use single quotes, or write two backslashes."),
    ("alias", "Put text that starts with * or & in quotes."),
    ("anchor", "Put text that starts with * or & in quotes."),
)


def _explain(error: yaml.MarkedYAMLError) -> tuple[str, str]:
    problem = error.problem or error.context or "malformed"
    said = f"{error.context or ''} {problem}"
    remedy = next((remedy for part, remedy in _REMEDIES if part in said), None)
    return f"is not valid YAML: {problem}", remedy or "Check the indentation and the quotation marks around this line."
