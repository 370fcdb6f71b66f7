"""Tiny knowledge bases to simulate exits on: who holds how much of which file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from copartner.analysis.knowledge.base import CONTRIBUTION, FILE, HOLDER, KNOWLEDGE_SCALE, PERSON, KnowledgeBase
from copartner.evidence import tables
from copartner.evidence.portfolio import (
    Affiliation,
    Company,
    Contract,
    Criticality,
    Duration,
    DurationUnit,
    Engagement,
    Notice,
    Partner,
    PartnerKind,
    Person,
    Portfolio,
    RenewalMode,
    RepositoryScope,
    Settings,
    System,
)

AS_OF = date(2026, 9, 30)
THREE_MONTHS = Duration(3, DurationUnit.MONTHS)

CODE_COMMIT = pa.schema(
    [
        ("repository", pa.string()),
        ("commit", pa.string()),
        ("author_time", tables.TIME),
        ("touched_docs", pa.bool_()),
        ("system", pa.string()),
    ]
)


def stint(organisation: str, start: str | None = None, end: str | None = None) -> Affiliation:
    return Affiliation(
        organisation,
        date.fromisoformat(start) if start else None,
        date.fromisoformat(end) if end else None,
    )


def person(name: str, *stints: Affiliation) -> Person:
    return Person(name, None, (f"{name}@example.org",), stints)


def contract(
    partner: str = "nordhang",
    *,
    name: str = "frame",
    term_end: date | None = date(2026, 12, 31),
    renewal: RenewalMode = RenewalMode.TACIT,
    notice: Duration | None = THREE_MONTHS,
    lead: int = 30,
) -> Contract:
    return Contract(
        id=name,
        partner=partner,
        title=name,
        start=date(2024, 1, 1),
        term_end=term_end,
        renewal=renewal,
        renewal_term=Duration(12, DurationUnit.MONTHS),
        notice=Notice(company=notice),
        internal_lead=Duration(lead, DurationUnit.DAYS),
    )


PEOPLE = (
    person("ada", stint("hansekontor", "2019-01-01")),
    person("ben", stint("hansekontor", "2019-01-01")),
    person("ewe", stint("hansekontor", "2019-01-01", "2026-11-30")),
    person("nia", stint("nordhang", "2020-01-01")),
    person("nik", stint("nordhang", "2020-01-01")),
    person("nat", stint("nordhang", "2020-01-01", "2026-10-31"), stint("hansekontor", "2026-11-01")),
    person("qui", stint("quendel", "2020-01-01")),
    person("old", stint("nordhang", "2018-01-01", "2024-06-30")),
)
SYSTEMS = (
    System("payments", "Payments", Criticality.HIGH, (RepositoryScope("pay"),)),
    System("shop", "Shop", Criticality.LOW, (RepositoryScope("shop"),)),
)
ENGAGEMENTS = (
    Engagement("e1", "nordhang", ("payments",), date(2020, 1, 1)),
    Engagement("e2", "quendel", ("shop",), date(2020, 1, 1)),
)


def portfolio(
    *,
    people: Sequence[Person] = PEOPLE,
    contracts: Sequence[Contract] = (contract(),),
    engagements: Sequence[Engagement] = ENGAGEMENTS,
    systems: Sequence[System] = SYSTEMS,
    settings: Settings | None = None,
) -> Portfolio:
    return Portfolio(
        company=Company("hansekontor", "Hansekontor"),
        partners=(
            Partner("nordhang", "Nordhang Digital", PartnerKind.AGENCY),
            Partner("quendel", "Quendel Labs", PartnerKind.SOFTWARE_HOUSE),
        ),
        organisations=(),
        domains=(),
        people=tuple(people),
        bots=(),
        repositories=(),
        systems=tuple(systems),
        engagements=tuple(engagements),
        contracts=tuple(contracts),
        settings=settings or Settings(),
        sha256="0" * 64,
    )


def world(
    files: Mapping[str, Mapping[str, float]],
    *,
    plan: Portfolio | None = None,
    as_of: date = AS_OF,
    active: Mapping[str, bool] | None = None,
    seen: Mapping[str, str] | None = None,
    lines: int = 100,
    unreadable: Mapping[str, str] | None = None,
    order: int = 1,
) -> KnowledgeBase:
    """``files`` maps ``system/component/path`` to person → knowledge mass.

    ``active`` overrides who was active within the window (default: all but ``old``), ``seen`` the organisation of the
    last commit. ``order`` -1 turns all rows around, which must change nothing.
    """
    plan = plan or portfolio()
    inactive = {"old"}
    activity = {**{name: name not in inactive for holders in files.values() for name in holders}, **(active or {})}
    declared = {item.id: item for item in plan.people}

    def last_seen(name: str) -> str:
        if seen and name in seen:
            return seen[name]
        return declared[name].affiliations[0].organisation if name in declared else "unknown"

    recent = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC) - timedelta(days=10)
    ancient = recent - timedelta(days=900)
    file_rows, holder_rows = [], []
    for number, (place, holders) in enumerate(files.items()):
        system, component, path = place.split("/", 2)
        file_rows.append(
            {
                "file": number,
                "repository": "shop" if system == "shop" else "pay",
                "path": path,
                "system": system or None,
                "component": component or None,
                "lines": lines,
                "changes_365d": 0,
                "weight": float(lines),
                "last_change": recent,
            }
        )
        for name, mass in holders.items():
            scaled = round(mass * KNOWLEDGE_SCALE)
            holder_rows.append(
                {
                    "file": number,
                    "person": name,
                    "organisation": last_seen(name),
                    "changes": 1,
                    "created": False,
                    "last_change": recent,
                    "undecayed": scaled,
                    "decayed": scaled,
                    "decayed_180": scaled,
                    "decayed_365": scaled,
                    "decayed_730": scaled,
                }
            )
    people_rows = [
        {
            "person": name,
            "declared": name in declared,
            "organisation_at": last_seen(name),
            "last_active": recent if is_active else ancient,
            "active": is_active,
        }
        for name, is_active in sorted(activity.items())
    ]
    empty = pa.table({"path": pa.array([], pa.string())})
    return KnowledgeBase(
        portfolio=plan,
        as_of=as_of,
        contributions=CONTRIBUTION.empty_table(),
        files=pa.Table.from_pylist(file_rows, FILE),
        holders=pa.Table.from_pylist(holder_rows[::order], HOLDER),
        people=pa.Table.from_pylist(people_rows[::order], PERSON),
        references=empty,
        documents=empty,
        decisions=empty,
        code_commits=CODE_COMMIT.empty_table(),
        unreadable=unreadable or {},
    )
