"""¶29: one of the tied declines the tie-break in writing; ¶28: one who is barred is told why they are not called."""

from __future__ import annotations

from datetime import timedelta

import pytest

from competitions.models import Bar
from core import audit, outbox
from core.db import db, transaction
from ranking import queries
from ranking.models import AuthorityAct, TieBreakEntrant
from ranking.rules.acts import ActBeforeTest, ActInFuture, ActKind, DocumentNeeded
from ranking.rules.outcome import RoundState, Status
from ranking.rules.tie_break import (
    Absence,
    NoTestNeeded,
    NotExpected,
    TieBreakBegun,
    TieBreakNotDue,
    TieBreakOver,
)
from ranking.services import decisions, export
from ranking.services.content import as_content
from testing_center.models.attempts import ResponseEvent
from testing_center.models.sittings import CandidateCode, Sitting
from testing_center.rules.codes import CodeStatus
from testing_center.rules.errata import ErratumData, ErratumKind
from testing_center.rules.sittings import NotReady
from testing_center.services.links import participant_of
from tests.correction_scene import CorrectionScene
from tests.ranking_scene import RankingScene
from tools import rescore

DAY = timedelta(days=1)


@pytest.fixture
def scene(make, clock) -> RankingScene:
    """Three who share the first place, one below them; the tie-break is called."""
    return played(make, clock, [8, 8, 8, 5])


@pytest.fixture
def two(make, clock) -> RankingScene:
    """Two who share the first place, one below them; the tie-break is called."""
    return played(make, clock, [8, 8, 5])


def played(make, clock, scores) -> RankingScene:
    scene = RankingScene(make, clock)
    scene.codes = scene.test(scores)
    scene.after_appeals()
    scene.sweep()
    return scene


def letters(kind: str) -> list[outbox.Letter]:
    return list(db.session.scalars(db.select(outbox.Letter).filter_by(kind=kind)))


def bar(scene: RankingScene, code: str) -> None:
    """The person behind this code fails another test today."""
    db.session.rollback()
    with transaction():
        today = scene.clock().date()
        db.session.add(
            Bar(
                person_id=participant_of(queries.attempt_by_number(code)).person_id, failed_on=today,
                returns_on=today + 365 * DAY, law_version="provisional-1", created_at=scene.clock(),
            )
        )  # fmt: skip


def test_who_declined_is_not_registered_and_the_sum_decides_between_the_others(scene):
    a, b, c, fourth = scene.codes
    scene.decline(a)
    sitting = scene.arrange()
    assert len(scene.registered(sitting)) == 2
    scene.hold({a: None, b: 1, c: 2})
    scene.after_appeals()
    scene.sweep()
    found = scene.standing()
    assert (found.winner, found.reserve) == (c, (b, a, fourth))
    assert found.tie_breaks[0].absences == {a: Absence.DECLINED}
    assert [(act.kind, act.attempt.number) for act in found.acts] == [(ActKind.TIE_BREAK_DECLINED, a)]
    assert list(audit.verify()) == []


def test_who_came_without_a_point_stands_before_who_declined(scene):
    a, b, c, _fourth = scene.codes
    scene.decline(a)
    scene.hold({a: None, b: 0, c: 1})
    scene.after_appeals()
    scene.sweep()
    rows = [(row.code, row.total, row.place) for row in scene.standing().rows][:3]
    assert rows == [(c, 9, 1), (b, 8, 2), (a, 8, 3)]


def test_one_is_left_and_takes_the_place_without_a_test(two):
    a, b, third = two.codes
    two.decline(a)
    found = two.standing()
    assert (found.status, found.winner, found.reserve) == (Status.DECIDED, b, (a, third))
    assert (found.tie_breaks[0].state, found.tie_breaks[0].counts) == (RoundState.UNCONTESTED, True)
    assert [row.tie_breaks for row in found.rows] == [(), (), ()]
    assert found.since == two.clock()  # from then on the five days of ¶37 run
    assert queries.to_arrange(two.clock()) == [] and two.sweep() == 0
    with pytest.raises(TieBreakNotDue):
        two.arrange()
    told = letters("tie_break.uncontested")
    assert [letter.recipient for letter in told] == [participant_of(queries.attempt_by_number(b)).person.email]
    assert list(audit.verify()) == []


def test_it_is_said_in_the_ranking_and_the_winner_may_sign(two):
    a, b, _third = two.codes
    two.decline(a)
    said = as_content(two.standing())
    assert said["tie_breaks"][0]["state"] == "uncontested" and said["tie_breaks"][0]["absent"] == {a: "declined"}
    assert [act["kind"] for act in said["acts"]] == ["tie_break_declined"]
    competition = two.competition
    with transaction():
        ranking = decisions.draw_up(competition, by=two.officer, now=two.clock())
        assert decisions.ranking_pdf(ranking, now=two.clock()).startswith(b"%PDF")
    assert decisions.ranking_content(ranking)["winner"] == b


def test_who_declines_after_it_was_arranged_loses_seat_and_code_and_the_test_goes_on(scene):
    a, b, c, _fourth = scene.codes
    sitting = scene.arrange()
    scene.decline(a)
    gone = [one for one in scene.registered(sitting) if one.withdrawn_at]
    assert [one.person_id for one in gone] == [participant_of(queries.attempt_by_number(a)).person_id]
    states = db.session.scalars(db.select(CandidateCode.status).where(CandidateCode.sitting_id == sitting.id))
    assert sorted(str(one) for one in states) == sorted([CodeStatus.REVOKED, CodeStatus.ISSUED, CodeStatus.ISSUED])
    scene.hold({a: None, b: 3, c: 1})
    scene.after_appeals()
    scene.sweep()
    assert scene.standing().winner == b


def test_the_arranged_test_of_one_who_is_left_is_not_opened(two):
    a, b, _third = two.codes
    sitting = two.arrange()
    two.decline(a)
    assert two.standing().winner == b
    assert all(one.withdrawn_at for one in two.registered(sitting))
    two.clock.advance(timedelta(hours=1))
    with pytest.raises(NotReady):
        two.make.open(db.session.get_one(Sitting, sitting.id))
    two.clock.advance(3 * DAY)
    assert two.standing().winner == b and two.sweep() == 0  # nor does the place lapse with its deadline


def test_both_come_to_nothing_twice_and_no_winner_is_determined(two):
    a, b, _third = two.codes
    bar(two, a)
    for _round in range(2):
        two.arrange()  # for one alone: the bar of the other gives nobody the place
        two.decline(b)
        two.sweep()
    found = two.standing()
    assert (found.status, found.winner, found.outcome.is_in_vain) == (Status.DECIDED, None, True)
    assert [one.state for one in found.tie_breaks] == [RoundState.HELD] * 2
    assert found.tie_breaks[0].absences == {a: Absence.BARRED, b: Absence.DECLINED}
    assert two.sweep() == 0 and list(audit.verify()) == []


def test_one_declined_another_is_barred_and_the_third_takes_the_place(scene):
    a, b, c, fourth = scene.codes
    bar(scene, c)
    scene.decline(a)
    assert scene.standing().status == Status.TIE_BREAK  # the bar is looked for when it is arranged
    assert scene.arrange() is None
    found = scene.standing()
    assert (found.winner, found.reserve) == (b, (*sorted([a, c]), fourth))
    assert [row.place for row in found.rows] == [1, 2, 2, 4]
    assert len(letters("tie_break.uncontested")) == 1 and list(audit.verify()) == []


def test_the_same_document_is_asked_for_as_with_every_act(scene):
    a = scene.codes[0]
    with pytest.raises(DocumentNeeded):
        scene.decline(a, document=" ")
    with pytest.raises(ActInFuture):
        scene.decline(a, scene.clock().date() + DAY)
    with pytest.raises(ActBeforeTest):
        scene.decline(a, scene.clock().date() - DAY)
    assert db.session.scalar(db.select(db.func.count()).select_from(AuthorityAct)) == 0


def test_nobody_declines_for_others_nor_twice_nor_after_the_opening_nor_after_the_deadline(scene):
    a, _b, _c, fourth = scene.codes
    with pytest.raises(NotExpected):
        scene.decline(fourth)
    sitting = scene.arrange()
    scene.decline(a)
    with pytest.raises(NotExpected):
        scene.decline(a)
    scene.clock.advance(timedelta(hours=1))
    scene.make.open(db.session.get_one(Sitting, sitting.id))
    with pytest.raises(TieBreakBegun):
        scene.decline(scene.codes[1])


def test_after_the_deadline_there_is_nothing_to_decline(two):
    two.clock.at = two.last_round().deadline_at + timedelta(seconds=1)
    with pytest.raises(TieBreakOver):
        two.decline(two.codes[0])


def test_where_one_is_left_that_one_declines_no_test_that_nobody_holds(two):
    two.decline(two.codes[0])
    with pytest.raises(NoTestNeeded):
        two.decline(two.codes[1])
    two.clock.at = two.last_round().deadline_at + timedelta(seconds=1)
    with pytest.raises(NoTestNeeded):
        two.decline(two.codes[1])


def test_who_is_not_tied_any_more_has_no_test_to_decline(two):
    a, _b, _third = two.codes
    attempt = queries.attempt_by_number(a)
    answered = db.session.scalars(db.select(ResponseEvent.place).filter_by(attempt_id=attempt.id)).first()
    no_answer = ErratumData(answered, ErratumKind.RESTATED, [[]], "Кагазда жооп жок.", attempt.id)
    CorrectionScene.of(two.make, two.clock, two.sitting).correct(no_answer)
    with pytest.raises(TieBreakNotDue):
        two.decline(a)


def test_the_trail_finds_a_refusal_that_was_taken_out(two):
    two.decline(two.codes[0])
    with transaction():
        db.session.scalars(db.select(TieBreakEntrant).filter_by(absence=Absence.DECLINED)).one().absence = None
    assert "who declined this tie-break was altered" in [fault.what for fault in audit.verify()]


def test_who_declined_is_told_by_which_document_and_what_follows(scene):
    scene.decline(scene.codes[0])
    [letter] = letters("tie_break.declined")
    assert letter.recipient == participant_of(queries.attempt_by_number(scene.codes[0])).person.email
    assert "Арыз № 5" in letter.body and "28.11.2026" in letter.body


def test_28_who_is_barred_at_the_call_is_told_why_and_from_when_and_is_not_called(make, clock):
    scene = RankingScene(make, clock)
    a, b, _third = scene.test([8, 8, 5])
    bar(scene, a)
    scene.after_appeals()
    scene.sweep()
    [why], [called] = letters("tie_break.barred"), letters("tie_break.called")
    people = {code: participant_of(queries.attempt_by_number(code)).person.email for code in (a, b)}
    assert (why.recipient, called.recipient) == (people[a], people[b])
    assert "28.11.2027" in why.body


def test_28_who_is_barred_after_the_call_is_told_when_it_is_arranged(two):
    a, _b, _third = two.codes
    bar(two, a)
    two.arrange()
    assert len(letters("tie_break.barred")) == 1 and len(letters("tie_break.arranged")) == 1


def test_the_independent_script_agrees_on_refusals(two, tmp_path):
    two.decline(two.codes[0])
    db.session.rollback()
    with transaction():
        export.write(tmp_path / "out", by=two.officer, now=two.clock())
    assert list(rescore.differences(tmp_path / "out")) == []
    said = (tmp_path / "out" / "competitions.jsonl").read_text()
    (tmp_path / "out" / "competitions.jsonl").write_text(said.replace('"declined"', '"absent"'))
    assert any("uncontested" in one for one in rescore.differences(tmp_path / "out"))
