"""The texts of GIFT: escapes, text formats, and two languages in one text.

While a question is parsed, every escaped character stands as a noncharacter (U+FDD0…), so that what is left of
``~ = # { }`` is syntax; ``restore`` turns them back. Noncharacters in the file itself become U+FFFD, which the common
rules refuse as damaged text.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Literal

from question_bank.exchange.foreign_html import said
from question_bank.exchange.reading import clean_text

TextFormat = Literal["moodle", "html", "plain", "markdown"]

_ESCAPES = {"\\": "\\", "~": "~", "=": "=", "#": "#", "{": "{", "}": "}", ":": ":", "n": "\n"}
_HELD = {escape: chr(0xFDD0 + index) for index, escape in enumerate(_ESCAPES)}
_RESTORED = {ord(held): _ESCAPES[escape] for escape, held in _HELD.items()}
_HELD_BREAK = _HELD["n"]
_NONCHARACTERS = re.compile(r"[\ufdd0-\ufdef]")
_ESCAPE = re.compile(r"\\([\\~=#{}:n])")
_BARE_MARK = re.compile(r"\{(\s*mlang[^{}]*)\}", re.IGNORECASE)

_FORMAT = re.compile(r"\s*\[(moodle|html|plain|markdown)\]")
_PARAGRAPH_BREAK = re.compile(r"</p>\s*<p(?:\s[^<>]*)?>", re.IGNORECASE)
_PARAGRAPH = re.compile(r"</?p(?:\s[^<>]*)?>", re.IGNORECASE)
_PARAGRAPH_ENDS = re.compile(r"(?:</?p(?:\s[^<>]*)?>[ \t\n]*)+", re.IGNORECASE)
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_WITH_ATTRIBUTES = re.compile(r"<p\s[^<>]*[a-z][^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)

_MARK = re.compile(r"\{\s*mlang([^{}]*)\}", re.IGNORECASE)
_OPEN_MARK = re.compile(r"\{\s*mlang", re.IGNORECASE)

_TO_ESCAPE = re.compile(r"[\\~=#{}:]")
_NEEDS_HTML = re.compile(r"[<>&]")


class HtmlFound(Exception):
    """A text has mark-up beyond paragraphs and line breaks; holds the first tag."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


@dataclass(frozen=True)
class Bilingual:
    """One text in both languages; ``faults`` names what is wrong with its marks.

    ``unmarked``: words without any mark; ``ky``, ``ru``: that language is missing; ``open``: a mark is not closed or
    closes nothing; ``other``: it also holds a language that the bank does not keep (a warning).
    """

    ky: str
    ru: str
    faults: tuple[str, ...] = ()


def hold(text: str) -> str:
    """Put escaped characters, and the braces of language marks left unescaped, out of the way of the syntax."""
    text = _NONCHARACTERS.sub("\ufffd", text)
    text = _ESCAPE.sub(lambda match: _HELD[match.group(1)], text)
    return _BARE_MARK.sub(lambda match: _HELD["{"] + match.group(1) + _HELD["}"], text)


def restore(text: str) -> str:
    """The characters themselves in place of what ``hold`` put there."""
    return text.translate(_RESTORED)


def split_format(held: str, default: TextFormat = "moodle") -> tuple[TextFormat, str]:
    """The text format that a prefix like ``[plain]`` names, and the text without the prefix."""
    match = _FORMAT.match(held)
    if match is None:
        return default, held
    name = match.group(1)
    chosen: TextFormat = "html" if name == "html" else "plain" if name == "plain" else "moodle"
    return ("markdown" if name == "markdown" else chosen), held[match.end() :]


def plain_text(held: str, text_format: TextFormat) -> str:
    """What the text says, without escapes and HTML; raises HtmlFound where mark-up would be lost."""
    if text_format == "html":
        return from_html(html_of(held))
    text = restore("\n".join(line.strip(" \t") for line in held.split("\n")))
    return without_tags(text) if text_format == "moodle" else text


def html_of(held: str) -> str:
    """The HTML that a text holds, without the escapes of GIFT."""
    return restore(held.replace(_HELD_BREAK, "\n"))


def from_html(text: str) -> str:
    """The plain text of HTML that has paragraphs and line breaks only; raises HtmlFound for the rest.

    A style of a paragraph that is look only (an indent) is left out; one that says something is as an element would
    be. Raises Refused where the style hides or changes words.
    """
    lines = (line.strip(" \t") for line in text.split("\n"))
    text = " ".join(line for line in lines if line)  # in HTML a line break is a space
    for tag in _WITH_ATTRIBUTES.findall(text):
        if _PARAGRAPH.sub("", said(tag).html):
            raise HtmlFound(tag)
    # Words beside a paragraph stand in a line of their own too, with or without a space in between.
    text = _PARAGRAPH_ENDS.sub("\n", _PARAGRAPH_BREAK.sub("\n", text)).strip("\n")
    lines = (line.strip(" \t") for line in text.split("\n"))
    return without_tags(_LINE_BREAK.sub("\n", "\n".join(lines)))


def without_tags(text: str) -> str:
    """Text in Moodle's own format: entities are read, mark-up raises HtmlFound."""
    if match := _TAG.search(text):
        raise HtmlFound(match.group(0))
    return _ENTITY.sub(lambda match: html.unescape(match.group(0)), text)


def bilingual(text: str) -> Bilingual:
    """Both languages of a text with marks; a text without words (``2 + 2 = ?``) needs no marks.

    What stands outside the marks belongs to both languages, as the multilang2 filter shows it.
    """
    pieces = _MARK.split(text)  # outside, mark, inside, mark, outside, …
    found: dict[str, list[str]] = {"ky": [], "ru": []}
    marked: set[str] = set()
    faults: set[str] = set()
    current: set[str] | None = None
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            for language in ("ky", "ru") if current is None else current & found.keys():
                found[language].append(piece)
            if _OPEN_MARK.search(piece):
                faults.add("open")
            continue
        languages = {name.strip().lower() for name in piece.split(",") if name.strip()}
        if bool(languages) == (current is not None):
            faults.add("open")
        if languages and not languages & found.keys():
            faults.add("other")
        marked |= languages
        current = languages or None
    if current is not None:
        faults.add("open")
    if not marked & found.keys():
        if any(character.isalpha() for character in text):
            faults.add("unmarked")
    else:
        faults |= found.keys() - marked
    return Bilingual(clean_text("".join(found["ky"])), clean_text("".join(found["ru"])), tuple(sorted(faults)))


def needs_html(*texts: str) -> bool:
    """True where a text holds a sign that Moodle would read as HTML."""
    return any(_NEEDS_HTML.search(text) for text in texts)


def in_html(text: str) -> str:
    """Plain text as HTML that reads the same."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def write_bilingual(ky: str, ru: str) -> str:
    """Both languages as one GIFT text on one line."""
    return escape(f"{{mlang ky}}{ky}{{mlang}}{{mlang ru}}{ru}{{mlang}}")


def escape(text: str) -> str:
    """Text with everything that GIFT would read as syntax escaped, on one line."""
    return _TO_ESCAPE.sub(r"\\\g<0>", text).replace("\n", "\\n")


def escape_comment(text: str) -> str:
    """The value of a comment line: one line, with no more escapes than that takes."""
    return text.replace("\\", "\\\\").replace("\n", "\\n")
