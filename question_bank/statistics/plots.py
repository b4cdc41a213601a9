"""Plots where people look rather than read: one geometry, drawn on the screen (SVG) and on paper (PDF) alike."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from core.i18n import lazy_gettext as _l
from question_bank.kinds.base import letter
from question_bank.statistics.shapes import (
    BOTTOM,
    HEIGHT,
    LEFT,
    LETTERS,
    RIGHT,
    SHARES,
    TOP,
    WIDTH,
    Box,
    Dot,
    Label,
    Line,
    Picture,
    Scale,
    Shape,
    Way,
    across,
    frame,
    percent,
    points,
    upright_lines,
)


def steps(most: float) -> list[int]:
    """Round figures from 0 up to the first at or above ``most``, at most five steps."""
    for size in (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000):
        if size * 5 >= most:
            return list(range(0, ceil(most / size) * size + 1, size))
    return [0, ceil(most)]


def distribution(bins: Sequence[Sequence[int]], width: int, cut_score: int, maximum: int) -> Picture:
    """How many people have which score, with the cut score (0: none).

    A bar over several bins is as much lower as it is wider: its area is the number of people.
    """
    tops = [people * width / (high - low + 1) for low, high, people in bins]
    upright = steps(max(tops, default=1))
    x = Scale(bins[0][0] - 0.5 if bins else 0, bins[-1][1] + 0.5 if bins else maximum, LEFT, WIDTH - RIGHT)
    y = Scale(0, upright[-1], HEIGHT - BOTTOM, TOP + 24)
    shapes: list[Shape] = upright_lines(y, [(n, str(n)) for n in upright], WIDTH - RIGHT)
    for (low, high, _people), top in zip(bins, tops, strict=True):
        role = "bar" if high >= cut_score else "bar-below"
        left, right = x(low - 0.5) + 0.75, x(high + 0.5) - 0.75
        shapes.append(Box(left, y(top), right - left, y(0) - y(top), role))
    up = _l("Candidates for each score") if width == 1 else _l("Candidates for each %(n)s scores", n=width)
    shapes += frame(x, y, _l("Score, points"), up)
    shapes += across(x, _apart(x, [one for low, high, _n in bins for one in (low, high)]), y.start)
    if cut_score and x.low < cut_score <= x.high:
        at = x(cut_score - 0.5)
        shapes += [Line(at, y.start, at, TOP + 8, "cut")]
        text = str(_l("Cut score: %(n)s", n=cut_score))
        room = len(text) * LETTERS * 0.55
        anchor = "start" if at + room < WIDTH else "end"
        shapes.append(Label(at + (4 if anchor == "start" else -4), TOP + 17, text, anchor, "said"))
    return Picture(
        _l("Scores"),
        _l("How many candidates have which score. A bar that stands for several scores shows their mean."),
        tuple(shapes), (_l("Score"), _l("Candidates")),
        tuple((points(low, high), str(people)) for low, high, people in bins),
    )  # fmt: skip


def _apart(x: Scale, values: Sequence[int], room: float = 24.0) -> list[tuple[float, str]]:
    """Those of ``values`` whose figures have room beside each other, both ends always."""
    if not values:
        return []
    first, last = min(values), max(values)
    found = [first]
    for value in sorted(set(values)):
        if x(value) - x(found[-1]) >= room and x(last) - x(value) >= room:
            found.append(value)
    return [(value, str(value)) for value in dict.fromkeys([*found, last])]


Group = dict[str, Any]  # a ScoreGroup as it is stored


def characteristic(groups: Sequence[Group]) -> Picture:
    """Share of the points in each group of scores, with the 95 % interval: a good item rises from left to right."""
    x, y = _group_scale(groups), Scale(0, 1, HEIGHT - BOTTOM, TOP + 10)
    shapes: list[Shape] = [
        *upright_lines(y, SHARES, WIDTH - RIGHT),
        *_group_axis(x, y, groups, _l("Share of the points, per cent")),
    ]
    shapes.append(Way(tuple((x(place), y(one["share"])) for place, one in enumerate(groups)), "trace"))
    for place, one in enumerate(groups):
        at = x(place)
        shapes += [Line(at, y(one["least"]), at, y(one["most"]), "whisker")]
        shapes += [Line(at - 4, y(end), at + 4, y(end), "whisker") for end in (one["least"], one["most"])]
        shapes.append(Dot(at, y(one["share"]), 4, "mark"))
    return Picture(
        _l("Who solves the question"),
        _l(
            "Mean share of the points in each group of candidates, the weakest on the left. The upright lines "
            "are 95 per cent intervals."
        ),
        tuple(shapes),
        (_l("Score on the whole test"), _l("Candidates"), _l("Mean share of the points"), _l("95 per cent interval")),
        tuple(
            (points(one["low"], one["high"]), str(one["people"]), percent(one["share"]),
             f"{percent(one['least'])} … {percent(one['most'])}")
            for one in groups
        ),
    )  # fmt: skip


def small_characteristic(groups: Sequence[Group]) -> Picture:
    """The same on a fourth of the room, to look through many: only the ends of the scales are named."""
    width, height, left = 170.0, 104.0, 28.0
    half = (width - 6 - left) / max(len(groups), 1) / 2
    x, y = Scale(0, max(len(groups) - 1, 1), left + half, width - 6 - half), Scale(0, 1, height - 18, 6)
    shapes: list[Shape] = [Line(left, y(share), width - 6, y(share), "grid") for share in (0.5, 1.0)]
    shapes += [Line(left, y(0), width - 6, y(0), "axis"), Line(left, y(0), left, y(1), "axis")]
    shapes += [Label(left - 4, y(share) + 4, text, "end") for share, text in SHARES if share in (0, 0.5, 1)]
    for place in dict.fromkeys((0, len(groups) - 1)):
        shapes.append(Label(x(place), height - 4, points(groups[place]["low"], groups[place]["high"])))
    shapes.append(Way(tuple((x(place), y(one["share"])) for place, one in enumerate(groups)), "trace"))
    for place, one in enumerate(groups):
        shapes += [Line(x(place), y(one["least"]), x(place), y(one["most"]), "whisker")]
        shapes.append(Dot(x(place), y(one["share"]), 3, "mark"))
    whole = characteristic(groups)
    return Picture(whole.title, whole.said, tuple(shapes), whole.heads, whole.rows, width, height)


def _group_scale(groups: Sequence[Group], end: float = WIDTH - RIGHT) -> Scale:
    half = (end - LEFT) / max(len(groups), 1) / 2
    return Scale(0, max(len(groups) - 1, 1), LEFT + half, end - half)


def _group_axis(
    x: Scale, y: Scale, groups: Sequence[Group], up: object, end: float = WIDTH - RIGHT
) -> list[Shape]:  # fmt: skip
    whole = Scale(0, 1, LEFT, end)
    named = across(x, [(place, points(one["low"], one["high"])) for place, one in enumerate(groups)], y.start)
    return [*frame(whole, y, _l("Score on the whole test"), up), *named]


def traces(groups: Sequence[Group], options: Sequence[dict[str, Any]]) -> Picture:
    """Share of each group that chose each option; the key's line is thick and its letter says so.

    Only for who may see the key. An option that is not shown (``chosen`` or ``groups`` None) is left out, of the
    table too. Letters at the right end do not cover each other.
    """
    end, key = WIDTH - 66, _l("key")
    options = [one for one in options if one["chosen"] is not None and one["groups"]]
    x, y = _group_scale(groups, end), Scale(0, 1, HEIGHT - BOTTOM, TOP + 10)
    shapes: list[Shape] = [
        *upright_lines(y, SHARES, end),
        *_group_axis(x, y, groups, _l("Share of candidates, per cent"), end),
    ]
    places = spread([y(one["groups"][-1]) for one in options], LETTERS + 1, y.end, y.start)
    for one, place in zip(options, places, strict=True):
        role = "trace-key" if one["is_key"] else f"trace-{one['option'] % 6 + 1}"
        way = tuple((x(group), y(share)) for group, share in enumerate(one["groups"]))
        name = f"{letter(one['option'])} ({key})" if one["is_key"] else letter(one["option"])
        shapes += [Way(way, role), Line(way[-1][0] + 2, way[-1][1], end + 3, place, "lead")]
        shapes.append(Label(end + 6, place + 4, name, "start", "said" if one["is_key"] else "label"))
    return Picture(
        _l("Who chooses which option"),
        _l(
            "Share of each group of candidates that chose each option, the weakest on the left. The key must "
            "rise, the others fall."
        ),
        tuple(shapes),
        (_l("Score on the whole test"), *(letter(one["option"]) for one in options)),
        tuple(
            (points(group["low"], group["high"]), *(percent(one["groups"][place]) for one in options))
            for place, group in enumerate(groups)
        ),
    )  # fmt: skip


def spread(wanted: Sequence[float], room: float, top: float, bottom: float) -> list[float]:
    """Heights as near to ``wanted`` as can be, ``room`` apart, from ``top`` to ``bottom`` where they fit."""
    order = sorted(range(len(wanted)), key=lambda place: (wanted[place], place))
    found = list(wanted)
    for rank, place in enumerate(order):
        least = top if not rank else found[order[rank - 1]] + room
        found[place] = max(least, found[place])
    for rank, place in reversed(list(enumerate(order))):
        most = bottom if rank == len(order) - 1 else found[order[rank + 1]] - room
        found[place] = min(most, found[place])
    return found
