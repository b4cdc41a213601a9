"""What a candidate's page learns when it calls: where the test stands, what was given, what the staff say."""

from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from core.crypto import keyring
from core.db import db, transaction
from testing_center.models.attempts import Attempt
from testing_center.models.hall import ActTarget, Extension, HallAct
from testing_center.models.sittings import Sitting
from testing_center.rules.acts import ActKind
from testing_center.rules.delivery import AttemptStatus, check_epoch, remaining_seconds
from testing_center.rules.time import TimeKind
from testing_center.services import contacts


@dataclass(frozen=True)
class Message:
    """What the staff say to a candidate."""

    id: UUID
    text: str


@dataclass(frozen=True)
class More:
    """Time that the staff gave, by the act that gave it. A pause gives nothing: the clock stood."""

    id: UUID
    length: timedelta


@dataclass(frozen=True)
class Pulse:
    """The attempt now; ``given`` is all the time that it has beyond its form's.

    ``more`` is what of it the candidate has not read of yet, ``messages`` those not read yet.
    """

    status: AttemptStatus
    remaining: int | None
    may_start: bool
    given: timedelta
    more: tuple[More, ...]
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Outbox:
    """How a page keeps answers until they are acknowledged: the store's name, and its key (base64, 32 bytes)."""

    name: str
    key: str


def take(attempt_id: UUID, epoch: int, *, seen: Collection[UUID] = (), now: datetime) -> Pulse:
    """Hear a page; ``seen`` are acts that the candidate has read of. Owns its transactions (see ``contacts.hear``).

    One statement where nothing was said or given.

    Raises:
        ContinuedElsewhere: the attempt is open at another workstation.
    """
    unread = (
        select(func.count()).select_from(ActTarget).join(ActTarget.act)
        .where(ActTarget.attempt_id == attempt_id, ActTarget.seen_at.is_(None), HallAct.kind == ActKind.MESSAGE)
        .scalar_subquery()
    )  # fmt: skip
    extended = select(func.count()).where(Extension.attempt_id == attempt_id).scalar_subquery()
    row = db.session.execute(
        select(
            Attempt.status, Attempt.epoch, Attempt.deadline_at, Attempt.paused_at, Attempt.authorised_at,
            Attempt.held_at, Sitting.starts_together, unread.label("unread"), extended.label("extended"),
        ).join(Attempt.sitting).where(Attempt.id == attempt_id)
    ).one()  # fmt: skip
    check_epoch(epoch, row.epoch)
    if seen:
        _note_seen(attempt_id, seen, now=now)
    contacts.hear(attempt_id, now=now)
    left = remaining_seconds(row.deadline_at, now=now, paused_at=row.paused_at) if row.deadline_at else None
    given, more = _given(attempt_id) if row.extended else (timedelta(), ())
    return Pulse(
        row.status, left, row.held_at is None and (not row.starts_together or row.authorised_at is not None),
        given, more, _unread(attempt_id) if row.unread else (),
    )  # fmt: skip


def _given(attempt_id: UUID) -> tuple[timedelta, tuple[More, ...]]:
    seen = (ActTarget.act_id == Extension.act_id) & (ActTarget.attempt_id == Extension.attempt_id)
    query = (
        select(Extension.act_id, Extension.kind, Extension.length, ActTarget.seen_at).outerjoin(ActTarget, seen)
        .where(Extension.attempt_id == attempt_id).order_by(Extension.at, Extension.id)
    )  # fmt: skip
    rows = db.session.execute(query).all()
    told = (TimeKind.EXTENSION, TimeKind.OUTAGE)
    more = tuple(More(row.act_id, row.length) for row in rows if row.act_id and row.kind in told and not row.seen_at)
    return sum((row.length for row in rows), timedelta()), more


def _unread(attempt_id: UUID) -> tuple[Message, ...]:
    query = (
        select(HallAct.id, HallAct.wording).join(ActTarget, ActTarget.act_id == HallAct.id)
        .where(ActTarget.attempt_id == attempt_id, ActTarget.seen_at.is_(None), HallAct.kind == ActKind.MESSAGE)
        .order_by(HallAct.asked_at, HallAct.id)
    )  # fmt: skip
    return tuple(Message(act_id, wording or "") for act_id, wording in db.session.execute(query))


def _note_seen(attempt_id: UUID, seen: Collection[UUID], *, now: datetime) -> None:
    with transaction():
        own = (ActTarget.attempt_id == attempt_id, ActTarget.act_id.in_(seen), ActTarget.seen_at.is_(None))
        db.session.execute(update(ActTarget).where(*own).values(seen_at=now))


def outbox_of(attempt_id: UUID) -> Outbox:
    """The outbox of an attempt: the same on every workstation and in every window, and nobody else's."""
    ring, own = keyring(), str(attempt_id)
    name = ring.lookup("index", own, ("outbox", "name"))[:12].hex()
    return Outbox(name, base64.b64encode(ring.lookup("index", own, ("outbox", "key"))).decode())
