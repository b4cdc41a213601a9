"""Durable counters that slow down guessing, shared by all processes and surviving a restart."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Model, db, transaction


class ThrottleCounter(Model):
    """Failures counted for one key; a key is already hashed or harmless (never a secret)."""

    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    failures: Mapped[int]
    since: Mapped[datetime]


def _current(key: str, window: timedelta | None, now: datetime) -> ThrottleCounter | None:
    row = db.session.get(ThrottleCounter, key, with_for_update=True, populate_existing=True)
    if row is not None and window is not None and now - row.since >= window:
        row.failures, row.since = 0, now
    return row


def count_failure(key: str, *, window: timedelta | None, now: datetime) -> int:
    """Count one failure in a transaction of its own and return the failures within ``window``.

    ``window`` None counts consecutive failures until :func:`forget`. The transaction is its own, so that a refusal
    that rolls back everything else does not roll back the count.
    """
    with transaction():
        row = _current(key, window, now)
        if row is None:
            row = ThrottleCounter(key=key, failures=0, since=now)
            db.session.add(row)
        row.failures += 1
        return row.failures


def failures(key: str, *, window: timedelta | None, now: datetime) -> tuple[int, datetime]:
    """Failures counted within ``window`` and the moment the count began."""
    row = db.session.get(ThrottleCounter, key, populate_existing=True)
    if row is None or (window is not None and now - row.since >= window):
        return 0, now
    return row.failures, row.since


def forget(key: str) -> None:
    """Start anew, in the caller's transaction."""
    row = db.session.get(ThrottleCounter, key)
    if row is not None:
        db.session.delete(row)
