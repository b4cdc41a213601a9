"""What happens to a question beside its wording: quarantine, comments, sources, twins, approval sessions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    delete,
    event,
    insert,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from core import markup
from core.db import Base, HasId, Model
from core.sealed_columns import sealed_under
from question_bank import similarity
from question_bank.life import SessionDecision, SourceKind, SuspensionKind
from question_bank.models import Item, ItemReview, ItemVersion

_OPEN = text("lifted_at IS NULL")


class ItemSuspension(HasId, Model):
    """A quarantine of a question, from when to when, and why; a second person ends it."""

    __table_args__ = (
        CheckConstraint("lifted_by_id IS NULL OR lifted_by_id <> by_id", name="four_eyes"),
        CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by_id IS NULL) AND (lifted_at IS NULL) = (lift_reason IS NULL)",
            name="lifted_by_somebody",
        ),
        Index("uq_item_suspension_open", "item_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"), index=True)
    kind: Mapped[SuspensionKind]
    reason: Mapped[str] = mapped_column(String(500))
    by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    lift_reason: Mapped[str | None] = mapped_column(String(500))
    item: Mapped[Item] = relationship()
    by: Mapped[User] = relationship(foreign_keys=by_id)
    lifted_by: Mapped[User | None] = relationship(foreign_keys=lifted_by_id)


class ReviewComment(HasId, Model):
    """A remark on a version; ``parent_id`` is the remark that it answers. Only first remarks are settled."""

    __table_args__ = (
        CheckConstraint("(settled_at IS NULL) = (settled_by_id IS NULL)", name="settled_by_somebody"),
        CheckConstraint("parent_id IS NULL OR settled_at IS NULL", name="answers_are_not_settled"),
    )
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("review_comment.id"))
    field: Mapped[str] = mapped_column(String(32))  # one of COMMENT_FIELDS; empty: the question as a whole
    text: Mapped[str] = mapped_column(Text)
    by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    by: Mapped[User] = relationship(foreign_keys=by_id)
    settled_by: Mapped[User | None] = relationship(foreign_keys=settled_by_id)


class ReviewChecklist(Model):
    """What was ticked at a decision (``ReviewPoint``), and which flaws the program had found then.

    ``flaws_sealed`` opens (bank key, ``("review_checklist", review id, "flaws")``) to JSON ``[{"code", "language",
    "place"}, …]``: some flaws tell the key.
    """

    review_id: Mapped[UUID] = mapped_column(ForeignKey("item_review.id"), primary_key=True)
    points: Mapped[list[Any]]
    flaws_sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_under("bank", "review_checklist", "flaws"))
    review: Mapped[ItemReview] = relationship()


class Source(HasId, Model):
    """A law, an act, a book that questions are taken from; ``valid_until`` is its last day."""

    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_from IS NULL OR valid_from <= valid_until", name="validity"),
        CheckConstraint("replaced_by_id IS NULL OR replaced_by_id <> id", name="replaced_by_another"),
        UniqueConstraint("title_ky", "number"),
    )
    kind: Mapped[SourceKind]
    title_ky: Mapped[str] = mapped_column(String(300))
    title_ru: Mapped[str] = mapped_column(String(300))
    number: Mapped[str] = mapped_column(String(64), default="")
    issued_on: Mapped[date | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    replaced_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("source.id"))
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    replaced_by: Mapped[Source | None] = relationship(remote_side="Source.id")
    changes: Mapped[list[SourceChange]] = relationship(back_populates="source", order_by="SourceChange.at")

    def title(self, language: str) -> str:
        """Title in Russian for ``ru``, else in Kyrgyz."""
        return self.title_ru if language == "ru" else self.title_ky


class SourceChange(HasId, Model):
    """An amendment of a source: from which day, what, and who entered it when."""

    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"), index=True)
    on: Mapped[date]
    what: Mapped[str] = mapped_column(String(500))
    by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    source: Mapped[Source] = relationship(back_populates="changes")
    by: Mapped[User] = relationship()


class Citation(Model):
    """Where a version is taken from: a source of the register and the place in it.

    ``checked_at`` is when somebody last held the question against the source.
    """

    __table_args__ = (Index("ix_citation_source", "source_id", "version_id", "checked_at"),)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), primary_key=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    place: Mapped[str] = mapped_column(String(200))
    checked_at: Mapped[datetime]
    checked_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    version: Mapped[ItemVersion] = relationship()
    source: Mapped[Source] = relationship()
    checked_by: Mapped[User] = relationship()


class ItemFingerprint(Model):
    """Keys of the newest version's texts (``similarity.keys``): questions that share one may be alike."""

    band: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"), primary_key=True, index=True)


class ItemEnemy(Model):
    """An identifier that the newest version names as its enemy; read from both sides."""

    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"), primary_key=True)
    enemy: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class NotDuplicate(HasId, Model):
    """Somebody's word that two questions that look alike are not the same, and why; ``item_id`` is the lesser id."""

    __table_args__ = (UniqueConstraint("item_id", "other_id"), CheckConstraint("item_id < other_id", name="one_order"))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"))
    other_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    by: Mapped[User] = relationship()


session_member = Table(
    "approval_session_member", Base.metadata,
    Column("session_id", Uuid, ForeignKey("approval_session.id"), primary_key=True),
    Column("user_id", Uuid, ForeignKey("user.id"), primary_key=True),
)  # fmt: skip


class ApprovalSession(HasId, Model):
    """A meeting of approvers over a list of versions; closed, its content and minutes never change.

    ``content`` is canonical JSON, the bytes that ``content_digest`` covers; it names questions by identifier and
    digest, never by their words.
    """

    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (content IS NULL)", name="closed_has_content"),
        CheckConstraint("(closed_at IS NULL) = (closed_by_id IS NULL)", name="closed_by_somebody"),
    )
    number: Mapped[str] = mapped_column(String(32), unique=True)
    held_on: Mapped[date]
    place: Mapped[str] = mapped_column(String(200))
    opened_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime]
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    content: Mapped[str | None] = mapped_column(Text)
    content_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary)
    pdf_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    opened_by: Mapped[User] = relationship(foreign_keys=opened_by_id)
    members: Mapped[list[User]] = relationship(secondary=session_member, order_by="User.full_name")
    agenda: Mapped[list[SessionItem]] = relationship(back_populates="session", order_by="SessionItem.position")


class SessionItem(HasId, Model):
    """A version before an approval session. ``digest`` is the salted leaf of what was decided on.

    ``salt_sealed`` opens (bank key, ``("session_item", id, "salt")``) to the 32 bytes without which the digest tells
    nothing of the key.
    """

    __table_args__ = (
        UniqueConstraint("session_id", "version_id"),
        UniqueConstraint("session_id", "position"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_has_date"),
    )
    session_id: Mapped[UUID] = mapped_column(ForeignKey("approval_session.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), index=True)
    position: Mapped[int]
    decision: Mapped[SessionDecision | None]
    comment: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    salt_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_under("bank", "session_item", "salt"))
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    session: Mapped[ApprovalSession] = relationship(back_populates="agenda")
    version: Mapped[ItemVersion] = relationship()
    decided_by: Mapped[User | None] = relationship()

    @property
    def waits(self) -> bool:
        """Whether the session is still to decide on it."""
        return self.session.closed_at is None and self.decision in (None, SessionDecision.POSTPONED)


class Wording(NamedTuple):
    """Of a version what likeness is judged by, and whose it is."""

    item_id: UUID
    external_id: str
    stem_ky: str
    stem_ru: str
    options: list[Any]
    targets: list[Any]
    is_rich: bool


def texts_of(version: ItemVersion | Wording) -> list[similarity.Text]:
    """The words of a version in each language that it has, as likeness is judged by."""
    plain = markup.plain if getattr(version, "is_rich", False) else str
    parts = [*version.options, *(version.targets or [])]
    return [
        similarity.Text(language, plain(stem), tuple(plain(part[language]) for part in parts))
        for language, stem in (("ky", version.stem_ky), ("ru", version.stem_ru))
        if stem.strip()
    ]


@event.listens_for(ItemVersion, "after_insert")
def _index_new(_mapper: object, connection: Connection, version: ItemVersion) -> None:
    _index(connection, version, ("words", "enemies"), is_new=version.number == 1)


@event.listens_for(ItemVersion, "after_update")
def _index_again(_mapper: object, connection: Connection, version: ItemVersion) -> None:
    written = [what for what, names in _INDEXED.items() if _changed(version, names)]
    _index(connection, version, written, is_new=False)


_INDEXED = {"words": ("stem_ky", "stem_ru", "options", "targets"), "enemies": ("enemies",)}


def _changed(version: ItemVersion, names: Iterable[str]) -> bool:
    state = inspect(version)
    return any(state.attrs[name].history.has_changes() for name in names)


def _index(connection: Connection, version: ItemVersion, what: Iterable[str], *, is_new: bool) -> None:
    """Keep the index of words and of enemies at the newest version, which alone is ever written."""
    item_id = version.item_id
    for one in what:
        table = ItemFingerprint if one == "words" else ItemEnemy
        if not is_new:
            connection.execute(delete(table).where(table.item_id == item_id))
        if one == "words":
            bands = sorted({key for text in texts_of(version) for key in similarity.keys(text)})
            rows: list[dict[str, Any]] = [{"item_id": item_id, "band": band} for band in bands]
        else:
            rows = [{"item_id": item_id, "enemy": enemy} for enemy in sorted(set(version.enemies or []))]
        if rows:
            connection.execute(insert(table), rows)
