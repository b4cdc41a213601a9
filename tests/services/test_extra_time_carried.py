"""Extra time is granted to the person: it goes along to a tie-break test, in proportion, and says whence it came."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import audit
from core.db import db, transaction
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.time import carried
from testing_center.services import extra_time
from tests.ranking_scene import RankingScene
from tests.web.reading import page_of
from tests.web.signing_in import sign_in

DOCUMENT = "Справка № 7, 12.11.2026"


class WithExtraTime(RankingScene):
    """The person on the first seat of the main test was granted thirty minutes."""

    def _open(self, sitting: Sitting) -> None:
        first = self.registered(sitting)[0]
        if first.round == 0:
            with transaction():
                known = db.session.get_one(Participant, first.id)
                extra_time.grant(known, 30, reason=DOCUMENT, by=self.admin, now=self.clock())
        super()._open(sitting)


@pytest.fixture
def scene(make, clock) -> WithExtraTime:
    """Two are tied after the main test, and their tie-break is arranged."""
    scene = WithExtraTime(make, clock)
    scene.test([7, 7, 5])
    scene.after_appeals()
    scene.sweep()
    scene.arrange()
    return scene


def people(scene: RankingScene) -> tuple[Participant, list[Participant]]:
    """Who was granted extra time for the main test, and who is registered for the tie-break: that person first."""
    db.session.rollback()
    first = scene.registered(scene.sitting)[0]
    again = scene.registered(db.session.get_one(Sitting, scene.last_round().sitting.id))
    return first, sorted(again, key=lambda one: one.person_id != first.person_id)


def test_29_extra_time_granted_for_the_main_test_is_there_in_the_tie_break(scene):
    first, (same, other) = people(scene)
    main, tie_break = first.sitting.specification.minutes, same.sitting.specification.minutes
    assert tie_break < main
    assert same.extra_minutes == carried(30, of=main, to=tie_break) > 0
    assert (same.extra_reason, same.extra_by_id, same.extra_at) == (DOCUMENT, first.extra_by_id, first.extra_at)
    assert (other.extra_minutes, other.extra_reason) == (0, None)
    entry = db.session.scalars(db.select(audit.AuditEntry).filter_by(action=extra_time.CARRIED)).one()
    assert audit.facts(entry) == {
        "minutes": same.extra_minutes, "reason": DOCUMENT, "granted_to": str(first.id), "granted": 30,
    }  # fmt: skip
    assert not list(audit.verify())


def test_the_tie_break_of_this_person_lasts_longer(scene):
    _first, (same, _other) = people(scene)
    minutes, extra = same.sitting.specification.minutes, same.extra_minutes
    scene.hold({one.number: 1 for one in scene.last_round().entrants})
    db.session.rollback()
    sitting_id = scene.last_round().sitting.id
    attempts = db.session.scalars(db.select(Attempt).where(Attempt.sitting_id == sitting_id)).all()
    lasted = sorted(one.deadline_at - one.started_at for one in attempts)
    assert lasted == [timedelta(minutes=minutes), timedelta(minutes=minutes + extra)]
    assert not list(audit.verify())


def test_it_is_said_where_it_was_granted_until_it_is_granted_anew(scene):
    first, (same, _other) = people(scene)
    assert extra_time.granted_for(first) is None
    assert extra_time.granted_for(same).id == first.id
    with transaction():
        known = db.session.get_one(Participant, same.id)
        extra_time.grant(known, 5, reason="Справка № 8", by=scene.admin, now=scene.clock())
    assert extra_time.granted_for(db.session.get_one(Participant, same.id)) is None


def test_it_is_taken_back_for_the_tie_break_alone(scene):
    first, (same, _other) = people(scene)
    with transaction():
        known = db.session.get_one(Participant, same.id)
        extra_time.take_back(known, reason="Кереги жок", by=scene.admin, now=scene.clock())
    first, (same, _other) = people(scene)
    assert (first.extra_minutes, same.extra_minutes, extra_time.granted_for(same)) == (30, 0, None)
    assert not list(audit.verify())


def test_the_page_says_for_which_sitting_it_was_granted(client, scene):
    first, (same, _other) = people(scene)
    number, there, here = (
        first.sitting.number,
        *(f"/staff/sittings/{one.sitting_id}/participants/{one.id}/extra-time" for one in (first, same)),
    )
    sign_in(client, scene.admin)
    client.set_cookie("language", "en")
    page = page_of(client.get(here))
    assert f"Granted for the sitting: {number}" in page and DOCUMENT in page
    page = page_of(client.get(there))
    assert "Carried over" not in page
