"""Extra time as an accommodation: granted to a person beforehand, recorded, there from the start of the test."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from testing_center.models.sittings import Participant
from testing_center.rules.acts import MinutesInvalid
from testing_center.rules.codes import ReasonNeeded
from testing_center.rules.sittings import AlreadyWithdrawn, NoExtraTime, SittingAlreadyOpen
from testing_center.services import extra_time, registration, seating, sittings
from tests.candidates import Candidate
from tests.rules.reading import text

DOCUMENT = "Справка № 7, 12.11.2026"


@pytest.fixture
def planned(make):
    """A sitting in preparation with one person."""
    sitting = make.sitting(people=1, open=False, present=False)
    return sitting, make.participants(sitting)[0]


def grant(participant, by, now, minutes=30, reason=DOCUMENT):
    with transaction():
        found = db.session.get_one(Participant, participant.id)
        extra_time.grant(found, minutes, reason=reason, by=by, now=now)
    return found


def take_back(participant, by, now, reason="Жаңылыштык."):
    with transaction():
        found = db.session.get_one(Participant, participant.id)
        extra_time.take_back(found, reason=reason, by=by, now=now)
    return found


@pytest.mark.parametrize("minutes", [1, 240])
def test_an_administrator_grants_minutes_with_a_document_and_it_is_recorded(make, clock, planned, minutes):
    admin = make.somebody(Role.TEST_ADMINISTRATOR)
    one = grant(planned[1], admin, clock(), minutes)
    assert (one.extra_minutes, one.extra_reason, one.extra_by.id, one.extra_at) == (
        minutes, DOCUMENT, admin.id, clock(),
    )  # fmt: skip
    entry = db.session.scalars(
        db.select(audit.AuditEntry).where(audit.AuditEntry.action == "participant.extra_granted")
    ).one()
    assert audit.facts(entry)["minutes"] == minutes and entry.subject == f"participant:{one.id}"


@pytest.mark.parametrize("minutes", [0, -5, 241])
def test_minutes_are_whole_and_at_most_four_hours(make, clock, planned, minutes):
    with pytest.raises(MinutesInvalid):
        grant(planned[1], make.somebody(Role.TEST_ADMINISTRATOR), clock(), minutes)


def test_without_a_document_nothing_is_granted(make, clock, planned):
    with pytest.raises(ReasonNeeded):
        grant(planned[1], make.somebody(Role.TEST_ADMINISTRATOR), clock(), reason="  ")


def test_another_grant_takes_the_place_of_the_one_before(make, clock, planned):
    admin = make.somebody(Role.TEST_ADMINISTRATOR)
    grant(planned[1], admin, clock(), 30)
    assert grant(planned[1], admin, clock(), 45).extra_minutes == 45


def test_it_is_taken_back_with_a_reason_and_only_where_it_was_granted(make, clock, planned):
    admin = make.somebody(Role.TEST_ADMINISTRATOR)
    with pytest.raises(NoExtraTime):
        take_back(planned[1], admin, clock())
    grant(planned[1], admin, clock())
    with pytest.raises(ReasonNeeded):
        take_back(planned[1], admin, clock(), reason=" ")
    one = take_back(planned[1], admin, clock())
    assert (one.extra_minutes, one.extra_reason) == (0, None)


def test_when_the_opening_has_begun_nothing_of_it_changes(make, clock, planned):
    sitting, one = planned
    admin = make.somebody(Role.TEST_ADMINISTRATOR)
    grant(one, admin, clock())
    make.commission(sitting)
    with transaction():
        sittings.confirm_opening(db.session.get_one(sittings.Sitting, sitting.id), by=admin, now=clock())
    for act in (grant, take_back):
        with pytest.raises(SittingAlreadyOpen):
            act(one, admin, clock())


def test_who_withdrew_is_granted_nothing(make, clock, planned):
    admin = make.somebody(Role.TEST_ADMINISTRATOR)
    with transaction():
        registration.withdraw(db.session.get_one(Participant, planned[1].id), reason="Өзү.", by=admin, now=clock())
    with pytest.raises(AlreadyWithdrawn):
        grant(planned[1], admin, clock())


def test_the_test_of_this_person_lasts_longer_and_the_trail_holds(make, clock, planned):
    sitting, one = planned
    grant(one, make.somebody(Role.TEST_ADMINISTRATOR), clock())
    make.open(sitting)
    make.present(sitting)
    attempt = Candidate(clock, make.codes(sitting)[0]).enter().start().attempt
    assert attempt.deadline_at == clock() + timedelta(minutes=90)
    assert not list(audit.verify())


def test_the_attendance_sheet_says_how_much_and_not_why(make, clock, planned):
    sitting, one = planned
    admin = make.somebody(Role.TEST_ADMINISTRATOR)
    grant(one, admin, clock())
    with transaction():
        read = text(seating.attendance_pdf(db.session.get_one(sittings.Sitting, sitting.id), by=admin, now=clock()))
    assert "(+30 мүн. / мин.)" in read and "Справка" not in read
