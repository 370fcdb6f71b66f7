"""The declared portfolio as evidence: the file as written, and its affiliations and domains as typed rows.

An assessment is only as good as who was where when; so the ledger keeps each version of that statement beside the
commits it was applied to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from copartner.evidence.arrays import constant_text, text_array
from copartner.evidence.ledger import Ledger
from copartner.evidence.portfolio import Portfolio
from copartner.evidence.tables import AFFILIATION, EMAIL_DOMAIN
from copartner.sources.git import columns

SOURCE = "portfolio_file"
_EPOCH = date(1970, 1, 1)


def collect_portfolio(ledger: Ledger, path: Path, portfolio: Portfolio) -> None:
    """Record the portfolio; a version that is already recorded adds nothing."""
    payload = path.read_bytes()
    with ledger.collection(source=SOURCE, connection=portfolio.company.id) as batch:
        batch.add_raw("portfolio", [hashlib.sha256(payload).hexdigest()], columns.binary([payload]))
        batch.add(AFFILIATION, _affiliations(portfolio))
        batch.add(EMAIL_DOMAIN, _domains(portfolio))


def _affiliations(portfolio: Portfolio) -> pa.Table:
    rows = [
        (person.id, email, ordinal, stint)
        for person in portfolio.people
        for email in person.emails
        for ordinal, stint in enumerate(person.affiliations)
    ]
    return pa.Table.from_arrays(
        [
            constant_text(portfolio.sha256, len(rows)),
            text_array([person for person, _, _, _ in rows]),
            text_array([email for _, email, _, _ in rows]),
            _ordinals([ordinal for _, _, ordinal, _ in rows], pa.int16()),
            text_array([stint.organisation for _, _, _, stint in rows]),
            _days([stint.valid_from for _, _, _, stint in rows]),
            _days([stint.valid_to for _, _, _, stint in rows]),
        ],
        schema=AFFILIATION.schema,
    )


def _domains(portfolio: Portfolio) -> pa.Table:
    domains = portfolio.domains
    return pa.Table.from_arrays(
        [
            constant_text(portfolio.sha256, len(domains)),
            _ordinals(range(len(domains)), pa.int32()),
            text_array([domain.domain for domain in domains]),
            text_array([domain.organisation for domain in domains]),
            _days([domain.valid_from for domain in domains]),
            _days([domain.valid_to for domain in domains]),
        ],
        schema=EMAIL_DOMAIN.schema,
    )


def _ordinals(values: Iterable[int], kind: pa.DataType) -> pa.Array:
    return columns.integers(np.array(list(values), dtype=np.int64), kind)


def _days(values: Iterable[date | None]) -> pa.Array:
    return columns.days([None if value is None else (value - _EPOCH).days for value in values])
