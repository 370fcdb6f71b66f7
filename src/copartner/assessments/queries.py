"""Reading frozen assessments: what a page or command asks of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from copartner.assessments.document import AssessmentError, Document


def find_values(
    document: Document,
    measure: str,
    *,
    partner: str | None = None,
    system: str | None = None,
    component: str | None = None,
) -> list[dict[str, Any]]:
    """Values of a measure, narrowed to a subject where one is named.

    Without any subject the portfolio's own value is meant if there is one, else all of them. Raises ``AssessmentError``
    naming what there is when nothing matches.
    """
    of_measure = [value for value in document["values"] if value["measure"] == measure]
    if not of_measure:
        known = ", ".join(sorted({value["measure"] for value in document["values"]}))
        raise AssessmentError(f"{measure}: this assessment has no such measure. It has: {known}.")
    wanted = {"partner": partner, "system": system, "component": component}
    given = {name: value for name, value in wanted.items() if value is not None}
    if not given:
        whole = [value for value in of_measure if not any(value["subject"].values())]
        return whole or of_measure
    exact = [value for value in of_measure if value["subject"] == wanted]
    found = exact or [
        value for value in of_measure if all(value["subject"][name] == item for name, item in given.items())
    ]
    if not found:
        subjects = ", ".join(sorted(value["key"].split("@", 1)[1] for value in of_measure))
        asked = ", ".join(f"{name} {value}" for name, value in given.items())
        raise AssessmentError(f"{measure}: no value for {asked}. There are values for: {subjects}.")
    return found


def definition_of(document: Document, measure: str) -> dict[str, Any]:
    """The definition a measure had when the assessment was frozen. Raises ``KeyError`` if it has none."""
    definition: dict[str, Any]
    for definition in document["definitions"]:
        if definition["id"] == measure:
            return definition
    raise KeyError(measure)


def findings_about(document: Document, value_key: str) -> Iterator[Mapping[str, Any]]:
    """Findings that read this value."""
    return (finding for finding in document["findings"] if value_key in finding["measures"])


def differences(expected: object, actual: object, path: str = "") -> Iterator[str]:
    """Where two documents differ, as readable lines; at most one line per differing place."""
    if type(expected) is not type(actual):
        yield f"{path or 'document'}: {_short(expected)} became {_short(actual)}"
    elif isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted(expected.keys() | actual.keys()):
            place = f"{path}.{key}" if path else str(key)
            if key not in actual:
                yield f"{place}: is gone"
            elif key not in expected:
                yield f"{place}: is new"
            else:
                yield from differences(expected[key], actual[key], place)
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            yield f"{path}: {len(expected)} entries became {len(actual)}"
        for index, (before, after) in enumerate(zip(expected, actual, strict=False)):
            name = before.get("key") or before.get("id") if isinstance(before, dict) else None
            yield from differences(before, after, f"{path}[{name or index}]")
    elif expected != actual:
        yield f"{path}: {_short(expected)} became {_short(actual)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
