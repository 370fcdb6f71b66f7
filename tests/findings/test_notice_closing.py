"""The decision on a partner through the year of its contract."""

from __future__ import annotations

from datetime import date

import pytest

from copartner.analysis.knowledge.exit_simulation import ExitSimulation, simulate_exit
from copartner.analysis.measure import Subject
from copartner.evidence.portfolio import Portfolio, RenewalMode
from copartner.findings.engine import judge
from copartner.findings.finding import Severity, State
from copartner.findings.rules.contract import stage
from exit_worlds import AS_OF, contract, portfolio, world
from finding_cases import about


def leaving(as_of: date, *, feasible: bool = False, plan: Portfolio | None = None) -> ExitSimulation:
    holders = {"ada": 5.0, "ben": 5.0} if feasible else {"nia": 9.0}
    return simulate_exit(world({"payments/api/a.py": holders}, plan=plan, as_of=as_of, lines=900_000), "nordhang")


@pytest.mark.parametrize(
    ("as_of", "state", "severity", "stage_of", "title"),
    [
        (date(2026, 4, 30), State.CLEAR, None, None, "Notice closing: Nordhang Digital is within the limits"),
        (date(2026, 5, 3), State.FIRES, Severity.WATCH, 120, "120 days are left to decide on Nordhang Digital"),
        (date(2026, 7, 31), State.FIRES, Severity.WATCH, 60, "31 days are left"),
        (date(2026, 8, 1), State.FIRES, Severity.ACT_NOW, 30, "30 days are left"),
        (date(2026, 8, 30), State.FIRES, Severity.ACT_NOW, 1, "One day is left"),
        (date(2026, 8, 31), State.FIRES, Severity.ACT_NOW, 1, "The decision on Nordhang Digital is due today"),
        (date(2026, 9, 15), State.FIRES, Severity.ACT_NOW, 1, "The decision on Nordhang Digital was due on 31 Aug"),
        (
            date(2026, 10, 15),
            State.FIRES,
            Severity.WATCH,
            1,
            "The notice deadline for Nordhang Digital passed on 30 Sep 2026; the next possible end is 31 Dec 2027",
        ),
        (date(2027, 1, 15), State.CLEAR, None, None, "Notice closing: Nordhang Digital is within the limits"),
    ],
)
def test_notice_closing_through_the_year(
    as_of: date, state: State, severity: Severity | None, stage_of: int | None, title: str
) -> None:
    found = judge(portfolio(), [], [leaving(as_of)], as_of)
    item = about(found, "notice_closing", Subject("nordhang"))
    assert (item.state, item.severity, item.inputs["stage"]) == (state, severity, stage_of)
    assert item.title.startswith(title)


def test_a_feasible_hand_over_closes_nothing() -> None:
    item = about(judge(portfolio(), [], [leaving(AS_OF, feasible=True)], AS_OF), "notice_closing", Subject("nordhang"))
    assert item.state is State.CLEAR


def test_a_contract_that_ends_by_itself_stays_urgent_after_its_notice() -> None:
    plan = portfolio(contracts=[contract(renewal=RenewalMode.NONE)])
    item = about(
        judge(plan, [], [leaving(date(2026, 10, 15), plan=plan)], AS_OF), "notice_closing", Subject("nordhang")
    )
    assert item.severity is Severity.ACT_NOW


def test_without_contract_dates_notice_is_unknown() -> None:
    plan = portfolio(contracts=[])
    item = about(judge(plan, [], [leaving(AS_OF, plan=plan)], AS_OF), "notice_closing", Subject("nordhang"))
    assert item.state is State.UNKNOWN
    assert item.reasons[0] == "“Days left to decide” is unknown: no contract is declared"


def test_stages_are_the_reminder_days() -> None:
    assert [stage(days) for days in (0, 1, 2, 7, 31, 119, 120, 121)] == [1, 1, 7, 7, 60, 120, 120, None]
