"""Source text that reads like work: statements and functions in four languages, never the same statement twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from planted.dice import Dice

Draft = list[tuple[str, bool]]
"""Lines to write: the text, and whether it is structure that no edit may change."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_VERBS = _words(
    """
    load store check apply settle book split merge round release reserve confirm cancel notify convert resolve
    collect assign publish verify refresh archive expand match enrich validate schedule queue replay trim
    """
)
_ADJECTIVES = _words(
    """
    open pending partial expired foreign net gross late valid duplicate internal default external final stale
    empty manual blocked delayed shared
    """
)
_FIELDS = _words(
    """
    id amount currency status total reason country channel reference balance limit version owner key region
    language position weight source target due_date created_at
    """
)


def _camel(words: str) -> str:
    return "".join(word.capitalize() for word in words.split("_"))


def _lower_camel(words: str) -> str:
    first, *rest = words.split("_")
    return first + "".join(word.capitalize() for word in rest)


@dataclass(frozen=True)
class Dialect:
    """How one language looks: its file heading, its functions, its statements."""

    name: str
    suffix: str
    comment: str
    indent: str
    heading: tuple[str, ...]
    opening: str
    closing: tuple[str, ...]
    separator: tuple[str, ...]
    statements: tuple[str, ...]
    spell: Callable[[str], str]

    def file(self, dice: Dice, title: str, nouns: tuple[str, ...], functions: int, used: set[str]) -> Draft:
        """A whole new file with so many functions."""
        draft: Draft = [(line.format(title=title, stem=nouns[0], Stem=_camel(nouns[0])), True) for line in self.heading]
        used.update(text for text, _ in draft)
        for _ in range(functions):
            draft += self.function(dice, nouns, used)
        return draft

    def function(self, dice: Dice, nouns: tuple[str, ...], used: set[str]) -> Draft:
        """A function with the blank lines that separate it from what stands before."""
        opening = self._unused(self.opening, dice, nouns, used, "")
        draft: Draft = [(line, True) for line in (*self.separator, opening)]
        for _ in range(dice.between(4, 9)):
            draft.append((self.indent + self.statement(dice, nouns, used, self.indent), False))
        return draft + [(line, True) for line in self.closing]

    def statement(self, dice: Dice, nouns: tuple[str, ...], used: set[str], indent: str) -> str:
        """One statement, without its indentation, that ``used`` does not hold yet; it is added there."""
        return self._unused(dice.pick(self.statements), dice, nouns, used, indent)

    def _unused(self, template: str, dice: Dice, nouns: tuple[str, ...], used: set[str], indent: str) -> str:
        for attempt in range(1000):
            number = "" if attempt < 20 else f"_{attempt}"
            a, b, c = dice.pick(nouns), dice.pick(nouns) + number, dice.pick(_FIELDS)
            verb, adjective = dice.pick(_VERBS), dice.pick(_ADJECTIVES)
            text = template.format(
                a=self.spell(a),
                b=self.spell(b),
                c=self.spell(c),
                ab=self.spell(f"{adjective}_{b}"),
                do=self.spell(f"{verb}_{b}"),
                do_a=self.spell(f"{verb}_{adjective}_{b}"),
                Do=_camel(f"{verb}_{adjective}_{b}"),
                B=_camel(b),
                adjective=adjective,
                verb=verb,
                words=f"{adjective} {b}".replace("_", " "),
                number=dice.between(2, 900),
            )
            if indent + text not in used:
                used.add(indent + text)
                return text
        raise ValueError(f"no words left for {template!r}")


PYTHON = Dialect(
    name="Python",
    suffix="py",
    comment="#",
    indent="    ",
    heading=(
        '"""{title}."""',
        "",
        "from __future__ import annotations",
        "",
        "import logging",
        "",
        "log = logging.getLogger(__name__)",
    ),
    opening="def {do_a}({a}, {c}):",
    closing=(),
    separator=("", ""),
    statements=(
        "{ab} = {a}.{do}({b}.{c})",
        "{ab} = [entry.{c} for entry in {a}.{b} if entry.{adjective}]",
        "{b}.{do}({a}.{c}, timeout={number})",
        'log.info("{words}: {verb} %s", {a}.{c})',
        "{ab} = max({a}.{c}, {b}.{c}, {number})",
        'assert {b}.{c} != {a}.{c}, "{words} must differ"',
        "# {words}: {verb} before {c} is known",
        '{a}["{ab}"] = {b}.get("{c}", {number})',
    ),
    spell=str,
)

TYPESCRIPT = Dialect(
    name="TypeScript",
    suffix="ts",
    comment="//",
    indent="  ",
    heading=("// {title}.", "import {{ {Stem} }} from './model';", "import {{ request, log }} from '../shared';"),
    opening="export async function {do_a}({a}: Entry, {c}: string) {{",
    closing=("}",),
    separator=("",),
    statements=(
        "const {ab} = await {a}.{do}({b}.{c});",
        "const {ab} = {a}.{b}.filter((entry) => entry.{adjective});",
        "{b}.{do}({a}.{c}, {{ timeout: {number} }});",
        "log.info('{words}: {verb}', {a}.{c});",
        "const {ab} = Math.max({a}.{c}, {b}.{c}, {number});",
        "if ({b}.{c} === {a}.{c}) throw new Error('{words} must differ');",
        "// {words}: {verb} before {c} is known",
        "{a}.{ab} = {b}.{c} ?? {number};",
    ),
    spell=_lower_camel,
)

GO = Dialect(
    name="Go",
    suffix="go",
    comment="//",
    indent="\t",
    heading=("// Package {stem}: {title}.", "package {stem}"),
    opening="func (s *Service) {Do}({a} Entry) error {{",
    closing=("\treturn nil", "}"),
    separator=("",),
    statements=(
        "{ab} := s.{do}({a}.{B})",
        's.log.Info("{words}: {verb}", {a}.{B})',
        "{a}.{B} = max({b}.{B}, {number})",
        "s.queue.{Do}({a}, {number})",
        "// {words}: {verb} before {c} is known",
        'defer s.{do}({a}, "{ab}")',
        "{ab}, _ := s.store.{Do}({a}.{B})",
    ),
    spell=_lower_camel,
)

TERRAFORM = Dialect(
    name="Terraform",
    suffix="tf",
    comment="#",
    indent="  ",
    heading=("# {title}.",),
    opening='resource "tarnfels_{a}" "{do_a}" {{',
    closing=("}",),
    separator=("",),
    statements=(
        '{ab} = "{verb}-{number}"',
        "{ab}_{c} = {number}",
        "{ab} = var.{b}_{c}",
        "# {words}: {verb} before {c} is known",
        '{verb}_{ab} = local.{a}["{c}"]',
        "{do}_enabled = var.{ab}_{c} > {number}",
    ),
    spell=str,
)

DIALECTS = {dialect.suffix: dialect for dialect in (PYTHON, TYPESCRIPT, GO, TERRAFORM)}

_SUBJECTS = (
    "Handle {adjective} {noun} in {area}",
    "Fix {noun} {field} for {adjective} {other}",
    "Do not {verb} {noun} twice",
    "{Verb} {noun} before {other}",
    "Keep {field} of {adjective} {noun}",
    "Speed up {area}: {verb} {noun} once",
    "Log {adjective} {noun}",
    "Simplify how we {verb} {noun}",
    "Allow {adjective} {noun} without {field}",
    "Rename {field} in {noun}",
)


def subject(dice: Dice, area: str, nouns: tuple[str, ...]) -> str:
    """What a developer writes about a change."""
    verb = dice.pick(_VERBS)
    return dice.pick(_SUBJECTS).format(
        adjective=dice.pick(_ADJECTIVES),
        noun=dice.pick(nouns).replace("_", " "),
        other=dice.pick(nouns).replace("_", " "),
        field=dice.pick(_FIELDS).replace("_", " "),
        verb=verb,
        Verb=verb.capitalize(),
        area=area.replace("_", " "),
    )
