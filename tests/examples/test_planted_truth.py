"""The product against the planted truth: what it must find in the example world, and what it must not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from copartner.assessments import actions
from planted_world import World

AS_OF = date(2026, 9, 30)
TOLERANCE = 1e-4

Document = dict[str, Any]


@pytest.fixture(scope="module")
def assessed(world: World, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("assessed")
    return actions.assess(world.portfolio, as_of=AS_OF, data=folder / "data", out=folder / "out", workers=1)


@pytest.fixture(scope="module")
def document(assessed: Any) -> Document:
    found: Document = assessed.document
    return found


def findings_about(document: Document, rule: str, partner: str, system: str) -> list[dict[str, Any]]:
    """Findings of a rule on a system as a whole; a rule about the system or the partner alone counts for both."""
    return [
        finding
        for finding in document["findings"]
        if finding["rule"] == rule
        and finding["subject"]["partner"] in (partner, None)
        and finding["subject"]["system"] in (system, None)
        and (finding["subject"]["partner"], finding["subject"]["system"]) != (None, None)
        and finding["subject"]["component"] is None
    ]


def firing(findings: Iterable[dict[str, Any]]) -> list[str]:
    return [finding["title"] for finding in findings if finding["state"] == "fires"]


def value(document: Document, key: str) -> dict[str, Any]:
    found = [entry for entry in document["values"] if entry["key"] == key]
    assert len(found) == 1, key
    return dict(found[0])


def test_every_planted_finding_ends_as_told(world: World, document: Document) -> None:
    wrong = []
    for entry in world.truth["findings"]:
        found = findings_about(document, entry["kind"], entry["partner"], entry["system"])
        states = {finding["state"] for finding in found}
        if entry["state"] == "fires":
            right = "fires" in states
        elif entry["state"] == "clear":
            right = states == {"clear"}
        else:
            right = "fires" not in states
        if not right:
            wrong.append((entry["id"], entry["state"], sorted(states), firing(found)))
    assert wrong == []


def test_black_box_and_abandoned_code_are_urgent(document: Document) -> None:
    for rule, partner, system in (
        ("black_box", "nordhang", "payments"),
        ("lock_in_knowledge", "quendel", "order-core"),
        ("abandoned_code", "fennek", "mobile-app"),
        ("notice_closing", "nordhang", "payments"),
    ):
        severities = {finding["severity"] for finding in findings_about(document, rule, partner, system)}
        assert severities == {"act_now"}, rule


def test_nothing_fires_for_the_clean_partner(world: World, document: Document) -> None:
    clean = world.truth["clean_partner"]
    systems = {name for name, system in world.truth["systems"].items() if system["partner"] == clean}
    about = [
        finding
        for finding in document["findings"]
        if finding["subject"]["partner"] == clean or finding["subject"]["system"] in systems
    ]
    assert about
    assert firing(about) == []


def test_nothing_fires_for_what_is_ours(world: World, document: Document) -> None:
    ours = {name for name, system in world.truth["systems"].items() if system["partner"] is None}
    assert firing(finding for finding in document["findings"] if finding["subject"]["system"] in ours) == []


def test_no_partner_is_judged_where_it_is_not_engaged(world: World, document: Document) -> None:
    engaged = {(system["partner"], name) for name, system in world.truth["systems"].items() if system["partner"]}
    judged = {
        (finding["subject"]["partner"], finding["subject"]["system"])
        for finding in document["findings"]
        if finding["subject"]["partner"] and finding["subject"]["system"]
    }
    assert judged <= engaged
    assert not judged & {(entry["partner"], entry["system"]) for entry in world.truth["not_engaged"]}


def test_heads_are_the_planted_ones(world: World, document: Document) -> None:
    assert document["pins"]["heads"] == {
        name: repository["head"] for name, repository in world.truth["repositories"].items()
    }


def test_attribution_by_evidence_class(world: World, document: Document) -> None:
    planted: Counter[str] = Counter()
    for repository in world.truth["repositories"].values():
        planted.update(repository["evidence"])
    total = sum(planted.values())
    expected = {name: pytest.approx(weight / total, abs=1e-5) for name, weight in planted.items()}
    assert document["attribution"] == expected


def test_every_file_is_excluded_by_the_planted_rule(world: World, document: Document) -> None:
    planted: Counter[str] = Counter()
    for repository in world.truth["repositories"].values():
        planted.update(repository["excluded"])
    assert {name: count for name, count in document["filter"]["excluded"].items() if count} == planted


def test_internal_share_is_what_the_generator_knows(world: World, document: Document) -> None:
    for name, system in world.truth["systems"].items():
        measured = value(document, f"kappa_int@system={name}")
        assert measured["value"] == pytest.approx(system["kappa_int"], abs=TOLERANCE), name
        for component, share in system["components"].items():
            part = value(document, f"kappa_int@system={name},component={component}")
            assert part["value"] == pytest.approx(share, abs=TOLERANCE), (name, component)


def test_no_trap_was_walked_into(world: World, document: Document) -> None:
    for trap, entry in world.truth["counterfactuals"].items():
        place = f"system={entry['system']}" + (f",component={entry['component']}" if "component" in entry else "")
        if entry["measure"] == "knowledge_lock_in":
            place = f"partner={world.truth['systems'][entry['system']]['partner']},{place}"
        measured = value(document, f"{entry['measure']}@{place}")["value"]
        assert measured == pytest.approx(entry["true"], abs=TOLERANCE), trap


def test_abandoned_share_is_what_the_generator_knows(world: World, document: Document) -> None:
    for name, system in world.truth["systems"].items():
        measured = value(document, f"abandoned@system={name}")
        assert measured["value"] == pytest.approx(system["abandoned"], abs=TOLERANCE), name


def test_dangling_references_are_the_planted_ones(world: World, document: Document) -> None:
    for name, system in world.truth["systems"].items():
        repositories = next(item["repositories"] for item in document["portfolio"]["systems"] if item["id"] == name)
        planted = sum(len(world.truth["repositories"][item]["dangling_references"]) for item in repositories)
        measured = value(document, f"doc_dangling@system={name}")
        dangling = 0 if measured["value"] is None else measured["value"] * measured["n"]
        assert dangling == pytest.approx(planted, abs=0.01), (name, system["partner"])


def test_decisions_are_counted_with_their_deciders(world: World, document: Document) -> None:
    assert value(document, "adr_internal@system=payments")["value"] is None
    assert value(document, "adr_internal@system=order-core")["value"] == 0
    for system in ("infrastructure", "mobile-app", "data-platform"):
        assert value(document, f"adr_internal@system={system}")["value"] == 1, system
    for name in world.truth["systems"]:
        repositories = next(item["repositories"] for item in document["portfolio"]["systems"] if item["id"] == name)
        planted = sum(len(world.truth["repositories"][item]["decisions"]) for item in repositories)
        assert value(document, f"adr_internal@system={name}")["inputs"]["records"] == planted, name


def test_exits_end_as_told(world: World, document: Document) -> None:
    exits = {exit_["partner"]: exit_ for exit_ in document["exits"]}
    for partner, planted in world.truth["exits"].items():
        assert exits[partner]["on"] == planted["on"], partner
        system = next(item for item in exits[partner]["systems"] if item["system"] == planted["system"])
        states = {
            part["component"]: {state: count for state, count in part["exposure"]["counts"].items() if count}
            for part in system["components"]
        }
        assert states == planted["states"], partner


def test_contract_dates_are_the_planted_ones(world: World, document: Document) -> None:
    for exit_ in document["exits"]:
        dates = world.truth["contract_dates"][exit_["partner"]] or {}
        assert exit_["notice_deadline"] == dates.get("notice_deadline"), exit_["partner"]
        assert exit_["decision_date"] == dates.get("decision_date"), exit_["partner"]
    nordhang = next(exit_ for exit_ in document["exits"] if exit_["partner"] == "nordhang")
    assert nordhang["days_to_decision"] == 17
    assert nordhang["verdict"] == "feasible_with_extension"


def test_living_lines_are_those_of_the_line_model(world: World, document: Document) -> None:
    planted: dict[str, Counter[str]] = {}
    for name, repository in world.truth["repositories"].items():
        system = next((item["id"] for item in document["portfolio"]["systems"] if name in item["repositories"]), None)
        if system is not None and name != "platform":
            planted.setdefault(system, Counter()).update(repository["living_lines"])
    for system, lines in planted.items():
        partner = world.truth["systems"][system]["partner"]
        if partner is None:
            continue
        share = value(document, f"surviving_line_share@partner={partner},system={system}")["value"]
        assert share == pytest.approx(lines[partner] / lines.total(), abs=TOLERANCE), system


def test_second_assessment_is_the_same(world: World, assessed: Any, tmp_path: Path) -> None:
    again = actions.assess(world.portfolio, as_of=AS_OF, data=tmp_path / "data", out=tmp_path / "out", workers=1)
    assert again.document["hash"] == assessed.document["hash"]
