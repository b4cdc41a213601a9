"""Whether an item is harder in one language than in the other for people who are equally good (Mantel–Haenszel)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import erfc, log, sqrt

SCALE = -2.35  # Holland, Thayer (1985): turns the log of the odds ratio into the delta scale of difficulty
SURE = 0.05


class Difference(StrEnum):
    """Classes of the Educational Testing Service: negligible, moderate, large."""

    NEGLIGIBLE = "A"
    MODERATE = "B"
    LARGE = "C"


@dataclass(frozen=True)
class Comparison:
    """An item in two languages, people of equal score compared with each other.

    ``odds`` is the common odds ratio (above 1, easier in the first language); ``delta`` = −2.35·ln(odds), below 0 where
    it favours the first; ``chi_squared`` is the test statistic (one degree of freedom, with continuity correction);
    ``chance`` is the probability of such a difference where there is none.
    """

    people: int
    odds: float
    delta: float
    chi_squared: float
    chance: float
    difference: Difference


def compare(answers: Iterable[tuple[int, bool, bool]]) -> Comparison | None:
    """Compare; each answer is (score of the person on the whole test, in the first language, right).

    α = Σ(AD/N) / Σ(BC/N); χ² = (|ΣA − ΣE(A)| − ½)² / ΣVar(A), one degree of freedom. Class C where |delta| ≥ 1.5 and
    it is surely above 1; A where |delta| < 1 or the difference may be chance; else B. None where no score level has
    both languages and both outcomes.

    Sources: Mantel, Haenszel (1959), J. National Cancer Institute 22(4), 719–748; Holland, Thayer (1988), Differential
    item performance and the Mantel–Haenszel procedure; the standard error of ln α: Robins, Breslow, Greenland (1986),
    Biometrics 42, 311–323; classes: Zieky (1993), in Holland, Wainer (eds.), Differential Item Functioning.
    """
    levels: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for score, is_first, is_right in answers:
        levels[score][(0 if is_first else 2) + (0 if is_right else 1)] += 1
    told = [(a, b, c, d) for a, b, c, d in levels.values() if a + b and c + d and a + c and b + d]
    top = sum(a * d / (a + b + c + d) for a, b, c, d in told)
    bottom = sum(b * c / (a + b + c + d) for a, b, c, d in told)
    if not top or not bottom:
        return None
    odds = top / bottom
    delta, spread = SCALE * log(odds), abs(SCALE) * _deviation_of_log(told, top, bottom)
    chi_squared = _chi_squared(told)
    chance = erfc(sqrt(chi_squared / 2))
    is_surely_above_one = (abs(delta) - 1) / spread > 1.645  # one-sided, 5 %
    if abs(delta) < 1 or chance >= SURE:
        difference = Difference.NEGLIGIBLE
    elif abs(delta) >= 1.5 and is_surely_above_one:
        difference = Difference.LARGE
    else:
        difference = Difference.MODERATE
    return Comparison(sum(map(sum, told)), odds, delta, chi_squared, chance, difference)


def _chi_squared(levels: Iterable[tuple[int, int, int, int]]) -> float:
    away, spread = 0.0, 0.0
    for a, b, c, d in levels:
        n = a + b + c + d
        away += a - (a + b) * (a + c) / n
        spread += (a + b) * (c + d) * (a + c) * (b + d) / (n * n * (n - 1))
    return max(0.0, abs(away) - 0.5) ** 2 / spread


def _deviation_of_log(levels: Iterable[tuple[int, int, int, int]], top: float, bottom: float) -> float:
    """Standard error of ln α after Robins, Breslow and Greenland."""
    first = mixed = last = 0.0
    for a, b, c, d in levels:
        n = a + b + c + d
        p, q, r, s = (a + d) / n, (b + c) / n, a * d / n, b * c / n
        first, mixed, last = first + p * r, mixed + p * s + q * r, last + q * s
    return sqrt(first / (2 * top**2) + mixed / (2 * top * bottom) + last / (2 * bottom**2))
