"""What each rule says, for whom, how surely, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from copartner.analysis.knowledge.exit_simulation import simulate_exit
from copartner.analysis.knowledge.internal_share import KAPPA_INT
from copartner.analysis.measure import Subject
from copartner.evidence.portfolio import Component, Criticality, Engagement, Partner, PartnerKind
from copartner.findings.engine import RULES, judge
from copartner.findings.finding import AntiPattern, Confidence, Severity, State
from copartner.findings.rules.knowledge import is_black_box
from exit_worlds import AS_OF, ENGAGEMENTS, SYSTEMS, portfolio, world
from finding_cases import NORDHANG, PAYMENTS, about, kappa, one, value

# The reasons name a measure by the title of its definition.
TITLE = KAPPA_INT.title


# --- black box ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("critical", "kappa_int", "review", "fresh", "expected"),
    [
        (True, 0.15, 0.4, True, True),
        (True, 0.15, 0.6, True, False),
        (True, 0.15, 0.6, False, True),
        (True, 0.20, None, None, False),
        (True, 0.15, None, True, None),
        (False, 0.0, None, None, False),
        (True, 0.15, None, False, True),
        (True, None, 0.1, False, None),
    ],
)
def test_black_box_published_cases(
    critical: bool, kappa_int: float | None, review: float | None, fresh: bool | None, expected: bool | None
) -> None:
    assert is_black_box(critical, kappa_int, review, fresh) is expected


@pytest.mark.parametrize(
    ("number", "docs", "review", "criticality", "state"),
    [
        (0.15, 0.9, 0.4, Criticality.HIGH, State.FIRES),
        (0.15, 0.9, 0.6, Criticality.HIGH, State.CLEAR),
        (0.15, 0.1, 0.6, Criticality.HIGH, State.FIRES),
        (0.20, 0.1, 0.4, Criticality.HIGH, State.CLEAR),
        (0.15, 0.9, None, Criticality.HIGH, State.UNKNOWN),
        (0.00, 0.0, 0.0, Criticality.MEDIUM, State.CLEAR),
    ],
)
def test_black_box_through_the_engine(
    number: float, docs: float, review: float | None, criticality: Criticality, state: State
) -> None:
    plan = portfolio(systems=[replace(SYSTEMS[0], criticality=criticality), SYSTEMS[1]])
    values = [kappa(number), value("doc_freshness", docs)]
    if review is not None:
        values.append(value("internal_review_share", review, NORDHANG))
    assert one("black_box", *values, plan=plan).state is state


def test_a_black_box_is_described_with_its_proof() -> None:
    found = one("black_box", kappa(0.12), value("doc_freshness", 0.0))
    assert found.title == ("Only Nordhang Digital knows Payments: our own people hold 12% of the knowledge, limit 20%")
    assert (found.state, found.severity, found.confidence) == (State.FIRES, Severity.ACT_NOW, Confidence.HIGH)
    assert found.anti_pattern is AntiPattern.BLACK_BOX
    assert found.measures == ("kappa_int@system=payments", "doc_freshness@system=payments")
    assert found.limits["black_box.kappa_int"] == 0.2
    assert found.inputs["internal_review_share"] is None
    assert (len(found.rows.rows), found.rows.total) == (10, 40)
    assert "“Partner changes reviewed by us” is unknown: no review evidence is connected" in found.reasons
    assert found.key == "black_box@partner=nordhang,system=payments"
    assert found.message is not None
    assert found.message.params["kappa_int"] == 0.12


def test_a_partner_that_holds_most_but_not_nearly_all_is_not_called_the_only_one() -> None:
    found = one("black_box", kappa(0.12, nordhang=0.8), value("doc_freshness", 0.0))
    assert found.title.startswith("Our own people hold 12% of the knowledge of Payments, limit 20%; Nordhang Digital")


def test_an_unknown_black_box_says_what_is_missing() -> None:
    found = one("black_box", kappa(0.12), value("doc_freshness", 0.9))
    assert found.title == "Black box could not be decided for Payments with Nordhang Digital"
    assert found.reasons == ("“Partner changes reviewed by us” is unknown: no review evidence is connected",)
    assert (found.severity, found.confidence) == (None, Confidence.LOW)
    unmeasured = one("black_box", kappa(None))
    assert f"“{TITLE}” is unknown: nothing to measure" in unmeasured.reasons
    assert (
        "“The partner's share of the knowledge” is unknown: no recorded knowledge in this place" in unmeasured.reasons
    )


def test_no_documents_at_all_are_not_fresh_but_less_sure() -> None:
    found = one("black_box", kappa(0.12), value("doc_freshness", None, documents=0))
    assert (found.state, found.confidence) == (State.FIRES, Confidence.MEDIUM)
    assert "no documents in the repositories; a wiki is not connected" in found.reasons
    undecided = one("black_box", kappa(0.12), value("doc_freshness", None, documents=3))
    assert undecided.state is State.UNKNOWN


def test_a_partner_with_a_small_share_is_not_the_box() -> None:
    found = one("black_box", kappa(0.12, nordhang=0.05), value("doc_freshness", 0.0))
    assert found.state is State.CLEAR
    assert "Nordhang Digital holds 5% of the knowledge, less than 20%" in found.reasons


def test_components_of_critical_systems_are_judged_and_covered_by_the_system() -> None:
    core, api = Subject(system="payments", component="core"), Subject(system="payments", component="api")
    named = replace(SYSTEMS[0], components=(Component("core", "Ledger core", ("core/**",)),))
    plan = portfolio(systems=[named, SYSTEMS[1]])
    values = [kappa(0.12), value("doc_freshness", 0.0), kappa(0.05, core), kappa(0.9, api, nordhang=0.1)]
    found = judge(plan, values, [], AS_OF)
    inside = about(found, "black_box", Subject("nordhang", "payments", "core"))
    assert inside.title.startswith("Only Nordhang Digital knows Ledger core in Payments")
    assert inside.covered_by == "black_box@partner=nordhang,system=payments"
    assert not [item for item in found if item.subject.component == "api"]
    alone = judge(plan, [kappa(0.4), value("doc_freshness", 0.0), kappa(0.05, core)], [], AS_OF)
    assert about(alone, "black_box", Subject("nordhang", "payments", "core")).covered_by is None
    shared = judge(plan, [kappa(0.12), value("doc_freshness", 0.0), kappa(0.6, core)], [], AS_OF)
    assert about(shared, "black_box", Subject("nordhang", "payments", "core")).state is State.CLEAR


def test_what_does_not_decide_does_not_lower_the_confidence() -> None:
    doubtful = kappa(0.12, nordhang=0.05, coverage=0.5, interval=(0.0, 0.4))
    small = one("black_box", doubtful, value("doc_freshness", 0.4, sensitivity={"max_age_days=730": 0.9}))
    assert (small.state, small.confidence) == (State.CLEAR, Confidence.HIGH)
    assert small.reasons == ("Nordhang Digital holds 5% of the knowledge, less than 20%",)
    plan = portfolio(systems=[replace(SYSTEMS[0], criticality=Criticality.MEDIUM), SYSTEMS[1]])
    medium = one("black_box", kappa(0.12, coverage=0.5), plan=plan)
    assert medium.reasons == ("the criticality is medium; the rule concerns systems of high criticality",)
    known = one("black_box", kappa(0.5), value("doc_freshness", 0.4, sensitivity={"max_age_days=730": 0.9}))
    assert known.reasons == ("the interval and other choices do not reach the limit",)


def test_few_files_are_watched_at_most() -> None:
    found = one("black_box", kappa(0.12, n=4), value("doc_freshness", 0.0))
    assert (found.severity, found.confidence) == (Severity.WATCH, Confidence.LOW)
    assert "only 4 files: watched at most" in found.reasons


# --- confidence --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "confidence", "reason"),
    [
        ({}, Confidence.HIGH, "“Partner changes reviewed by us” is unknown"),
        ({"coverage": 0.9}, Confidence.MEDIUM, f"90% of the evidence for “{TITLE}” was there to be looked at"),
        ({"coverage": 0.5}, Confidence.LOW, f"50% of the evidence for “{TITLE}”"),
        ({"interval": (0.1, 0.3)}, Confidence.MEDIUM, f"“{TITLE}” may be 10% to 30%, on both sides of the limit"),
        ({"interval": (0.1, 0.15)}, Confidence.HIGH, "“Partner changes reviewed by us” is unknown"),
        (
            {"sensitivity": {"half_life_days=730": 0.25, "half_life_days=180": 0.1, "undecayed": 0.9}},
            Confidence.MEDIUM,
            f"“{TITLE}” is on the other side of the limit with a half-life of 730 days",
        ),
        (
            {"sensitivity": {"half_life_days=730": 0.25}, "interval": (0.1, 0.3)},
            Confidence.LOW,
            f"“{TITLE}” may be 10% to 30%",
        ),
        ({"coverage": None}, Confidence.HIGH, "“Partner changes reviewed by us” is unknown"),
    ],
)
def test_confidence_falls_with_what_could_turn_the_result(
    more: dict[str, object], confidence: Confidence, reason: str
) -> None:
    found = one("black_box", kappa(0.12, **more), value("doc_freshness", 0.0))  # type: ignore[arg-type]
    assert found.confidence is confidence
    assert any(text.startswith(reason) for text in found.reasons)


def test_nothing_against_it_is_said_too() -> None:
    found = one("lock_in_knowledge", kappa(0.2), value("knowledge_lock_in", 0.8, NORDHANG))
    assert found.reasons == ("the interval and other choices do not reach the limit",)


# --- whom a rule concerns ----------------------------------------------------------------------------------------


def test_a_partner_that_never_worked_on_a_system_is_not_judged_there() -> None:
    shop = Subject(system="shop")
    found = judge(portfolio(), [kappa(0.1, shop, nordhang=0.9)], [], AS_OF)
    assert not [item for item in found if item.subject.partner == "nordhang" and item.subject.system == "shop"]


def test_a_partner_that_once_worked_there_and_still_holds_the_knowledge_is_judged() -> None:
    past = Engagement("e0", "nordhang", ("shop",), date(2018, 1, 1), date(2022, 12, 31))
    plan = portfolio(engagements=[*ENGAGEMENTS, past])
    shop = Subject(system="shop")
    held = judge(plan, [kappa(0.1, shop, nordhang=0.9)], [], AS_OF)
    assert about(held, "lock_in_knowledge", Subject("nordhang", "shop"))
    little = judge(plan, [kappa(0.1, shop, nordhang=0.1)], [], AS_OF)
    assert not [item for item in little if item.subject == Subject("nordhang", "shop")]


def test_without_any_declared_engagement_knowledge_decides_whom_it_concerns() -> None:
    found = judge(portfolio(engagements=[]), [kappa(0.1)], [], AS_OF)
    assert about(found, "lock_in_knowledge")
    assert not [item for item in found if item.subject.partner == "quendel"]


def test_what_a_system_lacks_is_laid_at_a_partners_door_only_if_it_is_alone_there() -> None:
    both = [*ENGAGEMENTS, Engagement("e3", "quendel", ("payments",), date(2020, 1, 1))]
    abandoned = value("abandoned", 0.4)
    alone = judge(portfolio(), [abandoned], [], AS_OF)
    assert about(alone, "abandoned_code", NORDHANG).state is State.FIRES
    shared = judge(portfolio(engagements=both), [abandoned], [], AS_OF)
    assert about(shared, "abandoned_code", PAYMENTS).state is State.FIRES


def test_nothing_fires_for_a_clean_partner() -> None:
    values = [
        kappa(0.55, nordhang=0.45),
        kappa(0.5, Subject(system="payments", component="api"), nordhang=0.5),
        value("knowledge_lock_in", 0.39, NORDHANG),
        value("doc_freshness", 0.9),
        value("adr_internal", 0.8, records=5, decisions_accepted=5),
        value("owner_active", 1.0),
        value("abandoned", 0.02),
        value("internal_rotation", 0.9),
        value("attribution_coverage", 0.98),
        value("attribution_coverage", 0.98, Subject()),
    ]
    safe = simulate_exit(world({"payments/api/a.py": {"ada": 3, "ben": 3, "nia": 4}}), "nordhang")
    found = [item for item in judge(portfolio(), values, [safe], AS_OF) if item.subject.system != "shop"]
    assert {item.state for item in found} == {State.CLEAR}
    assert {item.rule for item in found} == set(RULES) - {"owner_missing"}


# --- lock-in, ownership, decisions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "state", "severity"),
    [
        (0.39, State.CLEAR, None),
        (0.4, State.FIRES, Severity.WATCH),
        (0.59, State.FIRES, Severity.WATCH),
        (0.6, State.FIRES, Severity.ACT_NOW),
        (1.0, State.FIRES, Severity.ACT_NOW),
    ],
)
def test_lock_in_bands_are_half_open(share: float, state: State, severity: Severity | None) -> None:
    found = one("lock_in_knowledge", kappa(0.3), value("knowledge_lock_in", share, NORDHANG))
    assert (found.state, found.severity) == (state, severity)


def test_lock_in_reads_the_systems_value_where_there_is_none_for_the_partner() -> None:
    found = one("lock_in_knowledge", kappa(0.2), value("knowledge_lock_in", 0.8))
    assert found.title == (
        "80% of the knowledge of Payments is outside the company, limit 60%; Nordhang Digital holds 80%"
    )


def test_a_cloud_provider_that_writes_the_code_is_judged_like_anybody() -> None:
    plan = portfolio()
    cloud = replace(plan, partners=(Partner("nordhang", "Nordhang", PartnerKind.CLOUD_PROVIDER), plan.partners[1]))
    assert (
        one("lock_in_knowledge", kappa(0.1), value("knowledge_lock_in", 0.9, NORDHANG), plan=cloud).state is State.FIRES
    )


@pytest.mark.parametrize(
    ("owner", "decided", "state", "title"),
    [
        (0.0, 0.9, State.FIRES, "Payments has no active internal owner, and Nordhang Digital holds 60%"),
        (1.0, 0.0, State.FIRES, "Our own people took part in 0% of the 4 accepted decisions about Payments"),
        (0.0, 0.25, State.FIRES, "Payments has no active internal owner, and our own people took part in 25%"),
        (1.0, 0.5, State.CLEAR, "Ownership outsourced: Payments with Nordhang Digital is within the limits"),
        (1.0, None, State.UNKNOWN, "Ownership outsourced could not be decided for Payments"),
        (0.0, None, State.FIRES, "Payments has no active internal owner"),
        (None, 0.1, State.FIRES, "Our own people took part in 10%"),
        (None, 0.9, State.UNKNOWN, "Ownership outsourced could not be decided"),
    ],
)
def test_ownership_outsourced(owner: float | None, decided: float | None, state: State, title: str) -> None:
    decisions = value("adr_internal", decided, decisions_accepted=4, decisions_only_nordhang=2)
    found = one("ownership_outsourced", kappa(0.4, nordhang=0.6), value("owner_active", owner), decisions)
    assert found.state is state
    assert found.title.startswith(title)
    if state is State.FIRES:
        assert found.severity is Severity.ACT_NOW


def test_decisions_of_others_are_not_this_partners() -> None:
    decisions = value("adr_internal", 0.0, decisions_accepted=4, decisions_only_quendel=4)
    found = one("ownership_outsourced", kappa(0.4, nordhang=0.6), value("owner_active", 1.0), decisions)
    assert found.state is State.CLEAR
    assert found.inputs["decisions_by_partner_alone"] == 0


def test_ownership_of_a_system_of_low_criticality_is_watched() -> None:
    shop, quendel = Subject(system="shop"), Subject("quendel", "shop")
    values = [value("kappa_int", 0.5, shop, kappa_quendel=0.5), value("owner_active", 0.0, shop)]
    assert one("ownership_outsourced", *values, subject=quendel).severity is Severity.WATCH


def test_a_system_nobody_else_holds_needs_an_owner_all_the_same() -> None:
    found = one("owner_missing", kappa(0.95, nordhang=0.05), value("owner_active", 0.0), subject=PAYMENTS)
    assert (found.state, found.severity) == (State.FIRES, Severity.ACT_NOW)
    assert found.title == "Payments has no active internal owner"
    held = judge(portfolio(), [kappa(0.4, nordhang=0.6), value("owner_active", 0.0)], [], AS_OF)
    assert not [item for item in held if item.rule == "owner_missing" and item.subject == PAYMENTS]


def test_no_decision_records_are_a_finding_of_their_own() -> None:
    none = one("no_decision_records", value("adr_internal", None, records=0))
    assert (none.state, none.severity, none.confidence) == (State.FIRES, Severity.WATCH, Confidence.MEDIUM)
    some = one("no_decision_records", value("adr_internal", None, records=3))
    assert some.state is State.CLEAR
    unknown = one("no_decision_records")
    assert unknown.state is State.UNKNOWN
    low = judge(portfolio(), [value("adr_internal", None, Subject(system="shop"), records=0)], [], AS_OF)
    assert not [item for item in low if item.rule == "no_decision_records" and item.subject.system == "shop"]


# --- code, documents, coverage -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "state", "severity"),
    [(0.14, State.CLEAR, None), (0.15, State.FIRES, Severity.WATCH), (0.3, State.FIRES, Severity.ACT_NOW)],
)
def test_abandoned_code(share: float, state: State, severity: Severity | None) -> None:
    found = one("abandoned_code", value("abandoned", share))
    assert (found.state, found.severity) == (state, severity)


def test_stale_documentation_is_watched() -> None:
    stale = one("documentation_stale", value("doc_freshness", 0.2))
    assert (stale.title, stale.severity) == ("20% of the documents of Payments are fresh, limit 50%", Severity.WATCH)
    none = one("documentation_stale", value("doc_freshness", None, documents=0))
    assert (none.title, none.confidence) == ("No documents were found for Payments", Confidence.MEDIUM)
    assert one("documentation_stale").state is State.UNKNOWN


def test_a_critical_system_that_hangs_on_single_knowers_is_watched() -> None:
    found = one("knowledge_single_point", value("internal_rotation", 0.25), subject=PAYMENTS)
    assert found.title == "25% of the components of Payments are known to two or more of our own people, limit 50%"
    assert found.severity is Severity.WATCH


def test_low_coverage_is_a_finding_about_the_evidence() -> None:
    whole = one("coverage_low", value("attribution_coverage", 0.8, Subject()), subject=Subject())
    assert whole.title == "20% of the work on the portfolio is by people of unknown affiliation, limit 10%"
    assert one("coverage_low", value("attribution_coverage", 0.9), subject=PAYMENTS).state is State.CLEAR
    assert one("coverage_low", value("attribution_coverage", None), subject=PAYMENTS).state is State.UNKNOWN
