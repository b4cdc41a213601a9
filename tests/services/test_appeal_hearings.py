"""¶35: no hearing without the candidate; the key is shown only when nobody sits the form; every look is on record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.rules import Role
from appeals import queries
from appeals.rules import commission as seats
from appeals.rules import hearing as rules
from appeals.rules import viewing
from appeals.rules.filing import PersonNotConfirmed
from appeals.rules.states import AppealNotOpen, AppealOutcome, AppealStatus
from appeals.services import review, viewings
from core.db import db, transaction
from core.outbox import Letter
from testing_center.forms.sittings import PlanForm
from testing_center.models.sittings import Sitting
from testing_center.rules.sittings import FormSpent
from testing_center.services import codes, registration, sittings
from tests.appeal_scene import AppealScene
from tests.factories import Make

DAY, HOUR, SECOND = timedelta(hours=24), timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def scene(make, clock):
    """A closed sitting with a chair and two members."""
    return AppealScene(make, clock)


def plan(make: Make, scene: AppealScene, *, starts_in=timedelta(0)) -> Sitting:
    """Another sitting with the same form, with somebody registered and a code issued."""
    room, by, now = make.room(3), scene.administrator, scene.clock()
    proctor, competition = make.user(Role.PROCTOR), make.competition()
    with transaction():
        old = scene.sitting
        sitting = sittings.plan_sitting(
            f"Т-2026-{make.number()}", old.specification, room, now + starts_in, old.forms, [proctor], by=by, now=now
        )
        registration.register(sitting, competition, make.person(), "ky", by=by, now=now)
        db.session.flush()
        codes.issue_codes(sitting, by=by, now=now)
    return sitting


def test_35_there_is_no_hearing_before_the_proctor_has_recognised_the_person(scene):
    scene.file()
    with pytest.raises(PersonNotConfirmed):
        scene.open()
    scene.confirm()
    scene.open()
    assert scene.appeal().status == AppealStatus.HEARING


def test_35_there_is_no_hearing_without_the_candidates_document(scene):
    scene.file()
    scene.confirm()
    with pytest.raises(rules.PresenceMissing):
        scene.open(note=" ")


def test_34_there_is_no_hearing_without_quorum_or_chair(scene):
    scene.file()
    scene.confirm()
    for present in ([scene.chair], scene.members):
        with pytest.raises(seats.NoQuorum):
            scene.open(present=present)
    scene.open(present=[scene.chair, scene.members[0]])


def test_34_only_the_chair_leads(make, scene):
    scene.file()
    scene.confirm()
    for user, refusal in (
        (scene.members[0], seats.OnlyTheChair), (make.user(Role.COMMISSION_CHAIR), seats.NotInCommission),
    ):  # fmt: skip
        with pytest.raises(refusal):
            scene.invite(by=user)
        with pytest.raises(refusal):
            scene.lapse(by=user)


def test_34_a_sitting_without_a_commission_has_nobody_to_hear_an_appeal(make, scene, clock):
    scene.file()
    with transaction():
        for member in scene.commission.members:
            db.session.delete(member)
        db.session.delete(scene.commission)
    with pytest.raises(seats.NoCommission):
        scene.invite()


def test_35_the_appeal_of_who_was_invited_and_did_not_come_lapses_after_the_wait(scene, clock):
    scene.file()  # the person was never confirmed: they have not come to the desk either
    with pytest.raises(rules.TooEarlyToLapse):
        scene.lapse()
    scene.invite(after=DAY)
    clock.advance(DAY + rules.WAIT_FOR_CANDIDATE)
    with pytest.raises(rules.TooEarlyToLapse):
        scene.lapse()
    clock.advance(SECOND)
    scene.lapse()
    assert (scene.appeal().status, scene.appeal().lapsed_at) == (AppealStatus.LAPSED, clock())
    with pytest.raises(AppealNotOpen):
        scene.open()


def test_35_the_candidate_is_invited_by_letter_with_time_and_place(scene):
    scene.file()
    scene.invite(after=DAY)
    letter = db.session.scalars(db.select(Letter).filter_by(kind="appeal.invited")).one()
    assert (letter.about_id, letter.language, letter.due_at) == (scene.appeal().id, "ky", scene.appeal().invited_for)
    assert scene.appeal().number in letter.body and "29.11.2026, 10:00" in letter.body


def test_35_a_hearing_has_to_lie_a_day_ahead_and_may_be_put_off(scene, clock):
    scene.file()
    with pytest.raises(rules.InvitationTooShort):
        scene.invite(after=DAY - SECOND)
    scene.invite(after=DAY)
    clock.advance(2 * DAY)
    scene.invite(after=DAY)
    with pytest.raises(rules.TooEarlyToLapse):
        scene.lapse()


def test_35_the_key_is_not_shown_while_somebody_sits_the_form(make, clock):
    scene = AppealScene(make, clock, close=False)
    scene.file()
    scene.confirm()
    scene.open()
    with pytest.raises(viewing.FormInUse):
        scene.view()
    scene.close_sitting()
    scene.view()


@pytest.mark.parametrize("confirmations", [1, 2], ids=["opening", "open"])
def test_35_the_key_is_not_shown_while_another_sitting_with_the_form_is_about_to_run(make, scene, clock, confirmations):
    other = plan(make, scene)
    scene.file()
    scene.confirm()
    scene.open()
    make.commission(other)
    for _ in range(confirmations):
        with transaction():
            sittings.confirm_opening(db.session.get_one(Sitting, other.id), by=make.user(Role.PROCTOR), now=clock())
    with pytest.raises(viewing.FormInUse):
        scene.view()


def test_35_a_form_whose_key_was_shown_is_not_sat_again_nor_offered(app, make, scene, clock):
    other = plan(make, scene, starts_in=HOUR)
    scene.heard()
    with pytest.raises(FormSpent), transaction():
        sittings.confirm_opening(db.session.get_one(Sitting, other.id), by=make.user(Role.PROCTOR), now=clock())
    with pytest.raises(FormSpent):
        plan(make, scene)
    with app.test_request_context():
        assert PlanForm(scene.sitting.specification, [], [], "ky", now=clock()).forms.choices == []


def test_35_only_members_at_the_table_look_and_every_look_has_a_beginning_and_an_end(make, scene, clock):
    scene.file()
    scene.confirm()
    scene.open(present=[scene.chair, scene.members[0]])
    for outsider in (scene.members[1], make.user(Role.COMMISSION_MEMBER)):
        with pytest.raises(seats.NotInCommission):
            scene.view(by=outsider)
    viewing = scene.view(by=scene.members[0])
    assert scene.view(by=scene.members[0]).id == viewing.id  # looking already
    clock.advance(timedelta(minutes=7))
    with transaction():
        viewings.end_viewing(queries.get_viewing(viewing.id), by=scene.chair, now=clock())
    seen = queries.get_viewing(viewing.id)
    assert (seen.ended_at - seen.begun_at, seen.ended_by_id) == (timedelta(minutes=7), scene.chair.id)
    clock.advance(SECOND)
    with transaction():
        viewings.end_viewing(queries.get_viewing(viewing.id), by=scene.chair, now=clock())
    assert queries.get_viewing(viewing.id).ended_at == clock() - SECOND
    assert scene.view(by=scene.members[0]).id != viewing.id  # a second look is a row of its own


def test_35_with_the_end_of_the_hearing_every_look_ends(scene, clock):
    scene.heard()
    scene.view(by=scene.members[0])
    clock.advance(timedelta(minutes=20))
    scene.close_hearing()
    hearing = scene.appeal().hearing
    assert [viewing.ended_at for viewing in hearing.viewings] == [clock(), clock()]
    for act in (scene.view, scene.close_hearing):
        with pytest.raises(rules.HearingClosed):
            act()


def test_35_the_key_is_open_only_to_who_has_begun_to_look(scene, clock):
    scene.file()
    scene.confirm()
    scene.open()
    with pytest.raises(viewing.ViewingNotOpen):
        review.review(scene.appeal(), by=scene.chair, now=clock())
    scene.view()
    assert review.review(scene.appeal(), by=scene.chair, now=clock()).items
    with pytest.raises(viewing.ViewingNotOpen):
        review.review(scene.appeal(), by=scene.members[0], now=clock())
    scene.close_hearing()
    with pytest.raises(viewing.ViewingNotOpen):
        review.review(scene.appeal(), by=scene.chair, now=clock())


def test_who_sees_which_appeals(make, scene):
    scene.file()
    stranger = AppealScene(make, scene.clock)
    for user in (scene.chair, scene.proctor, scene.administrator, make.user(Role.AUDITOR)):
        assert [appeal.id for appeal in queries.appeals_for(user)] == [scene.appeal().id]
        assert queries.get_appeal_to_see(scene.appeal().id, user)
    for user in (stranger.chair, stranger.proctor):
        assert queries.appeals_for(user) == []


def test_an_appeal_is_open_until_it_is_handed_over_withdrawn_or_lapsed(scene):
    def is_open():
        return bool(queries.open_appeals([scene.sitting_id]))

    assert not is_open()
    scene.decided(AppealOutcome.DISMISSED)
    assert is_open()
    for user in scene.table:
        scene.sign(user)
    assert is_open()
    scene.hand_over()
    assert not is_open() and [appeal.id for appeal in queries.appeals_of(scene.sitting)] == [scene.appeal().id]
