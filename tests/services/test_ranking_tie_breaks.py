"""¶29: a tie at the top is decided by tie-break tests: called by the system, in two days, for the tied alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from competitions.models import Bar
from core import audit, outbox
from core.clock import ManualClock
from core.db import db, transaction
from question_bank.assembly.plan import BlueprintShort
from question_bank.stock_queries import items_on
from ranking import queries
from ranking.models import TieBreakEntrant
from ranking.rules.outcome import RoundState, Status
from ranking.rules.tie_break import Absence, TieBreakArranged, TieBreakNotDue, TieBreakTooEarly, TieBreakTooLate
from ranking.services import tie_breaks
from ranking.services.state import Wait
from testing_center.models.sittings import CandidateCode, Sitting
from testing_center.services.links import participant_of
from tests.factories import Make
from tests.ranking_scene import RankingScene


@pytest.fixture
def scene(make: Make, clock: ManualClock) -> RankingScene:
    """A competition to be played."""
    return RankingScene(make, clock)


def test_a_tie_at_the_top_is_called_by_the_sweeper_once_with_a_third_of_the_questions(scene: RankingScene) -> None:
    first, second, _third = scene.test([7, 7, 5], items=11)
    scene.after_appeals()
    assert scene.standing().awaited[0].kind == Wait.TIE_BREAK_CALL
    assert scene.sweep() == 1
    assert scene.sweep() == 0
    called = scene.last_round()
    assert (called.round, called.place, called.items, called.main_items) == (1, 1, 3, 11)
    assert [one.number for one in called.entrants] == sorted([first, second])
    hour_over = scene.clock() - timedelta(seconds=1)  # from then on the tie is known, whenever it is swept
    assert called.deadline_at == hour_over + timedelta(days=2)
    assert scene.standing().status == Status.TIE_BREAK
    assert scene.standing().awaited[0].kind == Wait.TIE_BREAK_PLACE
    assert scene.standing().awaited[0].until == called.deadline_at


def test_nothing_is_called_while_the_appeal_hour_runs_its_last_moment_included(scene: RankingScene) -> None:
    scene.test([7, 7])
    scene.clock.advance(timedelta(hours=1))
    assert scene.sweep() == 0
    assert scene.standing().status == Status.APPEALS
    scene.clock.advance(timedelta(microseconds=1))
    assert scene.sweep() == 1


def test_a_tie_below_the_first_place_is_left_as_it_is(scene: RankingScene) -> None:
    scene.test([8, 5, 5])
    scene.after_appeals()
    assert scene.sweep() == 0
    assert [row.place for row in scene.standing().rows] == [1, 2, 2]


def test_a_tie_of_those_below_the_cut_score_is_nobodys_tie(scene: RankingScene) -> None:
    scene.test([3, 3])
    scene.after_appeals()
    assert scene.sweep() == 0
    assert scene.standing().status == Status.NOT_HELD


def test_the_tied_are_told_of_the_tie_break_and_of_its_place(scene: RankingScene) -> None:
    scene.test([7, 7, 5])
    scene.after_appeals()
    scene.sweep()
    scene.arrange()
    kinds = [letter.kind for letter in db.session.scalars(db.select(outbox.Letter))]
    assert sorted(kinds) == ["tie_break.arranged"] * 2 + ["tie_break.called"] * 2


def test_the_tie_break_is_held_under_the_act_of_the_main_test_and_by_its_proportions(scene: RankingScene) -> None:
    scene.test([7, 7], items=9)
    scene.after_appeals()
    scene.sweep()
    sitting = scene.arrange()
    terms, main = sitting.specification, scene.sitting.specification
    assert (terms.main_id, terms.main_items, terms.items, terms.cut_score) == (main.id, 9, 3, 0)
    assert (terms.act_number, terms.approved_by_id, terms.created_by_id) == (
        main.act_number, main.approved_by_id, main.created_by_id,
    )  # fmt: skip
    assert terms.minutes == 20
    assert [(cell.area.code, cell.difficulty, cell.count) for cell in terms.blueprint.cells] == [("law", 3, 3)]


def test_none_of_its_questions_was_seen_before_by_any_of_the_tied(scene: RankingScene) -> None:
    scene.test([7, 7], items=9, bank=12)
    scene.after_appeals()
    scene.sweep()
    sitting = scene.arrange()
    seen = items_on({one.attempt.form_id for one in queries.tested(scene.competition)})
    drawn = items_on({form.id for form in sitting.forms})
    assert len(drawn) == 3
    assert not drawn & seen


def test_where_the_bank_has_too_few_unseen_questions_nothing_is_arranged(scene: RankingScene) -> None:
    scene.test([7, 7], items=9, bank=11)
    scene.after_appeals()
    scene.sweep()
    with pytest.raises(BlueprintShort, match="2 / 3"):
        scene.arrange()
    assert scene.last_round().sitting is None


def test_only_the_tied_are_registered_and_they_get_new_codes(scene: RankingScene) -> None:
    scene.test([7, 7, 5])
    scene.after_appeals()
    scene.sweep()
    sitting = scene.arrange()
    tied = {participant_of(one).person_id for one in scene.last_round().entrants}
    registered = scene.registered(sitting)
    assert {one.person_id for one in registered} == tied
    assert {one.round for one in registered} == {1}
    codes = list(db.session.scalars(db.select(CandidateCode).where(CandidateCode.sitting_id == sitting.id)))
    assert len(codes) == 2


def test_the_sum_of_both_tests_decides(scene: RankingScene) -> None:
    first, second, third = scene.test([7, 7, 5])
    scene.after_appeals()
    found = scene.tie({first: 1, second: 3})
    assert found.status == Status.DECIDED
    assert found.winner == second
    assert [(row.code, row.main, row.tie_breaks, row.total, row.place) for row in found.rows] == [
        (second, 7, (3,), 10, 1), (first, 7, (1,), 8, 2), (third, 5, (), 5, 3),
    ]  # fmt: skip
    assert found.reserve == (first, third)


def test_three_who_are_tied_twice_need_two_rounds_and_the_second_is_for_those_still_tied(scene: RankingScene) -> None:
    a, b, c = scene.test([6, 6, 6])
    scene.after_appeals()
    found = scene.tie({a: 3, b: 3, c: 1})
    assert found.status == Status.TIE_BREAK
    assert found.outcome.tied == {a, b}
    found = scene.tie({a: 0, b: 2})
    assert found.winner == b
    assert [(row.code, row.total, row.place) for row in found.rows] == [(b, 11, 1), (a, 9, 2), (c, 7, 3)]
    assert [one.candidates for one in found.tie_breaks] == [tuple(sorted([a, b, c])), tuple(sorted([a, b]))]


def test_no_question_comes_again_in_a_second_round(scene: RankingScene) -> None:
    a, b = scene.test([6, 6], bank=15)
    scene.after_appeals()
    scene.tie({a: 2, b: 2})
    scene.sweep()
    second = scene.arrange()
    drawn = items_on({form.id for form in second.forms})
    before = items_on({one.attempt.form_id for one in queries.tested(scene.competition)})
    assert len(drawn) == 3
    assert not drawn & before


def test_who_does_not_come_gets_no_points_and_this_is_stated(scene: RankingScene) -> None:
    a, b = scene.test([6, 6])
    scene.after_appeals()
    found = scene.tie({a: None, b: 1})
    assert found.winner == b
    assert found.tie_breaks[0].absences == {a: Absence.ABSENT}
    assert next(row for row in found.rows if row.code == a).tie_breaks == (None,)


def test_a_tie_break_below_no_cut_score_bars_nobody(scene: RankingScene) -> None:
    a, b = scene.test([6, 6])
    scene.after_appeals()
    found = scene.tie({a: 0, b: 1})
    assert found.barred == ()
    assert found.reserve == (a,)


def test_where_nobody_came_another_round_is_called(scene: RankingScene) -> None:
    a, b = scene.test([6, 6])
    scene.after_appeals()
    found = scene.tie({a: None, b: None})
    assert found.tie_breaks[0].state == RoundState.HELD
    assert found.tie_breaks[0].absences == {a: Absence.ABSENT, b: Absence.ABSENT}
    assert [(one.round, one.candidates) for one in found.tie_breaks] == [(n, tuple(sorted([a, b]))) for n in (1, 2)]


def test_who_is_barred_by_another_test_meanwhile_is_not_registered_and_this_is_stated(scene: RankingScene) -> None:
    a, b = scene.test([6, 6])
    scene.after_appeals()
    scene.sweep()
    barred = participant_of(scene.last_round().entrants[0]).person_id
    with transaction():
        today = scene.clock().date()
        db.session.add(
            Bar(
                person_id=barred, failed_on=today, returns_on=today + timedelta(days=365), created_at=scene.clock(),
                law_version="provisional-1",
            )
        )  # fmt: skip
    sitting = scene.arrange()
    assert barred not in {one.person_id for one in scene.registered(sitting)}
    assert scene.standing().tie_breaks[0].absences == {min(a, b): Absence.BARRED}


def test_a_tie_break_that_was_arranged_but_not_opened_in_time_is_not_opened_later(scene: RankingScene) -> None:
    scene.test([6, 6])
    scene.after_appeals()
    scene.sweep()
    sitting = scene.arrange()
    scene.clock.advance(timedelta(days=2, seconds=1))
    db.session.rollback()
    assert scene.standing().tie_breaks[0].state == RoundState.LAPSED
    with pytest.raises(TieBreakTooLate):
        scene.make.open(db.session.get_one(Sitting, sitting.id))
    assert scene.sweep() == 1


def test_a_tie_break_that_was_not_arranged_in_time_counts_for_nobody_and_is_called_anew(scene: RankingScene) -> None:
    scene.test([6, 6])
    scene.after_appeals()
    scene.sweep()
    late = scene.last_round()
    scene.clock.at = late.deadline_at
    assert scene.sweep() == 0
    scene.clock.advance(timedelta(seconds=1))
    with pytest.raises(TieBreakTooLate):
        scene.arrange()
    assert scene.sweep() == 1
    assert scene.last_round().round == late.round + 1


def test_the_test_begins_by_the_deadline_the_moment_itself_included(scene: RankingScene) -> None:
    scene.test([6, 6])
    scene.after_appeals()
    scene.sweep()
    deadline = scene.last_round().deadline_at
    with pytest.raises(TieBreakTooLate):
        scene.arrange(deadline + timedelta(seconds=1))
    with pytest.raises(TieBreakTooEarly):
        scene.arrange(scene.clock() - timedelta(seconds=1))
    assert scene.arrange(deadline).starts_at == deadline
    with pytest.raises(TieBreakArranged):
        scene.arrange(deadline)


def test_a_deadline_over_new_years_night_is_reckoned_where_the_test_is_held(make: Make, clock: ManualClock) -> None:
    clock.advance(datetime(2026, 12, 31, 19, 0, tzinfo=UTC) - clock())  # 01:00 on 1 January in Bishkek
    scene = RankingScene(make, clock)
    scene.test([6, 6])
    scene.after_appeals()
    scene.sweep()
    assert scene.last_round().deadline_at == datetime(2027, 1, 2, 20, 0, tzinfo=UTC)
    assert scene.arrange().number.startswith("Т-2027-")


def test_the_record_holds_and_finds_an_exchanged_result_of_a_round(scene: RankingScene) -> None:
    a, b = scene.test([6, 6])
    scene.after_appeals()
    scene.tie({a: 2, b: 1})
    assert list(audit.verify()) == []
    with transaction():
        one, other = db.session.scalars(db.select(TieBreakEntrant)).all()
        held, other.held_id = other.held_id, None
        db.session.flush()
        one.held_id, former = held, one.held_id
        db.session.flush()
        other.held_id = former
    assert [fault.what for fault in audit.verify()] == ["who sat this tie-break was altered"]


def test_who_is_not_tied_any_more_is_not_invited(scene: RankingScene) -> None:
    scene.test([6, 6])
    scene.after_appeals()
    scene.sweep()
    first = scene.last_round()
    scene.clock.advance(timedelta(days=2, seconds=1))
    scene.sweep()
    with transaction(), pytest.raises((TieBreakTooLate, TieBreakNotDue)):
        tie_breaks.arrange(
            queries.get_tie_break(first.id), scene.make.room(), scene.clock() + timedelta(hours=1), [],
            by=scene.admin, now=scene.clock(),
        )  # fmt: skip
