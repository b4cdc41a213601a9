"""Whoever alters a correction, or corrects behind the trail, is found."""

from __future__ import annotations

import pytest

from core import audit
from core.db import db, transaction
from testing_center.models.attempts import Result
from testing_center.models.errata import Correction
from testing_center.rules import errata as rules
from testing_center.rules.errata import CorrectionStatus
from testing_center.rules.scoring import Outcome
from tests.correction_scene import CorrectionScene


@pytest.fixture
def scene(make, clock):
    """Two people whom a corrected key at place 1 carries over the cut score, one in each direction."""
    return CorrectionScene(make, clock, [{1: 1, 2: 0, 3: 0}, {1: 0, 2: 0, 3: 0}])


def faults() -> list[str]:
    """What the verification of the whole chain finds."""
    db.session.rollback()
    return [fault.what for fault in audit.verify()]


def alter(statement: str) -> None:
    """Change rows behind the system's back."""
    with db.engine.begin() as connection:
        assert connection.execute(db.text(statement)).rowcount > 0


def test_the_record_of_a_correction_holds(scene):
    scene.correct(scene.wrong_key(1, 1))
    assert faults() == []


def test_answers_altered_before_the_correction_keep_it_from_being_applied(scene):
    correction = scene.prepare(scene.wrong_key(1, 1))
    alter(f"UPDATE response_event SET flagged = {'1' if db.engine.dialect.name == 'sqlite' else 'true'}")
    with pytest.raises(rules.AnswersAltered):
        scene.apply(correction)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE erratum SET reason = 'x'", "the errata of this correction were altered"),
        ("UPDATE erratum SET place = 4", "the errata of this correction were altered"),
        ("DELETE FROM erratum", "the errata of this correction were altered"),
        ("UPDATE correction SET preview_digest = NULL", "the decision on this correction was altered"),
        ("UPDATE correction SET effects = NULL", "what this correction has changed was altered"),
        (
            "UPDATE correction SET effects = replace(effects, 'new_score', 'new_points')",
            "what this correction has changed was altered",
        ),
        (
            "UPDATE result SET score = 5 WHERE revision = 2 AND outcome = 'meets'",
            "the corrected result of this attempt was altered",
        ),
    ],
)
def test_an_altered_correction_is_found(scene, statement, fault):
    scene.correct(scene.wrong_key(1, 1))
    alter(statement)
    assert fault in faults()


def test_a_correction_applied_behind_the_trail_is_found(scene):
    scene.prepare(scene.wrong_key(1, 1))
    with transaction():
        correction = db.session.scalars(db.select(Correction)).one()
        correction.status, correction.decided_at = CorrectionStatus.APPLIED, scene.clock()
        correction.decided_by_id = scene.second.id
    assert "a correction of this form is in force that the trail does not know" in faults()


def test_a_result_over_the_corrected_one_is_found(scene):
    scene.correct(scene.wrong_key(1, 1))
    with transaction():
        old = scene.candidates[0].result
        db.session.add(
            Result(
                attempt_id=old.attempt_id, revision=3, supersedes_id=old.id, score=6, maximum=6, cut_score=3,
                outcome=Outcome.MEETS, areas=old.areas, scoring_version=1, responses_digest=old.responses_digest,
                created_at=scene.clock(),
            )
        )  # fmt: skip
    assert faults() == ["a result is in force that the trail does not know"]
