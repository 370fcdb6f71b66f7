"""What a report says of living lines: whose they are, who still knows them, how that came about, how long they last.

These numbers rest on line ownership, those elsewhere in the report on authorship; the panel says so.
"""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from copartner.assessments.reading import Reading
from copartner.assessments.report_evidence import Evidence
from copartner.design import charts, numbers


def living_lines(reading: Reading, evidence: Evidence) -> dict[str, Any] | None:
    """The panel of living lines; ``None`` where the assessment was made without line ownership."""
    whole = reading.value("surviving_line_share")
    if whole is None:
        return None
    company = reading.portfolio["company"]["id"]
    parties: list[dict[str, Any]] = [
        {
            "name": reading.company,
            "share": evidence.number(whole),
            "only": None,
            "half_life": None,
            "trend": _trend(reading, company, reading.company),
        }
    ]
    for partner in reading.partners:
        name = partner["id"]
        parties.append(
            {
                "name": partner["name"],
                "share": evidence.number(reading.value("surviving_line_share", partner=name)),
                "only": evidence.number(reading.value("only_partner_lines", partner=name)),
                "half_life": evidence.number(reading.value("code_half_life", partner=name)),
                "trend": _trend(reading, name, partner["name"]),
            }
        )
    systems = [
        {
            "name": system["name"],
            "ours": evidence.number(reading.value("surviving_line_share", system=system["id"])),
            "inactive": evidence.number(reading.value("inactive_author_lines", system=system["id"])),
        }
        for system in reading.systems
    ]
    return {"parties": parties, "systems": systems, "since": _since(reading)}


def exit_lines(reading: Reading, evidence: Evidence, partner: str) -> list[tuple[str, SafeString]]:
    """What leaves with a partner in living lines; empty where the assessment was made without line ownership."""
    wrote = reading.value("surviving_line_share", partner=partner)
    only = reading.value("only_partner_lines", partner=partner)
    if wrote is None or only is None:
        return []
    return [
        (gettext("Living lines they wrote last"), evidence.number(wrote)),
        (gettext("Living lines only they know"), evidence.number(only)),
    ]


def _since(reading: Reading) -> str | None:
    series = reading.document.get("ownership_over_time") or []
    return numbers.day(series[0]["day"]) if series else None


def _trend(reading: Reading, party: str, name: str) -> SafeString | None:
    """Share of the living lines over the sampled past."""
    series = reading.document.get("ownership_over_time") or []
    shares = [row["lines"].get(party, 0) / total if (total := sum(row["lines"].values())) else None for row in series]
    known = [share for share in shares if share is not None]
    if len(known) < 2:
        return None
    label = gettext("Share of living lines of %(name)s: %(first)s at first, %(last)s at last") % {
        "name": name,
        "first": numbers.percent(known[0]),
        "last": numbers.percent(known[-1]),
    }
    return charts.sparkline(shares, label)
