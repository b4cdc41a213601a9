"""HTML of another program before it is cleaned: inline styles as elements, languages as marks.

The cleaner takes attributes away without a word. What they say is therefore read before it: styles (``styles``),
hidden elements, and the spans of Moodle's multilang filter (``<span lang="ru" class="multilang">``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

import nh3

from core import blocks, formulas, markup
from core.i18n import lazy_gettext as _l
from question_bank.exchange.reading import Refused
from question_bank.exchange.styles import HIDING, check_direction, meant

_SAYS = re.compile(
    rf"\b(?:style|multilang|{'|'.join(sorted(HIDING))})\b|\bdir\b(?!\s*=\s*[\"']?ltr)|<lang\b", re.IGNORECASE
)
_TAG = re.compile(r"<([a-z][a-z0-9-]{0,30})", re.IGNORECASE)
_VOID = {"br", "img", "hr", "wbr", "col", "input", "meta", "link", "source", "track", "embed", "area", "base", "param"}
# Never words: what the cleaner takes with its content has to go so here as well.
_NEVER = {"script", "style", "title", "template", "noscript", "xmp", "annotation", "annotation-xml"}
_INLINE = {"b", "strong", "i", "em", "u", "sub", "sup"}  # on the list, and no blocks
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})?", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """The HTML with what its attributes say as elements and marks; ``lost`` names the styles that are left out."""

    html: str
    lost: tuple[str, ...] = ()


def said(html: str) -> Said:
    """What the attributes say; a text without such attributes as it is. Raises Refused (``styles.meant``)."""
    if not _SAYS.search(html):
        return Said(html)
    # In one way of writing first, with every element closed: what is read here is what a browser would read.
    # A parser takes an end without a beginning away, and the boundary with it, and parts of formulas with their words.
    html = blocks.marked(formulas.freed(html))
    tags = {tag.lower() for tag in _TAG.findall(html)} - _NEVER
    rewriter = _Rewriter()
    kept = {tag: {*markup.ALLOWED.get(tag, ()), "style", "class", "lang", "hidden", "dir"} for tag in tags}
    rewriter.feed(
        nh3.clean(html, tags=tags, clean_content_tags=_NEVER, attributes=kept, link_rel=None, url_schemes=set())
    )
    rewriter.close()
    return Said("".join(rewriter.parts), tuple(dict.fromkeys(rewriter.lost)))


class _Rewriter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.lost: list[str] = []
        self._open: list[tuple[str, str]] = []  # tag, and what closes it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = set(given.get("class", "").lower().split())
        if "hidden" in given or classes & HIDING:
            raise Refused("style_not_shown", _l("The question holds hidden text. Show it or delete it."))
        check_direction(given.pop("dir", ""))
        style = meant(tag, given.pop("style", ""))
        self.lost += style.lost
        language = given.get("lang", "")
        if tag in {"span", "lang"} and (tag == "lang" or "multilang" in classes):
            if not _LANGUAGE.fullmatch(language):
                raise Refused("language_unclear", _l("A text is marked by language, and the mark names none."))
            before, after = "{mlang " + re.split("[-_]", language.lower())[0] + "}", "{mlang}"
        else:
            attributes = "".join(f' {name}="{escape(value)}"' for name, value in given.items())
            before, after = f"<{tag}{attributes}>", f"</{tag}>"
            if style.is_block and tag not in _VOID and (tag in _INLINE or tag not in markup.ALLOWED):
                before, after = f"<div>{before}", f"{after}</div>"
        self.parts += [before, *(f"<{one}>" for one in style.tags)]
        if tag not in _VOID:
            self._open.append((tag, "".join(f"</{one}>" for one in reversed(style.tags)) + after))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            self.parts.append(self._open.pop()[1])

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")
