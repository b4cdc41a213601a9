"""What happens in the hall while a sitting runs: acts of staff, pauses, time that was given, silences of workstations.

Facts that are added. Only an act that waits for a second person is decided, and a pause ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Interval, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from core.db import HasId, Model
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import Incident, Sitting
from testing_center.rules.acts import ActKind, ActStatus
from testing_center.rules.sittings import IncidentCategory
from testing_center.rules.time import TimeKind

_OPEN = text("ended_at IS NULL")
NO_TIME = [("postgresql", "interval '0'"), ("sqlite", "'1970-01-01 00:00:00.000000'")]  # as each writes an interval


class HallAct(HasId, Model):
    """Something that staff did to candidates of a sitting, with its reason; ``began_at`` and ``ended_at``: an outage.

    ``wording`` is what a message says, ``length`` what an extension gives to each.
    """

    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="decided_by_another"),
        CheckConstraint("decided_at IS NULL OR status <> 'waiting'", name="decided_has_status"),
        CheckConstraint("(kind = 'message') = (wording IS NOT NULL)", name="message_has_wording"),
        CheckConstraint("(kind = 'extend') = (length IS NOT NULL)", name="extension_has_length"),
        CheckConstraint("(kind = 'outage') = (began_at IS NOT NULL)", name="outage_has_begin"),
        CheckConstraint("(began_at IS NULL) = (ended_at IS NULL)", name="outage_has_end"),
        CheckConstraint("ended_at > began_at", name="outage_lasts"),
        CheckConstraint("(status = 'declined') = (decline_reason IS NOT NULL)", name="declined_has_reason"),
    )
    sitting_id: Mapped[UUID] = mapped_column(ForeignKey("sitting.id"), index=True)
    kind: Mapped[ActKind]
    category: Mapped[IncidentCategory]
    reason: Mapped[str] = mapped_column(String(500))
    wording: Mapped[str | None] = mapped_column(String(300))
    length: Mapped[timedelta | None] = mapped_column(Interval)
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    status: Mapped[ActStatus]
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decline_reason: Mapped[str | None] = mapped_column(String(500))
    incident_id: Mapped[UUID | None] = mapped_column(ForeignKey("incident.id"), index=True)  # a measure taken upon it
    sitting: Mapped[Sitting] = relationship()
    incident: Mapped[Incident | None] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=asked_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    targets: Mapped[list[ActTarget]] = relationship(back_populates="act")


class ActTarget(Model):
    """An attempt that an act concerns; ``seen_at``: when the candidate's page had its message."""

    act_id: Mapped[UUID] = mapped_column(ForeignKey("hall_act.id"), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True, index=True)
    seen_at: Mapped[datetime | None]
    act: Mapped[HallAct] = relationship(back_populates="targets")
    attempt: Mapped[Attempt] = relationship()


class Pause(HasId, Model):
    """The clock of an attempt stands; at most one pause at a time."""

    __table_args__ = (
        Index("uq_pause_one_open", "attempt_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        CheckConstraint("(ended_at IS NULL) = (ended_by_act_id IS NULL)", name="ended_by_act"),
        CheckConstraint("ended_at >= began_at", name="ends_after_it_began"),
    )
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    act_id: Mapped[UUID | None] = mapped_column(ForeignKey("hall_act.id"))  # None: out of reach at its deadline
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_act_id: Mapped[UUID | None] = mapped_column(ForeignKey("hall_act.id"))


class Extension(HasId, Model):
    """Time that an attempt has beyond its form's; ``spans`` says which moments a pause or an outage took.

    ``act_id`` None: an accommodation, which is there from the start.
    """

    __table_args__ = (
        CheckConstraint("(kind = 'accommodation') = (act_id IS NULL)", name="has_act"),
        *(CheckConstraint(f"length > {none}", name="lasts").ddl_if(dialect=dialect) for dialect, none in NO_TIME),
    )
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    kind: Mapped[TimeKind]
    length: Mapped[timedelta] = mapped_column(Interval)
    spans: Mapped[list[Any]]  # [[RFC 3339 UTC, RFC 3339 UTC], …]
    act_id: Mapped[UUID | None] = mapped_column(ForeignKey("hall_act.id"))
    at: Mapped[datetime]
    act: Mapped[HallAct | None] = relationship()


class Contact(Model):
    """When the server last heard of an attempt's page, to within a few seconds."""

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    heard_at: Mapped[datetime]


class Silence(HasId, Model):
    """A time in which the server heard nothing of an attempt's page, between two moments in which it did."""

    __table_args__ = (CheckConstraint("ended_at > began_at", name="lasts"),)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempt.id"), index=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
