"""¶24–26: the test under the clock. Server time decides, an answer is an event, and nothing acknowledged is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.rules import Role
from core import audit, cli
from core.db import BUSY_SECONDS, db, durably, transaction
from question_bank.rules import Navigation
from testing_center.models.attempts import Attempt, Protocol, ResponseEvent, Result
from testing_center.rules import delivery as rules
from testing_center.rules.delivery import AttemptStatus, ContinuedElsewhere, EndKind
from testing_center.services import codes, delivery, saving
from testing_center.services.saving import Receipt
from testing_center.sheets import get_sheet
from tests import closing
from tests.candidates import Candidate, Meanwhile, at_once

MINUTE, TICK = timedelta(minutes=1), timedelta(microseconds=1)


@pytest.fixture
def candidate(make, clock):
    """Somebody who has entered and not yet started: five questions, sixty minutes, cut score three."""
    return Candidate(clock, make.codes(make.sitting(people=1))[0]).enter()


@pytest.fixture
def forward(make, clock):
    """Somebody who has started a test in which one goes forward only."""
    return Candidate(clock, make.codes(make.sitting(people=1, navigation=Navigation.FORWARD))[0]).enter().start()


def events(candidate: Candidate) -> list[ResponseEvent]:
    """What is on disk, in the order in which it was saved."""
    db.session.rollback()
    return list(db.session.scalars(db.select(ResponseEvent).filter_by(attempt_id=candidate.attempt_id).order_by("id")))


def actions(name: str) -> list[audit.AuditEntry]:
    """Entries of the trail with this action."""
    return list(db.session.scalars(db.select(audit.AuditEntry).filter_by(action=name).order_by("number")))


# The start


def test_the_time_runs_from_the_start_and_not_from_the_entry(clock, candidate):
    clock.advance(timedelta(minutes=7))
    attempt = candidate.start().attempt
    assert attempt.started_at == clock()
    assert attempt.deadline_at == clock() + timedelta(minutes=60)
    assert attempt.status == AttemptStatus.IN_PROGRESS


def test_starting_again_changes_nothing(clock, candidate):
    deadline = candidate.start().attempt.deadline_at
    clock.advance(timedelta(minutes=5))
    assert candidate.start("ru").attempt.deadline_at == deadline
    assert len(actions("attempt.started")) == 1


def test_two_windows_that_start_at_the_same_moment_start_one_test(app, candidate):
    assert at_once(app, candidate.start, candidate.start) == [candidate, candidate]
    assert len(actions("attempt.started")) == 1


def test_no_answer_is_accepted_before_the_start(candidate):
    with pytest.raises(rules.AttemptNotStarted):
        candidate.save(1, [candidate.option(1)])
    with pytest.raises(rules.AttemptNotStarted):
        candidate.submit()
    assert events(candidate) == []


def test_a_test_does_not_start_in_a_sitting_that_has_closed(make, clock, candidate):
    sitting, by = candidate.attempt.sitting, make.user()
    with transaction():
        closing.close(sitting, by=by, now=clock())
    with pytest.raises(rules.AttemptClosed):
        candidate.start()
    attempt = candidate.attempt
    assert (attempt.status, attempt.end_kind, attempt.started_at) == (AttemptStatus.ENDED, EndKind.NOT_STARTED, None)
    with pytest.raises(rules.AttemptNotStarted):
        candidate.submit()


def test_a_test_that_has_ended_does_not_start_again(candidate):
    candidate.start().submit()
    with pytest.raises(rules.AttemptClosed):
        candidate.start()


# Saving


def test_each_answer_is_an_event_and_none_is_ever_changed(clock, candidate):
    candidate.start()
    for revision, index in enumerate((0, 1, 0), 1):
        clock.advance(MINUTE)
        candidate.save(2, [candidate.option(2, index)], revision)
    kept = [(e.revision, e.response, e.epoch, e.is_late) for e in events(candidate)]
    assert kept == [(n, [candidate.option(2, index)], 1, False) for n, index in enumerate((0, 1, 0), 1)]
    assert len({e.saved_at for e in events(candidate)}) == 3


def test_the_receipt_says_what_is_on_disk(clock, candidate):
    candidate.start()
    clock.advance(timedelta(seconds=90.5))
    receipt = candidate.save(3, [candidate.option(3)], flagged=True)
    assert (receipt.position, receipt.revision, receipt.flagged, receipt.late) == (3, 1, True, False)
    assert receipt.saved_at == clock()
    assert receipt.remaining_seconds == 60 * 60 - 91
    assert receipt.response == tuple(events(candidate)[0].response)


def test_the_same_save_again_gives_the_same_receipt_and_no_second_event(clock, candidate):
    candidate.start()
    first = candidate.save(1, [candidate.option(1)], flagged=True)
    clock.advance(timedelta(seconds=8))
    again = candidate.save(1, [candidate.option(1)], flagged=True)
    assert (again.receipt, again.saved_at) == (first.receipt, first.saved_at)
    assert len(events(candidate)) == 1


def test_a_save_and_its_retry_that_overtakes_it_are_one(app, candidate):
    """The first is not committed when the same one arrives again: it waits, and gets the same receipt."""
    candidate.start()
    option = candidate.option(1)
    retry = Meanwhile(app, lambda: candidate.save(1, [option]))
    place, sheet = delivery.place_of(candidate.attempt_id, 1), get_sheet(candidate.attempt.form_id)
    sent = saving._Sent(candidate.attempt_id, 1, 1, place, (option,), 1, None, candidate.clock())

    def overtaken(connection):
        saved, _deadline_at = saving._save(sent, sheet, connection)
        retry.begin()
        return saved

    saved = durably(overtaken)
    second = retry.end()
    assert isinstance(second, Receipt), second
    assert (second.saved_at, second.receipt) == (saved.saved_at, candidate.save(1, [option]).receipt)
    assert len(events(candidate)) == 1


def test_of_two_tabs_that_answer_at_the_same_moment_one_is_told_of_the_other(app, candidate):
    candidate.start()
    options = [candidate.option(1, index) for index in range(4)]
    got = at_once(app, *(lambda o=option: candidate.save(1, [o]) for option in options))
    saved = [one for one in got if isinstance(one, Receipt)]
    refused = [one for one in got if isinstance(one, rules.StaleRevision)]
    assert (len(saved), len(refused)) == (1, 3)
    assert all(one.answer["response"] == list(saved[0].response) for one in refused)


def test_the_other_tab_is_refused_with_the_answer_in_force(candidate):
    candidate.start()
    candidate.save(1, [candidate.option(1, 0)])
    candidate.save(1, [candidate.option(1, 1)], 2)
    for revision, index in [(1, 0), (2, 2), (1, 3)]:
        with pytest.raises(rules.StaleRevision) as refused:
            candidate.save(1, [candidate.option(1, index)], revision)
        assert refused.value.answer == {"response": [candidate.option(1, 1)], "revision": 2, "flagged": False}
    assert len(events(candidate)) == 2


def test_answers_to_different_questions_do_not_get_into_each_others_way(app, candidate):
    candidate.start()
    options = {position: candidate.option(position) for position in range(1, 6)}
    got = at_once(app, *(lambda p=position: candidate.save(p, [options[p]]) for position in options))
    assert all(isinstance(one, Receipt) for one in got), got
    assert candidate.submit().score == 5


def test_a_flag_stays_until_it_is_taken_off(candidate):
    candidate.start()
    assert candidate.save(1, [candidate.option(1)], 1, flagged=True).flagged
    assert candidate.save(1, [], 2).flagged
    assert not candidate.save(1, [], 3, flagged=False).flagged


def test_an_empty_answer_withdraws_the_one_before(candidate):
    candidate.start().answer(1, 2, 3)
    candidate.save(3, [], 2)
    assert candidate.submit().score == 2


@pytest.mark.parametrize("position", [0, 6, -1, 10**30])
def test_there_is_no_question_outside_the_test(candidate, position):
    candidate.start()
    with pytest.raises(rules.NoSuchPosition):
        candidate.save(position, [])


def test_an_option_of_another_question_or_of_another_form_is_not_understood(make, clock, candidate):
    candidate.start()
    other = Candidate(clock, make.codes(make.sitting(people=1))[0]).enter().start()
    for option in (candidate.option(2), other.option(1)):
        with pytest.raises(rules.InvalidResponse):
            candidate.save(1, [option])
    assert events(candidate) == []


def test_each_save_notes_the_language_in_which_the_question_was_read(clock, candidate):
    candidate.start("ru").answer(1)
    with transaction():
        delivery.set_language(candidate.attempt_id, 1, "ky", now=clock())
    candidate.answer(2)
    assert [event.language for event in events(candidate)] == ["ru", "ky"]
    assert len(actions("attempt.language_changed")) == 1
    assert candidate.submit().score == 2


def test_a_language_that_the_test_does_not_have_is_refused(clock, candidate):
    for language in ("en", "", "xx"):
        with pytest.raises(rules.InvalidResponse), transaction():
            delivery.set_language(candidate.attempt_id, 1, language, now=clock())
    assert candidate.start("en").attempt.language == "ky"


# Forward only


def test_in_a_forward_test_no_question_is_answered_after_it_was_left_and_none_is_skipped(forward):
    forward.answer(1)
    forward.answer(2)
    for position in (1, 4):
        with pytest.raises(rules.NoWayBack):
            forward.answer(position, revision=2)
    forward.answer(3)
    assert forward.attempt.reached == 3


def test_in_a_forward_test_a_retry_of_an_acknowledged_answer_is_still_answered(forward):
    first = forward.save(1, [forward.option(1)])
    forward.answer(2)
    assert forward.save(1, [forward.option(1)]).receipt == first.receipt


def test_in_a_forward_test_opening_the_next_question_leaves_this_one(forward):
    with transaction():
        delivery.open_position(forward.attempt, 2)
    with pytest.raises(rules.NoWayBack):
        forward.answer(1)
    with pytest.raises(rules.NoWayBack), transaction():
        delivery.open_position(forward.attempt, 4)


# The deadline


def test_an_answer_at_the_deadline_itself_counts(clock, candidate):
    candidate.start()
    clock.advance(timedelta(minutes=60))
    assert candidate.save(1, [candidate.option(1)]).remaining_seconds == 0
    assert candidate.submit().score == 1


def test_an_answer_after_the_deadline_is_kept_not_scored_and_the_test_ends_at_its_deadline(clock, candidate):
    deadline = candidate.start().attempt.deadline_at
    candidate.answer(1)
    clock.advance(timedelta(minutes=60) + TICK)
    assert candidate.save(2, [candidate.option(2)]).late
    attempt = candidate.attempt
    assert (attempt.status, attempt.end_kind, attempt.ended_at) == (AttemptStatus.ENDED, EndKind.DEADLINE, deadline)
    assert [(event.place, event.is_late) for event in events(candidate)] == [
        (delivery.place_of(attempt.id, 1), False), (delivery.place_of(attempt.id, 2), True),
    ]  # fmt: skip
    assert candidate.result.score == 1
    assert len(actions("response.late")) == 1


def test_a_late_answer_to_an_answered_question_does_not_touch_the_one_in_time(clock, candidate):
    candidate.start().answer(1)
    clock.advance(timedelta(hours=2))
    assert candidate.save(1, [candidate.option(1, 1)], 2).late
    assert candidate.result.score == 1


def test_a_retry_of_an_answer_acknowledged_in_time_is_not_called_late(clock, candidate):
    candidate.start()
    first = candidate.save(1, [candidate.option(1)])
    clock.advance(timedelta(hours=2))
    again = candidate.save(1, [candidate.option(1)])
    assert (again.receipt, again.late) == (first.receipt, False)
    assert candidate.submit().score == 1
    assert candidate.save(1, [candidate.option(1)]).receipt == first.receipt
    assert len(events(candidate)) == 1


def test_late_answers_of_two_windows_are_both_kept_and_a_retry_is_kept_once(clock, candidate):
    candidate.start()
    clock.advance(timedelta(hours=2))
    for index in (0, 1, 1, 0):
        assert candidate.save(1, [candidate.option(1, index)]).late
    assert [event.response for event in events(candidate)] == [[candidate.option(1, 0)], [candidate.option(1, 1)]]
    assert all(event.is_late for event in events(candidate))
    assert candidate.result.score == 0


def test_of_a_question_a_few_late_answers_are_kept_and_then_no_more(clock, candidate):
    candidate.start().submit()
    kept = [candidate.save(1, [candidate.option(1, number % 4)], number + 1) for number in range(20)]
    assert all(receipt.late for receipt in kept)
    assert [receipt.kept for receipt in kept] == [True] * rules.LATE_MOST + [False] * (20 - rules.LATE_MOST)
    assert candidate.save(1, [candidate.option(1, 0)], 1).kept  # the same again is there
    assert candidate.save(2, [candidate.option(2)]).kept  # of another question as well
    assert len(events(candidate)) == len(actions("response.late")) == rules.LATE_MOST + 1


def test_what_a_workstation_had_not_sent_when_it_was_left_is_refused_and_kept(make, clock, candidate):
    candidate.start().answer(1)
    old = Candidate.again(clock, *candidate.told)
    by = make.somebody(Role.PROCTOR)
    with transaction():
        token = codes.issue_resume_token(candidate.attempt, reason="PC", by=by, now=clock())
    candidate.enter(token)
    for number in range(20):
        with pytest.raises(ContinuedElsewhere):
            old.save(2, [old.option(2, number % 4)], number + 1)
    with pytest.raises(ContinuedElsewhere):
        old.answer(1)  # it was acknowledged: nothing is kept a second time
    with pytest.raises(ContinuedElsewhere):
        old.save(3, ["nonsense"])
    left = [event for event in events(candidate) if event.is_late]
    assert [(event.epoch, event.revision) for event in left] == [(1, number + 1) for number in range(rules.LATE_MOST)]
    assert len(events(candidate)) == rules.LATE_MOST + 1
    assert candidate.submit().score == 1
    db.session.rollback()
    assert list(audit.verify()) == []


def test_an_answer_after_the_candidate_has_finished_is_kept_and_not_scored(clock, candidate):
    candidate.start().submit()
    assert candidate.save(1, [candidate.option(1)]).late
    assert [event.is_late for event in events(candidate)] == [True]
    assert candidate.result.score == 0


def test_with_nobody_connected_the_test_ends_at_its_deadline_though_it_is_noticed_hours_later(clock, candidate):
    deadline = candidate.start().attempt.deadline_at
    candidate.answer(1, 2, 3)
    clock.advance(timedelta(hours=9))
    assert cli.sweep_once() == ["Attempts closed at their deadline: 1."]
    attempt = candidate.attempt
    assert (attempt.end_kind, attempt.ended_at) == (EndKind.DEADLINE, deadline)
    assert (candidate.result.score, candidate.result.created_at) == (3, clock())
    assert cli.sweep_once() == []


def test_the_sweeper_waits_for_answers_that_came_in_time_and_still_wait_for_the_disk(clock, candidate):
    candidate.start()
    clock.advance(timedelta(minutes=60))
    came_in_time = clock()
    clock.advance(timedelta(seconds=BUSY_SECONDS))
    assert cli.sweep_once() == []
    clock.at = came_in_time  # as the request has it that has waited since
    assert not candidate.save(1, [candidate.option(1)]).late
    clock.advance(timedelta(seconds=BUSY_SECONDS + 2))
    assert cli.sweep_once() == ["Attempts closed at their deadline: 1."]
    assert candidate.result.score == 1


@pytest.mark.parametrize(("elapsed", "closed"), [(timedelta(minutes=60), 0), (timedelta(minutes=60) + TICK, 1)])
def test_the_sweeper_closes_nothing_before_the_deadline_has_passed(clock, candidate, elapsed, closed):
    candidate.start()
    clock.advance(elapsed)
    assert delivery.close_overdue(now=clock()) == closed


def test_the_sweeper_leaves_alone_who_has_not_started(clock, candidate):
    clock.advance(timedelta(days=1))
    assert delivery.close_overdue(now=clock()) == 0
    assert candidate.attempt.status == AttemptStatus.READY


def test_an_attempt_that_was_tampered_with_does_not_hold_up_the_others(make, clock):
    first, second = (Candidate(clock, code).enter().start() for code in make.codes(make.sitting(people=2)))
    with transaction():
        first.attempt.link_sealed = second.attempt.link_sealed
    clock.advance(timedelta(hours=2))
    assert delivery.close_overdue(now=clock()) == 1
    assert (first.attempt.status, second.attempt.status) == (AttemptStatus.IN_PROGRESS, AttemptStatus.ENDED)


def test_the_closing_at_the_deadline_is_the_same_for_one_who_looks_and_for_the_sweeper(app, clock, candidate):
    candidate.start()
    clock.advance(timedelta(hours=2))
    at_once(app, lambda: delivery.close_overdue(now=clock()), candidate.submit, lambda: candidate.save(1, []))
    assert db.session.query(Result).count() == db.session.query(Protocol).count() == 1
    assert len(actions("attempt.ended")) == 1
    assert candidate.attempt.end_kind == EndKind.DEADLINE


def test_an_answer_that_races_the_closing_is_either_scored_or_late_never_lost(app, make, clock):
    """Five candidates: one save a hair before the deadline, the sweeper a hair after, both at once."""
    people = [Candidate(clock, code).enter().start() for code in make.codes(make.sitting(people=5))]
    clock.advance(timedelta(minutes=60))
    options = [person.option(1) for person in people]
    saves = [lambda p=person, o=option: p.save(1, [o]) for person, option in zip(people, options, strict=True)]
    got = at_once(app, *saves, lambda: delivery.close_overdue(now=clock() + TICK))
    for person, receipt in zip(people, got, strict=False):
        assert isinstance(receipt, Receipt), receipt
        clock.advance(TICK)
        delivery.close_overdue(now=clock())
        assert [event.is_late for event in events(person)] == [receipt.late]
        assert person.result.score == (0 if receipt.late else 1)
    assert list(audit.verify()) == []


# The end


def test_the_candidate_ends_the_test_and_it_stays_ended(clock, candidate):
    candidate.start().answer(1, 2, 3, 4)
    clock.advance(timedelta(minutes=30))
    result = candidate.submit()
    attempt = candidate.attempt
    assert (attempt.status, attempt.end_kind, attempt.ended_at) == (AttemptStatus.ENDED, EndKind.SUBMITTED, clock())
    clock.advance(timedelta(hours=3))
    again = candidate.submit()
    assert (again.id, again.score) == (result.id, 4)
    assert candidate.attempt.ended_at == clock() - timedelta(hours=3)
    assert len(actions("attempt.ended")) == 1


def test_finishing_twice_at_the_same_moment_ends_the_test_once(app, candidate):
    candidate.start().answer(1)
    got = at_once(app, *(lambda: candidate.submit().id for _ in range(3)))
    assert len(set(got)) == 1
    assert len(actions("attempt.ended")) == 1


@pytest.mark.parametrize(
    ("elapsed", "kind"), [(timedelta(minutes=60), EndKind.SUBMITTED), (timedelta(minutes=60) + TICK, EndKind.DEADLINE)]
)
def test_who_finishes_after_the_deadline_finished_at_the_deadline(clock, candidate, elapsed, kind):
    deadline = candidate.start().attempt.deadline_at
    clock.advance(elapsed)
    candidate.submit()
    assert (candidate.attempt.end_kind, candidate.attempt.ended_at) == (kind, deadline)


def test_33_the_hour_of_the_appeal_runs_from_the_later_of_both_ends(make, clock, candidate):
    candidate.start().submit()
    own_end, sitting = clock(), candidate.attempt.sitting
    assert delivery.appeal_until(candidate.attempt, sitting, now=clock()) == own_end + timedelta(hours=1)
    clock.advance(timedelta(hours=2))
    assert delivery.appeal_until(candidate.attempt, sitting, now=clock()) == clock() + timedelta(hours=1)
    by = make.user()
    with transaction():
        closing.close(sitting, by=by, now=clock())
    closed = clock()
    clock.advance(timedelta(hours=5))
    assert delivery.appeal_until(candidate.attempt, candidate.attempt.sitting, now=clock()) == closed + timedelta(
        hours=1
    )


def test_33_there_is_no_hour_of_appeal_before_the_end(clock, candidate):
    with pytest.raises(rules.AttemptOpen):
        delivery.appeal_until(candidate.start().attempt, candidate.attempt.sitting, now=clock())


def test_the_sitting_cannot_be_closed_over_somebody_who_is_working(make, clock, candidate):
    from testing_center.rules.sittings import AttemptsRunning

    sitting, by = candidate.start().attempt.sitting, make.user()
    with pytest.raises(AttemptsRunning), transaction():
        closing.close(sitting, by=by, now=clock())
    assert candidate.save(1, [candidate.option(1)]).revision == 1


def test_the_questions_are_what_the_sealed_form_says(candidate):
    sheet = get_sheet(candidate.start().attempt.form_id)
    assert bytes.fromhex(sheet.digest) == candidate.attempt.form.digest
    assert not {"key", "rationale", "difficulty", "source", "author"} & set(type(sheet.items[1]).__slots__)
    assert db.session.query(Attempt).count() == 1
