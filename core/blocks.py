"""Where one block of a page ends and the next begins, said by what the allow-list has: paragraphs and line breaks.

A cleaner that takes an element away leaves its words. Of a block that would join them to the words beside it: of
``<div>5</div><div>3</div>`` it would make 53. ``marked`` therefore puts a rule (``<hr>``) before each opening and each
closing of a block that is not on the list, and ``apart``, once a parser has put everything in order, a paragraph or a
line break in place of the rules. Neither is a safeguard: what they give is cleaned after them.
"""

from __future__ import annotations

import re
from functools import cache

#: Elements that stand as blocks of their own, or as if they did, and are not on the list.
BLOCKS = frozenset(
    str.split(
        "address article aside blockquote body button center dd details dialog dir div dl dt fieldset figcaption "
        "figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html label legend listing main marquee menu "
        "multicol nav optgroup option output pre rb rp rt rtc search section summary tfoot"
    )
)
# Parts of tables without a table around them, and ends of lists and tables that have no beginning: a parser takes them
# away as well.
_CELLS = "caption|tbody|td|tfoot|th|thead|tr"
_ENDS = re.compile(r"<(/?)(li|ol|table|ul)(?=[\s/>])", re.IGNORECASE)
PICTURE = r"<img\b[^<>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^<>\"']*){0,20}>"  # its words may look like elements
# In a table, but in no cell of it: a parser moves it before the table, to what stands there.
_MOVED = (
    r"<(?:table|/?(?:tbody|thead|tfoot|tr)|/(?:td|th|caption))(?=[\s/>])[^<>]*>"
    r"(?=\s*(?:[^\s<]|<(?!/?(?:caption|col|colgroup|table|tbody|td|tfoot|th|thead|tr)[\s/>]|!)))"
)
_NAMES = "|".join(sorted(BLOCKS - {"tfoot"}, key=len, reverse=True))
_TOKEN = re.compile(r"(<[^<>\"]*(?:\"[^\"]*\"[^<>\"]*)*>)")
_TAG = re.compile(r"<(/?)([a-z0-9]+)")
_SET_APART = {"ul", "ol", "li", "table", "caption", "thead", "tbody", "tr", "td", "th"}  # by themselves


def marked(html: str) -> str:
    """``html`` with a rule before every opening and closing of a block that the list does not have.

    A text that is cleaned has none, and comes back as it is.
    """
    return _boundary(*_strays(html)).sub(_ruled, html)


def _ruled(found: re.Match[str]) -> str:
    return found[1] or (f"{found[2]}<hr>" if found[2] else "<hr><")


@cache
def _boundary(ends: str, has_table: bool) -> re.Pattern[str]:
    names, moved = (_NAMES, _MOVED) if has_table else (f"{_NAMES}|{_CELLS}", "(?!)")
    return re.compile(rf"({PICTURE})|({moved})|<(?=/?(?:{names})[\s/>]|/(?:{ends or '!'})[\s/>])", re.IGNORECASE)


def _strays(html: str) -> tuple[str, bool]:
    """The names, as a pattern, of which an end stands before its beginning; and whether there is a table."""
    depths = dict.fromkeys(("li", "ol", "table", "ul"), 0)
    ends = set()
    has_table = False
    for closes, name in _ENDS.findall(html):
        depths[name.lower()] += -1 if closes else 1
        has_table = has_table or (not closes and name.lower() == "table")
        if depths[name.lower()] < 0:
            ends.add(name.lower())
    return "|".join(sorted(ends)), has_table


def apart(html: str) -> str:
    """The allowed HTML with rules, as a parser has written it, without the rules: their sides are apart nevertheless.

    Between blocks that stand in nothing else words become paragraphs, in anything else a line break parts them.
    Paragraphs are taken as rules are: one in another, or one without words, does not come about.
    """
    return "".join(_Apart().read(html))


class _Apart:
    def __init__(self) -> None:
        self.parts: list[str] = []
        self.open: list[str] = []  # elements, without paragraphs
        self.in_paragraph = False
        self.is_parted = False  # a boundary stands before what comes next
        self.is_fresh = True  # nothing that could be joined stands before what comes next

    def read(self, html: str) -> list[str]:
        for token in _TOKEN.split(html):
            found = _TAG.match(token)
            if found is None:
                self._words(token)
            elif found[2] in {"p", "hr"}:
                self.is_parted = True
                if not self.open:
                    self._close()
            elif found[2] in _SET_APART:
                self._block(token, found[2], bool(found[1]))
            elif found[1]:
                self._leave(found[2])
                self.parts.append(token)
            else:
                self._inline(token, found[2])
        self._close()
        return self.parts

    def _words(self, text: str) -> None:
        if text.strip():
            self._begin()
        self.parts.append(text)

    def _inline(self, token: str, tag: str) -> None:
        if tag == "br":
            if self.is_parted and not self.open:
                return  # what comes next begins a paragraph
            self.is_parted, self.is_fresh = False, True
        elif tag == "img":
            self._begin()
        elif self.is_parted and not self.open:
            self._begin()
            self.is_fresh = True
        self.parts.append(token)
        if tag not in {"br", "img"}:
            self.open.append(tag)

    def _begin(self) -> None:
        """Something that is read comes next."""
        if self.is_parted and not self.open:
            self._close()
            self.parts.append("<p>")
            self.in_paragraph = True
        elif self.is_parted and not self.is_fresh:
            self.parts.append("<br>")
        self.is_parted = self.is_fresh = False

    def _block(self, token: str, tag: str, is_closed: bool) -> None:
        if not self.open:
            self._close()
        self.in_paragraph = False  # a block in something inline ends it: the parser does
        if is_closed:
            self._leave(tag)
        else:
            self.open.append(tag)
        self.parts.append(token)
        self.is_parted, self.is_fresh = False, True

    def _leave(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def _close(self) -> None:
        if self.in_paragraph:
            self.parts.append("</p>")
        self.in_paragraph = False
