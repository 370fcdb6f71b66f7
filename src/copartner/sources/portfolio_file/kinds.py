"""Kinds of values a portfolio field may hold: how each is read, refused with a remedy, and published in the schema.

A kind's ``read`` returns ``None`` after reporting a problem, and only then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol

from copartner.evidence.portfolio import Duration, DurationUnit
from copartner.sources.portfolio_file.errors import Path, nearest
from copartner.sources.portfolio_file.yaml_document import Node, Report, Scalar, Sequence

Schema = dict[str, Any]
Checked = tuple[str, str] | None
"""Message and remedy, or nothing to complain about."""

# What YAML 1.1 or 1.2 readers turn into something else than text when it is not quoted.
_BOOLEAN: Final = re.compile(r"(y|yes|n|no|true|false|on|off)", re.IGNORECASE)
_NULL: Final = re.compile(r"(~|null)?", re.IGNORECASE)
_NUMBER: Final = re.compile(
    r"[-+]?(\d[\d_]*(\.[\d_]*)?([eE][-+]?\d+)?|\.\d[\d_]*([eE][-+]?\d+)?|0x[0-9a-f_]+|0o?[0-7_]+|0b[01_]+|\.inf)|\.nan",
    re.IGNORECASE,
)
_INTEGER: Final = re.compile(r"-?\d{1,15}")
_DECIMAL: Final = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_ISO_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


class Kind(Protocol):
    def read(self, node: Node, path: Path, report: Report) -> Any: ...

    def schema(self) -> Schema: ...


def is_empty(node: Node) -> bool:
    """A key without a value (``owner:`` or ``owner: null``)."""
    return isinstance(node, Scalar) and node.plain and _NULL.fullmatch(node.text) is not None


def needs_quotes(text: str) -> bool:
    """Whether YAML reads ``text`` as something else than text unless it is quoted."""
    return any(pattern.fullmatch(text) for pattern in (_BOOLEAN, _NULL, _NUMBER))


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _scalar(node: Node, path: Path, report: Report, expected: str) -> Scalar | None:
    if not isinstance(node, Scalar):
        is_list = isinstance(node, Sequence)
        remedy = f"Write {expected}{' without brackets or dash' if is_list else ''}."
        report.add(path, f"is a {'list' if is_list else 'mapping'} where {expected} belongs", remedy, at=node)
        return None
    if is_empty(node):
        report.add(path, "is empty", f"Write {expected}, or remove the key.", at=node, key=True)
        return None
    return node


def _quoted_text(node: Node, path: Path, report: Report, expected: str) -> str | None:
    scalar = _scalar(node, path, report, expected)
    if scalar is None:
        return None
    if scalar.plain and (_BOOLEAN.fullmatch(scalar.text) or _NUMBER.fullmatch(scalar.text)):
        other = "a number" if _NUMBER.fullmatch(scalar.text) else "yes or no (true or false)"
        report.add(
            path,
            f"{scalar.text} without quotes is {other} to YAML, not text",
            f"Write {quoted(scalar.text)}.",
            at=node,
        )
        return None
    return scalar.text.strip()


@dataclass(frozen=True)
class Text:
    """Text, optionally lower-cased and checked; ``expected`` names it in messages."""

    expected: str = "text"
    check: Callable[[str], Checked] | None = None
    pattern: str | None = None
    lower: bool = False

    def read(self, node: Node, path: Path, report: Report) -> str | None:
        text = _quoted_text(node, path, report, self.expected)
        if text is None:
            return None
        if not text:
            report.add(path, "is empty", f"Write {self.expected}, or remove the key.", at=node)
            return None
        # The check sees what was written, so that a remedy can show it.
        found = self.check(text) if self.check else None
        if found is not None:
            report.add(path, *found, at=node)
            return None
        return text.lower() if self.lower else text

    def schema(self) -> Schema:
        return (
            {"type": "string", "minLength": 1} if self.pattern is None else {"type": "string", "pattern": self.pattern}
        )


@dataclass(frozen=True)
class Constant:
    """One fixed word, e.g. the format's version."""

    value: str

    def read(self, node: Node, path: Path, report: Report) -> str | None:
        if isinstance(node, Scalar) and node.text == self.value:
            return self.value
        given = quoted(node.text) if isinstance(node, Scalar) else "no text"
        report.add(path, f"is {given}, which this version does not read", f"Write {self.value}.", at=node)
        return None

    def schema(self) -> Schema:
        return {"const": self.value}


@dataclass(frozen=True)
class Choice:
    """One of the words of an enumeration."""

    options: type[StrEnum]

    def read(self, node: Node, path: Path, report: Report) -> StrEnum | None:
        words = [option.value for option in self.options]
        scalar = _scalar(node, path, report, f"one of {', '.join(words)}")
        if scalar is None:
            return None
        if scalar.text in words:
            return self.options(scalar.text)
        near = nearest(scalar.text.replace(" ", "_").replace("-", "_"), words)
        remedy = f'Did you mean "{near}"?' if near else f"Write one of: {', '.join(words)}."
        report.add(path, f"{quoted(scalar.text)} is none of the {len(words)} words known here", remedy, at=node)
        return None

    def schema(self) -> Schema:
        return {"enum": [option.value for option in self.options]}


@dataclass(frozen=True)
class Day:
    """A calendar day, ``2024-02-29``, quoted or not."""

    def read(self, node: Node, path: Path, report: Report) -> date | None:
        scalar = _scalar(node, path, report, "a date as 2024-12-31")
        if scalar is None:
            return None
        parts = _ISO_DATE.fullmatch(scalar.text.strip())
        if parts is None:
            report.add(path, f"{quoted(scalar.text)} is no date", self._remedy(scalar.text), at=node)
            return None
        year, month, day = (int(part) for part in parts.groups())
        try:
            found = date(year, month, day)
        except ValueError:
            report.add(
                path,
                f"{scalar.text.strip()} is a day that does not exist",
                "Write a day of the calendar, as 2024-12-31.",
                at=node,
            )
            return None
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            report.add(
                path,
                f"the year {parts[1]} is outside {_FIRST_YEAR} to {_LAST_YEAR}",
                "Correct the year; leave an open end out.",
                at=node,
            )
            return None
        return found

    @staticmethod
    def _remedy(text: str) -> str:
        iso = _ISO_DATE.match(text.strip())
        if iso is not None:
            return f"Write the day without a time: {iso[0]}."
        european = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text.strip())
        if european is not None:
            return f"Write year, month, day: {european[3]}-{int(european[2]):02}-{int(european[1]):02}."
        return "Write year, month, day as 2024-12-31."

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "format": "date"}


@dataclass(frozen=True)
class Number:
    """A number in ``[low, high]``; ``whole`` forbids decimals."""

    low: float
    high: float
    whole: bool = False
    expected: str = "a number"

    def read(self, node: Node, path: Path, report: Report) -> float | int | None:
        scalar = _scalar(node, path, report, self.expected)
        if scalar is None:
            return None
        pattern = _INTEGER if self.whole else _DECIMAL
        if not pattern.fullmatch(scalar.text):
            report.add(path, f"{quoted(scalar.text)} is not {self.expected}", self._remedy(scalar.text), at=node)
            return None
        if not scalar.plain:
            report.add(path, "is text because of the quotes", f"Write {scalar.text} without quotes.", at=node)
            return None
        value = int(scalar.text) if self.whole else float(scalar.text)
        if not self.low <= value <= self.high:
            report.add(
                path,
                f"{scalar.text} is out of range",
                f"Write {self.expected} from {self.low:g} to {self.high:g}.",
                at=node,
            )
            return None
        return value

    def _remedy(self, text: str) -> str:
        with_point = text.strip().replace(",", ".")
        if not self.whole and with_point != text and _DECIMAL.fullmatch(with_point):
            return f"Write {with_point}, with a decimal point."
        return f"Write {self.expected} from {self.low:g} to {self.high:g}."

    def schema(self) -> Schema:
        return {"type": "integer" if self.whole else "number", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class DurationText:
    """A length of time as contracts state it: ``3 months``, ``10 business days``."""

    _UNITS: ClassVar = {
        "day": DurationUnit.DAYS,
        "business day": DurationUnit.BUSINESS_DAYS,
        "week": DurationUnit.WEEKS,
        "month": DurationUnit.MONTHS,
        "quarter": DurationUnit.QUARTERS,
        "year": DurationUnit.YEARS,
    }

    def read(self, node: Node, path: Path, report: Report) -> Duration | None:
        scalar = _scalar(node, path, report, "a duration as 3 months")
        if scalar is None:
            return None
        text = re.sub(r"[\s_]+", " ", scalar.text.strip().lower())
        parts = re.fullmatch(r"(\d{1,4}) ((?:business )?[a-z]+?)s?", text)
        if parts is not None and parts[2] in self._UNITS and int(parts[1]) > 0:
            return Duration(int(parts[1]), self._UNITS[parts[2]])
        report.add(path, f"{quoted(scalar.text)} is no duration", self._remedy(text), at=node)
        return None

    def _remedy(self, text: str) -> str:
        if re.fullmatch(r"0+ [a-z ]+", text):
            return "Leave it out if there is none."
        if text.isdigit():
            return f'Add the unit, e.g. "{text} days" or "{text} months".'
        working = re.fullmatch(r"(\d+) (?:working|work|bank) ?days?", text)
        if working is not None:
            return f'Write "{working[1]} business days".'
        iso = re.fullmatch(r"p(\d+)([dwmy])", text)
        if iso is not None:
            unit = {"d": "days", "w": "weeks", "m": "months", "y": "years"}[iso[2]]
            return f'Write "{iso[1]} {unit}".'
        parts = re.fullmatch(r"(\d+) ?([a-z ]+)", text)
        near = nearest(parts[2], [unit + "s" for unit in self._UNITS]) if parts is not None else None
        if parts is not None and near is not None:
            return f'Did you mean "{parts[1]} {near}"?'
        return "Write a number and days, business days, weeks, months, quarters or years."

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^[1-9]\d{0,3} (business )?(day|week|month|quarter|year)s?$"}


@dataclass(frozen=True)
class ListOf:
    """A list; an unreadable entry stays in place as ``None`` so that positions in messages are those of the file."""

    entry: Kind
    example: str
    at_least: int = 0
    what: str = "entry"

    def read(self, node: Node, path: Path, report: Report) -> list[Any] | None:
        if is_empty(node):
            items: list[Node] = []
        elif isinstance(node, Sequence):
            items = node.items
        else:
            report.add(path, "is no list", f"Write {self.example}.", at=node)
            return None
        if len(items) < self.at_least:
            report.add(path, "is an empty list", f"Write at least one {self.what}: {self.example}.", at=node)
            return None
        return [self.entry.read(item, (*path, position), report) for position, item in enumerate(items)]

    def schema(self) -> Schema:
        if self.at_least:
            return {"type": "array", "items": self.entry.schema(), "minItems": self.at_least}
        return {"type": ["array", "null"], "items": self.entry.schema()}


@dataclass(frozen=True)
class Named:
    """A mapping from words of the user's choice to values of one kind."""

    entry: Kind
    example: str

    def read(self, node: Node, path: Path, report: Report) -> Mapping[str, Any] | None:
        if is_empty(node):
            return {}
        if isinstance(node, (Scalar, Sequence)):
            report.add(path, "is no mapping", f"Write {self.example}.", at=node)
            return None
        read = {key: self.entry.read(value, (*path, key), report) for key, (_, value) in node.entries.items()}
        return {key: value for key, value in read.items() if value is not None}

    def schema(self) -> Schema:
        return {"type": ["object", "null"], "additionalProperties": self.entry.schema()}


@dataclass(frozen=True)
class Field:
    """A key of a mapping: what it holds, what it is for, whether it must be there."""

    key: str
    kind: Kind
    doc: str
    required: bool = False


@dataclass(frozen=True)
class Shape:
    """A mapping with known keys. ``short`` is the key a lone scalar stands for (``payments-api`` for a whole entry)."""

    name: str
    doc: str
    fields: tuple[Field, ...]
    short: str | None = None
    known: Mapping[str, Field] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", {field.key: field for field in self.fields})

    def read(self, node: Node, path: Path, report: Report) -> dict[str, Any] | None:
        if self.short is not None and isinstance(node, Scalar):
            value = self.known[self.short].kind.read(node, path, report)
            return None if value is None else {self.short: value}
        if isinstance(node, (Scalar, Sequence)):
            wrong = "is a list" if isinstance(node, Sequence) else "is empty" if is_empty(node) else "is a single value"
            keys = ", ".join(f"{field.key}: …" for field in self.fields if field.required) or f"{self.fields[0].key}: …"
            report.add(path, f"{wrong} instead of {self.doc}", f"Write {{{keys}}}.", at=node)
            return None
        values: dict[str, Any] = {}
        for key, value in node.entries.values():
            known = self.known.get(key.text)
            if known is not None:
                read = known.kind.read(value, (*path, key.text), report)
                if read is not None:
                    values[key.text] = read
                continue
            near = nearest(key.text, [candidate for candidate in self.known if candidate not in node.entries])
            if near:
                report.misspelt.add((*path, near))
            if key.text == "<<":
                remedy = "Write the keys out: merging mappings (<<) is not supported."
            else:
                remedy = f'Did you mean "{near}"?' if near else f"Known here: {', '.join(self.known)}."
            report.add((*path, key.text), "is not a known key", remedy, at=key)
        for wanted in self.fields:
            if wanted.required and not report.has((*path, wanted.key)):
                report.add(
                    path,
                    f'has no "{wanted.key}"',
                    f"Add {wanted.key}: {wanted.doc[0].lower()}{wanted.doc[1:]}.",
                    at=node,
                )
        return values

    def schema(self) -> Schema:
        reference: Schema = {"$ref": f"#/definitions/{self.name}"}
        if self.short is None:
            return reference
        return {"anyOf": [self.known[self.short].kind.schema(), reference]}
