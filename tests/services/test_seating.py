"""Seats are dealt at random, to each who is registered and to all anew, until codes hold them; papers say who sits."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from sqlalchemy import inspect, select

from accounts.models import User
from accounts.rules import Role
from competitions.models import Competition
from core import audit
from core.db import db, transaction
from testing_center.models.places import Workstation
from testing_center.models.sittings import Participant, Sitting
from testing_center.rules.codes import ReasonNeeded
from testing_center.rules.seating import DealtTooLate, NobodyToSeat, SeatNotFree, neighbours
from testing_center.rules.sittings import SittingAlreadyOpen
from testing_center.services import codes, dealing, registration, seating, sittings
from testing_center.services.dealing import ByHand
from tests.rules.reading import pages, text
from tests.web.reading import entries


@pytest.fixture
def admin(make):
    return make.user(Role.TEST_ADMINISTRATOR)


@pytest.fixture
def planned(make, clock, admin):
    """A planned sitting without codes: people of this many competitions, registered one competition after the other."""

    def of(*people: int, seats: int = 12, variants: int = 1) -> Sitting:
        specification = make.specification()
        forms, room = make.forms(specification, variants), make.room(seats)
        competitions = [make.competition() for _ in people]
        with transaction():
            sitting = sittings.plan_sitting(
                f"Т-2026-{make.number()}", specification, room, clock(), forms, [make.user(Role.PROCTOR)], by=admin,
                now=clock(),
            )  # fmt: skip
            for competition, count in zip(competitions, people, strict=True):
                for _ in range(count):
                    registration.register(
                        sitting, competition, make.person(), "ky", by=admin, now=clock(), random=Random(seats)
                    )
                    db.session.flush()
        return get(sitting)

    return of


def get(sitting: Sitting) -> Sitting:
    """As it stands now; a request in between has let go of the old one."""
    return db.session.get_one(Sitting, inspect(sitting).identity[0])


def deal(sitting: Sitting, admin, clock, seed: int = 7) -> tuple[int, int, int]:
    with transaction():
        return dealing.deal_seats(
            get(sitting), by=db.session.get_one(User, inspect(admin).identity[0]), now=clock(), random=Random(seed)
        )


def seats_of(sitting: Sitting) -> dict:
    rows = db.session.scalars(select(Participant).where(Participant.sitting_id == sitting.id))
    return {one.id: one.seat for one in rows if one.withdrawn_at is None}


def test_everybody_gets_another_seat_of_those_that_can_be_used_and_it_is_recorded(make, clock, admin, planned):
    sitting = planned(6, seats=7)
    before = seats_of(sitting)
    with transaction():
        db.session.scalars(select(Workstation).where(Workstation.seat == 7)).one().is_usable = False
    assert deal(sitting, admin, clock)[0] == 6
    after = seats_of(sitting)
    assert after.keys() == before.keys() and after != before and len(set(after.values())) == 6
    assert set(after.values()) == set(range(1, 7))
    assert audit.facts(entries("seats.dealt")[-1])["count"] == 6
    assert dealing.dealt_at(get(sitting)) == clock()


def test_rivals_who_sat_side_by_side_are_apart_and_each_deal_is_another(clock, admin, planned):
    sitting = planned(6, 6)
    assert deal(sitting, admin, clock) == (12, 0, 16)  # in a full room of two rows with one form every pair has it
    once = seats_of(sitting)
    people = {one.seat: one.competition_id for one in dealing.people_of(get(sitting))}
    assert all(people[seat] != people[other] for seat, other in pairwise(range(1, 7)))
    assert all(people[seat] != people[seat + 6] for seat in range(1, 7))
    deal(sitting, admin, clock, seed=8)
    assert seats_of(sitting) != once


def test_the_rows_of_the_room_say_who_sits_behind_whom(clock, admin, planned):
    sitting = planned(4, 4, seats=8)
    with transaction():
        get(sitting).room.seats_per_row = 4
    assert deal(sitting, admin, clock)[1] == 0
    people = {one.seat: one.competition_id for one in dealing.people_of(get(sitting))}
    assert all(people[seat] != people[seat + 4] for seat in range(1, 5))


def test_who_has_withdrawn_keeps_no_seat(clock, admin, planned):
    sitting = planned(2, seats=2)
    gone = dealing.people_of(get(sitting))[0]
    with transaction():
        registration.withdraw(db.session.get_one(Participant, gone.id), reason="x", by=admin, now=clock())
    assert deal(sitting, admin, clock)[0] == 1


def test_after_codes_are_issued_seats_stay(clock, admin, planned):
    sitting = planned(3)
    assert dealing.may_deal(get(sitting))
    with transaction():
        codes.issue_codes(get(sitting), by=admin, now=clock())
    before = seats_of(sitting)
    with pytest.raises(DealtTooLate):
        deal(sitting, admin, clock)
    assert not dealing.may_deal(get(sitting)) and seats_of(sitting) == before


def registered(sitting: Sitting, competition, make, admin, clock, **how) -> Participant:
    with transaction():
        return registration.register(
            get(sitting), db.session.merge(competition, load=True), make.person(), "ky", by=admin, now=clock(), **how
        )


def same_school(competition: Competition, sitting: Sitting, of: Competition | None = None) -> Competition:
    """Let a competition be for the school of somebody who is registered already."""
    known = (of or dealing.people_of(sitting)[0].competition).id
    found = competition.id
    with transaction():
        one, other = db.session.get_one(Competition, found), db.session.get_one(Competition, known)
        one.school_ky, one.place_ky = f" {other.school_ky.upper()}", other.place_ky
    return db.session.get_one(Competition, found)


def test_nobody_is_seated_in_the_order_of_registration(make, clock, admin, planned):
    """Over many registrations the first one is met on every seat, and never on the one of the list."""
    sitting, met = planned(seats=4), set()
    competition = make.competition()
    for number in range(40):
        one = registered(sitting, competition, make, admin, clock, random=Random(number))
        met.add(one.seat)
        with transaction():
            registration.withdraw(db.session.get_one(Participant, one.id), reason="x", by=admin, now=clock())
    assert met == {1, 2, 3, 4}


def test_whoever_is_registered_gets_a_seat_apart_from_rivals_for_the_same_school_and_keeps_it(
    make, clock, admin, planned
):
    sitting = planned(3, seats=12)  # two rows of six; three who compete for one school, who sit apart
    before = seats_of(sitting)
    beside = neighbours(range(1, 13), 6)
    assert not any(other in beside[seat] for seat in before.values() for other in before.values())
    rival = same_school(make.competition(), get(sitting))
    late = registered(sitting, rival, make, admin, clock)
    free = [seat for seat in range(1, 13) if not {seat, *beside[seat]} & set(before.values())]
    assert not free or late.seat in free
    assert {one: seat for one, seat in seats_of(sitting).items() if one != late.id} == before


def test_two_competitions_for_one_school_are_rivals(make, clock, admin, planned):
    sitting = planned(6, 6)
    assert deal(sitting, admin, clock)[1] == 0
    one, *_rest, last = (person.competition for person in dealing.people_of(get(sitting)))
    other = one if one.id == last.id else last
    for competition in {person.competition for person in dealing.people_of(get(sitting))} - {other}:
        same_school(competition, get(sitting), of=other)
    assert deal(sitting, admin, clock)[1] > 0


def test_a_deal_and_a_draw_can_be_made_again_from_the_seed_in_the_trail(make, clock, admin, planned):
    sitting = planned(5, 4)
    deal(sitting, admin, clock)
    [dealt], drawn = entries("seats.dealt"), entries("participant.registered")
    assert len(drawn) == 9 and all(dealing.is_reproduced(audit.facts(entry)) for entry in (dealt, *drawn))
    other = audit.facts(dealt) | {"seed": "0" * 32}
    assert not dealing.is_reproduced(other)
    assert list(audit.verify()) == []


def test_a_seat_that_was_given_for_a_reason_stays(make, clock, admin, planned):
    sitting = planned(4, seats=6)
    one = dealing.people_of(get(sitting))[0]
    free = dealing.free_seats(get(sitting))[0]
    taken = dealing.people_of(get(sitting))[1].seat
    with pytest.raises(ReasonNeeded), transaction():
        dealing.give_seat(db.session.merge(one), ByHand(free, " "), by=admin, now=clock())
    with pytest.raises(SeatNotFree), transaction():
        dealing.give_seat(db.session.merge(one), ByHand(taken, "Wheelchair"), by=admin, now=clock())
    with transaction():
        dealing.give_seat(db.session.merge(one), ByHand(free, "Wheelchair"), by=admin, now=clock())
    bodies = [entry.body for entry in db.session.scalars(db.select(audit.AuditEntry))]
    assert "Wheelchair" not in str(bodies)  # it tells of health: of the trail, which stays, nobody can read it
    for seed in range(5):
        deal(sitting, admin, clock, seed=seed)
        assert seats_of(sitting)[one.id] == free and len(set(seats_of(sitting).values())) == 4
    assert list(audit.verify()) == []
    with transaction():
        db.session.get_one(Participant, one.id).seat = next(
            seat for seat in range(1, 7) if seat not in seats_of(sitting).values()
        )
    assert {fault.what for fault in audit.verify()} == {"the seat of a participant was altered"}


def test_a_sitting_that_is_open_or_empty_is_not_dealt(make, clock, admin, planned):
    with pytest.raises(SittingAlreadyOpen):
        deal(make.sitting(), admin, clock)
    with pytest.raises(NobodyToSeat):
        deal(planned(), admin, clock)


def test_the_seat_plan_names_everybody_twice_in_the_room_and_in_the_list_and_bears_no_code(make, clock, admin):
    sitting = make.sitting(people=5, open=False)
    with transaction():
        pdf = seating.plan_pdf(get(sitting), by=admin, now=clock())
    said = text(pdf)
    assert said.count("Үсөнбаева Ө. Ы.") == 5 and said.count("Үсөнбаева Өкүмкан Ыңтымаковна") == 5
    assert "Орундардын планы" in said and "План рассадки" in said
    assert not any(code in said.replace(" ", "") for code in make.codes(sitting))
    assert audit.facts(entries("seat_plan.printed")[-1])["count"] == 5


def test_the_attendance_sheet_has_twenty_lines_a_page_and_a_place_for_each_proctor(make, clock, admin, planned):
    sitting = planned(41, seats=50)
    with transaction():
        pdf = seating.attendance_pdf(get(sitting), by=admin, now=clock())
    found = pages(pdf)
    assert [page.count("Үсөнбаева Өкүмкан") for page in found][:3] == [20, 20, 1]
    said = " ".join(found)
    assert get(sitting).proctors[0].full_name in said and "Зарегистрировано 41" in " ".join(said.split())
    assert audit.facts(entries("attendance_sheet.printed")[-1])["count"] == 41
