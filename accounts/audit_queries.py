"""Reading the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from uuid import UUID

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import select

from accounts.models import User
from core.audit import AuditCheckpoint, AuditEntry
from core.db import db

PAGE = 50


@dataclass(frozen=True)
class EntryFilter:
    """What the journal is narrowed to; empty does not narrow. ``since`` and ``until`` are whole days in ``zone``."""

    action: str = ""
    actor: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None
    zone: tzinfo = UTC


def entries_page(wanted: EntryFilter, page: int) -> Pagination:
    """A page of entries, the latest first. A subject or actor may be cut short: ``sitting:`` finds all sittings."""
    query = select(AuditEntry)
    if wanted.action:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.actor:
        query = query.where(AuditEntry.actor.startswith(wanted.actor, autoescape=True))
    if wanted.subject:
        query = query.where(AuditEntry.subject.startswith(wanted.subject, autoescape=True))
    if wanted.since:
        query = query.where(AuditEntry.at >= _begin(wanted.since, wanted.zone))
    if wanted.until:
        query = query.where(AuditEntry.at < _begin(wanted.until + timedelta(days=1), wanted.zone))
    return db.paginate(query.order_by(AuditEntry.number.desc()), page=page, per_page=PAGE, error_out=False)


def _begin(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def actions() -> list[str]:
    """Every kind of act in the journal."""
    return list(db.session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))


def last_checkpoint() -> AuditCheckpoint | None:
    """The last signature over the chain."""
    return db.session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.number.desc()).limit(1)).first()


def names_of(entries: list[AuditEntry]) -> dict[str, str]:
    """Full names of the staff who act or are acted upon in these entries, by ``user:<id>``."""
    texts = {text for entry in entries for text in (entry.actor, entry.subject) if text.startswith("user:")}
    ids = [UUID(text.partition(":")[2]) for text in texts]
    return {f"user:{user.id}": user.full_name for user in db.session.scalars(select(User).where(User.id.in_(ids)))}
