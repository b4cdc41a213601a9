"""What is not shown, so that no table tells of one candidate: the thresholds, and tables that keep to them.

Figures are gathered from codes alone, but whoever knows one candidate could recognise them in a row of one. So:
nothing is said of fewer than ``LEAST_PEOPLE`` people; no row of a table of scores or answers stands for fewer than
``LEAST_ALIKE``. By subtraction one may still learn that one or two people gave some other answer, never which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Generic, TypeVar

LEAST_PEOPLE = 10
LEAST_ALIKE = 3
BARS_MOST = 15

Answer = TypeVar("Answer", bound=Hashable)


@dataclass(frozen=True)
class Bin:
    """Scores from ``low`` to ``high``, both included, and how many people have one of them."""

    low: int
    high: int
    people: int


def score_bins(scores: Sequence[int], maximum: int, cut_score: int) -> tuple[int, tuple[Bin, ...]]:
    """Scores in bins of equal width, and that width; a bin of one or two people is joined with its neighbour.

    About as many bins as the root of the number of people, at most ``BARS_MOST``. Bins end at the cut score (0: none),
    and none that lies below it is joined with one above, unless all of a side together are too few.
    """
    if len(scores) < LEAST_PEOPLE:
        return 1, ()
    low, high = min(scores), max(scores)
    width = max(1, round((high - low + 1) / min(BARS_MOST, sqrt(len(scores)))))
    first, counted = cut_score - (cut_score - low + width - 1) // width * width, Counter(scores)
    found = []
    for start in range(first, high + 1, width):
        people = sum(counted[score] for score in range(start, start + width))
        found.append(Bin(max(0, start), min(maximum, start + width - 1), people))
    below = _joined([one for one in found if one.high < cut_score])
    above = _joined([one for one in found if one.high >= cut_score])
    return width, tuple(_joined([*below, *above]))


def _joined(bins: Sequence[Bin]) -> list[Bin]:
    """From left to right: each bin that stands for one or two people, or for none at an end, goes into the next."""
    found: list[Bin] = []
    for one in bins:
        if found and 0 < found[-1].people < LEAST_ALIKE:
            found[-1] = Bin(found[-1].low, one.high, found[-1].people + one.people)
        elif found or one.people:
            found.append(one)
    while found and not found[-1].people:
        found.pop()
    while len(found) > 1 and found[-1].people < LEAST_ALIKE:
        last = found.pop()
        found[-1] = Bin(found[-1].low, last.high, found[-1].people + last.people)
    return found


@dataclass(frozen=True)
class Common(Generic[Answer]):
    """An answer that several people gave: how many, and their mean points and mean score on the other items."""

    answer: Answer
    people: int
    points: float
    rest: float


@dataclass(frozen=True)
class Commonest(Generic[Answer]):
    """The commonest answers; how many people gave another one, and how many left the item out."""

    answers: tuple[Common[Answer], ...]
    others: int
    omitted: int


def commonest(
    answers: Sequence[Answer | None], points: Sequence[int], rest: Sequence[int], *, most: int = 10
) -> Commonest[Answer]:
    """The ``most`` commonest answers, of those that at least ``LEAST_ALIKE`` people gave; None stands for no answer.

    The most frequent first; of equally frequent ones those with more points first.
    """
    who: dict[Answer, list[int]] = {}
    for place, answer in enumerate(answers):
        if answer is not None:
            who.setdefault(answer, []).append(place)
    found = [
        Common(
            answer, len(people), sum(points[one] for one in people) / len(people),
            sum(rest[one] for one in people) / len(people),
        )
        for answer, people in who.items()
        if len(people) >= LEAST_ALIKE
    ]  # fmt: skip
    found.sort(key=lambda one: (-one.people, -one.points, str(one.answer)))
    shown = tuple(found[:most])
    omitted = sum(answer is None for answer in answers)
    return Commonest(shown, len(answers) - omitted - sum(one.people for one in shown), omitted)
