"""The digest of a portfolio: equal for equal content, whatever its comments, key order, quoting or layout.

The order of entries in a list is content, because it breaks ties (see ``analysis.knowledge.affiliation``). Values left
out are left out of the digest too, so that a key added to the format later does not change the digest of old files;
settings are always spelled out, because their defaults change results.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from hashlib import sha256
from typing import Any

from copartner.evidence.portfolio import Portfolio, Settings


def with_digest(portfolio: Portfolio) -> Portfolio:
    """The portfolio with its ``sha256`` computed from everything else."""
    return dataclasses.replace(portfolio, sha256=sha256(canonical(portfolio)).hexdigest())


def canonical(portfolio: Portfolio) -> bytes:
    """The content as JSON with sorted keys, without what is left out and without the digest itself."""
    content = _content(dataclasses.replace(portfolio, sha256=""))
    return json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _content(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        keep_all = isinstance(value, Settings)
        parts = {}
        for field in dataclasses.fields(value):
            part = getattr(value, field.name)
            if keep_all or part not in (None, "", ()):
                parts[field.name] = _content(part)
        return parts
    if isinstance(value, (tuple, list)):
        return [_content(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "items"):
        return {key: _content(item) for key, item in value.items()}
    return value
