"""¶27, 35: somebody else's appeal that changed a result here is handed over too, as an extract that names nobody."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest

from accounts.rules import Role
from appeals.rules.hearing import SignaturesMissing
from appeals.rules.states import AppealOutcome, FindingKind
from appeals.services.extracts import extract_content
from competitions.models import Application, Competition
from core.db import db, transaction
from ranking import handing_over_queries
from ranking.services import decisions, findings
from ranking.services.handing_over import hand_over
from testing_center.models.errata import Correction
from testing_center.models.sittings import Participant
from testing_center.services.links import participant_of
from tests.appeal_scene import MANY, AppealScene
from tests.candidates import Candidate
from tests.correction_scene import CorrectionScene
from tests.rules.reading import text

APPELLANT = "Бактыгулова Чынаркан Эсенбековна"


class Others(AppealScene):
    """Two people who answered places 1 to 3 rightly; the first, who appeals, takes part in another competition."""

    def __init__(self, make, clock) -> None:
        super().__init__(make, clock, people=2, items=6, cut_score=3, work=answer_three)
        self.here = self.attempt(1).competition_id
        make.recall(("elsewhere", self.sitting_id), self._elsewhere, rows=MANY)
        self.corrected = CorrectionScene.of(make, clock, self.sitting)

    def _elsewhere(self) -> None:
        elsewhere = self.make.competition().id
        with transaction():
            attempt = self.attempt(0)
            first = participant_of(attempt)
            first.person.surname, first.person.given_name, first.person.patronymic = APPELLANT.split()
            attempt.competition_id = elsewhere
            db.session.get_one(Participant, first.id).competition_id = elsewhere
            db.session.execute(
                db.update(Application).filter_by(person_id=first.person_id).values(competition_id=elsewhere)
            )

    def upheld(self, **findings) -> None:
        """The first person's appeal is upheld with these findings and handed over."""
        self.closed(AppealOutcome.UPHELD, **findings)

    def zip(self) -> ZipFile:
        """What is handed over of the second person's competition."""
        self.clock.advance(timedelta(hours=1, seconds=1))
        db.session.rollback()
        by = self.make.user(Role.AUTHORITY_OFFICER)
        with transaction():
            decisions.draw_up(db.session.get_one(Competition, self.here), by=by, now=self.clock())
        return self.packed()

    def packed(self) -> ZipFile:
        """The same of the result that is drawn up already."""
        by = self.make.user(Role.AUTHORITY_OFFICER)
        with transaction():
            return ZipFile(BytesIO(hand_over(db.session.get_one(Competition, self.here), by=by, now=self.clock())))


def answer_three(candidate: Candidate) -> None:
    """The keys at places 1 to 3 of the form."""
    attempt = candidate.attempt
    options = {item.position: item.option_ids for item in attempt.form.items}
    for place in (1, 2, 3):
        candidate.save(attempt.order["items"].index(place) + 1, [options[place][0]])


@pytest.fixture
def scene(make, clock) -> Others:
    return Others(make, clock)


def extracts(zipped: ZipFile) -> list[str]:
    """Paths of what lies under the number of a correction."""
    return [name for name in zipped.namelist() if name.startswith("ОҢ-")]


def test_an_extract_of_the_other_persons_protocol_lies_under_the_number_of_the_correction(scene):
    scene.upheld(findings={5: FindingKind.VOID, 1: FindingKind.RECORDING_FAULT})
    restated = [one.erratum for one in findings.restated_due(scene.attempt().form_id)]
    correction = scene.corrected.correct(*scene.corrected.void(5), *restated).number
    zipped = scene.zip()
    [path] = extracts(zipped)
    assert path == f"{correction}/{scene.protocol().number.replace('/', '_')}.pdf"
    assert path in {one["path"] for one in json.loads(zipped.read("manifest.json"))["files"]}
    said = text(zipped.read(path))
    for wanted in (scene.protocol().number, scene.attempt().number, correction, "суроо жараксыз", "вопрос признан"):
        assert wanted in said
    assert "ошибка записи ответа" not in said  # of that one candidate alone
    assert "выписка" in text(zipped.read("manifest.pdf")).casefold()


def test_nobody_of_another_competition_is_named_anywhere_in_it(scene):
    scene.heard(places=[5])
    scene.find(5, FindingKind.VOID, reason=f"{APPELLANT} айткандай, суроо эки башка. БАКТЫГУЛОВА, Бактыгуловой.")
    scene.all_vote(AppealOutcome.UPHELD)
    scene.decide()
    scene.sign_all()
    scene.hand_over()
    scene.corrected.correct(*scene.corrected.void(5))
    zipped, officials = scene.zip(), [scene.chair.full_name, *(one.full_name for one in scene.members)]
    for name in zipped.namelist():
        said = text(zipped.read(name)) if name.endswith(".pdf") else zipped.read(name).decode()
        assert not any(part.casefold() in said.casefold() for part in (*APPELLANT.split(), "Бактыгулов")), name
    said = text(zipped.read(extracts(zipped)[0]))
    assert scene.attempt().number in said and not any(name in said for name in officials)


def test_what_changed_no_result_here_is_not_handed_over(scene):
    scene.upheld(findings={1: FindingKind.VOID})  # everybody had its point already
    scene.corrected.correct(*scene.corrected.void(1))
    assert extracts(scene.zip()) == []


def test_each_finding_belongs_to_the_first_correction_of_its_question_after_it(scene):
    scene.upheld(findings={5: FindingKind.VOID})
    first = scene.corrected.correct(*scene.corrected.void(5)).id
    scene.clock.advance(timedelta(hours=1, seconds=1))
    second = scene.corrected.correct(scene.corrected.wrong_key(5, 1), *scene.corrected.void(6)).id
    third = scene.corrected.correct(*scene.corrected.void(5)).id
    every = [db.session.get_one(Correction, one) for one in (first, second, third)]
    assert {one.id for one in handing_over_queries.changing(scene.here)} >= {first, second}
    [cause] = handing_over_queries.causes_of(every)
    assert (cause.correction.id, cause.places, cause.protocol.id) == (first, (5,), scene.protocol().id)


def test_a_protocol_that_is_not_kept_any_more_stops_nothing(scene):
    scene.upheld(findings={5: FindingKind.VOID})
    scene.corrected.correct(*scene.corrected.void(5))
    with transaction():
        protocol = scene.protocol()
        protocol.content_sealed, protocol.pdf_sealed = b"", None
    assert extracts(scene.zip()) == []


def test_the_extract_says_votes_by_their_number(scene):
    scene.upheld(findings={5: FindingKind.VOID})
    said = extract_content(scene.protocol(), [5], "ОҢ-2026-01", scene.clock())
    assert said["votes"] == {"upheld": len(scene.table)} and "name" not in said
    assert [(one["place"], one["kind"]) for one in said["findings"]] == [(5, "void")]


def test_nothing_is_corrected_by_a_protocol_that_somebody_has_still_to_sign(scene):
    scene.heard(places=[5])
    scene.find(5, FindingKind.VOID)
    scene.all_vote(AppealOutcome.UPHELD)
    scene.decide()
    with pytest.raises(SignaturesMissing):
        scene.corrected.prepare(*scene.corrected.void(5))
    scene.sign_all()
    scene.corrected.correct(*scene.corrected.void(5))
    assert len(extracts(scene.zip())) == 1
