"""Letters on paper: the four fonts of every document, and the one filter through which every string goes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONTS = Path(__file__).resolve().parent.parent / "fonts"

SANS, SANS_BOLD, SERIF, SERIF_BOLD = "PTSans", "PTSans-Bold", "PTSerif", "PTSerif-Bold"

FILES = {
    SANS: "PT_Sans-Web-Regular.ttf",
    SANS_BOLD: "PT_Sans-Web-Bold.ttf",
    SERIF: "PT_Serif-Web-Regular.ttf",
    SERIF_BOLD: "PT_Serif-Web-Bold.ttf",
}

# Each has a plain equal in the fonts. U+20C0 is in the fonts, but is drawn there as another country's sign.
_PLAIN = {
    0x0009: " ", 0x000A: " ", 0x000D: " ", 0x2028: " ", 0x2029: " ",
    0x2007: "\u00a0", 0x2009: "\u00a0", 0x202F: "\u00a0", 0x2060: None,
    0x2010: "-", 0x2012: "–", 0x2015: "—", 0x02BC: "’", 0x20C0: "сом",
}  # fmt: skip


# Small figures that the fonts lack stand after a sign, so that x⁴ does not become x4; chemistry needs none: C6H12O6.
_SMALL = {
    "^": ("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", "0123456789+−=()n"),
    "_": ("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", "0123456789+−=()"),
}  # fmt: skip
_RUNS = {sign: re.compile(f"[{small}]+") for sign, (small, _plain) in _SMALL.items()}
_COMPOUND, _ATOMS = re.compile("[A-Z][A-Za-z₀-₉]*"), re.compile("(?:[A-Z][a-z]?[₀-₉]*)+")
# Letters and signs of formulas, in words that are the same in Kyrgyz and in Russian, or in signs that the fonts have.
_SAID = {
    **dict(zip("αβγδεζηθικλνξορστυφχψω", str.split(
        "альфа бета гамма дельта эпсилон дзета эта тета йота каппа лямбда ню кси омикрон ро сигма тау ипсилон фи хи "
        "пси омега"
    ), strict=True)),
    "Σ": "сигма", "Φ": "фи", "Γ": "гамма", "Θ": "тета", "Λ": "лямбда", "Ψ": "пси",
    "→": "->", "←": "<-", "↔": "<->", "⇒": "=>", "⅓": "1/3", "⅔": "2/3", "⋅": "·", "∙": "·",
}  # fmt: skip


@cache
def register() -> frozenset[int]:
    """Make the fonts known to the engine, once in a process; the code points that all four can draw."""
    drawable: set[int] | None = None
    for name, file in FILES.items():
        font = TTFont(name, str(FONTS / file))
        pdfmetrics.registerFont(font)
        points = {int(point) for point in font.face.charToGlyph}
        drawable = points if drawable is None else drawable & points
    # No bold or italic by markup: a style names its font, so a family is its own bold.
    for name in FILES:
        pdfmetrics.registerFontFamily(name, normal=name, bold=name, italic=name, boldItalic=name)
    return frozenset(drawable or ())


def missing(text: str) -> list[str]:
    """The characters of ``text`` that :func:`printable` can only name, each once, in order of code point."""
    return sorted({char for char in _said(text) if _drawn(char).startswith("[U+")})


def printable(text: object) -> str:
    """``text`` in letters that the fonts have; nothing visible is dropped and nothing is drawn as an empty box.

    Narrow spaces become no-break spaces, line ends become spaces, invisible format characters go, and a character
    without a glyph is named by its code point: ``[U+1F600]``. Of formulas the small figures that the fonts lack stand
    after ``^`` and ``_``, Greek letters by their names in brackets: ``x^4``, ``[альфа]``.
    """
    return "".join(_drawn(char) for char in _said(str(text)))


def _said(text: str) -> str:
    """The text with what formulas need and the fonts lack, in letters and signs that they have."""
    text = unicodedata.normalize("NFC", text)
    if text.isascii():
        return text
    text = _COMPOUND.sub(lambda found: _compound(found[0]), text)
    for sign, run in _RUNS.items():
        text = run.sub(lambda found, sign=sign: _in_a_row(found[0], sign), text)  # type: ignore[misc]
    drawable = register()
    return "".join(_named(char) if char in _SAID and ord(char) not in drawable else char for char in text)


def _compound(letters: str) -> str:
    return letters.translate(_small_figures("_")) if _ATOMS.fullmatch(letters) else letters


def _named(char: str) -> str:
    said = _SAID[char]
    return f"[{said}]" if said.isalpha() else said


def _in_a_row(small: str, sign: str) -> str:
    if all(ord(char) in register() for char in small):
        return small
    plain = small.translate(_small_figures(sign))
    return sign + (plain if plain.isalnum() else f"({plain})")


@cache
def _small_figures(sign: str) -> dict[int, str]:
    return dict(zip(map(ord, _SMALL[sign][0]), _SMALL[sign][1], strict=True))


def markup(text: object) -> str:
    """``text``, filtered, for a paragraph: never read as markup; a numero sign keeps its number on its line."""
    return escape(printable(text)).replace("№ ", "№\u00a0")


def grouped(digits: str, size: int = 4) -> str:
    """``12345678`` as ``1234 5678``; spaces and hyphens in ``digits`` are ignored."""
    plain = digits.replace(" ", "").replace("-", "")
    return " ".join(plain[start : start + size] for start in range(0, len(plain), size))


def width(texts: Iterable[object], font: str, size: float) -> float:
    """Width in points of the widest of ``texts``."""
    register()
    return max((pdfmetrics.stringWidth(printable(text), font, size) for text in texts), default=0.0)


@cache
def _drawn(char: str) -> str:
    if ord(char) in _PLAIN:
        return _PLAIN[ord(char)] or ""
    kind = unicodedata.category(char)
    if kind in {"Cf", "Cc"}:  # direction marks and joiners could make a paper read differently from its content
        return ""
    if kind == "Zs":
        return "\u00a0" if char == "\u00a0" else " "
    if kind in {"Co", "Cn", "Cs"} or ord(char) not in register():
        return f"[U+{ord(char):04X}]"
    return char
