"""Groups of people by their score: where the good differ from the weak at one item, people can look instead of read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from question_bank.statistics.disclosure import LEAST_PEOPLE

GROUPS_MOST = 5
Z = 1.959963984540054  # 95 %, both sides


@dataclass(frozen=True)
class ScoreGroup:
    """People with scores from ``low`` to ``high``: their number, their mean score, their mean share of the points.

    ``least`` and ``most`` are the ends of the 95 % interval of that share.
    """

    low: int
    high: int
    people: int
    score: float
    share: float
    least: float
    most: float


def by_score(scores: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Places of people in up to five groups of about equal size, the weakest first; equals stay in one group.

    No group is smaller than ``LEAST_PEOPLE``; fewer than two groups of that size: no group at all.
    """
    wanted = min(GROUPS_MOST, len(scores) // LEAST_PEOPLE)
    found: list[list[int]] = [[]]
    ordered = sorted(range(len(scores)), key=lambda place: (scores[place], place))
    for rank, place in enumerate(ordered):
        begins_anew = rank and scores[place] != scores[ordered[rank - 1]]
        if begins_anew and rank >= len(found) * len(scores) / max(wanted, 1) and len(found[-1]) >= LEAST_PEOPLE:
            found.append([])
        found[-1].append(place)
    if len(found) > 1 and len(found[-1]) < LEAST_PEOPLE:
        last = found.pop()
        found[-1] += last
    return tuple(map(tuple, found)) if wanted > 1 and len(found) > 1 else ()


def characteristic(
    points: Sequence[int], maximum: int, scores: Sequence[int], groups: Sequence[Sequence[int]]
) -> tuple[ScoreGroup, ...]:  # fmt: skip
    """Mean share of the points in each group: the item characteristic as it was observed, with no model behind it."""
    found = []
    for group in groups:
        inside = [scores[place] for place in group]
        share = sum(points[place] for place in group) / (len(group) * maximum)
        least, most = wilson(share, len(group))
        found.append(
            ScoreGroup(min(inside), max(inside), len(group), sum(inside) / len(group), share, least, most)
        )  # fmt: skip
    return tuple(found)


def wilson(share: float, people: int) -> tuple[float, float]:
    """95 % interval of a share of ``people``, never beyond 0 and 1.

    For items with partial credit it is wider than it need be: points between none and all vary less.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209–212.
    """
    whole = 1 + Z * Z / people
    middle = (share + Z * Z / (2 * people)) / whole
    half = Z / whole * sqrt(share * (1 - share) / people + Z * Z / (4 * people * people))
    return max(0.0, middle - half), min(1.0, middle + half)
