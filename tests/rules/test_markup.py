"""Rich text: what is on the list stays, nothing else does, whatever is handed in."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.markup import ALLOWED, clean, images, plain, with_addresses
from core.pictures import (
    BYTES_MAX,
    PictureBroken,
    PictureChanged,
    PictureRefused,
    PictureTooLarge,
    PictureUnknown,
    picture,
    safe_svg,
)
from question_bank.exchange.foreign_html import said

NAME = "ab" * 32 + ".png"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'

#: Known ways past cleaners: text that becomes a tag only when it is read a second time, foreign elements, odd syntax.
MUTATIONS = [
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<math><mtext><table><mglyph><style><math><img src onerror=alert(1)></style></mglyph></table></mtext></math>',
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><annotation-xml encoding='text/html'><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<table><td><svg><desc><table><td></desc><script>alert(1)</script>",
    "<math href=javascript:alert(1)><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<p style='background:url(//x)' class=a id=b onclick=alert(1) data-x=1>x",
    "<img src=data:image/svg+xml,x alt=a><img srcset='//x' src=//x/y.png>",
    f"<img src='{NAME}' alt='\"><script>alert(1)</script>' onload=alert(1)>",
    "<b/<script>alert(1)//</b>", "<<img src=x onerror=alert(1)//", "</p><plaintext><script>", "<!--><script>-->",
    "<p>a<button><p>b</button>c",  # a paragraph in another once the button is gone
    "<math>" * 600 + "<mtext>" + "<b>" * 600,
]  # fmt: skip

_PIECES = st.sampled_from(
    [f"<{tag}>" for tag in ALLOWED] + [f"</{tag}>" for tag in ALLOWED] + MUTATIONS[:15]
    + ["<mi/>", "<p><mn>", "<svg>", "<style>", "</style>", "<!--", "-->", "<mglyph>", "<form>", "</form>", "<title>"]
    + ["&lt;", "&nbsp;", "<span style=vertical-align:super>", "</span>", "<b style='font-weight:normal'>"]
    + [f"<img src={NAME} alt='ү & <b>'>", "<td rowspan=2 onclick=x>", "<mi mathvariant=bold href=x>", "e\u0301", "\x00"]
)  # fmt: skip
MESS = st.lists(_PIECES | st.text(max_size=8), max_size=12).map("".join)


class Seen(HTMLParser):
    """Elements and attributes of a text as another parser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [name for name, _ in attrs]))
        assert all(value and not value.startswith(("http", "//", "data:", "javascript:")) for name, value in attrs
                   if name != "alt")  # fmt: skip


def nothing_else(html: str) -> None:
    for tag, names in Seen(html).found:
        assert tag in ALLOWED, tag
        assert set(names) <= ALLOWED[tag], (tag, names)


@settings(max_examples=400, deadline=None)
@given(MESS)
def test_whatever_is_handed_in_only_the_list_is_left_and_cleaning_again_changes_nothing(html: str) -> None:
    cleaned = clean(html)
    nothing_else(cleaned)
    assert clean(cleaned) == cleaned
    assert "<" not in clean(plain(html)).replace("&lt;", "") or plain(html)
    assert all(name == NAME for name, _alt in images(cleaned))


@pytest.mark.parametrize("html", MUTATIONS)
def test_no_known_mutation_survives(html: str) -> None:
    cleaned = clean(html)
    nothing_else(cleaned)
    assert clean(cleaned) == cleaned
    assert "onerror=" not in cleaned.replace("&lt;img src=x onerror=alert(1)&gt;", "")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_plain_words_come_back_from_their_own_markup(words: str) -> None:
    assert "\x00" in words or clean(words) == clean(clean(words))
    assert isinstance(plain(words), str)


def test_what_the_list_allows_stays_as_it_was_written() -> None:
    for html in (
        "<p>Мыйзамдын <b>12</b>-беренеси, H<sub>2</sub>O, м<sup>2</sup></p>",
        "<ul><li>бир</li><li>эки</li></ul>",
        '<table><caption>Т</caption><tbody><tr><th scope="col">А</th><td colspan="2">1</td></tr></tbody></table>',
        '<math display="block"><msqrt><mi>x</mi></msqrt><mo stretchy="false">(</mo></math>',
        f'<img src="{NAME}" alt="Кызыл үч бурчтук" width="200">',
        "a &amp; b &lt; c",
    ):
        assert clean(html) == html


@pytest.mark.parametrize(
    "inside",
    [
        '<mpadded width="0" height="0" depth="0" lspace="-9em" voffset="3em"><mtext>эмес</mtext></mpadded>',
        "<mphantom><mtext>эмес</mtext></mphantom>", '<mspace width="-5em"></mspace><mtext>эмес</mtext>',
        '<mspace width="1em" height="-2em" depth="900em"></mspace><mtext>эмес</mtext>',
        '<mo lspace="-8em" rspace="-.5em">+</mo><mtext>эмес</mtext>', '<mo minsize="900em">(</mo><mtext>эмес</mtext>',
        '<mstyle scriptlevel="+2"><mstyle scriptlevel="99"><mtext>эмес</mtext></mstyle></mstyle>',
        '<mfrac linethickness="500px"><mtext>эмес</mtext><mn>2</mn></mfrac>',
        '<mtext mathsize="0" mathcolor="white" mathbackground="black" style="display:none" dir="rtl">эмес</mtext>',
        '<mspace width="5em" linebreak="newline" lspace="3em" voffset="1em"></mspace><mrow width="1px">эмес</mrow>',
    ],
)  # fmt: skip
def test_a_formula_neither_moves_words_over_others_nor_hides_them(inside: str) -> None:
    cleaned = clean(f"<math><mtext>туура</mtext>{inside}</math>")
    assert "эмес" in cleaned and "эмес" in plain(cleaned)
    harmless = ('width="1em"', 'width="5em"')
    left = cleaned
    for one in harmless:
        left = left.replace(f"<mspace {one}>", "<mspace>")
    assert not re.findall(r"<m[a-z]+ [^>]*>|<mp", left)


def test_spaces_and_sizes_of_formulas_that_only_set_them_apart_stay() -> None:
    for html in (
        '<math><mi>x</mi><mspace width="0.2778em"></mspace><mo lspace="0em" rspace="0.1667em">=</mo></math>',
        '<math><mrow><mo minsize="1.2em" maxsize="1.2em" fence="true">(</mo><mi>x</mi></mrow></math>',
        '<math><mfrac linethickness="0"><mi>n</mi><mi>k</mi></mfrac><mstyle scriptlevel="0">x</mstyle></math>',
    ):
        assert clean(html) == html


def test_the_words_of_a_text_read_like_the_text() -> None:
    assert plain("<p>H<sub>2</sub>O</p><p>10<sup>−3</sup> м</p>") == "H₂O\n10⁻³ м"
    assert plain("x<sup>ab</sup> y<sub>a b</sub>") == "x^ab y_(a b)"
    assert plain("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mn>2</mn></mfrac></math>") == "(a + 1)/2"
    assert plain('<math><mfrac linethickness="0"><mi>n</mi><mi>k</mi></mfrac></math>') == "(n¦k)"  # not n/k
    assert plain('<math><mfrac linethickness="0.5px"><mi>n</mi><mi>k</mi></mfrac></math>') == "n/k"
    assert plain("<math><mroot><mi>x</mi><mn>3</mn></mroot><msqrt><mi>y</mi></msqrt></math>") == "³√(x) √(y)"
    assert plain("<table><tr><th>А</th><th>Б</th></tr><tr><td>1</td><td>2</td></tr></table>") == "А | Б\n1 | 2"
    assert plain(f'Кара: <img src="{NAME}" alt="график &lt;1&gt;">') == "Кара: [график <1>]"


def test_a_picture_without_a_name_of_ours_leaves_its_words() -> None:
    assert clean('<p><img src="https://x.example/a.png" alt="Үй &amp; <b>"></p>') == "<p>Үй &amp; &lt;b&gt;</p>"


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('Эки<img src="https://x.example/a.png" alt="үй">бар', "Эки үй бар"),
        ('<p><b>Эки</b><img src="a.png" alt="үй"><img src="b.png" alt="кошо"></p>', "Эки үй кошо"),
        ('<p>Эки (<img src="a.png" alt="үй">), бак</p>', "Эки (үй), бак"),
        ('<ul><li>Эки</li><li><img src="a.png" alt="үй"></li></ul>', "Эки\nүй"),
        ('5<img src="a.png">3 <img src="a.png" alt="">', "5 3"),
    ],
)
def test_the_words_of_a_picture_that_is_not_kept_stand_apart_from_those_beside_it(html: str, words: str) -> None:
    assert plain(html) == words
    assert clean(clean(html)) == clean(html)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>5 <mrow><mi>x</mi><mo>+</mo><mn>2</mn></mrow> канча?</p>", "5 x + 2 канча?"),
        ("<p>3<mn>5</mn>7</p>", "3 5 7"),
        ("<mfrac><mn>1</mn><mn>2</mn></mfrac>", "1 2"),
        ("<math><mtext>а<mi>б</mi>в</mtext><mi>г</mi></math>", "а б в г"),
        ("<math><mi>а</mi><p>б<mi>в</mi></p></math>", "а\nб в"),
        ("<math><mi>а</mi><mspace/><mi>б</mi></math><MTEXT>в</MTEXT>", "а б в"),
        ('<span style="color:red">а</span> <mi>б</mi>', "а б"),
    ],
)
def test_words_of_a_formula_that_stand_in_none_stay_and_apart(html: str, words: str) -> None:
    assert plain(html) == words
    assert plain(said(html).html) == words
    assert clean(clean(html)) == clean(html)


def test_an_element_that_goes_with_its_words_takes_parts_of_formulas_along() -> None:
    assert clean("а<svg><mi>б</mi></svg><s><mi>в</mi></s><select><mi>г</mi></select>") == "а"


def test_pictures_are_found_and_get_their_addresses() -> None:
    html = clean(f'<p>x <img src="{NAME}" alt="a &quot;b&quot;"></p>')
    assert images(html) == [(NAME, 'a "b"')]
    assert f'src="/media/{NAME}"' in with_addresses(html, lambda name: f"/media/{name}")


def raster(format_: str, size: tuple[int, int] = (8, 8)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, format_)
    return buffer.getvalue()


def test_a_picture_is_what_its_bytes_are() -> None:
    assert picture(raster("PNG")).media_type == "image/png"
    assert picture(raster("JPEG")).name.endswith(".jpg")
    assert picture(SVG.format('<rect width="3" height="3"/>').encode()).media_type == "image/svg+xml"
    for data in (raster("GIF"), b"", b"MZ\x90", b"<html><svg></html>", b"%PDF-1.7"):
        with pytest.raises(PictureRefused):
            picture(data)
    with pytest.raises(PictureUnknown):
        picture(raster("GIF"))


def test_a_picture_that_breaks_off_or_is_too_large_is_refused() -> None:
    for format_ in ("PNG", "JPEG"):
        whole = raster(format_, (64, 64))
        with pytest.raises(PictureBroken):
            picture(whole[: len(whole) // 2])
    with pytest.raises(PictureTooLarge):
        picture(raster("PNG", (4001, 1)))
    assert picture(raster("PNG", (4000, 1)))
    with pytest.raises(PictureTooLarge):
        picture(b"\x89PNG\r\n\x1a\n" + b"\x00" * BYTES_MAX)


def test_what_a_photo_says_of_its_author_and_place_is_left_out_and_its_pixels_stay() -> None:
    said = Image.Exif()
    said[0x010E], said[0x013B] = "ACHKYCH-B", "AVTOR"
    text = PngInfo()
    text.add_text("Comment", "ACHKYCH-B")
    image = Image.effect_noise((40, 30), 60).convert("RGB")
    for format_, more in (
        ("JPEG", {"exif": said, "comment": b"ACHKYCH-B", "progressive": True}),
        ("PNG", {"pnginfo": text}),
    ):
        buffer = io.BytesIO()
        image.save(buffer, format_, **more)
        assert b"ACHKYCH-B" in buffer.getvalue()
        kept = picture(buffer.getvalue() + b"ACHKYCH-B behind the end").content
        assert b"ACHKYCH-B" not in kept and b"AVTOR" not in kept
        assert Image.open(io.BytesIO(kept)).tobytes() == Image.open(buffer).tobytes()


def test_a_photo_that_lies_on_its_side_is_turned() -> None:
    said = Image.Exif()
    said[0x0112] = 6
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(buffer, "JPEG", exif=said)
    found = picture(buffer.getvalue())
    assert Image.open(io.BytesIO(found.content)).size == (30, 40)
    assert picture(found.content) == found


UNSAFE = [
    "<script>alert(1)</script>", "<rect onload='alert(1)' fill='url(http://x/#a)' style='fill:url(//x)'/>",
    "<animate attributeName='href' to='javascript:alert(1)'/>", "<set attributeName='onload' to='alert(1)'/>",
    "<x:script xmlns:x='http://www.w3.org/2000/svg'>alert(1)</x:script>", "<text>&lt;script&gt;</text>",
    "<rect fill='u&#x72;l(http://x)'/>", "<metadata><a href='http://x'>alert</a></metadata>",
    "<x:note xmlns:x='http://www.inkscape.org'>alert(1)</x:note>",
]  # fmt: skip
SHOWN = {
    "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>": "foreignObject",
    "<a href='javascript:alert(1)'><text>x</text></a>": "<a>", "<image href='http://x/y.png'/>": "image",
    "<use href='#a'/>": "use", "<style>@import 'http://x'</style>": "style", "<style>.a{fill:red}</style>": "style",
    "<filter id='f'><feImage href='http://x'/></filter>": "filter", "<switch><text>x</text></switch>": "switch",
    "<text><textPath href='#p'>x</textPath></text>": "textPath", "<defs><pattern id='p'/></defs>": "pattern",
    "<symbol id='s'/>": "symbol", "<svg viewBox='0 0 1 1'/>": "svg", "<rect mask='url(#m)'/>": "mask",
    "<text>m<tspan style='baseline-shift:super'>2</tspan></text>": "baseline-shift",
}  # fmt: skip


@pytest.mark.parametrize("inside", SHOWN)
def test_an_svg_that_would_be_another_picture_is_refused_by_the_name_of_what_it_shows(inside: str) -> None:
    with pytest.raises(PictureChanged) as refusal:
        safe_svg(SVG.format(inside).encode())
    assert SHOWN[inside] in str(refusal.value.params["name"])


@pytest.mark.parametrize("inside", UNSAFE)
def test_an_svg_picture_is_made_safe(inside: str) -> None:
    safe = safe_svg(SVG.format(inside + '<circle r="1" fill="url(#g)"/>').encode())
    assert safe_svg(safe) == safe
    text = safe.decode()
    assert 'r="1"' in text and "url(#g)" in text
    for word in ("<script", "alert", "http://x", "//x", "foreign", "<a", "<use", "<style", "<image", "onload", "href"):
        assert word not in text, word


def test_an_svg_keeps_its_drawing() -> None:
    drawing = (
        '<g style="fill:#fff; stroke-width: 2px"><path d="M0 0 L9,9z"/><text x="1">Аянты <tspan>5</tspan></text></g>'
    )
    kept = safe_svg(SVG.format(drawing).encode()).decode()
    assert 'fill="#fff"' in kept and 'stroke-width="2px"' in kept and 'd="M0 0 L9,9z"' in kept
    assert "Аянты <tspan>5</tspan>" in kept


BOMB = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + SVG.format("<text>&b;</text>")


@pytest.mark.parametrize(
    "data",
    [
        BOMB, '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + SVG.format("<text>&x;</text>"),
        SVG.format("<g>" * 60 + "</g>" * 60), SVG.format("<g/>" * 5001), "<svg>", SVG.format("<g>"),
        '<svg xmlns="http://www.w3.org/2000/svg"/>', '<?xml version="1.0" encoding="x-none"?>' + SVG.format(""),
        "<svg/>", SVG.format("<g>" * 30_000), '<svg xmlns="http://www.w3.org/2000/svg" viewBox="\\"></svg>',
    ],
)  # fmt: skip
def test_an_svg_with_entities_without_end_or_without_size_is_refused(data: str) -> None:
    with pytest.raises(PictureRefused):
        picture(data.encode())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.builds(
    lambda base, cut, noise: base[:cut] + noise + base[cut:],
    st.sampled_from([raster("PNG"), raster("JPEG"), *(SVG.format(inside).encode() for inside in UNSAFE)]),
    st.integers(0, 400), st.binary(max_size=6),
))  # fmt: skip
def test_no_bytes_make_anything_but_a_picture_or_a_refusal(data: bytes) -> None:
    try:
        found = picture(data)
    except PictureRefused:
        return
    assert picture(found.content) == found
