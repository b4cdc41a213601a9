"""How long records are kept: both sides of every bound (¶36, 39)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from appeals.rules.states import AppealOutcome
from archive import rules
from archive.rules import ActStatus, Series
from ranking.rules.reserve import competition_ended_on
from regulation.law import PROVISIONAL

DAY = timedelta(days=1)


def test_36_39_materials_are_kept_for_one_year_and_protocols_for_five():
    assert rules.years_kept(Series.COMMISSION, PROVISIONAL) == 1
    assert rules.years_kept(Series.COMPETITION, PROVISIONAL) == 5


@pytest.mark.parametrize(
    ("closed_on", "years", "first_day"),
    [
        (date(2026, 11, 28), 1, date(2027, 11, 29)),
        (date(2026, 11, 28), 5, date(2031, 11, 29)),
        (date(2026, 12, 31), 1, date(2028, 1, 1)),
        (date(2027, 2, 28), 1, date(2028, 2, 29)),
        (date(2028, 2, 28), 1, date(2029, 3, 1)),
        (date(2028, 2, 29), 1, date(2029, 3, 1)),
        (date(2028, 2, 29), 4, date(2032, 3, 1)),
        (date(2028, 2, 29), 5, date(2033, 3, 1)),
        (date(2028, 3, 1), 1, date(2029, 3, 2)),
    ],
)
def test_the_same_day_years_later_still_belongs_to_the_period(closed_on, years, first_day):
    assert rules.may_be_destroyed_from(closed_on, years) == first_day


def test_the_first_day_is_free_and_the_day_before_is_not():
    first = date(2027, 11, 29)
    rules.check_due("А-1", first, today=first)
    rules.check_due("А-1", first, today=first + DAY)
    with pytest.raises(rules.NotDue):
        rules.check_due("А-1", first, today=first - DAY)


def test_a_competition_ends_with_its_publication_or_the_last_act_of_the_authority():
    published = date(2026, 12, 1)
    assert competition_ended_on(published, []) == published
    assert competition_ended_on(published, [published - DAY]) == published
    assert competition_ended_on(published, [published + DAY, published + 9 * DAY]) == published + 9 * DAY
    assert competition_ended_on(None, [published]) is None


@pytest.mark.parametrize(
    ("outcome", "keeps"),
    [
        (None, False),
        (AppealOutcome.DISMISSED, False),
        (AppealOutcome.UPHELD_IN_PART, True),
        (AppealOutcome.UPHELD, True),
    ],
)
def test_36_an_appeal_that_changed_something_keeps_its_protocol(outcome, keeps):
    assert rules.keeps_its_protocol(outcome) is keeps


def test_a_legal_hold_stops_what_belongs_to_its_competition_and_nothing_else():
    held, free = uuid4(), uuid4()
    rules.check_not_held("К-1", [free], {held})
    with pytest.raises(rules.OnHold):
        rules.check_not_held("К-1", [free, held], {held})


def test_two_people_are_two_people():
    one, other = uuid4(), uuid4()
    rules.check_two(one, other)
    with pytest.raises(rules.SecondPersonNeeded):
        rules.check_two(one, one)


@pytest.mark.parametrize("status", [ActStatus.CARRIED_OUT, ActStatus.CANCELLED])
def test_an_act_is_decided_once(status):
    rules.check_waits(ActStatus.PREPARED)
    with pytest.raises(rules.ActDecided):
        rules.check_waits(status)


def test_a_hold_is_placed_and_lifted_on_a_ground():
    rules.check_ground("Сот, № 7")
    with pytest.raises(rules.GroundNeeded):
        rules.check_ground(" \n")
