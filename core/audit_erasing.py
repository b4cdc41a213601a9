"""Entries of the trail in retention: which there are about something, whether they hold, and their bodies erased."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, null, select, update

from core.audit import ERASED, Actor, AuditEntry, entry_faults, record
from core.db import db


def entries_of(subjects: Collection[str]) -> dict[int, str]:
    """Number and action of every entry about these subjects (``attempt:<id>``) that still has its body."""
    found: dict[int, str] = {}
    names = sorted(subjects)
    for start in range(0, len(names), 400):
        rows = db.session.execute(
            select(AuditEntry.number, AuditEntry.action).where(
                AuditEntry.subject.in_(names[start : start + 400]),
                AuditEntry.action != ERASED,
                AuditEntry.body.is_not(null()),
            )
        )
        found |= {number: action for number, action in rows}
    return found


def entries_among(numbers: Collection[int]) -> int:
    """How many of these entries still have their bodies."""
    ordered = sorted(numbers)
    return sum(
        db.session.scalar(
            select(func.count())
            .select_from(AuditEntry)
            .where(AuditEntry.number.in_(ordered[start : start + 400]), AuditEntry.body.is_not(null()))
        )
        or 0
        for start in range(0, len(ordered), 400)
    )


def broken(numbers: Collection[int]) -> dict[int, str]:
    """Those of these entries that do not hold (their body, or the rows they speak of), each with the first fault."""
    found: dict[int, str] = {}
    for number in sorted(numbers):
        entry = db.session.get_one(AuditEntry, number)
        for what in entry_faults(entry, entry.previous):
            found.setdefault(number, what)
    return found


def erase(numbers: Collection[int], subject: object, *, by: Actor, at: datetime, **facts: Any) -> AuditEntry:
    """Erase the bodies of these entries and record which, under the act ``subject``; the chain goes on holding."""
    ordered = sorted(numbers)
    for start in range(0, len(ordered), 400):
        db.session.execute(
            update(AuditEntry)
            .where(AuditEntry.number.in_(ordered[start : start + 400]))
            .values(body=null())
            .execution_options(synchronize_session=False)
        )
    return record(ERASED, subject, by=by, at=at, entries=ordered, **facts)
