"""¶24: a resume code opens the same test at another workstation, once and for ten minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.rules import Role
from core.db import db, transaction
from testing_center.models.attempts import ResumeToken
from testing_center.rules import codes as rules
from testing_center.rules.codes import InvalidCode
from testing_center.rules.delivery import (
    AttemptClosed,
    ContinuedElsewhere,
)
from testing_center.services import codes
from tests.candidates import Candidate

MINUTE, TICK = timedelta(minutes=1), timedelta(microseconds=1)


@pytest.fixture
def sitting(make):
    """An open sitting of two people who are there."""
    return make.sitting(people=2)


@pytest.fixture
def candidate(make, clock, sitting):
    """The person on the first seat with the slip in hand."""
    return Candidate(clock, make.codes(sitting)[0])


def token(make, candidate: Candidate) -> str:
    """A resume code from the proctor."""
    by = make.user(Role.PROCTOR)
    with transaction():
        return codes.issue_resume_token(
            candidate.attempt, reason="The computer broke down.", by=by, now=candidate.clock()
        )


def test_a_resume_code_opens_the_attempt_here_and_leaves_the_other_window_behind(make, candidate):
    candidate.enter().start()
    old = Candidate(candidate.clock, candidate.code)
    old.attempt_id, old.epoch = candidate.attempt_id, candidate.epoch
    candidate.enter(token(make, candidate), address="192.168.10.99")
    assert (candidate.epoch, candidate.attempt_id) == (2, old.attempt_id)
    assert candidate.attempt.workstation == "192.168.10.99"
    with pytest.raises(ContinuedElsewhere):
        old.save(1, [old.option(1)])
    with pytest.raises(ContinuedElsewhere):
        old.submit()
    with pytest.raises(ContinuedElsewhere):
        old.start()
    candidate.answer(1)


def test_the_answers_saved_before_are_there_at_the_other_workstation(make, candidate):
    candidate.enter().start().answer(1, 2)
    candidate.enter(token(make, candidate))
    candidate.answer(2, right=False, revision=2)
    assert candidate.submit().score == 1


@pytest.mark.parametrize(("waited", "lets_in"), [(rules.RESUME_LASTS, True), (rules.RESUME_LASTS + TICK, False)])
def test_a_resume_code_lasts_ten_minutes_inclusive(make, clock, candidate, waited, lets_in):
    candidate.enter()
    leave = token(make, candidate)
    clock.advance(waited)
    if lets_in:
        assert candidate.enter(leave).epoch == 2
    else:
        with pytest.raises(InvalidCode):
            candidate.enter(leave)


@pytest.mark.parametrize(("wrong", "lets_in"), [(4, True), (5, False)])
def test_a_resume_code_may_be_tried_five_times(make, candidate, wrong, lets_in):
    candidate.enter()
    leave = token(make, candidate)
    for n in range(wrong):
        with pytest.raises(InvalidCode):
            candidate.enter(f"{(int(leave) + n + 1) % 10**8:08}", address=f"10.7.0.{n}")
    if lets_in:
        assert candidate.enter(leave).epoch == 2
    else:
        with pytest.raises(InvalidCode):
            candidate.enter(leave)


def test_a_resume_code_is_used_once(make, candidate):
    candidate.enter()
    leave = token(make, candidate)
    candidate.enter(leave)
    with pytest.raises(InvalidCode):
        candidate.enter(leave)


def test_a_resume_code_that_another_one_replaced_never_works_again(make, clock, candidate):
    candidate.enter()
    first = token(make, candidate)
    clock.advance(MINUTE)
    second = token(make, candidate)
    with pytest.raises(InvalidCode):
        candidate.enter(first)
    candidate.enter(second)
    with pytest.raises(InvalidCode):
        candidate.enter(first)


@pytest.mark.parametrize("typed", ["\ud800", "1234567", "x" * 5000, "0"])
def test_a_malformed_resume_code_is_a_wrong_one_like_any_other(make, candidate, typed):
    candidate.enter()
    token(make, candidate)
    with pytest.raises(InvalidCode):
        candidate.enter(typed)
    assert db.session.query(ResumeToken).one().tries == 1


def test_a_resume_code_needs_a_reason_and_a_test_that_has_not_ended(make, clock, candidate):
    by = make.user(Role.PROCTOR)
    candidate.enter().start()
    with pytest.raises(rules.ReasonNeeded), transaction():
        codes.issue_resume_token(candidate.attempt, reason="  ", by=by, now=clock())
    candidate.submit()
    with pytest.raises(AttemptClosed), transaction():
        codes.issue_resume_token(candidate.attempt, reason="late", by=by, now=clock())


def test_the_resume_code_of_one_candidate_does_not_open_the_test_of_another(make, clock, sitting):
    first, second = (Candidate(clock, code).enter() for code in make.codes(sitting))
    token(make, first)
    other = token(make, second)
    with pytest.raises(InvalidCode):
        first.enter(other)
