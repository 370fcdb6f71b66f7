"""Which paths are source code, documentation or data, and which were not written by the people who committed them.

Knowledge is measured over files people write. Copied libraries, generated code and lock files would turn whoever
committed them into their author, so they are excluded by rule and the rule is kept with the file. A repository
overrides every path rule with its own ``.gitattributes`` (``linguist-generated``, ``-linguist-vendored`` …).

The lists are data: change them together with `VERSION`, which is printed with every assessment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

VERSION: Final = "1"

MAX_BYTES: Final = 4 << 20
"""Larger files are not read: nobody writes 4 MiB by hand."""

MINIFIED_AVERAGE: Final = 110
"""Script and style files with more bytes per line on average are minified (the limit GitHub Linguist uses)."""

LONGEST_AVERAGE: Final = 500
"""The same for every other source file: data in the shape of code."""


@dataclass(frozen=True, slots=True)
class PathRule:
    """Files whose path matches `pattern` (searched in the whole path, ``/`` before its first folder) are excluded."""

    id: str
    excluded: str
    pattern: str


def _rule(excluded: str, name: str, *, folders: str = "", files: str = "", pattern: str = "") -> PathRule:
    """Build a rule from folder names and file name globs, separated by white space, and one regular expression."""
    parts = [rf"/(?:{'|'.join(map(_glob, folders.split()))})/"] if folders else []
    parts += [rf"/(?:{'|'.join(map(_glob, files.split()))})$"] if files else []
    return PathRule(f"{excluded}/{name}", excluded, "|".join([*parts, *([pattern] if pattern else [])]))


def _glob(text: str) -> str:
    return re.escape(text).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")


RULES: Final[tuple[PathRule, ...]] = (
    _rule("vendored", "packages", folders="node_modules bower_components jspm_packages Pods Carthage Godeps"),
    _rule("vendored", "vendor-folder", folders="vendor _vendor vendors vendored"),
    _rule("vendored", "third-party", folders="third_party third-party thirdparty 3rdparty 3rd_party 3rd-party"),
    _rule("vendored", "python-environment", folders="site-packages venv .venv virtualenv"),
    _rule(
        "vendored", "yarn", pattern=r"/\.yarn/(?:releases|plugins|sdks|versions|cache)/|/\.pnp\.(?:c?js|loader\.mjs)$"
    ),
    _rule("vendored", "build-wrapper", files="gradlew gradlew.bat mvnw mvnw.cmd", pattern="/gradle/wrapper/|/\\.mvn/"),
    _rule("vendored", "autotools", files="aclocal.m4 config.guess config.sub install-sh ltmain.sh libtool.m4 depcomp"),
    _rule(
        "vendored",
        "browser-library",
        pattern=r"/(?:jquery|bootstrap|angular|backbone|underscore|lodash|handlebars|moment|d3|three|modernizr|require"
        r"|prototype|ember|knockout|mootools|highcharts|leaflet|select2|font-?awesome|normalize|html5shiv|respond)"
        r"(?:[-.](?:ui|core|min|slim|bundle|custom|all|v?\d[\w.]*))*\.(?:js|css)$",
    ),
    _rule(
        "generated",
        "lock-file",
        files="""package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb deno.lock Cargo.lock
        poetry.lock uv.lock pdm.lock Pipfile.lock conda-lock.yml conda-lock.yaml pixi.lock composer.lock Gemfile.lock
        go.sum go.work.sum Gopkg.lock glide.lock mix.lock rebar.lock pubspec.lock Podfile.lock Package.resolved
        Cartfile.resolved packages.lock.json paket.lock project.assets.json flake.lock gradle.lockfile
        buildscript-gradle.lockfile stack.yaml.lock cabal.project.freeze Manifest.toml renv.lock .terraform.lock.hcl
        Chart.lock MODULE.bazel.lock cpanfile.snapshot""",
    ),
    _rule("generated", "minified-name", files="*.min.js *-min.js *.min.mjs *.min.cjs *.min.css *-min.css"),
    _rule("generated", "source-map", files="*.js.map *.mjs.map *.cjs.map *.css.map *.ts.map"),
    _rule(
        "generated",
        "protocol-buffers",
        files="""*_pb2.py *_pb2.pyi *_pb2_grpc.py *.pb.go *.pb.gw.go *_grpc.pb.go *.pb.cc *.pb.h *.pb.c *.pb.swift
        *.pb.dart *.pb.rb *_pb.js *_pb.ts *_pb.d.ts *_pb.rb *_grpc_pb.js *_grpc_pb.d.ts *.pbobjc.h *.pbobjc.m""",
    ),
    _rule(
        "generated",
        "code-generator",
        files="""zz_generated* *.generated.* *_generated.* *.g.dart *.freezed.dart *_gen.go *.designer.cs *.Designer.cs
        *.designer.vb *.Designer.vb *.g.cs *.g.i.cs""",
    ),
    _rule("generated", "build-output", folders="dist __pycache__ .next .nuxt *.egg-info __generated__"),
    _rule("generated", "test-snapshot", folders="__snapshots__", files="*.snap"),
    _rule("generated", "translation", files="*.pot *.mo *.qm", pattern="/LC_MESSAGES/[^/]+\\.po$"),
    _rule("generated", "configure", files="configure Makefile.in config.h.in"),
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BINARY_EXTENSIONS: Final = _words(
    """7z a avi avif bin bmp bz2 class deb dll dmg doc docx dylib ear eot exe flac gif gz icns ico iso jar jks jpeg
    jpg keystore lib lz4 mkv mo mov mp3 mp4 mpeg npy npz o obj odp ods odt ogg otf p12 parquet pdf pfx pkl png ppt
    pptx psd pyc pyd qm rar rpm sketch so sqlite sqlite3 swf tar tgz tif tiff ttf wasm wav webm webp whl war woff woff2
    xls xlsx xz zip zst"""
)
"""Never read: these are binary by convention."""

SOURCE_EXTENSIONS: Final = _words(
    """abap ada adb ads as asm asp aspx astro awk bas bash bat bicep bzl c cbl cc cfc cfm cjs clj cljc cljs cls cmake
    cmd cob coffee cpp cppm cpy cr cs cshtml csproj css cts cu cuh cxx d dart dpr el elm erl ex exs f f03 f08 f77 f90
    f95 feature fish for frag fs fsi fsproj fsx fut gd glsl go gohtml gql gradle graphql groovy gsp h haml handlebars
    hbs hcl hh hlsl hpp hrl hs htm html hxx idl ino ipynb j2 jade java jinja jinja2 jl jq js jsp jspx jsx ksh kt kts
    less liquid lisp lsp lua m mako mdx mjs ml mli mm move mts mustache nim nix njk nomad odin pas php phtml pl plsql
    pm pp prc prolog proto ps1 psm1 pug pxd pxi py pyi pyw pyx qml r rake razor rb rego rexx rkt robot rpgle rs ru s
    sass scala scm scss sh sj sol sql st star styl sv svelte svh swift t tcl templ tf tfvars thrift tmpl tpl ts tsx
    twig v vala vb vbproj vbs vcl vert vhd vhdl vim vue wat wgsl xaml xquery xsl xslt y zig zsh"""
)
"""Languages people write programs, infrastructure and pages in."""

SOURCE_NAMES: Final = _words(
    """Brewfile BUCK BUILD Caddyfile CMakeLists.txt Containerfile Dockerfile Earthfile Fastfile Gemfile GNUmakefile
    Guardfile Jenkinsfile Justfile justfile Makefile makefile meson.build Podfile Procfile Rakefile Snakefile Tiltfile
    Vagrantfile WORKSPACE build.gradle wscript"""
)

PROSE_EXTENSIONS: Final = _words("adoc asciidoc markdown md mkd mkdn org pod rdoc rest rst tex texi textile wiki")

DOCUMENT_FOLDERS: Final = _words("doc docs documentation wiki manual manuals guides handbook")

DOCUMENT_NAMES: Final = re.compile(
    r"^(?:readme|install|hacking|contributing|architecture|faq|manual)(?:\.\w+)?$", re.IGNORECASE
)

NOT_DOCUMENTATION: Final = re.compile(
    r"^(?:changelog|changes|history|news|releases?|release[-_]notes|authors|contributors|maintainers|credits|thanks"
    r"|licen[cs]es?|copying|copyright|notice|patents|unlicense|code[-_]of[-_]conduct)(?:[-_.][\w.-]*)?$",
    re.IGNORECASE,
)
"""Logs, legal texts and lists of names: prose, but nothing that explains the system."""

DATA_EXTENSIONS: Final = _words(
    """arb avsc cfg conf crt csr csv dat desktop dtd editorconfig env geojson graphml ics in ini json json5 jsonc jsonl
    jsonld kml lock log map ndjson pem plist po pom properties proto.txt rdf resx rss sarif service srt strings sub svg
    toml tsv ttl txt vtt webmanifest xlf xliff xml xsd yaml yml"""
)

GENERATED_MARKER: Final = re.compile(
    rb"^(?:[^\n]{0,8}\bCode generated [^\n]{0,200}DO NOT EDIT\b|[^\n]{0,80}(?<![\w.-])@generated\b(?![.\w]))",
    re.MULTILINE,
)
"""``Code generated … DO NOT EDIT`` (the Go convention, https://go.dev/s/generatedcode) or ``@generated``."""

MARKER_BYTES: Final = 2048
"""How far from its start a file is searched for such a marker."""
