"""Export and import give the same questions, in every format, whatever their texts hold."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from question_bank.exchange.drafts import DIFFICULTIES, ItemDraft, OptionDraft, check_draft
from question_bank.exchange.formats import FORMATS, UnknownFormat, by_filename, by_name
from question_bank.exchange.reading import clean_text
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
SIDES = st.lists(st.builds(OptionDraft, TEXTS, TEXTS), min_size=2, max_size=6).map(tuple)


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


BANKS = st.lists(items(), min_size=1, max_size=3, unique_by=lambda item: item.external_id)


@pytest.mark.parametrize("name", sorted(FORMATS))
@settings(max_examples=150, deadline=None)
@given(bank=BANKS)
def test_what_is_exported_is_imported_unchanged(name, bank):
    known = FORMATS[name]
    reading = known.read(known.write(bank))
    assert reading.problems == ()
    assert reading.items == tuple(bank)


@pytest.mark.parametrize("name", sorted(FORMATS))
@settings(max_examples=150, deadline=None)
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
    assert by_filename("bank.xls").read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").problems[0].code == "old_xls"


@pytest.mark.parametrize("find", [by_name, by_filename])
def test_an_unknown_format_is_refused_and_the_known_ones_are_listed(find):
    with pytest.raises(UnknownFormat) as refusal:
        find("bank.docx")
    assert "xlsx, gift" in str(refusal.value)
