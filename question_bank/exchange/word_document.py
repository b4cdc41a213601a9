"""A Word document (.docx) as lines of text with what the reader of questions has to know of each.

Read straight from the XML parts with our own reader (``xml.parse``), not with python-docx: that opens parts with
another parser, follows relationships, and knows nothing of the numbers that Word writes by itself (ISO/IEC 29500-1,
17.9), of tracked changes or of line breaks as lines, which are most of the work here. Nothing outside the document is
ever opened; deleted text, comments and field codes are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from core.i18n import lazy_gettext as _l
from question_bank.exchange.reading import Limits, Unreadable
from question_bank.exchange.word_lines import Line, Piece, Table
from question_bank.exchange.word_math import M, NotMath, mathml
from question_bank.exchange.word_numbering import Numbering
from question_bank.exchange.word_package import not_word, open_package
from question_bank.exchange.word_styles import Styles, is_on

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_V = "{urn:schemas-microsoft-com:vml}"
_LOST = "\ufffd"  # stands for a sign that cannot be read; the common rules refuse it as damaged text

_SKIPPED = {f"{W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "rPr", "pPr", "sectPr", "fldChar")}
# Fonts whose signs are others than their characters say: an "a" that is shown as α.
_SIGN_FONTS = re.compile(r"symbol|wingdings.*|webdings|mt extra|zapf ?dingbats", re.IGNORECASE)
_FROM_RIGHT = _l("text that runs from right to left")
# Fields that Word draws itself: no words of them stand in the document.
_DRAWN = re.compile(r"\s*(?:EQ|SYMBOL)\b", re.IGNORECASE)
_FIELD = _l("a formula or a sign that a field draws (EQ, SYMBOL)")
_OWN_SIGN = re.compile("[\ue000-\uf8ff]")


def as_line(table: Table) -> Line:
    """A table of data as one thing in a line of its own."""
    things = [_l("a table with merged cells")] * table.is_merged + [_FROM_RIGHT] * table.is_turned
    return Line((Piece(table=table), *(Piece(thing=thing) for thing in things)))


@dataclass
class Document:
    """The blocks of a document in their order, and the parts that its pictures are in."""

    blocks: list[Line | Table] = field(default_factory=list)
    parts: Mapping[str, bytes] = field(default_factory=dict)


def open_document(data: bytes, limits: Limits) -> Document:
    """The document; raises Unreadable where the file as a whole is refused."""
    package = open_package(data, limits)
    body = package.main.find(f"{W}body")
    if body is None:
        raise not_word()
    reader = _Reader(Styles(package.part("styles.xml")), Numbering(package.part("numbering.xml")), package.links)
    return Document(list(reader.blocks(body)), package.parts)


class _Reader:
    """Walks through the body once; the numbers of Word count on from paragraph to paragraph."""

    def __init__(self, styles: Styles, numbering: Numbering, links: Mapping[str, str]) -> None:
        self.styles = styles
        self.numbering = numbering
        self.links = links

    def blocks(self, parent: Element) -> Iterator[Line | Table]:
        for child in parent:
            if child.tag == f"{W}p":
                yield from self.lines(child)
            elif child.tag == f"{W}tbl":
                yield self.table(child)
            elif child.tag == f"{W}altChunk":
                raise Unreadable(
                    "foreign_part",
                    _l("The document holds another document in it, which is not opened. Copy its text in Word."),
                )
            elif child.tag == f"{_MC}AlternateContent":
                chosen = child.find(f"{_MC}Choice")
                yield from self.blocks(chosen if chosen is not None else child)
            elif child.tag not in _SKIPPED:
                yield from self.blocks(child)  # content controls, inserted text, custom XML

    def table(self, element: Element) -> Table:
        rows = []
        is_merged = False
        for row in _own(element, f"{W}tr"):
            cells = []
            for cell in _own(row, f"{W}tc"):
                is_merged = is_merged or _is_merged(cell.find(f"{W}tcPr"))
                found: list[Line] = []
                for block in self.blocks(cell):
                    if isinstance(block, Line):
                        found.append(block)
                    else:
                        found += [line for inner in block.rows for part in inner for line in part]
                cells.append(tuple(found))
            rows.append(tuple(cells))
        properties = element.find(f"{W}tblPr")
        is_turned = properties is not None and is_on(properties.find(f"{W}bidiVisual"))
        return Table(tuple(rows), is_merged, is_turned)

    def lines(self, paragraph: Element) -> Iterator[Line]:
        properties = paragraph.find(f"{W}pPr")
        style = _value(properties, "pStyle")
        listed = self.styles.numbering_of(properties, style)
        number = self.numbering.next(*listed)
        own = properties.find(f"{W}rPr") if properties is not None else None
        of_mark = self.styles.marks(self.styles.manner(own, style))
        line = Line(
            (),
            number.read,
            True,
            self.styles.is_heading(style),
            self.numbering.is_bullet(*listed),
            of_mark,
            number.shown,
        )
        pieces: list[Piece] = []
        found = self.pieces(paragraph, style)
        for piece in _turned(list(found)) if self.styles.is_turned(properties, style) else found:
            while "\n" in piece.text:
                before, _break, after = piece.text.partition("\n")
                yield replace(line, pieces=(*pieces, replace(piece, text=before)))
                line = replace(line, number="", is_first=False, is_bullet=False)
                pieces, piece = [], replace(piece, text=after)
            pieces.append(piece)
        yield replace(line, pieces=tuple(pieces))

    def pieces(self, parent: Element, style: str) -> Iterator[Piece]:
        """What stands in a paragraph of a style, from its runs, wherever they are."""
        for child in parent:
            if child.tag in _SKIPPED:
                continue
            if child.tag == f"{W}r":
                yield from self.run(child, style)
            elif child.tag == f"{M}oMathPara":
                yield from (_formula(one, is_block=True) for one in child.iter(f"{M}oMath"))
            elif child.tag.startswith(M):
                yield _formula(child)
            elif child.tag == f"{_MC}AlternateContent":
                chosen = child.find(f"{_MC}Choice")
                yield from self.pieces(chosen if chosen is not None else child, style)
            elif child.tag == f"{W}p":
                continue
            elif child.tag == f"{W}fldSimple" and _DRAWN.match(child.get(f"{W}instr", "")):
                yield Piece(thing=_FIELD)
            elif child.tag in {f"{W}bdo", f"{W}dir"} and child.get(f"{W}val") == "rtl":
                yield from _turned(list(self.pieces(child, style)))
            else:
                yield from self.pieces(child, style)  # links, content controls, inserted text, smart tags

    def run(self, run: Element, style: str) -> Iterator[Piece]:
        said = self.styles.manner(run.find(f"{W}rPr"), style)
        if is_on(said("vanish")):
            return
        raised = said("vertAlign")
        script = {"superscript": "sup", "subscript": "sub"}.get("" if raised is None else raised.get(f"{W}val", ""), "")
        base = Piece(script=script, marks=self.styles.marks(said))
        found = [piece for child in run for piece in self.content(child, base)]
        if is_on(said("caps")) or is_on(said("smallCaps")):
            found = [replace(piece, text=piece.text.upper()) for piece in found]  # as it is read in Word
        yield from found
        if text := "".join(piece.text for piece in found).strip():
            yield from (Piece(thing=thing) for thing in _not_taken(said, text))

    def content(self, child: Element, base: Piece) -> Iterator[Piece]:
        if child.tag == f"{W}t":
            yield replace(base, text=(child.text or "").replace("\n", " ").replace("\r", " "))
        elif child.tag in {f"{W}tab", f"{W}ptab"}:
            yield replace(base, text="\t")
        elif child.tag in {f"{W}br", f"{W}cr"}:
            yield replace(base, text="\n")
        elif child.tag == f"{W}noBreakHyphen":
            yield replace(base, text="-")
        elif child.tag == f"{W}instrText" and _DRAWN.match(child.text or ""):
            yield Piece(thing=_FIELD)
        elif child.tag == f"{W}sym":
            yield replace(base, text=_LOST)
        elif child.tag in {f"{W}drawing", f"{W}pict"}:
            yield self.picture(child)
        elif child.tag == f"{W}object":
            yield Piece(thing=_l("an object of another program"))
        elif child.tag in {f"{W}footnoteReference", f"{W}endnoteReference"}:
            yield Piece(thing=_l("a footnote: write its words into the question, or delete it"))
        elif child.tag == f"{_MC}AlternateContent":
            for inner in child.find(f"{_MC}Choice") or ():
                yield from self.content(inner, base)

    def picture(self, element: Element) -> Piece:
        blips = [*element.iter(f"{_A}blip"), *element.iter(f"{_V}imagedata")]
        if len(blips) != 1 or next(element.iter(f"{W}txbxContent"), None) is not None:
            return Piece(thing=_l("a drawing or a text box"))
        told = next(element.iter(f"{_WP}docPr"), None)
        alt = (told.get("descr") or told.get("title") or "") if told is not None else ""
        name = self.links.get(blips[0].get(f"{_R}embed") or blips[0].get(f"{_R}id") or "", "")
        if not name:
            return Piece(thing=_l("a picture from outside the document"))
        return Piece(picture=name, alt=" ".join(alt.split()))


def _own(parent: Element, tag: str) -> Iterator[Element]:
    """Rows of this table, cells of this row: not those of a table in a cell."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in {f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins"}:
            yield from _own(child, tag)


def _value(properties: Element | None, name: str) -> str:
    child = properties.find(f"{W}{name}") if properties is not None else None
    return child.get(f"{W}val", "") if child is not None else ""


def _is_merged(properties: Element | None) -> bool:
    if properties is None:
        return False
    over = any(properties.find(f"{W}{name}") is not None for name in ("vMerge", "hMerge"))
    return over or _value(properties, "gridSpan") not in {"", "1"}


def _not_taken(said: Callable[[str], Element | None], text: str) -> Iterator[object]:
    """How the letters of a run are written that the bank cannot keep and that says something."""
    if is_on(said("rtl")):
        yield _FROM_RIGHT
    if is_on(said("strike")) or is_on(said("dstrike")):
        yield _l("text that is struck out")
    position = said("position")
    if position is not None and position.get(f"{W}val", "0").strip("-+0") != "":
        yield _l("text that is raised or lowered by hand: make it superscript or subscript")
    fonts = said("rFonts")
    names = () if fonts is None else (fonts.get(f"{W}{name}", "") for name in ("ascii", "hAnsi", "cs"))
    if _OWN_SIGN.search(text) or any(_SIGN_FONTS.fullmatch(name.strip()) for name in names):
        yield _l("signs of a special font")


def _turned(pieces: list[Piece]) -> list[Piece]:
    """Pieces that Word shows from right to left: signs change places, ``5 − 3`` is seen as ``3 − 5``."""
    return [*pieces, Piece(thing=_FROM_RIGHT)] if any(piece.text.strip() or piece.math for piece in pieces) else pieces


def _formula(element: Element, *, is_block: bool = False) -> Piece:
    try:
        return Piece(math=mathml(element, is_block=is_block))
    except NotMath as refusal:
        return Piece(thing=_l("a formula that holds: %(what)s", what=str(refusal)))
