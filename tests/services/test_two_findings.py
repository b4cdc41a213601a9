"""An answer recorded wrongly and a wrong key, both found of one question and both put right (¶35)."""

from __future__ import annotations

import pytest

from appeals import queries
from appeals.rules.states import AppealOutcome, FindingData, FindingKind, FindingsExclude
from appeals.services import deliberation
from appeals.services.protocols import protocol_content
from core import audit
from core.db import db, transaction
from ranking import due_queries
from ranking.services import findings
from testing_center.accepted import open_accepted
from tests.restated_scene import RestatedScene, faults

RECORDING, WRONG_KEY, VOID = FindingKind.RECORDING_FAULT, FindingKind.WRONG_KEY, FindingKind.VOID


@pytest.fixture
def scene(make, clock):
    """Both have answered places 1 and 2 rightly."""
    return RestatedScene(make, clock)


def found(scene) -> list[tuple[int, FindingKind, list[list[str]]]]:
    """What stands."""
    db.session.rollback()
    return [(one.place, one.kind, open_accepted(one)) for one in queries.findings_of(scene.appeal())]


def test_both_are_found_voted_on_and_stand_in_the_protocol(scene):
    scene.heard(places=[2])
    second = scene.option(2, 1)
    scene.find_both(2, WRONG_KEY, [second])
    assert found(scene) == [(2, RECORDING, [[second]]), (2, WRONG_KEY, [[second]])]
    scene.all_vote(AppealOutcome.UPHELD)
    scene.decide()
    scene.sign_all()
    rows = protocol_content(scene.protocol())["findings"]
    assert [(row["kind"], row["reason"]) for row in rows] == [
        ("recording_fault", "Жооп башка."), ("wrong_key", "Суроо туура эмес."),
    ]  # fmt: skip
    assert len({row["question"] for row in rows}) == 1
    assert rows[0]["restated"]["counts"] == rows[1]["accepted"][0] and rows[0]["accepted"] == []
    assert faults() == []


def test_one_correction_puts_both_right_the_key_for_everybody_and_the_answer_for_one(scene):
    """The key was the first option, which both chose; the second is right, and is what the first person meant."""
    scene.heard(places=[2])
    scene.find_both(2, WRONG_KEY, [scene.option(2, 1)])
    scene.all_vote(AppealOutcome.UPHELD)
    scene.decide()
    scene.sign_all()
    form_id = scene.attempt().form_id
    restated = [one.erratum for one in findings.restated_due(form_id)]
    due = [*findings.errata_due(form_id), *restated]
    assert [(one.place, str(one.kind), one.attempt) for one in due] == [
        (2, "wrong_key", None), (2, "restated", scene.attempt().id),
    ]  # fmt: skip
    scene.correction.correct(*due)
    assert scene.scores == [2, 1]
    assert due_queries.uncorrected({form_id}) == set()
    assert faults() == []


def test_a_correction_of_one_of_them_leaves_the_other_waiting(scene):
    scene.heard(places=[2])
    scene.find_both(2, VOID)
    scene.all_vote(AppealOutcome.UPHELD)
    scene.decide()
    scene.sign_all()
    form_id = scene.attempt().form_id
    scene.correction.correct(*scene.correction.void(2))
    assert findings.errata_due(form_id) == [] and len(findings.restated_due(form_id)) == 1
    scene.correction.correct(scene.restate(2, 1))
    assert due_queries.uncorrected({form_id}) == set()
    assert scene.scores == [2, 2]


def test_what_excludes_each_other_is_not_written_down(scene):
    scene.heard(places=[2])
    agrees = FindingData(FindingKind.AGREES, "Дал келет.")
    restated = FindingData(RECORDING, "Жооп башка.", [[scene.option(2, 1)]])
    void = FindingData(VOID, "Жараксыз.")
    wrong = FindingData(WRONG_KEY, "Ачкыч туура эмес.", [[scene.option(2, 1)]])
    for both in ([agrees, restated], [agrees, void], [void, wrong], [restated, restated], [void, wrong, restated]):
        with pytest.raises(FindingsExclude), transaction():
            deliberation.record_findings(scene.appeal(), 2, both, by=scene.chair, now=scene.clock())
        assert found(scene) == []


def test_what_is_found_anew_takes_the_place_of_both_which_stay_on_record(scene):
    scene.heard(places=[2])
    before = [one.id for one in scene.find_both(2, VOID)]
    scene.vote(scene.chair, AppealOutcome.UPHELD)
    scene.find(2, FindingKind.AGREES)
    assert [(place, kind) for place, kind, _accepted in found(scene)] == [(2, FindingKind.AGREES)]
    assert queries.votes_of(scene.appeal()) == []  # nobody has voted on that
    [entry] = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="finding.withdrawn"))
    withdrawn = audit.subject_id(entry)
    assert withdrawn in before and faults() == []
    db.session.execute(db.text("UPDATE finding SET withdrawn_at = NULL, place = 3 WHERE withdrawn_at IS NOT NULL"))
    assert any("withdrawn" in fault.what for fault in audit.verify())


def test_the_same_two_once_more_change_nothing_and_keep_the_votes(scene):
    scene.heard(places=[2])
    scene.find_both(2, VOID)
    scene.vote(scene.chair, AppealOutcome.UPHELD)
    scene.find_both(2, VOID)
    assert len(queries.votes_of(scene.appeal())) == 1
    scene.find(2, VOID, reason="Суроо туура эмес.")  # one of them alone is another finding
    assert queries.votes_of(scene.appeal()) == []
    assert [kind for _place, kind, _accepted in found(scene)] == [VOID]
