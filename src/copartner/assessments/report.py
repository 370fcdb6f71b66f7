"""The report of an assessment: one HTML file that needs nothing but itself.

Its title is the answer, each number in it opens the evidence it rests on, and what is not known says so. It is made
from the frozen document alone, so a report of an old assessment can be made again at any time, in either language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from copartner.design import rendering

LANGUAGES = tuple(code for code, _ in rendering.LANGUAGES)


def render_report(document: Mapping[str, Any], language: str = "en") -> str:
    """Render a frozen document. Raises ``ValueError`` for a language other than ``en`` and ``de``."""
    if language not in LANGUAGES:
        raise ValueError(f"{language}: a report is written in {' or '.join(LANGUAGES)}")
    rendering.prepare()
    from django.utils import translation
    from django.utils.safestring import mark_safe

    from copartner.assessments import report_sections, sentences
    from copartner.assessments.reading import Reading
    from copartner.assessments.report_evidence import Evidence
    from copartner.assessments.report_lines import living_lines
    from copartner.design import standalone

    reading = Reading(document)
    evidence = Evidence(reading)
    with translation.override(language):
        context: dict[str, Any] = {
            "language": language,
            "policy": standalone.policy(),
            # Both are files of this package, not data: escaping them would break them.
            "stylesheet": mark_safe(standalone.stylesheet()),  # noqa: S308
            "script": mark_safe(standalone.script()),  # noqa: S308
            "document": document,
            "company": reading.company,
            "as_of": reading.as_of,
            "note": reading.portfolio.get("note"),
            "title": sentences.title(reading),
            "extent": sentences.extent(reading),
            "partner_count": len(reading.partners),
            "system_count": len(reading.systems),
            "whole": evidence.number(reading.value("kappa_int")) if reading.value("kappa_int") else None,
            "decisions": report_sections.decisions(reading, evidence),
            "figures": report_sections.key_figures(reading, evidence),
            "partners": report_sections.partners(reading, evidence),
            "systems": report_sections.systems(reading, evidence),
            "lines": living_lines(reading, evidence),
            "exits": report_sections.exits(reading, evidence),
            "documentation": report_sections.documentation(reading, evidence),
            "coverage": report_sections.coverage(reading, evidence),
            "sources": report_sections.sources(reading),
            "definitions": report_sections.definitions(reading, evidence),
            "drawers": list(evidence.drawers()),
        }
        return rendering.render("assessments/report.html", context)
