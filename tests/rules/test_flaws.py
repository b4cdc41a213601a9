"""Flaws of item writing: each rule finds what it is for, in both languages, and not what only looks like it."""

from __future__ import annotations

import pytest

from question_bank import flaws
from question_bank.flaws import Flaw
from question_bank.kinds.base import Content, Key, Wording
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.rules import ItemKind

STEM = ("Мектептин уставын кайсы орган бекитет?", "Какой орган утверждает устав школы?")
PLAIN = [("Айыл өкмөтү", "Айыл окмоту"), ("Министрлик", "Министерство"), ("Мектеп кеңеши", "Совет школы")]


def codes(
    stem: tuple[str, str] = STEM, options: list[tuple[str, str]] | None = None, key: Key = (1,),
    kind: str = ItemKind.SINGLE_CHOICE,
) -> set[str]:  # fmt: skip
    """What is found in a question that has no flaw but those that are put into it."""
    texts = [Wording(*pair) for pair in (PLAIN if options is None else options)]
    return {flaw.code for flaw in flaws.find(kind, *stem, Content(texts, (), key))}


def test_a_well_written_question_has_no_flaw():
    assert codes() == set()


@pytest.mark.parametrize("stem", [
    ("Төмөнкүлөрдүн кайсынысы мугалимдин милдети эмес?", STEM[1]),
    ("Кайсы документ конкурска тапшырылбайт?", STEM[1]),
    ("Кайсы маселе кеңештин компетенциясына кирбейт?", STEM[1]),
    (STEM[0], "Что из перечисленного не является обязанностью учителя?"),
    (STEM[0], "Какие документы подаются, кроме заявления?"),
    (STEM[0], "Какое утверждение неверно?"),
])  # fmt: skip
def test_a_question_for_what_is_not_so_is_found(stem):
    assert "negative_stem" in codes(stem)


@pytest.mark.parametrize("stem", [
    ("Төмөнкүлөрдүн кайсынысы мугалимдин милдети ЭМЕС?", "Что из перечисленного НЕ является обязанностью учителя?"),
    ("Кайсы талапкер үч жылдан кем эмес иштеген?", "Какой кандидат проработал не менее трёх лет?"),
    ("Талапкер келген эмес. Кандай чечим кабыл алынат?", "Кандидат не явился. Какое решение принимается?"),
    ("Жыйынтык менен макул болбогон талапкер кайда кайрылат?", "Куда обращается кандидат, не согласный с результатом?"),
    ("Резолюцияда эмне жетишпейт?", "Чего не хватает в резолюции?"),
])  # fmt: skip
def test_a_negation_that_stands_out_or_turns_nothing_round_is_left_alone(stem):
    assert "negative_stem" not in codes(stem)


def test_a_statement_to_be_judged_may_deny():
    content = Content(TRUE_FALSE, (), (0,))
    stems = ("Апелляция эч качан берилбейт.", "Апелляция никогда не подаётся.")
    assert flaws.find(ItemKind.TRUE_FALSE, *stems, content) == []


@pytest.mark.parametrize(("stem", "found"), [
    (("Мектептин уставы", "Устав школы"), True),
    (("Мектептин уставын бекиткен орган:", "Устав школы утверждает:"), False),
    (("Уставды бекиткен органды атаңыз.", "Назовите орган, утверждающий устав."), False),
])  # fmt: skip
def test_a_stem_asks_or_is_to_be_completed(stem, found):
    assert ("fragment" in codes(stem)) is found


@pytest.mark.parametrize(("last", "code"), [
    (("Жогорудагылардын баары туура", "Все перечисленные"), "all_of_the_above"),
    (("Баары туура", "Все ответы верны"), "all_of_the_above"),
    (("Эч бири туура эмес", "Ни один из перечисленных"), "none_of_the_above"),
    (("Туура жооп жок", "Нет правильного ответа"), "none_of_the_above"),
    (("А жана В", "А и В"), "combined"),
])  # fmt: skip
def test_options_that_speak_of_the_others_are_found(last, code):
    assert code in codes(options=[*PLAIN, last])


@pytest.mark.parametrize(("one", "other", "found"), [
    (("3–5 жыл", "3–5 лет"), ("5–10 жыл", "5–10 лет"), True),
    (("3–5 жыл", "3–5 лет"), ("6–10 жыл", "6–10 лет"), False),
    (("3төн 7ге чейин", "от 3 до 7"), ("6дан 9га чейин", "от 6 до 9"), True),
    (("10 жыл", "10 лет"), ("5 жыл", "5 лет"), False),
    (("Кеңеш", "Совет"), ("Мектеп кеңеши жана Кеңеш", "Совет школы"), True),
    (("10 күн", "10 дней"), ("10 күн ичинде", "в течение 10 дней"), True),
    (("3 жыл", "3 года"), ("3 жыл 6 ай", "3 года 6 месяцев"), False),
    (("1,5", "1,5"), ("1", "1"), False),
    (("√2", "√2"), ("2", "2"), False),
    (("x", "x"), ("x > 5", "x > 5"), False),
    (("5 күндөн кем", "менее 5 дней"), ("5 күндөн кем эмес", "не менее 5 дней"), False),
    (("5", "5"), ("минус 5", "минус 5"), False),
])  # fmt: skip
def test_options_that_overlap_are_found(one, other, found):
    assert ("overlap" in codes(options=[one, other, ("Башка мөөнөт", "Иной срок")], key=(2,))) is found


def test_equal_options_are_found_whatever_their_letters_and_signs():
    assert "equal_options" in codes(options=[*PLAIN, ("министрлик.", "МИНИСТЕРСТВО")])


@pytest.mark.parametrize(("one", "other", "found"), [
    ("x > 5", "x < 5", False), ("x > 5", "x = 5", False), ("-5", "5", False), ("−5", "-5", True), ("a-5", "a+5", False),
    ("1/2", "1,2", False), ("√2", "2", False), ("√2/2", "2/2", False), ("5 %", "5 ‰", False), ("1,5", "1", False),
    ("1,50", "1.5", True), ("1 000 сом", "1000 сом", True), ("12.10.2026", "12.1.2026", False), ("C", "C++", False),
    ("5.1-пункт", "5.10-пункт", False), ("5 мВт", "5 МВт", False), ("x²", "x2", False), ("(a; b)", "[a; b]", False),
    ("3–5 жыл", "3-5 жыл", True), ("Айыл өкмөтү", "«айыл өкмөтү».", True),
    ("социалдык-экономикалык өнүгүү", "социалдык, экономикалык өнүгүү", True),
])  # fmt: skip
def test_options_say_the_same_where_their_words_numbers_and_signs_do(one, other, found):
    options = [(one, one), (other, other), ("Башка", "Иное")]
    assert ("equal_options" in codes(options=options, key=(2,))) is found


@pytest.mark.parametrize("kind", [ItemKind.SINGLE_CHOICE, ItemKind.ORDERING])
def test_options_that_only_look_the_same_are_found_and_words_of_two_alphabets_named(kind):
    texts = [Wording("Бишкек", "Бишкек"), Wording("Бишк\u0065к", "Бишкек ш."), Wording("Ош", "Excelге")]
    found = flaws.find(kind, *STEM, Content(texts, (), (0,)))
    assert Flaw("look_alike_options", "ky", "A, B") in found and Flaw("mixed_letters", "ky", "Бишк\u0065к") in found
    assert not [flaw for flaw in found if flaw.code == "mixed_letters" and flaw.language != "ky"]


def test_options_of_very_different_length_are_found():
    long = "Мектептин администрациялык кеңешинин кезектеги жыйналышы", "Очередное заседание административного совета"
    assert "uneven_length" in codes(options=[*PLAIN, long], key=(0,))


def test_options_that_are_not_written_alike_are_found():
    assert "uneven_form" in codes(options=[*PLAIN[:2], ("мектеп кеңеши", "совет школы")])
    assert "uneven_form" in codes(options=[*PLAIN[:2], ("Мектеп кеңеши.", "Совет школы.")])


def test_numbers_that_differ_between_the_languages_are_found_and_dates_are_read_in_either_way_of_writing():
    assert "numbers_differ" in codes(("Кайсы орган 30 күндө бекитет?", "Какой орган утверждает за 3 дня?"))
    assert codes(("12-мартта кайсы орган бекитти?", "Какой орган утвердил это 12.03?")) == set()
    assert codes(("Кайсы орган үч күндө бекитет?", "Какой орган утверждает за 3 дня?")) == set()


TELLING = {
    "longest_is_key": [("Кеңеш", "Совет"), ("Районду башкаруучу мамлекеттик орган", "Государственный орган района"),
                       ("Мектеп", "Школа")],
    "absolute_words": [("Дайыма кеңеш", "Всегда совет"), ("Министрлик", "Министерство"), ("Мектебим", "Школа")],
    "word_of_stem": [("Айыл өкмөтү", "Айыл окмоту"), ("Мектептин уставын бекиткен", "Утверждающий устав школы орган"),
                     ("Кеңештин өзү чогулуп", "Совет района в полном составе")],
    "ending": [("Айылдык", "Сельский"), ("Орган", "Орган"), ("Шаардык", "Ошский"), ("Эмгек", "Таласский")],
}  # fmt: skip


@pytest.mark.parametrize("code", TELLING)
def test_what_gives_the_key_away_is_found_and_says_that_it_does(code):
    found = [flaw for flaw in flaws.find(
        ItemKind.SINGLE_CHOICE, *STEM, Content([Wording(*pair) for pair in TELLING[code]], (), (1,))
    ) if flaw.code == code]  # fmt: skip
    assert found and all(flaw.tells_key for flaw in found)


@pytest.mark.parametrize("code", TELLING)
def test_without_the_key_nothing_is_found_that_tells_it(code):
    assert not codes(options=TELLING[code], key=()) & flaws.TELLS_KEY


def test_nothing_of_the_options_is_judged_where_none_is_chosen():
    content = Content([Wording("Баары туура", "Все перечисленные")], (), ("12", "0"))
    assert flaws.find(ItemKind.NUMERIC, *STEM, content) == []


def test_what_is_so_in_both_languages_is_said_once():
    found = flaws.find(ItemKind.SINGLE_CHOICE, "Устав", "Устав", Content([Wording(*pair) for pair in PLAIN], (), (1,)))
    assert found == [Flaw("fragment", "", "")]


def test_what_stands_out_in_a_rich_text_counts_as_emphasised():
    assert flaws.plain_of_rich("<p>Кайсынысы милдет <strong>эмес</strong>?</p>") == "Кайсынысы милдет ЭМЕС?"


def test_every_flaw_has_a_sentence():
    assert all(str(Flaw(code).sentence) for code in flaws.FLAWS)
    assert flaws.FLAWS.keys() > flaws.TELLS_KEY
