"""Who appears in the history of some repositories: e-mail domains, people behind personal addresses, machines.

Raw author e-mails and names only, because mailmap would hide for whom somebody worked at the time. Merge commits are
left out, as everywhere.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from copartner.evidence.portfolio import Bot
from copartner.sources.git.repository import GitError, GitRepository
from copartner.sources.portfolio_file.mail_domains import BOT_PATTERNS, domain_of, is_corporate


@dataclass(slots=True)
class Activity:
    """Commits of something in a history, with the first and the last year it appears in."""

    commits: int = 0
    first: int = 9999
    last: int = 0
    emails: set[str] = field(default_factory=set)
    names: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, year: int, email: str, name: str) -> None:
        self.commits += 1
        self.first, self.last = min(self.first, year), max(self.last, year)
        self.emails.add(email)
        self.names[name] += 1

    @property
    def name(self) -> str:
        """The name most of the commits bear."""
        return max(sorted(self.names), key=self.names.__getitem__, default="")

    @property
    def years(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found. ``domains`` by corporate domain, most commits first.

    ``people``: authors with at least one address that names no organisation, most commits first; authors who share an
    address or a name are taken for one. ``bots``: machines recognised by pattern. ``commits``: non-merge commits
    read. ``empty``: repositories without any commit.
    """

    domains: dict[str, Activity]
    people: list[Activity]
    bots: list[tuple[Bot, int]]
    commits: int
    empty: tuple[str, ...]


def survey(repositories: Iterable[str | os.PathLike[str]]) -> Survey:
    """Read the authors of each repository's HEAD. Raises `GitError` where there is no readable repository."""
    addresses: dict[tuple[str, str], Activity] = defaultdict(Activity)
    empty: list[str] = []
    for path in repositories:
        if not _read(GitRepository(path), addresses):
            empty.append(os.fspath(path))
    bots: dict[str, tuple[Bot, int]] = {}
    domains: dict[str, Activity] = defaultdict(Activity)
    authors: list[tuple[str, str, Activity]] = []
    for (email, name), activity in sorted(addresses.items()):
        bot = recognised_bot(email, name)
        if bot is not None:
            bots[bot.id] = (bot, bots.get(bot.id, (bot, 0))[1] + activity.commits)
            continue
        if is_corporate(domain_of(email)):
            _join(domains[domain_of(email)], activity)
        authors.append((email, name.casefold(), activity))
    by_commits = sorted(_without_subdomains(domains).items(), key=lambda item: (-item[1].commits, item[0]))
    people = [person for person in _people(authors) if not all(is_corporate(domain_of(e)) for e in person.emails)]
    return Survey(
        domains=dict(by_commits),
        people=sorted(people, key=lambda person: (-person.commits, min(person.emails))),
        bots=[bots[name] for name in sorted(bots)],
        commits=sum(activity.commits for activity in addresses.values()),
        empty=tuple(empty),
    )


def _without_subdomains(domains: dict[str, Activity]) -> dict[str, Activity]:
    """Subdomains counted with the domain above them where that was found too: declaring it covers them."""
    joined: dict[str, Activity] = defaultdict(Activity)
    for domain, activity in sorted(domains.items()):
        labels = domain.split(".")
        above = (".".join(labels[start:]) for start in range(len(labels) - 2, 0, -1))
        _join(joined[next((parent for parent in above if parent in domains), domain)], activity)
    return joined


def _people(authors: Iterable[tuple[str, str, Activity]]) -> list[Activity]:
    """Authors joined by address and by name, whatever the chain of aliases between them."""
    group: dict[tuple[str, str], tuple[str, str]] = {}

    def root(key: tuple[str, str]) -> tuple[str, str]:
        while group.setdefault(key, key) != key:
            key = group[key] = group[group[key]]
        return key

    rows = list(authors)
    for email, name, _ in rows:
        if email and name:
            group[root(("name", name))] = root(("email", email))
    people: dict[tuple[str, str], Activity] = defaultdict(Activity)
    for email, name, activity in rows:
        _join(people[root(("email", email) if email else ("name", name))], activity)
    return list(people.values())


def recognised_bot(email: str, name: str) -> Bot | None:
    """The machine an author is by the known patterns, or ``None`` for a human being."""
    for identifier, email_pattern, name_pattern in BOT_PATTERNS:
        bot = Bot(identifier, (email_pattern,), (name_pattern,) if name_pattern else ())
        if bot.matches(email, name):
            return bot
    return None


def _read(repository: GitRepository, addresses: dict[tuple[str, str], Activity]) -> bool:
    try:
        head = repository.resolve("HEAD")
    except GitError:
        return False
    with repository.stream("log", "--no-merges", "--format=%ae%x00%an%x00%at", head, "--") as output:
        for line in output:
            email, name, seconds = line.rstrip(b"\n").split(b"\x00")
            text, author = email.decode("utf-8", "replace").strip().lower(), name.decode("utf-8", "replace").strip()
            addresses[text, author].add(_year(seconds), text, author)
    return True


def _year(seconds: bytes) -> int:
    try:
        return datetime.fromtimestamp(int(seconds or 0), UTC).year
    except (ValueError, OverflowError, OSError):
        return 1970  # a date no calendar knows: git keeps what it was given


def _join(into: Activity, other: Activity) -> None:
    into.commits += other.commits
    into.first, into.last = min(into.first, other.first), max(into.last, other.last)
    into.emails |= other.emails
    for name, count in other.names.items():
        into.names[name] += count
