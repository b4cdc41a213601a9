"""Centres, rooms and seats (¶24): where tests are held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from accounts.models import User
from core import audit
from core.db import db
from testing_center.models.places import Centre, Room, Workstation
from testing_center.rules import sittings as rules
from testing_center.rules.seating import SEATS_PER_ROW
from testing_center.rules.sittings import check_address_ranges


@dataclass(frozen=True)
class CentreData:
    """What is written down about a centre; ``time_zone`` is an IANA name."""

    name_ky: str
    name_ru: str
    address_ky: str
    address_ru: str
    time_zone: str
    is_active: bool = True
    requires_safe_browser: bool = False


def save_centre(centre: Centre | None, data: CentreData, *, by: User, now: datetime) -> Centre:
    """Add a centre (None) or change one.

    Raises:
        NameTaken: another centre has this name.
    """
    action = "centre.changed" if centre else "centre.added"
    known = db.session.scalar(select(Centre).where(Centre.name_ky == data.name_ky.strip()))
    if known is not None and known is not centre:
        raise rules.NameTaken(name=known.name_ky)
    centre = centre or Centre(id=uuid4())
    for name, value in vars(data).items():
        setattr(centre, name, value.strip() if isinstance(value, str) else value)
    db.session.add(centre)
    audit.record(action, centre, by=by, at=now, **vars(data))
    return centre


def save_room(
    room: Room | None, centre: Centre, name: str, address_ranges: str, seats: int, *, by: User, now: datetime,
    seats_per_row: int = SEATS_PER_ROW,
) -> Room:  # fmt: skip
    """Add a room (None) or change one; missing workstations are made, so that it has the seats 1 … ``seats``.

    Raises:
        AddressRangeInvalid: something that is no network.
        NameTaken: another room of the centre has this name.
        SeatInUse: fewer seats than there are; a seat is marked unusable instead.
    """
    ranges, action = check_address_ranges(address_ranges), "room.changed" if room else "room.added"
    known = db.session.scalar(select(Room).where(Room.centre_id == centre.id, Room.name == name.strip()))
    if known is not None and known is not room:
        raise rules.NameTaken(name=known.name)
    room = room or Room(id=uuid4(), centre=centre)
    if len(room.workstations) > seats:
        raise rules.SeatInUse(n=len(room.workstations))
    room.name, room.address_ranges, room.seats_per_row = name.strip(), ranges, seats_per_row
    taken = {workstation.seat for workstation in room.workstations}
    room.workstations.extend(Workstation(seat=seat) for seat in range(1, seats + 1) if seat not in taken)
    db.session.add(room)
    audit.record(
        action, room, by=by, at=now, name=room.name, address_ranges=ranges, seats=seats, centre=centre.id,
        seats_per_row=seats_per_row,
    )  # fmt: skip
    return room


def save_workstations(
    room: Room, unusable: set[UUID], addresses: dict[UUID, str], *, by: User, now: datetime
) -> list[Workstation]:
    """Mark which workstations cannot be used and which have a fixed address; returns those that changed.

    Raises:
        AddressRangeInvalid: an address that is none.
    """
    changed = []
    for workstation in room.workstations:
        address = rules.check_address(addresses.get(workstation.id, "")) or None
        usable = workstation.id not in unusable
        if (workstation.is_usable, workstation.address) != (usable, address):
            workstation.is_usable, workstation.address = usable, address
            changed.append(workstation)
    if changed:
        seats = [{"seat": w.seat, "usable": w.is_usable, "address": w.address} for w in changed]
        audit.record("workstations.changed", room, by=by, at=now, seats=seats)
    return changed
