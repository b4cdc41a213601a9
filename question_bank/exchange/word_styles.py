"""The styles of a Word document: which are headings, which number paragraphs, and how letters are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from question_bank.exchange.word_numbering import LEVELS, W, number, value

Manner = Callable[[str], Element | None]

_HEADING = re.compile(r"heading|title|заголовок|название|toc", re.IGNORECASE)
_DEEPEST = 20  # styles that are based on each other
_OFF = {"0", "false", "none", "off"}
_TOGGLES = {"b", "i", "caps", "smallCaps", "strike", "dstrike", "vanish"}


class Styles:
    """Styles: which are headings, which number their paragraphs, and how their letters are written."""

    def __init__(self, root: Element | None) -> None:
        self._styles = {} if root is None else {style.get(f"{W}styleId", ""): style for style in root.iter(f"{W}style")}
        self._all = None if root is None else root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        self._turned = None if root is None else root.find(f"{W}docDefaults/{W}pPrDefault/{W}pPr/{W}bidi")
        self._usual = "" if root is None else _usual(root)
        self._everywhere: frozenset[str] = frozenset()
        self._everywhere = self.marks(self.manner(None, ""))

    def is_heading(self, style: str) -> bool:
        """Whether paragraphs of the style are headings rather than text."""
        found = self._styles.get(style)
        return bool(_HEADING.search(value(found, "name", style) if found is not None else style))

    def letters(self, style: str, name: str) -> Element | None:
        """A property of the letters of a style (``vanish``), its own or of what it is based on."""
        for _ in range(_DEEPEST):
            found = self._styles.get(style)
            if found is None:
                break
            said = found.find(f"{W}rPr/{W}{name}")
            if said is not None:
                return said
            style = value(found, "basedOn")
        return None

    def manner(self, own: Element | None, style: str) -> Manner:
        """How letters in a paragraph of a style are written: a property of theirs, by its name.

        What they say themselves, else the style of the letters, else that of the paragraph, else what holds of the
        whole document. Of those that are on or off, two styles that both switch it on switch it off again, and what
        holds of the whole document stays (ISO/IEC 29500-1, 17.7.3).
        """
        of_letters, of_paragraph = value(own, "rStyle"), style or self._usual

        def said(name: str) -> Element | None:
            found = own.find(f"{W}{name}") if own is not None else None
            if found is not None:
                return found
            inner, outer = self.letters(of_letters, name), self.letters(of_paragraph, name)
            everywhere = self._all.find(f"{W}{name}") if self._all is not None else None
            if name not in _TOGGLES:
                return next((one for one in (inner, outer, everywhere) if one is not None), None)
            if is_on(everywhere):
                return everywhere
            return (inner if is_on(inner) else outer) if is_on(inner) != is_on(outer) else None

        return said

    def marks(self, said: Manner) -> frozenset[str]:
        """By what letters may be told from the others; what all letters of the document have tells nothing."""
        return frozenset(_marks(said)) - self._everywhere

    def is_turned(self, properties: Element | None, style: str) -> bool:
        """Whether a paragraph runs from right to left: by itself, else by its style, else as the whole document."""
        own, style = properties.find(f"{W}bidi") if properties is not None else None, style or self._usual
        for _ in range(_DEEPEST):
            found = self._styles.get(style)
            if own is not None or found is None:
                break
            own, style = found.find(f"{W}pPr/{W}bidi"), value(found, "basedOn")
        return is_on(own if own is not None else self._turned)

    def numbering_of(self, properties: Element | None, style: str) -> tuple[int, int]:
        """List and level of a paragraph: its own, else those of its style; list 0 is none."""
        own = properties.find(f"{W}numPr") if properties is not None else None
        level = value(own, "ilvl")
        for _ in range(_DEEPEST):
            if own is not None and value(own, "numId"):
                return number(value(own, "numId")), min(number(level or value(own, "ilvl")), LEVELS - 1)
            found = self._styles.get(style)
            if found is None:
                break
            inner = found.find(f"{W}pPr")
            own = inner.find(f"{W}numPr") if inner is not None else None
            style = value(found, "basedOn")
        return 0, 0


def _usual(root: Element) -> str:
    """The style of paragraphs that name none."""
    for style in root.iter(f"{W}style"):
        if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in {"1", "true", "on"}:
            return style.get(f"{W}styleId", "")
    return ""


def is_on(element: Element | None) -> bool:
    """Whether a property that is on or off is on."""
    return element is not None and element.get(f"{W}val", "1") not in _OFF


def _marks(said: Manner) -> Iterator[str]:
    if is_on(said("b")):
        yield "bold"
    if _value(said("u")) not in {"", "none"}:
        yield "underline"
    shade = said("shd")
    fill = shade.get(f"{W}fill", "auto") if shade is not None else "auto"
    if _value(said("highlight")) not in {"", "none", "white"} or fill.lower() not in {"auto", "ffffff"}:
        yield "highlight"
    if _value(said("color")).lower() not in {"", "auto", "000000"}:
        yield "colour"


def _value(element: Element | None) -> str:
    return "" if element is None else element.get(f"{W}val", "")
