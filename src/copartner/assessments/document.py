"""The frozen document of an assessment: one canonical JSON, its hash, and reading it back.

Canonical means: keys sorted, no insignificant blanks, UTF-8, numbers as Python's shortest ``repr``; so equal results
are equal bytes. The hash covers everything but itself. What differs between two data folders although the evidence is
the same (table versions, times, paths) is *not* part of the document; it stands beside it in ``provenance.json``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from copartner.analysis.measure import MEASURES, MeasureDefinition, MeasureValue, Subject
from copartner.evidence.portfolio import Portfolio
from copartner.findings.finding import Finding

SCHEMA = "copartner/assessment@1"
FILE_NAME = "assessment.json"

Document = dict[str, Any]


class AssessmentError(Exception):
    """An assessment cannot be made, read or reproduced; the message says what to do."""


def plain(value: object) -> Any:
    """Turn dataclasses, enums, dates and tuples into what JSON knows. Raises ``TypeError`` for anything else."""
    if value is None or isinstance(value, bool | int | str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, float):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no place in an assessment document")


def canonical(document: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a document. Raises ``ValueError`` for NaN and infinity, which JSON does not know."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def document_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical bytes of everything but the hash itself."""
    return hashlib.sha256(canonical({key: item for key, item in document.items() if key != "hash"})).hexdigest()


def value_key(measure: str, subject: Subject) -> str:
    """How a value is named everywhere: ``measure@subject``, e.g. ``kappa_int@system=payments``."""
    return f"{measure}@{subject.key}"


def compose(
    portfolio: Portfolio,
    as_of: date,
    *,
    values: Iterable[MeasureValue],
    findings: Iterable[Finding],
    exits: Iterable[Mapping[str, Any]],
    heads: Mapping[str, str],
    evidence: Mapping[str, str],
    repositories: Mapping[str, Mapping[str, Any]],
    excluded: Mapping[str, int],
    attribution: Mapping[str, float],
    rules: Mapping[str, int],
    file_filter: str,
    over_time: Iterable[tuple[date, Mapping[str, int]]],
) -> Document:
    """Put the parts of an assessment into one document and hash it."""
    value_rows = [
        {
            **plain(value),
            "key": value_key(value.measure, value.subject),
            # Keys are sorted when written, but a formula is read from left to right.
            "inputs_in_order": list(value.inputs),
        }
        for value in values
    ]
    finding_rows = []
    for finding in findings:
        row = plain(finding)
        row["id"] = f"{finding.rule}@{finding.subject.key}"
        finding_rows.append(row)
    used = sorted({(value["measure"], value["version"]) for value in value_rows})
    definitions = [MEASURES.get(measure, version) for measure, version in used]
    document: Document = {
        "schema": SCHEMA,
        "as_of": as_of.isoformat(),
        "portfolio": _portfolio(portfolio),
        "pins": {
            "heads": dict(heads),
            "evidence": dict(evidence),
            "definitions": {item.id: {"version": item.version, "digest": item.digest} for item in definitions},
            "rules": dict(rules),
            "settings": {**plain(portfolio.settings), "file_filter_version": file_filter},
        },
        "filter": {"excluded": dict(excluded), "repositories": plain(repositories)},
        "attribution": dict(attribution),
        "values": sorted(value_rows, key=lambda row: row["key"]),
        "findings": sorted(finding_rows, key=_urgency),
        "exits": plain(exits),
        "ownership_over_time": [{"day": day.isoformat(), "lines": dict(lines)} for day, lines in over_time],
        "definitions": [_definition(item) for item in definitions],
    }
    document["hash"] = document_hash(document)
    return document


def _urgency(finding: Mapping[str, Any]) -> tuple[int, int, int, str]:
    """What fires first, the urgent before the rest; certain before uncertain; then by name so that order is stable."""
    states = {"fires": 0, "unknown": 1, "clear": 2}
    severities = {"act_now": 0, "watch": 1, None: 2}
    confidences = {"high": 0, "medium": 1, "low": 2}
    return (
        states[finding["state"]],
        severities[finding["severity"]],
        confidences[finding["confidence"]],
        finding["id"],
    )


def _definition(definition: MeasureDefinition) -> dict[str, Any]:
    return {**plain(definition), "digest": definition.digest}


def _portfolio(portfolio: Portfolio) -> dict[str, Any]:
    """What the report needs of the portfolio. People appear only as named owners, as the design guide allows."""
    names = {person.id: person.name or person.id for person in portfolio.people}
    return {
        "sha256": portfolio.sha256,
        "note": portfolio.note,
        "company": {"id": portfolio.company.id, "name": portfolio.company.name},
        "partners": [
            {
                "id": partner.id,
                "name": partner.name,
                "kind": partner.kind.value,
                "tier": partner.tier.value if partner.tier else None,
                "owner": names.get(partner.owner) if partner.owner else None,
                "note": partner.note,
            }
            for partner in portfolio.partners
        ],
        "organisations": [{"id": item.id, "name": item.name} for item in portfolio.organisations],
        "systems": [
            {
                "id": system.id,
                "name": system.name,
                "criticality": system.criticality.value,
                "internal_owner": names.get(system.internal_owner) if system.internal_owner else None,
                "repositories": [scope.repository for scope in system.repositories],
                "components": [{"id": item.id, "name": item.name} for item in system.components],
            }
            for system in portfolio.systems
        ],
        "engagements": plain(portfolio.engagements),
        "contracts": plain(portfolio.contracts),
    }


def read(path: Path) -> Document:
    """Read a frozen document from its file or folder and check its hash.

    Raises ``AssessmentError`` where it is missing, not an assessment, of an unknown schema, or changed after freezing.
    """
    file = path / FILE_NAME if path.is_dir() else path
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise AssessmentError(
            f"{path}: no assessment here ({error.strerror}). Name the folder or file that assess wrote."
        ) from error
    try:
        document = json.loads(raw)
    except ValueError as error:
        raise AssessmentError(f"{file}: not an assessment: {error}. Restore the file or assess again.") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise AssessmentError(f"{file}: not an assessment of schema {SCHEMA}. Assess again with this version.")
    if document.get("hash") != document_hash(document):
        raise AssessmentError(
            f"{file}: the content does not match its hash, so it was changed after freezing. Restore it from a copy."
        )
    for value in document["values"]:
        value["inputs"] = {name: value["inputs"][name] for name in value["inputs_in_order"]}
    return document


def write(document: Document, folder: Path) -> Path:
    """Write the document as ``folder/assessment.json``, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / FILE_NAME
    partial = folder / f".{FILE_NAME}.partial"
    partial.write_bytes(canonical(document) + b"\n")
    partial.replace(target)
    return target
