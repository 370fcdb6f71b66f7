"""Sentences of findings in the reader's language, from the templates the rules wrote them with.

A document holds each sentence in English and, beside it, its template's id and values. Another language is written
from the template; where that is impossible (an older document, a template that is gone) the frozen English stays.
"""

from __future__ import annotations

import re
import string
from typing import Any

from django.utils.translation import get_language, gettext

from copartner.assessments.reading import Reading, Row
from copartner.assessments.vocabulary import choice, measure_title, vocabulary, word
from copartner.design import numbers
from copartner.design.texts import gettext_noop
from copartner.findings.messages import TEMPLATES

_FIELD = re.compile(r"\{[^}]*\}")

_VERDICTS = {
    "feasible": gettext_noop("fits into the time left"),
    "feasible_with_extension": gettext_noop("fits only with an extension"),
    "infeasible": gettext_noop("does not fit into the time left"),
    "unknown": gettext_noop("cannot be judged yet"),
}


def english() -> bool:
    """Whether the active language is the one documents are frozen in."""
    return (get_language() or "en").startswith("en")


def title(reading: Reading, finding: Row, subject: str) -> str | None:
    """A finding's title: as frozen in English, from its template elsewhere; ``None`` where that cannot be written.

    ``subject`` is what the finding is about, in the reader's language.
    """
    if english():
        return str(finding["title"])
    return _written(reading, finding.get("message"), {"rule": word(finding["rule"]), "subject": subject})


def reasons(reading: Reading, finding: Row) -> list[str]:
    """Why the confidence is what it is, or what is missing, each as a sentence."""
    frozen = finding["reasons"]
    messages = finding.get("reason_messages") or ()
    if english() or len(messages) != len(frozen):
        return [vocabulary(reason) for reason in frozen]
    return [
        _written(reading, message, {}) or vocabulary(reason) for message, reason in zip(messages, frozen, strict=True)
    ]


def disappears_when(reading: Reading, finding: Row) -> str:
    """What would make a finding disappear."""
    frozen = str(finding["disappears_when"])
    if english():
        return frozen
    return _written(reading, finding.get("disappears_message"), {}) or vocabulary(frozen)


def _written(reading: Reading, message: Row | None, named: dict[str, str]) -> str | None:
    template = None if message is None else TEMPLATES.get(message["id"])
    if message is None or template is None:
        return None
    translated = gettext(template)
    if translated == template and _FIELD.sub("", template).strip():
        return None
    params = {**message["params"], **named}
    for key in ("why", "criticality"):
        if key in params:
            params[key] = vocabulary(str(params[key])) if key == "why" else word(str(params[key]))
    try:
        return _Localised(reading).vformat(translated, (), params)
    except (KeyError, ValueError, TypeError):
        return None


class _Localised(string.Formatter):
    """Fills ``{name:percent}``, ``:date``, ``:verdict``, ``:measure`` and ``:choice`` as the active language writes
    them."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "percent":
            return numbers.percent(float(value), _places(float(value)))
        if format_spec == "date":
            return numbers.day(value)
        if format_spec == "verdict":
            return gettext(_VERDICTS[value])
        if format_spec == "measure":
            return measure_title(self._reading.definitions, str(value))
        if format_spec == "choice":
            return choice(str(value))
        return numbers.count(value) if isinstance(value, int | float) else str(value)


def _places(share: float) -> int:
    """The decimals a rule left in a share so that it does not look like a limit it is not."""
    return next(places for places in range(5) if places == 4 or round(share * 100, places) == round(share * 100, 4))
