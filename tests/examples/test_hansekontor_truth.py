"""The truth beside the world agrees with plain git, with itself, and leaves a clear margin to every limit."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from copartner.sources.portfolio_file import load_portfolio
from planted_world import World

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
each_repository = pytest.mark.parametrize("repository", REPOSITORIES)


@each_repository
def test_history_is_what_the_truth_counts(world: World, repository: str) -> None:
    truth = world.truth["repositories"][repository]
    assert world.git(repository, "rev-parse", "HEAD").strip() == truth["head"]
    log = world.git(repository, "log", "--format=%H%x09%P%x09%an%x09%ae%x09%s").splitlines()
    rows = [line.split("\t") for line in log]
    plain = [row for row in rows if " " not in row[1]]
    assert len(rows) == truth["commits"]
    assert len(rows) - len(plain) == truth["merges"] > 0
    assert sum(row[3].startswith(("renovate@", "format@")) for row in plain) == truth["bot_commits"]
    assert sum(row[4].startswith('Revert "') for row in plain) == truth["reverts"]
    assert {row[0] for row in plain} == set(truth["attribution"])
    trailers = world.git(repository, "log", "--no-merges", "--format=%(trailers:key=Co-authored-by)").splitlines()
    assert sum(line != "" for line in trailers) == truth["co_authored_commits"]
    tags = world.git(repository, "for-each-ref", "refs/tags", "--format=%(refname:short) %(objectname) %(*objectname)")
    assert {line.split()[0]: line.split()[-1] for line in tags.splitlines()} == truth["tags"]
    assert world.git(repository, "for-each-ref", "--format=%(refname)", "refs/heads").split() == ["refs/heads/main"]


@each_repository
def test_history_looks_real(world: World, repository: str) -> None:
    assert 100 <= world.truth["repositories"][repository]["commits"] <= 600
    stamps = world.git(repository, "log", "--first-parent", "--format=%cs %ct").splitlines()
    assert stamps[-1] < "2022-02" < "2026-09" < stamps[0] < "2026-09-30"
    times = [int(stamp.split()[1]) for stamp in stamps]
    assert times == sorted(times, reverse=True)


@each_repository
def test_sums_agree_with_the_commits(world: World, repository: str) -> None:
    truth = world.truth["repositories"][repository]
    people = truth["attribution"].values()
    assert Counter(authors[0][0] for authors in people) == Counter(truth["authored_commits"])
    for place, name in enumerate(("weights", "evidence")):
        sums: Counter[str] = Counter()
        for authors in people:
            for author in authors:
                sums[author[place]] += 1 / len(authors)  # type: ignore[assignment]
        assert {key: pytest.approx(value, abs=1e-5) for key, value in sums.items()} == truth[name]


@each_repository
def test_living_lines_are_those_git_blames(world: World, repository: str) -> None:
    truth = world.truth["repositories"][repository]
    organisation = {commit: authors[0][0] for commit, authors in truth["attribution"].items()}
    total: Counter[str] = Counter()
    for path, entry in truth["files"].items():
        if entry["excluded"] == "binary":
            continue
        blame = world.git(repository, "blame", "-s", "-l", "--root", "HEAD", "--", path).splitlines()
        counted = Counter(organisation[line.split(" ", 1)[0]] for line in blame)
        assert counted == Counter(entry["lines"]), path
        if entry["source"]:
            total.update(counted)
    assert total == Counter(truth["living_lines"])


@each_repository
def test_files_are_those_of_the_head(world: World, repository: str) -> None:
    truth = world.truth["repositories"][repository]
    present = set(world.git(repository, "ls-tree", "-r", "--name-only", "HEAD").splitlines())
    assert present == set(truth["files"])
    assert not present & {gone["path"] for gone in truth["gone"]}
    for reference in truth["dangling_references"]:
        text = world.git(repository, "show", f"HEAD:{reference['document']}")
        assert f"../../{reference['target']})" in text
        assert reference["target"] not in present
    for decision in truth["decisions"]:
        text = world.git(repository, "show", f"HEAD:{decision['path']}")
        assert decision["title"] in text
        assert decision["decided_on"] in text
        assert all(decider in text for decider in decision["deciders"])


def test_every_link_that_is_not_planted_as_dangling_leads_somewhere(world: World) -> None:
    for repository, truth in world.truth["repositories"].items():
        dangling = {(entry["document"], entry["target"]) for entry in truth["dangling_references"]}
        for path in (path for path in truth["files"] if path.endswith(".md")):
            links = re.findall(r"\]\(([^)]+)\)", world.git(repository, "show", f"HEAD:{path}"))
            for link in links:
                target = link.removeprefix("../../").rstrip("/")
                exists = any(name == target or name.startswith(target + "/") for name in truth["files"])
                assert exists != ((path, target) in dangling), (repository, path, link)


def test_renames_are_seen_as_renames(world: World) -> None:
    log = world.git("payments-api", "log", "-M", "--diff-filter=R", "--name-status", "--format=").splitlines()
    moved = [line.split("\t") for line in log if line]
    assert len(moved) >= 5
    assert all(status == "R100" and old.startswith("settle/") for status, old, _ in moved)


@pytest.mark.parametrize(
    ("repository", "email", "organisations"),
    [
        # From partner to employee: what was written at the partner stays the partner's, mailmap or not.
        ("settlement", "wiebke.claasen@nordhang.example", {"nordhang"}),
        ("cart", "wiebke.claasen@hansekontor.example", {"hansekontor"}),
        # An undated record and an address that names the employer.
        ("allocation", "yusuf.aydin@quendel.example", {"quendel"}),
        ("allocation", "yusuf.aydin@hansekontor.example", {"hansekontor"}),
        # Two stints at one partner, another in between.
        ("state_machine", "karl.ebbers@quendel.example", {"quendel"}),
        ("basket", "karl.ebbers@altdorf.example", {"altdorf"}),
        # Two partners at once.
        ("index", "vera.lund@quendel.example", {"quendel"}),
        ("cluster", "vera.lund@tarnfels.example", {"tarnfels"}),
        ("cluster", "vera@lund.example", {"tarnfels"}),
        # The company's former name, and a laptop only the mailmap knows.
        ("login", "nele.jessen@hk-handel.example", {"hansekontor"}),
        ("ingest", "ida@ida-laptop.local", {"hansekontor"}),
        # A machine with an address of ours, and somebody nobody can place.
        ("package.json", "renovate@hansekontor.example", {"bot"}),
        ("pipelines", "root@build-7.localdomain", {"unknown"}),
    ],
)
def test_planted_people_are_attributed_as_told(
    world: World, repository: str, email: str, organisations: set[str]
) -> None:
    """``repository`` is a path in one of the repositories where the person worked."""
    found = set()
    for name, truth in world.truth["repositories"].items():
        if not any(path == repository or path.startswith(repository + "/") for path in truth["files"]):
            continue
        for line in world.git(name, "log", "--no-merges", "--format=%H %ae").splitlines():
            commit, address = line.split()
            if address == email:
                found.add(truth["attribution"][commit][0][0])
    assert found == organisations


def test_the_day_in_utc_decides(world: World) -> None:
    """Half past midnight in Hamburg on the first day at the company is still the last day at the partner."""
    log = world.git("payments-api", "log", "--no-merges", "--format=%H%x09%ad%x09%s", "--date=iso-strict").splitlines()
    hits = [line.split("\t") for line in log if line.endswith("\tHand over batch limits")]
    assert [moment[:16] for _, moment, _ in hits] == ["2025-04-01T00:00"]
    assert world.truth["repositories"]["payments-api"]["attribution"][hits[0][0]] == [["nordhang", "dated_affiliation"]]


def test_share_of_strangers(world: World) -> None:
    assert 0.02 <= world.truth["unknown_share"] <= 0.04


def test_measures_keep_a_margin_to_the_limits(world: World) -> None:
    systems = world.truth["systems"]
    share = {name: system["kappa_int"] for name, system in systems.items()}
    assert share["payments"] < 0.15
    assert 0.25 < share["order-core"] < 0.35
    assert all(share[name] > 0.66 for name in ("infrastructure", "mobile-app", "data-platform"))
    abandoned = {name: system["abandoned"] for name, system in systems.items()}
    assert abandoned.pop("mobile-app") > 0.4
    assert max(abandoned.values()) < 0.08


def test_every_trap_would_turn_a_result_round(world: World) -> None:
    traps = world.truth["counterfactuals"]
    assert traps["generated_file_counted"]["true"] < 0.2 < traps["generated_file_counted"]["wrong"]
    assert traps["vendored_file_counted"]["true"] < 0.4 < 0.6 < traps["vendored_file_counted"]["wrong"]
    mapped = traps["mailmapped_addresses_attributed"]
    assert mapped["true"] < 0.2 < mapped["wrong"]


def test_exit_states_are_the_planted_ones(world: World) -> None:
    for exit_ in world.truth["exits"].values():
        for component, planted in exit_["planted"].items():
            assert set(exit_["states"][component]) == {planted["state"]}, component


def test_each_rule_fires_somewhere_and_is_quiet_somewhere_else(world: World) -> None:
    states: dict[str, set[str]] = {}
    for entry in world.truth["findings"]:
        states.setdefault(entry["kind"], set()).add(entry["state"])
        if entry["partner"] == world.truth["clean_partner"]:
            assert entry["state"] == "clear"
    for rule in ("black_box", "lock_in_knowledge", "ownership_outsourced", "abandoned_code", "no_decision_records"):
        assert {"fires", "clear"} <= states[rule]


def test_portfolio_loads_and_names_the_planted(world: World) -> None:
    portfolio = load_portfolio(world.portfolio)
    assert [partner.id for partner in portfolio.partners] == ["nordhang", "quendel", "tarnfels", "fennek", "brueckau"]
    assert len(portfolio.repositories) == len(REPOSITORIES)
    today = date.fromisoformat(world.truth["world"]["as_of"])
    ours = [
        person
        for person in portfolio.people
        if any(stint.organisation == "hansekontor" and stint.covers(today) for stint in person.affiliations)
    ]
    assert len(ours) == 14
    assert any(email.startswith("sha256:") for person in portfolio.people for email in person.emails)
    assert {contract.partner for contract in portfolio.contracts} == {"nordhang", "quendel", "tarnfels", "brueckau"}


def test_nothing_of_this_machine_stands_in_the_world(world: World) -> None:
    for name in ("portfolio.yaml", "truth.json"):
        text = (world.folder / name).read_text()
        assert str(Path.home()) + "/" not in text
        assert str(world.folder) not in text
