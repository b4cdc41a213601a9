"""Content of a QTI item as a text of the bank: the HTML of the allow-list, or plain where there is nothing but words.

Our own items are read letter by letter (``exact``); those of others as a browser shows them: runs of blanks are one
blank, blocks are paragraphs. What would be lost without a word is refused by name (sound, video, an outside picture);
formatting that the bank does not have is left out and named in a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from xml.etree.ElementTree import Element

from core import blocks, formulas, markup
from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import Medium
from question_bank.exchange.qti.content_writing import UNDERLINE
from question_bank.exchange.reading import Refused, clean_text
from question_bank.exchange.styles import HIDING, check_direction, meant

#: Elements that a question needs and the bank cannot keep: the question is refused.
LOST = {
    "object", "audio", "video", "iframe", "embed", "picture", "svg", "canvas", "printedVariable", "templateBlock",
    "templateInline", "customOperator", "infoControl", "other:include", "mediaInteraction", "s", "strike", "del",
}  # fmt: skip
#: Feedback: left out with a warning.
FEEDBACK = {"feedbackBlock", "feedbackInline", "modalFeedback"}
_SILENT = {"stylesheet", "other:apipAccessibility", "catalogInfo", "script", "style", "col", "colgroup", "prompt"}
_BLOCKS = {
    "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "address", "section", "article", "aside", "header",
    "footer", "figure", "figcaption", "nav", "dl", "dt", "dd", "rubricBlock", "contentBody", "details", "summary",
}  # fmt: skip
_WHOLE = {"p", "ul", "ol", "table"}  # stand as blocks of their own on the list
_TRIMMED = {"p", "li", "td", "th", "caption"}  # blanks at their edges are not shown
_NEUTRAL = _BLOCKS | {"span", "tfoot", "label", "bdo", "bdi", "abbr", "acronym", "cite", "dfn", "figure"}
_SPACE = re.compile(r"[ \t\r\n\f]+")
_PLAIN = re.compile(r"</?p>|<br>|[^<]+")
_BRACKETS = (("open", "("), ("close", ")"))
_HIDDEN = HIDING | {"qti-hidden", "qti-visually-hidden"}  # the latter are of QTI 3.0 itself
_RULE = "<hr>"  # the cleaner keeps its two sides apart
#: Where an interaction stands among words; it leaves a gap in them, and nothing at their end.
GAP = "\ufdd0"  # no character of any text: the rules refuse it as damaged


@dataclass
class Content:
    """Reads the contents of one item; ``picture`` gives the medium that a ``src`` names, or refuses."""

    picture: Callable[[str], Medium]
    exact: bool = False
    dropped: set[str] = field(default_factory=set)  # elements whose formatting is left out
    has_feedback: bool = False
    media: dict[str, Medium] = field(default_factory=dict)

    def html(self, elements: Iterable[Element | str]) -> str:
        """What these nodes hold, as cleaned HTML."""
        return markup.clean(self._flow(list(elements)))

    def inner(self, element: Element) -> str:
        """What an element holds, as cleaned HTML; of a single block around everything, what is in that."""
        found = nodes(element)
        if not self.exact:
            solid = [node for node in found if not isinstance(node, str) or node.strip()]
            if len(solid) == 1 and isinstance(solid[0], Element) and solid[0].tag in {"p", "div"}:
                return self.inner(solid[0])
        return self.html(found)

    def verbatim(self, element: Element) -> str | None:
        """The plain text of an element that we wrote; None where somebody has put more into it than line breaks."""
        if any(child.tag != "br" or len(child) or child.text for child in element):
            return None
        return (element.text or "") + "".join("\n" + (child.tail or "") for child in element)

    def _flow(self, held: list[Element | str]) -> str:
        """Nodes one after another; beside a block, loose words become paragraphs."""
        parts = [(node, self._node(node)) for node in held]
        if self.exact or not any(isinstance(node, Element) and self._is_block(node) for node, _said in parts):
            return "".join(said for _node, said in parts)
        found, loose = [], ""
        for node, said in parts:
            if isinstance(node, Element) and self._is_block(node):
                found += [_paragraph(loose), said]
                loose = ""
            else:
                loose += said
        return "".join([*found, _paragraph(loose)])

    def _is_block(self, element: Element) -> bool:
        return element.tag in _WHOLE or (not self.exact and element.tag in _BLOCKS)

    def _node(self, node: Element | str) -> str:
        if isinstance(node, str):
            return escape(node if self.exact else _SPACE.sub(" ", node), quote=False)
        tag = str(node.tag)
        if tag in LOST or tag.endswith("Interaction"):
            raise Refused("content_kind", _lost(tag))
        if tag in FEEDBACK:
            self.has_feedback = True
            return _RULE if tag == "feedbackBlock" else ""
        if tag in _SILENT or (tag == "rubricBlock" and "candidate" not in node.get("view", "candidate").split()):
            return ""
        if tag in {"gap:", "answers:"}:  # where the interaction stood
            return GAP if tag == "gap:" else "" if self.exact else _RULE
        if tag == "img":
            return self._img(node)
        if tag == "br":
            return "<br>"
        if tag == "hr":
            return _RULE
        check_direction(node.get("dir", ""))
        if "hidden" in node.attrib or _HIDDEN & set(node.get("class", "").split()):
            raise Refused("style_not_shown", _l("The question holds hidden text. Show it or delete it."))
        if tag == "math":
            return _math(node)
        inside = self._flow(nodes(node))
        if "style" in node.attrib:
            style = meant(tag, node.attrib["style"])
            self.dropped.update(style.lost)
            inside = (
                "".join(f"<{one}>" for one in style.tags)
                + inside
                + "".join(f"</{one}>" for one in reversed(style.tags))
            )
            if style.is_block and tag not in _WHOLE | _TRIMMED:
                inside = f"<div>{inside}</div>"
        if tag == "span" and UNDERLINE in node.get("class", "").split():
            return f"<u>{inside}</u>"
        if tag in _BLOCKS:
            return inside if any(self._is_block(child) for child in node) else _paragraph(inside)
        if tag not in markup.ALLOWED:
            if tag not in _NEUTRAL:
                self.dropped.add(tag.removeprefix("other:"))
            return f"<div>{inside}</div>" if tag.removeprefix("other:") in blocks.BLOCKS else inside
        if tag in {"ol", "li"}:
            self.dropped.update(
                f"{tag} {name}" for name in ("start", "type", "reversed", "value") if name in node.attrib
            )
        if not self.exact and tag in _TRIMMED:
            inside = inside.strip()
        return f"<{tag}{_attributes(node)}>{inside}</{tag}>"

    def _img(self, node: Element) -> str:
        medium = self.picture(node.get("src", ""))
        self.media[medium.name] = medium
        given = {
            "src": medium.name,
            "alt": node.get("alt", ""),
            **{side: node.get(side) for side in ("width", "height")},
        }
        return (
            "<img" + "".join(f' {name}="{escape(value)}"' for name, value in given.items() if value is not None) + ">"
        )


def _attributes(node: Element) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in node.attrib.items() if name.isalpha())


def _math(node: Element) -> str:
    """A formula: the annotations beside it go, brackets of ``mfenced`` are written out; of the rest each is known."""
    tag = str(node.tag).removeprefix("other:")
    if tag in {"annotation", "annotation-xml", "annotationXml"}:
        return ""
    if tag == "mfenced":
        return _fenced(node)
    inside = "".join(escape(one, quote=False) if isinstance(one, str) else _math(one) for one in nodes(node))
    if tag == "semantics":
        return f"<mrow>{inside}</mrow>"
    if tag not in formulas.MATH_TAGS:
        raise Refused("content_kind", _lost(tag))
    return f"<{tag}{_attributes(node)}>{inside}</{tag}>"


def _fenced(node: Element) -> str:
    """MathML 3, 3.3.8: the brackets around, the separators between; the last of them goes on."""
    separators = "".join(node.get("separators", ",").split())
    written = []
    for index, child in enumerate(one for one in node if _math(one)):
        if index and separators:
            written.append(f"<mo>{escape(separators[min(index, len(separators)) - 1], quote=False)}</mo>")
        written.append(_math(child))
    opening, closing = (escape(node.get(name, sign).strip(), quote=False) for name, sign in _BRACKETS)
    return f"<mrow><mo>{opening}</mo>{''.join(written)}<mo>{closing}</mo></mrow>".replace("<mo></mo>", "")


def is_plain(html: str) -> bool:
    """Whether a cleaned text has nothing but words, paragraphs and line breaks."""
    return _PLAIN.sub("", html) == ""


def plain(html: str) -> str:
    """Such a text without markup, in lines."""
    return clean_text(markup.plain(html))


def filled(html: str) -> str:
    """The text with the gap of its interaction as a line to write on, or without it where it stands at an end."""
    bare = re.sub(rf"(?:<p>)?\s*{GAP}\s*(?:</p>)?\s*\Z|\A\s*(?:<p>)?\s*{GAP}\s*</p>", "", html)
    return bare.replace(GAP, "____").strip()


def nodes(element: Element) -> list[Element | str]:
    found: list[Element | str] = [element.text] if element.text else []
    for child in element:
        found.append(child)
        if child.tail:
            found.append(child.tail)
    return found


def _paragraph(words: str) -> str:
    return f"<p>{words.strip()}</p>" if words.strip() else ""


def _lost(tag: str) -> object:
    return _l("The question holds something that the bank cannot keep. Element: %(name)s", name=tag[:60])
