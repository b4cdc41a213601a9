"""Aiken files as people and Moodle write them."""

from __future__ import annotations

import pytest

from question_bank.exchange import aiken
from question_bank.exchange.lettered import place_of
from question_bank.exchange.reading import Given, Limits

SAID = Given("ky", "law", "documents", 4, "LAW")


def read(text: str, given: Given = SAID):
    return aiken.read(text.encode(), given)


def codes(reading, severity="error"):
    return [problem.code for problem in reading.problems if problem.severity == severity]


QUESTION = "Суроо?\nA) бир\nB) эки\nC) үч\n"


def test_a_file_of_moodle_is_read_and_what_it_cannot_say_comes_from_the_person():
    [item] = read("What is it?\nA) one\nB. two\nANSWER: B\n", Given("ru", "law", "documents", 4, "LAW")).items
    assert (item.external_id, item.subject_area, item.sub_topic, item.difficulty) == ("LAW-001", "law", "documents", 4)
    assert (item.stem_ru, item.stem_ky, item.key, item.kind) == ("What is it?", "", (1,), "single_choice")
    assert [(option.ru, option.ky) for option in item.options] == [("one", ""), ("two", "")]


def test_the_other_language_is_missing_and_that_is_said_and_refuses_nothing():
    reading = read(f"{QUESTION}ANSWER: B")
    assert codes(reading) == []
    assert codes(reading, "warning") == ["translation_missing"]
    assert len(reading.items) == 1


@pytest.mark.parametrize(
    ("marks", "answer", "key"),
    [
        ("A) B) C) D)", "ANSWER: C", 2),
        ("a. b. c. d.", "answer: c", 2),
        ("А) Б) В) Г)", "ANSWER: В", 2),
        ("А) Б) В) Г)", "Жооп: б", 1),
        ("А) Б) В) Г)", "Ответ: Г)", 3),
        ("А) В) С) D)", "Туура жооп: В", 1),  # Cyrillic letters typed for Latin ones
        ("А) В) С) D)", "ANSWER: B", 1),  # which looks the same and stands at the same place
        ("А) Б) В) Г)", "ANSWER: D", 3),  # no Cyrillic letter looks so: the fourth
        ("A) B) C) D)", "Ответ: Б", 1),
    ],
)
def test_letters_are_latin_russian_or_kyrgyz_as_people_type_them(marks, answer, key):
    options = "\n".join(f"{mark} жооп {n}" for n, mark in enumerate(marks.split()))
    reading = read(f"Суроо?\n{options}\n{answer}\n")
    assert codes(reading) == []
    assert reading.items[0].key == (key,)


def test_a_letter_that_may_mean_two_options_is_refused_and_not_guessed():
    # Latin B is the second of a list A B C, and looks like the third of a list А Б В.
    reading = read("Суроо?\nА) бир\nБ) эки\nВ) үч\nANSWER: B\n")
    assert codes(reading) == ["answer_unclear"]
    assert place_of("B", ["А", "Б", "В"]) is None
    assert place_of("B", ["А", "Б"]) == 1


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (f"{QUESTION}\nЭкинчи?\nA) x\nB) y\nANSWER: A", "answer_missing", 1),
        (f"{QUESTION}ANSWER: D", "answer_unclear", 1),
        (f"{QUESTION}ANSWER: эки", "answer_unclear", 1),
        (f"{QUESTION}ANSWER:", "no_correct", 1),
        ("\n\nСуроо?\nANSWER: A", "options_missing", 3),
        ("Суроо?\nA) x\nC) y\nANSWER: A", "option_order", 1),
        ("Суроо?\nA) x\nANSWER: A", "options_too_few", 1),
    ],
)
def test_a_question_with_a_fault_is_refused_with_its_line_and_the_others_come_in(text, code, line):
    reading = read(f"{text}\n\nЖакшы суроо?\nA) x\nB) y\nANSWER: A\n")
    [problem] = reading.errors
    assert (problem.code, problem.place, problem.place_kind) == (code, line, "line")
    assert str(problem.message)
    assert reading.items[-1].stem_ky == "Жакшы суроо?"
    assert len(reading.items) == reading.seen - 1


def test_an_option_without_its_question_does_not_become_a_part_of_the_next_one():
    reading = read("Суроо?\nA) x\nB) y\nANSWER: A\nC) z\n\nДагы бир суроо?\nA) x\nB) y\nANSWER: A\n")
    assert codes(reading) == ["stem_missing"]
    assert [item.stem_ky for item in reading.items] == ["Суроо?", "Дагы бир суроо?"]


def test_text_between_questions_is_refused_at_its_line_and_does_not_become_a_part_of_the_next_one():
    reading = read("Суроо?\nA) x\nB) y\nANSWER: A\nТүшүндүрмө: 5-статья\n\nЭкинчи?\n\nA) x\nB) y\nANSWER: A\n\nСоңу")
    assert [(problem.code, problem.place) for problem in reading.errors] == [("text_alone", 5), ("text_alone", 13)]
    assert [item.stem_ky for item in reading.items] == ["Суроо?", "Экинчи?"]


def test_several_letters_are_multiple_response_all_or_nothing_and_that_is_said():
    reading = read(f"{QUESTION}ANSWER: A, C")
    assert [(item.kind, item.key, item.is_partial) for item in reading.items] == [("multiple_response", (0, 2), False)]
    assert "several_taken" in codes(reading, "warning")


def test_a_question_may_have_several_lines_and_begin_like_an_option():
    [item] = read("А. Осмонов ким?\nЭки сап.\nA) акын\nB) сүрөтчү\n\nANSWER: A").items
    assert item.stem_ky == "А. Осмонов ким?\nЭки сап."


def test_language_marks_make_the_texts_bilingual_and_must_be_whole():
    def text(ky, ru):
        return f"{{mlang ky}}{ky}{{mlang}}{{mlang ru}}{ru}{{mlang}}"

    good = f"{text('Суроо?', 'Вопрос?')}\nA) {text('бир', 'один')}\nB) 2\nANSWER: B"
    [item] = read(good).items
    assert (item.stem_ky, item.stem_ru, item.options[0].ru, item.options[1].ru) == ("Суроо?", "Вопрос?", "один", "2")
    assert codes(read(good.replace("B) 2", "B) эки"))) == ["languages_not_marked"]
    third = read(good.replace("{mlang ky}бир{mlang}", "{mlang en}one{mlang}"))
    assert (codes(third), codes(third, "warning")) == (["option_language_missing"], ["other_language_dropped"])
    assert "mark_not_closed" in codes(read(good.replace("один{mlang}", "один")))


def test_what_the_person_has_to_say_is_asked_once_for_the_file():
    reading = aiken.read((f"{QUESTION}ANSWER: B\n\n" * 3).encode())
    assert codes(reading) == ["prefix_missing", "subject_area_missing"]
    assert reading.items == ()


def test_ids_are_places_in_the_file_so_that_mending_one_question_moves_no_other():
    reading = read(f"{QUESTION}ANSWER: Z\n\n{QUESTION}ANSWER: B")
    assert [item.external_id for item in reading.items] == ["LAW-002"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "no_items"),
        ("Суроо?\nA) x".encode("cp1251"), "not_utf8"),
        (b"a\0b", "not_text"),
        (b"x" * 40_000_000, "file_too_large"),
        (b"x" * 200_000, "question_too_long"),
    ],
)
def test_a_file_that_is_no_aiken_is_refused_as_a_whole(data, code):
    assert [problem.code for problem in aiken.read(data, SAID).problems] == [code]


def test_more_questions_than_an_import_takes_are_refused():
    reading = aiken.read(f"{QUESTION}ANSWER: B\n".encode() * 3, SAID, limits=Limits(items=2))
    assert codes(reading) == ["too_many_items"]
