"""The summary of an assessment and of an exit simulation on the terminal, readable at 80 columns and without colour.

Words and shapes carry every state; colour only confirms it, so ``NO_COLOR`` and a pipe lose nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from copartner.design import rendering

BAR_WIDTH = 20
HANDOVER_SHOWN = 15
UNDECIDED_SHOWN = 5
_FILLS = {"ours": ("█", "blue"), "shared": ("▓", "bright_black"), "partner": ("▒", "yellow"), "nobody": ("░", "")}
_ASCII = {"ours": "#", "shared": "+", "partner": "-", "nobody": "."}
_MARKS = {"act": ("◆", "bold red"), "watch": ("▲", "bold"), "ok": ("✓", "dim"), "none": ("◌", "dim italic")}
_ASCII_MARKS = {"act": "!", "watch": "^", "ok": "v", "none": "?"}


def render_summary(document: Mapping[str, Any], console: Console, language: str = "en") -> None:
    """Print the answer, the findings, who knows which system, and what the evidence does not cover.

    Raises ``ValueError`` for a language other than ``en`` and ``de``.
    """
    from copartner.assessments.report import LANGUAGES

    if language not in LANGUAGES:
        raise ValueError(f"{language}: a summary is written in {' or '.join(LANGUAGES)}")
    rendering.prepare()
    from django.utils import translation

    from copartner.assessments import sentences
    from copartner.assessments.reading import Reading

    with translation.override(language), _tolerant(console):
        reading = Reading(document)
        console.print()
        _line(console, sentences.title(reading), "bold")
        if reading.portfolio.get("note"):
            _line(console, reading.portfolio["note"], "italic")
        _findings(reading, console)
        _systems(reading, console)
        _coverage(reading, console)


def render_exit(exit_row: Mapping[str, Any], console: Console, language: str = "en") -> None:
    """Print an exit simulation (as in a document's ``exits``): what is left, by when to decide, what to hand over.

    Partners and systems are named by id: the simulation alone does not carry their names. Raises ``ValueError`` for a
    language other than ``en`` and ``de``.
    """
    from copartner.assessments.report import LANGUAGES

    if language not in LANGUAGES:
        raise ValueError(f"{language}: a summary is written in {' or '.join(LANGUAGES)}")
    rendering.prepare()
    from django.utils import translation

    with translation.override(language), _tolerant(console):
        _exit(exit_row, console)


def _findings(reading: Any, console: Console) -> None:
    from django.utils.translation import gettext, ngettext

    from copartner.assessments import messages, sentences
    from copartner.assessments.report_evidence import finding_status
    from copartner.assessments.vocabulary import word
    from copartner.design import numbers

    if reading.firing:
        table = _table("", gettext("Needs a decision"), gettext("Decide by"))
        for finding in reading.firing:
            day = reading.decision_day(finding["subject"]["partner"])
            table.add_row(
                _mark(finding_status(finding), console),
                Text(sentences.finding_title(reading, finding)),
                Text(numbers.day(day) if day else "", no_wrap=True),
            )
        console.print()
        console.print(table)
    console.print()
    for finding in reading.undecided[:UNDECIDED_SHOWN]:
        text = gettext("%(rule)s for %(subject)s could not be decided: %(reason)s") % {
            "rule": word(finding["rule"]),
            "subject": sentences.subject_name(reading, finding["subject"]),
            "reason": "; ".join(messages.reasons(reading, finding)) or numbers.no_data(),
        }
        console.print(Text.assemble(_mark("none", console), " ", text))
    more = len(reading.undecided) - UNDECIDED_SHOWN
    if more > 0:
        _line(
            console,
            ngettext("%(number)s more rule could not be decided", "%(number)s more rules could not be decided", more)
            % {"number": numbers.count(more)},
        )
    if reading.clear:
        _line(
            console,
            ngettext(
                "%(number)s rule is within its limit", "%(number)s rules are within their limits", len(reading.clear)
            )
            % {"number": numbers.count(len(reading.clear))},
            "dim",
        )


def _systems(reading: Any, console: Console) -> None:
    from django.utils.translation import gettext

    from copartner.assessments.reading import ownership_shares, worst
    from copartner.design import numbers

    if not reading.systems:
        return
    table = _table(
        gettext("System"), gettext("Who knows it"), gettext("Ours"), gettext("Only partner"), gettext("Abandoned")
    )
    table.columns[1].min_width = BAR_WIDTH
    for column in table.columns[2:]:
        column.justify = "right"
        column.no_wrap = True
    rows = []
    for system in reading.systems:
        only = reading.value("only_partner", system=system["id"])
        shares = ownership_shares(only)
        status = worst(reading.about(system=system["id"]))
        order = -(only["value"] if only is not None and only["value"] is not None else 0.0)
        name = Text.assemble(_mark(status, console), " ", system["name"])
        cells = [name, _bar(shares, console)]
        for value in (
            reading.value("kappa_int", system=system["id"]),
            only,
            reading.value("abandoned", system=system["id"]),
        ):
            cells.append(_amount(None if value is None else numbers.percent(value["value"]), value))
        rows.append((order, system["name"], cells))
    for _, _, cells in sorted(rows, key=lambda row: row[:2]):
        table.add_row(*cells)
    console.print()
    console.print(table)
    console.print(_legend(console))
    console.print()


def _coverage(reading: Any, console: Console) -> None:
    from django.utils.translation import gettext

    from copartner.assessments.vocabulary import vocabulary
    from copartner.design import numbers

    shares = reading.document["attribution"]
    by_people = 1 - shares.get("bot", 0.0)
    unknown = shares.get("unknown", 0.0) / by_people if shares and by_people > 0 else None
    repositories = reading.document["filter"]["repositories"]
    readable = sum(not row.get("unreadable") for row in repositories.values())
    left_out = sum(reading.document["filter"]["excluded"].values())
    _line(
        console,
        gettext(
            "Evidence up to %(day)s: %(readable)s of %(total)s repositories read, %(share)s of the work not attributed "
            "to anyone, %(files)s files left out"
        )
        % {
            "day": numbers.day(reading.as_of),
            "readable": numbers.count(readable),
            "total": numbers.count(len(repositories)),
            "share": numbers.percent(unknown),
            "files": numbers.count(left_out),
        },
    )
    for name, row in repositories.items():
        if row.get("unreadable"):
            text = gettext("%(repository)s was not read: %(reason)s") % {
                "repository": name,
                "reason": vocabulary(row["unreadable"]),
            }
            console.print(Text.assemble(_mark("none", console), " ", text))
    console.print()


def _exit(row: Mapping[str, Any], console: Console) -> None:
    from django.utils.translation import gettext, ngettext

    from copartner.assessments.report_exit import NOT_APPLICABLE, exit_sentence, known_to_us, lost_files
    from copartner.assessments.vocabulary import vocabulary, word
    from copartner.design import numbers

    console.print()
    _line(console, exit_sentence(row["partner"], row["files"], row["caused"]), "bold")
    table = _table("", gettext("Today"), gettext("After"))
    for column in table.columns[1:]:
        column.justify = "right"
    today, after = known_to_us(row["shares_today"]), known_to_us(row["shares"])
    table.add_row(gettext("Code one of ours knows"), numbers.percent(today), numbers.percent(after))
    table.add_row(gettext("Loses its last knower"), NOT_APPLICABLE, numbers.percent(row["caused"]))
    lost = numbers.count(lost_files(row["counts"]))
    table.add_row(gettext("Files that lose their last knower"), NOT_APPLICABLE, lost)
    console.print(table)
    console.print()
    facts = [
        (gettext("Last day of the partner"), numbers.day(row["on"])),
        (gettext("Notice by"), numbers.day(row["notice_deadline"])),
        (gettext("Decide by"), numbers.day(row["decision_date"])),
        (gettext("Days left to decide"), numbers.count(row["days_to_decision"])),
        (gettext("Hours a handover needs"), numbers.count(row["hours_needed"])),
        (gettext("Hours our people have"), numbers.count(row["hours_available"])),
        (gettext("Handover"), word(row["verdict"])),
    ]
    living = row.get("living_lines") or {}
    if "surviving_line_share" in living:
        facts.append((gettext("Living lines they wrote last"), numbers.percent(living["surviving_line_share"])))
    if "only_partner_lines" in living:
        facts.append((gettext("Living lines only they know"), numbers.percent(living["only_partner_lines"])))
    width = max(len(name) for name, _ in facts)
    for name, text in facts:
        _line(console, f"{name:<{width}}  {text}")
    if row["handover"]:
        handover = _table(
            gettext("Transfer these first"), gettext("System"), gettext("After"), gettext("Lines"), gettext("Hours")
        )
        for column in handover.columns[3:]:
            column.justify = "right"
        for item in row["handover"][:HANDOVER_SHOWN]:
            handover.add_row(
                Text(item["component"]),
                Text(item["system"]),
                Text(word(item["state"])),
                numbers.count(item["lines"]),
                numbers.count(item["hours"]),
            )
        console.print()
        console.print(handover)
        more = len(row["handover"]) - HANDOVER_SHOWN
        if more > 0:
            _line(
                console,
                ngettext("%(number)s more component", "%(number)s more components", more)
                % {"number": numbers.count(more)},
            )
        console.print()
    for text in (row["reason"], row["verdict_reason"], *row["notes"]):
        if text:
            _line(console, f"! {vocabulary(text)}")
    console.print()


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style))


def _amount(text: str | None, value: Mapping[str, Any] | None) -> Text:
    from copartner.design import numbers

    if value is None or value["value"] is None or text is None:
        return Text(numbers.no_data(), style="dim italic")
    return Text(text)


def _bar(shares: Sequence[float | None], console: Console) -> Text:
    """The ownership bar in block characters; the four lengths add up to the whole width."""
    from copartner.design import numbers

    known = [share for share in shares if share is not None]
    if len(known) < len(shares):
        return Text(f"({numbers.no_data()})", style="dim italic")
    ends = [round(sum(known[: place + 1]) * BAR_WIDTH) for place in range(len(known))]
    bar = Text()
    for kind, start, end in zip(_FILLS, [0, *ends[:-1]], ends, strict=True):
        fill, colour = _FILLS[kind]
        bar.append((fill if _blocks(console) else _ASCII[kind]) * (end - start), style=colour)
    return bar


def _legend(console: Console) -> Text:
    from django.utils.translation import gettext

    words = (gettext("we know it"), gettext("shared"), gettext("only the partner"), gettext("nobody active"))
    legend = Text()
    for (kind, (fill, colour)), name in zip(_FILLS.items(), words, strict=True):
        legend.append(fill if _blocks(console) else _ASCII[kind], style=colour)
        legend.append(f" {name}   ")
    legend.rstrip()
    return legend


def _mark(status: str, console: Console) -> Text:
    shape, style = _MARKS[status]
    return Text(shape if _blocks(console) else _ASCII_MARKS[status], style=style)


@contextmanager
def _tolerant(console: Console) -> Iterator[None]:
    """Names and sentences may hold characters the terminal lacks: they become "?" instead of an error."""
    file = console.file
    if _blocks(console) or not isinstance(file, io.TextIOWrapper):
        yield
        return
    before = file.errors
    file.reconfigure(errors="replace")
    try:
        yield
    finally:
        file.reconfigure(errors=before)


def _blocks(console: Console) -> bool:
    """Whether the terminal's encoding has block characters."""
    return (console.encoding or "").lower().startswith("utf")
