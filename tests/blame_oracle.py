"""The oracle of line ownership: what ``git blame`` itself says, and random histories to compare on."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.git_repositories import RepositoryBuilder, git

from copartner.analysis.knowledge.line_ownership import UNSEEN
from copartner.analysis.knowledge.line_ownership_scan import OwnershipScan, scan_ownership
from copartner.sources.git.history import History
from copartner.sources.git.line_source import GitLineSource


def blame(repository: Path, revision: str, path: bytes, ignore: Iterable[str] = ()) -> list[str]:
    """Return the commit git blame names for each line of `path` at `revision`."""
    options = [f"--ignore-rev={name}" for name in ignore]
    output = git(repository, "blame", "--incremental", *options, revision, "--", path)
    owners: dict[int, str] = {}
    for line in output.split(b"\n"):
        words = line.split(b" ")
        if len(words) == 4 and len(words[0]) in (40, 64) and words[1].isdigit() and words[3].isdigit():
            for number in range(int(words[2]), int(words[2]) + int(words[3])):
                owners[number] = words[0].decode()
    return [owners[number] for number in sorted(owners)]


def owners_of(scan: OwnershipScan[History]) -> dict[bytes, list[str | None]]:
    """Return per path the name of the commit that owns each line, None for an unseen one."""
    names = scan.history.commit
    return {
        scan.history.paths[path]: [None if i == UNSEEN else names[i].decode() for i in owners.tolist()]
        for path, owners in scan.ownership.lines_of().items()
    }


def scan(repository: Path, cache: Path, head: str = "HEAD", **options: object) -> OwnershipScan[History]:
    """Scan with a source of its own, as a fresh process would."""
    with GitLineSource(repository, cache) as source:
        return scan_ownership(source, head, **options)  # type: ignore[arg-type]


def assert_equals_blame(
    repository: Path, cache: Path, head: str = "HEAD", ignore: Sequence[str] = ()
) -> OwnershipScan[History]:
    """Scan `head`, compare every line of every file with git blame and return the scan."""
    result = scan(repository, cache, head, ignore_revs=ignore)
    owners = owners_of(result)
    for path, of_lines in owners.items():
        assert of_lines == blame(repository, head, path, ignore), path
    entries = [entry.split(b"\t", 1) for entry in git(repository, "ls-tree", "-r", "-z", head).split(b"\0") if entry]
    listed = [path for kind, path in entries if b" blob " in kind]
    without_lines = {path for path, _ in result.excluded}
    for path in listed:
        if path not in owners and path not in without_lines:
            assert git(repository, "cat-file", "blob", head.encode() + b":" + path) == b"", path
    return result


WORDS = [f"line {i}\n".encode() for i in range(12)] + [b"\n", b"}\n", b"    return 0\n", b"crlf\r\n"]
PATHS = ["a.txt", "b.txt", "dir/a.txt", "dir/c.txt", "dir/sub/b.txt", "d"]


def random_history(folder: Path, seed: int, commits: int) -> tuple[Path, list[str]]:
    """Write a history of edits, renames, deletions, reverts, merges, octopus and criss-cross merges.

    Returns the repository and the names of its commits, oldest first; ``HEAD`` is the last one. Content is drawn from
    few different lines, so that comparisons are ambiguous where git's own choice matters.
    """
    chance = random.Random(seed)
    builder = RepositoryBuilder(folder)
    trees: list[dict[str, bytes]] = []
    tips: list[int] = []
    for number in range(commits):
        if not trees:
            parents: list[int] = []
        elif len(tips) > 1 and chance.random() < 0.35:
            parents = chance.sample(tips, min(len(tips), chance.choice([2, 2, 2, 3, 4])))
        elif chance.random() < 0.06:
            parents = []
        else:
            parents = [chance.choice(tips) if chance.random() < 0.8 else chance.randrange(len(trees))]
        if number == commits - 1 and len(tips) > 1:
            parents = chance.sample(tips, min(len(tips), 4))
        tree = _merged_tree(chance, [trees[parent] for parent in parents])
        for _ in range(chance.choice([0, 1, 1, 2, 3]) if len(parents) > 1 else chance.choice([1, 1, 2, 4])):
            _change(chance, tree, trees)
        before = trees[parents[0]] if parents else {}
        builder.commit(
            {path: content for path, content in tree.items() if before.get(path) != content},
            delete=[path for path in before if path not in tree],
            parents=[parent + 1 for parent in parents],
            message=f"commit {number}",
            branch="main",
        )
        trees.append(tree)
        # Keeping a parent as a tip now and then makes forks and criss-cross merges.
        tips = [tip for tip in tips if tip not in parents or chance.random() < 0.3] + [number]
        tips = tips[-5:]
    path = builder.build()
    return path, [builder.name(mark) for mark in range(1, commits + 1)]


def _merged_tree(chance: random.Random, trees: list[dict[str, bytes]]) -> dict[str, bytes]:
    if not trees:
        return {}
    tree = dict(trees[0])
    for other in trees[1:]:
        for path in {*tree, *other}:
            if path in tree and path in other and tree[path] != other[path] and chance.random() < 0.5:
                ours, theirs = tree[path].splitlines(keepends=True), other[path].splitlines(keepends=True)
                cut = chance.randint(0, min(len(ours), len(theirs)))
                tree[path] = b"".join(ours[:cut] + theirs[cut:])
            elif path in other and chance.random() < 0.5:
                tree[path] = other[path]
    return _without_conflicts(tree)


def _change(chance: random.Random, tree: dict[str, bytes], trees: list[dict[str, bytes]]) -> None:
    kind = chance.random()
    if kind < 0.15 and tree:
        old = chance.choice(sorted(tree))
        content = tree.pop(old)
        if chance.random() < 0.3:
            tree[chance.choice(PATHS)] = content
        tree[chance.choice(PATHS)] = _edited(chance, content) if chance.random() < 0.5 else content
    elif kind < 0.22 and tree:
        tree.pop(chance.choice(sorted(tree)))
    elif kind < 0.32 and trees:
        older = chance.choice(trees)
        if older:
            path = chance.choice(sorted(older))
            tree[path] = older[path]
    elif kind < 0.36:
        tree[chance.choice(PATHS)] = chance.choice([b"", b"\0binary\nof\nlines\n", b"one\n\0two\n"])
    elif kind < 0.55 or not tree:
        tree[chance.choice(PATHS)] = b"".join(chance.choice(WORDS) for _ in range(chance.randint(1, 25)))
    else:
        path = chance.choice(sorted(tree))
        tree[path] = _edited(chance, tree[path])
    clean = _without_conflicts(tree)
    tree.clear()
    tree.update(clean)


def _edited(chance: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    for _ in range(chance.randint(1, 3)):
        at = chance.randint(0, len(lines))
        kind = chance.random()
        if kind < 0.4:
            lines[at:at] = [chance.choice(WORDS) for _ in range(chance.randint(1, 4))]
        elif kind < 0.7:
            del lines[at : at + chance.randint(1, 3)]
        elif kind < 0.8:
            lines[at:at] = lines[: chance.randint(0, 5)]
        else:
            lines[at : at + 1] = [chance.choice(WORDS)]
    content = b"".join(lines)
    return content[:-1] if chance.random() < 0.2 else content


def _without_conflicts(tree: dict[str, bytes]) -> dict[str, bytes]:
    """Drop files that stand where another file needs a folder."""
    return {path: content for path, content in tree.items() if not any(other.startswith(path + "/") for other in tree)}
