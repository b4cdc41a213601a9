"""People known by their personal number: found, written down, brought up to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select

from accounts.models import User
from competitions.models import Person
from competitions.rules import OtherName, check_personal_number
from core import audit
from core.crypto import keyring
from core.db import db
from core.names import search_form


@dataclass(frozen=True)
class PersonalData:
    """What is written down about a person; the personal number is the identity."""

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


def check_name(person: Person, data: PersonalData) -> None:
    """Refuse another name than the one under which the personal number is known.

    Raises:
        OtherName: with the name that is known.
    """
    if search_form(data.full_name) != person.name_search:
        raise OtherName(name=person.full_name)


def write_down(data: PersonalData, *, by: User, now: datetime, has_new_name: bool = False) -> Person:
    """The person with this personal number, made known where they are not yet.

    A known person keeps the name they are known under, unless ``has_new_name`` says that it has changed; a new e-mail
    address and telephone number replace the old ones.

    Raises:
        PersonalNumberInvalid: not 14 digits.
        OtherName: the personal number is known under another name.
    """
    pin = check_personal_number(data.personal_number)
    person = find_person(pin)
    if person is None:
        return _new_person(pin, data, now=now)
    if not has_new_name:
        check_name(person, data)
    _bring_up_to_date(person, data, by=by, now=now)
    return person


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
