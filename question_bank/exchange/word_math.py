"""Formulas of Word (OMML, ISO/IEC 29500-1, 22.1) as presentation MathML of the allow-list.

Taken are what school and office formulas are made of: fractions, powers and indices, roots, brackets, sums and
integrals, functions, limits, accents, bars and matrices. Any other construction refuses the question by its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from xml.etree.ElementTree import Element

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SIGNS = re.compile(r"([0-9]+(?:[.,][0-9]+)?)|([^\W\d_])|((?<=[^\W_])\s+(?=[^\W_]))|(\s+)|(.)", re.DOTALL)
_OFF = {"0", "false", "off", "none"}
_DEEPEST = 20  # elements of a formula one inside another
_LEFT_OUT = {f"{W}del", f"{W}moveFrom", f"{W}bookmarkStart", f"{W}bookmarkEnd", f"{W}proofErr"}
_CHANGED = ("strike", "dstrike", "caps", "smallCaps", "vertAlign", "position")


class NotMath(Exception):
    """A formula cannot be taken: the name of what it holds."""


def mathml(formula: Element, *, is_block: bool = False) -> str:
    """The ``math`` element of an ``oMath``; raises NotMath."""
    inner = _row(formula, 0)
    return f'<math display="block">{inner}</math>' if is_block else f"<math>{inner}</math>"


def _children(parent: Element) -> Iterator[Element]:
    for child in parent:
        if child.tag in {f"{W}ins", f"{W}moveTo"}:
            yield from _children(child)
        elif child.tag not in _LEFT_OUT and not child.tag.endswith("Pr"):
            yield child


def _row(parent: Element | None, depth: int) -> str:
    """Everything in an element, one after another."""
    if parent is None:
        return ""
    if depth > _DEEPEST:
        raise NotMath("…")
    return "".join(_one(child, depth + 1) for child in _children(parent))


def _part(parent: Element, name: str, depth: int) -> str:
    """A part of a construction as one element."""
    return f"<mrow>{_row(parent.find(M + name), depth)}</mrow>"


def _said(element: Element, name: str, default: str = "") -> str:
    """A property of a construction: ``m:fPr/m:type``."""
    for properties in element:
        if properties.tag.endswith("Pr"):
            found = properties.find(M + name)
            if found is not None:
                return found.get(f"{M}val", "on")
    return default


def _one(element: Element, depth: int) -> str:
    name = element.tag.removeprefix(M)
    make = _MADE.get(name) if element.tag.startswith(M) else None
    if make is None:
        raise NotMath(name.rpartition("}")[2][:30])
    return make(element, depth)


def _run(run: Element, _depth: int) -> str:
    letters = run.find(f"{W}rPr")
    if letters is not None:
        if _is_on(letters.find(f"{W}vanish")):
            return ""
        for name in _CHANGED:
            if _is_on(letters.find(W + name)):
                raise NotMath(name)
    text = "".join(part.text or "" for part in run.iter() if part.tag in {f"{M}t", f"{W}t"})
    if any(not part.tag.startswith(M) and part.tag not in {f"{W}rPr", f"{W}t"} for part in run):
        raise NotMath(next(part.tag.rpartition("}")[2] for part in run if not part.tag.startswith(M))[:30])
    if _said(run, "nor", "off") not in _OFF:
        return f"<mtext>{escape(text, quote=False)}</mtext>"
    upright = ' mathvariant="normal"' if _said(run, "sty") == "p" else ""
    return "".join(_sign(match, upright) for match in _SIGNS.finditer(text))


def _sign(match: re.Match[str], upright: str) -> str:
    number, letter, gap, blank, sign = match.groups()
    if number:
        return f"<mn>{number}</mn>"
    if letter:
        return f"<mi{upright}>{letter}</mi>"
    if gap:
        return '<mspace width="0.25em"></mspace>'  # as Word shows it between words: without it they would be one
    return "" if blank else f"<mo>{escape(sign, quote=False)}</mo>"


def _fraction(element: Element, depth: int) -> str:
    kind = _said(element, "type", "bar")
    parts = _part(element, "num", depth), _part(element, "den", depth)
    if kind in {"lin", "skw"}:
        return f"{parts[0]}<mo>/</mo>{parts[1]}"
    thickness = ' linethickness="0"' if kind == "noBar" else ""
    return f"<mfrac{thickness}>{parts[0]}{parts[1]}</mfrac>"


def _of(tag: str, *parts: str) -> Callable[[Element, int], str]:
    def make(element: Element, depth: int) -> str:
        return f"<{tag}>{''.join(_part(element, part, depth) for part in parts)}</{tag}>"

    return make


def _root(element: Element, depth: int) -> str:
    degree = _row(element.find(f"{M}deg"), depth)
    inner = _part(element, "e", depth)
    if not degree or _said(element, "degHide", "off") not in _OFF:
        return f"<msqrt>{inner}</msqrt>"
    return f"<mroot>{inner}<mrow>{degree}</mrow></mroot>"


def _brackets(element: Element, depth: int) -> str:
    opening, between, closing = (
        _said(element, "begChr", "("),
        _said(element, "sepChr", "|"),
        _said(element, "endChr", ")"),
    )
    inner = f"<mo>{escape(between, quote=False)}</mo>".join(
        f"<mrow>{_row(part, depth)}</mrow>" for part in element.findall(f"{M}e")
    )
    before, after = (f"<mo>{escape(sign, quote=False)}</mo>" if sign else "" for sign in (opening, closing))
    return f"<mrow>{before}{inner}{after}</mrow>"


def _sum(element: Element, depth: int) -> str:
    """Sums, products and integrals with their bounds."""
    base = f"<mo>{escape(_said(element, 'chr', '∫'), quote=False)}</mo>"
    under, over = (
        "" if _said(element, f"{name}Hide", "off") not in _OFF else _row(element.find(M + name), depth)
        for name in ("sub", "sup")
    )
    beside = _said(element, "limLoc", "subSup") == "subSup"
    names = ("msub", "msup", "msubsup") if beside else ("munder", "mover", "munderover")
    bounds = [f"<mrow>{bound}</mrow>" for bound in (under, over) if bound]
    tag = names[2] if len(bounds) == 2 else names[0] if under else names[1]
    return (f"<{tag}>{base}{''.join(bounds)}</{tag}>" if bounds else base) + _part(element, "e", depth)


def _function(element: Element, depth: int) -> str:
    """A function by its name: its letters are one word."""
    name = re.sub(r"</mi><mi[^<>]*>", "", _part(element, "fName", depth))
    return f"{name}<mo>&#8289;</mo>{_part(element, 'e', depth)}"


def _accent(element: Element, depth: int) -> str:
    sign = _said(element, "chr", "\u0302")
    return f'<mover accent="true">{_part(element, "e", depth)}<mo>{escape(sign, quote=False)}</mo></mover>'


def _bar(element: Element, depth: int) -> str:
    tag = "mover" if _said(element, "pos", "bot") == "top" else "munder"
    return f"<{tag}>{_part(element, 'e', depth)}<mo>{'‾' if tag == 'mover' else '_'}</mo></{tag}>"


def _group(element: Element, depth: int) -> str:
    tag = "mover" if _said(element, "pos", "bot") == "top" else "munder"
    return f"<{tag}>{_part(element, 'e', depth)}<mo>{escape(_said(element, 'chr', '⏟'), quote=False)}</mo></{tag}>"


def _matrix(element: Element, depth: int) -> str:
    rows = [
        "".join(f"<mtd>{_row(cell, depth)}</mtd>" for cell in row.findall(f"{M}e")) for row in element.findall(f"{M}mr")
    ]
    return f"<mtable>{''.join(f'<mtr>{row}</mtr>' for row in rows)}</mtable>"


def _lines(element: Element, depth: int) -> str:
    rows = "".join(f"<mtr><mtd>{_row(line, depth)}</mtd></mtr>" for line in element.findall(f"{M}e"))
    return f"<mtable>{rows}</mtable>"


def _before(element: Element, depth: int) -> str:
    inner, under, over = (_part(element, name, depth) for name in ("e", "sub", "sup"))
    return f"<mmultiscripts>{inner}<mprescripts></mprescripts>{under}{over}</mmultiscripts>"


def _inner(element: Element, depth: int) -> str:
    return _part(element, "e", depth)


def _is_on(element: Element | None) -> bool:
    return element is not None and element.get(f"{W}val", "1") not in {*_OFF, "baseline"}


_MADE: dict[str, Callable[[Element, int], str]] = {
    "r": _run,
    "f": _fraction,
    "sSup": _of("msup", "e", "sup"),
    "sSub": _of("msub", "e", "sub"),
    "sSubSup": _of("msubsup", "e", "sub", "sup"),
    "sPre": _before,
    "rad": _root,
    "d": _brackets,
    "nary": _sum,
    "func": _function,
    "limLow": _of("munder", "e", "lim"),
    "limUpp": _of("mover", "e", "lim"),
    "acc": _accent,
    "bar": _bar,
    "groupChr": _group,
    "m": _matrix,
    "eqArr": _lines,
    "box": _inner,
    "oMath": lambda element, depth: _row(element, depth),
}
