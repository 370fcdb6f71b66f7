"""A frozen document to render: invented company, systems known only to one partner, unknown values, umlauts.

``sample_document(partners, systems)`` grows it to any size; the first five partners and six systems carry the planted
story, the rest are filler that is within every limit.

Longer than 500 lines because it is one document, written out so that a test's expectation can be looked up in it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

PARTNERS = (
    ("nordhang", "Nordhang Digital", "agency", "strategic", "Mara Wendt"),
    ("quendel", "Quendel Labs", "software_house", "preferred", "Jonas Breit"),
    ("tarnfels", "Tarnfels Cloud", "cloud_provider", "strategic", None),
    ("fennek", "Fennek Mobile", "agency", "tactical", None),
    ("brueckau", "Brückau Data", "consultancy", None, "Ida Kröll"),
)
SYSTEMS = (
    ("payments", "Payments", "high", None, "nordhang", (0.12, 0.10, 0.71, 0.07)),
    ("refunds", "Refunds", "high", "Mara Wendt", "nordhang", (0.06, 0.07, 0.76, 0.11)),
    ("order-core", "Bestellkern (Größe ändern)", "medium", None, "quendel", (0.36, 0.26, 0.30, 0.08)),
    ("infra", "Infrastructure", "medium", "Jonas Breit", "tarnfels", (0.80, 0.12, 0.08, 0.0)),
    ("mobile-app", "Mobile app", "low", "Ida Kröll", "fennek", (0.30, 0.12, 0.10, 0.48)),
    ("reporting", "Reporting", "medium", "Ida Kröll", "brueckau", (0.44, 0.42, 0.14, 0.0)),
)
HOSTILE = '<script>alert("x")</script>'

_DEFINITIONS: tuple[dict[str, Any], ...] = (
    {
        "id": "kappa_int",
        "title": "Known to us",
        "question": "How much of the recent knowledge of the code do our own people hold?",
        "unit": "share",
        "direction": "higher_is_better",
        "formula": "sum of v_f * kappa_int(f) / sum of v_f",
        "source": "Degree of knowledge, after Fritz et al. 2010",
    },
    {
        "id": "only_partner",
        "title": "Known only to the partner",
        "question": "Which share of the code would lose its last active knower if the partner left?",
        "unit": "share",
        "direction": "lower_is_better",
        "formula": "sum of v_f over files known only to the partner / sum of v_f",
        "source": "copartner",
    },
    {
        "id": "abandoned",
        "title": "Abandoned code",
        "question": "Which share of the files has no active author?",
        "unit": "share",
        "direction": "lower_is_better",
        "formula": "files without an active author / files",
        "source": "Rigby et al. 2016",
    },
    {
        "id": "truck_factor",
        "title": "Truck factor",
        "question": "How many people must leave until half of the files have no author?",
        "unit": "count",
        "direction": "higher_is_better",
        "formula": "greedy removal, Avelino et al. 2016",
        "source": "Avelino et al. 2016, arXiv 1604.06766",
    },
    {
        "id": "knowledge_lock_in",
        "title": "Lock-in, knowledge component",
        "question": "How much of the systems' knowledge is outside the company?",
        "unit": "share",
        "direction": "lower_is_better",
        "formula": "1 - kappa_int, weighted",
        "source": "copartner",
    },
    {
        "id": "knowledge_share",
        "title": "Share of knowledge",
        "question": "Which share of the recent knowledge does an organisation hold?",
        "unit": "share",
        "direction": "neutral",
        "formula": "mass(c)",
        "source": "copartner",
    },
    {
        "id": "owner_active",
        "title": "Systems with an active internal owner",
        "question": "Has each system a named owner who is ours and active?",
        "unit": "share",
        "direction": "higher_is_better",
        "formula": "systems with an active internal owner / systems",
        "source": "copartner",
    },
    {
        "id": "doc_freshness",
        "title": "Fresh documentation",
        "question": "Does documentation keep up with the code it describes?",
        "unit": "share",
        "direction": "higher_is_better",
        "formula": "fresh documents / documents",
        "source": "copartner",
    },
    {
        "id": "adr_internal",
        "title": "Decisions with us",
        "question": "Who decided the architecture?",
        "unit": "share",
        "direction": "higher_is_better",
        "formula": "accepted records with an internal decider / accepted records",
        "source": "MADR",
    },
    {
        "id": "half_life_probe",
        "title": "A measure this report has never heard of",
        "question": "Is an unknown id rendered all the same?",
        "unit": "days",
        "direction": "neutral",
        "formula": "last change - first change",
        "source": "copartner",
    },
)


def sample_document(partners: int = 5, systems: int = 6, *, hostile: bool = False) -> dict[str, Any]:
    """A document with ``partners`` and ``systems``; ``hostile`` puts markup into every kind of text."""
    people = [_partner(index) for index in range(partners)]
    things = [_system(index, partners) for index in range(systems)]
    values = _portfolio_values()
    for partner in people:
        values += _partner_values(partner[0], [thing for thing in things if thing[4] == partner[0]])
    for thing in things:
        values += _system_values(thing)
    document: dict[str, Any] = {
        "schema": "copartner/assessment@1",
        "title": "Two of five partners need a decision",
        "as_of": "2026-09-30",
        "portfolio": {
            "company": {"id": "hansekontor", "name": "Hansekontor"},
            "partners": [
                {"id": i, "name": name, "kind": kind, "tier": tier, "owner": owner, "note": None}
                for i, name, kind, tier, owner in people
            ],
            "organisations": [{"id": "altdorf", "name": "Altdorf Soft"}],
            "systems": [
                {
                    "id": i,
                    "name": name,
                    "criticality": criticality,
                    "internal_owner": owner,
                    "repositories": [f"{i}-api"],
                    "components": [{"id": "capture", "name": "Capture"}],
                }
                for i, name, criticality, owner, _, _ in things
            ],
            "engagements": [],
            "contracts": [],
            "note": "Demonstration data: companies, people and systems are invented.",
            "sha256": "9" * 64,
        },
        "pins": {
            "heads": {f"{thing[0]}-api": hashlib.sha1(thing[0].encode()).hexdigest() for thing in things},  # noqa: S324
            "evidence": {"commit": "a" * 64, "file_change": "b" * 64},
            "definitions": {item["id"]: {"version": 1, "digest": "c" * 64} for item in _DEFINITIONS},
            "rules": {"black_box": 1, "lock_in_knowledge": 1, "notice_closing": 1},
            "settings": {
                "half_life_days": 365,
                "activity_window_days": 365,
                "abandoned_after_days": 365,
                "limits": {},
            },
        },
        "filter": {
            "files": 412,
            "excluded": {"generated": 31, "vendored": 112, "binary": 9, "lock_file": 4},
            "repositories": {
                **{f"{thing[0]}-api": {"files": 40, "commits": 812, "unreadable": None} for thing in things},
                "mono-alt": {"files": 0, "commits": 0, "unreadable": "history is cut (shallow clone)"},
            },
        },
        "attribution": {"dated_affiliation": 0.81, "domain": 0.14, "undated_affiliation": 0.02, "unknown": 0.03},
        "values": sorted(values, key=lambda value: value["key"]),
        "findings": _findings({thing[0] for thing in things}),
        "exits": [_exit(partner, [thing for thing in things if thing[4] == partner[0]]) for partner in people],
        "definitions": [_definition(item) for item in _DEFINITIONS],
    }
    if hostile:
        document = _poisoned(document)
    document["hash"] = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    return document


def _partner(index: int) -> tuple[str, str, str, str | None, str | None]:
    if index < len(PARTNERS):
        return PARTNERS[index]
    return f"partner-{index}", f"Kieselgrund {index}", "software_house", "tactical", None


def _system(index: int, partners: int) -> tuple[str, str, str, str | None, str, tuple[float, float, float, float]]:
    if index < len(SYSTEMS):
        return SYSTEMS[index]
    return f"system-{index}", f"System {index}", "low", "Ida Kröll", _partner(index % partners)[0], (0.6, 0.3, 0.1, 0.0)


def _value(
    measure: str,
    value: float | None,
    *,
    partner: str | None = None,
    system: str | None = None,
    inputs: dict[str, Any] | None = None,
    reason: str | None = None,
    rows: int = 25,
) -> dict[str, Any]:
    parts = [f"{name}={item}" for name, item in (("partner", partner), ("system", system)) if item]
    share = value is not None and 0 <= value <= 1
    return {
        "measure": measure,
        "version": 1,
        "subject": {"partner": partner, "system": system, "component": None},
        "key": f"{measure}@{','.join(parts) or 'portfolio'}",
        "as_of": "2026-09-30",
        "value": value,
        "reason": reason if value is None else None,
        "interval": [max(value - 0.03, 0), min(value + 0.04, 1)] if share and value is not None else None,
        "n": 25 if value is not None else 0,
        "coverage": 0.97 if value is not None else None,
        "inputs": inputs or {"weight_internal": 1204, "weight_all": 9031},
        "sensitivity": {
            "half_life_days=180": max(value - 0.05, 0),
            "half_life_days=365": value,
            "half_life_days=730": min(value + 0.08, 1),
            "activity_window_days=180": None,
        }
        if share and value is not None
        else {},
        "evidence_classes": {"dated_affiliation": 0.81, "domain": 0.16, "unknown": 0.03} if value is not None else {},
        "rows": {
            "columns": ["repository", "path", "lines", "internal", "partner", "last_internal_change", "commit"],
            "rows": [
                [
                    f"{system or 'payments'}-api",
                    f"src/{system or 'payments'}/capture/modul_{number}.py",
                    310 - number,
                    round(0.01 * number, 3),
                    round(1 - 0.01 * number, 3),
                    "2025-03-14" if number % 3 else None,
                    hashlib.sha1(f"{measure}{number}".encode()).hexdigest(),  # noqa: S324
                ]
                for number in range(rows if value is not None else 0)
            ],
            "total": 412 if value is not None else 0,
            "table": "file_change",
        },
        "notes": ["Abandoned: 9% of these files."] if measure == "truck_factor" else [],
    }


def _portfolio_values() -> list[dict[str, Any]]:
    return [
        _value("kappa_int", 0.41),
        _value("abandoned", 0.094),
        _value("truck_factor", 4.0),
        _value("owner_active", 4 / 6, inputs={"systems_with_active_owner": 4, "systems": 6}, rows=0),
        _value("doc_freshness", None, reason="no documents were found in any repository"),
        _value("half_life_probe", 162.0),
        _value("only_partner", 0.38, inputs={"ours": 0.38, "shared": 0.18, "only_partner": 0.38, "nobody": 0.06}),
    ]


def _partner_values(partner: str, things: list[Any]) -> list[dict[str, Any]]:
    if not things:
        return [_value("only_partner", None, partner=partner, reason="holds no knowledge of any declared system")]
    shares = [sum(thing[5][place] for thing in things) / len(things) for place in range(4)]
    named = dict(zip(("ours", "shared", "only_partner", "nobody"), (round(share, 6) for share in shares), strict=True))
    return [
        _value("only_partner", named["only_partner"], partner=partner, inputs=named),
        _value("knowledge_share", round(0.1 + named["only_partner"] / 3, 6), partner=partner),
        _value("knowledge_lock_in", round(1 - named["ours"], 6), partner=partner),
    ]


def _system_values(thing: Any) -> list[dict[str, Any]]:
    system, _, _, _, partner, shares = thing
    named = dict(zip(("ours", "shared", "only_partner", "nobody"), shares, strict=True))
    fresh = None if system == "payments" else 0.62
    return [
        _value("only_partner", named["only_partner"], system=system, inputs=named),
        _value("only_partner", named["only_partner"], partner=partner, system=system, inputs=named),
        _value("kappa_int", named["ours"], system=system),
        _value("abandoned", named["nobody"], system=system),
        _value("truck_factor", 2.0, system=system),
        _value("doc_freshness", fresh, system=system, reason="no documents name these paths"),
        _value("adr_internal", None, system=system, reason="0 decision records"),
        _value("knowledge_lock_in", round(1 - named["ours"], 6), partner=partner, system=system),
        _value("people_active", 3.0, system=system, inputs={"hansekontor": 1, partner: 2}),
    ]


def _finding(
    rule: str, title: str, state: str, severity: str | None, pattern: str | None, measures: list[str], **more: Any
) -> dict[str, Any]:
    subject = {"partner": more.get("partner"), "system": more.get("system"), "component": more.get("component")}
    key = ",".join(f"{name}={item}" for name, item in subject.items() if item)
    return {
        "id": f"{rule}@{key}",
        "rule": rule,
        "rule_version": 1,
        "title": title,
        "subject": subject,
        "as_of": "2026-09-30",
        "state": state,
        "severity": severity,
        "confidence": more.get("confidence", "high"),
        "anti_pattern": pattern,
        "measures": measures,
        "inputs": more.get("inputs", {}),
        "limits": more.get("limits", {}),
        "reasons": more.get("reasons", ["the interval and other choices do not reach the limit"]),
        "message": more.get("message"),
        "reason_messages": more.get("reason_messages", [{"id": "reason.firm", "params": {}}]),
        "disappears_message": None,
        "covered_by": more.get("covered_by"),
        "remedy": "Plan a knowledge transfer of the files below to two of our own people.",
        "disappears_when": "Our own people hold 20% or more of the knowledge, or fresh documentation exists.",
        "rows": {
            "columns": ["path", "lines"],
            "rows": [["src/payments/capture.py", 310], ["src/payments/ledger.py", 222]],
            "total": 25,
            "table": "file_change",
        },
    }


def _black_box(place: str) -> dict[str, Any]:
    return {
        "id": "black_box.only",
        "params": {
            "system": place,
            "partner": "Nordhang Digital",
            "kappa_int": 0.12,
            "partner_share": 0.8,
            "limit": 0.2,
        },
    }


def _findings(systems: set[str]) -> list[dict[str, Any]]:
    findings = [
        _finding(
            "black_box",
            "Payments is known only to Nordhang Digital: our own people hold 12% of its knowledge, limit 20%",
            "fires",
            "act_now",
            "black_box",
            ["kappa_int@system=payments", "doc_freshness@system=payments"],
            partner="nordhang",
            system="payments",
            inputs={"kappa_int": 0.12, "doc_freshness": None, "criticality": "high"},
            limits={"black_box.kappa_int": 0.2},
            message=_black_box("Payments"),
        ),
        _finding(
            "black_box",
            "Capture in Payments is known only to Nordhang Digital: our own people hold 12% of it, limit 20%",
            "fires",
            "act_now",
            "black_box",
            ["kappa_int@system=payments"],
            partner="nordhang",
            system="payments",
            component="capture",
            covered_by="black_box@partner=nordhang,system=payments",
            message=_black_box("Capture in Payments"),
        ),
        _finding(
            "lock_in_knowledge",
            "88% of the knowledge of Payments is outside the company, limit 60%; Nordhang Digital holds 80%",
            "fires",
            "act_now",
            "lock_in",
            ["knowledge_lock_in@partner=nordhang,system=payments"],
            partner="nordhang",
            system="payments",
            limits={"lock_in_knowledge.act": 0.6, "lock_in_knowledge.watch": 0.4},
            message={
                "id": "lock_in_knowledge.fires",
                "params": {
                    "limit": 0.6,
                    "share": 0.88,
                    "system": "Payments",
                    "partner": "Nordhang Digital",
                    "partner_share": 0.8,
                },
            },
        ),
        _finding(
            "notice_closing",
            "31 days are left to decide on the contract of Quendel Labs",
            "fires",
            "act_now",
            None,
            [],
            partner="quendel",
            limits={"notice.days": 120},
            inputs={"days_to_decision": 31},
        ),
        _finding(
            "ownership_outsourced",
            "Bestellkern (Größe ändern) has no active internal owner",
            "fires",
            "watch",
            "black_box",
            ["kappa_int@system=order-core"],
            partner="quendel",
            system="order-core",
            confidence="medium",
        ),
        _finding(
            "black_box",
            "Black box could not be decided for Refunds",
            "unknown",
            None,
            "black_box",
            ["kappa_int@system=refunds"],
            partner="fennek",
            system="refunds",
            confidence="low",
            reasons=["“partner changes reviewed by us” is unknown: no review evidence is connected"],
            reason_messages=[
                {
                    "id": "reason.missing",
                    "params": {"input": "internal_review_share", "why": "no review evidence is connected"},
                }
            ],
            message={"id": "unknown", "params": {"rule": "Black box", "subject": "Refunds with Fennek Mobile"}},
        ),
        *(
            _finding(
                rule,
                "Within the limit",
                "clear",
                None,
                pattern,
                ["kappa_int@system=reporting"],
                partner=partner,
                system="reporting",
            )
            for partner in ("brueckau", "tarnfels")
            for rule, pattern in (("black_box", "black_box"), ("lock_in_knowledge", "lock_in"))
        ),
    ]
    return [item for item in findings if item["subject"]["system"] in (*systems, None)]


def _states(safe: float, single: float, internal: float, anyone: float, exposed: float) -> dict[str, float]:
    return {
        "safe": safe,
        "single": single,
        "left_without_internal": internal,
        "left_without_anyone": anyone,
        "already_exposed": exposed,
        "unknown": round(1 - safe - single - internal - anyone - exposed, 6),
    }


def _counts(shares: dict[str, float]) -> dict[str, int]:
    return {state: round(share * 220) for state, share in shares.items()}


def _exit(partner: Any, things: list[Any]) -> dict[str, Any]:
    hard = partner[0] == "nordhang"
    dated = partner[0] != "fennek"
    today = _states(0.5, 0.42, 0.0, 0.05, 0.0)
    after = _states(0.31, 0.22, 0.05, 0.34, 0.05) if hard else _states(0.5, 0.42, 0.0, 0.0, 0.05)
    lost = "left_without_anyone" if hard else "single"
    return {
        "partner": partner[0],
        "as_of": "2026-09-30",
        "on": "2026-12-31" if dated else "2026-09-30",
        "on_basis": "term_end" if dated else "no_dates",
        "contract": "c1" if dated else None,
        "decision_date": ("2026-10-15" if hard else "2027-01-31") if dated else None,
        "notice_deadline": ("2026-11-14" if hard else "2027-03-02") if dated else None,
        "days_to_notice": (45 if hard else 153) if dated else None,
        "days_to_decision": (15 if hard else 123) if dated else None,
        "next_possible_end": None,
        "verdict": ("infeasible" if hard else "feasible") if dated else "unknown",
        "verdict_reason": "357 hours are needed, 192 are available" if hard else "",
        "reason": None if dated else "no contract dates are known",
        "files": 220,
        "counts": _counts(after),
        "shares": after,
        "counts_today": _counts(today),
        "shares_today": today,
        "caused": 0.39 if hard else 0.0,
        "systems": [
            {
                "system": thing[0],
                "engaged": True,
                "files": 110,
                "counts": _counts(after),
                "shares": after,
                "counts_today": _counts(today),
                "shares_today": today,
                "caused": 0.39 if hard else 0.0,
                "components": [],
            }
            for thing in things
        ],
        "handover": [
            {
                "system": thing[0],
                "component": component,
                "repository": f"{thing[0]}-api",
                "state": lost,
                "states": {lost: 12, "single": 3},
                "files": 15,
                "lines": 4812,
                "share_lost": 0.86,
                "risk": 0.61,
                "hours": 14.4,
                "rows": {
                    "columns": ["repository", "path", "lines", "share_lost"],
                    "rows": [[f"{thing[0]}-api", f"{component}/service.py", 310, 0.91]],
                    "total": 15,
                    "table": None,
                },
            }
            for thing in things
            for component in ("capture", "settlement")
        ],
        "exposed": [],
        "hours_needed": 357.0 if hard else 12.0,
        "hours_available": 192.0 if dated else None,
        "hours_undecided": 4.0,
        "short_by": 165.0 if hard else None,
        "extension_weeks": None,
        "learners": 4,
        "weeks": 13.1 if dated else None,
        "coverage": 0.97,
        "sensitivity": {"half_life_days=180": 0.42, "half_life_days=730": 0.31} if hard else {},
        "parameters": {"knower_share": 0.1, "reading_rate": 200},
        "rows": {
            "columns": ["repository", "path", "lines", "state"],
            "rows": [["payments-api", "src/capture/service.py", 310, lost]],
            "total": 75 if hard else 0,
            "table": None,
        },
        "notes": ["Hours are uncalibrated: no handover has been recorded yet."],
    }


def _definition(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": 1,
        "range": [0.0, 1.0] if item["unit"] == "share" else [0.0, None],
        "basis": "authorship",
        "caveats": ["Splitting commits raises the figure."],
        "parameters": {"half_life_days": 365},
        "needs": ["commit", "file_change"],
        "levels": ["portfolio", "system"],
        "digest": "c" * 64,
        **item,
    }


def _poisoned(item: Any, key: str = "") -> Any:
    """Markup in every text a source or a person could have written; ids, dates and states stay what they are."""
    if isinstance(item, dict):
        return {name: _poisoned(value, name) for name, value in item.items()}
    if isinstance(item, list):
        return [_poisoned(value, key) for value in item]
    if isinstance(item, str) and key in {
        "name",
        "title",
        "note",
        "reason",
        "reasons",
        "rows",
        "remedy",
        "notes",
        "question",
        "formula",
        "source",
        "caveats",
        "owner",
        "columns",
    }:
        return f"{item} {HOSTILE} \" onload='x' &amp; ${{1}} {{{{ 7|add:7 }}}}"
    return item
