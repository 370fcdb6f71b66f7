"""Documentation: readmes, runbooks and architecture decision records in three formats.

Every document ends with a line ``Last checked: …``; whoever goes through it moves that date and adds a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from planted.lines import File


@dataclass(frozen=True)
class Decision:
    """What a decision record says about itself."""

    format: str
    title: str
    status: str
    decided_on: date
    deciders: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    path: str
    human: str
    written: str
    lines: tuple[str, ...]
    checked: tuple[tuple[str, str], ...] = ()
    """Day and person of each later check."""
    decision: Decision | None = None
    dangling: tuple[str, ...] = ()
    """References that lead nowhere today."""

    def note(self, step: int, when: date) -> str:
        """What a check found; the date makes it the only such line of the document."""
        findings = ("Steps run as written.", "Links followed.", "Names of alarms corrected.", "Contacts are current.")
        return f"- {when}: {findings[step % len(findings)]}"


def checks(*entries: str) -> tuple[tuple[str, str], ...]:
    """``"2026-07-14 ida-kroll"`` → day and person."""
    return tuple((entry.split()[0], entry.split()[1]) for entry in entries)


def document_file(document: Document, commit: int) -> File:
    """The document as first written."""
    file = File(document.path, None)
    lines = [*document.lines, "", f"Last checked: {document.written}", ""]
    file.create(commit, [(line, True) for line in lines])
    return file


def readme(
    human: str, written: str, title: str, folders: dict[str, str], checked: tuple[tuple[str, str], ...] = ()
) -> Document:
    """A readme that links the folders it explains: folder → what it does."""
    links = tuple(f"- [`{folder}`]({folder}/) {words}" for folder, words in folders.items())
    return Document("README.md", human, written, (f"# {title}", "", "What lies where:", "", *links), checked)


def runbook(
    path: str,
    human: str,
    written: str,
    title: str,
    targets: tuple[str, ...],
    checked: tuple[tuple[str, str], ...] = (),
    dangling: tuple[str, ...] = (),
) -> Document:
    """A runbook two folders below the root; ``targets`` and ``dangling`` are paths it refers to."""
    steps = tuple(
        f"{number}. Look at [{target.rsplit('/', 1)[-1]}](../../{target}) and compare with the alarm."
        for number, target in enumerate((*targets, *dangling), 1)
    )
    lines = (f"# Runbook: {title}", "", "When the alarm rings:", "", *steps, "", "Call the owner after thirty minutes.")
    return Document(path, human, written, lines, checked, dangling=dangling)


def madr3(
    path: str,
    human: str,
    title: str,
    decided_on: str,
    deciders: tuple[str, ...],
    *,
    status: str = "accepted",
    checked: tuple[tuple[str, str], ...] = (),
) -> Document:
    """A record as Markdown Architectural Decision Records 3 has it: front matter with ``deciders``."""
    return _front_matter("madr3", "deciders", path, human, title, decided_on, deciders, status, checked)


def madr4(
    path: str,
    human: str,
    title: str,
    decided_on: str,
    deciders: tuple[str, ...],
    *,
    status: str = "accepted",
    checked: tuple[tuple[str, str], ...] = (),
) -> Document:
    """A record as MADR 4 has it: front matter with ``decision-makers``."""
    return _front_matter("madr4", "decision-makers", path, human, title, decided_on, deciders, status, checked)


def _front_matter(
    form: str,
    field: str,
    path: str,
    human: str,
    title: str,
    decided_on: str,
    deciders: tuple[str, ...],
    status: str,
    checked: tuple[tuple[str, str], ...],
) -> Document:
    lines = (
        "---",
        f"status: {status}",
        f"date: {decided_on}",
        f"{field}: {', '.join(deciders)}",
        "---",
        "",
        f"# {title}",
        "",
        "## Context and Problem Statement",
        "",
        f"We had to settle how to {title[0].lower()}{title[1:]}.",
        "",
        "## Decision Outcome",
        "",
        f"Chosen: {title}, because it costs least to undo.",
    )
    decision = Decision(form, title, status, date.fromisoformat(decided_on), deciders)
    return Document(path, human, decided_on, lines, checked, decision)


def adr_tools(
    path: str,
    human: str,
    number: int,
    title: str,
    decided_on: str,
    *,
    status: str = "Accepted",
    checked: tuple[tuple[str, str], ...] = (),
) -> Document:
    """A record as adr-tools writes it: it has a date and a status, but no place for who decided."""
    lines = (
        f"# {number}. {title}",
        "",
        f"Date: {decided_on}",
        "",
        "## Status",
        "",
        status,
        "",
        "## Context",
        "",
        f"Without a rule everybody did it differently: {title.lower()}.",
        "",
        "## Decision",
        "",
        f"We will {title[0].lower()}{title[1:]}.",
        "",
        "## Consequences",
        "",
        "Reviewers ask for it.",
    )
    decision = Decision("adr-tools", title, status.lower(), date.fromisoformat(decided_on), ())
    return Document(path, human, decided_on, lines, checked, decision)
