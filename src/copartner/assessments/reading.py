"""Reading a frozen document the way a report does: by name, by subject, by what follows for a person.

Nothing is computed here that the document does not say; values, findings and exits are only found, named and ordered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

Row = Mapping[str, Any]
Status = Literal["act", "watch", "ok", "none"]

ANTI_PATTERNS = ("black_box", "lock_in", "incongruent_goals", "lack_of_onboarding")
"""The four anti-patterns in the order they are shown."""

OWNERSHIP_INPUTS = ("ours", "shared", "only_partner", "nobody")
"""Inputs of the measure ``only_partner`` in the order of the ownership bar."""

_FAR = 10**9


class Reading:
    """A document with its indexes. Keys are as in the document: ``measure@partner=…,system=…,component=…``."""

    def __init__(self, document: Row) -> None:
        self.document = document
        self.portfolio: Row = document["portfolio"]
        self.company: str = self.portfolio["company"]["name"]
        self.partners: Sequence[Row] = self.portfolio["partners"]
        self.systems: Sequence[Row] = self.portfolio["systems"]
        self.as_of: str = document["as_of"]
        self.findings: Sequence[Row] = document["findings"]
        self.definitions: dict[str, Row] = {item["id"]: item for item in document["definitions"]}
        self.values: dict[str, Row] = {value["key"]: value for value in document["values"]}
        self.exits: dict[str, Row] = {item["partner"]: item for item in document["exits"]}
        self._names: dict[str, str] = {
            item["id"]: item["name"] for item in (*self.partners, *self.portfolio.get("organisations", ()))
        }
        self._names[self.portfolio["company"]["id"]] = self.company
        self._system_names: dict[str, str] = {item["id"]: item["name"] for item in self.systems}

    def value(
        self, measure: str, *, partner: str | None = None, system: str | None = None, component: str | None = None
    ) -> Row | None:
        """The value of a measure for exactly this subject, ``None`` if the assessment has none."""
        given = (("partner", partner), ("system", system), ("component", component))
        parts = [f"{name}={item}" for name, item in given if item is not None]
        return self.values.get(f"{measure}@{','.join(parts) or 'portfolio'}")

    def organisation_name(self, organisation: str) -> str:
        return self._names.get(organisation, organisation)

    def system_name(self, system: str) -> str:
        return self._system_names.get(system, system)

    def component_name(self, system: str | None, component: str) -> str:
        for candidate in self.systems:
            if candidate["id"] == system:
                for item in candidate.get("components", ()):
                    if item["id"] == component:
                        return str(item["name"])
        return component

    def unit(self, measure: str) -> str:
        definition = self.definitions.get(measure)
        return "count" if definition is None else str(definition["unit"])

    @property
    def firing(self) -> list[Row]:
        """Findings to act on, the most urgent first: by severity, then by time left to decide, then as frozen.

        What another finding says of the whole is left out here (``covered``)."""
        firing = [finding for finding in self.findings if finding["state"] == "fires" and not finding.get("covered_by")]
        return sorted(firing, key=lambda finding: (finding["severity"] != "act_now", self._days_left(finding)))

    @property
    def undecided(self) -> list[Row]:
        return [finding for finding in self.findings if finding["state"] == "unknown"]

    @property
    def clear(self) -> list[Row]:
        return [finding for finding in self.findings if finding["state"] == "clear"]

    def about(self, *, partner: str | None = None, system: str | None = None) -> list[Row]:
        """Findings about a partner, or about a system whoever the partner is."""
        return [
            finding
            for finding in self.findings
            if (partner is None or finding["subject"]["partner"] == partner)
            and (system is None or finding["subject"]["system"] == system)
        ]

    def reading_value(self, key: str) -> list[Row]:
        """Findings that read this value, those that fire first."""
        order = {"fires": 0, "unknown": 1, "clear": 2}
        found = [finding for finding in self.findings if key in finding["measures"]]
        return sorted(found, key=lambda finding: order[finding["state"]])

    def limit_of(self, finding: Row) -> tuple[Row, float] | None:
        """The value a finding judges and the limit it is judged by, where one limit belongs to one value it read."""
        limits = {name.rsplit(".", 1)[-1]: float(limit) for name, limit in finding["limits"].items()}
        for key in finding["measures"]:
            value = self.values.get(key)
            if value is not None and value["value"] is not None and value["measure"] in limits:
                return value, limits[value["measure"]]
        # A rule with an act and a watch limit says in its message which of the two was reached.
        reached = ((finding.get("message") or {}).get("params") or {}).get("limit")
        if reached is None or not limits.keys() & {"act", "watch"} or not finding["measures"]:
            return None
        value = self.values.get(finding["measures"][0])
        return None if value is None else (value, float(reached))

    def limit_of_measure(self, measure: str) -> float | None:
        """The limit some rule sets on a measure; ``None`` where no finding names one."""
        for finding in self.findings:
            pair = self.limit_of(finding)
            if pair is not None and pair[0]["measure"] == measure:
                return pair[1]
        return None

    def covered(self, finding: Row) -> list[Row]:
        """Findings about parts of the same thing that this one already says of the whole."""
        return [other for other in self.findings if other.get("covered_by") == finding["id"]]

    def decision_day(self, partner: str | None) -> str | None:
        """Last day to decide about a partner's contract, ISO text; ``None`` where no contract date is known."""
        row = self.exits.get(partner or "")
        return None if row is None else row.get("decision_date")

    def _days_left(self, finding: Row) -> int:
        row = self.exits.get(finding["subject"]["partner"] or "")
        left = None if row is None else row.get("days_to_decision")
        return _FAR if left is None else int(left)


def worst(findings: Iterable[Row]) -> Status:
    """One status for several findings. Undecided is never counted as good: ``none`` unless something fires."""
    states: set[Status] = set()
    for finding in findings:
        if finding["state"] == "fires":
            states.add("act" if finding["severity"] == "act_now" else "watch")
        else:
            states.add("none" if finding["state"] == "unknown" else "ok")
    for status in ("act", "watch", "none", "ok"):
        if status in states:
            return status
    return "none"


def ownership_shares(value: Row | None) -> list[float | None]:
    """The four shares of the ownership bar out of a value of ``only_partner``; all ``None`` where it is unknown."""
    inputs = {} if value is None or value["value"] is None else value["inputs"]
    return [inputs.get(name) for name in OWNERSHIP_INPUTS]
