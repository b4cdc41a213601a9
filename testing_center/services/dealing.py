"""Seats at random (¶24): one for whoever is registered, all of them anew, or one by hand for a reason.

Every deal has a seed of its own, which stands in the trail with all that the deal was made of: anybody can repeat it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from accounts.models import User
from competitions.models import Competition
from core import audit
from core.crypto import keyring
from core.db import db
from core.names import search_form
from testing_center import staff_queries
from testing_center.models.places import Workstation
from testing_center.models.sittings import CandidateCode, Participant, Sitting
from testing_center.rules import seating as rules
from testing_center.rules.codes import CodeStatus, ReasonNeeded
from testing_center.rules.seats import read_seats, write_seats
from testing_center.rules.sittings import AlreadyWithdrawn, NoFreeSeat, SittingAlreadyOpen, SittingStatus

DEALT, GIVEN = "seats.dealt", "participant.seat_given"
ASIDE = 1_000_000  # a number beyond every seat: who is moved waits there, since no two may hold one seat even so long


@dataclass(frozen=True)
class ByHand:
    """A seat that a person gets for a reason, e.g. one that a wheelchair comes to; no deal takes it away."""

    seat: int
    reason: str


def may_deal(sitting: Sitting) -> bool:
    """Whether seats can be dealt now: the sitting is planned and nobody has a code."""
    return sitting.status == SittingStatus.PLANNED and not _has_codes(sitting)


def _has_codes(sitting: Sitting) -> bool:
    in_force = CandidateCode.status.in_((CodeStatus.ISSUED, CodeStatus.REDEEMED))
    return db.session.scalar(select(exists().where(CandidateCode.sitting_id == sitting.id, in_force))) or False


def school_of(competition: Competition) -> str:
    """Those who compete for one school are rivals, whichever competition it is."""
    return search_form(f"{competition.school_ky} {competition.place_ky}")


def _terms(sitting: Sitting) -> dict[str, int]:
    return {"per_row": sitting.room.seats_per_row, "variants": max(1, len(sitting.forms))}


def _new_seed(random: Random | None) -> str:
    return f"{(random or secrets.SystemRandom()).getrandbits(128):032x}"


def free_seats(sitting: Sitting, *, needed: int = 0) -> list[int]:
    """Free usable seats of the room, in order.

    Raises:
        NoFreeSeat: fewer than ``needed``.
    """
    taken = set(
        db.session.scalars(
            select(Participant.seat).where(Participant.sitting_id == sitting.id, Participant.withdrawn_at.is_(None))
        )
    )
    seats = list(
        db.session.scalars(
            select(Workstation.seat)
            .where(Workstation.room_id == sitting.room_id, Workstation.is_usable.is_(True)).order_by(Workstation.seat)
        )
    )  # fmt: skip
    free = [seat for seat in seats if seat not in taken]
    if len(free) < needed:
        raise NoFreeSeat(seats=len(seats))
    return free


def seat_for(
    sitting: Sitting, competition: Competition, *, by_hand: ByHand | None = None, random: Random | None = None
) -> tuple[int, dict[str, Any]]:
    """A seat for somebody who is being registered, and what the trail says of it.

    At random among the free seats where fewest rivals for the same school, then fewest equal forms, sit beside; whoever
    has a seat keeps it. ``random`` is given by tests and the demonstration alone; else the source is ``secrets``.

    Raises:
        NoFreeSeat: the room is full.
        SeatNotFree, ReasonNeeded: of a seat by hand.
    """
    free = free_seats(sitting, needed=1)
    if by_hand is not None:
        _check_by_hand(by_hand, free)
        return by_hand.seat, {}
    others = {one.seat: school_of(one.competition) for one in people_of(sitting)}
    among = rules.best_for(school_of(competition), free, others, **_terms(sitting))
    seed = _new_seed(random)
    return _drawn(seed, among), {"seed": seed, "among": write_seats(among)}


def _drawn(seed: str, among: Sequence[int]) -> int:
    return Random(seed).choice(among)


def _check_by_hand(by_hand: ByHand, free: Sequence[int]) -> None:
    if not by_hand.reason.strip():
        raise ReasonNeeded
    if by_hand.seat not in free:
        raise rules.SeatNotFree(n=by_hand.seat)


def give_seat(participant: Participant, by_hand: ByHand, *, by: User, now: datetime) -> None:
    """Give somebody another seat for a reason, until codes are issued.

    Raises:
        AlreadyWithdrawn: the registration was taken back.
        SittingAlreadyOpen, DealtTooLate: as :func:`deal_seats`.
        SeatNotFree, ReasonNeeded: somebody sits there, the seat cannot be used, or no reason is given.
    """
    sitting = participant.sitting
    staff_queries.hold(sitting, participant, alone=True)  # of two who get one seat at once, one is second
    if participant.withdrawn_at is not None:
        raise AlreadyWithdrawn
    _check_may_deal(sitting)
    _check_by_hand(by_hand, [*free_seats(sitting), participant.seat])
    participant.seat, participant.seat_reason = by_hand.seat, by_hand.reason.strip()
    audit.record(GIVEN, participant, by=by, at=now, seat=by_hand.seat, why_there=why_there(participant))


def why_there(participant: Participant) -> str | None:
    """Why a seat was given by hand, as the trail keeps it: a keyed digest, since it may tell of somebody's health."""
    if participant.seat_reason is None:
        return None
    return keyring().lookup("index", participant.seat_reason, ("participant", str(participant.id), "seat")).hex()


def _check_may_deal(sitting: Sitting) -> None:
    if sitting.status != SittingStatus.PLANNED:
        raise SittingAlreadyOpen
    if _has_codes(sitting):
        raise rules.DealtTooLate


def deal_seats(sitting: Sitting, *, by: User, now: datetime, random: Random | None = None) -> tuple[int, int, int]:
    """Give everybody a seat anew, at random, rivals and equal forms apart (see :mod:`rules.seating`).

    Whoever has a seat by hand keeps it. Returns how many people, how many neighbouring pairs who compete for one
    school, how many with the same form. The caller holds the lock of the sitting.

    Raises:
        SittingAlreadyOpen: it is no longer planned.
        DealtTooLate: codes are issued, whose links hold the seats.
        NobodyToSeat: nobody is registered.
        NoFreeSeat: fewer usable seats than people.
    """
    _check_may_deal(sitting)
    everybody = people_of(sitting)
    people = sorted((one for one in everybody if one.seat_reason is None), key=lambda one: one.id)
    if not everybody:
        raise rules.NobodyToSeat
    stay = {one.seat: school_of(one.competition) for one in everybody if one.seat_reason is not None}
    schools = [school_of(one.competition) for one in people]
    usable = [workstation.seat for workstation in sitting.room.workstations if workstation.is_usable]
    terms, seed = _terms(sitting), _new_seed(random)
    dealt = rules.deal(schools, usable, **terms, random=Random(seed), stay=stay)
    for participant in people:
        participant.seat += ASIDE
    db.session.flush()
    for participant, seat in zip(people, dealt, strict=True):
        participant.seat = seat
    db.session.flush()
    rivals, one_form = rules.pairs_of([*schools, *stay.values()], [*dealt, *stay], **terms)
    number = {school: place for place, school in enumerate(dict.fromkeys([*schools, *stay.values()]))}
    audit.record(
        DEALT, sitting, by=by, at=now, count=len(everybody), rivals=rivals, one_form=one_form, **terms, seed=seed,
        usable=write_seats(usable), stay=[[seat, number[school]] for seat, school in stay.items()],
        people=[[one.id, number[school], one.seat] for one, school in zip(people, schools, strict=True)],
    )  # fmt: skip
    return len(everybody), rivals, one_form


def is_reproduced(said: Mapping[str, Any]) -> bool:
    """Whether the seats that the trail says were dealt, or drawn for one person, follow from its seed."""
    if "among" in said:
        return _drawn(said["seed"], read_seats(said["among"])) == said["seat"]
    dealt = rules.deal(
        [school for _id, school, _seat in said["people"]], read_seats(said["usable"]), per_row=said["per_row"],
        variants=said["variants"], random=Random(said["seed"]), stay={seat: school for seat, school in said["stay"]},
    )  # fmt: skip
    return dealt == [seat for _id, _school, seat in said["people"]]


def rivals_side_by_side(sitting: Sitting, people: Sequence[Participant]) -> int:
    """Neighbouring pairs who compete for one school."""
    return rules.pairs_of(
        [school_of(one.competition) for one in people], [one.seat for one in people], **_terms(sitting)
    )[0]


def dealt_at(sitting: Sitting) -> datetime | None:
    """When all the seats of a sitting were last dealt anew."""
    return db.session.scalar(
        select(audit.AuditEntry.at)
        .where(audit.AuditEntry.action == DEALT, audit.AuditEntry.subject == audit.name_of(sitting))
        .order_by(audit.AuditEntry.number.desc())
        .limit(1)
    )


def people_of(sitting: Sitting) -> list[Participant]:
    """Who is registered, by seat."""
    return list(
        db.session.scalars(
            select(Participant)
            .where(Participant.sitting_id == sitting.id, Participant.withdrawn_at.is_(None))
            .options(joinedload(Participant.person), joinedload(Participant.competition)).order_by(Participant.seat)
        )
    )  # fmt: skip
