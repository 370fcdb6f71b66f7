"""The files at a head."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from copartner.evidence import tables
from copartner.sources.git import file_rules
from copartner.sources.git.repository import GitRepository
from copartner.sources.git.tree import Tree, map_tree, read_tree
from git_repositories import SYMLINK, RepositoryBuilder, git, remove_blob


def rows(found: dict[tables.Table, Any], table: tables.Table) -> list[dict[str, Any]]:
    assert found[table].schema == table.schema
    found[table].validate(full=True)
    listed: list[dict[str, Any]] = found[table].to_pylist()
    return listed


def test_every_kind_of_file(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit(
        {
            ".gitattributes": b"gen/** linguist-generated\n",
            "sub/.gitattributes": b"*.js linguist-vendored\n",
            "src/a.py": b"1\n2\n3",
            "gen/a.py": b"1\n",
            "sub/b.js": b"1\n",
            "yarn.lock": b"1\n2\n",
            "data.bin.py": b"\0",
            "empty.py": b"",
            "link.py": b"src/a.py",
            b"caf\xe9\n.py": b"1\n",
            "README.md": b"[a](src/a.py) [b](src/none.py)\n`src/old.py`\n",
            "docs/adr/0001-x.md": b"# 1. Use X\n\nDate: 2020-01-02\n\n## Status\n\nAccepted\n",
            "docs/adr/0002-y.md": b"---\nstatus: proposed\ndecision-makers: Ann, Bob\n---\n# Use Y\n",
            "docs/adr/overview.md": b"# Overview\n\n[x](0001-x.md)\n",
            "vendor/README.md": b"[a](none.md)\n",
        },
        modes={"link.py": SYMLINK},
        submodules={"lib": "1" * 40},
    )
    repository = GitRepository(builder.build())
    head = repository.resolve("HEAD")
    told: list[tuple[int, int]] = []
    tree = read_tree(repository, head, lambda done, total: told.append((done, total)))
    assert len(tree) == 16
    assert told == [(0, 14)]
    found = map_tree("pay", head, tree, {"src/old.py"})
    by_path = {row["path"]: row for row in rows(found, tables.FILE_SNAPSHOT)}
    assert {path: (r["kind"], r["lines"], r["excluded"], r["rule"]) for path, r in by_path.items()} == {
        ".gitattributes": ("other", 1, None, None),
        "sub/.gitattributes": ("other", 1, None, None),
        "src/a.py": ("source", 3, None, None),
        "gen/a.py": ("source", 1, "generated", ".gitattributes linguist-generated"),
        "sub/b.js": ("source", 1, "vendored", ".gitattributes linguist-vendored"),
        "yarn.lock": ("data", 2, "generated", "generated/lock-file"),
        "data.bin.py": ("source", None, "binary", "NUL byte"),
        "empty.py": ("source", 0, None, None),
        "link.py": ("other", None, "symlink", "symlink"),
        '"caf\\351\\n.py"': ("source", 1, None, None),
        "README.md": ("documentation", 2, None, None),
        "docs/adr/0001-x.md": ("decision_record", 7, None, None),
        "docs/adr/0002-y.md": ("decision_record", 5, None, None),
        "docs/adr/overview.md": ("documentation", 3, None, None),
        "vendor/README.md": ("documentation", 1, "vendored", "vendored/vendor-folder"),
        "lib": ("other", None, "submodule", "submodule"),
    }
    assert by_path["src/a.py"]["bytes"] == 5
    assert by_path["lib"]["blob"] == "1" * 40
    assert by_path["lib"]["bytes"] is None
    assert by_path["src/a.py"]["blob"] == git(builder.path, "rev-parse", "HEAD:src/a.py").decode().strip()
    references = [tuple(row.values())[2:] for row in rows(found, tables.DOCUMENT_REFERENCE)]
    assert references == [
        ("README.md", 1, "src/a.py", "src/a.py", True),
        ("README.md", 1, "src/none.py", None, False),
        ("README.md", 2, "src/old.py", None, False),
        ("docs/adr/overview.md", 1 + 2, "0001-x.md", "docs/adr/0001-x.md", True),
    ]
    assert [tuple(row.values())[2:] for row in rows(found, tables.DECISION_RECORD)] == [
        ("docs/adr/0001-x.md", "adr-tools", "Use X", "accepted", date(2020, 1, 2), []),
        ("docs/adr/0002-y.md", "madr4", "Use Y", "proposed", None, ["Ann", "Bob"]),
    ]


def test_missing_and_large_files_are_kept_and_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_rules, "MAX_BYTES", 100)
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"gone.py": b"gone\n", "here.py": b"here\n", "large.py": b"x\n" * 51})
    path = builder.build()
    remove_blob(path, git(path, "rev-parse", "HEAD:gone.py").decode().strip())
    repository = GitRepository(path)
    found = map_tree("pay", "h", read_tree(repository, repository.resolve("HEAD")), ())
    assert [(r["path"], r["bytes"], r["lines"], r["excluded"]) for r in rows(found, tables.FILE_SNAPSHOT)] == [
        ("gone.py", None, None, "missing"),
        ("here.py", 5, 1, None),
        ("large.py", 102, None, "too_large"),
    ]


def test_lines_are_those_of_git_blame(tmp_path: Path) -> None:
    dice = random.Random(1)
    contents = {}
    for i in range(20):
        lines = [b"a\n"] * dice.randint(0, 5)
        contents[f"f{i}.py"] = dice.choice([b"", b"\n", b"x"]).join(lines) + dice.choice([b"", b"x"])
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit(contents)
    repository = GitRepository(builder.build())
    tree = read_tree(repository, repository.resolve("HEAD"))
    for path, verdict in zip(tree.names, tree.verdicts, strict=True):
        assert verdict.lines == len(git(builder.path, "blame", "-s", "HEAD", "--", path).splitlines())


def test_an_empty_tree(tmp_path: Path) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({})
    repository = GitRepository(builder.build())
    tree = read_tree(repository, repository.resolve("HEAD"))
    assert tree == Tree()
    found = map_tree("pay", "h", tree, ())
    for table in (tables.FILE_SNAPSHOT, tables.DOCUMENT_REFERENCE, tables.DECISION_RECORD):
        assert rows(found, table) == []
