"""What the server hears of candidates' pages: silences are recorded, and nobody's time ends while they are cut off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import audit
from core.db import db
from testing_center.models.hall import Contact, Extension, Silence
from testing_center.rules.acts import ActKind, ActStatus, NobodyConcerned, TimeUndecided
from testing_center.rules.delivery import AttemptPaused, AttemptStatus, EndKind
from testing_center.services import contacts, delivery
from tests.services.test_acts import Hall

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def hall(make, clock):
    """Two candidates at work on a test of sixty minutes."""
    return Hall(make, clock, 2).start()


def calls(hall: Hall, *candidates, lasting: timedelta) -> None:
    """Their pages call every five seconds for so long."""
    until = hall.clock() + lasting
    while hall.clock() < until:
        hall.clock.advance(contacts.CALL_EVERY)
        for candidate in candidates:
            contacts.hear(candidate.attempt_id, now=hall.clock())


def heard(hall: Hall, *candidates) -> None:
    """Their pages have called, the last time two minutes before the end; who never called before was never silent."""
    hall.clock.advance(57 * MINUTE)
    calls(hall, *candidates, lasting=MINUTE)


def silences() -> list[tuple]:
    db.session.rollback()
    rows = db.session.scalars(db.select(Silence).order_by(Silence.began_at))
    return [(row.attempt_id, row.ended_at - row.began_at) for row in rows]


def test_who_calls_is_heard_and_not_silent(hall):
    calls(hall, *hall.candidates, lasting=2 * MINUTE)
    assert silences() == []
    assert len(db.session.scalars(db.select(Contact)).all()) == 2


def test_one_commit_serves_all_who_called(hall, clock):
    calls(hall, *hall.candidates, lasting=MINUTE)
    before = db.session.scalars(db.select(Contact.heard_at)).all()
    clock.advance(SECOND)
    for candidate in hall.candidates:
        contacts.hear(candidate.attempt_id, now=clock())
    db.session.rollback()
    assert db.session.scalars(db.select(Contact.heard_at)).all() == before  # kept, and written with the next ones


@pytest.mark.parametrize("others_go_on", [True, False])
def test_a_silence_is_from_the_last_call_to_the_next(hall, clock, others_go_on):
    one, other = hall.candidates
    calls(hall, one, other, lasting=MINUTE)
    calls(hall, *([other] if others_go_on else []), lasting=4 * MINUTE) if others_go_on else clock.advance(4 * MINUTE)
    calls(hall, one, other, lasting=20 * SECOND)
    took = 4 * MINUTE + contacts.CALL_EVERY
    assert silences() == ([(one.attempt_id, took)] if others_go_on else sorted(
        [(one.attempt_id, took), (other.attempt_id, took)], key=lambda found: silences().index(found)
    ))  # fmt: skip


def test_a_process_that_begins_anew_finds_the_silence_of_its_own_absence(hall, app, clock):
    one = hall.candidates[0]
    calls(hall, one, lasting=MINUTE)
    del app.extensions["calls"]
    clock.advance(3 * MINUTE)
    calls(hall, one, lasting=MINUTE)
    assert silences() == [(one.attempt_id, 3 * MINUTE + contacts.CALL_EVERY)]


def test_two_processes_that_share_a_page_hear_it_together(hall, app, clock):
    one, ours = hall.candidates[0], contacts.calls()
    theirs = contacts.Calls()
    for number in range(24):
        clock.advance(contacts.CALL_EVERY)
        app.extensions["calls"] = (ours, theirs, theirs, theirs)[number % 4]
        contacts.hear(one.attempt_id, now=clock())
    assert silences() == []


def test_a_test_whose_page_is_out_of_reach_at_its_deadline_stands_there(hall, clock):
    one, other = hall.candidates
    deadline = one.attempt.deadline_at
    heard(hall, one, other)
    calls(hall, other, lasting=2 * MINUTE + contacts.CALL_EVERY)
    delivery.close_overdue(now=clock())
    assert (other.attempt.status, other.attempt.end_kind) == (AttemptStatus.ENDED, EndKind.DEADLINE)
    assert (one.attempt.status, one.attempt.paused_at) == (AttemptStatus.PAUSED, deadline)
    with pytest.raises(AttemptPaused):
        one.submit()


def test_a_page_that_is_heard_again_before_anybody_looked_was_still_out_of_reach(hall, clock):
    one, other = hall.candidates
    heard(hall, one, other)
    calls(hall, other, lasting=3 * MINUTE)
    clock.advance(SECOND)
    contacts.hear(one.attempt_id, now=clock())  # the others were written down a second ago: not written yet
    delivery.close_overdue(now=clock())
    assert (one.attempt.status, other.attempt.status) == (AttemptStatus.PAUSED, AttemptStatus.ENDED)


def test_it_gets_back_what_the_outage_took_and_goes_on(hall, clock):
    one = hall.candidates[0]
    deadline = one.attempt.deadline_at
    heard(hall, one)
    clock.advance(4 * MINUTE)
    calls(hall, one, lasting=MINUTE)
    delivery.close_overdue(now=clock())
    assert one.attempt.paused_at == deadline
    hall.ask(ActKind.OUTAGE, one, window=(deadline - 5 * MINUTE, clock()))
    hall.ask(ActKind.RESUME, one)
    attempt = one.attempt
    assert attempt.deadline_at - clock() == 2 * MINUTE  # from the last call before the cut to the deadline
    assert {row.length for row in db.session.scalars(db.select(Extension))} == {2 * MINUTE, clock() - deadline}


def test_a_fault_that_begins_just_before_the_deadline_can_be_made_good(hall, clock):
    one, other = hall.candidates
    deadline = one.attempt.deadline_at
    clock.advance(59 * MINUTE)
    calls(hall, one, other, lasting=50 * SECOND)
    calls(hall, other, lasting=10 * SECOND)
    clock.advance(SECOND)
    assert delivery.close_overdue(now=clock()) == 0  # nobody can tell yet
    with pytest.raises(NobodyConcerned):
        hall.ask(ActKind.PAUSE)
    contacts.hear(other.attempt_id, now=clock())
    clock.advance(6 * SECOND)
    assert delivery.close_overdue(now=clock()) == 2
    assert (other.attempt.end_kind, other.attempt.ended_at) == (EndKind.DEADLINE, deadline)
    assert (one.attempt.status, one.attempt.paused_at) == (AttemptStatus.PAUSED, deadline)
    clock.advance(MINUTE)
    contacts.hear(one.attempt_id, now=clock())
    hall.ask(ActKind.OUTAGE, one, window=(deadline - MINUTE, clock()))
    hall.ask(ActKind.RESUME, one)
    assert one.attempt.deadline_at - clock() == 10 * SECOND
    assert not one.save(1, [one.option(1)]).late


@pytest.mark.parametrize(("late", "end_kind"), [(4, EndKind.DEADLINE), (16, None)])
def test_whoever_asks_after_the_deadline_has_the_score_at_once_unless_they_were_cut_off(hall, clock, late, end_kind):
    one = hall.candidates[0]
    clock.advance(59 * MINUTE)
    calls(hall, one, lasting=MINUTE)
    clock.advance(late * SECOND)
    if end_kind is None:
        with pytest.raises(AttemptPaused):
            one.submit()
    else:
        assert one.submit().score == 0
    assert one.attempt.end_kind == end_kind


def test_where_nothing_is_to_be_given_the_clock_closes_it_at_the_deadline(hall, clock):
    one, other = hall.candidates
    deadline = one.attempt.deadline_at
    calls(hall, one, lasting=10 * MINUTE)
    hall.ask(ActKind.PAUSE, other)
    with pytest.raises(NobodyConcerned):
        hall.ask(ActKind.TIME_UP, other)
    clock.advance(60 * MINUTE)
    act = hall.ask(ActKind.TIME_UP, one, reason="left")
    assert (act.status, one.attempt.paused_at) == (ActStatus.WAITING, deadline)
    hall.confirm(act)
    attempt = one.attempt
    assert (attempt.end_kind, attempt.ended_at, attempt.deadline_at) == (EndKind.DEADLINE, deadline, deadline)


def test_a_page_without_script_is_closed_by_the_clock(hall, clock):
    clock.advance(61 * MINUTE)
    assert delivery.close_overdue(now=clock()) == 2


def test_an_answer_that_was_cut_off_at_the_deadline_is_not_late_before_the_staff_have_decided(hall, clock):
    one = hall.candidates[0]
    heard(hall, one)
    clock.advance(4 * MINUTE)
    with pytest.raises(AttemptPaused):
        one.save(1, [one.option(1)])
    assert one.attempt.status == AttemptStatus.PAUSED
    contacts.hear(one.attempt_id, now=clock())
    hall.ask(ActKind.OUTAGE, one, window=(clock() - 5 * MINUTE, clock()))
    hall.ask(ActKind.RESUME, one)
    assert not one.save(1, [one.option(1)]).late


# A test that stands at its deadline


@pytest.fixture
def stands(hall, clock):
    """A hall whose first candidate was out of reach from two minutes before the deadline to two minutes after it."""
    heard(hall, *hall.candidates)
    clock.advance(4 * MINUTE)
    delivery.close_overdue(now=clock())
    calls(hall, *hall.candidates, lasting=MINUTE)
    return hall


@pytest.mark.parametrize("kind", [ActKind.RESUME, ActKind.TIME_UP])
def test_a_test_that_may_get_back_time_is_not_ended_before_that_is_decided(stands, clock, kind):
    one = stands.candidates[0]
    with pytest.raises(TimeUndecided):
        stands.ask(kind, one)
    stands.ask(ActKind.OUTAGE, one, window=(clock() - 20 * MINUTE, clock()))
    assert one.attempt.deadline_at - one.attempt.paused_at == 2 * MINUTE
    stands.ask(ActKind.RESUME, one)
    assert one.attempt.status == AttemptStatus.IN_PROGRESS


@pytest.mark.parametrize("kind", [ActKind.RESUME, ActKind.TIME_UP])
def test_nor_while_an_outage_waits_for_the_second_person(stands, clock, kind):
    one = stands.candidates[0]
    stands.silent(one, clock() - 40 * MINUTE, clock() - 20 * MINUTE)
    waits = stands.ask(ActKind.OUTAGE, one, window=(clock() - 50 * MINUTE, clock()))
    assert waits.status == ActStatus.WAITING
    with pytest.raises(TimeUndecided):
        stands.ask(kind, one)
    stands.confirm(waits)
    assert one.attempt.deadline_at - one.attempt.paused_at == 22 * MINUTE


def test_when_the_second_person_has_declined_the_outage_two_persons_end_it_at_its_deadline(stands, clock):
    one, deadline = stands.candidates[0], stands.candidates[0].attempt.deadline_at
    stands.silent(one, clock() - 40 * MINUTE, clock() - 20 * MINUTE)
    waits = stands.ask(ActKind.OUTAGE, one, window=(clock() - 50 * MINUTE, clock()))
    stands.decline(waits, reason="The cable was pulled out by hand")
    act = stands.ask(ActKind.TIME_UP, one)
    assert (act.status, one.attempt.status) == (ActStatus.WAITING, AttemptStatus.PAUSED)
    stands.confirm(act)
    assert (one.attempt.end_kind, one.attempt.ended_at) == (EndKind.DEADLINE, deadline)


def test_what_waits_to_end_a_test_goes_on_waiting_when_an_outage_is_asked_for_meanwhile(stands, clock):
    one = stands.candidates[0]
    stands.decline(stands.ask(ActKind.END, one))
    first = stands.ask(ActKind.OUTAGE, one, window=(clock() - 20 * MINUTE, clock()))
    assert first.status == ActStatus.DONE
    stands.ask(ActKind.RESUME, one)
    clock.advance(4 * MINUTE)
    delivery.close_overdue(now=clock())
    act = stands.ask(ActKind.TIME_UP, one)
    stands.silent(one, clock() - 50 * MINUTE, clock() - 30 * MINUTE)
    waits = stands.ask(ActKind.OUTAGE, one, window=(clock() - 55 * MINUTE, clock() - 25 * MINUTE))
    with pytest.raises(TimeUndecided):
        stands.confirm(act)
    stands.confirm(waits)
    assert one.attempt.status == AttemptStatus.PAUSED


def test_where_all_are_let_go_on_those_whose_time_is_undecided_stay(stands):
    one, other = stands.candidates
    with pytest.raises(TimeUndecided):
        stands.ask(ActKind.RESUME)
    stands.ask(ActKind.OUTAGE, one, window=(one.attempt.started_at, stands.clock()))
    act = stands.ask(ActKind.RESUME)
    assert [target.attempt_id for target in act.targets] == [one.attempt_id]
    assert other.attempt.status == AttemptStatus.PAUSED


def test_while_a_page_is_still_out_of_reach_it_is_not_let_go_on(hall, clock):
    one = hall.candidates[0]
    heard(hall, one)
    clock.advance(4 * MINUTE)
    with pytest.raises(TimeUndecided):
        hall.ask(ActKind.RESUME, one)
    assert hall.ask(ActKind.TIME_UP, one).status == ActStatus.WAITING  # it may never come back


def test_a_test_ended_by_staff_where_it_stood_ended_at_its_deadline_and_was_not_paused(stands, clock):
    one, deadline = stands.candidates[0], stands.candidates[0].attempt.deadline_at
    stands.confirm(stands.ask(ActKind.END, one, reason="Somebody else sat there"))
    assert (one.attempt.end_kind, one.attempt.ended_at) == (EndKind.STAFF, deadline)
    assert db.session.scalars(db.select(Extension)).all() == []
    db.session.rollback()
    assert list(audit.verify()) == []


# Who saves is in reach


def test_who_saves_without_calling_has_lost_next_to_nothing(hall, clock):
    one, began = hall.candidates[0], clock()
    contacts.hear(one.attempt_id, now=began)
    for number in range(1, 9):
        clock.advance(MINUTE)
        one.save(1, [one.option(1, number % 3)], number)
    clock.advance(MINUTE)
    contacts.hear(one.attempt_id, now=clock())
    assert silences() == [(one.attempt_id, 9 * MINUTE)]
    hall.ask(ActKind.OUTAGE, one, window=(began, clock()))
    assert [row.length for row in db.session.scalars(db.select(Extension))] == [MINUTE]


def test_who_has_just_saved_at_the_deadline_was_not_out_of_reach(hall, clock):
    one, other = hall.candidates
    heard(hall, one, other)
    clock.advance(2 * MINUTE - 2 * SECOND)
    one.save(1, [one.option(1)])
    clock.advance(5 * SECOND)
    delivery.close_overdue(now=clock())
    assert (one.attempt.status, other.attempt.status) == (AttemptStatus.IN_PROGRESS, AttemptStatus.PAUSED)
    assert one.save(1, [one.option(1)], 2).late
    assert one.attempt.end_kind == EndKind.DEADLINE


def test_nothing_is_done_to_a_test_of_which_it_is_not_known_yet_whether_its_time_is_up(hall, clock):
    one, other = hall.candidates
    calls(hall, one, other, lasting=58 * MINUTE)
    waits = hall.ask(ActKind.END)
    calls(hall, one, other, lasting=2 * MINUTE)
    clock.advance(2 * SECOND)
    for kind in (ActKind.PAUSE, ActKind.END, ActKind.EXTEND):
        with pytest.raises(NobodyConcerned):
            hall.ask(kind, minutes=5)
    with pytest.raises(NobodyConcerned):
        hall.confirm(waits)
    calls(hall, one, other, lasting=5 * SECOND)
    delivery.close_overdue(now=clock())
    assert (one.attempt.end_kind, hall.confirm(waits).status) == (EndKind.DEADLINE, ActStatus.LAPSED)
