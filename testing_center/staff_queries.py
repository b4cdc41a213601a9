"""Reading what staff pages show: centres, sittings, participants, codes, results; no link is opened here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from werkzeug.exceptions import NotFound

from accounts.models import RoleGrant, User
from accounts.rules import PERMISSIONS, Permission
from competitions.models import Competition, Person
from core.db import Model, db, keep
from core.names import search_form
from core.throttle import ThrottleCounter
from testing_center.models.places import Centre, Room
from testing_center.models.sittings import (
    CandidateCode,
    Incident,
    Participant,
    Sitting,
    sitting_proctor,
)
from testing_center.rules.codes import LOCK_CODE_AFTER, CodeStatus
from testing_center.rules.sittings import Presence, SittingStatus, check_runs

PAGE = 25
Row = TypeVar("Row", bound=Model)


def found(row: Row | None) -> Row:
    """The row itself; 404 where there is none."""
    if row is None:
        raise NotFound
    return row


# --- places


def centres() -> list[Centre]:
    """Centres by name, with rooms and workstations (3 statements)."""
    rooms = selectinload(Centre.rooms).selectinload(Room.workstations)
    return list(db.session.scalars(select(Centre).order_by(Centre.name_ky).options(rooms)))


def get_centre(centre_id: UUID) -> Centre:
    """The centre, or 404."""
    return found(db.session.get(Centre, centre_id))


def get_room(room_id: UUID) -> Room:
    """The room, or 404."""
    return found(db.session.get(Room, room_id))


def active_rooms() -> list[Room]:
    """Rooms of centres in use that have a seat, by centre and name."""
    query = select(Room).join(Room.centre).where(Centre.is_active.is_(True)).order_by(Centre.name_ky, Room.name)
    rooms = db.session.scalars(query.options(contains_eager(Room.centre), selectinload(Room.workstations)))
    return [room for room in rooms if room.workstations]


# --- sittings


@dataclass(frozen=True)
class SittingFilter:
    """What a list of sittings is narrowed to; None does not narrow. ``on`` is a day in ``zone``."""

    status: SittingStatus | None = None
    centre_id: UUID | None = None
    on: date | None = None
    zone: tzinfo = UTC
    proctor_id: UUID | None = None


def sittings_page(wanted: SittingFilter, page: int) -> Pagination:
    """A page of sittings, the latest first, with room and centre."""
    query = select(Sitting).join(Sitting.room).join(Room.centre)
    if wanted.status:
        query = query.where(Sitting.status == wanted.status)
    if wanted.centre_id:
        query = query.where(Room.centre_id == wanted.centre_id)
    if wanted.on:
        begins = datetime.combine(wanted.on, time(), wanted.zone).astimezone(UTC)
        query = query.where(Sitting.starts_at >= begins, Sitting.starts_at < begins + timedelta(days=1))
    if wanted.proctor_id:
        own = select(sitting_proctor.c.sitting_id).where(sitting_proctor.c.user_id == wanted.proctor_id)
        query = query.where(Sitting.id.in_(own))
    query = query.options(contains_eager(Sitting.room).contains_eager(Room.centre))
    return db.paginate(
        query.order_by(Sitting.starts_at.desc(), Sitting.number), page=page, per_page=PAGE, error_out=False
    )


def registered_in(sittings: Iterable[Sitting]) -> Counter[UUID]:
    """How many are registered in each of these sittings (1 statement)."""
    rows = db.session.execute(
        select(Participant.sitting_id, func.count())
        .where(Participant.sitting_id.in_([s.id for s in sittings]), Participant.withdrawn_at.is_(None))
        .group_by(Participant.sitting_id)
    )
    return Counter(dict(rows.all()))


def is_administrator(user: User) -> bool:
    """Whether this person arranges sittings, and so may run any of them."""
    return Permission.SITTINGS_MANAGE in user.permissions


def sees_own_only(user: User) -> bool:
    """Whether this person sees only the sittings they proctor."""
    others = {Permission.SITTINGS_MANAGE, Permission.PROTOCOLS_VIEW, Permission.AUDIT_VIEW}
    return Permission.SITTING_RUN in user.permissions and others.isdisjoint(user.permissions)


def get_sitting(sitting_id: UUID, *, lock: bool = False) -> Sitting:
    """The sitting, or 404; with ``lock``, for a change."""
    return found(db.session.get(Sitting, sitting_id, with_for_update=lock or None, populate_existing=lock))


def get_sitting_to_see(sitting_id: UUID, user: User) -> Sitting:
    """A sitting that this person may look at, or 404."""
    sitting = get_sitting(sitting_id)
    if sees_own_only(user) and user not in sitting.proctors:
        raise NotFound
    return sitting


def get_sitting_to_run(sitting_id: UUID, user: User, *, lock: bool = False) -> Sitting:
    """A sitting that this person runs, or 404.

    Raises:
        NotProctorHere: neither a proctor of it nor a test administrator.
    """
    sitting = get_sitting(sitting_id, lock=lock)
    check_runs(user.id, [proctor.id for proctor in sitting.proctors], is_administrator=is_administrator(user))
    return sitting


def runs(sitting: Sitting, user: User) -> bool:
    """Whether this person runs the sitting."""
    return Permission.SITTING_RUN in user.permissions and (is_administrator(user) or user in sitting.proctors)


def next_number(year: int) -> str:
    """A number that no sitting of the year has yet: ``Т-2026-007``."""
    prefix = f"Т-{year}-"
    numbers = db.session.scalars(select(Sitting.number).where(Sitting.number.startswith(prefix, autoescape=True)))
    used = [int(tail) for number in numbers if re.fullmatch(r"[0-9]{1,9}", tail := number.removeprefix(prefix))]
    return f"{prefix}{max(used, default=0) + 1:03}"


def possible_proctors() -> list[User]:
    """Active people whose role lets them run a sitting, by name."""
    roles = [role for role, permissions in PERMISSIONS.items() if Permission.SITTING_RUN in permissions]
    query = select(User).where(
        User.is_active.is_(True), User.grants.any(RoleGrant.role.in_(roles) & RoleGrant.revoked_at.is_(None))
    )
    return list(db.session.scalars(query.order_by(User.name_sort, User.username)))


def incidents_of(sitting: Sitting) -> list[Incident]:
    """What happened at the sitting, in order, with who wrote it down."""
    query = select(Incident).where(Incident.sitting_id == sitting.id).options(joinedload(Incident.by))
    return list(db.session.scalars(query.order_by(Incident.number)))


def running_today(user: User, *, now: datetime, zone: ZoneInfo) -> list[Sitting]:
    """Sittings of this day that this person may see, by time; those still open from before as well."""
    begins = datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)
    query = select(Sitting).where(
        or_(
            (Sitting.starts_at >= begins) & (Sitting.starts_at < begins + timedelta(days=1)),
            Sitting.status == SittingStatus.OPEN,
        )
    )
    if sees_own_only(user):
        own = select(sitting_proctor.c.sitting_id).where(sitting_proctor.c.user_id == user.id)
        query = query.where(Sitting.id.in_(own))
    return list(
        db.session.scalars(
            query.order_by(Sitting.starts_at, Sitting.number).options(joinedload(Sitting.room).joinedload(Room.centre))
        )
    )


# --- participants


def participants(sitting: Sitting, text: str = "", *, withdrawn: bool = False) -> list[Participant]:
    """Participants by seat with person and competition; ``text`` is a part of the name or the seat's number."""
    query = select(Participant).join(Participant.person).where(Participant.sitting_id == sitting.id)
    if not withdrawn:
        query = query.where(Participant.withdrawn_at.is_(None))
    if wanted := search_form(text):
        matches: Any = Person.name_search.contains(wanted, autoescape=True)
        query = query.where(
            matches | (Participant.seat == int(wanted)) if re.fullmatch(r"[0-9]{1,4}", wanted) else matches
        )
    query = query.options(contains_eager(Participant.person), joinedload(Participant.competition))
    return list(db.session.scalars(query.order_by(Participant.seat)))


def hold(sitting: Sitting, participant: Participant | None = None, *, alone: bool = False) -> None:
    """Read the sitting anew, and keep it from being opened or closed before the act is whole; then the participant.

    ``alone`` where an incident gets the next number of the sitting. Everybody locks in one order, or two would wait for
    each other: sitting, participant, act of staff, attempts, incident, and last the end of the trail.
    """
    strength = {"key_share": True} if alone else {"read": True}
    db.session.refresh(sitting, with_for_update={"of": Sitting, **strength})
    if participant is not None:
        db.session.refresh(participant, with_for_update={"of": Participant})


_CAME = (
    select(Participant, Competition).join(Participant.competition)
    .where(Participant.id == bindparam("participant_id")).with_for_update(of=Participant)
)  # fmt: skip


def hold_participant(participant_id: UUID) -> Participant:
    """The participant of an act that has just begun, locked, after the sitting; the competition too (1 statement)."""
    found = db.session.execute(_CAME, {"participant_id": participant_id}).one()
    keep(*found)
    return found.Participant


def lock_unmarked(sitting: Sitting) -> list[Participant]:
    """Participants of whom nobody has noted whether they came, locked in one order, as they are now (1 statement)."""
    query = select(Participant).where(
        Participant.sitting_id == sitting.id, Participant.withdrawn_at.is_(None),
        Participant.presence == Presence.EXPECTED,
    )  # fmt: skip
    query = query.order_by(Participant.id).with_for_update(of=Participant)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def get_participant(participant_id: UUID, sitting: Sitting, *, lock: bool = False) -> Participant:
    """A participant of this sitting, or 404; with ``lock``, for a change, after the sitting (see :func:`hold`)."""
    if lock:
        hold(sitting)
    row = db.session.get(Participant, participant_id, with_for_update=lock or None, populate_existing=lock)
    if row is None or row.sitting_id != sitting.id:
        raise NotFound
    return row


def participant_at(sitting: Sitting, seat: int) -> Participant:
    """Who sits at a seat, or 404."""
    query = select(Participant).where(
        Participant.sitting_id == sitting.id, Participant.seat == seat, Participant.withdrawn_at.is_(None)
    )
    return found(db.session.scalar(query))


# --- codes


def code_counts(sitting: Sitting) -> Counter[CodeStatus]:
    """Codes of the sitting by status."""
    rows = db.session.execute(
        select(CandidateCode.status, func.count())
        .where(CandidateCode.sitting_id == sitting.id).group_by(CandidateCode.status)
    )  # fmt: skip
    return Counter(dict(rows.all()))


def last_print(sitting: Sitting) -> datetime | None:
    """When slips were last printed."""
    return db.session.scalar(select(func.max(CandidateCode.printed_at)).where(CandidateCode.sitting_id == sitting.id))


def needs_reason(sitting: Sitting) -> bool:
    """Whether a slip of the unused codes was printed before, so that another print is a reprint."""
    query = select(CandidateCode.id).where(
        CandidateCode.sitting_id == sitting.id, CandidateCode.status == CodeStatus.ISSUED,
        CandidateCode.printed_at.is_not(None),
    )  # fmt: skip
    return db.session.scalars(query.limit(1)).first() is not None


def codes_in_force(sitting: Sitting) -> list[CandidateCode]:
    """Codes issued or used."""
    in_force = (CodeStatus.ISSUED, CodeStatus.REDEEMED)
    return list(
        db.session.scalars(
            select(CandidateCode).where(CandidateCode.sitting_id == sitting.id, CandidateCode.status.in_(in_force))
        )
    )


def locked(codes: Iterable[CandidateCode]) -> set[UUID]:
    """Which of these codes were tried too often."""
    keys = {f"code:{code.id}": code.id for code in codes}
    rows = db.session.scalars(
        select(ThrottleCounter.key).where(
            ThrottleCounter.key.in_(list(keys)), ThrottleCounter.failures >= LOCK_CODE_AFTER
        )
    )
    return {keys[key] for key in rows}
