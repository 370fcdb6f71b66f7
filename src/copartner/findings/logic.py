"""Three-valued logic (Kleene): true, false and ``None`` for unknown.

A rule is unknown unless its known inputs already decide it: a knowledge share above the limit clears a black box,
whatever is not known about reviews.
"""

from __future__ import annotations


def all_of(*conditions: bool | None) -> bool | None:
    """False if any condition is false, else unknown if any is unknown, else true."""
    if any(condition is False for condition in conditions):
        return False
    return None if any(condition is None for condition in conditions) else True


def any_of(*conditions: bool | None) -> bool | None:
    """True if any condition is true, else unknown if any is unknown, else false."""
    if any(condition is True for condition in conditions):
        return True
    return None if any(condition is None for condition in conditions) else False


def below(value: float | None, limit: float) -> bool | None:
    """Strictly below; unknown for an unknown value."""
    return None if value is None else value < limit


def at_least(value: float | None, limit: float) -> bool | None:
    """At or above; unknown for an unknown value."""
    return None if value is None else value >= limit
