"""Pages of statistics: right against an independent calculation, in HTML and PDF; keys only for who may see them."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from accounts.models import RoleGrant
from accounts.rules import Role
from core import audit
from core.db import db, transaction
from question_bank.models import Item, ItemVersion
from question_bank.statistics.plots import number, percent
from question_bank.statistics_models import ExamStatistics, ItemStatistics
from testing_center.models.sittings import Sitting
from tests.correction_scene import CorrectionScene
from tests.crowd import crowd
from tests.kinds_scene import DRAFTS, MAXIMUM, POINTS
from tests.sat_scene import questions_of, sat
from tests.services.test_statistics import CUT, PEOPLE, alpha_of, exam_of, gather, items_of, matrix
from tests.web.counting import FEW, MANY, cost

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
HOME, ROOT = "/staff/statistics/", Path(__file__).parents[2]


class Pages:
    """A gathered sitting, and the browsers of an administrator and an approver."""

    def __init__(self, app, make, clock, browser) -> None:
        app.config["WTF_CSRF_ENABLED"] = False
        self.sitting_id, self.plans = sat(make, PEOPLE)
        gather(clock)
        self.administrator = browser(make.user(Role.TEST_ADMINISTRATOR))
        self.approver = browser(make.user(Role.ITEM_APPROVER))
        self.exam = f"{HOME}{exam_of(self.sitting_id).id}/"
        self.versions = {name: row.item_version_id for name, row in items_of(exam_of(self.sitting_id)).items()}

    def question(self, name: str) -> str:
        """Address of a question's page."""
        return f"{self.exam}questions/{self.versions[name]}"


@pytest.fixture
def pages(app, make, clock, browser) -> Pages:
    """The scene."""
    return Pages(app, make, clock, browser)


def text(answer) -> str:
    """What a person reads: words with one space between them."""
    assert answer.status_code == 200
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).replace("&nbsp;", " ").replace("\u00a0", " ").split())


def cells(answer) -> list[list[str]]:
    """Rows of tables as texts."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", answer.get_data(as_text=True).replace("&nbsp;", " "), flags=re.S)
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).replace("\u00a0", " ").split())
         for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.S)]
        for row in rows
    ]  # fmt: skip


def entries(action: str) -> int:
    """How many entries of the trail there are."""
    db.session.rollback()
    return len(db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.action == action)).all())


def figures_of(plans) -> dict[str, str]:
    """The figures of the test as they must stand on page and paper, from the plan alone."""
    rows = matrix(plans)
    scores, forms = rows.sum(axis=1), [matrix([plan for plan in plans if plan.form == form]) for form in (0, 1)]
    people, alphas = [len(one) for one in forms], [alpha_of(one) for one in forms]
    errors = [one.sum(axis=1).std(ddof=1) * (1 - alpha) ** 0.5 for one, alpha in zip(forms, alphas, strict=True)]
    n, z = len(scores), (scores - scores.mean()) / scores.std(ddof=1)
    fourth = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * (z**4).sum() - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    return {
        "mean": number(scores.mean(), 1), "median": number(float(np.median(scores)), 1),
        "deviation": number(scores.std(ddof=1)), "skewness": number(n / ((n - 1) * (n - 2)) * (z**3).sum()),
        "kurtosis": number(fourth), "alpha": number(np.average(alphas, weights=people)),
        "error": number(np.average(np.square(errors), weights=people) ** 0.5),
        "meet": percent((scores >= CUT).mean()).replace("\u00a0", " "),
    }  # fmt: skip


def row_of(plans, name: str) -> list[str]:
    """Facility, discrimination, left out: as the table must say them, from the plan alone."""
    rows = matrix(plans)
    points, scores = rows[:, sorted(DRAFTS).index(name)], rows.sum(axis=1)
    omitted = sum(plan.told[name].how == "omitted" for plan in plans) / len(plans)
    shares = [percent(points.mean() / POINTS), number(np.corrcoef(points, scores - points)[0, 1]), percent(omitted)]
    return [one.replace("\u00a0", " ") for one in shares]


def test_the_page_of_a_test_says_what_an_independent_calculation_finds(pages):
    answer = pages.administrator.get(pages.exam)
    found, table, said = figures_of(pages.plans), cells(answer), text(answer)
    values = [row[1] for row in table if len(row) == 3 and row[2]][1:]  # below the heads
    assert [value.split()[0] for value in values[:7]] == [
        found[name] for name in ("mean", "median", "deviation", "skewness", "kurtosis", "alpha", "error")
    ]
    assert f"{found['mean']} / {MAXIMUM}" in said and found["meet"] in said
    by_name = {row[1]: row for row in table if len(row) == 10}
    for name in DRAFTS:
        row = by_name[f"KIND-{name}"]
        assert [row[3], row[4], row[6]] == row_of(pages.plans, name), name


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_the_report_on_paper_says_the_same(pages, language):
    answer = pages.administrator.post(f"{pages.exam}report", data={"language": language})
    assert answer.mimetype == "application/pdf" and "no-store" in answer.headers["Cache-Control"]
    reader = PdfReader(BytesIO(answer.data))
    paper = " ".join(" ".join(page.extract_text().replace("\u00a0", " ").split()) for page in reader.pages)
    for name, value in figures_of(pages.plans).items():
        assert value in paper, name
    for name in DRAFTS:
        said = row_of(pages.plans, name)
        assert re.search(rf"KIND-{name[:3]}.{{0,80}}?{PEOPLE} {said[0]} {said[1]} .{{3,12}} {said[2]}", paper), name
    assert "Cronbach (1951)" in paper and "Subkoviak (1976)" in paper
    assert entries("statistics.exported") == 1


def test_the_same_report_is_the_same_bytes(pages):
    first, second = (pages.administrator.post(f"{pages.exam}report").data for _ in range(2))
    assert first == second


def test_the_table_is_a_workbook_with_definitions_in_which_nothing_is_a_formula(pages):
    with transaction():
        for item in db.session.scalars(db.select(Item)):
            item.external_id = item.external_id.replace("KIND-order", "=CMD()")
    answer = pages.administrator.post(f"{pages.exam}table")
    book = load_workbook(BytesIO(answer.data))
    whole, questions, definitions = book.worksheets
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    named = {row[1]: row for row in questions.iter_rows(min_row=2, values_only=True)}
    assert named.keys() == {f"KIND-{name}" for name in DRAFTS if name != "order"} | {"'=CMD()"}
    stored = items_of(exam_of(pages.sitting_id))
    assert named["KIND-single"][5] == pytest.approx(stored["single"].facility)
    assert any("Cronbach" in str(row[2]) for row in definitions.iter_rows(values_only=True))
    assert figures_of(pages.plans)["alpha"] in [row[1] for row in whole.iter_rows(values_only=True)]


# --- keys


def test_what_was_answered_is_shown_to_an_approver_and_recorded_once_for_each_showing(pages):
    for name, looks in (("single", 1), ("order", 2), ("match", 3), ("number", 4)):
        answer = pages.approver.get(pages.question(name))
        table = cells(answer)
        right = sum(plan.told[name].how == "right" for plan in pages.plans)
        assert any(str(right) in row[1:] for row in table if re.match(r"[A-F] |[A-F]( →|–| –)|12,5", row[0])), name
        assert entries("item.key_opened") == looks
    [purpose] = {audit.facts(entry)["purpose"] for entry in db.session.scalars(
        db.select(audit.AuditEntry).where(audit.AuditEntry.action == "item.key_opened"))}  # fmt: skip
    assert purpose == "statistics"


def test_an_administrator_sees_figures_and_no_option_and_opens_no_key(pages):
    before = entries("item.key_opened")
    for name in DRAFTS:
        answer = pages.administrator.get(pages.question(name))
        said = text(answer)
        assert row_of(pages.plans, name)[0] in said and "c-plot__trace-key" not in answer.get_data(as_text=True)
        version = db.session.get_one(ItemVersion, pages.versions[name])
        if name == "true":
            continue  # its options are everyday words
        assert not [one["ky"] for one in version.options if re.search(rf"\b{re.escape(one['ky'])}\b", said)]
    assert entries("item.key_opened") == before
    for file in ("report", "table"):
        assert pages.administrator.post(f"{pages.exam}{file}").status_code == 200
    assert entries("item.key_opened") == before


def test_a_question_that_one_or_two_left_out_has_no_share_beside_it(pages):
    with transaction():
        row = items_of(exam_of(pages.sitting_id))["single"]
        row.omitted = 2 / row.people
    share = percent(2 / row.people).replace("\u00a0", " ")
    for person in (pages.administrator, pages.approver):
        shown = text(person.get(pages.question("single"), query_string={"lang": "en"}))
        assert "Left out fewer than 3" in shown and f"Left out {share}" not in shown
    rows = cells(pages.approver.get(pages.question("single"), query_string={"lang": "en"}))
    assert [row[2] for row in rows if row[0] == "Left out"] == ["–"]


def test_who_wrote_the_question_may_see_what_was_answered(pages, make, browser):
    author = db.session.get_one(ItemVersion, pages.versions["single"]).created_by
    with transaction():
        db.session.add(
            RoleGrant(user_id=author.id, role=Role.TEST_ADMINISTRATOR, granted_by_id=None, granted_at=make.clock())
        )
    assert entries("item.key_opened") == 0
    browser(author).get(pages.question("single"))
    assert entries("item.key_opened") == 1


def test_a_wrong_key_is_said_in_words_that_name_the_option_only_to_who_may_see_it(app, make, clock, browser):
    sat(make, PEOPLE, variants=1)
    scene = CorrectionScene.of(make, clock, db.session.scalars(db.select(Sitting)).one())
    asked = questions_of(scene.form_id)["single"]
    options = [option.id for option in asked.item.options]
    right, never = options.index(asked.key[0]), options.index(asked.id("Ташкент"))
    scene.apply(scene.prepare(scene.wrong_key(asked.position, never)))  # now the key is one that nobody chose
    gather(clock)
    row, exam = items_of(exam_of(scene.sitting_id))["single"], exam_of(scene.sitting_id)
    page = f"{HOME}{exam.id}/questions/{row.item_version_id}?lang=en"
    approver, administrator = (browser(make.user(role)) for role in (Role.ITEM_APPROVER, Role.TEST_ADMINISTRATOR))
    named = f"The key may be wrong: the best candidates chose {'ABCD'[right]}"
    assert named in text(approver.get(page))
    said = text(administrator.get(page))
    assert "The key may be wrong" in said and "the best candidates chose" not in said


# --- the list, the order, the way from the bank


def test_the_list_names_every_test_and_sitting(pages):
    said = text(pages.approver.get(HOME))
    assert "Т-2026-" in said and figures_of(pages.plans)["alpha"] in said


@pytest.mark.parametrize("sort", ["facility", "discrimination", "omitted", "time", "people", "languages"])
def test_the_table_is_sorted_by_a_link(pages, sort):
    rows = [[row for row in cells(pages.administrator.get(f"{pages.exam}?sort={sort}{way}")) if len(row) == 10][1:]
            for way in ("", "&down=1")]  # fmt: skip
    up, down = ([row[1] for row in one] for one in rows)
    assert sorted(up) == sorted(down) == sorted(f"KIND-{name}" for name in DRAFTS)
    if sort == "facility":
        shares = [int(row[3].split()[0]) for row in rows[0]]
        assert shares == sorted(shares) and up == down[::-1]
    assert pages.administrator.get(f"{pages.exam}?sort=nonsense").status_code == 200


def test_the_question_in_the_bank_leads_to_its_statistics(pages):
    item_id = db.session.get_one(ItemVersion, pages.versions["single"]).item_id
    way = f"{HOME}questions/{item_id}"
    assert way in pages.approver.get(f"/staff/bank/items/{item_id}").get_data(as_text=True)
    assert row_of(pages.plans, "single")[0] in text(pages.approver.get(way))


def test_a_closed_sitting_leads_to_its_statistics(pages, make, clock):
    page = f"/staff/sittings/{pages.sitting_id}/"
    way = f"{HOME}sittings/{pages.sitting_id}"
    assert way in pages.administrator.get(page).get_data(as_text=True)
    assert pages.administrator.get(way).location == pages.exam
    planned = make.sitting(open=False, present=False)
    assert f"{HOME}sittings/" not in pages.administrator.get(f"/staff/sittings/{planned.id}/").get_data(as_text=True)
    assert pages.administrator.get(f"{HOME}sittings/{planned.id}").location == HOME


def test_a_plot_has_a_title_a_sentence_and_a_table_and_no_style_of_its_own(pages):
    body = pages.approver.get(pages.exam).get_data(as_text=True) + pages.approver.get(
        pages.question("single")
    ).get_data(as_text=True)  # fmt: skip
    drawn = re.findall(r"<svg viewBox.*?</svg>", body, flags=re.S)
    assert len(drawn) == 5
    for one in drawn:
        assert re.search(r"<title id=.+?</title><desc id=.+?</desc>", one) and "style" not in one and "fill=" not in one
    assert body.count("<figure") == body.count("</figcaption>") == 5 <= body.count("<details")
    named = set(re.findall(r"\.(c-plot__[\w-]+)", (ROOT / "static/css/product.css").read_text()))
    assert set(re.findall(r"c-plot__[\w-]+", body)) <= named | {"c-plot__label"}


def test_of_too_few_people_page_and_report_say_so(app, make, clock, browser):
    app.config["WTF_CSRF_ENABLED"] = False
    sitting_id, _plans = sat(make, 9, variants=1)
    gather(clock)
    client, page = browser(make.user(Role.TEST_ADMINISTRATOR)), f"{HOME}{exam_of(sitting_id).id}/"
    answer = client.get(page)
    assert "c-plot" not in answer.get_data(as_text=True) and "KIND-" not in text(answer)
    for file in ("report", "table"):
        assert client.post(f"{page}{file}").status_code == 200


def test_pages_cost_the_same_with_six_sittings_behind_them_as_with_two(app, make, clock, browser):
    clients = [browser(make.user(role)) for role in (Role.TEST_ADMINISTRATOR, Role.ITEM_APPROVER)]
    found = []
    for more in (FEW, MANY - FEW):
        for _ in range(more):
            crowd(make, 12, items=6, cut_score=3, competitions=1, seed=make.number(), papers=0)
        gather(clock)
        exam = db.session.scalars(db.select(ExamStatistics).where(ExamStatistics.sitting_id.is_not(None))).first()
        assert exam is not None
        row = db.session.scalars(db.select(ItemStatistics).where(ItemStatistics.exam_id == exam.id)).first()
        assert row is not None
        item_id, page = db.session.get_one(ItemVersion, row.item_version_id).item_id, f"{HOME}{exam.id}/"
        paths = [HOME, page, f"{page}questions/{row.item_version_id}", f"{HOME}questions/{item_id}"]
        found.append([cost(client, path) for client in clients for path in paths])
    assert found[0] == found[1] and max(found[1]) <= 24, found
