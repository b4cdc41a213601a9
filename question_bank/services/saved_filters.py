"""Filters kept by name: one's own, and those that colleagues in the same role share."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from werkzeug.exceptions import NotFound

from accounts.models import User
from accounts.rules import PERMISSIONS, Permission, Role
from core import audit
from core.db import db
from question_bank import work_rules
from question_bank.work_models import SavedFilter

MOST = 30  # of one person: more names than a person can tell apart


def visible_to(person: User) -> list[SavedFilter]:
    """The person's own filters and those shared with a role of theirs, by name (1 statement)."""
    query = select(SavedFilter).where(or_(SavedFilter.user_id == person.id, SavedFilter.shared_with.in_(person.roles)))
    return list(db.session.scalars(query.order_by(SavedFilter.name, SavedFilter.id)))


def default_of(person: User) -> SavedFilter | None:
    """The filter with which the person wants the list to open."""
    return db.session.scalar(select(SavedFilter).where(SavedFilter.user_id == person.id, SavedFilter.is_default))


def save(name: str, query: str, *, is_shared: bool, is_default: bool, by: User, now: datetime) -> SavedFilter:
    """Keep a filter under a name; one of the same name is replaced. Shared, it is for those who hold the same role.

    Raises:
        TooManyFilters: the person has :data:`MOST` already.
    """
    own = {one.name: one for one in db.session.scalars(select(SavedFilter).where(SavedFilter.user_id == by.id))}
    if name not in own and len(own) >= MOST:
        raise work_rules.TooManyFilters(n=MOST)
    if is_default:
        _no_default(by.id)
    found = own.get(name)
    if found is None:
        found = SavedFilter(user_id=by.id, name=name, created_at=now)
        db.session.add(found)
    found.query, found.shared_with, found.is_default = query, _role(by) if is_shared else None, is_default
    db.session.flush()
    audit.record("bank_filter.saved", found, by=by, at=now, name=name, query=query, shared=is_shared)
    return found


def delete(filter_id: UUID, *, by: User, now: datetime) -> str:
    """Forget one of one's own filters; its name."""
    found = _own(filter_id, by)
    name = found.name
    audit.record("bank_filter.deleted", found, by=by, at=now, name=name)
    db.session.delete(found)
    return name


def make_default(filter_id: UUID, *, by: User, now: datetime) -> str:
    """Open the list with this one of one's own filters; once more: with none. Its name."""
    found = _own(filter_id, by)
    was = found.is_default
    _no_default(by.id)
    found.is_default = not was
    db.session.flush()
    audit.record("bank_filter.default", found, by=by, at=now, name=found.name, default=found.is_default)
    return found.name


def _own(filter_id: UUID, person: User) -> SavedFilter:
    found = db.session.get(SavedFilter, filter_id)
    if found is None or found.user_id != person.id:
        raise NotFound
    return found


def _no_default(person: UUID) -> None:
    known = update(SavedFilter).where(SavedFilter.user_id == person, SavedFilter.is_default)
    db.session.execute(known.values(is_default=False).execution_options(synchronize_session="fetch"))


def _role(person: User) -> Role:
    """The role in which the person works with the bank."""
    return min(role for role in person.roles if Permission.BANK_VIEW in PERMISSIONS[role])
