"""Questions as they stand for a candidate, in one statement: for a page that goes from question to question."""

from __future__ import annotations

from collections.abc import Sequence
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
from testing_center.rules.delivery import AttemptStatus, Saved

# Written once, over tables and with parameters, as those of a save (docs/adr/0008-save-path.md).
_attempts, _events = cast(Table, Attempt.__table__), cast(Table, ResponseEvent.__table__)
_sittings, _rooms, _centres = (cast(Table, model.__table__) for model in (Sitting, Room, Centre))
_OPEN = (
    select(
        _attempts.c.status, _attempts.c.epoch, _attempts.c.deadline_at, _attempts.c.language, _attempts.c.form_id,
        _attempts.c.order, _centres.c.time_zone,
        _events.c.place, _events.c.epoch.label("saved_epoch"), _events.c.revision, _events.c.response,
        _events.c.flagged, _events.c.saved_at,
    )
    .join_from(_attempts, _sittings, _attempts.c.sitting_id == _sittings.c.id)
    .join(_rooms, _sittings.c.room_id == _rooms.c.id).join(_centres, _rooms.c.centre_id == _centres.c.id)
    .outerjoin(
        _events,
        (_events.c.attempt_id == _attempts.c.id)
        & _events.c.place.in_(bindparam("places", expanding=True))
        & _events.c.is_late.is_(False),
    )
    .where(_attempts.c.id == bindparam("attempt_id"))
    .order_by(_events.c.epoch, _events.c.revision)
)  # fmt: skip


def open_questions(
    attempt_id: UUID, epoch: int, places: Sequence[int], *, now: datetime
) -> tuple[Row[*tuple[Any, ...]], dict[int, Saved]]:
    """A running attempt, and the answers in force at these places of its form; nothing where none was saved.

    Raises:
        ContinuedElsewhere, AttemptNotStarted, AttemptPaused, AttemptClosed: there is nothing to show.
    """
    with db.engine.connect() as connection:
        rows = connection.execute(_OPEN, {"attempt_id": attempt_id, "places": places}).all()
    if not rows:
        abort(404)
    row = rows[0]
    rules.check_epoch(epoch, row.epoch)
    if row.status == AttemptStatus.READY:
        raise rules.AttemptNotStarted
    if row.status == AttemptStatus.PAUSED:
        raise rules.AttemptPaused
    if row.status == AttemptStatus.ENDED or rules.is_over(row.deadline_at, now=now):
        raise rules.AttemptClosed
    return row, {
        one.place: Saved(one.saved_epoch, one.revision, tuple(one.response), one.flagged, one.saved_at)
        for one in rows  # the last of a place is the one in force
        if one.revision
    }
