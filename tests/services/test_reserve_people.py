"""¶6, 37–38: the reserve knows people: an appointed person leaves every reserve, whichever competition it was for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from archive.models import DestructionAct
from archive.services import acts as destruction
from competitions.models import Competition
from competitions.rules import Financing
from core import audit, i18n
from core.db import db, transaction
from ranking import queries
from ranking.models import PlaceHolder
from ranking.rules.acts import ActKind, NotInReserve
from ranking.services import acts, decisions, holders
from ranking.services.reserve import Reserve, reserve_and_left
from tests.ranking_scene import RankingScene

DAY = timedelta(days=1)


class Two:
    """Two competitions: one person is second in the first, and takes part in the other too, in ``seat`` 1."""

    def __init__(self, make, clock) -> None:
        self.make, self.clock = make, clock
        self.person = make.person(email="x@mail.kg")
        self.first, self.other = RankingScene(make, clock), RankingScene(make, clock)

    def play(self, other: list[int | None]) -> None:
        """Both main tests on one day; of the first competition the person is the second of three."""
        self.codes = self.first.test([8, 6, 5], people={2: self.person})
        self.others = self.other.test(other, people={1: self.person})
        self.first.after_appeals()

    def publish(self, *scenes: RankingScene) -> None:
        for scene in scenes:
            competition = scene.competition
            with transaction():
                ranking = decisions.draw_up(competition, by=scene.officer, now=self.clock())
                decisions.publish(ranking, by=scene.officer, now=self.clock())

    def accept(self, scene: RankingScene, on: date | None = None) -> None:
        competition = scene.competition
        with transaction():
            acts.accept(competition, "Буйрук № 1", on or self.today(), by=scene.officer, now=self.clock())

    def today(self) -> date:
        return self.clock().astimezone(i18n.zone()).date()

    def reserve(self, financing: Financing = Financing.LOCAL) -> Reserve:
        db.session.rollback()
        return reserve_and_left(financing, now=self.clock())

    def people(self) -> list[str]:
        return [one.code for one in self.reserve().people]


@pytest.fixture
def two(make, clock) -> Two:
    return Two(make, clock)


def test_the_winner_of_another_competition_who_signed_leaves_the_reserve_with_the_reason(two):
    two.play([8, 5])
    two.publish(two.first, two.other)
    assert set(two.people()) == {*two.codes[1:], two.others[1]}
    two.clock.advance(3 * DAY)
    two.accept(two.other)
    found = two.reserve()
    assert {one.code for one in found.people} == {two.codes[2], two.others[1]}
    [gone] = found.left
    assert (gone.reservist.code, gone.kind, gone.on) == (two.codes[1], ActKind.WINNER_ACCEPTED, two.today())
    assert gone.competition.id == two.other.competition_id
    assert list(audit.verify()) == []


def test_an_appointment_that_was_written_down_before_the_reserve_was_published_counts_too(two):
    two.play([8, 5])
    two.publish(two.other)
    two.accept(two.other)
    two.clock.advance(2 * DAY)
    two.publish(two.first)
    assert two.codes[1] not in two.people()
    assert [one.reservist.code for one in two.reserve().left] == [two.codes[1]]


def test_a_contract_before_the_publication_takes_out_of_the_reserve_as_well(two):
    two.play([8, 5])
    two.publish(two.first)
    competition = two.other.competition
    with transaction():
        decisions.draw_up(competition, by=two.other.officer, now=two.clock())
    two.accept(two.other)
    assert two.codes[1] not in two.people()


def test_who_was_appointed_and_sits_a_test_afterwards_has_a_place_by_it(two):
    two.others = two.other.test([8, 5], people={1: two.person})
    two.other.after_appeals()
    two.publish(two.other)
    two.accept(two.other)
    two.clock.advance(400 * DAY)
    two.codes = two.first.test([8, 6, 5], people={2: two.person})
    two.first.after_appeals()
    two.publish(two.first)
    assert two.codes[1] in two.people()


def test_whoever_is_appointed_from_one_reserve_leaves_the_other_and_cannot_be_appointed_again(two, make):
    two.play([9, 8, 5])
    two.others = two.others[1:]
    two.publish(two.first)
    held = [RankingScene(make, two.clock) for _ in range(2)]
    for scene in held:
        scene.test([1])
        scene.after_appeals()
        two.publish(scene)
    attempt = queries.attempt_by_number(two.codes[1]).id
    for number, scene in enumerate(held):
        competition = scene.competition
        if number == 0:
            with transaction():
                acts.appoint_from_reserve(
                    competition, attempt, "Буйрук № 2", two.today(), by=scene.officer, now=two.clock()
                )
        else:
            with pytest.raises(NotInReserve), transaction():
                acts.appoint_from_reserve(
                    competition, attempt, "Буйрук № 3", two.today(), by=scene.officer, now=two.clock()
                )
    [gone] = two.reserve().left
    assert (gone.kind, gone.competition.id) == (ActKind.APPOINT_FROM_RESERVE, held[0].competition_id)


def test_an_appointment_from_the_reserve_of_one_competition_ends_the_place_in_another(two, make):
    two.play([7, 8, 5])  # second in both
    two.publish(two.first, two.other)
    assert {two.codes[1], two.others[0]} <= set(two.people())
    scene = RankingScene(make, two.clock)
    scene.test([1])
    scene.after_appeals()
    two.publish(scene)
    attempt, competition = queries.attempt_by_number(two.codes[1]).id, scene.competition
    with transaction():
        acts.appoint_from_reserve(competition, attempt, "Буйрук № 2", two.today(), by=scene.officer, now=two.clock())
    assert not {two.codes[1], two.others[0]} & set(two.people())
    assert {one.reservist.code for one in two.reserve().left} == {two.codes[1], two.others[0]}
    assert list(audit.verify()) == []


def test_one_person_with_two_places_of_one_body_stands_there_twice_with_a_note(two):
    two.play([7, 8, 5])
    two.publish(two.first, two.other)
    notes = {one.code: [other.code for other in one.others] for one in two.reserve().people}
    assert notes == {
        two.codes[1]: [two.others[0]], two.others[0]: [two.codes[1]], two.codes[2]: [], two.others[2]: [],
    }  # fmt: skip


def test_a_place_of_another_districts_reserve_is_not_in_the_note(two):
    two.play([7, 8, 5])
    with transaction():
        db.session.get_one(Competition, two.other.competition_id).place_ky = "Баткен району"
    two.publish(two.first, two.other)
    assert all(one.others == () for one in two.reserve().people)


def test_marks_tell_who_is_the_same_and_nothing_else(two):
    two.play([7, 8, 5])
    two.publish(two.first, two.other)
    rows = list(db.session.scalars(db.select(PlaceHolder)))
    assert len(rows) == 6 and len({row.mark for row in rows}) == 5
    opened = [
        audit.facts(entry)["count"]
        for entry in db.session.scalars(db.select(audit.AuditEntry).filter_by(action="links.opened"))
        if "several competitions" in audit.facts(entry)["purpose"]
    ]
    assert opened == [3, 3]  # the winner and the reserve; nobody below the cut score, and each once
    with transaction():
        row = db.session.get_one(PlaceHolder, rows[0].attempt_id)
        row.mark = bytes(32)
    assert "who is behind a place of this ranking was altered" in [fault.what for fault in audit.verify()]


def test_places_published_before_marks_were_kept_are_noted_by_the_sweeper_once(two):
    two.play([8, 5])
    two.publish(two.first, two.other)
    with transaction():
        db.session.execute(db.delete(PlaceHolder))
    two.accept(two.other)
    assert two.codes[1] in two.people()
    with transaction():
        db.session.execute(db.delete(PlaceHolder))
    assert holders.note_missing(now=two.clock()) == 5
    assert holders.note_missing(now=two.clock()) == 0
    assert two.codes[1] not in two.people()


def test_after_the_destruction_of_the_other_competition_the_day_stays_and_the_marks_go(two, make):
    two.play([8, 5])
    two.publish(two.other)
    two.accept(two.other)
    day = two.today()
    two.clock.advance(60 * DAY)
    two.publish(two.first)  # its term ends later than that of the other
    two.clock.at = two.clock.at + timedelta(days=5 * 365)
    first, second = two.first.officer, make.user()
    with transaction():
        act_id = destruction.prepare_act([f"competition:{two.other.competition_id}"], by=first, now=two.clock()).id
    with transaction():
        act = db.session.get_one(DestructionAct, act_id)
        destruction.carry_out(act, by=second, now=two.clock())
    [gone] = two.reserve().left
    assert (gone.reservist.code, gone.kind, gone.on, gone.competition) == (two.codes[1], None, day, None)
    marked = set(db.session.scalars(db.select(PlaceHolder.attempt_id)))
    assert not marked & {queries.attempt_by_number(code).id for code in two.others}
    assert list(audit.verify()) == []
