"""What is known of drawn forms before anybody has sat them: scores to expect, questions in common, ways out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from question_bank.assembly.plan import Candidate, Cell, Limits, Stock


@dataclass(frozen=True)
class Figures:
    """Of one form: score expected of the candidates on average, its standard deviation, both in points.

    The deviation is that of a sum of independent answers, ``points · √Σ p(1 − p)`` with ``p`` the facility of each item
    (Poisson's binomial distribution): how far chance alone moves one candidate's score. Candidates differ from each
    other as well, so that the scores of a real group are spread wider. ``measured`` items have a facility that was
    measured, ``assumed`` ones what is assumed for their difficulty.
    """

    expected: float
    deviation: float
    measured: int
    assumed: int


def figures(items: Collection[Candidate], points: int) -> Figures:
    """Figures of a form of these items, each of which gives ``points``."""
    measured = sum(item.facility is not None for item in items)
    return Figures(
        points * sum(item.expected for item in items),
        points * sqrt(sum(item.expected * (1 - item.expected) for item in items)),
        measured, len(items) - measured,
    )  # fmt: skip


def greatest_difference(expected: Iterable[float]) -> float:
    """How far the expected scores of forms are apart, in their unit."""
    scores = list(expected)
    return max(scores) - min(scores)


def in_common(forms: Sequence[Collection[str]]) -> list[list[int]]:
    """How many items each two forms have in common; a row and a column for each form, its own size where they meet."""
    sets = [set(form) for form in forms]
    return [[len(one & other) for other in sets] for one in sets]


@dataclass(frozen=True)
class WaysOut:
    """What would help where forms cannot be drawn; None or 0 where that alone does not help.

    ``forms``: fewer of them, to the same limits. ``exposure``: the least greatest number of uses with which they could
    be. ``is_shared``: whether they could be if two forms might have more questions in common.
    """

    forms: int
    exposure: int | None
    is_shared: bool


def ways_out(cells: Sequence[Cell], stock: Stock, forms: int, limits: Limits) -> WaysOut:
    """What would help, by counting: enemies and the tolerance are left out of account."""
    fewer = stock.most_forms(cells, limits, forms)
    exposure = None
    if limits.exposure is not None:
        held = max((before for counts in stock.by_forms.values() for before in counts), default=0)
        caps = range(limits.exposure + 1, held + forms + 1)
        exposure = next((cap for cap in caps if not stock.shortages(cells, forms, replace(limits, exposure=cap))), None)
    is_shared = limits.shared is not None and not stock.shortages(cells, forms, replace(limits, shared=None))
    return WaysOut(fewer if fewer < forms else 0, exposure, is_shared)
