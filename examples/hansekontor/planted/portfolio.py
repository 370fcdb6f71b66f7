"""The portfolio file of Hansekontor: partners, people, systems and contracts as the company declares them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from planted.people import COMPANY, HUMANS, OLD_DOMAIN, OLD_DOMAIN_LAST_DAY, Human


@dataclass(frozen=True)
class System:
    id: str
    name: str
    criticality: str
    owner: str
    partner: str | None
    """The partner engaged on it."""
    repositories: tuple[str, ...]
    folders: tuple[str, ...] = ()
    """Only these folders of the repositories belong to it; empty means all."""
    components: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """Id, name and folders of each declared component; empty leaves it to the top-level folders."""
    recovery: tuple[int, int] | None = None
    """Recovery time and recovery point in hours."""


SYSTEMS = (
    System(
        "payments",
        "Payments",
        "high",
        "jonas-breit",
        "nordhang",
        ("payments-api", "ledger", "refunds"),
        components=(
            ("capture", "Capture", ("capture",)),
            ("settlement", "Settlement", ("settlement",)),
            ("tokens", "Tokens", ("tokens",)),
            ("webhooks", "Webhooks", ("webhooks",)),
            ("fraud-rules", "Fraud rules", ("fraud_rules",)),
            ("ledger", "Ledger", ("postings", "accounts", "tables")),
            ("refunds", "Refunds", ("flow",)),
            ("order-sync", "Order sync", ("order_sync",)),
        ),
        recovery=(4, 1),
    ),
    System(
        "order-core",
        "Order core",
        "medium",
        "hanna-petersen",
        "quendel",
        ("order-core", "order-search"),
        recovery=(8, 1),
    ),
    System("infrastructure", "Infrastructure", "high", "lena-osterkamp", "tarnfels", ("infra",), recovery=(2, 0)),
    System("mobile-app", "Mobile app", "medium", "greta-lindqvist", "fennek", ("mobile-app",), recovery=(24, 4)),
    System(
        "data-platform",
        "Data platform",
        "high",
        "ida-kroll",
        "brueckau",
        ("events-lake", "reporting"),
        recovery=(12, 1),
    ),
    System("checkout", "Checkout", "high", "tom-rieger", None, ("checkout",), recovery=(2, 1)),
    System(
        "customer-accounts", "Customer accounts", "high", "nele-jessen", None, ("customer-accounts",), recovery=(4, 1)
    ),
    System("platform", "Platform", "medium", "jonas-breit", None, ("platform",), ("pipelines", "libs", "docs")),
)

REPOSITORIES = (
    "payments-api",
    "ledger",
    "refunds",
    "order-core",
    "order-search",
    "infra",
    "mobile-app",
    "events-lake",
    "reporting",
    "checkout",
    "customer-accounts",
    "platform",
)


def _lei(body: str) -> str:
    """A legal entity identifier with its ISO 17442 check digits; the body begins with a prefix nobody is given."""
    digits = "".join(str(int(character, 36)) for character in body + "00")
    return f"{body}{98 - int(digits) % 97:02d}"


_HEAD = """\
# yaml-language-server: $schema=portfolio.schema.json
# The example portfolio of copartner. Every company, person and address in it is invented.
apiVersion: copartner/v1
kind: Portfolio
note: "Invented example: Hansekontor, its partners and its people do not exist."
"""

_PARTNERS: tuple[tuple[str, str, str, str, str, dict[str, str]], ...] = (
    # id, name, kind, tier, owner, identifiers
    (
        "nordhang",
        "Nordhang Digital",
        "agency",
        "strategic",
        "mara-wendt",
        {"lei": _lei("0000NORDHANG000001"), "vat": "DE111111125"},
    ),
    ("quendel", "Quendel Labs", "software_house", "strategic", "jonas-breit", {"vat": "DE222222239"}),
    (
        "tarnfels",
        "Tarnfels Cloud",
        "cloud_provider",
        "preferred",
        "lena-osterkamp",
        {"lei": _lei("0000TARNFELS000001")},
    ),
    ("fennek", "Fennek Mobile", "agency", "tactical", "greta-lindqvist", {}),
    ("brueckau", "Brückau Data", "consultancy", "preferred", "ida-kroll", {"vat": "DE333333348"}),
)

_BOTS = """\
bots:
  # Its address is one of ours: machines are told apart before anybody asks for an organisation.
  - {id: renovate, emails: [renovate@hansekontor.example], names: ["*[bot]"]}
  - {id: robots, emails: ["*@robots.hansekontor.example"]}
"""

_ENGAGEMENTS = """\
engagements:
  # Nordhang's people are booked elsewhere from the next week on, although the contract runs until January.
  - {id: payments-build, name: Run payments, partner: nordhang, systems: [payments], start: 2020-10-01, end: 2026-10-02}
  - {id: order-core-build, name: Build the order core, partner: quendel, systems: [order-core], start: 2020-10-01}
  - {id: hosting, name: Hosting, partner: tarnfels, systems: [infrastructure], start: 2020-10-01}
  - {id: app-care, name: Care for the mobile app, partner: fennek, systems: [mobile-app], start: 2024-09-01}
  - {id: data-advice, name: Build the data platform, partner: brueckau, systems: [data-platform], start: 2020-10-01}
contracts:
  # The term ends in four months; the decision is due in seventeen days.
  - id: nordhang-frame
    title: Framework agreement Nordhang Digital
    partner: nordhang
    engagements: [payments-build]
    start: 2021-02-01
    term_end: 2027-01-31
    renewal: {mode: tacit, term: 24 months}
    notice: {company: 3 months, partner: 6 months, must_be: received}
    internal_lead: 14 days
  # Renewed tacitly three times: the current term ends on 2027-05-31, not on 2024-05-31.
  - id: quendel-frame
    title: Framework agreement Quendel Labs
    partner: quendel
    engagements: [order-core-build]
    start: 2021-06-01
    term_end: 2024-05-31
    renewal: {mode: tacit, term: 12 months}
    notice: {company: 3 months, partner: 3 months, must_be: sent}
    internal_lead: 14 days
  # Notice in business days.
  - id: tarnfels-hosting
    title: Hosting contract Tarnfels Cloud
    partner: tarnfels
    engagements: [hosting]
    start: 2021-07-01
    term_end: 2027-06-30
    renewal: {mode: express}
    notice: {company: 20 business days, partner: 6 months, must_be: received}
    internal_lead: 10 days
  - id: brueckau-frame
    title: Framework agreement Brückau Data
    partner: brueckau
    engagements: [data-advice]
    start: 2020-10-01
    term_end: 2028-03-31
    renewal: {mode: none}
    notice: {company: 3 months, partner: 3 months, must_be: sent}
    internal_lead: 30 days
  # Fennek Mobile took over by letter; nobody has the contract. Its dates are unknown.
"""


def portfolio_yaml() -> str:
    """The whole file."""
    lines = [
        _HEAD,
        "company:",
        f"  id: {COMPANY}",
        "  name: Hansekontor",
        "  domains:",
        "    - hansekontor.example",
        f"    - {{domain: {OLD_DOMAIN}, to: {OLD_DOMAIN_LAST_DAY}}}",
        "partners:",
    ]
    for identifier, name, kind, tier, owner, identifiers in _PARTNERS:
        lines.append(f"  - id: {identifier}")
        lines.append(f"    name: {name}")
        lines.append(f"    kind: {kind}")
        lines.append(f"    tier: {tier}")
        if identifiers:
            lines.append(
                "    identifiers: {" + ", ".join(f"{key}: {value}" for key, value in identifiers.items()) + "}"
            )
        lines.append(f"    owner: {owner}")
        lines.append(f"    domains: [{identifier}.example]")
    lines.append("organisations:")
    lines.append("  # Built the mobile app with us until 2024.")
    lines.append("  - {id: altdorf, name: Altdorf Soft, domains: [altdorf.example]}")
    lines.append("people:")
    for human in HUMANS.values():
        if human.declared:
            lines += _person(human)
    lines.append(_BOTS.rstrip("\n"))
    lines.append("repositories:")
    lines += [f"  - {{id: {repository}, location: repos/{repository}.git}}" for repository in REPOSITORIES]
    lines.append("systems:")
    for system in SYSTEMS:
        lines += _system(system)
    return "\n".join(lines) + "\n" + _ENGAGEMENTS


def _person(human: Human) -> list[str]:
    emails = list(dict.fromkeys(stint.email for stint in human.stints))
    if human.private:
        digest = hashlib.sha256(human.private.encode()).hexdigest()
        emails.append(f'"sha256:{digest}"' if human.hashed else human.private)
    lines = [
        f"  - id: {human.id}",
        f"    name: {human.name}",
        f"    emails: [{', '.join(emails)}]",
        "    affiliations:",
    ]
    if human.undated:
        return [*lines, f"      - {{organisation: {COMPANY}}} # nobody wrote down since when"]
    for stint in human.stints:
        bounds = (("from", stint.first), ("to", stint.last))
        dates = "".join(f", {word}: {bound}" for word, bound in bounds if bound)
        lines.append(f"      - {{organisation: {stint.organisation}{dates}}}")
    return lines


def _system(system: System) -> list[str]:
    lines = [
        f"  - id: {system.id}",
        f"    name: {system.name}",
        f"    criticality: {system.criticality}",
        f"    internal_owner: {system.owner}",
    ]
    if system.recovery:
        lines.append(f"    recovery: {{rto_hours: {system.recovery[0]}, rpo_hours: {system.recovery[1]}}}")
    if system.folders:
        globs = ", ".join(f'"{folder}/**"' for folder in system.folders)
        lines.append("    repositories:")
        lines += [f"      - {{repository: {name}, include: [{globs}]}}" for name in system.repositories]
    else:
        lines.append(f"    repositories: [{', '.join(system.repositories)}]")
    if system.components:
        lines.append("    components:")
        for identifier, name, folders in system.components:
            globs = ", ".join(f'"{folder}/**"' for folder in folders)
            lines.append(f"      - {{id: {identifier}, name: {name}, paths: [{globs}]}}")
    return lines
