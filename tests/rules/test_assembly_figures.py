"""What is said of forms before they are sat, and of a bank before forms are drawn: figures, counts, ways out."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.assembly.assemble import assemble
from question_bank.assembly.figures import WaysOut, figures, greatest_difference, in_common, ways_out
from question_bank.assembly.plan import NO_LIMITS, NO_OVERLAP, BlueprintShort, Candidate, Cell, Limits
from question_bank.assembly.stock import Stock, shortages

PLACES = st.tuples(st.sampled_from(["law", "it"]), st.sampled_from(["one", "two"]), st.integers(1, 2))
BANKS = st.lists(st.tuples(PLACES, st.integers(0, 3)), max_size=12)


def bank(*held: tuple[tuple[str, str, int], int]) -> list[Candidate]:
    """Items at the given places, each on so many forms already."""
    return [Candidate(str(n), *place, forms=forms) for n, (place, forms) in enumerate(held)]


def law(count: int, *, forms: int = 0) -> list[Candidate]:
    """So many items of one cell."""
    return bank(*[(("law", "one", 1), forms)] * count)


def every_score(items: list[Candidate]) -> dict[int, float]:
    """The probability of each number of right answers, by going through all the ways to answer."""
    found = dict.fromkeys(range(len(items) + 1), 0.0)
    for answers in product([0, 1], repeat=len(items)):
        chance = 1.0
        for item, right in zip(items, answers, strict=True):
            chance *= item.expected if right else 1 - item.expected
        found[sum(answers)] += chance
    return found


@given(facilities=st.lists(st.floats(0, 1), min_size=1, max_size=7), points=st.integers(1, 10))
def test_expected_score_and_deviation_are_those_of_all_ways_to_answer(facilities, points):
    items = [Candidate(str(n), "law", "one", 3, facility=one) for n, one in enumerate(facilities)]
    chances = every_score(items)
    mean = sum(score * points * chance for score, chance in chances.items())
    variance = sum((score * points - mean) ** 2 * chance for score, chance in chances.items())
    found = figures(items, points)
    assert found.expected == pytest.approx(mean)
    assert found.deviation == pytest.approx(variance**0.5, abs=1e-6)


def test_what_was_measured_and_what_is_assumed_is_counted():
    found = figures([Candidate("a", "law", "one", 1, facility=0.5), Candidate("b", "law", "one", 1)], 2)
    assert (found.measured, found.assumed, found.expected) == (1, 1, pytest.approx(2 * (0.5 + 0.9)))


def test_what_any_two_forms_have_in_common_is_in_the_table_whichever_comes_first():
    assert in_common([["a", "b"], ["b", "c"], ["d", "e"]]) == [[2, 1, 0], [1, 2, 0], [0, 0, 2]]
    assert greatest_difference([3.0, 1.5, 2.0]) == 1.5


@given(held=BANKS, wide=st.integers(0, 3), narrow=st.integers(0, 2), limits=st.sampled_from([
    NO_LIMITS, NO_OVERLAP, Limits(exposure=1), Limits(exposure=2), Limits(exposure=2, shared=0),
]))  # fmt: skip
def test_as_many_forms_as_the_counts_promise_can_be_drawn_and_not_one_more(held, wide, narrow, limits):
    items, cells = bank(*held), [Cell("law", 1, wide), Cell("law", 1, narrow, "one")]
    cells = [cell for cell in cells if cell.count]
    if not cells:
        return
    most = Stock.of(items).most_forms(cells, limits, 6)
    if most:
        assert len(assemble(cells, items, most, random=Random(1), limits=limits).items) == most
    if most < 6:
        with pytest.raises(BlueprintShort):
            assemble(cells, items, most + 1, random=Random(1), limits=limits)


@given(held=BANKS)
def test_what_is_counted_is_what_is_there(held):
    items = bank(*held)
    available = Stock.of(items).available()
    for place in {(area, topic, level) for (area, topic, level), _forms in held}:
        assert available[place] == sum((item.area, item.sub_topic, item.difficulty) == place for item in items)
        assert available[place[0], None, place[2]] == sum((i.area, i.difficulty) == (place[0], place[2]) for i in items)


def test_what_is_left_after_a_cell_is_less_by_what_its_sub_topics_take():
    items = bank(*[(("law", "one", 1), 0)] * 3, *[(("law", "two", 1), 0)] * 2)
    left = Stock.of(items).left([Cell("law", 1, 1), Cell("law", 1, 2, "one")])
    assert (left["law", None, 1], left["law", "one", 1], left["law", "two", 1]) == (2, 1, 2)
    assert Stock.of(items).left([Cell("law", 1, 7)])["law", None, 1] == -2


def test_an_item_that_has_stood_on_as_many_forms_as_it_may_is_not_counted():
    worn = [*law(2, forms=2), *bank((("law", "one", 1), 1))]
    assert [str(one) for one in shortages([Cell("law", 1, 2)], worn, 1, Limits(exposure=2))] == ["law · 1: 1 / 2"]
    assert shortages([Cell("law", 1, 2)], worn, 1, Limits(exposure=3)) == []


@pytest.mark.parametrize(("limits", "forms", "found"), [
    (NO_OVERLAP, 4, WaysOut(forms=3, exposure=None, is_shared=True)),
    (Limits(exposure=1), 4, WaysOut(forms=3, exposure=2, is_shared=False)),
    (Limits(exposure=1, shared=1), 4, WaysOut(forms=3, exposure=2, is_shared=False, is_bound=True)),
    (Limits(shared=0, tolerance=0.5), 4, WaysOut(forms=3, exposure=None, is_shared=True, is_bound=True)),
    (NO_LIMITS, 3, WaysOut(forms=0, exposure=None, is_shared=False)),
])  # fmt: skip
def test_what_would_help_is_said(limits, forms, found):
    """Six questions, two to a form."""
    cells = [Cell("law", 1, 2)]
    is_proved = bool(shortages(cells, law(6), forms, limits))
    assert ways_out(cells, law(6), forms, limits, is_proved=is_proved) == found


def test_where_nothing_but_more_questions_helps_nothing_else_is_promised():
    assert ways_out([Cell("law", 1, 7)], law(6), 2, Limits(exposure=1, shared=0)) == WaysOut(0, None, False)


def families(free: int, enemies: int) -> list[Candidate]:
    """So many items without enemies, and so many of which no two may stand together."""
    names = [f"e{n}" for n in range(enemies)]
    return law(free) + [Candidate(name, "law", "one", 1, frozenset(names) - {name}) for name in names]


def test_what_the_bank_is_said_to_give_is_true_where_questions_have_enemies():
    """Four to a form, three free and five that exclude each other: counting says two forms, one can be had."""
    cells = [Cell("law", 1, 4)]
    for forms in (2, 3):
        assert ways_out(cells, families(3, 5), forms, NO_OVERLAP) == WaysOut(1, None, True, is_bound=False)
    assert ways_out(cells, families(2, 6), 2, NO_OVERLAP) == WaysOut(0, None, False, is_bound=False)
    assert ways_out(cells, families(2, 6), 2, Limits(exposure=1)).exposure is None


def test_what_is_counted_is_called_a_bound_where_the_questions_asked_for_name_enemies():
    named = [Candidate("a", "law", "one", 1, frozenset({"b"})), Candidate("b", "law", "one", 2), *law(3)]
    assert Stock.of(named).is_bound([Cell("law", 1, 1)])
    assert not Stock.of(named).is_bound([Cell("law", 2, 1)])
