"""Words on the two sides of a block never touch, whatever the block is, and whichever reader reads it."""

from __future__ import annotations

import re
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.blocks import BLOCKS
from core.markup import clean, plain
from question_bank.exchange import gift, moodle_xml, word, xlsx
from question_bank.exchange.qti import reading as qti
from question_bank.exchange.reading import Given
from tests.rules.qti_files import CHOICES, item
from tests.rules.test_exchange_xlsx import row, saved, workbook_of
from tests.rules.test_markup import NAME
from tests.rules.word_files import document, paragraph, run, table

SAID = Given("ru", "law", "documents", 3, "B")
NAMES = sorted(BLOCKS | {"p", "ul", "ol", "li", "table", "tr", "td", "th", "caption", "tbody"})
SHAPES = (
    "<{0}>5</{0}>3", "5<{0}>3</{0}>", "<{0}>5</{0}><{0}>3</{0}>", "5<{0}></{0}>3", "5</{0}>3", '5<{0} class="x">3',
    "<b><{0}>5</{0}></b>3", "<b>5</b><{0}><i>3</i></{0}>", "<p>5</p><{0}>3</{0}>", "<ul><li>5<{0}>3</{0}></li></ul>",
)  # fmt: skip
#: Texts of other programs with 5 and 3 on two sides of a block, as Moodle, GIFT and xlsx may have them.
TEXTS = [shape.format(name) for name in NAMES if name not in {"button", "form"} for shape in SHAPES[:5]] + [
    "5<hr>3",
    "<p>5<hr>3</p>",
    "5<hr/>3",
]
APART = re.compile(r"5(?!\d).*\b3\b", re.DOTALL)
# Between words of a table a parser moves what is in no cell before the table; a browser shows it so.
_TAGS = st.sampled_from(
    [f"<{closes}{name}>" for name in [*sorted(BLOCKS - {"tfoot"}), "p"] for closes in ("", "/")]
    + ["<hr>", "<li>", "<ul>"]
)
_INLINE = st.sampled_from(
    [f"<{closes}{name}>" for name in ("b", "sup", "span", "a", "u") for closes in ("", "/")]
    + ["<math><mtext>x</mtext></math>", "<br>"]
)
_RUN = st.lists(_TAGS | _INLINE, max_size=4).map("".join)


def kept(texts: list[str], read: dict[str, str]) -> None:
    """Each of the texts was taken, with its words apart."""
    assert len(read) == len(texts)
    assert not {text: said for text, said in read.items() if not APART.search(plain(said)) or "53" in said}


@pytest.mark.parametrize("name", NAMES)
def test_the_words_beside_a_block_are_apart_and_cleaning_again_changes_nothing(name: str) -> None:
    for shape in SHAPES:
        html = shape.format(name)
        cleaned = clean(html)
        assert APART.search(plain(html)), (html, cleaned)
        assert clean(cleaned) == cleaned
        assert plain(cleaned) == plain(html)


@settings(max_examples=300, deadline=None)
@given(_RUN, _RUN, _TAGS, _RUN, _RUN)
def test_however_blocks_stand_in_one_another_their_words_are_apart(
    before: str, left: str, tag: str, right: str, after: str
) -> None:
    html = f"{before}5{left}{tag}{right}3{after}"
    cleaned = clean(html)
    assert "53" not in plain(html) and "53" not in re.sub(r"</?(?:b|sup|u|math|mtext)>", "", cleaned), cleaned
    assert clean(cleaned) == cleaned


def test_blocks_become_paragraphs_and_in_anything_else_a_break_parts_their_words() -> None:
    assert clean("<div>5</div><div>3</div>") == "<p>5</p><p>3</p>"
    assert clean("<h2>5</h2>3") == "<p>5</p><p>3</p>"
    assert clean("<div>1<p>2</p>5</div><div>3<ul><li>4</li></ul></div>") == (
        "<p>1</p><p>2</p><p>5</p><p>3</p><ul><li>4</li></ul>"
    )
    assert clean("<table><tr><td><div>5</div><div>3</div></td></tr></table>") == (
        "<table><tbody><tr><td>5<br>3</td></tr></tbody></table>"
    )
    assert clean("<b><div>5</div><div>3</div></b>") == "<b>5<br>3</b>"
    assert clean("<dl><dt>5</dt><dd></dd></dl><div><br></div>") == "<p>5</p>"
    assert clean(f'<div><img src="{NAME}" alt="<div> &lt;p&gt;"></div>').count("hr") == 0


def test_what_is_struck_out_is_no_word_of_a_text() -> None:
    assert clean("<p>1<s>0</s>5 <del>эски</del> <strike>x</strike>жаңы</p>") == "<p>15  жаңы</p>"


def test_hostile_boundaries_take_no_more_than_linear_time() -> None:
    began = process_time()
    pictures, formulas = ("<img ", '<img "', "<img '\""), ("<mi ", "<mi>", "<math>", "<p><mi></mo>")
    for unit in (*pictures, *formulas, "<div", "</div>", "<hr>", "<b><div>", '<div a="<', "< "):
        clean((unit * 20_000)[:20_000])
    assert process_time() - began < 8


def test_moodle_keeps_the_words_of_blocks_apart() -> None:
    answer = '<answer fraction="{}" format="html"><text>{}</text></answer>'
    answers = f"<single>true</single>{answer.format(100, 'а')}{answer.format(0, 'б')}"
    texts = [*TEXTS, '5<span style="display:block">3</span>', '<b style="float:left">5</b>3']
    made = (
        f'<question type="multichoice"><name><text>{index}</text></name><questiontext format="html"><text>'
        f"<![CDATA[{text}]]></text></questiontext>{answers}</question>"
        for index, text in enumerate(texts)
    )
    found = moodle_xml.read(f"<quiz>{''.join(made)}</quiz>".encode(), SAID)
    kept(texts, dict(zip(texts, (one.stem_ru for one in found.items), strict=True)))


def test_gift_keeps_the_words_of_blocks_apart_in_rich_texts_and_in_plain_ones() -> None:
    escaped = [text.replace("=", "\\=") for text in TEXTS]
    rich = "\n\n".join(f"// text: rich\n::{index}::[html]{text} {{=а ~б}}" for index, text in enumerate(escaped))
    found = gift.read(rich.encode(), SAID)
    kept(TEXTS, dict(zip(TEXTS, (one.stem_ru for one in found.items), strict=True)))
    texts = [shape.format("p") for shape in SHAPES[:5]]
    found = gift.read(
        "\n\n".join(f"::{index}::[html]{text} {{=а ~б}}" for index, text in enumerate(texts)).encode(), SAID
    )
    assert {one.stem_ru for one in found.items} == {"5\n3"} and len(found.items) == len(texts)


def test_a_workbook_keeps_the_words_of_blocks_apart() -> None:
    rows = (row(external_id=f"B-{index}", text="rich", stem_ru=text) for index, text in enumerate(TEXTS))
    found = xlsx.read(saved(workbook_of(*rows)))
    kept(TEXTS, dict(zip(TEXTS, (one.stem_ru for one in found.items), strict=True)))


def test_qti_keeps_the_words_of_blocks_apart() -> None:
    # What says which question it is stands in no item: each is a file of its own.
    names = sorted(BLOCKS - {"tfoot", "html", "body", "frameset"})
    texts = [
        *(" + ".join(shape.format(name) for name in names) for shape in ("<div>5<{0}>3</{0}>5</div>", "5<{0}/>3")),
        "5<hr/>3", '5<span style="display: block">3</span>', '5<feedbackBlock identifier="F">9</feedbackBlock>3',
    ]  # fmt: skip
    for text in texts:
        found = qti.read(item(f"{text}{CHOICES.format(most=1)}").encode(), SAID)
        [said] = [plain(one.stem_ru) for one in found.items]
        assert "5" in said and not re.search(r"\d\d", said), said


def test_word_keeps_the_words_of_lines_and_cells_apart() -> None:
    breaks = [f"<w:r><w:{name}/></w:r>" for name in ("br", 'br w:type="page"', "cr", "tab", "ptab")]
    for between in breaks:
        blocks = [paragraph("1. 5", between, run("3?")), "А) бир", "*Б) эки"]
        made = [block if block.startswith("<") else paragraph(block) for block in blocks]
        [draft] = word.read(document(*made), SAID).items
        assert re.search(r"5\s+3", draft.stem_ru), (between, draft.stem_ru)
    cells = table(("5", "3"), (paragraph("5") + paragraph("3"), table(("5", "3"))))
    made = [paragraph("1. Суроо 5"), paragraph("3"), cells, paragraph("А) бир"), paragraph("*Б) эки")]
    [draft] = word.read(document(*made), SAID).items
    assert draft.stem_ru.count("5") == draft.stem_ru.count("3") == 4 and "53" not in plain(draft.stem_ru)
