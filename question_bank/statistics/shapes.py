"""What plots are made of: shapes with roles, scales, axes, and figures as people write them.

A picture is a list of shapes in units of its own, y downwards; each shape names its role (``axis``, ``bar``, ``cut``),
and who draws it decides on the colour. Letters are about 12 units high in a picture 340 units wide, so that they can be
read in a window of 400 pixels. Every picture brings its title, a sentence, and a table that says the same in figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LETTERS = 340.0, 250.0, 12.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 12.0, 16.0, 44.0


@dataclass(frozen=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    role: str
    name: str = "line"


@dataclass(frozen=True)
class Box:
    """A filled rectangle; ``x``, ``y`` is its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    role: str
    name: str = "box"


@dataclass(frozen=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    radius: float
    role: str
    name: str = "dot"


@dataclass(frozen=True)
class Label:
    """A line of text whose baseline begins, has its middle or ends (``anchor``) at ``x``, ``y``."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    role: str = "label"
    name: str = "text"


@dataclass(frozen=True)
class Way:
    """Straight lines from point to point."""

    points: tuple[tuple[float, float], ...]
    role: str
    name: str = "way"


Shape = Line | Box | Dot | Label | Way


@dataclass(frozen=True)
class Picture:
    """A drawing, what it is called, what it says, and the table that says the same."""

    title: object
    said: object
    shapes: tuple[Shape, ...]
    heads: tuple[object, ...]
    rows: tuple[tuple[str, ...], ...]
    width: float = WIDTH
    height: float = HEIGHT


@dataclass(frozen=True)
class Scale:
    """From values to units: ``low`` … ``high`` lies between ``start`` and ``end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where a value lies."""
        return self.start + (value - self.low) / ((self.high - self.low) or 1) * (self.end - self.start)


def percent(share: float | None) -> str:
    """``62 %``; a dash for None."""
    return "–" if share is None else f"{round(100 * share)} %"


def number(value: float | None, places: int = 2) -> str:
    """``0,41`` with the true minus sign; a dash for None."""
    if value is None:
        return "–"
    text = f"{value:.{places}f}"
    return (text[1:] if text.strip("-0.") == "" and text.startswith("-") else text).replace(".", ",").replace("-", "−")


def points(low: int, high: int) -> str:
    """``12–15``, or ``12`` where both are one."""
    return str(low) if low == high else f"{low}–{high}"


def frame(x: Scale, y: Scale, below: object, up: object) -> list[Shape]:
    """The axes with their titles: below, and above the upright one."""
    return [
        Line(x.start, y.start, x.end, y.start, "axis"), Line(x.start, y.start, x.start, y.end, "axis"),
        Label((x.start + x.end) / 2, y.start + 36, str(below), role="title"),
        Label(2, TOP - 4, str(up), "start", "title"),
    ]  # fmt: skip


def upright_lines(y: Scale, values: Sequence[tuple[float, str]], end: float) -> list[Shape]:
    """Lines across with their figures on the left."""
    found: list[Shape] = []
    for value, text in values:
        if value != y.low:
            found.append(Line(LEFT, y(value), end, y(value), "grid"))
        found.append(Label(LEFT - 5, y(value) + 4, text, "end"))
    return found


def across(x: Scale, values: Sequence[tuple[float, str]], at: float) -> list[Shape]:
    """Figures under the axis."""
    return [Label(x(value), at + 16, text) for value, text in values]


SHARES = ((0.0, "0"), (0.25, "25"), (0.5, "50"), (0.75, "75"), (1.0, "100"))
