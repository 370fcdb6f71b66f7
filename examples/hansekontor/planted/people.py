"""Everybody who ever wrote a line: the organisations, the people and their stints, the machines, the strangers.

A signature is decided here together with the organisation it must be attributed to and the class of evidence that
decides it. That pair is the planted truth; nothing is looked up in the portfolio file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from planted.clock import day, utc_day
from planted.dice import Dice

COMPANY = "hansekontor"
UNKNOWN = "unknown"
BOT = "bot"

DATED, DOMAIN, UNDATED, MAILMAP = "dated_affiliation", "domain", "undated_affiliation", "mailmap"


@dataclass(frozen=True)
class Stint:
    """A time at an organisation and the address used there; both days belong to it, ``None`` is open."""

    organisation: str
    first: date | None
    last: date | None
    email: str

    def covers(self, when: date) -> bool:
        return (self.first is None or self.first <= when) and (self.last is None or when <= self.last)


@dataclass(frozen=True)
class Human:
    """A person. An undeclared one is missing in the portfolio: only the domain of the address tells who sent them."""

    id: str
    name: str
    stints: tuple[Stint, ...]
    declared: bool = True
    undated: bool = False
    """Declared with an affiliation to the company and no dates, although the truth has dates."""
    private: str | None = None
    """A private address they sometimes commit with; declared with the person."""
    hashed: bool = False
    """The private address stands in the portfolio as a SHA-256 digest."""

    def stint_on(self, when: date) -> Stint:
        """The stint of that day; of several at once the one that began last. Raises ``LookupError`` outside all."""
        covering = [stint for stint in self.stints if stint.covers(when)]
        if not covering:
            raise LookupError(f"{self.id} works nowhere on {when}")
        return max(covering, key=lambda stint: stint.first or date.min)


@dataclass(frozen=True)
class Signature:
    """How a commit is signed, and whom it must be attributed to."""

    name: str
    email: str
    organisation: str
    evidence: str
    human: str | None = None
    """Person id where the address belongs to a declared person."""


def _at(organisation: str, first: str | None, last: str | None, email: str) -> Stint:
    return Stint(organisation, day(first) if first else None, day(last) if last else None, email)


def _human(identifier: str, *stints: Stint, **more: object) -> Human:
    name = " ".join(part.capitalize() for part in identifier.split("-"))
    return Human(identifier, name, stints, **more)  # type: ignore[arg-type]


def _plain(organisation: str, identifier: str, first: str, last: str | None = None, **more: object) -> Human:
    """A person with one stint and the usual address of the organisation."""
    address = f"{identifier.replace('-', '.')}@{organisation}.example"
    return _human(identifier, _at(organisation, first, last, address), **more)


_HUMANS = (
    # Ours: fourteen on the day of the assessment.
    _plain(COMPANY, "mara-wendt", "2018-02-01"),
    _plain(COMPANY, "jonas-breit", "2019-05-01"),
    _plain(COMPANY, "ida-kroll", "2020-01-01", private="ida@kroll.example"),
    _plain(COMPANY, "tom-rieger", "2020-03-01", private="tom@rieger.example", hashed=True),
    _plain(COMPANY, "lena-osterkamp", "2019-09-01"),
    _plain(COMPANY, "piet-hansen", "2020-09-01"),
    _plain(COMPANY, "sofie-dahl", "2021-06-01"),
    _plain(COMPANY, "arne-volkers", "2018-11-01"),
    _plain(COMPANY, "greta-lindqvist", "2021-01-01"),
    _plain(COMPANY, "malte-brandt", "2022-02-01", private="malte@brandt.example"),
    _plain(COMPANY, "nele-jessen", "2019-01-01"),
    # Leaves two months before the Nordhang term ends: on that day she is no knower any more.
    _plain(COMPANY, "ruth-janssen", "2020-07-01", "2026-11-30"),
    # Was with Nordhang until 31 March 2025. What she wrote there stays Nordhang's knowledge.
    _human(
        "wiebke-claasen",
        _at("nordhang", "2020-02-01", "2025-03-31", "wiebke.claasen@nordhang.example"),
        _at(COMPANY, "2025-04-01", None, "wiebke.claasen@hansekontor.example"),
    ),
    # Was with Quendel Labs until the end of 2023, but the record kept here has no dates.
    _human(
        "yusuf-aydin",
        _at("quendel", "2020-04-01", "2023-12-31", "yusuf.aydin@quendel.example"),
        _at(COMPANY, "2024-01-01", None, "yusuf.aydin@hansekontor.example"),
        undated=True,
        private="yusuf@aydin.example",
    ),
    # Ours once.
    _plain(COMPANY, "oskar-thiele", "2018-04-01", "2026-06-30"),
    _plain(COMPANY, "hanna-petersen", "2018-06-01", "2024-05-31"),
    _plain(COMPANY, "bo-marten", "2019-02-01", "2024-08-31"),
    _plain(COMPANY, "inga-sievers", "2019-08-01", "2024-08-31"),
    # Nordhang Digital. Dilan Korkmaz has signed with us for November 2026.
    _plain("nordhang", "ben-harder", "2019-01-01", private="ben@harder.example", hashed=True),
    _plain("nordhang", "carla-voss", "2019-03-01"),
    _human(
        "dilan-korkmaz",
        _at("nordhang", "2020-06-01", "2026-10-31", "dilan.korkmaz@nordhang.example"),
        _at(COMPANY, "2026-11-01", None, "dilan.korkmaz@hansekontor.example"),
    ),
    _plain("nordhang", "emil-sander", "2020-01-01", declared=False),
    _plain("nordhang", "frida-nolte", "2021-01-01", declared=False),
    # Quendel Labs. Karl Ebbers left for Altdorf and came back; Vera Lund works for two partners at once.
    _plain("quendel", "gerd-pohl", "2018-01-01"),
    _plain("quendel", "henrike-maas", "2019-01-01", private="henrike@maas.example"),
    _plain("quendel", "ilja-romanov", "2020-05-01"),
    _plain("quendel", "judith-keller", "2021-09-01", declared=False),
    _human(
        "karl-ebbers",
        _at("quendel", "2020-01-01", "2022-06-30", "karl.ebbers@quendel.example"),
        _at("altdorf", "2022-07-01", "2024-01-31", "karl.ebbers@altdorf.example"),
        _at("quendel", "2024-02-01", None, "karl.ebbers@quendel.example"),
    ),
    _human(
        "vera-lund",
        _at("quendel", "2022-01-01", None, "vera.lund@quendel.example"),
        _at("tarnfels", "2024-03-01", None, "vera.lund@tarnfels.example"),
        private="vera@lund.example",
    ),
    # Tarnfels Cloud, Fennek Mobile, Brückau Data, and Altdorf Soft, from whom Fennek took over.
    _plain("tarnfels", "lars-wick", "2019-01-01"),
    _plain("tarnfels", "mia-torfs", "2022-03-01", declared=False),
    _plain("fennek", "doro-falk", "2024-08-01"),
    _plain("fennek", "kai-uhland", "2024-08-01"),
    _plain("fennek", "lina-brodersen", "2025-05-01", declared=False),
    _plain("altdorf", "nils-ahrendt", "2019-01-01", "2024-08-31"),
    _plain("altdorf", "olga-weiss", "2019-01-01", "2024-08-31", private="olga@weiss.example", hashed=True),
    _plain("altdorf", "paul-zimmer", "2020-01-01", "2024-07-31", declared=False),
    _plain("brueckau", "rosa-albers", "2020-01-01"),
    _plain("brueckau", "stefan-iversen", "2020-01-01"),
    _plain("brueckau", "tilda-moor", "2022-09-01", private="tilda@moor.example", hashed=True),
    _plain("brueckau", "ulf-nissen", "2021-03-01", declared=False),
)

HUMANS = {human.id: human for human in _HUMANS}

RENOVATE = Signature("renovate[bot]", "renovate@hansekontor.example", BOT, BOT)
"""Updates dependencies. Its address would pass for one of ours if machines were not looked for first."""
FORMATTER = Signature("Format Robot", "format@robots.hansekontor.example", BOT, BOT)
"""Runs the formatter over source files, so lines come to be 'owned' by a machine."""

_STRANGERS = (
    ("A. Brandes", "brandes81@postkorb.example"),
    ("jkr", "jkr@funkturm.example"),
    ("M. Olsen", "m.olsen@heimnetz.example"),
    ("root", "root@build-7.localdomain"),
    ("Tanja", "tanja@postkorb.example"),
    ("dev", "dev@dev-laptop.local"),
)

OLD_DOMAIN = "hk-handel.example"
OLD_DOMAIN_LAST_DAY = day("2021-12-31")
"""The company was called HK Handel until the end of 2021; those addresses are declared as a domain only."""
_KEPT_OLD_ADDRESS = {"arne-volkers", "hanna-petersen", "nele-jessen"}

PRIVATE_HABIT = 0.06
"""How often people who have a declared private address commit with it."""


def sign(human: str, moment: datetime, *, email: str | None = None, dice: Dice | None = None) -> Signature:
    """Sign as a person at a moment. ``email`` asks for one of their addresses; else ``dice`` may pick the private one.

    Raises ``LookupError`` if the person works nowhere on that day: a mistake in the story.
    """
    human, _, organisation = human.partition("@")
    person = HUMANS[human]
    when = utc_day(moment)
    stint = person.stint_on(when)
    if organisation:
        stint = next(s for s in person.stints if s.organisation == organisation and s.covers(when))
    if email is None and dice is not None and person.private and dice.chance(PRIVATE_HABIT):
        email = person.private
    if email is not None and email != person.private:
        stint = next(s for s in person.stints if s.email == email and s.covers(when))
    elif email is not None:
        stint = person.stint_on(when)
    address = email or stint.email
    if address != person.private and human in _KEPT_OLD_ADDRESS and when <= OLD_DOMAIN_LAST_DAY:
        return Signature(person.name, address.split("@")[0] + "@" + OLD_DOMAIN, COMPANY, DOMAIN)
    if person.undated:
        if address == person.private:
            return Signature(person.name, address, COMPANY, UNDATED, human)
        return Signature(person.name, address, stint.organisation, DOMAIN, human)
    if not person.declared:
        return Signature(person.name, address, stint.organisation, DOMAIN)
    return Signature(person.name, address, stint.organisation, DATED, human)


def stranger(dice: Dice) -> Signature:
    """Somebody nobody can place: neither a record nor a corporate domain."""
    name, email = dice.pick(_STRANGERS)
    return Signature(name, email, UNKNOWN, UNKNOWN)


def through_mailmap(human: str, name: str, email: str) -> Signature:
    """A raw address only the mailmap of the repository leads to a declared person; then their record decides."""
    return Signature(name, email, HUMANS[human].stints[-1].organisation, MAILMAP, human)
