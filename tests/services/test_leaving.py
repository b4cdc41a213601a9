"""Leaving a workstation ends the session: a copied cookie opens nothing any more, and the candidate may go on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.rules import Role
from core.clock import ManualClock
from core.db import transaction
from testing_center.rules.codes import InvalidCode
from testing_center.rules.delivery import ContinuedElsewhere
from testing_center.services import codes, delivery, pulse
from tests.candidates import Candidate
from tests.factories import Make


@pytest.fixture
def candidate(make: Make, clock: ManualClock) -> Candidate:
    """Somebody who has entered."""
    return Candidate(clock, make.codes(make.sitting(people=1))[0]).enter()


def leave(candidate: Candidate) -> bool:
    """Press "Leave this computer"."""
    with transaction():
        return delivery.leave(candidate.attempt_id, candidate.epoch, now=candidate.clock())


def test_whoever_left_before_the_start_goes_on_by_the_proctors_token_and_the_old_cookie_does_not(
    make: Make, candidate: Candidate
) -> None:
    assert leave(candidate)
    copied: list[Callable[[], object]] = [
        candidate.start, candidate.submit, lambda: candidate.save(1, []),
        lambda: pulse.take(candidate.attempt_id, candidate.epoch, now=candidate.clock()),
    ]  # fmt: skip
    for act in copied:
        with pytest.raises(ContinuedElsewhere):
            act()
    with pytest.raises(InvalidCode):
        candidate.enter()
    by = make.user(Role.PROCTOR)
    with transaction():
        token = codes.issue_resume_token(candidate.attempt, reason="Left by mistake", by=by, now=candidate.clock())
    assert candidate.enter(token).start().save(1, [candidate.option(1)]).revision == 1
    assert candidate.submit().score == 1


def test_a_second_press_leaves_as_well_and_changes_nothing(candidate: Candidate) -> None:
    assert leave(candidate)
    assert leave(candidate)
    assert candidate.attempt.epoch == candidate.epoch + 1


def test_nobody_leaves_in_mid_test_and_everybody_after_it(candidate: Candidate) -> None:
    candidate.start()
    assert not leave(candidate)
    candidate.submit()
    assert leave(candidate)
    assert candidate.result.score == 0


def test_a_test_whose_time_has_run_out_is_closed_by_leaving(candidate: Candidate) -> None:
    deadline = candidate.start().attempt.deadline_at
    assert deadline
    candidate.clock.advance(deadline - candidate.clock() + candidate.clock.at.resolution)
    assert leave(candidate)
    assert candidate.attempt.ended_at == deadline
