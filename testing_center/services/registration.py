"""Registering who sits a test, and noting who came (¶24, 28)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import func, select

from accounts.models import User
from competitions.models import Bar, Competition, Person
from competitions.rules import check_not_barred, check_personal_number
from core import audit
from core.crypto import keyring
from core.db import db
from core.names import search_form
from testing_center.models.places import Workstation
from testing_center.models.sittings import CandidateCode, Participant, Sitting
from testing_center.rules import sittings as rules
from testing_center.rules.codes import CodeStatus, ReasonNeeded
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

    @property
    def full_name(self) -> str:
        """Surname, given name, patronymic."""
        return " ".join(part for part in (self.surname, self.given_name, self.patronymic) if part.strip())


def find_person(personal_number: str) -> Person | None:
    """The person with this 14-digit personal number."""
    return db.session.scalar(select(Person).where(Person.pin_lookup == _pin_lookup(personal_number)))


def _pin_lookup(personal_number: str) -> bytes:
    return keyring().lookup("index", personal_number, ("person", "pin"))


def returns_on(person: Person) -> date | None:
    """The latest day until which this person is barred, None where nothing bars them (¶28)."""
    return db.session.scalar(select(func.max(Bar.returns_on)).where(Bar.person_id == person.id))


def check_registration(
    sitting: Sitting, competition: Competition, data: PersonalData, *, now: datetime, has_new_name: bool = False
) -> Person | None:
    """Whether this person may be registered, seats apart; returns the person where they are known. Changes nothing.

    Raises:
        SittingAlreadyOpen, PersonalNumberInvalid, Barred, AlreadyRegistered, OtherName: see :func:`register`.
    """
    if sitting.status != SittingStatus.PLANNED:
        raise rules.SittingAlreadyOpen
    person = find_person(check_personal_number(data.personal_number))
    if person is None:
        return None
    check_not_barred(returns_on(person), today=now.astimezone(sitting.zone).date())
    _check_not_registered(person, sitting, competition)
    if not has_new_name and search_form(data.full_name) != person.name_search:
        raise rules.OtherName(name=person.full_name)
    return person


def register(
    sitting: Sitting, competition: Competition, data: PersonalData, language: str, *, by: User, now: datetime,
    has_new_name: bool = False,
) -> Participant:  # fmt: skip
    """Register a person for a sitting in a competition and give them the next free seat.

    A known person keeps the name they were registered under, unless ``has_new_name`` says that it has changed; a new
    e-mail address and telephone number replace the old ones. Who withdrew from this sitting gets their seat back, if
    it is still free.

    Raises:
        PersonalNumberInvalid: not 14 digits.
        Barred: below a cut score less than a year ago; says from when they may return (¶28).
        AlreadyRegistered: in this sitting, or elsewhere in this competition.
        OtherName: the personal number is known under another name.
        SittingAlreadyOpen: too late for a registration.
        NoFreeSeat: the room is full.
    """
    person = check_registration(sitting, competition, data, now=now, has_new_name=has_new_name)
    if person is None:
        person = _new_person(check_personal_number(data.personal_number), data, now=now)
    else:
        _bring_up_to_date(person, data, by=by, now=now)
    participant = db.session.scalar(
        select(Participant).where(Participant.sitting_id == sitting.id, Participant.person_id == person.id)
    )
    if participant is None:
        participant = Participant(id=uuid4(), sitting=sitting, person=person, seat=free_seats(sitting, needed=1)[0])
        db.session.add(participant)
    elif participant.seat not in (free := free_seats(sitting, needed=1)):
        participant.seat = free[0]
    participant.competition, participant.language, participant.withdrawn_at = competition, language, None
    participant.presence, participant.registered_by_id, participant.registered_at = Presence.EXPECTED, by.id, now
    audit.record(
        "participant.registered", participant, by=by, at=now, sitting=sitting.id, competition=competition.id,
        seat=participant.seat,
    )  # fmt: skip
    return participant


def _bring_up_to_date(person: Person, data: PersonalData, *, by: User, now: datetime) -> None:
    person.email, person.phone = data.email.strip() or person.email, data.phone.strip() or person.phone
    if search_form(data.full_name) != person.name_search:
        person.surname, person.given_name = data.surname.strip(), data.given_name.strip()
        person.patronymic = data.patronymic.strip()
        person.refresh_name()
        audit.record("person.renamed", person, by=by, at=now)


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
        raise rules.NoFreeSeat(seats=len(seats))
    return free


def withdraw(participant: Participant, *, reason: str, by: User, now: datetime) -> None:
    """Take a registration back before the person has entered; the code becomes unusable. Not a ground for the bar.

    Raises:
        ReasonNeeded: no reason.
        AlreadyWithdrawn: it was taken back before.
        SittingAlreadyOpen: the sitting has closed.
        TestedAlready: the code was used.
    """
    sitting = participant.sitting
    if not reason.strip():
        raise ReasonNeeded
    if participant.withdrawn_at is not None:
        raise rules.AlreadyWithdrawn
    if sitting.status == SittingStatus.CLOSED:
        raise rules.SittingAlreadyOpen
    for code in usable_codes(sitting):
        if open_link(sitting, code).participant_id == participant.id:
            if code.status == CodeStatus.REDEEMED:
                raise rules.TestedAlready
            revoke(code, reason=reason, now=now)
    participant.withdrawn_at = now
    audit.record("participant.withdrawn", participant, by=by, at=now, reason=reason.strip())


def set_presence(participant: Participant, presence: Presence, *, by: User, now: datetime) -> None:
    """Note that a person came and was recognised by the identity document, did not come, or was refused.

    Raises:
        SittingNotRunning: the sitting has closed.
        AlreadyWithdrawn: the registration was taken back.
        TestedAlready: the person has entered, so they were present.
    """
    if participant.withdrawn_at is not None:
        raise rules.AlreadyWithdrawn
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
