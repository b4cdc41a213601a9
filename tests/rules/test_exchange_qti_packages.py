"""QTI packages: both languages, what the manifest says, pictures; and the packages that are not opened."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from io import BytesIO
from xml.etree.ElementTree import Element, SubElement

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from core import markup
from question_bank.exchange import rich
from question_bank.exchange.drafts import ItemDraft, Medium, OptionDraft, check_draft, tidied
from question_bank.exchange.formats import FORMATS
from question_bank.exchange.qti import reading, writing
from question_bank.exchange.qti.manifest_reading import read_manifest, resolved
from question_bank.exchange.reading import STANDARD, Limits, Refused
from tests.rules.qti_files import GIVEN, choice, manifest, package, resource, unpacked
from tests.rules.test_exchange_round_trip import items as plain_items

WRITERS = {"2.1": writing.write_2_1, "2.2": writing.write_2_2, "3.0": writing.write}
EVERY = pytest.mark.parametrize("version", sorted(WRITERS))


def drawn(colour: str) -> Medium:
    target = BytesIO()
    Image.new("RGB", (2, 2), colour).save(target, "PNG")
    found = markup.picture(target.getvalue())
    return Medium(found.name, found.media_type, found.content)


RED, BLUE = drawn("red"), drawn("blue")
VECTOR = markup.picture(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0L9 9"/></svg>')
MEDIA = [RED, BLUE, Medium(VECTOR.name, VECTOR.media_type, VECTOR.content)]

DRAFT = ItemDraft(
    external_id="LAW-001", subject_area="law", sub_topic="act", difficulty=4, stem_ky="Суроо?", stem_ru="Вопрос?",
    options=(OptionDraft("бир", "один"), OptionDraft("эки", "два")), key=(1,),
    source="Мыйзам;\n3-берене, \\2", author="Асанова, А.; \\ Б.", enemies=("BOD-9", "a:b/c"),
)  # fmt: skip


def one(draft: ItemDraft, version: str = "3.0") -> dict[str, bytes]:
    """The files of a package with one question."""
    return unpacked(WRITERS[version]([draft]))


def changed(files: dict[str, bytes], path: str, old: str, new: str):
    """What is read from the package after a change in one file."""
    assert old in files[path].decode()
    return reading.read(package({**files, path: files[path].decode().replace(old, new)}))


# --- what we write comes back

HTML = st.lists(
    st.sampled_from([
        "<p>Сөз <b>кара <i>кыйгач</i></b></p>", "<u>асты</u>", "H<sub>2</sub>O", "<ul><li>а</li><li>б</li></ul>", " ",
        "<table><caption>Т</caption><tbody><tr><th scope=row>1</th><td colspan=2>2</td></tr></tbody></table>",
        "x < y &",
        "<math display=block><msup><mi>x</mi><mn>2</mn></msup><mspace width=1em></mspace><mo>&lt;</mo></math>", "<br>",
        "эки  боштук\n", "&nbsp;", "<strong><em>а</em></strong>", "{ m}", "]]>", "<!-- -->",
        *(f'<img src="{medium.name}" alt="Сүрөт &quot;а&quot;" width="9">' for medium in MEDIA),
    ]),
    min_size=1, max_size=6,
).map("".join).map(markup.clean).filter(markup.plain)  # fmt: skip


@st.composite
def rich_items(draw: st.DrawFn) -> ItemDraft:
    """A question of any kind whose texts are rich; some lack a language."""
    draft = draw(plain_items())
    blank = draw(st.sampled_from(["", "", "ky", "ru"]))

    def side(wording: OptionDraft) -> OptionDraft:
        return OptionDraft(*("" if blank == name else draw(HTML) for name in ("ky", "ru")))

    is_fixed = draft.kind == "true_false"
    draft = replace(
        draft, is_rich=True, media=tuple(MEDIA),
        stem_ky="" if blank == "ky" else draw(HTML), stem_ru="" if blank == "ru" else draw(HTML),
        options=draft.options if is_fixed else tuple(map(side, draft.options)), targets=tuple(map(side, draft.targets)),
    )  # fmt: skip
    draft = tidied(draft)
    assume(not any(problem.severity == "error" for problem in check_draft(draft)))
    return draft


@EVERY
@settings(max_examples=30, deadline=None)
@given(bank=st.lists(rich_items(), min_size=1, max_size=3, unique_by=lambda item: item.external_id))
def test_rich_questions_and_their_pictures_come_back_unchanged(version, bank):
    found = reading.read(WRITERS[version](bank))
    assert {problem.code for problem in found.problems} <= {"translation_missing"}
    assert found.items == tuple(bank)


@EVERY
@pytest.mark.parametrize("deeper", [0, 1])
def test_formatting_as_deep_as_may_be_comes_back_and_deeper_is_a_fault(version, deeper):
    words = markup.clean("<b>" * (rich.DEPTH + deeper) + "терең")
    draft = tidied(replace(DRAFT, is_rich=True, stem_ky=words, stem_ru=words))
    if deeper:
        assert {problem.code for problem in check_draft(draft)} == {"too_deep"}
    else:
        assert reading.read(WRITERS[version]([draft])).items == (draft,)


@EVERY
def test_a_question_is_a_file_for_each_language_and_all_are_in_the_manifest(version):
    files = one(DRAFT, version)
    assert sorted(files) == ["imsmanifest.xml", "items/0001-ky.xml", "items/0001-ru.xml"]
    assert (
        "Вопрос?" not in files["items/0001-ky.xml"].decode() and 'xml:lang="ky"' in files["items/0001-ky.xml"].decode()
    )
    assert all(f'href="items/0001-{language}.xml"' in files["imsmanifest.xml"].decode() for language in ("ky", "ru"))


@EVERY
def test_a_missing_translation_has_no_file_and_is_missing_again(version):
    alone = replace(DRAFT, stem_ru="", options=tuple(OptionDraft(text.ky, "") for text in DRAFT.options))
    files = one(alone, version)
    assert "items/0001-ru.xml" not in files
    found = reading.read(package(files))
    assert found.items == (alone,) and [problem.code for problem in found.problems] == ["translation_missing"]


def test_the_same_questions_give_the_same_bytes():
    assert all(write([DRAFT]) == write([DRAFT]) for write in WRITERS.values())


def test_a_picture_stands_once_in_the_package_and_in_the_manifest_of_each_item():
    shown = f'<p>Эмне? <img src="{RED.name}" alt="кызыл"></p>'
    draft = replace(DRAFT, is_rich=True, stem_ky=shown, stem_ru=shown, media=(RED,))
    files = one(draft)
    assert files[f"media/{RED.name}"] == RED.content
    assert files["imsmanifest.xml"].decode().count(f'<file href="media/{RED.name}"') == 2
    assert f'src="../media/{RED.name}"' in files["items/0001-ky.xml"].decode()


def test_all_three_formats_read_every_version():
    data = {write([DRAFT]) for write in WRITERS.values()}
    assert len(data) == 3
    assert all(FORMATS[name].read(one).items == (DRAFT,) for name in ("qti", "qti-2.1", "qti-2.2") for one in data)


# --- the two languages of one question


def test_a_file_of_ours_alone_is_a_question_without_its_translation():
    found = reading.read(one(DRAFT)["items/0001-ru.xml"], GIVEN)
    [draft] = found.items
    assert (draft.stem_ky, draft.stem_ru, draft.key) == ("", "Вопрос?", (1,))


@pytest.mark.parametrize(
    "changes",
    [
        {"<qti-value>B</qti-value>": "<qti-value>A</qti-value>"},
        {'identifier="B"': 'identifier="X"', "<qti-value>B</qti-value>": "<qti-value>X</qti-value>"},
        {'xml:lang="ru"': 'xml:lang="ky"'},
        {'<div class="stem">Вопрос?</div>': "<p>А <b>теперь</b>?</p>"},
    ],
)
def test_languages_that_say_different_things_refuse_the_question(changes):
    files, path = one(DRAFT), "items/0001-ru.xml"
    text = files[path].decode()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    found = reading.read(package({**files, path: text}))
    assert found.items == () and found.seen == 1
    [problem] = found.errors
    assert (problem.code, problem.place, problem.external_id) == ("languages_differ", 1, "LAW-001")


def test_a_fault_in_one_language_refuses_the_whole_question_and_names_the_file():
    found = changed(one(DRAFT), "items/0001-ru.xml", "qti-choice-interaction", "qti-hotspot-interaction")
    assert found.items == () and found.seen == 1
    [problem] = found.errors
    assert problem.code == "kind_unknown" and "items/0001-ru.xml" in str(problem.message)
    assert (problem.place, problem.place_kind, problem.external_id) == (1, "question", "LAW-001")


def test_an_item_that_was_changed_in_another_program_is_read_as_it_now_stands():
    files = one(DRAFT)
    for language in ("ky", "ru"):
        path = f"items/0001-{language}.xml"
        files[path] = files[path].decode().replace("</div>", "</div>\n  <p>Кошумча.</p>\n").encode()
    [draft] = reading.read(package(files)).items
    assert draft.stem_ky == "Суроо?\nКошумча."
    assert (draft.options, draft.source) == (DRAFT.options, DRAFT.source)


def test_a_question_that_stands_twice_is_refused_at_both_places():
    found = reading.read(writing.write([DRAFT, replace(DRAFT, stem_ky="Башка суроо?")]))
    assert found.items == () and {problem.code for problem in found.errors} == {"duplicate_id"}
    assert [problem.place for problem in found.errors] == [1, 2] and found.seen == 2


# --- packages of other programs

PICTURE = '<p>What is <img src="../img/a%20b.png" alt="red"/>?</p>'


def test_a_foreign_package_gives_a_question_for_each_item_with_its_pictures():
    text = choice(version="2.2").replace("<p>Look at the text.</p>", PICTURE)
    other = choice(version="3.0", correct=("C",)).replace('identifier="luggage"', 'identifier="other"')
    files = {
        "imsmanifest.xml": manifest(
            resource("r-test", "test.xml", kind="imsqti_test_xmlv2p2"),
            resource("r1", "items/one.xml", kind="imsqti_item_xmlv2p2"),
            resource("r2", "items/two.xml", kind="imsqti_item_xmlv3p0"),
        ),
        "items/one.xml": text, "items/two.xml": other, "img/a b.png": RED.content, "test.xml": "<assessmentTest/>",
    }  # fmt: skip
    found = reading.read(package(files), GIVEN)
    assert [(draft.external_id, draft.key, draft.place) for draft in found.items] == [
        ("luggage", (0,), 1), ("other", (2,), 2)
    ]  # fmt: skip
    assert found.items[0].media == (RED,) and f'src="{RED.name}"' in found.items[0].stem_ru
    assert {problem.code for problem in found.problems} == {"test_dropped", "translation_missing"}


def test_what_lom_says_in_its_own_words_is_taken_and_the_rest_is_what_the_person_said():
    lom = (
        '<metadata><lom xmlns="http://ltsc.ieee.org/xsd/LOM"><general><identifier><catalog>x</catalog><entry>y</entry>'
        "</identifier></general><lifeCycle><contribute><role><source>LOMv1.0</source><value>author</value></role>"
        "<entity>BEGIN:VCARD\r\nFN;CHARSET=utf-8:Jane \r\n Doe\r\nEND:VCARD</entity></contribute></lifeCycle>"
        "<educational><difficulty><source>LOMv1.0</source><value>very difficult</value></difficulty></educational>"
        "<classification><taxonPath><source><string>Dewey</string></source><taxon><id>340</id></taxon></taxonPath>"
        "</classification></lom></metadata>"
    )
    files = {"imsmanifest.xml": manifest(resource("r1", "q.xml", more=lom)), "q.xml": choice()}
    [draft] = reading.read(package(files), GIVEN).items
    assert (draft.external_id, draft.author, draft.difficulty, draft.subject_area) == ("luggage", "Jane Doe", 5, "law")


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x0b"])
def test_a_sign_that_ends_no_line_of_a_vcard_cuts_no_author(sign):
    card = f"BEGIN:VCARD\nN:Doe\nFN:Jane{sign}Ann\n  Doe\nEND:VCARD"
    lom = Element("lom")
    contribution = SubElement(SubElement(lom, "lifeCycle"), "contribute")
    SubElement(SubElement(contribution, "role"), "value").text = "author"
    SubElement(contribution, "entity").text = card
    root = Element("manifest")
    one = SubElement(SubElement(root, "resources"), "resource", type="imsqti_item_xmlv2p2", href="q.xml")
    SubElement(one, "metadata").append(lom)
    assert read_manifest(root).resources[0].known.author == f"Jane{sign}Ann Doe"


def test_bases_of_the_manifest_lead_to_the_files():
    inner = resource("r1", "q.xml").replace("<resource ", '<resource xml:base="b/" ')
    files = {"imsmanifest.xml": manifest(inner, attributes='xml:base="a/"'), "a/b/q.xml": choice()}
    assert reading.read(package(files), GIVEN).items


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../q.xml", "package_path"), ("a/../../q.xml", "package_path"), ("%2e%2e/q.xml", "package_path"),
        ("/etc/passwd", "package_path"), ("a\\q.xml", "package_path"), ("file:///etc/passwd", "external_reference"),
        ("https://example.org/q.xml", "external_reference"), ("//example.org/q.xml", "external_reference"),
        ("missing.xml", "file_missing"), ("", "package_path"),
    ],
)  # fmt: skip
def test_an_item_that_lies_elsewhere_is_refused_and_the_others_are_read(path, code):
    files = {"imsmanifest.xml": manifest(resource("r1", path), resource("r2", "q.xml")), "q.xml": choice()}
    found = reading.read(package(files), GIVEN)
    assert [draft.external_id for draft in found.items] == ["luggage"] and found.seen == 2
    [problem] = found.errors
    assert (problem.code, problem.place, problem.external_id) == (code, 1, "r1")


@pytest.mark.parametrize("kind", ["imsqti_xmlv1p2", "imsqti_item_xmlv2p0", "imsqti_item_xmlv9p9"])
def test_items_of_other_versions_are_refused_by_name(kind):
    found = reading.read(package({"imsmanifest.xml": manifest(resource("r1", "q.xml", kind=kind)), "q.xml": choice()}))
    [problem] = found.errors
    assert problem.code == "qti_version" and kind in str(problem.message)


# --- packages that are not opened

GOOD = {"imsmanifest.xml": manifest(resource("r1", "q.xml")), "q.xml": choice()}


def whole(data: bytes, limits: Limits = STANDARD) -> str:
    found = reading.read(data, GIVEN, limits=limits)
    [problem] = found.problems
    assert (found.items, found.seen, problem.place) == ((), 0, None) and str(problem.message)
    return problem.code


@pytest.mark.parametrize(
    "name",
    ["../evil.xml", "/etc/passwd", "a/../../b", "a\\..\\b", "C:/x", "a//b", "./a", "a\n", "~/x", "x" * 300, "a/\x01"],
)
def test_a_package_with_a_path_that_leads_out_is_not_opened(name):
    assert whole(package({**GOOD, name: "x"})) == "package_path"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["q.xml", "Q.XML", "imsmanifest.xml"])
def test_a_package_with_one_path_twice_is_not_opened(name):
    target = BytesIO(package(GOOD))
    with zipfile.ZipFile(target, "a") as held:
        held.writestr(name, "x")
    assert whole(target.getvalue()) == "package_duplicate"


def test_a_package_with_a_link_is_not_opened():
    target = BytesIO(package(GOOD))
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(target, "a") as held:
        held.writestr(link, "/etc/passwd")
    assert whole(target.getvalue()) == "package_link"


def test_a_package_that_unpacks_to_too_much_is_not_opened():
    assert whole(package({**GOOD, "big.png": b"\0" * 3_000_000})) == "zip_bomb"
    assert whole(package(GOOD), Limits(expanded_bytes=1_000)) == "zip_bomb"
    assert whole(package(GOOD), Limits(package_entries=1)) == "zip_bomb"


def test_a_package_that_lies_about_its_sizes_is_not_opened():
    data = bytearray(package({**GOOD, "big.png": b"ab" * 5_000_000}))
    end = data.rindex(b"PK\x01\x02")  # the directory's word for the last file
    data[end + 24 : end + 28] = (10).to_bytes(4, "little")
    assert whole(bytes(data)) in {"corrupt_file", "zip_bomb"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (package({"q.xml": choice()}), "no_manifest"),
        (package({"folder/imsmanifest.xml": GOOD["imsmanifest.xml"], "folder/q.xml": choice()}), "no_manifest"),
        (package({"imsmanifest.xml": "<x/>"}), "not_manifest"),
        (package({"imsmanifest.xml": "<!DOCTYPE x>" + GOOD["imsmanifest.xml"]}), "xml_doctype"),
        (package({"imsmanifest.xml": manifest()}), "no_items"),
        (package(GOOD)[:-30], "corrupt_file"),
        (b"PK\x03\x04 and nothing more", "corrupt_file"),
    ],
)
def test_a_package_that_is_none_is_refused_as_a_whole(data, code):
    assert whole(data) == code


def test_a_package_with_a_password_is_refused():
    data = bytearray(package(GOOD))
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(mark) + offset] |= 1
    assert whole(bytes(data)) == "encrypted_file"


def test_too_many_items_are_refused_before_any_is_read():
    held = manifest(*(resource(f"r{number}", "q.xml") for number in range(5)))
    assert whole(package({**GOOD, "imsmanifest.xml": held}), Limits(items=2)) == "too_many_items"


def test_an_entity_in_an_item_refuses_that_item():
    bomb = '<!DOCTYPE a [<!ENTITY x "xxxx">]>' + choice()
    found = reading.read(package({**GOOD, "q.xml": bomb}), GIVEN)
    assert [(problem.code, problem.place) for problem in found.problems] == [("xml_doctype", 1)]


def test_a_reference_is_resolved_from_the_folder_of_its_file():
    assert resolved("../media/a%20b.png?x#y", "items/deep") == "items/media/a b.png"
    with pytest.raises(Refused):
        resolved("../../../a.png", "items/deep")
