"""Autosave: what an author has typed and not saved yet. Private, sealed, no part of the record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete

from accounts.models import User
from core.crypto import canonical, keyring
from core.db import db
from core.i18n import format_time
from question_bank import queries, rich_queries, rules, writing
from question_bank.models import ItemVersion
from question_bank.rich_models import WorkingCopy

Fields = Mapping[str, Sequence[str]]  # of the form, as the browser sends them


def save(
    fields: Fields,
    *,
    kind: rules.ItemKind,
    version: ItemVersion | None,
    copy: WorkingCopy | None,
    revision: int,
    by: User,
    now: datetime,
) -> WorkingCopy:
    """Keep what was typed; ``revision`` is that of the copy it builds on, 0 for the first save.

    Nothing goes into the audit trail: what is typed becomes a fact when the draft is saved.

    Raises:
        SavedElsewhere: another window has saved since; nothing is overwritten.
        ApprovedNeverChanges, AwaitingDecision, ItemRetired: the version may not be changed now.
    """
    if version is not None:
        rules.check_may_edit(version.status, retired=version.item.retired_at is not None)
        copy = rich_queries.working_copy(by.id, version.id)
    if copy is None:
        writing.check_revision(revision, 0, time=format_time(now))
        copy = _begun(version, by=by, now=now)
    else:
        queries.lock(copy)
        writing.check_revision(revision, copy.revision, time=format_time(copy.saved_at))
    return _written(copy, fields, kind=kind, now=now)


def keep(fields: Fields, *, version: ItemVersion, revision: int, by: User, now: datetime) -> WorkingCopy:
    """Keep what was typed into a version that may not be changed now; a later save from another window stays.

    It is found again in the editor once the version may be changed.
    """
    copy = rich_queries.working_copy(by.id, version.id)
    if copy is None:
        copy = _begun(version, by=by, now=now)
    elif copy.revision != revision:
        return copy
    return _written(copy, fields, kind=rules.ItemKind(version.kind), now=now)


def _begun(version: ItemVersion | None, *, by: User, now: datetime) -> WorkingCopy:
    copy = WorkingCopy(
        id=uuid4(), user_id=by.id, version_id=version.id if version else None, revision=0, begun_at=now,
        based_on=version.edited_at if version else None,
    )  # fmt: skip
    db.session.add(copy)
    return copy


def _written(copy: WorkingCopy, fields: Fields, *, kind: rules.ItemKind, now: datetime) -> WorkingCopy:
    copy.kind, copy.revision, copy.saved_at = kind, copy.revision + 1, now
    plain = {name: list(values) for name, values in fields.items()}
    copy.content_sealed = keyring().seal("bank", canonical(plain), _context(copy.id))
    db.session.flush()
    return copy


def open_copy(copy: WorkingCopy) -> dict[str, list[str]]:
    """What was typed, by the names of the form's fields."""
    found: dict[str, list[str]] = json.loads(keyring().open("bank", copy.content_sealed, _context(copy.id)))
    return found


def drop(copy: WorkingCopy) -> None:
    """Forget what was typed: it was saved, or is not wanted."""
    db.session.delete(copy)


def drop_old(*, now: datetime) -> None:
    """Forget what nobody has come back to."""
    db.session.execute(delete(WorkingCopy).where(WorkingCopy.saved_at < now - writing.LEFT_ALONE))


def _context(copy_id: UUID) -> tuple[str, ...]:
    return ("working_copy", str(copy_id))
