"""Kinds of questions in files as people and Moodle write them: what is read, and what is refused by name."""

from __future__ import annotations

import io

import openpyxl
import pytest

from question_bank.exchange import gift, xlsx
from question_bank.exchange.sheet import COLUMNS, REQUIRED
from question_bank.exchange.sheet_keys import KIND_COLUMNS
from question_bank.kinds.choice import TRUE_FALSE

WHOLE = {
    "external_id": "LAW-001", "subject_area": "law", "sub_topic": "documents", "difficulty": 3, "stem_ky": "Суроо?",
    "stem_ru": "Вопрос?", "option_a_ky": "бир", "option_a_ru": "один", "option_b_ky": "эки", "option_b_ru": "два",
    "option_c_ky": "үч", "option_c_ru": "три",
}  # fmt: skip
TARGETS = {"target_1_ky": "I", "target_1_ru": "I", "target_2_ky": "II", "target_2_ru": "II"}
NO_OPTIONS = {name: None for name in WHOLE if name.startswith("option_")}


def row(**cells):
    """What is read from a workbook with one question."""
    workbook = openpyxl.Workbook()
    workbook.active.title = "items"
    workbook.active.append(COLUMNS)
    workbook.active.append([(WHOLE | cells).get(name) for name in COLUMNS])
    target = io.BytesIO()
    workbook.save(target)
    return xlsx.read(target.getvalue())


def question(answers: str, *, comment: str = ""):
    """What is read from a GIFT file with one question."""
    comments = f"// difficulty: 3\n{comment and comment + chr(10)}"
    text = rf"$CATEGORY: law/documents{chr(10)}{chr(10)}{comments}::LAW-001::{both('Суроо?', 'Вопрос?')} {{{answers}}}"
    return gift.read(text.encode())


def both(ky: str, ru: str) -> str:
    return rf"\{{mlang ky\}}{ky}\{{mlang\}}\{{mlang ru\}}{ru}\{{mlang\}}"


A, B, C, D = (both(f"жооп {n}", f"ответ {n}") for n in "1234")


def only(reading):
    [problem] = reading.problems
    return problem.code


# --- xlsx


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ({"correct": "B"}, (1,)),
        ({"kind": "single_choice", "correct": "b"}, (1,)),
        ({"kind": "Multiple response", "correct": "C, A"}, (2, 0)),
        ({"kind": "multiple_response", "correct": "AC", "partial": "yes"}, (0, 2)),
        ({"kind": "ordering"}, (0, 1, 2)),
        ({"kind": "ordering", "correct": "C A B"}, (2, 0, 1)),
        ({"kind": "matching", "correct": "A2, B1, C1", **TARGETS}, ((0, 1), (1, 0), (2, 0))),
        ({"kind": "matching", "correct": "а-2; b → 1; C=1", **TARGETS}, ((0, 1), (1, 0), (2, 0))),
        ({"kind": "numeric", "correct": "12,5", **NO_OPTIONS}, ("12.5", "0")),
        ({"kind": "numeric", "correct": 12.5, **NO_OPTIONS}, ("12.5", "0")),
        ({"kind": "numeric", "correct": "12,5 ± 0,25", **NO_OPTIONS}, ("12.5", "0.25")),
        ({"kind": "numeric", "correct": "-3; 1", **NO_OPTIONS}, ("-3", "1")),
        ({"kind": "true_false", "correct": "туура эмес", **NO_OPTIONS}, (1,)),
        ({"kind": "true_false", "correct": "A", **NO_OPTIONS}, (0,)),
        ({"kind": "true_false", "correct": "Верно", **NO_OPTIONS}, (0,)),
    ],
)
def test_a_row_of_each_kind_is_read_as_people_write_it(cells, key):
    reading = row(**cells)
    assert reading.problems == ()
    [item] = reading.items
    assert item.key == key and item.is_partial == (cells.get("partial") == "yes")
    if item.kind == "true_false":
        assert item.options == TRUE_FALSE


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"kind": "essay", "correct": "A"}, "kind"),
        ({"kind": "multiple_response", "correct": "A,B,C"}, "all_correct"),
        ({"kind": "ordering", "correct": "A, B"}, "order_incomplete"),
        ({"kind": "ordering", "correct": "A, B, В"}, "cyrillic_letter"),
        ({"kind": "matching", "correct": "A2, B1", **TARGETS}, "match_missing"),
        ({"kind": "matching", "correct": "A2, B1, C3", **TARGETS}, "match_beyond"),
        ({"kind": "matching", "correct": "A2 B1 C?", **TARGETS}, "pairs"),
        ({"kind": "numeric", "correct": "он эки", **NO_OPTIONS}, "number"),
        ({"kind": "numeric", "correct": "12 ± көп", **NO_OPTIONS}, "tolerance"),
        ({"kind": "numeric", "correct": "12"}, "options_too_many"),
        ({"kind": "true_false", "correct": "yes", **NO_OPTIONS}, "correct_letter"),
        ({"kind": "true_false", "correct": "A"}, "options_too_many"),
        ({"correct": "A", "partial": "yes"}, "partial"), ({"correct": "A", "partial": "ооба"}, "partial_word"),
        ({"correct": "A", **TARGETS}, "targets_too_many"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_kind_is_refused_by_the_name_of_the_fault(cells, code):
    assert code in [problem.code for problem in row(**cells).problems]
    assert row(**cells).items == ()


def test_a_file_without_the_columns_of_kinds_holds_single_choice():
    """Files written before there were other kinds are read as ever."""
    assert set(COLUMNS) - set(REQUIRED) == set(KIND_COLUMNS) and COLUMNS[: len(REQUIRED)] == REQUIRED
    workbook = openpyxl.Workbook()
    workbook.active.title = "items"
    workbook.active.append(REQUIRED)
    workbook.active.append([(WHOLE | {"correct": "C"}).get(name) for name in REQUIRED])
    target = io.BytesIO()
    workbook.save(target)
    [item] = xlsx.read(target.getvalue()).items
    assert (item.kind, item.key, item.targets) == ("single_choice", (2,), ())


# --- GIFT


@pytest.mark.parametrize(
    ("answers", "kind", "key"),
    [
        ("TRUE", "true_false", (0,)),
        (" f ", "true_false", (1,)),
        ("#12.5", "numeric", ("12.5", "0")),
        ("#12.5:0.5", "numeric", ("12.5", "0.5")),
        ("#12..13", "numeric", ("12.5", "0.5")),
        ("#=%100%-7:2", "numeric", ("-7", "2")),
        ("#1,5", "numeric", ("1.5", "0")),
        (f"~%50%{A} ~%50%{B} ~%-100%{C}", "multiple_response", (0, 1)),
        (f"~%33.33333%{A} ~%33.33333%{B} ~%33.33333%{C} ~%-100%{D}", "multiple_response", (0, 1, 2)),
        (f"~%-50%{A} ~%100%{B} ~%-50%{C}", "multiple_response", (1,)),
        (f"={A} -> {C} ={B} -> {D} = -> {both('ашык', 'лишнее')}", "matching", ((0, 0), (1, 1))),
        (f"={A} -> {C} ={B} -> {C} = -> {D}", "matching", ((0, 0), (1, 0))),
        (f">3 ALL VERTICAL ALL_OR_NOTHING SHOW none\n{A}\n{B}\n{C}\n", "ordering", (0, 1, 2)),
        (f">3 EXACT HORI ALL_OR_NOTHING HIDE ABCD\n{A}\n{B}\n{C}", "ordering", (0, 1, 2)),
    ],
)
def test_what_moodle_writes_for_each_kind_is_read(answers, kind, key):
    reading = question(answers)
    assert reading.problems == ()
    [item] = reading.items
    assert (item.kind, item.key) == (kind, key)
    assert item.is_partial == (kind in ("multiple_response", "matching"))


def test_all_the_points_or_none_is_said_in_a_comment_that_moodle_does_not_see():
    [item] = question(f"={A} -> {C} ={B} -> {D}", comment="// partial: no").items
    assert not item.is_partial and b"// partial: no" in gift.write([item])


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (f"~%50%{A} ~%50%{B} ~{C}", "partial_weight"), (f"~%60%{A} ~%40%{B} ~%-100%{C}", "partial_weight"),
        (f"~%50%{A} ~%50%{B}", "all_correct"),
        (f"={A} ={B} -> {C}", "kind_short_answer"), ("#1 =2", "kind_numerical"), ("#", "kind_numerical"),
        (f">2 ALL\n{A}\n{B}\n{C}", "ordering_grading"), (f">\n{A}\n{B}\n{C}", "ordering_grading"),
        (f">3 ALL VERTICAL ABSOLUTE SHOW\n{A}\n{B}\n{C}", "ordering_grading"),
        (">3 ALL VERTICAL ALL_OR_NOTHING SHOW none", "options_too_few"),
        (f"={A} -> {C}", "options_too_few"),
        ("#бир", "number"), ("#5..1", "tolerance"),
    ],
)  # fmt: skip
def test_what_the_bank_would_score_otherwise_is_refused_and_not_mangled(answers, code):
    reading = question(answers)
    assert code in [problem.code for problem in reading.problems] and reading.items == ()


def test_feedback_of_every_kind_is_left_out_with_a_warning():
    for answers in ("T#туура", "#5:1#туура", f"={A} -> {C}#ооба ={B} -> {D}", f"~%100%{A}#x ~%-100%{B} ~%0%{C}"):
        codes = [problem.code for problem in question(answers).problems]
        assert "feedback_dropped" in codes or "partial_weight" in codes
