"""Sentences made from data: the title that answers the page's question, the claim a number makes.

Each is a whole template per language, never assembled from parts, so that translators can order the words. Systems and
terms are described, never people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, ngettext, pgettext

from copartner.assessments import messages
from copartner.assessments.reading import Reading, Row
from copartner.assessments.vocabulary import measure_title, vocabulary
from copartner.design import numbers
from copartner.design.texts import gettext_noop

_CLAUSES = {
    "black_box": gettext_noop("%(system)s is known only to %(partner)s"),
    "black_box.mostly": gettext_noop("%(system)s is hardly known to us"),
    "lock_in_knowledge": gettext_noop("%(system)s depends on %(partner)s"),
    "owner_missing": gettext_noop("%(system)s has no active internal owner"),
    "ownership_outsourced": gettext_noop("%(system)s has no active internal owner"),
    "abandoned_code": gettext_noop("parts of %(system)s have no active author"),
    "no_decision_records": gettext_noop("nobody recorded why %(system)s is built as it is"),
    "documentation_stale": gettext_noop("the documentation of %(system)s is out of date"),
    "knowledge_single_point": gettext_noop("%(system)s hangs on one knower"),
}

_CLAIMS = {
    "kappa_int": gettext_noop("Our own people hold %(value)s of the knowledge of %(subject)s"),
    "only_partner": gettext_noop("%(value)s of %(subject)s is known only to the partner"),
    "abandoned": gettext_noop("%(value)s of %(subject)s has no active author"),
    "orphan": gettext_noop("%(value)s of %(subject)s has no author outside the partner"),
    "doc_freshness": gettext_noop("%(value)s of the documents of %(subject)s are fresh"),
    "adr_internal": gettext_noop("We took part in %(value)s of the decisions about %(subject)s"),
    "owner_active": gettext_noop("%(value)s of the systems have an active internal owner"),
    "attribution_coverage": gettext_noop("%(value)s of the work is attributed to an organisation"),
}


def title(reading: Reading) -> str:
    """The answer to "what needs a decision?" in one sentence; a plain title where nothing was judged."""
    urgent = [finding for finding in reading.firing if finding["severity"] == "act_now"]
    if urgent:
        return _counted(reading, urgent)
    watched = _subjects(reading.firing, "partner") or _subjects(reading.firing, "system")
    if watched:
        return ngettext(
            "Nothing needs a decision now; %(number)s subject is worth watching",
            "Nothing needs a decision now; %(number)s subjects are worth watching",
            len(watched),
        ) % {"number": numbers.words(len(watched))}
    if reading.firing:
        return gettext("Nothing needs a decision now; some measures are worth watching")
    if reading.undecided:
        return ngettext(
            "No limit is passed as far as the evidence reaches; %(number)s rule could not be decided",
            "No limit is passed as far as the evidence reaches; %(number)s rules could not be decided",
            len(reading.undecided),
        ) % {"number": numbers.words(len(reading.undecided))}
    if reading.clear:
        return gettext("No partner and no system is past a limit")
    return gettext("Assessment of %(company)s, %(day)s") % {
        "company": reading.company,
        "day": numbers.day(reading.as_of),
    }


def _counted(reading: Reading, urgent: list[Row]) -> str:
    partners, systems = _subjects(urgent, "partner"), _subjects(urgent, "system")
    # The reason names what was counted: a partner's finding where partners were, a system's where systems were.
    counted = "partner" if partners else "system"
    clause = _clause(reading, next((finding for finding in urgent if finding["subject"][counted]), urgent[0]))
    if partners:
        count, total = len(partners), len(reading.partners)
        sentence = (
            ngettext(
                "One of %(total)s partners needs a decision",
                "%(number)s of %(total)s partners need a decision",
                count,
            )
            if total > 1
            else gettext("The partner needs a decision")
        )
    elif systems:
        count, total = len(systems), len(reading.systems)
        sentence = (
            ngettext(
                "One of %(total)s systems needs a decision",
                "%(number)s of %(total)s systems need a decision",
                count,
            )
            if total > 1
            else gettext("The system needs a decision")
        )
    else:
        count, total = len(urgent), len(urgent)
        sentence = ngettext("One finding needs a decision", "%(number)s findings need a decision", count)
    text = _capital(sentence % {"number": numbers.words(count), "total": numbers.words(total)})
    if clause is None:
        return text
    return gettext("%(answer)s: %(reason)s") % {"answer": text, "reason": clause}


def _clause(reading: Reading, finding: Row) -> str | None:
    subject = finding["subject"]
    if finding["rule"] == "notice_closing" and subject["partner"]:
        left = (reading.exits.get(subject["partner"]) or {}).get("days_to_decision")
        name = reading.organisation_name(subject["partner"])
        if left is None:
            return None
        if left < 0:
            return gettext("the day to decide on %(partner)s has passed") % {"partner": name}
        return ngettext(
            "%(number)s day is left to decide on %(partner)s",
            "%(number)s days are left to decide on %(partner)s",
            left,
        ) % {"number": numbers.count(left), "partner": name}
    message = (finding.get("message") or {}).get("id", "")
    template = _CLAUSES.get(message) or _CLAUSES.get(finding["rule"])
    named: dict[str, str] = {}
    if subject["partner"]:
        named["partner"] = reading.organisation_name(subject["partner"])
    if subject["system"]:
        named["system"] = subject_name(reading, {**subject, "partner": None})
    if template is None or any(f"%({name})s" in template and name not in named for name in ("partner", "system")):
        return None
    return gettext(template) % named


def extent(reading: Reading) -> str:
    """How much was looked at: partners and systems."""
    partners, systems = len(reading.partners), len(reading.systems)
    return gettext("%(partners)s, %(systems)s") % {
        "partners": ngettext("%(number)s partner", "%(number)s partners", partners)
        % {"number": numbers.words(partners)},
        "systems": ngettext("%(number)s system", "%(number)s systems", systems) % {"number": numbers.words(systems)},
    }


def finding_title(reading: Reading, finding: Row) -> str:
    """The sentence of a finding: as frozen in English, else from its template, else the clause of its rule."""
    written = messages.title(reading, finding, subject_name(reading, finding["subject"]))
    if written is not None:
        return written
    clause = _clause(reading, finding) if finding["state"] == "fires" else None
    return vocabulary(finding["title"]) if clause is None else _capital(clause)


def claim(reading: Reading, value: Row) -> str:
    """What a value says, as a sentence; measures without a sentence of their own say "title: value"."""
    measure, number = value["measure"], value["value"]
    name = measure_title(reading.definitions, measure)
    if number is None:
        return gettext("%(measure)s, %(subject)s: no data") % {
            "measure": name,
            "subject": subject_name(reading, value["subject"]),
        }
    shown = numbers.quantity(number, reading.unit(measure))
    template = _CLAIMS.get(measure)
    partner = value["subject"]["partner"]
    if measure == "only_partner" and partner:
        template = gettext_noop("%(value)s of %(subject)s is known only to %(partner)s")
    elif measure == "orphan" and partner:
        template = gettext_noop("%(value)s of %(subject)s has authors at %(partner)s only")
    elif measure == "knowledge_share" and partner:
        template = gettext_noop("%(partner)s holds %(value)s of the knowledge of %(subject)s")
    if template is None:
        return gettext("%(measure)s, %(subject)s: %(value)s") % {
            "measure": name,
            "subject": subject_name(reading, value["subject"]),
            "value": shown,
        }
    subject = {**value["subject"], "partner": None} if partner and "%(partner)s" in template else value["subject"]
    return gettext(template) % {
        "value": shown,
        "subject": subject_name(reading, subject),
        "partner": reading.organisation_name(partner) if partner else "",
    }


def subject_name(reading: Reading, subject: Mapping[str, Any]) -> str:
    """What a value or finding is about, by name."""
    place = gettext("the portfolio")
    if subject["system"]:
        place = reading.system_name(subject["system"])
        if subject["component"]:
            place = gettext("%(component)s in %(system)s") % {
                "component": reading.component_name(subject["system"], subject["component"]),
                "system": place,
            }
    if not subject["partner"]:
        return place
    partner = reading.organisation_name(subject["partner"])
    if not subject["system"]:
        return partner
    return gettext("%(system)s with %(partner)s") % {"system": place, "partner": partner}


def level(status: str) -> str:
    """How an anti-pattern shows: no sign, early sign, confirmed, no data."""
    return {
        "act": gettext("confirmed"),
        "watch": gettext("early sign"),
        "ok": gettext("no sign"),
        "none": pgettext("anti-pattern", "no data"),
    }[status]


def _subjects(findings: list[Row], name: str) -> set[str]:
    return {finding["subject"][name] for finding in findings if finding["subject"][name]}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
