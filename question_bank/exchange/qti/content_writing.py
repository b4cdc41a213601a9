"""Texts of the bank as content of QTI: plain text with line breaks, or the HTML of the allow-list as XML.

What QTI has in none of its versions is said otherwise: underlined text is a ``span`` of the class ``qti-underline``,
which 3.0 knows and 2.x shows plain. Pictures lie in ``media/`` beside the items.
"""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree.ElementTree import Element, SubElement

from question_bank.exchange.qti.names import MATHML
from question_bank.exchange.qti.nesting import nest

UNDERLINE = "qti-underline"
MEDIA = "media/"
_VOID = {"br", "img"}


def fill(parent: Element, text: str, *, is_rich: bool) -> Element:
    """Put a text into an empty element, and give that element."""
    if is_rich:
        builder = _Builder(parent)
        builder.feed(text)
        builder.close()
        nest(parent)
        return parent
    first, *lines = text.split("\n")
    parent.text = first
    for line in lines:
        SubElement(parent, "br").tail = line
    return parent


class _Builder(HTMLParser):
    """A cleaned text (``core.markup.clean``) as elements: every element in it but ``br`` and ``img`` is closed."""

    def __init__(self, parent: Element) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [parent]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "u":
            tag, given = "span", {"class": UNDERLINE}
        elif tag == "math":
            given = {"xmlns": MATHML, **given}
        elif tag == "img":
            given["src"] = f"../{MEDIA}{given.get('src', '')}"
        element = SubElement(self.open[-1], tag, given)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if len(self.open) > 1 and tag not in _VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        parent = self.open[-1]
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + data
        else:
            parent.text = (parent.text or "") + data
