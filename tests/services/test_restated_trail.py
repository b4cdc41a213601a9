"""What keeps a restated answer as it was decided: the trail, the seal, the database (¶35; ADR 0014)."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from appeals import queries
from core.crypto import canonical, keyring
from core.db import db, transaction
from testing_center.accepted import fingerprint, open_accepted
from testing_center.models.errata import Erratum
from testing_center.rules.errata import ErratumKind
from testing_center.services import corrections
from tests.restated_scene import RestatedScene, faults


@pytest.fixture
def scene(make, clock):
    return RestatedScene(make, clock)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE erratum SET attempt_id = (SELECT id FROM attempt WHERE id <> erratum.attempt_id)",
        "UPDATE erratum SET place = 4",
        "UPDATE erratum SET reason = 'башка'",
        "UPDATE erratum SET kind = 'void', attempt_id = NULL, accepted_sealed = NULL",
    ],
)
def test_an_altered_restatement_is_found(scene, statement):
    scene.correction.correct(scene.restate(3, 0))
    assert faults() == []
    with db.engine.begin() as connection:
        connection.execute(db.text(statement))
    assert "the errata of this correction were altered" in faults()


def test_why_a_correction_was_cancelled_stands_on_it_and_an_altered_reason_is_found(scene, clock):
    correction = scene.correction.prepare(scene.restate(3, 0))
    with transaction():
        corrections.cancel(correction, " Жаңылыштык. ", by=scene.correction.first, now=clock())
    assert correction.cancelled_reason == "Жаңылыштык." and faults() == []
    with db.engine.begin() as connection:
        connection.execute(db.text("UPDATE correction SET cancelled_reason = 'башка'"))
    assert faults() == ["the cancellation of this correction was altered"]


def test_the_answer_that_counts_is_not_readable_in_the_database_and_opens_in_its_own_row_only(scene):
    scene.upheld((3, 0))
    erratum = scene.correction.correct(scene.restate(3, 0)).errata[0]
    [finding] = queries.findings_of(scene.appeal())
    for row in (erratum, finding):
        assert scene.option(3, 0).encode() not in (row.accepted_sealed or b"")
        assert open_accepted(row) == [[scene.option(3, 0)]]
    for kind, row in (("erratum", erratum), ("finding", finding)):  # as they have been sealed from the first version on
        body = canonical({"accepted": [["x"]], "salt": "00"})
        row.accepted_sealed = keyring().seal("bank", body, (kind, str(row.id), "accepted"))
        assert open_accepted(row) == [["x"]] and len(fingerprint(row)) == 32
    db.session.rollback()


@pytest.mark.parametrize("kind", [ErratumKind.RESTATED, ErratumKind.WRONG_KEY])
def test_the_database_holds_an_attempt_exactly_where_an_answer_is_restated(scene, kind):
    correction = scene.correction.prepare(scene.restate(3, 0))
    attempt_id = None if kind == ErratumKind.RESTATED else scene.attempt().id
    with pytest.raises(IntegrityError, match="restated_has_attempt"), transaction():
        db.session.add(
            Erratum(correction_id=correction.id, place=4, kind=kind, reason="?", attempt_id=attempt_id,
                    accepted_sealed=b"?")
        )  # fmt: skip


def test_the_database_holds_one_answer_of_an_attempt_and_one_erratum_of_the_form_at_a_place(scene):
    correction = scene.correction.prepare(scene.restate(3, 0), scene.restate(3, 0, who=1), *scene.correction.void(3))
    restated = {"kind": ErratumKind.RESTATED, "attempt_id": scene.attempt().id, "accepted_sealed": b"?"}
    for more in (restated, {"kind": ErratumKind.VOID}):
        with pytest.raises(IntegrityError), transaction():
            db.session.add(Erratum(correction_id=correction.id, place=3, reason="?", **more))
