"""Sentences of findings in the reader's language, from the templates the rules wrote them with.

A document holds each sentence in English and, beside it, its template's id and values. Another language is written
from the template; where that is impossible (an older document, a template that is gone) the frozen English stays.
"""

from __future__ import annotations

import string
from typing import Any

from django.utils.translation import get_language, gettext, gettext_noop

from copartner.assessments.reading import Reading, Row
from copartner.assessments.vocabulary import choice, measure_title, vocabulary, word
from copartner.design import numbers
from copartner.findings.messages import TEMPLATES

_VERDICTS = {
    "feasible": gettext_noop("fits into the time left"),
    "feasible_with_extension": gettext_noop("fits only with an extension"),
    "infeasible": gettext_noop("does not fit into the time left"),
    "unknown": gettext_noop("cannot be judged yet"),
}


def english() -> bool:
    """Whether the active language is the one documents are frozen in."""
    return (get_language() or "en").startswith("en")


def title(finding: Row, subject: str) -> str | None:
    """A finding's title: as frozen in English, from its template elsewhere; ``None`` where that cannot be written.

    ``subject`` is what the finding is about, in the reader's language.
    """
    if english():
        return str(finding["title"])
    return _from_template(finding.get("message"), {"rule": word(finding["rule"]), "subject": subject})


def reasons(reading: Reading, finding: Row) -> list[str]:
    """Why the confidence is what it is, or what is missing: each a sentence, measures and choices by their names."""
    frozen = finding["reasons"]
    messages = finding.get("reason_messages") or ()
    if len(messages) != len(frozen):
        return [vocabulary(reason) for reason in frozen]
    return [
        _from_template(message, _named(reading, message["params"])) or vocabulary(reason)
        for message, reason in zip(messages, frozen, strict=True)
    ]


def disappears_when(finding: Row) -> str:
    """What would make a finding disappear."""
    frozen = str(finding["disappears_when"])
    if english():
        return frozen
    return _from_template(finding.get("disappears_message"), {}) or vocabulary(frozen)


def _named(reading: Reading, params: Row) -> dict[str, str]:
    """Ids among the values of a reason, as names."""
    named = {key: measure_title(reading.definitions, params[key]) for key in ("measure", "input") if key in params}
    if "choice" in params:
        named["choice"] = ", ".join(choice(item) for item in str(params["choice"]).split(", "))
    if "why" in params:
        named["why"] = vocabulary(str(params["why"]))
    return named


def _from_template(message: Row | None, named: dict[str, str]) -> str | None:
    template = None if message is None else TEMPLATES.get(message["id"])
    if message is None or template is None:
        return None
    translated = gettext(template)
    if translated == template and not english():
        return None
    try:
        return _FORMATTER.vformat(translated, (), {**message["params"], **named})
    except (KeyError, ValueError, TypeError):
        return None


class _Localised(string.Formatter):
    """Fills ``{name:percent}``, ``{name:date}`` and ``{name:verdict}`` the way the active language writes them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "percent":
            return numbers.percent(float(value), _places(float(value)))
        if format_spec == "date":
            return numbers.day(value)
        if format_spec == "verdict":
            return gettext(_VERDICTS[value])
        return numbers.count(value) if isinstance(value, int | float) else str(value)


_FORMATTER = _Localised()


def _places(share: float) -> int:
    """The decimals a rule left in a share so that it does not look like a limit it is not."""
    return next(places for places in range(5) if places == 4 or round(share * 100, places) == round(share * 100, 4))
