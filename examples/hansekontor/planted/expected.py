"""What an assessment of this world must find, and what it must not.

Every entry is planted in the module of its system. ``state`` says how the rule must end for that partner and system:
``fires``, ``clear`` or ``quiet`` (anything but firing, because evidence for a decision may be missing).
"""

from __future__ import annotations

from dataclasses import dataclass

FIRES, CLEAR, QUIET = "fires", "clear", "quiet"


@dataclass(frozen=True)
class Expectation:
    id: str
    kind: str
    """The rule."""
    partner: str
    system: str
    state: str
    why: str


FINDINGS = (
    # Black box: payments at Nordhang, nowhere else.
    Expectation(
        "nordhang-black-box",
        "black_box",
        "nordhang",
        "payments",
        FIRES,
        "Critical, known to Nordhang alone, our last knower left in June 2026, the documents are from 2022.",
    ),
    Expectation(
        "quendel-no-black-box", "black_box", "quendel", "order-core", CLEAR, "Medium criticality, partly known to us."
    ),
    Expectation(
        "fennek-no-black-box", "black_box", "fennek", "mobile-app", CLEAR, "Medium criticality, mostly our own work."
    ),
    Expectation("tarnfels-no-black-box", "black_box", "tarnfels", "infrastructure", CLEAR, "Critical, and ours."),
    Expectation("brueckau-no-black-box", "black_box", "brueckau", "data-platform", CLEAR, "Critical, and shared."),
    # Lock-in by knowledge: Quendel and Nordhang.
    Expectation(
        "quendel-lock-in", "lock_in_knowledge", "quendel", "order-core", FIRES, "Seven tenths are not known to us."
    ),
    Expectation(
        "nordhang-lock-in", "lock_in_knowledge", "nordhang", "payments", FIRES, "Nine tenths are not known to us."
    ),
    Expectation("tarnfels-no-lock-in", "lock_in_knowledge", "tarnfels", "infrastructure", CLEAR, "We know it."),
    Expectation(
        "fennek-no-lock-in", "lock_in_knowledge", "fennek", "mobile-app", CLEAR, "Shares look fine; see abandoned code."
    ),
    Expectation(
        "brueckau-no-lock-in", "lock_in_knowledge", "brueckau", "data-platform", CLEAR, "We know three quarters."
    ),
    # Ownership outsourced: order core at Quendel.
    Expectation(
        "quendel-ownership",
        "ownership_outsourced",
        "quendel",
        "order-core",
        FIRES,
        "The named owner left in May 2024 and all accepted decisions were Quendel's.",
    ),
    Expectation(
        "nordhang-ownership", "ownership_outsourced", "nordhang", "payments", QUIET, "The owner is ours and active."
    ),
    Expectation(
        "fennek-ownership", "ownership_outsourced", "fennek", "mobile-app", CLEAR, "Owner and deciders are ours."
    ),
    Expectation(
        "tarnfels-ownership",
        "ownership_outsourced",
        "tarnfels",
        "infrastructure",
        CLEAR,
        "Owner and deciders are ours.",
    ),
    Expectation(
        "brueckau-ownership",
        "ownership_outsourced",
        "brueckau",
        "data-platform",
        CLEAR,
        "One of ours decided every time.",
    ),
    # Abandoned code: the mobile app, since Fennek took over from Altdorf.
    Expectation(
        "fennek-abandoned",
        "abandoned_code",
        "fennek",
        "mobile-app",
        FIRES,
        "Offline mode, store and basket were written by people who all left by August 2024.",
    ),
    Expectation(
        "nordhang-not-abandoned", "abandoned_code", "nordhang", "payments", CLEAR, "Every file has an active author."
    ),
    Expectation(
        "quendel-not-abandoned", "abandoned_code", "quendel", "order-core", CLEAR, "Every file has an active author."
    ),
    Expectation(
        "tarnfels-not-abandoned",
        "abandoned_code",
        "tarnfels",
        "infrastructure",
        CLEAR,
        "Every file has an active author.",
    ),
    Expectation(
        "brueckau-not-abandoned",
        "abandoned_code",
        "brueckau",
        "data-platform",
        CLEAR,
        "Every file has an active author.",
    ),
    # Decision records: none in payments, some everywhere else.
    Expectation("nordhang-no-decisions", "no_decision_records", "nordhang", "payments", FIRES, "Not a single record."),
    Expectation("quendel-decisions", "no_decision_records", "quendel", "order-core", CLEAR, "Eight records."),
    Expectation("fennek-decisions", "no_decision_records", "fennek", "mobile-app", CLEAR, "Three records."),
    Expectation(
        "tarnfels-decisions",
        "no_decision_records",
        "tarnfels",
        "infrastructure",
        CLEAR,
        "Four records, two of adr-tools.",
    ),
    Expectation("brueckau-decisions", "no_decision_records", "brueckau", "data-platform", CLEAR, "Five records."),
    # Documentation: old in payments, checked this summer elsewhere.
    Expectation(
        "nordhang-old-documents", "documentation_stale", "nordhang", "payments", FIRES, "Last touched in 2022."
    ),
    Expectation(
        "brueckau-fresh-documents", "documentation_stale", "brueckau", "data-platform", CLEAR, "Checked in July 2026."
    ),
    # Notice: Nordhang's decision is due; the other dates are far or unknown.
    Expectation("nordhang-notice", "notice_closing", "nordhang", "payments", FIRES, "Decision by 17 October 2026."),
    Expectation(
        "quendel-notice", "notice_closing", "quendel", "order-core", CLEAR, "Renewed tacitly until 31 May 2027."
    ),
    Expectation("tarnfels-notice", "notice_closing", "tarnfels", "infrastructure", CLEAR, "Notice in June 2027."),
    Expectation("brueckau-notice", "notice_closing", "brueckau", "data-platform", CLEAR, "Runs until March 2028."),
    Expectation("fennek-notice", "notice_closing", "fennek", "mobile-app", QUIET, "Nobody has the contract."),
)

CLEAN_PARTNER = "brueckau"
"""No rule may fire for it, on any system, component or contract."""

NOT_ENGAGED = (("nordhang", "checkout"),)
"""The partner once worked on the system but is not engaged there: nothing may be said about the two."""

CONTRACT_DATES: dict[str, dict[str, str] | None] = {
    "nordhang": {"term_end": "2027-01-31", "notice_deadline": "2026-10-31", "decision_date": "2026-10-17"},
    # Renewed tacitly in 2024, 2025 and 2026.
    "quendel": {"term_end": "2027-05-31", "notice_deadline": "2027-02-28", "decision_date": "2027-02-14"},
    # Twenty business days are four weeks.
    "tarnfels": {"term_end": "2027-06-30", "notice_deadline": "2027-06-02", "decision_date": "2027-05-23"},
    "brueckau": {"term_end": "2028-03-31", "notice_deadline": "2027-12-31", "decision_date": "2027-12-01"},
    "fennek": None,
}

EXIT_STATES: dict[str, dict[str, tuple[str, str]]] = {
    # Partner → component → the state every file must end in, and why.
    "nordhang": {
        "capture": ("left_without_anyone", "Only Nordhang's people know it."),
        "fraud-rules": ("left_without_anyone", "Only Nordhang's people know it."),
        "tokens": ("single", "Dilan Korkmaz becomes ours on 1 November 2026."),
        "webhooks": ("left_without_anyone", "Ruth Janssen leaves us on 30 November 2026."),
        "order-sync": ("left_without_internal", "Henrike Maas of Quendel still knows it, Ruth Janssen is gone."),
        "settlement": ("single", "Wiebke Claasen is ours since April 2025; what she did before counts for Nordhang."),
    },
    "fennek": {
        "offline": ("already_exposed", "Nobody of ours is left today, before anybody leaves."),
        "store": ("already_exposed", "Nobody of ours is left today, before anybody leaves."),
        "basket": ("already_exposed", "Nobody of ours is left today, before anybody leaves."),
    },
    "brueckau": dict.fromkeys(
        ("events-lake/ingest", "events-lake/schemas", "events-lake/quality", "reporting/marts", "reporting/exports"),
        ("safe", "At least two of ours know every file."),
    ),
}
"""Worked out on the last day of the term, for Fennek on the day of the assessment."""
