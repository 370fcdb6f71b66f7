"""What an exit takes away, file by file, and the dates it is bound to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copartner.analysis.knowledge.exit_scene import STATES, ExitState
from copartner.analysis.knowledge.exit_simulation import ExitSettings, exit_dates, partner_last_day, simulate_exit
from copartner.analysis.knowledge.handover import HandoverSettings, Verdict
from copartner.evidence.portfolio import Criticality, Engagement, RenewalMode
from exit_worlds import AS_OF, ENGAGEMENTS, PEOPLE, contract, person, portfolio, stint, world


def state_of(simulation: object, **counts: int) -> None:
    expected = {state.value: counts.get(state.value, 0) for state in STATES}
    assert getattr(simulation, "counts") == expected  # noqa: B009


def only(holders: dict[str, float], **options: object) -> str:
    """The state of a single file with these holders after Nordhang has left."""
    simulation = simulate_exit(world({"payments/api/a.py": holders}, **options), "nordhang")
    return next(state for state, count in simulation.counts.items() if count)


def test_two_active_internal_knowers_make_a_file_safe() -> None:
    assert only({"ada": 3, "ben": 3, "nia": 4}) == ExitState.SAFE


def test_one_internal_knower_is_single() -> None:
    assert only({"ada": 3, "nia": 7}) == ExitState.SINGLE


def test_a_tenth_of_the_knowledge_is_not_enough_to_be_a_knower() -> None:
    assert only({"ada": 1, "nia": 9}) == ExitState.LEFT_WITHOUT_ANYONE
    assert only({"ada": 1.01, "nia": 8.99}) == ExitState.SINGLE


def test_a_file_with_authors_only_at_the_partner_is_left_without_anyone() -> None:
    simulation = simulate_exit(world({"payments/api/a.py": {"nia": 5, "nik": 5}}), "nordhang")
    state_of(simulation, left_without_anyone=1)
    assert simulation.counts_today["left_without_internal"] == 1
    assert simulation.caused == 1.0


def test_a_file_whose_authors_all_left_two_years_ago_is_already_exposed() -> None:
    base = world({"payments/api/a.py": {"old": 9}, "payments/api/b.py": {"nia": 5}})
    simulation = simulate_exit(base, "nordhang")
    state_of(simulation, already_exposed=1, left_without_anyone=1)
    assert simulation.caused == 0.5
    assert [item.rows.rows[0][1] for item in simulation.exposed] == ["a.py"]
    assert [item.rows.rows[0][1] for item in simulation.handover] == ["b.py"]
    assert simulation.handover[0].files == 1


def test_another_partners_knower_is_the_same_today_and_so_already_exposed() -> None:
    assert only({"qui": 5, "nia": 5}) == ExitState.ALREADY_EXPOSED
    assert only({"qui": 5}) == ExitState.ALREADY_EXPOSED


def test_an_internal_knower_whose_affiliation_ends_before_the_exit_is_removed() -> None:
    simulation = simulate_exit(world({"payments/api/a.py": {"ewe": 5, "nia": 5}}), "nordhang")
    state_of(simulation, left_without_anyone=1)
    assert simulation.counts_today["single"] == 1
    assert any("1 active internal affiliations end" in note for note in simulation.notes)


def test_an_affiliation_that_ends_on_the_day_of_the_exit_is_removed_too() -> None:
    plan = portfolio(people=[*PEOPLE, person("eve", stint("hansekontor", "2020-01-01", "2026-12-31"))])
    assert only({"eve": 5}, plan=plan) == ExitState.LEFT_WITHOUT_ANYONE
    follows = person("eve", stint("hansekontor", "2020-01-01", "2026-12-31"), stint("hansekontor", "2027-01-01", None))
    assert only({"eve": 5}, plan=portfolio(people=[*PEOPLE, follows])) == ExitState.SINGLE


def test_somebody_left_internally_and_another_partner_remains() -> None:
    assert only({"ewe": 5, "qui": 5}) == ExitState.LEFT_WITHOUT_INTERNAL


def test_a_partner_person_hired_by_the_company_before_the_exit_counts_as_internal() -> None:
    simulation = simulate_exit(world({"payments/api/a.py": {"nat": 9}}), "nordhang")
    state_of(simulation, single=1)
    assert simulation.handover == ()


def test_a_person_with_the_company_and_the_partner_at_once_stays() -> None:
    both = person("two", stint("nordhang", "2020-01-01"), stint("hansekontor", "2020-01-01"))
    assert only({"two": 5}, plan=portfolio(people=[both])) == ExitState.SINGLE


def test_inactive_people_know_nothing() -> None:
    assert only({"ada": 5, "nia": 5}, active={"ada": False}) == ExitState.LEFT_WITHOUT_ANYONE


def test_a_person_seen_at_work_after_the_last_stint_is_where_the_work_was() -> None:
    back = person("back", stint("nordhang", "2018-01-01", "2020-12-31"))
    plan = portfolio(people=[back])
    assert only({"back": 5}, plan=plan, seen={"back": "hansekontor"}) == ExitState.SINGLE
    assert only({"back": 5}, plan=plan, seen={"back": "nordhang"}) == ExitState.LEFT_WITHOUT_ANYONE


def test_undated_and_undeclared_people_stand_where_their_work_was() -> None:
    plan = portfolio(people=[person("und", stint("hansekontor"))])
    assert only({"und": 5}, plan=plan) == ExitState.SINGLE
    assert only({"und": 5}, plan=plan, seen={"und": "unknown"}) == ExitState.SINGLE
    assert only({"und": 5}, plan=plan, seen={"und": "nordhang"}) == ExitState.LEFT_WITHOUT_ANYONE
    assert only({"p-1": 5}, plan=plan, seen={"p-1": "hansekontor"}) == ExitState.SINGLE
    assert only({"p-1": 5}, plan=plan, seen={"p-1": "nordhang"}) == ExitState.LEFT_WITHOUT_ANYONE


def test_an_undated_affiliation_remains_when_the_dated_ones_have_ended() -> None:
    kept = person("und", stint("nordhang", "2018-01-01", "2026-11-30"), stint("hansekontor"))
    assert only({"und": 5}, plan=portfolio(people=[kept])) == ExitState.SINGLE


def test_knowers_of_unknown_affiliation_make_the_state_unknown_unless_others_decide() -> None:
    assert only({"p-1": 5, "nia": 5}) == ExitState.UNKNOWN
    assert only({"p-1": 5, "ada": 5}) == ExitState.SINGLE
    assert only({"p-1": 5, "qui": 5}) == ExitState.ALREADY_EXPOSED


def test_files_without_recorded_knowledge_or_with_cut_history_are_unknown() -> None:
    assert only({"nia": 0}) == ExitState.UNKNOWN
    assert only({"nia": 5}, unreadable={"pay": "shallow clone"}) == ExitState.UNKNOWN
    simulation = simulate_exit(world({"payments/api/a.py": {"nia": 5}}, unreadable={"pay": "shallow"}), "nordhang")
    assert simulation.coverage == 0.0
    assert any("not wholly known" in note for note in simulation.notes)


def test_a_knower_at_an_organisation_without_engagement_cannot_be_called() -> None:
    ended = [replace(ENGAGEMENTS[1], end=date(2026, 6, 30)), ENGAGEMENTS[0]]
    assert only({"qui": 5, "ewe": 4}, plan=portfolio(engagements=ended)) == ExitState.LEFT_WITHOUT_ANYONE


def test_another_partner_that_ends_before_the_exit_is_not_this_partners_loss() -> None:
    ends = [ENGAGEMENTS[0], replace(ENGAGEMENTS[1], end=date(2026, 10, 31))]
    assert only({"qui": 5, "nia": 1}, plan=portfolio(engagements=ends)) == ExitState.ALREADY_EXPOSED


def test_a_partner_with_neither_engagement_nor_contract_counts_as_engaged() -> None:
    plan = portfolio(engagements=[ENGAGEMENTS[0]])
    assert only({"qui": 5, "ewe": 5}, plan=plan) == ExitState.LEFT_WITHOUT_INTERNAL


def test_only_systems_of_the_partner_are_in_scope() -> None:
    base = world({"payments/api/a.py": {"nia": 5}, "shop/web/b.ts": {"qui": 5}, "//loose.py": {"nia": 5}})
    simulation = simulate_exit(base, "nordhang")
    assert [(item.system, item.engaged) for item in simulation.systems] == [("payments", True)]
    assert any("1 files belong to no declared system" in note for note in simulation.notes)
    elsewhere = {"payments/api/a.py": {"nia": 5}, "shop/web/b.ts": {"nia": 5}, "shop/web/c.ts": {"qui": 5}}
    known = simulate_exit(world(elsewhere), "nordhang")
    assert known.files == 2
    assert [(item.system, item.engaged) for item in known.systems] == [("payments", True), ("shop", False)]
    assert [part.component for part in known.systems[1].components] == ["web"]
    assert known.systems[1].components[0].exposure.caused == 1.0


def test_shares_sum_to_one_and_come_with_today() -> None:
    base = world(
        {
            "payments/api/a.py": {"nia": 5},
            "payments/api/b.py": {"ada": 5, "ben": 5},
            "payments//c.py": {"old": 5},
        }
    )
    simulation = simulate_exit(base, "nordhang")
    assert sum(simulation.shares.values()) == pytest.approx(1, abs=2e-6)
    assert sum(simulation.shares_today.values()) == pytest.approx(1, abs=2e-6)
    assert [part.component for part in simulation.systems[0].components] == ["(none)", "api"]
    assert simulation.files == 3
    assert simulation.coverage == 1.0


def test_the_partners_share_counts_work_done_for_the_partner() -> None:
    base = world({"payments/api/a.py": {"nia": 3, "ada": 1}, "payments/api/b.py": {"ada": 1}, "payments/x/c.py": {}})
    simulation = simulate_exit(base, "nordhang")
    assert simulation.partner_share == 0.375
    parts = {part.component: part.exposure.partner_share for part in simulation.systems[0].components}
    assert parts == {"api": 0.375, "x": None}


def test_the_handover_list_is_ordered_by_risk_and_counts_hours() -> None:
    plan = portfolio(engagements=[Engagement("e1", "nordhang", ("payments", "shop"), date(2020, 1, 1)), ENGAGEMENTS[1]])
    base = world(
        {
            "shop/web/b.ts": {"nia": 5},
            "payments/api/a.py": {"nia": 5},
            "payments/core/c.py": {"nia": 5, "ada": 5},
        },
        plan=plan,
        lines=2000,
    )
    simulation = simulate_exit(base, "nordhang")
    listed = [(item.system, item.component, item.state, item.hours) for item in simulation.handover]
    assert listed == [
        ("payments", "api", "left_without_anyone", 6.0),
        ("payments", "core", "single", 6.0),
        ("shop", "web", "left_without_anyone", 6.0),
    ]
    assert [item.risk for item in simulation.handover] == [0.545455, 0.272727, 0.181818]
    assert [item.share_lost for item in simulation.handover] == [1.0, 0.5, 1.0]
    assert [item.repository for item in simulation.handover] == ["pay", "pay", "shop"]
    assert simulation.hours_needed == 18.0
    assert simulation.rows.total == 2
    severe = simulate_exit(base, "nordhang", settings=ExitSettings(minimum_criticality=Criticality.HIGH))
    assert {item.system for item in severe.handover} == {"payments"}


def test_dates_and_capacity_of_the_simulation() -> None:
    base = world({"payments/api/a.py": {"nia": 5}, "payments/api/b.py": {"ada": 1, "ben": 1}}, as_of=date(2026, 5, 1))
    simulation = simulate_exit(base, "nordhang")
    assert (simulation.on, simulation.on_basis, simulation.contract) == (date(2026, 12, 31), "term_end", "frame")
    assert (simulation.notice_deadline, simulation.decision_date) == (date(2026, 9, 30), date(2026, 8, 31))
    assert (simulation.days_to_notice, simulation.days_to_decision) == (152, 122)
    assert simulation.learners == 2
    assert simulation.weeks == 34.9
    assert simulation.hours_available == 557.7
    assert simulation.verdict is Verdict.FEASIBLE
    assert simulation.parameters["reading_rate"] == 200
    assert simulation.sensitivity["half_life_days=180"] == 0.5


def test_after_a_tacit_renewal_the_dates_have_moved_on() -> None:
    simulation = simulate_exit(world({"payments/api/a.py": {"nia": 5}}, as_of=date(2027, 2, 1)), "nordhang")
    assert (simulation.notice_deadline, simulation.decision_date) == (date(2027, 9, 30), date(2027, 8, 31))
    assert simulation.on == date(2027, 12, 31)


def test_without_contract_dates_the_simulation_still_runs() -> None:
    simulation = simulate_exit(world({"payments/api/a.py": {"nia": 5}}, plan=portfolio(contracts=[])), "nordhang")
    state_of(simulation, left_without_anyone=1)
    assert (simulation.on, simulation.on_basis) == (AS_OF, "no_dates")
    assert (simulation.days_to_decision, simulation.weeks, simulation.hours_available) == (None, None, None)
    assert simulation.verdict is Verdict.UNKNOWN
    assert simulation.reason == "no contract is declared"


def test_an_ended_contract_says_so() -> None:
    over = contract(term_end=date(2025, 12, 31), renewal=RenewalMode.NONE)
    simulation = simulate_exit(world({"payments/api/a.py": {"nia": 5}}, plan=portfolio(contracts=[over])), "nordhang")
    assert simulation.reason == "no contract is in force (frame: ended on 2025-12-31)"


def test_open_ended_contracts_end_after_notice_given_today() -> None:
    plan = portfolio(contracts=[contract(term_end=None)])
    dates, day, basis = exit_dates(plan, "nordhang", AS_OF)
    assert dates is not None
    assert (day, basis) == (date(2026, 12, 30), "notice_from_today")
    silent = portfolio(contracts=[contract(term_end=None, notice=None)])
    assert exit_dates(silent, "nordhang", AS_OF)[1:] == (AS_OF, "no_dates")


def test_the_contract_to_decide_first_decides() -> None:
    plan = portfolio(
        contracts=[
            contract(name="later", term_end=date(2027, 6, 30)),
            contract(name="first"),
            contract(name="silent", notice=None),
            contract(name="theirs", partner="quendel", term_end=date(2026, 10, 31)),
        ]
    )
    dates, day, _ = exit_dates(plan, "nordhang", AS_OF)
    assert dates is not None
    assert (dates.contract, day) == ("first", date(2026, 12, 31))


def test_a_given_day_uses_the_dates_of_its_own_term() -> None:
    plan = portfolio()
    dates, day, basis = exit_dates(plan, "nordhang", AS_OF, date(2027, 12, 31))
    assert dates is not None
    assert (day, basis, dates.notice_deadline) == (date(2027, 12, 31), "given", date(2027, 9, 30))
    assert (dates.as_of, dates.next_possible_end) == (AS_OF, date(2026, 12, 31))
    same, _, _ = exit_dates(plan, "nordhang", AS_OF, date(2026, 11, 15))
    assert same is not None
    assert same.notice_deadline == date(2026, 9, 30)
    assert exit_dates(portfolio(contracts=[]), "nordhang", AS_OF, date(2027, 1, 31)) == (
        None,
        date(2027, 1, 31),
        "given",
    )


def test_the_partners_last_working_day_limits_the_time() -> None:
    ends = [replace(ENGAGEMENTS[0], end=date(2026, 10, 14)), ENGAGEMENTS[1]]
    simulation = simulate_exit(world({"payments/api/a.py": {"nia": 5}}, plan=portfolio(engagements=ends)), "nordhang")
    assert (simulation.partner_last_day, simulation.weeks) == (date(2026, 10, 14), 2.0)
    assert partner_last_day(portfolio(), "nordhang", AS_OF) is None
    assert partner_last_day(portfolio(engagements=[]), "nordhang", AS_OF) is None


def test_learners_who_leave_do_not_learn() -> None:
    base = world({"payments/api/a.py": {"nia": 9}, "payments/api/b.py": {"ada": 5, "ewe": 5, "nat": 5}})
    assert simulate_exit(base, "nordhang").learners == 1


def test_unknown_knowers_make_the_verdict_unknown_only_where_they_decide() -> None:
    base = world({"payments/api/a.py": {"p-1": 5, "nia": 5}}, lines=500_000)
    simulation = simulate_exit(base, "nordhang")
    assert simulation.verdict is Verdict.UNKNOWN
    assert simulation.hours_undecided == 1500.0


def test_nothing_in_the_outcome_names_a_person() -> None:
    base = world({"payments/api/a.py": {"nia": 5, "nik": 2}, "payments/api/b.py": {"ada": 5, "old": 3, "p-77": 9}})
    text = repr(simulate_exit(base, "nordhang"))
    for name in ("nia", "nik", "ada", "old", "p-77", "example.org"):
        assert f"'{name}'" not in text
        assert f"@{name}" not in text


def test_an_unknown_partner_is_an_error() -> None:
    with pytest.raises(KeyError):
        simulate_exit(world({"payments/api/a.py": {"nia": 5}}), "nobody")


def test_an_empty_scope_has_no_shares() -> None:
    simulation = simulate_exit(world({"shop/web/b.ts": {"qui": 5}}, plan=portfolio(engagements=[])), "nordhang")
    assert (simulation.files, simulation.coverage, simulation.verdict) == (0, None, Verdict.FEASIBLE)


NAMES = ["ada", "ben", "ewe", "nia", "nik", "nat", "qui", "old", "p-1"]
HOLDINGS = st.lists(
    st.dictionaries(st.sampled_from(NAMES), st.floats(0.01, 50), min_size=1), min_size=1, max_size=6
).map(lambda files: {f"payments/c{number % 2}/f{number}.py": item for number, item in enumerate(files)})


@given(HOLDINGS)
def test_the_order_of_rows_changes_nothing(files: dict[str, dict[str, float]]) -> None:
    assert simulate_exit(world(files), "nordhang") == simulate_exit(world(files, order=-1), "nordhang")


@given(HOLDINGS)
def test_states_count_every_file_once_and_internal_files_are_never_caused(files: dict[str, dict[str, float]]) -> None:
    simulation = simulate_exit(world(files), "nordhang")
    assert sum(simulation.counts.values()) == simulation.files == len(files)
    left = simulation.counts["left_without_internal"] + simulation.counts["left_without_anyone"]
    assert (simulation.caused > 0) == (left > 0)
    assert simulation.hours_needed == pytest.approx(sum(item.hours for item in simulation.handover))


@given(HOLDINGS)
def test_another_internal_knower_never_makes_an_exit_worse(files: dict[str, dict[str, float]]) -> None:
    before = simulate_exit(world(files), "nordhang")
    strongest = {place: {**holders, "ada": 1000.0} for place, holders in files.items()}
    after = simulate_exit(world(strongest), "nordhang")
    assert after.caused <= before.caused
    assert after.counts["safe"] + after.counts["single"] == len(files)


def test_handover_settings_are_printed_with_the_result() -> None:
    settings = ExitSettings(handover=HandoverSettings(reading_rate=100))
    base = world({"payments/api/a.py": {"nia": 5}}, lines=2000)
    simulation = simulate_exit(base, "nordhang", settings=settings)
    assert simulation.hours_needed == 12.0
    assert simulation.parameters["reading_rate"] == 100
