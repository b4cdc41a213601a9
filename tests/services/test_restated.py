"""An answer that was recorded wrongly is put right for that one attempt, by the same path as every correction (¶35)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from appeals import queries as appeal_queries
from appeals.services.protocols import protocol_content
from competitions.models import Bar
from core.db import db, transaction
from core.i18n import force_locale
from core.i18n import gettext as _
from core.outbox import Letter
from ranking import due_queries
from ranking.services import findings
from testing_center import queries
from testing_center.models.attempts import Protocol, ResponseEvent, Result
from testing_center.rules import errata as rules
from testing_center.rules.errata import ErratumData, ErratumKind
from testing_center.rules.scoring import Outcome
from testing_center.services import corrections, results
from testing_center.services.links import participant_of
from tests.correction_scene import CorrectionScene
from tests.restated_scene import RestatedScene, faults

# Both have answered two of six places rightly, and the cut score is three. The first one says that the answer at
# place 3 was lost, and that the one at place 1 is not theirs.


@pytest.fixture
def scene(make, clock):
    return RestatedScene(make, clock)


def letters() -> list[Letter]:
    """Letters about corrected results."""
    return list(db.session.scalars(db.select(Letter).filter_by(kind="result.corrected")))


def content_of(who) -> dict:
    """The protocol in force."""
    return results.open_content(queries.latest_protocol(who.attempt_id))


def test_what_the_commission_stated_is_proposed_and_nothing_is_true_before_it_is_applied(scene):
    scene.upheld((3, 0))
    form_id = scene.attempt().form_id
    [due] = findings.restated_due(form_id)
    assert (due.number, due.recorded, due.erratum.attempt) == (scene.attempt().number, None, scene.attempt().id)
    assert due.counts and due.erratum.accepted == [[scene.option(3, 0)]]
    assert findings.errata_due(form_id) == [] and findings.grounds_due(form_id) == scene.appeal().number
    scene.correction.prepare(due.erratum)
    assert scene.scores == [2, 2] and findings.restated_due(form_id) and faults() == []


def test_the_preview_shows_that_one_attempt(scene):
    found = scene.correction.preview(scene.correction.prepare(scene.restate(3, 0)))
    assert [(row.attempt_id, row.old_score, row.new_score, row.crosses) for row in found.rows] == [
        (scene.attempt().id, 2, 3, True)
    ]


def test_the_result_is_put_right_for_that_one_attempt_and_nothing_is_overwritten(scene):
    before = [candidate.result for candidate in scene.candidates]
    events = db.session.query(ResponseEvent).count()
    scene.upheld((3, 0))
    [due] = findings.restated_due(scene.attempt().form_id)
    correction = scene.correction.prepare(due.erratum)
    assert scene.correction.apply(correction) == 1
    assert scene.scores == [3, 2] and db.session.query(ResponseEvent).count() == events
    new = scene.candidates[0].result
    assert (new.revision, new.supersedes_id, new.outcome) == (2, before[0].id, Outcome.MEETS)
    assert new.responses_digest == before[0].responses_digest
    assert scene.candidates[1].result.id == before[1].id
    said = content_of(scene.candidates[0])
    shown = scene.attempt().order["items"].index(3) + 1
    assert said["version"] == 2 and said["supersedes"]["score"] == 2
    assert said["correction"] == {"number": correction.number, "questions": [], "restated": [shown]}
    assert db.session.query(Protocol).count() == 3
    assert findings.restated_due(scene.attempt().form_id) == [] and faults() == []


def test_only_that_candidate_is_told_and_freed_of_the_bar(scene):
    scene.correction.correct(scene.restate(3, 0))
    [letter] = letters()
    assert letter.about_id == scene.attempt().id
    with force_locale(letter.language):
        mine = _("Your answer was recorded wrongly. The answer that the commission stated counts instead.")
        everybodys = _("A question of the test that you sat was corrected for everybody who sat the same form.")
    assert mine in letter.body and everybodys not in letter.body
    bars = {bar.person_id: bar.lifted_at for bar in db.session.query(Bar)}
    lifted = [bars[participant_of(scene.attempt(who)).person_id] is not None for who in (0, 1)]
    assert lifted == [True, False]


def test_no_answer_may_be_what_counts(scene):
    scene.correction.correct(scene.restate(1, None), scene.restate(2, None))
    assert scene.scores == [0, 2] and faults() == []


def test_the_answer_of_somebody_who_saved_none_at_all_may_count(make, clock):
    scene = CorrectionScene(make, clock, [{}])
    said = ErratumData(
        1, ErratumKind.RESTATED, [[scene.option(1, 0)]], "Кагаздагы жооп.", scene.candidates[0].attempt_id
    )
    scene.correct(said)
    assert scene.scores == [1] and faults() == []


def test_who_gains_or_loses_nothing_is_told_so_and_keeps_the_protocol(scene):
    scene.correction.correct(scene.restate(3, 2))
    assert scene.scores == [2, 2] and db.session.query(Result).count() == 2
    assert len(letters()) == 1 and queries.latest_protocol(scene.attempt().id).version == 1


def test_a_later_correction_of_the_key_scores_the_answer_that_counts(scene, clock):
    scene.correction.correct(scene.restate(3, 1))
    assert scene.scores == [2, 2]
    clock.advance(timedelta(hours=1))
    assert scene.correction.apply(scene.correction.prepare(scene.correction.wrong_key(3, 1))) == 2
    assert scene.scores == [3, 2] and faults() == []


def test_one_correction_holds_a_wrong_key_and_a_restated_answer_even_of_one_question(scene):
    correction = scene.correction.correct(
        scene.correction.wrong_key(3, 1), scene.restate(3, 1), *scene.correction.void(4), scene.restate(5, 0)
    )
    assert scene.scores == [5, 3] and faults() == []
    order = scene.attempt().order["items"]
    assert content_of(scene.candidates[0])["correction"] == {
        "number": correction.number, "questions": sorted(order.index(place) + 1 for place in (3, 4)),
        "restated": sorted(order.index(place) + 1 for place in (3, 5)),
    }  # fmt: skip
    assert "restated" not in content_of(scene.candidates[1])["correction"]
    bodies = {letter.about_id: letter.body for letter in letters()}
    with force_locale("ky"):
        mine = _("Your answer was recorded wrongly. The answer that the commission stated counts instead.")
        everybodys = _("A question of the test that you sat was corrected for everybody who sat the same form.")
    told = [(everybodys in bodies[scene.attempt(who).id], mine in bodies[scene.attempt(who).id]) for who in (0, 1)]
    assert told == [(True, True), (True, False)]


def test_restated_answers_are_no_void_questions(scene):
    scene.correction.correct(*(scene.restate(place, 1) for place in range(1, 7)))
    assert scene.scores == [0, 2]


def test_of_two_corrections_of_one_answer_the_later_counts(scene, clock):
    scene.correction.correct(scene.restate(3, 0))
    clock.advance(timedelta(hours=1))
    with pytest.raises(rules.AnswerUnchanged):
        scene.correction.prepare(scene.restate(3, 0))
    scene.correction.correct(scene.restate(3, None))
    assert scene.scores == [2, 2] and scene.candidates[0].result.revision == 3


def test_the_one_who_prepared_it_does_not_apply_it(scene):
    correction = scene.correction.prepare(scene.restate(3, 0))
    with pytest.raises(rules.AnotherPersonNeeded):
        scene.correction.apply(correction, by=scene.correction.first)


def test_only_an_answer_of_somebody_who_sat_the_form_and_whose_result_counts_is_restated(scene, make, clock):
    strange = ErratumData(3, ErratumKind.RESTATED, [[scene.option(3, 0)]], "?", uuid4())
    with pytest.raises(rules.NoSuchAttempt):
        scene.correction.prepare(strange)
    with transaction():
        annulment = corrections.annul_prepare(scene.sitting, "Жараксыз.", by=scene.correction.first, now=clock())
    with transaction():
        corrections.annul_apply(annulment, by=scene.correction.second, now=clock())
    with pytest.raises(rules.NoSuchAttempt):
        scene.correction.prepare(scene.restate(3, 0))


def test_a_ranking_waits_for_a_restated_answer_and_not_for_one_that_an_annulment_has_settled(scene, clock):
    scene.upheld((3, 0))
    form_id = scene.attempt().form_id
    assert due_queries.uncorrected({form_id}) == {form_id}
    with transaction():
        annulment = corrections.annul_prepare(scene.sitting, "Жараксыз.", by=scene.correction.first, now=clock())
    with transaction():
        corrections.annul_apply(annulment, by=scene.correction.second, now=clock())
    assert due_queries.uncorrected({form_id}) == set() and findings.restated_due(form_id) == []


def test_a_fault_of_one_candidate_is_not_settled_by_the_correction_of_another_or_of_the_key(scene):
    scene.upheld((3, 0))
    form_id = scene.attempt().form_id
    scene.correction.correct(scene.correction.wrong_key(3, 1), scene.restate(3, 1, who=1))
    assert due_queries.uncorrected({form_id}) == {form_id} and len(findings.restated_due(form_id)) == 1
    scene.clock.advance(timedelta(hours=1))
    scene.correction.correct(findings.restated_due(form_id)[0].erratum)
    assert due_queries.uncorrected({form_id}) == set()


def test_a_fault_found_before_the_answer_was_stated_with_it_holds_nothing_up(scene):
    scene.upheld((3, 0))
    with transaction():
        appeal_queries.findings_of(scene.appeal())[0].accepted_sealed = None
    form_id = scene.attempt().form_id
    assert findings.restated_due(form_id) == [] and due_queries.uncorrected({form_id}) == set()


# The appeal's own protocol


@pytest.mark.parametrize(("place", "index"), [(3, 0), (1, None)])
def test_the_protocol_of_the_hearing_says_what_was_recorded_and_what_counts(scene, place, index):
    scene.upheld((place, index))
    [found] = protocol_content(scene.protocol())["findings"]
    answers = found["restated"]
    assert (answers["recorded"] is None, answers["counts"] is None) == (place == 3, index is None)
    assert found["accepted"] == [] and faults() == []


def test_the_day_of_the_test_begins_the_bar_of_whose_answer_does_not_count(make, clock):
    scene = RestatedScene(make, clock)
    scene.correction.correct(scene.restate(3, 0))
    clock.advance(timedelta(hours=1))
    scene.correction.correct(scene.restate(2, None))
    person_id = participant_of(scene.attempt()).person_id
    held = list(db.session.scalars(db.select(Bar).where(Bar.person_id == person_id, Bar.lifted_at.is_(None))))
    assert scene.scores == [2, 2] and [bar.failed_on for bar in held] == [date(2026, 11, 28)]
