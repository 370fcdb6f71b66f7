"""The truth file: everything known about the world because it was made that way.

It is written beside the portfolio and never read by the product. Numbers stand in it that no tool was asked for:
attribution is what the story signed, living lines come from the line model, measures from the generator's own record.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from planted import expected, measuring
from planted.clock import AS_OF, day
from planted.lines import File
from planted.people import BOT, COMPANY, UNKNOWN
from planted.portfolio import SYSTEMS
from planted.repository import Repository
from planted.world import PLANS, VERSION

Truth = dict[str, Any]


def truth(repositories: Mapping[str, Repository], names: Mapping[str, Mapping[int, str]]) -> Truth:
    """Everything a test may compare with; ``names`` are the commit names git gave, by repository and number."""
    return {
        "world": {"version": VERSION, "as_of": AS_OF.isoformat(), "company": COMPANY},
        "findings": [asdict(entry) for entry in expected.FINDINGS],
        "clean_partner": expected.CLEAN_PARTNER,
        "not_engaged": [{"partner": partner, "system": system} for partner, system in expected.NOT_ENGAGED],
        "contract_dates": expected.CONTRACT_DATES,
        "exits": _exits(repositories),
        "systems": _systems(repositories),
        "counterfactuals": _counterfactuals(repositories),
        "unknown_share": _unknown_share(repositories),
        "repositories": {name: _repository(repository, names[name]) for name, repository in repositories.items()},
    }


def _repository(repository: Repository, names: Mapping[int, str]) -> Truth:
    commits = [commit for commit in repository.commits if not commit.is_merge]
    weights: dict[str, float] = defaultdict(float)
    evidence: dict[str, float] = defaultdict(float)
    for commit in commits:
        people = measuring.authors(commit)
        for who in people:
            weights[who.organisation] += 1 / len(people)
            evidence[who.evidence] += 1 / len(people)
    files = {path: _file(repository, file) for path, file in sorted(repository.files.items())}
    return {
        "head": names[len(repository.commits)],
        "commits": len(repository.commits),
        "merges": len(repository.commits) - len(commits),
        "bot_commits": sum(commit.author.organisation == BOT for commit in commits),
        "co_authored_commits": sum(bool(commit.co_authors) for commit in commits),
        "reverts": sum(commit.subject.startswith('Revert "') for commit in commits),
        "tags": {tag.name: names[tag.commit] for tag in repository.tags},
        "authored_commits": _sorted(Counter(commit.author.organisation for commit in commits)),
        "weights": _rounded(weights),
        "evidence": _rounded(evidence),
        "living_lines": _living_lines(repository),
        "attribution": {
            names[commit.number]: [[who.organisation, who.evidence] for who in measuring.authors(commit)]
            for commit in commits
        },
        "files": files,
        "excluded": _sorted(Counter(entry["excluded"] for entry in files.values() if entry["excluded"])),
        "gone": [{"path": path, "how": how} for path, how in repository.lost],
        "dangling_references": [
            {"document": document.path, "target": target}
            for document in PLANS[repository.id].documents
            for target in document.dangling
        ],
        "decisions": [
            {
                "path": document.path,
                "format": document.decision.format,
                "title": document.decision.title,
                "status": document.decision.status,
                "decided_on": document.decision.decided_on.isoformat(),
                "deciders": list(document.decision.deciders),
            }
            for document in PLANS[repository.id].documents
            if document.decision
        ],
    }


def _file(repository: Repository, file: File) -> Truth:
    lines: Counter[str] = Counter()
    for line in file.lines:
        lines[repository.commits[line.commit - 1].author.organisation] += 1
    return {
        "source": measuring.is_source(repository.id, file),
        "excluded": measuring.exclusion(repository.id, file.path),
        "lines": _sorted(lines),
    }


def _living_lines(repository: Repository) -> dict[str, int]:
    """Living lines of the source files in scope by the organisation of the commit that wrote them last."""
    total: Counter[str] = Counter()
    for file in repository.files.values():
        if measuring.is_source(repository.id, file):
            total.update(repository.commits[line.commit - 1].author.organisation for line in file.lines)
    return _sorted(total)


def _systems(repositories: Mapping[str, Repository]) -> Truth:
    seen = measuring.last_seen(repositories)
    found = {}
    for system in SYSTEMS:
        files = measuring.sources(system, repositories)
        components = sorted({source.component for source in files})
        found[system.id] = {
            "partner": system.partner,
            "files": len(files),
            "lines": sum(len(source.file.lines) for source in files),
            "kappa_int": round(measuring.weighted_share(files), 6),
            "abandoned": round(measuring.abandoned_share(files, seen), 6),
            "files_only_partner": measuring.files_only(files, system.partner) if system.partner else [],
            "components": {
                name: round(measuring.weighted_share([s for s in files if s.component == name]), 6)
                for name in components
            },
        }
    return found


def _exits(repositories: Mapping[str, Repository]) -> Truth:
    seen = measuring.last_seen(repositories)
    engaged = {system.partner for system in SYSTEMS if system.partner}
    found = {}
    for system in SYSTEMS:
        if system.partner is None:
            continue
        dates = expected.CONTRACT_DATES[system.partner]
        when: date = day(dates["term_end"]) if dates else AS_OF
        files = measuring.sources(system, repositories)
        states = measuring.exit_states(files, system.partner, when, engaged, seen)
        planted = expected.EXIT_STATES.get(system.partner, {})
        found[system.partner] = {
            "system": system.id,
            "on": when.isoformat(),
            "planted": {name: {"state": state, "why": why} for name, (state, why) in planted.items()},
            "states": {name: _sorted(counts) for name, counts in states.items()},
        }
    return found


def _counterfactuals(repositories: Mapping[str, Repository]) -> Truth:
    """What a measure would say if one trap were walked into; each differs enough to turn a finding round."""
    payments, data = measuring.system("payments"), measuring.system("data-platform")
    plain = {item.id: measuring.sources(item, repositories) for item in (payments, data)}
    generated = measuring.Source(
        repositories["payments-api"], repositories["payments-api"].files["generated/psp_client.py"], "(other)"
    )
    vendored = measuring.Source(
        repositories["events-lake"], repositories["events-lake"].files["vendor/chartkit/render.py"], "vendor"
    )
    settlement = [source for source in plain["payments"] if source.component == "settlement"]
    return {
        "generated_file_counted": {
            "measure": "kappa_int",
            "system": "payments",
            "true": round(measuring.weighted_share(plain["payments"]), 6),
            "wrong": round(measuring.weighted_share([*plain["payments"], generated]), 6),
        },
        "vendored_file_counted": {
            "measure": "knowledge_lock_in",
            "system": "data-platform",
            "true": round(1 - measuring.weighted_share(plain["data-platform"]), 6),
            "wrong": round(1 - measuring.weighted_share([*plain["data-platform"], vendored]), 6),
        },
        "mailmapped_addresses_attributed": {
            "measure": "kappa_int",
            "system": "payments",
            "component": "settlement",
            "true": round(measuring.weighted_share(settlement), 6),
            "wrong": round(measuring.weighted_share(settlement, moved={"wiebke-claasen": COMPANY}), 6),
        },
    }


def _unknown_share(repositories: Mapping[str, Repository]) -> float:
    """Share of the human, non-merge authorship nobody can be found for."""
    weights: defaultdict[str, float] = defaultdict(float)
    for repository in repositories.values():
        for commit in repository.commits:
            people = measuring.authors(commit)
            if not commit.is_merge and commit.author.organisation != BOT:
                for who in people:
                    weights[who.organisation] += 1 / len(people)
    return round(weights[UNKNOWN] / sum(weights.values()), 6)


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {key: counts[key] for key in sorted(counts)}


def _rounded(weights: Mapping[str, float]) -> dict[str, float]:
    return {key: round(weights[key], 6) for key in sorted(weights)}
