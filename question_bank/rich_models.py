"""Pictures of rich questions, and what authors have typed but not saved yet."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import HasId, Model
from core.sealed_columns import sealed_under
from question_bank.models import ItemVersion
from question_bank.rules import ItemKind


class StoredMedium(HasId, Model):
    """A picture, kept once however many questions show it: ``name`` is the SHA-256 of ``content`` and its ending."""

    name: Mapped[str] = mapped_column(String(68), unique=True)
    media_type: Mapped[str] = mapped_column(String(32))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    added_at: Mapped[datetime] = mapped_column(index=True)


class VersionMedium(HasId, Model):
    """A version shows a picture; pictures that no version shows are dropped after a while."""

    __table_args__ = (UniqueConstraint("version_id", "medium_id"),)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"))
    medium_id: Mapped[UUID] = mapped_column(ForeignKey("stored_medium.id"), index=True)
    version: Mapped[ItemVersion] = relationship()
    medium: Mapped[StoredMedium] = relationship(lazy="joined")


class WorkingCopy(HasId, Model):
    """The editor of one person as it stood at the last autosave: of a version, or of a question not yet in the bank.

    It is private, may be incomplete, and is no fact: saving the draft ends it. ``content_sealed`` opens (bank key,
    ``("working_copy", id)``) to the fields of the form in JSON: the key is among them. ``revision`` counts the saves:
    one that builds on an older revision is refused. ``based_on`` is ``edited_at`` of the version when it was begun.
    """

    __table_args__ = (
        UniqueConstraint("user_id", "version_id"),
        CheckConstraint("revision > 0", name="revision_positive"),
        CheckConstraint("(version_id IS NULL) = (based_on IS NULL)", name="based_on_a_version"),
    )
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("item_version.id"), index=True)
    kind: Mapped[ItemKind]
    revision: Mapped[int]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_under("bank", "working_copy"))
    based_on: Mapped[datetime | None]
    begun_at: Mapped[datetime]
    saved_at: Mapped[datetime] = mapped_column(index=True)
