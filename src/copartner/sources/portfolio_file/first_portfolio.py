"""A first portfolio from repositories: everything that was found, nothing that was guessed.

Who is the company and who is a partner cannot be read from a history, so the file assigns nobody: domains and people
found stand as comments, ready to be moved to their place. Until then their commits count as unknown.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from copartner.evidence.portfolio import PartnerKind, email_digest
from copartner.sources.git.repository import GitRepository
from copartner.sources.portfolio_file.kinds import needs_quotes
from copartner.sources.portfolio_file.mail_domains import domain_of, is_corporate
from copartner.sources.portfolio_file.shape import API_VERSION, KIND
from copartner.sources.portfolio_file.survey import Activity, Survey, survey
from copartner.sources.portfolio_file.writing import SCHEMA_COMMENT

MOST_LISTED = 200
"""Domains and people listed at most; the rest is counted."""


def starter(
    repositories: Sequence[str | os.PathLike[str]], *, target: Path | None = None, hash_emails: bool = False
) -> str:
    """The text of a first portfolio for local git repositories.

    Locations are written relative to the folder of ``target``, the file the text is meant for (default: the current
    folder). Addresses at free mail providers are written as sha256 digests, those at corporate domains as they are;
    ``hash_emails`` writes all as digests and leaves the authors' names out. Raises `GitError` where there is no
    readable repository.
    """
    distinct = list({GitRepository(path).git_dir: Path(path) for path in repositories}.values())
    found = survey(distinct)
    folder = (target.parent if target else Path()).resolve()
    names = _ids(distinct)
    parts = [
        SCHEMA_COMMENT,
        _introduction(found, len(distinct)),
        f"apiVersion: {API_VERSION}\nkind: {KIND}\n",
        _company(),
        _organisations(found),
        _people(found, hash_emails),
        _bots(found),
        _repositories(distinct, names, folder, found.empty),
        _systems(names),
    ]
    return "\n".join(parts)


def _introduction(found: Survey, repositories: int) -> str:
    return (
        f"# A first portfolio, from {found.commits:,} commits (merges aside) of {repositories} "
        f"{'repository' if repositories == 1 else 'repositories'}.\n"
        "# Nothing is assigned yet: whoever is not declared here counts as unknown in every measure, never as zero.\n"
        "# Work from top to bottom; docs/portfolio.md explains every key.\n"
    )


def _company() -> str:
    kinds = ", ".join(kind.value for kind in PartnerKind)
    return (
        "# 1. The company: give it its id and name, and move its e-mail domains here from the list in step 3.\n"
        "company: {id: company, name: Our company, domains: []}\n\n"
        "# 2. The partners: move their lines here from step 3 and add what they are.\n"
        f"#    kind: {kinds}\n"
        "partners:\n"
        "  # - {id: nordhang, name: Nordhang Digital, kind: agency, domains: [nordhang.example]}\n"
    )


def _organisations(found: Survey) -> str:
    lines = [
        "# 3. To assign: the e-mail domains found, most commits first. Move each to the company (1) or to the partners",
        "#    (2); remove the # before those that are neither. What stays a comment stays unknown.",
        "organisations:",
    ]
    for domain, activity in list(found.domains.items())[:MOST_LISTED]:
        entry = f"{{id: {_scalar(_slug(domain))}, name: {_scalar(domain)}, domains: [{_scalar(domain)}]}}"
        lines.append(f"  # - {entry}  # {_amount(activity)}")
    lines += _rest(len(found.domains), "domains")
    if not found.domains:
        lines.append("  # No address in the history names an organisation.")
    return "\n".join(lines) + "\n"


def _people(found: Survey, hash_emails: bool) -> str:
    lines = [
        "# 4. People whose address names no organisation: remove the # and say for whom they worked, with dates where",
        "#    known: affiliations: [{organisation: company, from: 2020-01-01, to: 2022-12-31}]. Owners too.",
        "#    A digest is the sha256 of the lower-cased address: printf %s address | sha256sum",
        "people:",
    ]
    taken: set[str] = set()
    for person in found.people[:MOST_LISTED]:
        emails = ", ".join(_email(email, hash_emails) for email in sorted(person.emails) if email)
        identity = email_digest(min(person.emails))[7:15]
        name = f"person-{identity}" if hash_emails else _slug(person.name) or f"person-{identity}"
        if name in taken:
            name = f"{name}-{identity}"
        taken.add(name)
        said = "" if hash_emails or not person.name else f", {_comment(person.name)}"
        lines.append(f"  # - {{id: {_scalar(name)}, emails: [{emails}], affiliations: []}}  # {_amount(person)}{said}")
    lines += _rest(len(found.people), "people")
    return "\n".join(lines) + "\n"


def _bots(found: Survey) -> str:
    lines = ["# 5. Machines recognised by pattern; they never hold knowledge.", "bots:"]
    for bot, commits in found.bots:
        emails = ", ".join(_scalar(pattern) for pattern in bot.emails)
        names = f", names: [{', '.join(_scalar(pattern) for pattern in bot.names)}]" if bot.names else ""
        lines.append(f"  - {{id: {bot.id}, emails: [{emails}]{names}}}  # {_commits(commits)}")
    return "\n".join(lines) + "\n"


def _repositories(paths: Sequence[Path], names: Sequence[str], folder: Path, empty: Iterable[str]) -> str:
    lines = ["# 6. Repositories, as paths relative to this file, or as URLs.", "repositories:"]
    without_commits = set(empty)
    for path, name in zip(paths, names, strict=True):
        location = Path(os.path.relpath(path.resolve(), folder)).as_posix()
        note = "  # no commits yet" if os.fspath(path) in without_commits else ""
        lines.append(f"  - {{id: {_scalar(name)}, location: {_scalar(location)}}}{note}")
    return "\n".join(lines) + "\n"


def _systems(names: Sequence[str]) -> str:
    lines = [
        "# 7. Systems: one per repository to begin with. Join or split them (include and exclude patterns), set how",
        "#    much the company depends on each (criticality: low, medium, high) and who owns it inside the company.",
        "systems:",
    ]
    for name in names:
        system = f"id: {_scalar(name)}, name: {_scalar(name)}, criticality: medium, repositories: [{_scalar(name)}]"
        lines.append(f"  - {{{system}}}  # internal_owner: a person's id")
    return "\n".join(lines) + "\n"


def _ids(paths: Sequence[Path]) -> list[str]:
    found: list[str] = []
    for path in paths:
        resolved = path.resolve()
        name = resolved.parent.name if resolved.name == ".git" else resolved.name
        base = _slug(name.removesuffix(".git")) or "repository"
        candidate, number = base, 1
        while candidate in found:
            number += 1
            candidate = f"{base}-{number}"
        found.append(candidate)
    return found


def _rest(count: int, what: str) -> list[str]:
    return [f"  # … and {count - MOST_LISTED:,} more {what} with fewer commits."] if count > MOST_LISTED else []


def _amount(activity: Activity) -> str:
    by = f" by {len(activity.emails)} addresses" if len(activity.emails) > 1 else ""
    return f"{_commits(activity.commits)}{by}, {activity.years}"


def _commits(count: int) -> str:
    return f"{count:,} commit{'' if count == 1 else 's'}"


def _email(email: str, hash_emails: bool) -> str:
    plain = is_corporate(domain_of(email)) and not hash_emails
    return _scalar(email if plain else email_digest(email))


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _comment(text: str) -> str:
    """A name somebody else chose, safe in a comment: no character may end the line."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _scalar(text: str) -> str:
    """The text as it may stand in a flow mapping of YAML, quoted where needed."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/@+-]*", text) and not needs_quotes(text):
        return text
    escaped = "".join(
        character if character.isprintable() and character not in '"\\' else _escape(character) for character in text
    )
    return f'"{escaped}"'


def _escape(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
