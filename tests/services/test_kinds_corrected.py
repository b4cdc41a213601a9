"""Every kind of question after the test: the key review, findings, corrections, the recount from exported files."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from accounts.rules import Role
from appeals.rules.states import AppealOutcome, FindingKind
from appeals.services.protocols import protocol_content
from appeals.services.review import review
from core import audit
from core.db import db, transaction
from ranking.services import export, findings
from testing_center import queries
from testing_center.models.sittings import Sitting
from testing_center.rules import errata as errata_rules
from testing_center.rules.errata import ErratumData, ErratumKind
from testing_center.sheets import get_sheet
from tests import closing
from tests.appeal_scene import AppealScene
from tests.candidates import Candidate
from tests.correction_scene import CorrectionScene
from tests.kinds_scene import DRAFTS, KINDS, NEARLY, POINTS, asked
from tools import rescore


@pytest.fixture
def scene(make, clock):
    """A closed sitting of one form with every kind; the first answered all rightly, the second nearly."""
    sitting_id, told = make.recall("every kind answered", lambda: answered(make, clock))
    found = CorrectionScene.of(make, clock, db.session.get_one(Sitting, sitting_id))
    found.candidates = [Candidate.again(clock, *one) for one in told]
    return found


def answered(make, clock):
    """Id of the sitting, and what tells each candidate."""
    sitting = make.sitting(people=2, **KINDS)
    sitting_id, candidates = sitting.id, []
    for code, manner in zip(make.codes(sitting), ("right", "nearly"), strict=True):
        candidate = Candidate(clock, code).enter().start()
        for one in asked(candidate).values():
            candidate.save(one.position, getattr(one, manner))
        candidate.submit()
        candidates.append(candidate)
    by = make.user(Role.TEST_ADMINISTRATOR)
    with transaction():
        closing.close(db.session.get_one(Sitting, sitting_id), by=by, now=clock())
    clock.advance(timedelta(hours=2))
    return sitting_id, [one.told for one in candidates]


def erratum(scene, name, kind, *accepted, attempt=None):
    place = asked(scene.candidates[0])[name].item.place
    return ErratumData(place, kind, accepted, "апелляциянын чечими", attempt)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("order", (-4, 4)), ("match", (-4, 4)), ("match-partial", (-2, 2)), ("multiple", (-4, 4)),
        ("partial", (-2, 2)), ("number", (-4, 4)), ("true", (-4, 4)),
    ],
)  # fmt: skip
def test_35_a_wrong_key_of_every_kind_is_corrected_for_everybody(scene, name, change):
    """What was nearly right is right instead: a number by its own tolerance."""
    one = asked(scene.candidates[1])[name]
    before = scene.scores
    scene.correct(erratum(scene, name, ErratumKind.WRONG_KEY, one.nearly))
    assert [after - old for after, old in zip(scene.scores, before, strict=True)] == list(change)
    assert not list(audit.verify())


def test_35_a_second_answer_is_right_as_well_and_a_wider_number_too(scene):
    before = scene.scores
    order = asked(scene.candidates[1])["order"]
    scene.correct(
        erratum(scene, "order", ErratumKind.SEVERAL_RIGHT, order.nearly),
        erratum(scene, "number", ErratumKind.SEVERAL_RIGHT, ["13", "0,05"]),
    )
    assert scene.scores == [before[0], before[1] + 2 * POINTS]


@pytest.mark.parametrize(
    ("name", "accepted"),
    [("order", ["x"]), ("match", []), ("number", ["12,5", "-1"]), ("number", ["12,5", "0,5", "1"]), ("multiple", [])],
)
def test_35_what_is_no_whole_key_of_its_kind_is_refused(scene, name, accepted):
    with pytest.raises(errata_rules.AcceptedInvalid):
        scene.prepare(erratum(scene, name, ErratumKind.WRONG_KEY, accepted))


def test_35_the_same_key_in_other_words_changes_nothing(scene):
    for name, said in (("number", ["12,50", "0,5"]), ("match", asked(scene.candidates[0])["match"].right[::-1])):
        with pytest.raises(errata_rules.NothingChanges):
            scene.prepare(erratum(scene, name, ErratumKind.WRONG_KEY, said))


def test_35_an_answer_of_any_kind_is_restated_for_one_attempt(scene):
    before, who = scene.scores, scene.candidates[1]
    for name in ("order", "number", "match-partial"):
        one = asked(who)[name]
        scene.correct(erratum(scene, name, ErratumKind.RESTATED, one.right, attempt=who.attempt_id))
    assert scene.scores == [before[0], before[1] + POINTS + POINTS + 2]


def test_the_independent_script_recounts_every_kind_with_its_corrections(scene, tmp_path, clock):
    def differences(number):
        with transaction():
            export.write(tmp_path / str(number), by=audit.System("test"), now=clock())
        return list(rescore.differences(tmp_path / str(number)))

    assert differences(0) == []
    for number, name in enumerate(("order", "match-partial", "partial", "number"), 1):
        nearly = asked(scene.candidates[1])[name].nearly
        kind = ErratumKind.SEVERAL_RIGHT if number % 2 else ErratumKind.WRONG_KEY
        scene.correct(erratum(scene, name, kind, nearly))
        assert differences(number) == []


def test_the_independent_script_finds_the_points_of_any_response(scene, tmp_path, clock):
    with transaction():
        export.write(tmp_path / "files", by=audit.System("test"), now=clock())
    [form] = rescore.lines(tmp_path / "files" / "forms.jsonl")
    random, sheet = Random(7), get_sheet(scene.form_id)
    keyed = queries.key_in_force(scene.form_id)
    for row in (item["sealed"] for item in form["items"]):
        place = row["position"]
        item = sheet.items[place]
        for _ in range(60):
            options, targets = [o.id for o in item.options], [t.id for t in item.targets]
            said = {
                "numeric": lambda: [f"{random.randint(1100, 1400) / 100}"],
                "ordering": lambda options=options: random.sample(options, len(options)),
                "matching": lambda options=options, targets=targets: [
                    f"{one}:{random.choice(targets)}" for one in options if random.random() < 0.8
                ],
            }.get(row["kind"], lambda options=options: random.sample(options, random.randint(0, len(options))))()
            if row["kind"] in ("single_choice", "true_false"):
                said = said[:1]
            read = item.kind.read(said, item.parts)
            assert rescore.earned(row, row["key"], list(read)) == keyed[place].earned(read)


# --- reviewed


def test_35_the_key_review_shows_every_kind_as_it_was_shown_and_answered(make, clock):
    def work(candidate):
        for one in asked(candidate).values():
            candidate.save(one.position, one.nearly)

    scene = AppealScene(make, clock, work=work, **KINDS)
    scene.heard()
    found = review(scene.appeal(), by=scene.chair, now=clock())
    assert found.scores_agree and found.is_form_equal and found.recomputed == sum(NEARLY.values())
    names = {draft.stem_ky: name for name, draft in DRAFTS.items()}
    seen = {names[item.stem_ky]: item for item in found.items}
    number, order, match = seen["number"], seen["order"], seen["match-partial"]
    assert (number.said(number.response, "АБВГДЕ"), number.right("АБВГДЕ")) == ("13,01", ["12,5 ± 0,5"])
    assert sorted(order.right("АБВГДЕ")[0].split(", ")) == ["А", "Б", "В", "Г"]
    assert len(match.targets) == 4 and match.points == 2 and match.said(match.response, "АБВГДЕ").count("→") == 3


@pytest.mark.parametrize("name", ["order", "match", "number", "multiple", "partial", "true"])
def test_35_a_finding_states_the_right_answer_of_any_kind_and_becomes_a_correction(make, clock, name):
    def work(candidate):
        for one in asked(candidate).values():
            candidate.save(one.position, one.nearly)

    scene = AppealScene(make, clock, work=work, **KINDS)
    scene.heard()
    one = asked(scene.candidates[0])[name]
    scene.find(one.item.place, FindingKind.WRONG_KEY, one.nearly)
    scene.all_vote(AppealOutcome.UPHELD)
    scene.decide()
    scene.sign_all()
    [said] = protocol_content(scene.protocol())["findings"]
    assert len(said["accepted"]) == 1 and said["accepted"][0]
    [due] = findings.errata_due(scene.attempt().form_id)
    assert [list(key) for key in due.accepted] == [list(one.item.kind.read_key(one.nearly, one.item.parts))]
    before = scene.candidates[0].result.score
    correction = CorrectionScene.of(make, clock, scene.sitting)
    clock.advance(timedelta(hours=2))
    correction.correct(due)
    db.session.rollback()
    assert scene.candidates[0].result.score == before + POINTS - NEARLY.get(name, 0)
    assert findings.errata_due(scene.attempt().form_id) == []
