"""Texts that look the same are the same, and none is read otherwise than it is stored: in the editor and every file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import letters
from question_bank import flaws
from question_bank.exchange.drafts import ItemDraft, OptionDraft, check_draft
from question_bank.exchange.formats import FORMATS, WRITTEN
from question_bank.exchange.reading import Given

SAID = Given("ky", "law", "documents", 4, "A")
CITIES = (OptionDraft("Бишкек", "Бишкек"), OptionDraft("Ош", "Ош"))
QUESTION = ItemDraft("LAW-1", "law", "documents", 3, "Кайсы шаар?", "Какой город?", CITIES, (0,))


def faults(**changed: object) -> list[tuple[str, str | None]]:
    """Code and column of everything that is wrong with the question."""
    return [(problem.code, problem.column) for problem in check_draft(replace(QUESTION, **changed))]


def with_option(text: str) -> dict[str, object]:
    """One option more, its Kyrgyz text this one."""
    return {"options": (*CITIES, OptionDraft(text, "Иное"))}


@pytest.mark.parametrize(
    "sign", ["\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff", "\u200e", "\ufe0f", "\u034f"], ids=ascii
)
def test_options_that_differ_in_signs_nobody_sees_are_the_same(sign):
    assert faults(**with_option(f"Биш{sign}кек")) == [("options_equal", "option_c_ky")]
    assert faults(**with_option(sign)) == [("option_language_missing", "option_c_ky")]
    assert faults(stem_ky=sign) == [("stem_missing", "stem_ky")]


def test_options_that_look_the_same_in_letters_of_two_alphabets_are_taken_and_left_to_the_checklist():
    assert faults(**with_option("Бишк\u0065к")) == []


TURNING = ["\u061c", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))]


@pytest.mark.parametrize("sign", TURNING, ids=ascii)
def test_a_sign_that_turns_letters_round_is_refused_by_its_name_and_its_field(sign):
    problem = check_draft(replace(QUESTION, **with_option(f"{sign}50")))[0]
    assert (problem.code, problem.column) == ("turned_text", "option_c_ky")
    said = str(problem.message)
    assert f"U+{ord(sign):04X}" in said and "option_c_ky" in said and "type it anew" in said


@pytest.mark.parametrize("field", ["stem_ky", "stem_ru", "source", "author", "enemies"])
def test_it_is_refused_in_every_text(field):
    text = "05\u202e07"
    assert ("turned_text", field) in faults(**{field: (text,) if field == "enemies" else text})


def test_the_field_is_named_as_whoever_reads_the_sentence_knows_it():
    turned = replace(QUESTION, stem_ky="Туурабы: \u200f5 − 3 = 2")
    (in_a_file,), (in_words,) = check_draft(turned), check_draft(turned, called={"stem_ky": "Суроо"}.__getitem__)
    assert str(in_a_file.message).endswith("Field: stem_ky") and str(in_words.message).endswith("Field: Суроо")


@pytest.mark.parametrize("text", ["<p>05&#x202E;</p>", '<img src="a.png" alt="05&#8238;">', "<b>05\u202e</b>"])
def test_it_is_refused_in_rich_texts_however_it_is_written(text):
    assert ("turned_text", "stem_ky") in faults(stem_ky=text, is_rich=True)


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_it_is_refused_in_every_file(name):
    known = FORMATS[name]
    data = known.write([replace(QUESTION, stem_ky="Канча: \u202e05?")])
    reading = known.read(data, SAID)
    assert [(problem.code, problem.column) for problem in reading.errors] == [("turned_text", "stem_ky")]
    assert reading.items == ()


@pytest.mark.parametrize(("word", "mixed"), [
    ("Бишкек", False), ("Бишк\u0065к", True), ("\u0421\u004f2", True), ("Excelге", False), ("ATMге", False),
    ("IP-адрес", False), ("Cм", True), ("мкм", False), ("über", False),
])  # fmt: skip
def test_words_of_two_alphabets_are_told_from_names_with_an_ending_of_our_own(word, mixed):
    assert bool(list(letters.mixed_words(word))) is mixed


#: Chemistry, physics and algebra as it is typed in Cyrillic; names of programs, points and unknowns with endings.
FINE = (  # noqa: SIM905
    "Н₂О СО₂ О₂ Са²⁺ К⁺ х² у² а² х³ Т₁ Р₁ х₁ х₁+х₂ С₁V₁ хⁿ ½х Δх ΔТ αх πх Σх sin²х IP-адрес "
    "Wordу Excelе Linuxе Windowsа Macка Macтан iOSту pHтын pHы HRом DVDшка TVом ITшник Officeу Netflixе WiFiга iPadга "
    "Xти xтин yти Aдан Bга Cнын nчи kнын IIIтен IVчү XIXнун UNESCOнун"
).split()
MIXED = (  # noqa: SIM905
    "Бишк\u0065к \u006fкуучу школ\u0061 \u0041ла-Тоо \u0041зия Кафк\u0061 \u0063р\u0065д\u0061 \u0041та \u0041ты "
    "\u0043\u006fрт \u0063\u006fp\u0442 С\u004f₂ SО₄ \u0043м КВ\u0041Т жа\u0061\u0061т"
).split()


@pytest.mark.parametrize("word", FINE)
def test_formulas_and_names_with_an_ending_are_no_false_alarm(word):
    assert not list(letters.mixed_words(word))


@pytest.mark.parametrize("word", MIXED)
def test_single_letters_of_another_alphabet_among_those_of_a_word_are_found(word):
    assert list(letters.mixed_words(word))


def test_raised_and_lowered_signs_of_a_rich_text_are_no_letters_of_another_alphabet():
    rich = "<p>Н<sub>2</sub>О, х<sup>2</sup>, Са<sup>2+</sup>, Т<sub>1</sub> жана СО<sub>2</sub></p>"
    assert not list(letters.mixed_words(flaws.plain_of_rich(rich)))


@pytest.mark.parametrize(("typed", "read"), [
    ("Бишк\u0065к \u0041ла-Тоо Бал\u0061сагын", "Бишкек Ала-Тоо Баласагын"), ("Биш\u200bк\u00adек", "Бишкек"),
    ("Wordу pH Wi-Fi IV кг\nН₂О ΔТ", "Wordу pH Wi-Fi IV кг\nН₂О ΔТ"), ("cat, сорт", "cat, сорт"), ("", ""),
])  # fmt: skip
def test_a_text_is_read_in_letters_of_one_alphabet(typed, read):
    assert letters.as_read(typed) == read


def test_the_look_of_a_text_is_the_same_in_whatever_alphabet_its_letters_are_typed():
    assert letters.look("Бишк\u0065к") == letters.look("Бишкек") != letters.look("Бишкак")
    assert letters.look("\u2163") == letters.look("IV") == letters.look("\u0406V") != letters.look("VI")
    assert letters.seen(" Биш\u00adкек  \n шаары ") == "Бишкек шаары"
