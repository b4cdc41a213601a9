"""Statistics of a whole sitting, calculated a second time from the plan by which people answered, with numpy."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import numpy as np
import pytest

from core import audit
from core.db import db, transaction
from question_bank.models import Item, ItemVersion
from question_bank.statistics.items import Flag
from question_bank.statistics_models import ExamStatistics, ItemStatistics
from question_bank.statistics_queries import measured
from testing_center import queries
from testing_center.models.attempts import Attempt, Result
from testing_center.models.sittings import CandidateCode, Participant, Sitting
from testing_center.rules.sittings import SittingStatus
from testing_center.services import corrections, statistics
from testing_center.sheets import get_sheet
from testing_center.statistics_queries import papers
from tests.correction_scene import CorrectionScene
from tests.kinds_scene import DRAFTS, MAXIMUM, POINTS
from tests.restated_scene import RestatedScene
from tests.sat_scene import Sat, questions_of, sat
from tests.web.counting import statements

PEOPLE, CUT = 90, 20


def gather(clock) -> None:
    """All that is due."""
    db.session.rollback()
    while statistics.gather_due(now=clock()):
        db.session.rollback()


def exam_of(sitting_id=None) -> ExamStatistics:
    """The stored statistics of a sitting, or of all together."""
    db.session.rollback()
    return db.session.scalars(db.select(ExamStatistics).where(ExamStatistics.sitting_id == sitting_id)).one()


def items_of(exam: ExamStatistics) -> dict[str, ItemStatistics]:
    """Stored statistics of the questions by their names in the scene."""
    rows = db.session.execute(
        db.select(Item.external_id, ItemStatistics)
        .join(ItemStatistics.version).join(ItemVersion.item).where(ItemStatistics.exam_id == exam.id)
    )  # fmt: skip
    return {name.removeprefix("KIND-"): row for name, row in rows}


def matrix(plans: list[Sat]) -> np.ndarray:
    """Points by person and question, in the order of names."""
    return np.array([[plan.told[name].points for name in sorted(DRAFTS)] for plan in plans], dtype=float)


def alpha_of(rows: np.ndarray) -> float:
    """Cronbach's alpha."""
    k = rows.shape[1]
    return float(k / (k - 1) * (1 - rows.var(axis=0, ddof=1).sum() / rows.sum(axis=1).var(ddof=1)))


@pytest.fixture
def plans(make, clock) -> list[Sat]:
    """Everybody's plan; the statistics are gathered."""
    _sitting_id, found = sat(make, PEOPLE)
    gather(clock)
    return found


# --- the test as a whole


def test_the_test_as_a_whole_is_what_numpy_finds(plans):
    found, scores = exam_of().figures, matrix(plans).sum(axis=1)
    n, s = len(scores), scores.std(ddof=1)
    z = (scores - scores.mean()) / s
    assert (found["people"], found["maximum"], found["meet"]) == (PEOPLE, MAXIMUM, int((scores >= CUT).sum()))
    assert found["mean"] == pytest.approx(scores.mean()) and found["median"] == np.median(scores)
    assert found["deviation"] == pytest.approx(s)
    assert found["skewness"] == pytest.approx(n / ((n - 1) * (n - 2)) * (z**3).sum())
    fourth = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * (z**4).sum() - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    assert found["kurtosis"] == pytest.approx(fourth)
    assert sum(people for _low, _high, people in found["bins"]) == PEOPLE
    assert found["forms"].keys() == {str(form.id) for form in exam_of().specification.forms}


def test_reliability_is_found_for_each_form_and_weighted_by_people(plans):
    found, forms = exam_of().figures, [matrix([plan for plan in plans if plan.form == form]) for form in (0, 1)]
    alphas = [alpha_of(rows) for rows in forms]
    errors = [rows.sum(axis=1).std(ddof=1) * (1 - alpha) ** 0.5 for rows, alpha in zip(forms, alphas, strict=True)]
    people = [len(rows) for rows in forms]
    assert found["alpha"] == pytest.approx(np.average(alphas, weights=people))
    assert found["error"] == pytest.approx(np.average(np.square(errors), weights=people) ** 0.5)
    variants = {str(form.id): form.variant for form in exam_of().specification.forms}
    of_forms = {variants[form]: one for form, one in found["forms"].items()}
    assert [of_forms[variant]["alpha"] for variant in (1, 2)] == pytest.approx(alphas)
    assert not found["is_kr20"]


def test_the_verdict_is_as_consistent_as_two_drawn_tests_are(plans):
    found, agree, people = exam_of().figures, [], []
    drawn = np.random.default_rng(5)
    for form in (0, 1):
        rows = matrix([plan for plan in plans if plan.form == form])
        scores, alpha = rows.sum(axis=1), alpha_of(rows)
        true = np.tile((alpha * scores + (1 - alpha) * scores.mean()) / MAXIMUM, 2000)
        one, other = (drawn.binomial(MAXIMUM, true) >= CUT for _ in range(2))
        agree.append((one == other).mean())
        people.append(len(scores))
    assert found["agreement"] == pytest.approx(np.average(agree, weights=people), abs=0.005)


# --- the questions


def test_questions_of_every_kind_are_what_numpy_finds(plans):
    rows, stored = matrix(plans), items_of(exam_of())
    scores = rows.sum(axis=1)
    assert stored.keys() == DRAFTS.keys()
    for points, name in zip(rows.T, sorted(DRAFTS), strict=True):
        found, told = stored[name], [plan.told[name] for plan in plans]
        assert found.people == PEOPLE and found.facility == pytest.approx(points.mean() / POINTS), name
        assert found.deviation == pytest.approx(points.std(ddof=1)), name
        assert found.discrimination == pytest.approx(np.corrcoef(points, scores - points)[0, 1]), name
        assert found.upper_lower == pytest.approx(index_d(points, scores)), name
        assert found.omitted == pytest.approx(sum(one.how == "omitted" for one in told) / PEOPLE), name
        assert found.seconds == np.median([one.seconds for one in told if one.seconds is not None]), name


def index_d(points: np.ndarray, scores: np.ndarray) -> float:
    """D with people of the score at the bound in each group in equal parts."""
    size, parts = round(0.27 * len(scores)), []
    for sign in (1, -1):
        bound = np.sort(sign * scores)[-size]
        inside, equal = sign * scores > bound, sign * scores == bound
        parts.append((points * (inside + equal * (size - inside.sum()) / equal.sum())).sum() / size)
    return float((parts[0] - parts[1]) / POINTS)


def test_the_commonest_answers_and_the_options_are_those_of_the_plan(plans):
    rows = items_of(exam_of())
    for name, row in rows.items():
        counts = {how: sum(plan.told[name].how == how for plan in plans) for how in ("right", "nearly", "omitted")}
        answers = statistics.open_answers(row)
        is_few = 0 < counts["omitted"] < 3  # then they stand with the other wrong answers
        assert answers["omitted"] == (None if is_few else counts["omitted"])
        if is_few:
            continue
        if "common" in answers:
            best, *others = sorted(answers["common"], key=lambda one: -one[2])
            assert (best[1], best[2]) == (counts["right"], POINTS) and answers["others"] == 0
            assert sum(people for _given, people, _points, _rest in others) == counts["nearly"]
        elif name in ("single", "true"):
            assert sum(one["chosen"] for one in answers["options"] if one["is_key"]) == counts["right"]
            assert sum(one["chosen"] for one in answers["options"] if not one["is_key"]) == counts["nearly"]
    number = statistics.open_answers(rows["number"])["common"]
    assert {given for given, *_rest in number} <= {"12.5", "13.01"} and "12.5" in {given for given, *_rest in number}
    order = statistics.open_answers(rows["order"])["common"]
    assert all(sorted(given) == [0, 1, 2, 3] for given, *_rest in order)
    match = statistics.open_answers(rows["match"])["common"]
    assert all([left for left, _right in given] == [0, 1, 2] for given, *_rest in match)


def test_kyrgyz_and_russian_are_compared_among_people_of_equal_score_who_kept_to_one_language(plans):
    rows, kept = items_of(exam_of()), [plan for plan in plans if plan.language]
    assert len(kept) < len(plans)
    for name, row in rows.items():
        found, tables = row.details["languages"], {}
        for plan in kept:
            table = tables.setdefault(plan.score, np.zeros((2, 2)))
            table[int(plan.language == "ru"), int(plan.told[name].how != "right")] += 1
        told = [t for t in tables.values() if t.sum(axis=1).all() and t.sum(axis=0).all()]
        odds = sum(t[0, 0] * t[1, 1] / t.sum() for t in told) / sum(t[0, 1] * t[1, 0] / t.sum() for t in told)
        expected = sum(t[0].sum() * t[:, 0].sum() / t.sum() for t in told)
        spread = sum(
            t[0].sum() * t[1].sum() * t[:, 0].sum() * t[:, 1].sum() / (t.sum() ** 2 * (t.sum() - 1)) for t in told
        )
        chi = max(0, abs(sum(t[0, 0] for t in told) - expected) - 0.5) ** 2 / spread
        assert found["people"] is None and len(plans) - len(kept) == 2  # the rest would be those two
        assert (found["odds"], found["chi_squared"]) == (pytest.approx(odds), pytest.approx(chi))
        assert found["delta"] == pytest.approx(-2.35 * np.log(odds))
    biased = rows["single"].details["languages"]
    assert biased["difference"] in "BC" and biased["delta"] < -1


def test_a_sitting_from_the_door_to_its_closing_is_what_numpy_finds(make, clock):
    """Everybody enters with a code, answers through the delivery, submits; the sitting is closed by the proctor."""
    chance = random.Random(4)
    plans = [
        {
            place: 0 if chance.random() < able else chance.choice((1, 1, 2))
            for place in range(1, 7)
            if chance.random() < 0.9
        }
        for able in (0.2, 0.35, 0.5, 0.65, 0.8, 0.95) * 2
    ]
    scene = CorrectionScene(make, clock, plans, items=6, cut_score=3)
    gather(clock)
    rows = np.array([[plan.get(place) == 0 for place in range(1, 7)] for plan in plans], dtype=float)
    scores, found = rows.sum(axis=1), exam_of(scene.sitting_id)
    assert sorted(scene.scores) == sorted(scores)
    assert found.figures["alpha"] == pytest.approx(alpha_of(rows)) and found.figures["is_kr20"]
    p = rows.mean(axis=0)  # KR-20 by its own formula
    assert found.figures["alpha"] == pytest.approx(6 / 5 * (1 - (p * (1 - p)).sum() / scores.var()))
    by_place = {item.position: item.item_version_id for item in scene.form.items}
    for place in range(1, 7):
        row = db.session.scalars(
            db.select(ItemStatistics).where(
                ItemStatistics.exam_id == found.id, ItemStatistics.item_version_id == by_place[place]
            )
        ).one()
        points = rows[:, place - 1]
        assert row.facility == pytest.approx(points.mean())
        assert row.discrimination == pytest.approx(np.corrcoef(points, scores - points)[0, 1])
        options = statistics.open_answers(row)["options"]
        expected = [sum(plan.get(place) == n for plan in plans) for n in range(4)]
        shown = [one["chosen"] for one in options]
        assert all(found is None or found == n for found, n in zip(shown, expected, strict=True))
        few = any(0 < n < 3 for n in (*expected, len(plans) - sum(expected)))
        assert few or shown == expected


# --- what they follow from


def test_they_agree_with_the_results_in_force(plans):
    scores = sorted(db.session.scalars(db.select(Result.score)))
    assert scores == sorted(plan.score for plan in plans)


def test_they_are_calculated_once_and_kept_under_the_same_id_when_something_changes(make, clock, plans):
    first = exam_of().id
    assert statistics.gather_due(now=clock()) is None
    [entry] = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.action == "statistics.gathered"))
    assert entry.actor == "system:statistics" and audit.facts(entry)["people"] == PEOPLE
    scene = CorrectionScene.of(make, clock, exam_sitting())
    scene.apply(scene.prepare(*scene.void(3)))
    gather(clock)
    assert exam_of().id == first


def exam_sitting() -> Sitting:
    """The sitting of the scene."""
    return db.session.scalars(db.select(Sitting)).one()


def test_a_void_question_gives_its_points_to_all_and_is_left_out_of_every_figure_but_the_scores(make, clock, plans):
    scene = CorrectionScene.of(make, clock, exam_sitting())
    [void] = [name for name, place in places(scene.form_id).items() if place == 3]
    before = exam_of().figures
    scene.apply(scene.prepare(*scene.void(3)))
    gather(clock)
    exam = exam_of()
    rest = [name for name in sorted(DRAFTS) if name != void]
    of_form = [plan for plan in plans if plan.form == 0]
    kept = np.array([[plan.told[name].points for name in rest] for plan in of_form], dtype=float)
    found = exam.figures["forms"][str(scene.form_id)]
    assert found["alpha"] == pytest.approx(alpha_of(kept)) and found["items"] == len(rest)
    assert found["mean"] == pytest.approx(kept.sum(axis=1).mean() + POINTS)
    assert exam.figures["void"] == 1 and exam.figures["mean"] > before["mean"]
    scores = np.array([sum(p.told[name].points for name in (rest if p.form == 0 else DRAFTS)) for p in plans])
    for name in rest:
        points = np.array([plan.told[name].points for plan in plans])
        expected = np.corrcoef(points, scores - points)[0, 1]
        assert items_of(exam)[name].discrimination == pytest.approx(expected), name
    other = items_of(exam)[void]  # it still counts on the other form
    assert other.people == sum(plan.form == 1 for plan in plans) and not other.details["void"]


def places(form_id) -> dict[str, int]:
    """Places of the questions in a form by name."""
    return {name: question.position for name, question in questions_of(form_id).items()}


def test_a_corrected_key_counts_and_so_does_a_restated_answer(make, clock, plans):
    scene = CorrectionScene.of(make, clock, exam_sitting())
    place = places(scene.form_id)["single"]
    key = queries.key_in_force(scene.form_id)[place].key
    wrong = next(
        index for index, option in enumerate(scene_options(scene.form_id, place)) if option not in key
    )  # fmt: skip
    before = items_of(exam_of())["single"].facility
    scene.apply(scene.prepare(scene.wrong_key(place, wrong)))
    gather(clock)
    found = items_of(exam_of())["single"]
    now_right = {0: "nearly", 1: "right"}  # the nearly right answer is the first wrong option
    right_now = sum(plan.told["single"].how == now_right[plan.form] for plan in plans)
    assert found.facility != before and found.facility == pytest.approx(right_now / PEOPLE)


def scene_options(form_id, place) -> list[str]:
    """Ids of the options at a place."""
    return [option.id for option in get_sheet(form_id).items[place].options]


def test_an_answer_that_a_correction_restated_counts_instead_of_the_recorded_one(make, clock):
    scene = RestatedScene(make, clock)
    scene.upheld((3, 0))
    scene.correction.apply(scene.correction.prepare(scene.restate(3, 0)))
    db.session.rollback()
    found, _forms = papers([scene.correction.sitting_id])
    answers = [(paper.score, paper.answers[3].points) for paper in found[scene.correction.sitting_id]]
    assert sorted(answers) == [(2, 0), (3, 1)] and sorted(scene.scores) == [2, 3]


def test_an_annulled_sitting_counts_nowhere(make, clock, plans):
    scene = CorrectionScene.of(make, clock, exam_sitting())
    with transaction():
        annulment = corrections.annul_prepare(scene.sitting, "Өрт чыкты.", by=scene.first, now=clock())
    with transaction():
        corrections.annul_apply(annulment, by=scene.second, now=clock())
    gather(clock)
    exam = exam_of()
    assert (exam.people, exam.figures) == (0, {}) and not items_of(exam)
    assert db.session.query(ExamStatistics).count() == 1 and measured() == {}


def test_while_a_sitting_is_open_nothing_is_calculated(make, clock):
    sat(make, 12)
    make.sitting(people=1)
    assert statistics.gather_due(now=clock()) is None
    with transaction():
        for sitting in db.session.scalars(db.select(Sitting).where(Sitting.status == SittingStatus.OPEN)):
            sitting.status, sitting.closed_at = SittingStatus.CLOSED, clock()
    assert statistics.gather_due(now=clock()) is not None


@pytest.mark.parametrize(("hours", "waits"), [(24, False), (23, True)])
def test_a_sitting_that_nobody_closed_keeps_statistics_waiting_for_a_day(make, clock, hours, waits):
    sat(make, 12)
    sitting = make.sitting(people=1, open=False, present=False)
    make.open(sitting)
    assert (statistics.gather_due(now=clock() + timedelta(hours=hours)) is None) is waits


# --- secrecy


def test_nothing_that_leads_to_a_person_is_read_or_kept(make, clock):
    sat(make, 12)
    db.session.rollback()
    with statements() as seen:
        assert statistics.gather_due(now=clock())
    asked = " ".join(seen).lower().replace('"', "")
    for barred in ("person", "participant", "candidate_code", "link_sealed", "attempt.number", "code_id", "seat"):
        assert barred not in asked, barred
    kept = json.dumps(
        [[str(value) for value in row] for table in (ExamStatistics, ItemStatistics)
         for row in db.session.execute(db.select(table.__table__))]
        + [statistics.open_answers(row) for row in db.session.scalars(db.select(ItemStatistics))]
    )  # fmt: skip
    rows = db.session.execute(
        db.select(Attempt.id, Attempt.number, Participant.id, Participant.person_id, CandidateCode.id)
        .join(CandidateCode, CandidateCode.id == Attempt.code_id)
        .join(Participant, Participant.sitting_id == Attempt.sitting_id)
    )  # fmt: skip
    spelt = {form for row in rows for value in row for form in (str(value), str(getattr(value, "hex", value)))}
    assert spelt and not [one for one in spelt if one in kept]


@pytest.mark.parametrize(("people", "is_shown"), [(9, False), (10, True)])
def test_of_fewer_than_ten_people_nothing_is_kept_but_their_number(make, clock, people, is_shown):
    sitting_id, _plans = sat(make, people, variants=1)
    gather(clock)
    for exam in (exam_of(), exam_of(sitting_id)):
        assert (exam.people, bool(exam.figures), bool(items_of(exam))) == (people, is_shown, is_shown)


def test_the_difference_of_all_and_of_those_shown_tells_of_nobody():
    shown_together = statistics.shown_together
    big, small, other = ["p"] * 40, ["q"] * 4, ["r"] * 6
    assert len(shown_together({1: big, 2: small})) == 40
    assert len(shown_together({1: big, 2: small, 3: other})) == 50
    assert len(shown_together({2: small})) == 4


def test_what_was_answered_is_sealed_beside_the_facility_it_would_be_the_key(plans):
    for row in items_of(exam_of()).values():
        said = json.dumps(row.details)
        assert "option" not in said and "key" not in said and set(row.flags) <= set(Flag)
        assert row.answers_sealed is not None and b"chosen" not in row.answers_sealed


def test_forms_are_drawn_by_the_measured_facility(plans):
    rows, found = items_of(exam_of()), measured()
    assert {row.item_version_id: (row.people, row.facility) for row in rows.values()} == {
        key: (one.people, pytest.approx(one.facility)) for key, one in found.items()
    }
    assert measured([]) == {}
