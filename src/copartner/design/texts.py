"""Marking texts for translation where they are only named, not yet shown."""

from __future__ import annotations


def gettext_noop(text: str) -> str:
    """Mark a text for the catalogue and return it as it is.

    Django's own marker needs configured settings already when a module is imported; texts in tables of constants are
    marked at import, so this one needs nothing.
    """
    return text
