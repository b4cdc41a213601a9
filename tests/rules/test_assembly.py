"""Parallel forms by a blueprint: full, different, balanced, enemies apart; or refused by the name of what is short."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product
from random import Random
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.assembly import proof
from question_bank.assembly.assemble import Forms, assemble
from question_bank.assembly.budget import Budget
from question_bank.assembly.plan import (
    BlueprintShort,
    Candidate,
    Cell,
    FormsNeverEven,
    FormsNotFound,
    FormsShareTooMuch,
    FormsUneven,
    Limits,
)
from question_bank.assembly.stock import shortages

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


def law_items(count: int, **more: dict[int, set[int]]) -> list[Candidate]:
    """So many questions of one place."""
    return bank(*[("law", "one", 1)] * count, **more)


@pytest.mark.parametrize(
    ("items", "size", "forms", "shared", "short"),
    [
        (5, 4, 3, 2, "law · 1: 10 / 12"),  # 9 pairs at least have a question in common, 6 may
        (6, 3, 5, 1, "law · 1: 14 / 15"),
        (7, 3, 8, 1, "law · 1: 23 / 24"),  # of seven points there are only the seven lines of Fano's plane
        (10, 4, 6, 1, "law · 1: 22 / 24"),
        (9, 3, 13, 1, "law · 1: 38 / 39"),  # a question meets two others at a time, and there are eight
    ],
)
def test_what_counting_proves_impossible_is_refused_with_the_short_cells(items, size, forms, shared, short):
    with pytest.raises(BlueprintShort) as refused:
        assemble([Cell("law", 1, size)], law_items(items), forms, random=Random(1), limits=Limits(shared=shared))
    assert refused.value.params["shortages"] == short


@pytest.mark.parametrize(("items", "size", "forms", "shared"), [(6, 3, 4, 1), (7, 3, 7, 1), (9, 3, 12, 1)])
def test_what_is_just_possible_is_found(items, size, forms, shared):
    """The quadrilateral, Fano's plane and the affine plane of order three: not one form more can be had."""
    cells, limits = [Cell("law", 1, size)], Limits(shared=shared)
    assert assemble(cells, law_items(items), forms, random=Random(1), limits=limits).shared == shared
    assert shortages(cells, law_items(items), forms + 1, limits)


@given(
    places=st.lists(PLACES, min_size=4, max_size=9), forms=st.integers(2, 4), shared=st.integers(1, 2), data=st.data()
)
@settings(max_examples=40, deadline=None)
def test_nothing_is_called_impossible_that_can_be_done(places, forms, shared, data):
    """Against every combination of forms, one after the other."""
    items = bank(*places)
    cells = [
        Cell(area, level, data.draw(st.integers(1, most)), topic)
        for (area, topic, level), most in sorted(Counter(places).items())[:2]
    ]
    every = [one for one in combinations(items, sum(cell.count for cell in cells)) if fill(cells, list(one))]

    def can(chosen: list[set[str]]) -> bool:
        if len(chosen) == forms:
            return True
        ids = ({item.id for item in one} for one in every)
        return any(all(len(one & other) <= shared for other in chosen) and can([*chosen, one]) for one in ids)

    if shortages(cells, items, forms, Limits(shared=shared)):
        assert not can([])


def test_with_an_exposure_cap_the_uses_that_are_left_are_what_is_counted():
    worn = [Candidate(str(n), "law", "one", 1, forms=int(n < 4)) for n in range(7)]
    limits = Limits(exposure=2, shared=1)
    assert [str(one) for one in shortages([Cell("law", 1, 3)], worn, 4, limits)] == ["law · 1: 10 / 12"]
    assert not shortages([Cell("law", 1, 3)], worn, 3, limits)


def test_what_only_enemies_make_impossible_is_proved_by_an_exact_search():
    """Four forms of three out of six leave each question one other that it never meets: two enemies are too many."""
    enemies = law_items(6, enemies={0: {1, 2}})
    cells, limits = [Cell("law", 1, 3)], Limits(shared=1)
    assert not shortages(cells, enemies, 4, limits)
    with pytest.raises(BlueprintShort) as refused:
        assemble(cells, enemies, 4, random=Random(1), limits=limits)
    assert refused.value.params["shortages"] == "law · 1: 11 / 12"


def test_what_is_neither_found_nor_proved_impossible_is_said_to_be_that(monkeypatch):
    """Projective plane of order three: it exists, but nobody finds it by chance in no time."""
    monkeypatch.setattr(proof, "SECONDS", 0.1)
    with pytest.raises(FormsShareTooMuch) as refused:
        assemble([Cell("law", 1, 4)], law_items(13), 13, random=Random(1), limits=Limits(shared=1))
    assert refused.value.params == {"forms": 13, "most": 1, "scarce": "law · 1: 13 / 52"}
    assert "not proved" in str(refused.value)
    refused.value.named = {Cell("law", 1, 4): "Укук · 1"}
    assert "Укук · 1: 13 / 52" in str(refused.value)


def dense(count: int, foes: int) -> list[Candidate]:
    """Questions each of which names so many others as its enemies."""
    random = Random(1)
    named = {n: set(random.sample(range(count), foes)) - {n} for n in range(count)}
    return law_items(count, enemies=named)


def test_a_search_among_many_enemies_ends_when_its_time_is_over_and_says_what_it_does_not_know():
    began, limits = monotonic(), Limits(shared=0)
    found = proof.fill([Cell("law", 1, 6)], dense(60, 16), 10, limits, Budget(0.5))
    assert found is None or (found.short and not found.is_proved)
    with pytest.raises(FormsNotFound) as refused:
        assemble([Cell("law", 1, 6)], dense(60, 16), 10, random=Random(1), limits=limits, seconds=0.5)
    assert monotonic() - began < 5
    assert refused.value.code == "forms_not_found" and "not proved" in str(refused.value)


def test_what_is_counted_of_questions_with_enemies_is_the_most_and_what_is_searched_is_exact():
    items, cells = [*clique(5, of=1), *law_items(3)], [Cell("law", 1, 4)]
    for forms, available, is_bound in ((3, 8, True), (2, 5, False)):
        with pytest.raises(BlueprintShort) as refused:
            assemble(cells, items, forms, random=Random(1), limits=Limits(shared=0))
        assert (refused.value.found[0].available, refused.value.is_bound) == (available, is_bound)
    with pytest.raises(BlueprintShort) as refused:
        assemble(cells, law_items(8), 3, random=Random(1), limits=Limits(shared=0))
    assert not refused.value.is_bound


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
    with pytest.raises(FormsNeverEven) as refused:
        assemble([Cell("law", 3, 1)], solved_by(0.9, 0.1), 2, random=Random(1), limits=Limits(shared=0, tolerance=0.5))
    assert refused.value.params == {"spread": "0.80", "tolerance": "0.50"}


@pytest.fixture
def without_exact_search(monkeypatch):
    """As in a bank that is too large for one."""
    monkeypatch.setattr(proof, "MARKS_MOST", 0)


@pytest.mark.usefixtures("without_exact_search")
def test_that_forms_cannot_be_made_equal_is_claimed_only_where_it_is_proved():
    with pytest.raises(FormsUneven) as refused:
        assemble([Cell("law", 3, 1)], solved_by(0.9, 0.1), 2, random=Random(1), limits=Limits(shared=0, tolerance=0.5))
    assert refused.value.code == "forms_uneven" and "not proved" in str(refused.value)


def solved_by(*facilities: float) -> list[Candidate]:
    """Questions of one place that so many solve."""
    return [Candidate(str(n), "law", "one", 3, facility=one) for n, one in enumerate(facilities)]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.usefixtures("without_exact_search")
def test_a_question_on_no_form_comes_in_where_exchanges_do_not_make_forms_equal(seed):
    """Of three easy and six hard ones each form takes one easy: of eight drawn there are often two or all three."""
    items, limits = solved_by(*[0.9] * 3, *[0.4] * 6), Limits(shared=0, tolerance=0.4)
    drawn = assemble([Cell("law", 3, 4)], items, 2, random=Random(seed), limits=limits)
    assert drawn.spread == pytest.approx(0) and drawn.shared == 0


@pytest.mark.usefixtures("without_exact_search")
def test_forms_that_may_share_take_the_same_question_where_only_that_makes_them_equal():
    assert assemble([Cell("law", 3, 1)], solved_by(0.95, 0.2), 2, random=Random(1)).shared == 0
    drawn = assemble([Cell("law", 3, 1)], solved_by(0.95, 0.2), 2, random=Random(1), limits=Limits(tolerance=0.1))
    assert drawn.spread == 0 and drawn.shared == 1


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.usefixtures("without_exact_search")
def test_the_forms_between_the_hardest_and_the_easiest_give_and_take_as_well(seed):
    """Twelve questions, all of them drawn, and one way to deal them out up to the order: 0.4 + 0.6 = 0.1 + 0.9 = 1."""
    items = solved_by(0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.45, 0.55, 0.15, 0.85)
    drawn = assemble([Cell("law", 3, 2)], items, 6, random=Random(seed), limits=Limits(shared=0, tolerance=0.01))
    assert drawn.expected == pytest.approx([1.0] * 6)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.usefixtures("without_exact_search")
def test_a_search_that_is_stuck_begins_anew_from_another_start(seed):
    """Twelve questions and no one left over: four forms of three with the same sum."""
    items = solved_by(0.7, 0.6, 0.5, 0.5, 0.4, 0.3, 0.9, 0.2, 0.1, 0.8, 0.55, 0.45)
    drawn = assemble([Cell("law", 3, 3)], items, 4, random=Random(seed), limits=Limits(shared=0, tolerance=0.01))
    assert drawn.expected == pytest.approx([1.5] * 4)


@given(
    facilities=st.lists(st.sampled_from([0.2, 0.35, 0.5, 0.8]), min_size=4, max_size=7), random=SEEDS,
    tolerance=st.sampled_from([0.1, 0.2, 0.4]),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_equal_forms_are_found_where_there_are_any_and_refused_where_there_are_none(facilities, random, tolerance):
    """Against every two forms of two questions."""
    items, limits = solved_by(*facilities), Limits(shared=0, tolerance=tolerance)
    pairs = [(sum(one.expected for one in pair), set(pair)) for pair in combinations(items, 2)]
    can = any(abs(a - b) <= tolerance + 1e-9 and not one & two for a, one in pairs for b, two in pairs)
    if not can:
        with pytest.raises(FormsNeverEven):
            assemble([Cell("law", 3, 2)], items, 2, random=random, limits=limits)
        return
    assert assemble([Cell("law", 3, 2)], items, 2, random=random, limits=limits).spread <= tolerance + 1e-6


def test_what_was_measured_counts_before_what_is_assumed():
    assert Candidate("a", "law", "one", 3, facility=0.42).expected == 0.42
    levels = [Candidate("a", "law", "one", level).expected for level in range(1, 6)]
    assert levels == sorted(levels, reverse=True)


def test_what_two_forms_share_is_counted():
    assert Forms([["a", "b"], ["b", "c"], ["d", "e"]], [1.0, 1.5, 0.5]).shared == 1
    assert Forms([["a"]], [1.0]).shared == 0
    assert Forms([["a"], ["b"]], [1.0, 1.5]).spread == 0.5
