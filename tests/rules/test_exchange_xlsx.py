"""The xlsx bank (contracts.md, Files; 'Bad input' of the exam-day issue): each bad file is really built here."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping

import openpyxl
import pytest

from question_bank.exchange import xlsx
from question_bank.exchange.drafts import ItemDraft, OptionDraft, Problem, Reading
from question_bank.exchange.reading import Limits
from question_bank.exchange.sheet import COLUMNS

GOOD = {
    "external_id": "LAW-001",
    "subject_area": "law",
    "sub_topic": "procedure",
    "difficulty": 3,
    "stem_ky": "Суроо?",
    "stem_ru": "Вопрос?",
    "option_a_ky": "бир",
    "option_b_ky": "эки",
    "option_c_ky": "үч",
    "option_a_ru": "один",
    "option_b_ru": "два",
    "option_c_ru": "три",
    "correct": "B",
    "source": "¶16",
    "author": "author",
    "enemies": "LAW-002, LAW-003",
}
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


def row(**changes: object) -> dict[str, object]:
    return GOOD | changes


def workbook_of(*rows: Mapping[str, object], columns: Iterable[str] = COLUMNS) -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "items"
    columns = list(columns)
    sheet.append(columns)
    for values in rows:
        sheet.append([values.get(column) for column in columns])
    return workbook


def saved(workbook: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def read(*rows: Mapping[str, object]) -> Reading:
    return xlsx.read(saved(workbook_of(*rows)))


def codes(reading: Reading) -> list[tuple[int | None, str]]:
    return [(problem.place, problem.code) for problem in reading.problems]


def only(reading: Reading) -> Problem:
    assert len(reading.problems) == 1, codes(reading)
    return reading.problems[0]


def repacked(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same package with each part passed through ``change(name, content)``."""
    source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in source.infolist():
            archive.writestr(entry.filename, change(entry.filename, source.read(entry)))
    return target.getvalue()


SHEET_PART = "xl/worksheets/sheet1.xml"


def test_a_good_row_becomes_a_draft_that_knows_its_row():
    reading = read(row())
    assert reading.items == (DRAFT,)
    assert reading.problems == ()
    assert reading.seen == 1
    assert (reading.items[0].place, reading.items[0].place_kind) == (2, "row")


# --- the file as a whole ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_xlsx"),
        (b"external_id;subject_area\nLAW-001;law\n", "not_xlsx"),
        (b"PK\x03\x04 cut off", "corrupt_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "old_xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted_file"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused_with_what_to_do(data, code):
    problem = only(xlsx.read(data))
    assert (problem.code, problem.place_kind, problem.place) == (code, "file", None)
    assert "save" in str(problem.message).lower()


def test_a_zip_that_is_no_workbook_is_refused():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("letter.txt", "hello")
    assert only(xlsx.read(target.getvalue())).code == "not_xlsx"


def test_a_workbook_cut_in_half_is_refused():
    data = saved(workbook_of(row()))
    assert only(xlsx.read(data[: len(data) // 2])).code == "corrupt_file"


@pytest.mark.filterwarnings("ignore:Workbook contains no stylesheet")
def test_whatever_part_of_a_workbook_is_damaged_nothing_is_raised():
    good = saved(workbook_of(row()))
    names = zipfile.ZipFile(io.BytesIO(good)).namelist()
    damages: list[Callable[[bytes], bytes]] = [
        lambda part: b"",
        lambda part: part[: len(part) // 2],
        lambda part: b"<x/>",
        lambda part: part.replace(b"sheet1", b"sheet9"),
        lambda part: part.replace(b'="1"', b'="x"').replace(b'="0"', b'="-7"'),
        lambda part: part.replace(b'r="A2"', b'r="A0"').replace(b'r="B2"', b'r="ZZZZ9"'),
        lambda part: part.replace(b'r="C2"', b'r="2C"').replace(b't="inlineStr"', b't="s"'),
        lambda part: part.replace(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="??"/></mergeCells>'),
        lambda part: part.replace(b"<row", b"<col").replace(b"</row", b"</col"),
    ]
    for name in names:
        for damage in damages:
            data = repacked(good, lambda n, part, name=name, damage=damage: damage(part) if n == name else part)
            reading = xlsx.read(data)
            assert reading.items in ((), (DRAFT,))
            assert reading.items or reading.errors


def test_every_missing_column_is_named():
    workbook = workbook_of(row(), columns=[c for c in COLUMNS if c not in ("correct", "option_c_ru")])
    problem = only(xlsx.read(saved(workbook)))
    assert problem.code == "columns_missing"
    assert "correct" in str(problem.message)
    assert "option_c_ru" in str(problem.message)
    assert "stem_ky" not in str(problem.message)


def test_a_column_that_stands_twice_is_refused():
    workbook = workbook_of(row(), columns=[*COLUMNS, "correct"])
    assert only(xlsx.read(saved(workbook))).code == "columns_repeated"


def test_an_unknown_column_is_a_warning_and_the_question_is_taken():
    workbook = workbook_of(row(note="check"), columns=[*COLUMNS, "note"])
    reading = xlsx.read(saved(workbook))
    assert reading.items == (DRAFT,)
    assert only(reading).severity == "warning"
    assert "note" in str(only(reading).message)


def test_columns_may_stand_in_any_order_and_their_names_in_any_case():
    workbook = workbook_of(row(), columns=list(reversed(COLUMNS)))
    for cell in workbook["items"][1]:
        cell.value = f" {cell.value.upper()} "
    assert xlsx.read(saved(workbook)).items == (DRAFT,)


def test_a_workbook_without_the_sheet_items_is_refused_and_its_sheets_are_named():
    workbook = workbook_of(row())
    workbook["items"].title = "Лист1"
    problem = only(xlsx.read(saved(workbook)))
    assert problem.code == "sheet_missing"
    assert "Лист1" in str(problem.message)


def test_an_empty_sheet_and_a_sheet_of_headers_only_are_refused():
    assert only(xlsx.read(saved(workbook_of()))).code == "no_items"
    empty = openpyxl.Workbook()
    empty.active.title = "items"
    assert only(xlsx.read(saved(empty))).code == "columns_missing"


def test_more_rows_than_the_limit_are_refused_and_as_many_as_the_limit_are_taken():
    rows = [row(external_id=f"LAW-{n}", enemies=None) for n in range(3)]
    data = saved(workbook_of(*rows))
    assert xlsx.read(data, limits=Limits(items=3)).problems == ()
    assert only(xlsx.read(data, limits=Limits(items=2))).code == "too_many_items"


# --- hostile packages ------------------------------------------------------------------------------------------


def test_fifty_megabytes_of_zip_bomb_are_refused_before_parsing():
    data = repacked(
        saved(workbook_of(row())),
        lambda name, part: part + b" " * (50 * 1024 * 1024) if name == SHEET_PART else part,
    )
    assert len(data) < 200_000
    assert only(xlsx.read(data)).code == "zip_bomb"


def test_a_package_that_expands_beyond_the_limit_is_refused_however_well_it_is_packed():
    data = saved(workbook_of(row()))
    assert only(xlsx.read(data, limits=Limits(expanded_bytes=5_000))).code == "zip_bomb"


def test_a_package_of_too_many_parts_is_refused():
    target = io.BytesIO(saved(workbook_of(row())))
    with zipfile.ZipFile(target, "a") as archive:
        for number in range(1_001):
            archive.writestr(f"x/{number}", "")
    assert only(xlsx.read(target.getvalue())).code == "zip_bomb"


def test_a_declared_size_that_lies_does_not_let_a_bomb_through():
    bomb = repacked(
        saved(workbook_of(row())),
        lambda name, part: part + b" " * (50 * 1024 * 1024) if name == SHEET_PART else part,
    )
    size = next(e.file_size for e in zipfile.ZipFile(io.BytesIO(bomb)).infolist() if e.filename == SHEET_PART)
    liar = bomb.replace(struct.pack("<I", size), struct.pack("<I", 4_000))
    assert only(xlsx.read(liar)).code == "corrupt_file"


def test_an_upload_beyond_the_size_limit_is_refused():
    data = saved(workbook_of(row()))
    assert only(xlsx.read(data, limits=Limits(file_bytes=len(data) - 1))).code == "file_too_large"
    assert xlsx.read(data, limits=Limits(file_bytes=len(data))).items == (DRAFT,)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", [SHEET_PART, "xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"])
def test_an_entity_bomb_in_any_part_and_encoding_is_refused(name, encoding):
    def with_doctype(part_name: str, part: bytes) -> bytes:
        if part_name != name:
            return part
        text = part.decode().partition("?>")[2] if part.startswith(b"<?xml") else part.decode()
        doctype = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        return f'<?xml version="1.0" encoding="{encoding}"?>{doctype}{text}'.encode(encoding)

    assert only(xlsx.read(repacked(saved(workbook_of(row())), with_doctype))).code == "xml_doctype"


def test_row_numbers_made_to_lose_or_to_multiply_rows_are_refused():
    good = saved(workbook_of(row(), row(external_id="LAW-002", enemies=None)))
    swapped = repacked(good, lambda n, part: part.replace(b'<row r="3"', b'<row r="1"') if n == SHEET_PART else part)
    assert only(xlsx.read(swapped)).code == "corrupt_file"
    far = repacked(
        good, lambda n, part: part.replace(b'<row r="3"', b'<row r="999999999"') if n == SHEET_PART else part
    )
    assert only(xlsx.read(far)).code == "too_many_items"


def test_a_false_dimension_does_not_hide_rows():
    good = saved(workbook_of(row()))
    small = repacked(good, lambda n, part: part.replace(b'ref="A1:V2"', b'ref="A1:A1"') if n == SHEET_PART else part)
    assert small != good
    assert xlsx.read(small).items == (DRAFT,)


# --- cells -----------------------------------------------------------------------------------------------------


def test_merged_cells_are_refused_in_every_row_they_cover_and_other_rows_are_read():
    workbook = workbook_of(row(), row(external_id="LAW-002"), row(external_id="LAW-003", enemies="LAW-001"))
    workbook["items"].merge_cells("B2:B3")
    reading = xlsx.read(saved(workbook))
    assert codes(reading)[0] == (2, "merged_cells")
    assert (3, "merged_cells") in codes(reading)
    assert "B2:B3" in str(reading.problems[0].message)
    assert [item.external_id for item in reading.items] == ["LAW-003"]


def test_merged_cells_outside_the_questions_are_named_too():
    workbook = workbook_of(row())
    workbook["items"].merge_cells("A9:B9")
    assert codes(xlsx.read(saved(workbook))) == [(9, "merged_cells")]


def test_a_formula_is_refused_and_every_cell_of_it_is_named():
    reading = read(row(stem_ky='="Су"&"роо"', correct="=B2"), row(external_id="LAW-002", enemies=None))
    problem = only(reading)
    assert (problem.place, problem.code) == (2, "formula")
    assert "E2" in str(problem.message)
    assert "S2" in str(problem.message)
    assert [item.external_id for item in reading.items] == ["LAW-002"]


def test_a_formula_beside_the_table_is_refused():
    workbook = workbook_of(row())
    workbook["items"]["Z2"] = "=1+1"
    workbook["items"]["AZ7"] = "=1+1"
    reading = xlsx.read(saved(workbook))
    assert codes(reading)[:2] == [(2, "formula"), (7, "formula")]
    assert "Z2" in str(reading.problems[0].message)


def test_notes_beside_the_table_are_no_questions():
    workbook = workbook_of(row())
    workbook["items"]["AZ7"] = "текшерүү керек"
    assert xlsx.read(saved(workbook)) == Reading((DRAFT,), (), 1)


def test_numbers_in_text_cells_are_the_text_of_the_number():
    reading = read(row(option_a_ky=5, option_a_ru=5.0, option_b_ky=2.5, option_b_ru=-7, difficulty="4"))
    assert reading.problems == ()
    assert reading.items[0].options[0] == OptionDraft("5", "5")
    assert reading.items[0].options[1] == OptionDraft("2.5", "-7")
    assert reading.items[0].difficulty == 4


@pytest.mark.parametrize("written", [b"<v>5.0</v>", b"<v>5</v>", b"<v>5E0</v>"])
def test_a_whole_number_is_its_digits_however_the_program_wrote_it(written):
    good = saved(workbook_of(row(option_a_ky=5)))
    data = repacked(good, lambda n, part: part.replace(b"<v>5</v>", written) if n == SHEET_PART else part)
    assert xlsx.read(data).items[0].options[0].ky == "5"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (dt.date(2026, 11, 21), "date_in_cell"),
        (dt.datetime(2026, 11, 21, 10, 0), "date_in_cell"),
        (dt.time(10, 42), "date_in_cell"),
        (True, "boolean_in_cell"),
        (1e300, "number_in_cell"),
        ("#N/A", "error_in_cell"),
    ],
)
def test_a_cell_that_is_not_text_is_refused_by_name(value, code):
    problem = only(read(row(option_b_ky=value)))
    assert (problem.place, problem.code, problem.column) == (2, code, "option_b_ky")
    assert "H2" in str(problem.message)


def test_blank_rows_are_passed_over_and_rows_keep_their_numbers():
    reading = read(row(), {}, {"stem_ky": "  \n ", "author": "\u200b"}, row(external_id="LAW-002", enemies=None))
    assert reading.problems == ()
    assert reading.seen == 2
    assert [item.place for item in reading.items] == [2, 5]


def test_blanks_around_a_text_are_trimmed_and_line_breaks_within_are_kept():
    item = read(row(external_id=" LAW-001 ", stem_ky="\u00a0 бир\r\nэки_x000D_\n", option_a_ru="\tодин ")).items[0]
    assert item.external_id == "LAW-001"
    assert item.stem_ky == "бир\nэки"
    assert item.options[0].ru == "один"


# --- the key ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("correct", "key"), [("B", 1), ("b", 1), (" b) ", 1), ("А", 0), ("а", 0), ("C.", 2)]
)  # fmt: skip
def test_one_latin_letter_is_the_key_and_cyrillic_a_is_a(correct, key):
    assert read(row(correct=correct)).items[0].key == (key,)


@pytest.mark.parametrize(
    ("correct", "code"),
    [
        (None, "no_correct"),
        ("  ", "no_correct"),
        ("D", "correct_beyond_options"),
        ("F", "correct_beyond_options"),
        ("A, C", "several_correct"),
        ("AC", "several_correct"),
        ("G", "correct_letter"),
        (2, "correct_letter"),
        ("жок", "cyrillic_letter"),
    ],
)
def test_a_key_that_is_not_one_letter_of_an_option_is_refused(correct, code):
    problem = only(read(row(correct=correct)))
    assert (problem.place, problem.code, problem.column) == (2, code, "correct")
    assert problem.external_id == "LAW-001"


@pytest.mark.parametrize("correct", ["В", "С", "Е", "Б", "Г", "Д", "в"])
def test_a_cyrillic_letter_whose_option_is_not_clear_is_refused_with_the_latin_letters(correct):
    problem = only(read(row(correct=correct)))
    assert problem.code == "cyrillic_letter"
    assert "Latin" in str(problem.message)


# --- the rules common to all formats, by column ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"external_id": None}, "id_missing", "external_id"),
        ({"external_id": "x" * 65}, "too_long", "external_id"),
        ({"external_id": "LAW 001"}, "id_characters", "external_id"),
        ({"subject_area": None}, "subject_area_missing", "subject_area"),
        ({"sub_topic": "a/b"}, "code_characters", "sub_topic"),
        ({"difficulty": None}, "difficulty", "difficulty"),
        ({"difficulty": 0}, "difficulty", "difficulty"),
        ({"difficulty": 6}, "difficulty", "difficulty"),
        ({"difficulty": 2.5}, "difficulty", "difficulty"),
        ({"difficulty": "оңой"}, "difficulty", "difficulty"),
        ({"stem_ky": None}, "stem_missing", "stem_ky"),
        ({"stem_ru": " "}, "stem_missing", "stem_ru"),
        ({"option_b_ru": None}, "option_language_missing", "option_b_ru"),
        ({"option_b_ky": None, "option_b_ru": None, "correct": "A"}, "option_gap", "option_b_ky"),
        ({"option_c_ky": "бир"}, "options_equal", "option_c_ky"),
        ({"option_c_ru": "один"}, "options_equal", "option_c_ru"),
        ({"enemies": "LAW-001"}, "enemy_of_itself", "enemies"),
        ({"enemies": "x" * 65}, "enemies", "enemies"),
        ({"source": "x" * 501}, "too_long", "source"),
        ({"stem_ky": "Суро\ufffd"}, "damaged_text", "stem_ky"),
        ({"stem_ky": "{mlang ky}Суроо"}, "mark_in_text", "stem_ky"),
    ],
)
def test_a_broken_rule_names_its_row_and_column(changes, code, column):
    problem = only(read(row(**changes)))
    assert (problem.place, problem.code, problem.column) == (2, code, column)
    assert str(problem.message)


@pytest.mark.parametrize("length", [1, 64])
def test_ids_of_one_to_sixty_four_characters_are_taken(length):
    assert read(row(external_id="Ж" * length)).problems == ()


def test_one_option_is_too_few_and_six_are_taken():
    one = dict.fromkeys((c for c in COLUMNS if c.startswith(("option_b", "option_c"))), None)
    assert only(read(row(correct="A", **one))).code == "options_too_few"
    six = {f"option_{letter}_{language}": f"{letter}{language}" for letter in "abcdef" for language in ("ky", "ru")}
    assert read(row(correct="F", **six)).items[0].key == (5,)


def test_a_repeated_id_is_refused_in_each_row_and_names_the_others():
    reading = read(row(), row(external_id="LAW-009"), row(stem_ky="Башка?"))
    assert codes(reading) == [(2, "duplicate_id"), (4, "duplicate_id")]
    assert "4" in str(reading.problems[0].message)
    assert "2" in str(reading.problems[1].message)
    assert [item.external_id for item in reading.items] == ["LAW-009"]


def test_everything_wrong_with_a_row_is_said_at_once():
    reading = read(row(stem_ky=None, difficulty=9, correct=None))
    assert {problem.code for problem in reading.problems} == {"stem_missing", "difficulty", "no_correct"}
    assert reading.items == ()
    assert reading.seen == 1


# --- writing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["=1+1", "=HYPERLINK(0)", "+7", "-5", "@name", "_x0041_", "_x000D_", "007", "1e5"])
def test_text_that_looks_like_something_else_is_written_as_text_and_comes_back(text):
    item = ItemDraft(**{**DRAFT.__dict__, "stem_ky": text})
    data = xlsx.write([item])
    cell = openpyxl.load_workbook(io.BytesIO(data))["items"]["E2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix or text[0] not in "=+-@"
    assert xlsx.read(data).items == (item,)


def test_the_template_has_every_column_a_guide_and_drop_downs_and_no_questions():
    data = xlsx.write_template([("law", ["procedure", "labour"]), ("finance", ["budget"]), ("empty", [])])
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    sheet = workbook["items"]
    assert tuple(cell.value for cell in sheet[1]) == COLUMNS
    assert sheet.freeze_panes == "B2"
    ranges = {str(choices.sqref): choices.formula1 for choices in sheet.data_validations.dataValidation}
    assert ranges["D2:D20001"] == '"1,2,3,4,5"'
    assert ranges["S2:S20001"] == '"A,B,C,D,E,F"'
    assert ranges["B2:B20001"] == "lists!$D$1:$D$3"
    assert "lists!$A:$A" in ranges["C2:C20001"]
    lists = workbook["lists"]
    assert [cell.value for cell in lists["D"]] == ["law", "finance", "empty"]
    assert [(a.value, b.value) for a, b in zip(lists["A"], lists["B"], strict=True)] == [
        ("law", "procedure"), ("law", "labour"), ("finance", "budget"),
    ]  # fmt: skip
    guide = {cells[0].value: (cells[1].value, cells[2].value) for cells in workbook["guide"].iter_rows(min_row=2)}
    described = {name for name in COLUMNS if not name.startswith(("option_", "target_"))}
    assert described <= guide.keys()
    assert all(ky and ru for ky, ru in guide.values())
    assert only(xlsx.read(data)).code == "no_items"


def test_a_template_filled_in_is_read():
    data = xlsx.write_template([("law", ["procedure"])])
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    workbook["items"].append([GOOD.get(column) for column in COLUMNS])
    assert xlsx.read(saved(workbook)).items == (DRAFT,)


@pytest.mark.parametrize(
    ("value", "shown_as", "is_taken"),
    [
        (0.25, "0%", False), (7, "000", False), (1000, '# ##0 "сом"', False), (2.5, "0", False),
        (1000, "0.00E+00", False), (5, "0", True), (5, "@", True), (2.5, "General", True),
    ],
)  # fmt: skip
def test_a_number_that_excel_shows_otherwise_than_it_is_has_to_be_written_as_text(value, shown_as, is_taken):
    workbook = workbook_of(row(option_b_ky=value))
    workbook.active.cell(2, list(COLUMNS).index("option_b_ky") + 1).number_format = shown_as
    found = xlsx.read(saved(workbook))
    assert codes(found) == ([] if is_taken else [(2, "number_format")])
    assert bool(found.items) == is_taken


_STAND_OUT = [
    ('vertAlign val="superscript"', "letters_in_cell"),
    ("strike", "letters_in_cell"),
    ("b", "looks_left_out"),
]


@pytest.mark.parametrize(("font", "code"), _STAND_OUT)
@pytest.mark.parametrize("where", ["shared", "inline"])
def test_letters_of_a_cell_that_stand_out_refuse_the_question_or_are_said(font, code, where):
    text = f"<r><t>m</t></r><r><rPr><{font}/></rPr><t>2</t></r>"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    cell = b't="s"><v>0</v>' if where == "shared" else f't="inlineStr"><is>{text}</is>'.encode()
    data = io.BytesIO(repacked(saved(workbook_of(row(option_b_ky="metre"))), lambda name, part: (
        part.replace(b"</Types>", f'<Override PartName="/xl/strings.xml" ContentType="{kind}"/></Types>'.encode())
        .replace(b't="inlineStr"><is><t>metre</t></is>', cell)
    )))  # fmt: skip
    with zipfile.ZipFile(data, "a") as package:  # where Excel keeps the texts of cells
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        package.writestr("xl/strings.xml", f'<sst xmlns="{main}"><si>{text}</si></sst>')
    found = xlsx.read(data.getvalue())
    assert codes(found) == [(None if code == "looks_left_out" else 2, code)]
    assert [item.options[1].ky for item in found.items] == (["m2"] if code == "looks_left_out" else [])
    named = [str(problem.message) for problem in found.problems if problem.code == "looks_left_out"]
    assert len(named) == (code == "looks_left_out") and all("H2" in sentence for sentence in named)


@pytest.mark.parametrize(
    ("font", "is_taken"),
    [({"vertAlign": "superscript"}, False), ({"vertAlign": "subscript"}, False), ({"strike": True}, False),
     ({"bold": True}, True)],
)  # fmt: skip
def test_a_cell_that_is_raised_or_struck_out_as_a_whole_refuses_its_question(font, is_taken):
    workbook = workbook_of(row(option_b_ky="2"))
    workbook.active.cell(2, list(COLUMNS).index("option_b_ky") + 1).font = openpyxl.styles.Font(**font)
    found = xlsx.read(saved(workbook))
    assert codes(found) == ([] if is_taken else [(2, "letters_in_cell")])
    assert not [problem for problem in found.problems if problem.code == "looks_left_out"]


@pytest.mark.parametrize(
    ("html", "code", "severity"),
    [
        ("<p>Суроо <code>x</code></p>", "formatting_dropped", "warning"),
        ('<p style="color:red">Суроо</p>', "formatting_dropped", "warning"),
        ('Суроо <span style="display:none">Б</span>', "style_not_shown", "error"),
        ("<s>эски</s> суроо", "html_not_shown", "error"),
        ('Суроо <img src="http://x.org/a.png">', "picture_outside", "error"),
        ('<span class="multilang" lang="ru">Суроо</span>', "languages_in_text", "error"),
    ],
)
def test_what_html_in_a_cell_loses_is_said_or_refuses_the_question(html, code, severity):
    found = read(row(text="rich", stem_ky=html))
    assert [(problem.code, problem.severity) for problem in found.problems] == [(code, severity)]
    assert bool(found.items) == (severity == "warning")
