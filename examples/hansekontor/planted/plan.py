"""The words the story is told in: areas of code, the crews that work on them, and single deeds on named days.

One module a system (``payments``, ``order_core`` …) tells the story in these words; ``story.Player`` turns it into
commits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from planted.clock import WORLD_START
from planted.documents import Document
from planted.people import Signature


@dataclass(frozen=True)
class Crew:
    """Who works on an area in a span of time: commits a month, and each person's share of them.

    A person who is at two organisations at once is named ``person@organisation``.
    """

    first: str
    last: str
    pace: float
    people: Mapping[str, float]
    pairing: float = 0.0
    """Share of the commits that carry a co-author."""
    mates: tuple[str, ...] = ()
    """Who comes in question as co-author."""


@dataclass(frozen=True)
class Area:
    """A folder of code with its files, its words and its crews over time."""

    folder: str
    suffix: str
    files: tuple[str, ...]
    nouns: tuple[str, ...]
    crews: tuple[Crew, ...]
    functions: tuple[int, int] = (4, 8)
    """How many functions a new file has, at least and at most."""
    strangers: float = 0.045
    """Share of the commits by people nobody can place."""
    formerly: tuple[str, str, str] | None = None
    """The folder's first name, the day it was renamed, and by whom."""


@dataclass(frozen=True)
class Round:
    """A person goes through every file of an area, a few files a day."""

    when: str
    human: str
    area: str
    mate: str | None = None


@dataclass(frozen=True)
class Deed:
    """A single commit of the story: edits one file of an area under a given signature."""

    when: str
    area: str
    signature: Callable[[datetime], Signature]
    subject: str
    hour: int = 11
    authored: str | None = None
    """Day on which the change was written, if it was committed later."""
    committer: str | None = None
    mates: tuple[Callable[[datetime], Signature], ...] = ()


@dataclass(frozen=True)
class Removal:
    when: str
    human: str
    path: str


@dataclass(frozen=True)
class Foreign:
    """A file that is no work on the system: generated, vendored, minified, binary, or one huge import."""

    path: str
    human: str
    sizes: tuple[tuple[str, int], ...]
    """On which day it grew by how many lines; the first day creates it."""
    rule: str | None
    """Why it is out of scope, in the words of the file filter; ``None`` if it is in scope."""
    successor: str | None = None
    """Who carries it on after the first day, if somebody else."""


@dataclass(frozen=True)
class Plan:
    """Everything that happens in one repository."""

    id: str
    title: str
    areas: tuple[Area, ...]
    founder: str
    releaser: str
    documents: tuple[Document, ...] = ()
    rounds: tuple[Round, ...] = ()
    deeds: tuple[Deed, ...] = ()
    removals: tuple[Removal, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    manifest: tuple[str, str] | None = None
    """Names of the dependency manifest and its lock file."""
    bumps: float = 1.0
    """Dependency updates a month."""
    mailmap: Mapping[str, str] = field(default_factory=dict)
    """Raw address → the address it is mapped to, as in ``.mailmap``."""
    attributes: tuple[str, ...] = ()
    first: date = WORLD_START
