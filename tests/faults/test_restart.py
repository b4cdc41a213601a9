"""A server that stands, and starts again with three hundred tests open: none ends early, no answer or time is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from core import cli
from core.clock import ManualClock
from core.config import Settings
from core.db import db
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.rules.delivery import AttemptStatus, EndKind
from testing_center.services import contacts, saving
from testing_center.sheets import get_sheet
from tests.crowd import at_work
from tests.faults.invariants import Log, lost_time
from wsgi import create_app

OPEN, RAN_OUT, ITEMS = 300, 20, 3
MINUTE = timedelta(minutes=1)


def call(log: Log, attempt_ids: Sequence[UUID], clock: ManualClock) -> None:
    """Each page calls; the server writes it down with the next call of any."""
    for attempt_id in (*attempt_ids, attempt_ids[0]):
        if attempt_id in log.heard and log.heard[attempt_id][-1] == clock():
            clock.advance(contacts.WRITE_EVERY)
        contacts.hear(attempt_id, now=clock())
        log.hears(attempt_id, clock())


def test_a_restart_with_three_hundred_tests_open_closes_none_early_and_loses_none(app, make, clock):
    at_work(make, OPEN, items=ITEMS, seed=6)
    settings: Settings = app.extensions["settings"]
    ids = db.session.scalars(db.select(Attempt.id).order_by(Attempt.number)).all()
    with db.engine.begin() as connection:
        connection.execute(
            db.update(Attempt).where(Attempt.id.in_(ids[:RAN_OUT])).values(deadline_at=clock() + 5 * MINUTE)
        )
    db.session.rollback()
    deadlines = dict(db.session.execute(db.select(Attempt.id, Attempt.deadline_at)).all())
    answers = db.session.query(ResponseEvent).count()
    assert len(ids) == OPEN
    log, stood = Log(), ids[RAN_OUT:]
    call(log, stood, clock)
    db.session.remove()

    clock.advance(10 * MINUTE)  # the server stands for so long
    restarted = create_app(settings, clock=clock)
    with restarted.app_context():
        cli.sweep_once()
        db.session.rollback()
        found = {row.id: row for row in db.session.scalars(db.select(Attempt))}
        assert {row: one.deadline_at for row, one in found.items()} == deadlines
        open_still = [row for row in ids if found[row].status == AttemptStatus.IN_PROGRESS]
        assert open_still == list(ids[RAN_OUT:])
        assert db.session.query(ResponseEvent).count() == answers
        for row in ids[:RAN_OUT]:
            assert (found[row].end_kind, found[row].ended_at) == (EndKind.DEADLINE, deadlines[row])
        for row in open_still:
            attempt = db.session.get_one(Attempt, row)
            item = get_sheet(attempt.form_id).items[attempt.order["items"][0]]
            receipt = saving.save(row, attempt.epoch, 1, [item.options[0].id], revision=9, flagged=None, now=clock())
            assert not receipt.late
            db.session.rollback()
        call(log, stood, clock)
        assert not list(lost_time(log))
        db.session.remove()
        db.engine.dispose()
