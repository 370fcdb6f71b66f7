"""Our reading of .gitattributes against git's own."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from copartner.sources.git.attributes import Attributes
from git_repositories import RepositoryBuilder, git


def asked_of_git(
    folder: Path, files: dict[bytes, bytes], wanted: list[str], paths: list[bytes]
) -> list[dict[str, object]]:
    """The answers of ``git check-attr`` for a tree with these .gitattributes, through an index of its own."""
    builder = RepositoryBuilder(folder)
    tree = {(name + b"/" if name else b"") + b".gitattributes": content for name, content in files.items()}
    builder.commit(tree)
    repository = builder.build()
    git(repository, "read-tree", "main", GIT_INDEX_FILE=str(folder / "an-index"))
    output = git(
        repository,
        *("-c", "core.bare=false", "-c", f"core.worktree={folder}", "check-attr", "--cached", "--stdin", "-z", *wanted),
        stdin=b"".join(path + b"\0" for path in paths),
        GIT_INDEX_FILE=str(folder / "an-index"),
    )
    words = output.split(b"\0")[:-1]
    answers: dict[bytes, dict[str, object]] = {path: {} for path in paths}
    states: dict[bytes, object] = {b"set": True, b"unset": False}
    for path, name, state in zip(words[0::3], words[1::3], words[2::3], strict=True):
        if state != b"unspecified":
            answers[path][name.decode()] = states.get(state, state.decode())
    return [answers[path] for path in paths]


PATHS = [
    b"a.py", b"a.pb.go", b"b/a.py", b"b/c/a.py", b"b/c/d/a.py", b"vendor/x.js", b"b/vendor/x.js", b"b/vendor/c/x.js",
    b"with space.txt", b"caf\xc3\xa9.txt", b"caf\xe9.txt", b"b/c", b"c", b"#x", b"!x", b"x]y", b"-", b"b/[x].py",
    b"a\\b", b"tab\tx",
]  # fmt: skip

PIECES = [
    "*", "**", "?", "/", "/", "a", "b", "c", "x", ".py", "[ab]", "[!a]", "[^a-c]", "[[:alpha:]]", "\\*", "[", "]",
    "**/", "/**", "-", ".", "[]a]", "[a-]", "[\\]]", "[x", "[[:no:]]", "[z-a]", "[!-a]", "[[:]", "[[:a]b:]", "[--b]",
]  # fmt: skip


def test_written_cases(tmp_path: Path) -> None:
    files = {
        b"": b"""* text=auto
# a comment
[attr]made linguist-generated -diff
[attr]twice made linguist-vendored
*.pb.go made
/vendor/** linguist-vendored
vendor/ linguist-documentation
**/c/*.py linguist-generated=true
b/**/a.py   linguist-vendored=no\t
"with space.txt" linguist-documentation
"caf\\303\\251.txt" linguist-generated
caf?.txt linguist-vendored
!x linguist-generated
\\!x linguist-vendored
\\#x linguist-vendored
x[]]y linguist-generated
b/\\[x\\].py linguist-generated
-bad.name/ x
*.js twice !linguist-generated
c binary linguist-generated=a=b
*.txt bad*name linguist-generated
"tab\\tx" linguist-generated
""",
        b"b": b"a.py -linguist-generated\n/vendor/x.js !linguist-vendored\n[attr]inner x\n*.js inner\n",
        b"b/c": b"/a.py linguist-generated\r\n# end\n d/** linguist-documentation",
    }
    wanted = ["linguist-generated", "linguist-vendored", "linguist-documentation", "text", "diff"]
    own = Attributes(files, wanted)
    expected = asked_of_git(tmp_path / "r", files, wanted, PATHS)
    for path, answer in zip(PATHS, expected, strict=True):
        assert own.of(path) == answer, path
    assert own.of(b"a.pb.go")["linguist-generated"] is True
    assert own.of(b"b/a.py")["linguist-generated"] is False


@pytest.mark.parametrize("seed", range(6))
def test_random_patterns(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    patterns = {"".join(dice.choice(PIECES) for _ in range(dice.randint(1, 5))) for _ in range(300)}
    ordered = [p for p in sorted(patterns) if not p.startswith("[attr]")]
    files = {b"": "".join(f"{p} a{i}\n" for i, p in enumerate(ordered)).encode()}
    alphabet = ["a", "b", "c", "x", ".py", "*", "]", "-", "[", "A", "/"]
    paths: set[bytes] = set()
    while len(paths) < 150:
        parts = "".join(dice.choice(alphabet) for _ in range(dice.randint(1, 6))).split("/")
        if all(part not in ("", ".", "..") for part in parts):
            paths.add("/".join(parts).encode())
    wanted = [f"a{i}" for i in range(len(ordered))]
    own = Attributes(files, wanted)
    for path, answer in zip(sorted(paths), asked_of_git(tmp_path / "r", files, wanted, sorted(paths)), strict=True):
        mine = own.of(path)
        different = {ordered[int(name[1:])] for name in mine.keys() ^ answer.keys()}
        assert not different, (path, different)


def test_only_lines_that_matter_are_kept() -> None:
    own = Attributes({b"": b"*.py text eol=lf\n*.sh diff=bash\n", b"docs": b"* whitespace\n"}, ["linguist-generated"])
    assert own._lines == {}
    assert own.of(b"docs/a.py") == {}


def test_a_byte_order_mark_is_skipped() -> None:
    own = Attributes({b"": b"\xef\xbb\xbf*.py linguist-generated\n"}, ["linguist-generated"])
    assert own.of(b"a.py") == {"linguist-generated": True}
