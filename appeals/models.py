"""Commissions, appeals, hearings, findings, votes and signatures: facts that are added, never edited."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from appeals.rules.states import AppealOutcome, AppealStatus, FindingKind
from core.db import HasId, Model
from core.sealed_columns import sealed_under
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Sitting

_SITS = text("left_at IS NULL")
_STANDS = text("status <> 'rejected'")
_COUNTS = text("discarded_at IS NULL")
_LASTS = text("ended_at IS NULL")
_OF_ITEM = text("kind <> 'recording_fault' AND withdrawn_at IS NULL")
_OF_ANSWER = text("kind = 'recording_fault' AND withdrawn_at IS NULL")


class Commission(HasId, Model):
    """The technical commission of one sitting, approved by the department's act before the sitting (¶34)."""

    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), unique=True)
    act_number: Mapped[str] = mapped_column(String(64))
    act_on: Mapped[date]
    approved_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    approved_at: Mapped[datetime]
    sitting: Mapped[Sitting] = relationship()
    approved_by: Mapped[User] = relationship()
    members: Mapped[list[CommissionMember]] = relationship(
        back_populates="commission", order_by="CommissionMember.place, CommissionMember.joined_at"
    )


class CommissionMember(HasId, Model):
    """A person on a commission at one of its five places; the chair's is the first.

    Whoever leaves (recusal, ``left_reason``) stays in the record; a substitute takes the same place by an act of
    their own (``act_number``, ``act_on``; none for who was approved with the commission, and in records older than
    this rule).
    """

    __table_args__ = (
        CheckConstraint("(act_number IS NULL) = (act_on IS NULL)", name="act_has_date"),
        CheckConstraint("place BETWEEN 1 AND 5", name="five_at_most"),
        CheckConstraint("(left_at IS NULL) = (left_reason IS NULL)", name="left_has_reason"),
        Index(
            "uq_commission_member_place", "commission_id", "place", unique=True,
            sqlite_where=_SITS, postgresql_where=_SITS,
        ),
        Index(
            "uq_commission_member_user", "commission_id", "user_id", unique=True,
            sqlite_where=_SITS, postgresql_where=_SITS,
        ),
    )  # fmt: skip
    commission_id: Mapped[UUID] = mapped_column(ForeignKey("commission.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    place: Mapped[int]
    joined_at: Mapped[datetime]
    substitutes_id: Mapped[UUID | None] = mapped_column(ForeignKey("commission_member.id"))
    left_at: Mapped[datetime | None]
    left_reason: Mapped[str | None] = mapped_column(String(500))
    act_number: Mapped[str | None] = mapped_column(String(64))
    act_on: Mapped[date | None]
    commission: Mapped[Commission] = relationship(back_populates="members")
    user: Mapped[User] = relationship()

    @property
    def is_chair(self) -> bool:
        """Whether this is the chair's place."""
        return self.place == 1


class Appeal(HasId, Model):
    """A technical appeal against the result of an attempt (¶33): one of an attempt, besides those that were rejected.

    ``items`` are places in the form that the candidate disputes, empty where none is named. ``application_sealed``
    opens (the sitting's data key, ``("appeal", id, "application")``) to the canonical JSON of the application, whose
    SHA-256 is ``application_digest``; ``pdf_sealed`` likewise (``"pdf"``), with ``pdf_digest``.
    """

    __table_args__ = (
        CheckConstraint("(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_has_date"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_somebody"),
        CheckConstraint(
            "status IN ('filed', 'withdrawn', 'lapsed', 'annulled', 'rejected') OR confirmed_at IS NOT NULL",
            name="person_confirmed",
        ),
        CheckConstraint("(withdrawn_paper_at IS NULL) = (withdrawn_by_id IS NULL)", name="paper_taken_by_somebody"),
        CheckConstraint("withdrawn_by_id IS NULL OR status = 'withdrawn'", name="paper_of_withdrawal"),
        CheckConstraint("(status = 'rejected') = (rejected_by_id IS NOT NULL)", name="rejected_by_somebody"),
        CheckConstraint("status <> 'rejected' OR confirmed_at IS NULL", name="rejected_unconfirmed"),
        CheckConstraint("(outcome IS NOT NULL) = (status IN ('decided', 'closed'))", name="decided_has_outcome"),
        CheckConstraint("(decided_at IS NOT NULL) = (outcome IS NOT NULL)", name="decided_has_date"),
        CheckConstraint("(status = 'closed') = (handed_over_at IS NOT NULL)", name="closed_has_date"),
        Index(
            "uq_appeal_stands", "attempt_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS
        ),
    )  # fmt: skip
    number: Mapped[str] = mapped_column(String(56), unique=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    status: Mapped[AppealStatus] = mapped_column(index=True)
    items: Mapped[list[Any]]
    application_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    application_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    pdf_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    pdf_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    filed_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]  # the proctor has recognised the person
    confirmed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    invited_for: Mapped[datetime | None]  # the hearing that the candidate is invited to
    withdrawn_at: Mapped[datetime | None]
    withdrawn_paper_at: Mapped[datetime | None]  # what stands on the candidate's paper, where it was no own screen
    withdrawn_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))  # who took that paper
    lapsed_at: Mapped[datetime | None]  # also of one that ended with its annulled sitting, or was rejected
    rejected_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    rejected_reason: Mapped[str | None] = mapped_column(String(500))  # why this was not the candidate
    told_how: Mapped[str | None] = mapped_column(String(500))  # of a lapse: how the candidate knew, if not by letter
    outcome: Mapped[AppealOutcome | None]
    decided_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    attempt: Mapped[Attempt] = relationship()
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=confirmed_by_id)
    withdrawn_by: Mapped[User | None] = relationship(foreign_keys=withdrawn_by_id)
    rejected_by: Mapped[User | None] = relationship(foreign_keys=rejected_by_id)
    hearing: Mapped[Hearing | None] = relationship(back_populates="appeal")
    votes: Mapped[list[Vote]] = relationship(back_populates="appeal", order_by="Vote.cast_at")

    @property
    def sitting(self) -> Sitting:
        """The sitting of the attempt."""
        return self.attempt.sitting


class Declaration(HasId, Model):
    """What a member has declared of the candidate before the hearing: no relation, or related (¶34); never edited.

    Whoever said 'no relation' and then recognises a relative declares again; whoever is related leaves.
    """

    __table_args__ = (UniqueConstraint("appeal_id", "member_id", "is_related"),)
    appeal_id: Mapped[UUID] = mapped_column(ForeignKey("appeal.id"), index=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("commission_member.id"))
    is_related: Mapped[bool]
    declared_at: Mapped[datetime]
    appeal: Mapped[Appeal] = relationship()
    member: Mapped[CommissionMember] = relationship()


class Hearing(HasId, Model):
    """The consideration of an appeal in the candidate's presence (¶35); the members who were there are named.

    One that was closed and opened again keeps in ``earlier`` what it was before: ``opened_at``, ``closed_at`` (RFC 3339
    UTC), ``opened_by``, ``closed_by`` and ``attendance`` (ids), and ``reason`` where it was adjourned before the key
    was shown. ``reason`` of the row is that of the last adjournment while nobody has opened it again.
    """

    __table_args__ = (CheckConstraint("(closed_at IS NULL) = (closed_by_id IS NULL)", name="closed_by_somebody"),)
    appeal_id: Mapped[UUID] = mapped_column(ForeignKey("appeal.id"), unique=True)
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    presence_note: Mapped[str] = mapped_column(String(200))  # the document by which the candidate was recognised
    attendance: Mapped[list[Any]]  # ids of the members present
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str | None] = mapped_column(String(500))  # why it was adjourned
    earlier: Mapped[list[Any]]
    appeal: Mapped[Appeal] = relationship(back_populates="hearing")
    viewings: Mapped[list[KeyViewing]] = relationship(back_populates="hearing", order_by="KeyViewing.begun_at")

    @property
    def witnesses(self) -> set[str]:
        """Ids of the members who were there when the key was shown: those who decide."""
        return {member for viewing in self.viewings for member in viewing.attendance}

    @property
    def at_table(self) -> set[str]:
        """Ids of the members who were there when it was opened, or when the key was shown."""
        return {*self.attendance, *self.witnesses}


class KeyViewing(HasId, Model):
    """Somebody showed the key in a hearing: from when to when, and who ended it, nobody where it ended by itself (¶35).

    ``attendance`` are the ids of the members who were there, ``presence_note`` the candidate's document, both noted
    when it began.
    """

    __table_args__ = (Index("ix_key_viewing_lasts", "begun_at", sqlite_where=_LASTS, postgresql_where=_LASTS),)
    hearing_id: Mapped[UUID] = mapped_column(ForeignKey("hearing.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    presence_note: Mapped[str] = mapped_column(String(200))
    attendance: Mapped[list[Any]]
    hearing: Mapped[Hearing] = relationship(back_populates="viewings")
    user: Mapped[User] = relationship(foreign_keys=user_id)
    ended_by: Mapped[User | None] = relationship(foreign_keys=ended_by_id)


class Finding(HasId, Model):
    """What was found of one disputed item: one finding, or a recording fault beside a fault of the item itself.

    One in place of which others were found (``withdrawn_at``) stays in the record. ``accepted_sealed`` opens (bank key,
    ``("finding", id, "accepted")``) to the lists of option ids that are right instead (a wrong key, more than one right
    answer); of a recording fault to the one response that counts, an empty list for no answer (none where it was found
    before this was stated).
    """

    __table_args__ = (
        Index(
            "uq_finding_of_item", "appeal_id", "place", unique=True, sqlite_where=_OF_ITEM, postgresql_where=_OF_ITEM
        ),
        Index(
            "uq_finding_of_answer", "appeal_id", "place", unique=True, sqlite_where=_OF_ANSWER,
            postgresql_where=_OF_ANSWER,
        ),
        CheckConstraint(
            "kind = 'recording_fault' OR ((kind IN ('wrong_key', 'several_right')) = (accepted_sealed IS NOT NULL))",
            name="new_key_where_changed",
        ),
    )  # fmt: skip
    appeal_id: Mapped[UUID] = mapped_column(ForeignKey("appeal.id"), index=True)
    place: Mapped[int]
    kind: Mapped[FindingKind]
    reason: Mapped[str] = mapped_column(Text)
    accepted_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_under("bank", "finding", "accepted"))
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None]
    appeal: Mapped[Appeal] = relationship()

    @property
    def said(self) -> list[str | int]:
        """What it says in plain, for its fingerprint."""
        return [str(self.appeal_id), self.place, str(self.kind), self.reason]


class Vote(HasId, Model):
    """One member's vote on an appeal, with a dissent in their own words where they have one.

    A vote that does not count any more (``discarded_at``: somebody left, and all vote anew) stays in the record.
    """

    __table_args__ = (
        Index("uq_vote_counts", "appeal_id", "member_id", unique=True, sqlite_where=_COUNTS, postgresql_where=_COUNTS),
    )
    appeal_id: Mapped[UUID] = mapped_column(ForeignKey("appeal.id"), index=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("commission_member.id"))
    outcome: Mapped[AppealOutcome]
    dissent: Mapped[str] = mapped_column(Text, default="")
    cast_at: Mapped[datetime]
    discarded_at: Mapped[datetime | None]
    appeal: Mapped[Appeal] = relationship(back_populates="votes")
    member: Mapped[CommissionMember] = relationship()

    @property
    def said(self) -> list[str]:
        """What it says in plain, for its fingerprint."""
        return [str(self.id), str(self.member_id), str(self.outcome), self.dissent]


class AppealProtocol(HasId, Model):
    """The protocol of a hearing (¶35): content fixed with the decision, signed by the chair and every member present.

    ``content_sealed`` opens (the sitting's data key, ``("appeal_protocol", id, "content")``) to canonical JSON, whose
    SHA-256, ``content_digest``, is what everybody signs; ``pdf_sealed`` likewise (``"pdf"``), with ``pdf_digest``.
    """

    number: Mapped[str] = mapped_column(String(56), unique=True)
    appeal_id: Mapped[UUID] = mapped_column(ForeignKey("appeal.id"), unique=True)
    verification_code: Mapped[str] = mapped_column(String(16), unique=True)
    audit_number: Mapped[int]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    content_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    pdf_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    pdf_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    appeal: Mapped[Appeal] = relationship()
    signatures: Mapped[list[AppealSignature]] = relationship(
        back_populates="protocol", order_by="AppealSignature.signed_at"
    )
    missed: Mapped[list[MissedSignature]] = relationship(
        back_populates="protocol", order_by="MissedSignature.recorded_at"
    )


class AppealSignature(HasId, Model):
    """A member's signature: who, when, over which digest, after signing in anew."""

    __table_args__ = (UniqueConstraint("protocol_id", "member_id"),)
    protocol_id: Mapped[UUID] = mapped_column(ForeignKey("appeal_protocol.id"), index=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("commission_member.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    signed_at: Mapped[datetime]
    protocol: Mapped[AppealProtocol] = relationship(back_populates="signatures")
    member: Mapped[CommissionMember] = relationship()


class MissedSignature(HasId, Model):
    """A member who decided but cannot sign (death, end of service, illness): why, by which document, who says so."""

    __table_args__ = (UniqueConstraint("protocol_id", "member_id"),)
    protocol_id: Mapped[UUID] = mapped_column(ForeignKey("appeal_protocol.id"), index=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("commission_member.id"))
    reason: Mapped[str] = mapped_column(String(500))
    document: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    protocol: Mapped[AppealProtocol] = relationship(back_populates="missed")
    member: Mapped[CommissionMember] = relationship()
    recorded_by: Mapped[User] = relationship()
