"""Item and test statistics against numpy, against published tables, and against what their words promise."""

from __future__ import annotations

import random
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.statistics import items, languages, moments, whole
from question_bank.statistics.items import Answers, Flag

SCORES = st.lists(st.integers(0, 60), min_size=4, max_size=80)


def close(one: float | None, other: float) -> bool:
    return one is not None and abs(one - other) < 1e-9


# Sums


@given(SCORES)
def test_spread_and_shape_are_those_of_numpy(values):
    found = np.array(values, dtype=float)
    n, s = len(values), found.std(ddof=1)
    assert close(moments.deviation(values), s) and close(moments.median(values), float(np.median(found)))
    if not s:
        assert moments.skewness(values) is None and moments.kurtosis(values) is None
        return
    z = (found - found.mean()) / s
    assert moments.skewness(values) == pytest.approx(n / ((n - 1) * (n - 2)) * (z**3).sum(), abs=1e-7)
    fourth = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * (z**4).sum() - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    assert moments.kurtosis(values) == pytest.approx(fourth, rel=1e-6, abs=1e-7)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), min_size=2, max_size=80))
def test_the_correlation_is_that_of_numpy(pairs):
    one, other = [list(side) for side in zip(*pairs, strict=True)]
    if len(set(one)) == 1 or len(set(other)) == 1:
        assert moments.correlation(one, other) is None
    else:
        assert moments.correlation(one, other) == pytest.approx(np.corrcoef(one, other)[0, 1], abs=1e-9)


def test_of_too_few_nothing_is_said():
    assert moments.mean([]) is moments.median([]) is moments.deviation([7]) is None
    assert moments.skewness([1, 2]) is moments.kurtosis([1, 2, 3]) is None


# Items


def sat(people: int, count: int, seed: int, *, partial: int = 1) -> list[list[int]]:
    """Points of people of different ability on items of different difficulty."""
    chance = random.Random(seed)
    able, hard = [chance.gauss(0, 1) for _ in range(people)], [chance.gauss(0, 1) for _ in range(count)]
    return [
        [sum(chance.random() < 1 / (1 + exp(h - a)) for _ in range(partial)) for h in hard] for a in able
    ]  # fmt: skip


@pytest.mark.parametrize("partial", [1, 3])
@pytest.mark.parametrize("seed", range(5))
def test_item_figures_are_those_of_numpy(seed, partial):
    rows = sat(200, 12, seed, partial=partial)
    matrix = np.array(rows)
    for place in range(12):
        rest = matrix.sum(axis=1) - matrix[:, place]
        found = items.figures(
            Answers(partial, 0, frozenset(), matrix[:, place].tolist(), rest.tolist(), [frozenset()] * 200)
        )
        assert close(found.facility, matrix[:, place].mean() / partial)
        assert close(found.deviation, matrix[:, place].std(ddof=1))
        assert close(found.discrimination, np.corrcoef(matrix[:, place], rest)[0, 1])
        assert found.omitted == 1


def test_the_index_of_discrimination_compares_the_27_percent_above_with_those_below():
    points = [1] * 27 + [1, 0] * 23 + [0] * 27
    item = Answers(1, 0, frozenset(), points, list(range(200, 100, -1)), [frozenset()] * 100)
    assert items.figures(item).index == 1
    assert items.figures(Answers(1, 0, frozenset(), points[::-1], item.rest, item.chosen)).index == -1


@given(st.permutations(range(20)))
def test_people_of_equal_score_are_treated_alike_in_whatever_order_they_stand(order):
    points, rest = [1] * 8 + [0] * 12, [9, 5, 5, 5, 5, 5, 5, 2, 10, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 1]
    mixed = Answers(
        1, 0, frozenset(), [points[i] for i in order], [rest[i] for i in order], [frozenset()] * 20
    )  # fmt: skip
    straight = Answers(1, 0, frozenset(), points, rest, [frozenset()] * 20)
    assert items.figures(mixed).index == items.figures(straight).index


def chosen(*counts: tuple[int, int, int], key: int = 0) -> Answers:
    """An item whose options were chosen by so many of strong, middling and weak people (30, 20, 10 on the rest)."""
    people = [
        (option, rest) for option, by in enumerate(counts) for rest, n in zip((30, 20, 10), by, strict=True)
        for _ in range(n)
    ]  # fmt: skip
    points = [int(option == key) for option, _rest in people]
    return Answers(
        1, len(counts), frozenset({key}), points, [rest for _option, rest in people],
        [frozenset({option}) for option, _rest in people],
    )  # fmt: skip


def test_each_option_says_who_chose_it():
    found = items.figures(chosen((27, 20, 5), (2, 10, 8), (1, 10, 17)))
    key, second, third = found.options
    assert (key.is_key, second.is_key, key.chosen, second.chosen, third.chosen) == (True, False, 52, 20, 28)
    assert key.correlation is not None and third.correlation is not None
    assert key.correlation > 0 > third.correlation and key.upper > key.lower and third.upper < third.lower
    assert sum(one.share for one in found.options) == 1
    assert found.flags == set()


@pytest.mark.parametrize(
    ("counts", "flag"),
    [
        (((5, 20, 20), (24, 15, 2), (1, 5, 8)), Flag.KEY_SUSPECT),
        (((2, 20, 28), (14, 10, 1), (14, 10, 1)), Flag.TURNED_ROUND),
        (((15, 20, 14), (8, 10, 8), (7, 10, 8)), Flag.TELLS_LITTLE),
        (((30, 39, 28), (0, 1, 1), (0, 0, 1)), Flag.TOO_EASY),
        (((9, 5, 1), (10, 15, 14), (11, 20, 15)), Flag.TOO_HARD),
        (((27, 20, 8), (3, 20, 19), (0, 0, 3)), Flag.IDLE_OPTION),
    ],
)
def test_a_flag_says_what_to_look_at(counts, flag):
    assert flag in items.figures(chosen(*counts)).flags


def test_of_fewer_than_thirty_nothing_is_concluded():
    assert items.figures(chosen((1, 5, 9), (9, 5, 0))).flags == {Flag.FEW_PEOPLE}
    assert items.figures(Answers(1, 4, frozenset({0}), [], [], [])).flags == {Flag.FEW_PEOPLE}


# The whole test


@pytest.mark.parametrize("partial", [1, 3])
@pytest.mark.parametrize("seed", range(5))
def test_test_figures_are_those_of_numpy(seed, partial):
    rows = sat(150, 20, seed, partial=partial)
    matrix = np.array(rows, dtype=float)
    totals, found = matrix.sum(axis=1), whole.figures(rows, [partial] * 20, 11 * partial)
    alpha = 20 / 19 * (1 - matrix.var(axis=0, ddof=1).sum() / totals.var(ddof=1))
    assert close(found.alpha, alpha) and found.is_kr20 is (partial == 1)
    if partial == 1:
        p = matrix.mean(axis=0)
        assert close(found.alpha, 20 / 19 * (1 - (p * (1 - p)).sum() / totals.var()))
    assert close(found.error, totals.std(ddof=1) * (1 - alpha) ** 0.5)
    assert close(found.mean, totals.mean()) and (found.lowest, found.highest) == (totals.min(), totals.max())


def test_the_cut_score_divides_alike_as_often_as_two_drawn_tests_do():
    rows = sat(400, 30, 7)
    totals = [sum(row) for row in rows]
    alpha = whole.cronbach_alpha(rows)
    assert alpha is not None
    found = whole.decision_consistency(totals, 30, 18, alpha)
    drawn = np.random.default_rng(1)
    true = (alpha * np.array(totals) + (1 - alpha) * np.mean(totals)) / 30
    one, other = (drawn.binomial(30, np.tile(true, 500)) >= 18 for _ in range(2))
    assert found is not None and found.kappa is not None
    assert found.share == pytest.approx((one == other).mean(), abs=0.005)
    agree, both = (one == other).mean(), np.concatenate([one, other]).mean()
    by_chance = both**2 + (1 - both) ** 2
    assert found.kappa == pytest.approx((agree - by_chance) / (1 - by_chance), abs=0.01)


def test_where_nobody_differs_there_is_no_reliability():
    found = whole.figures([[1, 0, 1]] * 5, [1, 1, 1], 2)
    assert found.alpha is found.error is found.consistency is found.skewness is None
    assert whole.figures([], [1, 1], 1).mean is None
    with pytest.raises(ValueError, match="a place for each item"):
        whole.figures([[1, 0], [1]], [1, 1], 1)


# Two languages


BERKELEY = {  # Bickel, Hammel, O'Connell (1975), Science 187: admitted and not, men and women, by department
    "A": (512, 313, 89, 19), "B": (353, 207, 17, 8), "C": (120, 205, 202, 391), "D": (138, 279, 131, 244),
    "E": (53, 138, 94, 299), "F": (22, 351, 24, 317),
}  # fmt: skip


def answers(tables):
    for score, table in enumerate(tables):
        for (first, right), n in zip([(True, True), (True, False), (False, True), (False, False)], table, strict=True):
            yield from [(score, first, right)] * n


def test_the_published_example_comes_out():
    """R's documentation gives for these tables: odds 0.9046968, p = 0.2323, 95 % from 0.7719074 to 1.0603298."""
    found = languages.compare(answers(BERKELEY.values()))
    assert found is not None and found.people == 4526
    assert found.odds == pytest.approx(0.9046968, abs=1e-7) and found.chance == pytest.approx(0.2323, abs=5e-5)
    levels = list(BERKELEY.values())
    top = sum(a * d / (a + b + c + d) for a, b, c, d in levels)
    error = languages._deviation_of_log(levels, top, top / found.odds)
    assert exp(log(found.odds) - 1.959964 * error) == pytest.approx(0.7719074, abs=1e-6)
    assert exp(log(found.odds) + 1.959964 * error) == pytest.approx(1.0603298, abs=1e-6)


@pytest.mark.parametrize(
    ("table", "difference"),
    [
        ((60, 40, 58, 42), "A"),  # hardly different
        ((9, 3, 6, 6), "A"),  # much different, but it may be chance
        ((150, 100, 115, 135), "B"),
        ((200, 50, 100, 150), "C"),
    ],
)
def test_a_difference_is_called_large_only_where_it_is_large_and_sure(table, difference):
    found = languages.compare(answers([table] * 2))
    assert found is not None and found.difference == difference
    turned = languages.compare((score, not first, right) for score, first, right in answers([table] * 2))
    assert turned is not None and turned.difference == difference and turned.delta == pytest.approx(-found.delta)


def test_where_a_language_is_missing_nothing_is_compared():
    assert languages.compare(answers([(5, 5, 0, 0), (0, 0, 3, 4)])) is None
    assert languages.compare([]) is None


def test_the_option_for_which_the_key_is_suspected_draws_the_good_rather_than_the_weak():
    """Where two wrong options draw the best more than the key, the one that draws the weak still more is not it."""
    chance, met = random.Random(0), 0
    for _ in range(400):
        weights = [[chance.random() for _ in range(4)] for _ in range(3)]
        rest = [chance.randrange(30) for _ in range(40)]
        chosen = [chance.choices(range(4), weights[one // 10])[0] for one in rest]
        found = items.figures(
            items.Answers(
                1, 4, frozenset({0}), [int(one == 0) for one in chosen], rest, [frozenset({o}) for o in chosen]
            )
        )
        named = items.suspect(found.options)
        assert (named is not None) is (Flag.KEY_SUSPECT in found.flags)
        if named is None:
            continue
        assert not named.is_key and named.upper > found.options[0].upper and (named.correlation or 0) > 0
        met += named != max(found.options[1:], key=lambda one: one.upper)
    assert met  # there were such
