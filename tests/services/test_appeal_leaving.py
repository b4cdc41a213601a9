"""¶34–35: who leaves before the decision does not take the quorum along, nor a dissent; a substitute is named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.rules import Role
from appeals import queries
from appeals.models import Vote
from appeals.rules import commission as rules
from appeals.rules import hearing as hearing_rules
from appeals.rules.states import AppealOutcome, AppealStatus, FindingKind
from appeals.services import commissions, declarations, hearings, protocols
from core import audit
from core.db import db, transaction
from tests.appeal_scene import AppealScene

DISMISSED, UPHELD = AppealOutcome.DISMISSED, AppealOutcome.UPHELD
DISSENT = "Өзгөчө пикир: ачкыч туура эмес."


@pytest.fixture
def scene(make, clock):
    """A closed sitting with a chair and two members."""
    return AppealScene(make, clock)


def recuse(scene, user, reason="Иш боюнча."):
    """The administrator records that a member leaves."""
    with transaction():
        member = scene.seat(user)
        commissions.recuse(member, reason, by=scene.administrator, now=scene.clock())
        return member.id


def substitute(scene, member_id, user):
    """Somebody takes the place."""
    with transaction():
        commissions.substitute(
            queries.get_member(member_id), user, "52-Б", scene.clock().date(), by=scene.administrator, now=scene.clock()
        )


def said_of(content, user):
    """What the protocol says of somebody in office at the decision."""
    office = [content["commission"]["chair"], *content["commission"]["members"]]
    return next(one for one in office if one["name"] == user.full_name)


def test_34_those_who_dissent_cannot_be_sent_away_and_the_rest_decide(make, clock):
    scene = AppealScene(make, clock, members=4)
    scene.heard(places=[1])
    scene.find(1, FindingKind.AGREES)
    for user in scene.table[:2]:
        scene.vote(user, DISMISSED)
    for user in scene.table[2:]:
        scene.vote(user, UPHELD, DISSENT)
    for user in scene.table[2:]:
        recuse(scene, user)
    for user in scene.table[:2]:
        scene.vote(user, DISMISSED)
    with pytest.raises(rules.NoQuorum) as refused:
        scene.decide()
    assert refused.value.params == {"places": 5, "n": 2}
    assert scene.appeal().status == AppealStatus.HEARING


def test_34_the_quorum_counts_the_places_of_the_act_when_the_hearing_opens_too(make, clock):
    scene = AppealScene(make, clock, members=3)
    recuse(scene, scene.members[0])
    recuse(scene, scene.members[1])
    scene.file()
    scene.confirm()
    with pytest.raises(rules.NoQuorum):
        scene.open(present=[scene.chair, scene.members[2]])


def test_34_when_a_member_leaves_after_a_vote_all_vote_anew(scene):
    scene.heard()
    scene.vote(scene.members[0], UPHELD, DISSENT)
    scene.vote(scene.chair, DISMISSED)
    recuse(scene, scene.members[0])
    assert queries.votes_of(scene.appeal()) == []
    with pytest.raises(hearing_rules.VotesMissing) as refused:
        scene.decide()
    assert scene.chair.full_name in refused.value.params["names"]
    for user in (scene.chair, scene.members[1]):
        scene.vote(user, DISMISSED)
    scene.decide()
    assert scene.appeal().outcome == DISMISSED


def test_34_the_trail_names_the_votes_that_do_not_count_any_more_and_notices_when_they_are_altered(scene):
    scene.heard()
    scene.vote(scene.members[0], UPHELD, DISSENT)
    scene.vote(scene.chair, DISMISSED)
    recuse(scene, scene.members[0])
    entry = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.action == "votes.discarded")).one()
    gone = {str(vote.id) for vote in queries.discarded_votes(scene.appeal())}
    assert {vote for vote, _member, _said in audit.facts(entry)["votes"]} == gone and len(gone) == 2
    assert DISSENT not in str(audit.facts(entry))
    assert not list(audit.verify())
    with transaction():
        db.session.execute(db.update(Vote).values(discarded_at=None))
    assert any("discarded" in str(fault) for fault in audit.verify())


def test_34_where_nobody_has_voted_nothing_is_discarded(scene):
    scene.heard()
    recuse(scene, scene.members[0])
    actions = db.session.scalars(db.select(audit.AuditEntry.action)).all()
    assert "votes.discarded" not in actions


def test_34_the_protocol_names_who_left_before_the_decision_and_that_they_had_voted(scene, clock):
    scene.heard()
    scene.vote(scene.members[0], UPHELD, DISSENT)
    recuse(scene, scene.members[0], "Тууганы экен.")
    left_at = clock()
    for user in (scene.chair, scene.members[1]):
        scene.vote(user, DISMISSED)
    scene.decide()
    [left] = protocols.protocol_content(scene.protocol())["commission"]["left"]
    assert (left["name"], left["reason"], left["had_voted"]) == (scene.members[0].full_name, "Тууганы экен.", True)
    assert left["left_at"] == audit.plain(left_at)


def test_34_a_substitute_is_named_with_the_act_and_is_present_only_if_they_were(make, scene, clock):
    scene.heard()
    member_id = recuse(scene, scene.members[0])
    clock.advance(timedelta(minutes=10))
    fresh = make.user(Role.COMMISSION_MEMBER)
    substitute(scene, member_id, fresh)
    for user in (scene.chair, scene.members[1]):
        scene.vote(user, DISMISSED)
    with pytest.raises(rules.NotInCommission):
        scene.vote(fresh, DISMISSED)
    scene.decide()
    said = said_of(protocols.protocol_content(scene.protocol()), fresh)
    assert not said["is_present"]
    assert said["substitutes"] == {
        "name": scene.members[0].full_name, "since": audit.plain(clock()), "act_number": "52-Б",
        "act_on": str(clock().date()),
    }  # fmt: skip


def test_34_a_substitute_sits_down_when_they_have_declared_and_votes_when_they_have_seen_the_key(make, scene):
    scene.heard()
    member_id = recuse(scene, scene.members[0])
    fresh = make.user(Role.COMMISSION_MEMBER)
    substitute(scene, member_id, fresh)
    with pytest.raises(rules.NotInCommission):
        scene.view(by=fresh)
    scene.declare(0, fresh)
    scene.view(by=fresh)
    for user in (scene.chair, scene.members[1], fresh):
        scene.vote(user, DISMISSED)
    scene.decide()
    with pytest.raises(rules.NotInCommission):
        scene.sign(scene.members[0])
    scene.sign(fresh)
    assert said_of(protocols.protocol_content(scene.protocol()), fresh)["is_present"]
    assert not list(audit.verify())


def test_34_who_has_not_declared_does_not_count_as_present(scene, clock):
    scene.file()
    scene.confirm()
    scene.declare(0, scene.chair, scene.members[0])
    seats = [scene.seat(user) for user in scene.table]
    with pytest.raises(rules.DeclarationMissing) as refused, transaction():
        hearings.open_hearing(scene.appeal(), "ID 1", seats, by=scene.chair, now=clock())
    assert refused.value.params["names"] == scene.members[1].full_name


def test_34_a_declaration_is_made_once_by_a_member_in_office_before_the_decision(make, scene):
    scene.file()
    scene.declare(0, scene.chair)
    stranger = make.user(Role.COMMISSION_MEMBER)
    for user, refusal in ((scene.chair, rules.DeclaredAlready), (stranger, rules.NotInCommission)):
        with pytest.raises(refusal), transaction():
            declarations.declare(scene.appeal(), by=user, now=scene.clock())


def test_34_who_is_related_leaves_by_their_own_act(scene, clock):
    scene.file()
    member = scene.seat(scene.members[0])
    with transaction():
        declarations.declare_related(scene.appeal(), "Талапкер тууганым.", by=scene.members[0], now=clock())
    db.session.refresh(member)
    assert (member.left_at, member.left_reason) == (clock(), "Талапкер тууганым.")
    entry = db.session.scalars(
        db.select(audit.AuditEntry).where(audit.AuditEntry.action == "commission.member_left")
    ).one()
    assert entry.actor == f"user:{scene.members[0].id}"
    assert not list(audit.verify())


def test_34_who_said_no_relation_and_then_recognises_a_relative_leaves_and_all_vote_anew(scene, clock):
    scene.heard()
    scene.vote(scene.members[0], DISMISSED)
    with transaction():
        declarations.declare_related(scene.appeal(), "Эми тааныдым.", by=scene.members[0], now=clock())
    assert queries.votes_of(scene.appeal()) == [] and queries.member_of(scene.commission, scene.members[0]) is None


def test_34_a_declaration_that_was_turned_round_is_found(scene):
    scene.file()
    scene.declare()
    with transaction():
        db.session.execute(db.text("UPDATE declaration SET is_related = true"))
    assert sum("declaration" in str(fault) for fault in audit.verify()) == 3
