"""Paper in general: letters, bytes, pages, the record of a file."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import segno
from babel.messages.pofile import read_po
from openpyxl import load_workbook
from pypdf.generic import ContentStream
from reportlab.platypus import PageBreak

from core.markup import plain
from core.pdf.blocks import Column, Digest, Fact, QRCode, Scale, facts, grid
from core.pdf.page import Paper, render
from core.pdf.style import para
from core.pdf.text import FILES, FONTS, grouped, missing, printable
from question_bank.exchange import moodle_xml
from question_bank.exchange.drafts import texts_of
from tests.rules.reading import fonts_not_embedded, opened, pages, text

ROOT = Path(__file__).resolve().parents[2]
ALPHABET = "АаБбВвГгДдЕеЁёЖжЗзИиЙйКкЛлМмНнҢңОоӨөПпРрСсТтУуҮүФфХхЦцЧчШшЩщЪъЫыЬьЭэЮюЯя"
PAPER = Paper(
    title="Сынак документи / Пробный документ",
    number="№ Т-1",
    author="Билим берүү министрлиги",
    made_at=datetime(2026, 11, 28, 10, 30, tzinfo=timezone(timedelta(hours=6))),
)


def test_every_letter_of_the_kyrgyz_alphabet_is_in_all_the_fonts_and_can_be_read_back():
    assert missing(ALPHABET) == []
    for style in ("value", "strong", "statement", "statement-2"):
        assert ALPHABET in text(render(PAPER, [para(ALPHABET, style)])).replace(" ", "")


def test_the_fonts_lie_with_their_licences():
    assert {path.name for path in FONTS.glob("*.ttf")} == set(FILES.values())
    for licence in ("OFL-pt-sans.txt", "OFL-pt-serif.txt"):
        assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / licence).read_text(encoding="utf-8")


def test_every_character_of_the_catalogues_is_in_the_fonts():
    for path in sorted((ROOT / "translations").glob("*/LC_MESSAGES/*.po")):
        with path.open("rb") as file:
            words = "".join(str(message.string) for message in read_po(file))
        assert missing(words) == [], path


def test_every_character_of_the_demonstration_bank_is_in_the_fonts():
    rows = load_workbook(ROOT / "demo" / "bank.xlsx", read_only=True).active.iter_rows(values_only=True)
    words = "".join(str(cell) for cell in itertools.chain.from_iterable(rows) if cell)
    assert len(words) > 10_000
    assert missing(words) == []
    rich = moodle_xml.read((ROOT / "demo" / "rich.xml").read_bytes()).items
    assert len(rich) == 3
    assert missing("".join(plain(text) for one in rich for _column, text in texts_of(one))) == []


@pytest.mark.parametrize(
    ("given", "on_paper"),
    [
        ("28\u202fноября", "28\u00a0ноября"),
        ("1\u2009000", "1\u00a0000"),
        ("500\u00a0\u20c0", "500\u00a0сом"),
        ("Өку\u0308", "Өкӱ"),
        ("и\u0306", "й"),
        ("эки\nсап", "эки сап"),
        ("бир\u200b\u202eэки\u00ad", "бирэки"),
        ("даяр ✓", "даяр [U+2713]"),
        ("😀", "[U+1F600]"),
        ("\uf401", "[U+F401]"),
        ("«Ө» – № 5 — 50 % …", "«Ө» – № 5 — 50 % …"),
        ("H₂O, C₆H₁₂O₆, CO₂", "H2O, C6H12O6, CO2"),
        ("x², x⁴, 10⁻³, aⁿ, a₁, a₅, a₁₀", "x², x^4, 10^(−3), a^n, a₁, a_5, a_10"),
        ("√(x) ≤ α → Σ, π, ⅔", "√(x) ≤ [альфа] -> [сигма], π, 2/3"),
    ],
)
def test_a_character_is_drawn_or_named_and_never_becomes_an_empty_box(given, on_paper):
    assert printable(given) == on_paper
    assert missing(on_paper) == []


def test_text_is_never_read_as_markup():
    assert "<b>Ө & Ү</b> &lt;" in text(render(PAPER, [para("<b>Ө & Ү</b> &lt;")]))


def test_a_number_stays_on_the_line_of_its_sign():
    numbered = " ".join(f"{'ө' * (n % 7)} № {n}" for n in range(200))
    lines = opened(render(PAPER, [para(numbered)])).pages[0].extract_text().splitlines()
    assert len(lines) > 10
    assert [line for line in lines if line.rstrip().endswith("№")] == []


def test_groups_of_four():
    assert grouped("1234-5678 9012") == "1234 5678 9012"


def test_the_same_content_gives_the_same_bytes():
    def story():
        return [para("Өкүмкан"), QRCode("https://example.kg/verify/1", 70), Digest("ab" * 32)]

    assert render(PAPER, story()) == render(PAPER, story())


def test_the_file_says_what_it_is_and_when_its_content_was_made():
    file = opened(render(PAPER, [para("Ө")]))
    assert file.metadata.title == PAPER.title
    assert file.metadata.author == PAPER.author
    assert file.metadata.subject == PAPER.number
    assert file.metadata.creation_date == datetime(2026, 11, 28, 4, 30, tzinfo=UTC)
    assert file.trailer["/Root"]["/Lang"] == "ky"


def test_every_font_is_embedded():
    names = ("value", "strong", "title", "title-2")
    assert fonts_not_embedded(render(PAPER, [para("Ө", name) for name in names])) == []


def test_each_page_bears_its_number_and_the_number_of_pages():
    found = pages(render(PAPER, [para(f"{n}-сап") for n in range(200)]))
    assert len(found) > 2
    for number, page in enumerate(found, start=1):
        assert f"{number} / {len(found)}" in page
        assert PAPER.number in page
    assert PAPER.title not in found[0]
    assert all(PAPER.title in page for page in found[1:])


def test_a_long_title_is_shortened_in_the_running_head_and_leaves_the_number_its_place():
    long = replace(PAPER, title="Ыңгайлуу узун аталыш / " * 9, number="№ Т-2026-117/014-АП")
    first, second = pages(render(long, [para("бир"), PageBreak(), para("эки")]))
    assert "Ыңгайлуу узун аталыш" in second and "… № Т-2026-117/014-АП" in second
    assert second.count("аталыш") < 9 and "…" not in first
    assert "…" not in pages(render(PAPER, [para("бир"), PageBreak(), para("эки")]))[1]


def test_a_table_repeats_its_heading_on_every_page_and_loses_no_row():
    columns = [Column(("Аты", "Имя")), Column(("Балл", "Баллы"), 60, "right")]
    found = pages(render(PAPER, [grid(columns, [[f"Ө{n}Ү", n] for n in range(150)])]))
    assert all("Аты Имя Балл Баллы" in page for page in found)
    assert [n for n in range(150) if f"Ө{n}Ү {n}" not in " ".join(found)] == []


def test_narrow_facts_stand_two_in_a_row_and_a_wide_one_alone():
    narrow = Fact(("а", "б"), "в")
    assert len(facts([narrow, narrow, narrow])._cellvalues) == 2
    assert len(facts([narrow, Fact(("а", "б"), "в", wide=True), narrow])._cellvalues) == 3


def test_the_qr_code_is_drawn_as_vectors_module_for_module():
    data, size = "https://test.edu.example.kg/verify/K7QM-4D2X", 100.0
    page = opened(render(PAPER, [QRCode(data, size)])).pages[0]
    assert "/XObject" not in page["/Resources"]
    boxes = [
        [float(n) for n in args] for args, op in ContentStream(page.get_contents(), page.pdf).operations if op == b"re"
    ]
    expected = [list(map(bool, row)) for row in segno.make(data, error="m", micro=False).matrix_iter(border=4)]
    module = size / len(expected)
    drawn = [[False] * len(expected) for _ in expected]
    for x, y, wide, high in boxes:
        if abs(high - module) < 1e-3:
            row = len(expected) - 1 - round(y / module)
            for column in range(round(x / module), round((x + wide) / module)):
                drawn[row][column] = True
    assert drawn == expected


@pytest.mark.parametrize(("score", "cut", "top"), [(0, 0, 0), (0, 36, 60), (60, 60, 60), (1, 1, 200)])
def test_a_scale_can_be_drawn_at_its_bounds(score, cut, top):
    assert str(top) in text(render(PAPER, [Scale(score, cut, top, 150)]))


def test_a_word_without_spaces_breaks_instead_of_running_off_the_page():
    assert len(text(render(PAPER, [para("Ө" * 400)])).split("Ө")) == 401
