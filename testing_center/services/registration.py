"""Registering who sits a test, and noting who came (¶24, 28)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import func, select

from accounts.models import User
from competitions.models import Bar, Competition, Person
from competitions.rules import check_not_barred, check_personal_number
from core import audit
from core.crypto import keyring
from core.db import db
from testing_center.models.places import Workstation
from testing_center.models.sittings import CandidateCode, Participant, Sitting
from testing_center.rules import sittings as rules
from testing_center.rules.codes import CodeStatus
from testing_center.rules.sittings import Presence, SittingStatus
from testing_center.services.codes import revoke, usable_codes
from testing_center.services.links import open_link


@dataclass(frozen=True)
class PersonalData:
    """What is written down about a person at registration; the personal number is the identity."""

    personal_number: str
    surname: str
    given_name: str
    patronymic: str = ""
    email: str = ""
    phone: str = ""


def find_person(personal_number: str) -> Person | None:
    """The person with this 14-digit personal number."""
    return db.session.scalar(select(Person).where(Person.pin_lookup == _pin_lookup(personal_number)))


def _pin_lookup(personal_number: str) -> bytes:
    return keyring().lookup("index", personal_number, ("person", "pin"))


def returns_on(person: Person) -> object:
    """The latest day until which this person is barred, None where nothing bars them (¶28)."""
    return db.session.scalar(select(func.max(Bar.returns_on)).where(Bar.person_id == person.id))


def register(
    sitting: Sitting, competition: Competition, data: PersonalData, language: str, *, by: User, now: datetime
) -> Participant:
    """Register a person for a sitting in a competition and give them the next free seat.

    Raises:
        PersonalNumberInvalid: not 14 digits.
        Barred: below a cut score less than a year ago; says from when they may return (¶28).
        AlreadyRegistered: in this sitting, or elsewhere in this competition.
        SittingAlreadyOpen: too late for a registration.
        NoFreeSeat: the room is full.
    """
    if sitting.status != SittingStatus.PLANNED:
        raise rules.SittingAlreadyOpen
    pin = check_personal_number(data.personal_number)
    person = find_person(pin)
    if person is None:
        person = _new_person(pin, data, now=now)
    else:
        check_not_barred(returns_on(person), today=now.astimezone(sitting.zone).date())  # type: ignore[arg-type]
        _check_not_registered(person, sitting, competition)
    participant = Participant(
        id=uuid4(), sitting=sitting, person=person, competition=competition, language=language, seat=_free_seat(sitting),
        presence=Presence.EXPECTED, registered_by_id=by.id, registered_at=now,
    )  # fmt: skip
    db.session.add(participant)
    audit.record("participant.registered", participant, by=by, at=now, sitting=sitting.id, competition=competition.id)
    return participant


def _new_person(pin: str, data: PersonalData, *, now: datetime) -> Person:
    person_id = uuid4()
    person = Person(
        id=person_id, pin_lookup=_pin_lookup(pin), surname=data.surname.strip(), given_name=data.given_name.strip(),
        pin_sealed=keyring().seal("link", pin.encode(), ("person", str(person_id), "pin")),
        patronymic=data.patronymic.strip(), email=data.email.strip(), phone=data.phone.strip(), created_at=now,
    )  # fmt: skip
    person.refresh_name()
    db.session.add(person)
    db.session.flush()
    return person


def _check_not_registered(person: Person, sitting: Sitting, competition: Competition) -> None:
    known = db.session.scalar(
        select(Participant).where(
            Participant.person_id == person.id,
            Participant.withdrawn_at.is_(None),
            (Participant.sitting_id == sitting.id) | (Participant.competition_id == competition.id),
        )
    )
    if known is not None:
        raise rules.AlreadyRegistered(sitting=known.sitting.number)


def _free_seat(sitting: Sitting) -> int:
    taken = set(db.session.scalars(select(Participant.seat).where(Participant.sitting_id == sitting.id)))
    seats = list(
        db.session.scalars(
            select(Workstation.seat)
            .where(Workstation.room_id == sitting.room_id, Workstation.is_usable.is_(True)).order_by(Workstation.seat)
        )
    )  # fmt: skip
    free = [seat for seat in seats if seat not in taken]
    if not free:
        raise rules.NoFreeSeat(seats=len(seats))
    return free[0]


def withdraw(participant: Participant, *, reason: str, by: User, now: datetime) -> None:
    """Take a registration back before the person has entered; the code becomes unusable. Not a ground for the bar.

    Raises:
        TestedAlready: the code was used.
    """
    sitting = participant.sitting
    for code in usable_codes(sitting):
        if open_link(sitting, code).participant_id == participant.id:
            if code.status == CodeStatus.REDEEMED:
                raise rules.TestedAlready
            revoke(code, reason=reason, now=now)
    participant.withdrawn_at = now
    audit.record("participant.withdrawn", participant, by=by, at=now, reason=reason)


def set_presence(participant: Participant, presence: Presence, *, by: User, now: datetime) -> None:
    """Note that a person came and was recognised by the identity document, did not come, or was refused.

    Raises:
        SittingNotRunning: the sitting has closed.
        TestedAlready: the person has entered, so they were present.
    """
    if participant.sitting.status == SittingStatus.CLOSED:
        raise rules.SittingNotRunning
    if presence != Presence.PRESENT and _has_entered(participant):
        raise rules.TestedAlready
    participant.presence, participant.presence_at, participant.presence_by_id = presence, now, by.id
    audit.record("participant.presence", participant, by=by, at=now, presence=str(presence))


def _has_entered(participant: Participant) -> bool:
    sitting = participant.sitting
    redeemed = db.session.scalars(
        select(CandidateCode).where(CandidateCode.sitting_id == sitting.id, CandidateCode.status == CodeStatus.REDEEMED)
    )
    return any(open_link(sitting, code).participant_id == participant.id for code in redeemed)
