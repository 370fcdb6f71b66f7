"""What is wrong in a portfolio file: every problem at once, each with its place and its remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

Path = tuple[str | int, ...]
"""Place of a value in the document: keys and 0-based list positions, e.g. ``("people", 2, "emails", 0)``."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. ``line`` and ``column`` count from 1 and are ``None`` where the file could not be read at all.

    ``field`` is empty for a problem of the file as a whole. ``message`` says what is wrong, ``remedy`` what to write.
    """

    file: str
    line: int | None
    column: int | None
    field: str
    message: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        where = f"{self.field}: " if self.field else ""
        return f"{place}: {where}{self.message}. {self.remedy}"


class PortfolioErrors(ValueError):
    """The portfolio file cannot be used; ``problems`` holds everything that is wrong, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.line or 0, p.column or 0, p.field, p.message)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def field_name(path: Path) -> str:
    """``people[2].affiliations[0].to`` for the path of the same meaning."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, or ``None`` if nothing is close."""
    return _nearest(word, tuple(known))


@lru_cache(maxsize=256)  # one wrong id is often written many times
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def choose_from(word: str, known: Iterable[str], what: str) -> str:
    """A remedy for a word that is none of the known ones: the nearest one, else the list of them."""
    candidates = list(known)
    near = nearest(word, candidates)
    if near is not None:
        return f'Did you mean "{near}"?'
    if not candidates:
        return f"No {what} is declared yet: declare it, or remove this entry."
    shown = ", ".join(candidates[:8]) + (f" and {len(candidates) - 8} more" if len(candidates) > 8 else "")
    return f"Write one of the declared: {shown}."
