"""What nobody needs any more goes by itself: old checks of workstations, and when pages called last."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from testing_center import web
from testing_center.models.hall import Contact, Silence
from testing_center.models.places import WorkstationCheck
from testing_center.models.sittings import Sitting
from testing_center.rules.workstations import CheckState
from testing_center.services import contacts, workstation_checks
from tests import closing
from tests.candidates import Candidate

SECOND = timedelta(seconds=1)


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(db.select(db.func.count()).select_from(model))


@pytest.mark.parametrize(("age", "left"), [(workstation_checks.KEPT, 1), (workstation_checks.KEPT + SECOND, 0)])
def test_a_check_of_a_workstation_is_kept_for_ninety_days(app, make, clock, age, left):
    room = make.room()
    with transaction():
        db.session.add(
            WorkstationCheck(
                id=uuid4(), workstation_id=room.workstations[0].id, at=clock() - age, facts={}, state=CheckState.OK
            )
        )
    assert bool(web.forget_old()) is (left == 0)
    assert count(WorkstationCheck) == left


@pytest.mark.parametrize(("age", "left"), [(None, 1), (contacts.KEPT, 1), (contacts.KEPT + SECOND, 0)])
def test_when_a_page_called_last_is_kept_until_thirty_days_after_the_closing(app, make, clock, age, left):
    sitting, by = make.sitting(people=1), make.somebody(Role.PROCTOR)
    candidate = Candidate(clock, make.codes(sitting)[0]).enter().start()
    with transaction():
        db.session.add(Contact(attempt_id=candidate.attempt_id, heard_at=clock()))
        db.session.add(
            Silence(id=uuid4(), attempt_id=candidate.attempt_id, began_at=clock() - SECOND, ended_at=clock())
        )
    if age:
        candidate.submit()
        with transaction():
            closing.close(db.session.get_one(Sitting, sitting.id), by=by, now=clock())
        clock.advance(age)
    web.forget_old()
    assert (count(Contact), count(Silence)) == (left, 1)
    assert not list(audit.verify())


def test_it_is_looked_for_once_an_hour(app, make, clock):
    room = make.room()
    (hourly,) = (chore for chore in app.extensions["chores"] if getattr(chore, "__wrapped__", None) is web.forget_old)
    app.extensions.pop("chores_done", None)  # of the tests before
    hourly()
    with transaction():
        db.session.add(
            WorkstationCheck(
                id=uuid4(), workstation_id=room.workstations[0].id, at=clock() - timedelta(days=100), facts={},
                state=CheckState.OK,
            )
        )  # fmt: skip
    clock.advance(web.FORGET_EVERY - SECOND)
    assert hourly() is None
    clock.advance(SECOND)
    assert hourly() and count(WorkstationCheck) == 0
