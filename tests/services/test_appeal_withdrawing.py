"""¶33: the candidate alone takes an appeal back, at their own screen with their code, or by a signed paper."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.rules import Role
from appeals.rules.filing import AppealExists, OnlyTheCandidate
from appeals.rules.states import AppealNotOpen, AppealOutcome, AppealStatus
from appeals.rules.withdrawing import PaperTimeWrong, WithdrawalAfterKey, WithdrawOnPaper
from appeals.services import viewings, withdrawing
from core import audit, throttle
from core.db import db, transaction
from core.outbox import Letter
from testing_center.rules import codes as code_rules
from testing_center.rules.codes import CodeIsLocked, NotTheCodeOfThisTest, TooManyTries, new_code
from testing_center.rules.sittings import NotProctorHere
from testing_center.services import codes
from tests.appeal_scene import AppealScene

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def scene(make, clock):
    """A closed sitting of two; the first has filed and was recognised."""
    scene = AppealScene(make, clock, people=2)
    scene.file()
    scene.confirm()
    clock.advance(10 * MINUTE)
    return scene


def failures(scene) -> int:
    """Failures in a row that the code of the first candidate has."""
    return throttle.failures(codes.lock_key(scene.attempt().code), window=None, now=scene.clock())[0]


def faults() -> list[str]:
    db.session.rollback()
    return [fault.what for fault in audit.verify()]


# --- at one's own screen


def test_33_the_candidate_withdraws_until_the_hearing_begins(scene):
    scene.withdraw()
    assert scene.appeal().status == AppealStatus.WITHDRAWN
    with pytest.raises(AppealNotOpen):
        scene.withdraw()
    with pytest.raises(AppealNotOpen):
        scene.confirm()
    assert faults() == []


def test_33_in_the_hearing_it_is_too_late_to_withdraw_at_the_screen(scene):
    scene.open()
    with pytest.raises(WithdrawOnPaper):
        scene.withdraw()


def test_33_only_the_candidates_own_code_proves_the_candidate(scene):
    typed = [scene.candidates[1].code, new_code(), "", "1234", scene.candidates[0].code[:-1]]
    for code in typed:
        with pytest.raises(NotTheCodeOfThisTest):
            scene.prove(code=code or " ")
    own = scene.candidates[0].code
    assert scene.prove(code=f" {own[:4]}-{own[4:8]} {own[8:]}").attempt_id == scene.attempt().id


def test_a_wrong_code_counts_as_at_the_door_a_typing_slip_costs_the_code_nothing_and_the_right_one_forgets(scene):
    for code in (scene.candidates[1].code, new_code(), "1234"):
        with pytest.raises(NotTheCodeOfThisTest):
            scene.prove(code=code)
    assert failures(scene) == 2
    assert throttle.failures(f"workstation:{scene.candidates[0].address}", window=MINUTE, now=scene.clock())[0] == 3
    scene.prove()
    assert failures(scene) == 0


def test_after_ten_wrong_codes_the_right_one_is_refused_too_until_the_proctor_unlocks_it(scene):
    for _ in range(code_rules.LOCK_CODE_AFTER):
        with pytest.raises(NotTheCodeOfThisTest):
            scene.prove(code=new_code())
    with pytest.raises(CodeIsLocked):
        scene.prove()
    with transaction():
        codes.unlock(scene.attempt().code, by=scene.proctor, now=scene.clock())
    scene.withdraw()
    assert scene.appeal().status == AppealStatus.WITHDRAWN


def test_a_workstation_that_keeps_failing_waits(scene, clock):
    for _ in range(code_rules.WORKSTATION_LIMIT):
        with pytest.raises((NotTheCodeOfThisTest, CodeIsLocked)):
            scene.prove(code="1234")
    with pytest.raises(TooManyTries):
        scene.prove()
    clock.advance(MINUTE)
    scene.withdraw()


def test_33_the_proof_of_one_candidate_withdraws_no_appeal_of_another(scene):
    scene.file(1)
    for who, by in ((0, 1), (1, 0)):
        proof = scene.prove(by)
        with pytest.raises(OnlyTheCandidate), transaction():
            withdrawing.withdraw(scene.appeal(who), proof, by=scene.attempt(who), now=scene.clock())
        with pytest.raises(OnlyTheCandidate), transaction():
            withdrawing.withdraw(scene.appeal(by), proof, by=scene.proctor, now=scene.clock())
    assert [scene.appeal(who).status for who in (0, 1)] == [AppealStatus.FILED] * 2


# --- on paper, at the desk


@pytest.mark.parametrize("ago", [timedelta(0), 10 * MINUTE, 10 * MINUTE + SECOND])
def test_33_the_desk_takes_a_signed_paper_and_says_when_it_was_signed_and_who_took_it(scene, clock, ago):
    scene.withdraw_on_paper(ago=ago)
    appeal = scene.appeal()
    assert (appeal.status, appeal.withdrawn_at, appeal.withdrawn_paper_at, appeal.withdrawn_by_id) == (
        AppealStatus.WITHDRAWN, clock(), clock() - ago, scene.proctor.id,
    )  # fmt: skip
    with pytest.raises(AppealExists):
        scene.file()
    assert faults() == []


@pytest.mark.parametrize("ago", [-SECOND, 11 * MINUTE])
def test_33_a_paper_of_before_the_filing_or_of_the_future_is_refused(scene, ago):
    with pytest.raises(PaperTimeWrong):
        scene.withdraw_on_paper(ago=ago)
    assert scene.appeal().status == AppealStatus.FILED


def test_33_a_paper_is_taken_by_who_runs_the_sitting_alone(make, scene):
    for by in (make.user(Role.PROCTOR), scene.chair):
        with pytest.raises(NotProctorHere):
            scene.withdraw_on_paper(by=by)
    scene.withdraw_on_paper(by=scene.administrator)


def test_33_on_paper_it_is_withdrawn_in_the_hearing_too_until_the_key_is_shown_and_the_hearing_ends(scene, clock):
    scene.open()
    clock.advance(MINUTE)
    scene.withdraw_on_paper()
    hearing = scene.appeal().hearing
    assert (hearing.closed_at, hearing.closed_by_id, hearing.viewings) == (clock(), scene.proctor.id, [])
    assert faults() == []


@pytest.mark.parametrize("then", ["looking", "ended", "closed"])
def test_33_35_once_the_key_was_shown_a_wrong_one_is_not_buried_by_a_withdrawal_the_commission_decides(
    scene, clock, then
):
    scene.open()
    viewing = scene.view()  # the same moment is too late already
    if then == "ended":
        with transaction():
            viewings.end_viewing(viewing, by=scene.chair, now=scene.clock())
    elif then == "closed":
        clock.advance(MINUTE)
        scene.close_hearing()
    for act in (scene.withdraw, scene.withdraw_on_paper):
        with pytest.raises(WithdrawalAfterKey):
            act()
    assert scene.appeal().status == AppealStatus.HEARING and faults() == []
    scene.all_vote(AppealOutcome.DISMISSED)
    scene.decide()
    assert scene.appeal().status == AppealStatus.DECIDED


def test_33_after_an_adjournment_before_the_key_it_is_withdrawn_either_way(make, clock):
    scene = AppealScene(make, clock, people=2)
    for who in (0, 1):
        scene.file(who)
        scene.confirm(who)
        scene.open(who)
        scene.adjourn(who)
    scene.withdraw(0)
    scene.withdraw_on_paper(1)
    assert {scene.appeal(who).status for who in (0, 1)} == {AppealStatus.WITHDRAWN}


def test_33_the_key_shown_for_one_appeal_binds_no_other(scene):
    scene.file(1)
    scene.open()
    scene.view()
    scene.withdraw(1)
    assert scene.appeal(1).status == AppealStatus.WITHDRAWN


def test_33_once_the_decision_is_fixed_nobody_withdraws_any_more(make, clock):
    scene = AppealScene(make, clock)
    scene.decided(AppealOutcome.DISMISSED)
    for act in (scene.withdraw, scene.withdraw_on_paper):
        with pytest.raises(AppealNotOpen):
            act()
    assert scene.appeal().status == AppealStatus.DECIDED


def test_the_candidate_is_told_by_letter_of_a_paper_so_that_a_forged_one_comes_to_light(scene):
    scene.withdraw_on_paper()
    [letter] = db.session.scalars(db.select(Letter).filter_by(kind="appeal.withdrawn"))
    assert letter.about_id == scene.appeal().id and scene.appeal().number in letter.body


@pytest.mark.parametrize(
    "altered",
    [
        "withdrawn_paper_at = NULL, withdrawn_by_id = NULL",
        "withdrawn_by_id = (SELECT approved_by_id FROM commission)",
        "withdrawn_paper_at = '2026-11-28 03:00:00+00:00'",
    ],
)  # fmt: skip
def test_a_paper_altered_afterwards_is_found(scene, altered):
    scene.withdraw_on_paper()
    with transaction():
        db.session.execute(db.text(f"UPDATE appeal SET {altered}"))
    assert "the paper of this withdrawal was altered" in faults()


def test_a_paper_invented_for_a_withdrawal_at_the_screen_is_found(scene):
    scene.withdraw()
    with transaction():
        taken = "withdrawn_paper_at = withdrawn_at, withdrawn_by_id = confirmed_by_id"
        db.session.execute(db.text(f"UPDATE appeal SET {taken}"))
    assert "the paper of this withdrawal was altered" in faults()
