"""Centres, rooms, workstations."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import HasId, Model


class Centre(HasId, Model):
    """A test centre with its own time zone."""

    name_ky: Mapped[str] = mapped_column(String(200), unique=True)
    name_ru: Mapped[str] = mapped_column(String(200))
    address_ky: Mapped[str] = mapped_column(String(240))
    address_ru: Mapped[str] = mapped_column(String(240))
    time_zone: Mapped[str] = mapped_column(String(48))
    is_active: Mapped[bool] = mapped_column(default=True)
    rooms: Mapped[list[Room]] = relationship(back_populates="centre", order_by="Room.name")

    def name(self, language: str) -> str:
        """Name in Russian for ``ru``, else in Kyrgyz."""
        return self.name_ru if language == "ru" else self.name_ky


class Room(HasId, Model):
    """A room; ``address_ranges`` are the networks its workstations answer from (empty: any)."""

    __table_args__ = (UniqueConstraint("centre_id", "name"),)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    address_ranges: Mapped[str] = mapped_column(String(500), default="")
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
