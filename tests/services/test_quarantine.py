"""Quarantine: no form draws the question, every form that holds it says so, a second person ends it (¶23–24)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from core import audit
from core.db import db, transaction
from question_bank import life, quarantine_queries, queries, rules, stock_queries
from question_bank.life import SuspensionKind
from question_bank.life_models import ItemSuspension
from question_bank.models import Item, TestForm
from question_bank.services import items, quarantine
from testing_center.models.sittings import Sitting
from testing_center.services.suspects import suspects_at
from tests.life_scene import LifeScene, question


@pytest.fixture
def scene(make, clock):
    """Three approved questions."""
    found = LifeScene(make, clock)
    found.approve(0, 1, 2)
    return found


def suspend(scene, number=0, reason="Суроо интернетте жарыяланды.", by=None):
    with transaction():
        quarantine.suspend(scene.item(number), SuspensionKind.LEAK, reason, by=by or scene.first, now=scene.clock())


def lift(scene, number=0, reason="Жарыяланган суроо башка экен.", by=None):
    with transaction():
        quarantine.lift(scene.item(number), reason, by=by or scene.second, now=scene.clock())


def drawable() -> set[str]:
    ids = {candidate.id for candidate in stock_queries.bank_candidates()}
    return {version.item.external_id for version in queries.approved_versions() if str(version.id) in ids}


def test_a_question_in_quarantine_is_not_drawn_and_is_drawn_again_when_a_second_person_has_taken_it_out(scene):
    suspend(scene)
    assert drawable() == {"LAW-001", "LAW-002"}
    scene.clock.advance(timedelta(days=1))
    lift(scene)
    assert drawable() == {"LAW-000", "LAW-001", "LAW-002"}
    assert not list(audit.verify())


def test_a_question_in_quarantine_is_not_counted_as_available(scene):
    before = stock_queries.stock()
    suspend(scene)
    assert stock_queries.stock() != before


def test_the_person_who_put_it_there_does_not_take_it_out(scene):
    suspend(scene)
    with pytest.raises(life.OwnSuspension):
        lift(scene, by=scene.first)
    assert scene.item(0).suspended_at is not None


def test_whoever_worked_on_the_question_does_not_take_it_out_nor_is_asked_to(scene):
    one = scene.make.user(*scene.author.roles, *scene.first.roles)
    scene.ids.append(scene.write(question(3), by=one))
    scene.approve(3)
    suspend(scene, 3)
    with pytest.raises(life.OwnQuestionSuspended):
        lift(scene, 3, by=one)
    assert [quarantine_queries.quarantined_for(person.id) for person in (one, scene.second)] == [0, 1]
    lift(scene, 3)


def test_the_database_itself_refuses_one_person_for_both(scene):
    suspend(scene)
    with pytest.raises(IntegrityError), transaction():
        one = db.session.scalars(db.select(ItemSuspension)).one()
        one.lifted_at, one.lifted_by_id, one.lift_reason = scene.clock(), one.by_id, "Өзүм"


@pytest.mark.parametrize("act", [suspend, lift])
def test_neither_goes_without_a_reason(scene, act):
    if act is lift:
        suspend(scene)
    with pytest.raises(rules.CommentNeeded):
        act(scene, reason="  ")


def test_it_is_put_there_once_and_taken_out_once(scene):
    suspend(scene)
    with pytest.raises(life.AlreadySuspended):
        suspend(scene, by=scene.second)
    lift(scene)
    with pytest.raises(life.NotSuspended):
        lift(scene)


def test_a_question_out_of_use_is_not_put_there(scene):
    with transaction():
        items.retire(scene.item(0), "Эскирди", by=scene.first, now=scene.clock())
    with pytest.raises(rules.ItemRetired):
        suspend(scene)


def test_every_form_that_holds_it_in_whichever_version_says_so_until_it_is_taken_out(make, clock):
    sitting = make.sitting(people=1, open=False)
    scene = LifeScene(make, clock, count=0)
    form = db.session.scalars(db.select(TestForm)).one()
    held = queries.get_form(form.id).items[2].version
    scene.ids = [held.id]
    suspend(scene)
    found = quarantine_queries.suspects_on([form.id])[form.id]
    assert [(one.position, one.external_id) for one in found] == [(3, held.item.external_id)]
    (use,) = quarantine.uses_of([form.id])
    assert (use.name, use.is_ahead) == (db.session.get(Sitting, sitting.id).number, True)
    assert [one.external_id for one in suspects_at(db.session.get(Sitting, sitting.id))] == [found[0].external_id]
    said = audit.facts(db.session.scalars(db.select(audit.AuditEntry).filter_by(action="item.suspended")).one())
    assert said["forms"] == [str(form.id)]
    lift(scene)
    assert quarantine_queries.suspects_on([form.id]) == {}


def test_taking_it_out_of_use_does_not_silence_the_forms_that_hold_it(make, clock):
    make.sitting(people=1, open=False)
    scene = LifeScene(make, clock, count=0)
    form = db.session.scalars(db.select(TestForm)).one()
    scene.ids = [queries.get_form(form.id).items[0].version.id]
    suspend(scene)
    with transaction():
        items.retire(scene.item(0), "Ачыкка чыкты", by=scene.second, now=clock())
    assert form.id in quarantine_queries.suspects_on([form.id])


@pytest.mark.parametrize("what", ["reason", "lifted", "left"])
def test_the_trail_notices_what_is_changed_behind_its_back(scene, what):
    suspend(scene)
    assert not list(audit.verify())
    with transaction():
        one = db.session.scalars(db.select(ItemSuspension)).one()
        if what == "reason":
            one.reason = "Башка себеп"
        elif what == "lifted":
            one.lifted_at, one.lifted_by_id, one.lift_reason = scene.clock(), scene.second.id, "Жымжырт"
        else:
            db.session.get(Item, one.item_id).suspended_at = None
    assert list(audit.verify())
