"""Terms, notice deadlines and decision dates; other tools' defects are named tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copartner.analysis.calendars.contract_dates import (
    EndAlignment,
    Side,
    contract_dates,
    current_term,
    decision_date,
    end_after_notice,
    first_term_end,
    is_running,
    next_possible_end,
    notice_deadline,
    roll_up,
    terms,
)
from copartner.evidence.portfolio import Contract, Duration, DurationUnit, Notice, RenewalMode

DAY = timedelta(days=1)


def duration(text: str) -> Duration:
    count, unit = text.split(" ", 1)
    return Duration(int(count), DurationUnit(unit.replace(" ", "_").rstrip("s") + "s"))


def contract(
    start: date = date(2024, 1, 1),
    term_end: date | None = date(2026, 12, 31),
    renewal: RenewalMode = RenewalMode.TACIT,
    renewal_term: str | None = "12 months",
    notice: str | None = "3 months",
    partner_notice: str | None = None,
    lead: str | None = "30 days",
) -> Contract:
    return Contract(
        id="frame",
        partner="nordhang",
        title="Framework agreement",
        start=start,
        term_end=term_end,
        renewal=renewal,
        renewal_term=duration(renewal_term) if renewal_term else None,
        notice=Notice(
            company=duration(notice) if notice else None,
            partner=duration(partner_notice) if partner_notice else None,
        ),
        internal_lead=duration(lead) if lead else None,
    )


def last_days(subject: Contract, count: int) -> list[date]:
    return [term.end for term in islice(terms(subject), count)]


def test_term_end_2026_notice_3_months_lead_30_days() -> None:
    dates = contract_dates(contract(), date(2026, 5, 1))
    assert dates.notice_deadline == date(2026, 9, 30)
    assert dates.decision_date == date(2026, 8, 31)
    assert dates.days_to_notice == 152
    assert dates.days_to_decision == 122
    assert dates.next_possible_end == date(2026, 12, 31)
    assert dates.reason is None


def test_tacit_renewal_moves_both_dates_on() -> None:
    assert notice_deadline(contract(), date(2027, 1, 1)) == date(2027, 9, 30)
    assert decision_date(contract(), date(2027, 1, 1)) == date(2027, 8, 31)


def test_glpi_2596_the_deadline_is_not_computed_from_the_start() -> None:
    moved = replace(contract(), start=date(2024, 2, 15))
    assert notice_deadline(moved, date(2026, 5, 1)) == date(2026, 9, 30)


def test_glpi_14703_the_deadline_belongs_to_the_current_term_not_the_first() -> None:
    subject = contract(term_end=date(2024, 12, 31))
    assert [notice_deadline(subject, date(year, 6, 1)) for year in (2024, 2025, 2026)] == [
        date(2024, 9, 30),
        date(2025, 9, 30),
        date(2026, 9, 30),
    ]


def test_glpi_12620_internal_lead_is_a_date_of_its_own() -> None:
    assert decision_date(contract(lead="2 months"), date(2026, 5, 1)) == date(2026, 7, 31)
    assert decision_date(contract(lead=None), date(2026, 5, 1)) == date(2026, 9, 30)


def test_two_years_then_yearly_with_sixty_days_lead() -> None:
    subject = contract(term_end=first_term_end(date(2024, 1, 1), duration("24 months")), lead="60 days")
    assert last_days(subject, 4) == [date(year, 12, 31) for year in (2025, 2026, 2027, 2028)]
    for year in (2025, 2026, 2027, 2028):
        dates = contract_dates(subject, date(year, 3, 1))
        assert (dates.notice_deadline, dates.decision_date) == (date(year, 9, 30), date(year, 8, 1))


def test_notice_one_day_late_costs_a_year() -> None:
    subject = contract(term_end=date(2025, 12, 31))
    assert end_after_notice(subject, date(2026, 9, 30)) == date(2026, 12, 31)
    assert end_after_notice(subject, date(2026, 10, 1)) == date(2027, 12, 31)


def test_a_deadline_on_a_saturday_stays_but_is_sent_on_friday() -> None:
    dates = contract_dates(contract(), date(2028, 3, 1))
    assert dates.notice_deadline == date(2028, 9, 30)
    assert dates.dispatch_by == date(2028, 9, 29)


def test_a_month_from_31_january_does_not_drift() -> None:
    start = date(2025, 1, 31)
    subject = contract(start, first_term_end(start, duration("1 month")), renewal_term="1 month", notice="1 week")
    assert last_days(subject, 6) == [
        date(2025, 2, 28),
        date(2025, 3, 30),
        date(2025, 4, 30),
        date(2025, 5, 30),
        date(2025, 6, 30),
        date(2025, 7, 30),
    ]


def test_a_year_from_29_february() -> None:
    start = date(2024, 2, 29)
    subject = contract(start, first_term_end(start, duration("12 months")))
    assert last_days(subject, 5) == [date(year, 2, 28) for year in range(2025, 2030)]


def test_a_first_term_of_another_length_is_counted_from_the_start_in_months() -> None:
    subject = contract(date(2025, 1, 31), date(2025, 2, 28), renewal_term="1 year")
    assert last_days(subject, 4) == [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]


def test_a_first_term_that_is_no_number_of_months_is_the_anchor_itself() -> None:
    subject = contract(date(2024, 1, 10), date(2024, 12, 31), renewal_term="1 quarter")
    assert last_days(subject, 3) == [date(2024, 12, 31), date(2025, 3, 31), date(2025, 6, 30)]
    weekly = contract(date(2024, 1, 1), date(2024, 1, 14), renewal_term="2 weeks", notice="3 days")
    assert last_days(weekly, 3) == [date(2024, 1, 14), date(2024, 1, 28), date(2024, 2, 11)]


@pytest.mark.parametrize(
    ("given_on", "ends"),
    [
        (date(2026, 3, 31), (date(2026, 6, 30), date(2026, 6, 30), date(2026, 6, 30), date(2026, 12, 31))),
        (date(2026, 4, 1), (date(2026, 7, 1), date(2026, 7, 31), date(2026, 9, 30), date(2026, 12, 31))),
        (date(2026, 11, 30), (date(2027, 2, 28), date(2027, 2, 28), date(2027, 3, 31), date(2027, 12, 31))),
    ],
)
def test_open_ended_contracts_roll_up_to_the_agreed_day(given_on: date, ends: tuple[date, ...]) -> None:
    subject = contract(term_end=None, renewal=RenewalMode.NONE)
    assert tuple(end_after_notice(subject, given_on, alignment=rule) for rule in EndAlignment) == ends


def test_roll_up_at_the_end_of_the_year() -> None:
    assert roll_up(date(2026, 12, 2), EndAlignment.MONTH_END) == date(2026, 12, 31)
    assert roll_up(date(2026, 12, 31), EndAlignment.YEAR_END) == date(2026, 12, 31)


def test_open_ended_contracts_have_no_deadline_but_an_end() -> None:
    dates = contract_dates(contract(term_end=None), date(2026, 4, 1))
    assert (dates.term, dates.notice_deadline, dates.days_to_notice) == (None, None, None)
    assert dates.next_possible_end == date(2026, 7, 1)
    assert dates.reason == "open-ended: notice may be given any day"
    silent = contract_dates(contract(term_end=None, notice=None), date(2026, 4, 1))
    assert (silent.next_possible_end, silent.reason) == (None, "open-ended and no notice period stated")
    assert is_running(contract(term_end=None), date(2026, 4, 1))
    assert not is_running(contract(term_end=None), date(2023, 12, 31))
    assert list(terms(contract(term_end=None))) == []


def test_after_the_deadline_the_next_possible_end_is_a_term_later() -> None:
    dates = contract_dates(contract(), date(2026, 10, 1))
    assert (dates.notice_deadline, dates.days_to_notice) == (date(2026, 9, 30), -1)
    assert dates.next_possible_end == date(2027, 12, 31)
    assert (dates.next_notice_deadline, dates.next_decision_date) == (date(2027, 9, 30), date(2027, 8, 31))


@pytest.mark.parametrize("mode", [RenewalMode.NONE, RenewalMode.EXPRESS])
def test_without_tacit_renewal_the_term_ends_by_itself(mode: RenewalMode) -> None:
    subject = contract(renewal=mode, renewal_term=None)
    assert next_possible_end(subject, date(2026, 10, 1)) == date(2026, 12, 31)
    assert contract_dates(subject, date(2026, 10, 1)).next_notice_deadline is None
    over = contract_dates(subject, date(2027, 1, 1))
    assert (over.term, over.next_possible_end, over.reason) == (None, None, "ended on 2026-12-31")
    assert end_after_notice(subject, date(2026, 10, 1)) is None
    assert not is_running(subject, date(2027, 1, 1))


def test_a_missing_notice_period_is_unknown_with_a_reason() -> None:
    tacit = contract_dates(contract(notice=None), date(2026, 5, 1))
    assert (tacit.notice_deadline, tacit.next_possible_end) == (None, None)
    assert tacit.days_to_decision is None
    assert tacit.reason == "no notice period stated for the company"
    fixed = contract_dates(contract(notice=None, renewal=RenewalMode.NONE), date(2026, 5, 1))
    assert fixed.next_possible_end == date(2026, 12, 31)
    assert end_after_notice(contract(notice=None), date(2026, 5, 1)) is None


def test_each_side_has_its_own_period() -> None:
    subject = contract(partner_notice="6 months")
    assert notice_deadline(subject, date(2026, 5, 1), Side.PARTNER) == date(2026, 6, 30)
    assert notice_deadline(subject, date(2026, 5, 1), Side.COMPANY) == date(2026, 9, 30)


def test_before_the_start_nothing_is_known() -> None:
    dates = contract_dates(contract(), date(2023, 12, 31))
    assert (dates.term, dates.reason) == (None, "starts on 2024-01-01")
    assert current_term(contract(), date(2023, 12, 31)) is None


def test_contradictions_are_errors() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        list(terms(contract(term_end=date(2023, 1, 1))))
    with pytest.raises(ValueError, match="needs a renewal term"):
        list(terms(contract(renewal_term=None)))


def test_the_chain_ends_with_the_calendar() -> None:
    subject = contract(term_end=date(9990, 12, 31), notice="6 years")
    assert last_days(subject, 100)[-1] == date(9998, 12, 31)
    assert next_possible_end(subject, date(9995, 1, 1)) is None


MONTH_ENDS = st.dates(min_value=date(2000, 1, 1), max_value=date(2032, 12, 31)).filter(lambda day: day.day >= 28)
STARTS = st.one_of(MONTH_ENDS, st.dates(min_value=date(2000, 1, 1), max_value=date(2032, 12, 31)))
UNITS = st.sampled_from(list(DurationUnit))
TACIT = st.builds(
    lambda start, initial, renewal, notice, lead: replace(
        contract(start, first_term_end(start, initial)),
        renewal_term=renewal,
        notice=Notice(company=notice),
        internal_lead=lead,
    ),
    STARTS,
    st.builds(Duration, st.integers(1, 30), UNITS),
    st.builds(Duration, st.integers(1, 24), UNITS),
    st.builds(Duration, st.integers(1, 12), UNITS),
    st.builds(Duration, st.integers(0, 60), UNITS),
)


@given(TACIT)
def test_terms_tile_without_gap_or_overlap(subject: Contract) -> None:
    chain = list(islice(terms(subject), 12))
    assert chain[0].start == subject.start
    assert chain[0].end == subject.term_end
    for term, following in pairwise(chain):
        assert term.start <= term.end
        assert following.start == term.end + DAY
        assert following.index == term.index + 1


@given(TACIT, st.integers(0, 2000))
def test_the_deadline_lies_before_the_end_and_the_decision_not_after_it(subject: Contract, days: int) -> None:
    as_of = subject.start + timedelta(days=days)
    dates = contract_dates(subject, as_of)
    assert dates.term is not None
    assert dates.term.covers(as_of)
    assert dates.notice_deadline is not None
    assert dates.decision_date is not None
    assert dates.decision_date <= dates.notice_deadline < dates.term.end
    assert dates.dispatch_by is not None
    assert dates.dispatch_by <= dates.notice_deadline


@given(TACIT, st.integers(0, 1500), st.integers(0, 400))
def test_all_dates_are_monotone_in_as_of(subject: Contract, days: int, later: int) -> None:
    first = contract_dates(subject, subject.start + timedelta(days=days))
    second = contract_dates(subject, subject.start + timedelta(days=days + later))
    for name in ("notice_deadline", "decision_date", "next_possible_end", "next_notice_deadline"):
        assert getattr(first, name) <= getattr(second, name)


@given(TACIT, st.integers(0, 1500))
def test_notice_on_the_next_deadline_is_in_time_and_a_day_later_is_not(subject: Contract, days: int) -> None:
    dates = contract_dates(subject, subject.start + timedelta(days=days))
    assert dates.next_notice_deadline is not None
    assert dates.next_possible_end is not None
    assert end_after_notice(subject, dates.next_notice_deadline) == dates.next_possible_end
    late = end_after_notice(subject, dates.next_notice_deadline + DAY)
    assert late is not None
    assert late > dates.next_possible_end
