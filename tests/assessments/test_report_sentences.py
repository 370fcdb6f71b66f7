"""The sentences a report makes from data: the answer in the title, claims of values, findings in another language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from copartner.assessments import messages, sentences
from copartner.assessments.reading import Reading, worst
from copartner.assessments.report_evidence import Evidence
from copartner.assessments.vocabulary import button, choice, confidence, measure_title, word
from copartner.design import rendering
from sample_document import sample_document

rendering.prepare()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def reading(findings: list[dict[str, Any]] | None = None, partners: int = 5, systems: int = 6) -> Reading:
    document = sample_document(partners, systems)
    if findings is not None:
        document["findings"] = findings
    return Reading(document)


def finding(rule: str = "black_box", **changes: Any) -> dict[str, Any]:
    first = dict(sample_document()["findings"][0])
    subject = {name: changes.pop(name, first["subject"][name]) for name in ("partner", "system", "component")}
    return {**first, "rule": rule, "message": None, "id": f"{rule}@{subject}", "subject": subject, **changes}


@pytest.mark.parametrize(
    ("findings", "answer"),
    [
        ([finding()], "One of five partners needs a decision: Payments is known only to Nordhang Digital"),
        (
            [finding("lock_in_knowledge")],
            "One of five partners needs a decision: Payments depends on Nordhang Digital",
        ),
        (
            [finding("abandoned_code", partner=None), finding()],
            "One of five partners needs a decision: Payments is known only to Nordhang Digital",
        ),
        (
            [finding("abandoned_code", partner=None)],
            "One of six systems needs a decision: parts of Payments have no active author",
        ),
        ([finding("unheard_of")], "One of five partners needs a decision"),
        (
            [finding("owner_missing", partner=None)],
            "One of six systems needs a decision: Payments has no active internal owner",
        ),
        ([finding("coverage_low", partner=None, system=None)], "One finding needs a decision"),
        (
            [finding("notice_closing", system=None)],
            "One of five partners needs a decision: 15 days are left to decide on Nordhang Digital",
        ),
        (
            [finding("notice_closing", system=None, partner="fennek")],
            "One of five partners needs a decision",
        ),
        (
            [finding(severity="watch")],
            "Nothing needs a decision now; one subject is worth watching",
        ),
        (
            [finding(severity="watch", partner=None, system=None)],
            "Nothing needs a decision now; some measures are worth watching",
        ),
        (
            [finding(state="unknown", severity=None)],
            "No limit is passed as far as the evidence reaches; one rule could not be decided",
        ),
        ([finding(state="clear", severity=None)], "No partner and no system is past a limit"),
        ([], "Assessment of Hansekontor, 30 Sep 2026"),
    ],
)
def test_the_title_answers(findings: list[dict[str, Any]], answer: str) -> None:
    assert sentences.title(reading(findings)) == answer


def test_the_title_of_a_single_partner_or_system() -> None:
    assert sentences.title(reading([finding("x")], 1, 1)) == "The partner needs a decision"
    assert sentences.title(reading([finding("x", partner=None)], 1, 1)) == "The system needs a decision"


def test_a_deadline_that_has_passed_is_said() -> None:
    document = sample_document()
    document["findings"] = [finding("notice_closing", system=None)]
    document["exits"][0]["days_to_decision"] = -3
    assert sentences.title(Reading(document)).endswith("the day to decide on Nordhang Digital has passed")


def value(measure: str, number: float | None, **subject: str) -> dict[str, Any]:
    return {
        "measure": measure,
        "value": number,
        "subject": {"partner": None, "system": None, "component": None, **subject},
    }


@pytest.mark.parametrize(
    ("given", "claim"),
    [
        (value("kappa_int", 0.12, system="payments"), "Our own people hold 12% of the knowledge of Payments"),
        (value("only_partner", 0.71, system="payments"), "71% of Payments is known only to the partner"),
        (
            value("only_partner", 0.71, system="payments", partner="nordhang"),
            "71% of Payments is known only to Nordhang Digital",
        ),
        (value("only_partner", 0.71, partner="nordhang"), "71% of the portfolio is known only to Nordhang Digital"),
        (
            value("knowledge_share", 0.3, partner="nordhang"),
            "Nordhang Digital holds 30% of the knowledge of the portfolio",
        ),
        (
            value("kappa_int", 0.3, system="payments", component="capture"),
            "Our own people hold 30% of the knowledge of Capture in Payments",
        ),
        (
            value("half_life_probe", 162, system="payments"),
            "A measure this report has never heard of, Payments: 162 days",
        ),
        (value("kappa_int", None, system="payments"), "Known to us, Payments: no data"),
        (
            value("never_defined", 3, partner="quendel", system="payments"),
            "Never defined, Payments with Quendel Labs: 3",
        ),
    ],
)
def test_a_value_makes_a_claim(given: dict[str, Any], claim: str) -> None:
    assert sentences.claim(reading(), given) == claim


def test_findings_are_written_anew_in_german() -> None:
    subject = reading()
    first = subject.findings[0]
    with translation.override("de"):
        assert sentences.finding_title(subject, first).startswith("Nur Nordhang Digital kennt Payments: die eigenen")
        assert messages.reasons(subject, first) == ["weder die Spanne noch eine andere Wahl erreicht die Grenze"]


def test_a_finding_without_a_usable_template_falls_back() -> None:
    subject = reading()
    with translation.override("de"):
        for broken in (None, {"id": "gone", "params": {}}, {"id": "black_box.only", "params": {"system": "x"}}):
            row = finding(message=broken)
            assert sentences.finding_title(subject, row) == "Payments kennt nur Nordhang Digital"
            assert messages.reasons(subject, {**row, "reason_messages": []}) == [
                "weder die Spanne noch eine andere Wahl erreicht die Grenze"
            ]
        unheard = finding("unheard_of", title="A frozen sentence")
        assert sentences.finding_title(subject, unheard) == "A frozen sentence"


def test_every_template_can_be_written_in_german() -> None:
    """Each template, filled with values of the kinds it asks for, gives a sentence without a placeholder."""
    import string

    from copartner.findings.messages import TEMPLATES

    samples: dict[str, Any] = {
        "percent": 0.125,
        "date": "2027-01-31",
        "verdict": "infeasible",
        "measure": "kappa_int",
        "choice": "half_life_days=180",
    }
    subject = reading()
    with translation.override("de"):
        for name, template in TEMPLATES.items():
            fields = {field: spec for _, field, spec, _ in string.Formatter().parse(template) if field}
            params = {field: samples.get(spec or "", "X") for field, spec in fields.items()}
            row = finding(message={"id": name, "params": params})
            written = messages.title(subject, row, "X")
            assert written, name
            assert "{" not in written
            if "percent" in fields.values():
                assert "12,5\u202f%" in written


def test_disappears_when() -> None:
    subject = reading()
    row = finding(disappears_message={"id": "owner_missing.disappears", "params": {"system": "Payments"}})
    assert messages.disappears_when(subject, row) == row["disappears_when"]
    with translation.override("de"):
        assert messages.disappears_when(subject, row) == "Payments hat einen aktiven internen Verantwortlichen."


def test_undecided_is_never_good() -> None:
    clear, unknown = finding(state="clear"), finding(state="unknown")
    assert worst([]) == "none"
    assert worst([clear]) == "ok"
    assert worst([clear, unknown]) == "none"
    assert worst([clear, unknown, finding(severity="watch")]) == "watch"
    assert worst([finding(), clear]) == "act"


def test_ids_without_words_are_readable() -> None:
    assert word("software_house") == "Software house"
    assert word("never_heard_of") == "Never heard of"
    assert button("never_heard_of") == "Open evidence"
    assert confidence("low") == "low confidence"
    assert confidence("other") == "other"
    assert measure_title({}, "never_heard_of") == "Never heard of"
    assert choice("half_life_days=180") == "half-life 180 days"
    assert choice("slack_days=90, other_choice=4") == "90 days behind the code at most, other choice 4"
    assert choice("undecayed") == "without decay"


def test_limits_are_found_for_the_value_they_judge() -> None:
    subject = reading()
    box, lock = subject.findings[0], subject.findings[2]
    assert subject.limit_of(box) == (subject.values["kappa_int@system=payments"], 0.2)
    assert subject.limit_of(lock) == (subject.values["knowledge_lock_in@partner=nordhang,system=payments"], 0.6)
    assert subject.limit_of(finding(limits={"other.thing": 1.0})) is None
    assert subject.limit_of_measure("kappa_int") == 0.2
    assert subject.limit_of_measure("truck_factor") is None


def test_anchors_are_stable_and_never_shared() -> None:
    evidence = Evidence(reading())
    first = evidence.anchor("e", "a@system=x-y")
    assert first == evidence.anchor("e", "a@system=x-y") == "e-a-system-x-y"
    assert evidence.anchor("e", "a@system=x.y") == "e-a-system-x-y-2"
    assert evidence.anchor("f", "a@system=x-y") == "f-a-system-x-y"
    assert evidence.number(None) == '<span class="unknown">no data</span>'
