"""What the values of a portfolio must be to each other: references, ids, periods, e-mails, domains.

Works on what could be read: a value that was refused is absent and is not complained about a second time. A list
entry that was refused is ``None``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from copartner.evidence.portfolio import BOT, DIGEST_PREFIX, UNKNOWN, Bot, email_digest
from copartner.sources.portfolio_file.contract_checks import check_contracts
from copartner.sources.portfolio_file.errors import Path, choose_from
from copartner.sources.portfolio_file.yaml_document import Report

Values = Mapping[str, Any]

_RESERVED: Final = {UNKNOWN, BOT}
_PSEUDONYM: Final = re.compile(r"p-[0-9a-f]{12}")


@dataclass(frozen=True)
class Known:
    """The ids of one list. Incomplete if an entry's id could not be read: then nobody can say that an id is unknown."""

    what: str
    paths: Mapping[str, Path]
    complete: bool


def check(values: Values, report: Report) -> None:
    """Report every contradiction between values of the file."""
    organisations = _organisations(values, report)
    people = _unique_ids(values, "people", report, "person")
    repositories = _unique_ids(values, "repositories", report, "repository")
    systems = _unique_ids(values, "systems", report, "system")
    partners = Known(
        "partner",
        {party["id"]: path for path, party in entries(values, "partners") if "id" in party},
        _readable(values, "partners", report),
    )
    _unique_ids(values, "bots", report, "bot", taken=people)
    _people(values, organisations, report)
    _domains(values, report)
    _bots(values, report)
    _repositories(values, report)
    for path, partner in entries(values, "partners"):
        _refer(partner, path, "owner", people, report)
    for path, system in entries(values, "systems"):
        _system(system, path, people, repositories, report)
    engagements = _unique_ids(values, "engagements", report, "engagement")
    for path, engagement in entries(values, "engagements"):
        _refer(engagement, path, "partner", partners, report)
        _refer_all(engagement, path, "systems", systems, report)
        period(engagement, path, "start", "end", report)
    _unique_ids(values, "contracts", report, "contract")
    for path, contract in entries(values, "contracts"):
        _refer(contract, path, "partner", partners, report)
        _refer_all(contract, path, "engagements", engagements, report)
        period(contract, path, "start", "term_end", report)
    check_contracts(values, report)


def entries(values: Values, *keys: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The readable mappings in the lists named, with their paths."""
    for key in keys:
        for position, entry in enumerate(values.get(key) or ()):
            if entry is not None:
                yield (key, position), entry


def period(entry: Values, path: Path, first: str, last: str, report: Report) -> None:
    """Report a period that ends before it starts."""
    start, end = entry.get(first), entry.get(last)
    if start is not None and end is not None and end < start:
        report.add((*path, last), "ends before it starts", f"Write a date on or after {start}.")


def _parties(values: Values) -> Iterator[tuple[Path, dict[str, Any]]]:
    if values.get("company") is not None:
        yield ("company",), values["company"]
    yield from entries(values, "partners", "organisations")


def _organisations(values: Values, report: Report) -> Known:
    found: dict[str, Path] = {}
    for path, party in _parties(values):
        name = party.get("id")
        if name is None:
            continue
        if name in _RESERVED:
            report.add((*path, "id"), f'"{name}" is reserved', f'Write another id, e.g. "{name}-company".')
        elif name in found:
            _duplicate((*path, "id"), name, report.line((*found[name], "id")), report)
        else:
            found[name] = path
    readable = [_readable(values, key, report) for key in ("partners", "organisations")]
    return Known("organisation", found, all(readable) and "id" in (values.get("company") or ()))


def _unique_ids(values: Values, key: str, report: Report, what: str, *, taken: Known | None = None) -> Known:
    found: dict[str, Path] = {}
    for path, entry in entries(values, key):
        name = entry.get("id")
        if name is None:
            continue
        if name in found:
            _duplicate((*path, "id"), name, report.line((*found[name], "id")), report)
        elif taken and name in taken.paths:
            line = report.line((*taken.paths[name], "id"))
            report.add((*path, "id"), f'"{name}" is the id of a {taken.what} on line {line}', "Write another id.")
        elif key == "people" and _PSEUDONYM.fullmatch(name):
            report.add(
                (*path, "id"),
                f'"{name}" has the form of a pseudonym, which undeclared people get',
                "Write another id.",
            )
        found.setdefault(name, path)
    return Known(what, found, _readable(values, key, report))


def _readable(values: Values, key: str, report: Report) -> bool:
    """Whether every id of a list is known."""
    if key not in values:
        return not report.has((key,))
    return all(entry is not None and "id" in entry for entry in values[key])


def _unknown(path: Path, name: str, known: Known, report: Report) -> None:
    if known.complete:
        report.add(path, f'no {known.what} has the id "{name}"', choose_from(name, known.paths, known.what))


def _duplicate(path: Path, name: str, line: int | None, report: Report) -> None:
    report.add(path, f'"{name}" is already the id on line {line}', "Write another id, or join the two entries.")


def _refer(entry: Values, path: Path, key: str, known: Known, report: Report) -> None:
    name = entry.get(key)
    if name is not None and name not in known.paths:
        _unknown((*path, key), name, known, report)


def _refer_all(entry: Values, path: Path, key: str, known: Known, report: Report) -> None:
    seen: set[str] = set()
    for position, name in enumerate(entry.get(key) or ()):
        if name is None:
            continue
        if name in seen:
            report.add((*path, key, position), f'"{name}" is listed twice', "Keep it once.")
        elif name not in known.paths:
            _unknown((*path, key, position), name, known, report)
        seen.add(name)


def _people(values: Values, organisations: Known, report: Report) -> None:
    owners: dict[str, tuple[int, Path]] = {}
    for path, person in entries(values, "people"):
        for position, stint in enumerate(person.get("affiliations") or ()):
            if stint is not None:
                place = (*path, "affiliations", position)
                if stint.get("organisation") not in _RESERVED:
                    _refer(stint, place, "organisation", organisations, report)
                else:
                    report.add(
                        (*place, "organisation"),
                        f'"{stint["organisation"]}" is reserved and cannot be declared',
                        "Remove the affiliation: what is not declared stays unknown; list machines under bots.",
                    )
                period(stint, place, "from", "to", report)
        for position, email in enumerate(person.get("emails") or ()):
            if email is None:
                continue
            place = (*path, "emails", position)
            # An address and its digest are the same mailbox.
            mailbox = email if email.startswith(DIGEST_PREFIX) else email_digest(email)
            if mailbox not in owners:
                owners[mailbox] = (path[1] if isinstance(path[1], int) else 0, place)
                continue
            owner, first = owners[mailbox]
            line = report.line(first)
            if owner == path[1]:
                report.add(place, f"is listed already on line {line}", "Keep it once.")
            else:
                name = values["people"][owner].get("id", f"people[{owner}]")
                report.add(
                    place,
                    f'belongs already to "{name}" on line {line}',
                    "Keep it with one of them, or join the two people.",
                )


def _domains(values: Values, report: Report) -> None:
    seen: dict[str, list[tuple[Path, str | None, date, date]]] = {}
    for path, party in _parties(values):
        for position, entry in enumerate(party.get("domains") or ()):
            if entry is None:
                continue
            place = (*path, "domains", position)
            period(entry, place, "from", "to", report)
            if "domain" not in entry:
                continue
            start, end = entry.get("from") or date.min, entry.get("to") or date.max
            if start > end:
                continue
            for first, owner, from_, to in seen.setdefault(entry["domain"], []):
                if start <= to and from_ <= end:
                    _overlap(place, first, owner, party.get("id"), (from_, to), report)
                    break
            seen[entry["domain"]].append((place, party.get("id"), start, end))


def _overlap(
    place: Path, first: Path, owner: str | None, here: str | None, theirs: tuple[date, date], report: Report
) -> None:
    line = report.line(first)
    if owner == here:
        report.add(
            place, f"is listed already on line {line} for the same time", "Keep it once, or give each its dates."
        )
        return
    from_, to = theirs
    if to < date.max:
        remedy = f"Start it after that one ended: from: {to + timedelta(days=1)}."
    elif from_ > date.min:
        remedy = f"End it before that one started: to: {from_ - timedelta(days=1)}."
    else:
        remedy = "Give both entries from and to dates that do not overlap, or remove one."
    report.add(place, f'belongs to "{owner}" at the same time (line {line})', remedy)


def _bots(values: Values, report: Report) -> None:
    addresses = [
        (email, person.get("id"))
        for _, person in entries(values, "people")
        for email in person.get("emails") or ()
        if email is not None
    ]
    for path, bot in entries(values, "bots"):
        if "id" in bot and not bot.get("emails") and not bot.get("names"):
            if all(bot.get(key) == [] or not report.has((*path, key)) for key in ("emails", "names")):
                report.add(path, "has neither emails nor names, so it matches nothing", 'Add emails: ["renovate@*"].')
            continue
        for position, pattern in enumerate(bot.get("emails") or ()):
            if pattern is None:
                continue
            machine = Bot("", (pattern,))
            for email, person in addresses:
                if email == pattern or (not email.startswith(DIGEST_PREFIX) and machine.matches(email, "")):
                    report.add(
                        (*path, "emails", position),
                        f'matches an e-mail of the person "{person}"',
                        "Write a narrower pattern: a bot's commits count for nobody.",
                    )
                    break


def _repositories(values: Values, report: Report) -> None:
    seen: dict[tuple[str, str | None], Path] = {}
    for path, repository in entries(values, "repositories"):
        if "location" not in repository:
            continue
        place = (repository["location"].rstrip("/"), repository.get("revision"))
        if place in seen:
            report.add(
                (*path, "location"),
                f"is the same repository as on line {report.line((*seen[place], 'location'))}",
                "Keep one entry; systems can share a repository by include and exclude patterns.",
            )
        seen.setdefault(place, path)


def _system(system: Values, path: Path, people: Known, repositories: Known, report: Report) -> None:
    _refer(system, path, "internal_owner", people, report)
    seen: set[str] = set()
    for position, scope in enumerate(system.get("repositories") or ()):
        if scope is None or "repository" not in scope:
            continue
        place = (*path, "repositories", position)
        name = scope["repository"]
        if name not in repositories.paths:
            _unknown(
                (*place, "repository") if report.has((*place, "repository")) else place, name, repositories, report
            )
        elif name in seen:
            report.add(place, f'"{name}" is listed twice', "Join the two: one entry with all include patterns.")
        seen.add(name)
    components: dict[str, Path] = {}
    for position, component in enumerate(system.get("components") or ()):
        if component is None or "id" not in component:
            continue
        place = (*path, "components", position, "id")
        if component["id"] in components:
            _duplicate(place, component["id"], report.line(components[component["id"]]), report)
        components.setdefault(component["id"], place)
