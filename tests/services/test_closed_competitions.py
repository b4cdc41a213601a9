"""What was drawn up rests on who took part then: a competition with results takes nobody in and changes no more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from competitions import services as competitions
from competitions.people import write_down
from competitions.rules import CompetitionClosed
from core.db import db, transaction
from ranking.services import acts, decisions
from testing_center.models.sittings import Sitting
from testing_center.rules.sittings import OtherTerms
from testing_center.services import registration
from tests.ranking_scene import RankingScene


@pytest.fixture
def scene(make, clock):
    """Decided: one candidate above another."""
    found = RankingScene(make, clock)
    found.test([7, 5])
    found.after_appeals()
    return found


def drawn_up(scene):
    """The ranking is on paper."""
    with transaction():
        decisions.draw_up(scene.competition, by=scene.officer, now=scene.clock())


def declined(scene):
    """The winner declines before anything was drawn up."""
    with transaction():
        acts.decline(scene.competition, "Кат № 1", scene.clock().date(), by=scene.officer, now=scene.clock())


def file(scene, how):
    """Somebody else applies."""
    with transaction():
        person = write_down(scene.make.person(), by=scene.admin, now=scene.clock())
        how(scene.competition_of(scene.sitting), person, by=scene.admin, now=scene.clock())


def register(scene, sitting_id):
    """Somebody else is registered for another sitting."""
    with transaction():
        registration.register(
            db.session.get_one(Sitting, sitting_id), scene.competition_of(scene.sitting), scene.make.person(), "ky",
            by=scene.admin, now=scene.clock(),
        )  # fmt: skip


@pytest.mark.parametrize("closed_by", [drawn_up, declined])
@pytest.mark.parametrize("how", [competitions.file_application, competitions.file_directly])
def test_nobody_applies_where_results_are_drawn_up_or_acted_upon(scene, closed_by, how):
    closed_by(scene)
    with pytest.raises(CompetitionClosed):
        file(scene, how)


def test_until_then_people_apply(scene):
    file(scene, competitions.file_application)
    assert len(competitions.applications_of(scene.competition)) == 3


@pytest.mark.parametrize("closed_by", [drawn_up, declined])
def test_nobody_is_registered_for_another_test_of_it(scene, make, closed_by):
    later = make.sitting(people=0, open=False, items=9, cut_score=4, starts_in=timedelta(days=1)).id
    closed_by(scene)
    with pytest.raises(CompetitionClosed):
        register(scene, later)


def test_not_held_and_published_it_is_not_rewritten(make, clock):
    scene = RankingScene(make, clock)
    with transaction():
        scene.competition_of(None).applications_until = clock().date() - timedelta(days=1)
    drawn_up(scene)
    found = scene.competition
    data = competitions.CompetitionData(
        "К-2026-99", "Башка мектеп", "Другая школа", found.place_ky, found.place_ru, found.financing,
        found.announced_on, clock().date() + timedelta(days=30),
    )  # fmt: skip
    with pytest.raises(CompetitionClosed), transaction():
        competitions.correct(scene.competition_of(None), data, by=scene.admin, now=clock())
    assert scene.competition.number != "К-2026-99"


@pytest.mark.parametrize("other", [{"items": 12}, {"cut_score": 5}, {"minutes": 30}])
def test_29_all_of_a_competition_sit_tests_whose_scores_compare(make, clock, other):
    scene = RankingScene(make, clock)
    scene.test([7, 5])
    terms = {"items": 9, "cut_score": 4, "minutes": 60}
    same = make.sitting(people=0, open=False, **terms).id
    different = make.sitting(people=0, open=False, **(terms | other)).id
    register(scene, same)
    with pytest.raises(OtherTerms):  # it names one of the other sittings
        register(scene, different)
