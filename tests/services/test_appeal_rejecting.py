"""¶33, in person: what somebody else filed at a candidate's workstation is rejected, and the candidate files theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from accounts.rules import Role
from appeals import queries
from appeals.rules.filing import AppealExists, FilingWindowClosed, PersonNotConfirmed
from appeals.rules.states import AppealNotOpen, AppealOutcome, AppealStatus
from appeals.rules.withdrawing import PersonWasConfirmed, RejectionTooLate, RejectionUnexplained
from appeals.services import declarations, filing, rejecting
from core import audit
from core.db import db, transaction
from core.outbox import Letter
from ranking.rules.outcome import Status
from ranking.services.state import standing
from testing_center.rules.sittings import NotProctorHere
from tests.appeal_scene import AppealScene

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def scene(make, clock):
    """A closed sitting; somebody has filed at the workstation of its one candidate."""
    scene = AppealScene(make, clock)
    scene.file(grounds="Башка бирөө.")
    return scene


def rejected(scene):
    """What was rejected of the first candidate's result."""
    return queries.rejected_of(scene.attempt().id)


def faults() -> list[str]:
    db.session.rollback()
    return [fault.what for fault in audit.verify()]


def test_33_an_appeal_of_somebody_else_is_rejected_with_a_reason_by_whom_and_when(scene, clock):
    scene.reject(reason="  Башка киши отурган. ")
    [appeal] = rejected(scene)
    assert (appeal.status, appeal.lapsed_at, appeal.rejected_by_id, appeal.rejected_reason) == (
        AppealStatus.REJECTED, clock(), scene.proctor.id, "Башка киши отурган.",
    )  # fmt: skip
    assert queries.open_appeals([scene.sitting_id]) == [] and faults() == []


def test_33_within_the_hour_the_true_person_files_their_own_and_is_heard(scene, clock):
    first = scene.appeal().number
    scene.reject()
    clock.at = scene.sitting.closed_at + HOUR
    own = scene.file(grounds="Өзүм.")
    assert (own.number, filing.application_content(own)["number"]) == (f"{first}2", f"{first}2")
    with pytest.raises(AppealExists, match=own.number):
        scene.file()
    scene.confirm()
    scene.open()
    scene.view()
    scene.all_vote(AppealOutcome.DISMISSED)
    scene.decide()
    assert scene.appeal().status == AppealStatus.DECIDED and [one.number for one in rejected(scene)] == [first]
    assert faults() == []


def test_33_the_hour_itself_is_not_longer_for_it(scene, clock):
    scene.reject()
    clock.at = scene.sitting.closed_at + HOUR + SECOND
    with pytest.raises(FilingWindowClosed):
        scene.file()


@pytest.mark.parametrize("after", [timedelta(minutes=59, seconds=59), timedelta(minutes=60)])
def test_33_inside_the_hour_its_last_moment_included_it_is_rejected_and_the_true_person_can_still_file(
    scene, clock, after
):
    clock.at = scene.sitting.closed_at + after
    scene.reject()
    scene.file(grounds="Өзүм.")
    assert scene.appeal().status == AppealStatus.FILED and len(rejected(scene)) == 1


@pytest.mark.parametrize("after", [timedelta(minutes=60, seconds=1), timedelta(days=30)])
def test_33_after_the_hour_a_proctor_alone_ends_no_appeal_for_ever(scene, clock, after):
    clock.at = scene.sitting.closed_at + after
    with pytest.raises(RejectionTooLate) as refused:
        scene.reject()
    assert refused.value.params == {"until": "28.11.2026 11:00:00"}
    assert scene.appeal().status == AppealStatus.FILED and rejected(scene) == []
    assert db.session.scalars(db.select(Letter).filter_by(kind="appeal.rejected")).all() == []


def test_33_while_the_sitting_runs_the_hour_does_not_close_for_a_rejection_either(make, clock):
    scene = AppealScene(make, clock, close=False)
    scene.file()
    clock.advance(3 * HOUR)
    scene.reject()
    scene.file()
    [letter] = db.session.scalars(db.select(Letter).filter_by(kind="appeal.rejected"))
    scene.close_sitting()
    assert "кеминде" in letter.body or "at least" in letter.body
    assert scene.appeal().status == AppealStatus.FILED


def test_33_35_after_the_hour_an_unrecognised_appeal_ends_still_recognised_later_it_is_heard(scene, clock):
    clock.at = scene.sitting.closed_at + HOUR + SECOND
    with pytest.raises(RejectionTooLate):
        scene.reject()
    scene.invite()
    clock.advance(timedelta(hours=24))
    scene.confirm()
    scene.open()
    scene.view()
    scene.all_vote(AppealOutcome.DISMISSED)
    scene.decide()
    assert scene.appeal().status == AppealStatus.DECIDED and faults() == []


def test_33_35_or_nobody_comes_who_can_be_recognised_and_it_lapses(scene, clock):
    clock.at = scene.sitting.closed_at + HOUR + SECOND
    scene.invite()
    clock.advance(timedelta(hours=24, minutes=15, seconds=1))
    with pytest.raises(PersonNotConfirmed):
        scene.open()
    scene.lapse()
    assert scene.appeal().status == AppealStatus.LAPSED and scene.appeal().confirmed_at is None
    assert queries.open_appeals([scene.sitting_id]) == [] and faults() == []


def test_33_a_stranger_who_files_again_is_rejected_again(scene):
    first = scene.appeal().number
    for _ in range(2):
        scene.reject()
        scene.file()
    assert [one.number for one in rejected(scene)] == [first, f"{first}2"] and scene.appeal().number == f"{first}3"


def test_33_no_hearing_follows(scene):
    appeal_id = scene.appeal().id
    scene.reject()
    for act in (
        lambda appeal: filing.confirm_person(appeal, by=scene.proctor, now=scene.clock()),
        lambda appeal: declarations.declare(appeal, by=scene.chair, now=scene.clock()),
    ):
        with pytest.raises(AppealNotOpen), transaction():
            act(queries.get_appeal(appeal_id))


def test_33_whoever_was_recognised_by_document_is_not_rejected(scene):
    scene.confirm()
    with pytest.raises(PersonWasConfirmed):
        scene.reject()


def test_33_a_reason_is_stated_and_only_who_runs_the_sitting_states_it(make, scene):
    with pytest.raises(RejectionUnexplained):
        scene.reject(reason="  ")
    for by in (make.user(Role.PROCTOR), scene.chair):
        with pytest.raises(NotProctorHere):
            scene.reject(by=by)
    assert scene.appeal().status == AppealStatus.FILED
    scene.reject(by=scene.administrator)
    with pytest.raises(AppealNotOpen), transaction():
        filing.confirm_person(rejected(scene)[0], by=scene.proctor, now=scene.clock())


def test_29_it_does_not_hold_the_ranking_back_the_candidates_own_does(scene, clock):
    def status() -> Status:
        db.session.rollback()
        return standing(scene.attempt().competition, now=clock()).status

    scene.reject()
    own = scene.file()
    clock.at = scene.sitting.closed_at + HOUR + MINUTE
    assert own.status == AppealStatus.FILED and status() == Status.APPEALS
    scene.withdraw()
    assert status() not in (Status.APPEALS, Status.TESTING)


def test_the_candidate_is_told_by_letter_and_until_when_they_may_file(scene, clock):
    number = scene.appeal().number
    scene.reject()
    [letter] = db.session.scalars(db.select(Letter).filter_by(kind="appeal.rejected"))
    assert number in letter.body and "11:00" in letter.body


@pytest.mark.parametrize(
    ("altered", "told"),
    [
        ("rejected_reason = 'x'", "the reason of this rejection"), ("rejected_reason = NULL", "the reason of this"),
        ("rejected_by_id = (SELECT approved_by_id FROM commission)", "the rejection of this appeal"),
        ("status = 'filed', rejected_by_id = NULL", "the rejection of this appeal"),
        ("status = 'lapsed', rejected_by_id = NULL", "the state of this appeal"),
    ],
)  # fmt: skip
def test_a_rejection_altered_afterwards_is_found(scene, altered, told):
    scene.reject()
    with transaction():
        db.session.execute(db.text(f"UPDATE appeal SET {altered}"))
    assert any(told in fault for fault in faults())


@pytest.mark.parametrize(
    "altered", ["status = 'filed', rejected_by_id = NULL", "confirmed_at = filed_at, confirmed_by_id = rejected_by_id"]
)
def test_the_database_itself_keeps_one_appeal_of_an_attempt_and_no_rejection_of_a_recognised_person(scene, altered):
    scene.reject()
    scene.file()
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(db.text(f"UPDATE appeal SET {altered} WHERE status = 'rejected'"))


def test_33_what_was_withdrawn_or_rejected_already_is_not_rejected(scene):
    appeal_id = scene.appeal().id
    scene.reject()
    with pytest.raises(AppealNotOpen), transaction():
        rejecting.reject(queries.get_appeal(appeal_id), "Дагы.", by=scene.proctor, now=scene.clock())
    scene.file()
    scene.withdraw()
    with pytest.raises(AppealNotOpen):
        scene.reject()
    assert [one.rejected_reason for one in rejected(scene)] == ["Башка киши отурган."]
