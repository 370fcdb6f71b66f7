"""The declared portfolio as evidence: the file as written, and its affiliations and domains as typed rows.

An assessment is only as good as who was where when; so the ledger keeps each version of that statement beside the
commits it was applied to.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa

from copartner.evidence.ledger import Ledger
from copartner.evidence.portfolio import Portfolio
from copartner.evidence.tables import AFFILIATION, EMAIL_DOMAIN

SOURCE = "portfolio_file"


def collect_portfolio(ledger: Ledger, path: Path, portfolio: Portfolio) -> None:
    """Record the portfolio; a version that is already recorded adds nothing."""
    payload = path.read_bytes()
    with ledger.collection(source=SOURCE, connection=portfolio.company.id) as batch:
        batch.add_raw("portfolio", [hashlib.sha256(payload).hexdigest()], [payload])
        batch.add(AFFILIATION, _affiliations(portfolio))
        batch.add(EMAIL_DOMAIN, _domains(portfolio))


def _affiliations(portfolio: Portfolio) -> pa.Table:
    rows = [
        (portfolio.sha256, person.id, email, ordinal, stint.organisation, stint.valid_from, stint.valid_to)
        for person in portfolio.people
        for email in person.emails
        for ordinal, stint in enumerate(person.affiliations)
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(AFFILIATION.schema)
    return _table(AFFILIATION.schema, columns)


def _domains(portfolio: Portfolio) -> pa.Table:
    rows = [
        (portfolio.sha256, ordinal, domain.domain, domain.organisation, domain.valid_from, domain.valid_to)
        for ordinal, domain in enumerate(portfolio.domains)
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(EMAIL_DOMAIN.schema)
    return _table(EMAIL_DOMAIN.schema, columns)


def _table(schema: pa.Schema, columns: list[tuple[object, ...]]) -> pa.Table:
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
