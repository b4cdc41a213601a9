"""What somebody edits behind the program's back of what happened in the hall is found by `audit verify`."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Uuid, bindparam, text

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.acts import ActKind
from testing_center.rules.sittings import Presence
from testing_center.services import acts, extra_time, registration
from tests import closing
from tests.services.test_acts import MINUTE, Hall


def edit(statement: str, **ids: UUID) -> None:
    """Change rows past the program."""
    db.session.rollback()
    with transaction():
        found = db.session.execute(text(statement).bindparams(*(bindparam(name, id, Uuid) for name, id in ids.items())))
        assert found.rowcount > 0, "nothing was edited"


def faults() -> set[str]:
    db.session.rollback()
    return {fault.what for fault in audit.verify()}


@pytest.fixture
def hall(make, clock):
    """Two candidates; their tests stood for four minutes, and then were given ten minutes by decision of two."""
    hall = Hall(make, clock, 2).start()
    hall.ask(ActKind.PAUSE)
    clock.advance(4 * MINUTE)
    hall.ask(ActKind.RESUME)
    hall.ask(ActKind.MESSAGE, wording="Терезени жаптык", by=hall.other)
    hall.confirm(hall.ask(ActKind.EXTEND, minutes=20))
    assert faults() == set()
    return hall


ACT = "an act of staff in the hall was altered"
DECISION = "the decision on an act of staff in the hall was altered"
UNKNOWN = "the trail does not know"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE hall_act SET reason = 'no reason' WHERE kind = 'pause'", ACT),
        ("UPDATE hall_act SET category = 'candidate' WHERE kind = 'pause'", ACT),
        ("UPDATE hall_act SET kind = 'authorise' WHERE kind = 'pause'", ACT),
        ("UPDATE hall_act SET wording = 'Finish!' WHERE kind = 'message'", ACT),
        ("UPDATE hall_act SET asked_by_id = decided_by_id, decided_by_id = asked_by_id WHERE kind = 'extend'", ACT),
        ("UPDATE hall_act SET decided_by_id = NULL WHERE kind = 'extend'", DECISION),
        ("UPDATE hall_act SET status = 'declined', decline_reason = 'No' WHERE kind = 'extend'", DECISION),
        ("DELETE FROM act_target WHERE act_id = (SELECT id FROM hall_act WHERE kind = 'message')", ACT),
        ("UPDATE pause SET act_id = NULL", "a pause is missing or was altered"),
        ("UPDATE pause SET ended_by_act_id = act_id", "the end of a pause was altered"),
        ("DELETE FROM pause", "a pause is missing or was altered"),
        ("UPDATE extension SET act_id = (SELECT id FROM hall_act WHERE kind = 'message') WHERE kind = 'extension'",
         "time that was given was altered"),
        ("UPDATE extension SET at = '2020-01-01 00:00:00+00:00' WHERE kind = 'pause'",
         "time that was given was altered"),
        ("DELETE FROM extension WHERE kind = 'pause'", "time that was given is missing from the record"),
        ("UPDATE attempt SET extra_minutes = 30",
         "the time of this attempt was altered: the record has some that the trail does not know"),
        ("UPDATE participant SET presence = 'absent'", "the presence of a participant was altered"),
        ("UPDATE participant SET presence_by_id = NULL", "the presence of a participant was altered"),
        ("UPDATE participant SET presence_reason = 'No passport'", "the presence of a participant was altered"),
    ],
)  # fmt: skip
def test_an_edited_row_of_the_hall_is_found(hall, statement, said):
    edit(statement)
    assert said in faults()


def test_moments_are_compared_too(hall):
    pause, act = "UPDATE pause SET began_at = :at", "UPDATE hall_act SET asked_at = :at WHERE kind = 'pause'"
    for statement, said in ((pause, "a pause is missing or was altered"), (act, ACT)):
        with transaction():
            moment = (hall.clock() - 9 * MINUTE).replace(tzinfo=None).isoformat(" ")
            db.session.execute(text(statement), {"at": moment})
        assert said in faults()


def test_the_moment_at_which_a_clock_stopped_is_that_of_the_pause(hall):
    hall.ask(ActKind.PAUSE)
    edit("UPDATE attempt SET paused_at = '2020-01-01 00:00:00+00:00'")
    assert faults() == {"the moment at which the clock of an attempt stopped was altered"}


def test_the_command_says_it_and_fails(app, hall):
    assert app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0
    edit("UPDATE hall_act SET reason = 'no reason' WHERE kind = 'pause'")
    told = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert told.exit_code == 1 and ACT in told.output


def test_rows_that_nobody_recorded_are_found(hall):
    act, pause, extension = (
        f"INSERT INTO {table} SELECT * FROM (SELECT * FROM {table} LIMIT 1) AS one"
        for table in ("hall_act", "pause", "extension")
    )
    for statement in (act, pause, extension):
        table = statement.split()[2]
        edit_copy(table)
    assert {
        "an act of staff in the hall is there that the trail does not know",
        "a pause is there that the trail does not know",
        "the time of this attempt was altered: the record has some that the trail does not know",
    } <= faults()


def edit_copy(table: str, like: UUID | None = None, **changes: object) -> None:
    """A second row like this one (any one, unless named) but for the changes, under an id of its own."""
    found = db.metadata.tables[table]
    with transaction():
        rows = found.select() if like is None else found.select().where(found.c.id == like)
        row = dict(db.session.execute(rows.limit(1)).mappings().one())
        db.session.execute(found.insert().values(row | {"id": UUID(int=7)} | changes))


def test_an_act_that_waits_stays_as_it_was_asked_for(hall):
    hall.ask(ActKind.EXTEND, minutes=20)
    assert faults() == set()
    edit("UPDATE hall_act SET status = 'done' WHERE status = 'waiting'")
    assert "an act of staff in the hall is decided, and the trail does not know of it" in faults()


def test_what_a_second_person_declined_stays_declined(hall):
    act = hall.ask(ActKind.EXTEND, minutes=20)
    with transaction():
        acts.decline(db.session.get_one(type(act), act.id), reason="no", by=hall.other, now=hall.clock())
    assert faults() == set()
    edit("UPDATE hall_act SET decline_reason = 'Later' WHERE status = 'declined'")
    assert faults() == {DECISION}
    edit("UPDATE hall_act SET status = 'done', decline_reason = NULL WHERE status = 'declined'")
    assert DECISION in faults()


def test_presence_that_was_written_down_again_holds_and_is_the_last_one(make, clock):
    sitting = make.sitting(people=1)
    proctor, one = make.somebody(Role.PROCTOR), make.participants(sitting)[0]
    for presence, reason in ((Presence.REFUSED, "No passport"), (Presence.PRESENT, ""), (Presence.ABSENT, "")):
        clock.advance(MINUTE)
        with transaction():
            known = db.session.get_one(Participant, one.id)
            registration.set_presence(known, presence, by=proctor, now=clock(), reason=reason)
        assert faults() == set()
    edit("UPDATE participant SET presence = 'present' WHERE id = :id", id=one.id)
    assert faults() == {"the presence of a participant was altered"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("extra_minutes = 60", "the extra time of a participant was altered"),
        ("extra_reason = 'another document'", "the extra time of a participant was altered"),
        ("extra_by_id = registered_by_id", "who granted the extra time of a participant was altered"),
    ],
)
def test_extra_time_is_what_was_granted(make, clock, change, said):
    sitting = make.sitting(people=1, open=False, present=False)
    one, officer = make.participants(sitting)[0], make.user(Role.TEST_ADMINISTRATOR)
    with transaction():
        known = db.session.get_one(Participant, one.id)
        extra_time.grant(known, 30, reason="Справка № 7", by=officer, now=clock())
    assert faults() == set()
    edit(f"UPDATE participant SET {change} WHERE id = :id", id=one.id)
    assert faults() == {said}
    with transaction():
        known = db.session.get_one(Participant, one.id)
        extra_time.take_back(known, reason="Жаңылыштык", by=officer, now=clock() + timedelta(minutes=1))
    assert faults() == set()


def test_after_the_closing_what_waited_has_lapsed_and_the_record_holds(hall, make, clock):
    hall.ask(ActKind.EXTEND, minutes=20)
    for candidate in hall.candidates:
        candidate.submit()
    with transaction():
        closing.close(hall.sitting, by=hall.proctor, now=clock())
    assert db.session.get_one(Sitting, hall.sitting_id).closed_at
    assert faults() == set()
    edit("UPDATE hall_act SET status = 'done' WHERE status = 'lapsed'")
    assert "an act of staff in the hall is decided, and the trail does not know of it" in faults()
