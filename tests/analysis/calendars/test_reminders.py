"""Reminders re-arm when a date changes or a term renews, and never repeat."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copartner.analysis.calendars.reminders import OFFSETS, DateKind, Reminder, outstanding, reminders, superseded
from copartner.evidence.portfolio import Contract, Duration, DurationUnit, Notice, RenewalMode

FRAME = Contract(
    id="frame",
    partner="nordhang",
    title="Framework agreement",
    start=date(2024, 1, 1),
    term_end=date(2025, 12, 31),
    renewal=RenewalMode.TACIT,
    renewal_term=Duration(12, DurationUnit.MONTHS),
    notice=Notice(company=Duration(3, DurationUnit.MONTHS)),
    internal_lead=Duration(60, DurationUnit.DAYS),
)


def days_of(armed: tuple[Reminder, ...], kind: DateKind) -> list[date]:
    return [item.on for item in armed if item.kind is kind]


def test_a_contract_arms_six_reminders_and_the_decision_date() -> None:
    armed = reminders(FRAME, date(2026, 1, 1))
    assert days_of(armed, DateKind.NOTICE) == [
        date(2026, 6, 2),
        date(2026, 7, 2),
        date(2026, 8, 1),
        date(2026, 8, 31),
        date(2026, 9, 23),
        date(2026, 9, 29),
    ]
    assert days_of(armed, DateKind.DECISION) == [date(2026, 8, 1)]
    assert days_of(armed, DateKind.TERM_END) == []


def test_glpi_4571_a_changed_date_arms_all_reminders_again() -> None:
    before = reminders(FRAME, date(2026, 8, 15))
    sent = [item.key for item in before if item.kind is DateKind.NOTICE][:3]
    moved = replace(FRAME, term_end=date(2026, 6, 30))
    after = reminders(moved, date(2026, 8, 15))
    fresh = [item for item in after if item.kind is DateKind.NOTICE]
    assert len(fresh) == 6
    assert {item.due for item in fresh} == {date(2027, 3, 31)}
    assert not {item.key for item in fresh} & set(sent)
    assert list(superseded(sent, after, "frame")) == sent
    assert superseded(sent, before, "frame") == ()
    assert superseded(sent, after, "another") == ()


@pytest.mark.parametrize("year", [2026, 2027, 2030])
def test_glpi_6164_reminders_exist_in_every_renewed_term(year: int) -> None:
    armed = reminders(FRAME, date(year, 1, 1))
    assert [item.due for item in armed if item.kind is DateKind.NOTICE] == [date(year, 9, 30)] * 6
    assert {item.term for item in armed} == {year - 2025}


def test_after_the_deadline_the_next_term_is_armed_before_it_begins() -> None:
    armed = reminders(FRAME, date(2026, 10, 1))
    assert {item.due for item in armed} == {date(2027, 9, 30), date(2027, 8, 1)}


def test_a_contract_entered_late_catches_up_once() -> None:
    armed = reminders(FRAME, date(2026, 9, 10), known_since=date(2026, 9, 10))
    assert [(item.on, item.catch_up) for item in armed] == [
        (date(2026, 9, 10), True),
        (date(2026, 9, 23), False),
        (date(2026, 9, 29), False),
    ]


def test_a_passed_decision_date_catches_up_by_itself_where_nothing_else_does() -> None:
    armed = reminders(FRAME, date(2026, 9, 10), (7,), known_since=date(2026, 9, 10))
    assert [(item.on, item.kind, item.catch_up) for item in armed] == [
        (date(2026, 9, 10), DateKind.DECISION, True),
        (date(2026, 9, 23), DateKind.NOTICE, False),
    ]
    assert outstanding(armed, (), date(2026, 9, 11)) == armed[:1]


def test_a_job_that_was_down_or_ran_twice_sends_each_reminder_once() -> None:
    sent: list[tuple[str, str, int, date, int]] = []
    for today in (date(2026, 6, 2), date(2026, 6, 2), date(2026, 7, 5), date(2026, 9, 30), date(2026, 9, 30)):
        sent += [item.key for item in outstanding(reminders(FRAME, today), sent, today)]
    notice = [key for key in sent if key[1] == DateKind.NOTICE]
    assert len(sent) == len(set(sent))
    assert [key[4] for key in notice] == [120, 90, 60, 30, 7, 1]


def test_a_contract_that_ends_by_itself_reminds_of_its_last_day() -> None:
    fixed = replace(FRAME, renewal=RenewalMode.NONE, notice=Notice())
    armed = reminders(fixed, date(2025, 1, 1))
    assert days_of(armed, DateKind.TERM_END)[-1] == date(2025, 12, 30)
    assert {item.kind for item in armed} == {DateKind.TERM_END}


def test_unknown_dates_arm_nothing() -> None:
    assert reminders(replace(FRAME, notice=Notice()), date(2026, 1, 1)) == ()
    assert reminders(replace(FRAME, term_end=None), date(2026, 1, 1)) == ()


def test_without_internal_lead_there_is_no_separate_decision() -> None:
    armed = reminders(replace(FRAME, internal_lead=None), date(2026, 1, 1))
    assert days_of(armed, DateKind.DECISION) == []


def test_offsets_are_at_least_one_day() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        reminders(FRAME, date(2026, 1, 1), (30, 0))


@given(st.dates(min_value=date(2024, 1, 1), max_value=date(2035, 12, 31)))
def test_every_day_of_every_term_has_its_full_set(as_of: date) -> None:
    armed = [item for item in reminders(FRAME, as_of) if item.kind is DateKind.NOTICE]
    assert [item.offset for item in armed] == list(OFFSETS)
    assert armed[-1].due >= as_of
    assert all(item.on == item.due - timedelta(days=item.offset) for item in armed)
