"""Word documents as departments have them, and those that nobody should open."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from PIL import Image

from core import markup
from question_bank.exchange import word
from question_bank.exchange.reading import Given, Limits
from question_bank.exchange.word_key import of_line
from tests.rules.word_files import NUMBERING, W, document, paragraph, picture, run, table

SAID = Given("ky", "law", "documents", 4, "W")
FILE = BytesIO()
Image.new("RGB", (3, 3)).save(FILE, "PNG")


def read(*blocks: str, **more):
    """What is read from a document; a plain text is a paragraph."""
    made = [block if block.startswith("<") else paragraph(block) for block in blocks]
    return word.read(document(*made, **more), SAID)


def key(reading):
    [item] = reading.items
    return [option.ky for index, option in enumerate(item.options) if index in item.key]


def codes(reading, severity="error"):
    said = {"translation_missing", "translations_missing"}
    return [problem.code for problem in reading.problems if problem.severity == severity and problem.code not in said]


# --- the usual layout


def test_numbered_questions_with_lettered_options_and_a_star_before_the_right_one():
    reading = read("1. Суроо?", "А) бир", "*Б) эки", "В) үч", "", "2. Экинчи", "суроо?", "А) x", "Б) y", "* В) z")
    assert codes(reading) == codes(reading, "warning") == []
    assert [(item.external_id, item.stem_ky, item.key) for item in reading.items] == [
        ("W-001", "Суроо?", (1,)), ("W-002", "Экинчи\nсуроо?", (2,)),
    ]  # fmt: skip
    assert [option.ky for option in reading.items[0].options] == ["бир", "эки", "үч"]
    assert (reading.items[0].subject_area, reading.items[0].difficulty, reading.items[0].stem_ru) == ("law", 4, "")


@pytest.mark.parametrize(
    "options",
    [
        ["А) бир", "*Б) эки", "В) үч"],
        ["А) бир", "+Б) эки", "В) үч"],
        ["а. бир", "б. * эки", "в. үч"],
        ["A) бир", "B) эки", "C) үч", "Жооп: B"],
        ["А) бир", "Б) эки", "В) үч", "Туура жооп: Б"],
        ["А) бир   *Б) эки   В) үч"],
        ["А) бир\t*Б) эки", "В) үч"],
        ["А. бир\tБ. эки\tВ. үч", "Ответ: Б"],
        ["А) бир", paragraph(run("Б", "b"), run(") эки")), "В) үч"],
        ["А) бир", paragraph(run("Б)", 'u w:val="single"'), run(" эки")), "В) үч"],
        ["А) бир", paragraph(run("Б) эки", 'highlight w:val="yellow"')), "В) үч"],
        ["А) бир", paragraph(run("Б) эки", 'shd w:val="clear" w:fill="FFFF00"')), "В) үч"],
        ["А) бир", paragraph(run("Б) эки", 'color w:val="FF0000"')), "В) үч"],
    ],
)
def test_the_right_option_is_told_by_a_sign_an_answer_line_or_by_how_its_letter_looks(options):
    assert key(read("1. Суроо?", *options)) == ["эки"]


def test_a_sign_goes_before_looks_and_looks_that_are_everywhere_tell_nothing():
    def bold(text):
        return paragraph(run(text, "b"))

    assert key(read("1. Суроо?", bold("А) бир"), "*Б) эки")) == ["эки"]
    assert codes(read("1. Суроо?", bold("А) бир"), bold("Б) эки"))) == ["no_correct"]
    both = read("1. Суроо?", bold("А) бир"), paragraph(run("Б) эки", 'u w:val="single"')), "В) үч")
    assert codes(both) == ["answers_differ"]


def test_the_numbers_and_letters_that_word_writes_by_itself_are_read():
    reading = read(
        paragraph("Суроо?", numbered=(1, 0)), paragraph("бир", numbered=(1, 1)),
        paragraph(run("эки", "b"), numbered=(1, 1)), paragraph("үч", numbered=(1, 1)),
        paragraph("Экинчи?", numbered=(1, 0)), paragraph("x", numbered=(1, 1)), paragraph("* y", numbered=(1, 1)),
    )  # fmt: skip
    assert [(item.stem_ky, item.key) for item in reading.items] == [("Суроо?", (1,)), ("Экинчи?", (1,))]
    assert [option.ky for option in reading.items[1].options] == ["x", "y"]


def test_that_translations_are_missing_is_said_once_for_a_file_in_one_language():
    one, two = ["1. Суроо?", "А) бир", "*Б) эки"], ["2. Экинчи?", "А) x", "*Б) y"]
    assert [(problem.code, problem.place) for problem in read(*one).problems] == [("translation_missing", 1)]
    [problem] = read(*one, *two).problems
    assert (problem.code, problem.place, problem.severity) == ("translations_missing", None, "warning")
    assert str(problem.message).endswith("Questions: 2")


def test_several_marks_are_multiple_response_without_parts_and_that_is_said():
    reading = read("1. Суроо?", "*А) бир", "Б) эки", "*В) үч")
    assert [(item.kind, item.key, item.is_partial) for item in reading.items] == [("multiple_response", (0, 2), False)]
    assert codes(reading, "warning") == ["several_taken"]


def test_line_breaks_within_a_paragraph_are_lines():
    broken = "".join(run(text) + "<w:r><w:br/></w:r>" for text in ("1. Суроо?", "А) бир", "*Б) эки"))
    assert key(read(f"<w:p>{broken}</w:p>")) == ["эки"]


def test_deleted_text_hidden_text_and_field_codes_are_left_out():
    tracked = "<w:del><w:r><w:delText>эски </w:delText></w:r></w:del><w:ins><w:r><w:t>жаңы</w:t></w:r></w:ins>"
    field = '<w:r><w:instrText>HYPERLINK "http://x"</w:instrText></w:r>'
    [item] = read(
        paragraph("1. Бул ", tracked, field, run(" жашыруун", "vanish"), " суроо?"), "А) бир", "*Б) эки"
    ).items
    assert item.stem_ky == "Бул жаңы суроо?"


@pytest.mark.parametrize(
    "lines",
    [
        ["А) мыйзамдын 3-беренесинин б) пункту", "*Б) x", "В) y"],
        ["А) мыйзамдын Б) пункту", "*Б) x", "В) y"],
        ["А) мыйзам   *Б) анын в) пункту   В) эрежеси"],
        ["А) А. Осмонов   жана Ч. Айтматов", "*Б) x", "В) y"],
    ],
)
def test_a_letter_within_an_option_is_text(lines):
    [item] = read("1. Суроо?", *lines).items
    assert (len(item.options), item.options[-1].ky) == (3, lines[-1].split("В) ")[-1])
    assert item.options[0].ky == lines[0].split("   *")[0].removeprefix("А) ").replace("   ", " ")


def test_a_numbered_line_within_a_question_does_not_begin_another():
    [item] = read("1. Кайсынысы туура? 1) биринчи 2) экинчи", "1) биринчи", "2) экинчи", "А) 1", "*Б) 1, 2").items
    assert item.stem_ky.endswith("\n1) биринчи\n2) экинчи")


def lists(*levels: tuple[str, str]) -> dict[str, bytes]:
    """The lists of Word of :data:`NUMBERING` and, from the second on, one for each of these formats and texts."""
    more = "".join(
        f'<w:abstractNum w:abstractNumId="{number}"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl></w:abstractNum>'
        for number, (kind, text) in enumerate(levels, start=2)
    )
    more += "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>' for number in range(2, len(levels) + 2)
    )
    return {"word/numbering.xml": NUMBERING.replace("</w:numbering>", f"{more}</w:numbering>").encode()}


@pytest.mark.parametrize(("kind", "text", "seen", "options"), [
    ("decimal", "%1)", ["1) бир", "2) эки", "3) үч", "4) төрт"], ["А) 1, 2", "*Б) 1, 3, 4"]),
    ("decimal", "%1", ["1 бир", "2 эки", "3 үч", "4 төрт"], ["А) 1, 2", "*Б) 1, 3, 4"]),
    ("upperRoman", "%1.", ["I. бир", "II. эки", "III. үч", "IV. төрт"], ["А) I, II", "*Б) I, III, IV"]),
    ("lowerRoman", "(%1)", ["(i) бир", "(ii) эки", "(iii) үч", "(iv) төрт"], ["А) i, ii", "*Б) i, iii, iv"]),
])  # fmt: skip
def test_the_numbers_of_a_list_in_the_question_stay_because_options_name_them(kind, text, seen, options):
    list_of_four = [paragraph(word, numbered=(2, 0)) for word in ("бир", "эки", "үч", "төрт")]
    [item] = read("1. Кайсынысы туура?", *list_of_four, *options, parts=lists((kind, text))).items
    assert item.stem_ky == "\n".join(["Кайсынысы туура?", *seen])


def test_a_number_of_word_in_a_cell_is_no_part_of_the_number_beside_it():
    cells = table((paragraph("5 кг", numbered=(1, 0)), "нан"), (paragraph("7 кг", numbered=(2, 0)), "ун"))
    [item] = read("1. Канча?", cells, "А) x", "*Б) y", parts=lists(("decimal", "%1"))).items
    assert "<td>1. 5 кг</td>" in item.stem_ky and "<td>1 7 кг</td>" in item.stem_ky


# --- tables and keys


def test_text_in_tables_is_read_row_by_row():
    reading = read(
        table(("№", "Суроолор"), ("1", paragraph("Суроо?") + paragraph("А) бир") + paragraph("*Б) эки"))),
        table(("2.", "Экинчи?", "А) x", "*Б) y", "В) z")),
    )
    assert [(item.stem_ky, item.key, len(item.options)) for item in reading.items] == [
        ("Суроо?", (1,), 2), ("Экинчи?", (1,), 3),
    ]  # fmt: skip


TWO = ["1. Суроо?", "А) бир", "Б) эки", "2. Экинчи?", "А) x", "Б) y", "В) z"]


@pytest.mark.parametrize(
    "ending",
    [
        [table(("1", "Б"), ("2", "В"))],
        [table(("№", "Жооп"), ("1.", "Б"), ("2.", "В"))],
        [table(("№", "1", "2"), ("Жооп", "Б", "В"))],
        [table(("1", "Б", "2", "В"))],
        ["Жооптор:", table(("1", "б"), ("2", "в"))],
        ["1-Б, 2-В"],
        ["Туура жооптор: 1 – Б; 2 – В."],
        ["Ачкыч", "1. Б 2. В"],
        ["Ачкычтар", "1. Б", "2. В"],
    ],
)
def test_a_key_at_the_end_is_a_table_or_a_line(ending):
    reading = read(*TWO, *ending)
    assert codes(reading) == []
    assert [item.key for item in reading.items] == [(1,), (2,)]


def test_a_key_that_contradicts_the_question_or_names_two_is_refused_and_one_beyond_is_said():
    contradicting = read("1. Суроо?", "А) бир", "Б) эки", "Жооп: А", table(("1", "Б"), ("2", "А")))
    assert (codes(contradicting), codes(contradicting, "warning")) == (["answers_differ"], ["key_beyond"])
    twice = read("1. Суроо?", "А) бир", "Б) эки", "1. Кайра?", "А) x", "Б) y", table(("1", "Б"), ("1", "Б")))
    assert codes(twice) == ["key_ambiguous", "key_ambiguous"]


def test_only_lines_that_are_nothing_but_a_key_are_one():
    assert of_line("1-Б, 2-В") == {1: ["Б"], 2: ["В"]}
    assert of_line("1-Б") == of_line("2-в класс, 3-а класс") == of_line("") == {}


# --- rich texts


def test_small_figures_and_pictures_make_a_question_rich():
    water = paragraph("1. H", run("2", 'vertAlign w:val="subscript"'), "O < ", picture("p1", "Тамчы"))
    reading = read(water, "А) суу", "*Б) таш", parts={"word/media/i.png": FILE.getvalue()}, links={"p1": "media/i.png"})
    [item] = reading.items
    [medium] = item.media
    assert medium.content == FILE.getvalue()
    assert item.stem_ky == f'H<sub>2</sub>O &lt; <img src="{medium.name}" alt="Тамчы">'
    assert markup.plain(item.options[1].ky) == "таш"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (picture("outside", "x"), "not_taken"),
        (picture("missing", "x"), "not_taken"),
        (picture("text", "x"), "picture_unknown"),
        (picture("p1"), "alternative_missing"),
        ("<m:oMath><m:borderBox><m:e><m:r><m:t>x</m:t></m:r></m:e></m:borderBox></m:oMath>", "not_taken"),
        (f"<m:oMath><m:r>{run('x', 'strike')[5:-6]}<m:t>x</m:t></m:r></m:oMath>", "not_taken"),
        ('<w:r><w:footnoteReference w:id="2"/></w:r>', "not_taken"),
        ('<w:r><w:endnoteReference w:id="2"/></w:r>', "not_taken"),
        ("<w:r><w:object/></w:r>", "not_taken"),
        ("<w:r><w:drawing/></w:r>", "not_taken"),
        ('<w:r><w:sym w:font="Symbol" w:char="F061"/></w:r>', "damaged_text"),
        (run("эски", "strike"), "not_taken"),
        (run("эски", "dstrike"), "not_taken"),
        (run("2", 'position w:val="8"'), "not_taken"),
        (run("a", 'rFonts w:ascii="Symbol" w:hAnsi="Symbol"'), "not_taken"),
        (run("\uf061"), "not_taken"),
    ],
)
def test_what_cannot_be_taken_refuses_its_question_by_name(content, code):
    reading = read(
        paragraph("1. ", content), "А) бир", "*Б) эки", "2. Жакшы?", "А) бир", "*Б) эки",
        parts={"word/media/i.png": FILE.getvalue(), "word/media/t.png": b"text"},
        links={"p1": "media/i.png", "outside": "https://example.org/a.png", "missing": "media/no.png",
               "text": "media/t.png"},
    )  # fmt: skip
    assert codes(reading) == [code]
    assert [problem.place for problem in reading.errors] == [1]
    assert [item.external_id for item in reading.items] == ["W-002"]


GAP = '<mspace width="0.25em"></mspace>'


def _m(text, properties=""):
    return f"<m:r>{properties}<m:t>{text}</m:t></m:r>"


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        (_m("2x"), "<mn>2</mn><mi>x</mi>"),
        (_m("2 + 1 000 x"), f"<mn>2</mn><mo>+</mo><mn>1</mn>{GAP}<mn>000</mn>{GAP}<mi>x</mi>"),
        (f"<m:f><m:num>{_m('a')}</m:num><m:den>{_m('2,5')}</m:den></m:f>",
         "<mfrac><mrow><mi>a</mi></mrow><mrow><mn>2,5</mn></mrow></mfrac>"),
        (f"<m:sSup><m:e>{_m('x')}</m:e><m:sup>{_m('2')}</m:sup></m:sSup>",
         "<msup><mrow><mi>x</mi></mrow><mrow><mn>2</mn></mrow></msup>"),
        (f"<m:rad><m:radPr><m:degHide m:val='1'/></m:radPr><m:deg/><m:e>{_m('x')}</m:e></m:rad>",
         "<msqrt><mrow><mi>x</mi></mrow></msqrt>"),
        (f"<m:rad><m:deg>{_m('3')}</m:deg><m:e>{_m('x')}</m:e></m:rad>",
         "<mroot><mrow><mi>x</mi></mrow><mrow><mn>3</mn></mrow></mroot>"),
        (f"<m:d><m:e>{_m('x')}</m:e></m:d>", "<mrow><mo>(</mo><mrow><mi>x</mi></mrow><mo>)</mo></mrow>"),
        (f"<m:nary><m:naryPr><m:chr m:val='∑'/><m:limLoc m:val='undOvr'/></m:naryPr><m:sub>{_m('1')}</m:sub>"
         f"<m:sup>{_m('n')}</m:sup><m:e>{_m('x')}</m:e></m:nary>",
         "<munderover><mo>∑</mo><mrow><mn>1</mn></mrow><mrow><mi>n</mi></mrow></munderover><mrow><mi>x</mi></mrow>"),
        (f"<m:func><m:fName>{_m('sin')}</m:fName><m:e>{_m('x')}</m:e></m:func>",
         "<mrow><mi>sin</mi></mrow><mo>\u2061</mo><mrow><mi>x</mi></mrow>"),
        (_m("м", "<m:rPr><m:nor/></m:rPr>"), "<mtext>м</mtext>"),
        (f"<w:del>{_m('y')}</w:del>" + _m("x&lt;1"), "<mi>x</mi><mo>&lt;</mo><mn>1</mn>"),
    ],
)  # fmt: skip
def test_a_formula_of_word_becomes_mathml(formula, shown):
    [item] = read(paragraph("1. Эсепте: ", f"<m:oMath>{formula}</m:oMath>"), "А) бир", "*Б) эки").items
    assert item.is_rich and item.stem_ky == f"Эсепте: <math>{shown}</math>"
    [item] = read("1. Эсепте", paragraph("А) ", f"<m:oMath>{formula}</m:oMath>"), "*Б) эки").items
    assert item.options[0].ky == f"<math>{shown}</math>"


def test_a_formula_in_a_paragraph_of_its_own_is_a_line_of_the_question():
    block = f"<m:oMathPara><m:oMath>{_m('x')}</m:oMath></m:oMathPara>"
    [item] = read("1. Эсепте:", paragraph(block), "А) бир", "*Б) эки").items
    assert item.stem_ky == 'Эсепте:<br><math display="block"><mi>x</mi></math>'


def test_formulas_too_deep_one_in_another_are_refused():
    deep = _m("x")
    for _ in range(60):
        deep = f"<m:sSup><m:e>{deep}</m:e><m:sup>{_m('2')}</m:sup></m:sSup>"
    assert codes(read(paragraph("1. ", f"<m:oMath>{deep}</m:oMath>"), "А) бир", "*Б) эки")) == ["not_taken"]


@pytest.mark.parametrize("field", [
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> EQ \\f(1;2) </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
    '<w:r><w:instrText>SYMBOL 97 \\f "Symbol"</w:instrText></w:r>',
    '<w:fldSimple w:instr=" eq \\r(3;x)"/>',
])  # fmt: skip
def test_what_a_field_draws_and_no_words_say_refuses_its_question(field):
    reading = read(paragraph("1. ", field, " нече болот?"), "А) бир", "*Б) эки")
    assert codes(reading) == ["not_taken"] and "EQ" in str(reading.errors[0].message)


def test_capitals_are_the_letters_that_are_read_in_word():
    [item] = read(paragraph("1. ", run("кр", "caps"), " ", run("жк", "smallCaps")), "А) бир", "*Б) эки").items
    assert item.stem_ky == "КР ЖК"


@pytest.mark.parametrize("dash", ["•", "–", "-"])
def test_options_with_dots_or_dashes_are_taken_in_their_order_and_that_is_said(dash):
    reading = read("1. Суроо?", f"{dash} бир", f"{dash} *эки", f"{dash} үч", "2. Суроо:", "- биринчи", "- экинчи",
                   "А) x", "*Б) y")  # fmt: skip
    assert codes(reading, "warning") == ["letters_given"]
    assert [option.ky for option in reading.items[0].options] == ["бир", "эки", "үч"]
    assert reading.items[0].key == (1,)
    assert reading.items[1].stem_ky == "Суроо:\n- биринчи\n- экинчи"
    bullets = NUMBERING.replace('"russianUpper"/>\n<w:lvlText w:val="%2)"', '"bullet"/>\n<w:lvlText w:val="·"')
    said = [paragraph(text, numbered=(1, 1)) for text in ("бир", "эки")]
    parts = {"word/numbering.xml": bullets.encode()}
    assert key(read(paragraph("Суроо?", numbered=(1, 0)), *said, "Жооп: Б", parts=parts)) == ["эки"]
    assert codes(read(paragraph("Суроо?", numbered=(1, 0)), *said, parts=parts)) == ["no_correct"]


def test_a_style_marks_the_right_option_and_what_the_whole_document_has_marks_nothing():
    def options(told, *right, style=""):
        styles = (
            f"<w:styles {W}><w:docDefaults><w:rPrDefault><w:rPr>{told}</w:rPr></w:rPrDefault></w:docDefaults>"
            '<w:style w:type="paragraph" w:styleId="Right"><w:rPr><w:b/></w:rPr></w:style>'
            '<w:style w:type="character" w:styleId="Fat"><w:rPr><w:b/></w:rPr></w:style></w:styles>'
        )
        lines = ["1. Суроо?", "А) бир", paragraph(run("Б) эки", *right), style=style), "В) үч"]
        return read(*lines, parts={"word/styles.xml": styles.encode()})

    assert key(options("", style="Right")) == key(options("", 'rStyle w:val="Fat"')) == ["эки"]
    assert codes(options("", 'rStyle w:val="Fat"', style="Right")) == ["no_correct"]  # twice on is off
    assert codes(options("<w:b/>", "b")) == codes(options("<w:b/>", 'b w:val="0"')) == ["no_correct"]
    underlined = '<w:u w:val="single"/>'
    assert codes(options(underlined, 'u w:val="single"')) == ["no_correct"]
    assert key(options(underlined, "b")) == ["эки"]


def test_a_table_of_data_becomes_a_table_of_the_question():
    data = table(("жыл", "сан"), ("2025", "12 < 13"))
    [item] = read("1. Кара:", data, "Канча?", "А) бир", "*Б) эки").items
    assert item.is_rich
    cells = "<tr><td>жыл</td><td>сан</td></tr><tr><td>2025</td><td>12 &lt; 13</td></tr>"
    assert item.stem_ky == f"Кара:<br><table><tbody>{cells}</tbody></table><br>Канча?"
    assert [option.ky for option in item.options] == ["бир", "эки"]


def test_a_table_of_data_with_merged_cells_is_refused_and_not_shifted():
    for merged in ('gridSpan w:val="2"', "vMerge"):
        data = table(("жыл", "сан"), ("2025", "12")).replace("<w:tc>", f"<w:tc><w:tcPr><w:{merged}/></w:tcPr>", 1)
        assert codes(read("1. Кара:", data, "Канча?", "А) бир", "*Б) эки")) == ["not_taken"]


_OPTIONS = ("А) бир", "*Б) эки")


def under(kind: str, told: str, *, default: bool = False) -> dict[str, bytes]:
    """A style ``R`` based on one that says this of direction."""
    of_all = f' w:default="{int(default)}"'
    styles = (
        f'<w:style w:type="{kind}" w:styleId="Base">{told}</w:style>'
        f'<w:style w:type="{kind}" w:styleId="R"{of_all}><w:basedOn w:val="Base"/></w:style>'
    )
    return {"word/styles.xml": f"<w:styles {W}>{styles}</w:styles>".encode()}


@pytest.mark.parametrize(("stem", "parts"), [
    (paragraph("1. Канча: ", run("5 - 3 = 2", "rtl")), {}),
    (paragraph("1. Канча: ", run("5 - 3 = 2", 'rStyle w:val="R"')), under("character", "<w:rPr><w:rtl/></w:rPr>")),
    (paragraph("1. Канча: ", f"<w:bdo w:val='rtl'>{run('5 - 3')}</w:bdo>"), {}),
    (paragraph("1. Канча: ", f"<w:dir w:val='rtl'>{run('5 - 3')}</w:dir>"), {}),
    (paragraph("1. Канча: 5 - 3").replace("<w:pPr>", "<w:pPr><w:bidi/>"), {}),
    (paragraph("1. Канча: 5 - 3", style="R"), under("paragraph", "<w:pPr><w:bidi/></w:pPr>")),
    (paragraph("1. Канча: 5 - 3"), under("paragraph", "<w:pPr><w:bidi/></w:pPr>", default=True)),
], ids=["run", "style of letters", "override", "embedding", "paragraph", "style", "usual style"])  # fmt: skip
def test_a_text_that_word_shows_from_right_to_left_is_refused(stem, parts):
    reading = read(stem, *_OPTIONS, parts=parts)
    assert codes(reading) == ["not_taken"] and "from right to left" in str(reading.errors[0].message)


def test_a_table_of_data_that_word_shows_from_right_to_left_is_refused():
    data = table(("жыл", "сан"), ("2025", "12")).replace("<w:tbl>", "<w:tbl><w:tblPr><w:bidiVisual/></w:tblPr>")
    assert codes(read("1. Кара:", data, "Канча?", *_OPTIONS)) == ["not_taken"]


@pytest.mark.parametrize("stem", [
    paragraph("1. Канча: ", run("5 - 3", 'rtl w:val="0"'), f"<w:bdo w:val='ltr'>{run('?')}</w:bdo>"),
    paragraph("1. Канча: 5 - 3", run(" ", "rtl"), f"<w:dir w:val='rtl'>{run(' ')}</w:dir>"),
    paragraph("1. Канча: 5 - 3").replace("<w:pPr>", '<w:pPr><w:bidi w:val="false"/>'),
], ids=["from left to right", "blanks", "switched off"])  # fmt: skip
def test_a_text_from_left_to_right_is_taken(stem):
    assert codes(read(stem, *_OPTIONS)) == []


def test_letters_are_hidden_raised_and_struck_out_by_their_styles_too():
    styles = "".join(
        f'<w:style w:type="character" w:styleId="{name}"><w:basedOn w:val="{base}"/><w:rPr>{told}</w:rPr></w:style>'
        for name, base, told in (
            ("Hidden", "", "<w:vanish/>"), ("Under", "Hidden", ""), ("Small", "", '<w:vertAlign w:val="superscript"/>'),
            ("Gone", "", "<w:strike/>"),
        )
    )  # fmt: skip
    parts = {"word/styles.xml": f"<w:styles {W}>{styles}</w:styles>".encode()}

    def stem(style, *more):
        told = paragraph("1. м", run("2", f'rStyle w:val="{style}"', *more), "?")
        return read(told, "А) бир", "*Б) эки", parts=parts)

    assert [stem(style).items[0].stem_ky for style in ("Hidden", "Under", "Small")] == ["м?", "м?", "м<sup>2</sup>?"]
    assert stem("Hidden", 'vanish w:val="0"').items[0].stem_ky == "м2?"
    assert codes(stem("Gone")) == ["not_taken"]


def test_a_table_among_the_options_refuses_the_question():
    assert "table_in_option" in codes(read("1. Кара:", "А) бир", table(("жыл", "сан"), ("x", "y")), "*Б) эки"))


# --- what stands between questions


def test_text_before_the_first_question_and_headings_between_are_left_out_with_a_warning():
    heading = paragraph("2-бөлүм", style="Heading1")
    reading = read(
        "Тесттик суроолор", "1. Суроо?", "А) бир", "*Б) эки", heading, "2. Экинчи?", "А) x", "*Б) y", "", "Соңу"
    )
    assert codes(reading, "warning") == ["text_before", "line_left_out", "line_left_out"]
    assert [item.options[-1].ky for item in reading.items] == ["эки", "y"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["А) бир", "*Б) эки", "түшүнүксүз сап"], "line_unclear"),
        (["А) бир", "*Г) эки"], "option_order"),
        (["А) бир", "Б) эки"], "no_correct"),
        (["А) бир", "*Б) эки", "Жооп: А"], "answers_differ"),
        (["А) бир", "Б) эки", "Жооп: Д"], "answer_unclear"),
        (["жооп жок"], "options_missing"),
    ],
)
def test_a_question_with_a_fault_is_refused_with_its_place(lines, code):
    reading = read("1. Суроо?", *lines, "2. Жакшы?", "А) бир", "*Б) эки")
    assert (codes(reading), reading.errors[0].place, reading.errors[0].place_kind) == ([code], 1, "question")
    assert [item.stem_ky for item in reading.items] == ["Жакшы?"]


# --- files that are refused as a whole


def repacked(**parts: bytes) -> bytes:
    """A good document with parts added or replaced."""
    return document(paragraph("1. ?"), parts={name.replace("__", "/"): data for name, data in parts.items()})


BOMB = BytesIO()
with zipfile.ZipFile(BOMB, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("word/document.xml", b" " * 20_000_000)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_word"),
        (b"%PDF-1.7", "not_word"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_doc"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted_file"),
        (b"PK\x03\x04", "corrupt_file"),
        (BOMB.getvalue(), "zip_bomb"),
        (repacked(**{"word/vbaProject.bin": b"x"}), "macros"),
        (repacked(**{"../evil.xml": b"x"}), "package_path"),
        (repacked(**{"word/document.xml": b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'}), "xml_doctype"),
        (repacked(**{"word/styles.xml": b"<a>"}), "not_xml"),
        (repacked().replace(b"word/numbering.xml", b"\0" + b"x" * 17), "corrupt_file"),
        (repacked(**{"word/document.xml": b"<a/>"}), "not_word"),
        (document('<w:altChunk r:id="a"/>'), "foreign_part"),
        (document(paragraph("сөз")), "no_items"),
    ],
)
def test_files_that_are_no_document_bombs_macros_and_foreign_parts_are_refused(data, code):
    reading = word.read(data, SAID)
    assert [problem.code for problem in reading.problems] == [code]
    assert reading.items == ()


def test_more_questions_than_an_import_takes_are_refused():
    data = document(*[paragraph(text) for text in ("1. ?", "А) x", "Б) y", "2. ?", "А) x", "Б) y")])
    assert [problem.code for problem in word.read(data, SAID, limits=Limits(items=1)).problems] == ["too_many_items"]
