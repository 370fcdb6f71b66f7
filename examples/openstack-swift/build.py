"""Write the portfolio of a real history: openstack/swift until the freeze of its affiliation data on 2019-04-16.

    python examples/openstack-swift/build.py --data DIR --clone REPO -o portfolio.yaml

DIR holds ``openstack_swift_affiliations.csv.gz`` and ``openstack_company_domains.csv``, REPO is a clone of
https://opendev.org/openstack/swift (bare or not; it is only read). The README says where both come from.

The roles are a demonstration: Rackspace, who started Swift, plays the company, six others play its partners. They do
not say that there ever was a contract between them, and the portfolio's note repeats that on every report.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from copartner.evidence.portfolio import (
    Affiliation,
    Bot,
    Company,
    Component,
    Criticality,
    EmailDomain,
    Engagement,
    Organisation,
    Partner,
    PartnerKind,
    Person,
    Portfolio,
    Repository,
    RepositoryScope,
    Settings,
    System,
)
from copartner.sources.git.repository import GitRepository
from copartner.sources.portfolio_file import parse_portfolio, write_portfolio
from copartner.sources.portfolio_file.mail_domains import is_corporate

FREEZE = date(2019, 4, 16)
NOTE = (
    "Demonstration on public history: the roles of company and partners are made up, no contract is meant or known. "
    "Affiliations: OpenStack Stackalytics (Apache-2.0) as of 2019-04-17, e-mail addresses as digests."
)
COMPANY = "Rackspace"
PARTNERS = {
    "SwiftStack": PartnerKind.SOFTWARE_HOUSE,
    "Red Hat": PartnerKind.SOFTWARE_HOUSE,
    "NTT": PartnerKind.CONSULTANCY,
    "HP": PartnerKind.CLOUD_PROVIDER,
    "IBM": PartnerKind.CONSULTANCY,
    "Intel": PartnerKind.SOFTWARE_HOUSE,
}
SAME = {"HPE": "HP", "*independent": "Independent"}
"""Company as the data spells it → organisation here; HPE is what HP's cloud business became in November 2015."""
ROBOTS = "*robots"

BOTS = (
    Bot("openstack-proposal-bot", ("openstack-infra@lists.openstack.org",), ("OpenStack Proposal Bot",)),
    Bot("openstack-release-bot", ("infra-root@openstack.org",), ("OpenStack Release Bot",)),
    Bot("jenkins", ("jenkins@*openstack.org",), ("Jenkins",)),
    Bot("zuul", ("zuul@*",), ("Zuul",)),
    Bot("gerrit", ("gerrit2@*",), ()),
)
COMPONENTS = {
    "proxy": ("Proxy server", "swift/proxy/**"),
    "account": ("Account server", "swift/account/**"),
    "container": ("Container server", "swift/container/**"),
    "obj": ("Object server", "swift/obj/**"),
    "common": ("Common: rings, middleware, utilities", "swift/common/**"),
    "cli": ("Command line tools", "swift/cli/**"),
    "bin": ("Entry points", "bin/**"),
    "test": ("Tests", "test/**"),
    "doc": ("Documentation", "doc/**"),
    "etc": ("Sample configuration", "etc/**"),
}
MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the two attribution files")
    parser.add_argument("--clone", type=Path, required=True, metavar="REPO", help="a clone of openstack/swift")
    parser.add_argument("-o", "--output", type=Path, default=Path("portfolio.yaml"), help="file to write")
    arguments = parser.parse_args()
    text = build(arguments.data, arguments.clone, arguments.output)
    arguments.output.write_text(text, encoding="utf-8")
    portfolio = parse_portfolio(text, str(arguments.output))
    print(
        f"Wrote {arguments.output}: {len(portfolio.people)} people, {len(portfolio.partners)} partners, "
        f"{len(portfolio.organisations)} other organisations, {len(portfolio.domains)} e-mail domains. "
        f"Next: copartner assess {arguments.output} --as-of {FREEZE}"
    )


def build(data: Path, clone: Path, output: Path) -> str:
    """The portfolio as text; locations in it are relative to the folder of ``output``."""
    repository = GitRepository(clone)
    revision = last_before_freeze(repository)
    people, robots = read_people(data / "openstack_swift_affiliations.csv.gz")
    domains = list(read_domains(data / "openstack_company_domains.csv", domains_in_history(repository, revision)))
    named = {stint.organisation for person in people for stint in person.affiliations}
    named |= {domain.organisation for domain in domains}
    names = {slug(name): name for name in _spellings(data)}
    roles = {slug(COMPANY), *map(slug, PARTNERS)}
    portfolio = Portfolio(
        company=Company(slug(COMPANY), COMPANY),
        partners=tuple(Partner(slug(name), name, kind) for name, kind in PARTNERS.items()),
        organisations=tuple(Organisation(other, names[other]) for other in sorted(named - roles)),
        domains=tuple(domains),
        people=tuple(people),
        bots=(*BOTS, *robots),
        repositories=(Repository("swift", Path(os.path.relpath(clone, output.parent)).as_posix(), revision),),
        systems=(
            System(
                "swift",
                "Swift object storage",
                Criticality.HIGH,
                (RepositoryScope("swift"),),
                tuple(Component(part, name, (paths,)) for part, (name, paths) in COMPONENTS.items()),
            ),
        ),
        engagements=tuple(Engagement(f"{slug(name)}-swift", slug(name), ("swift",)) for name in PARTNERS),
        contracts=(),
        settings=Settings(),
        sha256="",
        note=NOTE,
    )
    return write_portfolio(portfolio)


def last_before_freeze(repository: GitRepository) -> str:
    """The last commit of the main line committed up to the freeze."""
    day_after = (FREEZE + timedelta(days=1)).isoformat()
    found = repository.run("rev-list", "-1", "--first-parent", f"--before={day_after}T00:00:00Z", "HEAD").split()
    if not found:
        sys.exit(f"The clone has no commit before {day_after}: is it a clone of openstack/swift?")
    return found[0].decode()


def domains_in_history(repository: GitRepository, revision: str) -> set[str]:
    """Domains of raw author addresses and everything above them, so that unused companies stay out of the file."""
    output = repository.run("log", "--format=%ae", revision).decode("utf-8", "replace")
    found: set[str] = set()
    for address in set(output.splitlines()):
        labels = address.rpartition("@")[2].strip().lower().split(".")
        found |= {".".join(labels[start:]) for start in range(len(labels))}
    return found


def read_people(file: Path) -> tuple[list[Person], list[Bot]]:
    """People with their stints in order, and the machines that the data knows by address."""
    emails: dict[str, set[str]] = defaultdict(set)
    stints: dict[str, dict[int, tuple[str, date | None]]] = defaultdict(dict)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            emails[row["person"]].add("sha256:" + row["email_sha256_lower"])
            stints[row["person"]][int(row["seq"])] = (row["company"], end_date(row["end_date"]))
    people, robots = [], []
    for person in sorted(emails):
        history = [stints[person][position] for position in sorted(stints[person])]
        addresses = tuple(sorted(emails[person]))
        if any(company == ROBOTS for company, _ in history):
            robots.append(Bot(f"robot-{person}", addresses))
        else:
            people.append(Person(person, None, addresses, tuple(affiliations(history))))
    return people, robots


def affiliations(history: Iterable[tuple[str, date | None]]) -> Iterator[Affiliation]:
    """Stints with dates. An end date is inclusive, the next stint starts the day after; an only stint without end is
    undated: the data then says for whom somebody works, not since when. A stint that would end before it starts has no
    day and is left out; of two that follow each other at one organisation one remains.
    """
    start: date | None = None
    merged: Affiliation | None = None
    for company, end in history:
        if start is not None and end is not None and end < start:
            continue
        organisation = slug(SAME.get(company, company))
        if merged is not None and merged.organisation == organisation:
            merged = Affiliation(organisation, merged.valid_from, end)
        else:
            if merged is not None:
                yield merged
            merged = Affiliation(organisation, start, end)
        if end is None:
            break
        start = end + timedelta(days=1)
    if merged is not None:
        yield merged


def end_date(text: str) -> date | None:
    """``2013-Sep-01``, or nothing for an open end."""
    if not text:
        return None
    year, month, day = text.split("-")
    return date(int(year), MONTHS.index(month) // 3 + 1, int(day))


def read_domains(file: Path, used: set[str]) -> Iterator[EmailDomain]:
    """Corporate domains that occur in the history, company by company."""
    found: dict[str, str] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            domain = row["domain"].lower()
            if domain in used and is_corporate(domain) and row["company"] != ROBOTS:
                found.setdefault(domain, slug(SAME.get(row["company"], row["company"])))
    order = {slug(COMPANY): 0} | {slug(name): place for place, name in enumerate(PARTNERS, start=1)}
    for domain, organisation in sorted(found.items(), key=lambda item: (order.get(item[1], 99), item[1], item[0])):
        yield EmailDomain(domain, organisation)


def _spellings(data: Path) -> Iterator[str]:
    """Every company name of both files, in the one spelling shown."""
    with gzip.open(data / "openstack_swift_affiliations.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        companies = [row["company"] for row in csv.DictReader(lines)]
    with (data / "openstack_company_domains.csv").open(encoding="utf-8", newline="") as lines:
        companies += [row["company"] for row in csv.DictReader(lines)]
    for company in companies:
        yield SAME.get(company, company)


def slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "organisation-" + name.encode().hex()


if __name__ == "__main__":
    main()
