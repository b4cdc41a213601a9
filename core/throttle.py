"""Durable counters that slow down guessing, shared by all processes and surviving a restart."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import String, Table, bindparam, case, delete, false, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Model, db, transaction


class ThrottleCounter(Model):
    """Failures counted for one key; a key is already hashed or harmless (never a secret)."""

    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    failures: Mapped[int] = mapped_column(index=True)  # what is locked is found among all that was ever counted
    since: Mapped[datetime]


def count_failure(key: str, *, window: timedelta | None, now: datetime) -> int:
    """Count one failure in a transaction of its own and return the failures within ``window``.

    ``window`` None counts consecutive failures until :func:`forget`. The transaction is its own, so that a refusal
    that rolls back everything else does not roll back the count.
    """
    # one statement, so that two failures at once both count, the first ones too
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    over = ThrottleCounter.since <= now - window if window is not None else false()
    counted = (
        insert(ThrottleCounter)
        .values(key=key, failures=1, since=now)
        .on_conflict_do_update(
            index_elements=[ThrottleCounter.key],
            set_={
                "failures": case((over, 1), else_=ThrottleCounter.failures + 1),
                "since": case((over, literal(now, ThrottleCounter.since.type)), else_=ThrottleCounter.since),
            },
        )
        .returning(ThrottleCounter.failures)
    )
    with transaction():
        return db.session.execute(counted).scalar_one()


_counters = cast(Table, ThrottleCounter.__table__)
_COUNTED = select(_counters.c.failures, _counters.c.since).where(_counters.c.key == bindparam("key"))


def failures(key: str, *, window: timedelta | None, now: datetime) -> tuple[int, datetime]:
    """Failures counted within ``window`` and the moment the count began."""
    row = db.session.connection().execute(_COUNTED, {"key": key}).one_or_none()
    if row is None or (window is not None and now - row.since >= window):
        return 0, now
    return row.failures, row.since


def forget(key: str) -> None:
    """Start anew, in the caller's transaction."""
    db.session.execute(delete(ThrottleCounter).where(ThrottleCounter.key == key))
