"""The hand of the documents: colours, sizes and paragraph styles, after the design system."""

from __future__ import annotations

from functools import cache

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph

from core.pdf.text import SANS, SANS_BOLD, SERIF, SERIF_BOLD, markup, register

INK = HexColor(0x1D232B)
INK_2 = HexColor(0x535A65)
LINE = HexColor(0xDCD7CC)
LINE_STRONG = HexColor(0x7D766A)
SUNKEN = HexColor(0xF1EEE8)
BRAND = HexColor(0x76192A)
GOLD = HexColor(0xB98A2F)
ACTION = HexColor(0x1C4668)
WHITE = HexColor(0xFFFFFF)

PAGE_WIDTH, PAGE_HEIGHT = A4
# The left margin is wider: papers are filed.
LEFT, RIGHT, TOP, BOTTOM = 22 * mm, 16 * mm, 10 * mm, 13 * mm
BODY = PAGE_WIDTH - LEFT - RIGHT

# name: font, size and leading in points, colour
_STYLES: dict[str, tuple[str, float, float, Color]] = {
    "organisation": (SERIF_BOLD, 9, 11.2, INK),
    "department": (SANS, 7.4, 9.2, INK_2),
    "title": (SERIF_BOLD, 17, 20, INK),
    "title-2": (SERIF, 11, 14, INK_2),
    "number": (SANS_BOLD, 12, 15, INK),
    "section": (SANS_BOLD, 10, 12.5, INK),
    "section-2": (SANS, 8.4, 10.5, INK_2),
    "label": (SANS, 7.8, 9.4, INK_2),
    "label-2": (SANS, 7, 8.4, INK_2),
    "value": (SANS, 9.2, 11.2, INK),
    "value-2": (SANS, 8.2, 10, INK_2),
    "strong": (SANS_BOLD, 9.6, 11.6, INK),
    "name": (SANS_BOLD, 12.5, 15, INK),
    "body": (SANS, 8.4, 10.6, INK),
    "body-2": (SANS, 8.4, 10.6, INK_2),
    "note": (SANS, 7.6, 9.5, INK_2),
    "head": (SANS_BOLD, 7.8, 9.4, INK),
    "head-2": (SANS, 7.2, 8.8, INK_2),
    "cell": (SANS, 8.6, 10.4, INK),
    "cell-2": (SANS, 7.6, 9.2, INK_2),
    "slip": (SANS, 8.4, 10.2, INK),
    "slip-2": (SANS, 7.8, 9.4, INK_2),
    "slip-name": (SERIF_BOLD, 8.4, 10, INK),
    "slip-name-2": (SERIF, 7.4, 9, INK_2),
    "slip-note": (SANS, 7, 8.4, INK),
    "slip-note-2": (SANS, 7, 8.4, INK_2),
    "figure": (SERIF_BOLD, 15, 18, INK),
    "statement": (SERIF_BOLD, 14.5, 18, INK),
    "statement-2": (SERIF, 10.8, 13.6, INK_2),
}
_ALIGN = {"left": TA_LEFT, "right": TA_RIGHT, "center": TA_CENTER}


@cache
def style(name: str, align: str = "left") -> ParagraphStyle:
    """The paragraph style ``name``; ``align`` is left, right or center."""
    register()
    font, size, leading, colour = _STYLES[name]
    return ParagraphStyle(
        f"{name}-{align}", fontName=font, fontSize=size, leading=leading, textColor=colour, alignment=_ALIGN[align],
        splitLongWords=1, allowWidows=0, allowOrphans=0,
    )  # fmt: skip


def para(text: object, name: str = "value", align: str = "left") -> Paragraph:
    """Plain ``text`` as a paragraph in the style ``name``; it passes the filter and is never read as markup."""
    return Paragraph(markup(text), style(name, align))


def pair(texts: tuple[object, object], name: str = "value", align: str = "left") -> list[Paragraph]:
    """The same thing in two languages, the second under the first in the quieter style ``name-2``.

    One line if both are alike.
    """
    first, second = texts
    if str(first) == str(second):
        return [para(first, name, align)]
    return [para(first, name, align), para(second, f"{name}-2", align)]
