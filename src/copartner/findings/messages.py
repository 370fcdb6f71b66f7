"""The sentences of findings: templates by id, filled in English here and by the report in any other language.

A placeholder names a value and how to write it (``{kappa_int:percent}``), so that a translation can order the words
and its formatter the digits. Sentences describe systems, terms and numbers, never people, and blame nobody.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from copartner.analysis.measure import MEASURES

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Parameter = str | int | float


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence to be written: template id and what fills it. Dates are ISO text, shares are 0..1."""

    id: str
    params: Mapping[str, Parameter]

    def __str__(self) -> str:
        return write(self)


TEMPLATES: Mapping[str, str] = MappingProxyType(
    {
        # every rule
        "clear": "{rule}: {subject} is within the limits",
        "unknown": "{rule} could not be decided for {subject}",
        # black box
        "black_box.only": (
            "Only {partner} knows {system}: our own people hold {kappa_int:percent} of the knowledge, "
            "limit {limit:percent}"
        ),
        "black_box.mostly": (
            "Our own people hold {kappa_int:percent} of the knowledge of {system}, limit {limit:percent}; "
            "{partner} holds {partner_share:percent}"
        ),
        "black_box.disappears": (
            "Our own people hold {limit:percent} or more of the knowledge of {system}, or at least {fresh:percent} of "
            "its documents are fresh and at least {review:percent} of the partner's changes are reviewed by us."
        ),
        # lock-in, knowledge
        "lock_in_knowledge.fires": (
            "{share:percent} of the knowledge of {system} is outside the company, limit {limit:percent}; "
            "{partner} holds {partner_share:percent}"
        ),
        "lock_in_knowledge.disappears": (
            "Less than {watch:percent} of the knowledge of {system} is outside the company."
        ),
        # ownership
        "ownership_outsourced.owner": (
            "{system} has no active internal owner, and {partner} holds {partner_share:percent} of its knowledge"
        ),
        "ownership_outsourced.decisions": (
            "Our own people took part in {adr_internal:percent} of the {accepted} accepted decisions about {system}, "
            "limit {limit:percent}"
        ),
        "ownership_outsourced.both": (
            "{system} has no active internal owner, and our own people took part in {adr_internal:percent} of its "
            "{accepted} accepted decisions, limit {limit:percent}"
        ),
        "ownership_outsourced.disappears": (
            "{system} has an internal owner who is active, and our own people took part in at least {limit:percent} of "
            "its accepted decisions."
        ),
        "owner_missing.fires": "{system} has no active internal owner",
        "owner_missing.disappears": "{system} has an internal owner who is active.",
        "no_decision_records.fires": "No decision records were found for {system}",
        "no_decision_records.disappears": (
            "At least one accepted decision record about {system} is in its repositories."
        ),
        # code and documents
        "abandoned_code.fires": (
            "{abandoned:percent} of the files of {system} have no author who is still active, limit {limit:percent}"
        ),
        "abandoned_code.disappears": (
            "Less than {watch:percent} of the files of {system} are without an active author."
        ),
        "documentation_stale.fires": (
            "{doc_freshness:percent} of the documents of {system} are fresh, limit {limit:percent}"
        ),
        "documentation_stale.none": "No documents were found for {system}",
        "documentation_stale.disappears": "At least {limit:percent} of the documents of {system} are fresh.",
        "knowledge_single_point.fires": (
            "{rotation:percent} of the components of {system} are known to two or more of our own people, "
            "limit {limit:percent}"
        ),
        "knowledge_single_point.disappears": (
            "Two or more of our own people know at least {limit:percent} of the components of {system}."
        ),
        # contract
        "notice_closing.days": (
            "{days} days are left to decide on {partner}, until {decision_date:date}; the hand-over {verdict:verdict}"
        ),
        "notice_closing.day": (
            "One day is left to decide on {partner}, until {decision_date:date}; the hand-over {verdict:verdict}"
        ),
        "notice_closing.today": (
            "The decision on {partner} is due today, {decision_date:date}; the hand-over {verdict:verdict}"
        ),
        "notice_closing.decision_passed": (
            "The decision on {partner} was due on {decision_date:date}; notice can still be given until "
            "{notice_deadline:date}, and the hand-over {verdict:verdict}"
        ),
        "notice_closing.notice_passed": (
            "The notice deadline for {partner} passed on {notice_deadline:date}; the next possible end is "
            "{next_end:date}, and the hand-over {verdict:verdict}"
        ),
        "notice_closing.disappears": (
            "The decision on {partner} is recorded, or the hand-over fits into the time until {on:date}."
        ),
        # evidence
        "coverage_low.fires": (
            "{unknown:percent} of the work on {subject} is by people of unknown affiliation, limit {limit:percent}"
        ),
        "coverage_low.disappears": (
            "At most {limit:percent} of the work on {subject} is by people of unknown affiliation."
        ),
        # reasons
        "reason.coverage": "{coverage:percent} of the evidence for “{measure:measure}” was there to be looked at",
        "reason.interval": "“{measure:measure}” may be {low:percent} to {high:percent}, on both sides of the limit",
        "reason.sensitive": "“{measure:measure}” is on the other side of the limit with {choice:choice}",
        "reason.few_files": "only {files} files: watched at most",
        "reason.firm": "the interval and other choices do not reach the limit",
        "reason.missing": "“{input:measure}” is unknown: {why}",
        "reason.criticality": "the criticality is {criticality}; the rule concerns systems of high criticality",
        "reason.no_documents": "no documents in the repositories; a wiki is not connected",
        "reason.no_records": "decisions may be recorded in a place that is not connected",
        "reason.verdict": "{why}",
        "reason.partner_share": "{partner} holds {share:percent} of the knowledge, less than {limit:percent}",
    }
)
"""English templates; the first key part is the rule."""

_VERDICTS = {
    "feasible": "fits into the time left",
    "feasible_with_extension": "fits only with an extension",
    "infeasible": "does not fit into the time left",
    "unknown": "cannot be judged yet",
}

_INPUTS = {
    "internal_review_share": "Partner changes reviewed by us",
    "partner_share": "The partner's share of the knowledge",
    "days_to_decision": "Days left to decide",
    "verdict": "Whether the hand-over fits",
}
_CHOICES = {
    "half_life_days": "a half-life of {} days",
    "activity_window_days": "activity within {} days",
    "slack_days": "{} days of slack",
    "max_age_days": "an age of up to {} days",
}


def write(message: Message) -> str:
    """The English sentence. Raises ``KeyError`` for an unknown id or a missing value."""
    return _FORMATTER.vformat(TEMPLATES[message.id], (), dict(message.params))


def measure_name(name: str) -> str:
    """What a measure or input is called: the measure's title, else its id in words."""
    try:
        return MEASURES.get(name).title
    except KeyError:
        return _INPUTS.get(name, name.replace("_", " "))


def choice_name(choice: str) -> str:
    """A changed choice of a sensitivity strip in words, e.g. ``half_life_days=180``: a half-life of 180 days."""
    return " and ".join(_one_choice(*part.split("=", 1)) for part in choice.split(", "))


def _one_choice(name: str, number: str = "") -> str:
    known = _CHOICES.get(name)
    return known.format(number) if known else f"{name.replace('_', ' ')} {number}".strip()


class _English(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "measure":
            return measure_name(value)
        if format_spec == "choice":
            return choice_name(value)
        if format_spec == "percent":
            return f"{value * 100:.4g}%"
        if format_spec == "date":
            day = date.fromisoformat(value)
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        if format_spec == "verdict":
            return _VERDICTS[value]
        text: str = super().format_field(value, format_spec)
        return text


_FORMATTER = _English()


def visible(value: float, *limits: float) -> float:
    """A share rounded for a sentence: to whole percent, unless that would look like a limit it does not equal."""
    rounded = round(value, 2)
    if rounded != value and rounded in {round(limit, 2) for limit in limits}:
        return round(value, 4)
    return rounded
