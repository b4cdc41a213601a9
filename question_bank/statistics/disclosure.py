"""What is not shown, so that no table tells of one candidate: the thresholds, scores and shares that keep to them.

Figures are gathered from codes alone, but whoever knows one candidate could recognise them in a row of one. So:
nothing is said of fewer than ``LEAST_PEOPLE`` people; no row of a table of scores or answers stands for fewer than
``LEAST_ALIKE``, and none can be calculated from what is shown beside it (of items: :mod:`statistics.withheld`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

LEAST_PEOPLE = 10
LEAST_ALIKE = 3
BARS_MOST = 15


def is_few(people: float) -> bool:
    """Whether it is somebody, but fewer than ``LEAST_ALIKE``."""
    return 0 < people < LEAST_ALIKE


def tells(count: float, people: float) -> bool:
    """Whether a share tells of one or two people: they are the part, or all but the part."""
    return is_few(count) or is_few(people - count)


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


def bins_of_all(bins: Sequence[Bin], shown: Sequence[Sequence[Bin]]) -> tuple[Bin, ...]:
    """Bins of all sittings together, joined where a bound less those of the others would divide a bin of one sitting.

    ``shown``: the bins of each sitting. Where two sittings lack a bound, what either has on its sides stays unknown.
    """
    if not shown:
        return tuple(bins)
    ends = [({one.high for one in of_sitting}, of_sitting[0].low, of_sitting[-1].high) for of_sitting in shown]
    found: list[Bin] = []
    for one in bins:
        bound = found[-1].high if found else None
        lack = sum(bound is not None and low <= bound < high and bound not in highs for highs, low, high in ends)
        if found and lack == 1:
            found[-1] = Bin(found[-1].low, one.high, found[-1].people + one.people)
        else:
            found.append(one)
    return tuple(found)


def shares(counts: Sequence[float], people: Sequence[int]) -> list[float] | None:
    """What share of each group gave an answer; None where one or two of a group did, or did not."""
    if any(map(tells, counts, people)):
        return None
    return [count / n for count, n in zip(counts, people, strict=True)]


def forms_shown(people: Mapping[str, int]) -> set[str]:
    """Forms with figures of their own: at least ``LEAST_PEOPLE`` sat each, and all the others together as many.

    Else the figures of the test less those of its other forms would be those of a handful of people.
    """
    shown = {form for form, n in people.items() if n >= LEAST_PEOPLE}
    while shown and 0 < sum(n for form, n in people.items() if form not in shown) < LEAST_PEOPLE:
        shown.remove(min(shown, key=lambda form: (people[form], form)))
    return shown
