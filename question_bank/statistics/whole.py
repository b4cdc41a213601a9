"""What a sitting says of a test as a whole: distribution, reliability, how surely the cut score divides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt

from question_bank.statistics import moments


@dataclass(frozen=True)
class Consistency:
    """How surely the cut score divides: two tests of this kind would decide alike of this share of people.

    ``kappa`` is what of that is beyond chance; None where chance alone decides alike always.
    """

    share: float
    kappa: float | None


@dataclass(frozen=True)
class ExamFigures:
    """Figures of a test; None where one is not defined.

    ``alpha`` is Cronbach's, and KR-20 where every item gives 0 or its maximum, all alike (``is_kr20``). ``error`` is
    the standard error of measurement, in points.
    """

    people: int
    maximum: int
    mean: float | None
    median: float | None
    deviation: float | None
    lowest: int | None
    highest: int | None
    skewness: float | None
    kurtosis: float | None
    alpha: float | None
    is_kr20: bool
    error: float | None
    consistency: Consistency | None


def figures(rows: Sequence[Sequence[int]], maxima: Sequence[int], cut_score: int) -> ExamFigures:
    """All figures of a test; a row for each person, a place for each item, whole points.

    Raises:
        ValueError: a row has not a place for each item.
    """
    if any(len(row) != len(maxima) for row in rows):
        raise ValueError("each row must have a place for each item")
    totals, maximum = [sum(row) for row in rows], sum(maxima)
    deviation, alpha = moments.deviation(totals), cronbach_alpha(rows)
    is_kr20 = len(set(maxima)) == 1 and all(points in (0, maxima[0]) for row in rows for points in row)
    return ExamFigures(
        len(rows), maximum, moments.mean(totals), moments.median(totals), deviation,
        min(totals, default=None), max(totals, default=None), moments.skewness(totals), moments.kurtosis(totals),
        alpha, is_kr20,
        None if deviation is None or alpha is None else deviation * sqrt(max(0.0, 1 - alpha)),
        None if alpha is None or not cut_score else decision_consistency(totals, maximum, cut_score, alpha),
    )  # fmt: skip


def cronbach_alpha(rows: Sequence[Sequence[int]]) -> float | None:
    """α = k / (k − 1) · (1 − Σσᵢ² / σ²); None below two items, below two people, or where all have the same score.

    Source: Cronbach (1951), Coefficient alpha and the internal structure of tests, Psychometrika 16(3), 297–334. For
    items of 0 and 1 it equals KR-20: Kuder, Richardson (1937), Psychometrika 2(3), 151–160.
    """
    items = len(rows[0]) if rows else 0
    of_totals = moments.squares([sum(row) for row in rows])
    if items < 2 or len(rows) < 2 or not of_totals:
        return None
    of_items = sum(moments.squares([row[place] for row in rows]) for place in range(items))
    return items / (items - 1) * (1 - of_items / of_totals)


def decision_consistency(
    totals: Sequence[int], maximum: int, cut_score: int, reliability: float
) -> Consistency | None:  # fmt: skip
    """Share of people of whom two parallel tests would decide alike; None of nobody.

    Each person's true proportion is estimated by Kelley's regression towards the mean, p = r·x/k + (1 − r)·x̄/k; the
    chance to reach the cut score is binomial with k = ``maximum`` trials; P = that chance; the share is the mean of
    P² + (1 − P)², chance agreement is P̄² + (1 − P̄)².

    Source: Subkoviak (1976), Estimating reliability from a single administration of a criterion-referenced test,
    J. Educ. Measurement 13(4), 265–276.
    """
    average = moments.mean(totals)
    if average is None:
        return None
    r = min(1.0, max(0.0, reliability))
    chance = {total: reaching(cut_score, maximum, (r * total + (1 - r) * average) / maximum) for total in set(totals)}
    chances = [chance[total] for total in totals]
    share = sum(p * p + (1 - p) ** 2 for p in chances) / len(chances)
    mean = sum(chances) / len(chances)
    by_chance = mean * mean + (1 - mean) ** 2
    return Consistency(share, (share - by_chance) / (1 - by_chance) if by_chance < 1 else None)


def reaching(least: int, trials: int, p: float) -> float:
    """Chance of at least ``least`` successes in so many trials of chance ``p`` (binomial)."""
    return sum(comb(trials, n) * p**n * (1 - p) ** (trials - n) for n in range(least, trials + 1))
