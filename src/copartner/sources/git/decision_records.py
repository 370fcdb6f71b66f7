"""Architecture decision records: who decided what, when, and whether it still holds.

Understood are MADR 4 (front matter with ``decision-makers``), MADR 3 (front matter with ``deciders``), MADR 2 (a list
``* Deciders: …`` under the title, https://adr.github.io/madr) and the format of adr-tools (``# 1. Title``,
``Date: 2020-01-31``, a ``## Status`` section, https://github.com/npryce/adr-tools). Templates are no records. A record
says only what it says: without a status or a date these stay unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import yaml

_FOLDERS: Final = frozenset(
    {
        "adr",
        "adrs",
        "madr",
        "decisions",
        "decision-records",
        "decision_records",
        "decision-log",
        "architecture-decisions",
        "architecture_decisions",
        "architecture-decision-records",
        "architecture_decision_records",
    }
)
_EXTENSIONS: Final = frozenset({"md", "markdown", "mdx", "rst", "adoc", "asciidoc", "txt"})
_NO_RECORD: Final = re.compile(r"template|^(?:readme|index|toc|contributing|changelog|about)\b", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"^(?:adr[-_ ]?)?\d{1,8}(?:[-_. ]|$)", re.IGNORECASE)
_FRONT_MATTER: Final = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_FENCE: Final = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_HEADING: Final = re.compile(r"^(?:#{1,6}|={1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_UNDERLINE: Final = re.compile(r"^([=\-~^\"'#*+])\1{2,}[ \t]*$")
_FIELD: Final = re.compile(
    r"^[ \t]*[-*+]?[ \t]*[*_]{0,2}([A-Za-z][A-Za-z -]{2,20}?)[*_]{0,2}[ \t]*:[*_]{0,2}[ \t]*(.*?)[ \t]*$"
)
_NUMBER: Final = re.compile(r"^(?:ADR[-_ #]*)?\d+[ \t]*[.:)–—-]+[ \t]*|^ADR[-_ #]*\d+[ \t]+", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"^\s*[{\[<](?!@)[^(]*[}\]>]\s*$|^\s*NUMBER\. TITLE")
_ISO: Final = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_DOTTED: Final = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_LINK: Final = re.compile(r"\[([^\]]*)\]\(\s*(?:mailto:([^)\s]+)|[^)]*)\)")
_SEPARATOR: Final = re.compile(r"[,;\n]|\s+(?:and|und|&)\s+|\s*<br\s*/?>\s*")
_DECIDERS: Final = ("decision-makers", "decision makers", "decision_makers", "deciders", "decider")
_STATES: Final = {
    "accepted": "accepted",
    "approved": "accepted",
    "adopted": "accepted",
    "decided": "accepted",
    "proposed": "proposed",
    "draft": "proposed",
    "pending": "proposed",
    "open": "proposed",
    "rejected": "rejected",
    "declined": "rejected",
    "deprecated": "deprecated",
    "superseded": "superseded",
    "superceded": "superseded",
    "replaced": "superseded",
}
_LONGEST: Final = 200_000


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One record. `status` is one of accepted, proposed, rejected, deprecated, superseded, other; None when absent."""

    format: str
    title: str
    status: str | None
    decided_on: date | None
    deciders: tuple[str, ...]


def is_record_path(path: str) -> bool:
    """Say whether a file at `path` may be a record: a text in a folder for decisions that is no template or index."""
    *folders, name = path.split("/")
    stem, _, extension = name.rpartition(".")
    if extension.lower() not in _EXTENSIONS or _NO_RECORD.search(stem):
        return False
    return not _FOLDERS.isdisjoint(folder.lower() for folder in folders)


def parse_record(path: str, content: bytes) -> DecisionRecord | None:
    """Read the record at `path`, or return None where the text is none (a template, an index, another document)."""
    text = content[:_LONGEST].decode("utf-8", "replace")
    front, body = _front_matter(text)
    body = _FENCE.sub("", _COMMENT.sub("", body))
    headings, sections, fields = _structure(body)
    stem = path.rpartition("/")[2].rpartition(".")[0]
    title = headings[0] if headings else str(front.get("title") or "")
    if _PLACEHOLDER.match(title):
        return None
    known = {name.lower() for name in headings}
    shaped = bool(known & {"decision", "decision outcome"}) and any(name.startswith("context") for name in known)
    said = "status" in front or "status" in sections or "status" in fields
    if not said and not shaped and not (_NUMBERED.match(stem) and headings):
        return None
    raw_status = front.get("status") or sections.get("status") or fields.get("status") or ""
    deciders = next((front[key] for key in _DECIDERS if front.get(key)), None)
    if deciders is None:
        deciders = next((source[key] for key in _DECIDERS for source in (fields, sections) if source.get(key)), "")
    dated = front.get("date") or fields.get("date") or sections.get("date") or ""
    return DecisionRecord(
        format=_format(front, known, fields, sections, headings),
        title=_NUMBER.sub("", title).strip() or stem,
        status=_status(_flat(raw_status)),
        decided_on=_date(_flat(dated)),
        deciders=_people(_flat(deciders)),
    )


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    try:
        # The base loader makes texts of everything: a date or a yes stays what was written.
        loaded = yaml.load(match.group(1), Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError):
        # MADR's own template leaves unquoted braces behind; the lines are still readable one by one.
        loaded = dict(line.split(":", 1) for line in match.group(1).splitlines() if re.match(r"[A-Za-z-]+:", line))
    fields = loaded if isinstance(loaded, dict) else {}
    return {str(key).strip().lower(): value for key, value in fields.items()}, text[match.end() :]


def _structure(body: str) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """Return the headings in order, the text under each by its lower-case name, and ``Name: value`` lines of the top.

    The top reaches to the second heading: further down such a line is prose.
    """
    headings: list[str] = []
    sections: dict[str, list[str]] = {}
    fields: dict[str, str] = {}
    lines = body.splitlines()
    skip = -1
    last_field = ""
    for i, line in enumerate(lines):
        if i == skip:
            continue
        atx = _HEADING.match(line)
        underlined = (
            i + 1 < len(lines) and line.strip() and _UNDERLINE.match(lines[i + 1]) and not line.startswith(("-", "*"))
        )
        if atx or underlined:
            headings.append((atx.group(1) if atx else line).strip())
            sections.setdefault(headings[-1].rstrip(":").lower(), [])
            skip = -1 if atx else i + 1
            continue
        if headings:
            sections[headings[-1].rstrip(":").lower()].append(line)
        if len(headings) <= 1:
            field = _FIELD.match(line)
            if field:
                last_field = field.group(1).strip().lower()
                fields.setdefault(last_field, field.group(2))
            elif last_field in _DECIDERS and re.match(r"^[ \t]+[-*+][ \t]", line):
                fields[last_field] += "\n" + line
            else:
                last_field = ""
    return headings, {name: "\n".join(text).strip() for name, text in sections.items()}, fields


def _format(
    front: dict[str, Any], known: set[str], fields: dict[str, str], sections: dict[str, str], headings: list[str]
) -> str:
    if any(key in front for key in ("decision-makers", "decision_makers", "decision makers")):
        return "madr4"
    if "deciders" in front:
        return "madr3"
    if front and "context and problem statement" in known:
        return "madr3" if "validation" in known else "madr4"
    if "context and problem statement" in known or "deciders" in fields:
        return "madr2"
    numbered = bool(headings) and re.match(r"^\d+\. ", headings[0]) is not None
    return "adr-tools" if "status" in sections and (numbered or "date" in fields) else "other"


def _flat(value: Any) -> str:
    """One text of a scalar or a list of scalars."""
    if isinstance(value, list):
        return "\n".join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) else ""


def _status(text: str) -> str | None:
    lines = [re.sub(r"^[\s*_`>{\[\"'+-]+", "", line) for line in text.splitlines()]
    lines = [line for line in lines if line]
    if not lines or text.count("|") >= 2:
        return None
    words = [re.split(r"[^a-z]", line.lower(), maxsplit=1)[0] for line in lines]
    # A record that was replaced keeps its old status beside the new one; "supersedes" is said of the newer record.
    for gone in ("superseded", "deprecated"):
        if any(_STATES.get(word) == gone for word in words):
            return gone
    return _STATES.get(words[0], "other")


def _date(text: str) -> date | None:
    for pattern, order in ((_ISO, (1, 2, 3)), (_DOTTED, (3, 2, 1))):
        match = pattern.search(text)
        if match:
            try:
                return date(*(int(match.group(part)) for part in order))
            except ValueError:
                return None
    return None


def _people(text: str) -> tuple[str, ...]:
    if _PLACEHOLDER.match(text):
        return ()
    plain = _LINK.sub(lambda link: f"{link.group(1)} <{link.group(2)}>" if link.group(2) else link.group(1), text)
    found: dict[str, None] = {}
    for part in _SEPARATOR.split(plain):
        name = re.sub(r"^\s*(?:[-*+][ \t]+|\d+\.[ \t]+)?", "", part).strip(" \t\r*_`\"'[]{}")
        if name and not re.fullmatch(r"\W*|n/?a|none|tbd|unknown|\.\.\.|…", name, re.IGNORECASE):
            found[name] = None
    return tuple(found)
