"""Formulas, pictures and objects of a Word document stand where they stood: beside numbers, letters, signs."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from core import markup
from question_bank.exchange import word
from question_bank.exchange.drafts import ItemDraft
from question_bank.exchange.reading import Given
from tests.rules.word_files import document, paragraph, picture, run, table

SAID = Given("ky", "maths", "numbers", 4, "W")
FILE = BytesIO()
Image.new("RGB", (3, 3)).save(FILE, "PNG")
X = '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:r><m:t>x</m:t></m:r></m:oMath>'
DOT = picture("p1", "Чекит")
OBJECT = "<w:r><w:object/></w:r>"


def read(*blocks: str):
    made = [block if block.startswith("<") else paragraph(block) for block in blocks]
    parts = {"word/media/i.png": FILE.getvalue()}
    return word.read(document(*made, parts=parts, links={"p1": "media/i.png"}), SAID)


def seen(item: ItemDraft) -> list[str]:
    """Stem and options in plain words, pictures by what they show."""
    return [markup.plain(text).replace("\n", " ") for text in (item.stem_ky, *(one.ky for one in item.options))]


@pytest.mark.parametrize(("lines", "texts", "key"), [
    ([paragraph("1. ", X, " нече?"), "А) 1", "*Б) 2"], ["x нече?", "1", "2"], (1,)),
    (["1. Нече?", paragraph("А) ", X, " см"), "*Б) 2"], ["Нече?", "x см", "2"], (1,)),
    (["1. Нече?", paragraph("А) ", X, "   *Б) ", X, "+1   В) ", DOT)], ["Нече?", "x", "x+1", "[Чекит]"], (1,)),
    (["1. Нече?", paragraph("А) ", X, "Б) ", DOT, " 3"), "Жооп: Б"], ["Нече?", "x", "[Чекит] 3"], (1,)),
    (["1. Нече?", paragraph("– ", X, " см"), paragraph("– ", DOT), "Жооп: Б"], ["Нече?", "x см", "[Чекит]"], (1,)),
    (["1. Нече?", paragraph("* ", X, " см", numbered=(1, 1)), paragraph(X, "* 2", numbered=(1, 1))],
     ["Нече?", "x см", "x* 2"], (0,)),
    # What words flow around is anchored before the first of them.
    ([paragraph(DOT, "1. Нече?"), "А) 1", paragraph(DOT, "*Б) 2")], ["[Чекит]Нече?", "1", "[Чекит]2"], (1,)),
    ([table((paragraph("1.", DOT), paragraph("Нече?") + paragraph("А) 1") + paragraph("*Б) 2")))],
     ["[Чекит] Нече?", "1", "2"], (1,)),
    (["1. Нече?", "А)", paragraph(DOT), "*Б) 2"], ["Нече?", "[Чекит]", "2"], (1,)),
])  # fmt: skip
def test_formulas_and_pictures_stay_beside_numbers_and_letters(lines, texts, key):
    [item] = read(*lines).items
    assert (seen(item), item.key) == (texts, key)


@pytest.mark.parametrize(("lines", "code"), [
    ([paragraph("1. ", OBJECT, " нече?"), "А) 1", "*Б) 2"], "not_taken"),
    ([paragraph(OBJECT, "1. Нече?"), "А) 1", "*Б) 2"], "not_taken"),
    (["1. Нече?", paragraph("А) ", OBJECT, " см"), "*Б) 2"], "not_taken"),
    (["1. Нече?", "А) 1", "Б) 2", paragraph("Жооп: ", X, "Б")], "answer_unclear"),
    (["1. Нече?", "А) 1", "*Б) 2", paragraph(DOT), "2. Канча?", "А) 1", "*Б) 2"], "line_unclear"),  # whose is it?
])  # fmt: skip
def test_what_cannot_be_taken_or_placed_refuses_its_question(lines, code):
    assert [problem.code for problem in read(*lines).errors] == [code]


@pytest.mark.parametrize(("stem", "is_said"), [
    (paragraph(run("1. ", "b"), "Нече?"), False), (paragraph(run("1. Нече?", "b")), False),
    (paragraph("1. Кайсынысы ", run("туура эмес", 'u w:val="single"'), "?"), True),
    (paragraph("1. Кайсынысы ", run("туура эмес", "b"), "?"), True),
    (paragraph("1. Нече", run("?", "b")), False),
])  # fmt: skip
def test_that_words_stood_out_from_the_others_is_said(stem, is_said):
    codes = {problem.code for problem in read(stem, paragraph(run("А) 1", "b")), "Б) 2", "Жооп: Б").problems}
    assert ("looks_left_out" in codes) is is_said


def test_a_picture_before_the_first_question_is_left_out_with_a_warning():
    reading = read(paragraph(DOT, "Мектеп"), "1. Нече?", "А) 1", "*Б) 2")
    [said] = [str(problem.message) for problem in reading.problems if problem.code == "text_before"]
    assert said.endswith(": […] Мектеп")
