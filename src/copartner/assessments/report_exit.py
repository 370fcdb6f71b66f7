"""What a report says of a partner's exit: the states of the code, the dates, the verdict, what to hand over first."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from copartner.assessments.reading import Reading, Row
from copartner.assessments.report_evidence import Evidence, hours, ownership_bar, unknown
from copartner.assessments.report_lines import exit_lines
from copartner.assessments.vocabulary import vocabulary, word
from copartner.design import charts, numbers

NOT_APPLICABLE = "—"

URGENT_DAYS = 30
"""A deadline this near is shown as "act now" (design guide, Status)."""

HANDOVER_SHOWN = 10
NOTABLE_LOSS = 0.1
"""An exit by which a tenth of the code loses its last knower is marked; the rules judge, not this mark."""


EXIT_STATES = (
    ("safe", "ours"),
    ("single", "shared"),
    ("left_without_internal", "partner"),
    ("left_without_anyone", "nobody"),
    ("already_exposed", "exposed"),
    ("unknown", "unknown"),
)
"""States of the exit simulation and the fills that stand for them."""


def exit_panel(reading: Reading, evidence: Evidence, row: Row, place: int) -> dict[str, Any]:
    """One partner's exit: what would be lost, by when to decide, what to hand over first."""
    partner = row["partner"]
    name = reading.organisation_name(partner)
    left = row["days_to_decision"]
    handover = [_handover(reading, evidence, partner, item) for item in row["handover"]]
    return {
        "id": partner,
        "name": name,
        "open": place == 0,
        "headline": exit_sentence(name, row["files"], row["caused"]),
        "verdict": word(row["verdict"]) if row["verdict"] != "unknown" else gettext("No data"),
        "verdict_status": _verdict_status(row),
        "verdict_reason": vocabulary(row["verdict_reason"] or ""),
        "reason": vocabulary(row["reason"] or ""),
        "before_after": [
            (
                gettext("Code one of ours knows"),
                _exit_number(evidence, partner, known_to_us(row["shares_today"])),
                _exit_number(evidence, partner, known_to_us(row["shares"])),
            ),
            (
                gettext("Loses its last knower"),
                NOT_APPLICABLE,
                _exit_number(evidence, partner, row["caused"], over=row["caused"] >= NOTABLE_LOSS),
            ),
            (
                gettext("Files that lose their last knower"),
                NOT_APPLICABLE,
                evidence.exit(partner, numbers.count(lost_files(row["counts"]))),
            ),
            (
                gettext("As exposed today already"),
                NOT_APPLICABLE,
                _exit_number(evidence, partner, row["shares"].get("already_exposed")),
            ),
        ],
        "systems": [_exit_system(reading, evidence, partner, item) for item in row["systems"]],
        "bar": _state_bar(row["shares"]),
        "states": [(fill, word(state) if state != "unknown" else numbers.no_data()) for state, fill in EXIT_STATES],
        "day": numbers.day(row["decision_date"]) if row["decision_date"] else None,
        "facts": [
            (gettext("Last day of the partner"), numbers.day(row["on"])),
            (gettext("Notice by"), numbers.day(row["notice_deadline"])),
            (gettext("Decide by"), numbers.day(row["decision_date"])),
        ],
        "days_left": unknown()
        if left is None
        else evidence.exit(partner, numbers.days(left), over=left <= URGENT_DAYS),
        "lines": exit_lines(reading, evidence, partner),
        "needed": _hours(evidence, partner, row["hours_needed"]),
        "available": _hours(evidence, partner, row["hours_available"]),
        "handover": handover[:HANDOVER_SHOWN],
        "handover_rest": handover[HANDOVER_SHOWN:],
        "notes": [vocabulary(note) for note in row["notes"]],
    }


def known_to_us(shares: Row) -> float | None:
    """Share of the code with an active knower of ours; ``None`` where no file was looked at."""
    known = [shares[state] for state in ("safe", "single") if shares.get(state) is not None]
    return sum(known) if known else None


def lost_files(counts: Row) -> int:
    """Files an exit leaves without a knower of ours, or without any, that had one before."""
    return sum(counts.get(state, 0) for state in ("left_without_internal", "left_without_anyone"))


def exit_sentence(name: str, files: int, caused: float) -> str:
    """What an exit does, in one sentence."""
    if not files:
        return gettext("If %(partner)s leaves: no data") % {"partner": name}
    if caused < 0.0005:
        return gettext("If %(partner)s leaves, no code loses its last knower") % {"partner": name}
    return gettext("If %(partner)s leaves, %(share)s of the code loses its last knower") % {
        "partner": name,
        "share": numbers.percent(caused),
    }


def _exit_number(evidence: Evidence, partner: str, share: float | None, *, over: bool = False) -> SafeString:
    return unknown() if share is None else evidence.exit(partner, numbers.percent(share), over=over)


def _verdict_status(row: Row) -> str:
    if row["verdict"] == "feasible":
        return "ok"
    if row["verdict"] == "unknown":
        return "none"
    left = row["days_to_decision"]
    return "act" if left is not None and left <= URGENT_DAYS else "watch"


def _state_bar(shares: Row) -> SafeString:
    label = ", ".join(
        f"{word(state)} {numbers.percent(shares[state])}" for state, _ in EXIT_STATES if shares.get(state)
    )
    if not label:
        return charts.no_data_bar(numbers.no_data(), tall=True)
    segments = [charts.Segment(fill, shares.get(state) or 0.0) for state, fill in EXIT_STATES]
    return charts.stacked_bar(segments, label, tall=True)


def _exit_system(reading: Reading, evidence: Evidence, partner: str, item: Row) -> dict[str, Any]:
    name = reading.system_name(item["system"])
    today, after = known_to_us(item["shares_today"]), known_to_us(item["shares"])
    label = gettext("%(system)s known to one of ours: %(today)s today, %(after)s after") % {
        "system": name,
        "today": numbers.percent(today),
        "after": numbers.percent(after),
    }
    return {
        "name": name,
        "chart": charts.dumbbell(today, after, label),
        "today": _exit_number(evidence, partner, today),
        "after": _exit_number(evidence, partner, after),
        "caused": _exit_number(evidence, partner, item["caused"], over=item["caused"] >= NOTABLE_LOSS),
    }


def _handover(reading: Reading, evidence: Evidence, partner: str, item: Row) -> dict[str, Any]:
    system, component = item["system"], item["component"]
    only = reading.value("only_partner", partner=partner, system=system, component=component) or reading.value(
        "only_partner", system=system, component=component
    )
    return {
        "component": reading.component_name(system, component),
        "system": reading.system_name(system),
        "bar": None if only is None else ownership_bar(only),
        "lost": evidence.handover(partner, item, numbers.percent(item["share_lost"])),
        "state": word(item["state"]),
        "lines": evidence.handover(partner, item, numbers.count(item["lines"])),
        "hours": evidence.handover(partner, item, hours(item["hours"])),
    }


def _hours(evidence: Evidence, partner: str, value: float | None) -> SafeString:
    return unknown() if value is None else evidence.exit(partner, hours(value))
