"""Parallel forms by a blueprint: full, different, balanced, enemies apart; or refused by the name of what is short."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.assembly.assemble import Forms, assemble
from question_bank.assembly.plan import (
    BlueprintShort,
    Candidate,
    Cell,
    FormsShareTooMuch,
    FormsUneven,
    Limits,
    shortages,
)

SEEDS = st.integers(0, 2**32).map(Random)
LEVELS = st.sampled_from([1, 2, 3])
PLACES = st.tuples(st.sampled_from(["law", "psychology"]), st.sampled_from(["one", "two"]), LEVELS)


def draw(cells: list[Cell], items: list[Candidate], forms: int, *, random: Random) -> list[list[str]]:
    """Forms without limits."""
    return assemble(cells, items, forms, random=random).items


def bank(*places: tuple[str, str, int], enemies: dict[int, set[int]] | None = None) -> list[Candidate]:
    """Candidates ``0``, ``1`` … at the given places; ``enemies`` by number, named on one side only."""
    named = enemies or {}
    return [
        Candidate(str(n), area, topic, level, frozenset(map(str, named.get(n, ()))))
        for n, (area, topic, level) in enumerate(places)
    ]


def fill(cells: list[Cell], chosen: list[Candidate]) -> bool:
    """Whether the chosen items can be dealt out to the cells, each to one, every cell full and none left over."""
    left = list(chosen)
    for cell in sorted(cells, key=lambda cell: cell.sub_topic is None):
        fitting = [item for item in left if item.fits(cell)][: cell.count]
        if len(fitting) < cell.count:
            return False
        left = [item for item in left if item not in fitting]
    return not left


def test_every_cell_that_the_bank_cannot_fill_is_named_with_what_it_has():
    found = shortages(
        [Cell("law", 1, 2), Cell("law", 2, 1), Cell("psychology", 3, 1)], bank(("law", "one", 1), ("law", "one", 2))
    )
    assert {(short.cell.area, short.cell.difficulty, short.available) for short in found} == {
        ("law", 1, 1), ("psychology", 3, 0),
    }  # fmt: skip


def test_an_item_taken_by_a_sub_topic_is_not_counted_again_for_its_whole_area():
    both = [Cell("law", 1, 1, "one"), Cell("law", 1, 1)]
    assert [short.cell for short in shortages(both, bank(("law", "one", 1)))] == [Cell("law", 1, 1)]
    assert shortages(both, bank(("law", "one", 1), ("law", "two", 1))) == []


def test_the_order_of_the_cells_does_not_make_a_shortage():
    wide_first = [Cell("law", 1, 1), Cell("law", 1, 1, "one")]
    assert shortages(wide_first, bank(("law", "one", 1), ("law", "two", 1))) == []


@given(places=st.lists(PLACES, min_size=1, max_size=30), wanted=st.data(), random=SEEDS, forms=st.integers(1, 4))
def test_every_cell_of_every_form_is_filled_with_different_items(places, wanted, random, forms):
    items = bank(*places)
    counts = Counter((area, level) for area, _topic, level in places)
    cells = [
        Cell(area, level, n)
        for (area, level), most in counts.items()
        if (n := wanted.draw(st.integers(0, most), label=f"{area} {level}"))
    ]
    drawn = draw(cells, items, forms, random=random)
    by_id = {item.id: item for item in items}
    assert len(drawn) == forms
    for form in drawn:
        assert len(set(form)) == len(form)
        assert fill(cells, [by_id[chosen] for chosen in form])


@given(random=SEEDS)
def test_enemies_never_stand_in_one_form_whichever_of_them_names_the_other(random):
    items = bank(*[("law", "one", 1)] * 6, enemies={0: {1}, 3: {2}})
    for form in draw([Cell("law", 1, 4)], items, 3, random=random):
        assert not {"0", "1"} <= set(form)
        assert not {"2", "3"} <= set(form)


@given(random=SEEDS)
def test_parallel_forms_share_nothing_where_the_bank_is_large_enough(random):
    first, second, third = draw([Cell("law", 1, 4)], bank(*[("law", "one", 1)] * 12), 3, random=random)
    assert len({*first, *second, *third}) == 12


@given(random=SEEDS)
def test_parallel_forms_share_as_few_items_as_a_small_bank_allows(random):
    first, second = draw([Cell("law", 1, 4)], bank(*[("law", "one", 1)] * 6), 2, random=random)
    assert len({*first, *second}) == 6


def test_a_bank_that_is_short_is_refused_by_name_and_not_drawn_from():
    with pytest.raises(BlueprintShort) as refused:
        draw([Cell("law", 1, 3), Cell("law", 2, 1)], bank(("law", "one", 1)), 1, random=Random(1))
    assert refused.value.params["shortages"] == "law · 1: 1 / 3; law · 2: 0 / 1"


def test_a_cell_that_enemies_leave_unfilled_is_refused():
    with pytest.raises(BlueprintShort):
        draw([Cell("law", 1, 2)], bank(*[("law", "one", 1)] * 2, enemies={0: {1}}), 1, random=Random(1))


# Limits


SMALL = st.lists(st.tuples(st.sampled_from(["one", "two"]), st.integers(0, 2)), min_size=1, max_size=6)
PAIRS = st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=6)


def can_be_done(cells: list[Cell], items: list[Candidate], forms: int, limits: Limits) -> bool:
    """Try every choice there is."""
    foes = {frozenset({item.id, foe}) for item in items for foe in item.enemies if foe != item.id}
    size = sum(cell.count for cell in cells)
    good = [
        set_ for set_ in combinations(items, size)
        if fill(cells, list(set_)) and not any({one.id, two.id} in foes for one, two in combinations(set_, 2))
    ]  # fmt: skip
    for chosen in product(good, repeat=forms):
        uses = Counter(item for form in chosen for item in form)
        if all(uses[item] <= limits.uses(item, forms) for item in uses):
            return True
    return False


@given(
    places=SMALL, pairs=PAIRS, narrow=st.integers(0, 2), wide=st.integers(0, 2), forms=st.integers(1, 3),
    exposure=st.none() | st.integers(1, 3), random=SEEDS,
)  # fmt: skip
def test_what_can_be_done_is_done_and_what_is_refused_cannot_be_done(
    places, pairs, narrow, wide, forms, exposure, random
):
    items = [
        Candidate(str(n), "law", topic, 1, frozenset(str(b) for a, b in pairs if a == n and a != b), None, before)
        for n, (topic, before) in enumerate(places)
    ]
    cells = [cell for cell in (Cell("law", 1, narrow, "one"), Cell("law", 1, wide)) if cell.count]
    limits = Limits(exposure=exposure)
    if not cells:
        return
    try:
        drawn = assemble(cells, items, forms, random=random, limits=limits)
    except BlueprintShort:
        assert not can_be_done(cells, items, forms, limits)
        return
    by_id = {item.id: item for item in items}
    for form in drawn.items:
        assert len(set(form)) == len(form) and fill(cells, [by_id[one] for one in form])
        assert not any(two in by_id[one].enemies for one in form for two in form)
    uses = Counter(one for form in drawn.items for one in form)
    assert all(uses[one] <= limits.uses(by_id[one], forms) for one in uses)


@given(random=SEEDS, size=st.integers(9, 14))
def test_an_item_in_the_way_that_moved_on_and_back_stands_in_its_own_cell_again(random, size):
    cells = [Cell("law", 1, 3), Cell("law", 1, 2, "one"), Cell("law", 1, 2, "two")]
    items = [
        Candidate(
            str(n), "law", random.choice(["one", "two", "three"]), 1,
            frozenset(str(m) for m in range(size) if m != n and random.random() < 0.12),
        )
        for n in range(size)
    ]  # fmt: skip
    by_id = {item.id: item for item in items}
    try:
        drawn = draw(cells, items, 2, random=random)
    except BlueprintShort:
        return
    for form in drawn:
        assert fill(cells, [by_id[one] for one in form])


def clique(size: int, of: int) -> list[Candidate]:
    """So many groups of items, each item the enemy of all others of its group."""
    return [
        Candidate(f"{n}.{m}", "law", "one", 1, frozenset(f"{n}.{k}" for k in range(size) if k != m))
        for n in range(of) for m in range(size)
    ]  # fmt: skip


def test_enemies_that_leave_too_few_are_proved_and_counted():
    """Of five groups of eight only five questions can stand together."""
    items = clique(8, of=5)
    drawn = assemble([Cell("law", 1, 5)], items, 8, random=Random(1), limits=Limits(exposure=1))
    assert drawn.shared == 0
    with pytest.raises(BlueprintShort) as refused:
        assemble([Cell("law", 1, 6)], items, 3, random=Random(1))
    assert refused.value.params["shortages"] == "law · 1: 15 / 18"


@given(random=SEEDS)
def test_an_enemy_in_the_way_gives_way(random):
    """Only one choice is possible: an item that is nobody's enemy must not be spent where another fits."""
    items = bank(
        ("law", "one", 1), ("law", "one", 1), ("law", "two", 1), ("law", "two", 1), enemies={0: {2, 3}, 2: {3}}
    )
    [form] = draw([Cell("law", 1, 1, "one"), Cell("law", 1, 1, "two")], items, 1, random=random)
    assert "1" in form and len(form) == 2


@given(random=SEEDS, most=st.integers(0, 3))
def test_no_two_forms_share_more_than_is_allowed(random, most):
    items = bank(*[("law", "one", 1)] * 14)
    drawn = assemble([Cell("law", 1, 4)], items, 3, random=random, limits=Limits(shared=most))
    assert drawn.shared <= most


def test_forms_that_must_share_more_are_refused_by_number():
    items = bank(*[("law", "one", 1)] * 5)
    with pytest.raises(FormsShareTooMuch) as refused:
        assemble([Cell("law", 1, 4)], items, 3, random=Random(1), limits=Limits(shared=2))
    assert refused.value.params == {"forms": 3, "most": 2}


def uneven(count: int) -> list[Candidate]:
    """Items that differ in how many solve them."""
    return [Candidate(str(n), "law", "one", 3, facility=0.2 + 0.6 * n / (count - 1)) for n in range(count)]


@given(random=SEEDS, forms=st.integers(2, 6))
def test_forms_are_made_equally_difficult(random, forms):
    drawn = assemble([Cell("law", 3, 20)], uneven(160), forms, random=random, limits=Limits(exposure=1, tolerance=0.05))
    by_id = {item.id: item.expected for item in uneven(160)}
    assert drawn.spread <= 0.05
    assert drawn.expected == pytest.approx([sum(by_id[one] for one in form) for form in drawn.items])


def test_forms_that_cannot_be_made_equal_are_refused_with_how_far_they_are_apart():
    items = [Candidate("a", "law", "one", 3, facility=0.9), Candidate("b", "law", "one", 3, facility=0.1)]
    with pytest.raises(FormsUneven) as refused:
        assemble([Cell("law", 3, 1)], items, 2, random=Random(1), limits=Limits(shared=0, tolerance=0.5))
    assert refused.value.params == {"spread": "0.80", "tolerance": "0.50"}


def test_what_was_measured_counts_before_what_is_assumed():
    assert Candidate("a", "law", "one", 3, facility=0.42).expected == 0.42
    levels = [Candidate("a", "law", "one", level).expected for level in range(1, 6)]
    assert levels == sorted(levels, reverse=True)


def test_what_two_forms_share_is_counted():
    assert Forms([["a", "b"], ["b", "c"], ["d", "e"]], [1.0, 1.5, 0.5]).shared == 1
    assert Forms([["a"]], [1.0]).shared == 0
    assert Forms([["a"], ["b"]], [1.0, 1.5]).spread == 0.5
