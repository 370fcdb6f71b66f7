"""References from documentation to paths of its own repository, and whether those paths exist.

After Tan, Wagner and Treude, "Detecting outdated code element references in software repository documentation",
Empirical Software Engineering 29 (2024): a reference is outdated when it matched the repository once and no longer
does. That is applied to paths, with precision before recall:

- a *link* (Markdown link or image, reStructuredText ``:doc:`` or target, AsciiDoc link, xref, image, include) is a
  reference whatever it leads to, unless it leaves the repository or is absolute on some web site;
- a *mention* (inline code, a directive's argument) is a reference when it leads to an existing path, or to one that
  existed in the history that was read. A bare file name leads to any file of that name, but is outdated only if it
  stood beside the document or at the root. Anything else may be a path of another place and is not counted.

External URLs, anchors, wildcards, placeholders and code blocks are ignored.
"""

from __future__ import annotations

import bisect
import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import unquote

from copartner.sources.git import file_rules

MARKDOWN: Final = frozenset({"md", "markdown", "mkd", "mkdn", "mdx"})
RESTRUCTURED_TEXT: Final = frozenset({"rst", "rest"})
ASCIIDOC: Final = frozenset({"adoc", "asciidoc"})
_PAGES: Final = (".md", ".rst", ".mdx", ".adoc", ".txt", ".html", "/index.md", "/index.rst", "/README.md", "/_index.md")

_LONGEST: Final = 1 << 20
_FENCE: Final = re.compile(r"[ \t]*(`{3,}|~{3,})")
_LISTING: Final = re.compile(r"(-{4,}|\.{4,})[ \t]*$")
# Every repetition below is bounded by a line, a bracket or a number: a hostile text costs no more than a long one.
_MARKDOWN_LINKS: Final = re.compile(
    r"!?\[(?:[^\[\]\\]|\\.|\[[^\[\]]*\]|!\[[^\[\]]*\]\([^()]*\))*\]\(\s*(?:<([^<>\n]+)>|([^\s()<>]+(?:\([^\s()]*\))?[^\s()<>]*))"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^)]*\)))?\s*\)"
    r"|^[ ]{0,3}\[(?!\^)[^\]\n]+\]:[ \t]+<?([^\s<>]+)>?"
    r"|<(?:a|img)\b[^<>]{0,300}?\b(?:href|src)=[\"']([^\"'\n]+)[\"']",
    re.MULTILINE,
)
_RST_LINKS: Final = re.compile(
    r":doc:`(?:[^`<]*<([^`<>]+)>|([^`<>]+))`|`[^`<]+<([^`<>\s]+)>`_(?!_)|^\.\. _[^:\n]+:[ ]+(\S+)$", re.MULTILINE
)
_ASCIIDOC_LINKS: Final = re.compile(
    r"\b(?:link|xref|image|include):{1,2}([^\s\[\]]+)\[|<<([^\s<>,#]+\.adoc)(?:#[^<>,\n]*)?(?:,[^<>\n]*)?>>"
)
_MENTIONS: Final = re.compile(
    r"(?<!`)`{1,2}([^`\n]+)`{1,2}(?!`)"
    r"|^[ \t]*\.\.[ \t]+(?:include|literalinclude|image|figure)::[ \t]+(\S+)[ \t]*$"
    r"|(?<=:)(?:file|download):`(?:[^`<]*<([^`<>]+)>|([^`<>]+))`",
    re.MULTILINE,
)
_PATHLIKE: Final = re.compile(r"^(?:\.{1,2}/)*[\w.@+-]+(?:/[\w.@+-]+)*/?$")
_EXTERNAL: Final = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:|//|#|mailto:|\{|\$|<|@)|[{}<>*|\\]|%[^0-9A-Fa-f]")
_KNOWN_EXTENSIONS: Final = (
    file_rules.SOURCE_EXTENSIONS | file_rules.PROSE_EXTENSIONS | (file_rules.DATA_EXTENSIONS - {"in", "log", "env"})
)


@dataclass(frozen=True, slots=True)
class Reference:
    """`target` as written, without anchor, in `line` (from 1); `resolved_path` is None where nothing exists there."""

    line: int
    target: str
    resolved_path: str | None

    @property
    def exists(self) -> bool:
        return self.resolved_path is not None


@dataclass(frozen=True)
class PathIndex:
    """The paths of a tree, and those which existed before."""

    files: frozenset[str]
    former: Collection[str] = field(default_factory=frozenset)

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file."""
        return frozenset(_folders(self.files))

    @cached_property
    def former_folders(self) -> frozenset[str]:
        return frozenset(_folders(self.former))

    @cached_property
    def names(self) -> dict[str, str]:
        """From a file's own name to its path; where several have it, to the shortest."""
        by_length = sorted(self.files, key=lambda path: (len(path), path), reverse=True)
        return {path.rpartition("/")[2]: path for path in by_length}

    def has(self, path: str) -> bool:
        return path in self.files or path in self.folders

    def had(self, path: str) -> bool:
        return path in self.former or path in self.former_folders


def _folders(paths: Collection[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def find_references(path: str, content: bytes, index: PathIndex) -> list[Reference]:
    """Return the references in the documentation file at `path`, in the order written, one per line and target."""
    extension = path.rpartition(".")[2].lower()
    text = _without_code(content[:_LONGEST].decode("utf-8", "replace"), extension)
    breaks = [m.start() for m in re.finditer("\n", text)]
    found: dict[tuple[int, str], Reference] = {}
    for position, target, resolved in _resolved(path, extension, text, index):
        line = bisect.bisect_left(breaks, position) + 1
        found.setdefault((line, target), Reference(line, target, resolved))
    return [found[key] for key in sorted(found)]


def _without_code(text: str, extension: str) -> str:
    """Return `text` with code blocks and comments left out and every line where it was."""
    if extension in RESTRUCTURED_TEXT:
        return text
    block = _LISTING if extension in ASCIIDOC else _FENCE
    lines: list[str] = []
    opened = ""
    comment = False
    for line in text.split("\n"):
        fence = block.match(line)
        if opened:
            if fence and fence.group(1)[0] == opened[0] and len(fence.group(1)) >= len(opened):
                opened = ""
            lines.append("")
        elif fence and not comment:
            opened = fence.group(1)
            lines.append("")
        else:
            kept, comment = _without_comment(line, comment)
            lines.append(kept)
    return "\n".join(lines)


def _without_comment(line: str, comment: bool) -> tuple[str, bool]:
    kept = ""
    while line:
        before, mark, line = line.partition("-->" if comment else "<!--")
        if not comment:
            kept += before
        if mark:
            comment = not comment
    return kept, comment


def _resolved(path: str, extension: str, text: str, index: PathIndex) -> Iterator[tuple[int, str, str | None]]:
    links = _LINKS.get(extension)
    if links is not None:
        for match in links.finditer(text):
            written = match.group(match.lastindex or 0)
            role = match.group().startswith(":doc:")
            target = written if role else _plain(written)
            # A trailing underscore names another target of the same document.
            if target is None or _EXTERNAL.search(target) or (target.endswith("_") and extension in RESTRUCTURED_TEXT):
                continue
            resolved = _follow(path, target, index, site=role)
            outside = resolved is None and (_leaves(path, target) or (target.startswith("/") and not role))
            if not outside or _was(path, target, index):
                yield match.start(), target, resolved
    for match in _MENTIONS.finditer(text):
        target = match.group(match.lastindex or 0).strip()
        if not _PATHLIKE.match(target) or not _looks_like_a_path(target):
            continue
        resolved = _follow(path, target, index, site=False, named="/" not in target)
        if resolved is not None or _was(path, target, index):
            yield match.start(), target, resolved


_LINKS: Final = {
    **dict.fromkeys(MARKDOWN, _MARKDOWN_LINKS),
    **dict.fromkeys(RESTRUCTURED_TEXT, _RST_LINKS),
    **dict.fromkeys(ASCIIDOC, _ASCIIDOC_LINKS),
}


def _plain(written: str) -> str | None:
    """The path part of a link target, or None when there is none."""
    target = written.strip().partition("#")[0].partition("?")[0]
    return unquote(target) if target else None


def _looks_like_a_path(target: str) -> bool:
    name = target.rstrip("/").rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    known = bool(dot and stem) and extension.lower() in _KNOWN_EXTENSIONS
    return known or target.count("/") >= 1 or name in file_rules.SOURCE_NAMES


def _candidates(path: str, target: str, index: PathIndex, *, site: bool) -> Iterator[str]:
    folder = posixpath.dirname(path)
    if target.startswith("/"):
        if site:
            yield posixpath.normpath(posixpath.join(_site_root(folder, index), target.lstrip("/")))
        yield posixpath.normpath(target.lstrip("/") or ".")
        return
    yield posixpath.normpath(posixpath.join(folder, target))
    yield posixpath.normpath(target)


def _site_root(folder: str, index: PathIndex) -> str:
    """The folder of the Sphinx configuration above `folder`; absolute ``:doc:`` targets start there."""
    while folder and f"{folder}/conf.py" not in index.files:
        folder = folder.rpartition("/")[0]
    return folder


def _follow(path: str, target: str, index: PathIndex, *, site: bool, named: bool = False) -> str | None:
    for candidate in _candidates(path, target, index, site=site):
        if candidate == ".":
            return "."
        if index.has(candidate):
            return candidate
        stem = candidate.removesuffix(".html")
        # Generated sites drop or change the extension of a page.
        for page in _PAGES if not named else ():
            if stem + page in index.files:
                return stem + page
    return index.names.get(target) if named else None


def _was(path: str, target: str, index: PathIndex) -> bool:
    return any(index.had(candidate) for candidate in _candidates(path, target, index, site=False))


def _leaves(path: str, target: str) -> bool:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target)).startswith("..")
