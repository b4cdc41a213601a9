"""Corrections of sealed forms: the form never changes, an erratum is added (proof: sealed forms)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from core.db import HasId, Model
from core.sealed_columns import sealed_under
from question_bank.models import TestForm
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Sitting
from testing_center.rules.errata import CorrectionStatus, ErratumKind

_OPEN = text("status = 'prepared'")
_OF_FORM, _OF_ATTEMPT = text("attempt_id IS NULL"), text("attempt_id IS NOT NULL")


class Correction(HasId, Model):
    """Errata of one form, prepared by one person and applied or cancelled as a whole by another.

    ``preview_digest`` is the SHA-256 of the preview that the second person saw; what is applied must still equal it.
    ``effects`` is what it changed, as JSON (None where it was applied before this was kept); the trail has its SHA-256.
    """

    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR status = 'cancelled' OR decided_by_id <> prepared_by_id",
                        name="applied_by_two"),
        CheckConstraint("(status = 'prepared') = (decided_at IS NULL)", name="decided_has_date"),
        CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(status = 'cancelled') = (cancelled_reason IS NOT NULL)", name="cancelled_has_reason"),
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
    cancelled_reason: Mapped[str | None] = mapped_column(Text)
    effects: Mapped[str | None] = mapped_column(Text, deferred=True)  # large, and wanted on its own page only
    form: Mapped[TestForm] = relationship()
    prepared_by: Mapped[User] = relationship(foreign_keys=prepared_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    errata: Mapped[list[Erratum]] = relationship(back_populates="correction", order_by="Erratum.place")

    @property
    def concerns_everybody(self) -> bool:
        """Whether the key of the form is corrected: else only the attempts whose answers are restated are concerned."""
        return any(erratum.attempt_id is None for erratum in self.errata)


class Erratum(HasId, Model):
    """What is right instead at one place of the form; or, ``restated``, which answer counts there for one attempt.

    ``accepted_sealed`` opens (bank key, ``("erratum", id, "accepted")``) to JSON {accepted, salt}: the lists of option
    ids that are right (wrong key: instead of the key; several right: besides it); restated: the one response that
    counts, an empty list for no answer; none for a void item.
    """

    __table_args__ = (
        CheckConstraint("(kind = 'void') = (accepted_sealed IS NULL)", name="key_unless_void"),
        CheckConstraint("(kind = 'restated') = (attempt_id IS NOT NULL)", name="restated_has_attempt"),
        Index(
            "uq_erratum_of_form", "correction_id", "place", unique=True, sqlite_where=_OF_FORM,
            postgresql_where=_OF_FORM,
        ),
        Index(
            "uq_erratum_of_attempt", "correction_id", "place", "attempt_id", unique=True, sqlite_where=_OF_ATTEMPT,
            postgresql_where=_OF_ATTEMPT,
        ),
    )  # fmt: skip
    correction_id: Mapped[UUID] = mapped_column(ForeignKey("correction.id"), index=True)
    place: Mapped[int]
    kind: Mapped[ErratumKind]
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempt.id"), index=True)
    accepted_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_under("bank", "erratum", "accepted"))
    reason: Mapped[str] = mapped_column(Text)
    correction: Mapped[Correction] = relationship(back_populates="errata")
    attempt: Mapped[Attempt | None] = relationship()

    @property
    def said(self) -> list[str | int]:
        """What it says in plain, for its fingerprint."""
        of_attempt = [str(self.attempt_id)] if self.attempt_id else []
        return [self.place, str(self.kind), self.reason, *of_attempt]


class Annulment(HasId, Model):
    """The results of a sitting do not count, and a new sitting is called; by two persons, never by deletion.

    ``anew_id`` is the sitting at which its candidates were registered anew.
    """

    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR status = 'cancelled' OR decided_by_id <> prepared_by_id",
                        name="applied_by_two"),
        CheckConstraint("(status = 'prepared') = (decided_at IS NULL)", name="decided_has_date"),
        CheckConstraint("anew_id IS NULL OR anew_id <> sitting_id", name="anew_elsewhere"),
        CheckConstraint("anew_id IS NULL OR status = 'applied'", name="anew_when_applied"),
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
    anew_id: Mapped[UUID | None] = mapped_column(ForeignKey("sitting.id"))
    sitting: Mapped[Sitting] = relationship(foreign_keys=sitting_id)
    anew: Mapped[Sitting | None] = relationship(foreign_keys=anew_id)
    prepared_by: Mapped[User] = relationship(foreign_keys=prepared_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
