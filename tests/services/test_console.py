"""What a proctor sees of each seat, and that counting goes on from what was read, exactly."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import event

from core.db import db, transaction
from testing_center import hall_queries, result_queries
from testing_center.models.attempts import ResponseEvent
from testing_center.models.sittings import Sitting
from testing_center.rules.acts import ActKind
from testing_center.rules.codes import InvalidCode
from testing_center.rules.hall import SeatState
from testing_center.rules.seats import Connection
from testing_center.rules.sittings import IncidentCategory, Presence
from testing_center.services import console, contacts, delivery, entry, incidents, pulse, registration, sittings, tally
from testing_center.services.hall import seat_plan
from tests.candidates import Candidate
from tests.services.test_acts import Hall

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def hall(make, clock):
    """Three candidates at work on a test of sixty minutes."""
    return Hall(make, clock, 3).start()


def look(hall: Hall) -> console.Console:
    db.session.rollback()
    return console.look(db.session.get_one(Sitting, hall.sitting_id), now=hall.clock())


def row(hall: Hall, candidate: Candidate) -> console.Row:
    return next(one for one in look(hall).rows if one.attempt_id == candidate.attempt_id)


# States


def test_who_comes_enters_starts_and_ends_is_seen_so(make, clock):
    sitting = make.sitting(people=4, present=False)
    people, codes = make.participants(sitting), make.codes(sitting)
    for who, presence in zip(
        people, (Presence.PRESENT, Presence.PRESENT, Presence.ABSENT, Presence.REFUSED), strict=True
    ):
        with transaction():
            one = db.session.merge(who)
            registration.set_presence(one, presence, by=make.somebody("proctor"), now=clock())

    def states() -> list[str]:
        db.session.rollback()
        seen = console.look(db.session.get_one(Sitting, sitting.id), now=clock())
        assert [each.state for each in seen.rows] == [
            each.state for each in seat_plan(db.session.get_one(Sitting, sitting.id), now=clock()).taken
        ]
        return [str(each.state) for each in seen.rows]

    assert states() == ["present", "present", "absent", "refused"]
    for number in range(10):
        with pytest.raises(InvalidCode):
            entry.enter(codes[1], "12345678", f"10.0.{number}.1", now=clock())
    assert states() == ["present", "locked", "absent", "refused"]
    one = Candidate(clock, codes[0]).enter()
    assert states()[0] == "entered"
    one.start()
    assert states()[0] == "working"
    one.submit()
    assert states()[0] == "ended"


def test_a_test_whose_time_is_up_has_ended_before_anybody_notices(hall):
    hall.clock.advance(60 * MINUTE)
    assert row(hall, hall.candidates[0]).state == SeatState.WORKING
    hall.clock.advance(SECOND)
    assert row(hall, hall.candidates[0]).state == SeatState.ENDED


def test_a_test_whose_page_is_out_of_reach_when_its_time_is_up_has_not_ended_and_then_it_stands(hall):
    one, two = hall.candidates[:2]
    hall.clock.advance(60 * MINUTE - SECOND)
    for candidate in (one, two):
        contacts.hear(candidate.attempt_id, now=hall.clock())
    hall.clock.advance(2 * SECOND)
    assert [row(hall, each).state for each in (one, two)] == [SeatState.WORKING] * 2
    assert row(hall, one).remaining(hall.clock()) == 0
    hall.clock.advance(SECOND)
    contacts.hear(one.attempt_id, now=hall.clock())
    assert [row(hall, each).state for each in (one, two)] == [SeatState.ENDED, SeatState.WORKING]
    hall.clock.advance(20 * SECOND)
    delivery.close_overdue(now=hall.clock())
    assert [row(hall, each).state for each in (one, two)] == [SeatState.ENDED, SeatState.PAUSED]


def test_a_row_says_workstation_language_time_left_and_what_was_given(hall):
    one = hall.candidates[0]
    seen = row(hall, one)
    assert (seen.workstation, seen.language, seen.remaining(hall.clock())) == (one.address, one.attempt.language, 3600)
    hall.clock.advance(5 * MINUTE)
    hall.ask(ActKind.PAUSE, one)
    hall.clock.advance(3 * MINUTE)
    assert row(hall, one).remaining(hall.clock()) == 55 * 60  # the clock stands
    hall.ask(ActKind.RESUME, one)
    hall.ask(ActKind.EXTEND, one, minutes=10)
    seen = row(hall, one)
    assert (seen.given, seen.remaining(hall.clock())) == (13 * MINUTE, 65 * 60)


def test_a_message_is_marked_until_the_candidate_has_read_it(hall):
    one, other, _third = hall.candidates
    act = hall.ask(ActKind.MESSAGE, one, other, wording="Суу ич")
    sent = hall.clock()
    assert [row(hall, each).unread_at for each in hall.candidates] == [sent, sent, None]
    pulse.take(one.attempt_id, 1, seen=[act.id], now=hall.clock())
    assert [row(hall, each).unread_at for each in hall.candidates] == [None, sent, None]


def test_time_given_is_told_until_it_is_read_and_a_pause_gives_none(hall):
    one, other, _third = hall.candidates

    def told(who, *seen):
        return [more.length for more in pulse.take(who.attempt_id, 1, seen=seen, now=hall.clock()).more]

    hall.ask(ActKind.PAUSE, one)
    hall.clock.advance(MINUTE)
    hall.ask(ActKind.RESUME, one)
    act = hall.ask(ActKind.EXTEND, one, minutes=5)
    assert told(one) == told(one) == [5 * MINUTE]
    assert told(one, act.id) == told(other) == []
    assert pulse.take(one.attempt_id, 1, now=hall.clock()).given == 6 * MINUTE


def test_who_waits_for_leave_to_start_is_marked(make, clock):
    hall = Hall(make, clock, 2)
    with transaction():
        hall.sitting.starts_together = True
    assert [each.waits for each in look(hall).rows] == [True, True]
    hall.ask(ActKind.AUTHORISE, hall.candidates[0])
    assert sorted(each.waits for each in look(hall).rows) == [False, True]


def test_who_has_begun_waits_for_nothing(hall):
    with transaction():
        hall.sitting.starts_together = True
    assert not any(each.waits for each in look(hall).rows)


# The connection


def test_silence_is_shown_from_the_last_call_and_so_is_the_return(hall):
    one = hall.candidates[0]
    assert row(hall, one).connection == Connection.UNKNOWN
    contacts.hear(one.attempt_id, now=hall.clock())
    last = hall.clock()
    assert (row(hall, one).connection, row(hall, one).since) == (Connection.OK, None)
    hall.clock.advance(contacts.SILENT_AFTER + SECOND)
    assert (row(hall, one).connection, row(hall, one).since) == (Connection.SILENT, last)
    hall.clock.advance(MINUTE)
    assert (row(hall, one).connection, row(hall, one).since) == (Connection.LOST, last)
    contacts.hear(one.attempt_id, now=hall.clock())
    assert (row(hall, one).connection, row(hall, one).since) == (Connection.BACK, hall.clock())


def test_what_the_process_has_heard_and_not_written_counts(hall):
    one, other, _third = hall.candidates
    contacts.hear(one.attempt_id, now=hall.clock())
    hall.clock.advance(SECOND)
    contacts.hear(other.attempt_id, now=hall.clock())  # too soon to be written down
    assert row(hall, other).connection == Connection.OK


def test_of_a_test_that_has_ended_no_connection_is_shown(hall):
    one = hall.candidates[0]
    contacts.hear(one.attempt_id, now=hall.clock())
    one.submit()
    hall.clock.advance(5 * MINUTE)
    assert row(hall, one).connection == Connection.NONE


def test_a_row_does_not_change_because_a_page_called_or_time_passed(hall):
    contacts.hear(hall.candidates[0].attempt_id, now=hall.clock())
    before = look(hall)
    for _ in range(4):
        hall.clock.advance(contacts.CALL_EVERY)
        for one in hall.candidates[:1]:
            contacts.hear(one.attempt_id, now=hall.clock())
    assert look(hall).version == before.version


# Answers are counted on


def plain(hall: Hall) -> dict:
    db.session.rollback()
    return result_queries.progress_of(db.session.get_one(Sitting, hall.sitting_id))


@pytest.mark.parametrize("seed", range(3))
def test_counting_on_gives_what_counting_anew_gives(hall, seed):
    random, revisions = Random(seed), {}
    for _ in range(25):
        for _ in range(random.randint(0, 4)):
            one, position = random.choice(hall.candidates), random.randint(1, 5)
            revisions[one, position] = revision = revisions.get((one, position), 0) + 1
            one.save(position, [] if random.random() < 0.3 else [one.option(position, random.randint(0, 2))], revision)
        hall.clock.advance(random.randint(0, 40) * SECOND)
        if random.random() < 0.1:
            hall.clock.advance(tally.FORGET_AFTER + SECOND)
        if hall.clock() < hall.candidates[0].attempt.deadline_at:
            seen = {each.attempt_id: (each.answered, each.saved_at, each.late) for each in look(hall).rows}
            anew = {one: (found.answered, found.saved_at, found.late) for one, found in plain(hall).items()}
            assert {one: found for one, found in seen.items() if found != (0, None, 0)} == anew


def test_a_number_that_is_committed_late_is_counted_all_the_same(hall):
    """On PostgreSQL numbers are given before the commit: a lower one may come to sight after a higher one."""
    one, other, _third = hall.candidates
    one.save(1, [one.option(1)])
    other.save(1, [other.option(1)])
    first = db.session.scalars(db.select(ResponseEvent).order_by(ResponseEvent.id)).first()
    kept = {column.name: getattr(first, column.name) for column in ResponseEvent.__table__.columns}
    with transaction():
        db.session.delete(first)
    assert row(hall, one).answered == 0
    with transaction():
        db.session.add(ResponseEvent(**kept))
    assert row(hall, one).answered == 1


def test_an_older_answer_that_comes_to_sight_late_does_not_undo_a_newer_one(hall):
    one = hall.candidates[0]
    one.save(1, [one.option(1)])
    one.save(1, [], 2)
    first = db.session.scalars(db.select(ResponseEvent).order_by(ResponseEvent.id)).first()
    kept = {column.name: getattr(first, column.name) for column in ResponseEvent.__table__.columns}
    with transaction():
        db.session.delete(first)
    assert row(hall, one).answered == 0
    with transaction():
        db.session.add(ResponseEvent(**kept | {"id": first.id + 100}))
    assert row(hall, one).answered == 0


def test_late_answers_are_counted_apart(hall):
    one = hall.candidates[0]
    one.save(1, [one.option(1)])
    hall.clock.advance(61 * MINUTE)
    one.save(2, [one.option(2)])
    seen = row(hall, one)
    assert (seen.answered, seen.late, seen.state) == (1, 1, SeatState.ENDED)


# Cost and what has changed


def test_a_refresh_reads_answers_that_came_since_and_takes_as_many_statements_for_three_as_for_one(hall):
    look(hall)
    said: list[str] = []
    listen = lambda _c, _cursor, statement, *_rest: said.append(statement)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        hall.candidates[0].save(1, [hall.candidates[0].option(1)])
        look(hall)
        said.clear()
        console.look(db.session.get_one(Sitting, hall.sitting_id), now=hall.clock())
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
    assert len(said) <= 12
    [answers] = [statement for statement in said if "response_event" in statement]
    assert "JOIN" not in answers


def test_only_the_seat_where_something_happened_has_changed(hall):
    one = hall.candidates[1]
    before = look(hall)
    assert look(hall).changed(before.version) == ([], False)
    one.save(1, [one.option(1)])
    rows, acts = look(hall).changed(before.version)
    assert ([each.attempt_id for each in rows], acts) == ([one.attempt_id], False)
    hall.ask(ActKind.EXTEND, one, minutes=15)  # waits for a second person: nothing has happened to the seat yet
    assert look(hall).changed(look(hall).version) == ([], False)
    assert look(hall).changed(before.version)[1]


def test_an_incident_and_a_measure_upon_it_are_told_without_any_seat(hall):
    act, before = hall.ask(ActKind.MESSAGE, wording="Суу ич"), look(hall)
    with transaction():
        incident = sittings.report_incident(
            hall.sitting, IncidentCategory.TECHNICAL, "Жарык өчтү.", None, by=hall.proctor, now=hall.clock()
        )
    after = look(hall)
    assert after.changed(before.version) == ([], True)
    assert look(hall).changed(after.version) == ([], False)
    with transaction():
        found = hall_queries.get_act(act.id, hall.sitting_id, lock=True)
        incidents.link(found, incident, by=hall.proctor, now=hall.clock())
    assert look(hall).changed(after.version) == ([], True)


def test_another_process_tells_the_same_changes(hall, app):
    before = look(hall).version
    for name in ("tallies", "seat_digests", "calls"):
        app.extensions.pop(name, None)
    assert look(hall).changed(before) == ([], False)


def test_two_looks_open_no_link_twice(hall):
    console._opened.cache_clear()
    look(hall)
    opened = console._opened.cache_info().misses
    look(hall)
    assert (opened, console._opened.cache_info().misses) == (3, 3)
