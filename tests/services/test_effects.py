"""What the preview says of competitions is what their standing is after the correction (¶29)."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from competitions.models import Bar
from core import audit
from core.db import db, transaction
from ranking.rules.outcome import RoundState
from ranking.services import export
from ranking.services.effects import effects
from ranking.services.state import Wait
from testing_center.models.attempts import Attempt, Protocol, Result
from testing_center.models.errata import Annulment
from testing_center.models.sittings import Sitting
from testing_center.rules.scoring import Outcome
from testing_center.services import corrections, results
from tests.correction_scene import CorrectionScene
from tests.ranking_scene import RankingScene
from tests.services.test_rescore import SCRIPT


@pytest.fixture
def ranked(make, clock):
    """A competition, its appeals over."""
    return RankingScene(make, clock)


def correction_of(ranked, sitting=None) -> CorrectionScene:
    """Two persons who correct the form of the main sitting, or of another."""
    return CorrectionScene.of(ranked.make, ranked.clock, sitting or ranked.sitting)


def places(ranked) -> dict[str, int | None]:
    return {row.code: row.place for row in ranked.standing().rows}


def places_of(number: str) -> set[int]:
    """Places in the form that the attempt answered: rightly, as the scene plays it."""
    rows = db.session.execute(
        db.text(
            "SELECT place FROM response_event JOIN attempt ON attempt.id = attempt_id WHERE number = :number"
        ).bindparams(number=number)
    )
    return {row.place for row in rows}


def test_the_effect_foreseen_is_the_standing_afterwards(ranked):
    first, second, third = ranked.test([6, 5, 3])
    ranked.after_appeals()
    before = places(ranked)
    [wrong, *_rest] = places_of(first) - places_of(second)
    scene = correction_of(ranked)
    correction = scene.prepare(*scene.void(wrong))
    assert ranked.standing().awaited[0].kind == Wait.CORRECTION
    [found] = effects(scene.preview(correction), now=ranked.clock())
    assert found.competition_id == ranked.competition_id
    assert found.effect.ties_appear == ((1, tuple(sorted((first, second)))),)
    assert (found.effect.old_winner, found.effect.new_winner) == (first, None)
    scene.apply(correction)
    after = places(ranked)
    for move in found.effect.moves:
        assert (move.old_place, move.new_place) == (before[move.code], after[move.code])
    assert {code for code in before if before[code] != after[code]} <= {move.code for move in found.effect.moves}
    assert after[third] in (3, None)


def test_29_a_place_that_was_taken_without_a_test_is_no_tie_in_the_effect(ranked):
    """The other declined the tie-break, so equal sums are not a tie; a third one rises to the cut score."""
    first, second, third = ranked.test([8, 8, 3])
    ranked.after_appeals()
    ranked.sweep()
    ranked.decline(first)
    scene = correction_of(ranked)
    [wrong, *_rest] = places_of(first) & places_of(second) - places_of(third)
    [found] = effects(scene.preview(scene.prepare(*scene.void(wrong))), now=ranked.clock())
    assert (found.effect.old_winner, found.effect.new_winner) == (second, second)
    assert [move.code for move in found.effect.moves] == [third]


# --- the old places are those of the standing, whatever became of a tie-break


def tied(ranked, a_declines: bool = True) -> list[str]:
    """Three who share the first place; the tie-break is called, and the first of them has declined it."""
    codes = ranked.test([5, 5, 5])
    ranked.after_appeals()
    ranked.sweep()
    if a_declines:
        ranked.decline(codes[0])
    return codes


def seen(ranked, code: str):
    """The effect of a correction that takes this one's last right answer; the old places are checked."""
    before, now = ranked.standing(), ranked.clock()
    scene = correction_of(ranked)
    others = [one.code for one in before.rows if one.code != code]
    [found] = effects(scene.preview(scene.prepare(scene.wrong_key(min(places_of(code)), 1))), now=now)
    place = {row.code: row.place for row in before.rows}
    moved = {move.code: move.old_place for move in found.effect.moves}
    assert moved.items() <= place.items() and set(others) | {code} == set(place)
    shared = {n: tuple(sorted(c for c in place if place[c] == n)) for n in place.values()}
    assert all(shared[n] == codes and len(codes) > 1 for n, codes in found.effect.ties_vanish)
    assert found.effect.old_winner == (shared[1][0] if len(shared[1]) == 1 else None)
    return place, found.effect


def test_29_who_declined_stands_third_beforehand_also_where_the_others_stayed_away(ranked):
    a, b, c = tied(ranked)
    ranked.tie({a: None, b: None, c: None})
    place, effect = seen(ranked, a)
    assert place == {a: 3, b: 1, c: 1}
    assert (1, tuple(sorted((a, b, c)))) not in effect.ties_vanish


def test_29_a_round_that_was_annulled_gives_nobody_a_place_beforehand(ranked):
    a, b, c = tied(ranked)
    decided = ranked.tie({a: None, b: 2, c: 1})
    assert decided.winner == b
    with transaction():
        sitting = db.session.get_one(Sitting, ranked.last_round().sitting_id)
        prepared = corrections.annul_prepare(sitting, "чечим", by=ranked.admin, now=ranked.clock())
    with transaction():
        corrections.annul_apply(db.session.get_one(Annulment, prepared.id), by=ranked.officer, now=ranked.clock())
    place, effect = seen(ranked, a)
    assert set(place.values()) == {1} and effect.old_winner is None


def test_29_while_the_appeal_hour_of_the_round_runs_nobody_has_won_beforehand(ranked):
    a, b, c = tied(ranked, a_declines=False)
    ranked.hold({a: 0, b: 2, c: 1})
    ranked.sweep()
    assert ranked.standing().tie_breaks[0].state == RoundState.APPEALS
    place, effect = seen(ranked, c)
    assert set(place.values()) == {1} and effect.old_winner is None


def test_29_a_correction_of_a_round_that_does_not_count_yet_changes_no_order(ranked):
    a, b, c = tied(ranked, a_declines=False)
    ranked.hold({a: 0, b: 2, c: 1})
    ranked.sweep()
    scene = correction_of(ranked, ranked.last_round().sitting)
    sat = [one for one in db.session.scalars(db.select(Attempt).filter_by(round=1)) if places_of(one.number)]
    correction = scene.prepare(*scene.void(min(places_of(sat[0].number))))
    assert effects(scene.preview(correction), now=ranked.clock()) == []
    ranked.after_appeals()  # now it counts, and the first place would be another's
    assert [one.effect.old_winner for one in effects(scene.preview(correction), now=ranked.clock())] == [b]


def test_a_correction_that_changes_nobodys_points_has_no_effect(ranked):
    ranked.test([5, 4])
    ranked.after_appeals()
    scene = correction_of(ranked)
    unseen = set(range(1, 10)) - {row.place for row in db.session.execute(db.text("SELECT place FROM response_event"))}
    correction = scene.prepare(scene.several(min(unseen), 1))
    assert effects(scene.preview(correction), now=ranked.clock()) == []


def test_29_a_tie_break_has_no_cut_score_no_statement_and_no_bar(ranked):
    first, second, _third = ranked.test([5, 5, 4])
    ranked.after_appeals()
    ranked.tie({first: 2, second: 0})
    held = db.session.scalars(db.select(Attempt).filter_by(round=1).order_by(Attempt.number)).all()
    assert len(held) == 2 and db.session.query(Bar).count() == 0
    for attempt in held:
        protocol = db.session.scalars(
            db.select(Protocol).join(Result, Protocol.result_id == Result.id).where(Result.attempt_id == attempt.id)
        ).one()
        content = results.open_content(protocol)
        assert content["statement"] is None and content["round"] == 1
        assert (content["result"]["cut_score"], content["result"]["may_return_on"]) == (0, None)
        assert protocol.result.outcome == Outcome.MEETS
        with transaction():
            assert results.protocol_pdf(db.session.get_one(Protocol, protocol.id), now=ranked.clock())[:5] == b"%PDF-"


def test_29_a_corrected_tie_break_may_change_the_winner_and_bars_nobody(ranked):
    first, second = ranked.test([5, 5])
    ranked.after_appeals()
    decided = ranked.tie({first: 1, second: 0})
    assert decided.winner == first
    scene = correction_of(ranked, ranked.last_round().sitting)
    [held] = [a for a in db.session.scalars(db.select(Attempt).filter_by(round=1)) if places_of(a.number)]
    [right] = places_of(held.number)
    correction = scene.prepare(*scene.void(right))
    [found] = effects(scene.preview(correction), now=ranked.clock())
    assert (found.effect.old_winner, found.effect.new_winner) == (first, None)
    assert found.effect.ties_appear == ((1, tuple(sorted((first, second)))),)
    scene.apply(correction)
    assert ranked.standing().winner is None and db.session.query(Bar).count() == 0
    db.session.rollback()
    assert not list(audit.verify())


def test_the_independent_script_agrees_on_a_competition_that_took_two_tie_breaks(ranked, tmp_path):
    codes = ranked.test([5, 5, 5, 4, 3])
    ranked.after_appeals()
    ranked.tie(dict(zip(codes, (2, 2, 1), strict=False)))
    decided = ranked.tie(dict(zip(codes, (0, 1), strict=False)))
    assert decided.winner == codes[1]
    with transaction():
        export.write(tmp_path / "out", by=audit.System("test"), now=ranked.clock())
    done = subprocess.run([sys.executable, "-I", str(SCRIPT), str(tmp_path / "out")], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "Attempts: 10. Rankings: 1. Differences: 0.\n")
    [said] = [json.loads(line) for line in (tmp_path / "out" / "competitions.jsonl").read_text().splitlines()]
    assert [len(one["entrants"]) for one in said["tie_breaks"]] == [3, 2] and said["winner"] == codes[1]


def test_results_of_an_annulled_sitting_have_no_place_in_the_effect(ranked):
    annulled = ranked.test([9, 8])
    with transaction():
        prepared = corrections.annul_prepare(ranked.sitting, "чечим", by=ranked.admin, now=ranked.clock())
    with transaction():
        corrections.annul_apply(db.session.get_one(Annulment, prepared.id), by=ranked.officer, now=ranked.clock())
    first, second = ranked.test([6, 5])
    ranked.after_appeals()
    [wrong, *_rest] = places_of(first) - places_of(second)
    scene = correction_of(ranked)
    [found] = effects(scene.preview(scene.prepare(*scene.void(wrong))), now=ranked.clock())
    assert found.effect.old_winner == first and found.effect.ties_appear == ((1, tuple(sorted((first, second)))),)
    assert not {move.code for move in found.effect.moves} & set(annulled)
