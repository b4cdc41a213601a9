"""Questions that are alike: a copy is equal, a reworded one near, and what shares no more than a subject is neither."""

from __future__ import annotations

import random

import pytest

from question_bank import similarity
from question_bank.similarity import Likeness, Text, keys, likeness

STEM = "Мектептин уставын иштеп чыгуу жана бекитүү тартибин кайсы орган аныктайт жана көзөмөлдөйт?"
PARTS = ("Айыл өкмөтү", "Билим берүү министрлиги", "Мектептин педагогикалык кеңеши", "Камкорчулук кеңеш")
ONE = Text("ky", STEM, PARTS)


def test_case_signs_and_the_order_of_options_make_no_other_question():
    other = Text("ky", STEM.upper().replace("?", " ?"), tuple(reversed(PARTS)))
    assert likeness(ONE, other) == (Likeness.EQUAL, 1.0)
    assert set(keys(ONE)) & set(keys(other))


def test_a_question_with_one_word_changed_is_near():
    kind, share = likeness(ONE, Text("ky", STEM.replace("кайсы", "кандай"), PARTS))
    assert kind == Likeness.NEAR and share > 0.8


def test_the_ends_of_words_do_not_make_another_question():
    assert likeness(ONE, Text("ky", STEM.replace("Мектептин уставын", "Мектептердин уставдарын"), PARTS))[0]


def test_an_equal_text_with_other_options_is_named_so_where_it_says_enough():
    assert likeness(ONE, Text("ky", STEM, ("Сот", "Прокуратура")))[0] == Likeness.SAME_STEM
    assert likeness(Text("ky", "Кайсы шаар?", ("Ош",)), Text("ky", "Кайсы шаар?", ("Нарын", "Талас")))[0] is None


def test_questions_of_one_subject_are_not_alike():
    other = Text("ky", "Камкорчулук кеңешке ким кире албайт?", ("Ата-эне", "Мугалим", "Депутат", "Айыл өкмөтү"))
    assert likeness(ONE, other)[0] is None


def test_languages_never_meet():
    assert not set(keys(ONE)) & set(keys(Text("ru", STEM, PARTS)))


def test_a_text_without_words_has_no_keys():
    assert keys(Text("ky", " … ")) == []


@pytest.mark.parametrize(("changed", "least"), [(1, 0.97), (2, 0.75)])
def test_nearly_every_question_with_a_word_or_two_changed_meets_its_original(changed, least):
    """What the docstring promises of the bands, over 200 texts of 14 words."""
    chance, met = random.Random(7), 0
    alphabet = "абвгдежзийклмнопрстуфхцчшыэюя"
    for _ in range(200):
        words = ["".join(chance.choices(alphabet, k=7)) for _ in range(14)]
        other = list(words)
        for index in chance.sample(range(14), changed):
            other[index] = "".join(chance.choices(alphabet, k=7))
        met += bool(set(keys(Text("ky", " ".join(words)))) & set(keys(Text("ky", " ".join(other)))))
    assert met / 200 >= least


def test_the_gravest_of_both_languages_counts():
    assert similarity.gravest([(None, 0.2), (Likeness.NEAR, 0.7), (Likeness.EQUAL, 1.0)]) == (Likeness.EQUAL, 1.0)
    assert similarity.gravest([]) == (None, 0.0)
