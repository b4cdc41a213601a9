"""¶29–33: a competition is ranked when nothing that could change its results is open any more; each wait is named."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from appeals.rules.states import AppealOutcome, FindingKind
from competitions import services as competitions
from competitions.models import Application, Competition, Person
from core.clock import ManualClock
from core.db import db, transaction
from question_bank.models import TestForm
from ranking.rules.outcome import Ground, Status
from ranking.services.state import Standing, Wait, standing
from testing_center.models.errata import Correction
from testing_center.rules.errata import ErratumData, ErratumKind
from testing_center.services import annulments, corrections, registration
from tests.appeal_scene import AppealScene
from tests.candidates import Candidate
from tests.factories import Make
from tests.ranking_scene import RankingScene

HOUR = timedelta(hours=1, seconds=1)


@pytest.fixture
def scene(make: Make, clock: ManualClock) -> RankingScene:
    """A competition to be played."""
    return RankingScene(make, clock)


def waits(found: Standing) -> list[Wait]:
    """What is awaited."""
    return [one.kind for one in found.awaited]


def of_sitting(scene: AppealScene) -> Standing:
    """Where the competition of an appeal scene stands."""
    db.session.rollback()
    competition = db.session.get_one(Competition, scene.attempt().competition_id)
    return standing(competition, now=scene.clock())


def apply(scene: RankingScene, person: Person, *, admit: bool = True) -> Application:
    """File an application, and admit the person."""
    competition = scene.competition
    with transaction():
        application = competitions.file_application(competition, person, by=scene.admin, now=scene.clock())
        if admit:
            competitions.admit(application, by=scene.admin, now=scene.clock())
        return application


def somebody(scene: RankingScene) -> Person:
    """A person who is known from another competition."""
    sitting, other = scene.make.sitting(people=0, open=False, present=False), scene.make.competition()
    person = scene.make.person()
    with transaction():
        return registration.register(sitting, other, person, "ky", by=scene.admin, now=scene.clock()).person


def until(scene: RankingScene, day: date) -> None:
    """Set the last day for applications."""
    competition = scene.competition
    with transaction():
        competition.applications_until = day


def test_it_waits_for_the_sitting_then_for_the_appeal_hour_its_last_moment_included(scene: RankingScene) -> None:
    scene.test([8, 6], close=False)
    assert (scene.standing().status, waits(scene.standing())) == (Status.TESTING, [Wait.SITTING])
    scene.clock.advance(timedelta(minutes=10))
    scene.close(scene.sitting)
    found = scene.standing()
    assert (found.status, waits(found)) == (Status.APPEALS, [Wait.APPEAL_HOUR])
    assert found.awaited[0].until == scene.clock() + timedelta(hours=1)
    scene.clock.advance(timedelta(hours=1))
    assert scene.standing().status == Status.APPEALS
    scene.clock.advance(timedelta(microseconds=1))
    assert scene.standing().status == Status.DECIDED


def test_the_day_from_which_the_five_days_run_is_that_on_which_the_winner_became_known(scene: RankingScene) -> None:
    scene.test([8, 6])
    closed = scene.clock()
    scene.clock.advance(timedelta(days=20))
    found = scene.standing()
    assert found.since == closed + timedelta(hours=1)
    assert found.publish_by == date(2026, 12, 3)


def test_an_open_appeal_holds_the_ranking_until_it_is_handed_over(make: Make, clock: ManualClock) -> None:
    scene = AppealScene(make, clock, people=2, right=4)
    scene.decided(AppealOutcome.DISMISSED)
    clock.advance(HOUR)
    assert (of_sitting(scene).status, waits(of_sitting(scene))) == (Status.APPEALS, [Wait.APPEALS])
    for user in scene.table:
        scene.sign(user)
    scene.hand_over()
    assert of_sitting(scene).status == Status.TIE_BREAK
    assert of_sitting(scene).rows[0].main == 4


def test_an_appeal_that_was_withdrawn_holds_nothing(make: Make, clock: ManualClock) -> None:
    scene = AppealScene(make, clock, people=1, right=4)
    scene.file()
    clock.advance(HOUR)
    assert waits(of_sitting(scene)) == [Wait.APPEALS]
    scene.withdraw()
    assert of_sitting(scene).status == Status.DECIDED


def test_a_finding_that_the_key_is_wrong_holds_the_ranking_until_it_is_corrected(
    make: Make, clock: ManualClock
) -> None:
    scene = AppealScene(make, clock, people=2, right=5)
    scene.closed(AppealOutcome.UPHELD, findings={2: FindingKind.VOID})
    clock.advance(HOUR)
    assert (of_sitting(scene).status, waits(of_sitting(scene))) == (Status.APPEALS, [Wait.CORRECTION])
    first, second = scene.administrator, scene.proctor
    with transaction():
        form = db.session.get_one(TestForm, scene.attempt().form_id)
        void = ErratumData(2, ErratumKind.VOID, reason="Суроо туура эмес.")
        prepared = corrections.prepare(form, "Апелляция", [void], by=first, now=clock()).id
    assert waits(of_sitting(scene)) == [Wait.CORRECTION]
    with transaction():
        correction = db.session.get_one(Correction, prepared)
        corrections.apply(correction, corrections.preview(correction).digest, by=second, now=clock())
    assert of_sitting(scene).status == Status.TIE_BREAK


def test_an_annulled_sitting_counts_for_nobody_and_its_people_are_to_be_registered_anew(scene: RankingScene) -> None:
    scene.test([8, 3])
    scene.after_appeals()
    sitting = scene.sitting
    with transaction():
        annulment = annulments.annul_prepare(sitting, "Ток өчтү", by=scene.admin, now=scene.clock())
    assert (scene.standing().status, waits(scene.standing())) == (Status.APPEALS, [Wait.CORRECTION])
    with transaction():
        annulments.annul_apply(annulment, by=scene.officer, now=scene.clock())
    found = scene.standing()
    assert (found.status, waits(found), found.awaited[0].count) == (Status.TESTING, [Wait.REGISTRATION], 2)
    assert found.barred == ()
    for application in competitions.applications_of(scene.competition):
        with transaction():
            competitions.withdraw(application, "Арыз", by=scene.admin, now=scene.clock())
    assert (scene.standing().ground, scene.standing().rows) == (Ground.ALL_WITHDREW, ())


def test_who_stays_below_the_cut_score_is_barred_for_a_year_from_the_day_of_the_test(scene: RankingScene) -> None:
    _first, second = scene.test([8, 3])
    scene.after_appeals()
    assert [(one.code, one.until) for one in scene.standing().barred] == [(second, date(2027, 11, 28))]


def test_nobody_came(scene: RankingScene) -> None:
    scene.test([None, None])
    assert (scene.standing().status, scene.standing().ground) == (Status.NOT_HELD, Ground.NOBODY_CAME)


def test_nobody_reached_the_cut_score_though_one_did_not_come(scene: RankingScene) -> None:
    scene.test([3, None, 0])
    scene.after_appeals()
    assert scene.standing().ground == Ground.NOBODY_REACHED_CUT_SCORE


def test_without_applications_it_is_not_held_after_the_last_day_for_them(scene: RankingScene) -> None:
    assert waits(scene.standing()) == [Wait.APPLICATIONS]
    until(scene, date(2026, 11, 30))
    scene.clock.advance(timedelta(days=2, hours=13, minutes=59, seconds=59))  # 30 November, 23:59:59 in Bishkek
    assert (scene.standing().status, waits(scene.standing())) == (Status.TESTING, [Wait.APPLICATIONS])
    scene.clock.advance(timedelta(seconds=1))
    found = scene.standing()
    assert (found.status, found.ground) == (Status.NOT_HELD, Ground.NO_APPLICATIONS)
    assert found.publish_by == date(2026, 12, 6)


def test_all_withdrew(scene: RankingScene) -> None:
    application = apply(scene, somebody(scene))
    until(scene, scene.clock().date() - timedelta(days=1))
    assert waits(scene.standing()) == [Wait.REGISTRATION]
    with transaction():
        competitions.withdraw(application, "Арыз", by=scene.admin, now=scene.clock())
    assert (scene.standing().status, scene.standing().ground) == (Status.NOT_HELD, Ground.ALL_WITHDREW)


def test_nobody_was_admitted(scene: RankingScene) -> None:
    application = apply(scene, somebody(scene), admit=False)
    until(scene, scene.clock().date() - timedelta(days=1))
    assert waits(scene.standing()) == [Wait.EXAMINATION]
    with transaction():
        competitions.refuse(application, "Стажы жетишсиз", by=scene.admin, now=scene.clock())
    assert scene.standing().ground == Ground.NOBODY_ADMITTED


def test_one_withdrew_and_the_other_did_not_come_is_a_mixed_case(scene: RankingScene) -> None:
    application = apply(scene, somebody(scene))
    with transaction():
        competitions.withdraw(application, "Арыз", by=scene.admin, now=scene.clock())
    scene.test([None])
    assert scene.standing().ground == Ground.MIXED


def test_who_entered_and_never_began_has_no_result_and_counts_as_absent(scene: RankingScene, make: Make) -> None:
    played = make.sitting(people=1)
    Candidate(scene.clock, make.codes(played)[0]).enter()
    scene.competition_id = make.participants(played)[0].competition_id
    scene.close(played)
    assert scene.standing().ground == Ground.NOBODY_CAME


def test_a_registration_taken_back_leaves_an_admitted_person_to_be_registered(scene: RankingScene, make: Make) -> None:
    planned = make.sitting(people=1, open=False, present=False)
    participant = make.participants(planned)[0]
    scene.competition_id = participant.competition_id
    with transaction():
        registration.withdraw(participant, reason="Башка күнгө", by=scene.admin, now=scene.clock())
    assert waits(scene.standing()) == [Wait.APPLICATIONS, Wait.REGISTRATION]


def test_11_without_a_last_day_applications_are_open_until_a_test_was_held(scene: RankingScene) -> None:
    application = apply(scene, somebody(scene), admit=False)
    with transaction():
        competitions.refuse(application, "Стажы жетишсиз", by=scene.admin, now=scene.clock())
    scene.clock.advance(timedelta(days=400))
    found = scene.standing()
    assert (found.status, waits(found), found.awaited[0].until) == (Status.TESTING, [Wait.APPLICATIONS], None)
    scene.test([None])
    assert (scene.standing().status, scene.standing().ground) == (Status.NOT_HELD, Ground.MIXED)
