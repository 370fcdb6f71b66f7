"""The commit an assessment is about: pinned once, by revision and day."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, date, datetime
from typing import Final

from copartner.sources.git.references import end_of_day, list_references
from copartner.sources.git.repository import GitError, GitRepository

# What a revision may be built of: a reference or object name with ancestry (~ ^) and peeling ({commit}).
_REVISION: Final = re.compile(r"^(?!-)(?!.*\.\.)(?!.*//)[^\x00-\x20\x7f:?*\[\\]+$")


class UnreadableRepository(RuntimeError):
    """A repository cannot be read. `problem` says why, `remedy` what would make it readable."""

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem}; {remedy}")


def check_revision(revision: str) -> None:
    """Raise `UnreadableRepository` for a text that is no plain name of a branch, tag or commit."""
    if not _REVISION.match(revision):
        raise UnreadableRepository(
            f"{revision!r} is not the name of a branch, tag or commit",
            "give a name such as main, v1.2 or a commit hash",
        )


def resolve_head(repository: GitRepository, revision: str | None, as_of: date | None) -> str:
    """Return the full name of the commit that `revision` (default HEAD) stood at when the day `as_of` ended, in UTC.

    That is the last commit of the first-parent chain whose committer date is not later: the first-parent chain is what
    a branch itself went through, and committer dates say when a commit entered it (author dates may be years older).
    Without `as_of` it is the revision as it stands. Raises `UnreadableRepository` with a remedy.
    """
    wanted = revision or "HEAD"
    check_revision(wanted)
    try:
        tip = repository.resolve(wanted)
    except GitError as error:
        raise _unknown(repository, revision) from error
    if as_of is None:
        return tip
    walk = ("rev-list", "--first-parent")
    found = repository.run(*walk, "--max-count=1", f"--min-age={end_of_day(as_of)}", tip, "--").decode().strip()
    if found:
        return found
    times = repository.run(*walk, "--format=%ct", tip, "--").split(b"\n")
    first = datetime.fromtimestamp(min(int(line) for line in times if line.isdigit()), UTC).date()
    if repository.completeness.shallow:
        remedy = "deepen the shallow clone (git fetch --unshallow), or choose a later day"
    else:
        remedy = f"choose {first} or a later day, or leave this repository out"
    raise UnreadableRepository(f"all commits of {wanted} are later than {as_of}: the first is of {first}", remedy)


def _unknown(repository: GitRepository, revision: str | None) -> UnreadableRepository:
    lines = list_references(repository, "%(refname)", "refs/heads/", "refs/tags/", "refs/remotes/")
    names = [line.decode("utf-8", "replace").split("/", 2)[2] for line in lines]
    if not names:
        return UnreadableRepository(
            "the repository has no commit yet", "push a first commit, or leave the repository out until then"
        )
    close = difflib.get_close_matches(revision or "main", names, n=3, cutoff=0.5) or sorted(names)[:3]
    if revision is None:
        return UnreadableRepository(
            "HEAD leads to no commit", f"name the branch to read under `revision`, such as {', '.join(close)}"
        )
    return UnreadableRepository(f"no branch, tag or commit is named {revision!r}", f"did you mean {', '.join(close)}?")
