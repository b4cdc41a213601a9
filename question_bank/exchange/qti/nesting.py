"""Rich text nested as QTI allows it: HTML lets more stand in more places (schemas imsqti_v2p1, v2p2, asiv3p0).

Bold around paragraphs becomes paragraphs in bold; a list has entries only; a table has its caption first, one head, and
at least one body of rows with cells; a caption has no paragraphs, lists or tables. No word is lost by this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

INLINE = {"b", "strong", "i", "em", "span", "sub", "sup"}
_BLOCK = {"p", "ul", "ol", "table", "li", "td", "th", "tr", "tbody", "thead", "caption"}
_LISTS = {"ul", "ol"}
_NOTHING = {"ul", "ol", "table", "tbody", "thead", "tr"}  # no words of their own

Node = Element | str


def nest(parent: Element) -> None:
    """Put the content of an element in order, all the way down."""
    _set(parent, _flow(_nodes(parent)))


def _flow(nodes: Iterable[Node]) -> list[Node]:
    """Content in which no inline element has a block in it."""
    found: list[Node] = []
    for node in nodes:
        if isinstance(node, str):
            found.append(node)
        elif node.tag in INLINE and _has_block(node):
            found += _split(node)
        elif node.tag == "table":
            found += _table(node)
        elif node.tag in _LISTS:
            found.append(_list(node))
        elif node.tag == "li":  # outside of any list
            found.append(_list(_set(Element("ul"), [node])))
        elif node.tag == "math" or node.tag not in _BLOCK | INLINE:
            found.append(node)
        else:
            nest(node)
            found.append(node)
    return found


def _split(inline: Element) -> Iterator[Node]:
    """An inline element with blocks in it: the same element around what stands between them, and within each."""
    run: list[Node] = []
    for node in [*_flow(_nodes(inline)), None]:
        if node is not None and (isinstance(node, str) or node.tag not in _BLOCK):
            run.append(node)
            continue
        if any(not isinstance(one, str) or one.strip() for one in run):
            yield _around(inline, run)
        run = []
        if isinstance(node, Element):
            _within(node, inline)
            yield node


def _within(block: Element, inline: Element) -> None:
    """Put an inline element into a block, around its words."""
    nodes = _nodes(block)
    if block.tag in _NOTHING or any(isinstance(node, Element) and node.tag in _BLOCK for node in nodes):
        for node in nodes:
            if isinstance(node, Element) and node.tag in _BLOCK:
                _within(node, inline)
        if block.tag not in _NOTHING:
            _set(block, [_around(inline, [one]) if _is_words(one) else one for one in nodes])
    elif any(_is_words(node) for node in nodes):
        _set(block, [_around(inline, nodes)])


def _list(element: Element) -> Element:
    entries: list[Element] = []
    for node in _nodes(element):
        if isinstance(node, Element) and node.tag == "li":
            nest(node)
            entries.append(node)
        elif isinstance(node, Element) or node.strip():
            entries.append(_set(Element("li"), _flow([node])))
    return _set(element, entries)


def _table(element: Element) -> Iterator[Node]:
    """The table; nothing where it has no cell, and then the words of its caption."""
    captions = [one for one in element if one.tag == "caption"]
    heads = [part for one in element if one.tag == "thead" for part in _rows(one)]
    bodies = [part for one in element if one.tag == "tbody" for part in _rows(one)]
    for caption in captions:
        _set(caption, _line(_flow(_nodes(caption))))
    for part in heads[1:] if bodies else heads:
        part.tag = "tbody"
    if heads and not bodies:
        heads, bodies = [], heads
    if not bodies:
        for caption in captions:
            caption.tag = "p"
            yield caption
        return
    for caption in captions[1:]:
        caption.tag = "p"
        yield caption
    yield _set(element, [*captions[:1], *heads[:1], *heads[1:], *bodies])


def _rows(part: Element) -> Iterator[Element]:
    """A part of a table with its rows that have cells; nothing where none has."""
    rows = []
    for row in part:
        cells = [cell for cell in row if cell.tag in {"td", "th"}]
        for cell in cells:
            nest(cell)
        if cells:
            rows.append(_set(row, cells))
    if rows:
        yield _set(part, rows)


def _line(nodes: Iterable[Node]) -> list[Node]:
    """The words of blocks in lines."""
    found: list[Node] = []
    for node in nodes:
        if isinstance(node, str) or node.tag not in _BLOCK:
            found.append(node)
            continue
        if found:
            found.append(Element("br"))
        found += _line(_nodes(node))
    return found


def _is_words(node: Node) -> bool:
    return bool(node.strip()) if isinstance(node, str) else node.tag not in _BLOCK


def _has_block(element: Element) -> bool:
    return any(one.tag in _BLOCK for one in element.iter() if one is not element)


def _around(inline: Element, nodes: Iterable[Node]) -> Element:
    return _set(Element(inline.tag, dict(inline.attrib)), nodes)


def _nodes(element: Element) -> list[Node]:
    found: list[Node] = [element.text] if element.text else []
    for child in element:
        found.append(child)
        if child.tail:
            found.append(child.tail)
    return found


def _set(element: Element, nodes: Iterable[Node]) -> Element:
    wanted = list(nodes)
    for child in list(element):
        element.remove(child)
    element.text = None
    last: Element | None = None
    for node in wanted:
        if isinstance(node, Element):
            node.tail = None
            element.append(node)
            last = node
        elif last is None:
            element.text = (element.text or "") + node
        else:
            last.tail = (last.tail or "") + node
    return element
