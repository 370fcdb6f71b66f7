"""References from documents to paths: few, but right."""

from __future__ import annotations

import time

import pytest

from copartner.sources.git.documents import PathIndex, Reference, find_references

INDEX = PathIndex(
    frozenset(
        {
            "README.md",
            "setup.py",
            "src/pay/api.py",
            "src/pay/api_v2.py",
            "docs/guide.md",
            "docs/img/flow diagram.png",
            "docs/sub/index.md",
            "doc/source/conf.py",
            "doc/source/admin/index.rst",
            "doc/source/install.rst",
            "tools/deep/unique_name.py",
            "other/setup.py",
            "Makefile",
        }
    ),
    frozenset({"src/pay/old.py", "legacy/run.sh", "setup.py", "docs/gone.md"}),
)


def found(path: str, text: str) -> list[tuple[int, str, str | None]]:
    return [(r.line, r.target, r.resolved_path) for r in find_references(path, text.encode(), INDEX)]


def test_a_link_is_a_reference_whether_it_leads_somewhere_or_not() -> None:
    text = (
        "See [the guide](docs/guide.md#start) and\n[nothing](docs/nothing.md 'a title').\n"
        "![flow](<docs/img/flow diagram.png>) ![flow](docs/img/flow%20diagram.png)\n"
        "[id]: src/pay/api.py\n<a href='docs/'>x</a> [folder](src/pay/)\n[root](/setup.py) [page](docs/guide)\n"
        "[![badge](docs/badge.svg)](docs/guide.html)\n"
    )
    assert found("README.md", text) == [
        (1, "docs/guide.md", "docs/guide.md"),
        (2, "docs/nothing.md", None),
        (3, "docs/img/flow diagram.png", "docs/img/flow diagram.png"),
        (4, "src/pay/api.py", "src/pay/api.py"),
        (5, "docs/", "docs"),
        (5, "src/pay/", "src/pay"),
        (6, "/setup.py", "setup.py"),
        (6, "docs/guide", "docs/guide.md"),
        (7, "docs/guide.html", "docs/guide.md"),
    ]


def test_links_are_relative_to_their_document_then_to_the_root() -> None:
    assert found("docs/guide.md", "[a](../src/pay/api.py) [b](sub/) [c](src/pay/api.py) [d](img/none.png)") == [
        (1, "../src/pay/api.py", "src/pay/api.py"),
        (1, "img/none.png", None),
        (1, "src/pay/api.py", "src/pay/api.py"),
        (1, "sub/", "docs/sub"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[x](https://example.org/docs/guide.md)",
        "[x](//example.org/a.md) [y](mailto:ann@example.org) [z](#anchor) [t](tel:+49)",
        "[x](../../issues/12) [y](/assets/logo.png)",
        "[x]({{ site.url }}/a.md) [y](<>)",
        "```\n[x](docs/nothing.md)\n`legacy/run.sh`\n```",
        "~~~~ sh\n```\n`legacy/run.sh`\n~~~~",
        "<!-- [x](docs/nothing.md)\n[y](docs/nothing.md) -->",
        "`and/or` `GET /api/v1` `--flag` `foo()` `a.b.c` `1.2.3` `**/*.py` `src/<name>/x.py` `$HOME/x.py`",
        "`/etc/hosts` `path/to/file.py` `unknown.py` `example.com/docs`",
        "[^1]: docs/nothing.md",
        "[text] (docs/nothing.md)",
    ],
)
def test_what_is_no_reference(text: str) -> None:
    assert found("README.md", text) == []


def test_a_mention_counts_when_it_leads_somewhere_or_once_did() -> None:
    text = "`src/pay/api.py`, `src/pay/old.py`,\n"
    text += "`legacy/` and `run.sh`; ``Makefile`` `unique_name.py` `setup.py` `src/new.py`"
    assert found("README.md", text) == [
        (1, "src/pay/api.py", "src/pay/api.py"),
        (1, "src/pay/old.py", None),
        (2, "Makefile", "Makefile"),
        (2, "legacy/", None),
        (2, "setup.py", "setup.py"),
        (2, "unique_name.py", "tools/deep/unique_name.py"),
    ]


def test_a_name_alone_means_the_shortest_path() -> None:
    index = PathIndex(frozenset({"a/b/run.py", "c/run.py"}))
    assert find_references("x.md", b"`run.py`", index) == [Reference(1, "run.py", "c/run.py")]


def test_restructured_text() -> None:
    text = (
        "Title\n-----\n\n:doc:`/admin/index` :doc:`Install <../install>` :doc:`glance:admin/x` :doc:`/none`\n\n"
        "Other\n-----\n`text <../../../src/pay/api.py>`_ `t <other_>`_ ``src/pay/old.py``\n.. image:: ../never.png\n"
        ".. include:: /../../legacy/run.sh\n.. _x: https://example.org\n:file:`setup.py`\n"
    )
    assert found("doc/source/admin/index.rst", text) == [
        (4, "../install", "doc/source/install.rst"),
        (4, "/admin/index", "doc/source/admin/index.rst"),
        (4, "/none", None),
        (8, "../../../src/pay/api.py", "src/pay/api.py"),
        (8, "src/pay/old.py", None),
        (12, "setup.py", "setup.py"),
    ]


def test_asciidoc() -> None:
    text = "link:guide.md[Guide] xref:none.adoc#x[None] image::img/none.png[]\n"
    text += "----\nlink:a.md[x]\n----\n`../setup.py` <<b.adoc#c,d>>\n"
    assert found("docs/a.adoc", text) == [
        (1, "guide.md", "docs/guide.md"),
        (1, "img/none.png", None),
        (1, "none.adoc", None),
        (5, "../setup.py", "setup.py"),
        (5, "b.adoc", None),
    ]


def test_plain_text_has_mentions_only() -> None:
    assert found("docs/notes.txt", "see `src/pay/api.py` and [x](docs/nothing.md)") == [
        (1, "src/pay/api.py", "src/pay/api.py")
    ]


def test_bytes_that_are_no_text_are_survived() -> None:
    assert find_references("a.md", b"\xff\xfe[\xff](\xff) `\xff`", INDEX) == [Reference(1, "\ufffd", None)]
    assert find_references("a.md", b"", INDEX) == []


@pytest.mark.parametrize(
    "piece", ["[", "[[", "[x](", "```\n", "<!--", "`", "<a ", "![", "[a]: ", "<<a.adoc,", "`a <", "]("]
)  # fmt: skip
def test_hostile_texts_cost_no_more_than_long_ones(piece: str) -> None:
    text = (piece * (400_000 // len(piece))).encode()
    for extension in ("md", "rst", "adoc"):
        start = time.process_time()
        find_references(f"a.{extension}", text, INDEX)
        assert time.process_time() - start < 5
