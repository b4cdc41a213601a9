"""Pages of statistics: right against an independent calculation, in HTML and PDF; keys only for who may see them."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from accounts.models import RoleGrant
from accounts.rules import Role
from core import audit
from core.db import db, transaction
from question_bank.models import Item, ItemVersion
from question_bank.statistics_models import ExamStatistics, ItemStatistics
from testing_center.models.sittings import Sitting
from tests import statistics_oracle as oracle
from tests.correction_scene import CorrectionScene
from tests.crowd import crowd
from tests.kinds_scene import DRAFTS
from tests.sat_scene import questions_of, sat
from tests.services.test_statistics import CUT, PEOPLE, exam_of, gather, items_of
from tests.statistics_oracle import Question, share
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


def facility_of(plans, name: str) -> str:
    """Facility as the pages must say it, from the plan alone."""
    return share(Question(plans, name).figures()["facility"])


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
    assert any("Cronbach" in str(row[2]) for row in definitions.iter_rows(values_only=True))
    alpha = float(oracle.whole(pages.plans, CUT)["alpha"].replace(",", "."))
    assert alpha in [row[1] for row in whole.iter_rows(values_only=True)]


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
        assert facility_of(pages.plans, name) in said and "c-plot__trace-key" not in answer.get_data(as_text=True)
        version = db.session.get_one(ItemVersion, pages.versions[name])
        if name == "true":
            continue  # its options are everyday words
        assert not [one["ky"] for one in version.options if re.search(rf"\b{re.escape(one['ky'])}\b", said)]
    assert entries("item.key_opened") == before
    for file in ("report", "table"):
        assert pages.administrator.post(f"{pages.exam}{file}").status_code == 200
    assert entries("item.key_opened") == before


def test_what_is_withheld_stands_nowhere_on_page_table_paper_or_workbook_nor_in_its_order(pages):
    """The share of those who left it out of a question where they are one or two, on every way to it."""
    by_name = {name: Question(pages.plans, name).omitted for name in DRAFTS}
    hidden = [name for name, n in by_name.items() if 0 < n < 3]
    assert hidden
    for name in hidden:
        for person in (pages.administrator, pages.approver):
            assert "Left out • not shown" in text(person.get(pages.question(name), query_string={"lang": "en"}))
            rows = {row[1]: row for row in cells(person.get(pages.exam)) if len(row) == 10}
            assert rows[f"KIND-{name}"][6].startswith("•")
        item_id = db.session.get_one(ItemVersion, pages.versions[name]).item_id
        past = cells(pages.approver.get(f"{HOME}questions/{item_id}"))
        assert [row[5][0] for row in past if len(row) == 7][1:] == ["•", "•"]
    order = [row[1] for row in cells(pages.administrator.get(f"{pages.exam}?sort=omitted")) if len(row) == 10][1:]
    assert {one.removeprefix("KIND-") for one in order[-len(hidden) :]} == set(hidden)
    book = load_workbook(BytesIO(pages.administrator.post(f"{pages.exam}table").data)).worksheets[1]
    lines = {row[1]: row for row in book.iter_rows(values_only=True)}
    assert all(lines[f"KIND-{name}"][9] == "•" for name in hidden)


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
    assert "Т-2026-" in said and oracle.whole(pages.plans, CUT)["alpha"] in said


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
    assert facility_of(pages.plans, "single") in text(pages.approver.get(way))


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


def test_what_was_stored_before_anything_was_withheld_shows_no_figure_of_a_question_until_it_is_calculated_anew(pages):
    with transaction():
        exam = exam_of(pages.sitting_id)
        exam.figures = {k: v for k, v in exam.figures.items() if k not in ("step", "is_meet_withheld")}
        for row in items_of(exam_of(pages.sitting_id)).values():
            row.details = {k: v for k, v in row.details.items() if k != "withheld"}
    rows = [row for row in cells(pages.administrator.get(pages.exam)) if len(row) == 10][1:]
    assert rows and all(cell.startswith("•") for row in rows for cell in row[3:8])
    before = entries("item.key_opened")
    assert text(pages.approver.get(pages.question("single"))) and entries("item.key_opened") == before
    for file in ("report", "table"):
        assert pages.administrator.post(f"{pages.exam}{file}").status_code == 200
