"""Maps of all items of a test: difficulty against discrimination, Kyrgyz against Russian; numbers never overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from core.i18n import lazy_gettext as _l
from question_bank.statistics.items import WEAK
from question_bank.statistics.shapes import (
    BOTTOM,
    LEFT,
    RIGHT,
    SHARES,
    TOP,
    WIDTH,
    Dot,
    Label,
    Line,
    Picture,
    Scale,
    Shape,
    across,
    frame,
    number,
    percent,
    upright_lines,
)

MAP_HEIGHT = 330.0
LETTERS = 10.5
NUMBERED_MOST = 90  # with more items only those to look at bear their number


@dataclass(frozen=True)
class Spot:
    """An item on the map: its number in the table, where it lies, whether it is one to look at, a word about it."""

    number: int
    x: float
    y: float
    heed: bool = False
    word: str = ""


def item_map(spots: Sequence[Spot]) -> Picture:
    """Facility across, discrimination up: good items lie high and in the middle."""
    low = min([0.0, *(spot.y for spot in spots)])
    least = next(end for end in (0.0, -0.25, -0.5, -1.0) if end <= low)
    most = next(end for end in (0.5, 0.75, 1.0) if end == 1 or end >= max((spot.y for spot in spots), default=0))
    x, y = Scale(0, 1, LEFT, WIDTH - RIGHT), Scale(least, most, MAP_HEIGHT - BOTTOM, TOP + 10)
    marks = [(value / 4, number(value / 4)) for value in range(round(least * 4), round(most * 4) + 1)]
    shapes: list[Shape] = [*upright_lines(y, marks, WIDTH - RIGHT), *across(x, SHARES, y.start)]
    shapes += frame(x, y, _l("Facility: mean share of the points, per cent"), _l("Discrimination"))
    shapes.append(Line(LEFT, y(WEAK), WIDTH - RIGHT, y(WEAK), "bound"))
    shapes += _numbered(spots, x, y)
    return Picture(
        _l("Map of the questions"),
        _l(
            "Each dot is a question, a number its line in the table below. High up: it tells strong from weak. "
            "Right: easy. "
            "Below the dashed line it hardly adds to the score."
        ),
        tuple(shapes),
        (_l("No."), _l("Facility"), _l("Discrimination")),
        tuple((str(spot.number), percent(spot.x), number(spot.y)) for spot in spots), height=MAP_HEIGHT,
    )  # fmt: skip


def language_map(spots: Sequence[Spot]) -> Picture:
    """Facility in Kyrgyz across, in Russian up: what lies far from the diagonal is harder in one language.

    ``word`` is the class of the difference; those to look at bear their number.
    """
    x, y = Scale(0, 1, LEFT, WIDTH - RIGHT), Scale(0, 1, MAP_HEIGHT - BOTTOM, TOP + 10)
    shapes: list[Shape] = [*upright_lines(y, SHARES, WIDTH - RIGHT), *across(x, SHARES, y.start)]
    shapes += frame(x, y, _l("Facility in Kyrgyz, per cent"), _l("Facility in Russian, per cent"))
    shapes.append(Line(x(0), y(0), x(1), y(1), "bound"))
    heed = [spot for spot in spots if spot.heed]
    shapes += [Dot(x(spot.x), y(spot.y), 2.5, "mark-quiet") for spot in spots if not spot.heed]
    shapes += _numbered(heed, x, y)
    return Picture(
        _l("Kyrgyz and Russian"),
        _l(
            "Each dot is a question. On the dashed line it is as easy in Kyrgyz as in Russian; those with a "
            "number differ for candidates of equal score."
        ),
        tuple(shapes),
        (_l("No."), _l("Facility in Kyrgyz"), _l("Facility in Russian"), _l("Class")),
        tuple((str(spot.number), percent(spot.x), percent(spot.y), spot.word) for spot in spots), height=MAP_HEIGHT,
    )  # fmt: skip


def _numbered(spots: Sequence[Spot], x: Scale, y: Scale) -> list[Shape]:
    """Dots, and beside each its number, joined to it by a thin line where there was no room close by."""
    named = [spot for spot in spots if spot.heed] if len(spots) > NUMBERED_MOST else list(spots)
    found: list[Shape] = [Dot(x(spot.x), y(spot.y), 2.5, "mark-heed" if spot.heed else "mark") for spot in spots]
    dots = [(x(spot.x), y(spot.y)) for spot in spots]
    taken: list[Room] = []
    for spot in sorted(named, key=lambda spot: (not spot.heed, spot.number)):
        at = x(spot.x), y(spot.y)
        room = place_near(at, str(spot.number), taken, dots, (x.start, y.end, x.end, y.start))
        taken.append(room)
        middle = (room[0] + room[2]) / 2
        if abs(middle - at[0]) > 14 or not room[1] - 8 <= at[1] <= room[3] + 8:
            found.append(Line(at[0], at[1], middle, room[3] if room[3] < at[1] else room[1], "lead"))
        role = "said-heed" if spot.heed else "small"
        found.append(Label(middle, room[3] - 1.5, str(spot.number), role=role))
    return found


Room = tuple[float, float, float, float]  # left, top, right, bottom


def place_near(
    at: tuple[float, float], text: str, taken: Sequence[Room], dots: Sequence[tuple[float, float]], inside: Room
) -> Room:  # fmt: skip
    """Room for ``text`` as near to ``at`` as can be, covering no other text, and no dot where that is possible."""
    width, height = len(text) * LETTERS * 0.58 + 2, LETTERS
    for spares_dots in (True, False):
        for ring in range(1, 60):
            for turn in range(16):
                angle = 2 * pi * turn / 16
                away_x, away_y = ring * 4 + width / 2, ring * 4 + height / 2
                middle = at[0] + away_x * cos(angle), at[1] - away_y * sin(angle)
                room = middle[0] - width / 2, middle[1] - height / 2, middle[0] + width / 2, middle[1] + height / 2
                is_inside = (
                    inside[0] <= room[0] and room[2] <= inside[2] and inside[1] <= room[1] and room[3] <= inside[3]
                )
                if not is_inside or any(overlap(room, other) for other in taken):
                    continue
                if spares_dots and any(overlap(room, (x - 2.5, y - 2.5, x + 2.5, y + 2.5)) for x, y in dots):
                    continue
                return room
    return at[0], at[1], at[0] + width, at[1] + height  # more numbers than the picture has room for


def overlap(one: Room, other: Room) -> bool:
    """Whether two rectangles share some area."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
