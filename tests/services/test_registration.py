"""Who may be registered, and what a withdrawal does (¶24, 28)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from accounts.rules import Role
from competitions import people
from competitions.models import Bar, Person
from competitions.rules import Barred, OtherName, PersonalNumberInvalid
from core import audit
from core.db import db, transaction
from regulation.law import CURRENT
from testing_center import staff_queries
from testing_center.models.places import Workstation
from testing_center.models.sittings import CandidateCode, Sitting
from testing_center.rules import sittings as rules
from testing_center.rules.codes import CodeStatus, InvalidCode, ReasonNeeded
from testing_center.rules.sittings import (
    AlreadyRegistered,
    AlreadyWithdrawn,
    NoFreeSeat,
    Presence,
    SittingAlreadyOpen,
    SittingNotRunning,
)
from testing_center.services import entry, registration
from tests import closing


@pytest.fixture
def admin(make):
    return make.user(Role.TEST_ADMINISTRATOR)


@pytest.fixture
def register(make, clock, admin):
    """Register somebody; a new sitting with two free seats and a new competition unless given."""

    def run(data, sitting=None, competition=None, **kwargs):
        sitting, competition = sitting or make.sitting(people=0, open=False), competition or make.competition()
        with transaction():
            return registration.register(
                db.session.get_one(Sitting, sitting.id), competition, data, "ky", by=admin, now=clock(), **kwargs
            )

    return run


def bar(person_id, returns_on, clock):
    with transaction():
        db.session.add(
            Bar(
                person_id=person_id, failed_on=returns_on - timedelta(days=365), returns_on=returns_on,
                law_version=CURRENT.version, created_at=clock(),
            )
        )  # fmt: skip


def test_a_person_gets_a_free_usable_seat(make, register):
    sitting, competition = make.sitting(people=0, open=False), make.competition()
    with transaction():
        first = db.session.scalars(select(Workstation).where(Workstation.room_id == sitting.room_id)).all()
        next(w for w in first if w.seat == 1).is_usable = False
    assert {register(make.person(), sitting, competition).seat for _ in range(2)} == {2, 3}
    with pytest.raises(NoFreeSeat) as refused:
        register(make.person(), sitting, competition)
    assert refused.value.params == {"seats": 2}


def test_a_personal_number_is_stored_sealed_only(make, register):
    participant = register(make.person(personal_number="21505197800123"))
    person = db.session.get_one(Person, participant.person_id)
    assert b"21505197800123" not in person.pin_sealed + person.pin_lookup
    assert people.find_person("21505197800123").id == person.id


def test_a_pin_of_13_digits_is_refused_and_nobody_is_registered(make, register):
    with pytest.raises(PersonalNumberInvalid):
        register(make.person(personal_number="2150519780012"))
    assert db.session.scalars(select(Person)).all() == []


def test_a_person_below_the_cut_score_is_barred_until_the_day_named(make, register, clock):
    data = make.person()
    person_id = register(data).person_id
    bar(person_id, date(2026, 11, 29), clock)  # tomorrow
    with pytest.raises(Barred) as refused:
        register(data)
    assert refused.value.params == {"date": "29.11.2026"}
    clock.advance(timedelta(hours=14))  # midnight in Bishkek: the 29th has begun
    assert register(data).person_id == person_id


def test_the_latest_bar_counts(make, register, clock):
    data = make.person()
    person_id = register(data).person_id
    bar(person_id, date(2026, 12, 1), clock)
    bar(person_id, date(2027, 5, 1), clock)
    bar(person_id, date(2026, 6, 1), clock)
    with pytest.raises(Barred) as refused:
        register(data)
    assert refused.value.params == {"date": "01.05.2027"}


def test_nobody_is_registered_twice_in_a_sitting_or_a_competition(make, register):
    data, sitting, competition = make.person(), make.sitting(people=0, open=False), make.competition()
    register(data, sitting, competition)
    with pytest.raises(AlreadyRegistered) as refused:
        register(data, sitting)
    assert refused.value.params == {"sitting": sitting.number}
    with pytest.raises(AlreadyRegistered):
        register(data, competition=competition)
    register(data)  # another competition in another sitting


def test_a_known_pin_under_another_name_is_asked_about_and_a_changed_name_is_taken_when_said_so(make, register):
    data = make.person(surname="Үсөнбаева", email="old@mail.kg")
    register(data)
    married = replace(data, surname="Асанова", email="", phone="0555 000111")
    with pytest.raises(OtherName) as refused:
        register(married)
    assert "Үсөнбаева" in refused.value.params["name"]
    participant = register(married, has_new_name=True)
    person = db.session.get_one(Person, participant.person_id)
    assert (person.surname, person.email, person.phone) == ("Асанова", "old@mail.kg", "0555 000111")
    assert db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "person.renamed")).one()


def test_a_name_that_differs_only_in_letters_of_case_is_the_same(make, register):
    data = make.person()
    register(data)
    register(replace(data, surname=data.surname.upper(), given_name=f" {data.given_name} "))


def test_nobody_is_registered_in_a_sitting_that_is_open(make, register):
    with pytest.raises(SittingAlreadyOpen):
        register(make.person(), make.sitting())


# --- withdrawal


def test_a_withdrawal_revokes_the_code_and_leaves_no_bar(make, clock, admin):
    sitting = make.sitting(people=2)
    codes, participant = make.codes(sitting), make.participants(sitting)[0]
    with transaction():
        registration.withdraw(participant, reason="өз каалоосу менен", by=admin, now=clock())
    with pytest.raises(InvalidCode):
        entry.enter(codes[0], "", "10.0.0.1", now=clock())
    statuses = db.session.scalars(select(CandidateCode.status).where(CandidateCode.sitting_id == sitting.id)).all()
    assert sorted(statuses) == [CodeStatus.ISSUED, CodeStatus.REVOKED]
    assert db.session.scalars(select(Bar)).all() == []


def test_a_withdrawal_needs_a_reason_and_happens_once(make, clock, admin):
    participant = make.participants(make.sitting(open=False))[0]
    with pytest.raises(ReasonNeeded), transaction():
        registration.withdraw(participant, reason=" ", by=admin, now=clock())
    with transaction():
        registration.withdraw(participant, reason="оорусу", by=admin, now=clock())
    with pytest.raises(AlreadyWithdrawn), transaction():
        registration.withdraw(participant, reason="оорусу", by=admin, now=clock())


def test_who_has_entered_is_not_withdrawn(make, clock, admin):
    sitting = make.sitting()
    entry.enter(make.codes(sitting)[0], "", "10.0.0.1", now=clock())
    with pytest.raises(rules.TestedAlready), transaction():
        registration.withdraw(make.participants(sitting)[0], reason="оорусу", by=admin, now=clock())


def test_nobody_is_withdrawn_after_the_closing(make, clock, admin):
    sitting = make.sitting()
    with transaction():
        closing.close(db.session.get_one(Sitting, sitting.id), by=admin, now=clock())
    with pytest.raises(SittingAlreadyOpen), transaction():
        registration.withdraw(make.participants(sitting)[0], reason="оорусу", by=admin, now=clock())


def test_who_withdrew_may_come_back_to_the_same_sitting_and_seat(make, clock, admin, register):
    data, sitting, competition = make.person(), make.sitting(people=0, open=False), make.competition()
    participant = register(data, sitting, competition)
    seat, key = participant.seat, participant.id
    with transaction():
        registration.withdraw(participant, reason="оорусу", by=admin, now=clock())
    again = register(data, sitting, competition)
    assert (again.id, again.seat, again.withdrawn_at) == (key, seat, None)


def test_a_seat_given_up_goes_to_another_and_who_comes_back_gets_one_that_is_free(make, clock, admin, register):
    first, sitting, competition = make.person(), make.sitting(people=0, open=False), make.competition()
    third = select(Workstation).where(Workstation.room_id == sitting.room_id, Workstation.seat == 3)
    with transaction():
        db.session.scalars(third).one().is_usable = False
    participant = register(first, sitting, competition)
    with transaction():
        registration.withdraw(participant, reason="оорусу", by=admin, now=clock())
    assert {register(make.person(), sitting, competition).seat for _ in range(2)} == {1, 2}
    with transaction():
        db.session.scalars(third).one().is_usable = True
    assert register(first, sitting, competition).seat == 3


# --- presence


def test_presence_is_noted_by_whom_and_when(make, clock):
    sitting, proctor = make.sitting(present=False), make.user(Role.PROCTOR)
    with transaction():
        registration.set_presence(make.participants(sitting)[0], Presence.REFUSED, by=proctor, now=clock())
    participant = make.participants(sitting)[0]
    assert (participant.presence, participant.presence_at, participant.presence_by_id) == (
        Presence.REFUSED, clock(), proctor.id,
    )  # fmt: skip


def test_who_has_entered_was_present(make, clock):
    sitting, proctor = make.sitting(), make.user(Role.PROCTOR)
    entry.enter(make.codes(sitting)[0], "", "10.0.0.1", now=clock())
    with pytest.raises(rules.TestedAlready), transaction():
        registration.set_presence(make.participants(sitting)[0], Presence.ABSENT, by=proctor, now=clock())


def test_presence_does_not_change_after_the_closing(make, clock, admin):
    sitting = make.sitting()
    with transaction():
        closing.close(db.session.get_one(Sitting, sitting.id), by=admin, now=clock())
    with pytest.raises(SittingNotRunning), transaction():
        registration.set_presence(make.participants(sitting)[1], Presence.PRESENT, by=admin, now=clock())


# --- finding


@pytest.mark.parametrize("text", ["үсөнБАЕВА", "өкүм", "  Ыңтымак ", "1"])
def test_a_participant_is_found_by_a_part_of_the_name_in_any_case_or_by_the_seat(make, text):
    sitting = make.sitting(people=1, open=False)
    assert [p.seat for p in staff_queries.participants(sitting, text)] == [1]
    assert staff_queries.participants(sitting, "Чороева") == []
