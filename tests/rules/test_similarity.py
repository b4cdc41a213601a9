"""Questions that are alike: a copy is equal, a reworded one near, and what shares no more than a subject is neither."""

from __future__ import annotations

import random

import pytest

from question_bank import similarity
from question_bank.similarity import Likeness, Text, are_alike, keys, likeness

STEM = "Мектептин уставын иштеп чыгуу жана бекитүү тартибин кайсы орган аныктайт жана көзөмөлдөйт?"
PARTS = ("Айыл өкмөтү", "Билим берүү министрлиги", "Мектептин педагогикалык кеңеши", "Камкорчулук кеңеш")
ONE = Text("ky", STEM, PARTS)


def test_case_signs_and_the_order_of_options_make_no_other_question():
    other = Text("ky", STEM.upper().replace("?", " ?"), tuple(reversed(PARTS)))
    assert likeness(ONE, other) == (Likeness.EQUAL, 1.0)
    assert set(keys(ONE)) & set(keys(other))


#: As no keyboard of one language types it, and as everybody reads it.
LATIN = STEM.translate(str.maketrans("аеорсхуМ", "aeopcxyM"))


@pytest.mark.parametrize("stem", [
    LATIN, STEM.replace("е", "e"), STEM.replace("к", "\u200bк"), STEM.replace("т", "т\u2060"), f"\ufeff{STEM}",
], ids=["look-alikes", "one letter", "blanks without width", "joiners", "byte order mark"])  # fmt: skip
def test_a_copy_in_letters_of_another_alphabet_or_with_signs_nobody_sees_is_the_same_question(stem):
    other = Text("ky", stem, tuple(part.replace("о", "o") for part in PARTS))
    assert stem != STEM and likeness(ONE, other) == (Likeness.EQUAL, 1.0) and are_alike(ONE, other)
    assert set(keys(ONE)) <= set(keys(other))


def test_what_was_kept_by_its_letters_is_still_met(monkeypatch):
    other = Text("ky", LATIN, PARTS)
    with monkeypatch.context() as before:
        before.setattr(similarity, "as_read", str)
        kept = keys(Text("ky", LATIN, PARTS))
    assert set(kept) <= set(keys(other)) and not set(kept) & set(keys(ONE))
    assert len(keys(ONE)) == similarity.BANDS + 1  # a text in letters of one alphabet has no keys but its own


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


@pytest.mark.parametrize("length", [0, 1, 3, 12, 60, 700])
def test_the_short_way_never_judges_otherwise_than_the_long_one(length):
    """At every share of common words: short texts, and those of more features than there are bits."""
    chance, alphabet, judged = random.Random(length), "абвгдежзийклмнопрстуфхцчшыэюя", set[bool]()
    for _ in range(60):
        words = ["".join(chance.choices(alphabet, k=5)) for _ in range(length)]
        for share in (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 1.0):
            others = [word if chance.random() >= share else word[::-1] for word in words]
            one, other = (
                Text("ky", " ".join(all_words[: length // 2]), (" ".join(all_words[length // 2 :]), "Ооба"))
                for all_words in (words, others)
            )
            alike = likeness(one, other)[0] is not None
            assert are_alike(one, other) == are_alike(other, one) == alike
            judged.add(alike)
    assert judged == {True, False} if length > 3 else True


def test_the_short_way_sees_an_equal_text_with_other_options():
    assert are_alike(ONE, Text("ky", STEM, ("Сот", "Прокуратура")))
    assert not are_alike(Text("ky", "Кайсы шаар?", ("Ош",)), Text("ky", "Кайсы шаар?", ("Нарын", "Талас")))
