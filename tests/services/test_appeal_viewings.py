"""¶35: the key is shown only in the candidate's presence, asked each time, and never of what others still sit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.rules import Role
from appeals import form_queries, queries
from appeals.rules import commission as seats
from appeals.rules import hearing, viewing
from appeals.rules.states import AppealOutcome
from appeals.services import commissions, protocols, review, viewings
from core import audit
from core.db import db, transaction
from question_bank.assembly.plan import BlueprintShort
from question_bank.models import TestForm
from testing_center.models.sittings import Sitting
from testing_center.rules.sittings import FormSpent
from testing_center.services import codes, registration, sittings
from tests import closing
from tests.appeal_scene import DOCUMENT, AppealScene
from tests.candidates import Candidate

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
DISMISSED = AppealOutcome.DISMISSED


@pytest.fixture
def scene(make, clock):
    """A hearing is open, everybody at the table."""
    scene = AppealScene(make, clock)
    scene.file()
    scene.confirm()
    scene.open()
    return scene


def alike(make, scene, *, starts_in=timedelta(0)):
    """A planned sitting with another form of the same items, somebody registered, codes issued."""
    specification, now = scene.attempt().form.specification, scene.clock()
    [form] = make.forms(specification)
    room, proctor, competition = make.room(3), make.user(Role.PROCTOR), make.competition()
    with transaction():
        sitting = sittings.plan_sitting(
            f"Т-2026-{make.number()}", db.session.merge(specification), room, now + starts_in,
            [db.session.get_one(TestForm, form.id)], [proctor], by=scene.administrator, now=now,
        )  # fmt: skip
        registration.register(sitting, competition, make.person(), "ky", by=scene.administrator, now=now)
        db.session.flush()
        codes.issue_codes(sitting, by=scene.administrator, now=now)
    return sitting


def faults():
    """What the verification of the trail finds."""
    db.session.rollback()
    return [fault.what for fault in audit.verify()]


def test_35_every_viewing_asks_for_the_candidate_their_document_and_a_quorum(scene, clock):
    clock.advance(timedelta(days=5))
    alone, member = scene.members[:1], scene.members[0]
    with pytest.raises(viewing.CandidateAbsent):
        scene.view(is_here=False)
    with pytest.raises(hearing.PresenceMissing):
        scene.view(note=" ")
    for present in ([], alone):
        with pytest.raises(seats.NoQuorum):
            scene.view(by=member, present=present)
    shown = scene.view(by=member, present=[scene.chair])  # whoever begins is there
    assert shown.attendance == [str(scene.seat(user).id) for user in (scene.chair, member)]
    assert shown.presence_note == DOCUMENT and faults() == []


def test_35_only_who_was_there_when_the_key_was_shown_finds_votes_and_decides(scene):
    late = scene.members[1]
    scene.view(present=[scene.chair, scene.members[0]])
    for act in (lambda: scene.vote(late, DISMISSED), lambda: scene.find(1, by=late)):
        with pytest.raises(viewing.NotAtViewing):
            act()
    for user in (scene.chair, scene.members[0]):
        scene.vote(user, DISMISSED)
    scene.decide()
    content = protocols.protocol_content(scene.protocol())
    assert [one["name"] for one in content["votes"]] == [scene.chair.full_name, scene.members[0].full_name]
    [shown] = content["hearing"]["viewings"]
    assert (shown["present"], shown["presence_note"]) == ([one["name"] for one in content["votes"]], DOCUMENT)


def test_35_who_comes_to_a_later_viewing_decides_too(scene):
    late = scene.members[1]
    scene.view(present=[scene.chair, scene.members[0]])
    scene.view(by=scene.members[0], present=[scene.chair, late])
    for user in scene.table:
        scene.vote(user, DISMISSED)
    scene.decide()
    assert len(protocols.protocol_content(scene.protocol())["votes"]) == 3


def test_35_who_was_not_at_the_opening_comes_to_the_table_with_a_viewing(make, clock):
    scene = AppealScene(make, clock)
    scene.file()
    scene.confirm()
    scene.open(present=[scene.chair, scene.members[0]])
    scene.declare(0, scene.members[1])
    with pytest.raises(seats.NotInCommission):
        scene.view(by=scene.members[1])
    scene.view(present=scene.table)
    scene.vote(scene.members[1], DISMISSED)
    assert faults() == []


def test_34_a_substitute_votes_after_a_viewing_for_which_the_hearing_is_opened_again(make, scene, clock):
    scene.view()
    scene.close_hearing()
    old, fresh = scene.seat(scene.members[0]), make.user(Role.COMMISSION_MEMBER)
    with transaction():
        commissions.recuse(old, "ооруп калды", by=scene.administrator, now=clock())
    with transaction():
        commissions.substitute(old, fresh, "43-Б", clock().date(), by=make.user(Role.TEST_ADMINISTRATOR), now=clock())
    scene.members[0] = fresh
    scene.declare(0, fresh)
    with pytest.raises(viewing.NotAtViewing):
        scene.vote(fresh, DISMISSED)
    clock.advance(timedelta(days=1))
    scene.open()
    first = scene.appeal().hearing.earlier
    assert [one["reason"] for one in first] == [None] and scene.appeal().hearing.closed_at is None
    scene.view()
    scene.all_vote(DISMISSED)
    scene.decide()
    assert len(protocols.protocol_content(scene.protocol())["votes"]) == 3 and faults() == []


def test_35_a_viewing_that_nobody_ends_is_over_after_four_hours_and_the_key_closed(scene, clock):
    shown = scene.view()
    clock.advance(4 * HOUR - SECOND)
    assert review.review(scene.appeal(), by=scene.chair, now=clock()).items
    assert viewings.end_overdue(now=clock()) == 0
    clock.advance(SECOND)
    with pytest.raises(viewing.ViewingNotOpen):  # whether or not the sweeper has come
        review.review(scene.appeal(), by=scene.chair, now=clock())
    clock.advance(10 * SECOND)
    assert (viewings.end_overdue(now=clock()), viewings.end_overdue(now=clock())) == (1, 0)
    over = queries.get_viewing(shown.id)
    assert (over.ended_at - over.begun_at, over.ended_by_id) == (4 * HOUR, None)
    with pytest.raises(viewing.CandidateAbsent):  # another viewing asks anew who is there
        scene.view(is_here=False)
    assert scene.view().id != shown.id and faults() == []


def test_35_who_ends_a_viewing_after_its_time_does_not_lengthen_it(scene, clock):
    shown = scene.view()
    clock.advance(9 * HOUR)
    with transaction():
        viewings.end_viewing(queries.get_viewing(shown.id), by=scene.chair, now=clock())
    over = queries.get_viewing(shown.id)
    assert (over.ended_at - over.begun_at, over.ended_by_id) == (4 * HOUR, None)


@pytest.mark.parametrize(
    "change", ["UPDATE key_viewing SET attendance = '[]'", "UPDATE key_viewing SET presence_note = 'ID 9'"]
)
def test_35_who_was_there_cannot_be_altered_unseen(scene, change):
    scene.view()
    assert faults() == []
    with transaction():
        db.session.execute(db.text(change))
    assert any("who was there at this look at the key" in one for one in faults())


def test_35_the_key_is_not_shown_while_somebody_sits_the_same_questions_on_another_form(make, scene, clock):
    other = alike(make, scene)
    assert other.forms[0].id != scene.attempt().form_id
    assert form_queries.is_form_free(scene.attempt().form)
    make.open(other)
    make.present(db.session.get_one(Sitting, other.id))
    with pytest.raises(viewing.FormInUse):
        scene.view()
    candidate = Candidate(clock, make.codes(db.session.get_one(Sitting, other.id))[0]).enter().start()
    with pytest.raises(viewing.FormInUse):
        scene.view()
    candidate.submit()
    with transaction():
        closing.close(db.session.get_one(Sitting, other.id), by=scene.administrator, now=clock())
    scene.view()


def test_35_a_form_with_a_question_whose_key_was_shown_is_not_sat_again(make, scene, clock):
    other = alike(make, scene, starts_in=HOUR)
    assert [one.id for one in form_queries.spent_by(scene.attempt().form)] == [other.id]
    scene.view()
    assert form_queries.was_key_shown(other.forms[0].id)
    with pytest.raises(FormSpent), transaction():
        sittings.confirm_opening(db.session.get_one(Sitting, other.id), by=make.user(Role.PROCTOR), now=clock())
    assert form_queries.spent_by(scene.attempt().form) == []  # nothing is left to be taken from it


def test_35_a_question_whose_key_was_shown_stands_in_no_form_sealed_afterwards(make, scene):
    specification = scene.attempt().form.specification
    scene.view()
    with pytest.raises(BlueprintShort):
        make.forms(specification)
    make.items(len(scene.attempt().form.items))
    [fresh] = make.forms(db.session.merge(specification))
    shown = {item.item_version_id for item in scene.attempt().form.items}
    assert not shown & {item.item_version_id for item in fresh.items}
    assert not form_queries.was_key_shown(fresh.id)
