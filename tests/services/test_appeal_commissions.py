"""¶34: chair and members are approved before the sitting; who cannot judge does not sit; nobody leaves unrecorded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from accounts.rules import Role
from appeals import queries
from appeals.models import CommissionMember
from appeals.rules import commission as rules
from appeals.rules.states import Conflict
from appeals.services import commissions
from core.audit import AuditEntry
from core.db import db, transaction
from question_bank.models import ItemReview, ItemVersion
from question_bank.rules import ReviewAct
from testing_center.models.sittings import Sitting
from testing_center.rules.sittings import NotReady, SittingStatus
from testing_center.services import sittings
from tests.appeal_scene import AppealScene


@pytest.fixture
def scene(make, clock):
    """A closed sitting with a chair and two members."""
    return AppealScene(make, clock)


@pytest.fixture
def planned(make):
    """A sitting that is still planned, without a commission."""
    return make.sitting(people=1, open=False, present=False)


@pytest.fixture
def approve(make, clock, planned):
    """Approve a commission for the planned sitting."""
    by = make.user(Role.TEST_ADMINISTRATOR)

    def run(chair, members, *, act="41-Б", on=None):
        with transaction():
            sitting = db.session.get_one(Sitting, planned.id)
            day = on or clock().date()
            return commissions.approve(sitting, chair, members, act, day, by=by, now=clock())

    return run


def people(make, count):
    """A chair and members, ``count`` in all."""
    return make.user(Role.COMMISSION_CHAIR), [make.user(Role.COMMISSION_MEMBER) for _ in range(count - 1)]


def recuse(scene, user, reason="Талапкер менин тууганым."):
    """A member leaves."""
    with transaction():
        member = scene.seat(user)
        commissions.recuse(member, reason, by=user, now=scene.clock())
        return member.id


def substitute(scene, member_id, user, *, act="52-Б", on=None):
    """Somebody takes the place by an act of the department."""
    with transaction():
        member, on = queries.get_member(member_id), on or scene.clock().date()
        return commissions.substitute(member, user, act, on, by=scene.administrator, now=scene.clock())


@pytest.mark.parametrize("count", [2, 5])
def test_34_a_chair_and_up_to_four_members_are_approved_by_a_dated_act(make, approve, count):
    chair, members = people(make, count)
    commission = approve(chair, members)
    places = [(member.place, member.user_id, member.is_chair) for member in queries.in_office(commission)]
    assert places == [(n, user.id, n == 1) for n, user in enumerate([chair, *members], 1)]


@pytest.mark.parametrize("count", [1, 6])
def test_34_one_person_or_six_are_no_commission(make, approve, count):
    with pytest.raises(rules.CommissionSize):
        approve(*people(make, count))


def test_34_nobody_sits_twice(make, approve):
    chair, [member] = people(make, 2)
    with pytest.raises(rules.CommissionSize):
        approve(chair, [member, member])
    with pytest.raises(rules.CommissionSize):
        approve(chair, [member, chair])


def test_34_the_database_itself_knows_one_chair_and_five_places(make, approve, clock):
    commission_id = approve(*people(make, 5)).id
    for place in (1, 6):
        user = make.user(Role.COMMISSION_CHAIR)
        with pytest.raises(IntegrityError), transaction():
            db.session.add(
                CommissionMember(commission_id=commission_id, user_id=user.id, place=place, joined_at=clock())
            )


def confirm_opening(make, planned, clock):
    """A proctor is the first to confirm."""
    with transaction():
        sitting = db.session.get_one(Sitting, planned.id)
        sittings.confirm_opening(sitting, by=make.user(Role.PROCTOR), now=clock())


def test_34_a_sitting_without_a_commission_is_not_opened(make, approve, planned, clock):
    with pytest.raises(NotReady) as refused:
        confirm_opening(make, planned, clock)
    assert refused.value.params == {"missing": "commission"}
    approve(*people(make, 3))
    confirm_opening(make, planned, clock)


@pytest.mark.parametrize("who", [0, 1])
def test_34_nor_one_whose_commission_has_lost_its_chair_or_its_only_member(make, approve, planned, clock, who):
    commission = approve(*people(make, 2))
    leaving, admin = commission.members[who], make.user(Role.TEST_ADMINISTRATOR)
    with transaction():
        commissions.recuse(leaving, "Оорулуу.", by=admin, now=clock())
    with pytest.raises(NotReady):
        confirm_opening(make, planned, clock)
    substitute = make.user(Role.COMMISSION_CHAIR if who == 0 else Role.COMMISSION_MEMBER)
    with transaction():
        commissions.substitute(leaving, substitute, "52-Б", clock().date(), by=admin, now=clock())
    confirm_opening(make, planned, clock)


def test_34_nor_one_whose_commission_has_become_its_proctor(make, approve, planned, clock):
    both = make.user(Role.COMMISSION_MEMBER, Role.PROCTOR)
    approve(make.user(Role.COMMISSION_CHAIR), [both])
    with transaction():
        sittings.appoint_proctors(
            db.session.get_one(Sitting, planned.id), [both], by=make.user(Role.TEST_ADMINISTRATOR), now=clock()
        )
    with pytest.raises(rules.ConflictOfInterest, match="Номер"):
        confirm_opening(make, planned, clock)


def test_34_it_is_approved_before_the_sitting_opens(make, approve, planned, clock):
    with transaction():  # the first person confirmed before there was a rule that asks for a commission
        db.session.get_one(Sitting, planned.id).status = SittingStatus.OPENING
    with pytest.raises(rules.CommissionTooLate):
        approve(*people(make, 3))


def test_34_it_is_approved_once(make, approve):
    approve(*people(make, 3))
    with pytest.raises(rules.CommissionExists, match="41-Б"):
        approve(*people(make, 3))


def test_34_the_act_has_a_number_and_is_not_dated_ahead(make, approve, clock):
    with pytest.raises(rules.ActNeeded):
        approve(*people(make, 3), act=" ")
    with pytest.raises(rules.ActNeeded):
        approve(*people(make, 3), on=clock().date() + timedelta(days=1))


def test_34_each_place_needs_its_role(make, approve):
    chair, [member] = people(make, 2)
    for pair in ((member, [chair]), (chair, [make.user(Role.PROCTOR)])):
        with pytest.raises(rules.NotQualified):
            approve(pair[0], pair[1])


@pytest.mark.parametrize("conflict", [Conflict.AUTHOR, Conflict.APPROVER, Conflict.PROCTOR])
def test_34_who_wrote_or_approved_a_question_of_the_form_or_proctors_does_not_sit(make, approve, planned, conflict):
    chair, members = people(make, 2)
    sitting = db.session.get_one(Sitting, planned.id)
    form_item = sitting.forms[0].items[0]
    with transaction():
        version = db.session.get_one(ItemVersion, form_item.item_version_id)
        if conflict == Conflict.AUTHOR:
            version.created_by_id = chair.id
        elif conflict == Conflict.APPROVER:
            version.approved_by_id = chair.id
        else:
            sitting = db.session.get_one(Sitting, planned.id)
            sitting.proctors = [*sitting.proctors, db.session.merge(chair)]
    with pytest.raises(rules.ConflictOfInterest) as refused:
        approve(chair, members)
    assert refused.value.params["conflict"] == conflict
    sitting = db.session.get_one(Sitting, planned.id)
    assert chair.id not in {user.id for user in commissions.possible_members(sitting)}


@pytest.mark.parametrize(
    ("act", "barred"), [(ReviewAct.EDITED, True), (ReviewAct.APPROVED, True), (ReviewAct.RETURNED, False)]
)
def test_34_who_worked_on_a_question_of_the_form_does_not_sit(make, planned, clock, act, barred):
    user = make.user(Role.COMMISSION_MEMBER)
    sitting = db.session.get_one(Sitting, planned.id)
    version_id = sitting.forms[0].items[0].item_version_id
    with transaction():
        db.session.add(ItemReview(version_id=version_id, act=act, comment="", by_id=user.id, at=clock()))
    assert (commissions.conflict_of(db.session.get_one(Sitting, planned.id), user) is not None) is barred


def test_34_the_choice_offers_who_may_sit_and_for_the_chair_who_may_lead(make, planned):
    chair, [member, other] = people(make, 3)
    make.user(Role.PROCTOR)
    sitting = db.session.get_one(Sitting, planned.id)
    assert {user.id for user in commissions.possible_members(sitting)} == {chair.id, member.id, other.id}
    assert [user.id for user in commissions.possible_members(sitting, chair=True)] == [chair.id]


def test_34_a_recusal_needs_a_reason_and_stays_on_record(scene):
    user = scene.members[0]
    with pytest.raises(rules.ReasonMissing):
        recuse(scene, user, " ")
    member_id = recuse(scene, user)
    member = queries.get_member(member_id)
    assert (member.left_at, member.left_reason) == (scene.clock(), "Талапкер менин тууганым.")
    assert queries.member_of(scene.commission, user) is None
    with pytest.raises(rules.MemberLeft), transaction():
        commissions.recuse(queries.get_member(member_id), "дагы", by=user, now=scene.clock())
    assert "commission.member_left" in db.session.scalars(db.select(AuditEntry.action)).all()


def test_34_a_substitute_takes_the_same_place_and_who_left_does_not_return(make, scene):
    user, fresh = scene.members[0], make.user(Role.COMMISSION_MEMBER)
    with pytest.raises(rules.MemberSits):
        substitute(scene, scene.seat(user).id, fresh)
    member_id = recuse(scene, user)
    with pytest.raises(rules.ConflictOfInterest) as refused:
        substitute(scene, member_id, user)
    assert refused.value.params["conflict"] == Conflict.RECUSED
    with pytest.raises(rules.AlreadyMember):
        substitute(scene, member_id, scene.members[1])
    member = substitute(scene, member_id, fresh)
    assert (member.place, member.substitutes_id) == (2, member_id)
    with pytest.raises(rules.MemberSits):
        substitute(scene, member_id, make.user(Role.COMMISSION_MEMBER))


def test_34_a_substitution_needs_an_act_of_its_own(make, scene, clock):
    member_id, fresh = recuse(scene, scene.members[0]), make.user(Role.COMMISSION_MEMBER)
    for act, on in ((" ", clock().date()), ("52-Б", clock().date() + timedelta(days=1))):
        with pytest.raises(rules.ActNeeded):
            substitute(scene, member_id, fresh, act=act, on=on)
    member = substitute(scene, member_id, fresh, act=" 52-Б ")
    assert (member.act_number, member.act_on) == ("52-Б", clock().date())


def test_34_the_chair_is_substituted_by_somebody_who_may_lead(make, scene):
    member_id = recuse(scene, scene.chair)
    with pytest.raises(rules.NotQualified):
        substitute(scene, member_id, make.user(Role.COMMISSION_MEMBER))
    fresh = make.user(Role.COMMISSION_CHAIR)
    assert substitute(scene, member_id, fresh).is_chair
    scene.file()
    scene.invite(by=fresh)
    with pytest.raises(rules.NotInCommission):
        scene.invite(by=scene.chair)


def test_34_who_was_made_proctor_afterwards_does_not_come_to_the_table(make, clock):
    scene = AppealScene(make, clock, close=False)
    with transaction():
        scene.sitting.proctors = [*scene.sitting.proctors, db.session.merge(scene.members[0])]
    scene.close_sitting()
    scene.file()
    scene.confirm()
    with pytest.raises(rules.ConflictOfInterest):
        scene.open()
    scene.open(present=[scene.chair, scene.members[1]])
