"""Reading pictures of questions and unsaved texts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from werkzeug.exceptions import NotFound

from core.db import db
from question_bank.exchange.drafts import Medium
from question_bank.models import FormItem
from question_bank.rich_models import StoredMedium, VersionMedium, WorkingCopy


def media_named(names: Collection[str]) -> tuple[Medium, ...]:
    """The pictures of these names that the bank has, by name (1 statement, none for no names)."""
    if not names:
        return ()
    query = select(StoredMedium).where(StoredMedium.name.in_(names)).order_by(StoredMedium.name)
    return tuple(Medium(found.name, found.media_type, found.content) for found in db.session.scalars(query))


def media_of(version_id: UUID) -> tuple[Medium, ...]:
    """The pictures that a version shows, by name (1 statement)."""
    query = select(StoredMedium).join(VersionMedium).where(VersionMedium.version_id == version_id)
    found = db.session.scalars(query.order_by(StoredMedium.name))
    return tuple(Medium(one.name, one.media_type, one.content) for one in found)


def get_medium(name: str) -> StoredMedium:
    """The picture of this name, or 404."""
    found = db.session.scalar(select(StoredMedium).where(StoredMedium.name == name))
    if found is None:
        raise NotFound
    return found


def is_on_form(name: str, form_id: UUID) -> bool:
    """Whether a question of the form shows the picture of this name (1 statement)."""
    query = (
        select(VersionMedium.id)
        .join(VersionMedium.medium)
        .join(FormItem, FormItem.item_version_id == VersionMedium.version_id)
        .where(FormItem.form_id == form_id, StoredMedium.name == name)
    )
    return bool(db.session.scalar(select(query.exists())))


def unused_media(before: datetime) -> list[StoredMedium]:
    """Pictures added before a moment that no version shows."""
    used = exists().where(VersionMedium.medium_id == StoredMedium.id)
    return list(db.session.scalars(select(StoredMedium).where(StoredMedium.added_at < before, ~used)))


def working_copy(user_id: UUID, version_id: UUID) -> WorkingCopy | None:
    """What this person has typed into a version and not saved, if anything."""
    query = select(WorkingCopy).where(WorkingCopy.user_id == user_id, WorkingCopy.version_id == version_id)
    return db.session.scalar(query)


def get_copy(copy_id: UUID, user_id: UUID) -> WorkingCopy:
    """A working copy of this person; 404 where it is gone or somebody else's."""
    found = find_copy(copy_id, user_id)
    if found is None:
        raise NotFound
    return found


def find_copy(copy_id: UUID, user_id: UUID) -> WorkingCopy | None:
    """A working copy of this person, None where it is gone or somebody else's."""
    query = select(WorkingCopy).where(WorkingCopy.id == copy_id, WorkingCopy.user_id == user_id)
    return db.session.scalar(query)


def begun_questions(user_id: UUID) -> list[WorkingCopy]:
    """Questions that this person has begun and that are not in the bank yet, the last saved first (1 statement)."""
    query = select(WorkingCopy).where(WorkingCopy.user_id == user_id, WorkingCopy.version_id.is_(None))
    return list(db.session.scalars(query.order_by(WorkingCopy.saved_at.desc())))
