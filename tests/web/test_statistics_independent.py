"""Every figure on the pages, on paper and in the workbook, against a second calculation that knows only the plan."""

from __future__ import annotations

import re
from io import BytesIO

import numpy as np
import pytest
from openpyxl import load_workbook
from openpyxl.cell import Cell
from pypdf import PdfReader

from tests import statistics_oracle as oracle
from tests.kinds_scene import DRAFTS, MAXIMUM, POINTS
from tests.services.test_statistics import CUT, PEOPLE
from tests.statistics_oracle import DOT, Question, clock, decimals, share
from tests.web.test_statistics_pages import Pages, cells, text

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
WITHHELD = f"{DOT} not shown"


@pytest.fixture
def pages(app, make, clock, browser) -> Pages:
    """A sitting of ninety people with questions of every kind, two forms, two languages."""
    return Pages(app, make, clock, browser)


def right(shown: str, expected: str, question: Question) -> bool:
    """Whether a figure is the expected one, or is withheld where one or two people could be told from it."""
    return shown == expected or (shown in (DOT, WITHHELD) and question.has_few)


def test_every_figure_of_the_page_of_a_test(pages):
    answer = pages.administrator.get(pages.exam, query_string={"lang": "en"})
    table, said, scores = cells(answer), text(answer), oracle.points(pages.plans).sum(axis=1)
    found = oracle.whole(pages.plans, CUT)
    values = [row[1] for row in table if len(row) == 3 and row[2]][1:10]
    assert values == [f"{found['mean']} of {MAXIMUM}", *list(found.values())[1:]]
    assert f"Mean score {found['mean']} / {MAXIMUM}" in said and f"Reliability {found['alpha']}" in said
    assert f"Meet the requirements {share((scores >= CUT).mean())}" in said and f"Candidates {PEOPLE}" in said
    assert [[row[0].removeprefix("Form: "), *row[1:]] for row in table if len(row) == 6 and row[0][:5] == "Form:"] == (
        oracle.of_forms(pages.plans)
    )
    by_name = {row[1].removeprefix("KIND-"): row for row in table if len(row) == 10}
    assert by_name.keys() - {"Question"} == DRAFTS.keys()
    for name in DRAFTS:
        question, row = Question(pages.plans, name), by_name[name]
        figures = question.figures()
        expected = [
            share(figures["facility"]), decimals(figures["discrimination"]), decimals(figures["d"]),
            share(figures["omitted"]), clock(figures["seconds"]), str(question.languages()["class"]),
        ]  # fmt: skip
        assert row[2] == str(PEOPLE)
        assert all(right(one, other, question) for one, other in zip(row[3:9], expected, strict=True)), (name, row)
        assert (row[6] == WITHHELD) or not 0 < question.omitted < 3


def test_every_figure_of_the_plots_of_a_test(pages):
    table = cells(pages.administrator.get(pages.exam, query_string={"lang": "en"}))
    scores = oracle.points(pages.plans).sum(axis=1)
    bars = [row for row in table if len(row) == 2 and re.fullmatch(r"\d+(–\d+)?", row[0])]
    assert sum(int(people) for _range, people in bars) == PEOPLE and len(bars) > 3
    for bounds, people in bars:
        low, high = (int(one) for one in (bounds.split("–") * 2)[:2])
        assert int(people) == ((scores >= low) & (scores <= high)).sum() and int(people) not in (1, 2)
    names = {row[0]: row[1].removeprefix("KIND-") for row in table if len(row) == 10 and row[0].isdigit()}
    maps = [row for row in table if len(row) == 3 and row[0] in names]
    tongues = [row for row in table if len(row) == 4 and row[0] in names]
    assert maps and tongues
    for number, facility, discrimination in maps:
        figures = Question(pages.plans, names[number]).figures()
        assert [facility, discrimination] == [share(figures["facility"]), decimals(figures["discrimination"])]
    for number, ky, ru, letter in tongues:
        found = Question(pages.plans, names[number]).languages()
        assert [ky, ru, letter] == [share(found["in_ky"]), share(found["in_ru"]), found["class"]]


@pytest.mark.parametrize("name", sorted(DRAFTS))
def test_every_figure_of_the_page_of_a_question(pages, name):
    answer = pages.approver.get(pages.question(name), query_string={"lang": "en"})
    said, table, question = text(answer), cells(answer), Question(pages.plans, name)
    figures, found = question.figures(), question.languages()
    for label, expected in (
        ("Facility", share(figures["facility"])), ("Discrimination", decimals(figures["discrimination"])),
        ("Index D", decimals(figures["d"])), ("Left out", share(figures["omitted"])),
        ("Time, min:s", clock(figures["seconds"])),
    ):  # fmt: skip
        assert f"{label} {expected} " in said or (question.has_few and f"{label} {WITHHELD}" in said), label
    for bounds, people, mean, interval in (row for row in table if len(row) == 4 and "…" in row[3]):
        low, high = (int(one) for one in (bounds.split("–") * 2)[:2])
        inside = (question.scores >= low) & (question.scores <= high)
        p, n, z = question.points[inside].mean() / POINTS, inside.sum(), 1.959964
        half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        assert [int(people), mean] == [n, share(p)]
        assert interval == f"{share(max(0, middle - half))} … {share(min(1, middle + half))}"
    for label, expected in (
        ("Candidates in Kyrgyz", str(found["ky"])), ("Candidates in Russian", str(found["ru"])),
        ("Facility in Kyrgyz", share(found["in_ky"])), ("Facility in Russian", share(found["in_ru"])),
        ("Class", f"{found['class']}:"), ("Odds ratio (Mantel–Haenszel)", decimals(found["odds"])),
        ("Delta", decimals(found["delta"])), ("Chi-squared", decimals(found["chi"])),
    ):  # fmt: skip
        few = question.is_mixed_by_few if label.startswith("Candidates") else question.has_few
        assert f"{label} {expected}" in said or (few and f"{label} {WITHHELD}" in said), label
    counts = {how: question.how.count(how) for how in ("right", "nearly", "omitted")}
    options = [row for row in table if len(row) == 6 and re.match(r"[A-F]\b", row[0])]
    for row in options if name in ("single", "true") else ():
        chose = np.array([how == ("right" if " Key " in f"{row[0]} " else "nearly") for how in question.how])
        if " Key " not in f"{row[0]} " and row[1] != str(counts["nearly"]):
            assert row[1] in ("0", WITHHELD)  # an option that the plan never chooses
            continue
        assert row[1:3] == [str(chose.sum()), share(chose.mean())]
        assert row[5] == decimals(np.corrcoef(chose, question.rest)[0, 1])
        among = round(0.27 * PEOPLE)
        ends = [question.extreme(chose, sign) for sign in (1, -1)]
        tells = any(min(round(one * among), among - round(one * among)) in (1, 2) for one in ends)
        is_key = " Key " in f"{row[0]} "
        assert row[3:5] == ([WITHHELD] * 2 if tells and not is_key else [share(one) for one in ends])
    given = [row for row in table if len(row) == 4 and " / 4" in row[2]]
    if name in ("order", "match", "match-partial", "number"):
        assert sum(int(row[1]) for row in given if " Key" in row[0]) == counts["right"]
        shown = [row for row in given if " Key" not in row[0]]
        if not shown and question.has_few:
            assert f"Other answers, and none {PEOPLE - counts['right']}" in said
            return
        assert sum(int(row[1]) for row in shown) == counts["nearly"]
        wrong = np.array([how == "nearly" for how in question.how])
        weighted = sum(int(row[1]) * float(row[3].replace(",", ".")) for row in shown)
        assert weighted / counts["nearly"] == pytest.approx(question.rest[wrong].mean(), abs=0.06)


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_every_figure_on_paper(pages, language):
    answer = pages.administrator.post(f"{pages.exam}report", data={"language": language})
    reader = PdfReader(BytesIO(answer.data))
    paper = " ".join(" ".join(page.extract_text().replace("\u00a0", " ").split()) for page in reader.pages)
    scores = oracle.points(pages.plans).sum(axis=1)
    for name, value in oracle.whole(pages.plans, CUT).items():
        assert f" {value} " in paper or f"{value} из" in paper or f"{value} /" in paper, name
    assert f"{(scores >= CUT).sum()} ({share((scores >= CUT).mean())})" in paper
    for row in oracle.of_forms(pages.plans):
        assert " ".join(row) in paper
    for number, name in enumerate(sorted(DRAFTS, key=lambda name: f"KIND-{name}"), start=1):
        question = Question(pages.plans, name)
        figures = question.figures()
        expected = [
            share(figures["facility"]), decimals(figures["discrimination"]), decimals(figures["d"]),
            share(figures["omitted"]), str(question.languages()["class"]),
        ]  # fmt: skip
        may_be_dots = [False, False, False, question.has_few, False]
        pattern = " ".join(
            rf"(?:{re.escape(one)}{f'|{DOT}' if may else ''})" for one, may in zip(expected, may_be_dots, strict=True)
        )
        assert re.search(rf"{number} KIND-[\w -]{{2,20}} {PEOPLE} {pattern}", paper), (name, expected)


def as_shown(cell: Cell) -> str:
    """What a program shows of a cell with a number in it, by its number format; the decimal comma is the country's."""
    assert isinstance(cell.value, int | float), cell.value
    if cell.number_format == "0 %":
        return share(cell.value)
    parts = re.fullmatch(r'(?:"([^"]*)")?(?:General|0(?:\.(0+))?)(?:"([^"]*)")?', cell.number_format)
    assert parts, cell.number_format
    return f"{parts[1] or ''}{decimals(cell.value, len(parts[2] or ''))}{parts[3] or ''}"


def test_every_figure_of_the_workbook(pages):
    pages.administrator.get(pages.exam, query_string={"lang": "en"})
    book = load_workbook(BytesIO(pages.administrator.post(f"{pages.exam}table").data))
    whole, questions, _definitions = book.worksheets
    found, scores = oracle.whole(pages.plans, CUT), oracle.points(pages.plans).sum(axis=1)
    rows = [(str(row[0].value), row[1], row[2].value) for row in whole.iter_rows(min_row=2)]
    named = {name: cell for name, cell, _said in rows}
    assert (named["Candidates"].value, named["Cut score"].value) == (PEOPLE, CUT)
    assert as_shown(named["Meet the requirements"]) == f"{(scores >= CUT).sum()} ({share((scores >= CUT).mean())})"
    figures = [cell for _name, cell, said in rows if said][1:10]
    assert [as_shown(cell) for cell in figures] == [f"{found['mean']} of {MAXIMUM}", *list(found.values())[1:]]
    assert sum(cell.value for name, cell, _said in rows if name.startswith("Candidates with these scores")) == PEOPLE
    heads, *lines = questions.iter_rows(values_only=True)
    assert len(lines) == len(DRAFTS)
    for line in lines:
        name = str(line[1]).removeprefix("KIND-")
        question = Question(pages.plans, name)
        languages = question.languages()
        expected = [
            *question.figures().values(), None, languages["ky"], languages["ru"], languages["in_ky"],
            languages["in_ru"], languages["odds"], languages["delta"], languages["chi"], languages["chance"],
            languages["class"],
        ]  # fmt: skip
        assert line[4] == PEOPLE
        for head, shown, wanted in zip(heads[5:], line[5:], expected, strict=True):
            if wanted is None:
                continue  # observations, in words
            if isinstance(wanted, float) and isinstance(shown, int | float):
                assert shown == pytest.approx(wanted, abs=0.00051), (name, head)
            else:
                few = question.is_mixed_by_few if "candidates" in str(head) else question.has_few
                assert shown == wanted or (few and shown == DOT), (name, head)
