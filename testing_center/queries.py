"""Reading what the test day needs; what is not there or not yours is a 404."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from flask import abort
from sqlalchemy import Row, select

from core.db import db
from question_bank.models import FormItem, ItemVersion
from question_bank.sealing import key_ids
from testing_center.models.attempts import Attempt, Protocol, ResponseEvent, Result
from testing_center.rules.delivery import NOTHING_SAVED, AttemptStatus, Saved
from testing_center.rules.scoring import Event, KeyedItem
from testing_center.sheets import get_sheet


def lock_attempt(attempt_id: UUID) -> Attempt:
    """The attempt as it is now, locked against every other change until the transaction ends."""
    attempt = db.session.get(Attempt, attempt_id, with_for_update=True, populate_existing=True)
    if attempt is None:
        abort(404)
    return attempt


def events_of(attempt_id: UUID) -> list[Row[tuple[int, int, int, list[str], bool, datetime, bool, str]]]:
    """All response events of an attempt in the order in which they were saved."""
    return list(
        db.session.execute(
            select(
                ResponseEvent.place, ResponseEvent.epoch, ResponseEvent.revision, ResponseEvent.response,
                ResponseEvent.flagged, ResponseEvent.saved_at, ResponseEvent.is_late, ResponseEvent.language,
            )
            .where(ResponseEvent.attempt_id == attempt_id).order_by(ResponseEvent.id)
        )
    )  # fmt: skip


def as_events(rows: Iterable[Row[tuple[int, int, int, list[str], bool, datetime, bool, str]]]) -> list[Event]:
    """Rows as scoring sees them."""
    return [Event(row.place, row.epoch, row.revision, tuple(row.response), row.is_late) for row in rows]


def saved_answers(attempt_id: UUID) -> dict[int, Saved]:
    """The answer in force at each place of the form."""
    found: dict[int, Saved] = {}
    for row in events_of(attempt_id):
        known = found.get(row.place, NOTHING_SAVED)
        if not row.is_late and (row.epoch, row.revision) > (known.epoch, known.revision):
            found[row.place] = Saved(row.epoch, row.revision, tuple(row.response), row.flagged, row.saved_at)
    return found


def keyed_form(form_id: UUID) -> list[KeyedItem]:
    """The form with its answer key, for scoring only."""
    sheet = get_sheet(form_id)
    rows = db.session.execute(
        select(FormItem.position, FormItem.option_ids, FormItem.points, ItemVersion)
        .join(FormItem.version).where(FormItem.form_id == form_id).order_by(FormItem.position)
    )  # fmt: skip
    return [
        KeyedItem(position, frozenset(key_ids(version, option_ids)), points, sheet.items[position].area)
        for position, option_ids, points, version in rows
    ]


def latest_result(attempt_id: UUID) -> Result | None:
    """The result in force."""
    return db.session.scalars(
        select(Result).where(Result.attempt_id == attempt_id).order_by(Result.revision.desc()).limit(1)
    ).first()


def latest_protocol(attempt_id: UUID) -> Protocol | None:
    """The protocol in force."""
    return db.session.scalars(
        select(Protocol).join(Protocol.result).where(Result.attempt_id == attempt_id)
        .order_by(Protocol.version.desc()).limit(1)
    ).first()  # fmt: skip


def overdue_attempts(*, now: datetime, limit: int = 500) -> list[UUID]:
    """Attempts in progress whose deadline has passed, oldest first."""
    return list(
        db.session.scalars(
            select(Attempt.id)
            .where(Attempt.status == AttemptStatus.IN_PROGRESS, Attempt.deadline_at < now)
            .order_by(Attempt.deadline_at).limit(limit)
        )
    )  # fmt: skip
