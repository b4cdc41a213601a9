"""¶35: no hearing is a dead end; adjourned before the key is shown it is heard anew, and no appeal is lost unheard."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appeals.rules import hearing as rules
from appeals.rules.states import AppealNotOpen, AppealOutcome, AppealStatus, FindingKind
from appeals.services import protocols
from core import audit
from core.db import db, transaction
from core.outbox import Letter
from tests.appeal_scene import DOCUMENT, AppealScene

DAY, WAIT, SECOND = timedelta(hours=24), timedelta(minutes=15), timedelta(seconds=1)
UPHELD, DISMISSED = AppealOutcome.UPHELD, AppealOutcome.DISMISSED


@pytest.fixture
def scene(make, clock):
    """A closed sitting with a chair and two members."""
    return AppealScene(make, clock)


@pytest.fixture
def adjourned(scene, clock):
    """The candidate was invited and came; the hearing was adjourned before the key was shown."""
    scene.file()
    scene.confirm()
    scene.invite()
    clock.advance(DAY)
    scene.open()
    clock.advance(timedelta(minutes=5))
    scene.adjourn(reason="Ток өчтү.")
    return scene


def faults():
    """What the verification of the trail finds."""
    db.session.rollback()
    return [fault.what for fault in audit.verify()]


def test_35_a_hearing_at_which_the_key_was_not_shown_is_adjourned_not_closed(scene):
    scene.file()
    scene.confirm()
    scene.open()
    with pytest.raises(rules.NothingShown):
        scene.close_hearing()
    with pytest.raises(rules.AdjournmentUnexplained):
        scene.adjourn(reason=" ")
    scene.adjourn()
    assert scene.appeal().status == AppealStatus.FILED
    with pytest.raises(AppealNotOpen):
        scene.view()


def test_35_an_adjourned_hearing_is_opened_again_and_decided_and_the_paper_tells_of_both_days(adjourned, clock):
    scene, first = adjourned, adjourned.appeal().hearing.opened_at
    clock.advance(DAY)
    scene.open(note="ID 7654321")
    again = scene.appeal().hearing
    assert (again.opened_at, again.closed_at, again.presence_note) == (clock(), None, "ID 7654321")
    scene.view(note="ID 7654321")
    scene.all_vote(DISMISSED)
    scene.decide()
    [before] = protocols.protocol_content(scene.protocol())["hearing"]["earlier"]
    assert (before["opened_at"], before["reason"]) == (audit.plain(first), "Ток өчтү.")
    assert faults() == []
    for action, times in (("hearing.opened", 2), ("hearing.adjourned", 1), ("hearing.closed", 1)):
        assert db.session.query(audit.AuditEntry).filter_by(action=action).count() == times


def test_35_after_an_adjournment_the_candidate_withdraws_or_is_invited_anew(adjourned, clock):
    adjourned.invite()
    clock.advance(SECOND)
    adjourned.withdraw()
    assert adjourned.appeal().status == AppealStatus.WITHDRAWN and faults() == []


def test_35_who_came_to_a_hearing_that_was_adjourned_has_not_missed_it(adjourned, clock):
    assert adjourned.appeal().invited_for is None
    clock.advance(DAY)
    with pytest.raises(rules.TooEarlyToLapse):
        adjourned.lapse()


def test_35_after_the_key_was_shown_nothing_is_adjourned(scene):
    scene.heard()
    with pytest.raises(rules.KeyWasShown):
        scene.adjourn()
    scene.close_hearing()
    with pytest.raises(rules.HearingClosed):
        scene.adjourn()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE hearing SET reason = 'башка'",
        "UPDATE hearing SET closed_at = opened_at",
        "UPDATE hearing SET attendance = '[]'",
    ],
)
def test_35_what_is_on_record_of_an_adjournment_cannot_be_altered_unseen(adjourned, change):
    assert faults() == []
    with transaction():
        db.session.execute(db.text(change))
    assert faults() != []


def test_35_what_is_kept_of_an_earlier_opening_cannot_be_altered_unseen(adjourned):
    adjourned.open()
    assert faults() == []
    with transaction():
        adjourned.appeal().hearing.earlier = []
    assert len(faults()) == 2  # its opening and its adjournment


def test_34_a_finding_changed_or_added_after_votes_takes_them_out_of_the_count(scene, clock):
    scene.heard(places=[1])
    scene.find(1, FindingKind.WRONG_KEY, [scene.option(1, 1)])
    scene.all_vote(UPHELD)
    scene.find(1, FindingKind.WRONG_KEY, [scene.option(1, 1)])  # the same again changes nothing
    assert len(scene.appeal().votes) == 3
    clock.advance(SECOND)
    for place in (1, 2):
        scene.find(place, FindingKind.VOID, by=scene.members[0])
        with pytest.raises(rules.VotesMissing):
            scene.decide()
        scene.all_vote(UPHELD)
    scene.decide()
    for entry in _discarded():
        assert {vote[1] for vote in audit.facts(entry)["votes"]} == {str(scene.seat(user).id) for user in scene.table}
    assert [one.actor for one in _discarded()] == [scene.members[0].actor_name] * 2
    assert faults() == []


def _discarded():
    return db.session.query(audit.AuditEntry).filter_by(action="votes.discarded").all()


@pytest.mark.parametrize(
    ("kind", "index", "refusal"),
    [(FindingKind.WRONG_KEY, 0, rules.KeyUnchanged), (FindingKind.SEVERAL_RIGHT, 0, rules.NothingAdded)],
)
def test_35_a_finding_that_would_change_nothing_is_refused_when_it_is_written_down(scene, kind, index, refusal):
    scene.heard(places=[1])
    with pytest.raises(refusal):
        scene.find(1, kind, [scene.option(1, index)])
    scene.find(1, kind, [scene.option(1, index + 1)])


def test_35_an_appeal_does_not_lapse_unless_the_letter_went_or_somebody_says_how_the_candidate_was_told(scene, clock):
    scene.file()
    scene.invite()
    clock.advance(DAY + WAIT + SECOND)
    with pytest.raises(rules.NotTold):
        scene.lapse(told=" ")
    scene.lapse(told="Телефон менен, 27.11.2026, төрага.")
    assert scene.appeal().told_how == "Телефон менен, 27.11.2026, төрага." and faults() == []
    with transaction():
        scene.appeal().told_how = None
    assert any("how this candidate was told" in one for one in faults())


def test_35_a_letter_of_an_invitation_that_was_put_off_does_not_tell_of_the_new_one(scene, clock):
    scene.file()
    scene.invite()
    with transaction():
        db.session.scalars(db.select(Letter).filter_by(kind="appeal.invited")).one().sent_at = clock()
    scene.invite(after=2 * DAY)
    clock.advance(2 * DAY + WAIT + SECOND)
    with pytest.raises(rules.NotTold):
        scene.lapse(told="")
    with transaction():
        for letter in db.session.scalars(db.select(Letter).filter_by(kind="appeal.invited")):
            letter.sent_at = clock()
    scene.lapse(told="")


def test_35_nobody_has_missed_a_hearing_while_the_sitting_or_its_appeal_hour_runs(make, clock):
    scene = AppealScene(make, clock, people=2, close=False)
    scene.file()
    scene.invite()
    clock.advance(DAY + WAIT + SECOND)
    with pytest.raises(rules.HourStillRuns):
        scene.lapse()
    scene.close_sitting()
    clock.advance(timedelta(hours=1))
    with pytest.raises(rules.HourStillRuns):
        scene.lapse()
    clock.advance(SECOND)
    scene.lapse()
    assert scene.appeal().status == AppealStatus.LAPSED


def test_35_who_is_here_is_heard_at_once_without_an_invitation(scene):
    scene.file()
    scene.confirm()
    with pytest.raises(rules.InvitationTooShort):
        scene.invite(after=timedelta(minutes=5))
    scene.open(note=DOCUMENT)
    assert scene.appeal().status == AppealStatus.HEARING


def test_35_what_is_handed_over_was_drawn_once_after_the_last_signature(scene, clock):
    scene.decided()
    for user in scene.table:
        clock.advance(timedelta(minutes=1))
        scene.sign(user)
    clock.advance(timedelta(minutes=1))
    scene.hand_over()
    kept = scene.protocol().pdf_digest
    drawn = db.session.query(audit.AuditEntry).filter_by(action="appeal_protocol.drawn").one()
    assert drawn.at > max(one.signed_at for one in scene.protocol().signatures)
    with transaction():
        protocols.protocol_pdf(scene.protocol(), now=clock())
    assert scene.protocol().pdf_digest == kept is not None
