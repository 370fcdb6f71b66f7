"""Keep the translations current: find texts, merge them into the ``.po`` files, compile these to ``.mo``.

``python -m copartner.design.catalog`` does all three for every room that has a ``locale`` folder, with nothing but
Python, and prints what still lacks a translation. A room whose texts also come with its data (titles of measures,
remedies of rules) names them in ``vocabulary.document_texts()``.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import io
import re
import struct
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from copartner.design import rendering

_CALLS = {
    "gettext": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}
"""Function → places of context, text and plural among its arguments."""

_START = re.compile(r"\b(?:gettext(?:_noop|_lazy)?|ngettext|pgettext|npgettext)\(")
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+(?::\w+)?)\}")
HEADER = (
    "Project-Id-Version: copartner\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\nLanguage: {language}\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
)


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """A text to translate. ``context`` tells apart equal texts of different meaning."""

    text: str
    context: str = ""
    plural: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What a catalogue knows it by; the plural belongs to the entry, not to its key."""
        return self.context, self.text

    def placeholders(self) -> set[str]:
        return placeholders(self.text) | placeholders(self.plural or "")


Catalogue = dict[Message, tuple[str, ...]]
"""Message → its translation, or its singular and plural; empty text where it has none yet."""


def placeholders(text: str) -> set[str]:
    """Names in ``%(name)s`` and ``{name:format}``; a translation must use no others."""
    return {match.group(1) or match.group(2) for match in _PLACEHOLDER.finditer(text)}


def python_messages(source: str) -> Iterator[Message]:
    """Texts in calls of Python code. Raises ``SyntaxError`` for code that does not parse."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
            message = _from_arguments(node.func.id, node.args)
            if message is not None:
                yield message


def template_messages(source: str) -> Iterator[Message]:
    """Texts in the translate tags of a template."""
    from django.utils.translation.template import templatize

    code = templatize(source)
    for match in _START.finditer(code):
        call = ast.parse(_call(code[match.start() :]), mode="eval").body
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            message = _from_arguments(call.func.id, call.args)
            if message is not None:
                yield message


def _call(code: str) -> str:
    """The first whole call at the start of ``code``; brackets inside strings do not count."""
    depth, lines = 0, [code]
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        depth += (token.string == "(") - (token.string == ")")
        if token.string == ")" and depth == 0:
            lines = code.splitlines(keepends=True)[: token.end[0]]
            lines[-1] = lines[-1][: token.end[1]]
            break
    return "".join(lines)


def _from_arguments(name: str, arguments: list[ast.expr]) -> Message | None:
    context, text, plural = _CALLS[name]

    def literal(place: int | None) -> str | None:
        if place is None or place >= len(arguments):
            return None
        node = arguments[place]
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

    found = literal(text)
    return None if found is None else Message(found, literal(context) or "", literal(plural))


def room_messages(room: Path) -> set[Message]:
    """All texts of a room: its code, its templates, and the texts its data brings along."""
    rendering.prepare()
    found: set[Message] = set()
    for file in sorted(room.rglob("*.py")):
        found.update(python_messages(file.read_text(encoding="utf-8")))
    for file in sorted(room.glob("templates/**/*.html")):
        found.update(template_messages(file.read_text(encoding="utf-8")))
    if (room / "vocabulary.py").is_file():
        module = importlib.import_module(f"copartner.{room.name}.vocabulary")
        texts = getattr(module, "document_texts", tuple)
        found.update(Message(text) for text in texts())
    plurals = {message.key for message in found if message.plural is not None}
    return {message for message in found if message.plural is not None or message.key not in plurals}


def read_po(text: str) -> Catalogue:
    """Read a catalogue. Raises ``ValueError`` naming the line that is no catalogue syntax."""
    catalogue: Catalogue = {}
    parts: dict[str, str] = {}
    current = ""

    def finish() -> None:
        if parts.get("msgid"):
            forms = tuple(parts[name] for name in ("msgstr", "msgstr[0]", "msgstr[1]") if name in parts)
            message = Message(parts["msgid"], parts.get("msgctxt", ""), parts.get("msgid_plural"))
            catalogue[message] = forms
        parts.clear()

    for number, line in enumerate([*text.splitlines(), ""], start=1):
        stripped = line.strip()
        if not stripped:
            finish()
        elif stripped.startswith('"'):
            parts[current] += ast.literal_eval(stripped)
        elif not stripped.startswith("#"):
            match = re.fullmatch(r'(msgctxt|msgid|msgid_plural|msgstr|msgstr\[[01]\])\s+(".*")', stripped)
            if match is None:
                raise ValueError(f"line {number}: not an entry of a catalogue: {stripped[:40]}")
            current = match.group(1)
            parts[current] = ast.literal_eval(match.group(2))
    return catalogue


def write_po(catalogue: Mapping[Message, tuple[str, ...]], language: str) -> str:
    """A catalogue as text, sorted by its texts so that equal catalogues are equal bytes."""
    entries = [f'msgid ""\nmsgstr ""\n{_header_lines(language)}']
    for message in sorted(catalogue, key=lambda message: (message.text, message.context)):
        lines = [f"msgctxt {_quoted(message.context)}"] if message.context else []
        lines.append(f"msgid {_quoted(message.text)}")
        forms = catalogue[message]
        if message.plural is None:
            lines.append(f"msgstr {_quoted(forms[0])}")
        else:
            lines.append(f"msgid_plural {_quoted(message.plural)}")
            lines += [f"msgstr[{place}] {_quoted(form)}" for place, form in enumerate(forms)]
        entries.append("\n".join(lines))
    return "\n\n".join(entries) + "\n"


def _header_lines(language: str) -> str:
    return "\n".join(_quoted(line) for line in HEADER.format(language=language).splitlines(keepends=True))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def compile_mo(catalogue: Mapping[Message, tuple[str, ...]], language: str) -> bytes:
    """The binary form ``gettext`` reads; texts without a translation are left out, so they stay English."""
    entries = {"": HEADER.format(language=language)}
    for message, forms in catalogue.items():
        if all(forms):
            key = f"{message.context}\x04{message.text}" if message.context else message.text
            entries[key if message.plural is None else f"{key}\x00{message.plural}"] = "\x00".join(forms)
    pairs = sorted((key.encode(), value.encode()) for key, value in entries.items())
    start = 7 * 4
    texts = start + 16 * len(pairs)
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), start, start + 8 * len(pairs), 0, 0)
    index, body = b"", b""
    for string in (*(key for key, _ in pairs), *(translation for _, translation in pairs)):
        index += struct.pack("<2I", len(string), texts + len(body))
        body += string + b"\0"
    return head + index + body


def merge(catalogue: Mapping[Message, tuple[str, ...]], messages: Iterable[Message]) -> Catalogue:
    """Texts that are wanted now with the translations that were there; what is no longer wanted is dropped."""
    known = {message.key: (message, forms) for message, forms in catalogue.items()}
    merged: Catalogue = {}
    for message in messages:
        before, forms = known.get(message.key, (None, ()))
        count = 1 if message.plural is None else 2
        same = before is not None and before.plural == message.plural and len(forms) == count
        merged[message] = forms if same else ("",) * count
    return merged


def catalogues() -> Iterator[tuple[Path, str, Path]]:
    """(room, language, catalogue file) of the whole package."""
    for file in sorted(rendering.PACKAGE.glob("*/locale/*/LC_MESSAGES/django.po")):
        yield file.parents[3], file.parent.parent.name, file


def main() -> None:
    """Bring every catalogue up to date and say which texts lack a translation."""
    import sys

    for room, language, file in catalogues():
        merged = merge(read_po(file.read_text(encoding="utf-8")), room_messages(room))
        file.write_text(write_po(merged, language), encoding="utf-8")
        file.with_suffix(".mo").write_bytes(compile_mo(merged, language))
        missing = [message for message, forms in merged.items() if not all(forms)]
        sys.stdout.write(f"{room.name}/{language}: {len(merged)} texts, {len(missing)} without translation\n")
        for message in sorted(missing):
            sys.stdout.write(f"  {message.text}\n")


if __name__ == "__main__":
    main()
