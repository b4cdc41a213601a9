"""Only a correction that is applied settles what a commission found, and it says what was found (¶35)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appeals.rules.hearing import SignaturesMissing
from appeals.rules.states import AppealOutcome, FindingKind
from core import audit
from core.db import db, transaction
from ranking import correction_queries
from ranking.due_queries import uncorrected
from ranking.rules.due import FindingSaysOtherwise
from ranking.services import findings
from ranking.services.evidence import gather
from testing_center.models.errata import Correction
from testing_center.rules.errata import CorrectionStatus, ErratumData, ErratumKind
from testing_center.services import corrections
from tests.appeal_scene import MANY, AppealScene
from tests.correction_scene import CorrectionScene


class Found:
    """Two people; of the first one's appeal the commission found the second option of place 2 right."""

    def __init__(self, make, clock) -> None:
        self.scene = AppealScene(make, clock, people=2, right=5)
        make.recall(("upheld", self.scene.sitting_id), self._appealed, rows=MANY)
        self.correct = CorrectionScene.of(make, clock, self.scene.sitting)
        self.form_id = self.scene.attempt().form_id

    def _appealed(self) -> None:
        for who in (0, 1):
            self.scene.file(who, places=[2])
            self.scene.confirm(who)
        self.uphold(0, FindingKind.WRONG_KEY, 1)

    def uphold(self, who: int, kind: FindingKind, *right: int) -> None:
        """The commission upholds an appeal with this finding about place 2."""
        scene = self.scene
        scene.open(who)
        scene.view(who)
        scene.find(2, kind, *([scene.option(2, index)] for index in right), who=who)
        scene.all_vote(AppealOutcome.UPHELD, who)
        scene.decide(who)
        scene.sign_all(who)
        scene.hand_over(who)

    @property
    def due(self) -> list[tuple[int, str]]:
        """What waits: place and kind."""
        db.session.rollback()
        is_prepared = bool(db.session.scalar(db.select(Correction.id).filter_by(status=CorrectionStatus.PREPARED)))
        is_asked_for = self.form_id in correction_queries.forms_due()
        assert is_asked_for == (not is_prepared and bool(uncorrected({self.form_id})))
        return [(one.place, str(one.kind)) for one in findings.errata_due(self.form_id)]

    @property
    def is_awaited(self) -> bool:
        """Whether the ranking waits for a correction."""
        db.session.rollback()
        [evidence] = gather([self.scene.attempt().competition], now=self.scene.clock())
        return evidence.corrections_due > 0


@pytest.fixture
def found(make, clock) -> Found:
    return Found(make, clock)


def test_a_correction_that_one_person_prepares_and_cancels_alone_settles_nothing(found):
    found.scene.clock.advance(timedelta(hours=3))
    correction = found.correct.prepare(*findings.errata_due(found.form_id))
    with transaction():
        corrections.cancel(db.session.get_one(Correction, correction.id), "жок", by=found.correct.first,
                           now=found.scene.clock())  # fmt: skip
    assert found.due == [(2, "wrong_key")] and found.is_awaited
    found.correct.correct(*findings.errata_due(found.form_id))
    assert found.due == [] and not found.is_awaited


def test_a_correction_that_says_something_else_than_was_found_is_refused_and_names_the_appeal(found):
    number = found.scene.appeal(0).number
    for other in (found.correct.wrong_key(2, 2), found.correct.several(2, 1), *found.correct.void(2)):
        with pytest.raises(FindingSaysOtherwise) as refused:
            found.correct.prepare(other)
        assert refused.value.params == {"appeal": number, "place": 2}
    found.correct.correct(found.correct.wrong_key(3, 1))  # of another place nothing was found
    assert found.due == [(2, "wrong_key")]


def test_what_was_found_is_corrected_when_all_have_signed_the_protocol(make, clock):
    scene = AppealScene(make, clock, people=2, right=5)
    scene.decided(AppealOutcome.UPHELD, {2: FindingKind.WRONG_KEY})
    correct, [due] = CorrectionScene.of(make, clock, scene.sitting), findings.errata_due(scene.attempt().form_id)
    *first, last = scene.table
    for user in first:
        scene.sign(user)
    with pytest.raises(SignaturesMissing) as refused:
        correct.prepare(due)
    assert refused.value.params == {"names": last.full_name}
    correct.prepare(correct.wrong_key(3, 1))  # of another place nothing was found
    scene.sign(last)


def test_a_finding_of_a_later_appeal_waits_although_the_place_was_corrected(found):
    found.correct.correct(found.correct.wrong_key(2, 1))
    assert found.due == []
    found.scene.clock.advance(timedelta(minutes=1))
    found.uphold(1, FindingKind.VOID)
    assert found.due == [(2, "void")] and found.is_awaited
    found.correct.correct(*found.correct.void(2))
    assert found.due == [] and not found.is_awaited


def test_of_contradicting_findings_the_one_decided_last_prevails(found):
    found.scene.clock.advance(timedelta(minutes=1))
    found.uphold(1, FindingKind.VOID)
    assert found.due == [(2, "void")]
    with pytest.raises(FindingSaysOtherwise) as refused:
        found.correct.prepare(found.correct.wrong_key(2, 1))
    assert refused.value.params["appeal"] == found.scene.appeal(1).number


def test_what_was_prepared_before_another_appeal_was_decided_is_not_applied(found):
    correction = found.correct.prepare(found.correct.wrong_key(2, 1))
    found.scene.clock.advance(timedelta(minutes=1))
    found.uphold(1, FindingKind.VOID)
    with pytest.raises(FindingSaysOtherwise):
        found.correct.apply(correction)
    with transaction():
        corrections.cancel(db.session.get_one(Correction, correction.id), "чечим", by=found.correct.first,
                           now=found.scene.clock())  # fmt: skip
    found.correct.correct(*found.correct.void(2))
    assert found.due == []


@pytest.mark.parametrize("right", [[1], [1, 2]])
def test_a_finding_that_the_key_in_force_says_already_does_not_wait(make, clock, right):
    scene = AppealScene(make, clock, people=2, right=5)
    scene.heard()
    scene.find(2, FindingKind.SEVERAL_RIGHT, [scene.option(2, 1)])
    correct = CorrectionScene.of(make, clock, scene.sitting)
    correct.correct(correct.several(2, *right))  # by the department itself, before the decision
    clock.advance(timedelta(minutes=1))
    scene.all_vote(AppealOutcome.UPHELD)
    scene.decide()
    assert uncorrected({scene.attempt().form_id}) == set()


def test_looking_at_what_was_found_is_recorded_with_its_purpose_and_the_person(found):
    with transaction():
        due = findings.open_due(found.correct.form, by=found.correct.first, now=found.scene.clock())
    assert [one.place for one in due.errata] == [2]
    [entry] = db.session.scalars(db.select(audit.AuditEntry).filter_by(action="findings.opened"))
    said = audit.facts(entry)
    assert (entry.actor, entry.subject) == (found.correct.first.actor_name, f"test_form:{found.form_id}")
    assert (said["purpose"], said["places"], said["appeals"]) == ("correction", [2], found.scene.appeal(0).number)


def test_where_nothing_was_found_nothing_is_opened(make, clock):
    scene = CorrectionScene(make, clock, [{1: 0}])
    with transaction():
        findings.open_due(scene.form, by=scene.first, now=clock())
    assert not db.session.scalars(db.select(audit.AuditEntry).filter_by(action="findings.opened")).all()
    assert ErratumData(1, ErratumKind.VOID) not in findings.errata_due(scene.form_id)
