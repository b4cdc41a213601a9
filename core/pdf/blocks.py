"""What a page is built of: facts, tables, digests, QR codes, scales, lines to sign on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import segno
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Table, TableStyle

from core.pdf.style import ACTION, BODY, BRAND, GOLD, INK, INK_2, LINE, LINE_STRONG, SUNKEN, WHITE, pair, para, style
from core.pdf.text import SANS, grouped, printable, width

Pair = tuple[str, str]
_ALL = ((0, 0), (-1, -1))
# How every table begins. Its font is named even for empty cells: else the engine asks for one the file does not carry.
BARE: list[tuple[Any, ...]] = [
    ("LEFTPADDING", *_ALL, 0), ("RIGHTPADDING", *_ALL, 0), ("TOPPADDING", *_ALL, 0), ("BOTTOMPADDING", *_ALL, 0),
    ("VALIGN", *_ALL, "TOP"), ("FONTNAME", *_ALL, SANS),
]  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """One labelled value; ``value`` is text, a pair of languages or flowables. Narrow ones stand two in a row."""

    label: Pair
    value: Any
    style: str = "value"
    wide: bool = False


@dataclass(frozen=True)
class Column:
    """A column of :func:`grid`: its heading in two languages, its width in points (None: what is left)."""

    head: Pair
    width: float | None = None
    align: str = "left"


class Rules(Flowable):  # type: ignore[misc]
    """The institution's line: deep red, and a thin gold one under it."""

    def __init__(self, length: float = BODY) -> None:
        super().__init__()
        self.width, self.height = length, 2.4

    def draw(self) -> None:
        """Draw both lines."""
        line(self.canv, 0, 1.6, self.width, BRAND, 1.5)
        line(self.canv, 0, 0, self.width, GOLD, 0.6)


class Mark(Flowable):  # type: ignore[misc]
    """The round mark of the masthead (not a state emblem), ``size`` points across."""

    def __init__(self, size: float) -> None:
        super().__init__()
        self.width = self.height = size

    def draw(self) -> None:
        """Draw the mark with its lower left corner at the origin."""
        draw_mark(self.canv, 0, 0, self.width)


class Digest(Flowable):  # type: ignore[misc]
    """A hexadecimal digest in groups of four, in capitals, eight groups a line, each group in its own place."""

    GROUPS, SIZE, LEADING, STEP = 8, 8.2, 10.8, 25.0
    WIDTH = GROUPS * STEP + STEP / 4

    def __init__(self, digits: str) -> None:
        super().__init__()
        self.groups = grouped(digits).upper().split(" ")
        lines = -(-len(self.groups) // self.GROUPS)
        self.width = self.WIDTH
        self.height = lines * self.LEADING

    def draw(self) -> None:
        """Draw line by line; the gap after the fourth group is wider."""
        text = self.canv.beginText()
        text.setFont(SANS, self.SIZE)
        text.setFillColor(INK)
        for index, group in enumerate(self.groups):
            row, column = divmod(index, self.GROUPS)
            gap = self.STEP / 4 if column >= self.GROUPS // 2 else 0
            text.setTextOrigin(column * self.STEP + gap, self.height - row * self.LEADING - self.SIZE)
            text.textOut(group + " ")
        self.canv.drawText(text)


class QRCode(Flowable):  # type: ignore[misc]
    """``data`` as a QR code of vectors, ``size`` points across with its quiet zone, error correction M."""

    def __init__(self, data: str, size: float) -> None:
        super().__init__()
        self.matrix = [list(row) for row in segno.make(data, error="m", micro=False).matrix_iter(border=4)]
        self.width = self.height = size

    def draw(self) -> None:
        """Draw each run of dark modules as one rectangle, all in one path, so that no seams show."""
        module = self.width / len(self.matrix)
        path = self.canv.beginPath()
        for y, row in enumerate(self.matrix):
            x = 0
            while x < len(row):
                run = 0
                while x + run < len(row) and row[x + run]:
                    run += 1
                if run:
                    path.rect(x * module, self.height - (y + 1) * module, run * module, module)
                x += run or 1
        self.canv.setFillColor(INK)
        self.canv.drawPath(path, stroke=0, fill=1)


class Scale(Flowable):  # type: ignore[misc]
    """A bar from 0 to ``top`` filled to ``value``, a mark at ``threshold`` (none at 0); the figures stand under it."""

    def __init__(self, value: int, threshold: int, top: int, length: float) -> None:
        super().__init__()
        self.value, self.threshold, self.top = value, threshold, top
        self.width, self.height = length, 21

    def draw(self) -> None:
        """Draw the bar, the mark and the three figures."""
        canvas, bar, base = self.canv, 6.0, 12.0
        unit = self.width / max(self.top, 1)
        canvas.setLineWidth(0.6)
        canvas.setStrokeColor(LINE_STRONG)
        canvas.setFillColor(SUNKEN)
        canvas.rect(0, base, self.width, bar, stroke=1, fill=1)
        canvas.setFillColor(ACTION)
        canvas.rect(0, base, self.value * unit, bar, stroke=0, fill=1)
        at = self.threshold * unit
        if self.threshold:
            canvas.setFillColor(WHITE)
            canvas.rect(at - 1.7, base - 3, 3.4, bar + 6, stroke=0, fill=1)
            canvas.setFillColor(BRAND)
            canvas.rect(at - 0.8, base - 3, 1.6, bar + 6, stroke=0, fill=1)
        canvas.setFillColor(INK_2)
        canvas.setFont(SANS, 7.6)
        canvas.drawString(0, 0, "0")
        canvas.drawRightString(self.width, 0, str(self.top))
        room = width([self.threshold], SANS, 7.6)
        if 8 + room < at < self.width - 12 - room:
            canvas.setFillColor(INK)
            canvas.drawCentredString(at, 0, str(self.threshold))


def facts(rows: Sequence[Fact], labels: float = 35 * mm) -> Table:
    """Labels and values on thin lines: a wide fact takes the whole width, narrow ones stand two in a row."""
    half = BODY / 2
    data: list[list[Any]] = []
    spans: list[tuple[Any, ...]] = []
    for fact in rows:
        cells = [_label(fact.label), _value(fact.value, fact.style)]
        if fact.wide or not data or len(data[-1]) == 4:
            data.append(cells)
        else:
            data[-1] += cells
        if fact.wide:
            spans.append(("SPAN", (1, len(data) - 1), (3, len(data) - 1)))
            data[-1] += ["", ""]
    data = [row if len(row) == 4 else [*row, "", ""] for row in data]
    table = Table(data, colWidths=[labels, half - labels, labels, half - labels])
    table.setStyle(TableStyle([
        *BARE, *spans, ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("RIGHTPADDING", (0, 0), (-1, -1), 8), ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
    ]))  # fmt: skip
    return table


def grid(
    columns: Sequence[Column], rows: Sequence[Sequence[Any]], *, length: float = BODY, row_height: float | None = None
) -> Table:
    """Rows under a heading that is repeated on every page.

    Strings and numbers keep to one line, a pair of strings is a cell in two languages, flowables wrap.
    ``row_height`` in points leaves room to write by hand; a row that needs more is not possible then.
    """
    left = length - sum(column.width or 0 for column in columns)
    widths = [left if column.width is None else column.width for column in columns]
    head = [pair(column.head, "head", column.align) for column in columns]
    body = [[_cell(cell, column.align) for cell, column in zip(row, columns, strict=True)] for row in rows]
    table = Table([head, *body], colWidths=widths, rowHeights=[None, *[row_height] * len(body)], repeatRows=1)
    cell = style("cell")
    middle = "MIDDLE" if row_height else "TOP"
    look: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), cell.fontName, cell.fontSize, cell.leading), ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("BACKGROUND", (0, 0), (-1, 0), SUNKEN),
        ("VALIGN", (0, 0), (-1, 0), "TOP"), ("VALIGN", (0, 1), (-1, -1), middle),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, LINE_STRONG), ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 4), ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 1.8), ("BOTTOMPADDING", (0, 0), (-1, -1), 2.4),
    ]  # fmt: skip
    look += [("ALIGN", (i, 0), (i, -1), column.align.upper()) for i, column in enumerate(columns)]
    table.setStyle(TableStyle(look))
    return table


def figures(values: Sequence[tuple[Pair, int]]) -> Table:
    """Counts side by side: a large figure over its label."""
    cells = [[para(value, "figure"), *pair(label, "label")] for label, value in values]
    table = Table([cells], colWidths=[BODY / len(cells)] * len(cells))
    table.setStyle(TableStyle([
        *BARE, ("BACKGROUND", (0, 0), (-1, -1), SUNKEN), ("LEFTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (-1, -1), 4), ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ("LINEBEFORE", (1, 0), (-1, -1), 0.8, WHITE),
    ]))  # fmt: skip
    return table


def beside(left: Sequence[Any], right: Sequence[Any], left_width: float, gap: float = 6 * mm) -> Table:
    """Two stacks of flowables side by side over the whole width."""
    table = Table([[list(left), "", list(right)]], colWidths=[left_width, gap, BODY - left_width - gap])
    table.setStyle(TableStyle(BARE))
    return table


def signatures(roles: Sequence[Pair], hint: Pair, names: Mapping[int, str] | None = None, per_row: int = 3) -> Table:
    """A line to sign on for each role; ``hint`` stands under the line, a printed name (by index) above it."""
    gap, names = 6 * mm, names or {}
    each = (BODY - gap * (per_row - 1)) / per_row
    rows: list[list[Any]] = []
    for start in range(0, len(roles), per_row):
        top: list[Any] = []
        low: list[Any] = []
        for index in range(start, start + per_row):
            if index < len(roles):
                name = [para(names[index], "strong")] if index in names else []
                top += [[*pair(roles[index], "head"), *name], ""]
                low += [[para(text, "label-2") for text in hint], ""]
            else:
                top += ["", ""]
                low += ["", ""]
        rows += [top[:-1], low[:-1]]
    widths = ([each, gap] * per_row)[:-1]
    table = Table(rows, colWidths=widths)
    look: list[tuple[Any, ...]] = list(BARE)
    for row in range(0, len(rows), 2):
        look += [("BOTTOMPADDING", (0, row), (-1, row), 8 * mm), ("TOPPADDING", (0, row + 1), (-1, row + 1), 2)]
        look += [("BOTTOMPADDING", (0, row + 1), (-1, row + 1), 3 * mm)] if row + 2 < len(rows) else []
        signed = min(per_row, len(roles) - row // 2 * per_row)
        look += [("LINEBELOW", (2 * i, row), (2 * i, row), 0.6, INK) for i in range(signed)]
    table.setStyle(TableStyle(look))
    return table


def line(canvas: Canvas, x: float, y: float, length: float, colour: Any, weight: float) -> None:
    """A horizontal line on ``canvas``; distances in points."""
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(weight)
    canvas.line(x, y, x + length, y)


def draw_mark(canvas: Canvas, x: float, y: float, size: float) -> None:
    """The mark in a square of ``size`` points at ``x``, ``y``: the same curves as on the screen."""
    canvas.saveState()
    canvas.translate(x, y)
    canvas.scale(size / 40, size / 40)
    canvas.translate(20, 20)
    canvas.setStrokeColor(BRAND)
    canvas.setLineWidth(1.6)
    canvas.circle(0, 0, 18.5)
    canvas.circle(0, 0, 14)
    canvas.rotate(45)
    for _ in range(2):
        for side in (-1, 1):
            # A quadratic curve of the design as a cubic one: control points two thirds of the way to its own.
            outer, bend = 6.5 * side, 3 * side
            near = outer + (bend - outer) * 2 / 3
            canvas.bezier(outer, -12.4, near, -12.4 / 3, near, 12.4 / 3, outer, 12.4)
        canvas.line(0, -14, 0, 14)
        canvas.rotate(90)
    canvas.restoreState()


def _label(label: Pair) -> list[Any]:
    return [para(label[0], "label"), para(label[1], "label-2")] if label[1] != label[0] else [para(label[0], "label")]


def _value(value: Any, name: str) -> Any:
    if isinstance(value, tuple):
        return pair(value, name)
    if isinstance(value, str | int):
        return [para(value, name)]
    return value


def _cell(cell: Any, align: str) -> Any:
    if isinstance(cell, tuple):
        return pair(cell, "cell", align)
    return printable(cell) if isinstance(cell, str | int) else cell
