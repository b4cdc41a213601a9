"""¶34: whoever had a hand in the questions or in the sitting does not judge its appeals, in any version or part."""

from __future__ import annotations

import pytest

from accounts import rules as accounts
from accounts.rules import Role
from appeals.rules import commission as rules
from appeals.rules.states import Conflict
from appeals.services import commissions
from core.db import db, transaction
from question_bank.models import ItemVersion
from question_bank.services import decisions, items
from testing_center.models.sittings import Participant, Sitting
from testing_center.services import sittings
from tests.appeal_scene import AppealScene


@pytest.fixture
def scene(make, clock):
    """A closed sitting with a chair and two members."""
    return AppealScene(make, clock)


@pytest.mark.parametrize("part", [Conflict.AUTHOR, Conflict.APPROVER])
def test_34_who_worked_on_an_older_version_of_a_question_does_not_sit(make, clock, part):
    early, author = make.user(Role.ITEM_AUTHOR, Role.COMMISSION_MEMBER), make.user(Role.ITEM_AUTHOR)
    approver = make.user(Role.ITEM_APPROVER)
    [first] = make.items(1)
    with transaction():
        version = db.session.get_one(ItemVersion, first.id)
        if part == Conflict.AUTHOR:
            version.created_by_id = early.id
        else:
            version.approved_by_id = early.id
    with transaction():
        second = items.new_version(db.session.get_one(ItemVersion, first.id).item, by=author, now=clock()).id
    for act, by in ((items.submit, author), (decisions.approve, approver)):
        with transaction():
            act(db.session.get_one(ItemVersion, second), by=by, now=clock())
    sitting = make.sitting(people=1, open=False, present=False, items=4, bank=3, cut_score=1)
    assert second in [item.item_version_id for item in sitting.forms[0].items]
    assert commissions.conflict_of(sitting, early) == part


def organise(scene, part, user, clock):
    """Somebody plans, opens or closes the sitting, recognises people, or approves the commission."""
    with transaction():
        sitting = scene.sitting
        match part:
            case "plans" | "begins to open" | "opens" | "closes":
                column = {"plans": "created_by_id", "begins to open": "opening_by_id", "opens": "opened_by_id"}
                setattr(sitting, column.get(part, "closed_by_id"), user.id)
            case "notes who is there":
                db.session.query(Participant).filter_by(sitting_id=sitting.id).update({"presence_by_id": user.id})
            case "recognises who filed":
                appeal = scene.appeal()
                appeal.confirmed_by_id, appeal.confirmed_at = user.id, clock()
            case _:
                scene.commission.approved_by_id = user.id


@pytest.mark.parametrize(
    ("part", "conflict"),
    [
        ("plans", Conflict.ORGANISER), ("begins to open", Conflict.ORGANISER), ("opens", Conflict.ORGANISER),
        ("closes", Conflict.ORGANISER), ("notes who is there", Conflict.DESK),
        ("recognises who filed", Conflict.DESK), ("approves the commission", Conflict.APPOINTER),
    ],
)  # fmt: skip
def test_34_who_had_a_part_in_the_sitting_does_not_judge_it(make, scene, clock, part, conflict):
    user = make.user(Role.COMMISSION_MEMBER)
    scene.file()
    assert commissions.conflict_of(scene.sitting, user) is None
    organise(scene, part, user, clock)
    assert commissions.conflict_of(scene.sitting, user) == conflict
    assert user.id not in {one.id for one in commissions.possible_members(scene.sitting)}


def test_34_a_member_who_has_closed_the_sitting_does_not_come_to_the_table(scene, clock):
    organise(scene, "closes", scene.members[0], clock)
    scene.file()
    scene.confirm()
    with pytest.raises(rules.ConflictOfInterest) as refused:
        scene.open()
    assert refused.value.params["conflict"] == Conflict.ORGANISER


def test_34_nobody_approves_a_commission_on_which_they_sit(make, clock):
    planned, chair = make.sitting(people=1, open=False, present=False), make.user(Role.COMMISSION_CHAIR)
    with pytest.raises(rules.ConflictOfInterest) as refused, transaction():
        commissions.approve(
            db.session.get_one(Sitting, planned.id), chair, [make.user(Role.COMMISSION_MEMBER)], "1", clock().date(),
            by=chair, now=clock(),
        )  # fmt: skip
    assert refused.value.params["conflict"] == Conflict.APPOINTER


def test_34_nor_names_themselves_as_a_substitute(make, scene, clock):
    fresh = make.user(Role.COMMISSION_MEMBER)
    with transaction():
        member = scene.seat(scene.members[0])
        commissions.recuse(member, "Ооруп калды.", by=scene.administrator, now=clock())
    with pytest.raises(rules.ConflictOfInterest), transaction():
        commissions.substitute(member, fresh, "2", clock().date(), by=fresh, now=clock())


def test_34_a_sitting_opens_with_a_commission_that_had_no_part_in_planning_it(make, clock):
    planned = make.sitting(people=1, open=False, present=False)
    chair, both = make.user(Role.COMMISSION_CHAIR), make.user(Role.COMMISSION_MEMBER, Role.PROCTOR)
    with transaction():
        commissions.approve(
            db.session.get_one(Sitting, planned.id), chair, [both], "1", clock().date(),
            by=make.user(Role.TEST_ADMINISTRATOR), now=clock(),
        )  # fmt: skip
    with transaction():
        sittings.confirm_opening(db.session.get_one(Sitting, planned.id), by=both, now=clock())
    with pytest.raises(rules.ConflictOfInterest), transaction():
        sittings.confirm_opening(
            db.session.get_one(Sitting, planned.id), by=make.user(Role.PROCTOR), now=clock()
        )  # fmt: skip


@pytest.mark.parametrize("role", [Role.COMMISSION_CHAIR, Role.COMMISSION_MEMBER])
@pytest.mark.parametrize("other", [Role.TEST_ADMINISTRATOR, Role.AUTHORITY_OFFICER])
def test_34_who_hears_appeals_neither_prepares_the_test_nor_acts_on_its_result(role, other):
    with pytest.raises(accounts.ForbiddenPair):
        accounts.check_roles({role, other})
    accounts.check_roles({Role.COMMISSION_CHAIR, Role.COMMISSION_MEMBER, Role.PROCTOR})
