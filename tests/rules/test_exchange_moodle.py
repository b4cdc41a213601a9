"""Moodle XML as Moodle 4 writes it, and our files as Moodle takes them."""

from __future__ import annotations

import base64
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from core import markup
from question_bank.exchange import moodle_writing, moodle_xml
from question_bank.exchange.moodle_tags import LONGEST, read_tags, write_tags
from question_bank.exchange.reading import Given, Limits
from question_bank.kinds.base import Wording
from tests.rules.test_fuzz import bank, rich

SAID = Given("ru", "law", "documents", 4, "M")
FILE = BytesIO()
Image.new("RGB", (3, 3)).save(FILE, "PNG")
PNG = base64.b64encode(FILE.getvalue()).decode()
CHOICE = (
    '<single>true</single><answer fraction="100" format="html"><text><![CDATA[<p>да</p>]]></text></answer>'
    '<answer fraction="0" format="html"><text>нет</text></answer>'
)


def question(kind: str, body: str = "", *, text: str = "<p>Вопрос?</p>", name: str = "Q 1", beside: str = "") -> str:
    return (
        f'<question type="{kind}"><name><text>{name}</text></name><questiontext format="html">'
        f"<text><![CDATA[{text}]]></text>{beside}</questiontext>{body}</question>"
    )


def read(*questions: str, given: Given = SAID, before: str = ""):
    return moodle_xml.read(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>{before}{"".join(questions)}</quiz>'.encode(), given
    )


def only(reading, severity="error"):
    [problem] = [problem for problem in reading.problems if problem.severity == severity]
    return problem


def warnings(reading):
    return {problem.code for problem in reading.problems if problem.severity == "warning"} - {
        "translation_missing",
        "translations_missing",
    }


# --- what others export


def test_a_question_of_others_in_one_language_takes_what_it_lacks_from_the_person():
    reading = read(question("multichoice", CHOICE))
    [item] = reading.items
    assert (item.external_id, item.subject_area, item.sub_topic, item.difficulty) == ("M-001", "law", "documents", 4)
    assert (item.stem_ru, item.stem_ky, item.key, item.is_rich) == ("Вопрос?", "", (0,), False)
    assert [option.ru for option in item.options] == ["да", "нет"]


@pytest.mark.parametrize(
    ("extra", "name", "wanted"),
    [
        ("<idnumber>LAW-7</idnumber>", "Q 1", "LAW-7"),
        ("<idnumber></idnumber>", "LAW-8", "LAW-8"),
        ("", "Суроо бир", "M-001"),
    ],
)
def test_the_id_is_the_id_number_else_a_name_that_may_be_one_else_the_persons(extra, name, wanted):
    [item] = read(question("multichoice", CHOICE + extra, name=name)).items
    assert item.external_id == wanted


def test_a_question_without_any_id_is_refused_where_the_person_names_none():
    assert only(read(question("multichoice", CHOICE), given=replace(SAID, prefix=""))).code == "id_missing"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("$course$/top/ethics/gifts", ("ethics", "gifts")),
        ("$course$/top/ethics/gifts/deeper", ("ethics", "gifts")),
        ("ethics", ("ethics", "")),
        ("$course$/top/Default for the course", ("law", "documents")),
    ],
)
def test_the_category_is_subject_area_and_sub_topic_where_its_names_are_codes(path, wanted):
    category = f'<question type="category"><category><text>{path}</text></category></question>'
    [item] = read(question("multichoice", CHOICE), before=category).items
    assert (item.subject_area, item.sub_topic) == wanted


@pytest.mark.parametrize(
    "kind",
    [
        "essay",
        "shortanswer",
        "description",
        "cloze",
        "calculated",
        "calculatedmulti",
        "ddwtos",
        "gapselect",
        "stack",
        "",
    ],
)
def test_kinds_that_the_bank_does_not_have_are_refused_by_name_with_their_line(kind):
    reading = read(question("multichoice", CHOICE), "\n", question(kind))
    problem = only(reading)
    assert (problem.code, problem.place, problem.external_id) == ("kind_unknown", 3, "M-002")
    assert len(reading.items) == 1


ANSWER = '<answer fraction="{}" format="html"><text>{}</text></answer>'


def answers(*weights: str) -> str:
    return "".join(ANSWER.format(weight, f"жооп {n}") for n, weight in enumerate(weights))


@pytest.mark.parametrize(
    ("single", "weights", "wanted"),
    [
        ("true", ("0", "100"), ("single_choice", (1,))),
        ("false", ("50", "-100", "50"), ("multiple_response", (0, 2))),
        ("false", ("33.33333", "33.33333", "33.33333", "-100"), ("multiple_response", (0, 1, 2))),
        ("true", ("0", "0"), "no_correct"),
        ("true", ("100", "50"), "partial_weight"),
        ("true", ("100", "-50"), "partial_weight"),
        ("false", ("50", "0", "50"), "partial_weight"),
        ("false", ("50", "-50", "50"), "partial_weight"),
        ("true", ("100", "half"), "weight"),
        ("true", ("100", "NaN"), "weight"),
        ("true", ("100", "1e999999"), "weight"),
    ],
)
def test_weights_that_the_bank_would_score_otherwise_are_refused(single, weights, wanted):
    reading = read(question("multichoice", f"<single>{single}</single>{answers(*weights)}"))
    if isinstance(wanted, str):
        assert only(reading).code == wanted
    else:
        [item] = reading.items
        assert (item.kind, item.key) == wanted
        assert item.is_partial == (item.kind == "multiple_response")


def test_the_plug_in_all_or_nothing_becomes_multiple_response_without_parts():
    [item] = read(question("multichoiceset", answers("100", "0", "100"))).items
    assert (item.kind, item.key, item.is_partial) == ("multiple_response", (0, 2), False)


MATCH = "<subquestion><text>{}</text><answer><text>{}</text></answer></subquestion>"


def matches(*pairs: tuple[str, str]) -> str:
    return "".join(MATCH.format(*pair) for pair in pairs)


def test_matching_has_each_match_once_and_those_that_fit_no_line():
    [item] = read(question("matching", matches(("а", "X"), ("б", "Y"), ("в", "X"), ("", "Z")))).items
    assert [target.ru for target in item.targets] == ["X", "Y", "Z"]
    assert (item.key, item.is_partial) == (((0, 0), (1, 1), (2, 0)), True)


ORDERING = "<selecttype>{}</selecttype><gradingtype>{}</gradingtype>" + answers("1", "2", "3")


@pytest.mark.parametrize(
    ("choosing", "grading", "is_taken"),
    [
        ("ALL", "ALL_OR_NOTHING", True),
        ("RANDOM", "ALL_OR_NOTHING", False),
        ("ALL", "ABSOLUTE_POSITION", False),
        ("ALL", "", False),
    ],
)
def test_ordering_is_taken_where_only_the_whole_order_of_all_lines_gives_points(choosing, grading, is_taken):
    reading = read(question("ordering", ORDERING.format(choosing, grading)))
    assert bool(reading.items) == is_taken
    if not is_taken:
        assert only(reading).code == "ordering_grading"


NUMBER = '<answer fraction="{}"><text>{}</text><tolerance>{}</tolerance></answer>'


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (NUMBER.format(100, "12.50", "0.5"), ("12.5", "0.5")),
        (NUMBER.format(100, "3", "0") + NUMBER.format(0, "*", "0"), ("3", "0")),
        (NUMBER.format(100, "3", "0") + NUMBER.format(50, "4", "0"), "kind_numerical"),
        (NUMBER.format(100, "*", "0"), "number"),
        (NUMBER.format(100, "1e5", "0"), "number"),
        (NUMBER.format(100, "1", "-1"), "tolerance"),
        (NUMBER.format(100, "1", "0") + "<units><unit><unit_name>м</unit_name></unit></units>", "numeric_units"),
    ],
)
def test_a_number_has_one_right_value_a_tolerance_and_no_unit(body, wanted):
    reading = read(question("numerical", body))
    if isinstance(wanted, str):
        assert only(reading).code == wanted
    else:
        assert reading.items[0].key == wanted


TRUE = '<answer fraction="{}"><text>true</text></answer><answer fraction="{}"><text>false</text></answer>'


@pytest.mark.parametrize(("weights", "key"), [((100, 0), (0,)), ((0, 100), (1,)), ((100, 100), None), ((0, 0), None)])
def test_true_or_false_has_one_right_answer(weights, key):
    reading = read(question("truefalse", TRUE.format(*weights)))
    assert [item.key for item in reading.items] == ([key] if key else [])


# --- texts and pictures


def test_formatting_makes_a_question_rich_and_the_frame_of_moodles_editor_does_not():
    editor = '<p dir="ltr" style="text-align: left;">Бир</p><div><span>эки</span></div><div>үч</div>'
    [item] = read(question("multichoice", CHOICE, text=editor)).items
    assert (item.is_rich, item.stem_ru.split()) == (False, ["Бир", "эки", "үч"])
    [item] = read(question("multichoice", CHOICE, text="H<sub>2</sub>O &lt; &amp;")).items
    assert (item.is_rich, item.stem_ru) == (True, "H<sub>2</sub>O &lt; &amp;")


@pytest.mark.parametrize(
    "address", ["@@PLUGINFILE@@/a%20b.png", "@@PLUGINFILE@@/a b.png?time=1", f"data:image/png;base64,{PNG}"]
)
def test_a_picture_in_the_file_comes_along_under_the_name_of_its_content(address):
    beside = f'<file name="a b.png" path="/" encoding="base64">{PNG}</file>'
    address = address.replace("a b", "a%20b")
    reading = read(question("multichoice", CHOICE, text=f'<p><img src="{address}" alt="Карта"></p>', beside=beside))
    [item] = reading.items
    [medium] = item.media
    assert medium.content == FILE.getvalue()
    assert markup.images(item.stem_ru) == [(medium.name, "Карта")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('<img src="https://example.org/a.png" alt="x">', "picture_outside"),
        ('<img src="file:///etc/passwd">', "picture_outside"),
        ('<img alt=">" src=//example.org/a.png>', "picture_outside"),
        ('<img src="@@PLUGINFILE@@/other.png" alt="x">', "picture_missing"),
        ('<img src="@@PLUGINFILE@@/../a.png" alt="x">', "picture_missing"),
        ('<img src="@@PLUGINFILE@@/text.png" alt="x">', "picture_unknown"),
        ('<a href="@@PLUGINFILE@@/a.png">x</a>', "file_linked"),
        ('<a class="x" href="@@PLUGINFILE@@/law.pdf?forcedownload=1">x</a>', "file_linked"),
        ('Суроо <span style="display: none">Б</span>', "style_not_shown"),
        ('<p>Суроо <span STYLE="color:red; Visibility:hidden">Б</span></p>', "style_not_shown"),
        ("Суроо <span hidden>Б</span>", "style_not_shown"),
        ('Суроо <span class="x d-none">Б</span>', "style_not_shown"),
        ('Суроо <span class="sr-only">Б</span>', "style_not_shown"),
        ('<p dir="rtl">1 - 2</p>', "style_not_shown"),
        ("<p>Суроо</p><div DIR=RTL>1 - 2</div>", "style_not_shown"),
        ("<del>эски</del> жаңы", "html_not_shown"),
        ("<strike>эски</strike> жаңы", "html_not_shown"),
        ('эски <span style="text-decoration:line-through">жаңы</span>', "style_not_shown"),
        ('10<span style="vertical-align: 4px">2</span>', "style_not_shown"),
        ("<s>эски</s> жаңы", "html_not_shown"),
        ("<math><mfenced><mi>x</mi></mfenced></math>", "html_not_shown"),
        ('<span class="multilang">Вопрос</span>', "language_unclear"),
        ('<img src="data:image/png;base64,AAAA" alt="x">', "picture_unknown"),
        ('<img src="@@PLUGINFILE@@/a.png">', "alternative_missing"),
        ('<video src="x"></video>', "html_not_shown"),
        ('<iframe src="https://example.org"></iframe>', "html_not_shown"),
    ],
)
def test_what_cannot_be_shown_refuses_the_question_by_name(text, code):
    beside = (
        f'<file name="a.png" path="/" encoding="base64">{PNG}</file>'
        '<file name="text.png" path="/" encoding="base64">c29tZSB0ZXh0</file>'
    )
    assert only(read(question("multichoice", CHOICE, text=text, beside=beside))).code == code


def test_what_is_left_out_is_said():
    feedback = "<generalfeedback><text>анткени</text></generalfeedback>"
    assert warnings(read(question("multichoice", CHOICE + feedback))) == {"feedback_dropped"}
    assert warnings(read(question("multichoice", CHOICE, text="<ins>x</ins> у"))) == {"formatting_dropped"}
    assert warnings(read(question("multichoice", CHOICE, text=r"\(x^2\)"))) == {"tex_kept"}


def test_texts_with_marks_are_bilingual_and_then_all_need_them():
    text = "{mlang ky}Суроо?{mlang}{mlang ru}Вопрос?{mlang}"
    assert only(read(question("multichoice", CHOICE, text=text))).code == "languages_not_marked"
    numbers = answers("100", "0").replace("жооп ", "")
    [item] = read(question("multichoice", f"<single>true</single>{numbers}", text=text)).items
    assert (item.stem_ky, item.stem_ru, item.options[1].ky, item.options[1].ru) == ("Суроо?", "Вопрос?", "1", "1")


# --- files that are refused as a whole


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_xml"),
        (b"<quiz><question>", "not_xml"),
        (b"<html/>", "not_moodle"),
        (b"<quiz/>", "no_items"),
        ('<?xml version="1.0" encoding="windows-1251"?><quiz>ы</quiz>'.encode("cp1251"), "not_utf8"),
        ('<?xml version="1.0" encoding="UTF-16"?><quiz/>'.encode("utf-16"), "not_utf8"),
        (b'<?xml version="1.0" encoding="windows-1251"?><quiz/>', "not_utf8"),
        (b'<!DOCTYPE quiz [<!ENTITY a "b">]><quiz>&a;</quiz>', "xml_doctype"),
        (b'<!DOCTYPE quiz SYSTEM "http://example.org/x.dtd"><quiz/>', "xml_doctype"),
        (b"<quiz>" + b"<a>" * 300 + b"</a>" * 300 + b"</quiz>", "xml_too_large"),
    ],
)
def test_files_that_are_no_moodle_xml_and_xml_bombs_are_refused(data, code):
    assert [problem.code for problem in moodle_xml.read(data, SAID).problems] == [code]


def test_xml_with_more_elements_than_questions_need_is_refused_while_it_is_read():
    reading = moodle_xml.read(b"<quiz>" + b"<a/>" * 1_001 + b"</quiz>", SAID, limits=Limits(tree_elements=1_000))
    assert [problem.code for problem in reading.problems] == ["xml_too_large"]


def test_more_questions_than_an_import_takes_are_refused():
    file = f"<quiz>{question('multichoice', CHOICE) * 3}</quiz>"
    assert moodle_xml.read(file.encode(), SAID, limits=Limits(items=2)).problems[0].code == "too_many_items"


# --- what we write


def written(*items):
    return ElementTree.fromstring(moodle_writing.write(items))


def test_a_file_of_ours_has_the_elements_that_moodle_reads():
    quiz = written(*bank())
    assert quiz.findtext("question[@type='category']/category/text") == "$course$/top/law/act"
    kinds = [element.get("type") for element in quiz.findall("question")]
    assert kinds == ["category", "multichoice", "multichoice", "truefalse", "ordering", "matching", "numerical"]
    single, multiple, true, ordering, matching, numerical = quiz.findall("question")[1:]
    assert (single.findtext("idnumber"), single.findtext("name/text")) == ("LAW-1", "LAW-1")
    assert [answer.get("fraction") for answer in single.findall("answer")] == ["0", "100", "0"]
    assert [answer.get("fraction") for answer in multiple.findall("answer")] == ["50", "-100", "50"]
    assert (single.findtext("single"), multiple.findtext("single")) == ("true", "false")
    assert [(a.findtext("text"), a.get("fraction")) for a in true.findall("answer")] == [
        ("true", "100"),
        ("false", "0"),
    ]
    assert (ordering.findtext("gradingtype"), ordering.findtext("selecttype")) == ("ALL_OR_NOTHING", "ALL")
    assert len(matching.findall("subquestion/answer/text")) == 3
    assert (numerical.findtext("answer/text"), numerical.findtext("answer/tolerance")) == ("12.5", "0.5")
    assert single.findtext("questiontext/text") == "{mlang ky}Суроо: a = {b}?{mlang}{mlang ru}Вопрос?{mlang}"
    assert "difficulty:3" in [tag.findtext("text") for tag in single.findall("tags/tag")]


def test_a_third_is_written_as_moodle_knows_it():
    item = replace(bank()[1], options=(*bank()[1].options, bank()[0].options[0]), key=(0, 1, 2))
    [element] = written(item).findall("question")[1:]
    assert [answer.get("fraction") for answer in element.findall("answer")] == ["33.33333"] * 3 + ["-100"]


def test_a_picture_stands_beside_the_text_that_shows_it():
    [element] = written(rich()).findall("question")[1:]
    [file] = element.findall("questiontext/file")
    assert base64.b64decode(file.text) == rich().media[0].content
    assert f'src="@@PLUGINFILE@@/{file.get("name")}"' in element.findtext("questiontext/text")
    assert element.findall("answer/file") == []


@pytest.mark.parametrize("is_rich", [False, True])
@pytest.mark.parametrize(
    "words",
    ["@@PLUGINFILE@@/a.png", "@@@PLUGINFILE@@", "&#64;@PLUGINFILE@@/x", "data:image/png;base64,AAAA", "DATA:image/"],
)
def test_words_that_look_like_the_address_of_a_file_come_back_as_words(words, is_rich):
    text = markup.as_html(words) if is_rich else words
    item = replace(rich() if is_rich else bank()[0], stem_ky=f"Суроо: {text}", stem_ru=f"Вопрос: {text}", media=())
    item = replace(item, options=tuple(Wording(f"{n} {text}", f"{n} {text}") for n, _ in enumerate(item.options)))
    reading = moodle_xml.read(moodle_writing.write([item]))
    assert not reading.errors and (reading.items[0].stem_ky, reading.items[0].options) == (item.stem_ky, item.options)


def test_two_questions_of_one_id_on_one_line_are_refused_in_a_sentence_that_ends():
    twice = question("multichoice", CHOICE, name="LAW-001")
    problems = [one for one in read(twice, twice).problems if one.code == "duplicate_id"]
    assert [str(one.message)[-1] for one in problems] == [".", "."]
    apart = [one for one in read(twice, twice + "\n", twice).problems if one.code == "duplicate_id"]
    assert [str(one.message).rpartition(": ")[2] for one in apart[-1:]] == ["2"]


@pytest.mark.parametrize(
    "value", ["", "a", "x" * 500, "ө" * 500, "  two  spaces ", "<b>`%20`</b>", "a\nb\tc\xa0d", "% " * 99]
)
def test_tags_are_such_as_moodle_keeps_and_say_the_value_again(value):
    tags = list(write_tags({"source": value}))
    assert all(len(tag) <= LONGEST and tag == " ".join(tag.split()) and not set("<>`") & set(tag) for tag in tags)
    assert read_tags(reversed([*tags, "another tag", "source"])) == ({"source": value} if value else {})


# --- what attributes say


def test_spans_of_the_multilang_filter_are_languages_and_not_glued_together():
    both = '<span lang="ky" class="multilang">{}</span> <span lang="ru" class="multilang">{}</span>'
    answers = CHOICE.replace("<p>да</p>", both.format("ооба", "да")).replace(
        "<text>нет</text>", f"<text><![CDATA[{both.format('жок', 'нет')}]]></text>"
    )
    [item] = read(question("multichoice", answers, text=f"<p>{both.format('Суроо?', 'Вопрос?')}</p>")).items
    assert (item.stem_ky.strip(), item.stem_ru.strip()) == ("Суроо?", "Вопрос?")
    assert [(option.ky.strip(), option.ru.strip()) for option in item.options] == [("ооба", "да"), ("жок", "нет")]


def test_a_question_marked_by_spans_in_one_text_only_is_refused():
    reading = read(question("multichoice", CHOICE, text='<span lang="ru" class="multilang">Вопрос?</span>'))
    assert "languages_not_marked" in {problem.code for problem in reading.errors} and not reading.items


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('10<span style="vertical-align: super;">2</span>', "10<sup>2</sup>"),
        ('H<span style="vertical-align:sub">2</span>O', "H<sub>2</sub>O"),
        ('<p><span style="text-decoration: underline">НЕ</span> x</p>', "<p><u>НЕ</u> x</p>"),
        ('<span style="font-weight:700; font-style:italic">x</span> y', "<b><i>x</i></b> y"),
    ],
)
def test_styles_that_say_something_become_elements(text, kept):
    reading = read(question("multichoice", CHOICE, text=text))
    [item] = reading.items
    assert item.stem_ru == kept
    assert warnings(reading) == set()


@pytest.mark.parametrize(
    "text", ['<ol class="x" start="3"><li>x</li></ol>', '<ol><li value="5">x</li></ol>', "<ul><li type=A>x</li></ul>"]
)
def test_that_lines_of_a_list_are_numbered_otherwise_is_said(text):
    reading = read(question("multichoice", CHOICE, text=f"<p>Суроо</p>{text}"))
    assert len(reading.items) == 1 and warnings(reading) == {"formatting_dropped"}


def test_a_style_that_is_look_only_and_a_link_are_left_out_with_a_warning():
    for text in ('<p style="color: red; margin: 0">Суроо</p>', '<a href="http://x.org">Суроо</a>'):
        reading = read(question("multichoice", CHOICE, text=text))
        assert [item.stem_ru for item in reading.items] == ["Суроо"]
        assert warnings(reading) == {"formatting_dropped"}
