"""¶34–35: findings, votes and dissents, the outcome, and a protocol that the chair and every member sign."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from accounts.rules import Role
from appeals import queries
from appeals.models import AppealSignature, Finding, Vote
from appeals.rules import commission as seats
from appeals.rules import hearing as rules
from appeals.rules.filing import NoSuchQuestion
from appeals.rules.states import AppealNotOpen, AppealOutcome, AppealStatus, FindingKind
from appeals.services import protocols
from core.audit import AuditCheckpoint, AuditEntry
from core.db import db, transaction
from testing_center.accepted import open_accepted
from tests.appeal_scene import DOCUMENT, AppealScene

DISMISSED, IN_PART, UPHELD = AppealOutcome.DISMISSED, AppealOutcome.UPHELD_IN_PART, AppealOutcome.UPHELD


@pytest.fixture
def scene(make, clock):
    """A closed sitting with a chair and two members."""
    return AppealScene(make, clock)


# Findings


def test_35_nothing_is_found_voted_or_decided_before_the_key_was_shown(scene):
    scene.file()
    scene.confirm()
    scene.open()
    for act in (lambda: scene.find(1), lambda: scene.vote(scene.chair, DISMISSED), scene.decide):
        with pytest.raises(rules.KeyNotReviewed):
            act()


def test_35_what_is_right_instead_is_sealed_and_never_in_the_trail(scene):
    scene.heard(places=[1])
    right = scene.option(1, 1)
    scene.find(1, FindingKind.WRONG_KEY, [right])
    [finding] = queries.findings_of(scene.appeal())
    assert open_accepted(finding) == [[right]]
    assert right.encode() not in finding.accepted_sealed
    assert all(right not in str(body) for body in db.session.scalars(db.select(AuditEntry.body)))


def test_35_until_the_decision_a_finding_is_written_anew_and_both_stay_in_the_trail(scene):
    scene.heard(places=[1])
    scene.find(1, FindingKind.VOID)
    scene.find(1, FindingKind.AGREES, by=scene.members[0], reason="Кайра каралды.")
    [finding] = queries.findings_of(scene.appeal())
    assert (finding.kind, finding.reason, finding.recorded_by_id) == (
        FindingKind.AGREES, "Кайра каралды.", scene.members[0].id,
    )  # fmt: skip
    assert db.session.scalars(db.select(AuditEntry).filter_by(action="finding.recorded")).all()[1:]


def test_35_a_finding_fits_the_question(scene):
    scene.heard()
    with pytest.raises(NoSuchQuestion):
        scene.find(6)
    with pytest.raises(rules.FindingIncomplete):
        scene.find(1, FindingKind.WRONG_KEY, [scene.option(2, 1)])  # an option of another question
    with pytest.raises(rules.FindingIncomplete):
        scene.find(1, FindingKind.AGREES, [scene.option(1, 1)])


def test_34_only_who_is_at_the_table_finds_and_votes(make, scene):
    scene.heard(present=[scene.chair, scene.members[0]])
    for outsider in (scene.members[1], make.user(Role.COMMISSION_MEMBER)):
        with pytest.raises(seats.NotInCommission):
            scene.find(1, by=outsider)
        with pytest.raises(seats.NotInCommission):
            scene.vote(outsider, DISMISSED)


# Votes and the decision


def test_35_every_disputed_question_needs_a_finding(scene):
    scene.heard(places=[1, 4])
    scene.find(1)
    scene.all_vote(DISMISSED)
    with pytest.raises(rules.FindingsMissing) as refused:
        scene.decide()
    assert refused.value.params == {"questions": str(scene.attempt().order["items"].index(4) + 1)}
    scene.find(4)
    scene.all_vote(DISMISSED)
    scene.decide()


def test_34_every_member_present_votes(scene):
    scene.heard()
    scene.vote(scene.chair, DISMISSED)
    scene.vote(scene.members[0], DISMISSED)
    with pytest.raises(rules.VotesMissing, match=scene.members[1].full_name):
        scene.decide()


def test_34_who_is_absent_has_no_vote_and_does_not_sign(scene):
    scene.heard(present=[scene.chair, scene.members[0]])
    scene.vote(scene.chair, DISMISSED)
    scene.vote(scene.members[0], UPHELD)
    scene.decide()
    assert scene.appeal().outcome == DISMISSED  # equal votes: the chair's side
    with pytest.raises(seats.NotInCommission):
        scene.sign(scene.members[1])


def test_34_without_a_decision_they_vote_again(make, clock):
    scene = AppealScene(make, clock, members=4)
    scene.heard(places=[1])
    scene.find(1, FindingKind.VOID)
    for user, outcome in zip(scene.table, [DISMISSED, UPHELD, UPHELD, IN_PART, IN_PART], strict=True):
        scene.vote(user, outcome)
    with pytest.raises(rules.NoDecision):
        scene.decide()
    assert scene.appeal().status == AppealStatus.HEARING
    scene.vote(scene.chair, IN_PART)
    scene.decide()
    assert scene.appeal().outcome == IN_PART
    assert len(queries.votes_of(scene.appeal())) == 5


def test_35_an_outcome_against_the_findings_is_no_decision(scene):
    scene.heard(places=[1])
    scene.find(1, FindingKind.WRONG_KEY, [scene.option(1, 1)])
    scene.all_vote(DISMISSED)
    with pytest.raises(rules.OutcomeUnfounded):
        scene.decide()


def test_34_only_the_chair_at_the_table_fixes_the_decision(scene):
    scene.heard()
    scene.all_vote(DISMISSED)
    with pytest.raises(seats.OnlyTheChair):
        scene.decide(by=scene.members[0])


def test_35_the_decision_closes_the_hearing_and_nothing_changes_afterwards(scene, clock):
    scene.heard()
    scene.all_vote(DISMISSED)
    clock.advance(timedelta(minutes=30))
    scene.decide()
    hearing = scene.appeal().hearing
    assert (hearing.closed_at, [viewing.ended_at for viewing in hearing.viewings]) == (clock(), [clock()])
    for act in (
        lambda: scene.find(1), lambda: scene.vote(scene.chair, UPHELD), scene.decide, scene.view, scene.open,
        scene.withdraw, scene.lapse, scene.close_hearing,
    ):  # fmt: skip
        with pytest.raises(AppealNotOpen):
            act()


def test_35_the_commission_deliberates_after_the_candidate_has_left(scene):
    scene.heard()
    scene.close_hearing()
    scene.find(2)
    scene.all_vote(DISMISSED)
    scene.decide()
    assert scene.appeal().status == AppealStatus.DECIDED


# The protocol


def test_35_the_protocol_says_who_was_there_what_was_shown_found_and_voted(scene, clock):
    scene.heard(places=[1])
    scene.find(1, FindingKind.SEVERAL_RIGHT, [scene.option(1, 1)], reason="Эки жооп тең туура.")
    scene.vote(scene.chair, UPHELD)
    scene.vote(scene.members[0], UPHELD)
    scene.vote(scene.members[1], IN_PART, "Менимче, бир жооп.")
    scene.decide()
    content = protocols.protocol_content(scene.protocol())
    names = [user.full_name for user in scene.table]
    assert [content["commission"]["chair"]["name"], *(m["name"] for m in content["commission"]["members"])] == names
    assert (content["commission"]["act_number"], content["hearing"]["presence_note"]) == ("41-Б", DOCUMENT)
    assert [viewing["name"] for viewing in content["hearing"]["viewings"]] == names[:1]
    assert content["form"]["equal"] and content["form"]["digest"] == scene.attempt().form.digest.hex()
    assert content["score"] == {"stored": 2, "recomputed": 2, "maximum": 5, "cut_score": 3}
    [finding] = content["findings"]
    assert (finding["question"], finding["kind"], finding["reason"]) == (
        scene.attempt().order["items"].index(1) + 1, "several_right", "Эки жооп тең туура.",
    )  # fmt: skip
    assert finding["accepted"][0].startswith("Жооп ")
    assert [(vote["name"], vote["outcome"], vote["dissent"]) for vote in content["votes"]] == [
        (names[0], "upheld", ""), (names[1], "upheld", ""), (names[2], "upheld_in_part", "Менимче, бир жооп."),
    ]  # fmt: skip
    assert (content["outcome"], content["name"]) == ("upheld", "Үсөнбаева Өкүмкан Ыңтымаковна")
    assert content["audit"]["entry"] == scene.protocol().audit_number


def test_35_all_members_present_sign_the_same_digest_once_each(scene):
    scene.decided()
    for user in scene.table:
        scene.sign(user)
        with pytest.raises(rules.AlreadySigned):
            scene.sign(user)
    protocol = scene.protocol()
    assert {signature.digest for signature in protocol.signatures} == {protocol.content_digest}
    assert len(protocol.signatures) == 3


def test_35_a_content_that_was_altered_is_signed_by_nobody(scene):
    scene.decided()
    with db.engine.begin() as connection:
        connection.execute(db.text("UPDATE appeal_protocol SET content_digest = :d"), {"d": bytes(32)})
    with pytest.raises(RuntimeError, match="altered"):
        scene.sign(scene.chair)


def test_35_it_is_handed_over_when_all_have_signed(scene, clock):
    scene.decided()
    scene.sign(scene.chair)
    scene.sign(scene.members[0])
    with pytest.raises(rules.SignaturesMissing, match=scene.members[1].full_name):
        scene.hand_over()
    with pytest.raises(rules.SignaturesMissing), transaction():
        protocols.protocol_pdf(scene.protocol(), now=clock())
    assert [member.user_id for member in protocols.unsigned(scene.protocol())] == [scene.members[1].id]
    scene.sign(scene.members[1])
    scene.hand_over()
    assert (scene.appeal().status, scene.appeal().handed_over_at) == (AppealStatus.CLOSED, clock())
    last = db.session.scalars(db.select(AuditCheckpoint.reason).order_by(AuditCheckpoint.number.desc())).first()
    assert last == "appeal closed"
    with pytest.raises(AppealNotOpen):
        scene.hand_over()
    with pytest.raises(AppealNotOpen):
        scene.sign(scene.chair)


def test_35_the_commission_or_an_administrator_hands_over(make, scene, clock):
    scene.decided()
    for user in scene.table:
        scene.sign(user)
    with pytest.raises(seats.NotInCommission), transaction():
        protocols.hand_over(scene.appeal(), by=make.user(Role.PROCTOR), now=clock())
    with transaction():
        protocols.hand_over(scene.appeal(), by=scene.administrator, now=clock())


def test_35_the_paper_is_drawn_once_and_stays(scene, clock):
    scene.closed(UPHELD, findings={1: FindingKind.WRONG_KEY})
    with transaction():
        first = protocols.protocol_pdf(scene.protocol(), now=clock())
    clock.advance(timedelta(days=1))
    assert first.startswith(b"%PDF") and protocols.protocol_pdf(scene.protocol(), now=clock()) == first


# What the database itself guarantees


def test_one_finding_a_question_one_vote_and_one_signature_a_member(scene, clock):
    scene.decided(UPHELD, findings={1: FindingKind.VOID})
    scene.sign(scene.chair)
    appeal, protocol, seat = scene.appeal(), scene.protocol(), scene.seat(scene.chair)
    again = (
        Finding(appeal_id=appeal.id, place=1, kind=FindingKind.AGREES, reason="", recorded_at=clock(),
                recorded_by_id=scene.chair.id),
        Vote(appeal_id=appeal.id, member_id=seat.id, outcome=DISMISSED, cast_at=clock()),
        AppealSignature(protocol_id=protocol.id, member_id=seat.id, digest=bytes(32), signed_at=clock()),
    )  # fmt: skip
    for row in again:
        with pytest.raises(IntegrityError), transaction():
            db.session.add(row)


def test_the_hearing_of_another_appeal_is_not_touched(make, clock):
    scene = AppealScene(make, clock, people=2)
    scene.closed(DISMISSED, who=0)
    scene.heard(1)
    assert (scene.appeal(0).status, scene.appeal(1).status) == (AppealStatus.CLOSED, AppealStatus.HEARING)
