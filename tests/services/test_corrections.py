"""A wrong key or a void item is corrected for everybody who sat the form, by two persons and as a whole (¶35)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import event as sql_event

from competitions.models import Bar
from core import audit
from core.db import db, transaction
from core.i18n import force_locale
from core.outbox import Letter
from question_bank.services.forms import verify_form
from testing_center import queries
from testing_center.models.attempts import Protocol, Result
from testing_center.models.errata import Correction, Erratum
from testing_center.rules import errata as rules
from testing_center.rules.errata import CorrectionStatus
from testing_center.rules.scoring import Outcome
from testing_center.services import corrections, results
from testing_center.services.links import participant_of
from tests.candidates import Candidate
from tests.correction_scene import CorrectionScene

# Six questions, cut score three. The key at place 1 is wrong: the second option is right there.
BELOW = {1: 1, 2: 0, 3: 0}  # chose what is really right: two points, three after the correction
ABOVE = {1: 0, 2: 0, 3: 0}  # chose the wrong key: three points, two after the correction
SAME = {2: 0, 3: 0, 4: 0, 5: 0}  # never answered question 1


@pytest.fixture
def scene(make, clock):
    """Three people, of whom a corrected key lifts one over the cut score and lowers another below it."""
    return CorrectionScene(make, clock, [BELOW, ABOVE, SAME])


def faults() -> list[str]:
    """What the verification of the whole chain finds."""
    db.session.rollback()
    return [fault.what for fault in audit.verify()]


def bars_of(candidate: Candidate) -> list[tuple[date, bool]]:
    """(day of the test, whether it is lifted) of the person's bars."""
    person_id = participant_of(candidate.attempt).person_id
    query = db.select(Bar).where(Bar.person_id == person_id).order_by(Bar.returns_on)
    return [(bar.failed_on, bar.lifted_at is not None) for bar in db.session.scalars(query)]


def protocols_of(candidate: Candidate) -> list[Protocol]:
    """All versions, the oldest first."""
    query = db.select(Protocol).join(Result, Protocol.result_id == Result.id)
    query = query.where(Result.attempt_id == candidate.attempt_id).order_by(Protocol.version)
    return list(db.session.scalars(query))


# Before it is applied


def test_nothing_is_true_before_it_is_applied(scene):
    scene.prepare(scene.wrong_key(1, 1))
    assert scene.scores == [2, 3, 4]
    assert db.session.query(Result).count() == 3 and faults() == []


def test_the_preview_shows_old_and_new_score_and_who_crosses_the_cut_score(scene):
    found = scene.preview(scene.prepare(scene.wrong_key(1, 1)))
    rows = {row.attempt_id: row for row in found.rows}
    shown = [rows[candidate.attempt_id] for candidate in scene.candidates]
    assert [(row.old_score, row.new_score, row.crosses) for row in shown] == [(2, 3, True), (3, 2, True), (4, 4, False)]
    assert (found.counts.rescored, found.counts.changed) == (3, 2)
    assert (found.counts.now_meet, found.counts.no_longer_meet) == (1, 1)


def test_the_preview_takes_as_many_statements_for_three_attempts_as_for_six(make, clock):
    assert statements_of_preview(make, clock, people=3) == statements_of_preview(make, clock, people=6)


def statements_of_preview(make, clock, *, people: int) -> int:
    """How often the preview asks the database."""
    scene, said = CorrectionScene(make, clock, [BELOW] * people), []
    correction = scene.prepare(scene.wrong_key(1, 1))
    corrections.preview(correction)

    def note(_connection, _cursor, statement, *_rest):
        said.append(statement)

    sql_event.listen(db.engine, "before_cursor_execute", note)
    assert len(corrections.preview(correction).rows) == people
    sql_event.remove(db.engine, "before_cursor_execute", note)
    return len(said)


def test_the_one_who_prepared_it_does_not_apply_it(scene):
    correction = scene.prepare(scene.wrong_key(1, 1))
    with pytest.raises(rules.AnotherPersonNeeded):
        scene.apply(correction, by=scene.first)
    assert scene.scores == [2, 3, 4]


def test_what_was_not_seen_is_not_applied(scene):
    correction = scene.prepare(scene.wrong_key(1, 1))
    with pytest.raises(rules.PreviewChanged):
        scene.apply(correction, digest=bytes(32))
    assert scene.scores == [2, 3, 4]


def test_an_erratum_added_after_the_preview_was_seen_keeps_it_from_being_applied(scene):
    correction = scene.prepare(scene.wrong_key(1, 1))
    seen = scene.preview(correction).digest
    with transaction():
        db.session.add(Erratum(correction_id=correction.id, place=2, kind=rules.ErratumKind.VOID, reason="?"))
    with pytest.raises(rules.PreviewChanged):
        scene.apply(correction, digest=seen)


def test_a_form_is_corrected_by_one_correction_at_a_time(scene):
    correction = scene.prepare(scene.wrong_key(1, 1))
    with pytest.raises(rules.CorrectionOpen) as refused:
        scene.prepare(*scene.void(2))
    assert refused.value.params["number"] == correction.number


def test_a_cancelled_correction_changes_nothing_and_lets_another_be_prepared(scene):
    correction = scene.prepare(scene.wrong_key(1, 1))
    with transaction():
        corrections.cancel(correction, "ката даярдалган", by=scene.first, now=scene.clock())
    assert scene.scores == [2, 3, 4]
    with pytest.raises(rules.NotPrepared):
        scene.apply(correction)
    scene.correct(*scene.void(2))
    assert scene.scores == [2, 3, 4] and faults() == []


def test_nobody_corrects_a_form_while_somebody_works_on_it(make, clock):
    sitting = make.sitting(people=1)
    Candidate(clock, make.codes(sitting)[0]).enter()
    by = make.user()
    with pytest.raises(rules.FormInUse), transaction():
        corrections.prepare(
            sitting.forms[0], "чечим", [rules.ErratumData(1, rules.ErratumKind.VOID, (), "?")], by=by, now=clock()
        )


def test_more_than_a_third_void_over_all_corrections_is_refused_and_points_to_the_annulment(scene):
    scene.correct(*scene.void(1, 2))
    with pytest.raises(rules.TooManyVoid) as refused:
        scene.prepare(*scene.void(3))
    assert refused.value.params == {"void": 3, "items": 6}
    with force_locale("en"):
        assert "annul" in str(refused.value)


# Applied


def test_everybody_is_rescored_and_whose_points_change_gets_a_new_result_that_names_the_old(scene):
    before = [candidate.result.id for candidate in scene.candidates]
    assert scene.apply(scene.prepare(scene.wrong_key(1, 1))) == 3
    assert scene.scores == [3, 2, 4]
    found = [candidate.result for candidate in scene.candidates]
    assert [(result.revision, result.supersedes_id) for result in found] == [
        (2, before[0]), (2, before[1]), (1, None),
    ]  # fmt: skip
    assert [result.outcome for result in found] == [Outcome.MEETS, Outcome.DOES_NOT_MEET, Outcome.MEETS]
    assert [area["points"] for area in found[0].areas] == [3]


@pytest.mark.parametrize(("say", "scores"), [("several", [3, 3, 4]), ("void", [3, 3, 5])])
def test_further_right_answers_and_void_items_lower_nobody(scene, say, scores):
    scene.correct(*(scene.void(1) if say == "void" else [scene.several(1, 1)]))
    assert scene.scores == scores


def test_the_new_protocol_names_the_old_the_correction_and_the_questions_as_the_candidate_saw_them(scene):
    correction = scene.correct(scene.wrong_key(1, 1))
    candidate = scene.candidates[0]
    old, new = protocols_of(candidate)
    content = results.open_content(new)
    assert (new.number, new.version, new.supersedes_id) == (old.number, 2, old.id)
    assert content["supersedes"] == {
        "number": old.number, "version": 1, "digest": old.content_digest.hex(), "score": 2,
    }  # fmt: skip
    seen_at = candidate.attempt.order["items"].index(1) + 1
    assert content["correction"] == {"number": correction.number, "questions": [seen_at]}
    assert content["result"]["score"] == 3 and content["result"]["may_return_on"] is None
    assert content["statement"]["ky"] == "топтолгон балл квалификациялык талаптарга жооп берет"
    assert content["candidate"] == results.open_content(old)["candidate"]
    assert new.verification_code != old.verification_code
    assert len(protocols_of(scene.candidates[2])) == 1


def test_28_a_bar_is_lifted_where_the_requirements_are_met_now_and_set_from_the_day_of_the_test_elsewhere(scene):
    day = scene.candidates[0].attempt.ended_at.date()
    assert [bars_of(candidate) for candidate in scene.candidates] == [[(day, False)], [], []]
    scene.clock.advance(timedelta(days=40))
    scene.correct(scene.wrong_key(1, 1))
    assert [bars_of(candidate) for candidate in scene.candidates] == [[(day, True)], [(day, False)], []]


def test_a_second_correction_builds_on_the_first_and_sets_the_bar_anew(scene):
    scene.correct(scene.wrong_key(1, 1))
    scene.clock.advance(timedelta(days=1))
    scene.correct(scene.wrong_key(1, 0))
    assert scene.scores == [2, 3, 4]
    assert [protocol.version for protocol in protocols_of(scene.candidates[0])] == [1, 2, 3]
    assert [lifted for _day, lifted in bars_of(scene.candidates[0])] == [True, False]
    assert faults() == []


def test_everybody_who_sat_the_form_is_told_in_the_language_of_the_test(scene):
    scene.correct(scene.wrong_key(1, 1))
    told = {letter.about_id: letter for letter in db.session.scalars(db.select(Letter))}
    assert set(told) == {candidate.attempt_id for candidate in scene.candidates}
    assert all(letter.kind == "result.corrected" and letter.language == "ky" for letter in told.values())
    new = protocols_of(scene.candidates[0])[1]
    assert new.number in told[scene.candidates[0].attempt_id].body


def test_the_sealed_form_never_changes(scene):
    digest = scene.form.digest
    scene.correct(scene.wrong_key(1, 1))
    db.session.expire_all()
    assert scene.form.digest == digest and verify_form(scene.form)
    assert queries.key_in_force(scene.form_id)[1].key == (scene.option(1, 1),)
    [first, *_rest] = queries.sealed_key(scene.form_id)
    assert first.key == (scene.option(1, 0),)


def test_the_key_of_an_erratum_is_not_readable_in_the_database(scene):
    correction = scene.prepare(scene.wrong_key(1, 1))
    assert scene.option(1, 1).encode() not in (correction.errata[0].accepted_sealed or b"")


def test_a_failure_half_way_leaves_nothing(scene, monkeypatch):
    correction = scene.prepare(scene.wrong_key(1, 1))

    def fail(*_args, **_kwargs):
        raise RuntimeError("no letters")

    monkeypatch.setattr("testing_center.services.notices.tell_corrected", fail)
    with pytest.raises(RuntimeError):
        scene.apply(correction)
    assert scene.scores == [2, 3, 4] and db.session.query(Letter).count() == 0
    assert db.session.get_one(Correction, correction.id).status == CorrectionStatus.PREPARED


def test_whoever_sits_the_form_later_is_scored_by_the_corrected_key(scene):
    scene.correct(scene.wrong_key(1, 1))
    [corrected, *_rest] = queries.keyed_form(scene.form_id)
    assert corrected.earned([scene.option(1, 1)]) == 1 and corrected.earned([scene.option(1, 0)]) == 0
