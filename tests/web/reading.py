"""What tests of staff pages share: reading pages and the trail, somebody who has taken a test."""

from __future__ import annotations

from datetime import datetime
from html import unescape
from uuid import UUID

from sqlalchemy import select
from werkzeug.test import TestResponse

from accounts.models import User
from core import audit
from core.clock import ManualClock
from core.db import db, transaction
from testing_center.models.sittings import Sitting
from testing_center.services import delivery, entry
from tests.factories import Make

BASE = "/staff/sittings"


def page_of(answer: TestResponse) -> str:
    """The page as a person reads it: no escapes."""
    return unescape(answer.get_data(as_text=True))


def proctor_of(sitting: Sitting) -> User:
    """The proctor appointed to a sitting."""
    return db.session.get_one(Sitting, sitting.id).proctors[0]


def submitted(make: Make, clock: ManualClock, sitting: Sitting, seat: int = 1) -> UUID:
    """Somebody at this seat takes the test and ends it without an answer; the attempt's id."""
    attempt_id = entry.enter(make.codes(sitting)[seat - 1], "", "10.0.0.1", now=clock()).id
    return ended(attempt_id, now=clock())


def ended(attempt_id: UUID, *, now: datetime) -> UUID:
    """Start an attempt and end it."""
    with transaction():
        delivery.start(attempt_id, 1, "ky", now=now)
    with transaction():
        delivery.submit(attempt_id, 1, now=now)
    return attempt_id


def entries(action: str) -> list[audit.AuditEntry]:
    """Entries of the trail of one kind, in order."""
    query = select(audit.AuditEntry).where(audit.AuditEntry.action == action)
    return list(db.session.scalars(query.order_by(audit.AuditEntry.number)))


def refusals() -> list[str]:
    """Codes of all refusals recorded, in order."""
    return [audit.facts(found)["code"] for found in entries("refused")]
