"""What somebody edits past the program of a sitting's people, incidents and moves is found by `audit verify`."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from core.crypto import sha256
from core.db import db, transaction
from testing_center.models.attempts import Attempt
from testing_center.models.hall import Pause, Silence
from testing_center.models.sittings import Incident, Participant, Sitting
from testing_center.rules.sittings import IncidentCategory, Presence, Unsat
from testing_center.services import accounting, codes, contacts, delivery, registration, sittings
from tests import closing
from tests.candidates import Candidate
from tests.services.test_acts import MINUTE, Hall
from tests.services.test_hall_witnesses import edit, edit_copy, faults
from tests.web.reading import entries

UNKNOWN = "and the trail does not know of it"
MOVE = "a move to another workstation was altered, or the trail does not know of it"
LEAVE = "the leave to go on at another workstation is missing or was altered"
ENTRY, START = "the entry into an attempt was altered", "the start of this attempt was altered"
REGISTRATION, PLAN = "the registration of a participant was altered", "the plan of a sitting was altered"
SILENCES = "the silences of computers were altered after the closing"
COUNTS = "the competition, round or law of this attempt was altered"
CODE, INCIDENT = "the use of a candidate code was altered", "an incident was altered"


@pytest.fixture
def closed(make, clock):
    """A closed sitting of three: one moved to another workstation, one walked out; there was an incident."""
    hall = Hall(make, clock, 3)
    one, two, three = hall.candidates
    one.start(), two.start()
    clock.advance(MINUTE)
    with transaction():
        attempt = db.session.get_one(Attempt, one.attempt_id)
        token = codes.issue_resume_token(attempt, reason="PC", by=hall.proctor, now=clock())
    clock.advance(MINUTE)
    Candidate(clock, one.code, address="192.168.10.9").enter(token)
    with transaction():
        sittings.report_incident(
            hall.sitting, IncidentCategory.STAFF, "The proctor dictated answers", 1, by=hall.other, now=clock()
        )
        left = [p for p in make.participants(hall.sitting) if p.id not in accounting.whose_test_began(hall.sitting)]
        accounting.explain(left[0], Unsat.LEFT, reason="Walked out", by=hall.proctor, now=clock())
        assert delivery.leave(three.attempt_id, three.epoch, now=clock())
    assert three.attempt.started_at is None
    hall.silent(one, clock(), clock() + MINUTE)
    clock.advance(timedelta(hours=2))
    with transaction():
        closing.close(hall.sitting, by=hall.proctor, now=clock())
    assert faults() == set()
    return hall


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE incident SET text = 'All was calm'", INCIDENT),
        ("UPDATE incident SET category = 'environment'", INCIDENT),
        ("UPDATE incident SET seat = 2", INCIDENT),
        ("UPDATE incident SET at = '2020-01-01 00:00:00+00:00'", INCIDENT),
        ("UPDATE resume_token SET reason = 'tea'", LEAVE),
        ("DELETE FROM resume_token", MOVE),
        ("UPDATE resume_token SET used_at = NULL", MOVE),
        ("UPDATE attempt SET workstation = '10.1.1.1'", "the workstation of an attempt was altered"),
        ("UPDATE attempt SET epoch = 7", "the workstation of an attempt was altered"),
        ("UPDATE attempt SET epoch = 1 WHERE started_at IS NULL", "the workstation of an attempt was altered"),
        ("UPDATE attempt SET entered_at = '2020-01-01 00:00:00+00:00'", ENTRY),
        ("UPDATE attempt SET started_at = '2020-01-01 00:00:00+00:00' WHERE started_at IS NOT NULL", START),
        ("UPDATE candidate_code SET status = 'revoked' WHERE status = 'redeemed'", CODE),
        ("UPDATE sitting SET closed_at = '2030-01-01 00:00:00+00:00'", "the closing of a sitting was altered"),
        ("UPDATE sitting SET opened_at = '2020-01-01 00:00:00+00:00'", "the opening of a sitting was altered"),
        ("DELETE FROM sitting_proctor", "the proctors of a sitting were altered"),
        ("UPDATE participant SET round = 1", REGISTRATION),
        ("UPDATE participant SET language = 'ru'", REGISTRATION),
        ("UPDATE participant SET seat_reason = 'A wheelchair'", "the seat of a participant was altered"),
        ("UPDATE participant SET withdrawn_at = closed_at FROM sitting",
         "whether a registration was withdrawn was altered"),
        ("UPDATE participant SET annulled_at = closed_at FROM sitting",
         "somebody may be registered anew, and the sitting was not annulled"),
        ("UPDATE sitting SET number = 'Т-2025-1'", PLAN),
        ("UPDATE sitting SET starts_at = '2020-01-01 00:00:00+00:00'", PLAN),
        ("UPDATE sitting SET starts_together = TRUE", PLAN),
        ("UPDATE sitting SET created_by_id = opening_by_id", PLAN),
        ("DELETE FROM sitting_form", PLAN),
        ("DELETE FROM silence", SILENCES),
        ("UPDATE silence SET began_at = '2020-01-01 00:00:00+00:00'", SILENCES),
        ("UPDATE sitting SET opening_at = '2020-01-01 00:00:00+00:00'", "who began to open a sitting was altered"),
        ("UPDATE attempt SET round = 1 WHERE started_at IS NOT NULL", COUNTS),
        ("UPDATE attempt SET law_version = 'another' WHERE started_at IS NOT NULL", COUNTS),
        ("UPDATE participant SET registered_by_id = presence_by_id WHERE registered_by_id <> presence_by_id",
         REGISTRATION),
    ],
)  # fmt: skip
def test_an_edited_row_is_found(closed, statement, said):
    edit(statement)
    assert said in faults()


def test_who_proctored_is_compared_with_the_last_appointment(make, clock):
    sitting = make.sitting(people=1, open=False, present=False)
    other = make.somebody("proctor")
    with transaction():
        sittings.appoint_proctors(
            db.session.get_one(Sitting, sitting.id), [other], by=make.somebody("test_administrator"), now=clock()
        )
    assert faults() == set()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("extra_minutes = 120, extra_reason = 'x'", "somebody has extra time that the trail does not know"),
        ("presence = 'present'", f"somebody is marked at the presence check, {UNKNOWN}"),
        ("unsat = 'left', unsat_reason = 'x'", f"it stands written why somebody did not sit, {UNKNOWN}"),
    ],
)
def test_what_is_said_of_a_person_without_an_entry_is_found_before_anybody_enters(make, change, said):
    sitting = make.sitting(people=2, open=False, present=False)
    assert faults() == set()
    edit(f"UPDATE participant SET {change} WHERE id = :id", id=make.participants(sitting)[0].id)
    assert faults() == {said}


def test_an_incident_or_a_move_that_nobody_recorded_is_found(closed):
    row = db.session.scalars(db.select(Incident)).one()
    db.session.rollback()
    with transaction():
        copy = {"number": 2, "text": "x", "at": row.at, "by_id": row.by_id, "category": row.category, "seat": None}
        db.session.add(Incident(id=UUID(int=7), sitting_id=row.sitting_id, **copy))
    edit_copy("resume_token")
    assert {"an incident is there that the trail does not know", MOVE} <= faults()


def test_an_incident_that_is_gone_is_found(closed):
    edit("DELETE FROM incident")
    assert "an incident is missing" in faults()


def test_a_registration_that_is_gone_is_found(closed, make):
    one = make.participants(closed.sitting)[0].id
    edit("DELETE FROM participant WHERE id = :id", id=one)
    assert "a participant is missing" in faults()
    assert db.session.get(Participant, one) is None


def test_the_words_of_an_incident_cannot_be_guessed_from_the_trail(closed):
    [entry] = entries("incident.reported")
    assert "dictated" not in str(entry.body)
    assert sha256(b"The proctor dictated answers").hex() not in str(entry.body)


def test_nobody_takes_the_place_of_another_person_or_counts_for_another_competition(closed, make):
    elsewhere = make.participants(make.sitting(people=1))[0]
    one = make.participants(closed.sitting)[0]
    one, own, other = one.id, one.person_id, elsewhere.person_id
    edit("UPDATE participant SET person_id = :other WHERE id = :one", other=other, one=one)
    assert faults() == {REGISTRATION}
    edit("UPDATE participant SET person_id = :own WHERE id = :one", own=own, one=one)
    assert faults() == set()
    edit("UPDATE participant SET competition_id = :other WHERE id = :one", other=make.competition().id, one=one)
    assert faults() == {REGISTRATION}
    edit("UPDATE attempt SET competition_id = :other WHERE started_at IS NOT NULL", other=make.competition().id)
    assert faults() == {REGISTRATION, COUNTS}


def test_people_attempts_and_pauses_that_nobody_recorded_are_found(closed, make):
    elsewhere = make.sitting(people=1)
    person, code = make.participants(elsewhere)[0].person_id, codes.usable_codes(elsewhere)[0].id
    one = make.participants(closed.sitting)[0].id
    edit_copy("participant", one, person_id=person, seat=9, presence=Presence.EXPECTED, unsat=None, unsat_reason=None)
    assert faults() == {"a participant is there that the trail does not know"}
    edit_copy("attempt", number="Т-2026-1-999", code_id=code)
    assert "an attempt is there that the trail does not know" in faults()
    one, now = closed.candidates[0].attempt_id, closed.clock()
    with transaction():
        db.session.add(Pause(id=UUID(int=7), attempt_id=one, act_id=None, began_at=now))
    assert "a pause is there that the trail does not know" in faults()


def test_who_withdrew_is_not_there_again_without_being_registered(make, clock):
    sitting, by = make.sitting(people=2, open=False, present=False), make.somebody("test_administrator")
    with transaction():
        one = db.session.get_one(Participant, make.participants(sitting)[0].id)
        registration.withdraw(one, reason="Ill", by=by, now=clock())
    assert faults() == set()
    edit("UPDATE participant SET withdrawn_at = NULL")
    assert faults() == {"whether a registration was withdrawn was altered"}


def test_a_page_that_is_heard_again_after_the_closing_changes_nothing_that_was_fixed(closed, clock):
    attempt_id, long = closed.candidates[0].attempt_id, contacts.SILENT_AFTER + MINUTE
    contacts.hear(attempt_id, now=clock())
    clock.advance(long)
    contacts.hear(attempt_id, now=clock())
    clock.advance(long)
    contacts.write(now=clock())
    assert len(db.session.scalars(db.select(Silence)).all()) == 1
    assert faults() == set()
