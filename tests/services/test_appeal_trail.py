"""The trail holds after an appeal, and finds whatever a database administrator alters afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.rules import Role
from appeals.rules.states import AppealOutcome, FindingKind
from appeals.services import commissions, filing, protocols
from core import audit
from core.db import db, transaction
from tests.appeal_scene import AppealScene


@pytest.fixture
def closed(make, clock):
    """An upheld appeal with a substitution, signed, handed over, every paper drawn; another withdrawn, one lapsed."""
    scene = AppealScene(make, clock, people=3)
    with transaction():
        commissions.recuse(scene.seat(scene.members[0]), "Тууганы.", by=scene.members[0], now=clock())
    fresh = make.user(Role.COMMISSION_MEMBER)
    with transaction():
        left = next(member for member in scene.commission.members if member.left_at)
        commissions.substitute(left, fresh, "52-Б", clock().date(), by=scene.administrator, now=clock())
    scene.members[0] = fresh
    clock.advance(timedelta(minutes=1))
    scene.file(1)
    scene.withdraw(1)
    scene.file(2)
    scene.invite(2)
    scene.closed(AppealOutcome.UPHELD, findings={1: FindingKind.WRONG_KEY, 2: FindingKind.AGREES})
    clock.advance(timedelta(hours=24, minutes=16))
    scene.lapse(2)
    with transaction():
        filing.application_pdf(scene.appeal(), now=clock())
    with transaction():
        protocols.protocol_pdf(scene.protocol(), now=clock())
    return scene


def faults():
    """What the verification of the whole chain finds."""
    db.session.rollback()
    return [fault.what for fault in audit.verify()]


def test_the_trail_of_a_whole_appeal_holds(closed):
    assert faults() == []


def test_a_finding_or_a_vote_given_anew_holds_too(make, clock):
    scene = AppealScene(make, clock)
    scene.heard(places=[1])
    for kind in (FindingKind.VOID, FindingKind.AGREES):
        scene.find(1, kind)
        clock.advance(timedelta(seconds=1))
    for outcome in (AppealOutcome.UPHELD, AppealOutcome.DISMISSED):
        scene.all_vote(outcome)
        clock.advance(timedelta(seconds=1))
    assert faults() == []
    scene.decide()
    assert faults() == []


EARLIER = "'2026-11-28 03:00:00+00:00'"
ALTERATIONS = {
    "a disputed question": ("UPDATE appeal SET items = '[3]' WHERE status = 'closed'", "the filing of this appeal"),
    "the moment of filing": (f"UPDATE appeal SET filed_at = {EARLIER} WHERE status = 'closed'", "the filing of this"),
    "the application": ("UPDATE appeal SET application_digest = pdf_digest WHERE status = 'closed'", "the application"),
    "a withdrawal": (
        "UPDATE appeal SET status = 'filed', withdrawn_at = NULL WHERE status = 'withdrawn'", "the withdrawal of",
    ),
    "a lapse": ("UPDATE appeal SET status = 'filed' WHERE status = 'lapsed'", "the lapse of"),
    "a state": (
        "UPDATE appeal SET status = 'lapsed', withdrawn_at = NULL WHERE status = 'withdrawn'", "the state of this",
    ),
    "the act": ("UPDATE commission SET act_number = '1'", "the approval of this commission"),
    "a member": ("UPDATE commission_member SET place = 5 WHERE place = 3", "the members of this commission"),
    "a recusal": ("UPDATE commission_member SET left_reason = 'x' WHERE left_at IS NOT NULL", "the recusal"),
    "a substitution": ("UPDATE commission_member SET place = 4 WHERE substitutes_id IS NOT NULL", "the substitution"),
    "the attendance": ("UPDATE hearing SET attendance = '[]'", "the attendance"),
    "the candidate's document": ("UPDATE hearing SET presence_note = 'ID 9'", "the attendance"),
    "the end of the hearing": (f"UPDATE hearing SET closed_at = {EARLIER}", "the closing"),
    "a look at the key": (f"UPDATE key_viewing SET begun_at = {EARLIER}", "the record of this look"),
    "the end of a look": (f"UPDATE key_viewing SET ended_at = {EARLIER}", "the end of this look"),
    "a look that is gone": ("DELETE FROM key_viewing", "the record of this look"),
    "a finding": ("UPDATE finding SET reason = 'x' WHERE place = 1", "a finding was altered after the decision"),
    "a finding's kind": ("UPDATE finding SET kind = 'several_right' WHERE place = 1", "this finding was altered"),
    "a finding that is gone": ("DELETE FROM finding WHERE place = 2", "this finding was altered"),
    "what is right instead": (
        "UPDATE finding SET accepted_sealed = (SELECT key_sealed FROM item_version LIMIT 1) WHERE place = 1",
        "a sealed part",
    ),
    "votes": ("UPDATE vote SET outcome = 'dismissed'", "a vote was altered after the decision"),
    "a dissent": ("UPDATE vote SET dissent = 'x'", "this vote was altered"),
    "the decision": ("UPDATE appeal SET outcome = 'dismissed' WHERE outcome IS NOT NULL", "the decision of this"),
    "the protocol": ("UPDATE appeal_protocol SET content_digest = pdf_digest", "the content of the protocol"),
    "the protocol's code": ("UPDATE appeal_protocol SET verification_code = 'AAAA-AAAA'", "was renumbered"),
    "signatures": (f"UPDATE appeal_signature SET signed_at = {EARLIER}", "this signature was altered"),
    "what was signed": (
        "UPDATE appeal_signature SET digest = (SELECT pdf_digest FROM appeal_protocol)", "over another content",
    ),
    "signatures that are gone": ("DELETE FROM appeal_signature", "the signature is missing"),
    "the handing over": (f"UPDATE appeal SET handed_over_at = {EARLIER} WHERE status = 'closed'", "the handing over"),
    "the printed application": ("UPDATE appeal SET pdf_sealed = NULL WHERE pdf_sealed IS NOT NULL", "a sealed part"),
    "the printed protocol": ("UPDATE appeal_protocol SET pdf_digest = content_digest", "the PDF of the protocol"),
}  # fmt: skip


def test_whatever_is_altered_is_found(closed):
    """Each alteration alone, taken back after the look at the trail."""
    unseen = {}
    for what, (statement, told) in ALTERATIONS.items():
        db.session.rollback()
        assert db.session.execute(db.text(statement)).rowcount >= 1, what
        found = [fault.what for fault in audit.verify()]
        if not any(told in fault for fault in found):
            unseen[what] = found
    assert unseen == {}


def test_a_signature_put_in_by_hand_is_found(closed, clock):
    row = "INSERT INTO appeal_signature (id, protocol_id, member_id, digest, signed_at)"
    with db.engine.begin() as connection:
        text = f"{row} SELECT appeal_id, id, :m, content_digest, created_at FROM appeal_protocol"
        left = connection.execute(db.text("SELECT id FROM commission_member WHERE left_at IS NOT NULL")).scalar()
        connection.execute(db.text(text), {"m": left})
    assert "the protocol bears a signature that the trail does not know" in faults()


def test_the_trail_names_no_person_but_staff_and_holds_no_words_of_the_candidate(closed):
    bodies = " ".join(str(body) for body in db.session.scalars(db.select(audit.AuditEntry.body)))
    assert "Үсөнбаева" not in bodies and "Макул эмесмин" not in bodies and "ID 1234567" not in bodies
