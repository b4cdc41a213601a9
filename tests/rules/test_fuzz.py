"""No file, however wrong, raises, takes long or much memory, or brings in a question with a fault.

``make fuzz`` reads 20,000 of each format.
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from core import markup
from question_bank.exchange.drafts import ItemDraft, Medium, OptionDraft
from question_bank.exchange.formats import FORMATS
from question_bank.exchange.reading import Given
from question_bank.kinds.choice import TRUE_FALSE
from tests.rules import fuzzing, qti_files, word_files
from tests.rules.fuzzing import Fault, check, mutated

COUNT = int(os.environ.get("FUZZ_COUNT", "1000"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
FROM = int(os.environ.get("FUZZ_FROM", "0"))
ONE_LANGUAGE = Given("ru", "law", "act", 3, "F")


def _pair(ky: str, ru: str) -> OptionDraft:
    return OptionDraft(ky, ru)


def bank() -> list[ItemDraft]:
    """A question of every kind, plain, with one rich."""
    first = ItemDraft(
        external_id="LAW-1", subject_area="law", sub_topic="act", difficulty=3, stem_ky="Суроо: a = {b}?",
        stem_ru="Вопрос?", options=(_pair("бир", "один"), _pair("эки", "два"), _pair("үч", "три")), key=(1,),
        source="Мыйзам, 3", author="А. А.", enemies=("BOD-9",),
    )  # fmt: skip
    return [
        first,
        replace(first, external_id="LAW-2", kind="multiple_response", key=(0, 2), is_partial=True),
        replace(first, external_id="LAW-3", kind="true_false", options=TRUE_FALSE, key=(0,)),
        replace(first, external_id="LAW-4", kind="ordering", key=(0, 1, 2)),
        replace(
            first, external_id="LAW-5", kind="matching", key=((0, 0), (1, 1), (2, 0)),
            targets=(_pair("а", "а"), _pair("б", "б")),
        ),
        replace(first, external_id="LAW-6", kind="numeric", options=(), key=("12.5", "0.5")),
    ]  # fmt: skip


def rich() -> ItemDraft:
    """A question with a formula, a table and a picture."""
    drawn = BytesIO()
    Image.new("RGB", (2, 2)).save(drawn, "PNG")
    shown = markup.picture(drawn.getvalue())
    told = (
        f'<p>H<sub>2</sub>O <img src="{shown.name}" alt="Сүрөт"></p><table><tbody><tr><td>1</td></tr></tbody></table>'
    )
    formula = "<math><mfrac><mi>a</mi><mn>2</mn></mfrac></math>"
    return replace(
        bank()[0], external_id="LAW-7", is_rich=True, stem_ky=markup.clean(told), stem_ru=markup.clean(told),
        options=(_pair(markup.clean(formula), markup.clean(formula)), _pair("эки", "два")),
        media=(Medium(shown.name, shown.media_type, shown.content),),
    )  # fmt: skip


_FORMULA = (
    "<m:f><m:num><m:r><m:t>2x</m:t></m:r></m:num><m:den><m:rad><m:deg/><m:e><m:r><m:t>a</m:t></m:r></m:e></m:rad></m:den>"
    "</m:f><m:nary><m:naryPr><m:limLoc m:val='undOvr'/></m:naryPr><m:sub><m:r><m:t>1</m:t></m:r></m:sub><m:sup/><m:e>"
    "<m:d><m:e><m:r><m:t>y&lt;z</m:t></m:r></m:e></m:d></m:e></m:nary><m:m><m:mr><m:e/><m:e/></m:mr></m:m>"
)
_STYLES = (
    f'<w:styles {word_files.W}><w:docDefaults><w:rPrDefault><w:rPr><w:u w:val="single"/></w:rPr></w:rPrDefault>'
    '</w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="character" w:styleId="Right"><w:basedOn w:val="Normal"/><w:rPr><w:b/></w:rPr></w:style>'
    "</w:styles>"
)


def _word() -> list[bytes]:
    p, run = word_files.paragraph, word_files.run
    drawn = BytesIO()
    Image.new("RGB", (2, 2)).save(drawn, "PNG")
    return [
        word_files.document(
            p("1. Суроо?"), p("А) бир"), p("*Б) эки  В) үч"), p("2. H", run("2", 'vertAlign w:val="subscript"'), "O"),
            p("a) x"), p("b) y"), p("Жооп: b"),
        ),
        word_files.document(
            p("Суроо", numbered=(1, 0)), p("бир", numbered=(1, 1)), p(run("эки", "b"), numbered=(1, 1)),
            word_files.table(("2", "Суроо?", "А) x", "Б) y")), p("Ачкыч"), word_files.table(("2", "А")),
        ),
        word_files.document(
            p("1. ", word_files.picture("p1", "Сүрөт")), p("А) а"), p("+Б) б"),
            parts={"word/media/i.png": drawn.getvalue()}, links={"p1": "media/i.png"},
        ),
        word_files.document(
            p("1. ", f"<m:oMath>{_FORMULA}</m:oMath>"), p(f"<m:oMathPara><m:oMath>{_FORMULA}</m:oMath></m:oMathPara>"),
            p("• ", run("бир", "caps")), p("• ", run("эки", 'rStyle w:val="Right"')), p("2. x"), p("*А) б"), p("Б) в"),
            parts={"word/styles.xml": _STYLES.encode()},
        ),
    ]  # fmt: skip


def seeds(name: str) -> list[bytes]:
    """Small good files of a format, one or two questions in each."""
    known = FORMATS[name]
    if known.write_items is None:
        return _word()
    items = [item for item in [*bank(), rich()] if known.unwritable(item) is None]
    found = [known.write([item]) for item in items] + [known.write(items[:2])]
    if name == "qti":  # the one reader of all versions, of packages and of single items
        found += [FORMATS[other].write(items[:2]) for other in ("qti-2.1", "qti-2.2")]
        with zipfile.ZipFile(BytesIO(found[0])) as archive:
            found += [archive.read(entry) for entry in archive.infolist() if entry.filename.startswith("items/")]
        found += [text.encode() for text in qti_files.examples()]
    return found


NAMES = sorted(set(FORMATS) & set(os.environ.get("FUZZ_FORMAT", " ".join(FORMATS)).split()) - {"qti-2.1", "qti-2.2"})


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # it tells of all it does not find
@pytest.mark.filterwarnings("ignore:Duplicate name")  # packages with one name twice are made here on purpose
@pytest.mark.parametrize("name", NAMES)
def test_no_mutation_of_a_file_breaks_its_reader(name):
    known, good = FORMATS[name], seeds(name)
    for data in good:
        assert known.read(data, ONE_LANGUAGE).items, "a seed must be a good file"
    taken = 0
    for number in range(FROM, FROM + COUNT):
        data = mutated(name, good, SEED, number)
        taken += bool(check(name, lambda file: known.read(file, ONE_LANGUAGE), data, SEED, number).items)
    print(f"{name}: seed {SEED}, files {FROM}–{FROM + COUNT - 1}, with questions {taken}")
    assert FROM or COUNT < 1000 or COUNT / 20 < taken < COUNT, "mutations must be neither too mild nor too wild"


def test_a_file_that_takes_much_memory_is_found_even_where_much_more_was_taken_before_it(monkeypatch):
    monkeypatch.setattr(fuzzing, "MEMORY", 32 * 1024)
    known, [good, *_others] = FORMATS["gift"], seeds("gift")

    def reading(size):
        return lambda file: (b"x" * (size << 20)) and known.read(file, ONE_LANGUAGE)

    del (before := [b"x" * (160 << 20)])[:]
    assert check("gift", reading(1), good, SEED, 0).items and not before
    with pytest.raises(Fault, match="MiB of memory"):
        check("gift", reading(64), good, SEED, 0)
