"""Figures against worked examples that others have published, and against another programme.

Mantel–Haenszel stands in ``test_statistics.py`` (R's documentation of ``mantelhaen.test``), Wilson's interval in
``test_statistics_shown.py`` (Newcombe, 1998).
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import pytest

from question_bank.statistics import items, moments, whole
from question_bank.statistics.items import Answers

#: Wuensch, East Carolina University, "The Kuder-Richardson 20" (core.ecu.edu/wuenschk/StatHelp/KR20.txt): ten students,
#: ten items; it gives p and p·q of each item and 5.84 as the variance of the scores, and the formula of KR-20.
STUDENTS = (
    "1111110110", "1011011101", "1111011001", "0010001000", "0000010010", "1110111111", "1101110111", "1111111101",
    "0101111101", "1101101110",
)  # fmt: skip
SHARES = (0.7, 0.7, 0.6, 0.7, 0.6, 0.8, 0.7, 0.7, 0.5, 0.6)
PRODUCTS = (0.21, 0.21, 0.24, 0.21, 0.24, 0.16, 0.21, 0.21, 0.25, 0.24)
#: Corrected item-total correlations and deviations of the same table as girth 0.8.0 (PyPI) gives them.
GIRTH = (0.705889, 0.705889, 0.0, 0.473589, 0.583874, 0.286147, -0.027445, 0.705889, -0.123613, 0.475867)
SPREADS = (0.483046, 0.483046, 0.516398, 0.483046, 0.516398, 0.421637, 0.483046, 0.483046, 0.527046, 0.516398)
#: The same program: alpha without each of the items.
WITHOUT = (0.608392, 0.608392, 0.735268, 0.652452, 0.628977, 0.684593, 0.735501, 0.608392, 0.756367, 0.650543)

ROWS = [[int(mark) for mark in one] for one in STUDENTS]


def test_kr20_of_a_published_table():
    found = whole.figures(ROWS, [1] * 10, 6)
    totals = [sum(row) for row in ROWS]
    assert moments.squares(totals) / 100 == pytest.approx(5.84)  # with n, as there
    assert found.is_kr20 and found.alpha == pytest.approx(10 / 9 * (1 - sum(PRODUCTS) / 5.84))


@pytest.mark.parametrize("place", range(10))
def test_items_of_the_same_table_are_those_of_the_source_and_of_another_program(place):
    points = [row[place] for row in ROWS]
    rest = [sum(row) - row[place] for row in ROWS]
    found = items.figures(Answers(1, 0, frozenset(), points, rest, [frozenset({0})] * 10))
    assert found.facility == pytest.approx(SHARES[place])
    assert found.discrimination == pytest.approx(GIRTH[place], abs=1e-6)
    assert found.deviation == pytest.approx(SPREADS[place], abs=1e-6)
    others = [[mark for n, mark in enumerate(row) if n != place] for row in ROWS]
    assert whole.cronbach_alpha(others) == pytest.approx(WITHOUT[place], abs=1e-6)


def test_the_point_biserial_correlation_of_scipys_documentation():
    """scipy.stats.pointbiserialr([0, 0, 0, 1, 1, 1, 1], arange(7)) gives 0.8660254037844386 (docs.scipy.org)."""
    assert moments.correlation([0, 0, 0, 1, 1, 1, 1], list(range(7))) == pytest.approx(0.8660254037844386, abs=1e-15)


def test_skewness_and_kurtosis_of_the_reference_of_a_spreadsheet():
    """Microsoft Office 97, SKEW and KURT: for 3, 4, 5, 2, 3, 4, 5, 6, 4, 7 they return 0.359543 and −0.1518."""
    values = [3, 4, 5, 2, 3, 4, 5, 6, 4, 7]
    assert moments.skewness(values) == pytest.approx(0.359543, abs=5e-7)
    assert moments.kurtosis(values) == pytest.approx(-0.1518, abs=5e-5)


@pytest.mark.parametrize(("places", "cut"), [(60, 39), (100, 62)])
def test_decision_consistency_lies_at_the_published_table(places, cut):
    """Subkoviak (1988), tables of agreement and kappa: reliability 0.9 and |z| = 0.7 give 0.89 and 0.70.

    As quoted in the documentation of the R package rcrtan (``subkoviak``). The table holds for normal scores, so here
    they are normal; ours counts each person's chance exactly, so it lies within 0.005 and 0.02 of it.
    """
    spread = sqrt(places * 0.25) / sqrt(1 - 0.9)  # in the middle the binomial error then leaves a reliability of 0.9
    scores = [round(NormalDist(places / 2, spread).inv_cdf((n + 0.5) / 2000)) for n in range(2000)]
    totals = [min(places, max(0, score)) for score in scores]
    assert (cut - 0.5 - places / 2) / spread == pytest.approx(0.7, abs=0.03)
    found = whole.decision_consistency(totals, places, cut, 0.9)
    assert found is not None and found.share == pytest.approx(0.89, abs=0.005)
    assert found.kappa == pytest.approx(0.70, abs=0.02)
