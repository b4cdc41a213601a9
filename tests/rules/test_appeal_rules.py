"""Technical appeals (¶33–34): who may file until when, who may sit; both sides of every bound."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from appeals.rules import commission, filing
from appeals.rules.states import (
    CONFLICT_NAMES,
    FINAL,
    FINDING_NAMES,
    OUTCOME_NAMES,
    STATUS_NAMES,
    AppealNotOpen,
    AppealOutcome,
    AppealStatus,
    Conflict,
    FindingKind,
    check_status,
)
from regulation.law import CURRENT

END = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
BISHKEK = ZoneInfo("Asia/Bishkek")
TICK, SECOND, HOUR = timedelta(microseconds=1), timedelta(seconds=1), timedelta(hours=1)


def may_file(own_end, sitting_end, now):
    try:
        filing.check_may_file(own_end, sitting_end, law=CURRENT, zone=BISHKEK, now=now)
    except filing.FilingWindowClosed:
        return False
    return True


# ¶33: the hour


@pytest.mark.parametrize(
    ("after", "in_time"),
    [
        (-TICK, False), (timedelta(0), True), (HOUR - SECOND, True), (HOUR, True), (HOUR + TICK, False),
        (HOUR + SECOND, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("own_end", "sitting_end"), [(END, END), (END, END - timedelta(minutes=20))], ids=["both at once", "own end later"]
)
def test_33_from_ones_own_end_exactly_sixty_minutes_are_in_time(own_end, sitting_end, after, in_time):
    assert may_file(own_end, sitting_end, END + after) is in_time


@pytest.mark.parametrize(
    ("after", "in_time"), [(HOUR - SECOND, True), (HOUR, True), (HOUR + TICK, False), (HOUR + SECOND, False)]
)
def test_33_where_the_sitting_ended_later_the_hour_runs_from_its_end(after, in_time):
    assert may_file(END - timedelta(minutes=47), END, END + after) is in_time


def test_33_the_window_opens_at_ones_own_end_and_not_at_the_sittings():
    assert may_file(END, END + HOUR, END)
    assert not may_file(END, END + HOUR, END - TICK)


@pytest.mark.parametrize("after", [timedelta(0), HOUR, 5 * HOUR])
def test_33_while_the_sitting_runs_the_window_does_not_close(after):
    assert may_file(END, None, END + after)


def test_33_a_late_appeal_is_refused_with_the_times_of_the_centre():
    with pytest.raises(filing.FilingWindowClosed) as refused:
        filing.check_may_file(END, END + HOUR, law=CURRENT, zone=BISHKEK, now=END + 3 * HOUR)
    assert refused.value.params == {
        "ended": "28.11.2026 12:00:00", "closed": "28.11.2026 13:00:00", "until": "28.11.2026 14:00:00",
        "now": "28.11.2026 15:00:00",
    }  # fmt: skip


def test_a_moment_that_is_not_there_is_a_dash():
    assert filing.told(None, BISHKEK) == "—"


@pytest.mark.parametrize("length", [0, 1, filing.GROUNDS_MAX])
def test_33_grounds_are_invited_and_never_required(length):
    assert filing.check_grounds("а" * length + "  ") == "а" * length


def test_grounds_beyond_their_bound_are_refused_with_the_count():
    with pytest.raises(filing.GroundsTooLong) as refused:
        filing.check_grounds("а" * (filing.GROUNDS_MAX + 1))
    assert refused.value.params == {"most": 4000, "n": 4001}


def test_33_questions_are_named_or_not_each_once():
    assert filing.check_places([], [1, 2, 3]) == []
    assert filing.check_places([3, 1, 3], [1, 2, 3]) == [1, 3]


@pytest.mark.parametrize("place", [0, 4, -1])
def test_a_question_that_the_test_does_not_have_is_refused(place):
    with pytest.raises(filing.NoSuchQuestion):
        filing.check_places([1, place], [1, 2, 3])


# States


@pytest.mark.parametrize("status", AppealStatus)
def test_an_act_is_refused_in_every_state_that_is_not_named(status):
    check_status(status, *AppealStatus)
    with pytest.raises(AppealNotOpen) as refused:
        check_status(status, *(set(AppealStatus) - {status}))
    assert refused.value.params == {"status": str(status)}


def test_every_state_finding_outcome_and_conflict_has_a_word():
    assert (set(STATUS_NAMES), set(FINDING_NAMES)) == (set(AppealStatus), set(FindingKind))
    assert (set(OUTCOME_NAMES), set(CONFLICT_NAMES)) == (set(AppealOutcome), set(Conflict))
    assert set(AppealStatus) - FINAL == {AppealStatus.FILED, AppealStatus.HEARING, AppealStatus.DECIDED}


# ¶34: the commission


@pytest.mark.parametrize(("people", "fits"), [(1, False), (2, True), (3, True), (5, True), (6, False)])
def test_34_the_commission_has_from_two_to_five_people_the_chair_included(people, fits):
    if fits:
        commission.check_composition(range(people), [0], law=CURRENT)
    else:
        with pytest.raises(commission.CommissionSize):
            commission.check_composition(range(people), [0], law=CURRENT)


@pytest.mark.parametrize("chairs", [[], [0, 1], [7]], ids=["none", "two", "somebody else"])
def test_34_there_is_exactly_one_chair_and_they_are_of_the_commission(chairs):
    with pytest.raises(commission.OneChair):
        commission.check_composition(range(4), chairs, law=CURRENT)


def test_34_nobody_sits_twice():
    with pytest.raises(commission.CommissionSize):
        commission.check_composition([0, 1, 1], [0], law=CURRENT)


@pytest.mark.parametrize(
    ("number", "on", "fits"),
    [("41", date(2026, 11, 28), True), ("41", date(2026, 11, 29), False), (" ", date(2026, 11, 28), False)],
)
def test_34_the_department_approves_by_a_dated_act_not_dated_ahead(number, on, fits):
    if fits:
        commission.check_act(number, on, today=date(2026, 11, 28))
    else:
        with pytest.raises(commission.ActNeeded):
            commission.check_act(number, on, today=date(2026, 11, 28))


@pytest.mark.parametrize("conflict", Conflict)
def test_34_a_conflict_is_refused_and_named(conflict):
    commission.check_conflict(None, "А. Б.")
    with pytest.raises(commission.ConflictOfInterest) as refused:
        commission.check_conflict(conflict, "А. Б.")
    assert refused.value.params == {"name": "А. Б.", "conflict": str(conflict)}


@pytest.mark.parametrize(
    ("members", "present", "enough"),
    [
        (2, 1, False),
        (2, 2, True),
        (3, 1, False),
        (3, 2, True),
        (4, 2, False),
        (4, 3, True),
        (5, 2, False),
        (5, 3, True),
    ],
)
def test_34_more_than_half_of_the_members_decide(members, present, enough):
    if enough:
        commission.check_quorum(range(members), range(present), 0)
    else:
        with pytest.raises(commission.NoQuorum):
            commission.check_quorum(range(members), range(present), 0)


def test_34_without_the_chair_there_is_no_quorum():
    for chair in (4, None):
        with pytest.raises(commission.NoQuorum):
            commission.check_quorum(range(5), range(4), chair)


def test_34_a_chair_whose_members_have_all_left_does_not_decide_alone():
    with pytest.raises(commission.NoQuorum):
        commission.check_quorum([0], [0], 0)


def test_34_who_left_does_not_count_as_present():
    with pytest.raises(commission.NoQuorum):
        commission.check_quorum([0, 1, 2], [0, 8, 9], 0)
