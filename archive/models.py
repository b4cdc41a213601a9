"""Legal holds, acts of destruction and what each destroyed: facts that are added, never edited."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from archive.rules import ActStatus, Series
from competitions.models import Competition
from core.db import HasId, Model

_WAITS = text("status = 'prepared'")
_DONE = text("destroyed_at IS NOT NULL")


class LegalHold(HasId, Model):
    """Nothing of a competition is destroyed while a court or another authority needs it."""

    __table_args__ = (
        CheckConstraint("(lifted_at IS NULL) = (lifted_by_id IS NULL)", name="lifted_by_somebody"),
        CheckConstraint("(lifted_at IS NULL) = (lift_ground IS NULL)", name="lifted_on_ground"),
    )
    competition_id: Mapped[UUID] = mapped_column(ForeignKey("competition.id"), index=True)
    ground: Mapped[str] = mapped_column(String(500))
    placed_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    placed_at: Mapped[datetime]
    lifted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    lifted_at: Mapped[datetime | None]
    lift_ground: Mapped[str | None] = mapped_column(String(500))
    competition: Mapped[Competition] = relationship()
    placed_by: Mapped[User] = relationship(foreign_keys=placed_by_id)
    lifted_by: Mapped[User | None] = relationship(foreign_keys=lifted_by_id)


class DestructionAct(HasId, Model):
    """An act of destruction, prepared by one person and carried out, or cancelled, by another.

    ``content`` is the canonical JSON of what was destroyed, by numbers and digests, never by names; its SHA-256 is
    ``content_digest``. The PDF is drawn once from it.
    """

    __table_args__ = (
        CheckConstraint(
            "decided_by_id IS NULL OR status = 'cancelled' OR decided_by_id <> prepared_by_id", name="by_two"
        ),
        CheckConstraint("(status = 'prepared') = (decided_at IS NULL)", name="decided_has_date"),
        CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(status = 'carried_out') = (content IS NOT NULL)", name="done_has_content"),
        Index("uq_destruction_act_one_waits", "status", unique=True, sqlite_where=_WAITS, postgresql_where=_WAITS),
    )
    number: Mapped[str] = mapped_column(String(32), unique=True)
    status: Mapped[ActStatus]
    prepared_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    content: Mapped[str | None] = mapped_column(Text)
    content_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary)
    pdf_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    prepared_by: Mapped[User] = relationship(foreign_keys=prepared_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    lots: Mapped[list[DestructionLot]] = relationship(
        back_populates="act", order_by="DestructionLot.series, DestructionLot.number"
    )


class DestructionLot(HasId, Model):
    """One set of records of an act: which (``about_id`` is an appeal or a competition), closed and free since when."""

    __table_args__ = (
        UniqueConstraint("act_id", "series", "about_id"),
        CheckConstraint("free_from > closed_on", name="kept_first"),
        Index("uq_destruction_lot_once", "series", "about_id", unique=True, sqlite_where=_DONE, postgresql_where=_DONE),
    )
    act_id: Mapped[UUID] = mapped_column(ForeignKey("destruction_act.id"), index=True)
    series: Mapped[Series]
    about_id: Mapped[UUID] = mapped_column(index=True)
    number: Mapped[str] = mapped_column(String(56))
    closed_on: Mapped[date]
    free_from: Mapped[date]
    destroyed_at: Mapped[datetime | None]
    act: Mapped[DestructionAct] = relationship(back_populates="lots")
