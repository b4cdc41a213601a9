"""A lease in the database: of all processes, one at a time does a job."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import String, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Model, db, transaction


class Lease(Model):
    """Who holds a job until when."""

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    holder: Mapped[str] = mapped_column(String(32))
    until: Mapped[datetime]


@contextmanager
def holding(name: str, lasts: timedelta) -> Iterator[bool]:
    """Hold the lease ``name`` for the block if nobody else does; yields whether it is held.

    A holder that died is forgotten after ``lasts``.
    """
    now, holder = current_app.extensions["clock"](), secrets.token_hex(8)
    try:
        with transaction():
            row = db.session.get(Lease, name, with_for_update=True, populate_existing=True)
            mine = row is None or row.until <= now
            if row is None:
                db.session.add(Lease(name=name, holder=holder, until=now + lasts))
            elif mine:
                row.holder, row.until = holder, now + lasts
    except IntegrityError:  # another process was first with the very first lease of this name
        mine = False
    try:
        yield mine
    finally:
        if mine:
            with transaction():
                db.session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))
