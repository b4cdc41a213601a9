"""¶35: a member who cannot sign any more does not keep the appeal open for ever; why is on record."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.rules import Role
from accounts.services import people as accounts
from appeals.models import MissedSignature
from appeals.rules import commission as seats
from appeals.rules import hearing as rules
from appeals.rules.states import AppealNotOpen, AppealStatus
from appeals.services import commissions, missed, protocols
from core import audit
from core.db import db, transaction
from tests.appeal_scene import AppealScene

WHY, DOCUMENT = "Каза болгон.", "Өлүм тууралуу күбөлүк № 7"


@pytest.fixture
def scene(make, clock):
    """An appeal that is decided and that nobody has signed."""
    scene = AppealScene(make, clock)
    scene.decided()
    return scene


def record(scene, user, *, by=None, why=WHY, document=DOCUMENT):
    """Somebody records that a member cannot sign."""
    with transaction():
        member = next(one for one in protocols.signers(scene.protocol()) if one.user_id == user.id)
        missed.record_missed(scene.protocol(), member, why, document, by=by or scene.chair, now=scene.clock())


def close_account(make, user, clock):
    """The member's account is closed."""
    with transaction():
        accounts.deactivate(db.session.get_one(User, user.id), by=make.user(Role.SYSTEM_ADMINISTRATOR), now=clock())


def test_35_when_all_others_have_signed_an_appeal_is_closed_without_who_has_died(make, scene, clock):
    gone = scene.members[0]
    close_account(make, gone, clock)
    with pytest.raises(seats.MemberNeededToSign), transaction():
        commissions.recuse(scene.seat(gone), WHY, by=scene.administrator, now=clock())
    record(scene, gone)
    for user in (scene.chair, scene.members[1]):
        with pytest.raises(rules.SignaturesMissing):
            scene.hand_over()
        scene.sign(user)
    scene.hand_over()
    assert scene.appeal().status == AppealStatus.CLOSED
    with transaction():
        commissions.recuse(scene.seat(gone), WHY, by=scene.administrator, now=clock())
    assert not list(audit.verify())


def test_35_the_paper_says_who_could_not_sign_and_why(scene, clock):
    record(scene, scene.members[0])
    for user in (scene.chair, scene.members[1]):
        scene.sign(user)
    given = protocols.signatures_of(scene.protocol())
    assert [one["signed_at"] is None for one in given] == [False, True, False]
    assert (given[1]["name"], given[1]["reason"], given[1]["document"]) == (scene.members[0].full_name, WHY, DOCUMENT)
    with transaction():
        assert protocols.protocol_pdf(scene.protocol(), now=clock()).startswith(b"%PDF")


def test_35_the_chair_records_it_and_nobody_else(make, scene):
    for by in (scene.members[0], scene.members[1], scene.administrator, make.user(Role.COMMISSION_CHAIR)):
        with pytest.raises(seats.NotInCommission):
            record(scene, scene.members[0], by=by)


def test_35_of_the_chair_an_administrator_records_it(scene):
    for by in (scene.chair, scene.members[0]):
        with pytest.raises(seats.NotInCommission):
            record(scene, scene.chair, by=by)
    record(scene, scene.chair, by=scene.administrator)
    assert scene.chair.id not in {member.user_id for member in protocols.unsigned(scene.protocol())}


def test_35_where_the_chair_is_gone_too_an_administrator_records_it_of_members(make, scene, clock):
    close_account(make, scene.chair, clock)
    record(scene, scene.members[0], by=scene.administrator)


def test_35_it_has_a_reason_and_a_document(scene):
    for said in ({"why": " "}, {"document": ""}):
        with pytest.raises(rules.MissedIncomplete):
            record(scene, scene.members[0], **said)


def test_35_a_signature_that_was_given_is_not_missing_and_one_that_is_missing_is_not_given(scene):
    scene.sign(scene.members[0])
    with pytest.raises(rules.AlreadySigned):
        record(scene, scene.members[0])
    record(scene, scene.members[1])
    with pytest.raises(rules.AlreadySigned):
        record(scene, scene.members[1])
    with pytest.raises(rules.SignatureMissed):
        scene.sign(scene.members[1])


def test_35_a_protocol_that_nobody_has_signed_is_not_handed_over(scene):
    for user in scene.members:
        record(scene, user)
    record(scene, scene.chair, by=scene.administrator)
    with pytest.raises(rules.SignaturesMissing):
        scene.hand_over()


def test_35_after_the_handing_over_it_is_too_late(scene):
    for user in scene.table:
        scene.sign(user)
    scene.hand_over()
    with pytest.raises(AppealNotOpen):
        record(scene, scene.members[0])


def test_35_a_reason_that_was_written_over_is_found(scene):
    record(scene, scene.members[0])
    with transaction():
        db.session.execute(db.update(MissedSignature).values(reason="Башка."))
    assert any("cannot be given" in str(fault) for fault in audit.verify())


def test_35_who_signed_and_left_still_stands_among_those_who_signed(scene, clock):
    for user in scene.table:
        scene.sign(user)
    with transaction():
        commissions.recuse(scene.seat(scene.members[0]), "Иштен кетти.", by=scene.administrator, now=clock())
    assert [one.user_id for one in protocols.signers(scene.protocol())] == [user.id for user in scene.table]
