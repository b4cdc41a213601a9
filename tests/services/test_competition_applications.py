"""¶6, 10–12, 18–19, 28, 30: an application is filed, decided, withdrawn; each step once and in its order."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from accounts.models import User
from accounts.rules import Role
from competitions import queries, services
from competitions.models import Application, Bar, Competition, Person
from competitions.rules import (
    APPLICATION_STEPS,
    ApplicationExists,
    ApplicationsClosed,
    ApplicationState,
    ApplicationStep,
    Barred,
    ReasonMissing,
    TestIsOver,
)
from core.clock import ManualClock
from core.db import db, transaction
from testing_center.models.sittings import Participant, Sitting
from testing_center.services import registration
from tests import closing
from tests.candidates import Candidate
from tests.factories import Make


@pytest.fixture
def admin(make: Make) -> User:
    """A test administrator."""
    return make.user(Role.TEST_ADMINISTRATOR)


@pytest.fixture
def person(make: Make, admin: User, clock: ManualClock) -> Person:
    """A person known from another competition."""
    sitting, other = make.sitting(people=0, open=False, present=False), make.competition()
    with transaction():
        return registration.register(sitting, other, make.person(), "ky", by=admin, now=clock()).person


def file(competition: Competition, person: Person, by: User, clock: ManualClock) -> Application:
    """File an application."""
    with transaction():
        return services.file_application(competition, person, by=by, now=clock())


def registered(make: Make, sitting: Sitting) -> tuple[Participant, Application]:
    """The first participant of a sitting and their application."""
    participant = make.participants(sitting)[0]
    found = queries.application_of(participant.competition_id, participant.person_id)
    assert found is not None
    return participant, found


@pytest.mark.parametrize("verb", ["admit", "refuse", "withdraw"])
@pytest.mark.parametrize("state", list(ApplicationState))
def test_each_step_is_taken_only_from_where_it_follows(
    make: Make, person: Person, admin: User, clock: ManualClock, state: ApplicationState, verb: str
) -> None:
    wanted = {
        "admit": ApplicationState.ADMITTED, "refuse": ApplicationState.NOT_ADMITTED,
        "withdraw": ApplicationState.WITHDRAWN,
    }[verb]  # fmt: skip
    application = file(make.competition(), person, admin, clock)
    with transaction():
        application.state = state
        application.withdrawn_at = clock() if state == ApplicationState.WITHDRAWN else None
    words = [] if verb == "admit" else ["Арыз № 7"]
    if wanted in APPLICATION_STEPS[state]:
        with transaction():
            getattr(services, verb)(application, *words, by=admin, now=clock())
        assert application.state == wanted
    else:
        with pytest.raises(ApplicationStep):
            getattr(services, verb)(application, *words, by=admin, now=clock())
        assert application.state == state


def test_one_person_applies_once_and_again_after_a_withdrawal(
    make: Make, person: Person, admin: User, clock: ManualClock
) -> None:
    competition = make.competition()
    application = file(competition, person, admin, clock)
    with pytest.raises(ApplicationExists):
        file(competition, person, admin, clock)
    with transaction():
        services.withdraw(application, "Арыз", by=admin, now=clock())
    assert file(competition, person, admin, clock).id == application.id
    assert application.state == ApplicationState.FILED


def test_the_last_day_is_in_time_and_the_day_after_is_not(
    make: Make, person: Person, admin: User, clock: ManualClock
) -> None:
    competition = make.competition()
    with transaction():
        competition.applications_until = date(2026, 11, 28)
    clock.advance(timedelta(hours=13, minutes=59, seconds=59))  # 23:59:59 in Bishkek
    file(competition, person, admin, clock)
    other = make.competition()
    with transaction():
        other.applications_until = date(2026, 11, 28)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(ApplicationsClosed):
        file(other, person, admin, clock)


def test_who_is_barred_neither_applies_nor_is_admitted(
    make: Make, person: Person, admin: User, clock: ManualClock
) -> None:
    application = file(make.competition(), person, admin, clock)
    with transaction():
        db.session.add(
            Bar(
                person_id=person.id, failed_on=date(2026, 11, 28), returns_on=date(2027, 11, 28), created_at=clock(),
                law_version="provisional-1",
            )
        )  # fmt: skip
    with pytest.raises(Barred):
        file(make.competition(), person, admin, clock)
    with pytest.raises(Barred):
        services.admit(application, by=admin, now=clock())


@pytest.mark.parametrize("verb", ["refuse", "withdraw"])
def test_a_refusal_has_a_reason_and_a_withdrawal_a_letter(
    make: Make, person: Person, admin: User, clock: ManualClock, verb: str
) -> None:
    application = file(make.competition(), person, admin, clock)
    with pytest.raises(ReasonMissing):
        getattr(services, verb)(application, "  ", by=admin, now=clock())


def test_whoever_is_registered_directly_has_an_admitted_application(make: Make) -> None:
    _participant, application = registered(make, make.sitting(open=False, present=False))
    assert application.state == ApplicationState.ADMITTED


def test_who_was_not_admitted_is_not_registered(make: Make, person: Person, admin: User, clock: ManualClock) -> None:
    competition, sitting = make.competition(), make.sitting(people=0, open=False, present=False)
    application = file(competition, person, admin, clock)
    with transaction():
        services.refuse(application, "Документ жетишсиз", by=admin, now=clock())
    data = make.person(personal_number="20000000009999")
    with transaction():
        known = registration.register(sitting, make.competition(), data, "ky", by=admin, now=clock()).person_id
    with transaction():
        other = services.file_application(competition, db.session.get_one(Person, known), by=admin, now=clock())
        services.refuse(other, "Документ жетишсиз", by=admin, now=clock())
    with pytest.raises(ApplicationStep):
        registration.check_registration(
            make.sitting(people=0, open=False, present=False), competition, data, now=clock()
        )


def test_with_the_application_goes_the_registration_and_its_code(make: Make, admin: User, clock: ManualClock) -> None:
    participant, application = registered(make, make.sitting(open=False, present=False))
    with transaction():
        services.withdraw(application, "Арыз", by=admin, now=clock())
    assert participant.withdrawn_at == clock()


@pytest.mark.parametrize("closed", [False, True])
def test_once_the_test_has_begun_nobody_withdraws(make: Make, admin: User, clock: ManualClock, closed: bool) -> None:
    sitting = make.sitting(people=1)
    candidate = Candidate(clock, make.codes(sitting)[0]).enter().start()
    if closed:
        candidate.submit()
        with transaction():
            closing.close(db.session.get_one(Sitting, sitting.id), by=admin, now=clock())
    participant, application = registered(make, sitting)
    known: UUID = participant.id
    with pytest.raises(TestIsOver):
        services.withdraw(application, "Арыз", by=admin, now=clock())
    db.session.rollback()
    assert db.session.get_one(Participant, known).withdrawn_at is None
