"""Centres, rooms, workstations and what was found when they were checked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import HasId, Model
from testing_center.rules.seating import SEATS_PER_ROW
from testing_center.rules.workstations import CheckState


class Centre(HasId, Model):
    """A test centre with its own time zone."""

    name_ky: Mapped[str] = mapped_column(String(200), unique=True)
    name_ru: Mapped[str] = mapped_column(String(200))
    address_ky: Mapped[str] = mapped_column(String(240))
    address_ru: Mapped[str] = mapped_column(String(240))
    time_zone: Mapped[str] = mapped_column(String(48))
    is_active: Mapped[bool] = mapped_column(default=True)
    requires_safe_browser: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    rooms: Mapped[list[Room]] = relationship(back_populates="centre", order_by="Room.name")

    def name(self, language: str) -> str:
        """Name in Russian for ``ru``, else in Kyrgyz."""
        return self.name_ru if language == "ru" else self.name_ky


class Room(HasId, Model):
    """A room; ``address_ranges`` are the networks its workstations answer from (empty: any).

    Seats are numbered row by row from the front, ``seats_per_row`` in each.
    """

    __table_args__ = (
        UniqueConstraint("centre_id", "name"),
        CheckConstraint("seats_per_row > 0", name="seats_per_row"),
    )
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    address_ranges: Mapped[str] = mapped_column(String(500), default="")
    seats_per_row: Mapped[int] = mapped_column(default=SEATS_PER_ROW, server_default=text(str(SEATS_PER_ROW)))
    centre: Mapped[Centre] = relationship(back_populates="rooms")
    workstations: Mapped[list[Workstation]] = relationship(back_populates="room", order_by="Workstation.seat")


class Workstation(HasId, Model):
    """A computer at a seat; ``address`` where the centre gives its computers fixed ones."""

    __table_args__ = (UniqueConstraint("room_id", "seat"), CheckConstraint("seat > 0", name="seat_positive"))
    room_id: Mapped[UUID] = mapped_column(ForeignKey("room.id"), index=True)
    seat: Mapped[int]
    address: Mapped[str | None] = mapped_column(String(64))
    is_usable: Mapped[bool] = mapped_column(default=True)
    room: Mapped[Room] = relationship(back_populates="workstations")


class WorkstationCheck(HasId, Model):
    """What was found at a workstation; ``facts`` as :func:`testing_center.rules.workstations.read_facts` lists them."""

    __table_args__ = (Index("ix_workstation_check_latest", "workstation_id", "at"),)
    workstation_id: Mapped[UUID] = mapped_column(ForeignKey("workstation.id"))
    at: Mapped[datetime] = mapped_column(index=True)  # old ones are deleted
    facts: Mapped[dict[str, Any]]
    state: Mapped[CheckState]
    workstation: Mapped[Workstation] = relationship()
