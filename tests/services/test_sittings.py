"""A sitting from planning to its summary protocol (¶22–24)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts.rules import Role
from core import audit
from core.db import db, transaction
from core.errors import Refusal
from core.i18n import force_locale
from question_bank.rules import SpecificationNotApproved, SpecificationStatus
from testing_center import staff_queries
from testing_center.models.attempts import Attempt
from testing_center.models.sittings import CandidateCode, Participant, Sitting
from testing_center.rules.codes import CodeStatus
from testing_center.rules.delivery import EndKind
from testing_center.rules.sittings import (
    AttemptsRunning,
    FormsMissing,
    IncidentCategory,
    NotProctorHere,
    NotReady,
    NumberTaken,
    Presence,
    ProctorMissing,
    SecondPersonNeeded,
    SittingAlreadyOpen,
    SittingNotRunning,
    SittingStatus,
)
from testing_center.services import delivery, entry, hall, printing, saving, sittings
from testing_center.sheets import get_sheet
from tests import closing


def begin(sitting, code, clock, *, address="10.0.0.1"):
    """Enter and start; returns the attempt's id."""
    attempt = entry.enter(code, "", address, now=clock()).id
    with transaction():
        delivery.start(attempt, 1, "ky", now=clock())
    return attempt


def answer(attempt_id, position, choice, clock):
    attempt = db.session.get_one(Attempt, attempt_id)
    place = attempt.order["items"][position - 1]
    option = get_sheet(attempt.form_id).items[place].options[choice].id
    saving.save(attempt_id, 1, position, [option], revision=1, flagged=False, now=clock())


def get(sitting) -> Sitting:
    return db.session.get_one(Sitting, sitting.id)


def actions(subject=None):
    query = select(audit.AuditEntry.action).order_by(audit.AuditEntry.number)
    return list(db.session.scalars(query.where(audit.AuditEntry.subject == subject) if subject else query))


# --- planning


@pytest.fixture
def plan(make, clock):
    """Plan a sitting with some of its parts changed."""

    def run(**changes):
        specification = changes.pop("specification", None) or make.specification()
        parts = {
            "number": "Т-2026-001", "forms": make.forms(specification), "proctors": [make.user(Role.PROCTOR)],
            "room": make.room(3),
        } | changes  # fmt: skip
        with transaction():
            return sittings.plan_sitting(
                parts["number"], specification, parts["room"], clock() + timedelta(hours=1), parts["forms"],
                parts["proctors"], by=make.user(Role.TEST_ADMINISTRATOR), now=clock(),
            )  # fmt: skip

    return run


def test_a_sitting_needs_an_approved_specification(make, plan):
    specification = make.specification()
    forms = make.forms(specification)
    with transaction():
        specification.status, specification.approved_at, specification.approved_by_id = (
            SpecificationStatus.SUBMITTED, None, None,
        )  # fmt: skip
    with pytest.raises(SpecificationNotApproved):
        plan(specification=specification, forms=forms)


def test_a_sitting_needs_sealed_forms_of_its_own_specification(make, plan):
    with pytest.raises(FormsMissing):
        plan(forms=[])
    with pytest.raises(FormsMissing):
        plan(forms=make.forms(make.specification()))


def test_a_sitting_needs_a_proctor_and_a_number_of_its_own(plan):
    with pytest.raises(ProctorMissing):
        plan(proctors=[])
    plan()
    with pytest.raises(NumberTaken):
        plan()


def test_numbers_go_on_within_the_year(plan):
    assert staff_queries.next_number(2026) == "Т-2026-001"
    plan(number="Т-2026-117")
    assert staff_queries.next_number(2026) == "Т-2026-118"
    assert staff_queries.next_number(2027) == "Т-2027-001"


def test_proctors_change_until_the_sitting_opens(make, clock):
    sitting, other, admin = make.sitting(open=False), make.user(Role.PROCTOR), make.user(Role.TEST_ADMINISTRATOR)
    with transaction():
        sittings.appoint_proctors(get(sitting), [other], by=admin, now=clock())
    assert [user.id for user in get(sitting).proctors] == [other.id]
    with pytest.raises(ProctorMissing), transaction():
        sittings.appoint_proctors(get(sitting), [], by=admin, now=clock())
    make.open(sitting)
    with pytest.raises(SittingAlreadyOpen), transaction():
        sittings.appoint_proctors(get(sitting), [other], by=admin, now=clock())


# --- opening


def test_two_persons_open_a_sitting_and_both_are_recorded(make, clock):
    sitting, one, two = make.sitting(open=False), make.user(Role.PROCTOR), make.user(Role.TEST_ADMINISTRATOR)
    make.commission(sitting)
    with transaction():
        assert sittings.confirm_opening(get(sitting), by=one, now=clock()).status == SittingStatus.OPENING
    first = clock()
    clock.advance(timedelta(minutes=5))
    with transaction():
        assert sittings.confirm_opening(get(sitting), by=two, now=clock()).status == SittingStatus.OPEN
    opened = get(sitting)
    assert (opened.opening_by_id, opened.opening_at, opened.opened_by_id, opened.opened_at) == (
        one.id, first, two.id, clock(),
    )  # fmt: skip
    assert actions(f"sitting:{sitting.id}")[-2:] == ["sitting.opening_confirmed", "sitting.opened"]


def test_one_person_alone_does_not_open_a_sitting(make, clock):
    sitting, one = make.sitting(open=False), make.user(Role.PROCTOR)
    make.commission(sitting)
    with transaction():
        sittings.confirm_opening(get(sitting), by=one, now=clock())
    with pytest.raises(SecondPersonNeeded), transaction():
        sittings.confirm_opening(get(sitting), by=one, now=clock())
    assert get(sitting).status == SittingStatus.OPENING


def test_a_sitting_without_participants_or_codes_is_not_opened_and_the_sentence_names_what_is_missing(make, clock):
    sitting = make.sitting(people=0, open=False)
    make.commission(sitting)
    with pytest.raises(NotReady) as refused, transaction():
        sittings.confirm_opening(get(sitting), by=make.user(Role.PROCTOR), now=clock())
    assert refused.value.params == {"missing": "participants"}
    sitting = make.sitting(open=False)
    make.commission(sitting)
    with transaction():
        db.session.execute(db.update(CandidateCode).values(status=CodeStatus.REVOKED))
    with pytest.raises(NotReady) as refused, transaction():
        sittings.confirm_opening(get(sitting), by=make.user(Role.PROCTOR), now=clock())
    assert refused.value.params == {"missing": "codes"}
    with force_locale("en"):
        assert str(refused.value).endswith("Missing: codes for every participant")


def test_an_open_sitting_is_not_opened_again(make, clock):
    with pytest.raises(SittingAlreadyOpen), transaction():
        sittings.confirm_opening(get(make.sitting()), by=make.user(Role.PROCTOR), now=clock())


def test_the_opening_sheet_exists_only_after_the_opening_and_says_who_was_registered_then(make, clock):
    sitting, admin = make.sitting(open=False, people=3), make.user(Role.TEST_ADMINISTRATOR)
    with pytest.raises(SittingNotRunning), transaction():
        printing.opening_pdf(get(sitting), by=admin, now=clock())
    make.open(sitting)
    with transaction():
        first = printing.opening_pdf(get(sitting), by=admin, now=clock())
    with transaction():
        db.session.get_one(Participant, make.participants(sitting)[0].id).withdrawn_at = clock()
    clock.advance(timedelta(hours=1))
    with transaction():
        assert printing.opening_pdf(get(sitting), by=admin, now=clock()) == first
    assert actions(f"sitting:{sitting.id}").count("opening_sheet.printed") == 2


# --- who runs it


def test_only_its_own_proctors_and_administrators_run_a_sitting(make):
    sitting = make.sitting()
    proctor, stranger, admin = get(sitting).proctors[0], make.user(Role.PROCTOR), make.user(Role.TEST_ADMINISTRATOR)
    assert staff_queries.get_sitting_to_run(sitting.id, proctor).id == sitting.id
    assert staff_queries.get_sitting_to_run(sitting.id, admin).id == sitting.id
    with pytest.raises(NotProctorHere):
        staff_queries.get_sitting_to_run(sitting.id, stranger)


# --- closing


def test_a_sitting_is_not_closed_while_somebody_works(make, clock):
    sitting = make.sitting()
    begin(sitting, make.codes(sitting)[0], clock)
    with pytest.raises(AttemptsRunning) as refused, transaction():
        closing.close(get(sitting), by=make.user(Role.PROCTOR), now=clock())
    assert refused.value.params == {"n": 1}


def test_a_test_whose_time_is_over_does_not_keep_a_sitting_open_and_ends_at_its_deadline(make, clock):
    sitting = make.sitting()
    attempt_id = begin(sitting, make.codes(sitting)[0], clock)
    clock.advance(timedelta(minutes=60, seconds=30))
    with transaction():
        closing.close(get(sitting), by=make.user(Role.PROCTOR), now=clock())
    attempt = db.session.get_one(Attempt, attempt_id)
    assert attempt.end_kind == EndKind.DEADLINE and attempt.ended_at == clock() - timedelta(seconds=30)


def test_closing_destroys_unused_codes_notes_absence_and_ends_what_never_began(make, clock):
    sitting = make.sitting(people=3, present=False)
    people, codes = make.participants(sitting), make.codes(sitting)
    with transaction():
        for participant in people[:2]:
            participant.presence = Presence.PRESENT
    entered = entry.enter(codes[0], "", "10.0.0.1", now=clock()).id
    with transaction():
        closing.close(get(sitting), by=make.user(Role.PROCTOR), now=clock())
    rows = db.session.scalars(select(CandidateCode).where(CandidateCode.sitting_id == sitting.id)).all()
    assert sorted(row.status for row in rows) == ["expired", "expired", "redeemed"]
    assert all(row.code_sealed is None for row in rows)
    assert [participant.presence for participant in make.participants(sitting)] == ["present", "present", "absent"]
    assert db.session.get_one(Attempt, entered).end_kind == EndKind.NOT_STARTED
    with pytest.raises(SittingNotRunning), transaction():
        closing.close(get(sitting), by=make.user(Role.PROCTOR), now=clock())


def test_the_summary_protocol_names_codes_scores_and_incidents_but_no_candidate(make, clock):
    sitting = make.sitting(people=2, items=5, cut_score=3)
    codes, proctor = make.codes(sitting), get(sitting).proctors[0]
    first = begin(sitting, codes[0], clock)
    for position in range(1, 6):
        answer(first, position, 0, clock)
    with transaction():
        delivery.submit(first, 1, now=clock())
    with transaction():
        sittings.report_incident(get(sitting), IncidentCategory.TECHNICAL, "Жарык өчтү", 1, by=proctor, now=clock())
    with transaction():
        protocol = closing.close(get(sitting), by=proctor, now=clock())
    said = json.loads(protocol.content)
    assert said["counts"] | {"registered": 2, "started": 1, "ended": 1} == said["counts"]
    assert [row["score"] for row in said["attempts"]] == [5] and said["attempts"][0]["outcome"] == "meets"
    assert said["incidents"][0]["text"] == "Жарык өчтү"
    assert all(p.person.surname not in protocol.content for p in make.participants(sitting))
    with transaction():
        pdf = printing.summary_pdf(protocol, now=clock())
    clock.advance(timedelta(days=1))
    with transaction():
        assert printing.summary_pdf(protocol, now=clock()) == pdf and pdf.startswith(b"%PDF")
    assert actions(f"sitting_protocol:{protocol.id}") == ["sitting_protocol.issued", "sitting_protocol.drawn"]


def test_an_altered_summary_protocol_is_found_by_the_check_of_the_chain(make, clock):
    sitting = make.sitting()
    with transaction():
        protocol = closing.close(get(sitting), by=make.user(Role.PROCTOR), now=clock())
    assert not list(audit.verify())
    with transaction():
        protocol.content = protocol.content.replace(sitting.number, "Т-2026-999")
    assert [fault.what for fault in audit.verify()] == ["the content of the summary protocol was altered"]


def test_another_stored_paper_in_the_place_of_the_summary_protocol_is_found(make, clock):
    sitting = make.sitting()
    with transaction():
        protocol = closing.close(get(sitting), by=make.user(Role.PROCTOR), now=clock())
    with transaction():
        printing.summary_pdf(protocol, now=clock())
    assert not list(audit.verify())
    with transaction():
        protocol.pdf = b"%PDF another"
    assert [fault.what for fault in audit.verify()] == ["the PDF of the summary protocol was altered"]


# --- the proctor's view


def test_the_seat_plan_shows_each_state_and_no_score(make, clock):
    sitting = make.sitting(people=6, present=False)
    people, codes = make.participants(sitting), make.codes(sitting)
    with transaction():
        for participant, presence in zip(
            people, ["present", "present", "present", "absent", "refused", "expected"], strict=True
        ):
            participant.presence = Presence(presence)
    working = begin(sitting, codes[0], clock)
    answer(working, 1, 0, clock)
    entry.enter(codes[1], "", "10.0.0.2", now=clock())
    plan = hall.seat_plan(get(sitting), now=clock())
    assert [seat.state for seat in plan.taken] == ["working", "entered", "present", "absent", "refused", "expected"]
    assert plan.at(1).progress.answered == 1 and plan.at(1).remaining == 3600 and plan.first_end == 3600
    clock.advance(timedelta(minutes=60, seconds=1))
    assert hall.seat_plan(get(sitting), now=clock()).at(1).state == "ended"


def test_a_late_answer_is_shown_to_the_proctor(make, clock):
    sitting = make.sitting()
    attempt_id = begin(sitting, make.codes(sitting)[0], clock)
    clock.advance(timedelta(minutes=61))
    answer(attempt_id, 1, 0, clock)
    seat = hall.seat_plan(get(sitting), now=clock()).at(1)
    assert (seat.progress.late, seat.progress.answered, seat.state) == (1, 0, "ended")


def test_a_withdrawn_answer_is_not_counted_as_answered(make, clock):
    sitting = make.sitting()
    attempt_id = begin(sitting, make.codes(sitting)[0], clock)
    answer(attempt_id, 1, 0, clock)
    saving.save(attempt_id, 1, 1, [], revision=2, flagged=False, now=clock())
    assert hall.seat_plan(get(sitting), now=clock()).at(1).progress.answered == 0


def test_a_look_at_the_room_is_recorded_once_a_quarter_of_an_hour_for_each_person(make, clock):
    sitting, one, two = make.sitting(), make.user(Role.PROCTOR), make.user(Role.PROCTOR)
    assert hall.is_look_due(get(sitting), "room", by=one, now=clock())
    with transaction():
        hall.record_look(get(sitting), "room", by=one, now=clock())
    clock.advance(timedelta(minutes=14, seconds=59))
    assert not hall.is_look_due(get(sitting), "room", by=one, now=clock())
    assert hall.is_look_due(get(sitting), "room", by=two, now=clock())
    assert hall.is_look_due(get(sitting), "another purpose", by=one, now=clock())
    clock.advance(timedelta(seconds=1))
    assert hall.is_look_due(get(sitting), "room", by=one, now=clock())


def test_going_on_elsewhere_needs_an_open_sitting_and_a_reason(make, clock):
    sitting, proctor = make.sitting(), make.user(Role.PROCTOR)
    begin(sitting, make.codes(sitting)[0], clock)
    with pytest.raises(Refusal) as refused, transaction():
        hall.resume_token(get(sitting), 1, reason=" ", by=proctor, now=clock())
    assert refused.value.code == "reason_needed"
    with transaction():
        token = hall.resume_token(get(sitting), 1, reason="экран күйбөй калды", by=proctor, now=clock())
    assert len(token) == 8 and token.isdecimal()
