"""The evidence behind a report: every number is a link, and every linked number gets its drawer.

A section asks ``Evidence`` for the link of a value, a finding or an exit; at the end exactly what was linked is
rendered as drawers. So a number without evidence cannot be printed, and nothing is rendered that nobody can open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from copartner.assessments import messages, sentences
from copartner.assessments.reading import Reading, Row, ownership_shares
from copartner.assessments.vocabulary import choice, confidence, measure_title, vocabulary, word
from copartner.design import charts, numbers, tables

ROWS_SHOWN = 10
"""Evidence rows in a drawer; the drawer says how many there are and how to list them all."""

_UNSAFE = re.compile(r"[^a-z0-9]+")


class Evidence:
    """Links to drawers, and the drawers of what was linked, in the order of first use."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._anchors: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()

    def anchor(self, kind: str, key: str) -> str:
        """The fragment of a drawer: ``e-…`` value, ``f-…`` finding, ``x-…`` exit. Asking for it makes the drawer."""
        known = self._anchors.get((kind, key))
        if known is not None:
            return known
        base = f"{kind}-{_UNSAFE.sub('-', key.lower()).strip('-')}"
        name, again = base, 2
        while name in self._taken:
            name, again = f"{base}-{again}", again + 1
        self._taken.add(name)
        self._anchors[kind, key] = name
        return name

    def number(self, value: Row | None, text: str | None = None) -> SafeString:
        """A measured number as the link to its evidence; no value at all is "no data" without a link."""
        if value is None:
            return unknown()
        unit = self._reading.unit(value["measure"])
        shown = text if text is not None else numbers.quantity(value["value"], unit)
        kind = "num"
        if value["value"] is None:
            kind = "num nodata"
        elif self._over(value["key"]):
            kind = "num over"
        return self._link(kind, self.anchor("e", value["key"]), shown)

    def finding(self, finding: Row, text: str) -> SafeString:
        """A finding's number or sentence as the link to its drawer."""
        return self._link("num text", self.anchor("f", finding["id"]), text)

    def exit(self, partner: str, text: str, *, over: bool = False) -> SafeString:
        return self._link("num over" if over else "num", self.anchor("x", partner), text)

    def handover(self, partner: str, item: Row, text: str) -> SafeString:
        """A number of a hand-over: its drawer lists the files and how the hours come about."""
        return self._link("num", self.anchor("h", f"{partner}/{item['system']}/{item['component']}"), text)

    @staticmethod
    def _link(kind: str, anchor: str, text: str) -> SafeString:
        return mark_safe(f'<a class="{kind}" href="#{anchor}">{escape(text)}</a>')  # noqa: S308

    def _over(self, key: str) -> bool:
        return any(
            finding["state"] == "fires" and finding["severity"] == "act_now"
            for finding in self._reading.reading_value(key)
        )

    def drawers(self) -> Iterator[dict[str, Any]]:
        """What the template needs for each drawer. Drawers may link further drawers; those follow."""
        done: set[tuple[str, str]] = set()
        while pending := [item for item in self._anchors if item not in done]:
            for kind, key in pending:
                done.add((kind, key))
                yield {"kind": kind, "anchor": self._anchors[kind, key], "key": key, **self._contents(kind, key)}

    def _contents(self, kind: str, key: str) -> dict[str, Any]:
        if kind == "e":
            return self._value(self._reading.values[key])
        if kind == "f":
            return self._finding(next(finding for finding in self._reading.findings if finding["id"] == key))
        if kind == "h":
            partner, system, component = key.split("/", 2)
            row = self._reading.exits[partner]
            found = (item for item in row["handover"] if (item["system"], item["component"]) == (system, component))
            return self._handover(row, next(found))
        return self._exit(self._reading.exits[key])

    def _value(self, value: Row) -> dict[str, Any]:
        reading = self._reading
        measure, number = value["measure"], value["value"]
        unit = reading.unit(measure)
        definition = reading.definitions.get(measure)
        return {
            "claim": sentences.claim(reading, value),
            "unknown": number is None,
            "reason": vocabulary(value["reason"]) if value["reason"] else "",
            "result": numbers.quantity(number, unit),
            "definition": definition,
            "definition_title": measure_title(reading.definitions, measure),
            "version": value["version"],
            "inputs": [(self._input_name(name), _amount(item, unit)) for name, item in value["inputs"].items()],
            "interval": numbers.interval(value["interval"][0], value["interval"][1], unit) if value["interval"] else "",
            "sensitivity": [
                (choice(name), numbers.quantity(other, unit), other is None)
                for name, other in value["sensitivity"].items()
            ],
            "strip": self.strip(value, unit),
            "coverage": "" if value["coverage"] is None else numbers.percent(value["coverage"]),
            "n": numbers.count(value["n"]),
            "classes": [(word(name), numbers.percent(share)) for name, share in value["evidence_classes"].items()],
            "notes": [vocabulary(note) for note in value["notes"]],
            "bar": ownership_bar(value, tall=True) if measure == "only_partner" else None,
            "findings": [
                {
                    "title": sentences.finding_title(reading, finding),
                    "status": finding_status(finding),
                    "link": self.finding(finding, gettext("Open the finding")),
                    "disappears": messages.disappears_when(reading, finding) if finding["state"] == "fires" else "",
                }
                for finding in reading.reading_value(value["key"])
                if finding["state"] != "clear"
            ],
            "command": _command(value),
            **self._rows(value["rows"]),
        }

    def _finding(self, finding: Row) -> dict[str, Any]:
        reading = self._reading
        limit = reading.limit_of(finding)
        return {
            "claim": sentences.finding_title(reading, finding),
            "rule": word(finding["rule"]),
            "version": finding["rule_version"],
            "status": finding_status(finding),
            "fires": finding["state"] == "fires",
            "undecided": finding["state"] == "unknown",
            "subject": sentences.subject_name(reading, finding["subject"]),
            "confidence": confidence(finding["confidence"]),
            "bar": None if limit is None else limit_bar(reading, *limit, over=finding["severity"] == "act_now"),
            "limits": [
                (word(name.rsplit(".", 1)[-1]), _amount(item, "share")) for name, item in finding["limits"].items()
            ],
            "inputs": [
                (self._input_name(name), _amount(item, "share"))
                for name, item in finding["inputs"].items()
                if name not in {key.split("@", 1)[0] for key in finding["measures"]}
            ],
            "measures": [
                (sentences.claim(reading, value), self.number(value))
                for value in map(reading.values.get, finding["measures"])
                if value is not None
            ],
            "reasons": messages.reasons(reading, finding),
            "remedy": vocabulary(finding["remedy"]),
            "disappears": messages.disappears_when(reading, finding),
            **self._rows(finding["rows"]),
        }

    def _exit(self, row: Row) -> dict[str, Any]:
        name = self._reading.organisation_name(row["partner"])
        facts = [
            (gettext("Last day of the partner"), numbers.day(row["on"])),
            (gettext("Notice by"), numbers.day(row["notice_deadline"])),
            (gettext("Decide by"), numbers.day(row["decision_date"])),
            (gettext("Days left to decide"), numbers.count(row["days_to_decision"])),
            (gettext("Hours a handover needs"), hours(row["hours_needed"])),
            (gettext("Hours our people have"), hours(row["hours_available"])),
            (gettext("Our people who could learn it"), numbers.count(row["learners"])),
            (gettext("Coverage"), numbers.percent(row["coverage"])),
        ]
        return {
            "claim": gettext("If %(partner)s leaves") % {"partner": name},
            "reasons": [vocabulary(text) for text in (row["reason"], row["verdict_reason"]) if text],
            "facts": facts,
            "caused": numbers.percent(row["caused"]),
            "sensitivity": [(choice(name), numbers.percent(share)) for name, share in row["sensitivity"].items()],
            "parameters": [(word(name), numbers.plain(item)) for name, item in row["parameters"].items()],
            "states": [
                (
                    word(state) if state != "unknown" else numbers.no_data(),
                    numbers.count(row["counts_today"].get(state, 0)),
                    numbers.count(count),
                    numbers.percent(row["shares"].get(state)),
                )
                for state, count in row["counts"].items()
            ],
            "notes": [vocabulary(note) for note in row["notes"]],
            **self._rows(row["rows"]),
        }

    def _handover(self, row: Row, item: Row) -> dict[str, Any]:
        reading = self._reading
        return {
            "claim": gettext("Hand over %(component)s of %(system)s before %(partner)s leaves")
            % {
                "component": reading.component_name(item["system"], item["component"]),
                "system": reading.system_name(item["system"]),
                "partner": reading.organisation_name(row["partner"]),
            },
            "facts": [
                (gettext("Knowledge that leaves"), numbers.percent(item["share_lost"])),
                (gettext("Share of all risk of this exit"), numbers.percent(item["risk"])),
                (gettext("Files"), numbers.count(item["files"])),
                *((word(state), numbers.count(count)) for state, count in item["states"].items()),
                (gettext("Lines"), numbers.count(item["lines"])),
                (gettext("Hours a handover needs"), hours(item["hours"])),
            ],
            "parameters": [(word(name), numbers.plain(value)) for name, value in row["parameters"].items()],
            "notes": [vocabulary(note) for note in row["notes"]],
            **self._rows(item["rows"]),
        }

    def strip(self, value: Row, unit: str) -> SafeString | None:
        others = [other for other in value["sensitivity"].values() if other is not None]
        if value["value"] is None or (not others and not value["interval"]):
            return None
        ends = [value["value"], *others, *(value["interval"] or ())]
        top = 1.0 if unit == "share" else 100.0 if unit == "index" else max(max(ends) * 1.1, 1.0)
        label = gettext("%(value)s; under other choices %(range)s") % {
            "value": numbers.quantity(value["value"], unit),
            "range": numbers.interval(min(ends), max(ends), unit),
        }
        marks = [charts.Mark(other) for other in others]
        return charts.strip(
            [*marks, charts.Mark(value["value"], chosen=True)],
            label,
            top=top,
            interval=value["interval"],
            limit=self._reading.limit_of_measure(value["measure"]),
        )

    def _rows(self, rows: Row) -> dict[str, Any]:
        shown = rows["rows"][:ROWS_SHOWN]
        if not shown:
            return {"table": None, "rows_shown": 0, "rows_total": rows["total"]}
        heading = gettext("%(shown)s of %(total)s rows") % {
            "shown": numbers.count(len(shown)),
            "total": numbers.count(rows["total"]),
        }
        return {
            "table": tables.evidence_table(rows["columns"], shown, heading, heading=word),
            "rows_heading": heading,
            "rows_source": rows["table"],
            "rows_shown": len(shown),
            "rows_total": rows["total"],
        }

    def _limit_name(self, name: str) -> str:
        tail = name.rsplit(".", 1)[-1]
        return {"act": gettext("act from"), "watch": gettext("watch from")}.get(tail) or self._input_name(tail)

    def _input_name(self, name: str) -> str:
        """An input by name; those of one organisation end in its id, as ``kappa_nordhang``."""
        known = self._reading.organisation_name(name)
        if known != name:
            return known
        for prefix, template in (
            ("kappa_", gettext("Known to %(organisation)s")),
            ("people_", gettext("People of %(organisation)s")),
            ("decisions_only_", gettext("Decisions of %(organisation)s alone")),
        ):
            organisation = name.removeprefix(prefix)
            known = self._reading.organisation_name(organisation)
            if organisation != name and known != organisation:
                return template % {"organisation": known}
        if name in self._reading.definitions:
            return measure_title(self._reading.definitions, name)
        return word(name)


def unknown(text: str | None = None) -> SafeString:
    """An unknown without evidence of its own."""
    return format_html('<span class="unknown">{}</span>', text or numbers.no_data())


def hours(value: float | None) -> str:
    """Hours of work, an estimate: two significant digits."""
    if value is None:
        return numbers.no_data()
    return numbers.decimal(value, 0 if value >= 9.95 or float(value).is_integer() else 1)


def finding_status(finding: Row) -> str:
    """The status of one finding."""
    if finding["state"] == "fires":
        return "act" if finding["severity"] == "act_now" else "watch"
    return "none" if finding["state"] == "unknown" else "ok"


def ownership_bar(value: Row | None, *, name: str = "", tall: bool = False) -> SafeString:
    """The ownership bar of a value of ``only_partner``; dashed where there is no value."""
    shares = ownership_shares(value)
    without_us = None if value is None else value["inputs"].get("shared_without_us")
    label = ownership_label(shares, without_us)
    return charts.ownership_bar(shares, f"{name}: {label}" if name else label, tall=tall, without_us=without_us)


def ownership_label(shares: list[float | None], without_us: float | None = None) -> str:
    """The sentence an ownership bar states."""
    if any(share is None for share in shares):
        return gettext("Who knows the code: no data")
    ours, shared, partner, nobody = (numbers.percent(share) for share in shares)
    if without_us:
        return gettext(
            "%(ours)s known by us, %(shared)s shared, of it %(apart)s without us, %(partner)s only the partner, "
            "%(nobody)s nobody active"
        ) % {
            "ours": ours,
            "shared": shared,
            "apart": numbers.percent(without_us),
            "partner": partner,
            "nobody": nobody,
        }
    return gettext(
        "%(ours)s known by us, %(shared)s shared, %(partner)s only the partner, %(nobody)s nobody active"
    ) % {
        "ours": ours,
        "shared": shared,
        "partner": partner,
        "nobody": nobody,
    }


def limit_bar(reading: Reading, value: Row, limit: float, *, over: bool) -> dict[str, Any]:
    """A value against its limit: the bar, and the words that say the same."""
    unit = reading.unit(value["measure"])
    top = 1.0 if unit == "share" else 100.0 if unit == "index" else max(limit, value["value"] or 0.0) * 1.25 or 1.0
    text = gettext("%(value)s, limit %(limit)s") % {
        "value": numbers.quantity(value["value"], unit),
        "limit": numbers.quantity(limit, unit),
    }
    label = f"{measure_title(reading.definitions, value['measure'])}: {text}"
    return {
        "svg": charts.limit_bar(value["value"], limit, label, top=top, over=over, interval=value["interval"]),
        "text": text,
        "title": measure_title(reading.definitions, value["measure"]),
        "limit": numbers.quantity(limit, unit),
        "value": value,
    }


def _amount(item: object, unit: str) -> str:
    """An input of a formula: a fraction of a share measure is a share, everything else what it is."""
    if isinstance(item, float) and unit == "share" and 0 <= item <= 1:
        return numbers.percent(item)
    if isinstance(item, str) and item.replace("_", "").isalpha():
        return word(item)
    return numbers.plain(item)


def _command(value: Row) -> str:
    """The command that lists every row of a value."""
    subject = value["subject"]
    narrowed = "".join(f" --{name} {subject[name]}" for name in ("partner", "system", "component") if subject[name])
    return f"copartner explain ASSESSMENT {value['measure']}{narrowed} --rows {value['rows']['total']}"
