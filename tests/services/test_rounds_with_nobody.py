"""¶28–29: tie-breaks come to an end, also where nobody comes or nobody may come; their two days run from the tie."""

from __future__ import annotations

from datetime import timedelta

import pytest

from competitions.models import Bar
from core import audit, outbox
from core.db import db, transaction
from ranking import queries
from ranking.rules.acts import ActKind
from ranking.rules.outcome import RoundState, Status
from ranking.rules.tie_break import Absence, TieBreakNotDue
from ranking.services.state import Wait
from testing_center.services.links import participant_of
from tests.ranking_scene import RankingScene

DAY = timedelta(days=1)


@pytest.fixture
def scene(make, clock):
    """Two who share the first place, and one below them."""
    found = RankingScene(make, clock)
    found.codes = found.test([8, 8, 5])
    found.after_appeals()
    return found


def bar(scene, *codes, days=365):
    """These fail another test meanwhile."""
    db.session.rollback()
    with transaction():
        for code in codes:
            attempt, today = queries.attempt_by_number(code), scene.clock().date()
            db.session.add(
                Bar(
                    person_id=participant_of(attempt).person_id, failed_on=today, returns_on=today + days * DAY,
                    law_version=attempt.law_version, created_at=scene.clock(),
                )
            )  # fmt: skip


def letters(kind):
    return db.session.scalar(db.select(db.func.count()).select_from(outbox.Letter).filter_by(kind=kind))


def called():
    """What the trail says of each call."""
    entries = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="tie_break.called"))
    return [audit.facts(entry) for entry in entries]


def over(scene, a, b):
    """Decided without a winner: nothing follows but a new announcement."""
    found = scene.standing()
    assert (found.status, found.winner, found.outcome.is_in_vain) == (Status.DECIDED, None, True)
    assert (found.outcome.tied, found.may_follow) == ({a, b}, (ActKind.ANNOUNCE_ANEW,))
    assert [one.state for one in found.tie_breaks] == [RoundState.HELD] * 2
    assert scene.sweep() == 0 and list(audit.verify()) == []


def test_nobody_comes_twice_and_no_third_test_is_called(scene):
    a, b, _third = scene.codes
    assert scene.tie({a: None, b: None}).status == Status.TIE_BREAK
    scene.tie({a: None, b: None})
    over(scene, a, b)


def test_both_are_barred_before_the_call_so_both_rounds_are_over_when_they_are_called(scene):
    a, b, _third = scene.codes
    bar(scene, a, b)
    assert scene.sweep() == 1
    assert scene.standing().tie_breaks[0].absences == {a: Absence.BARRED, b: Absence.BARRED}
    assert queries.to_arrange(scene.clock()) == []
    with pytest.raises(TieBreakNotDue):
        scene.arrange()
    assert scene.sweep() == 1
    assert letters("tie_break.called") == 0
    over(scene, a, b)


def test_both_are_barred_before_it_is_arranged_which_stays_written_down(scene):
    a, b, _third = scene.codes
    scene.sweep()
    assert queries.to_arrange(scene.clock()) == [scene.last_round()]
    bar(scene, a, b)
    assert scene.arrange() is None
    found = scene.standing()
    assert (found.tie_breaks[0].state, found.tie_breaks[0].sitting) == (RoundState.HELD, None)
    scene.sweep()
    over(scene, a, b)


def test_one_is_barred_when_it_is_called_and_the_other_is_tested_alone(scene):
    a, b, _third = scene.codes
    bar(scene, a)
    scene.sweep()
    assert letters("tie_break.called") == 1
    scene.hold({a: None, b: 1})
    scene.after_appeals()
    scene.sweep()
    found = scene.standing()
    assert (found.winner, found.tie_breaks[0].absences) == (b, {a: Absence.BARRED})


def test_who_may_return_before_the_deadline_is_called(scene):
    a, b, _third = scene.codes
    bar(scene, a, b, days=2)
    scene.sweep()
    assert scene.standing().awaited[0].kind == Wait.TIE_BREAK_PLACE


def test_a_bar_that_was_taken_out_of_the_round_is_found(scene):
    a, b, _third = scene.codes
    bar(scene, a, b)
    scene.sweep()
    with transaction():
        scene.last_round().places[0].absence = None
    assert "who was barred from this tie-break was altered" in [fault.what for fault in audit.verify()]


def test_29_the_two_days_run_from_the_tie_not_from_the_sweep(scene):
    tied = scene.clock() - timedelta(seconds=1)
    scene.clock.advance(timedelta(hours=20))
    scene.sweep()
    assert scene.last_round().deadline_at == tied + 2 * DAY
    assert [(one["is_late"], one["tied_since"]) for one in called()] == [(False, audit.plain({"at": tied})["at"])]


def test_29_a_call_after_the_two_days_is_late_and_says_so(scene):
    scene.clock.advance(9 * DAY)
    scene.sweep()
    assert scene.last_round().deadline_at == scene.clock() + 2 * DAY
    assert [one["is_late"] for one in called()] == [True]


def test_29_after_a_round_that_lapsed_the_days_run_from_its_deadline(scene):
    scene.sweep()
    first = scene.last_round().deadline_at
    scene.clock.at = first + timedelta(hours=3)
    scene.sweep()
    assert scene.last_round().deadline_at == first + 2 * DAY
    assert list(audit.verify()) == []
