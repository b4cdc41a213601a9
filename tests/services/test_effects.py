"""What the preview says of competitions is what their standing is after the correction (¶29)."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from competitions.models import Bar
from core import audit
from core.db import db, transaction
from ranking.services import export
from ranking.services.effects import effects
from ranking.services.state import Wait
from testing_center.models.attempts import Attempt, Protocol, Result
from testing_center.models.errata import Annulment
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
    [found] = effects(scene.preview(correction))
    assert found.competition_id == ranked.competition_id
    assert found.effect.ties_appear == ((1, tuple(sorted((first, second)))),)
    assert (found.effect.old_winner, found.effect.new_winner) == (first, None)
    scene.apply(correction)
    after = places(ranked)
    for move in found.effect.moves:
        assert (move.old_place, move.new_place) == (before[move.code], after[move.code])
    assert {code for code in before if before[code] != after[code]} <= {move.code for move in found.effect.moves}
    assert after[third] in (3, None)


def test_a_correction_that_changes_nobodys_points_has_no_effect(ranked):
    ranked.test([5, 4])
    ranked.after_appeals()
    scene = correction_of(ranked)
    unseen = set(range(1, 10)) - {row.place for row in db.session.execute(db.text("SELECT place FROM response_event"))}
    correction = scene.prepare(scene.several(min(unseen), 1))
    assert effects(scene.preview(correction)) == []


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
    [found] = effects(scene.preview(correction))
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
    [found] = effects(scene.preview(scene.prepare(*scene.void(wrong))))
    assert found.effect.old_winner == first and found.effect.ties_appear == ((1, tuple(sorted((first, second)))),)
    assert not {move.code for move in found.effect.moves} & set(annulled)
