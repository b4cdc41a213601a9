"""A cleaned rich text in plain words: small figures, formulas on one line, cells of tables apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from core.formulas import MATH_TAGS

_NO_LINE = re.compile(r"0(?:\.0{1,4})?(?:px|pt|em)?|\.0{1,4}em")


@dataclass
class _Node:
    tag: str
    alt: str = ""
    line: str = ""  # how thick that of a fraction is
    children: list[_Node | str] = field(default_factory=list)


class _Tree(HTMLParser):
    """A cleaned text as a tree; every element in it but ``br`` and ``img`` is closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [_Node("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        node = _Node(tag, given.get("alt") or "", given.get("linethickness") or "")
        self.open[-1].children.append(node)
        if tag not in {"br", "img"}:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if len(self.open) > 1 and self.open[-1].tag == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def words(html: str) -> str:
    """The words of a cleaned text, a line for each block; blanks as they come. See ``core.markup.plain``."""
    tree = _Tree()
    tree.feed(html)
    tree.close()
    # From the leaves upwards without recursion: a text may be nested as deep as somebody likes.
    order, stack = [], [tree.open[0]]
    while stack:
        node = stack.pop()
        order.append(node)
        stack += [child for child in node.children if isinstance(child, _Node)]
    said: dict[int, str] = {}
    for node in reversed(order):
        parts = [child if isinstance(child, str) else said[id(child)] for child in node.children]
        said[id(node)] = _said(node, parts)
    return said[id(tree.open[0])]


_SMALL = {
    "sup": ("^", str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")),
    "sub": ("_", str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")),
}  # fmt: skip
_BLOCKS = {"p", "li", "ul", "ol", "table", "caption", "tr"}


def _said(node: _Node, parts: list[str]) -> str:
    whole = "".join(parts)
    if node.tag in MATH_TAGS:
        found = [part.strip() for part in parts if part.strip()]
        if node.tag == "mfrac" and len(found) == 2 and _NO_LINE.fullmatch(node.line):
            return f"({found[0]}¦{found[1]})"  # one above the other, nothing is divided: a binomial coefficient
        return _formula(node.tag, found)
    if node.tag == "img":
        return f"[{node.alt}]" if node.alt else ""
    if node.tag == "br":
        return "\n"
    if node.tag in _SMALL and whole.strip():
        return _small(node.tag, whole)
    if node.tag in {"td", "th"}:
        return " | " + whole.replace("\n", " ")
    return f"\n{whole}\n" if node.tag in _BLOCKS else whole


def _small(tag: str, text: str) -> str:
    sign, table = _SMALL[tag]
    small = text.strip().translate(table)
    return small if not any(letter in text for letter in small) else sign + _grouped(text.strip())


def _grouped(text: str) -> str:
    return text if text.isalnum() else f"({text})"


def _formula(tag: str, parts: list[str]) -> str:
    whole = " ".join(parts)
    match tag, parts:
        case "mfrac", [above, below]:
            return f"{_grouped(above)}/{_grouped(below)}"
        case "msup" | "mover", [base, above]:
            return base + _small("sup", above)
        case "msub" | "munder", [base, below]:
            return base + _small("sub", below)
        case "msubsup" | "munderover", [base, below, above]:
            return base + _small("sub", below) + _small("sup", above)
        case "msqrt", [_, *_]:
            return f"√({whole})"
        case "mroot", [base, degree]:
            return f"{_small('sup', degree)}√({base})"
        case "mtr", _:
            return whole + ";"
        case "mtable", _:
            return f"[{whole.rstrip(';')}]"
        case "mspace" | "mprescripts", _:
            return ""
    return whole
