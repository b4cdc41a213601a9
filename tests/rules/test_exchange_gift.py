r"""GIFT in and out (contracts.md, `bank import`; 'Bad input' of the exam-day issue). Syntax: Moodle's GIFT format."""

from __future__ import annotations

import pytest

from question_bank.exchange import gift
from question_bank.exchange.drafts import ItemDraft, OptionDraft, Problem, Reading
from question_bank.exchange.reading import Given, Limits


def both(ky: str, ru: str) -> str:
    return rf"\{{mlang ky\}}{ky}\{{mlang\}}\{{mlang ru\}}{ru}\{{mlang\}}"


STEM = both("Суроо?", "Вопрос?")
ONE, TWO, THREE = both("бир", "один"), both("эки", "два"), both("үч", "три")
HEAD = """$CATEGORY: law/procedure

// difficulty: 3
// source: ¶16
// author: author
// enemies: LAW-002, LAW-003
"""
QUESTION = f"::LAW-001::{STEM} {{\n\t~{ONE}\n\t={TWO}\n\t~{THREE}\n}}\n"
GOOD = HEAD + QUESTION
DRAFT = ItemDraft(
    external_id="LAW-001",
    subject_area="law",
    sub_topic="procedure",
    difficulty=3,
    stem_ky="Суроо?",
    stem_ru="Вопрос?",
    options=(OptionDraft("бир", "один"), OptionDraft("эки", "два"), OptionDraft("үч", "три")),
    key=(1,),
    source="¶16",
    author="author",
    enemies=("LAW-002", "LAW-003"),
)


def read(text: str) -> Reading:
    return gift.read(text.encode())


def question(stem: str = STEM, answers: str = f"~{ONE} ={TWO} ~{THREE}") -> Reading:
    return read(f"{HEAD}::LAW-001::{stem}{{{answers}}}\n")


def codes(reading: Reading) -> list[tuple[int | None, str]]:
    return [(problem.place, problem.code) for problem in reading.problems]


def only(reading: Reading) -> Problem:
    assert len(reading.problems) == 1, codes(reading)
    return reading.problems[0]


def test_a_good_question_becomes_a_draft_that_knows_its_line():
    reading = read(GOOD)
    assert reading.items == (DRAFT,)
    assert reading.problems == ()
    assert reading.seen == 1
    assert (reading.items[0].place, reading.items[0].place_kind) == (7, "line")


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode("utf-8-sig"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        GOOD.rstrip().encode(),
        GOOD.replace("$CATEGORY: law/procedure\n\n", "$CATEGORY: law/procedure\n").encode(),
        GOOD.replace("law/procedure", "$course$/top/law/procedure").encode(),
        GOOD.replace("law/procedure", " $system$/law / procedure ").encode(),
        GOOD.replace(r"\{", "{").replace(r"\}", "}").encode(),
        GOOD.replace("mlang ru", "mlang RU,en").replace("mlang ky", "MLANG  ky").encode(),
        GOOD.replace("~", "~ \n ").replace("=", "= %100%").encode(),
        GOOD.replace(f"={TWO}", f"~%100%{TWO}").replace(f"~{ONE}", f"~%0%{ONE}").encode(),
        GOOD.replace("::LAW-001::", "::LAW-001::[moodle]").encode(),
        GOOD.replace("::LAW-001::", ":: LAW-001 ::\n[plain] ").encode(),
        GOOD.replace("::LAW-001::", "::LAW-001::[html]").replace("Суроо?", "<p>Суроо?</p>").encode(),
        GOOD.replace(f"={TWO}", f"// the right one\n={TWO}").encode(),
    ],
)
def test_the_same_question_written_otherwise_is_the_same_draft(data):
    reading = gift.read(data)
    assert codes(reading) == []
    assert reading.items == (DRAFT,)


# --- the file as a whole ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("\r\n\r\n::Q::Café {=oui ~non}".encode("cp1252"), "3"),
        (GOOD.replace("ү", "у").replace("¶16", "16").encode("cp1251"), "7"),
        (GOOD.encode("utf-16"), "1"),
    ],
)
def test_a_file_that_is_not_utf8_is_refused_with_how_to_save_it(data, line):
    problem = only(gift.read(data))
    assert (problem.code, problem.place_kind) == ("not_utf8", "file")
    assert "UTF-8" in str(problem.message)
    assert str(problem.message).endswith(line)


def test_a_file_that_is_not_text_is_refused():
    assert only(gift.read(b"PK\x03\x04\x00\x00")).code == "not_text"


@pytest.mark.parametrize("text", ["", "\n\n", "// only a comment\n", "$CATEGORY: law/procedure\n"])
def test_a_file_without_questions_is_refused(text):
    assert only(read(text)).code == "no_items"


def test_files_and_questions_beyond_the_limits_are_refused():
    data = GOOD.encode()
    assert gift.read(data, limits=Limits(file_bytes=len(data), items=1)).items == (DRAFT,)
    assert only(gift.read(data, limits=Limits(file_bytes=len(data) - 1))).code == "file_too_large"
    assert only(gift.read(data + b"\n" + data, limits=Limits(items=1))).code == "too_many_items"
    assert only(question(stem="x" * 100_001)).code == "question_too_long"


# --- kinds that the bank does not have -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("Эки кошуу эки {=төрт =4}", "kind_short_answer", "short answer"),
        ("Жылы? {#=1822:5 =%50%1822:10}", "kind_numerical", "number"),
        ("Иреттеңиз {>2 ALL VERTICAL RELATIVE SHOW none\nбир\nэки}", "ordering_grading", "ordering"),
        ("Иреттеңиз {>1 RANDOM VERTICAL ALL_OR_NOTHING SHOW\nбир\nэки}", "ordering_grading", "ordering"),
        ("Ойлоруңузду жазыңыз {}", "kind_essay", "essay"),
        ("Ойлоруңузду жазыңыз {####жалпы}", "kind_essay", "essay"),
        ("Кийинки суроолор мыйзам жөнүндө.", "kind_description", "description"),
    ],
)
def test_other_kinds_of_question_are_refused_by_name(text, code, named):
    problem = only(read(f"{HEAD}::LAW-001::{text}\n\n{HEAD}{QUESTION.replace('LAW-001', 'LAW-009')}"))
    assert (problem.place, problem.code, problem.external_id) == (7, code, "LAW-001")
    assert named in str(problem.message)


@pytest.mark.parametrize("weight", ["50", "-25", "33.33333"])
def test_partial_weights_are_refused_and_the_weight_is_named(weight):
    problem = only(question(answers=f"~%{weight}%{ONE} ={TWO}"))
    assert problem.code == "partial_weight"
    assert weight in str(problem.message)


def test_several_right_options_and_none_are_refused():
    assert only(question(answers=f"={ONE} ={TWO} ~{THREE}")).code == "several_correct"
    assert only(question(answers=f"~{ONE} ~{TWO}")).code == "no_correct"


# --- braces and blank lines ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("Суроо {\n=а\n~б\n", [(7, "unbalanced_braces")]),
        ("Суроо\n=а\n~б}\n", [(9, "unbalanced_braces")]),
        ("Суроо {\n=а {б}\n~в}\n", [(8, "unbalanced_braces")]),
        ("Суроо {\n=а\n~б\n}\n}\n", [(11, "unbalanced_braces")]),
        ("Суроо {\n=а\n\n~б}\n", [(7, "unbalanced_braces"), (10, "unbalanced_braces")]),
        ("Суроо {=а ~б}\n::LAW-002::Суроо {=а ~б}\n", [(8, "blank_line_missing")]),
    ],
)
def test_braces_that_do_not_match_are_refused_with_their_line(body, found):
    assert codes(read(f"{HEAD}::LAW-001::{body}")) == found


def test_text_before_the_first_option_is_refused():
    assert only(question(answers=f"жооп ~{ONE} ={TWO}")).code == "stray_text"


# --- escapes, formats, feedback --------------------------------------------------------------------------------


def test_escapes_stand_for_the_signs_themselves():
    item = question(stem=both(r"\{а\=б\}\:\:\n\#1 \~2 \\n \x", "x")).items[0]
    assert item.stem_ky == "{а=б}::\n#1 ~2 \\n \\x"


def test_line_breaks_in_the_file_stay_and_indents_go():
    item = question(stem=both("бир  \n   эки", "x")).items[0]
    assert item.stem_ky == "бир\nэки"


def test_a_gap_in_the_middle_of_a_sentence_is_shown_as_a_gap():
    item = read(f"{HEAD}::LAW-001::2 + {{~{ONE} ={TWO}}} \\= 4").items[0]
    assert (item.stem_ky, item.stem_ru) == ("2 + _____ = 4", "2 + _____ = 4")


@pytest.mark.parametrize(
    "answers",
    [f"~{ONE}#жок ={TWO} ~{THREE}", f"~{ONE} ={TWO}# ооба\n ~{THREE}", f"~{ONE} ={TWO} ~{THREE} ####жалпы ~=пикир"],
)
def test_feedback_is_left_out_with_a_warning_and_the_question_is_taken(answers):
    reading = question(answers=answers)
    assert reading.items == (DRAFT,)
    assert only(reading).code == "feedback_dropped"
    assert only(reading).severity == "warning"


@pytest.mark.parametrize("prefix", ["", "[html]", "[moodle]"])
def test_html_is_refused_and_the_tag_is_named(prefix):
    problem = only(question(stem=prefix + both('<img src\\="x.png">', "x")))
    assert problem.code == "html_text"
    assert "<img" in str(problem.message)


@pytest.mark.parametrize(
    ("paragraph", "code"),
    [
        ('<p style="text-decoration: line-through">', "style_not_shown"),
        ('<p style="display: none">', "style_not_shown"), ("<p hidden>", "style_not_shown"),
        ('<p style="font-weight: bold">', "html_text"),
        ('<p style="margin-left: 20px" class="x">', None),
    ],
)  # fmt: skip
def test_a_paragraph_of_html_whose_style_says_something_is_refused_and_one_that_is_look_only_is_not(paragraph, code):
    reading = question(stem="[html]" + both(paragraph.replace(":", "\\:").replace("=", "\\=") + "а</p>", "x"))
    assert [problem.code for problem in reading.errors] == ([code] if code else [])
    assert [item.stem_ky for item in reading.items] == ([] if code else ["а"])


def test_plain_text_keeps_signs_that_look_like_html_and_html_entities_are_letters():
    assert question(stem="[plain]" + both("<b> &lt;", "x")).items[0].stem_ky == "<b> &lt;"
    assert question(stem="[html]" + both("а&lt;б &amp;amp\\; 1 < 2", "x")).items[0].stem_ky == "а<б &amp\\; 1 < 2"
    assert question(stem="[html]" + both("<p>а\nб<br/>в</p>\n<p>г</p>", "x")).items[0].stem_ky == "а б\nв\nг"


def test_markdown_is_kept_as_written_with_a_warning():
    reading = question(stem="[markdown]" + both("**а**", "x"))
    assert reading.items[0].stem_ky == "**а**"
    assert only(reading).code == "markdown_kept"


# --- languages -------------------------------------------------------------------------------------------------


def test_a_question_in_one_unmarked_language_is_refused_and_both_languages_are_named():
    problem = only(question(stem="Суроо?", answers="~бир =эки"))
    assert problem.code == "languages_not_marked"
    assert "Kyrgyz" in str(problem.message)
    assert "Russian" in str(problem.message)


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_a_file_of_another_system_takes_what_it_lacks_from_what_the_person_says(language):
    text = (
        "$CATEGORY: $course$/top/Default for Law 1\n\n"
        "// question: 123  name: Who approves?\n::Who approves?::Ким бекитет? {=Кеңеш ~Орган}\n\n"
        "::LAW-7::[html]<p>2 + 2 \\= ?</p>{=4 ~5}\n"
    )
    said = Given(language, "law", "documents", 4, "MOO")
    found = gift.read(text.encode(), said)
    assert [problem.code for problem in found.problems] == ["translations_missing"]
    first, second = found.items
    assert (first.external_id, second.external_id) == ("MOO-001", "LAW-7")
    assert (first.subject_area, first.sub_topic, first.difficulty) == ("law", "documents", 4)
    other = "ru" if language == "ky" else "ky"
    assert (getattr(first, f"stem_{language}"), getattr(first, f"stem_{other}")) == ("Ким бекитет?", "")
    assert getattr(second, f"stem_{language}") == "2 + 2 = ?"
    assert gift.read(GOOD.encode(), said) == read(GOOD)  # what the file says goes before it


@pytest.mark.parametrize(
    ("stem", "column", "language"),
    [
        (r"\{mlang ky\}Суроо?\{mlang\}", "stem_ru", "Russian"),
        (r"\{mlang ru\}Вопрос?\{mlang\}", "stem_ky", "Kyrgyz"),
        (r"12 \{mlang ky\}Суроо?\{mlang\}", "stem_ru", "Russian"),
        (both("Суроо?", " "), "stem_ru", "Russian"),
    ],
)
def test_the_language_that_is_missing_is_named(stem, column, language):
    problem = only(question(stem=stem))
    assert (problem.code, problem.column) == ("stem_missing", column)
    assert language in str(problem.message)


def test_an_option_in_one_language_is_refused_and_named():
    problem = only(question(answers=rf"~{ONE} =\{{mlang ky\}}эки\{{mlang\}}"))
    assert (problem.code, problem.column) == ("option_language_missing", "option_b_ru")


def test_text_without_words_needs_no_marks_and_text_outside_marks_is_in_both_languages():
    item = question(stem=f"1) {STEM} !", answers=r"~12 \= 12 =13 %").items[0]
    assert (item.stem_ky, item.stem_ru) == ("1) Суроо? !", "1) Вопрос? !")
    assert item.options == (OptionDraft("12 = 12", "12 = 12"), OptionDraft("13 %", "13 %"))


def test_another_language_is_left_out_with_a_warning():
    reading = question(stem=STEM + r"\{mlang en\}Question?\{mlang\}")
    assert reading.items == (DRAFT,)
    assert only(reading).code == "other_language_dropped"


@pytest.mark.parametrize(
    "stem",
    [
        r"\{mlang ky\}Суроо?\{mlang ru\}Вопрос?\{mlang\}",
        r"\{mlang ky\}Суроо?",
        r"Суроо\{mlang\}",
        r"\{mlang ky Суроо",
    ],
)
def test_marks_that_do_not_match_are_refused(stem):
    assert "mark_not_closed" in {problem.code for problem in question(stem=stem).errors}


# --- what GIFT has no place for --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gone", "instead", "code", "column"),
    [
        ("// difficulty: 3\n", "", "difficulty", "difficulty"),
        ("difficulty: 3", "difficulty: оор", "difficulty", "difficulty"),
        ("difficulty: 3", "difficulty: 6", "difficulty", "difficulty"),
        ("::LAW-001::", "", "id_missing", "external_id"),
        ("::LAW-001::", "::Kanji Origins::", "id_characters", "external_id"),
        ("$CATEGORY: law/procedure\n", "", "subject_area_missing", "subject_area"),
        ("law/procedure", "$course$/top", "subject_area_missing", "subject_area"),
        ("law/procedure", "a/b/c", "category_levels", "subject_area"),
        ("LAW-002,", "LAW-001,", "enemy_of_itself", "enemies"),
    ],
)
def test_what_is_missing_or_wrong_in_title_category_and_comments_is_named(gone, instead, code, column):
    assert gone in GOOD
    problem = only(read(GOOD.replace(gone, instead)))
    assert (problem.code, problem.column, problem.place_kind) == (code, column, "line")


def test_the_category_holds_until_the_next_one():
    text = GOOD + "\n" + HEAD.replace("$CATEGORY: law/procedure\n", "") + QUESTION.replace("LAW-001", "LAW-009")
    text += "\n$CATEGORY: finance\n\n// difficulty: 1\n" + QUESTION.replace("LAW-001", "FIN-001")
    topics = [(item.external_id, item.subject_area, item.sub_topic, item.difficulty) for item in read(text).items]
    assert topics == [
        ("LAW-001", "law", "procedure", 3),
        ("LAW-009", "law", "procedure", 3),
        ("FIN-001", "finance", "", 1),
    ]


def test_comments_belong_to_their_own_question_only():
    reading = read(GOOD + "\n" + QUESTION.replace("LAW-001", "LAW-009"))
    assert only(reading).code == "difficulty"
    assert only(reading).external_id == "LAW-009"


def test_a_repeated_id_is_refused_at_each_place_and_names_the_other_lines():
    reading = read(GOOD + "\n" + GOOD.replace("Суроо?", "Башка?"))
    assert codes(reading) == [(7, "duplicate_id"), (19, "duplicate_id")]
    assert "19" in str(reading.problems[0].message)
    assert "lines" in str(reading.problems[0].message)
    assert reading.items == ()


def test_a_letter_lost_before_export_is_refused():
    assert only(question(stem=both("Суро\ufffd", "x"))).code == "damaged_text"
    assert only(question(stem=both("Суро\ufdd0", "x"))).code == "damaged_text"


# --- writing ---------------------------------------------------------------------------------------------------


def test_what_is_written_is_utf8_gift_with_marks_escaped():
    data = gift.write([DRAFT])
    assert data.decode() == GOOD
    assert gift.read(data).items == (DRAFT,)


def test_signs_that_moodle_would_take_for_html_are_written_as_html():
    item = ItemDraft(**{**DRAFT.__dict__, "stem_ky": "a<b & c\n<b>"})
    data = gift.write([item])
    assert "::LAW-001::[html]" in data.decode()
    assert "a&lt;b &amp; c<br>&lt;b&gt;" in data.decode()
    assert gift.read(data).items == (item,)


def test_hostile_text_takes_no_more_than_linear_time():
    # Each of these took minutes with a pattern that looks back; the whole test takes well under a second.
    for unit in ("{mlang ky}", r"\{mlang ky\}", "<p ", "</p><p", " \t", "&lt", "::", "~%1", "//difficulty:", "\\"):
        assert question(stem=(unit * 99_000)[:99_000]).seen == 1


@pytest.mark.parametrize(
    ("html", "code", "is_taken"),
    [("<code>x</code>", "formatting_dropped", True), ("<s>x</s>", "html_not_shown", False)],
)
def test_what_the_html_of_a_rich_text_loses_is_said_or_refuses_the_question(html, code, is_taken):
    text = gift.write([ItemDraft(**{**DRAFT.__dict__, "is_rich": True})]).decode()
    assert not read(text).problems
    found = read(text.replace("{mlang ky\\}", f"{{mlang ky\\}}{html} ", 1))
    assert code in {problem.code for problem in found.problems}
    assert bool(found.items) == is_taken
