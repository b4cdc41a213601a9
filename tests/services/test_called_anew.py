"""After an annulment appeals end with the sitting, and everybody is called to a new one in one step (¶24, 33, 35)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from accounts.rules import Role
from appeals.rules.filing import ResultAnnulled
from appeals.rules.states import AppealNotOpen, AppealOutcome, AppealStatus, FindingKind
from competitions.models import Bar
from core import audit
from core.db import db, transaction
from core.outbox import Letter
from question_bank.models import TestForm
from question_bank.services.forms import seal_forms
from ranking import correction_queries
from testing_center.models.errata import Annulment
from testing_center.models.sittings import Sitting
from testing_center.rules.annulments import NotAnnulled, OtherTest
from testing_center.rules.errata import GroundsMissing
from testing_center.rules.sittings import SittingAlreadyOpen
from testing_center.services import annulments, registration, sittings
from tests.appeal_scene import AppealScene
from tests.correction_scene import CorrectionScene

REASON = "Электр жарыгы өчтү"


def faults() -> list[str]:
    db.session.rollback()
    return [fault.what for fault in audit.verify()]


def annulled(scene, first, second) -> Annulment:
    """The sitting of the scene, annulled by two."""
    with transaction():
        made = annulments.annul_prepare(scene.sitting, REASON, by=first, now=scene.clock())
    with transaction():
        annulments.annul_apply(db.session.get_one(Annulment, made.id), by=second, now=scene.clock())
    return db.session.get_one(Annulment, made.id)


# Appeals


@pytest.fixture
def appealing(make, clock) -> AppealScene:
    scene = AppealScene(make, clock, people=3)
    scene.officer = make.user(Role.AUTHORITY_OFFICER)
    return scene


def test_no_appeal_is_filed_against_a_result_that_was_annulled(appealing):
    annulled(appealing, appealing.administrator, appealing.officer)
    with pytest.raises(ResultAnnulled):
        appealing.file(0)


def test_appeals_that_were_not_decided_end_with_the_sitting_and_are_heard_no_more(appealing):
    scene = appealing
    scene.file(0)
    scene.file(1)
    scene.confirm(1)
    scene.open(1)
    scene.view(1)
    annulled(scene, scene.administrator, scene.officer)
    assert [scene.appeal(who).status for who in (0, 1)] == [AppealStatus.ANNULLED] * 2
    hearing = scene.appeal(1).hearing
    assert hearing.closed_at == scene.clock() and all(viewing.ended_at for viewing in hearing.viewings)
    for act in (scene.confirm, scene.invite, scene.withdraw):
        with pytest.raises(AppealNotOpen) as refused:
            act(0)
        assert refused.value.params == {"status": "annulled"}
    with pytest.raises(AppealNotOpen):
        scene.find(1, who=1)
    entries = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="appeal.annulled")).all()
    assert sorted(audit.facts(one)["before"] for one in entries) == ["filed", "hearing"] and faults() == []


def test_what_was_decided_before_stays_decided_and_is_signed(appealing):
    scene = appealing
    scene.heard()
    scene.find(1, FindingKind.AGREES)
    scene.all_vote(AppealOutcome.DISMISSED)
    scene.decide()
    annulled(scene, scene.administrator, scene.officer)
    for user in scene.table:
        scene.sign(user)
    scene.hand_over()
    assert scene.appeal().status == AppealStatus.CLOSED and faults() == []


def test_an_appeal_taken_back_into_hearing_behind_the_trail_is_found(appealing):
    appealing.file(0)
    annulled(appealing, appealing.administrator, appealing.officer)
    with db.engine.begin() as connection:
        connection.execute(db.text("UPDATE appeal SET status = 'lapsed'"))
    assert "the end of this appeal was altered" in faults()


def test_a_form_of_which_every_sitting_is_annulled_waits_for_no_correction(appealing):
    appealing.closed(AppealOutcome.UPHELD, findings={1: FindingKind.VOID})
    form_id = appealing.attempt().form_id
    assert form_id in correction_queries.forms_due()
    annulled(appealing, appealing.administrator, appealing.officer)
    assert correction_queries.forms_due() == set()


# The new sitting


@pytest.fixture
def scene(make, clock) -> CorrectionScene:
    return CorrectionScene(make, clock, [{1: 0}, {1: 0}, {1: 0}])


def planned(scene, *, seats: int = 5, number: str = "Т-2026-900", forms: Sequence[TestForm] | None = None) -> Sitting:
    """Another sitting of the same test, with a form that nobody has seen unless others are given."""
    specification = scene.sitting.specification
    room, proctor = scene.make.room(seats), scene.make.user(Role.PROCTOR)
    with transaction():
        chosen = forms or seal_forms(specification, 1, by=scene.first, now=scene.clock())
        made = sittings.plan_sitting(
            number, specification, room, scene.clock() + timedelta(days=3), chosen, [proctor], by=scene.first,
            now=scene.clock(),
        )  # fmt: skip
    return db.session.get_one(Sitting, made.id)


def call(scene, annulment, sitting) -> tuple[int, list[str]]:
    with transaction():
        count, left = annulments.call_anew(annulment, sitting, by=scene.first, now=scene.clock())
        return count, [one.person.full_name for one in left]


def test_everybody_is_registered_for_the_new_sitting_in_one_step_and_told_when_and_where(scene):
    before = {(one.person_id, one.competition_id, one.language) for one in scene.make.participants(scene.sitting)}
    annulment = annulled(scene, scene.first, scene.second)
    new = planned(scene)
    assert correction_queries.annulments_to_call() == [annulment]
    assert call(scene, annulment, new) == (3, [])
    after = {(one.person_id, one.competition_id, one.language) for one in scene.make.participants(new)}
    assert before == after and correction_queries.annulments_to_call() == []
    letters = db.session.scalars(db.select(Letter).filter_by(kind="sitting.called_anew")).all()
    assert len(letters) == 3 and all(new.number in one.body for one in letters)
    assert db.session.get_one(Annulment, annulment.id).anew_id == new.id and faults() == []


def test_who_is_barred_or_has_withdrawn_is_left_out_and_it_is_said_why(scene):
    one, two, _three = scene.make.participants(scene.sitting)
    with transaction():
        two.withdrawn_at = scene.clock()
    annulment = annulled(scene, scene.first, scene.second)
    today, attempt = scene.clock().date(), scene.candidates[0].attempt
    with transaction():
        db.session.add(Bar(person_id=one.person_id, failed_on=today, returns_on=today + timedelta(days=365),
                           law_version=attempt.law_version, created_at=scene.clock()))  # fmt: skip
    name = one.person.full_name
    assert call(scene, annulment, planned(scene)) == (1, [name])
    [(left, refusal)] = annulments.left_out(annulment, now=scene.clock())
    assert left.person.full_name == name and refusal is not None and refusal.code == "barred"
    [entry] = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="annulment.called_anew"))
    assert (audit.facts(entry)["registered"], [code for _id, code in audit.facts(entry)["left_out"]]) == (1, ["barred"])


def test_whom_the_room_does_not_hold_is_called_to_another_sitting(scene):
    annulment = annulled(scene, scene.first, scene.second)
    small = planned(scene, seats=2)
    assert call(scene, annulment, small)[0] == 2
    [(_left, refusal)] = annulments.left_out(annulment, now=scene.clock())
    assert refusal is not None and refusal.code == "no_free_seat"
    assert call(scene, annulment, planned(scene, number="Т-2026-901")) == (1, [])
    assert annulments.left_out(annulment, now=scene.clock()) == []


def test_nobody_is_called_without_an_annulment_nor_to_another_test_nor_into_an_open_sitting(scene, make):
    with transaction():
        prepared = annulments.annul_prepare(scene.sitting, REASON, by=scene.first, now=scene.clock())
    assert correction_queries.annulments_to_call() == []
    with pytest.raises(NotAnnulled):
        call(scene, prepared, planned(scene))
    with transaction():
        annulments.annul_apply(db.session.get_one(Annulment, prepared.id), by=scene.second, now=scene.clock())
    annulment = db.session.get_one(Annulment, prepared.id)
    with pytest.raises(OtherTest):
        call(scene, annulment, make.sitting(people=0, open=False, present=False))
    with pytest.raises(SittingAlreadyOpen):
        call(scene, annulment, scene.sitting)
    assert db.session.get_one(Annulment, prepared.id).anew_id is None


def test_a_new_sitting_altered_behind_the_trail_is_found(scene):
    annulment = annulled(scene, scene.first, scene.second)
    call(scene, annulment, planned(scene))
    with db.engine.begin() as connection:
        connection.execute(db.text("UPDATE annulment SET anew_id = NULL"))
    assert faults() == ["the new sitting after this annulment was altered"]


def test_whoever_was_registered_by_hand_is_not_called_twice(scene):
    annulment, new = annulled(scene, scene.first, scene.second), planned(scene)
    with transaction():
        known = scene.make.participants(scene.sitting)[0]
        registration.register_anew(new, known, by=scene.first, now=scene.clock())
    assert call(scene, annulment, new) == (2, [])


def test_an_annulment_has_a_reason_which_stands_in_the_letter(scene):
    with pytest.raises(GroundsMissing), transaction():
        annulments.annul_prepare(scene.sitting, "  ", by=scene.first, now=scene.clock())
    annulled(scene, scene.first, scene.second)
    letters = db.session.scalars(db.select(Letter).filter_by(kind="sitting.annulled")).all()
    assert len(letters) == 3 and all(REASON in one.body for one in letters)
