"""Reading what happened in the hall: acts, pauses, time given, silences; no link is opened here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from accounts.models import User
from core.db import db
from testing_center.models.attempts import Attempt, ResponseEvent, ResumeToken
from testing_center.models.hall import ActTarget, Extension, HallAct, Pause, Silence
from testing_center.models.sittings import Sitting
from testing_center.rules.acts import ActKind, ActStatus
from testing_center.rules.time import REACHED_AROUND, Span, TimeKind, lost, of_test
from testing_center.staff_queries import found, hold

NONE: Mapping[UUID, Sequence[Span]] = {}


def lock_attempts(sitting_id: UUID, attempt_ids: Collection[UUID]) -> list[Attempt]:
    """Those of these attempts that are of the sitting, as they are now, locked in one order (1 statement)."""
    query = select(Attempt).where(Attempt.sitting_id == sitting_id, Attempt.id.in_(attempt_ids)).order_by(Attempt.id)
    query = query.options(joinedload(Attempt.form)).with_for_update(of=Attempt)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


_PEOPLE = (
    joinedload(HallAct.asked_by), joinedload(HallAct.decided_by), joinedload(HallAct.incident),
    selectinload(HallAct.targets),
)  # fmt: skip


def acts_of(sitting_id: UUID, *, most: int | None = None) -> list[HallAct]:
    """Acts of a sitting with their people, targets and incident, the latest first, all or so many (2 statements)."""
    query = select(HallAct).where(HallAct.sitting_id == sitting_id).options(*_PEOPLE).limit(most)
    return list(db.session.scalars(query.order_by(HallAct.asked_at.desc(), HallAct.id)))


def acts_upon(attempt_id: UUID) -> list[HallAct]:
    """Acts that concerned one attempt, the latest first (2 statements)."""
    query = select(HallAct).join(HallAct.targets).where(ActTarget.attempt_id == attempt_id).options(*_PEOPLE)
    return list(db.session.scalars(query.order_by(HallAct.asked_at.desc(), HallAct.id)))


def get_act(act_id: UUID, sitting_id: UUID, *, lock: bool = False) -> HallAct:
    """An act of this sitting, or 404; with ``lock``, for a change, after the sitting, as whoever closes it locks."""
    if lock:
        hold(found(db.session.get(Sitting, sitting_id)))
    query = select(HallAct).where(HallAct.id == act_id, HallAct.sitting_id == sitting_id)
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    return found(db.session.scalar(query))


def waiting_acts(sitting_id: UUID) -> list[HallAct]:
    """Acts that wait for a second person, with people and targets, in the order in which they were asked for."""
    query = select(HallAct).where(HallAct.sitting_id == sitting_id, HallAct.status == ActStatus.WAITING)
    query = query.options(*_PEOPLE)
    return list(db.session.scalars(query.order_by(HallAct.asked_at, HallAct.id)))


def open_pauses(attempt_ids: Collection[UUID]) -> dict[UUID, Pause]:
    """The pause in force of each of these attempts that stands still (1 statement)."""
    query = select(Pause).where(Pause.attempt_id.in_(attempt_ids), Pause.ended_at.is_(None))
    return {pause.attempt_id: pause for pause in db.session.scalars(query)} if attempt_ids else {}


def pauses_ended(attempt_ids: Collection[UUID]) -> list[datetime]:
    """When the last pause of any of these attempts ended; nothing where none did (1 statement)."""
    query = select(func.max(Pause.ended_at)).where(Pause.attempt_id.in_(attempt_ids))
    return [moment for moment in db.session.scalars(query) if moment] if attempt_ids else []


def extensions_of(attempt_ids: Collection[UUID]) -> dict[UUID, list[Extension]]:
    """Time given to each of these attempts, in the order in which it was given (2 statements)."""
    query = select(Extension).where(Extension.attempt_id.in_(attempt_ids)).order_by(Extension.at, Extension.id)
    query = query.options(selectinload(Extension.act).joinedload(HallAct.asked_by))
    by_attempt: defaultdict[UUID, list[Extension]] = defaultdict(list)
    for row in db.session.scalars(query) if attempt_ids else ():
        by_attempt[row.attempt_id].append(row)
    return dict(by_attempt)


def given_by_staff(rows: Collection[Extension]) -> timedelta:
    """What staff gave of these rows, as an extension or as an outage; a pause gives back what the clock shows."""
    return sum((row.length for row in rows if row.kind in (TimeKind.EXTENSION, TimeKind.OUTAGE)), timedelta())


def spans_given(rows: Collection[Extension]) -> list[Span]:
    """Moments that pauses and outages gave back already."""
    return [
        (datetime.fromisoformat(began), datetime.fromisoformat(ended)) for row in rows for began, ended in row.spans
    ]


def silences_of(attempt_ids: Collection[UUID], window: Span) -> dict[UUID, list[Span]]:
    """When the server heard nothing of each of these attempts' pages, as far as it falls into the window."""
    query = select(Silence).where(
        Silence.attempt_id.in_(attempt_ids), Silence.began_at < window[1], Silence.ended_at > window[0]
    )
    by_attempt: defaultdict[UUID, list[Span]] = defaultdict(list)
    for row in db.session.scalars(query.order_by(Silence.began_at)) if attempt_ids else ():
        by_attempt[row.attempt_id].append((row.began_at, row.ended_at))
    return dict(by_attempt)


def lost_by(
    attempt_ids: Collection[UUID],
    window: Span,
    *,
    now: datetime,
    unrecorded: Mapping[UUID, Sequence[Span]] = NONE,
    settled: Mapping[UUID, Sequence[Span]] = NONE,
) -> dict[UUID, list[Span]]:
    """What each of these attempts lost within the window, and was not given back yet (5 statements).

    That are silences, recorded or ``unrecorded``, without what is being given back by a pause that lasts, and without
    moments that are ``settled`` otherwise. Attempts that lost nothing are left out.
    """
    silences, given, saved = silences_of(attempt_ids, window), extensions_of(attempt_ids), _saved(attempt_ids, window)
    query = select(Attempt.id, Attempt.started_at, Attempt.paused_at).where(Attempt.id.in_(attempt_ids))
    found = {}
    for attempt_id, started_at, paused_at in db.session.execute(query) if attempt_ids else ():
        if started_at is None:
            continue
        silent = [*silences.get(attempt_id, ()), *unrecorded.get(attempt_id, ())]
        back = [*spans_given(given.get(attempt_id, ())), *settled.get(attempt_id, ())]
        back += [(paused_at, now)] if paused_at else []
        if spans := lost(silent, of_test(window, started_at), back, saved.get(attempt_id, ())):
            found[attempt_id] = spans
    return found


def outages_upon(attempt_ids: Collection[UUID], status: ActStatus) -> dict[UUID, list[Span]]:
    """Windows of the outages asked for these attempts that stand so (1 statement)."""
    query = select(ActTarget.attempt_id, HallAct.began_at, HallAct.ended_at).join(ActTarget.act).where(
        ActTarget.attempt_id.in_(attempt_ids), HallAct.kind == ActKind.OUTAGE, HallAct.status == status
    )  # fmt: skip
    by_attempt: defaultdict[UUID, list[Span]] = defaultdict(list)
    for attempt_id, began, ended in db.session.execute(query) if attempt_ids else ():
        if began and ended:
            by_attempt[attempt_id].append((began, ended))
    return dict(by_attempt)


def _saved(attempt_ids: Collection[UUID], window: Span) -> dict[UUID, list[datetime]]:
    """When answers of these attempts that count were acknowledged, within the window or around it."""
    query = select(ResponseEvent.attempt_id, ResponseEvent.saved_at).where(
        ResponseEvent.attempt_id.in_(attempt_ids), ResponseEvent.is_late.is_(False),
        ResponseEvent.saved_at.between(window[0] - REACHED_AROUND, window[1] + REACHED_AROUND),
    )  # fmt: skip
    by_attempt: defaultdict[UUID, list[datetime]] = defaultdict(list)
    for attempt_id, saved_at in db.session.execute(query) if attempt_ids else ():
        by_attempt[attempt_id].append(saved_at)
    return dict(by_attempt)


def messages_to(attempt_id: UUID) -> list[ActTarget]:
    """Messages to a candidate, in the order in which they were sent (1 statement)."""
    query = select(ActTarget).join(ActTarget.act).where(
        ActTarget.attempt_id == attempt_id, HallAct.kind == ActKind.MESSAGE
    )  # fmt: skip
    return list(db.session.scalars(query.options(joinedload(ActTarget.act)).order_by(HallAct.asked_at, HallAct.id)))


def moves_of(attempt_ids: Collection[UUID]) -> list[tuple[ResumeToken, str]]:
    """Moves of these attempts to other workstations, in order, each with who gave the leave (1 statement)."""
    query = select(ResumeToken, User.full_name).join(User, User.id == ResumeToken.issued_by_id)
    query = query.where(ResumeToken.attempt_id.in_(attempt_ids), ResumeToken.used_at.is_not(None))
    rows = db.session.execute(query.order_by(ResumeToken.used_at, ResumeToken.id)) if attempt_ids else ()
    return [(move, name) for move, name in rows]
