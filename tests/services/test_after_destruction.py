"""¶39: after the destruction nothing is told otherwise than before, and other competitions lose nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.rules import Role
from archive import queries as archive
from archive.services import acts as destruction
from archive.services import holds
from competitions import people, services
from core import audit, outbox
from core.db import db, transaction
from core.i18n import zone
from ranking import queries
from ranking.rules.outcome import Ground, Status
from ranking.services import acts, decisions
from testing_center.models.sittings import Sitting
from testing_center.services import registration, sittings
from tests.factories import in_order
from tests.ranking_scene import RankingScene

FIVE_YEARS = timedelta(days=5 * 366 + 3)


@pytest.fixture
def scene(make, clock):
    return RankingScene(make, clock)


def publish(scene):
    """Draw up and publish."""
    competition = scene.competition
    with transaction():
        drawn = decisions.draw_up(competition, by=scene.officer, now=scene.clock()).id
    with transaction():
        decisions.publish(queries.get_ranking(drawn), by=scene.officer, now=scene.clock())


def destroy(scene):
    """Everything closed of this competition is destroyed under an act."""
    db.session.rollback()
    keys = [lot.key for lot in archive.lots(zone()) if str(scene.competition_id) in lot.key]
    with transaction():
        act = destruction.prepare_act(keys, by=scene.admin, now=scene.clock()).id
    with transaction():
        destruction.carry_out(archive.get_act(act, lock=True), by=scene.officer, now=scene.clock())


def told(scene):
    """What the standing says of what was decided."""
    found = scene.standing()
    return (
        found.status, found.ground, found.winner, found.reserve, found.rows, found.since, found.publish_by,
        found.awaited, found.may_follow, decisions.is_to_draw_up(queries.latest_ranking(scene.competition_id), found),
    )  # fmt: skip


def applied(scene, *outcomes):
    """People who apply, each with what becomes of the application."""
    for outcome in outcomes:
        with transaction():
            person = people.write_down(scene.make.person(), by=scene.admin, now=scene.clock())
            found = services.file_application(scene.competition_of(None), person, by=scene.admin, now=scene.clock())
            db.session.flush()
            outcome(found, "Себеп", by=scene.admin, now=scene.clock())


@pytest.mark.parametrize(
    ("outcomes", "ground"),
    [
        ((services.refuse,), Ground.NOBODY_ADMITTED),
        ((services.withdraw,), Ground.ALL_WITHDREW),
        ((services.refuse, services.withdraw), Ground.MIXED),
        ((), Ground.NO_APPLICATIONS),
    ],
)
def test_39_not_held_stays_not_held_on_its_own_ground(scene, clock, outcomes, ground):
    with transaction():
        scene.competition_of(None).applications_until = clock().date()
    applied(scene, *outcomes)
    clock.advance(timedelta(days=1))
    assert scene.standing().ground == ground
    publish(scene)
    clock.advance(FIVE_YEARS)
    before = told(scene)
    destroy(scene)
    assert told(scene) == before
    assert list(audit.verify()) == []


@pytest.mark.parametrize("scores", [[8, 6, 2, None], [None, None], [1, 2]])
def test_39_what_was_decided_by_a_test_stays_decided_without_a_last_day_for_applications(scene, clock, scores):
    scene.test(scores)
    scene.after_appeals()
    publish(scene)
    if scores[0] == 8:
        with transaction():
            acts.accept(scene.competition, "Келишим", clock().date(), by=scene.officer, now=clock())
        publish(scene)
    clock.advance(FIVE_YEARS)
    before = told(scene)
    assert before[0] in (Status.DECIDED, Status.NOT_HELD)
    destroy(scene)
    assert told(scene) == before


def test_39_two_people_with_one_address_do_not_lose_each_others_letters(make, clock):
    first, second = RankingScene(make, clock), RankingScene(make, clock)
    for scene in (first, second):
        played(scene, make.person(email="mektep@edu.kg"))
        clock.advance(timedelta(days=900))
    with transaction():
        holds.place_hold(second.competition, "Сот, № 7", by=second.officer, now=clock())
    kept = letters(second)
    assert len(kept) == 1
    clock.advance(FIVE_YEARS - timedelta(days=1800))
    destroy(first)
    assert letters(first) == []
    assert letters(second) == kept


def played(scene, who):
    """One person is tested and wins; the result is published."""
    specification = scene.make.specification(9, cut_score=4, bank=20)
    forms, room, proctor = scene.make.forms(specification), scene.make.room(4), scene.make.user(Role.PROCTOR)
    with transaction():
        sitting = sittings.plan_sitting(
            f"Т-2026-{scene.make.number()}", specification, room, scene.clock(), forms, [proctor], by=scene.admin,
            now=scene.clock(),
        )  # fmt: skip
        registration.register(
            sitting, scene.competition_of(None), who, "ky", by=scene.admin, now=scene.clock(), by_hand=in_order(sitting)
        )
    scene.sitting_id = sitting.id
    scene._play(db.session.get_one(Sitting, sitting.id), {1: 8})
    scene.after_appeals()
    publish(scene)


def letters(scene):
    """Letters about the rankings of a competition."""
    db.session.rollback()
    about = [ranking.id for ranking in queries.rankings_of(scene.competition)]
    return sorted(db.session.scalars(db.select(outbox.Letter.id).where(outbox.Letter.about_id.in_(about))))
