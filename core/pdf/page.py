"""Pages: running head and foot, numbers of pages, what a file says of itself, and the bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Table, TableStyle

from core.pdf.blocks import BARE, Mark, Pair, Rules, line
from core.pdf.style import BODY, BOTTOM, BRAND, INK_2, LEFT, LINE, PAGE_HEIGHT, PAGE_WIDTH, RIGHT, TOP, pair, para
from core.pdf.text import SANS, SANS_BOLD, printable, register, width

DrawPage = Callable[[Canvas], None]


@dataclass(frozen=True)
class Paper:
    """What a document says of itself: on each page and in the file's own record.

    ``made_at`` (aware) is the moment of the content, not of the drawing. ``band`` marks every page, e.g. as a sample.
    """

    title: str
    number: str
    author: str
    made_at: datetime
    foot: str = ""
    page: str = "{page} / {pages}"
    band: str = ""
    language: str = "ky"


def render(paper: Paper, story: Sequence[Any]) -> bytes:
    """The flowables of ``story`` on as many A4 pages as they need."""
    out = BytesIO()
    # The engine sets its own record after making the canvas, so it has to be told as well.
    document = BaseDocTemplate(out, pagesize=(PAGE_WIDTH, PAGE_HEIGHT), displayDocTitle=1, **_record(paper))
    body = PAGE_HEIGHT - BOTTOM
    bare = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
    head = TOP + (3 * mm if paper.band else 0)
    first = Frame(LEFT, BOTTOM, BODY, body - head, id="first", **bare)
    later = Frame(LEFT, BOTTOM, BODY, body - head - 10 * mm, id="later", **bare)
    document.addPageTemplates([
        PageTemplate("first", [first], autoNextPageTemplate="later"),
        PageTemplate("later", [later], onPage=lambda canvas, _: _running_head(canvas, paper, head)),
    ])  # fmt: skip
    document.build(list(story), canvasmaker=lambda file, **_: _Pages(file, paper))
    return out.getvalue()


def render_sheets(paper: Paper, sheets: Iterable[DrawPage]) -> bytes:
    """One A4 page for each function of ``sheets``, which draws it from edge to edge; no head, foot or band."""
    out = BytesIO()
    canvas = _Pages(out, paper, furniture=False)
    for draw in sheets:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def letterhead(left: Pair, right: Pair) -> list[Any]:
    """The institution in two languages (name, department) on either side of its mark, over the red and gold lines."""
    side, mark = (BODY - 20 * mm) / 2, 14 * mm

    def block(names: Pair) -> list[Any]:
        return [para(names[0], "organisation", "center"), para(names[1], "department", "center")]

    table = Table([[block(left), Mark(mark), block(right)]], colWidths=[side, 20 * mm, side])
    table.setStyle(TableStyle([
        *BARE, ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("ALIGN", (1, 0), (1, 0), "CENTER"),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
    ]))  # fmt: skip
    return [table, Rules()]


def heading(title: Pair, number: str, lines: Sequence[str] = ()) -> Table:
    """The title in two languages on the left; on the right the number and quieter lines under it."""
    right = [para(number, "number", "right"), *(para(text, "note", "right") for text in lines)]
    aside = max(width([number], SANS_BOLD, 12), width(lines, SANS, 7.6), 40 * mm) + 2
    aside = min(aside, BODY * 0.48)
    table = Table([[pair(title, "title"), right]], colWidths=[BODY - aside, aside])
    table.setStyle(TableStyle([*BARE, ("TOPPADDING", (1, 0), (1, 0), 4)]))
    return table


class _Pages(Canvas):  # type: ignore[misc]
    """A canvas that knows the number of pages before it writes the first, and takes no date from the machine."""

    def __init__(self, file: BytesIO, paper: Paper, *, furniture: bool = True) -> None:
        register()
        super().__init__(
            file, pagesize=(PAGE_WIDTH, PAGE_HEIGHT), invariant=1, pageCompression=1, lang=paper.language,
            initialFontName=SANS,
        )  # fmt: skip
        self._paper, self._furniture = paper, furniture
        self._waiting: list[dict[str, Any]] = []
        made = paper.made_at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
        self.setDateFormatter(lambda *_: made)
        record = _record(paper)
        self.setTitle(record["title"])
        self.setSubject(record["subject"])
        self.setAuthor(record["author"])
        self.setCreator(record["creator"])
        self.setViewerPreference("DisplayDocTitle", "true")

    def showPage(self) -> None:  # the engine's own name
        """Put the page aside until the number of pages is known."""
        self._waiting.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Finish every page and write the file."""
        for number, state in enumerate(self._waiting, start=1):
            self.__dict__.update(state)
            if self._furniture:
                _foot(self, self._paper, number, len(self._waiting))
            if self._furniture and self._paper.band:
                _band(self, self._paper.band)
            super().showPage()
        super().save()


def _record(paper: Paper) -> dict[str, str]:
    author = printable(paper.author)
    return {"title": printable(paper.title), "subject": printable(paper.number), "author": author, "creator": author}


def _running_head(canvas: Canvas, paper: Paper, top: float) -> None:
    y = PAGE_HEIGHT - top - 4 * mm
    canvas.setFillColor(INK_2)
    canvas.setFont(SANS, 8)
    canvas.drawString(LEFT, y, _shortened(paper.title, BODY - width([paper.number], SANS_BOLD, 8) - 12))
    canvas.setFont(SANS_BOLD, 8)
    canvas.drawRightString(PAGE_WIDTH - RIGHT, y, printable(paper.number))
    line(canvas, LEFT, y - 4, BODY, BRAND, 0.8)


def _shortened(text: str, room: float) -> str:
    """``text`` in one line of ``room`` points in the head's letters: without the last words where it is too long."""
    if width([text], SANS, 8) <= room:
        return printable(text)
    while width([f"{text} …"], SANS, 8) > room and " " in text:
        text = text.rpartition(" ")[0]
    return printable(f"{text} …")


def _foot(canvas: Canvas, paper: Paper, page: int, pages: int) -> None:
    y = 8.5 * mm
    line(canvas, LEFT, y + 9, BODY, LINE, 0.5)
    canvas.setFillColor(INK_2)
    canvas.setFont(SANS, 7.6)
    canvas.drawString(LEFT, y, printable(paper.foot or paper.number))
    canvas.drawRightString(PAGE_WIDTH - RIGHT, y, printable(paper.page.format(page=page, pages=pages)))


def _band(canvas: Canvas, text: str) -> None:
    room, y = width([text], SANS_BOLD, 8), PAGE_HEIGHT - 9 * mm
    canvas.setFont(SANS_BOLD, 8)
    canvas.setFillColor(BRAND)
    canvas.drawCentredString(PAGE_WIDTH / 2, y, printable(text))
    canvas.setStrokeColor(BRAND)
    canvas.setLineWidth(0.7)
    canvas.roundRect(PAGE_WIDTH / 2 - room / 2 - 10, y - 4.2, room + 20, 14.5, 2)
