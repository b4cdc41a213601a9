"""The texts of a Moodle question: HTML of another program, its pictures, and the plain text where it is no more.

Every text becomes HTML first. A question whose texts have paragraphs and line breaks only is plain, any other is rich
as a whole. Pictures come from ``<file>`` elements beside the text (``@@PLUGINFILE@@/name``) or from ``data:``
addresses; one that is not in the file is refused, as nothing is ever fetched. Players, frames, fields, drawings,
links to files, text that is struck out or hidden are refused by name; other elements that the bank does not have leave
their words, with a warning. Spans of the multilang filter are read as language marks, inline styles as elements.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from core import markup
from core.i18n import lazy_gettext as _l
from question_bank.exchange.drafts import Medium
from question_bank.exchange.foreign_html import said
from question_bank.exchange.gift_text import Bilingual, from_html
from question_bank.exchange.languages import in_languages
from question_bank.exchange.reading import Finding, Given, Refused, clean_text

PLUGINFILE = "@@PLUGINFILE@@"
_LONGEST = 100_000  # characters of one text without its pictures; also bounds what a hostile one can cost

_FILE = re.compile(re.escape(PLUGINFILE) + r"(/[^\"'\s<>?#]*)(?:\?[^\"'\s<>]*)?")
_DATA = re.compile(r"data:image/[a-z+.-]{1,20};base64,([A-Za-z0-9+/=\s%]*)", re.IGNORECASE)
_ADDRESS_IN_WORDS = re.compile(r"@(?=@PLUGINFILE@@)|(?<=data):(?=image/)", re.IGNORECASE)
_IMG = re.compile(r"<img\b", re.IGNORECASE)
_SRC = re.compile(r"<img\b[^<>]{0,2000}?\bsrc\s*=\s*[\"']?([^\"'\s<>]*)", re.IGNORECASE)
_TAG = re.compile(r"<([a-z][a-z0-9:-]{0,30})", re.IGNORECASE)
_FORMATTED = re.compile(r"<(?!/?p>|br>)")

_NOT_SHOWN = {
    "video", "audio", "iframe", "object", "embed", "applet", "canvas", "svg", "select", "textarea", "input", "form",
    "button", "s", "strike", "del",
    "mfenced", "menclose", "maction", "mphantom", "mglyph", "mlongdiv", "mstack", "mlabeledtr",
}  # fmt: skip
_QUIET = {"span", "div", "o:p", "html", "body", "head", "meta", "tt", "link", "style", "lang"} | {
    "semantics", "annotation", "annotation-xml",  # the formula itself stands beside its annotation
}  # fmt: skip
# How the lines of a list are numbered.
_LIST = re.compile(r"<(ol|li)\b[^<>]{0,200}?\s(start|type|reversed|value)\b", re.IGNORECASE)
_FILE_LINK = re.compile(r"<a\b[^<>]{0,2000}?" + re.escape(PLUGINFILE) + r"/?([^\"'\s<>?#]*)", re.IGNORECASE)

_MARKDOWN = Finding(
    "markdown_kept", _l("The text is in Markdown: its signs are kept as they are written."), severity="warning"
)
_TEX = Finding(
    "tex_kept",
    _l("The text holds a formula in TeX, which is kept as it is written. Write it anew as a formula."),
    severity="warning",
)


@dataclass(frozen=True)
class Field:
    """One text as the file has it: its HTML, and the files beside it (base64) by path."""

    column: str
    html: str
    files: Mapping[str, str]
    is_markdown: bool = False


def as_field(column: str, text: str, text_format: str, files: Mapping[str, str], *, is_rich: bool) -> Field:
    """A text of one of Moodle's formats as HTML; ``is_rich`` where it is our own, which is HTML as it stands."""
    if is_rich or text_format == "html":
        return Field(column, text, files)
    if text_format in {"plain_text", "markdown", "wiki_like"}:
        plain = html.escape(text, quote=False).replace("\n", "<br>")
        return Field(column, plain, files, text_format != "plain_text")
    return Field(column, text.strip().replace("\n", "<br>"), files)


@dataclass(frozen=True)
class Texts:
    """The texts of a question in both languages, in the order of the fields."""

    texts: tuple[Bilingual, ...]
    is_rich: bool
    media: tuple[Medium, ...]
    findings: tuple[Finding, ...]


def read_texts(fields: Sequence[Field], given: Given, *, is_rich: bool) -> Texts:
    """All texts of a question together; ``is_rich`` where the file says so, else what they hold decides.

    Raises:
        Refused: a picture that is not in the file or is no picture; an element that cannot be shown here.
    """
    media: dict[str, Medium] = {}
    raw = [_with_media(field, media) for field in fields]
    findings = [finding for finding in (_MARKDOWN,) if any(field.is_markdown for field in fields)]
    for place, (field, text) in enumerate(zip(fields, raw, strict=True)):
        raw[place], said_of_it = taken(f"{field.column}_ky", text)
        findings += said_of_it
    pairs, marks = in_languages(raw, [field.column for field in fields], given, words=markup.plain)
    cleaned = [Bilingual(markup.clean(pair.ky), markup.clean(pair.ru)) for pair in pairs]
    is_rich = is_rich or any(_FORMATTED.search(text) for pair in cleaned for text in (pair.ky, pair.ru))
    if not is_rich:
        cleaned = [Bilingual(clean_text(from_html(pair.ky)), clean_text(from_html(pair.ru))) for pair in cleaned]
        return Texts(tuple(cleaned), False, (), _once([*findings, *marks]))
    shown = {name for pair in cleaned for text in (pair.ky, pair.ru) for name, _alt in markup.images(text)}
    kept = tuple(media[name] for name in sorted(shown & media.keys()))
    return Texts(tuple(cleaned), True, kept, _once([*findings, *marks]))


def _with_media(field: Field, media: dict[str, Medium]) -> str:
    """The HTML with the names of the pictures in place of their addresses; the pictures are put into ``media``."""

    def kept(content: str) -> str:
        try:
            found = markup.picture(base64.b64decode(content, validate=False))
        except (binascii.Error, ValueError) as error:
            raise Refused("picture_refused", markup.PictureRefused.message, column=f"{field.column}_ky") from error
        except markup.PictureRefused as refusal:
            raise Refused(refusal.code, refusal, column=f"{field.column}_ky") from refusal
        media[found.name] = Medium(found.name, found.media_type, found.content)
        return found.name

    def from_file(found: re.Match[str]) -> str:
        path = unquote(html.unescape(found.group(1)))
        if path not in field.files:
            raise Refused(
                "picture_missing",
                _l("A picture of the question is not in the file: %(name)s. Export it again.", name=path[1:60]),
                column=f"{field.column}_ky",
            )
        return kept(field.files[path])

    if linked := _FILE_LINK.search(field.html):
        raise Refused(
            "file_linked",
            _l(
                "The question links to a file, which the bank cannot keep: %(name)s. Put what it says into the text.",
                name=unquote(html.unescape(linked.group(1)))[:60],
            ),
            column=f"{field.column}_ky",
        )
    text = _DATA.sub(lambda found: kept(unquote(found.group(1))), field.html)
    text = _FILE.sub(from_file, text)
    if len(text) > _LONGEST:
        raise Refused("too_long", _l("The text is too long. Most characters allowed: %(count)s", count=_LONGEST))
    outside = len(_IMG.findall(text)) - sum(source in media for source in _SRC.findall(text))
    if outside > 0:
        addresses = [source for source in _SRC.findall(text) if source not in media]
        raise Refused(
            "picture_outside",
            _l(
                "A picture stands outside the file and is not fetched: %(address)s. Put it into the question itself "
                "and export again.",
                address=", ".join(addresses)[:80] or "<img>",
            ),
            column=f"{field.column}_ky",
        )
    return text


def taken(column: str, text: str) -> tuple[str, list[Finding]]:
    """HTML of another program as the cleaner may have it, and what the cleaner will leave out, in warnings.

    Raises:
        Refused: the text would be another one afterwards.
    """
    findings = [*_look(column, text)]
    try:
        read = said(text)
    except Refused as refusal:
        raise Refused(refusal.finding.code, refusal.finding.message, column=column) from refusal
    if read.lost:
        findings.append(_dropped(column, read.lost))
    return read.html, findings


def _look(column: str, text: str) -> Iterable[Finding]:
    """What of a text cannot come along; raises Refused where the question would not be the same without it."""
    tags = {tag.lower() for tag in _TAG.findall(text)}
    if unseen := sorted(tags & _NOT_SHOWN):
        raise Refused(
            "html_not_shown",
            _l("The question holds what the bank cannot show: %(what)s", what=", ".join(f"<{tag}>" for tag in unseen)),
            column=column,
        )
    blocks = {tag.lower() for tag in re.findall(r"\b(?:h[1-6]|blockquote|pre|center|section|article|address)\b", text)}
    dropped = sorted(tags - markup.ALLOWED.keys() - _QUIET - blocks)
    dropped += sorted({" ".join(found).lower() for found in _LIST.findall(text)})
    if dropped:
        yield _dropped(column, dropped)
    if ("\\(" in text and "\\)" in text) or text.count("$$") >= 2:
        yield _TEX


def _dropped(column: str, names: Iterable[str]) -> Finding:
    message = _l("Formatting is left out, the words are kept: %(tags)s", tags=", ".join(names)[:80])
    return Finding("formatting_dropped", message, column, "warning")


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each kind of finding once a question: the first."""
    return tuple({finding.code: finding for finding in reversed([*findings])}.values())[::-1]


def write_html(text: str, *, is_rich: bool) -> str:
    """One text in one language as HTML for Moodle; words that only look like the address of a file stay words."""
    if is_rich:
        return markup.with_addresses(_as_words(text), lambda name: f"{PLUGINFILE}/{name}")
    return _as_words(html.escape(text, quote=False)).replace("\n", "<br>")


def _as_words(text: str) -> str:
    """Written so that neither Moodle nor this reader takes it for the address of a file; it reads as the same words."""
    return _ADDRESS_IN_WORDS.sub(lambda found: f"&#{ord(found[0])};", text)
