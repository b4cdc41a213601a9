"""Corrections of sealed forms: the form never changes, an erratum is added (proof: sealed forms)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from core.db import HasId, Model
from question_bank.models import TestForm
from testing_center.models.sittings import Sitting
from testing_center.rules.errata import CorrectionStatus, ErratumKind

_OPEN = text("status = 'prepared'")


class Correction(HasId, Model):
    """Errata of one form, prepared by one person and applied or cancelled as a whole by another.

    ``preview_digest`` is the SHA-256 of the preview that the second person saw; what is applied must still equal it.
    """

    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR status = 'cancelled' OR decided_by_id <> prepared_by_id",
                        name="applied_by_two"),
        CheckConstraint("(status = 'prepared') = (decided_at IS NULL)", name="decided_has_date"),
        CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", name="decided_by_somebody"),
        Index("uq_correction_one_open", "form_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )  # fmt: skip
    number: Mapped[str] = mapped_column(String(48), unique=True)
    form_id: Mapped[UUID] = mapped_column(ForeignKey("test_form.id"), index=True)
    grounds: Mapped[str] = mapped_column(Text)
    status: Mapped[CorrectionStatus]
    prepared_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    preview_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    form: Mapped[TestForm] = relationship()
    prepared_by: Mapped[User] = relationship(foreign_keys=prepared_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    errata: Mapped[list[Erratum]] = relationship(back_populates="correction", order_by="Erratum.place")


class Erratum(HasId, Model):
    """What is right instead at one place of the form.

    ``accepted_sealed`` opens (bank key, ``("erratum", id, "accepted")``) to JSON {accepted, salt}: the lists of option
    ids that are right (wrong key: instead of the key; several right: besides it); none for a void item.
    """

    __table_args__ = (
        UniqueConstraint("correction_id", "place"),
        CheckConstraint("(kind = 'void') = (accepted_sealed IS NULL)", name="key_unless_void"),
    )
    correction_id: Mapped[UUID] = mapped_column(ForeignKey("correction.id"), index=True)
    place: Mapped[int]
    kind: Mapped[ErratumKind]
    accepted_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(Text)
    correction: Mapped[Correction] = relationship(back_populates="errata")


class Annulment(HasId, Model):
    """The results of a sitting do not count, and a new sitting is called; by two persons, never by deletion."""

    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR status = 'cancelled' OR decided_by_id <> prepared_by_id",
                        name="applied_by_two"),
        CheckConstraint("(status = 'prepared') = (decided_at IS NULL)", name="decided_has_date"),
        Index(
            "uq_annulment_in_force", "sitting_id", unique=True, sqlite_where=text("status <> 'cancelled'"),
            postgresql_where=text("status <> 'cancelled'"),
        ),
    )  # fmt: skip
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[CorrectionStatus]
    prepared_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    sitting: Mapped[Sitting] = relationship()
    prepared_by: Mapped[User] = relationship(foreign_keys=prepared_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
