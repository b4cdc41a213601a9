"""How long somebody stays in the personnel reserve: both sides of the last day, and what takes them out before it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ranking.rules.acts import ActInFuture, ActKind, DocumentNeeded, check_document
from ranking.rules.reserve import (
    APPOINTS,
    LEAVES_RESERVE,
    OF_RESERVE,
    competition_ended_on,
    is_in_reserve,
    kept_until,
    leaves_on,
)

DAY = timedelta(days=1)
LAST = date(2031, 11, 28)


@pytest.mark.parametrize(("today", "stays"), [(LAST - DAY, True), (LAST, True), (LAST + DAY, False)])
def test_the_last_day_of_the_term_still_belongs_to_the_reserve(today, stays):
    assert is_in_reserve([], LAST, today=today) is stays


@pytest.mark.parametrize("kind", list(ActKind))
def test_a_contract_a_refusal_and_a_withdrawal_end_it_and_nothing_else_does(kind):
    ends = {"winner_accepted", "winner_declined", "appoint_from_reserve", "withdrew_from_reserve"}
    assert is_in_reserve([kind], LAST, today=LAST) is (kind not in ends)
    assert {str(one) for one in LEAVES_RESERVE} == ends


def test_a_withdrawal_from_the_reserve_changes_nothing_of_the_competition():
    assert {ActKind.WITHDREW_FROM_RESERVE} == OF_RESERVE


@pytest.mark.parametrize(
    ("ended_on", "until"),
    [
        (date(2026, 11, 28), date(2031, 11, 28)),
        (date(2028, 2, 29), date(2033, 2, 28)),
        (date(2026, 12, 31), date(2031, 12, 31)),
    ],
)
def test_the_term_ends_with_the_same_day_five_years_later(ended_on, until):
    assert kept_until(ended_on, 5) == until


def test_the_term_begins_with_the_last_act_and_not_before_the_publication():
    day = date(2026, 12, 1)
    assert competition_ended_on(day, [day - DAY]) == day
    assert competition_ended_on(day, [day + DAY]) == day + DAY
    assert competition_ended_on(None, [day]) is None


def test_a_withdrawal_needs_its_document_and_a_day_that_has_come():
    check_document("Арыз № 4", LAST, today=LAST)
    with pytest.raises(DocumentNeeded):
        check_document("  ", LAST, today=LAST)
    with pytest.raises(ActInFuture):
        check_document("Арыз № 4", LAST + DAY, today=LAST)


@pytest.mark.parametrize(
    ("appointed_on", "left_on"),
    [
        ([], None),
        ([LAST], LAST),  # the day of the test itself
        ([LAST - DAY], None),  # who sits a test after an appointment wishes for another post
        ([LAST + DAY], LAST + DAY),
        ([LAST - DAY, LAST + 2 * DAY, LAST + DAY], LAST + DAY),
    ],
)
def test_an_appointment_takes_out_of_the_reserve_after_every_test_up_to_its_day(appointed_on, left_on):
    assert leaves_on(appointed_on, LAST) == left_on


def test_a_signed_contract_and_an_order_from_the_reserve_appoint_and_nothing_else_does():
    assert {ActKind.WINNER_ACCEPTED, ActKind.APPOINT_FROM_RESERVE} == APPOINTS
