"""Sums, spread and correlation of whole numbers, exact up to the last square root.

Everything here takes integers (points, numbers of people), so that no rounding hides in a sum: two computers agree to
the last digit. Where a figure is not defined (too few people, nobody differs from anybody), the answer is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import median as _median


def mean(values: Sequence[int]) -> float | None:
    """Arithmetic mean; None of nothing."""
    return sum(values) / len(values) if values else None


def median(values: Sequence[int]) -> float | None:
    """The middle value, or the mean of the two in the middle; None of nothing."""
    return float(_median(values)) if values else None


def variance(values: Sequence[int]) -> float | None:
    """Sample variance, Σ(x − x̄)² / (n − 1); None below two values."""
    n = len(values)
    return squares(values) / (n * (n - 1)) if n > 1 else None


def deviation(values: Sequence[int]) -> float | None:
    """Sample standard deviation, the square root of :func:`variance`."""
    found = variance(values)
    return None if found is None else sqrt(found)


def skewness(values: Sequence[int]) -> float | None:
    """G₁ = n / ((n − 1)(n − 2)) · Σ((x − x̄) / s)³; None below three values or where all are equal.

    Source: Joanes, Gill (1998), Comparing measures of sample skewness and kurtosis, The Statistician 47(1), 183–189.
    """
    n, s = len(values), deviation(values)
    if n < 3 or not s:
        return None
    third = _central(values, 3) / n**3
    return n / ((n - 1) * (n - 2)) * third / s**3


def kurtosis(values: Sequence[int]) -> float | None:
    """Excess kurtosis G₂ (0 for a normal distribution); None below four values or where all are equal.

    G₂ = n(n + 1) / ((n − 1)(n − 2)(n − 3)) · Σ((x − x̄) / s)⁴ − 3(n − 1)² / ((n − 2)(n − 3)); source as for G₁.
    """
    n, s = len(values), deviation(values)
    if n < 4 or not s:
        return None
    fourth = _central(values, 4) / n**4
    scale = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3))
    return scale * fourth / s**4 - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))


def correlation(one: Sequence[int], other: Sequence[int]) -> float | None:
    """Pearson's product-moment correlation; None where either does not vary.

    Raises:
        ValueError: the two are not of the same length.
    """
    n, together = len(one), sum(x * y for x, y in zip(one, other, strict=True))
    spread = squares(one) * squares(other)
    return (n * together - sum(one) * sum(other)) / sqrt(spread) if spread else None


def squares(values: Sequence[int]) -> int:
    """n·Σx² − (Σx)², that is n times the sum of squared deviations: an exact whole number."""
    return len(values) * sum(x * x for x in values) - sum(values) ** 2


def _central(values: Sequence[int], power: int) -> int:
    """Σ(n·x − Σx)^power: n^power times the central moment's sum, exact."""
    n, total = len(values), sum(values)
    return sum((n * x - total) ** power for x in values)
