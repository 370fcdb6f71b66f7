"""Evidence tables for tests of the knowledge measures, written as "who changed what how many days ago".

    evidence = Evidence(portfolio(...))
    evidence.file("app", "a.py", lines=100)
    evidence.change("ann@company", 30, {"a.py": 100}, added=("a.py",))
    base = evidence.base()

A person is written ``name@organisation``: that organisation is what attribution found for the commit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from copartner.analysis.knowledge.base import CONTRIBUTION, KnowledgeBase
from copartner.analysis.knowledge.build import build_knowledge_base, end_of
from copartner.evidence import tables
from copartner.evidence.engine import Engine, connect
from copartner.evidence.portfolio import (
    Company,
    Component,
    Criticality,
    Engagement,
    Organisation,
    Partner,
    PartnerKind,
    Person,
    Portfolio,
    Repository,
    RepositoryScope,
    Settings,
    System,
)

AS_OF = date(2026, 9, 30)
NOW = end_of(AS_OF)


_engine: list[Engine] = []


def duckdb_engine() -> Engine:
    """One engine for the whole test run: connecting costs more than most tests."""
    if not _engine:
        _engine.append(connect("duckdb"))
    return _engine[0]


def a_system(
    system: str = "app",
    *,
    repositories: Sequence[str] = ("app",),
    include: Sequence[str] = ("**",),
    exclude: Sequence[str] = (),
    components: Mapping[str, Sequence[str]] | None = None,
    owner: str | None = None,
    criticality: Criticality = Criticality.HIGH,
) -> System:
    return System(
        id=system,
        name=system.title(),
        criticality=criticality,
        repositories=tuple(RepositoryScope(name, tuple(include), tuple(exclude)) for name in repositories),
        components=tuple(Component(name, name, tuple(paths)) for name, paths in (components or {}).items()),
        internal_owner=owner,
    )


def a_portfolio(
    *,
    partners: Iterable[str] = ("nordhang",),
    systems: Sequence[System] | None = None,
    people: Sequence[Person] = (),
    engagements: Mapping[str, Sequence[str]] | None = None,
    settings: Settings | None = None,
    organisations: Iterable[str] = ("altdorf",),
) -> Portfolio:
    systems = (a_system(),) if systems is None else tuple(systems)
    repositories = sorted({scope.repository for system in systems for scope in system.repositories})
    return Portfolio(
        company=Company("company", "Company"),
        partners=tuple(Partner(name, name.title(), PartnerKind.AGENCY) for name in partners),
        organisations=tuple(Organisation(name, name.title()) for name in organisations),
        domains=(),
        people=tuple(people),
        bots=(),
        repositories=tuple(Repository(name, f"repos/{name}") for name in repositories),
        systems=systems,
        engagements=tuple(
            Engagement(f"e{index}", partner, tuple(covered))
            for index, (partner, covered) in enumerate((engagements or {}).items())
        ),
        contracts=(),
        settings=settings or Settings(),
        sha256="0" * 64,
    )


@dataclass
class Evidence:
    """Grows evidence row by row; ``base()`` builds the knowledge base from it."""

    portfolio: Portfolio = field(default_factory=a_portfolio)
    as_of: date = AS_OF
    repository: str = "app"
    files: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    contributions: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    lineage: list[dict[str, Any]] = field(default_factory=list)
    references: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)

    def file(
        self,
        path: str,
        lines: int = 100,
        *,
        kind: str = "source",
        excluded: str | None = None,
        repository: str | None = None,
    ) -> Evidence:
        """A file of the tree at the head."""
        repository = repository or self.repository
        self.files[repository, path] = {
            "repository": repository,
            "head": "f" * 40,
            "path": path,
            "blob": "b" * 40,
            "kind": kind,
            "bytes": lines * 30,
            "lines": lines,
            "excluded": excluded,
            "rule": excluded,
        }
        return self

    def change(
        self,
        who: str | Sequence[str],
        days_ago: float,
        paths: Mapping[str, int | None],
        *,
        added: Sequence[str] = (),
        deleted: Sequence[str] = (),
        renamed: Mapping[str, str] | None = None,
        evidence_class: str = "domain",
        repository: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """A commit by one or several people (author first); path → changed lines, ``None`` if not known."""
        repository = repository or self.repository
        people = [who] if isinstance(who, str) else list(who)
        name = hashlib.sha1(f"{repository}/{len(self.contributions)}".encode(), usedforsecurity=False).hexdigest()
        moment = at or end_of(self.as_of) - timedelta(days=days_ago)
        for ordinal, text in enumerate(people):
            person, _, organisation = text.partition("@")
            found = {"unknown": "unknown", "bot": "bot"}.get(organisation, evidence_class)
            self.contributions.append(
                {
                    "repository": repository,
                    "commit": name,
                    "person": person,
                    "organisation": organisation,
                    "evidence_class": found,
                    "weight": 1 / len(people),
                    "author_time": moment,
                    "ordinal": ordinal,
                }
            )
        for path, churn in paths.items():
            old = (renamed or {}).get(path)
            status = "A" if path in added else "D" if path in deleted else "R" if old else "M"
            self.changes.append(
                {
                    "repository": repository,
                    "commit": name,
                    "path": path,
                    "old_path": old,
                    "status": status,
                    "similarity": None,
                    "old_blob": None,
                    "new_blob": None,
                    "added": churn,
                    "deleted": None if churn is None else 0,
                    "content": "binary" if churn is None else "text",
                }
            )
        return name

    def leads_to(self, commit: str, path: str, head_path: str, repository: str | None = None) -> None:
        """A rename later moved this change's path to ``head_path``."""
        self.lineage.append(
            {
                "repository": repository or self.repository,
                "head": "f" * 40,
                "commit": commit,
                "path": path,
                "head_path": head_path,
            }
        )

    def reference(self, path: str, target: str, *, exists: bool = True, line: int = 1) -> None:
        self.references.append(
            {
                "repository": self.repository,
                "head": "f" * 40,
                "path": path,
                "line": line,
                "target": target,
                "resolved_path": target if exists else None,
                "exists": exists,
            }
        )

    def decision(
        self, path: str, deciders: Sequence[str], *, decided_on: date | None = None, status: str | None = "accepted"
    ) -> None:
        self.file(path, 30, kind="decision_record")
        self.decisions.append(
            {
                "repository": self.repository,
                "head": "f" * 40,
                "path": path,
                "format": "madr4",
                "title": path,
                "status": status,
                "decided_on": decided_on,
                "deciders": list(deciders),
            }
        )

    def tables(self) -> dict[str, pa.Table]:
        """The arguments of the builder that are tables."""
        rows = {
            "file_changes": (self.changes, tables.FILE_CHANGE.schema),
            "snapshots": (list(self.files.values()), tables.FILE_SNAPSHOT.schema),
            "lineage": (self.lineage, tables.FILE_LINEAGE.schema),
            "references": (self.references, tables.DOCUMENT_REFERENCE.schema),
            "decisions": (self.decisions, tables.DECISION_RECORD.schema),
            "contributions": (self.contributions, CONTRIBUTION),
        }
        return {name: pa.Table.from_pylist(list(found), schema=schema) for name, (found, schema) in rows.items()}

    def base(self, engine: Any = None) -> KnowledgeBase:
        return build_knowledge_base(
            self.portfolio,
            self.as_of,
            heads=dict.fromkeys(sorted({key[0] for key in self.files}), "f" * 40),
            unreadable=self.unreadable,
            engine=engine or duckdb_engine(),
            **self.tables(),
        )

    def later(self, days: int) -> Evidence:
        """The same evidence, all of it (and the day assessed) moved by whole days."""
        shift = timedelta(days=days)
        moved = [{**row, "author_time": row["author_time"] + shift} for row in self.contributions]
        return replace(self, as_of=self.as_of + shift, contributions=moved)
