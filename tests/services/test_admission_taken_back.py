"""¶12, 28: an admission is taken back until the test begins, so that nobody waits for ever for who may not come."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from competitions import people, services
from competitions.models import Application, Bar, Competition
from competitions.rules import (
    ApplicationState,
    ApplicationStep,
    CompetitionInUse,
    LastDayPassed,
    ReasonMissing,
    TestIsOver,
)
from core import audit
from core.db import db, transaction
from ranking.rules.acts import ActBeforeTest, WinnerNotOnPaper
from ranking.rules.outcome import Ground, Status
from ranking.services import acts, decisions
from ranking.services.state import Wait
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.sittings import Presence
from testing_center.services import registration
from tests.ranking_scene import RankingScene

REASON = "Жобонун 28-пункту"


@pytest.fixture
def scene(make, clock):
    """A competition in which one person is tested and wins; another is admitted."""
    found = RankingScene(make, clock)
    found.data = make.person(email="two@mail.kg")
    with transaction():
        person = people.write_down(found.data, by=found.admin, now=clock())
        found.application_id = services.file_application(
            found.competition_of(None), person, by=found.admin, now=clock()
        ).id
        db.session.flush()
        services.admit(db.session.get_one(Application, found.application_id), by=found.admin, now=clock())
    return found


def application(scene):
    return db.session.get_one(Application, scene.application_id, populate_existing=True)


def fail_elsewhere(scene):
    """The person falls below a cut score in another competition."""
    with transaction():
        today = scene.clock().date()
        db.session.add(
            Bar(
                person_id=application(scene).person_id, failed_on=today, returns_on=today + timedelta(days=365),
                law_version="provisional-1", created_at=scene.clock(),
            )
        )  # fmt: skip


def take_back(scene, reason=REASON):
    db.session.rollback()
    with transaction():
        services.refuse(application(scene), reason, by=scene.admin, now=scene.clock())


def registered(scene):
    """The person is registered for a sitting that lies ahead."""
    sitting = scene.make.sitting(people=0, open=False, items=9, cut_score=4, starts_in=timedelta(days=1)).id
    with transaction():
        return registration.register(
            db.session.get_one(Sitting, sitting), scene.competition_of(None), scene.data, "ky", by=scene.admin,
            now=scene.clock(),
        ).id  # fmt: skip


def test_28_who_fails_elsewhere_does_not_hold_the_competition_for_ever(scene):
    winner, _other = scene.test([8, 6])
    fail_elsewhere(scene)
    scene.after_appeals()
    assert [one.kind for one in scene.standing().awaited] == [Wait.REGISTRATION]
    barred = services.barred_of(scene.competition, today=scene.clock().date())
    assert barred == {application(scene).person_id: date(2027, 11, 28)}
    take_back(scene)
    assert (scene.standing().status, scene.standing().winner) == (Status.DECIDED, winner)
    assert services.barred_of(scene.competition, today=scene.clock().date()) == {}
    assert list(audit.verify()) == []


def test_who_failed_in_this_very_competition_is_not_named_beside_it(scene):
    take_back(scene)
    scene.test([8, 2])
    assert services.barred_of(scene.competition, today=scene.clock().date()) == {}


def test_with_the_admission_goes_the_registration(scene):
    participant_id = registered(scene)
    take_back(scene)
    assert db.session.get_one(Participant, participant_id).withdrawn_at == scene.clock()
    assert application(scene).state == ApplicationState.NOT_ADMITTED


def test_12_it_needs_a_reason_and_happens_once(scene):
    with pytest.raises(ReasonMissing):
        take_back(scene, " ")
    take_back(scene)
    with pytest.raises(ApplicationStep):
        take_back(scene)


def test_once_the_sitting_is_over_nothing_is_taken_back(scene):
    take_back(scene)
    scene.test([8, None])
    for one in services.applications_of(scene.competition):
        scene.application_id = one.id
        if one.state == ApplicationState.ADMITTED:
            with pytest.raises(TestIsOver):
                take_back(scene)


def data(scene, **other):
    found = scene.competition
    names = services.CompetitionData.__dataclass_fields__
    return services.CompetitionData(**{name: getattr(found, name) for name in names} | other)


def correct(scene, **other):
    wanted = data(scene, **other)
    with transaction():
        services.correct(scene.competition_of(None), wanted, by=scene.admin, now=scene.clock())


def test_11_a_missing_last_day_is_set_though_somebody_was_registered_and_then_nothing_waits(scene):
    participant_id = registered(scene)
    take_back(scene)
    scene.clock.advance(timedelta(days=50))
    assert [one.kind for one in scene.standing().awaited] == [Wait.APPLICATIONS]
    today = scene.clock().date()
    with pytest.raises(CompetitionInUse):
        correct(scene, applications_until=today, school_ky="Башка мектеп")
    with pytest.raises(LastDayPassed):
        correct(scene, applications_until=today - timedelta(days=1))
    correct(scene, applications_until=today)
    with pytest.raises(CompetitionInUse):
        correct(scene, applications_until=today + timedelta(days=9))
    scene.clock.advance(timedelta(days=1))
    assert (scene.standing().status, scene.standing().ground) == (Status.NOT_HELD, Ground.NOBODY_ADMITTED)
    assert db.session.get_one(Participant, participant_id).presence == Presence.EXPECTED


def accept(scene, on):
    db.session.rollback()
    with transaction():
        acts.accept(
            db.session.get_one(Competition, scene.competition_id), "Келишим", on, by=scene.officer, now=scene.clock()
        )


def draw_up(scene):
    with transaction():
        decisions.draw_up(scene.competition, by=scene.officer, now=scene.clock())


def test_37_a_contract_is_signed_after_the_test_and_with_whom_the_last_ranking_names(make, clock):
    scene = RankingScene(make, clock)
    _first, second = scene.test([8, 6])
    scene.after_appeals()
    today = clock().date()
    with pytest.raises(WinnerNotOnPaper):
        accept(scene, today)
    draw_up(scene)
    with pytest.raises(ActBeforeTest, match=today.strftime(r"%d\.%m\.%Y")):
        accept(scene, today - timedelta(days=1))
    for verb in ("decline", "contract_second"):
        with transaction():
            getattr(acts, verb)(scene.competition_of(None), "Кат", today, by=scene.officer, now=clock())
    with pytest.raises(WinnerNotOnPaper):
        accept(scene, today)
    draw_up(scene)
    accept(scene, today)
    found = scene.standing()
    assert (found.winner, found.outcome.is_accepted, found.may_follow) == (second, True, ())
