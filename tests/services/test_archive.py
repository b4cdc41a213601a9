"""What is kept how long, what stops its destruction, and that the chain holds afterwards (¶36, 39)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from appeals.rules.states import AppealOutcome
from archive import queries, rules
from archive.models import DestructionAct, LegalHold
from archive.services import acts, holds
from core.db import db, transaction
from testing_center.models.attempts import Protocol
from tests.archive_scene import ArchiveScene, at_midnight, faults

DAY = timedelta(days=1)
DISMISSED = AppealOutcome.DISMISSED


@pytest.fixture
def scene(make, clock) -> ArchiveScene:
    """One candidate of a closed sitting, in November 2026."""
    return ArchiveScene(make, clock)


@pytest.fixture
def old(scene) -> ArchiveScene:
    """A competition with a dismissed appeal, five years and a day after its end."""
    return scene.grow_old()


# How long


def test_36_materials_of_the_commission_are_kept_for_a_year_from_the_decision(scene):
    scene.closed(DISMISSED)
    number = scene.appeal().number
    scene.clock.at = at_midnight(date(2027, 11, 29)) - timedelta(seconds=1)
    assert scene.due() == []
    with pytest.raises(rules.NotDue):
        scene.prepare()
    scene.move_to(date(2027, 11, 29))
    assert scene.due() == [number]


def test_36_an_appeal_withdrawn_is_counted_from_the_withdrawal(scene):
    scene.file()
    assert scene.lots() == []
    scene.withdraw()
    scene.move_to(date(2027, 11, 28))
    assert scene.due() == []
    scene.move_to(date(2027, 11, 29))
    assert len(scene.due()) == 1


def test_39_protocols_are_kept_for_five_years_from_the_end_of_the_competition(scene):
    scene.clock.advance(3 * DAY)
    scene.publish()
    scene.move_to(date(2031, 12, 1))
    assert scene.due() == []
    scene.move_to(date(2031, 12, 2))
    assert scene.due() == [scene.competition.number]


def test_what_has_not_ended_is_kept_however_old_it_is(scene):
    scene.file()
    scene.move_to(date(2050, 1, 1))
    assert scene.due() == []
    scene.publish()
    scene.move_to(date(2060, 1, 1))
    with pytest.raises(rules.StillOpen):
        scene.prepare()


def test_a_competition_waits_for_an_appeal_in_it_that_was_decided_late(scene):
    scene.file()
    scene.confirm()
    scene.publish()
    scene.move_to(date(2031, 6, 1))
    scene.open()
    scene.view()
    scene.all_vote(DISMISSED)
    scene.decide()
    scene.move_to(date(2031, 11, 29))
    assert scene.due() == [scene.competition.number]
    with pytest.raises(rules.NotDue):
        scene.prepare([key for key in scene.lots() if key.startswith("competition")])
    scene.move_to(date(2032, 6, 2))
    scene.destroy()
    assert faults() == []


# Two persons


def test_one_person_cannot_destroy_alone(old):
    act = old.prepare()
    with pytest.raises(rules.SecondPersonNeeded):
        old.carry_out(act, by=old.clerk)
    assert db.session.scalars(db.select(Protocol)).one().content_sealed
    with pytest.raises(IntegrityError, match="by_two"), transaction():
        db.session.execute(
            db.update(DestructionAct).values(
                status="carried_out", content="{}", decided_by_id=old.clerk.id, decided_at=old.clock()
            )
        )


def test_an_act_is_carried_out_once_and_a_cancelled_one_never(old):
    act = old.prepare()
    with transaction():
        acts.cancel_act(queries.get_act(act.id, lock=True), by=old.clerk, now=old.clock())
    with pytest.raises(rules.ActDecided):
        old.carry_out(act)
    done = old.destroy()
    with pytest.raises(rules.ActDecided):
        old.carry_out(done)
    assert old.lots() == []
    with pytest.raises(rules.NothingChosen):
        old.prepare()


def test_a_second_act_waits_for_the_first(old):
    old.prepare()
    with pytest.raises(rules.ActWaits):
        old.prepare()


def test_what_is_not_there_cannot_be_chosen(old):
    with pytest.raises(rules.NothingChosen):
        old.prepare([*old.lots(), "competition:no-such"])


# Legal hold


def test_a_legal_hold_stops_the_destruction_until_it_is_lifted(old):
    act = old.prepare()
    old.hold()
    assert old.due() == []
    with pytest.raises(rules.OnHold):
        old.carry_out(act)
    with transaction():
        acts.cancel_act(queries.get_act(act.id, lock=True), by=old.officer, now=old.clock())
    with pytest.raises(rules.OnHold):
        old.prepare()
    hold = db.session.scalars(db.select(LegalHold)).one()
    with pytest.raises(rules.GroundNeeded), transaction():
        holds.lift_hold(hold, " ", by=old.clerk, now=old.clock())
    with transaction():
        holds.lift_hold(queries.get_hold(hold.id, lock=True), "Сот, № 8", by=old.clerk, now=old.clock())
    with pytest.raises(rules.HoldLifted), transaction():
        holds.lift_hold(queries.get_hold(hold.id, lock=True), "Сот, № 9", by=old.clerk, now=old.clock())
    old.destroy()
    assert faults() == []


def test_a_hold_needs_a_ground(old):
    with pytest.raises(rules.GroundNeeded):
        old.hold("  ")
