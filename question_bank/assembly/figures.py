"""What is known of drawn forms before anybody has sat them: scores to expect, questions in common, ways out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from question_bank.assembly.budget import Budget
from question_bank.assembly.plan import Candidate, Cell, Limits, both_ways, have_enemies
from question_bank.assembly.stock import Stock

SECONDS = 3.0  # for saying what would help


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

    ``forms``: fewer of them, to the same limits; ``is_bound`` where that is the most it can be, and may be less.
    ``exposure``: the least greatest number of uses with which they could be. ``is_shared``: whether they could be if
    two forms might have more questions in common.
    """

    forms: int
    exposure: int | None
    is_shared: bool
    is_bound: bool = False


def ways_out(
    cells: Sequence[Cell], bank: Collection[Candidate], forms: int, limits: Limits, *, is_proved: bool = True
) -> WaysOut:  # fmt: skip
    """What would help, by counting and, where items have enemies, by an exact search within ``SECONDS``.

    The tolerance is left out of account. ``is_proved``: that ``forms`` forms cannot be drawn.
    """
    bank = both_ways(bank)
    stock, budget, enemies = Stock.of(bank), Budget(SECONDS), have_enemies(cells, bank)

    def never(count: int, limits: Limits) -> bool | None:
        """Whether enemies stand against so many forms that counting allows; None where it is not known."""
        return _never(cells, bank, count, limits, budget) if enemies else False

    fewer = stock.most_forms(cells, limits, forms - 1) if is_proved else 0
    answer: bool | None = False
    while fewer and (answer := never(fewer, limits)):
        fewer -= 1
    is_bound = bool(limits.shared) or limits.tolerance is not None or (fewer > 0 and answer is None)
    exposure = None
    if limits.exposure is not None:
        held = max((item.forms for item in bank), default=0)
        caps = [replace(limits, exposure=cap) for cap in range(limits.exposure + 1, held + forms + 1)]
        found = next((cap for cap in caps if not stock.shortages(cells, forms, cap)), None)
        exposure = found.exposure if found and not never(forms, caps[-1]) else None
    more = replace(limits, shared=None)
    is_shared = limits.shared is not None and not stock.shortages(cells, forms, more) and not never(forms, more)
    return WaysOut(fewer, exposure, is_shared, is_bound)


def _never(
    cells: Sequence[Cell], bank: Collection[Candidate], forms: int, limits: Limits, budget: Budget
) -> bool | None:  # fmt: skip
    """Whether it is proved that so many forms cannot be filled; None where neither that nor the contrary is."""
    from question_bank.assembly.proof import fill  # 20 MB with numpy: not for a process that only runs tests

    found = fill(cells, bank, forms, limits, budget)
    if found is None or (found.short and not found.is_proved):
        return None
    return True if found.short else (None if limits.shared else False)
