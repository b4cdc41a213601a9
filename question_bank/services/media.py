"""Pictures of questions: kept once, linked to the versions that show them, dropped when nothing shows them any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from accounts.models import User
from core import audit, pictures
from core.db import db
from question_bank import rich_queries
from question_bank.exchange import rich
from question_bank.exchange.drafts import ItemDraft, Medium, texts_of
from question_bank.models import ItemVersion
from question_bank.rich_models import StoredMedium, VersionMedium
from question_bank.writing import LEFT_ALONE


def add(data: bytes, *, by: User, now: datetime) -> Medium:
    """Take a picture that a person hands in; it belongs to no question until a text of one shows it.

    Raises:
        PictureRefused: it is none, or cannot be shown.
    """
    found = pictures.picture(data)
    medium = Medium(found.name, found.media_type, found.content)
    _keep([medium], now=now)
    audit.record("medium.added", f"medium:{medium.name}", by=by, at=now, size=len(medium.content))
    return medium


def with_media(draft: ItemDraft) -> ItemDraft:
    """A rich draft with the pictures that its texts name, as far as the bank or the draft has them."""
    if not draft.is_rich:
        return draft
    there = {medium.name for medium in draft.media}
    missing = [name for name in rich.names(texts_of(draft)) if name not in there]
    found = (*draft.media, *rich_queries.media_named(missing))
    return replace(draft, media=tuple(sorted(found, key=lambda medium: medium.name)))


def link(version: ItemVersion, media: Sequence[Medium], *, now: datetime) -> None:
    """Let a version show these pictures and no others; the caller has checked them (``check_draft``)."""
    names = {medium.name for medium in media}
    links = db.session.scalars(select(VersionMedium).where(VersionMedium.version_id == version.id)).all()
    for old in links:
        if old.medium.name not in names:
            db.session.delete(old)
    linked = {old.medium.name for old in links}
    show(version, [medium for medium in media if medium.name not in linked], now=now)


def show(version: ItemVersion, media: Sequence[Medium], *, now: datetime) -> None:
    """Let a version show these pictures, none of which it has shown so far."""
    for stored in _keep(media, now=now):
        db.session.add(VersionMedium(version=version, medium=stored))


def drop_unused(*, now: datetime) -> int:
    """Forget pictures that no version has shown for a while; returns how many."""
    unused = [medium.id for medium in rich_queries.unused_media(now - LEFT_ALONE)]
    if unused:
        db.session.execute(delete(StoredMedium).where(StoredMedium.id.in_(unused)))
    return len(unused)


def _keep(media: Sequence[Medium], *, now: datetime) -> list[StoredMedium]:
    if not media:
        return []
    names = {medium.name: medium for medium in media}
    wanted = select(StoredMedium).where(StoredMedium.name.in_(names))
    missing = names.keys() - {one.name for one in db.session.scalars(wanted)}
    if missing:
        # Somebody else may add the same picture at this moment: it is there then, and that is all that is wanted.
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        once = insert(StoredMedium).on_conflict_do_nothing(index_elements=[StoredMedium.name])
        new = [names[name] for name in sorted(missing)]  # in one order: no two wait for one another
        rows = [
            {"id": uuid4(), "name": one.name, "media_type": one.media_type, "content": one.content, "added_at": now}
            for one in new
        ]
        db.session.execute(once, rows)
    return list(db.session.scalars(wanted))
