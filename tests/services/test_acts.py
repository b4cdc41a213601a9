"""What staff do during a sitting: the clock stops and runs, time is given and is exact, grave acts need two persons."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from testing_center import hall_queries
from testing_center.models.attempts import Attempt
from testing_center.models.hall import Extension, Pause, Silence
from testing_center.rules import acts as rules
from testing_center.rules.acts import ActKind, ActStatus
from testing_center.rules.codes import ReasonNeeded
from testing_center.rules.delivery import AttemptPaused, AttemptStatus, EndKind, NotAuthorised
from testing_center.rules.sittings import AttemptsRunning, IncidentCategory, SittingNotRunning
from testing_center.rules.time import TimeKind
from testing_center.services import acts, console, delivery, foreseen, pulse, sittings
from testing_center.services.acts import Asked
from tests import closing
from tests.candidates import Candidate

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
MANY = 500  # rows; so many a hall of a few people holds when they begin


class Hall:
    """A running sitting with its candidates, a proctor and an administrator."""

    def __init__(self, make, clock, people: int, **terms) -> None:
        self.make, self.clock = make, clock
        self.sitting_id, entered = make.recall(
            ("hall", people, *sorted(terms.items())), lambda: self._open(people, terms)
        )
        self.candidates = [Candidate.again(clock, *one) for one in entered]
        self.proctor, self.other = make.somebody(Role.PROCTOR), make.somebody(Role.TEST_ADMINISTRATOR)

    def _open(self, people: int, terms):
        """Id of the sitting, and what tells each candidate, at a computer of the hall by now."""
        sitting = self.make.sitting(people=people, **terms)
        entered = [Candidate(self.clock, code).enter().told for code in self.make.codes(sitting)]
        return sitting.id, entered

    def start(self) -> Hall:
        self.make.recall(("begun", self.sitting_id), self._begin, rows=MANY)
        return self

    def _begin(self) -> None:
        for candidate in self.candidates:
            candidate.start()

    @property
    def sitting(self):
        return db.session.get_one(sittings.Sitting, self.sitting_id)

    def ask(self, kind: ActKind, *candidates: Candidate, by=None, **rest):
        asked = Asked(kind, IncidentCategory.TECHNICAL, **({"reason": "the switch"} | rest))
        ids = [candidate.attempt_id for candidate in candidates or self.candidates]
        with transaction():
            return acts.ask(self.sitting, asked, ids, by=by or self.proctor, now=self.clock())

    def confirm(self, act, *, by=None):
        with transaction():
            return acts.confirm(
                hall_queries.get_act(act.id, self.sitting_id, lock=True), by=by or self.other, now=self.clock()
            )

    def decline(self, act, *, reason="It is not so", by=None):
        with transaction():
            return acts.decline(
                hall_queries.get_act(act.id, self.sitting_id, lock=True), reason=reason, by=by or self.other,
                now=self.clock(),
            )  # fmt: skip

    def silent(self, candidate: Candidate, began, ended) -> None:
        with transaction():
            db.session.add(Silence(id=uuid4(), attempt_id=candidate.attempt_id, began_at=began, ended_at=ended))


@pytest.fixture
def hall(make, clock):
    """Two candidates at work on a test of sixty minutes."""
    return Hall(make, clock, 2).start()


def extensions(candidate: Candidate) -> list[Extension]:
    return hall_queries.extensions_of([candidate.attempt_id]).get(candidate.attempt_id, [])


# The clock stands


def test_a_pause_gives_back_exactly_what_it_took(hall, clock):
    one, deadline = hall.candidates[0], hall.candidates[0].attempt.deadline_at
    clock.advance(7 * MINUTE)
    hall.ask(ActKind.PAUSE)
    assert (one.attempt.status, one.attempt.paused_at) == (AttemptStatus.PAUSED, clock())
    took = timedelta(minutes=4, seconds=11, microseconds=123456)
    clock.advance(took)
    hall.ask(ActKind.RESUME)
    attempt = one.attempt
    assert (attempt.status, attempt.paused_at, attempt.deadline_at) == (
        AttemptStatus.IN_PROGRESS,
        None,
        deadline + took,
    )
    [row] = extensions(one)
    assert (row.kind, row.length) == (TimeKind.PAUSE, took)
    assert row.spans == [[audit.plain(clock() - took), audit.plain(clock())]]


def test_while_the_clock_stands_nothing_is_accepted_and_nothing_ends(hall, clock):
    one = hall.candidates[0]
    first = one.save(1, [one.option(1)])
    hall.ask(ActKind.PAUSE)
    clock.advance(timedelta(hours=3))
    assert delivery.close_overdue(now=clock()) == 0
    with pytest.raises(AttemptPaused):
        one.save(2, [one.option(2)])
    with pytest.raises(AttemptPaused):
        one.submit()
    assert one.save(1, [one.option(1)]).receipt == first.receipt  # what was acknowledged before stays so
    hall.ask(ActKind.RESUME)
    assert not one.save(2, [one.option(2)]).late


def test_one_is_paused_and_the_other_goes_on(hall, clock):
    one, other = hall.candidates
    hall.ask(ActKind.PAUSE, one)
    assert (one.attempt.status, other.attempt.status) == (AttemptStatus.PAUSED, AttemptStatus.IN_PROGRESS)
    act = hall.ask(ActKind.PAUSE)  # both: only the one who works can be meant
    assert [target.attempt_id for target in act.targets] == [other.attempt_id]
    with pytest.raises(rules.NobodyConcerned):
        hall.ask(ActKind.PAUSE)


def test_a_sitting_does_not_close_while_a_clock_stands(hall, clock):
    hall.ask(ActKind.PAUSE, hall.candidates[0])
    clock.advance(timedelta(hours=2))
    with pytest.raises(AttemptsRunning), transaction():
        closing.close(hall.sitting, by=hall.proctor, now=clock())


def test_a_test_whose_time_is_over_is_not_paused(hall, clock):
    clock.advance(timedelta(minutes=60, microseconds=1))
    with pytest.raises(rules.NobodyConcerned):
        hall.ask(ActKind.PAUSE)
    clock.advance(-timedelta(microseconds=1))
    hall.ask(ActKind.PAUSE)
    hall.ask(ActKind.RESUME)


@pytest.mark.parametrize("kind", sorted(set(ActKind) - {ActKind.MESSAGE}))
def test_every_act_has_a_reason(hall, kind):
    with pytest.raises(ReasonNeeded):
        hall.ask(kind, reason="  ", minutes=5)


def test_who_asked_before_somebody_else_stopped_the_clock_comes_after_them(hall, clock):
    one, deadline = hall.candidates[0], hall.candidates[0].attempt.deadline_at
    early = clock.advance(MINUTE)
    hall.clock.advance(2 * SECOND)
    hall.ask(ActKind.PAUSE, one)
    with transaction():
        asked = Asked(ActKind.RESUME, IncidentCategory.STAFF, "a slip")
        act = acts.ask(hall.sitting, asked, [one.attempt_id], by=hall.other, now=early)
        assert act.asked_at == clock()
    assert (one.attempt.status, one.attempt.deadline_at) == (AttemptStatus.IN_PROGRESS, deadline)
    with transaction():
        asked = Asked(ActKind.PAUSE, IncidentCategory.STAFF, "once more")
        acts.ask(hall.sitting, asked, [one.attempt_id], by=hall.other, now=early)
    assert one.attempt.paused_at == clock() + timedelta.resolution
    assert extensions(one) == [] and faults() == []


@pytest.mark.parametrize(("ended", "more"), [(-1, 1), (1, 0), (1, -1)])
def test_a_pause_or_an_extension_that_takes_time_away_is_not_even_written(hall, clock, ended, more):
    act, one = hall.ask(ActKind.PAUSE, hall.candidates[0]), hall.candidates[1].attempt_id
    with pytest.raises(IntegrityError), transaction():
        db.session.add(
            Pause(
                id=uuid4(), attempt_id=one, act_id=act.id, began_at=clock(), ended_at=clock() + ended * SECOND,
                ended_by_act_id=act.id,
            )
        )  # fmt: skip
        db.session.add(
            Extension(
                id=uuid4(), attempt_id=one, kind=TimeKind.EXTENSION, length=more * MINUTE, spans=[], act_id=act.id,
                at=clock(),
            )
        )  # fmt: skip
        db.session.flush()


def test_while_the_hall_stands_nobody_begins_who_has_entered(make, clock):
    hall = Hall(make, clock, 2)
    one, other = hall.candidates
    one.start()
    assert pulse.take(other.attempt_id, other.epoch, now=clock()).may_start
    assert len(hall.ask(ActKind.PAUSE).targets) == 2
    assert not pulse.take(other.attempt_id, other.epoch, now=clock()).may_start
    with pytest.raises(NotAuthorised):
        other.start()
    held = {row.number for row in console.look(hall.sitting, now=clock()).rows if row.is_held}
    assert len(held) == 1
    with pytest.raises(rules.NobodyConcerned):
        hall.ask(ActKind.PAUSE)
    clock.advance(4 * MINUTE)
    assert len(hall.ask(ActKind.RESUME).targets) == 2
    with pytest.raises(rules.NobodyConcerned):
        hall.ask(ActKind.RESUME)
    other.start()
    assert (extensions(other), [row.length for row in extensions(one)]) == ([], [4 * MINUTE])
    assert other.attempt.deadline_at == clock() + 60 * MINUTE and faults() == []


# Extensions


def test_up_to_ten_minutes_are_given_by_one_person_at_once(hall, clock):
    one, deadline = hall.candidates[0], hall.candidates[0].attempt.deadline_at
    act = hall.ask(ActKind.EXTEND, one, minutes=10)
    assert (act.status, one.attempt.deadline_at) == (ActStatus.DONE, deadline + 10 * MINUTE)
    assert hall.candidates[1].attempt.deadline_at == deadline


def test_more_than_ten_minutes_all_in_all_wait_for_a_second_person(hall, clock):
    one, deadline = hall.candidates[0], hall.candidates[0].attempt.deadline_at
    hall.ask(ActKind.EXTEND, one, minutes=6)
    act = hall.ask(ActKind.EXTEND, minutes=5)  # for the other it would be five only
    assert act.status == ActStatus.WAITING
    assert one.attempt.deadline_at == deadline + 6 * MINUTE
    with pytest.raises(rules.OtherPersonNeeded):
        hall.confirm(act, by=hall.proctor)
    clock.advance(3 * MINUTE)
    assert hall.confirm(act).status == ActStatus.DONE
    assert one.attempt.deadline_at == deadline + 11 * MINUTE
    with pytest.raises(rules.ActDecided):
        hall.confirm(act)


def test_what_the_second_person_declines_does_not_happen(hall, clock):
    one, deadline = hall.candidates[0], hall.candidates[0].attempt.deadline_at
    act = hall.ask(ActKind.EXTEND, one, minutes=15)
    with pytest.raises(rules.OtherPersonNeeded), transaction():
        acts.decline(act, reason="no", by=hall.proctor, now=clock())
    with pytest.raises(ReasonNeeded):
        hall.decline(act, reason="  ")
    declined = hall.decline(act, reason=" Ten will do ")
    assert (declined.status, declined.decline_reason) == (ActStatus.DECLINED, "Ten will do")
    with pytest.raises(rules.ActDecided):
        hall.confirm(act)
    assert one.attempt.deadline_at == deadline


def test_an_extension_that_is_confirmed_when_the_test_has_ended_lapses_and_says_so(hall, clock):
    act = hall.ask(ActKind.EXTEND, hall.candidates[0], minutes=15)
    hall.candidates[0].submit()
    assert hall.confirm(act).status == ActStatus.LAPSED
    assert extensions(hall.candidates[0]) == []


@pytest.mark.parametrize("minutes", [0, -1, 241])
def test_an_extension_is_of_whole_minutes(hall, minutes):
    with pytest.raises(rules.MinutesInvalid):
        hall.ask(ActKind.EXTEND, minutes=minutes)


def test_answers_count_until_the_new_end_and_the_clock_closes_there(hall, clock):
    one = hall.candidates[0]
    hall.ask(ActKind.EXTEND, one, minutes=10)
    clock.advance(70 * MINUTE)
    assert not one.save(1, [one.option(1)]).late
    clock.advance(SECOND)
    assert delivery.close_overdue(now=clock()) == 2
    attempt = one.attempt
    assert (attempt.end_kind, attempt.ended_at) == (EndKind.DEADLINE, attempt.started_at + 70 * MINUTE)


# What an outage took


def test_an_outage_gives_each_seat_what_was_recorded_there_and_nothing_twice(hall, clock):
    one, other = hall.candidates
    began = clock.advance(10 * MINUTE)
    hall.silent(one, began, began + timedelta(seconds=243.5))
    ended = clock.advance(6 * MINUTE)
    act = hall.ask(ActKind.OUTAGE, window=(began - MINUTE, ended))
    assert [target.attempt_id for target in act.targets] == [one.attempt_id]
    [row] = extensions(one)
    assert (row.kind, row.length, extensions(other)) == (TimeKind.OUTAGE, timedelta(seconds=243.5), [])
    with pytest.raises(rules.NothingLost):
        hall.ask(ActKind.OUTAGE, window=(began, ended))


def test_what_a_pause_gave_back_an_outage_does_not_give_again(hall, clock):
    one = hall.candidates[0]
    began = clock.advance(MINUTE)
    clock.advance(MINUTE)
    hall.ask(ActKind.PAUSE, one)
    ended = clock.advance(3 * MINUTE)
    hall.ask(ActKind.RESUME, one)
    hall.silent(one, began, ended)
    clock.advance(SECOND)
    hall.ask(ActKind.OUTAGE, one, window=(began, ended))
    assert [(row.kind, row.length) for row in extensions(one)] == [
        (TimeKind.PAUSE, 3 * MINUTE), (TimeKind.OUTAGE, MINUTE),
    ]  # fmt: skip


def test_more_than_ten_minutes_of_outage_need_a_second_person(hall, clock):
    began = clock.advance(MINUTE)
    ended = clock.advance(timedelta(minutes=10, microseconds=1))
    hall.silent(hall.candidates[0], began, ended)
    act = hall.ask(ActKind.OUTAGE, window=(began, ended))
    assert act.status == ActStatus.WAITING
    hall.confirm(act)
    assert [row.length for row in extensions(hall.candidates[0])] == [ended - began]


def test_a_silence_in_two_parts_is_one_silence(hall, clock):
    one, began = hall.candidates[0], clock.advance(MINUTE)
    ended = clock.advance(20 * MINUTE)
    hall.silent(one, began, ended)
    first = hall.ask(ActKind.OUTAGE, one, window=(began, began + 10 * MINUTE))
    second = hall.ask(ActKind.OUTAGE, one, window=(began + 10 * MINUTE, ended))
    assert (first.status, second.status) == (ActStatus.DONE, ActStatus.WAITING)
    assert hall.ask(ActKind.EXTEND, one, minutes=1).status == ActStatus.WAITING
    hall.confirm(second)
    assert [row.length for row in extensions(one)] == [10 * MINUTE, 10 * MINUTE]


def test_an_outage_takes_nothing_from_a_test_that_had_not_begun(make, clock):
    hall = Hall(make, clock, 2)
    one, other = hall.candidates
    other.start()
    began = clock.advance(MINUTE)
    clock.advance(3 * MINUTE)
    one.start()
    ended = clock.advance(MINUTE)
    for candidate in hall.candidates:
        hall.silent(candidate, began, ended)
    seen = console.look(hall.sitting, now=clock())
    seen = foreseen.foresee(seen, ActKind.OUTAGE, [1, 2], (began, ended), now=clock())
    hall.ask(ActKind.OUTAGE, window=(began, ended))
    given = {candidate: [row.length for row in extensions(candidate)] for candidate in hall.candidates}
    assert given == {one: [MINUTE], other: [4 * MINUTE]}
    assert sorted(seen.losses.values()) == [MINUTE, 4 * MINUTE]


def test_an_outage_lies_in_the_past(hall, clock):
    with pytest.raises(rules.OutageInvalid):
        hall.ask(ActKind.OUTAGE, window=(clock(), clock() + SECOND))
    with pytest.raises(rules.OutageInvalid):
        hall.ask(ActKind.OUTAGE, window=(clock(), clock()))


# Ending, starting, messages


def test_each_kind_of_act_is_usually_about_something_and_reasons_are_offered():
    assert set(rules.USUALLY) == set(ActKind)
    assert set(rules.REASONS) == set(ActKind) - {ActKind.MESSAGE} and all(rules.REASONS.values())


def test_a_test_is_ended_by_two_of_the_staff_and_scored(hall, clock):
    one = hall.candidates[0]
    one.answer(1, 2)
    act = hall.ask(ActKind.END, one, reason="walked out")
    assert (act.status, one.attempt.status) == (ActStatus.WAITING, AttemptStatus.IN_PROGRESS)
    clock.advance(MINUTE)
    hall.confirm(act)
    attempt = one.attempt
    assert (attempt.end_kind, attempt.ended_at, one.result.score) == (EndKind.STAFF, clock(), 2)


def test_a_paused_test_that_staff_end_has_its_time_accounted_for(hall, clock):
    one = hall.candidates[0]
    clock.advance(59 * MINUTE)
    hall.ask(ActKind.PAUSE, one)
    clock.advance(5 * MINUTE)
    hall.confirm(hall.ask(ActKind.END, one))
    attempt = one.attempt
    assert (attempt.end_kind, attempt.ended_at) == (EndKind.STAFF, clock())
    assert [row.length for row in extensions(one)] == [5 * MINUTE]


def test_where_all_start_together_nobody_starts_before_they_may(make, clock):
    hall = Hall(make, clock, 2)
    with transaction():
        hall.sitting.starts_together = True
    one, other = hall.candidates
    with pytest.raises(NotAuthorised):
        one.start()
    hall.ask(ActKind.AUTHORISE, one)
    assert one.start().attempt.status == AttemptStatus.IN_PROGRESS
    with pytest.raises(NotAuthorised):
        other.start()
    act = hall.ask(ActKind.AUTHORISE)
    assert [target.attempt_id for target in act.targets] == [other.attempt_id]


def test_a_message_reaches_those_who_have_not_ended(hall):
    one, other = hall.candidates
    other.submit()
    act = hall.ask(ActKind.MESSAGE, reason="", wording="  Терезе жабылды.  ")
    assert act.wording == "Терезе жабылды."
    assert [target.act.wording for target in hall_queries.messages_to(one.attempt_id)] == ["Терезе жабылды."]
    assert hall_queries.messages_to(other.attempt_id) == []
    for text in ("", "x" * 301):
        with pytest.raises(rules.MessageInvalid):
            hall.ask(ActKind.MESSAGE, reason="", wording=text)


def test_nothing_is_done_in_a_sitting_that_is_not_open(make, clock):
    hall = Hall(make, clock, 1)
    with transaction():
        closing.close(hall.sitting, by=hall.proctor, now=clock())
    with pytest.raises(SittingNotRunning):
        hall.ask(ActKind.MESSAGE, reason="", wording="x")


# Granted beforehand


def test_time_granted_beforehand_is_there_from_the_start(make, clock):
    sitting = make.sitting(people=1)
    with transaction():
        person = make.participants(sitting)[0]
        person.extra_minutes, person.extra_reason = 30, "low vision"
    one = Candidate(clock, make.codes(sitting)[0]).enter().start()
    assert one.attempt.deadline_at == clock() + 90 * MINUTE
    assert [(row.kind, row.length) for row in extensions(one)] == [(TimeKind.ACCOMMODATION, 30 * MINUTE)]


# The trail


def faults() -> list[str]:
    db.session.rollback()
    return [fault.what for fault in audit.verify()]


def test_the_trail_knows_every_moment_that_was_given(hall, clock):
    hall.ask(ActKind.PAUSE)
    clock.advance(MINUTE)
    hall.ask(ActKind.RESUME)
    hall.ask(ActKind.EXTEND, minutes=5)
    assert faults() == []
    with transaction():
        db.session.get_one(Attempt, hall.candidates[0].attempt_id).deadline_at += SECOND
    assert faults() == ["the order, link, number or deadline of this attempt was altered"]


def test_an_altered_or_missing_extension_is_found(hall, clock):
    hall.ask(ActKind.EXTEND, hall.candidates[0], minutes=5)
    with transaction():
        db.session.scalars(db.select(Extension)).one().length = 6 * MINUTE
    assert faults() == ["time that was given was altered"]
    with transaction():
        db.session.execute(db.delete(Extension))
    assert faults() == ["time that was given is missing from the record"]
