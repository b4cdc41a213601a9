"""Who has read an application or a protocol on the screen: recorded, but not anew at every click."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from accounts.models import User
from appeals.models import Appeal, AppealProtocol
from core import audit
from core.db import db

LOOK_LASTS = timedelta(minutes=15)


def is_due(row: Appeal | AppealProtocol, *, by: User, now: datetime) -> bool:
    """Whether this person's reading of the row has to be recorded (again)."""
    query = select(audit.AuditEntry.number).where(
        audit.AuditEntry.action == _action(row), audit.AuditEntry.actor == by.actor_name,
        audit.AuditEntry.subject == audit.name_of(row), audit.AuditEntry.at > now - LOOK_LASTS,
    )  # fmt: skip
    return db.session.scalars(query.limit(1)).first() is None


def record(row: Appeal | AppealProtocol, *, by: User, now: datetime) -> None:
    """Record that this person reads it for the next quarter of an hour."""
    audit.record(_action(row), row, by=by, at=now)


def _action(row: Appeal | AppealProtocol) -> str:
    return "appeal.read" if isinstance(row, Appeal) else "appeal_protocol.read"
