"""Which files count as source, and the rule that took the others out."""

from __future__ import annotations

import pytest

from copartner.sources.git import file_rules
from copartner.sources.git.file_filter import FileFilter, Verdict, count_lines, kind_of
from copartner.sources.git.history import GITLINK, SYMLINK

REGULAR = 0o100644
PLAIN = FileFilter({})


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/a.py", "source"),
        ("web/a.TSX", "source"),
        ("infra/main.tf", "source"),
        ("Dockerfile", "source"),
        ("docker/Dockerfile.dev", "source"),
        ("Makefile", "source"),
        ("CMakeLists.txt", "source"),
        ("README", "documentation"),
        ("README.md", "documentation"),
        ("lib/x/README.txt", "documentation"),
        ("docs/guide.rst", "documentation"),
        ("docs/notes.txt", "documentation"),
        ("notes.txt", "data"),
        ("requirements.txt", "data"),
        ("deploy/values.yaml", "data"),
        ("setup.cfg", "data"),
        ("LICENSE", "other"),
        ("LICENSE.md", "other"),
        ("CHANGELOG.md", "other"),
        ("AUTHORS", "other"),
        ("logo.png", "other"),
        ("docs/decisions/0001-use-x.md", "decision_record"),
        ("docs/decisions/README.md", "documentation"),
        (".gitignore", "other"),
        ("a.b/c", "other"),
    ],
)
def test_kind_by_name(path: str, kind: str) -> None:
    assert kind_of(path, {}) == kind


@pytest.mark.parametrize(
    ("path", "excluded", "rule"),
    [
        ("node_modules/a/index.js", "vendored", "vendored/packages"),
        ("web/node_modules/a.js", "vendored", "vendored/packages"),
        ("vendor/a.go", "vendored", "vendored/vendor-folder"),
        ("src/pip/_vendor/x.py", "vendored", "vendored/vendor-folder"),
        ("third_party/x.c", "vendored", "vendored/third-party"),
        ("static/jquery-3.6.0.min.js", "vendored", "vendored/browser-library"),
        ("static/bootstrap.bundle.js", "vendored", "vendored/browser-library"),
        ("gradlew", "vendored", "vendored/build-wrapper"),
        ("package-lock.json", "generated", "generated/lock-file"),
        ("sub/go.sum", "generated", "generated/lock-file"),
        ("a/b_pb2.py", "generated", "generated/protocol-buffers"),
        ("api.pb.go", "generated", "generated/protocol-buffers"),
        ("zz_generated.deepcopy.go", "generated", "generated/code-generator"),
        ("x/app.min.css", "generated", "generated/minified-name"),
        ("web/dist/app.js", "generated", "generated/build-output"),
        ("pkg.egg-info/PKG-INFO", "generated", "generated/build-output"),
        ("locale/de/LC_MESSAGES/x.po", "generated", "generated/translation"),
        ("a/__snapshots__/b.js", "generated", "generated/test-snapshot"),
    ],
)
def test_path_rules(path: str, excluded: str, rule: str) -> None:
    verdict = PLAIN.judge(path.encode(), b"x\n")
    assert (verdict.excluded, verdict.rule, verdict.lines) == (excluded, rule, 1)


@pytest.mark.parametrize(
    "path",
    ["vendor.py", "src/vendors.py", "distance/a.py", "src/jquery_plugin.js", "my_vendor/a.py", "src/charts.js",
     "generated.py", "node_modules.md", "src/minimal.js", "lockfile.py", "docs/configure.md"],
)  # fmt: skip
def test_names_that_only_resemble_a_rule(path: str) -> None:
    assert PLAIN.judge(path.encode(), b"x\n").excluded is None


def test_rules_are_named_once_and_carry_a_version() -> None:
    ids = [rule.id for rule in file_rules.RULES]
    assert len(ids) == len(set(ids))
    assert all(rule.id.startswith(rule.excluded + "/") for rule in file_rules.RULES)
    assert {rule.excluded for rule in file_rules.RULES} == {"vendored", "generated"}
    assert file_rules.VERSION


def test_attributes_come_before_rules() -> None:
    chosen = FileFilter(
        {
            b"": b"gen/** linguist-generated\nlib/** linguist-vendored=true\nvendor/own/** -linguist-vendored\n"
            b"yarn.lock linguist-generated=false\nguide.py linguist-documentation\ndeploy/*.yaml linguist-detectable\n"
            b"big.py -linguist-generated\n",
            b"gen": b"hand.py !linguist-generated\n",
        }
    )

    def judged(path: bytes, content: bytes = b"x\n") -> tuple[str, str | None, str | None]:
        verdict = chosen.judge(path, content)
        return verdict.kind, verdict.excluded, verdict.rule

    assert judged(b"gen/a.py") == ("source", "generated", ".gitattributes linguist-generated")
    assert judged(b"gen/hand.py") == ("source", None, None)
    assert judged(b"lib/a.py") == ("source", "vendored", ".gitattributes linguist-vendored")
    assert judged(b"vendor/own/a.py") == ("source", None, None)
    assert judged(b"vendor/a.py")[1] == "vendored"
    assert judged(b"yarn.lock")[1] is None
    assert judged(b"guide.py")[0] == "documentation"
    assert judged(b"deploy/a.yaml") == ("source", None, None)
    assert judged(b"big.py", b"x" * 5000) == ("source", None, None)
    assert judged(b"big.py", b"# @generated\n") == ("source", None, None)


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        (b"a.py", b"x\0y\n", Verdict("source", None, "binary", "NUL byte")),
        (b"a.py", b"x" * 7999 + b"\0", Verdict("source", None, "binary", "NUL byte")),
        (b"a.py", b"x\n" * 4000 + b"\0", Verdict("source", 4001, None, None)),
        (b"a.js", b"x" * 111 + b"\n", Verdict("source", 1, "minified", "more than 110 bytes per line")),
        (b"a.js", b"x" * 109 + b"\n", Verdict("source", 1, None, None)),
        (b"a.py", b"x" * 501 + b"\n", Verdict("source", 1, "minified", "more than 500 bytes per line")),
        (b"a.json", b"x" * 5000 + b"\n", Verdict("data", 1, None, None)),
        (b"a.go", b"// Code generated by x. DO NOT EDIT.\np\n", Verdict("source", 2, "generated", "generated/marker")),
        (b"a.js", b"/**\n * @generated SignedSource\n */\n", Verdict("source", 3, "generated", "generated/marker")),
        (b"a.py", b"# nobody@generated.example wrote this\n", Verdict("source", 1, None, None)),
        (b"a.py", b"", Verdict("source", 0, None, None)),
        (b"bin/tool", b"#!/bin/sh\necho\n", Verdict("source", 2, None, None)),
        (b"bin/tool.txt", b"#!/bin/sh\n", Verdict("data", 1, None, None)),
        (b"caf\xe9.py", b"a\r\nb", Verdict("source", 2, None, None)),
    ],
)  # fmt: skip
def test_content(path: bytes, content: bytes, expected: Verdict) -> None:
    assert PLAIN.judge(path, content) == expected


@pytest.mark.parametrize(
    ("path", "mode", "size", "expected"),
    [
        (b"lib", GITLINK, None, Verdict("other", None, "submodule", "submodule")),
        (b"a.py", SYMLINK, 4, Verdict("other", None, "symlink", "symlink")),
        (b"a.py", REGULAR, None, Verdict("source", None, "missing", "missing object")),
        (b"a.py", REGULAR, file_rules.MAX_BYTES + 1, Verdict("source", None, "too_large", "larger than 4194304 bytes")),
        (b"yarn.lock", REGULAR, file_rules.MAX_BYTES + 1, Verdict("data", None, "generated", "generated/lock-file")),
        (b"logo.png", REGULAR, 10, Verdict("other", None, "binary", "extension .png")),
        (b"a.py", REGULAR, file_rules.MAX_BYTES, None),
        (b"vendor/a.py", REGULAR, 10, None),
    ],
)
def test_what_needs_no_reading(path: bytes, mode: int, size: int | None, expected: Verdict | None) -> None:
    assert PLAIN.before_reading(path, mode, size) == expected


@pytest.mark.parametrize(
    ("content", "lines"), [(b"", 0), (b"a", 1), (b"a\n", 1), (b"a\nb", 2), (b"\n", 1), (b"\n\n", 2)]
)
def test_lines_are_counted_as_git_blame_does(content: bytes, lines: int) -> None:
    assert count_lines(content) == lines
