"""One question as it stands for a candidate, in one statement: for a page that goes from question to question."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from flask import abort
from sqlalchemy import Row, Table, bindparam, select

from core.db import db
from testing_center.models.attempts import Attempt, ResponseEvent
from testing_center.models.places import Centre, Room
from testing_center.models.sittings import Sitting
from testing_center.rules import delivery as rules
from testing_center.rules.delivery import NOTHING_SAVED, AttemptStatus, Saved

# Written once, over tables and with parameters, as those of a save (docs/adr/0008-save-path.md).
_attempts, _events = cast(Table, Attempt.__table__), cast(Table, ResponseEvent.__table__)
_sittings, _rooms, _centres = (cast(Table, model.__table__) for model in (Sitting, Room, Centre))
_OPEN = (
    select(
        _attempts.c.status, _attempts.c.epoch, _attempts.c.deadline_at, _attempts.c.language, _attempts.c.form_id,
        _attempts.c.order, _centres.c.time_zone, _events.c.epoch.label("saved_epoch"), _events.c.revision,
        _events.c.response, _events.c.flagged, _events.c.saved_at,
    )
    .join_from(_attempts, _sittings, _attempts.c.sitting_id == _sittings.c.id)
    .join(_rooms, _sittings.c.room_id == _rooms.c.id).join(_centres, _rooms.c.centre_id == _centres.c.id)
    .outerjoin(
        _events,
        (_events.c.attempt_id == _attempts.c.id)
        & (_events.c.place == bindparam("place"))
        & _events.c.is_late.is_(False),
    )
    .where(_attempts.c.id == bindparam("attempt_id"))
    .order_by(_events.c.epoch.desc(), _events.c.revision.desc())
    .limit(1)
)  # fmt: skip


def open_question(attempt_id: UUID, epoch: int, place: int, *, now: datetime) -> tuple[Row[*tuple[Any, ...]], Saved]:
    """A running attempt, and the answer in force at one place of its form.

    Raises:
        ContinuedElsewhere, AttemptNotStarted, AttemptPaused, AttemptClosed: there is nothing to show.
    """
    with db.engine.connect() as connection:
        row = connection.execute(_OPEN, {"attempt_id": attempt_id, "place": place}).one_or_none()
    if row is None:
        abort(404)
    rules.check_epoch(epoch, row.epoch)
    if row.status == AttemptStatus.READY:
        raise rules.AttemptNotStarted
    if row.status == AttemptStatus.PAUSED:
        raise rules.AttemptPaused
    if row.status == AttemptStatus.ENDED or rules.is_over(row.deadline_at, now=now):
        raise rules.AttemptClosed
    if not row.revision:
        return row, NOTHING_SAVED
    return row, Saved(row.saved_epoch, row.revision, tuple(row.response), row.flagged, row.saved_at)
