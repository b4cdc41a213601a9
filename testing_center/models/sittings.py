"""Sittings, who sits them, the codes they enter with, and what happened."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from competitions.models import Competition, Person
from core.db import Base, HasId, Model
from core.sealed_columns import sealed_under
from question_bank.models import TestForm, TestSpecification
from testing_center.models.places import Centre, Room
from testing_center.rules.codes import CodeStatus
from testing_center.rules.sittings import IncidentCategory, Presence, SittingStatus, Unsat

sitting_form = Table(
    "sitting_form", Base.metadata,
    Column("sitting_id", Uuid, ForeignKey("sitting.id"), primary_key=True),
    Column("form_id", Uuid, ForeignKey("test_form.id"), primary_key=True),
)  # fmt: skip
sitting_proctor = Table(
    "sitting_proctor", Base.metadata,
    Column("sitting_id", Uuid, ForeignKey("sitting.id"), primary_key=True),
    Column("user_id", Uuid, ForeignKey("user.id"), primary_key=True),
)  # fmt: skip
_COUNTS = text("withdrawn_at IS NULL AND annulled_at IS NULL")


class Sitting(HasId, Model):
    """A scheduled time and place of a test. ``link_key_sealed`` is its data key, wrapped by the link key."""

    __table_args__ = (
        CheckConstraint("opened_by_id IS NULL OR opened_by_id <> opening_by_id", name="opened_by_two"),
        CheckConstraint("(status IN ('open', 'closed')) = (opened_at IS NOT NULL)", name="open_has_date"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_has_date"),
    )
    number: Mapped[str] = mapped_column(String(32), unique=True)
    specification_id: Mapped[UUID] = mapped_column(ForeignKey("test_specification.id"))
    room_id: Mapped[UUID] = mapped_column(ForeignKey("room.id"))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[SittingStatus]
    starts_together: Mapped[bool] = mapped_column(
        default=False, server_default=text("false")
    )  # nobody starts before a proctor lets them
    link_key_sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_under("link", "sitting", "link_key"))
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    opening_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    opening_at: Mapped[datetime | None]
    opened_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    specification: Mapped[TestSpecification] = relationship()
    room: Mapped[Room] = relationship()
    forms: Mapped[list[TestForm]] = relationship(secondary=sitting_form, order_by="TestForm.variant")
    proctors: Mapped[list[User]] = relationship(secondary=sitting_proctor, order_by="User.full_name")
    opening_by: Mapped[User | None] = relationship(foreign_keys=opening_by_id)
    opened_by: Mapped[User | None] = relationship(foreign_keys=opened_by_id)
    closed_by: Mapped[User | None] = relationship(foreign_keys=closed_by_id)

    @property
    def centre(self) -> Centre:
        """The centre that the room belongs to."""
        return self.room.centre

    @property
    def zone(self) -> ZoneInfo:
        """Time zone in which this sitting's moments are shown."""
        return ZoneInfo(self.room.centre.time_zone)


class Participant(HasId, Model):
    """A person registered for a sitting (¶24). Nothing here says which attempt is theirs."""

    __table_args__ = (
        UniqueConstraint("sitting_id", "person_id"),
        Index(
            "uq_participant_seat", "sitting_id", "seat", unique=True,
            sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index(
            "uq_participant_competition", "competition_id", "person_id", "round", unique=True,
            sqlite_where=_COUNTS, postgresql_where=_COUNTS,
        ),
        CheckConstraint("seat > 0", name="seat_positive"),
        CheckConstraint("round >= 0", name="round"),
        CheckConstraint("extra_minutes >= 0", name="extra_minutes"),
        CheckConstraint("(extra_minutes = 0) = (extra_reason IS NULL)", name="extra_has_reason"),
        CheckConstraint("(unsat IS NULL) = (unsat_reason IS NULL)", name="unsat_has_reason"),
    )  # fmt: skip
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    competition_id: Mapped[UUID] = mapped_column(ForeignKey("competition.id"), index=True)
    round: Mapped[int] = mapped_column(default=0)  # 0: the main test; else the competition's tie-break round (¶29)
    language: Mapped[str] = mapped_column(String(2))
    seat: Mapped[int]
    seat_reason: Mapped[str | None] = mapped_column(String(500))  # why it was given by hand: no deal takes it away
    extra_minutes: Mapped[int] = mapped_column(
        default=0, server_default=text("0")
    )  # an accommodation, granted before the sitting opens
    extra_reason: Mapped[str | None] = mapped_column(String(500))
    extra_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    extra_at: Mapped[datetime | None]
    presence: Mapped[Presence]
    presence_reason: Mapped[str | None] = mapped_column(String(500))  # why somebody was not let in
    presence_at: Mapped[datetime | None]
    presence_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    unsat: Mapped[Unsat | None]  # came, and no test of theirs ever began: what the staff say became of them
    unsat_reason: Mapped[str | None] = mapped_column(String(500))
    registered_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    registered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    annulled_at: Mapped[datetime | None]  # the sitting's results do not count: the person may be registered anew
    sitting: Mapped[Sitting] = relationship()
    person: Mapped[Person] = relationship()
    competition: Mapped[Competition] = relationship()
    extra_by: Mapped[User | None] = relationship(foreign_keys=extra_by_id)


class CandidateCode(HasId, Model):
    """A code for one sitting.

    ``lookup`` is a keyed hash; ``code_sealed`` opens to the 16 digits and is destroyed on use or at the closing;
    ``link_sealed`` opens (the sitting's data key, ``("candidate_code", id)``) to JSON {participant, slip, seat}.
    ``ordinal`` numbers attempts and follows neither seat nor slip.
    """

    __table_args__ = (UniqueConstraint("sitting_id", "ordinal"),)
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    ordinal: Mapped[int]
    lookup: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    code_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    link_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[CodeStatus]
    issued_at: Mapped[datetime]
    printed_at: Mapped[datetime | None]
    redeemed_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoke_reason: Mapped[str | None] = mapped_column(String(500))
    sitting: Mapped[Sitting] = relationship()


class Incident(HasId, Model):
    """Something out of the ordinary at a sitting; never edited. ``number`` counts within the sitting, from 1."""

    __table_args__ = (Index("uq_incident_number", "sitting_id", "number", unique=True),)
    number: Mapped[int] = mapped_column(server_default=text("0"))
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    seat: Mapped[int | None]
    category: Mapped[IncidentCategory]
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    by: Mapped[User] = relationship()
    sitting: Mapped[Sitting] = relationship()


class IncidentPaper(HasId, Model):
    """The act on an incident: what was known of it when it was drawn up. What is known later brings the next version.

    ``content`` is canonical JSON, the bytes that the digest covers; empty when it was destroyed.
    """

    __table_args__ = (UniqueConstraint("incident_id", "version"),)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    version: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    content_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary)
    pdf_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    incident: Mapped[Incident] = relationship()
    created_by: Mapped[User] = relationship()


class SittingProtocol(HasId, Model):
    """The summary protocol of a closed sitting; its content names codes, never people.

    A correction of a form that was sat there, and an annulment, bring the next version, which names the one before.
    """

    __table_args__ = (
        UniqueConstraint("sitting_id", "version"),
        CheckConstraint("(version = 1) = (supersedes_id IS NULL)", name="supersedes"),
    )
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"))
    version: Mapped[int]
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("sitting_protocol.id"))
    content: Mapped[str] = mapped_column(Text)  # canonical JSON, the bytes that the digest covers
    content_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary)
    pdf_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    sitting: Mapped[Sitting] = relationship()


class SittingSignature(HasId, Model):
    """A proctor's signature under the first version of the summary protocol, from their own account, once."""

    __table_args__ = (UniqueConstraint("protocol_id", "user_id"),)
    protocol_id: Mapped[UUID] = mapped_column(ForeignKey("sitting_protocol.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    protocol: Mapped[SittingProtocol] = relationship()
    user: Mapped[User] = relationship()
