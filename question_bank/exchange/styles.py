"""Inline styles of other programs: what of them says something, and what is look only.

Raised, lowered, underlined, bold and slanted letters become elements of the allow-list. A style that hides text,
strikes it out or writes other letters than stand there refuses the question; any other is look only: it is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.i18n import lazy_gettext as _l
from question_bank.exchange.reading import Refused

_DECLARATION = re.compile(r"\s*([a-z-]{1,40})\s*:\s*(.{0,200})", re.IGNORECASE | re.DOTALL)
_NOTHING = re.compile(r"normal|none|initial|inherit|unset|baseline|auto|left|start|visible|inline|block|ltr|400")
_BOLD = re.compile(r"bold|bolder|[6-9]00")
_APART = re.compile(
    r"display: (?:block|flow-root|flex|grid|list-item|table.*)|float: (?:left|right|inline-(?:start|end))"
    r"|position: (?:absolute|fixed)"
)
_ZERO = re.compile(r"0(?:\.0+)?(?:[a-z]{2,3}|%)?")
_CELLS = {"td", "th", "tr", "tbody", "thead", "tfoot", "table", "img"}  # vertical-align places them, it raises nothing
#: Classes of Moodle and of Bootstrap, on which it is built, whose words are not seen.
HIDING = {
    "d-none", "sr-only", "sr-only-focusable", "visually-hidden", "visually-hidden-focusable", "accesshide", "invisible",
    "hidden", "hide",
}  # fmt: skip
#: Elements around whose words another element can stand.
_OF_WORDS = {
    "span", "p", "li", "td", "th", "caption", "a", "font", "b", "strong", "i", "em", "u", "sub", "sup", "label",
    "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip


@dataclass(frozen=True)
class Style:
    """``tags`` stand for it around the words, the first outside; ``lost`` names what is left out.

    ``is_block``: the words stand apart from those beside them, whatever element it is.
    """

    tags: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    is_block: bool = False


def meant(tag: str, style: str) -> Style:
    """What the ``style`` attribute of an element says; raises Refused where the text would be another without it."""
    tags: list[str] = []
    lost: list[str] = []
    is_block = False
    for declaration in style.split(";"):
        found = _DECLARATION.fullmatch(declaration.replace("!important", ""))
        if found is None:
            continue
        name, value = found[1].lower(), " ".join(found[2].lower().split())
        if _changes(name, value, tag):
            raise Refused("style_not_shown", _not_shown(f"{name}: {value}"))
        is_block = is_block or bool(_APART.fullmatch(f"{name}: {value}"))
        element = _element(name, value, tag)
        if element and tag in _OF_WORDS:
            tags.append(element)
        elif element in {"sup", "sub"}:
            raise Refused("style_not_shown", _not_shown(f"{name}: {value}"))
        elif not _NOTHING.fullmatch(value):
            lost.append(name)
    return Style(tuple(dict.fromkeys(tags)), tuple(dict.fromkeys(lost)), is_block)


def check_direction(direction: str) -> None:
    """Raises Refused where ``dir`` says that a text runs from right to left: signs would change places."""
    if direction.strip().lower() == "rtl":
        raise Refused("style_not_shown", _not_shown("dir: rtl"))


def _changes(name: str, value: str, tag: str) -> bool:
    match name:
        case "display":
            return value == "none"
        case "visibility":
            return value in {"hidden", "collapse"}
        case "opacity" | "font-size":
            return bool(_ZERO.fullmatch(value))
        case "text-decoration" | "text-decoration-line":
            return "line-through" in value or "overline" in value
        case "text-transform":
            return value in {"uppercase", "lowercase", "capitalize"}
        case "vertical-align":  # raised by a length
            return tag not in _CELLS and value[:1] in "-+.0123456789" and not _ZERO.fullmatch(value)
        case "direction":
            return value == "rtl"
    return False


def _element(name: str, value: str, tag: str) -> str:
    match name:
        case "vertical-align" if tag not in _CELLS:
            return {"super": "sup", "sub": "sub"}.get(value, "")
        case "text-decoration" | "text-decoration-line":
            return "u" if "underline" in value else ""
        case "font-weight":
            return "b" if _BOLD.fullmatch(value) else ""
        case "font-style":
            return "i" if value in {"italic", "oblique"} else ""
    return ""


def _not_shown(what: str) -> object:
    return _l("A style hides or changes words, and the bank cannot keep it: %(style)s", style=what[:60])
