"""The pictures of :mod:`question_bank.statistics.shapes` on paper: the same shapes, in the colours of the documents."""

from __future__ import annotations

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from core.pdf.style import ACTION, BRAND, INK, INK_2, LINE, LINE_STRONG
from core.pdf.text import SANS, SANS_BOLD, printable
from question_bank.statistics.shapes import Box, Dot, Label, Line, Picture, Shape, Way

GREY = HexColor(0x8D949D)
#: role: colour, width of a line, dashes (none: a whole line)
_STROKES: dict[str, tuple[Color, float, tuple[float, ...]]] = {
    "axis": (LINE_STRONG, 1, ()), "grid": (LINE, 0.8, ()), "cut": (BRAND, 2, ()), "trace": (ACTION, 2.2, ()),
    "whisker": (ACTION, 1.3, ()), "bound": (LINE_STRONG, 1.2, (5, 4)), "lead": (GREY, 0.6, ()),
}  # fmt: skip
_FILLS: dict[str, Color] = {
    "bar": ACTION, "bar-below": GREY, "mark": ACTION, "mark-heed": BRAND, "mark-quiet": GREY,
}  # fmt: skip
#: role: font, size in units, colour
_LETTERS: dict[str, tuple[str, float, Color]] = {
    "label": (SANS, 12, INK_2), "title": (SANS, 12, INK), "said": (SANS_BOLD, 12, INK), "small": (SANS, 10.5, INK),
    "said-heed": (SANS_BOLD, 10.5, BRAND),
}  # fmt: skip


class Plot(Flowable):
    """A picture ``length`` points wide."""

    def __init__(self, picture: Picture, length: float) -> None:
        super().__init__()
        self.picture, self.scale = picture, length / picture.width
        self.width, self.height = length, picture.height * self.scale

    def draw(self) -> None:
        """Draw every shape; heights are turned round, since on paper they grow upwards."""
        self.canv.saveState()
        self.canv.scale(self.scale, self.scale)
        for shape in self.picture.shapes:
            _draw(self.canv, shape, self.picture.height)
        self.canv.restoreState()


def _draw(canvas: Canvas, shape: Shape, top: float) -> None:
    match shape:
        case Line() | Way():
            colour, width, dashes = _STROKES[shape.role]
            canvas.setStrokeColor(colour)
            canvas.setLineWidth(width)
            canvas.setDash(*((list(dashes), 0) if dashes else ()))
            ends = shape.points if isinstance(shape, Way) else ((shape.x1, shape.y1), (shape.x2, shape.y2))
            path = canvas.beginPath()
            path.moveTo(ends[0][0], top - ends[0][1])
            for x, y in ends[1:]:
                path.lineTo(x, top - y)
            canvas.drawPath(path, stroke=1, fill=0)
        case Box():
            canvas.setFillColor(_FILLS[shape.role])
            canvas.rect(shape.x, top - shape.y - shape.height, shape.width, shape.height, stroke=0, fill=1)
        case Dot():
            canvas.setFillColor(_FILLS[shape.role])
            canvas.circle(shape.x, top - shape.y, shape.radius, stroke=0, fill=1)
        case Label():
            font, size, colour = _LETTERS[shape.role]
            canvas.setFillColor(colour)
            canvas.setFont(font, size)
            write = {"start": canvas.drawString, "end": canvas.drawRightString, "middle": canvas.drawCentredString}
            write[shape.anchor](shape.x, top - shape.y, printable(shape.text))
