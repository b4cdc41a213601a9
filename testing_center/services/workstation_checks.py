"""Checks of a room's workstations: the room's address, one check written down, and how the room stands."""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import CursorResult, delete, func, select

from core.crypto import keyring
from core.db import db
from testing_center.models.places import Room, Workstation, WorkstationCheck
from testing_center.models.sittings import Sitting
from testing_center.rules import workstations as rules
from testing_center.rules.sittings import is_within
from testing_center.rules.workstations import CheckState, NotWritten

MAC_BYTES = 16
KEPT = timedelta(days=90)  # a computer that was fit three months ago tells nothing of today's


def room_address(room: Room, *, now: datetime) -> str:
    """What the check's address bears so that it may write down for this room: for twelve hours, and for nothing else.

    Room and end of validity stand in it, and a keyed hash over both.
    """
    body = room.id.bytes + struct.pack(">Q", int((now + rules.ROOM_ADDRESS_LASTS).timestamp()))
    return base64.urlsafe_b64encode(body + _mac(body)).decode().rstrip("=")


def room_of(address: str, *, now: datetime) -> Room | None:
    """The room that :func:`room_address` was made for; None where its time is over or it is not ours.

    No refusal: those are recorded, and a stranger who guesses writes nothing into the trail.
    """
    try:
        told = base64.urlsafe_b64decode(address + "=" * (-len(address) % 4))
    except (ValueError, binascii.Error):
        return None
    body, mac = told[:-MAC_BYTES], told[-MAC_BYTES:]
    if len(body) != 24 or not hmac.compare_digest(mac, _mac(body)):
        return None
    if now.timestamp() >= struct.unpack(">Q", body[16:])[0]:
        return None
    return db.session.get(Room, UUID(bytes=body[:16]))


def _mac(body: bytes) -> bytes:
    return keyring().lookup("codes", body.hex(), ("workstation_check",))[:MAC_BYTES]


def seat_at(room: Room, address: str) -> int | None:
    """The seat whose workstation has this fixed address, if any."""
    return next((one.seat for one in room.workstations if one.address and one.address == address), None)


def write_down(
    room: Room, seat: int, facts: Mapping[str, Any], *, address: str, now: datetime
) -> WorkstationCheck | NotWritten:
    """Write down what was found at a seat; ``facts`` come from :func:`rules.read_facts`, ``address`` is the computer's.

    It is no act of a person in the trail: it says nothing of a test and is not needed to open one. So what is not
    written down (the computer is not in the room's networks, no such seat, checked a few seconds ago) is no refusal
    either, but an answer: whoever has the room's address writes nothing into the trail.
    """
    if not is_within(address, room.address_ranges):
        return rules.NOT_IN_THE_ROOM
    workstation = db.session.scalar(
        select(Workstation).where(Workstation.room_id == room.id, Workstation.seat == seat).with_for_update()
    )
    if workstation is None:
        return rules.NO_SUCH_SEAT
    last = db.session.scalar(
        select(func.max(WorkstationCheck.at)).where(WorkstationCheck.workstation_id == workstation.id)
    )
    if rules.is_too_soon(now - last if last else None):
        return rules.CHECKED_JUST_NOW
    found = WorkstationCheck(
        id=uuid4(), workstation=workstation, at=now, facts=dict(facts), state=rules.worst(rules.judge(facts))
    )
    db.session.add(found)
    return found


def latest_checks(room: Room) -> dict[UUID, WorkstationCheck]:
    """The newest check of each workstation of a room that was ever checked (one statement)."""
    newest = (
        select(WorkstationCheck.workstation_id, func.max(WorkstationCheck.at).label("at"))
        .join(Workstation).where(Workstation.room_id == room.id)
        .group_by(WorkstationCheck.workstation_id).subquery()
    )  # fmt: skip
    same = (WorkstationCheck.workstation_id == newest.c.workstation_id) & (WorkstationCheck.at == newest.c.at)
    return {one.workstation_id: one for one in db.session.scalars(select(WorkstationCheck).join(newest, same))}


@dataclass(frozen=True)
class Checked:
    """How a sitting's usable workstations stand; ``unfit`` are seats whose newest check found something bad."""

    usable: int
    checked: int
    unfit: list[int]


def checked_for(sitting: Sitting, *, now: datetime) -> Checked:
    """Usable workstations of the sitting's room that were checked since the day before.

    The day before today; once the sitting's moment has passed, the day before it.
    """
    day = min(now, sitting.starts_at).astimezone(sitting.zone).date() - timedelta(days=1)
    since = datetime.combine(day, time(), sitting.zone)
    latest = latest_checks(sitting.room)
    usable = [one for one in sitting.room.workstations if one.is_usable]
    known = [(one.seat, latest[one.id]) for one in usable if one.id in latest and latest[one.id].at >= since]
    return Checked(len(usable), len(known), [seat for seat, check in known if check.state == CheckState.BAD])


def forget_old(*, now: datetime) -> int:
    """Delete checks that are older than ``KEPT``; returns how many."""
    gone = db.session.execute(delete(WorkstationCheck).where(WorkstationCheck.at < now - KEPT))
    return cast("CursorResult[Any]", gone).rowcount
