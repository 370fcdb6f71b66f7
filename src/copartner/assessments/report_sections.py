"""The sections of a report: what each shows, as data for its template. Every measured number is an evidence link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from copartner.assessments import messages, sentences
from copartner.assessments.reading import ANTI_PATTERNS, Reading, Row, ownership_shares, worst
from copartner.assessments.report_evidence import (
    Evidence,
    finding_status,
    limit_bar,
    ownership_bar,
    unknown,
)
from copartner.assessments.report_exit import URGENT_DAYS, exit_panel
from copartner.assessments.vocabulary import button, confidence, measure_title, vocabulary, word
from copartner.design import charts, numbers

DECISIONS_SHOWN = 8
KEY_FIGURES = (
    "kappa_int",
    "abandoned",
    "owner_active",
    "doc_freshness",
    "adr_internal",
    "surviving_line_share",
    "ktf",
    "truck_factor",
)
"""Candidates for the strip of four, in order: the first four the assessment has a portfolio value for, known first."""

DOCUMENTATION = ("doc_freshness", "doc_cochange", "doc_dangling", "adr_internal")
REMEDY_PLACES = {
    "black_box": "exit",
    "lock_in_knowledge": "exit",
    "notice_closing": "exit",
    "knowledge_single_point": "systems",
    "ownership_outsourced": "systems",
    "owner_missing": "systems",
    "abandoned_code": "systems",
    "no_decision_records": "documentation",
    "documentation_stale": "documentation",
    "coverage_low": "coverage",
}
"""Where the button of a finding leads: the section in which its remedy is worked on."""


def decisions(reading: Reading, evidence: Evidence) -> dict[str, Any]:
    """Findings that fire, the most urgent first."""
    rows = [_decision(reading, evidence, finding) for finding in reading.firing]
    return {
        "first": rows[:DECISIONS_SHOWN],
        "rest": rows[DECISIONS_SHOWN:],
        "total": len(rows),
        "undecided": [
            {
                "link": evidence.finding(finding, sentences.finding_title(reading, finding)),
                "rule": word(finding["rule"]),
                "subject": sentences.subject_name(reading, finding["subject"]),
                "reasons": messages.reasons(reading, finding),
            }
            for finding in reading.undecided
        ],
        "clear": len(reading.clear),
    }


def _decision(reading: Reading, evidence: Evidence, finding: Row) -> dict[str, Any]:
    partner = finding["subject"]["partner"]
    day = reading.decision_day(partner)
    limit = reading.limit_of(finding)
    status = finding_status(finding)
    place = REMEDY_PLACES.get(finding["rule"])
    target = {
        "exit": f"exit-{partner}" if partner in reading.exits else None,
        "systems": "systems",
        "documentation": "documentation",
        "coverage": "coverage",
    }.get(place or "")
    measured = [value for value in map(reading.values.get, finding["measures"]) if value is not None]
    total = finding["rows"]["total"]
    return {
        "status": status,
        "status_word": gettext("Act now") if status == "act" else gettext("Watch"),
        "title": sentences.finding_title(reading, finding),
        "anchor": evidence.anchor("f", finding["id"]),
        "rule": word(finding["rule"]),
        "confidence": confidence(finding["confidence"]),
        "measured": [
            (measure_title(reading.definitions, value["measure"]), evidence.number(value)) for value in measured
        ],
        "rows": evidence.finding(
            finding, ngettext("%(number)s row", "%(number)s rows", total) % {"number": numbers.count(total)}
        )
        if total
        else None,
        "bar": None if limit is None else limit_bar(reading, *limit, over=status == "act"),
        "parts": [
            evidence.finding(
                part, reading.component_name(part["subject"]["system"], part["subject"]["component"] or "")
            )
            for part in reading.covered(finding)
        ],
        "day": evidence.exit(partner, numbers.day(day)) if day and partner else None,
        "button": button(finding["rule"]),
        "target": target or evidence.anchor("f", finding["id"]),
        "primary": False,
    }


def key_figures(reading: Reading, evidence: Evidence) -> list[dict[str, Any]]:
    """Four portfolio values with what they rest on; a measure that is unknown gives way to one that is known."""
    present = [value for value in (reading.value(measure) for measure in KEY_FIGURES) if value is not None]
    chosen = sorted(present, key=lambda value: value["value"] is None)[:4]
    chosen.sort(key=lambda value: KEY_FIGURES.index(value["measure"]))
    return [
        {
            "title": measure_title(reading.definitions, value["measure"]),
            "question": vocabulary(reading.definitions[value["measure"]]["question"]),
            "number": evidence.number(value),
            "strip": evidence.strip(value, reading.unit(value["measure"])),
            "interval": _between(reading, value),
            "limit": _limit(reading, value),
            "coverage": None if value["coverage"] is None else numbers.percent(value["coverage"]),
            "reason": vocabulary(value["reason"]) if value["reason"] else "",
        }
        for value in chosen
    ]


def _between(reading: Reading, value: Row) -> str:
    if not value["interval"]:
        return ""
    return numbers.interval(value["interval"][0], value["interval"][1], reading.unit(value["measure"]))


def _limit(reading: Reading, value: Row) -> str:
    limit = reading.limit_of_measure(value["measure"])
    return "" if limit is None else numbers.quantity(limit, reading.unit(value["measure"]))


def partners(reading: Reading, evidence: Evidence) -> list[dict[str, Any]]:
    """One row per partner, the urgent first, then by how much is known only to them."""
    rows = []
    for partner in reading.partners:
        name = partner["id"]
        about = reading.about(partner=name)
        only = reading.value("only_partner", partner=name)
        exit_row = reading.exits.get(name)
        rows.append(
            {
                "id": name,
                "name": partner["name"],
                "kind": word(partner["kind"]),
                "tier": word(partner["tier"]) if partner["tier"] else "",
                "owner": partner["owner"],
                "has_exit": exit_row is not None,
                "bar": ownership_bar(only),
                "only": evidence.number(only),
                "held": evidence.number(reading.value("knowledge_share", partner=name)),
                "lock_in": evidence.number(reading.value("knowledge_lock_in", partner=name)),
                "glyphs": [_anti_pattern(evidence, about, pattern) for pattern in ANTI_PATTERNS],
                "day": _decision_day(evidence, exit_row),
                "status": worst(about),
                "status_word": _status_word(about),
                "_order": (
                    ("act", "watch", "none", "ok").index(worst(about)),
                    -(only["value"] if only is not None and only["value"] is not None else 0.0),
                    partner["name"],
                ),
            }
        )
    return sorted(rows, key=lambda row: row["_order"])


def _anti_pattern(evidence: Evidence, about: Iterable[Row], pattern: str) -> dict[str, Any]:
    order = {"act": 0, "watch": 1, "none": 2, "ok": 3}
    found = sorted(
        (finding for finding in about if finding["anti_pattern"] == pattern),
        key=lambda finding: order[finding_status(finding)],
    )
    status = finding_status(found[0]) if found else "none"
    label = gettext("%(pattern)s: %(level)s") % {"pattern": word(pattern), "level": sentences.level(status)}
    return {
        "glyph": {"act": "confirmed", "watch": "early", "ok": "clear", "none": "unknown"}[status],
        "label": label,
        "anchor": evidence.anchor("f", found[0]["id"]) if found else None,
    }


def _decision_day(evidence: Evidence, row: Row | None) -> SafeString:
    if row is None:
        return unknown()
    if not row.get("decision_date"):
        return evidence.exit(row["partner"], gettext("no date known"))
    left = row.get("days_to_decision")
    return evidence.exit(
        row["partner"], numbers.day(row["decision_date"]), over=left is not None and left <= URGENT_DAYS
    )


def _status_word(about: list[Row]) -> str:
    """The word of a status; where nothing fires but rules are undecided it says how many."""
    if worst(about) != "none":
        return ""
    count = sum(finding["state"] == "unknown" for finding in about)
    if not count:
        return gettext("Not judged")
    return ngettext("%(number)s rule undecided", "%(number)s rules undecided", count) % {"number": numbers.count(count)}


def systems(reading: Reading, evidence: Evidence) -> list[dict[str, Any]]:
    """One row per system, the most exposed first."""
    rows = []
    for system in reading.systems:
        name = system["id"]
        about = reading.about(system=name)
        whole = reading.value("only_partner", system=name)
        shares = ownership_shares(whole)
        people = reading.value("people_active", system=name)
        rows.append(
            {
                "id": name,
                "name": system["name"],
                "criticality": word(system["criticality"]),
                "owner": system["internal_owner"],
                "owner_idle": _idle_owner(evidence, reading.value("owner_active", system=name)),
                "shares": [numbers.percent(share) for share in shares],
                "bar": ownership_bar(whole, name=system["name"], tall=True),
                "only": evidence.number(whole),
                "ours": evidence.number(reading.value("kappa_int", system=name)),
                "people": _our_people(reading, evidence, people),
                "abandoned": evidence.number(reading.value("abandoned", system=name)),
                "status": worst(about),
                "status_word": _status_word(about),
                "_order": (
                    -{"high": 3, "medium": 2, "low": 1}.get(system["criticality"], 0)
                    * (whole["value"] if whole is not None and whole["value"] is not None else 0.0),
                    system["name"],
                ),
            }
        )
    return sorted(rows, key=lambda row: row["_order"])


def _our_people(reading: Reading, evidence: Evidence, value: Row | None) -> SafeString:
    if value is None:
        return unknown()
    inputs = value["inputs"]
    ours = inputs.get("people_internal", inputs.get(reading.portfolio["company"]["id"]))
    return evidence.number(value, None if ours is None or value["value"] is None else numbers.count(ours))


def _idle_owner(evidence: Evidence, value: Row | None) -> SafeString | None:
    """The evidence that a named owner is not ours or not active; nothing where the owner is, or nobody is named."""
    if value is None or value["value"] is None or value["value"] > 0:
        return None
    return evidence.number(value, gettext("not active"))


def documentation(reading: Reading, evidence: Evidence) -> dict[str, Any]:
    """Documents and decisions per system; only the measures the assessment has."""
    measures = [
        measure
        for measure in DOCUMENTATION
        if any(reading.value(measure, system=system["id"]) is not None for system in reading.systems)
    ]
    return {
        "columns": [measure_title(reading.definitions, measure) for measure in measures],
        "rows": [
            {
                "name": system["name"],
                "numbers": [
                    (
                        measure_title(reading.definitions, measure),
                        evidence.number(reading.value(measure, system=system["id"])),
                    )
                    for measure in measures
                ],
            }
            for system in reading.systems
        ],
    }


def exits(reading: Reading, evidence: Evidence) -> list[dict[str, Any]]:
    """One panel per partner: what would be left without a knower, by when to decide, what to hand over first."""
    order = {row["id"]: place for place, row in enumerate(partners(reading, evidence))}
    rows = sorted(reading.exits.values(), key=lambda row: order.get(row["partner"], len(order)))
    return [exit_panel(reading, evidence, row, place) for place, row in enumerate(rows)]


def coverage(reading: Reading, evidence: Evidence) -> dict[str, Any]:
    """How much of the work is attributed, by which class of evidence, and which files were left out."""
    known = [(name, share) for name, share in reading.document["attribution"].items() if name != "unknown"]
    known.sort(key=lambda item: -item[1])
    segments = [charts.Segment(f"grade-{min(place, 3) + 1}", share) for place, (_, share) in enumerate(known)]
    missing = reading.document["attribution"].get("unknown", 0.0)
    segments.append(charts.Segment("unknown", missing))
    shown = [*known, ("unknown", missing)]
    label = ", ".join(f"{word(name)} {numbers.percent(share)}" for name, share in shown)
    total = sum(share for _, share in shown)
    excluded = Counter(reading.document["filter"]["excluded"])
    return {
        "bar": charts.stacked_bar(segments, label, tall=True) if 0.5 < total <= 1.005 else charts.no_data_bar(label),
        "classes": [
            (segment.kind, word(name), numbers.percent(share))
            for segment, (name, share) in zip(segments, shown, strict=True)
        ],
        "value": evidence.number(value) if (value := reading.value("attribution_coverage")) is not None else None,
        "excluded": [(word(rule), numbers.count(count)) for rule, count in excluded.most_common()],
        "excluded_total": numbers.count(sum(excluded.values())),
        "files": numbers.count(reading.document["filter"].get("files")),
        "settings": [
            (word(name), numbers.plain(item))
            for name, item in reading.document["pins"]["settings"].items()
            if not isinstance(item, dict)
        ],
    }


def sources(reading: Reading) -> dict[str, Any]:
    """Repositories read and those that could not be."""
    heads = reading.document["pins"]["heads"]
    rows = [
        {
            "id": name,
            "files": numbers.count(row.get("files")),
            "commits": numbers.count(row.get("commits")),
            "head": heads.get(name, ""),
            "unreadable": vocabulary(row.get("unreadable") or ""),
        }
        for name, row in reading.document["filter"]["repositories"].items()
    ]
    return {
        "rows": sorted(rows, key=lambda row: (not row["unreadable"], row["id"])),
        "readable": sum(not row["unreadable"] for row in rows),
        "total": len(rows),
    }


def definitions(reading: Reading, evidence: Evidence) -> list[dict[str, Any]]:
    """Every measure's definition with the values it has, components left to the explain command."""
    rows = []
    for measure, definition in sorted(reading.definitions.items()):
        values = [value for value in reading.values.values() if value["measure"] == measure]
        shown = [value for value in values if not value["subject"]["component"]]
        rows.append(
            {
                **definition,
                "title": vocabulary(definition["title"]),
                "question": vocabulary(definition["question"]),
                "caveats": [vocabulary(caveat) for caveat in definition["caveats"]],
                "parameters": [(word(name), numbers.plain(item)) for name, item in definition["parameters"].items()],
                "basis": word(definition["basis"]),
                "values": [
                    (sentences.subject_name(reading, value["subject"]), evidence.number(value)) for value in shown
                ],
                "components": len(values) - len(shown),
                "unknowns": sum(value["value"] is None for value in values),
                "total": len(values),
            }
        )
    return rows
