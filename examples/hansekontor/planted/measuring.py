"""The few measures whose value the generator knows without reading a repository, computed from its own record.

This is a second, independent way to the numbers the product computes from git: the churn of every edit, the person
behind every signature and the organisation of that day are known here because they were decided here.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from planted.clock import AS_OF
from planted.lines import File
from planted.people import BOT, COMPANY, HUMANS, UNKNOWN, Signature
from planted.portfolio import SYSTEMS, System
from planted.repository import Commit, Repository
from planted.world import PLANS

HALF_LIFE_DAYS = 365
WINDOW = timedelta(days=365)
NOW = datetime.combine(AS_OF + timedelta(days=1), time(), UTC)
"""The end of the day the world is assessed on."""
IMPORT_LINES = 1000
"""A commit that changes more lines of a file taught its author nothing about it."""
KNOWER_SHARE = 0.1


@dataclass(frozen=True)
class Source:
    """A source file in scope and where it belongs."""

    repository: Repository
    file: File
    component: str


def exclusion(repository: str, path: str) -> str | None:
    """Why a file is out of scope; ``None`` if it is source, documentation or plain data."""
    plan = PLANS[repository]
    for foreign in plan.foreign:
        if foreign.path == path:
            return foreign.rule
    if plan.manifest and path == plan.manifest[1] and path != "requirements.lock":
        return "generated"
    return None


def is_source(repository: str, file: File) -> bool:
    return file.dialect is not None and exclusion(repository, file.path) is None


def sources(system: System, repositories: Mapping[str, Repository]) -> list[Source]:
    """The living source files of a system with their component."""
    declared = {folder: identifier for identifier, _, folders in system.components for folder in folders}
    found = []
    for name in system.repositories:
        for path, file in sorted(repositories[name].files.items()):
            folder = path.split("/")[0]
            if not is_source(name, file) or (system.folders and folder not in system.folders):
                continue
            default = f"{name}/{folder}" if len(system.repositories) > 1 else folder
            found.append(Source(repositories[name], file, declared[folder] if declared else default))
    return found


def identity(repository: str, signature: Signature) -> str:
    """The person behind a signature: declared, or the address after mailmap."""
    if signature.human:
        return signature.human
    return PLANS[repository].mailmap.get(signature.email, signature.email)


def authors(commit: Commit) -> list[Signature]:
    return [commit.author, *commit.co_authors]


def _age_days(commit: Commit) -> float:
    return (NOW - commit.authored).total_seconds() / 86400


class Knowledge:
    """Decayed knowledge of one file: by organisation and by person."""

    def __init__(self, source: Source, moved: Mapping[str, str] | None = None) -> None:
        """``moved`` names people whose every commit is counted for another organisation, to see what an error does."""
        self.lines = len(source.file.lines)
        self.by_organisation: defaultdict[str, float] = defaultdict(float)
        self.by_person: defaultdict[str, float] = defaultdict(float)
        recent = 0
        for touch in source.file.touches:
            commit = source.repository.commits[touch.commit - 1]
            humans = [who for who in authors(commit) if who.organisation != BOT]
            if humans and commit.authored > NOW - WINDOW:
                recent += 1
            churn = touch.added + touch.deleted
            if churn > IMPORT_LINES:
                continue
            mass = math.log1p(churn) * 2 ** (-_age_days(commit) / HALF_LIFE_DAYS) / len(authors(commit))
            for who in humans:
                person = identity(source.repository.id, who)
                self.by_organisation[(moved or {}).get(person, who.organisation)] += mass
                self.by_person[person] += mass
        self.total = sum(self.by_organisation.values())
        self.weight = self.lines * (1 + math.log1p(recent))

    def share(self, organisation: str) -> float:
        return self.by_organisation[organisation] / self.total


def weighted_share(files: Iterable[Source], moved: Mapping[str, str] | None = None) -> float:
    """Share of the knowledge that is ours, weighted by size and recent change of the files."""
    known = [item for item in (Knowledge(source, moved) for source in files) if item.total]
    return sum(item.weight * item.share(COMPANY) for item in known) / sum(item.weight for item in known)


def files_only(files: Iterable[Source], organisation: str) -> list[str]:
    """Files no human of anywhere else ever touched."""
    found = []
    for source in files:
        touched = {
            who.organisation
            for touch in source.file.touches
            for who in authors(source.repository.commits[touch.commit - 1])
        }
        if touched - {BOT} == {organisation}:
            found.append(f"{source.repository.id}:{source.file.path}")
    return found


def last_seen(repositories: Mapping[str, Repository]) -> dict[str, tuple[datetime, str]]:
    """Last commit of every person in any repository and for whom it was made."""
    seen: dict[str, tuple[datetime, str]] = {}
    for repository in repositories.values():
        for commit in repository.commits:
            if commit.is_merge:
                continue
            for who in authors(commit):
                person = identity(repository.id, who)
                if who.organisation != BOT and (person not in seen or seen[person][0] <= commit.authored):
                    seen[person] = (commit.authored, who.organisation)
    return seen


def is_active(moment: datetime) -> bool:
    return moment > NOW - WINDOW


def abandoned_share(files: Iterable[Source], seen: Mapping[str, tuple[datetime, str]]) -> float:
    """Share of the files none of whose authors (by degree of authorship) committed anything within the last year."""
    verdicts = []
    for source in files:
        changes: Counter[str] = Counter()
        creators: set[str] = set()
        for touch in source.file.touches:
            commit = source.repository.commits[touch.commit - 1]
            people = {identity(source.repository.id, who) for who in authors(commit) if who.organisation != BOT}
            changes.update(people)
            if touch.created:
                creators |= people
        degree = {
            person: 3.293 + 1.098 * (person in creators) + 0.164 * count - 0.321 * math.log1p(changes.total() - count)
            for person, count in changes.items()
        }
        best = max(degree.values())
        chosen = {person for person, value in degree.items() if value > 0.75 * best and value >= 3.293}
        chosen = chosen or {min(person for person, value in degree.items() if value == best)}
        verdicts.append(not any(is_active(seen[person][0]) for person in chosen))
    return sum(verdicts) / len(verdicts)


def organisations_at(person: str, when: date, seen: Mapping[str, tuple[datetime, str]]) -> set[str]:
    """With whom a person is on a day: the declared stints, else where they last were."""
    human = HUMANS.get(person)
    if human is None or human.undated:
        return {seen[person][1]}
    # Who leaves on the very day of the exit is gone.
    covering = {stint.organisation for stint in human.stints if stint.covers(when) and stint.last != when}
    if covering:
        return covering
    return set() if any(stint.last for stint in human.stints) else {seen[person][1]}


def exit_states(
    files: Iterable[Source],
    partner: str,
    when: date,
    engaged: set[str],
    seen: Mapping[str, tuple[datetime, str]],
) -> dict[str, Counter[str]]:
    """What becomes of each component's files when a partner leaves: component → state → files."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for source in files:
        knowledge = Knowledge(source)
        if not knowledge.total:
            found[source.component]["unknown"] += 1
            continue
        knowers = [
            person
            for person, mass in knowledge.by_person.items()
            if mass > KNOWER_SHARE * knowledge.total and is_active(seen[person][0])
        ]
        today = _state([organisations_at(person, AS_OF, seen) for person in knowers], engaged)
        there = [organisations_at(person, when, seen) - {partner} for person in knowers]
        after = _state(there, engaged - {partner})
        if after.startswith("left_") and after == today:
            after = "already_exposed"
        found[source.component][after] += 1
    return dict(sorted(found.items()))


def _state(standings: list[set[str]], engaged: set[str]) -> str:
    internal = sum(COMPANY in standing for standing in standings)
    if internal:
        return "single" if internal == 1 else "safe"
    if any(standing & engaged for standing in standings):
        return "left_without_internal"
    # Somebody who knows it and whom nobody can place may be one of ours.
    return "unknown" if any(UNKNOWN in standing for standing in standings) else "left_without_anyone"


def system(identifier: str) -> System:
    return next(item for item in SYSTEMS if item.id == identifier)
