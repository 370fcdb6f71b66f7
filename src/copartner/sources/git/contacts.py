"""Names and e-mail addresses: reading them from trailers, and what a mailmap makes of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from copartner.sources.git.repository import GitError, GitRepository

_CONTACT: Final = re.compile(rb"^[\"' \t]*(.*?)[\"' \t]*<[ \t]*([^<>\s]*)[ \t]*>")
_BARE_ADDRESS: Final = re.compile(rb"^([^\s<>@]+@[^\s<>@]+)$")


def mailmap_of(revision: str) -> tuple[str, ...]:
    """Return the git options that apply the mailmap of `revision` and no other."""
    return ("-c", f"mailmap.blob={revision}:.mailmap", "-c", "mailmap.file=")


def parse_contact(text: bytes) -> tuple[bytes, bytes] | None:
    """Return (name, e-mail address) of ``Name <address>``, quoted names and a bare address included, else None."""
    match = _CONTACT.match(text)
    if match is not None and match.group(2):
        return match.group(1), match.group(2)
    bare = _BARE_ADDRESS.match(text.strip(b"<> \t"))
    return (b"", bare.group(1)) if bare else None


def map_contacts(
    repository: GitRepository, revision: str, contacts: Sequence[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    """Return each (name, e-mail address) as the mailmap of `revision` has it."""
    if not contacts:
        return []
    lines = b"".join(b"%s <%s>\n" % contact for contact in contacts)
    output = repository.run(*mailmap_of(revision), "check-mailmap", "--stdin", stdin=lines)
    mapped = []
    for line in output.split(b"\n")[:-1]:
        name, _, address = line.rpartition(b"<")
        mapped.append((name.strip(), address.rstrip(b">")))
    if len(mapped) != len(contacts):
        raise GitError(("check-mailmap", "--stdin"), 0, "git answered for another number of contacts")
    return mapped
