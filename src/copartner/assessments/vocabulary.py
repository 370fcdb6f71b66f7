"""The words of a report for what a document names by id: kinds, states, rules, reasons for leaving a file out.

An id without a word here is shown as it is, with spaces: a new measure or rule needs no change in this room to be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop

_WORDS = {
    # kinds and tiers of partners, criticality of systems
    "agency": gettext_noop("Agency"),
    "software_house": gettext_noop("Software house"),
    "cloud_provider": gettext_noop("Cloud provider"),
    "consultancy": gettext_noop("Consultancy"),
    "freelancer_pool": gettext_noop("Freelancer pool"),
    "strategic": gettext_noop("strategic"),
    "preferred": gettext_noop("preferred"),
    "tactical": gettext_noop("tactical"),
    "high": gettext_noop("high"),
    "medium": gettext_noop("medium"),
    "low": gettext_noop("low"),
    # anti-patterns and rules
    "black_box": gettext_noop("Black box"),
    "lock_in": gettext_noop("Lock-in"),
    "incongruent_goals": gettext_noop("Incongruent goals"),
    "lack_of_onboarding": gettext_noop("Missing onboarding"),
    "lock_in_knowledge": gettext_noop("Lock-in by knowledge"),
    "ownership_outsourced": gettext_noop("Ownership outsourced"),
    "abandoned_code": gettext_noop("Abandoned code"),
    "no_decision_records": gettext_noop("No decision records"),
    "notice_closing": gettext_noop("Notice closing"),
    "documentation_stale": gettext_noop("Documentation stale"),
    "knowledge_single_point": gettext_noop("Single point of knowledge"),
    "coverage_low": gettext_noop("Evidence incomplete"),
    "owner_missing": gettext_noop("Owner missing"),
    # classes of affiliation evidence
    "dated_affiliation": gettext_noop("Dated affiliation"),
    "domain": gettext_noop("E-mail domain"),
    "undated_affiliation": gettext_noop("Undated affiliation"),
    "mailmap": gettext_noop("Mailmap"),
    "unknown": gettext_noop("Unknown"),
    "bot": gettext_noop("Machines"),
    # why a file is out of scope
    "generated": gettext_noop("Generated files"),
    "vendored": gettext_noop("Vendored files"),
    "lock_file": gettext_noop("Lock files"),
    "minified": gettext_noop("Minified files"),
    "binary": gettext_noop("Binary files"),
    "symlink": gettext_noop("Symbolic links"),
    "submodule": gettext_noop("Submodules"),
    "missing": gettext_noop("Missing objects"),
    "missing_object": gettext_noop("Missing objects"),
    "too_large": gettext_noop("Too large"),
    # states of the exit simulation
    "safe": gettext_noop("two or more of ours know it"),
    "single": gettext_noop("one of ours knows it"),
    "left_without_internal": gettext_noop("only another partner knows it"),
    "left_without_anyone": gettext_noop("nobody knows it"),
    "already_exposed": gettext_noop("exposed today already"),
    # whether a handover fits the time left
    "feasible": gettext_noop("Feasible"),
    "feasible_with_extension": gettext_noop("Feasible with an extension"),
    "infeasible": gettext_noop("Not feasible"),
    # columns of evidence tables and inputs of formulas
    "path": gettext_noop("Path"),
    "repository": gettext_noop("Repository"),
    "lines": gettext_noop("Lines"),
    "commit": gettext_noop("Commit"),
    "component": gettext_noop("Component"),
    "system": gettext_noop("System"),
    "partner": gettext_noop("Partner"),
    "organisation": gettext_noop("Organisation"),
    "weight": gettext_noop("Weight"),
    "ours": gettext_noop("We know it"),
    "shared": gettext_noop("Shared"),
    "only_partner": gettext_noop("Only the partner"),
    "nobody": gettext_noop("Nobody active"),
    "kappa_internal": gettext_noop("Known to us"),
    "kappa_partner": gettext_noop("Known to the partner"),
    "last_internal_change": gettext_noop("Our last change"),
    "last_change": gettext_noop("Last change"),
    "criticality": gettext_noop("Criticality"),
    "days_to_decision": gettext_noop("Days left to decide"),
    "half_life_days": gettext_noop("Half-life, days"),
    "activity_window_days": gettext_noop("Activity window, days"),
    "abandoned_after_days": gettext_noop("Abandoned after, days"),
    # what a measure rests on
    "authorship": gettext_noop("authorship"),
    "line ownership": gettext_noop("line ownership"),
    "register": gettext_noop("register"),
}

_BUTTONS = {
    "black_box": gettext_noop("Plan knowledge transfer"),
    "lock_in_knowledge": gettext_noop("Open exit simulation"),
    "ownership_outsourced": gettext_noop("Name an internal owner"),
    "owner_missing": gettext_noop("Name an internal owner"),
    "abandoned_code": gettext_noop("Assign or retire code"),
    "no_decision_records": gettext_noop("Record decisions"),
    "notice_closing": gettext_noop("Check notice date"),
    "documentation_stale": gettext_noop("Refresh documentation"),
    "knowledge_single_point": gettext_noop("Add a second expert"),
    "coverage_low": gettext_noop("Assign unknown authors"),
}

_CONFIDENCE = {
    "high": gettext_noop("high confidence"),
    "medium": gettext_noop("medium confidence"),
    "low": gettext_noop("low confidence"),
}


def word(name: str) -> str:
    """The word for an id, e.g. ``software_house`` → "Software house"; unknown ids with spaces for underscores."""
    known = _WORDS.get(name)
    if known is not None:
        return gettext(known)
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def button(rule: str) -> str:
    """What the button of a finding does: verb and thing."""
    return gettext(_BUTTONS[rule]) if rule in _BUTTONS else gettext("Open evidence")


def confidence(level: str) -> str:
    return gettext(_CONFIDENCE[level]) if level in _CONFIDENCE else level


def vocabulary(text: str) -> str:
    """A text that came with the document (a definition's title, a rule's remedy), in the reader's language if the
    catalogue has it, else as it is."""
    return gettext(text) if text else text


def measure_title(definitions: Mapping[str, Mapping[str, Any]], measure: str) -> str:
    """A measure's title by id; an id without a definition is shown as words."""
    definition = definitions.get(measure)
    return vocabulary(definition["title"]) if definition else word(measure)


def choice(name: str) -> str:
    """A changed choice of a sensitivity strip, ``half_life_days=180``, as words."""
    key, _, number = name.partition("=")
    templates = {
        "half_life_days": gettext("half-life %(number)s days"),
        "activity_window_days": gettext("activity within %(number)s days"),
        "undecayed": gettext("without decay"),
    }
    if key in templates:
        return templates[key] % {"number": number}
    return f"{key.replace('_', ' ')} {number}".strip()


def document_texts() -> set[str]:
    """Texts that come with documents and are shown translated: what rules say and advise."""
    from copartner.findings.engine import RULES
    from copartner.findings.messages import TEMPLATES

    return {*TEMPLATES.values(), *(rule.remedy for rule in RULES.values())}
