"""Code slips: eight on an A4 page with lines to cut along. A slip bears a place, a seat and a code, never a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from core.pdf.blocks import Pair, draw_mark, line
from core.pdf.page import Paper, render_sheets
from core.pdf.style import BRAND, INK, INK_2, LINE_STRONG, PAGE_HEIGHT, PAGE_WIDTH, para, style
from core.pdf.text import SANS, SANS_BOLD, grouped, markup, printable, width
from testing_center.documents import wording

TITLE: Pair = ("Код жазылган баракчалар", "Листки с кодами")
CAPTION: Pair = ("Талапкердин шифри (коду)", "Шифр (код) кандидата")
NOTE: Pair = (
    "Шифрди эч кимге көрсөтпөңүз. Жоготсоңуз, каттоодон айтыңыз: ал жокко чыгарылып, жаңысы берилет.",
    "Никому не показывайте шифр. Если потеряете, сообщите на регистрации: его аннулируют и выдадут новый.",
)
SEAT, ROOM, SLIP = "орун / место: {}", "аудитория: {}", "баракча / листок № {}"

COLUMNS, ROWS = 2, 4
CELL_WIDTH, CELL_HEIGHT = PAGE_WIDTH / COLUMNS, PAGE_HEIGHT / ROWS
INSET = 8 * mm
INNER = CELL_WIDTH - 2 * INSET
CODE_SIZE, CODE_SPACE, CODE_GAP = 19.0, 1.1, 5.5
# Heights of the code's box and of its foot over the cut line: many printers leave 5 mm at the edge of a sheet.
BOX, BOX_FOOT = 13 * mm, 19 * mm
PLACE_SIZES = (8.4, 7.7, 7.0, 6.3, 5.6)


@dataclass(frozen=True)
class Slip:
    """What one candidate is handed: ``number`` is the slip's own (it stands in the envelope list), ``code`` digits."""

    number: str
    room: str
    seat: str
    code: str


@dataclass(frozen=True)
class Slips:
    """A print of slips for one sitting; moments are aware, ``time_zone`` an IANA name. Pairs are Kyrgyz, Russian."""

    organisation: Pair
    sitting: str
    place: Pair
    starts_at: datetime
    time_zone: str
    printed_at: datetime
    slips: Sequence[Slip]
    demo: bool = False


def draw(sheet: Slips) -> bytes:
    """Slips as a PDF, eight a page, in the order given; the same content gives the same bytes."""
    each = COLUMNS * ROWS
    pages = [sheet.slips[start : start + each] for start in range(0, len(sheet.slips), each)]
    paper = Paper(
        title=" / ".join(TITLE), number=sheet.sitting, author=sheet.organisation[0], made_at=sheet.printed_at,
    )  # fmt: skip
    return render_sheets(paper, [partial(_page, sheet=sheet, slips=slips) for slips in pages])


def _page(canvas: Canvas, *, sheet: Slips, slips: Sequence[Slip]) -> None:
    for index, slip in enumerate(slips):
        row, column = divmod(index, COLUMNS)
        canvas.saveState()
        canvas.translate(column * CELL_WIDTH + INSET, PAGE_HEIGHT - row * CELL_HEIGHT)
        _slip(canvas, sheet, slip)
        canvas.restoreState()
    canvas.saveState()
    canvas.setDash(3, 3)
    canvas.setStrokeColor(LINE_STRONG)
    canvas.setLineWidth(0.5)
    for column in range(1, COLUMNS):
        canvas.line(column * CELL_WIDTH, 0, column * CELL_WIDTH, PAGE_HEIGHT)
    for row in range(1, ROWS):
        canvas.line(0, row * CELL_HEIGHT, PAGE_WIDTH, row * CELL_HEIGHT)
    canvas.restoreState()


def _slip(canvas: Canvas, sheet: Slips, slip: Slip) -> None:
    """One slip; the origin is the upper left corner of what may be printed on."""
    head, box = -8 * mm, BOX_FOOT - CELL_HEIGHT
    if sheet.demo:
        canvas.setFillColor(BRAND)
        canvas.setFont(SANS_BOLD, 5.5)
        canvas.drawCentredString(INNER / 2, -5.8 * mm, printable(wording.DEMONSTRATION))
    draw_mark(canvas, 0, head - 9 * mm, 9 * mm)
    _stack(canvas, 12 * mm, head + 1, INNER - 12 * mm,
           [para(sheet.organisation[0], "slip-name"), para(sheet.organisation[1], "slip-name-2")])  # fmt: skip
    line(canvas, 0, head - 10.6 * mm, INNER, BRAND, 1.2)

    top = head - 12.6 * mm
    starts = wording.moment(sheet.starts_at, sheet.time_zone, seconds=False)
    _ends(canvas, top - 9, starts, SEAT.format(slip.seat), 11.5)
    _ends(canvas, top - 20.5, SLIP.format(slip.number), ROOM.format(slip.room), 8.4)
    _place(canvas, sheet.place, top - 24, box + BOX + 3)

    canvas.setStrokeColor(LINE_STRONG)
    canvas.setLineWidth(0.9)
    canvas.roundRect(0, box, INNER, BOX, 3)
    canvas.setFillColor(INK_2)
    canvas.setFont(SANS, 7.6)
    canvas.drawCentredString(INNER / 2, box + BOX - 9.5, printable(" / ".join(CAPTION)))
    _code(canvas, slip.code, box + 7.5)
    _stack(canvas, 0, box - 1.2 * mm, INNER, [para(NOTE[0], "slip-note"), para(NOTE[1], "slip-note-2")])


def _ends(canvas: Canvas, y: float, left: str, right: str, size: float) -> None:
    """One text at the left edge, one at the right; large ones are bold."""
    canvas.setFillColor(INK)
    canvas.setFont(SANS_BOLD if size > 10 else SANS, size)
    canvas.drawString(0, y, printable(left))
    canvas.drawRightString(INNER, y, printable(right))


def _place(canvas: Canvas, place: Pair, top: float, floor: float) -> None:
    """The place in both languages over the code's box, in the largest letters in which it fits."""
    for size in PLACE_SIZES:
        paragraphs = [
            Paragraph(markup(text), style(name).clone("place", fontSize=size, leading=size * 1.2))
            for text, name in zip(place, ("slip", "slip-2"), strict=True)
        ]
        if sum(paragraph.wrap(INNER, PAGE_HEIGHT)[1] for paragraph in paragraphs) <= top - floor:
            break
    _stack(canvas, 0, top, INNER, paragraphs)


def _code(canvas: Canvas, code: str, y: float) -> None:
    """Large digits of one width in groups of four; a real space between groups, so that the text can be searched."""
    groups = grouped(code).split(" ")
    digits = sum(width([group], SANS_BOLD, CODE_SIZE) + len(group) * CODE_SPACE for group in groups)
    space = width([" "], SANS_BOLD, CODE_SIZE) + CODE_GAP
    whole = digits + space * (len(groups) - 1) - CODE_SPACE
    text = canvas.beginText(INNER / 2 - whole / 2, y)
    text.setFont(SANS_BOLD, CODE_SIZE)
    text.setFillColor(INK)
    for index, group in enumerate(groups):
        if index:
            text.setCharSpace(CODE_GAP)
            text.textOut(" ")
        text.setCharSpace(CODE_SPACE)
        text.textOut(group)
    text.setCharSpace(0)
    canvas.drawText(text)


def _stack(canvas: Canvas, x: float, top: float, room: float, paragraphs: Sequence[Paragraph]) -> None:
    for paragraph in paragraphs:
        _, height = paragraph.wrap(room, PAGE_HEIGHT)
        top -= height
        paragraph.drawOn(canvas, x, top)
