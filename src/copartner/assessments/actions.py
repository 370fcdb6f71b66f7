"""What a person can do with assessments: run one, simulate an exit, reproduce one.

The command line and the pages call these functions, never what stands below them.
"""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from copartner.assessments import document as documents
from copartner.assessments.computation import Computation, compute
from copartner.assessments.document import AssessmentError, Document
from copartner.evidence.portfolio import Portfolio

Progress = Callable[[str, str, int, int], None]
"""Called with (name, step, done, total) while long work runs."""

PORTFOLIO_COPY = "portfolio.yaml"
PROVENANCE = "provenance.json"


@dataclass(frozen=True)
class Assessed:
    """A frozen assessment and where it lies. ``seconds`` maps each step to its wall time."""

    document: Document
    folder: Path
    report: Path | None
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class Verification:
    """Outcome of deriving an assessment again."""

    expected: str
    hash: str
    bytes: int
    identical: bool
    differences: tuple[str, ...]


def default_data_folder(portfolio_path: Path) -> Path:
    """Evidence and mirrors live beside the portfolio, in ``.copartner/data``, unless told otherwise."""
    return portfolio_path.resolve().parent / ".copartner" / "data"


def default_output_folder(portfolio_path: Path) -> Path:
    """Assessments are kept beside the portfolio, in ``.copartner/assessments``."""
    return portfolio_path.resolve().parent / ".copartner" / "assessments"


def read_portfolio(path: Path) -> Portfolio:
    """Read a portfolio and check its limits too. Raises ``PortfolioErrors`` with every problem and its line."""
    from copartner.findings.limits import LimitError, resolve_limits
    from copartner.sources.portfolio_file.reading import load_portfolio, refuse

    portfolio = load_portfolio(path)
    try:
        resolve_limits(portfolio.settings.limits)
    except LimitError as error:
        found = [(("settings", "limits", item.limit), item.message, item.remedy) for item in error.problems]
        raise refuse(path, found) from error
    return portfolio


def assess(
    portfolio_path: Path,
    *,
    as_of: date,
    data: Path | None = None,
    out: Path | None = None,
    engine: str = "duckdb",
    workers: int | None = None,
    ownership: bool = True,
    report: bool = True,
    language: str = "en",
    progress: Progress | None = None,
) -> Assessed:
    """Read the portfolio's repositories, compute, judge and freeze.

    Raises ``PortfolioErrors`` for a bad portfolio (nothing is written then), ``AssessmentError`` where no repository
    could be read, ``EvidenceError`` for a damaged ledger.
    """
    started = time.perf_counter()
    portfolio = read_portfolio(portfolio_path)
    data = data or default_data_folder(portfolio_path)
    computation = compute(
        portfolio,
        as_of,
        portfolio_path=portfolio_path,
        base_folder=portfolio_path.resolve().parent,
        data=data,
        engine=engine,
        workers=workers,
        ownership=ownership,
        progress=progress,
    )
    result = computation.document
    _keep_evidence(data, computation)
    folder = (out or default_output_folder(portfolio_path)) / f"{as_of.isoformat()}-{result['hash'][:12]}"
    documents.write(result, folder)
    (folder / PORTFOLIO_COPY).write_bytes(portfolio_path.read_bytes())
    provenance = {
        "portfolio": str(portfolio_path.resolve()),
        "data": str(data.resolve()),
        "engine": engine,
        "ownership": ownership,
        "ledger": computation.pin,
    }
    (folder / PROVENANCE).write_text(json.dumps(provenance, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    seconds = dict(computation.seconds)
    report_path = None
    if report:
        from copartner.assessments.report import render_report

        before = time.perf_counter()
        report_path = folder / "report.html"
        report_path.write_text(render_report(result, language=language), encoding="utf-8")
        seconds["report"] = time.perf_counter() - before
    seconds["total"] = time.perf_counter() - started
    return Assessed(result, folder, report_path, {step: round(value, 3) for step, value in seconds.items()})


def _keep_evidence(data: Path, computation: Computation) -> None:
    """Keep what the assessment read: compacting and cleaning the ledger never take it away."""
    from copartner.evidence.ledger import Ledger, Pin

    pin = Pin.from_json(computation.pin)
    Ledger.open(data / "evidence").keep(pin, f"assessment {computation.document['hash']}")


def simulate_partner_exit(
    portfolio_path: Path,
    partner: str,
    *,
    on: date | None,
    as_of: date,
    data: Path | None = None,
    engine: str = "duckdb",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """What loses its last active internal knower if ``partner`` leaves on ``on`` (default: the current term's end).

    Returns the exit as it stands in an assessment document, with the names it needs and, from line ownership, the
    shares of living lines the partner's people wrote last (``living_lines``). Raises ``AssessmentError`` naming
    the known partners if there is no such partner.
    """
    portfolio = read_portfolio(portfolio_path)
    known = [candidate.id for candidate in portfolio.partners]
    if partner not in known:
        raise AssessmentError(f"{partner}: no such partner. Declared partners: {', '.join(known) or 'none'}.")
    computation = compute(
        portfolio,
        as_of,
        portfolio_path=portfolio_path,
        base_folder=portfolio_path.resolve().parent,
        data=data or default_data_folder(portfolio_path),
        engine=engine,
        workers=None,
        ownership=True,
        progress=progress,
        exits=[(partner, on)],
    )
    document = computation.document
    living = {
        value["measure"]: value["value"]
        for value in document["values"]
        if value["measure"] in ("surviving_line_share", "only_partner_lines")
        and value["subject"] == {"partner": partner, "system": None, "component": None}
    }
    return {
        "portfolio": document["portfolio"],
        "as_of": document["as_of"],
        "pins": document["pins"],
        "exit": {**document["exits"][0], "living_lines": living},
    }


def verify(
    assessment: Path,
    *,
    portfolio_path: Path | None = None,
    data: Path | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Derive an assessment again from its pinned heads and definitions and compare byte for byte.

    ``data`` may be any folder, an empty one too: evidence is then collected anew. Raises ``AssessmentError`` if the
    document was changed, or its repositories or definitions are not to be had.
    """
    document = documents.read(assessment)
    folder = assessment if assessment.is_dir() else assessment.parent
    with _recomputed(folder, document, portfolio_path, data, progress) as computation:
        expected = documents.canonical(document)
        actual = documents.canonical(computation.document)
    from copartner.assessments.queries import differences

    changes = [] if expected == actual else list(_first(differences(document, computation.document), 20))
    return Verification(
        expected=document["hash"],
        hash=computation.document["hash"],
        bytes=len(actual),
        identical=expected == actual,
        differences=tuple(changes),
    )


def with_rows(assessment: Path, document: Document, value: Mapping[str, Any], rows: int) -> dict[str, Any]:
    """The value with up to ``rows`` evidence rows; what the frozen document does not hold is derived again."""
    found = dict(value)
    held = found["rows"]
    if rows <= len(held["rows"]) or held["total"] <= len(held["rows"]):
        return found
    folder = assessment if assessment.is_dir() else assessment.parent
    with _recomputed(folder, document, None, None, None, rows=rows) as computation:
        for candidate in computation.document["values"]:
            if candidate["key"] == found["key"]:
                return {**found, "rows": candidate["rows"]}
    raise AssessmentError(f"{found['key']}: could not be derived again. Run copartner verify to see what changed.")


@contextmanager
def _recomputed(
    folder: Path,
    document: Document,
    portfolio_path: Path | None,
    data: Path | None,
    progress: Progress | None,
    rows: int | None = None,
) -> Iterator[Computation]:
    provenance = _provenance(folder)
    original = portfolio_path or Path(provenance.get("portfolio", folder / PORTFOLIO_COPY))
    portfolio = _pinned_portfolio(folder, document, portfolio_path)
    recorded = provenance.get("data")
    ownership = any(value["measure"] == "surviving_line_share" for value in document["values"])
    yield compute(
        portfolio,
        date.fromisoformat(document["as_of"]),
        portfolio_path=folder / PORTFOLIO_COPY if portfolio_path is None else portfolio_path,
        base_folder=original.resolve().parent,
        data=data or (Path(recorded) if recorded else default_data_folder(original)),
        engine=os.environ.get("COPARTNER_ENGINE", "duckdb"),
        workers=None,
        ownership=ownership,
        progress=progress,
        rows=rows,
    )


def _provenance(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _pinned_portfolio(folder: Path, document: Document, portfolio_path: Path | None) -> Portfolio:
    """The assessment's own copy of the portfolio (or the one named), its repositories fixed to the pinned heads."""
    path = portfolio_path or folder / PORTFOLIO_COPY
    if not path.is_file():
        raise AssessmentError(f"{path}: the portfolio is missing. Name the one that was assessed with --portfolio.")
    portfolio = read_portfolio(path)
    if portfolio.sha256 != document["portfolio"]["sha256"]:
        raise AssessmentError(
            f"{path}: this is not the portfolio that was assessed (its content differs). "
            "Name the assessed one with --portfolio, or leave the option out to use the frozen copy."
        )
    heads = document["pins"]["heads"]
    repositories = tuple(
        dataclasses.replace(repository, revision=heads[repository.id]) if repository.id in heads else repository
        for repository in portfolio.repositories
    )
    return dataclasses.replace(portfolio, repositories=repositories)


def _first(lines: Iterator[str], count: int) -> Iterator[str]:
    for index, line in enumerate(lines):
        if index == count:
            yield "… more differences"
            return
        yield line
