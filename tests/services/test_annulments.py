"""A sitting is annulled by two persons; its results do not count and its candidates may be tested anew."""

from __future__ import annotations

import pytest

from competitions.models import Bar
from core import audit
from core.crypto import keyring
from core.db import db, transaction
from core.outbox import Letter
from testing_center.models.attempts import Attempt, Protocol, Result
from testing_center.models.errata import Annulment
from testing_center.rules import errata as rules
from testing_center.services import corrections, registration
from testing_center.services.verification import verify
from tests.correction_scene import CorrectionScene


@pytest.fixture
def scene(make, clock):
    """Two people, of whom one is below the cut score."""
    return CorrectionScene(make, clock, [{1: 0, 2: 0, 3: 0}, {1: 0}])


def prepare(scene) -> Annulment:
    with transaction():
        annulment = corrections.annul_prepare(scene.sitting, "Суроолордун үчтөн бири жараксыз", by=scene.first,
                                              now=scene.clock())  # fmt: skip
    return db.session.get_one(Annulment, annulment.id)


def apply(scene, annulment, *, by=None) -> int:
    with transaction():
        return corrections.annul_apply(annulment, by=by or scene.second, now=scene.clock())


def faults() -> list[str]:
    db.session.rollback()
    return [fault.what for fault in audit.verify()]


def test_nothing_is_annulled_before_a_second_person_applies_it(scene):
    annulment = prepare(scene)
    assert not corrections.is_annulled(scene.sitting)
    with pytest.raises(rules.AnotherPersonNeeded):
        apply(scene, annulment, by=scene.first)
    assert apply(scene, annulment) == 2
    assert corrections.is_annulled(scene.sitting)


def test_results_and_protocols_stay_in_the_record(scene):
    apply(scene, prepare(scene))
    assert [db.session.query(kind).count() for kind in (Attempt, Result, Protocol)] == [2, 2, 2]
    assert faults() == []


def test_a_protocol_of_an_annulled_sitting_is_genuine_and_not_in_force(scene):
    code = db.session.scalars(db.select(Protocol.verification_code).limit(1)).one()
    for annulled in (False, True):
        found = verify(code, "10.0.0.1", by=audit.Anonymous(), now=scene.clock())
        assert found is not None and (found.in_force, found.is_annulled) == (not annulled, annulled)
        if not annulled:
            apply(scene, prepare(scene))


def test_the_bar_that_the_sitting_brought_is_lifted(scene):
    apply(scene, prepare(scene))
    [bar] = db.session.scalars(db.select(Bar))
    assert bar.lifted_at is not None and registration.returns_on(bar.person) is None


def test_everybody_may_be_registered_anew_in_the_same_competition_and_is_told(scene, make):
    apply(scene, prepare(scene))
    assert db.session.query(Letter).filter_by(kind="sitting.annulled").count() == 2
    new = make.sitting(people=0, open=False, present=False)
    before = make.participants(scene.sitting)[0]
    person = before.person
    pin = keyring().open("link", person.pin_sealed, ("person", str(person.id), "pin")).decode()
    data = registration.PersonalData(pin, person.surname, person.given_name, person.patronymic)
    with transaction():
        again = registration.register(new, before.competition, data, "ky", by=scene.first, now=scene.clock())
    assert (again.person_id, again.competition_id) == (before.person_id, before.competition_id)


def test_annulled_attempts_are_not_rescored(scene):
    apply(scene, prepare(scene))
    correction = scene.prepare(scene.wrong_key(1, 1))
    assert scene.preview(correction).rows == ()
    assert scene.apply(correction) == 0 and scene.scores == [3, 1]


def test_a_sitting_that_runs_is_not_annulled_and_none_is_annulled_twice(scene, make):
    running = make.sitting(people=1)
    with pytest.raises(rules.SittingNotClosed), transaction():
        corrections.annul_prepare(running, "чечим", by=scene.first, now=scene.clock())
    annulment = prepare(scene)
    with pytest.raises(rules.AnnulledAlready):
        prepare(scene)
    apply(scene, annulment)
    with pytest.raises(rules.AnnulledAlready):
        prepare(scene)
    with pytest.raises(rules.NotPrepared):
        apply(scene, annulment)


def test_a_cancelled_annulment_changes_nothing(scene):
    annulment = prepare(scene)
    with transaction():
        corrections.annul_cancel(annulment, "ката", by=scene.first, now=scene.clock())
    assert not corrections.is_annulled(scene.sitting)
    prepare(scene)
    assert faults() == []


def test_an_annulment_taken_back_behind_the_trail_is_found(scene):
    apply(scene, prepare(scene))
    with db.engine.begin() as connection:
        connection.execute(db.text("UPDATE annulment SET status = 'cancelled'"))
    assert faults() == ["the annulment of this sitting was altered"]
