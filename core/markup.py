"""Rich text: a short allow-list of HTML and MathML, in one way of writing, and the same in plain words.

Why a cleaned text is safe to show. ``clean`` parses as browsers do (nh3: html5ever and ammonia), keeps what is on the
list and writes it out; it does so until nothing changes any more. What it gives therefore *is* what a browser reads
in it: no text that turns into a tag at a second reading ("mutation XSS") reaches a fixed point unnoticed. No address
stands in it but the name of a picture, which only the page turns into one.
"""

from __future__ import annotations

import html as entities
import re
import unicodedata
from collections.abc import Callable

import nh3

from core import blocks, formulas, in_words, looks
from core.formulas import MATH_TAGS
from core.pictures import NAME, Picture, PictureRefused, picture, safe_svg

__all__ = [
    "Picture", "PictureRefused", "Text", "as_html", "clean", "image", "images", "picture", "plain", "safe_svg", "text",
    "with_addresses",
]  # fmt: skip

TEXT_TAGS = frozenset(str.split("p br b strong i em u sub sup ul ol li table caption thead tbody tr th td img"))
_YES_NO, _SPAN = re.compile("true|false"), re.compile(r"[1-9][0-9]?")
_LENGTH = re.compile(r"(?:[0-9](?:\.[0-9]{1,4})?|\.[0-9]{1,4})em|[0-9]{1,2}(?:\.[0-9]{1,4})?(?:ex|px|pt)|0")
_MATH_VALUES: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(
        str.split("accent accentunder displaystyle fence largeop movablelimits separator stretchy symmetric"), _YES_NO
    ),
    "columnspan": _SPAN,
    "rowspan": _SPAN,
    "display": re.compile("block|inline"),
    "form": re.compile("prefix|infix|postfix"),
    "linethickness": re.compile(r"0|thin|medium|thick|[0-9](?:\.[0-9]{1,4})?(?:px|pt)|0?\.[0-9]{1,4}em"),
    "mathvariant": re.compile(r"[a-z-]{1,24}"),
    "scriptlevel": re.compile("[0-2]"),  # not "+1", which adds up until nothing can be read
}
_MATH_LENGTHS = {"mspace": {"width"}, "mo": {"lspace", "rspace", "minsize", "maxsize"}}
#: Elements and their attributes: nothing else is left in a cleaned text.
ALLOWED: dict[str, frozenset[str]] = {
    **{tag: frozenset() for tag in TEXT_TAGS},
    **{tag: frozenset(_MATH_VALUES.keys() | _MATH_LENGTHS.get(tag, set())) for tag in MATH_TAGS},
    "img": frozenset({"src", "alt", "width", "height"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan", "scope"}),
}
_NUMBER, _SCOPES = re.compile(r"[1-9][0-9]{0,3}"), {"row", "col", "rowgroup", "colgroup"}
# Their content is no text for people, or struck out: it goes with them. (Of a TeX annotation the words would stay.)
_WHOLLY = {
    "annotation", "annotation-xml", "applet", "audio", "canvas", "datalist", "iframe", "maction", "math-annotation",
    "del", "noembed", "noframes", "noscript", "object", "s", "script", "select", "strike", "style", "svg", "template",
    "textarea", "title", "video", "xmp",
}  # fmt: skip
_IMG = re.compile(r"<img((?: [a-z]+=\"[^\"]*\")*)>")
_JOINED = re.compile(r"\w|<(?!/?(?:br|caption|li|ol|p|t[a-z]+|ul)[ >])")
_ATTRIBUTE = re.compile(r" ([a-z]+)=\"([^\"]*)\"")
ADDRESS = "/media/"
# May be wider than the page: what scrolls has to be reached by keyboard.
_SCROLLING = re.compile(r"<table|<math(?= [^>]*display=\"block\")")
_ROUNDS = 8  # in practice two


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img":
        if name == "src":
            return value if NAME.fullmatch(value) else None
        if name == "alt":
            return " ".join(unicodedata.normalize("NFC", value).split())
        return value if _NUMBER.fullmatch(value) else None
    if tag in MATH_TAGS:
        return value if _MATH_VALUES.get(name, _LENGTH).fullmatch(value) else None
    if name == "scope":
        return value if value in _SCOPES else None
    return value if _NUMBER.fullmatch(value) and int(value) <= 100 else None


_CLEANER, _CLEANER_WITH_RULES = (nh3.Cleaner(
    tags=tags, clean_content_tags=_WHOLLY, attributes={tag: set(names) for tag, names in ALLOWED.items()},
    attribute_filter=_attribute, strip_comments=True, link_rel=None, url_schemes=set(),
) for tags in (set(ALLOWED), {*ALLOWED, "hr"}))  # fmt: skip


def clean(html: str) -> str:
    """The allowed part of ``html``, in one way of writing; never raises; ``clean(clean(x)) == clean(x)``.

    A picture without one of our names (``<sha256>.png``) leaves its alternative text, a block that is not on the list
    a paragraph (``blocks``), a style that raises letters or makes them bold an element (``looks``). Letters are
    composed (NFC), the edges are without blanks.
    """
    text = looks.worded(html.encode("utf-8", "replace").decode())
    for _ in range(_ROUNDS):
        once = _once(text)
        if once == text:
            return once
        text = once
    return entities.escape(" ".join(in_words.words(text).replace("\x00", "").split()), quote=False)


def _once(text: str) -> str:
    text = formulas.freed(unicodedata.normalize("NFC", text))
    if (marked := blocks.marked(text)) != text:
        text = blocks.apart(_CLEANER_WITH_RULES.clean(marked))
    cleaned: str = _CLEANER.clean(text)
    return _IMG.sub(_img, cleaned).strip(" \t\r\n\f")


def _img(found: re.Match[str]) -> str:
    given = dict(_ATTRIBUTE.findall(found[1]))
    if "src" not in given:
        words = entities.escape(entities.unescape(given.get("alt", "")), quote=False)
        before, after = _joins(found.string, found.start() - 1), _joins(found.string, found.end())
        return f"{' ' * before}{words}{' ' * after}" if words else " " * (before and after)
    given.setdefault("alt", "")
    listed = "".join(f' {name}="{given[name]}"' for name in ("src", "alt", "width", "height") if name in given)
    return f"<img{listed}>"


def _joins(html: str, at: int) -> bool:
    """Whether words would touch what stands at this place of a cleaned text: another word, or something inline."""
    at = html.rfind("<", 0, at) if html[at : at + 1] == ">" else at
    return at >= 0 and bool(_JOINED.match(html, at))


def images(html: str) -> list[tuple[str, str]]:
    """Name and alternative text of each picture of a cleaned text, in its order; a picture shown twice stands twice."""
    found = (dict(_ATTRIBUTE.findall(tag)) for tag in _IMG.findall(html))
    return [(given["src"], entities.unescape(given.get("alt", ""))) for given in found if "src" in given]


def with_addresses(html: str, address: Callable[[str], str]) -> str:
    """A cleaned text with the pictures' addresses in place of their names, as a page shows it."""

    def shown(found: re.Match[str]) -> str:
        given = dict(_ATTRIBUTE.findall(found[1]))
        source = entities.escape(address(given["src"])) if NAME.fullmatch(given.get("src", "")) else ""
        others = "".join(f' {name}="{value}"' for name, value in given.items() if name != "src")
        return f'<img src="{source}"{others}>' if source else ""

    return _IMG.sub(shown, html)


def plain(html: str) -> str:
    """The words of a rich text in lines, as papers, lists and searches have them; never raises.

    Pictures stand as their alternative text in brackets, small figures as such (H₂O, m²), formulas in one line
    (``(a)/(b)``, ``√(x)``), cells of a table apart by ``|``.
    """
    lines = (" ".join(line.split()) for line in in_words.words(clean(html)).split("\n"))
    return "\n".join(line.strip(" |") for line in lines if line.strip(" |"))


class Text(str):
    """A rich text: as a string its plain words, in a page its HTML (``__html__``: what Jinja writes without escaping).

    The only place where anything that people wrote becomes markup of a page. ``html`` is the text as it is kept, whose
    pictures are named and have no address yet.
    """

    __slots__ = ("html",)
    html: str

    def __new__(cls, html: str) -> Text:
        """From a text as ``clean`` left it, or as anybody wrote it: it is cleaned again."""
        cleaned = clean(html)
        made = super().__new__(cls, plain(cleaned))
        made.html = cleaned
        return made

    def __html__(self) -> str:
        return _SCROLLING.sub(r'\g<0> tabindex="0"', with_addresses(self.html, address))


def text(stored: str, is_rich: bool) -> str:
    """A stored text as a value to show: a ``Text`` where it is rich."""
    return Text(stored) if is_rich else stored


def image(name: str, alternative: str) -> str:
    """The HTML of a picture."""
    return f'<img src="{name}" alt="{entities.escape(alternative)}">'


def address(name: str) -> str:
    """Where a page finds the picture of this name."""
    return ADDRESS + name


def as_html(words: str) -> str:
    """Plain words as rich text: a paragraph for each block of lines."""
    blocks = re.split(r"\n\s*\n", words.strip())
    if len(blocks) == 1:
        return clean(entities.escape(words.strip(), quote=False).replace("\n", "<br>"))
    return clean("".join(f"<p>{entities.escape(block, quote=False)}</p>".replace("\n", "<br>") for block in blocks))
