"""A later version of the summary protocol says on paper what it takes the place of, why, and which scores changed."""

from __future__ import annotations

from testing_center.documents import summary
from tests.rules import paper_examples as example
from tests.rules.paper_examples import CONTENT_DIGEST, FORM_DIGEST
from tests.rules.reading import fonts_not_embedded, grouped, pages, text


def test_the_first_version_names_no_other():
    found = text(summary.draw(example.summary(3), CONTENT_DIGEST))
    assert "Редакция: 1" in found
    assert all(word not in found for word in ("Взамен", "Прежняя редакция", "пересчёта", "было"))


def test_a_corrected_version_names_the_old_one_by_number_version_digest_and_entry():
    found = text(summary.draw(example.corrected_summary(), CONTENT_DIGEST))
    for fact in (
        "Редакция: 2", "Взамен: № Т-2026-117/С, редакция: 1", "исправление № ОҢ-2026-01, вариант теста: 1, вопросы "
        "варианта: 7, 41", "оңдоо № ОҢ-2026-01, тесттин варианты: 1, варианттагы суроолор: 7, 41",
        "Прежняя редакция: 1. Журнал, запись № 18977", grouped(FORM_DIGEST), "Журнал, запись № 20311",
        "Применил(а)", "Сыдыкова Жылдыз",
    ):  # fmt: skip
        assert fact in found, fact


def test_a_row_whose_score_changed_gives_both_scores_and_no_other_does():
    content = example.corrected_summary(4)
    found = text(summary.draw(content, CONTENT_DIGEST))
    assert "29 / 60 мурда / было: 28" in found
    assert found.count("мурда / было") == 2


def test_where_one_answer_was_restated_no_question_of_the_form_is_named():
    content = example.corrected_summary(4)
    content["correction"] |= {"questions": []}
    found = text(summary.draw(content, CONTENT_DIGEST))
    assert "вариант теста: 1. У кандидатов" in found and "вопросы варианта" not in found


def test_a_correction_of_single_answers_is_called_what_it_is_on_paper():
    content = example.corrected_summary(4)
    numbers = ["Т-2026-117/001", "Т-2026-117/003"]
    content["correction"] |= {"questions": [], "restated": numbers}
    found = text(summary.draw(content, CONTENT_DIGEST))
    for fact in ("талапкердин жообун калыбына келтирүү № ОҢ-2026-01", "восстановление ответа кандидата № ОҢ-2026-01",
                 *numbers):  # fmt: skip
        assert fact in found, fact
    assert "исправление №" not in found
    content["correction"] |= {"questions": [7]}
    both = text(summary.draw(content, CONTENT_DIGEST))
    assert "исправление № ОҢ-2026-01" in both and "вопросы варианта: 7" in both and numbers[0] in both


def test_the_paper_of_an_annulled_sitting_says_first_that_nothing_counts_and_why():
    first, *_ = pages(summary.draw(example.annulled_summary(), CONTENT_DIGEST))
    for fact in ("Результаты сеанса признаны недействительными", "баллы не учитываются", "акт № 7", "редакция: 2"):
        assert fact in first, fact
    assert first.index("недействительными") < first.index("Зарегистрировано")


def test_nobody_signs_a_page_that_bears_nothing_but_signatures():
    for count in range(0, 60, 6):
        last = pages(summary.draw(example.corrected_summary(count), CONTENT_DIGEST))[-1]
        assert "кол тамгасы" in last and grouped(FORM_DIGEST) in last, count


def test_its_fonts_are_in_it():
    assert fonts_not_embedded(summary.draw(example.corrected_summary(), CONTENT_DIGEST)) == []
