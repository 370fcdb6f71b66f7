"""The words of a report for what a document names by id: kinds, states, rules, reasons for leaving a file out.

An id without a word here is shown as it is, with spaces: a new measure or rule needs no change in this room to be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from copartner.design.texts import gettext_noop

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
    "file_filter_version": gettext_noop("Rules of the file filter, version"),
    "activity_window_days": gettext_noop("Activity window, days"),
    "abandoned_after_days": gettext_noop("Abandoned after, days"),
    "files": gettext_noop("Files"),
    "files_unknown": gettext_noop("Files nobody holds knowledge of"),
    "files_with_author": gettext_noop("Files with an author"),
    "files_without_author": gettext_noop("Files without any author"),
    "files_abandoned": gettext_noop("Files without an active author"),
    "files_nobody": gettext_noop("Files nobody active knows"),
    "files_only_partner": gettext_noop("Files only the partner knows"),
    "files_orphaned": gettext_noop("Files with authors at the partner only"),
    "files_orphaned_without_active_author": gettext_noop("Of these without an active author"),
    "weighted_internal": gettext_noop("Weight of what we know"),
    "weighted_external": gettext_noop("Weight of what others know"),
    "weight_share": gettext_noop("Share of the weight"),
    "kappa_others": gettext_noop("Known to other organisations"),
    "kappa_unknown": gettext_noop("Known to unknown authors"),
    "unknown_share": gettext_noop("Unknown share"),
    "knowledge_held": gettext_noop("Knowledge held"),
    "knowledge_total": gettext_noop("Knowledge in all"),
    "shared_without_us": gettext_noop("Shared without us"),
    "only_partner_inactive": gettext_noop("Only the partner, nobody of it active"),
    "people": gettext_noop("People"),
    "people_internal": gettext_noop("Our people"),
    "people_others": gettext_noop("People of other organisations"),
    "people_unknown": gettext_noop("People of unknown affiliation"),
    "components": gettext_noop("Components"),
    "components_two_know": gettext_noop("Components two of ours know"),
    "components_two_active_know": gettext_noop("Components two active people of ours know"),
    "components_unknown": gettext_noop("Components without data"),
    "changes": gettext_noop("Changes"),
    "changes_attributed": gettext_noop("Changes attributed"),
    "commits": gettext_noop("Commits"),
    "commits_attributed": gettext_noop("Commits attributed"),
    "commits_unknown": gettext_noop("Commits not attributed"),
    "code_commits": gettext_noop("Commits that change code"),
    "code_commits_with_documentation": gettext_noop("Of these with documentation"),
    "documents": gettext_noop("Documents"),
    "documents_fresh": gettext_noop("Fresh documents"),
    "documents_unknown": gettext_noop("Documents without data"),
    "documents_without_links": gettext_noop("Documents without links to code"),
    "median_age_days": gettext_noop("Median age, days"),
    "references": gettext_noop("References"),
    "references_dangling": gettext_noop("Dangling references"),
    "records": gettext_noop("Decision records"),
    "accepted": gettext_noop("Accepted decisions"),
    "decisions_accepted": gettext_noop("Accepted decisions"),
    "decisions_internal": gettext_noop("Decisions we took part in"),
    "decisions_known": gettext_noop("Decisions with known deciders"),
    "decisions_partner_only": gettext_noop("Decisions of partners alone"),
    "decisions_unknown": gettext_noop("Decisions with unknown deciders"),
    "systems": gettext_noop("Systems"),
    "systems_with_active_owner": gettext_noop("Systems with an active owner"),
    "systems_unknown": gettext_noop("Systems without data"),
    "owner": gettext_noop("Owner"),
    "removed": gettext_noop("Removed"),
    "coverage_before_removal": gettext_noop("Files with an author before"),
    "coverage_after_removal": gettext_noop("Files with an author after"),
    "organisations": gettext_noop("Organisations"),
    "abandoned": gettext_noop("Without an active author"),
    "variant": gettext_noop("Variant"),
    "on": gettext_noop("Day"),
    "stage": gettext_noop("Reminder, days"),
    "verdict": gettext_noop("Handover"),
    "days_to_notice": gettext_noop("Days left to give notice"),
    "decision_date": gettext_noop("Decide by"),
    "notice_deadline": gettext_noop("Notice by"),
    "next_possible_end": gettext_noop("Next possible end"),
    "hours_needed": gettext_noop("Hours a handover needs"),
    "hours_available": gettext_noop("Hours our people have"),
    "partner_share": gettext_noop("Share of the partner"),
    "internal_review_share": gettext_noop("Partner changes reviewed by us"),
    "internal_rotation": gettext_noop("Components two of ours know"),
    "internal_knowers": gettext_noop("Knowers of ours"),
    "active_internal_knowers": gettext_noop("Active knowers of ours"),
    "authored_on": gettext_noop("Written on"),
    "days_behind": gettext_noop("Days behind"),
    "decided_by": gettext_noop("Decided by"),
    "decided_on": gettext_noop("Decided on"),
    "last_commit_on": gettext_noop("Last commit"),
    "line": gettext_noop("Line"),
    "linked_path": gettext_noop("Describes"),
    "linked_last_change": gettext_noop("Its last change"),
    "share": gettext_noop("Share"),
    "share_lost": gettext_noop("Knowledge that leaves"),
    "share_undecayed": gettext_noop("Share without decay"),
    "state": gettext_noop("State"),
    "target": gettext_noop("Target"),
    "title": gettext_noop("Title"),
    "knower_share": gettext_noop("A knower holds at least"),
    "minimum_criticality": gettext_noop("Lowest criticality"),
    "reading_rate": gettext_noop("Lines read an hour"),
    "understood_share": gettext_noop("Share to be understood"),
    "learner_share": gettext_noop("Share of a week to learn"),
    "weekly_hours": gettext_noop("Hours a week"),
    "learner_limit": gettext_noop("Learners at most"),
    "minimum_hours": gettext_noop("Hours at least"),
    "extension_limit_weeks": gettext_noop("Extension at most, weeks"),
    "churn_limit_lines": gettext_noop("Lines of one change at most"),
    "internal": gettext_noop("Internal"),
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
    """A changed choice of a sensitivity strip, ``half_life_days=180``, as words; several are joined by commas."""
    return ", ".join(_one_choice(part) for part in name.split(", "))


def _one_choice(name: str) -> str:
    key, _, number = name.partition("=")
    templates = {
        "half_life_days": gettext("half-life %(number)s days"),
        "activity_window_days": gettext("activity within %(number)s days"),
        "slack_days": gettext("%(number)s days behind the code at most"),
        "max_age_days": gettext("without links %(number)s days old at most"),
        "variant": gettext("variant %(number)s"),
        "undecayed": gettext("without decay"),
    }
    number = number.replace("_", " ")
    return templates[key] % {"number": number} if key in templates else f"{key.replace('_', ' ')} {number}".strip()


def document_texts() -> set[str]:
    """Texts that come with documents and are shown translated: what rules say, what measures ask and warn of."""
    from copartner.analysis.catalogue import all_measures
    from copartner.findings.engine import RULES
    from copartner.findings.messages import TEMPLATES

    texts = {*TEMPLATES.values(), *(rule.remedy for rule in RULES.values())}
    for definition in all_measures():
        texts.update((definition.title, definition.question, *definition.caveats))
    return texts
