"""¶24: the door. A code is used once, a resume code once more; whoever guesses learns nothing and is slowed down."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from accounts.models import User
from accounts.rules import Role
from core import audit, throttle
from core.db import db, transaction
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import CandidateCode, Sitting
from testing_center.rules import codes as rules
from testing_center.rules.codes import CodeStatus, InvalidCode, TooManyTries, check_digit, new_code
from testing_center.rules.delivery import (
    AttemptStatus,
    PresenceNotConfirmed,
    SittingNotOpen,
)
from testing_center.rules.sittings import Presence
from testing_center.services import codes, delivery, entry, registration
from testing_center.services.links import open_link, participant_of
from tests import closing
from tests.candidates import DESK, Candidate, Meanwhile, at_once

MINUTE, TICK = timedelta(minutes=1), timedelta(microseconds=1)


@pytest.fixture
def sitting(make):
    """An open sitting of two people who are there."""
    return make.sitting(people=2)


@pytest.fixture
def candidate(make, clock, sitting):
    """The person on the first seat with the slip in hand."""
    return Candidate(clock, make.codes(sitting)[0])


def actions(name: str) -> int:
    """How many entries of the trail bear this action."""
    return db.session.scalar(db.select(db.func.count()).select_from(audit.AuditEntry).filter_by(action=name))


def code_row(candidate: Candidate) -> CandidateCode:
    """The row of this candidate's code, as it is now."""
    db.session.rollback()
    return db.session.scalars(
        db.select(CandidateCode)
        .filter_by(lookup=codes.lookup_of(candidate.code))
        .execution_options(populate_existing=True)
    ).one()


def fail(candidate: Candidate, times: int, *, address: str = "10.9.0.{}") -> None:
    """Fail with this candidate's used code, each time at another workstation."""
    for n in range(times):
        with pytest.raises(InvalidCode):
            entry.enter(candidate.code, "", address.format(n), now=candidate.clock())


def token(make, candidate: Candidate) -> str:
    """A resume code from the proctor."""
    by = make.user(Role.PROCTOR)
    with transaction():
        return codes.issue_resume_token(
            candidate.attempt, reason="The computer broke down.", by=by, now=candidate.clock()
        )


# A code opens one attempt


def test_a_code_opens_an_attempt_that_waits_to_be_started(candidate, sitting):
    attempt = candidate.enter().attempt
    assert (attempt.status, attempt.epoch, attempt.started_at, attempt.deadline_at) == (
        AttemptStatus.READY,
        1,
        None,
        None,
    )
    assert attempt.sitting_id == sitting.id
    assert code_row(candidate).status == CodeStatus.REDEEMED


def test_the_sealed_text_of_a_code_is_destroyed_when_it_is_used(candidate):
    assert code_row(candidate).code_sealed is not None
    candidate.enter()
    assert code_row(candidate).code_sealed is None


def test_the_attempt_belongs_to_the_person_on_the_slip(make, candidate, sitting):
    attempt = candidate.enter().attempt
    assert participant_of(attempt).id == make.participants(sitting)[0].id
    assert open_link(sitting, attempt).seat == 1


def test_the_questions_and_options_are_shuffled_for_each_attempt_and_the_order_is_stored(make, clock):
    sitting = make.sitting(people=2, items=20)
    orders = [Candidate(clock, code).enter().attempt.order for code in make.codes(sitting)]
    for order in orders:
        assert sorted(order["items"]) == list(range(1, 21))
        assert all(sorted(options) == [0, 1, 2, 3] for options in order["options"])
    assert orders[0]["items"] != orders[1]["items"] != list(range(1, 21))
    assert orders[0]["options"] != orders[1]["options"] != [[0, 1, 2, 3]] * 20


def test_neighbours_have_different_variants(make, clock):
    sitting = make.sitting(people=3, variants=2, items=3, bank=6)
    forms = [Candidate(clock, code).enter().attempt.form_id for code in make.codes(sitting)]
    assert forms[0] != forms[1] and forms[0] == forms[2]


def test_a_code_is_used_once(candidate):
    candidate.enter()
    with pytest.raises(InvalidCode):
        entry.enter(candidate.code, "", DESK, now=candidate.clock())
    assert db.session.query(Attempt).count() == 1


def test_of_two_who_use_one_code_at_the_same_moment_exactly_one_gets_in(app, candidate):
    def come(address):
        return lambda: entry.enter(candidate.code, "", address, now=candidate.clock()).id

    got = at_once(app, *(come(f"10.0.0.{n}") for n in range(4)))
    assert sum(isinstance(one, UUID) for one in got) == 1
    assert sum(isinstance(one, InvalidCode) for one in got) == 3
    assert db.session.query(Attempt).count() == 1
    assert actions("code.redeemed") == 1


def test_the_sitting_does_not_close_over_somebody_who_is_just_entering(app, make, candidate, sitting):
    """Else the summary protocol would not name an attempt that exists."""
    admin_id, sitting_id = make.user(Role.TEST_ADMINISTRATOR).id, sitting.id

    def close():
        with transaction():
            by = db.session.get_one(User, admin_id)
            closing.close(db.session.get_one(Sitting, sitting_id), by=by, now=candidate.clock())

    meanwhile = Meanwhile(app, close)
    with transaction():
        row = db.session.scalars(db.select(CandidateCode).filter_by(lookup=codes.lookup_of(candidate.code))).one()
        attempt_id = entry._admit(row, "", DESK, False, now=candidate.clock()).id
        meanwhile.begin()
    assert meanwhile.end() is None
    candidate.attempt_id = attempt_id
    assert candidate.attempt.status == AttemptStatus.ENDED
    assert code_row(candidate).status == CodeStatus.REDEEMED


# Whoever guesses learns nothing


def test_unknown_wrong_used_revoked_and_locked_codes_and_those_of_another_room_are_refused_alike(make, clock):
    sitting = make.sitting(people=4)
    far = make.sitting(people=1)
    with transaction():
        db.session.get_one(Sitting, far.id).room.address_ranges = "172.16.0.0/16"
    used, revoked, locked, good = (Candidate(clock, code) for code in make.codes(sitting))
    used.enter()
    with transaction():
        codes.revoke(code_row(revoked), reason="lost", now=clock())
    for _ in range(rules.LOCK_CODE_AFTER):
        throttle.count_failure(codes.lock_key(code_row(locked)), window=None, now=clock())
    slip = good.code[:-1] + str((int(good.code[-1]) + 1) % 10)
    said = []
    for n, typed in enumerate([new_code(), slip, "", "abc", used.code, revoked.code, locked.code, make.codes(far)[0]]):
        with pytest.raises(InvalidCode) as refused:
            entry.enter(typed, "", f"10.1.0.{n}", now=clock())
        said.append((refused.value.code, refused.value.status, str(refused.value), refused.value.params))
    assert len({repr(one) for one in said}) == 1
    good.enter()


def test_a_code_of_a_sitting_that_has_closed_is_refused_alike(make, clock, candidate, sitting):
    by = make.user(Role.TEST_ADMINISTRATOR)
    with transaction():
        closing.close(sitting, by=by, now=clock())
    with pytest.raises(InvalidCode):
        candidate.enter()
    assert code_row(candidate).status == CodeStatus.EXPIRED and code_row(candidate).code_sealed is None


def test_a_code_counts_only_in_the_room_of_its_sitting(make, clock):
    sitting = make.sitting(people=1)
    with transaction():
        db.session.get_one(Sitting, sitting.id).room.address_ranges = "192.168.10.0/24"
    candidate = Candidate(clock, make.codes(sitting)[0])
    with pytest.raises(InvalidCode):
        candidate.enter(address="192.168.11.7")
    candidate.enter(address="192.168.10.7")


def test_a_resume_code_does_not_open_a_code_that_was_not_used(candidate):
    with pytest.raises(InvalidCode):
        candidate.enter("12345678")
    candidate.enter()


def test_spaces_and_hyphens_in_a_code_do_not_matter(candidate):
    candidate.code = f" {candidate.code[:4]} {candidate.code[4:8]}-{candidate.code[8:12]} {candidate.code[12:]} "
    assert candidate.enter().epoch == 1


# Too early: the code stays good


def test_before_the_sitting_opens_nobody_enters_and_the_code_stays_good(make, clock):
    sitting = make.sitting(people=1, open=False, present=False)
    candidate = Candidate(clock, make.codes(sitting)[0])
    with pytest.raises(SittingNotOpen):
        candidate.enter()
    make.open(sitting)
    make.present(sitting)
    candidate.enter()


def test_22_an_opened_sitting_lets_nobody_in_before_its_scheduled_time(make, clock):
    """Both sides of the moment; the code stays good."""
    candidate = Candidate(clock, make.codes(make.sitting(people=1, starts_in=MINUTE))[0])
    clock.advance(MINUTE - TICK)
    with pytest.raises(SittingNotOpen):
        candidate.enter()
    clock.advance(TICK)
    candidate.enter()


def test_who_was_not_recognised_does_not_enter_until_the_proctor_confirms(make, clock):
    sitting = make.sitting(people=1, present=False)
    candidate = Candidate(clock, make.codes(sitting)[0])
    for presence in (None, Presence.REFUSED):
        if presence:
            by = make.user(Role.PROCTOR)
            with transaction():
                registration.set_presence(make.participants(sitting)[0], presence, by=by, now=clock())
        with pytest.raises(PresenceNotConfirmed):
            candidate.enter()
    make.present(sitting)
    assert code_row(candidate).status == CodeStatus.ISSUED
    candidate.enter()


# Slowing down


def test_a_typing_slip_costs_the_code_nothing(make, clock, candidate):
    slip = candidate.code[:-1] + str((int(candidate.code[-1]) + 1) % 10)
    for _ in range(20):
        with pytest.raises(InvalidCode):
            entry.enter(slip, "", DESK, now=clock())
    assert throttle.failures(codes.lock_key(code_row(candidate)), window=None, now=clock())[0] == 0
    candidate.enter()


def test_ten_failures_in_a_row_lock_a_code_until_the_proctor_unlocks_it(make, clock, candidate):
    candidate.enter()
    fail(candidate, rules.LOCK_CODE_AFTER - 1)
    leave = token(make, candidate)
    fail(candidate, 1)
    with pytest.raises(InvalidCode):
        candidate.enter(leave)
    by = make.user(Role.PROCTOR)
    with transaction():
        codes.unlock(code_row(candidate), by=by, now=clock())
    assert candidate.enter(leave).epoch == 2


def test_nine_failures_do_not_lock_a_code(make, candidate):
    candidate.enter()
    fail(candidate, rules.LOCK_CODE_AFTER - 1)
    assert candidate.enter(token(make, candidate)).epoch == 2


def test_only_failures_in_a_row_count(make, clock, candidate):
    """A success in between begins the count anew."""
    for n in range(rules.LOCK_CODE_AFTER - 1):
        with pytest.raises(InvalidCode):
            entry.enter(candidate.code, "12345678", f"10.8.0.{n}", now=clock())
    candidate.enter()
    fail(candidate, 1)
    assert candidate.enter(token(make, candidate)).epoch == 2


def test_thirty_failures_a_minute_stop_a_workstation_and_only_it(make, clock, candidate):
    for _ in range(rules.WORKSTATION_LIMIT):
        with pytest.raises(InvalidCode):
            entry.enter(new_code(), "", DESK, now=clock())
    clock.advance(timedelta(seconds=20))
    with pytest.raises(TooManyTries) as refused:
        candidate.enter()
    assert refused.value.params == {"seconds": 40} and refused.value.status == 429
    candidate.enter(address="192.168.10.8")


@pytest.mark.parametrize(("waited", "lets_in"), [(MINUTE - TICK, False), (MINUTE, True)])
def test_after_a_minute_the_workstation_may_try_again(clock, candidate, waited, lets_in):
    for _ in range(rules.WORKSTATION_LIMIT):
        throttle.count_failure(f"workstation:{DESK}", window=rules.WORKSTATION_WINDOW, now=clock())
    clock.advance(waited)
    if lets_in:
        candidate.enter()
    else:
        with pytest.raises(TooManyTries):
            candidate.enter()


def test_a_slip_of_the_pen_counts_for_the_workstation_too(app, clock):
    for _ in range(rules.WORKSTATION_LIMIT):
        with pytest.raises(InvalidCode):
            entry.enter("1", "", DESK, now=clock())
    with pytest.raises(TooManyTries):
        entry.enter("1", "", DESK, now=clock())


def test_more_than_three_hundred_failures_an_hour_raise_one_alarm_and_block_nobody(make, clock, candidate, sitting):
    counter = f"sitting:{sitting.id}"
    for _ in range(rules.CENTRE_ALARM - 1):
        throttle.count_failure(counter, window=rules.CENTRE_WINDOW, now=clock())
    for alarms, typed in [(0, new_code()), (1, new_code()), (1, new_code())]:
        with pytest.raises(InvalidCode):
            entry.enter(typed, "", DESK, now=clock())
        assert actions("codes.alarm") == alarms
    candidate.enter()


def test_failures_are_counted_even_though_the_entry_itself_left_nothing(clock, candidate):
    with pytest.raises(InvalidCode):
        candidate.enter("12345678")
    assert throttle.failures(f"workstation:{DESK}", window=MINUTE, now=clock())[0] == 1
    assert throttle.failures(codes.lock_key(code_row(candidate)), window=None, now=clock())[0] == 1


def test_the_door_writes_down_who_came_without_a_name(make, candidate):
    attempt = candidate.enter().attempt
    entries = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="code.redeemed")).all()
    assert [audit.facts(one)["attempt"] for one in entries] == [str(attempt.id)]
    assert "Үсөнбаева" not in str([one.body for one in db.session.scalars(db.select(audit.AuditEntry))])
    assert delivery.place_of(attempt.id, 1) in attempt.order["items"] and check_digit(candidate.code) == 0
    assert list(audit.verify()) == []
