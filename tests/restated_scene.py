"""Two people who sat a form, a commission that states which answers of one of them count, and who corrects it."""

from __future__ import annotations

from appeals import recount
from appeals.rules.states import AppealOutcome, FindingKind
from core import audit
from core.clock import ManualClock
from core.db import db
from testing_center.rules.errata import ErratumData, ErratumKind
from tests.appeal_scene import AppealScene
from tests.candidates import Candidate
from tests.correction_scene import CorrectionScene
from tests.factories import Make


class RestatedScene(AppealScene):
    """Six questions, cut score three; both have answered places 1 and 2 of the form rightly, and nothing else."""

    def __init__(self, make: Make, clock: ManualClock) -> None:
        super().__init__(make, clock, people=2, items=6, cut_score=3, work=answer_two)
        self.correction = CorrectionScene.of(make, clock, self.sitting)

    def upheld(self, *answers: tuple[int, int | None]) -> None:
        """The commission states these answers (place, option, None for no answer) for the first one, and signs."""
        self.heard()
        for place, index in answers:
            self.find(place, FindingKind.RECORDING_FAULT, [] if index is None else [self.option(place, index)])
        self.all_vote(AppealOutcome.UPHELD)
        self.decide()
        self.sign_all()

    def restate(self, place: int, index: int | None, who: int = 0) -> ErratumData:
        """The erratum that says so."""
        response = [] if index is None else [self.option(place, index)]
        return ErratumData(place, ErratumKind.RESTATED, [response], "Кагаздагы жооп.", self.attempt(who).id)

    @property
    def scores(self) -> list[int]:
        """The scores in force, stored and recounted alike."""
        db.session.rollback()
        stored = [candidate.result.score for candidate in self.candidates]
        rights = recount.right_answers(self.attempt().form_id)
        assert stored == [recount.total(rights, recount.answers_in_force(one.attempt_id)) for one in self.candidates]
        return stored


def answer_two(candidate: Candidate) -> None:
    """The keys at places 1 and 2 of the form."""
    attempt = candidate.attempt
    options = {item.position: item.option_ids for item in attempt.form.items}
    for place in (1, 2):
        candidate.save(attempt.order["items"].index(place) + 1, [options[place][0]])


def faults() -> list[str]:
    """What the verification of the whole chain finds."""
    db.session.rollback()
    return [fault.what for fault in audit.verify()]
