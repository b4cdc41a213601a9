"""Export and import give the same questions, in every format, whatever their texts hold."""

from __future__ import annotations

import html
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from core import markup
from question_bank.exchange.drafts import DIFFICULTIES, ItemDraft, Medium, OptionDraft, check_draft
from question_bank.exchange.formats import (
    FORMATS,
    WRITTEN,
    NotWritable,
    UnknownFormat,
    by_content,
    by_filename,
    by_name,
)
from question_bank.exchange.markings import with_texts
from question_bank.exchange.reading import Given, clean_text
from question_bank.kinds.base import Content
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.kinds.numeric import decimal
from question_bank.kinds.registry import KINDS
from question_bank.rules import ItemKind

SIGNS = "{}[]()<>=~#:;\\%/&\"'`|*_+-@$^!?.,№«»— \n\t0123456789nmlang"
LETTERS = "абвгдеёжзийклмңнөоүуАВСЕҢӨҮЁ"
TRAPS = st.sampled_from([
    "=1+1", "\\n", "\\\\", "//", "::", "####", "&lt;", "&#123;", "<br>", "<p>", "[html]", "%100%", "_x000D_",
    "$CATEGORY:", "mlang ky", "->", "\n\n", "{", "}",
])  # fmt: skip
CHARACTERS = st.one_of(
    st.sampled_from(SIGNS + LETTERS),
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]),
)
PIECES = st.lists(st.one_of(TRAPS, CHARACTERS), min_size=1, max_size=25)
TEXTS = PIECES.map("".join).map(clean_text).filter(bool)
IDS = st.text(st.sampled_from("LAWАБВ-0123:={}~#\\/._'"), min_size=1, max_size=20)
CODES = st.text(st.sampled_from("law-._тема0"), min_size=1, max_size=12)


NUMBERS = st.decimals(-(10**9), 10**9, places=3).map(lambda number: decimal(f"{number:f}"))
SHORT = st.lists(st.one_of(TRAPS, CHARACTERS), min_size=1, max_size=6).map("".join).map(clean_text).filter(bool)
SIDES = st.lists(
    st.builds(OptionDraft, SHORT, SHORT), min_size=2, max_size=6, unique_by=(lambda one: one.ky, lambda one: one.ru)
).map(tuple)


@st.composite
def contents(draw: st.DrawFn) -> tuple[ItemKind, Content]:
    """A question of any kind as its author writes it; what is not whole is left out by the caller."""
    kind, sides = draw(st.sampled_from(list(ItemKind))), draw(SIDES)
    index = st.integers(0, len(sides) - 1)
    match kind:
        case ItemKind.TRUE_FALSE:
            found = Content(TRUE_FALSE, (), (draw(st.integers(0, 1)),))
        case ItemKind.NUMERIC:
            found = Content((), (), (draw(NUMBERS), draw(NUMBERS.filter(lambda one: not one.startswith("-")))))
        case ItemKind.ORDERING:
            found = Content(sides, (), tuple(range(len(sides))))
        case ItemKind.MATCHING:
            targets = draw(SIDES)
            rights = draw(st.lists(st.integers(0, len(targets) - 1), min_size=len(sides), max_size=len(sides)))
            found = Content(sides, targets, tuple(enumerate(rights)), draw(st.booleans()))
        case ItemKind.MULTIPLE_RESPONSE:
            key = draw(st.sets(index, min_size=1))
            found = Content(sides, (), tuple(sorted(key)), draw(st.booleans()))
        case _:
            found = Content(sides, (), (draw(index),))
    return kind, KINDS[kind].tidy(found)


@st.composite
def items(draw: st.DrawFn) -> ItemDraft:
    kind, content = draw(contents())
    item = ItemDraft(
        external_id=draw(IDS),
        subject_area=draw(CODES),
        sub_topic=draw(st.one_of(st.just(""), CODES)),
        difficulty=draw(st.sampled_from(list(DIFFICULTIES))),
        stem_ky=draw(TEXTS),
        stem_ru=draw(TEXTS),
        options=tuple(content.options),
        targets=tuple(content.targets),
        key=content.key,
        is_partial=content.is_partial,
        kind=str(kind),
        source=draw(st.one_of(st.just(""), TEXTS)),
        author=draw(st.one_of(st.just(""), TEXTS)),
        enemies=tuple(draw(st.lists(IDS, max_size=3, unique=True))),
    )
    assume(not check_draft(item))
    return item


def _drawn(colour: str, form: str) -> bytes:
    target = BytesIO()
    Image.new("RGB", (2, 2), colour).save(target, form)
    return target.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><circle cx="1" cy="1" r="1"/></svg>'
PICTURES = [markup.picture(data) for data in (_drawn("red", "PNG"), _drawn("blue", "JPEG"), SVG)]
FORMULA = "<math><mfrac><mi>a</mi><mn>2</mn></mfrac></math>"
MANNERS = st.sampled_from([
    "{}", "<p>{}</p>", "<p>{}</p><p>2</p>", "<b>{}</b>", "a<sub>{}</sub>", "{}<br>{}", "<ul><li>{}</li></ul>",
    "<table><tbody><tr><td>{}</td></tr></tbody></table>", "{}" + FORMULA,
])  # fmt: skip


@st.composite
def rich_items(draw: st.DrawFn) -> ItemDraft:
    """A question with HTML in its texts, and pictures in some of them."""
    plain = draw(items())
    shown = draw(st.lists(st.sampled_from(PICTURES), max_size=2, unique=True))
    manner, alt = draw(MANNERS), html.escape(draw(TEXTS))
    tags = "".join(f'<img src="{picture.name}" alt="{alt}">' for picture in shown)

    def written(text: str) -> str:
        return markup.clean(manner.replace("{}", html.escape(text, quote=False)))

    changed = with_texts(plain, written)
    item = replace(
        changed,
        options=plain.options if plain.kind == ItemKind.TRUE_FALSE else changed.options,
        stem_ky=markup.clean(changed.stem_ky + tags),
        stem_ru=markup.clean(tags + changed.stem_ru),
        is_rich=True,
        media=tuple(sorted((Medium(one.name, one.media_type, one.content) for one in shown), key=lambda one: one.name)),
    )
    assume(not check_draft(item))
    return item


BANKS = st.lists(st.one_of(items(), rich_items()), min_size=1, max_size=3, unique_by=lambda item: item.external_id)
WHOLE = sorted(set(WRITTEN) - {"aiken"})


@settings(max_examples=80, deadline=None)
@given(bank=BANKS)
def test_what_is_exported_is_imported_unchanged_in_every_format(bank):
    # One generated bank for all formats: to make it costs more than to write and to read it.
    for name in WHOLE:
        known = FORMATS[name]
        held = [item for item in bank if known.unwritable(item) is None]
        reading = known.read(known.write(held)) if held else None
        if reading:
            assert (name, reading.problems) == (name, ())
            assert (name, reading.items) == (name, tuple(held))
    _check_aiken(bank)


@pytest.mark.parametrize("name", WHOLE)
def test_every_kind_stands_in_every_format_but_aiken_and_pictures_only_where_there_is_a_place_for_them(name):
    picture = Medium(PICTURES[0].name, PICTURES[0].media_type, PICTURES[0].content)
    item = ItemDraft("A", "law", "", 1, "?", "?", (OptionDraft("1", "1"), OptionDraft("2", "2")), (0,))
    for kind in ItemKind:
        assert FORMATS[name].unwritable(replace(item, kind=kind)) is None
    shown = replace(item, is_rich=True, media=(picture,))
    assert (FORMATS[name].unwritable(shown) is None) == (name not in {"xlsx", "gift"})


SAID = Given("ky", "law", "documents", 4, "A")


def _check_aiken(bank: list[ItemDraft]) -> None:
    """Both texts and the key of single choice come back, in one line each; the rest is what the person says."""
    held = [
        replace(with_texts(item, lambda text: " ".join(text.split())), kind="single_choice", key=(0,), targets=(),
                is_partial=False)
        for item in bank
        if item.kind in {"single_choice", "matching", "multiple_response"} and not item.is_rich
    ]  # fmt: skip
    held = [item for item in held if not check_draft(item)]
    if held:
        reading = FORMATS["aiken"].read(FORMATS["aiken"].write(held), SAID)
        assert reading.problems == ()
        assert reading.items == tuple(
            replace(
                item, external_id=f"A-{number:03d}", subject_area="law", sub_topic="documents", difficulty=4,
                source="", author="", enemies=(),
            )
            for number, item in enumerate(held, start=1)
        )  # fmt: skip


def test_a_question_that_a_format_cannot_hold_is_named_and_nothing_is_written():
    item = ItemDraft("A-1", "law", "", 1, "?", "?", (), ("5", "0"), kind="numeric")
    with pytest.raises(NotWritable) as refusal:
        FORMATS["aiken"].write([item, replace(item, external_id="A-2")])
    assert "A-1, A-2" in str(refusal.value)
    assert "Aiken has single choice only." in str(refusal.value)


def test_word_is_only_read():
    with pytest.raises(UnknownFormat):
        FORMATS["word"].write([])


@pytest.mark.parametrize("name", sorted(FORMATS))
@settings(max_examples=60, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=300), st.text(st.sampled_from("{}~=#:\\/%[]$ab\n "), max_size=120).map(str.encode)
    )
)
def test_no_file_however_wrong_raises_and_every_problem_has_a_sentence(name, data):
    reading = FORMATS[name].read(data)
    assert reading.problems
    assert all(str(problem.message) for problem in reading.problems)


def test_formats_are_found_by_name_and_by_the_ending_of_the_file():
    assert by_name(" XLSX ") is FORMATS["xlsx"]
    assert by_filename("Банк.XLSX") is FORMATS["xlsx"]
    assert by_filename("bank.gift") is by_filename("bank.txt") is FORMATS["gift"]
    assert by_filename("bank.docx") is by_filename("bank.doc") is FORMATS["word"]
    assert by_filename("bank.xls").read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").problems[0].code == "old_xls"


@pytest.mark.parametrize("find", [by_name, by_filename])
def test_an_unknown_format_is_refused_and_the_known_ones_are_listed(find):
    with pytest.raises(UnknownFormat) as refusal:
        find("bank.odt")
    assert "xlsx, gift" in str(refusal.value)


@pytest.mark.parametrize(
    ("filename", "data", "name"),
    [
        ("b.txt", b"Q?\nA) x\nB) y\nANSWER: A\n", "aiken"),
        ("b.txt", b"::A::Q? { =x ~y }", "gift"),
        ("b.txt", "Суроо?\nА) x\nЖооп: А".encode(), "aiken"),
        ("b.xml", b'<?xml version="1.0"?><quiz></quiz>', "moodle-xml"),
        ("b.xml", b'<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0"/>', "qti"),
        ("b.zip", b"PK", "qti"),
        ("b.xlsx", b"", "xlsx"),
    ],
)
def test_files_with_the_same_ending_are_told_apart_by_what_they_hold(filename, data, name):
    assert by_content(filename, data) is FORMATS[name]


def test_an_unknown_ending_is_refused_whatever_the_file_holds():
    with pytest.raises(UnknownFormat):
        by_content("bank.odt", b"<quiz>")
