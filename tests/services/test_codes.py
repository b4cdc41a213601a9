"""Codes: issued at random, printed under record, of one use, replaceable, unlockable (¶24)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from testing_center import staff_queries
from testing_center.models.sittings import CandidateCode, Sitting
from testing_center.rules.codes import CodesNotPrintable, CodeStatus, InvalidCode, ReasonNeeded, is_well_formed
from testing_center.rules.delivery import AttemptClosed, ContinuedElsewhere
from testing_center.rules.sittings import SittingAlreadyOpen
from testing_center.services import codes, delivery, entry, hall, printing
from testing_center.services.links import open_link
from tests import closing


@pytest.fixture
def admin(make):
    return make.user(Role.TEST_ADMINISTRATOR)


def get(sitting) -> Sitting:
    return db.session.get_one(Sitting, sitting.id)


def rows(sitting):
    found = select(CandidateCode).where(CandidateCode.sitting_id == sitting.id).order_by(CandidateCode.ordinal)
    return list(db.session.scalars(found))


def text_of(pdf: bytes) -> str:
    from io import BytesIO

    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def entries(action):
    query = select(audit.AuditEntry).where(audit.AuditEntry.action == action)
    return list(db.session.scalars(query.order_by(audit.AuditEntry.number)))


def test_everybody_gets_one_code_and_a_second_issue_gives_nobody_another(make, clock, admin):
    sitting = make.sitting(people=5, open=False)
    with transaction():
        assert codes.issue_codes(get(sitting), by=admin, now=clock()) == 0
    assert len(rows(sitting)) == 5
    assert {open_link(get(sitting), row).participant_id for row in rows(sitting)} == {
        participant.id for participant in make.participants(sitting)
    }


def test_the_database_holds_no_code_that_can_be_read(make, clock, admin):
    sitting = make.sitting(people=3, open=False)
    printed = make.codes(sitting)
    assert all(is_well_formed(code) for code in printed)
    stored = b"".join(row.lookup + (row.code_sealed or b"") + row.link_sealed for row in rows(sitting))
    assert not any(code.encode() in stored for code in printed)


def test_a_sealed_code_does_not_open_in_another_row(make):
    one, other = rows(make.sitting(people=2, open=False))
    one.link_sealed = other.link_sealed
    with pytest.raises(Exception, match="link"):
        open_link(one.sitting, one)
    db.session.rollback()


def test_slips_bear_seat_and_code_but_no_name_and_every_print_is_recorded(make, clock, admin):
    sitting = make.sitting(people=9, open=False)
    with transaction():
        pdf = printing.slips_pdf(get(sitting), reason="", by=admin, now=clock())
    text = text_of(pdf)
    assert all(f"орун / место: {seat}" in text for seat in range(1, 10)) and "Үсөнбаева" not in text
    printed = make.codes(sitting)
    assert all(f"{code[:4]} {code[4:8]} {code[8:12]} {code[12:]}" in text for code in printed)
    assert [audit.facts(entry)["count"] for entry in entries("codes.printed")] == [9, 9]


def test_a_reprint_needs_a_reason(make, clock, admin):
    sitting = make.sitting(open=False)
    assert not staff_queries.needs_reason(get(sitting))
    with transaction():
        codes.slips_to_print(get(sitting), reason="", by=admin, now=clock())
    assert staff_queries.needs_reason(get(sitting))
    with pytest.raises(ReasonNeeded), transaction():
        codes.slips_to_print(get(sitting), reason="  ", by=admin, now=clock())
    with transaction():
        codes.slips_to_print(get(sitting), reason="принтер тыгылып калды", by=admin, now=clock())
    assert audit.facts(entries("codes.printed")[-1])["reason"] == "принтер тыгылып калды"


def test_the_envelope_list_names_people_and_holds_no_code(make, clock, admin):
    sitting = make.sitting(people=3, open=False)
    with transaction():
        pdf = printing.envelopes_pdf(get(sitting), by=admin, now=clock())
    text = text_of(pdf)
    assert text.count("Үсөнбаева") == 3
    assert not any(code in text.replace(" ", "") for code in make.codes(sitting))
    assert audit.facts(entries("links.opened")[-1])["purpose"] == "envelope list"


def test_a_lost_slip_is_replaced_and_the_old_code_opens_nothing(make, clock, admin):
    sitting = make.sitting(people=2)
    before, participant = make.codes(sitting), make.participants(sitting)[0]
    with pytest.raises(ReasonNeeded), transaction():
        codes.replace_code(participant, reason="", by=admin, now=clock())
    with transaction():
        codes.replace_code(participant, reason="баракча жоголду", by=admin, now=clock())
    with pytest.raises(InvalidCode):
        entry.enter(before[0], "", "10.0.0.1", now=clock())
    after = make.codes(sitting)
    assert after[1] == before[1] and after[0] != before[0]
    assert entry.enter(after[0], "", "10.0.0.1", now=clock()).number.endswith("-003")


def test_a_used_code_is_not_replaced_or_printed(make, clock, admin):
    sitting = make.sitting(people=1)
    entry.enter(make.codes(sitting)[0], "", "10.0.0.1", now=clock())
    with pytest.raises(CodesNotPrintable), transaction():
        codes.replace_code(make.participants(sitting)[0], reason="жоголду", by=admin, now=clock())
    with pytest.raises(CodesNotPrintable), transaction():
        codes.slips_to_print(get(sitting), reason="кайра", by=admin, now=clock())
    assert staff_queries.code_counts(get(sitting)) == {CodeStatus.REDEEMED: 1}


def test_no_code_is_issued_in_a_closed_sitting(make, clock, admin):

    sitting = make.sitting()
    with transaction():
        closing.close(get(sitting), by=admin, now=clock())
    with pytest.raises(SittingAlreadyOpen), transaction():
        codes.issue_codes(get(sitting), by=admin, now=clock())


def test_ten_failures_lock_a_code_until_it_is_unlocked(make, clock, admin):
    sitting = make.sitting(people=1)
    code = make.codes(sitting)[0]
    for number in range(10):  # a good code with a token is wrong before it was used
        with pytest.raises(InvalidCode):
            entry.enter(code, "12345678", f"10.0.1.{number}", now=clock())
    assert hall.seat_plan(get(sitting), now=clock()).at(1).state == "locked"
    with pytest.raises(InvalidCode):
        entry.enter(code, "", "10.0.0.1", now=clock())
    with transaction():
        hall.unlock_seat(get(sitting), 1, by=admin, now=clock())
    assert entry.enter(code, "", "10.0.0.1", now=clock()).workstation == "10.0.0.1"
    assert len(entries("code.unlocked")) == 1


def test_a_resume_token_moves_the_test_to_another_workstation_once(make, clock, admin):
    sitting = make.sitting(people=1)
    code = make.codes(sitting)[0]
    attempt_id = entry.enter(code, "", "10.0.0.1", now=clock()).id
    with transaction():
        delivery.start(attempt_id, 1, "ky", now=clock())
    with transaction():
        token = hall.resume_token(get(sitting), 1, reason="компьютер бузулду", by=admin, now=clock())
    assert entry.enter(code, token, "10.0.0.2", now=clock()).epoch == 2
    with pytest.raises(ContinuedElsewhere), transaction():
        delivery.submit(attempt_id, 1, now=clock())
    with pytest.raises(InvalidCode):
        entry.enter(code, token, "10.0.0.3", now=clock())


@pytest.mark.parametrize(("later", "works"), [(timedelta(minutes=10), True), (timedelta(minutes=10, seconds=1), False)])
def test_a_resume_token_lasts_ten_minutes(make, clock, admin, later, works):
    sitting = make.sitting(people=1)
    code = make.codes(sitting)[0]
    entry.enter(code, "", "10.0.0.1", now=clock())
    with transaction():
        token = hall.resume_token(get(sitting), 1, reason="компьютер бузулду", by=admin, now=clock())
    clock.advance(later)
    if works:
        assert entry.enter(code, token, "10.0.0.2", now=clock()).epoch == 2
    else:
        with pytest.raises(InvalidCode):
            entry.enter(code, token, "10.0.0.2", now=clock())


def test_no_resume_token_after_the_end(make, clock, admin):
    sitting = make.sitting(people=1)
    attempt_id = entry.enter(make.codes(sitting)[0], "", "10.0.0.1", now=clock()).id
    with transaction():
        delivery.start(attempt_id, 1, "ky", now=clock())
    with transaction():
        delivery.submit(attempt_id, 1, now=clock())
    with pytest.raises(AttemptClosed), transaction():
        hall.resume_token(get(sitting), 1, reason="дагы", by=admin, now=clock())
